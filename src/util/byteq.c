/*
 * The queue of bytes with a moving front.
 */
#include <assert.h>
#include <string.h>

#include "secchat/byteq.h"
#include "secchat/util.h"

/* Bytes gone from the front before the rest is moved there: one page. */
#define MOVE_MIN 4096

void
byteq_init(struct byteq *q, void *buf, size_t cap, int secret)
{
	*q = (struct byteq){.buf = buf, .cap = cap, .secret = secret};
}

void
byteq_move(struct byteq *q, void *buf, size_t cap)
{
	size_t end = q->first + q->len;
	/* What lies before the front is wiped already. */
	size_t old = buf == q->buf ? MAX(q->first, q->len) : q->first;

	assert(cap >= q->len);
	if (q->len > 0)
		memmove(buf, q->buf + q->first, q->len);
	if (q->secret)
		wipe(q->buf + old, end - old);
	q->buf = buf;
	q->cap = cap;
	q->first = 0;
}

size_t
byteq_room(const struct byteq *q)
{
	return q->cap - q->len;
}

/* No byte is moved before as many have left, except where there is no room. */
static int
is_worth_moving(const struct byteq *q, size_t need)
{
	return q->first > 0 && ((q->first >= MOVE_MIN && q->first >= q->len) ||
				   need > q->cap - q->first - q->len);
}

void
byteq_put(struct byteq *q, const void *p, size_t len)
{
	assert(len <= byteq_room(q));
	if (len == 0)
		return;
	if (is_worth_moving(q, len))
		byteq_move(q, q->buf, q->cap);
	memcpy(q->buf + q->first + q->len, p, len);
	q->len += len;
}

const uint8_t *
byteq_peek(const struct byteq *q)
{
	return q->buf + q->first;
}

void
byteq_drop(struct byteq *q, size_t n)
{
	assert(n <= q->len);
	if (q->secret)
		wipe(q->buf + q->first, n);
	q->len -= n;
	q->first = q->len > 0 ? q->first + n : 0;
}
