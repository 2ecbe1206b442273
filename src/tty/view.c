/*
 * Lines that stay.
 */
#include <stdio.h>
#include <string.h>

#include "secchat/text.h"
#include "secchat/util.h"
#include "view_internal.h"

/* "14:04 you  vv | ": the column where text begins. */
#define GUTTER 16

/* Narrower terminals have the name on a row of its own and a short gutter. */
#define NARROW 40

#define OURS_ROWS_MAX 3

void
view_style(const struct view *v, struct paint *p, enum style s)
{
	static const char *const codes[] = {
	    [STYLE_NORMAL] = "\033[m",
	    [STYLE_DIM] = "\033[2m",
	    [STYLE_PEER] = "\033[1;36m",
	    [STYLE_YOU] = "\033[32m",
	    [STYLE_WARN] = "\033[1;33m",
	};

	if (v->color)
		paint_str(p, codes[s]);
}

const char *
view_sign(const struct view *v, enum sign s)
{
	static const char *const signs[][2] = {
	    [SIGN_GUTTER] = {"\u2502", "|"},
	    [SIGN_RULE] = {"\u2500\u2500", "--"},
	    [SIGN_SHOWN] = {"\u2713\u2713", "ok"},
	    [SIGN_WAITS] = {"\u22ef", "..."},
	    [SIGN_NEWLINE] = {"\u21b5", "\\n"},
	    [SIGN_MORE] = {"\u2026", "..."},
	    [SIGN_BEYOND] = {"\u2026", ":"},
	};

	return signs[s][v->ascii];
}

unsigned
view_text_flags(const struct view *v)
{
	return v->ascii ? TEXT_ASCII : 0;
}

static void
end_row(struct paint *p)
{
	paint_str(p, "\r\n");
}

static void
gutter(const struct view *v, struct paint *p)
{
	view_style(v, p, STYLE_DIM);
	paint_fmt(p, "%s ", view_sign(v, SIGN_GUTTER));
	view_style(v, p, STYLE_NORMAL);
}

/* Whose line it is: the left part of a message's first row. */
struct head {
	unsigned minute;
	enum style style;
	const char *name; /* at most 4 columns */
	const char *sign; /* 2 columns, or "  " */
};

static void
head(const struct view *v, struct paint *p, const struct head *h)
{
	if (v->cols <= GUTTER) {
		paint_str(p, h->name);
		return;
	}
	paint_fmt(p, "%02u:%02u ", h->minute / 60, h->minute % 60);
	view_style(v, p, h->style);
	paint_fmt(p, "%-4s %s ", h->name, h->sign);
	view_style(v, p, STYLE_NORMAL);
}

static int
is_narrow(const struct view *v)
{
	return v->cols < NARROW;
}

/* Columns for text beside the gutter; the last column stays free. */
static size_t
text_cols(const struct view *v)
{
	size_t used = (is_narrow(v) ? 2 : GUTTER) + 1;

	return v->cols > used ? v->cols - used : 1;
}

static void
indent(const struct view *v, struct paint *p)
{
	if (!is_narrow(v))
		paint_fmt(p, "%*s", GUTTER - 2, "");
}

/* The rows of a message, each behind the gutter. */
static void
message_rows(const struct view *v, struct paint *p, const struct head *h,
    struct text_rows *rows)
{
	char row[ROW_BYTES];
	size_t len;

	head(v, p, h);
	if (is_narrow(v))
		end_row(p);
	for (int first = 1; text_rows_next(rows, row, sizeof row, &len, NULL);
	     first = 0) {
		if (!first)
			indent(v, p);
		gutter(v, p);
		paint_mem(p, row, len);
		end_row(p);
	}
}

/* A row of ours about the message above: without the gutter. */
static void
about(const struct view *v, struct paint *p, const char *text)
{
	indent(v, p);
	view_style(v, p, STYLE_DIM);
	paint_str(p, text);
	view_style(v, p, STYLE_NORMAL);
	end_row(p);
}

void
view_theirs(struct view *v, struct paint *p, unsigned minute,
    const uint8_t *text, size_t len)
{
	const struct head h = {minute, STYLE_PEER, "peer", "  "};
	struct text_rows rows;
	char remark[TEXT_REMARK_MAX], line[192];
	size_t more;

	_Static_assert((TEXT_ROWS_MAX + 4) * (ROW_BYTES + 128) < PAINT_MESSAGE,
	    "a message fits");
	view_erase(v, p);
	text_rows_init(
	    &rows, text, len, view_text_flags(v), text_cols(v), TEXT_ROWS_MAX);
	message_rows(v, p, &h, &rows);
	more = text_rows_more(&rows);
	if (more > 0) {
		snprintf(line, sizeof line, "%s %zu more row%s",
		    view_sign(v, SIGN_MORE), more, more == 1 ? "" : "s");
		about(v, p, line);
	}
	if (text_remark(remark, sizeof remark, &rows.marks) > 0) {
		snprintf(line, sizeof line, "(%s)", remark);
		about(v, p, line);
	}
}

/* "[200 lines, 3091 B]  the first line", for what was pasted. */
static void
chip(const struct view *v, struct paint *p, const struct head *h,
    const uint8_t *text, size_t len, size_t lines)
{
	struct text_rows first;
	char row[ROW_BYTES], label[80];
	size_t cols = text_cols(v), n;
	int used =
	    snprintf(label, sizeof label, "[%zu lines, %zu B]  ", lines, len);

	head(v, p, h);
	if (is_narrow(v))
		end_row(p);
	gutter(v, p);
	paint_str(p, label);
	cols = cols > (size_t)used ? cols - (size_t)used : 0;
	text_rows_init(&first, text, len, view_text_flags(v), cols, 1);
	if (cols >= TEXT_COLUMNS_MIN &&
	    text_rows_next(&first, row, sizeof row, &n, NULL))
		paint_mem(p, row, n);
	end_row(p);
}

void
view_ours(struct view *v, struct paint *p, unsigned minute, const uint8_t *text,
    size_t len, int undelivered)
{
	const struct head h = {minute, undelivered ? STYLE_WARN : STYLE_YOU,
	    "you", undelivered ? "??" : view_sign(v, SIGN_SHOWN)};
	struct text_rows rows;
	size_t lines = 1;

	for (size_t i = 0; i + 1 < len; i++)
		lines += text[i] == '\n';
	view_erase(v, p);
	if (lines > OURS_ROWS_MAX) {
		chip(v, p, &h, text, len, lines);
		return;
	}
	text_rows_init(
	    &rows, text, len, view_text_flags(v), text_cols(v), TEXT_ROWS_MAX);
	message_rows(v, p, &h, &rows);
	if (text_rows_more(&rows) > 0)
		about(v, p, view_sign(v, SIGN_MORE));
}

/* Text in rows, each behind an indent; the first row's is painted. */
static void
indented_rows(const struct view *v, struct paint *p, unsigned indent_by,
    const void *text, size_t len)
{
	struct text_rows rows;
	char row[ROW_BYTES];
	size_t n, used = indent_by + 1;
	int first = 1;

	text_rows_init(&rows, text, len, view_text_flags(v) | TEXT_WORDS,
	    v->cols > used ? v->cols - used : 1, 0);
	while (text_rows_next(&rows, row, sizeof row, &n, NULL)) {
		if (!first)
			paint_fmt(p, "%*s", (int)indent_by, "");
		first = 0;
		paint_mem(p, row, n);
		end_row(p);
	}
}

void
view_event(struct view *v, struct paint *p, const char *text)
{
	const char *rule = view_sign(v, SIGN_RULE);
	char line[SENTENCE_MAX + 16];
	int len = snprintf(line, sizeof line, "%s\u00a0%.*s\u00a0%s", rule,
	    SENTENCE_MAX, text, rule);

	view_erase(v, p);
	view_style(v, p, STYLE_DIM);
	indented_rows(v, p, 0, line, (size_t)len);
	view_style(v, p, STYLE_NORMAL);
}

void
view_note(struct view *v, struct paint *p, const char *mark, const void *text,
    size_t len)
{
	/* Once spelled out, a byte is at most eight. */
	_Static_assert(2 * 8 * SENTENCE_MAX < PAINT_LINE, "a note fits");
	view_erase(v, p);
	if (mark[0] != '\0') {
		paint_str(p, "  ");
		view_style(v, p, STYLE_WARN);
		paint_str(p, mark);
		view_style(v, p, STYLE_NORMAL);
		end_row(p);
	}
	paint_str(p, "  ");
	indented_rows(v, p, 2, text, len);
}

/* The columns of view_item's words, with the indent of two. */
#define ITEM_WORD 13

void
view_item(
    struct view *v, struct paint *p, const char *word, const char *meaning)
{
	unsigned by = is_narrow(v) ? 4 : ITEM_WORD;

	view_erase(v, p);
	paint_fmt(p, "  %-*s", ITEM_WORD - 2, word);
	if (is_narrow(v)) {
		end_row(p);
		paint_fmt(p, "%*s", (int)by, "");
	}
	indented_rows(v, p, by, meaning, strlen(meaning));
}
