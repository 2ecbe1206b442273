/*
 * The queue of one connection towards the network.
 */
#include <assert.h>
#include <string.h>

#include "outq.h"
#include "secchat/err.h"

/* Bytes gone from the front before the rest is moved there: one page. */
#define MOVE_MIN 4096

void
outq_init(struct outq *q, void *buf, size_t cap)
{
	memset(q, 0, sizeof *q);
	q->buf = buf;
	q->cap = cap;
}

void
outq_move(struct outq *q, void *buf, size_t cap)
{
	size_t len = q->end - q->start;

	assert(cap >= len);
	if (len > 0)
		memmove(buf, q->buf + q->start, len);
	q->buf = buf;
	q->cap = cap;
	q->start = 0;
	q->end = len;
}

static const uint32_t window[OUTQ_KINDS] = {
    [OUTQ_CHAT] = CREDIT_WINDOW, [OUTQ_BULK] = BULK_WINDOW};

int
outq_is_full(const struct outq *q, uint8_t kind)
{
	return q->waiting[kind] + q->written[kind] >= window[kind];
}

/*
 * A queue that is short but never empty would creep through all of its
 * storage.  No byte is moved before as many have left.
 */
static int
is_worth_moving(const struct outq *q)
{
	return q->start >= MOVE_MIN && q->start >= q->end - q->start;
}

int
outq_put(struct outq *q, uint8_t kind, const void *p, size_t len)
{
	unsigned slot = (q->first + q->frames) % OUTQ_FRAMES;

	assert(!outq_is_full(q, kind) && len > 0);
	if (len > q->cap - (q->end - q->start))
		return -ERR_TOO_LONG;
	if (len > q->cap - q->end || is_worth_moving(q))
		outq_move(q, q->buf, q->cap);
	memcpy(q->buf + q->end, p, len);
	q->end += len;
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
	*len = q->end - q->start;
	return q->buf + q->start;
}

void
outq_wrote(struct outq *q, size_t n)
{
	assert(n <= q->end - q->start);
	q->start += n;
	while (q->frames > 0 && n >= q->left[q->first]) {
		n -= q->left[q->first];
		q->waiting[q->kind[q->first]]--;
		q->written[q->kind[q->first]]++;
		q->first = (q->first + 1) % OUTQ_FRAMES;
		q->frames--;
	}
	if (q->frames > 0)
		q->left[q->first] -= (uint32_t)n;
	else
		q->start = q->end = 0;
}

void
outq_drop(struct outq *q)
{
	q->start = q->end = 0;
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
