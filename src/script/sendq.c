/*
 * The read-ahead ring and the window's ledger.  A text in the ring is one
 * byte of name length, four of text length, the name, the text.
 */
#include <assert.h>
#include <string.h>

#include "sendq.h"
#include "secchat/util.h"

/* What a text costs of WINDOW_BYTES: the body of its MSG. */
#define BODY(len) ((len) + 8)

void
sendq_init(struct sendq *o)
{
	o->head = 0;
	o->len = 0;
	o->waiting = 0;
	o->sent = 0;
	o->confirmed = 0;
	o->out_bytes = 0;
}

size_t
sendq_room(const struct sendq *o)
{
	return READ_AHEAD - o->len;
}

static void
ring_put(struct sendq *o, const void *p, size_t len)
{
	size_t at = (o->head + o->len) % READ_AHEAD;
	size_t part = MIN(len, READ_AHEAD - at);

	memcpy(o->ring + at, p, part);
	memcpy(o->ring, (const uint8_t *)p + part, len - part);
	o->len += len;
}

/* len bytes from offset `from` of what is in the ring. */
static void
ring_get(const struct sendq *o, size_t from, void *p, size_t len)
{
	size_t at = (o->head + from) % READ_AHEAD;
	size_t part = MIN(len, READ_AHEAD - at);

	memcpy(p, o->ring + at, part);
	memcpy((uint8_t *)p + part, o->ring, len - part);
}

void
sendq_put(struct sendq *o, const char *ref, size_t ref_len, const void *text,
    size_t len)
{
	uint8_t name_len = ref == NULL ? REF_NONE : (uint8_t)ref_len;
	uint32_t text_len = (uint32_t)len;

	assert(ref == NULL || ref_len <= REF_MAX);
	assert(len <= TEXT_MAX);
	assert(SENDQ_HEAD + (ref == NULL ? 0 : ref_len) + len <= sendq_room(o));
	if (o->len == 0)
		o->head = 0;
	ring_put(o, &name_len, 1);
	ring_put(o, &text_len, sizeof text_len);
	if (ref != NULL)
		ring_put(o, ref, ref_len);
	ring_put(o, text, len);
	o->waiting++;
}

/* The head of the ring's first text: the length of name and text. */
static void
first(const struct sendq *o, uint8_t *ref_len, size_t *name, size_t *text)
{
	uint32_t text_len;

	ring_get(o, 0, ref_len, 1);
	ring_get(o, 1, &text_len, sizeof text_len);
	*name = *ref_len == REF_NONE ? 0 : *ref_len;
	*text = text_len;
}

int
sendq_next(const struct sendq *o, struct sendq_text *t)
{
	size_t name, text, at;
	uint8_t ref_len;

	if (o->waiting == 0 || o->sent - o->confirmed >= WINDOW_MSGS)
		return 0;
	first(o, &ref_len, &name, &text);
	if (o->out_bytes + BODY(text) > WINDOW_BYTES)
		return 0;
	at = (o->head + SENDQ_HEAD + name) % READ_AHEAD;
	t->p[0] = o->ring + at;
	t->len[0] = MIN(text, READ_AHEAD - at);
	t->p[1] = o->ring;
	t->len[1] = text - t->len[0];
	return 1;
}

/* Take the first text out of the ring; its name is in *ref. */
static size_t
take(struct sendq *o, struct ref *ref)
{
	size_t name, text;

	first(o, &ref->len, &name, &text);
	ring_get(o, SENDQ_HEAD, ref->name, name);
	o->head = (o->head + SENDQ_HEAD + name + text) % READ_AHEAD;
	o->len -= SENDQ_HEAD + name + text;
	o->waiting--;
	return text;
}

void
sendq_give(struct sendq *o)
{
	size_t at = (size_t)(++o->sent % WINDOW_MSGS);
	size_t text = take(o, &o->given[at].ref);

	o->given[at].bytes = (uint32_t)BODY(text);
	o->out_bytes += BODY(text);
}

const struct ref *
sendq_confirm(struct sendq *o)
{
	size_t at = (size_t)(++o->confirmed % WINDOW_MSGS);

	assert(o->confirmed <= o->sent);
	o->out_bytes -= o->given[at].bytes;
	return &o->given[at].ref;
}

int
sendq_out(const struct sendq *o)
{
	return o->confirmed < o->sent;
}

int
sendq_lose(struct sendq *o, struct ref *ref)
{
	if (sendq_out(o)) {
		*ref = *sendq_confirm(o);
		return 1;
	}
	if (o->waiting == 0)
		return -1;
	(void)take(o, ref);
	return 0;
}

void
sendq_restart(struct sendq *o)
{
	assert(!sendq_out(o) && o->out_bytes == 0);
	o->sent = 0;
	o->confirmed = 0;
}

uint32_t
sendq_undelivered(const struct sendq *o)
{
	return (uint32_t)(o->sent - o->confirmed) + o->waiting;
}
