/*
 * The input as rows of the terminal: where each row begins and ends, how many
 * columns it has, and in which one the cursor is.  Pure: it reads what
 * is being edited and knows nothing of painting.  Long lines go on in the next
 * row; when there are more rows than may be shown, those around the cursor are.
 */
#ifndef SECCHAT_TTY_LAYOUT_H
#define SECCHAT_TTY_LAYOUT_H

#include "edit.h"

/* The most rows of input that are ever shown. */
#define INPUT_ROWS 10

struct input_row {
	size_t from, to; /* bytes of the text, without the row end */
	size_t next;     /* where the next row begins */
	unsigned cols;   /* of the text, without prompt or indent */
	int ended;       /* by a row end: there is a row after it */
};

struct input_rows {
	struct input_row row[INPUT_ROWS];
	unsigned count;  /* at least 1 */
	unsigned above;  /* rows before the first that is shown, */
	unsigned below;  /* and behind the last */
	unsigned indent; /* columns before the text of every row: on the first
			    of all rows the prompt, blanks on the others */
	unsigned first;  /* columns before the text of the first of all rows */
	unsigned cursor_row; /* in row[] */
	unsigned cursor_col; /* from the margin */
};

/*
 * What is shown of a chip: "[200 lines, 3091 B] first line...", at most cols
 * columns, into out of CHIP_TEXT bytes.  p is the chip with its marks.
 */
#define CHIP_COLS 60
#define CHIP_TEXT 512
size_t input_chip(const uint8_t *p, size_t len, unsigned cols, unsigned flags,
    char out[CHIP_TEXT], unsigned *used_cols);

/*
 * Lay the text out in rows of at most width columns (at least 2), the cursor
 * behind the last one included in what fits; prompt_cols is what the prompt
 * takes (less than width), rows_max how many rows there may be (1 to
 * INPUT_ROWS), flags are those of src/text.
 */
void input_layout(struct input_rows *r, const struct edit_text *t,
    unsigned prompt_cols, unsigned width, unsigned rows_max, unsigned flags);

/*
 * The text of a row as it is shown, into out; at most cap bytes, what does
 * not fit is left out.  Returns the length.
 */
size_t input_row_text(const struct edit_text *t, const struct input_row *row,
    unsigned width, unsigned flags, char *out, size_t cap);

#endif
