/*
 * Texts one behind the other in one buffer.
 */
#include <assert.h>
#include <string.h>

#include "secchat/util.h"
#include "shelf.h"

void
shelf_reset(struct shelf *s, size_t max)
{
	assert(max <= SHELF_ITEMS);
	wipe(s->bytes, s->used);
	s->max = max;
	s->count = s->used = 0;
}

static void
drop_oldest(struct shelf *s)
{
	size_t len = s->item[0].len;

	memmove(s->bytes, s->bytes + len, s->used - len);
	wipe(s->bytes + s->used - len, len);
	memmove(s->item, s->item + 1, (s->count - 1) * sizeof s->item[0]);
	s->used -= len;
	s->count--;
}

struct shelf_item *
shelf_push(struct shelf *s, const uint8_t *p, size_t len)
{
	struct shelf_item *item;

	assert(len <= sizeof s->bytes && s->max > 0);
	while (s->count == s->max || sizeof s->bytes - s->used < len)
		drop_oldest(s);
	item = &s->item[s->count++];
	memset(item, 0, sizeof *item);
	item->len = len;
	if (len > 0)
		memcpy(s->bytes + s->used, p, len);
	s->used += len;
	return item;
}

struct shelf_item *
shelf_get(struct shelf *s, size_t n, const uint8_t **p)
{
	size_t end = s->used;

	if (n >= s->count)
		return NULL;
	for (size_t i = 0; i <= n; i++)
		end -= s->item[s->count - 1 - i].len;
	*p = s->bytes + end;
	return &s->item[s->count - 1 - n];
}

void
shelf_pop(struct shelf *s)
{
	size_t len = s->item[s->count - 1].len;

	s->used -= len;
	s->count--;
	wipe(s->bytes + s->used, len);
}

void
shelf_grow(struct shelf *s, const uint8_t *p, size_t len, int before)
{
	size_t own = s->item[s->count - 1].len;
	uint8_t *text;

	if (len > sizeof s->bytes - own)
		return;
	while (sizeof s->bytes - s->used < len)
		drop_oldest(s);
	text = s->bytes + s->used - own;
	if (before)
		memmove(text + len, text, own);
	memcpy(before ? text : text + own, p, len);
	s->item[s->count - 1].len += len;
	s->used += len;
}
