/*
 * The ring of unacknowledged texts.
 */
#include <assert.h>
#include <string.h>

#include "secchat/err.h"
#include "secchat/util.h"
#include "secchat/vault.h"

void
outbox_init(struct outbox *o)
{
	memset(o, 0, sizeof *o);
	o->first = o->next = 1;
}

uint32_t
outbox_count(const struct outbox *o)
{
	return (uint32_t)(o->next - o->first);
}

int
outbox_put(struct outbox *o, const uint8_t *text, size_t len)
{
	size_t at = (o->head + o->bytes) % sizeof o->ring;
	size_t part = MIN(len, sizeof o->ring - at);

	if (outbox_count(o) == WINDOW_MSGS || len > sizeof o->ring - o->bytes)
		return -ERR_TOO_LONG;
	memcpy(o->ring + at, text, part);
	memcpy(o->ring, text + part, len - part);
	o->at[o->next % WINDOW_MSGS] = (uint32_t)at;
	o->len[o->next % WINDOW_MSGS] = (uint32_t)len;
	o->bytes += len;
	o->next++;
	return 0;
}

size_t
outbox_text_len(const struct outbox *o, uint64_t mseq)
{
	assert(mseq >= o->first && mseq < o->next);
	return o->len[mseq % WINDOW_MSGS];
}

size_t
outbox_get(const struct outbox *o, uint64_t mseq, uint8_t *out)
{
	size_t len = outbox_text_len(o, mseq);
	size_t at = o->at[mseq % WINDOW_MSGS];
	size_t part = MIN(len, sizeof o->ring - at);

	memcpy(out, o->ring + at, part);
	memcpy(out + part, o->ring, len - part);
	return len;
}

void
outbox_ack(struct outbox *o, uint64_t mseq)
{
	assert(mseq < o->next);
	for (; o->first <= mseq; o->first++) {
		size_t len = o->len[o->first % WINDOW_MSGS];
		size_t part = MIN(len, sizeof o->ring - o->head);

		wipe(o->ring + o->head, part);
		wipe(o->ring, len - part);
		o->head = (o->head + len) % sizeof o->ring;
		o->bytes -= len;
	}
}

void
outbox_wipe(struct outbox *o)
{
	wipe(o->ring, sizeof o->ring);
	o->first = o->next;
	o->bytes = 0;
}
