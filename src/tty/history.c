/*
 * A ring of texts in a ring of bytes, each in one piece.
 */
#include <assert.h>
#include <string.h>

#include "history.h"
#include "secchat/limits.h"
#include "secchat/util.h"

_Static_assert(HISTORY_BYTES > 2 * TEXT_MAX, "there is always a place");

void
history_init(struct history *h)
{
	h->first = h->count = h->end = 0;
}

static void
forget_oldest(struct history *h)
{
	h->first = (h->first + 1) % HISTORY_MSGS;
	h->count--;
}

/* Whether a message lies in [at, at + len). */
static int
is_in_the_way(const struct history *h, size_t at, size_t len)
{
	const struct history_item *oldest = &h->item[h->first];

	return h->count > 0 && oldest->at < at + len &&
	       at < oldest->at + oldest->len;
}

void
history_add(struct history *h, const struct message *m)
{
	struct history_item *new;
	size_t at = h->end;

	assert(m->len <= TEXT_MAX);
	if (m->len > HISTORY_BYTES - at) {
		/* What lies behind the end is older than what is in front. */
		while (h->count > 0 && h->item[h->first].at >= at)
			forget_oldest(h);
		at = 0;
	}
	while (is_in_the_way(h, at, m->len) || h->count == HISTORY_MSGS)
		forget_oldest(h);
	new = &h->item[(h->first + h->count++) % HISTORY_MSGS];
	*new = (struct history_item){m->kind, m->n, m->minute, at, m->len};
	memcpy(h->bytes + at, m->text, m->len);
	h->end = at + m->len;
}

struct message
history_get(const struct history *h, size_t i)
{
	const struct history_item *it = &h->item[(h->first + i) % HISTORY_MSGS];

	assert(i < h->count);
	return (struct message){
	    it->kind, it->n, it->minute, h->bytes + it->at, it->len};
}

int
history_find(const struct history *h, unsigned n, struct message *m)
{
	for (size_t i = h->count; i-- > 0;) {
		*m = history_get(h, i);
		if (n == 0 || m->n == n)
			return 1;
	}
	return 0;
}

static uint8_t
lower(uint8_t b)
{
	return b >= 'A' && b <= 'Z' ? (uint8_t)(b + 'a' - 'A') : b;
}

int
history_has(const struct message *m, const char *word)
{
	return word[0] == '\0' || history_where(m, word) < m->len;
}

size_t
history_where(const struct message *m, const char *word)
{
	size_t len = strlen(word);

	for (size_t i = 0; i + len <= m->len; i++) {
		size_t j = 0;

		while (
		    j < len && lower(m->text[i + j]) == lower((uint8_t)word[j]))
			j++;
		if (j == len)
			return i;
	}
	return m->len;
}
