/*
 * What each kind of character becomes on a terminal.  Unicode's facts come
 * from unicode_data.c; these tables are what follows from them.
 */
#include "secchat/util.h"
#include "text.h"
#include "unicode.h"

/* clang-format off */
static const uint8_t kinds[CAT_COUNT] = {
	[CAT_LU] = TEXT_PLAIN, [CAT_LL] = TEXT_PLAIN, [CAT_LT] = TEXT_PLAIN,
	[CAT_LM] = TEXT_PLAIN, [CAT_LO] = TEXT_PLAIN, [CAT_ND] = TEXT_PLAIN,
	[CAT_NL] = TEXT_PLAIN, [CAT_NO] = TEXT_PLAIN, [CAT_PC] = TEXT_PLAIN,
	[CAT_PD] = TEXT_PLAIN, [CAT_PS] = TEXT_PLAIN, [CAT_PE] = TEXT_PLAIN,
	[CAT_PI] = TEXT_PLAIN, [CAT_PF] = TEXT_PLAIN, [CAT_PO] = TEXT_PLAIN,
	[CAT_SM] = TEXT_PLAIN, [CAT_SC] = TEXT_PLAIN, [CAT_SK] = TEXT_PLAIN,
	[CAT_SO] = TEXT_PLAIN,
	[CAT_MC] = TEXT_PLAIN,   /* has a column; needs a base (place.c) */
	[CAT_MN] = TEXT_MARK,
	[CAT_ME] = TEXT_UNKNOWN, /* leaves its cell, and hides what is in it */
	[CAT_ZS] = TEXT_BLANK,
	[CAT_ZL] = TEXT_BREAK,
	[CAT_ZP] = TEXT_BREAK,
	[CAT_CC] = TEXT_CONTROL,
	[CAT_CF] = TEXT_UNKNOWN, /* those that are not ignorable have a form,
	                            and terminals give it 0, 1 or 2 columns */
	[CAT_CS] = TEXT_UNKNOWN,
	[CAT_CO] = TEXT_UNKNOWN,
	[CAT_CN] = TEXT_UNKNOWN,
};

/* Where the category alone would be wrong, in ascending order. */
static const struct {
	uint32_t first, last;
	uint8_t kind;
} exceptions[] = {
	{ 0x0009,  0x0009,  TEXT_TAB },
	{ 0x000a,  0x000a,  TEXT_BREAK },
	{ 0x061c,  0x061c,  TEXT_BIDI },    /* ALM */
	{ 0x200e,  0x200f,  TEXT_BIDI },    /* LRM RLM */
	{ 0x202a,  0x202e,  TEXT_BIDI },    /* LRE RLE PDF LRO RLO */
	{ 0x2066,  0x2069,  TEXT_BIDI },    /* LRI RLI FSI PDI */
	{ 0x2800,  0x2800,  TEXT_BLANK },   /* Braille without a dot */
	{ 0x2e3a,  0x2e3b,  TEXT_UNKNOWN }, /* dashes over two, three cells */
	{ 0xfdfd,  0xfdfd,  TEXT_UNKNOWN }, /* a sentence in one character */
	{ 0xfffc,  0xfffc,  TEXT_UNKNOWN }, /* stands for what is not there */
	{ 0x12031, 0x12031, TEXT_UNKNOWN }, /* cuneiform signs as wide as a */
	{ 0x12219, 0x12219, TEXT_UNKNOWN }, /*   word, for which terminals  */
	{ 0x1242b, 0x1242b, TEXT_UNKNOWN }, /*   keep one cell              */
};
/* clang-format on */

enum text_kind
text_classify(uint32_t cp, size_t *cols)
{
	const struct text_char *c = text_char(cp);

	*cols = c->cols;
	for (size_t i = 0; i < ARRAY_LEN(exceptions); i++) {
		if (cp < exceptions[i].first)
			break;
		if (cp <= exceptions[i].last)
			return exceptions[i].kind;
	}
	if (c->bits & CHAR_IGNORABLE)
		return TEXT_INVISIBLE;
	if (c->gcb == GCB_V || c->gcb == GCB_T) /* see together.c */
		return TEXT_UNKNOWN;
	if (c->bits & CHAR_OVERLAY) /* strikes out what it stands on */
		return TEXT_UNKNOWN;
	return kinds[c->category];
}

int
text_width(uint32_t cp)
{
	size_t cols;
	enum text_kind kind;

	if (cp > 0x10ffff || cp == ' ')
		return cp == ' ' ? 1 : -1;
	kind = text_classify(cp, &cols);
	return kind == TEXT_PLAIN || kind == TEXT_MARK ? (int)cols : -1;
}
