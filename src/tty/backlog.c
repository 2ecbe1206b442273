/*
 * A ring of texts in a ring of bytes.  A text lies in one piece: when it does
 * not fit behind the newest it goes to the front, if that is free.
 */
#include <assert.h>
#include <string.h>

#include "backlog.h"
#include "secchat/err.h"

void
backlog_init(struct backlog *b)
{
	b->first = b->count = b->given = 0;
	b->given_bytes = b->end = 0;
	b->mseq = 0;
}

static const struct backlog_item *
item(const struct backlog *b, size_t i)
{
	return &b->item[(b->first + i) % BACKLOG_MSGS];
}

/*
 * Where len bytes may go, or BACKLOG_BYTES.  The end never meets the oldest
 * text from behind, so that equal means empty.
 */
static size_t
place(const struct backlog *b, size_t len)
{
	size_t oldest = b->count > 0 ? item(b, 0)->at : b->end;

	if (b->count == 0)
		return 0;
	if (b->end > oldest) {
		if (len <= BACKLOG_BYTES - 1 - b->end)
			return b->end;
		return len < oldest ? 0 : BACKLOG_BYTES;
	}
	return len < oldest - b->end ? b->end : BACKLOG_BYTES;
}

int
backlog_add(struct backlog *b, const uint8_t *text, size_t len, unsigned minute,
    unsigned n)
{
	size_t at = place(b, len);
	struct backlog_item *new;

	assert(len > 0 && len <= TEXT_MAX);
	if (b->count == BACKLOG_MSGS || at == BACKLOG_BYTES)
		return -ERR_TOO_LONG;
	new = &b->item[(b->first + b->count) % BACKLOG_MSGS];
	new->at = at;
	new->len = len;
	new->minute = minute;
	new->n = n;
	memcpy(b->bytes + at, text, len);
	b->end = at + len;
	b->count++;
	return 0;
}

const struct backlog_item *
backlog_get(const struct backlog *b, size_t i, const uint8_t **text)
{
	assert(i < b->count);
	*text = b->bytes + item(b, i)->at;
	return item(b, i);
}

const uint8_t *
backlog_next(const struct backlog *b, size_t *len)
{
	const uint8_t *text;

	if (b->given == b->count || b->given >= WINDOW_MSGS)
		return NULL;
	*len = backlog_get(b, b->given, &text)->len;
	return b->given_bytes + *len <= WINDOW_BYTES ? text : NULL;
}

void
backlog_gave(struct backlog *b)
{
	assert(b->given < b->count);
	b->given_bytes += item(b, b->given)->len;
	b->given++;
	b->mseq++;
}

uint64_t
backlog_oldest(const struct backlog *b)
{
	return b->given == 0 ? 0 : b->mseq - b->given + 1;
}

void
backlog_pop(struct backlog *b)
{
	assert(b->count > 0);
	if (b->given > 0) {
		b->given_bytes -= item(b, 0)->len;
		b->given--;
	}
	b->first = (b->first + 1) % BACKLOG_MSGS;
	b->count--;
}

/* Its bytes stay where they are until the older ones are gone too. */
int
backlog_drop(struct backlog *b, unsigned n)
{
	for (size_t i = b->given; i < b->count; i++) {
		if (item(b, i)->n != n)
			continue;
		for (size_t j = i; j + 1 < b->count; j++)
			b->item[(b->first + j) % BACKLOG_MSGS] =
			    *item(b, j + 1);
		b->count--;
		if (b->count == 0)
			b->end = 0;
		else if (i == b->count)
			b->end = item(b, i - 1)->at + item(b, i - 1)->len;
		return 0;
	}
	return -ERR_FORMAT;
}
