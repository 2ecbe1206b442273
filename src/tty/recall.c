/*
 * What was sent comes back: Up and Down, and Ctrl-R, which looks for it.
 */
#include <string.h>

#include "edit_internal.h"
#include "secchat/text.h"
#include "secchat/util.h"

/* ---- up and down ---- */

static void
keep_draft(struct edit *e)
{
	memcpy(e->draft, e->text, e->len);
	e->draft_len = e->len;
	e->draft_at = e->at;
}

static void
drop_draft(struct edit *e)
{
	wipe(e->draft, e->draft_len);
	e->draft_len = e->draft_at = 0;
}

/* Show the history's n-th newest + 1, or with 0 the draft. */
static enum edit_action
recall(struct edit *e, size_t n)
{
	const uint8_t *p;
	const struct shelf_item *item;

	if (n == 0) {
		line_replace(e, e->draft, e->draft_len);
		e->at = e->draft_at;
		drop_draft(e);
	} else {
		item = shelf_get(&e->history, n - 1, &p);
		if (item == NULL)
			return EDIT_NOTHING;
		if (e->recalled == 0)
			keep_draft(e);
		line_replace(e, p, item->len);
	}
	e->recalled = n;
	return EDIT_CHANGED;
}

enum edit_action
recall_older(struct edit *e)
{
	return recall(e, e->recalled + 1);
}

enum edit_action
recall_newer(struct edit *e)
{
	return e->recalled == 0 ? EDIT_NOTHING : recall(e, e->recalled - 1);
}

static void
add(struct edit *e, const uint8_t *text, size_t len)
{
	const uint8_t *p;
	const struct shelf_item *newest = shelf_get(&e->history, 0, &p);

	if (len == 0 ||
	    (newest != NULL && newest->len == len && memcmp(p, text, len) == 0))
		return;
	(void)shelf_push(&e->history, text, len);
}

void
recall_forget(struct edit *e)
{
	if (e->recalled == 0)
		return;
	add(e, e->draft, e->draft_len);
	drop_draft(e);
	e->recalled = 0;
}

void
edit_accept(struct edit *e)
{
	recall_forget(e);
	add(e, e->text, e->len);
	edit_reset(e);
}

/* ---- search ---- */

enum edit_action
search_begin(struct edit *e)
{
	e->searching = 1;
	e->failed = 0;
	e->found = e->query_len = 0;
	return EDIT_CHANGED;
}

/* Look from the history's n-th newest (from 0) for what is older. */
static void
search_from(struct edit *e, size_t n)
{
	const struct shelf_item *item;
	const uint8_t *p, *hit;

	e->failed = 0;
	if (e->query_len == 0)
		return;
	for (; (item = shelf_get(&e->history, n, &p)) != NULL; n++) {
		hit = memmem(p, item->len, e->query, e->query_len);
		if (hit != NULL) {
			e->found = n + 1;
			e->found_at = (size_t)(hit - p);
			return;
		}
	}
	e->failed = 1;
}

/* The last place between two characters that is not behind at. */
static size_t
between(const struct edit *e, size_t at)
{
	size_t i = 0, next;

	while (i < e->len && (next = edit_next(e->text, e->len, i)) <= at)
		i = next;
	return i;
}

static void
search_end(struct edit *e, int take)
{
	e->searching = 0;
	if (take && e->found != 0) {
		(void)recall(e, e->found);
		/* The hit may begin inside a character or a chip. */
		e->at = between(e, e->found_at);
	}
	wipe(e->query, e->query_len);
	e->query_len = e->found = 0;
}

static void
query_add(struct edit *e, const struct key *key)
{
	if (key->len > sizeof e->query - e->query_len)
		return;
	memcpy(e->query + e->query_len, key->text, key->len);
	e->query_len += key->len;
	search_from(e, e->found == 0 ? 0 : e->found - 1);
}

static void
query_shorten(struct edit *e)
{
	if (e->query_len == 0)
		return;
	e->query_len = text_cluster_prev(e->query, e->query_len, e->query_len);
	e->found = 0;
	search_from(e, 0);
}

int
search_key(struct edit *e, const struct key *key, enum edit_action *action)
{
	*action = EDIT_CHANGED;
	switch ((int)key->type) {
	case KEY_TEXT:
		query_add(e, key);
		return 1;
	case KEY_BACKSPACE:
		query_shorten(e);
		return 1;
	case KEY_SEARCH:
		search_from(e, e->found);
		return 1;
	case KEY_GIVE_UP:
	case KEY_CANCEL:
		search_end(e, 0);
		return 1;
	case KEY_ESCAPE:
		search_end(e, 1);
		return 1;
	case KEY_ENTER:
		/* Nothing was found: what stood there before is not sent by
		 * an Enter that was meant for something else. */
		*action = e->found == 0 || e->failed ? EDIT_CHANGED : EDIT_SEND;
		search_end(e, 1);
		return 1;
	default:
		search_end(e, 1);
		return 0;
	}
}

struct edit_text
edit_shown(struct edit *e)
{
	struct edit_text t = {e->text, e->len, e->at};
	const struct shelf_item *item;

	if (e->searching && e->found != 0) {
		item = shelf_get(&e->history, e->found - 1, &t.p);
		t.len = item->len;
		t.at = e->found_at;
	}
	return t;
}
