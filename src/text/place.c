/*
 * What becomes of a character where it stands: marks need a base and may not
 * crowd it, and what is invisible is left out unless letters need it.
 */
#include <string.h>

#include "secchat/util.h"
#include "text.h"
#include "unicode.h"

#define MARKS_MAX 4
/* Variation selectors and ZWJs on a picture that are no news. */
#define JOINERS_MAX 2
/* Marks between ZWNJ and the letter that it parts. */
#define AHEAD_MAX 8

#define ZWNJ 0x200c
#define ZWJ 0x200d

static const struct text_flow at_start;

/* A letter, digit or sign of ASCII, of which most texts consist. */
static int
is_ascii(uint8_t c)
{
	return c > 0x20 && c < 0x7f;
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
leave_out(struct text_unit *u, uint32_t *count)
{
	u->len = u->cols = 0;
	++*count;
}

static void
spell(struct text_flow *f, struct text_unit *u, uint32_t *count)
{
	text_spell(u);
	++*count;
	*f = at_start;
}

/*
 * At most four marks behind one another, whether they are shown or spelled:
 * one without a base, or of a kind that hides what it stands on, is spelled,
 * and what follows it has no base either.
 */
static void
place_mark(struct text_flow *f, struct text_unit *u, const struct text_char *c,
    unsigned flags, struct text_marks *m)
{
	if (f->marks == MARKS_MAX) {
		leave_out(u, &m->crowded);
		return;
	}
	f->marks++;
	f->base = f->base && u->kind == TEXT_MARK && !(flags & TEXT_ASCII);
	f->virama = f->base && (c->bits & CHAR_VIRAMA);
	f->joins = f->base && f->joins && c->joining == JOIN_T;
	if (!f->base) {
		text_spell(u);
		m->unknown++;
	}
}

/* Whether a letter that joins to the right side follows: T* (R|D). */
static int
joins_ahead(const uint8_t *p, size_t len)
{
	for (int i = 0; i < AHEAD_MAX && len > 0; i++) {
		const struct text_char *c;
		enum text_kind kind;
		uint32_t cp;
		size_t used = text_code_point(p, len, &cp), cols;

		if (cp == TEXT_INVALID_BYTE)
			return 0;
		c = text_char(cp);
		kind = text_classify(cp, &cols);
		if (kind != TEXT_MARK || c->joining != JOIN_T)
			return kind == TEXT_PLAIN &&
			       (c->joining == JOIN_R || c->joining == JOIN_D);
		p += used;
		len -= used;
	}
	return 0;
}

/* CONTEXTJ: RFC 5892, appendix A.1 (ZWNJ) and A.2 (ZWJ). */
static int
is_needed(
    const struct text_flow *f, uint32_t cp, const uint8_t *behind, size_t len)
{
	if (cp == ZWJ || cp == ZWNJ)
		return f->virama ||
		       (cp == ZWNJ && f->joins && joins_ahead(behind, len));
	return 0;
}

/* ZWJ and the selectors of text and picture, where everybody has them. */
static int
is_usual(struct text_flow *f, uint32_t cp)
{
	return (cp == ZWJ || cp == 0xfe0e || cp == 0xfe0f) && f->picture &&
	       f->joiners++ < JOINERS_MAX;
}

static void
place_invisible(struct text_flow *f, struct text_unit *u,
    const struct text_char *c, const uint8_t *p, size_t len, unsigned flags,
    struct text_marks *m)
{
	int tail = c->gcb == GCB_EXTEND || c->gcb == GCB_ZWJ;

	if (is_needed(f, u->cp, p + u->used, len - u->used)) {
		memcpy(u->out, p, u->used);
		u->len = u->used;
		u->cols = 0;
		m->needed++;
		f->virama = f->joins = 0;
	} else if (is_usual(f, u->cp)) {
		leave_out(u, &m->joiners);
	} else if (flags & TEXT_REVEAL) {
		spell(f, u, &m->invisible);
		return;
	} else {
		leave_out(u, &m->hidden);
		if (!tail)
			*f = at_start;
	}
}

/* Something with a column of its own, shown as it is. */
static void
place_base(struct text_flow *f, const struct text_char *c)
{
	int picture = (c->bits & CHAR_PICTURE) != 0 ||
		      (c->gcb == GCB_EXTEND && f->picture); /* skin tones */

	*f = at_start;
	f->base = 1;
	f->picture = picture;
	f->virama = (c->bits & CHAR_VIRAMA) != 0;
	f->joins = c->joining == JOIN_D || c->joining == JOIN_L;
}

/* A mark without a column of its own that is not invisible altogether. */
static int
is_mark(const struct text_unit *u, const struct text_char *c)
{
	return u->kind == TEXT_MARK ||
	       (u->kind == TEXT_UNKNOWN &&
		   (c->category == CAT_MN || c->category == CAT_ME));
}

/* A mark with a column of its own.  Some, of Burmese, are characters by
 * themselves for UAX #29. */
static int
is_spacing_mark(const struct text_char *c)
{
	return c->category == CAT_MC && c->gcb != GCB_OTHER;
}

void
text_place(struct text_flow *f, struct text_unit *u, const uint8_t *p,
    size_t len, unsigned flags, struct text_marks *m)
{
	const struct text_char *c;
	uint32_t *count;

	text_unit(u, p, len, flags);
	if (is_ascii(p[0])) {
		*f = at_start;
		f->base = 1;
		return;
	}
	c = text_char(u->cp);
	if (is_mark(u, c)) {
		place_mark(f, u, c, flags, m);
	} else if (u->kind == TEXT_INVISIBLE) {
		place_invisible(f, u, c, p, len, flags, m);
	} else if (is_spacing_mark(c) && !f->base) {
		spell(f, u, &m->unknown);
	} else if (u->kind == TEXT_PLAIN && !(flags & TEXT_ASCII)) {
		place_base(f, c);
	} else {
		count = counter(m, u->kind);
		if (count != NULL)
			++*count;
		*f = at_start;
	}
}

size_t
text_run(struct text_flow *f, const uint8_t *p, size_t len)
{
	size_t n = 0;

	while (n < len && is_ascii(p[n]))
		n++;
	if (n > 0) {
		*f = at_start;
		f->base = 1;
	}
	return n;
}

size_t
text_tab(size_t col)
{
	return 8 - col % 8;
}

size_t
text_columns(const char *s, size_t len)
{
	struct text_marks ignored = {0};
	struct text_flow flow = {0};
	size_t cols = 0;

	while (len > 0) {
		struct text_unit u;

		text_place(&flow, &u, (const uint8_t *)s, len, 0, &ignored);
		cols += u.cols;
		s += u.used;
		len -= u.used;
	}
	return cols;
}
