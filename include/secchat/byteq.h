/*
 * A queue of bytes in storage of its owner's, whose front moves: what waits
 * is always one piece, and leaves without being copied.  It is moved to the
 * start of the storage when as many bytes have left as wait, and a page at
 * least.  So no byte is moved more often than another one leaves, and a queue
 * that is short but never empty does not creep through all of its storage.
 */
#ifndef SECCHAT_BYTEQ_H
#define SECCHAT_BYTEQ_H

#include <stddef.h>
#include <stdint.h>

struct byteq {
	uint8_t *buf; /* the owner's */
	size_t cap;
	size_t first, len; /* what waits: len bytes from first on */
	int secret;        /* no copy stays of what has left */
};

/* An empty queue in cap bytes of storage, which stays the caller's. */
void byteq_init(struct byteq *q, void *buf, size_t cap, int secret);

/*
 * Move what waits to the start of this storage: the queue's own, or other that
 * does not overlap it and has room for all that waits.
 */
void byteq_move(struct byteq *q, void *buf, size_t cap);

/* How many bytes can be added right now. */
size_t byteq_room(const struct byteq *q);

/* Add len bytes, no more than there is room for; p may be NULL for none. */
void byteq_put(struct byteq *q, const void *p, size_t len);

/* The q->len bytes that wait, until the queue is next changed. */
const uint8_t *byteq_peek(const struct byteq *q);

/* The first n bytes of these have left. */
void byteq_drop(struct byteq *q, size_t n);

#endif
