/*
 * Characters that are several code points and one thing on the screen, where
 * terminals do not agree on what the parts take alone: the halves of a flag,
 * and vowels and finals of a Hangul syllable.  They are shown together or
 * spelled.
 */
#include <string.h>

#include "secchat/util.h"
#include "text.h"
#include "unicode.h"

/* How syllables are numbered: The Unicode Standard, 3.12. */
#define SYLLABLES 0xac00
#define LEADS 0x1100
#define LEAD_COUNT 19
#define VOWELS 0x1161
#define VOWEL_COUNT 21
#define TAILS 0x11a7 /* that there is none; the first is behind it */
#define TAIL_COUNT 28

/* The code point at p, or TEXT_INVALID_BYTE at the end as well. */
static uint32_t
peek(const uint8_t *p, size_t len, size_t *used)
{
	uint32_t cp = TEXT_INVALID_BYTE;

	*used = len == 0 ? 0 : text_code_point(p, len, &cp);
	return cp;
}

/* A leading consonant takes the vowel behind it, and that one a final. */
static void
compose(struct text_unit *u, const uint8_t *p, size_t len)
{
	uint32_t lead = u->cp - LEADS, vowel, tail;
	size_t n;

	vowel = peek(p + u->used, len - u->used, &n) - VOWELS;
	if (lead >= LEAD_COUNT || vowel >= VOWEL_COUNT)
		return;
	u->used += n;
	u->cp = SYLLABLES + (lead * VOWEL_COUNT + vowel) * TAIL_COUNT;
	tail = peek(p + u->used, len - u->used, &n) - TAILS;
	if (tail > 0 && tail < TAIL_COUNT) {
		u->used += n;
		u->cp += tail;
	}
	u->len = 3;
	u->out[0] = (char)(0xe0 | u->cp >> 12);
	u->out[1] = (char)(0x80 | (u->cp >> 6 & 63));
	u->out[2] = (char)(0x80 | (u->cp & 63));
}

/* Two halves make a flag; one alone makes nothing. */
static void
pair(struct text_unit *u, const uint8_t *p, size_t len)
{
	size_t n;
	uint32_t other = peek(p + u->used, len - u->used, &n);

	if (other == TEXT_INVALID_BYTE ||
	    text_char(other)->gcb != GCB_REGIONAL_INDICATOR) {
		u->kind = TEXT_UNKNOWN;
		text_spell(u);
		return;
	}
	memcpy(u->out + u->len, p + u->used, n);
	u->used += n;
	u->len += n;
	u->cols = 2;
}

void
text_together(struct text_unit *u, const uint8_t *p, size_t len)
{
	uint8_t class = text_char(u->cp)->gcb;

	if (class == GCB_L)
		compose(u, p, len);
	else if (class == GCB_REGIONAL_INDICATOR)
		pair(u, p, len);
}
