/*
 * What was killed can be put back elsewhere: Ctrl-Y, and Alt-Y for what was
 * killed before that.
 */
#include <string.h>

#include "edit_internal.h"
#include "secchat/util.h"

enum edit_action
kill_range(struct edit *e, size_t from, size_t to)
{
	int more = e->last == RUN_KILL && e->kills.count > 0;

	e->run = RUN_KILL;
	if (from == to)
		return EDIT_NOTHING;
	if (more)
		shelf_grow(&e->kills, e->text + from, to - from, from < e->at);
	else
		(void)shelf_push(&e->kills, e->text + from, to - from);
	line_take(e, from, to);
	return EDIT_CHANGED;
}

/* Put the n-th newest at the cursor. */
static enum edit_action
yank(struct edit *e, size_t n)
{
	const uint8_t *p;
	const struct shelf_item *item = shelf_get(&e->kills, n, &p);
	size_t where = e->at;

	if (item == NULL)
		return EDIT_NOTHING;
	if (line_put(e, where, p, item->len) < 0)
		return EDIT_FULL;
	e->yank_from = where;
	e->yank_n = n;
	e->run = RUN_YANK;
	return EDIT_CHANGED;
}

enum edit_action
kill_yank(struct edit *e)
{
	return yank(e, 0);
}

enum edit_action
kill_yank_next(struct edit *e)
{
	const uint8_t *p;
	const struct shelf_item *item;
	size_t from = e->yank_from;

	if (e->last != RUN_YANK)
		return EDIT_NOTHING;
	item = shelf_get(&e->kills, e->yank_n, &p);
	if (item == NULL || from + item->len > e->len)
		return EDIT_NOTHING;
	line_take(e, from, from + item->len);
	e->at = from;
	return yank(e, (e->yank_n + 1) % e->kills.count);
}
