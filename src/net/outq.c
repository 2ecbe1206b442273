/*
 * The queue of one connection towards the network.
 */
#include <assert.h>
#include <string.h>

#include "outq.h"
#include "secchat/err.h"

void
outq_init(struct outq *q, void *buf, size_t cap)
{
	memset(q, 0, sizeof *q);
	/* What waits is sealed: nothing to wipe. */
	byteq_init(&q->bytes, buf, cap, 0);
}

void
outq_move(struct outq *q, void *buf, size_t cap)
{
	byteq_move(&q->bytes, buf, cap);
}

static const uint32_t window[OUTQ_KINDS] = {
    [OUTQ_CHAT] = CREDIT_WINDOW, [OUTQ_BULK] = BULK_WINDOW};

int
outq_is_full(const struct outq *q, uint8_t kind)
{
	return q->waiting[kind] + q->written[kind] >= window[kind];
}

int
outq_put(struct outq *q, uint8_t kind, const void *p, size_t len)
{
	unsigned slot = (q->first + q->frames) % OUTQ_FRAMES;

	assert(!outq_is_full(q, kind) && len > 0);
	if (len > byteq_room(&q->bytes))
		return -ERR_TOO_LONG;
	byteq_put(&q->bytes, p, len);
	q->left[slot] = (uint32_t)len;
	q->kind[slot] = kind;
	q->frames++;
	q->waiting[kind]++;
	return 0;
}

void
outq_wrote_directly(struct outq *q, uint8_t kind)
{
	assert(!outq_is_full(q, kind) && q->frames == 0);
	q->written[kind]++;
}

const uint8_t *
outq_peek(const struct outq *q, size_t *len)
{
	*len = q->bytes.len;
	return byteq_peek(&q->bytes);
}

void
outq_wrote(struct outq *q, size_t n)
{
	byteq_drop(&q->bytes, n);
	while (q->frames > 0 && n >= q->left[q->first]) {
		n -= q->left[q->first];
		q->waiting[q->kind[q->first]]--;
		q->written[q->kind[q->first]]++;
		q->first = (q->first + 1) % OUTQ_FRAMES;
		q->frames--;
	}
	if (q->frames > 0)
		q->left[q->first] -= (uint32_t)n;
}

void
outq_drop(struct outq *q)
{
	byteq_drop(&q->bytes, q->bytes.len);
	q->first = q->frames = 0;
	memset(q->waiting, 0, sizeof q->waiting);
}

uint32_t
outq_credit(struct outq *q, uint8_t kind)
{
	uint32_t n = q->written[kind];

	if (n < window[kind] / 2)
		return 0;
	q->written[kind] = 0;
	return n;
}
