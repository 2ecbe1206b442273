/*
 * Breaking the input into rows.
 */
#include <string.h>

#include "layout.h"
#include "secchat/text.h"
#include "secchat/util.h"

/* Columns before the rows that the prompt does not begin. */
#define INDENT 2

/* One character or a part of it as it is drawn. */
static void
place(struct text_flow *flow, struct text_unit *u, const uint8_t *p, size_t len,
    unsigned flags)
{
	struct text_marks ignored = {0};

	text_place(flow, u, p, len, flags | TEXT_REVEAL, &ignored);
	if (u->kind == TEXT_TAB) {
		u->len = u->cols = INDENT;
		memset(u->out, ' ', u->len);
	}
}

/* Columns of [i, end) behind what flow remembers of the row. */
static size_t
columns(struct text_flow *flow, const struct edit *e, size_t i, size_t end,
    unsigned flags)
{
	size_t cols = 0;

	while (i < end) {
		struct text_unit u;

		place(flow, &u, e->text + i, end - i, flags);
		cols += u.cols;
		i += u.used;
	}
	return cols;
}

/* Where the row that begins at from ends. */
static struct input_row
row_at(const struct edit *e, size_t from, size_t room, unsigned flags)
{
	struct input_row row = {.from = from, .to = from, .next = from};
	struct text_flow flow = {0};

	while (row.to < e->len) {
		size_t n = text_cluster(e->text + row.to, e->len - row.to);
		size_t cols;

		if (e->text[row.to] == '\n') {
			row.next = row.to + n;
			row.ended = 1;
			return row;
		}
		cols = columns(&flow, e, row.to, row.to + n, flags);
		if (row.cols + cols > room && row.to > from)
			break;
		row.cols += (unsigned)cols;
		row.to += n;
	}
	row.next = row.to;
	return row;
}

static int
is_last(const struct edit *e, const struct input_row *row)
{
	return row->next == e->len && !row->ended;
}

static int
has_cursor(const struct edit *e, const struct input_row *row)
{
	return e->at < row->next || is_last(e, row) ||
	       (row->ended && e->at == row->to);
}

/* Columns for text in the n-th of all rows. */
static size_t
room_of(const struct input_rows *r, unsigned n, unsigned width)
{
	unsigned used = n == 0 ? r->first : r->indent;

	return width > used ? width - used : 1;
}

/* How many rows there are, and in which one the cursor is. */
static unsigned
count_rows(const struct input_rows *r, const struct edit *e, unsigned width,
    unsigned flags, unsigned *cursor)
{
	size_t from = 0;
	int found = 0;

	for (unsigned n = 0;; n++) {
		struct input_row row =
		    row_at(e, from, room_of(r, n, width), flags);

		if (!found && has_cursor(e, &row)) {
			*cursor = n;
			found = 1;
		}
		if (is_last(e, &row))
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
input_layout(struct input_rows *r, const struct edit *e, unsigned prompt_cols,
    unsigned width, unsigned rows_max, unsigned flags)
{
	unsigned total, cursor = 0;
	size_t from = 0;

	memset(r, 0, sizeof *r);
	r->first = prompt_cols;
	r->indent = 4 * prompt_cols <= width ? prompt_cols : INDENT;
	total = count_rows(r, e, width, flags, &cursor);
	r->above = first_shown(total, cursor, rows_max);
	for (unsigned n = 0; n < total && r->count < rows_max; n++) {
		struct input_row row =
		    row_at(e, from, room_of(r, n, width), flags);
		struct text_flow flow = {0};

		from = row.next;
		if (n < r->above)
			continue;
		if (n == cursor) {
			r->cursor_row = r->count;
			r->cursor_col = (n == 0 ? r->first : r->indent);
			r->cursor_col +=
			    (unsigned)columns(&flow, e, row.from, e->at, flags);
		}
		r->row[r->count++] = row;
	}
	r->below = total - r->above - r->count;
}

size_t
input_row_text(const struct edit *e, const struct input_row *row,
    unsigned width, unsigned flags, char *out, size_t cap)
{
	struct text_flow flow = {0};
	size_t len = 0, cols = 0;

	for (size_t i = row->from; i < row->to;) {
		struct text_unit u;

		place(&flow, &u, e->text + i, row->to - i, flags);
		i += u.used;
		cols += u.cols;
		if (len + u.len > cap || cols > width)
			break;
		memcpy(out + len, u.out, u.len);
		len += u.len;
	}
	return len;
}
