/*
 * Breaking the input into rows.
 */
#include <stdio.h>
#include <string.h>

#include "layout.h"
#include "secchat/text.h"
#include "secchat/util.h"

/* Columns before the rows that the prompt does not begin. */
#define INDENT 2

size_t
input_chip(const uint8_t *p, size_t len, unsigned cols, unsigned flags,
    char out[CHIP_TEXT], unsigned *used_cols)
{
	const char *more = flags & TEXT_ASCII ? "..." : "\u2026";
	struct text_rows rows;
	size_t n, row_len, row_cols;

	/* The marks, and the row ends that are not sent either. */
	p++;
	len -= len > 1 && p[len - 2] == CHIP_CLOSE ? 2 : 1;
	while (len > 0 && p[len - 1] == '\n')
		len--;
	n = (size_t)snprintf(
	    out, CHIP_TEXT, "[%zu lines, %zu B]", edit_lines(p, len), len);
	n = MIN(n, (size_t)cols);
	*used_cols = (unsigned)n;
	if (cols < n + 4 + TEXT_COLUMNS_MIN)
		return n;
	text_rows_init(&rows, p, len, flags | TEXT_REVEAL, cols - n - 4, 1);
	out[n++] = ' ';
	if (text_rows_next(
		&rows, out + n, CHIP_TEXT - n - 4, &row_len, &row_cols)) {
		n += row_len;
		*used_cols += (unsigned)row_cols;
	}
	for (const char *c = more; *c != '\0'; c++)
		out[n++] = *c;
	*used_cols += 1 + (unsigned)text_columns(more, strlen(more));
	return n;
}

/* How a text is broken. */
struct walk {
	const struct edit_text *t;
	unsigned flags;
	size_t room; /* columns of the row */
};

/*
 * The character at i, into out when that is not NULL: its columns, and in
 * *len its bytes there, at most cap.  What is wider than a whole row is cut.
 */
static size_t
draw(const struct walk *w, size_t i, size_t end, char *out, size_t cap,
    size_t *len)
{
	struct text_flow flow = {0};
	size_t cols = 0;

	*len = 0;
	if (w->t->p[i] == CHIP_OPEN) {
		char chip[CHIP_TEXT];
		unsigned used;
		size_t n = input_chip(w->t->p + i, end - i,
		    (unsigned)MIN(w->room, (size_t)CHIP_COLS), w->flags, chip,
		    &used);

		if (out != NULL && n <= cap)
			memcpy(out, chip, *len = n);
		return used;
	}
	while (i < end) {
		struct text_marks ignored = {0};
		struct text_unit u;

		text_place(&flow, &u, w->t->p + i, end - i,
		    w->flags | TEXT_REVEAL, &ignored);
		if (u.kind == TEXT_TAB) {
			u.len = u.cols = INDENT;
			memset(u.out, ' ', u.len);
		}
		i += u.used;
		if (cols + u.cols > w->room)
			continue;
		if (out != NULL && *len + u.len <= cap) {
			memcpy(out + *len, u.out, u.len);
			*len += u.len;
		}
		cols += u.cols;
	}
	return cols;
}

static size_t
columns(const struct walk *w, size_t i, size_t end)
{
	size_t cols = 0, unused;

	while (i < end) {
		size_t next = MIN(edit_next(w->t->p, w->t->len, i), end);

		cols += draw(w, i, next, NULL, 0, &unused);
		i = next;
	}
	return cols;
}

/* Where the row that begins at from ends. */
static struct input_row
row_at(const struct walk *w, size_t from)
{
	struct input_row row = {.from = from, .to = from, .next = from};
	const struct edit_text *t = w->t;

	while (row.to < t->len) {
		size_t next = edit_next(t->p, t->len, row.to), cols;

		if (t->p[row.to] == '\n') {
			row.next = next;
			row.ended = 1;
			return row;
		}
		cols = columns(w, row.to, next);
		if (row.cols + cols > w->room && row.to > from)
			break;
		row.cols += (unsigned)cols;
		row.to = next;
	}
	row.next = row.to;
	return row;
}

static int
is_last(const struct edit_text *t, const struct input_row *row)
{
	return row->next == t->len && !row->ended;
}

/* The n-th of all rows, which begins at from. */
static struct input_row
nth_row(const struct input_rows *r, struct walk *w, unsigned n, unsigned width,
    size_t from)
{
	unsigned used = n == 0 ? r->first : r->indent;

	w->room = width > used ? width - used : 1;
	return row_at(w, from);
}

/* How many rows there are, and in which one the cursor is. */
static unsigned
count_rows(const struct input_rows *r, struct walk *w, unsigned width,
    unsigned *cursor)
{
	size_t from = 0;
	int found = 0;

	for (unsigned n = 0;; n++) {
		struct input_row row = nth_row(r, w, n, width, from);

		if (!found && (w->t->at < row.next || is_last(w->t, &row))) {
			*cursor = n;
			found = 1;
		}
		if (is_last(w->t, &row))
			return n + 1;
		from = row.next;
	}
}

/* The first row that is shown: the cursor stays in the middle. */
static unsigned
first_shown(unsigned total, unsigned cursor, unsigned rows_max)
{
	unsigned half = rows_max / 2;

	if (total <= rows_max || cursor < half)
		return 0;
	return MIN(cursor - half, total - rows_max);
}

void
input_layout(struct input_rows *r, const struct edit_text *t,
    unsigned prompt_cols, unsigned width, unsigned rows_max, unsigned flags)
{
	struct walk w = {.t = t, .flags = flags};
	unsigned total, cursor = 0;
	size_t from = 0;

	memset(r, 0, sizeof *r);
	r->first = prompt_cols;
	r->indent = 4 * prompt_cols <= width ? prompt_cols : INDENT;
	total = count_rows(r, &w, width, &cursor);
	r->above = first_shown(total, cursor, rows_max);
	for (unsigned n = 0; n < total && r->count < rows_max; n++) {
		struct input_row row = nth_row(r, &w, n, width, from);

		from = row.next;
		if (n < r->above)
			continue;
		if (n == cursor) {
			r->cursor_row = r->count;
			r->cursor_col = n == 0 ? r->first : r->indent;
			r->cursor_col += (unsigned)columns(&w, row.from, t->at);
		}
		r->row[r->count++] = row;
	}
	r->below = total - r->above - r->count;
}

size_t
input_row_text(const struct edit_text *t, const struct input_row *row,
    unsigned width, unsigned flags, char *out, size_t cap)
{
	struct walk w = {.t = t, .flags = flags, .room = width};
	size_t len = 0, n;

	for (size_t i = row->from; i < row->to;) {
		size_t next = edit_next(t->p, t->len, i);

		(void)draw(&w, i, next, out + len, cap - len, &n);
		len += n;
		i = next;
	}
	return len;
}
