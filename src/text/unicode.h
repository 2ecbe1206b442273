/*
 * What Unicode says about a code point: facts only, generated from the
 * Unicode character database (unicode.py).  What follows from them for a
 * terminal is decided in classify.c and place.c.
 */
#ifndef SECCHAT_SRC_UNICODE_H
#define SECCHAT_SRC_UNICODE_H

#include <stdint.h>

/* General_Category. */
enum text_category {
	CAT_CN, /* unassigned */
	CAT_LU,
	CAT_LL,
	CAT_LT,
	CAT_LM,
	CAT_LO,
	CAT_MN, /* marks: without width, */
	CAT_MC, /* with width, */
	CAT_ME, /* and enclosing */
	CAT_ND,
	CAT_NL,
	CAT_NO,
	CAT_PC,
	CAT_PD,
	CAT_PS,
	CAT_PE,
	CAT_PI,
	CAT_PF,
	CAT_PO,
	CAT_SM,
	CAT_SC,
	CAT_SK,
	CAT_SO,
	CAT_ZS, /* blanks */
	CAT_ZL,
	CAT_ZP,
	CAT_CC, /* controls */
	CAT_CF, /* format characters */
	CAT_CS, /* surrogates */
	CAT_CO, /* private use */
	CAT_COUNT,
};

/* Grapheme_Cluster_Break of UAX #29. */
enum text_gcb {
	GCB_OTHER,
	GCB_CR,
	GCB_LF,
	GCB_CONTROL,
	GCB_EXTEND,
	GCB_ZWJ,
	GCB_REGIONAL_INDICATOR,
	GCB_PREPEND,
	GCB_SPACINGMARK,
	GCB_L,
	GCB_V,
	GCB_T,
	GCB_LV,
	GCB_LVT,
	GCB_COUNT,
};

/* Joining_Type: none, causing, dual, left, right, transparent. */
enum text_joining {
	JOIN_U,
	JOIN_C,
	JOIN_D,
	JOIN_L,
	JOIN_R,
	JOIN_T,
};

enum text_char_bit {
	CHAR_IGNORABLE = 1, /* Default_Ignorable_Code_Point */
	CHAR_PICTURE = 2,   /* Extended_Pictographic */
	CHAR_VIRAMA = 4,    /* Canonical_Combining_Class 9 */
	CHAR_OVERLAY = 8,   /* Canonical_Combining_Class 1 */
	CHAR_DRESSED = 16,  /* other letters or digits in another shape, by its
			       Decomposition_Mapping: wide, raised, ... */
};

struct text_char {
	uint8_t category;
	uint8_t cols; /* 0, 1 or 2 */
	uint8_t gcb;
	uint8_t joining;
	uint8_t bits;
};

/* Of the database that the tables were made from, as "15.0.0". */
extern const char text_unicode_version[];

/* A code point's upper bits choose a group, its middle ones a block in it,
 * and its low ones the number of a row of text_chars. */
extern const struct text_char text_chars[];
extern const uint8_t text_groups[];
extern const uint16_t text_blocks[];
extern const uint8_t text_numbers[];

/* What Unicode says about cp, which is at most 0x10ffff.  Never NULL. */
static inline const struct text_char *
text_char(uint32_t cp)
{
	uint32_t block =
	    text_blocks[(uint32_t)text_groups[cp >> 9] << 5 | (cp >> 4 & 31)];

	return &text_chars[text_numbers[block << 4 | (cp & 15)]];
}

#endif
