/*
 * The live area: at most a few rows at the bottom, none wider than the
 * terminal, the input row last with the cursor in it.
 */
#include <stdio.h>
#include <string.h>

#include "secchat/text.h"
#include "secchat/util.h"
#include "view_internal.h"

/* Terminals narrower than this get a short prompt, or a short label. */
#define NARROW_PROMPT 40
#define NARROW_LABEL 60

/* How many rows a row of so many columns has become. */
static unsigned
height(const struct view *v, unsigned cols)
{
	if (!v->reflows || v->cols == 0 || v->cols >= v->drawn_cols)
		return 1;
	return cols > v->cols ? (cols + v->cols - 1) / v->cols : 1;
}

/* How many rows the cursor is below the first of the live area. */
static unsigned
cursor_below(const struct view *v)
{
	unsigned last = v->live_cols[v->live - 1], up;

	up = height(v, MIN(v->cursor + 1, MAX(last, 1u))) - 1;
	for (unsigned i = 0; i + 1 < v->live; i++)
		up += height(v, v->live_cols[i]);
	return up;
}

/* A row of the live area has been painted. */
static void
drawn(struct view *v, size_t cols)
{
	v->live_cols[v->live++] = (unsigned)cols;
	v->cursor = (unsigned)cols;
}

void
view_erase(struct view *v, struct paint *p)
{
	unsigned up;

	if (v->live == 0)
		return;
	up = cursor_below(v);
	if (up > 0)
		paint_fmt(p, "\r\033[%uA\033[J", up);
	else
		paint_str(p, "\r\033[J");
	v->live = 0;
}

void
view_clear(struct view *v, struct paint *p)
{
	paint_str(p, "\033[H\033[2J");
	v->live = 0;
}

/* How many columns a row may have: the last one stays free. */
static size_t
width(const struct view *v)
{
	return v->cols > 1 ? v->cols - 1 : 1;
}

/* A character of the input as it is drawn: a row end is a sign. */
static void
place_input(const struct view *v, struct text_flow *flow, struct text_unit *u,
    const uint8_t *p, size_t len)
{
	struct text_marks ignored = {0};

	text_place(flow, u, p, len, view_text_flags(v) | TEXT_REVEAL, &ignored);
	if (u->kind == TEXT_BREAK || u->kind == TEXT_TAB) {
		const char *sign =
		    u->kind == TEXT_TAB ? "  " : view_sign(v, SIGN_NEWLINE);

		u->len = strlen(sign);
		memcpy(u->out, sign, u->len);
		u->cols = text_columns(sign, u->len);
	}
}

/* Columns of the first len bytes of the input. */
static size_t
input_cols(const struct view *v, const struct edit *e, size_t len)
{
	struct text_flow flow = {0};
	size_t cols = 0;

	for (size_t i = 0; i < len;) {
		struct text_unit u;

		place_input(v, &flow, &u, e->text + i, e->len - i);
		cols += u.cols;
		i += u.used;
	}
	return cols;
}

/* The first column of the input that is drawn, so that the cursor is seen. */
static size_t
first_col(size_t cursor, size_t room)
{
	size_t half = room / 2 > 0 ? room / 2 : 1;

	return cursor < room ? 0 : ((cursor - room) / half + 1) * half;
}

/* Paint the part of the input in [from, from + room) columns; returns how
 * many there were. */
static size_t
input_part(const struct view *v, struct paint *p, const struct edit *e,
    size_t from, size_t room)
{
	struct text_flow flow = {0};
	size_t col = 0, bytes = 0;
	int base = 0; /* marks of what is not drawn are not either */

	for (size_t i = 0; i < e->len && col < from + room;) {
		struct text_unit u;

		place_input(v, &flow, &u, e->text + i, e->len - i);
		i += u.used;
		base |= col >= from && u.cols > 0;
		if (base && col + u.cols <= from + room &&
		    (bytes += u.len) <= ROW_BYTES)
			paint_mem(p, u.out, u.len);
		else if (col < from && col + u.cols > from)
			paint_fmt(p, "%*s", (int)(col + u.cols - from), "");
		col += u.cols;
	}
	return MIN(col > from ? col - from : 0, room);
}

/* Prompt and input, and the cursor where it belongs. */
static void
input_row(struct view *v, struct paint *p, const struct live *l)
{
	const char *prompt = v->cols < NARROW_PROMPT ? "> " : l->prompt;
	size_t prompt_cols = strlen(prompt);
	size_t room = width(v) > prompt_cols + 1 ? width(v) - prompt_cols : 1;
	size_t cursor = input_cols(v, l->edit, l->edit->at);
	size_t from = first_col(cursor, room);

	view_style(v, p, STYLE_YOU);
	paint_str(p, prompt);
	view_style(v, p, STYLE_NORMAL);
	drawn(v, prompt_cols + input_part(v, p, l->edit, from, room));
	v->cursor = (unsigned)(prompt_cols + cursor - from);
	paint_fmt(p, "\r\033[%uC", v->cursor);
}

/* One row of one text, cut where the terminal ends. */
static void
waiting_row(struct view *v, struct paint *p, const struct backlog *b, size_t i)
{
	const uint8_t *text;
	const struct backlog_item *item = backlog_get(b, i, &text);
	struct text_rows rows;
	char row[ROW_BYTES], label[64];
	size_t n, used, cols, text_cols = 0;
	const char *state = v->cols < NARROW_LABEL ? ""
			    : i < b->given         ? "not delivered yet: "
						   : "waiting to be sent: ";

	snprintf(label, sizeof label, "   %s %02u:%02u %s",
	    view_sign(v, SIGN_WAITS), item->minute / 60, item->minute % 60,
	    state);
	used = text_columns(label, strlen(label));
	cols = width(v) > used ? width(v) - used : 0;
	view_style(v, p, STYLE_DIM);
	if (cols >= TEXT_COLUMNS_MIN) {
		paint_str(p, label);
		text_rows_init(
		    &rows, text, item->len, view_text_flags(v), cols, 1);
		if (text_rows_next(&rows, row, sizeof row, &n, &text_cols))
			paint_mem(p, row, n);
		drawn(v, used + text_cols);
	} else {
		paint_fmt(p, "%.*s", (int)width(v), "waiting");
		drawn(v, MIN(width(v), strlen("waiting")));
	}
	view_style(v, p, STYLE_NORMAL);
	paint_str(p, "\r\n");
}

/* What is not delivered: three rows and a count, fewer on a low terminal. */
static void
waiting_rows(struct view *v, struct paint *p, const struct backlog *b)
{
	size_t room = v->rows > 4 ? v->rows - 4 : 0;
	size_t shown = MIN(MIN(b->count, (size_t)UNDELIVERED_ROWS), room);
	char more[64];

	for (size_t i = 0; i < shown; i++)
		waiting_row(v, p, b, i);
	if (b->count > shown && width(v) > 20) {
		view_style(v, p, STYLE_DIM);
		snprintf(more, sizeof more, "   %s %zu more",
		    view_sign(v, SIGN_WAITS), b->count - shown);
		paint_str(p, more);
		view_style(v, p, STYLE_NORMAL);
		paint_str(p, "\r\n");
		drawn(v, text_columns(more, strlen(more)));
	}
}

/* A sentence of ours above the input, in a few rows. */
static void
status_rows(struct view *v, struct paint *p, const char *status)
{
	struct text_rows rows;
	char row[ROW_BYTES];
	size_t n, cols;
	int first = 1;

	if (width(v) < TEXT_COLUMNS_MIN) {
		drawn(v, 0);
		return;
	}
	text_rows_init(&rows, status, strlen(status),
	    view_text_flags(v) | TEXT_WORDS, width(v),
	    v->rows > 8 ? STATUS_ROWS : 1);
	view_style(v, p, STYLE_DIM);
	while (text_rows_next(&rows, row, sizeof row, &n, &cols)) {
		if (!first)
			paint_str(p, "\r\n");
		first = 0;
		paint_mem(p, row, n);
		drawn(v, cols);
	}
	view_style(v, p, STYLE_NORMAL);
}

void
view_live(struct view *v, struct paint *p, const struct live *l)
{
	view_erase(v, p);
	v->drawn_cols = v->cols;
	if (l->backlog != NULL)
		waiting_rows(v, p, l->backlog);
	if (l->status != NULL) {
		status_rows(v, p, l->status);
		if (l->edit != NULL)
			paint_str(p, "\r\n");
	}
	if (l->edit != NULL)
		input_row(v, p, l);
	else if (l->status == NULL)
		drawn(v, 0);
}
