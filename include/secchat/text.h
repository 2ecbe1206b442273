/*
 * The one filter for text that others wrote: peers, names, files' names,
 * workers' log lines, the user's own paste.  What comes out is printable,
 * one row at a time, and cannot move the cursor, change the terminal, hide
 * something or look like a row of ours.  Nothing else in the suite decides
 * what may reach a terminal.
 *
 * How things come out:
 *   a byte that is no UTF-8      <9B>, one byte at a time
 *   C0 and DEL                   ^[ ^M ^?  (caret notation)
 *   C1                           <U+009B>
 *   bidi controls                <U+202E>
 *   private use, unassigned, and what terminals do not agree on (enclosing
 *   and striking marks, format characters that have a form, half a flag)
 *                                <U+E000>
 *   invisible                    left out, counted; <U+200B> with TEXT_REVEAL
 *   ZWNJ, ZWJ                    as they are where RFC 5892's CONTEXTJ rules
 *                                say that letters need them, else invisible
 *   ZWJ, VS15, VS16 on a picture the first two left out, counted apart: every
 *                                emoji has them
 *   parts of a Hangul syllable   the syllable
 *   blanks of any width          spaces
 *   TAB                          spaces up to the next multiple of eight
 *   LF, CR LF, U+2028, U+2029    the end of a row (^J, ... in text_line)
 *   combining marks              at most four in a row, the rest left out
 *                                and counted; one without a base <U+0301>
 * With TEXT_ASCII nothing but ASCII comes out; other characters are <U+00E9>.
 * It is not reversible and not meant to be: a peer may type "<U+202E>".
 * What comes out of it comes out of it unchanged another time.
 */
#ifndef SECCHAT_TEXT_H
#define SECCHAT_TEXT_H

#include <stddef.h>
#include <stdint.h>

enum text_flag {
	TEXT_ASCII = 1,  /* for terminals that are not UTF-8 */
	TEXT_WORDS = 2,  /* rows end at a blank, wherever the last one is */
	TEXT_REVEAL = 4, /* spell what is invisible: for its writer, /raw */
	TEXT_DOUBLE = 8, /* rows: what is beyond ASCII counts twice */
};

/* How many characters were not shown as they came; functions add up. */
struct text_marks {
	uint32_t controls;  /* C0 but TAB and row ends, DEL, C1 */
	uint32_t bidi;      /* bidi controls */
	uint32_t invisible; /* made visible, with TEXT_REVEAL */
	uint32_t hidden;    /* invisible, left out */
	uint32_t invalid;   /* bytes that are not UTF-8 */
	uint32_t unknown;   /* written as <U+XXXX> for another reason */
	uint32_t joiners;   /* left out: ZWJ and its kin on a picture */
	uint32_t needed;    /* shown: ZWNJ and ZWJ that letters need */
	uint32_t crowded;   /* left out: combining marks beyond four */
	uint32_t cut;       /* the output was too small (text_line) */
};

/*
 * What was made visible or left out as a short ASCII remark for a person,
 * "1 control character made visible, 20 marks left out", NUL-terminated in
 * out (cap is at least TEXT_REMARK_MAX); "" and 0 when there is nothing that
 * could deceive (joiners and unknown characters are not).  Returns the length.
 */
#define TEXT_REMARK_MAX 160
size_t text_remark(char *out, size_t cap, const struct text_marks *m);

/*
 * One line: the whole of in, with row ends made visible too, for names,
 * addresses and workers' lines.  out is NUL-terminated and at most cap - 1
 * bytes (cap at least 8); what does not fit is replaced by "..." and
 * m->cut is set.  m (may be NULL) is added to, never cleared.  Returns the
 * length without the NUL.
 */
size_t text_line(char *out, size_t cap, const void *in, size_t len,
    unsigned flags, struct text_marks *m);

/* The smallest buffer for a row. */
#define TEXT_ROW_MIN 64

/* Rows of one message, as experience.md fixes it. */
#define TEXT_ROWS_MAX 40

/* A walk over a text, row by row.  The text stays the caller's and must
 * outlive the walk. */
struct text_rows {
	const uint8_t *p;
	size_t left;
	unsigned flags;
	size_t columns;          /* of a row; 0: no limit */
	size_t rows_max;         /* 0: no limit */
	size_t rows;             /* returned so far */
	int open;                /* a row is still to come */
	struct text_marks marks; /* of everything walked so far */
};

/*
 * Begin a walk.  columns is the width of a row (0: no limit; less than
 * TEXT_COLUMNS_MIN counts as that), rows_max the number of rows (0: all).
 * Long rows end at a blank when there is one in their second half; with
 * TEXT_WORDS, for sentences of our own, in their first as well; with
 * TEXT_DOUBLE a row also fits where all that is beyond ASCII is twice as wide.
 * U+00A0 is a blank that no row ends at.
 */
#define TEXT_COLUMNS_MIN 12
void text_rows_init(struct text_rows *r, const void *in, size_t len,
    unsigned flags, size_t columns, size_t rows_max);

/*
 * The next row into out: not NUL-terminated, at most cap bytes (at least
 * TEXT_ROW_MIN; a row that is longer is continued in the next), its length
 * in *out_len and its columns in *cols (may be NULL).  1, or 0 at the end or
 * after rows_max rows.  An empty text has one empty row; a row end at the end
 * of the text begins no other.
 */
int text_rows_next(
    struct text_rows *r, char *out, size_t cap, size_t *out_len, size_t *cols);

/*
 * After text_rows_next returned 0: how many rows there would have been beyond
 * rows_max, each as long as the columns allow.  Adds their marks as well.
 */
size_t text_rows_more(struct text_rows *r);

/*
 * One unit of text: what is at p and how it is shown.  The line editor draws
 * and moves by it; text_line and text_rows_next are loops over it.
 */
#define TEXT_UNIT_MAX 12

enum text_kind {
	TEXT_PLAIN,   /* shown as it is */
	TEXT_MARK,    /* a combining mark, no column of its own */
	TEXT_BLANK,   /* a space of some kind, shown as spaces */
	TEXT_TAB,     /* out is empty: the caller knows the column */
	TEXT_BREAK,   /* a row end; out holds it made visible */
	TEXT_CONTROL, /* the rest is shown as ^X, <XX> or <U+XXXX> */
	TEXT_BIDI,
	TEXT_INVISIBLE,
	TEXT_INVALID,
	TEXT_UNKNOWN,
};

struct text_unit {
	enum text_kind kind;
	uint32_t cp; /* the code point (of a flag the first), or the bad byte */
	size_t used; /* bytes of the text, at least 1 */
	size_t len;  /* bytes in out */
	size_t cols;
	char out[TEXT_UNIT_MAX];
};

/* The unit at p; len is at least 1.  Never fails. */
void text_unit(
    struct text_unit *u, const uint8_t *p, size_t len, unsigned flags);

/*
 * Where a unit stands decides about marks and joiners: this remembers what
 * came before it in its row.  Zero it where a row begins, or a cluster.
 */
struct text_flow {
	unsigned marks;   /* on the base so far */
	unsigned joiners; /* since the base, when it is a picture */
	int base;         /* 1: something that carries marks */
	int picture;      /* 1: it is an emoji or the like */
	int virama;       /* 1: what was shown last takes a vowel away */
	int joins;        /* 1: the base joins the letter behind it */
};

/*
 * The unit at p as it is shown after what f remembers: left out (len 0),
 * spelled out or as it is.  Counts it in m.
 */
void text_place(struct text_flow *f, struct text_unit *u, const uint8_t *p,
    size_t len, unsigned flags, struct text_marks *m);

/*
 * What a person takes for one character: a base with its marks, a joined
 * emoji, a flag, a syllable, CR LF: the extended grapheme clusters of UAX #29.
 * A byte that is no UTF-8 is one by itself.  The line editor moves and deletes
 * by them, so that nothing hidden stays behind.
 *
 * All take the whole text p of len bytes; at and what they return are offsets
 * into it, always between two code points.
 */

/* Where the cluster ends that begins at at; len when at is not below len. */
size_t text_cluster_next(const uint8_t *p, size_t len, size_t at);

/* Where the cluster begins that holds the code point before at; 0 for 0. */
size_t text_cluster_prev(const uint8_t *p, size_t len, size_t at);

/* The columns that the cluster at at takes on the screen, with the flags of
 * the filter.  col is the column that it begins in; only a TAB asks. */
size_t text_cluster_cols(
    const uint8_t *p, size_t len, size_t at, unsigned flags, size_t col);

/* The length of the first cluster; len is at least 1; at least 1. */
size_t text_cluster(const uint8_t *p, size_t len);

/* Columns of a code point: 0 a mark, 1, 2, or -1: not shown as it is. */
int text_width(uint32_t cp);

/* Columns of a string of ours or one that went through this filter. */
size_t text_columns(const char *s, size_t len);

#endif
