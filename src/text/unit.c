/*
 * One character at a time: what it is, and how it is written so that it can
 * do nothing.
 */
#include <string.h>

#include "secchat/util.h"
#include "text.h"

/* At least so many digits, more if there are more; returns the end. */
static char *
put_hex(char *out, uint32_t n, int digits)
{
	static const char hex[] = "0123456789ABCDEF";
	int shift = 4 * (digits - 1);

	while (shift < 20 && n >> shift > 15)
		shift += 4;
	for (; shift >= 0; shift -= 4)
		*out++ = hex[n >> shift & 15];
	return out;
}

void
text_spell(struct text_unit *u)
{
	char *end = u->out;

	if (u->kind != TEXT_INVALID && (u->cp < 0x20 || u->cp == 0x7f)) {
		*end++ = '^';
		*end++ = (char)(u->cp ^ 0x40);
	} else {
		*end++ = '<';
		if (u->kind != TEXT_INVALID) {
			*end++ = 'U';
			*end++ = '+';
		}
		end = put_hex(end, u->cp, u->kind == TEXT_INVALID ? 2 : 4);
		*end++ = '>';
	}
	u->len = u->cols = (size_t)(end - u->out);
}

size_t
text_code_point(const uint8_t *p, size_t len, uint32_t *cp)
{
	size_t used = utf8_next(p, len, cp);

	if (used > 0)
		return used;
	*cp = TEXT_INVALID_BYTE;
	return 1;
}

/* LF, or CR LF: their length, else 0. */
static size_t
row_end(const uint8_t *p, size_t len)
{
	if (p[0] == '\n')
		return 1;
	return p[0] == '\r' && len > 1 && p[1] == '\n' ? 2 : 0;
}

/* An ASCII letter, digit or sign, of which most texts consist. */
static void
plain(struct text_unit *u, uint8_t c)
{
	u->kind = TEXT_PLAIN;
	u->cp = c;
	u->used = u->len = u->cols = 1;
	u->out[0] = (char)c;
}

void
text_unit(struct text_unit *u, const uint8_t *p, size_t len, unsigned flags)
{
	if (p[0] > 0x20 && p[0] < 0x7f) {
		plain(u, p[0]);
		return;
	}
	u->len = 0;
	u->used = row_end(p, len);
	if (u->used > 0) {
		u->cp = '\n';
		u->kind = TEXT_BREAK;
		text_spell(u);
		return;
	}
	u->used = text_code_point(p, len, &u->cp);
	if (u->cp == TEXT_INVALID_BYTE) {
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
		text_together(u, p, len);
	} else {
		text_spell(u);
	}
}
