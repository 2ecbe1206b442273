/*
 * Signs and colours, and sentences of ours.
 */
#include <stdio.h>
#include <string.h>

#include "secchat/text.h"
#include "secchat/util.h"
#include "view_internal.h"

void
view_style(const struct view *v, struct paint *p, enum style s)
{
	/* clang-format off */
	static const char *const codes[][3] = {
	/*                 western        eastern        blue-orange */
	[STYLE_NORMAL] = { "\033[m",      "\033[m",      "\033[m" },
	[STYLE_DIM]    = { "\033[2m",     "\033[2m",     "\033[2m" },
	[STYLE_PEER]   = { "\033[1;36m",  "\033[1;36m",  "\033[1;38;5;39m" },
	[STYLE_YOU]    = { "\033[32m",    "\033[32m",    "\033[38;5;208m" },
	[STYLE_WARN]   = { "\033[1;33m",  "\033[1;33m",  "\033[1;38;5;208m" },
	[STYLE_GOOD]   = { "\033[32m",    "\033[31m",    "\033[38;5;39m" },
	[STYLE_BAD]    = { "\033[31m",    "\033[32m",    "\033[38;5;208m" },
	};
	/* clang-format on */

	if (v->color)
		paint_str(p, codes[s][v->scheme]);
}

const char *
view_sign(const struct view *v, enum sign s)
{
	static const char *const signs[][2] = {
	    [SIGN_GUTTER] = {"\u2502", "|"},
	    [SIGN_RULE] = {"\u2500\u2500", "--"},
	    [SIGN_SHOWN] = {"\u2713\u2713", "ok"},
	    [SIGN_SENT] = {"\u2713 ", "> "},
	    [SIGN_WAITS] = {"\u22ef", "..."},
	    [SIGN_MORE] = {"\u2026", "..."},
	    [SIGN_BEYOND] = {"\u2026", ":"},
	    [SIGN_BETWEEN] = {"\u00b7", "-"},
	    [SIGN_FULL] = {"\u2501", "#"},
	    [SIGN_EMPTY] = {"\u2500", "."},
	};

	return signs[s][v->ascii];
}

unsigned
view_text_flags(const struct view *v)
{
	return (v->ascii ? TEXT_ASCII : 0u) | (v->plain ? TEXT_DOUBLE : 0u);
}

void
view_end_row(const struct view *v, struct paint *p)
{
	paint_str(p, v->plain ? "\n" : "\r\n");
}

void
view_indented(const struct view *v, struct paint *p, unsigned indent_by,
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
		view_end_row(v, p);
	}
}

/* Signs of ours in a sentence, for terminals that have only ASCII. */
static void
in_ascii(char *text)
{
	static const char *const signs[][2] = {
	    {"\u00b7", "-"}, {"\u2192", "->"}};
	char *at;

	for (size_t i = 0; i < ARRAY_LEN(signs); i++)
		while ((at = strstr(text, signs[i][0])) != NULL) {
			size_t from = strlen(signs[i][0]);
			size_t to = strlen(signs[i][1]);

			memcpy(at, signs[i][1], to);
			memmove(at + to, at + from, strlen(at + from) + 1);
		}
}

void
view_event(struct view *v, struct paint *p, const char *text)
{
	const char *rule = v->plain ? "*" : view_sign(v, SIGN_RULE);
	unsigned by = 1 + (unsigned)text_columns(rule, strlen(rule));
	char line[SENTENCE_MAX + 16];

	/* A row behind the first begins below the words, not below the rule. */
	snprintf(line, sizeof line, "%.*s%s%s", SENTENCE_MAX, text,
	    v->plain ? "" : "\u00a0", v->plain ? "" : rule);
	view_erase(v, p);
	if (v->ascii)
		in_ascii(line);
	view_style(v, p, STYLE_DIM);
	paint_fmt(p, "%s ", rule);
	view_indented(v, p, by, line, strlen(line));
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
		view_end_row(v, p);
	}
	paint_str(p, "  ");
	view_indented(v, p, 2, text, len);
}

/* The columns of view_item's words, with the indent of two; of view_field's. */
#define ITEM_WORD 24
#define FIELD_WORD 12

/* A word in its columns, or above what it means where there is little room;
 * returns by how much that is indented. */
static unsigned
item_word(struct view *v, struct paint *p, const char *word, unsigned cols)
{
	unsigned by = v->cols < 2 * cols ? 4 : cols;

	view_erase(v, p);
	paint_str(p, "  ");
	if (by != cols || strlen(word) > cols - 3) {
		view_indented(v, p, 2, word, strlen(word));
		paint_fmt(p, "%*s", (int)by, "");
	} else {
		paint_fmt(p, "%-*s", (int)cols - 2, word);
	}
	return by;
}

void
view_item(
    struct view *v, struct paint *p, const char *word, const char *meaning)
{
	unsigned by = item_word(v, p, word, ITEM_WORD);

	view_indented(v, p, by, meaning, strlen(meaning));
}

void
view_field(struct view *v, struct paint *p, const char *word, const char *what)
{
	unsigned by = item_word(v, p, word, FIELD_WORD);

	/* A row has twelve columns at least, and an indent of as many. */
	_Static_assert(3 * 3 * FIELD_MAX < PAINT_LINE, "three fields fit");
	view_indented(v, p, by, what, strlen(what));
}
