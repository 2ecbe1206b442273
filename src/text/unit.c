/*
 * One character at a time: what it is, and how it is written so that it can
 * do nothing.
 */
#include <stdio.h>
#include <string.h>

#include "secchat/util.h"
#include "text.h"

#define MARKS_MAX 4
#define JOINERS_MAX 2

void
text_spell(struct text_unit *u)
{
	int n;

	if (u->kind == TEXT_INVALID)
		n = snprintf(u->out, sizeof u->out, "<%02X>", u->cp);
	else if (u->cp < 0x20 || u->cp == 0x7f)
		n = snprintf(u->out, sizeof u->out, "^%c", (int)u->cp ^ 0x40);
	else
		n = snprintf(u->out, sizeof u->out, "<U+%04X>", u->cp);
	u->len = u->cols = (size_t)n;
}

/* LF, or CR LF: their length, else 0. */
static size_t
row_end(const uint8_t *p, size_t len)
{
	if (p[0] == '\n')
		return 1;
	return p[0] == '\r' && len > 1 && p[1] == '\n' ? 2 : 0;
}

void
text_unit(struct text_unit *u, const uint8_t *p, size_t len, unsigned flags)
{
	u->len = 0;
	u->used = row_end(p, len);
	if (u->used > 0) {
		u->cp = '\n';
		u->kind = TEXT_BREAK;
		u->cols = 0;
		text_spell(u);
		return;
	}
	u->used = utf8_next(p, len, &u->cp);
	if (u->used == 0) {
		u->used = 1;
		u->cp = p[0];
		u->kind = TEXT_INVALID;
		text_spell(u);
		return;
	}
	u->kind = text_classify(u->cp, &u->cols);
	if (u->kind == TEXT_TAB) {
		u->cols = 0;
	} else if (u->kind == TEXT_BLANK) {
		memset(u->out, ' ', u->cols);
		u->len = u->cols;
	} else if ((u->kind == TEXT_PLAIN || u->kind == TEXT_MARK) &&
		   !(u->cp > 0x7e && (flags & TEXT_ASCII))) {
		memcpy(u->out, p, u->used);
		u->len = u->used;
	} else {
		text_spell(u);
	}
}

int
text_is_joiner(uint32_t cp)
{
	return cp == 0x200c || cp == 0x200d || cp == 0xfe0e || cp == 0xfe0f;
}

static uint32_t *
counter(struct text_marks *m, enum text_kind kind)
{
	switch (kind) {
	case TEXT_CONTROL:
		return &m->controls;
	case TEXT_BIDI:
		return &m->bidi;
	case TEXT_INVISIBLE:
		return &m->invisible;
	case TEXT_INVALID:
		return &m->invalid;
	case TEXT_UNKNOWN:
		return &m->unknown;
	case TEXT_PLAIN:
	case TEXT_MARK:
	case TEXT_BLANK:
	case TEXT_TAB:
	case TEXT_BREAK:
		break;
	}
	return NULL;
}

static void
place_mark(struct text_flow *f, struct text_unit *u, struct text_marks *m)
{
	if (!f->base) {
		text_spell(u);
		m->unknown++;
	} else if (++f->marks > MARKS_MAX) {
		u->len = u->cols = 0;
		m->crowded++;
	}
}

void
text_place(struct text_flow *f, struct text_unit *u, const uint8_t *p,
    size_t len, unsigned flags, struct text_marks *m)
{
	uint32_t *count;

	text_unit(u, p, len, flags);
	if (u->kind == TEXT_MARK) {
		place_mark(f, u, m);
		return;
	}
	if (text_is_joiner(u->cp) && u->kind == TEXT_INVISIBLE && f->joinable &&
	    f->joiners++ < JOINERS_MAX) {
		u->len = u->cols = 0;
		m->joiners++;
		return;
	}
	count = counter(m, u->kind);
	if (count != NULL)
		(*count)++;
	f->marks = f->joiners = 0;
	f->base = u->kind == TEXT_PLAIN && u->len == u->used;
	f->joinable = f->base && u->cp > 0x7e;
}

size_t
text_tab(size_t col)
{
	return 8 - col % 8;
}

size_t
text_columns(const char *s, size_t len)
{
	size_t cols = 0;

	while (len > 0) {
		struct text_unit u;

		text_unit(&u, (const uint8_t *)s, len, 0);
		cols += u.cols;
		s += u.used;
		len -= u.used;
	}
	return cols;
}
