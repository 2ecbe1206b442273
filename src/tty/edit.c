/*
 * Keys to changes of the line: one table, one short function for each key.
 */
#include <string.h>

#include "edit_internal.h"
#include "secchat/util.h"

void
edit_reset(struct edit *e)
{
	wipe(e->text, e->len);
	wipe(e->draft, e->draft_len);
	wipe(e->stage, e->stage_len);
	wipe(e->query, e->query_len);
	e->len = e->at = e->draft_len = e->stage_len = e->query_len = 0;
	e->cancels = e->quote = e->pasting = e->searching = 0;
	e->recalled = e->found = 0;
	e->last = e->run = RUN_OTHER;
	shelf_reset(&e->undo, SHELF_ITEMS);
	e->history.max = HISTORY_ITEMS;
	e->kills.max = KILL_ITEMS;
}

void
edit_wipe(struct edit *e)
{
	wipe(e, sizeof *e);
	edit_reset(e);
}

enum edit_action
edit_insert(struct edit *e, const void *p, size_t len)
{
	e->group++;
	e->last = e->run = RUN_OTHER;
	return line_put(e, e->at, p, len) < 0 ? EDIT_FULL : EDIT_CHANGED;
}

static enum edit_action
move(struct edit *e, size_t to)
{
	if (to == e->at)
		return EDIT_NOTHING;
	e->at = to;
	return EDIT_CHANGED;
}

static size_t
before(const struct edit *e)
{
	return e->at == 0 ? 0 : edit_prev(e->text, e->len, e->at);
}

static size_t
after(const struct edit *e)
{
	return e->at == e->len ? e->at : edit_next(e->text, e->len, e->at);
}

static enum edit_action
cut(struct edit *e, size_t from, size_t to)
{
	line_take(e, from, to);
	return from == to ? EDIT_NOTHING : EDIT_CHANGED;
}

/* ---- the keys ---- */

static enum edit_action
put(struct edit *e, const uint8_t *p, size_t len)
{
	e->run = RUN_TYPING;
	return line_put(e, e->at, p, len) < 0 ? EDIT_FULL : EDIT_CHANGED;
}

static enum edit_action
on_text(struct edit *e, const struct key *key)
{
	return put(e, key->text, key->len);
}

static enum edit_action
on_newline(struct edit *e, const struct key *key)
{
	(void)key;
	return put(e, (const uint8_t *)"\n", 1);
}

static enum edit_action
on_enter(struct edit *e, const struct key *key)
{
	(void)e, (void)key;
	return EDIT_SEND;
}

static enum edit_action
on_backspace(struct edit *e, const struct key *key)
{
	(void)key;
	return cut(e, before(e), e->at);
}

static enum edit_action
on_delete(struct edit *e, const struct key *key)
{
	if (key->ctrl_d && e->len == 0)
		return EDIT_LEAVE;
	return cut(e, e->at, after(e));
}

static enum edit_action
on_left(struct edit *e, const struct key *key)
{
	(void)key;
	return move(e, before(e));
}

static enum edit_action
on_right(struct edit *e, const struct key *key)
{
	(void)key;
	return move(e, after(e));
}

static enum edit_action
on_word_left(struct edit *e, const struct key *key)
{
	(void)key;
	return move(e, word_left(e, 0));
}

static enum edit_action
on_word_right(struct edit *e, const struct key *key)
{
	(void)key;
	return move(e, word_right(e));
}

static enum edit_action
on_home(struct edit *e, const struct key *key)
{
	(void)key;
	return move(e, line_start(e, e->at));
}

static enum edit_action
on_end(struct edit *e, const struct key *key)
{
	(void)key;
	return move(e, line_end(e, e->at));
}

static enum edit_action
on_first(struct edit *e, const struct key *key)
{
	(void)key;
	return move(e, 0);
}

static enum edit_action
on_last(struct edit *e, const struct key *key)
{
	(void)key;
	return move(e, e->len);
}

static enum edit_action
on_up(struct edit *e, const struct key *key)
{
	(void)key;
	if (!line_up(e))
		return recall_older(e);
	e->run = RUN_UP;
	return EDIT_CHANGED;
}

static enum edit_action
on_down(struct edit *e, const struct key *key)
{
	(void)key;
	if (!line_down(e))
		return recall_newer(e);
	e->run = RUN_UP;
	return EDIT_CHANGED;
}

/* At a line's end the row end goes, so that one can go on. */
static enum edit_action
on_kill_end(struct edit *e, const struct key *key)
{
	size_t end = line_end(e, e->at);

	(void)key;
	return kill_range(e, e->at, end > e->at ? end : after(e));
}

static enum edit_action
on_kill_start(struct edit *e, const struct key *key)
{
	size_t start = line_start(e, e->at);

	(void)key;
	return kill_range(e, start < e->at ? start : before(e), e->at);
}

static enum edit_action
on_kill_blank(struct edit *e, const struct key *key)
{
	(void)key;
	return kill_range(e, word_left(e, 1), e->at);
}

static enum edit_action
on_kill_left(struct edit *e, const struct key *key)
{
	(void)key;
	return kill_range(e, word_left(e, 0), e->at);
}

static enum edit_action
on_kill_right(struct edit *e, const struct key *key)
{
	(void)key;
	return kill_range(e, e->at, word_right(e));
}

static enum edit_action
on_yank(struct edit *e, const struct key *key)
{
	(void)key;
	return kill_yank(e);
}

static enum edit_action
on_yank_next(struct edit *e, const struct key *key)
{
	(void)key;
	return kill_yank_next(e);
}

/* The two characters at the cursor, or before it at the end of a line. */
static enum edit_action
on_swap(struct edit *e, const struct key *key)
{
	uint8_t *second = e->stage; /* nothing is being pasted */
	size_t from, mid, to = e->at;

	(void)key;
	if (to < e->len && e->text[to] != '\n')
		to = after(e);
	if (to == 0 || (mid = edit_prev(e->text, e->len, to)) == 0)
		return EDIT_NOTHING;
	from = edit_prev(e->text, e->len, mid);
	if (e->text[from] == '\n' || e->text[mid] == '\n')
		return EDIT_NOTHING;
	memcpy(second, e->text + mid, to - mid);
	line_take(e, mid, to);
	(void)line_put(e, from, second, to - mid);
	wipe(second, to - mid);
	e->at = to;
	return EDIT_CHANGED;
}

static enum edit_action
on_undo(struct edit *e, const struct key *key)
{
	(void)key;
	return line_undo(e) ? EDIT_CHANGED : EDIT_NOTHING;
}

static enum edit_action
on_quote(struct edit *e, const struct key *key)
{
	(void)key;
	e->quote = 1;
	return EDIT_NOTHING;
}

static enum edit_action
on_tab(struct edit *e, const struct key *key)
{
	(void)e, (void)key;
	return EDIT_COMPLETE;
}

static enum edit_action
on_search(struct edit *e, const struct key *key)
{
	(void)key;
	return search_begin(e);
}

static enum edit_action
on_clear(struct edit *e, const struct key *key)
{
	(void)e, (void)key;
	return EDIT_CLEAR;
}

static enum edit_action
on_cancel(struct edit *e, const struct key *key)
{
	(void)key;
	if (e->len > 0) {
		e->cancels = 0;
		recall_forget(e);
		return cut(e, 0, e->len);
	}
	return ++e->cancels > 1 ? EDIT_LEAVE : EDIT_CANCEL;
}

static enum edit_action
on_paste(struct edit *e, const struct key *key)
{
	(void)key;
	edit_paste_begin(e);
	return EDIT_NOTHING;
}

typedef enum edit_action key_fn(struct edit *e, const struct key *key);

/* clang-format off */
static key_fn *const keys[KEY_TYPES] = {
	[KEY_TEXT]       = on_text,       [KEY_NEWLINE]    = on_newline,
	[KEY_ENTER]      = on_enter,      [KEY_TAB]        = on_tab,
	[KEY_BACKSPACE]  = on_backspace,  [KEY_DELETE]     = on_delete,
	[KEY_LEFT]       = on_left,       [KEY_RIGHT]      = on_right,
	[KEY_WORD_LEFT]  = on_word_left,  [KEY_WORD_RIGHT] = on_word_right,
	[KEY_HOME]       = on_home,       [KEY_END]        = on_end,
	[KEY_FIRST]      = on_first,      [KEY_LAST]       = on_last,
	[KEY_UP]         = on_up,         [KEY_DOWN]       = on_down,
	[KEY_KILL_END]   = on_kill_end,   [KEY_KILL_START] = on_kill_start,
	[KEY_KILL_BLANK] = on_kill_blank, [KEY_KILL_LEFT]  = on_kill_left,
	[KEY_KILL_RIGHT] = on_kill_right, [KEY_YANK]       = on_yank,
	[KEY_YANK_NEXT]  = on_yank_next,  [KEY_SWAP]       = on_swap,
	[KEY_UNDO]       = on_undo,       [KEY_QUOTE]      = on_quote,
	[KEY_SEARCH]     = on_search,     [KEY_CLEAR]      = on_clear,
	[KEY_CANCEL]     = on_cancel,     [KEY_PASTE]      = on_paste,
};

/* clang-format on */

/* Inside a paste there is text and its end. */
static enum edit_action
pasted(struct edit *e, const struct key *key)
{
	if (key->type == KEY_TEXT)
		paste_add(e, key->text, key->len);
	else if (key->type == KEY_NEWLINE)
		paste_add(e, (const uint8_t *)"\n", 1);
	else if (key->type == KEY_PASTE_END)
		return edit_paste_end(e);
	return EDIT_NOTHING;
}

/* After Ctrl-V these are text. */
static enum edit_action
quoted(struct edit *e, const struct key *key)
{
	const char *text = key->type == KEY_TAB ? "\t" : "\n";

	return put(e, (const uint8_t *)text, 1);
}

static enum edit_action
line_key(struct edit *e, const struct key *key, int quote)
{
	if (keys[key->type] == NULL)
		return EDIT_NOTHING;
	if (quote && (key->type == KEY_TAB || key->type == KEY_ENTER))
		return quoted(e, key);
	return keys[key->type](e, key);
}

enum edit_action
edit_key(struct edit *e, const struct key *key)
{
	enum edit_action action;
	int quote = e->quote, searching = e->searching;

	if (key->type == KEY_NONE || key->type == KEY_FOCUS_IN ||
	    key->type == KEY_FOCUS_OUT)
		return EDIT_NOTHING;
	if (e->pasting)
		return pasted(e, key);
	if (keys[key->type] == NULL && !searching)
		return EDIT_NOTHING;
	e->group++;
	e->last = e->run;
	e->run = RUN_OTHER;
	e->quote = 0;
	if (key->type != KEY_CANCEL)
		e->cancels = 0;
	if (searching && search_key(e, key, &action))
		return action;
	action = line_key(e, key, quote);
	/* The line is another one than the search has shown. */
	return searching && action == EDIT_NOTHING ? EDIT_CHANGED : action;
}
