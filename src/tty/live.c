/*
 * The live area: at most a few rows at the bottom, none wider than the
 * terminal, the rows of the input last with the cursor in one of them.
 */
#include <stdio.h>
#include <string.h>

#include "layout.h"
#include "secchat/ipc_msgs.h"
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
	unsigned own = v->live_cols[v->cursor_row], up;

	up = height(v, MIN(v->cursor + 1, MAX(own, 1u))) - 1;
	for (unsigned i = 0; i < v->cursor_row; i++)
		up += height(v, v->live_cols[i]);
	return up;
}

/* A row of the live area has been painted. */
static void
drawn(struct view *v, size_t cols)
{
	v->cursor_row = v->live;
	v->cursor = (unsigned)cols;
	v->live_cols[v->live++] = (unsigned)cols;
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
	view_erase(v, p);
	if (v->plain)
		return;
	/* What is on the screen goes into the scrollback; erasing the screen
	 * would lose it on some terminals. */
	for (unsigned i = 0; i < MIN(v->rows, 1000u); i++)
		paint_str(p, "\r\n");
	paint_str(p, "\033[H");
}

/* How many columns a row may have: the last one stays free. */
static size_t
width(const struct view *v)
{
	return v->cols > 1 ? v->cols - 1 : 1;
}

/* What stands before the text of a row: the prompt, or blanks; a sign when
 * there is more above or below. */
static void
input_head(const struct view *v, struct paint *p, const struct input_rows *in,
    unsigned i, const char *prompt)
{
	int more =
	    (i == 0 && in->above > 0) || (i + 1 == in->count && in->below > 0);

	if (i == 0 && in->above == 0) {
		view_style(v, p, STYLE_YOU);
		paint_str(p, prompt);
	} else {
		view_style(v, p, STYLE_DIM);
		paint_fmt(p, "%s%*s", more ? view_sign(v, SIGN_BEYOND) : " ",
		    (int)in->indent - 1, "");
	}
	view_style(v, p, STYLE_NORMAL);
}

/* The most rows that the input may have. */
static unsigned
input_max(const struct view *v)
{
	return MIN(MAX(v->rows / 3, 1u), (unsigned)INPUT_ROWS);
}

/* Prompt and input in as many rows as there may be, and the cursor where it
 * belongs. */
static void
input_rows(struct view *v, struct paint *p, const struct live *l)
{
	const char *prompt = v->cols < NARROW_PROMPT ? l->narrow : l->prompt;
	unsigned prompt_cols = (unsigned)text_columns(prompt, strlen(prompt));
	unsigned max = input_max(v);
	unsigned wide = MAX((unsigned)width(v), prompt_cols + 1);
	struct edit_text edit = edit_shown(l->edit);
	struct input_rows in;
	char text[ROW_BYTES];

	input_layout(&in, &edit, prompt_cols, wide, max, view_text_flags(v));
	for (unsigned i = 0; i < in.count; i++) {
		unsigned used = i == 0 && in.above == 0 ? in.first : in.indent;

		if (i > 0)
			paint_str(p, "\r\n");
		input_head(v, p, &in, i, prompt);
		paint_mem(p, text,
		    input_row_text(&edit, &in.row[i], wide - used,
			view_text_flags(v), text, sizeof text));
		drawn(v, used + in.row[i].cols);
	}
	v->cursor_row = v->live - in.count + in.cursor_row;
	v->cursor = in.cursor_col;
	if (in.count - in.cursor_row > 1)
		paint_fmt(p, "\033[%uA", in.count - in.cursor_row - 1);
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
	int room_for_words = v->cols >= NARROW_LABEL;

	snprintf(label, sizeof label, "   %s %02u:%02u ",
	    view_sign(v, SIGN_WAITS), item->minute / 60, item->minute % 60);
	used = strlen(label);
	if (room_for_words && i < b->given)
		snprintf(
		    label + used, sizeof label - used, "not delivered yet: ");
	else if (room_for_words)
		snprintf(label + used, sizeof label - used,
		    "waiting to be sent (%u): ", item->n);
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

/* What is not delivered: three rows and a count, in at most room rows. */
static void
waiting_rows(
    struct view *v, struct paint *p, const struct backlog *b, size_t room)
{
	size_t shown = MIN(MIN(b->count, (size_t)UNDELIVERED_ROWS), room);
	char more[64];

	if (shown > 0 && b->count > shown && shown == room)
		shown--;
	for (size_t i = 0; i < shown; i++)
		waiting_row(v, p, b, i);
	if (b->count > shown && room > 0 && width(v) > 20) {
		view_style(v, p, STYLE_DIM);
		snprintf(more, sizeof more, "   %s %zu more",
		    view_sign(v, SIGN_WAITS), b->count - shown);
		paint_str(p, more);
		view_style(v, p, STYLE_NORMAL);
		paint_str(p, "\r\n");
		drawn(v, text_columns(more, strlen(more)));
	}
}

/* The bar of a row: in front what is done. */
static void
bar(struct view *v, struct paint *p, const struct transfer_row *row)
{
	view_style(v, p, STYLE_GOOD);
	for (unsigned i = 0; i < row->full; i++)
		paint_str(p, view_sign(v, SIGN_FULL));
	view_style(v, p, STYLE_NORMAL);
	view_style(v, p, STYLE_DIM);
	for (unsigned i = row->full; i < row->bar; i++)
		paint_str(p, view_sign(v, SIGN_EMPTY));
	view_style(v, p, STYLE_NORMAL);
}

static void
file_row(
    struct view *v, struct paint *p, const struct transfer *f, unsigned digits)
{
	enum style style = f->state == FILE_PAUSED ? STYLE_WARN : STYLE_NORMAL;
	struct transfer_row row;

	transfer_row(&row, f, digits, width(v), v->ascii);
	if (style != STYLE_NORMAL)
		view_style(v, p, style);
	paint_str(p, row.text);
	if (style != STYLE_NORMAL)
		view_style(v, p, STYLE_NORMAL);
	bar(v, p, &row);
	drawn(v, row.cols + row.bar);
	paint_str(p, "\r\n");
}

/* Files: three rows and a count, in at most room rows. */
static void
file_rows(
    struct view *v, struct paint *p, const struct transfers *all, size_t room)
{
	const struct transfer *order[TRANSFERS_MAX];
	size_t n = transfers_order(all, order);
	size_t shown = MIN(MIN(n, (size_t)FILE_ROWS), room);
	unsigned digits = 1;
	char more[64];

	if (shown > 0 && n > shown && shown == room)
		shown--;
	for (size_t i = 0; i < shown; i++)
		digits = MAX(digits, transfer_digits(order[i]->fid));
	for (size_t i = 0; i < shown; i++)
		file_row(v, p, order[i], digits);
	if (n == shown || room == 0)
		return;
	snprintf(more, sizeof more, " %s %zu more", view_sign(v, SIGN_WAITS),
	    n - shown);
	if (text_columns(more, strlen(more)) > width(v))
		return;
	view_style(v, p, STYLE_DIM);
	paint_str(p, more);
	view_style(v, p, STYLE_NORMAL);
	drawn(v, text_columns(more, strlen(more)));
	paint_str(p, "\r\n");
}

/* A sentence of ours, in a few rows. */
static void
hint_rows(struct view *v, struct paint *p, const char *hint, size_t room)
{
	struct text_rows rows;
	char row[ROW_BYTES];
	size_t n, cols, by = strspn(hint, " ");
	int first = 1;

	if (width(v) < TEXT_COLUMNS_MIN) {
		drawn(v, 0);
		return;
	}
	/* Every row is indented as the first is, where there is room for it. */
	if (width(v) < TEXT_COLUMNS_MIN + by)
		by = 0;
	text_rows_init(&rows, hint + by, strlen(hint + by),
	    view_text_flags(v) | TEXT_WORDS, width(v) - by, room);
	view_style(v, p, STYLE_DIM);
	while (text_rows_next(&rows, row, sizeof row, &n, &cols)) {
		if (!first)
			paint_str(p, "\r\n");
		first = 0;
		paint_fmt(p, "%*s", (int)by, "");
		paint_mem(p, row, n);
		drawn(v, by + cols);
	}
	view_style(v, p, STYLE_NORMAL);
}

/* One cell of the status row, or as much of the first one as there is room
 * for; returns its columns, 0 when it does not fit. */
static size_t
cell(struct view *v, struct paint *p, const struct cell *c, size_t used)
{
	const char *sep = used > 0 ? view_sign(v, SIGN_BETWEEN) : "";
	size_t room = width(v) - used;
	size_t cols = text_columns(sep, strlen(sep)) + (used > 0 ? 2 : 1);
	char text[ROW_BYTES];
	struct text_rows rows;
	size_t len = 0, text_cols = 0;

	if (room < cols + 1)
		return 0;
	text_rows_init(&rows, c->text, strlen(c->text),
	    view_text_flags(v) | TEXT_WORDS, MAX(room - cols, 12u), 1);
	(void)text_rows_next(&rows, text, sizeof text, &len, &text_cols);
	if (text_cols > room - cols || (used > 0 && rows.open))
		return 0;
	view_style(v, p, STYLE_DIM);
	paint_fmt(p, used > 0 ? " %s " : " ", sep);
	view_style(v, p, STYLE_NORMAL);
	view_style(v, p, c->style);
	paint_mem(p, text, len);
	view_style(v, p, STYLE_NORMAL);
	return cols + text_cols;
}

/* What is known about the connection, as much as there is room for. */
static void
status_row(struct view *v, struct paint *p, const struct live *l)
{
	size_t used = 0;

	for (size_t i = 0; i < l->cells_len; i++) {
		size_t n;

		if (l->cells[i].text[0] == '\0')
			continue;
		n = cell(v, p, &l->cells[i], used);
		if (n == 0)
			break;
		used += n;
	}
	drawn(v, used);
}

/*
 * How many rows each part may have: all together leave one row of the
 * terminal free, or the area could not be erased.
 */
struct budget {
	size_t hint, status, files, waiting;
};

static struct budget
budget(const struct view *v, const struct live *l)
{
	size_t used = 1 + (l->edit != NULL ? input_max(v) : 0);
	size_t room = v->rows > used ? v->rows - used : 0;
	struct budget b = {0};

	if (l->hint != NULL && (room > 0 || l->edit == NULL))
		b.hint = MIN((size_t)HINT_ROWS, MAX(room / 3, (size_t)1));
	room -= MIN(room, b.hint);
	b.status = l->cells_len > 0 && l->edit != NULL && room > 0;
	room -= b.status;
	/* Half of what is left, and more where no text waits. */
	if (l->files != NULL)
		b.files = MIN(MIN(l->files->count, (size_t)FILE_ROWS + 1),
		    (room + 1) / 2);
	b.waiting = room - b.files;
	return b;
}

void
view_live(struct view *v, struct paint *p, const struct live *l)
{
	struct budget b = budget(v, l);

	view_erase(v, p);
	if (v->plain)
		return;
	v->drawn_cols = v->cols;
	if (l->backlog != NULL)
		waiting_rows(v, p, l->backlog, b.waiting);
	if (b.files > 0)
		file_rows(v, p, l->files, b.files);
	if (b.hint > 0) {
		hint_rows(v, p, l->hint, b.hint);
		if (l->edit != NULL)
			paint_str(p, "\r\n");
	}
	if (b.status > 0) {
		status_row(v, p, l);
		paint_str(p, "\r\n");
	}
	if (l->edit != NULL)
		input_rows(v, p, l);
	else if (b.hint == 0)
		drawn(v, 0);
}
