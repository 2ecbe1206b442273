/*
 * The text that is being written: its characters, words and lines, and every
 * change of it, which can be taken back.
 */
#include <string.h>

#include "edit_internal.h"
#include "secchat/text.h"
#include "secchat/util.h"

/* What happened; shelf_item.kind. */
enum {
	PUT,  /* span bytes were put at where */
	TAKEN /* these bytes were taken from where */
};

/* ---- characters ---- */

size_t
edit_next(const uint8_t *p, size_t len, size_t i)
{
	const uint8_t *close;

	if (p[i] != CHIP_OPEN)
		return text_cluster_next(p, len, i);
	close = memchr(p + i, CHIP_CLOSE, len - i);
	return close == NULL ? len : (size_t)(close - p) + 1;
}

size_t
edit_prev(const uint8_t *p, size_t len, size_t i)
{
	const uint8_t *open;

	if (p[i - 1] != CHIP_CLOSE)
		return text_cluster_prev(p, len, i);
	open = memrchr(p, CHIP_OPEN, i);
	return open == NULL ? 0 : (size_t)(open - p);
}

size_t
edit_lines(const uint8_t *p, size_t len)
{
	size_t lines = 1;

	for (size_t i = 0; i + 1 < len; i++)
		lines += p[i] == '\n';
	return lines;
}

/*
 * A mark that comes to stand behind a base makes one character of the two:
 * the cursor goes behind it, so that it is between characters again.
 */
static void
settle(struct edit *e)
{
	size_t start;

	if (e->at == 0 || e->at >= e->len)
		return;
	start = edit_prev(e->text, e->len, e->at);
	if (edit_next(e->text, e->len, start) > e->at)
		e->at = edit_next(e->text, e->len, start);
}

/* ---- changes ---- */

static void
put_bytes_at(struct edit *e, size_t where, const uint8_t *p, size_t len)
{
	memmove(e->text + where + len, e->text + where, e->len - where);
	memcpy(e->text + where, p, len);
	e->len += len;
	e->at = where + len;
}

static void
take_bytes(struct edit *e, size_t from, size_t to)
{
	memmove(e->text + from, e->text + to, e->len - to);
	e->len -= to - from;
	wipe(e->text + e->len, to - from);
	e->at = from;
}

static void
remember(struct edit *e, unsigned kind, size_t where, size_t span,
    const uint8_t *bytes)
{
	struct shelf_item *item =
	    shelf_push(&e->undo, bytes, bytes == NULL ? 0 : span);

	item->kind = kind;
	item->group = e->group;
	item->where = where;
	item->span = span;
	item->cursor = e->at;
}

/* Typing goes on: the last change becomes longer, up to the next word. */
static int
goes_on(struct edit *e, size_t where, const uint8_t *p)
{
	struct shelf_item *last;
	const uint8_t *unused;

	if (e->last != RUN_TYPING || e->run != RUN_TYPING || where == 0 ||
	    p[0] == '\n' || (e->text[where - 1] == ' ' && p[0] != ' '))
		return 0;
	last = shelf_get(&e->undo, 0, &unused);
	return last != NULL && last->kind == PUT &&
	       last->where + last->span == where;
}

int
line_put(struct edit *e, size_t where, const uint8_t *p, size_t len)
{
	const uint8_t *unused;

	if (len > sizeof e->text - e->len)
		return -1;
	if (len == 0)
		return 0;
	if (goes_on(e, where, p))
		shelf_get(&e->undo, 0, &unused)->span += len;
	else
		remember(e, PUT, where, len, NULL);
	put_bytes_at(e, where, p, len);
	settle(e);
	return 0;
}

void
line_take(struct edit *e, size_t from, size_t to)
{
	if (from == to)
		return;
	remember(e, TAKEN, from, to - from, e->text + from);
	take_bytes(e, from, to);
	settle(e);
}

void
line_replace(struct edit *e, const uint8_t *p, size_t len)
{
	line_take(e, 0, e->len);
	(void)line_put(e, 0, p, len);
}

int
line_undo(struct edit *e)
{
	const uint8_t *bytes;
	struct shelf_item *item = shelf_get(&e->undo, 0, &bytes);
	unsigned group;

	if (item == NULL)
		return 0;
	group = item->group;
	while (item != NULL && item->group == group) {
		if (item->kind == PUT)
			take_bytes(e, item->where, item->where + item->span);
		else
			put_bytes_at(e, item->where, bytes, item->len);
		e->at = item->cursor;
		shelf_pop(&e->undo);
		item = shelf_get(&e->undo, 0, &bytes);
	}
	return 1;
}

/* ---- words ---- */

/*
 * Letters and digits; beyond ASCII everything but blanks and the common
 * punctuation, since most of it is letters.
 */
static int
is_word_char(const struct edit *e, size_t i)
{
	uint32_t cp;
	uint8_t b = e->text[i];

	if (b < 0x80)
		return (b >= '0' && b <= '9') ||
		       ((b | 0x20) >= 'a' && (b | 0x20) <= 'z') ||
		       b == CHIP_OPEN;
	(void)utf8_next(e->text + i, e->len - i, &cp);
	return cp > 0xbf && cp != 0xd7 && cp != 0xf7 &&
	       !(cp >= 0x2000 && cp <= 0x206f) &&
	       !(cp >= 0x3000 && cp <= 0x3020) && cp != 0xff0c && cp != 0xff0e;
}

static int
is_ink(const struct edit *e, size_t i)
{
	uint8_t b = e->text[i];

	return b != ' ' && b != '\n' && b != '\t';
}

size_t
word_left(const struct edit *e, int blanks)
{
	int (*is_in)(const struct edit *, size_t) =
	    blanks ? is_ink : is_word_char;
	size_t i = e->at;
	int inside = 0;

	while (i > 0) {
		size_t start = edit_prev(e->text, e->len, i);

		if (inside && !is_in(e, start))
			break;
		inside |= is_in(e, start);
		i = start;
	}
	return i;
}

size_t
word_right(const struct edit *e)
{
	size_t i = e->at;
	int inside = 0;

	while (i < e->len && !(inside && !is_word_char(e, i))) {
		inside |= is_word_char(e, i);
		i = edit_next(e->text, e->len, i);
	}
	return i;
}

/* ---- lines ---- */

size_t
line_start(const struct edit *e, size_t i)
{
	while (i > 0 && e->text[i - 1] != '\n')
		i = edit_prev(e->text, e->len, i);
	return i;
}

size_t
line_end(const struct edit *e, size_t i)
{
	while (i < e->len && e->text[i] != '\n')
		i = edit_next(e->text, e->len, i);
	return i;
}

/* Columns of a character, roughly: a chip is one. */
static size_t
columns(const struct edit *e, size_t i)
{
	if (e->text[i] == CHIP_OPEN)
		return 1;
	return text_cluster_cols(e->text, e->len, i, TEXT_REVEAL, 0);
}

/* Where in the line that begins at i the column is, or the line's end. */
static size_t
at_column(const struct edit *e, size_t i, size_t col)
{
	size_t here = 0;

	while (i < e->len && e->text[i] != '\n' && here < col) {
		here += columns(e, i);
		i = edit_next(e->text, e->len, i);
	}
	return i;
}

static void
keep_column(struct edit *e)
{
	if (e->last == RUN_UP)
		return;
	e->col = 0;
	for (size_t i = line_start(e, e->at); i < e->at;) {
		e->col += columns(e, i);
		i = edit_next(e->text, e->len, i);
	}
}

int
line_up(struct edit *e)
{
	size_t start = line_start(e, e->at);

	if (start == 0)
		return 0;
	keep_column(e);
	e->at = at_column(e, line_start(e, start - 1), e->col);
	return 1;
}

int
line_down(struct edit *e)
{
	size_t end = line_end(e, e->at);

	if (end == e->len)
		return 0;
	keep_column(e);
	e->at = at_column(e, end + 1, e->col);
	return 1;
}
