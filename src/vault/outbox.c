/*
 * The ring of what is not acknowledged.
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
	return (uint32_t)(o->texts - o->texts_done);
}

static const struct outbox_slot *
slot_of(const struct outbox *o, uint64_t mseq)
{
	assert(mseq >= o->first && mseq < o->next);
	return &o->slot[mseq % OUTBOX_SLOTS];
}

static struct outbox_slot *
append(struct outbox *o, const uint8_t *p, size_t len)
{
	struct outbox_slot *slot = &o->slot[o->next % OUTBOX_SLOTS];
	size_t at = (o->head + o->bytes) % sizeof o->ring;
	size_t part = MIN(len, sizeof o->ring - at);

	memcpy(o->ring + at, p, part);
	memcpy(o->ring, p + part, len - part);
	*slot = (struct outbox_slot){.at = (uint32_t)at, .len = (uint32_t)len};
	o->bytes += len;
	o->next++;
	return slot;
}

int
outbox_put(struct outbox *o, const uint8_t *text, size_t len)
{
	if (outbox_count(o) == WINDOW_MSGS ||
	    len > WINDOW_BYTES - (o->bytes - o->note_bytes))
		return -ERR_TOO_LONG;
	append(o, text, len)->nth = ++o->texts;
	return 0;
}

int
outbox_put_note(struct outbox *o, uint8_t type, const uint8_t *p, size_t len)
{
	assert(type != 0 && len <= OUTBOX_NOTE_LEN);
	if (o->notes == OUTBOX_NOTES)
		return -ERR_TOO_LONG;
	append(o, p, len)->note = type;
	o->notes++;
	o->note_bytes += len;
	return 0;
}

uint8_t
outbox_type(const struct outbox *o, uint64_t mseq, uint64_t *nth)
{
	const struct outbox_slot *slot = slot_of(o, mseq);

	*nth = slot->nth;
	return slot->note;
}

size_t
outbox_get(const struct outbox *o, uint64_t mseq, uint8_t *out)
{
	const struct outbox_slot *slot = slot_of(o, mseq);
	size_t part = MIN(slot->len, sizeof o->ring - slot->at);

	memcpy(out, o->ring + slot->at, part);
	memcpy(out + part, o->ring, slot->len - part);
	return slot->len;
}

/* The oldest is done with. */
static void
drop_first(struct outbox *o)
{
	const struct outbox_slot *slot = slot_of(o, o->first);
	size_t part = MIN(slot->len, sizeof o->ring - o->head);

	wipe(o->ring + o->head, part);
	wipe(o->ring, slot->len - part);
	o->head = (o->head + slot->len) % sizeof o->ring;
	o->bytes -= slot->len;
	if (slot->note != 0) {
		o->notes--;
		o->note_bytes -= slot->len;
	} else {
		o->texts_done = slot->nth;
	}
	o->first++;
}

void
outbox_ack(struct outbox *o, uint64_t mseq)
{
	assert(mseq < o->next);
	while (o->first <= mseq)
		drop_first(o);
}

void
outbox_wipe(struct outbox *o)
{
	wipe(o->ring, sizeof o->ring);
	o->first = o->next;
	o->texts_done = o->texts;
	o->bytes = o->note_bytes = o->notes = 0;
}
