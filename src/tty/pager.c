/*
 * One row after the other.
 */
#include <stdio.h>
#include <string.h>

#include "pager.h"
#include "secchat/util.h"

/* Room for a row, what is drawn around it, and the live area. */
#define ROW_ROOM (2 * PAINT_LINE)

void
pager_start(struct pager *g, const struct view *v, enum pager_kind kind,
    const struct message *m)
{
	char row[ROW_BYTES];
	size_t len;

	memcpy(g->text, m->text, m->len);
	g->kind = kind;
	g->m = *m;
	g->m.text = g->text;
	g->at = 0;
	text_rows_init(&g->rows, g->text, g->m.len, v->ascii ? TEXT_ASCII : 0,
	    view_text_cols(v, &g->m), 0);
	for (int i = 0; kind == PAGER_MORE && i < TEXT_ROWS_MAX; i++)
		(void)text_rows_next(&g->rows, row, sizeof row, &len, NULL);
}

size_t
pager_list(struct pager *g, const struct history *h, const char *word)
{
	size_t more = 0;

	g->kind = PAGER_LIST;
	snprintf((char *)g->text, sizeof g->text, "%s", word);
	g->at = g->list_len = 0;
	for (size_t i = h->count; i-- > 0;) {
		struct message m = history_get(h, i);

		if (!history_has(&m, word))
			continue;
		if (g->list_len == LIST_MAX)
			more++;
		else
			g->list[g->list_len++] = m.n;
	}
	return more;
}

/* The next code point as /raw writes it. */
static size_t
raw_unit(const struct pager *g, char out[16], size_t *used)
{
	uint32_t cp = 0;

	*used = utf8_next(g->text + g->at, g->m.len - g->at, &cp);
	if (*used == 0) {
		*used = 1;
		return (size_t)snprintf(out, 16, "<%02X>", g->text[g->at]);
	}
	if (cp >= 0x20 && cp < 0x7f) {
		out[0] = (char)cp;
		return 1;
	}
	return (size_t)snprintf(out, 16, "<U+%04X>", cp);
}

/* One row of the raw text; a row end is written, and ends it. */
static void
raw_row(struct pager *g, struct view *v, struct paint *p)
{
	size_t cols = MIN(
		   MAX(view_text_cols(v, &g->m), 16u), (size_t)ROW_BYTES - 16),
	       len = 0;
	char row[ROW_BYTES];

	while (g->at < g->m.len) {
		char unit[16];
		size_t used, n = raw_unit(g, unit, &used);
		int ends = g->text[g->at] == '\n';

		if (len + n > cols)
			break;
		memcpy(row + len, unit, n);
		len += n;
		g->at += used;
		if (ends)
			break;
	}
	view_row(v, p, &g->m, 0, row, len);
	if (g->at == g->m.len)
		g->kind = PAGER_NONE;
}

static void
more_row(struct pager *g, struct view *v, struct paint *p)
{
	char row[ROW_BYTES];
	size_t len;

	int first = g->kind == PAGER_ALL && g->rows.rows == 0;

	if (text_rows_next(&g->rows, row, sizeof row, &len, NULL))
		view_row(v, p, &g->m, first, row, len);
	else
		g->kind = PAGER_NONE;
}

/* So much of a line is shown before what was found in it. */
#define BEFORE 24

/*
 * From where the word can be seen: the beginning of its line, or a little
 * before it in a long one.
 */
static void
skip_to_word(struct message *m, const char *word)
{
	size_t at = history_where(m, word), from = 0;

	if (word[0] == '\0' || at == m->len)
		return;
	for (size_t i = 0; i < at; i++)
		if (m->text[i] == '\n')
			from = i + 1;
	if (at - from > (size_t)2 * BEFORE)
		while (from + BEFORE < at)
			from += text_cluster(m->text + from, m->len - from);
	m->text += from;
	m->len -= from;
}

/* The oldest of the list first. */
static void
list_row(
    struct pager *g, struct view *v, struct paint *p, const struct history *h)
{
	struct message m;

	if (g->at == g->list_len) {
		g->kind = PAGER_NONE;
		return;
	}
	g->at++;
	if (!history_find(h, g->list[g->list_len - g->at], &m))
		return;
	skip_to_word(&m, (const char *)g->text);
	view_listed(v, p, &m);
}

void
pager_step(
    struct pager *g, struct view *v, struct paint *p, const struct history *h)
{
	while (g->kind != PAGER_NONE && paint_room(p) > ROW_ROOM) {
		if (g->kind == PAGER_RAW)
			raw_row(g, v, p);
		else if (g->kind == PAGER_LIST)
			list_row(g, v, p, h);
		else
			more_row(g, v, p);
	}
}
