/*
 * What people wrote, as it stays on the screen.
 */
#include <stdio.h>
#include <string.h>

#include "secchat/text.h"
#include "secchat/util.h"
#include "view_internal.h"

/* "14:04 you  vv | ": the column where text begins. */
#define GUTTER 16

/* Columns of the name, and of the mark behind ours. */
#define NAME_COLS 7

/* Columns of the number in a list. */
#define NUMBER_COLS 5

#define OURS_ROWS_MAX 3

static int
is_narrow(const struct view *v)
{
	return v->cols < NARROW;
}

/* ---- what stands at the left ---- */

/* The peer's name, cut to so many columns; returns how many it has. */
static size_t
peer_label(const struct view *v, struct paint *p, size_t cols)
{
	const char *name = v->peer[0] != '\0' ? v->peer : "peer";
	size_t at = 0, used = 0, len = strlen(name);

	while (at < len) {
		size_t n = text_cluster((const uint8_t *)name + at, len - at);
		size_t wide = text_columns(name + at, n);

		if (used + wide > cols)
			break;
		used += wide;
		at += n;
	}
	if (p != NULL)
		paint_mem(p, name, at);
	return used;
}

static void
gutter(const struct view *v, struct paint *p)
{
	view_style(v, p, STYLE_DIM);
	paint_fmt(p, "%s ", view_sign(v, SIGN_GUTTER));
	view_style(v, p, STYLE_NORMAL);
}

static void
indent(const struct view *v, struct paint *p)
{
	if (!is_narrow(v))
		paint_fmt(p, "%*s", GUTTER - 2, "");
}

static enum style
style_of(const struct message *m)
{
	return m->kind == MESSAGE_THEIRS ? STYLE_PEER
	       : m->kind == MESSAGE_OURS ? STYLE_YOU
					 : STYLE_WARN;
}

/* Whose line it is: the left part of a message's first row. */
static void
head(const struct view *v, struct paint *p, const struct message *m)
{
	int theirs = m->kind == MESSAGE_THEIRS, room = v->cols > GUTTER;
	size_t used;

	if (room)
		paint_fmt(p, "%02u:%02u ", m->minute / 60, m->minute % 60);
	view_style(v, p, style_of(m));
	if (theirs) {
		used = peer_label(v, p, room ? NAME_COLS : 4);
		paint_fmt(p, "%*s", room ? (int)(NAME_COLS - used) : 0, "");
	} else {
		paint_fmt(p, room ? "you  %s" : "you",
		    m->kind == MESSAGE_LOST ? "??"
		    : v->no_receipts        ? view_sign(v, SIGN_SENT)
					    : view_sign(v, SIGN_SHOWN));
	}
	view_style(v, p, STYLE_NORMAL);
	paint_str(p, room ? " " : "");
}

/*
 * Plain views say on every row whose it is, in words.
 */
static const char *
plain_state(const struct view *v, const struct message *m)
{
	if (m->kind == MESSAGE_OURS && v->no_receipts)
		return "you, sent";
	return m->kind == MESSAGE_THEIRS ? ""
	       : m->kind == MESSAGE_OURS ? "you, delivered"
					 : "you, not delivered";
}

static size_t
plain_head(const struct view *v, struct paint *p, const struct message *m)
{
	const char *state = plain_state(v, m);
	size_t cols = strlen("14:05 : ") + strlen(state);

	if (p != NULL)
		paint_fmt(p, "%02u:%02u ", m->minute / 60, m->minute % 60);
	if (m->kind == MESSAGE_THEIRS)
		cols += peer_label(v, p, v->cols / 3);
	if (p != NULL)
		paint_fmt(p, "%s: ", state);
	return cols;
}

size_t
view_text_cols(const struct view *v, const struct message *m)
{
	size_t used = (is_narrow(v) ? 2 : GUTTER) + 1;

	if (v->plain)
		used = plain_head(v, NULL, m) + 1;
	return v->cols > used ? v->cols - used : 1;
}

/* ---- rows ---- */

void
view_row(struct view *v, struct paint *p, const struct message *m, int first,
    const char *row, size_t len)
{
	view_erase(v, p);
	if (v->plain) {
		(void)plain_head(v, p, m);
	} else if (first) {
		head(v, p, m);
		if (is_narrow(v))
			view_end_row(v, p);
		gutter(v, p);
	} else {
		indent(v, p);
		gutter(v, p);
	}
	paint_mem(p, row, len);
	view_end_row(v, p);
}

static void
message_rows(struct view *v, struct paint *p, const struct message *m,
    struct text_rows *rows)
{
	char row[ROW_BYTES];
	size_t len;

	text_rows_init(rows, m->text, m->len, view_text_flags(v),
	    view_text_cols(v, m), TEXT_ROWS_MAX);
	for (int first = 1; text_rows_next(rows, row, sizeof row, &len, NULL);
	     first = 0)
		view_row(v, p, m, first, row, len);
}

void
view_about(struct view *v, struct paint *p, const char *text)
{
	unsigned by = v->plain ? 2 : is_narrow(v) ? 0 : GUTTER - 2;

	view_erase(v, p);
	paint_fmt(p, "%*s", (int)by, "");
	view_style(v, p, STYLE_DIM);
	view_indented(v, p, by, text, strlen(text));
	view_style(v, p, STYLE_NORMAL);
}

/* What was left out of a message, and how to see it. */
static void
remarks(struct view *v, struct paint *p, const struct message *m,
    struct text_rows *rows)
{
	char remark[TEXT_REMARK_MAX], line[sizeof remark + 64];
	size_t more = text_rows_more(rows);

	if (more > 0) {
		snprintf(line, sizeof line, "%s %zu more row%s: /more\u00a0%u",
		    view_sign(v, SIGN_MORE), more, more == 1 ? "" : "s", m->n);
		view_about(v, p, line);
	}
	if (m->kind == MESSAGE_THEIRS &&
	    text_remark(remark, sizeof remark, &rows->marks) > 0) {
		snprintf(line, sizeof line, "(%s: /raw\u00a0%u)", remark, m->n);
		view_about(v, p, line);
	}
}

/* ---- messages ---- */

/* How many lines a person sees in a text. */
static size_t
lines_of(const struct message *m)
{
	size_t lines = 1;

	for (size_t i = 0; i + 1 < m->len; i++)
		lines += m->text[i] == '\n';
	return lines;
}

/* The beginning of a text in one row, into row; its length. */
static size_t
beginning(const struct view *v, const struct message *m, size_t cols,
    char row[ROW_BYTES], int *more)
{
	struct text_rows rows;
	size_t len = 0;

	*more = 0;
	if (cols < TEXT_COLUMNS_MIN)
		return 0;
	text_rows_init(&rows, m->text, m->len, view_text_flags(v), cols, 1);
	(void)text_rows_next(&rows, row, ROW_BYTES, &len, NULL);
	*more = rows.open;
	return len;
}

/* "[200 lines, 3091 B]  the first line", for what was pasted. */
static void
chip(struct view *v, struct paint *p, const struct message *m, size_t lines)
{
	char row[ROW_BYTES + 80];
	size_t cols = view_text_cols(v, m);
	int more,
	    used = snprintf(row, 80, "[%zu lines, %zu B]  ", lines, m->len);

	cols = cols > (size_t)used ? cols - (size_t)used : 0;
	view_row(v, p, m, 1, row,
	    (size_t)used + beginning(v, m, cols, row + used, &more));
}

void
view_message(struct view *v, struct paint *p, const struct message *m)
{
	struct text_rows rows;
	size_t lines = lines_of(m);

	_Static_assert((TEXT_ROWS_MAX + 4) * (ROW_BYTES + 512) < PAINT_MESSAGE,
	    "a message fits");
	view_erase(v, p);
	if (m->kind == MESSAGE_OURS && lines > OURS_ROWS_MAX) {
		chip(v, p, m, lines);
		return;
	}
	message_rows(v, p, m, &rows);
	remarks(v, p, m, &rows);
}

void
view_listed(struct view *v, struct paint *p, const struct message *m)
{
	size_t cols = view_text_cols(v, m), len;
	char row[ROW_BYTES + 16];
	int more;

	view_erase(v, p);
	paint_fmt(p, "%*u ", NUMBER_COLS - 1, m->n);
	cols = cols > NUMBER_COLS + 3 ? cols - NUMBER_COLS - 3 : 1;
	len = beginning(v, m, cols, row, &more);
	if (more)
		len += (size_t)snprintf(
		    row + len, 16, "%s", view_sign(v, SIGN_MORE));
	view_row(v, p, m, 1, row, len);
}
