/*
 * What waits to be written to one connection, and the credit that goes back
 * to crypto for it.  Crypto may have CREDIT_WINDOW frames outstanding: queued
 * here, or written and not yet credited.  Credit goes back when half a window
 * has been written: one small message for eight frames in a conversation, and
 * never a stall, since a window that is full holds enough frames to trigger it.
 * Frames of files, at most BULK_WINDOW of them, stand in the same queue, since
 * only the order in which they were sealed can be opened.
 *
 * What waits is moved to the start of the storage when it runs empty or much
 * has left.  So a chat touches only the first pages of storage that could hold
 * a window of the largest frames.
 */
#ifndef SECCHAT_NET_OUTQ_H
#define SECCHAT_NET_OUTQ_H

#include <stddef.h>
#include <stdint.h>

#include "secchat/byteq.h"
#include "secchat/limits.h"

/* Which window a frame is of. */
enum {
	OUTQ_CHAT,
	OUTQ_BULK,
	OUTQ_KINDS
};

/* clang-format off */
enum { OUTQ_FRAMES = CREDIT_WINDOW + BULK_WINDOW };
/* clang-format on */

struct outq {
	struct byteq bytes;         /* what waits */
	uint32_t left[OUTQ_FRAMES]; /* of each frame that waits, a ring */
	uint8_t kind[OUTQ_FRAMES];
	unsigned first, frames;
	uint32_t waiting[OUTQ_KINDS]; /* frames, of each kind */
	uint32_t written[OUTQ_KINDS]; /* whole frames gone, not yet credited */
};

void outq_init(struct outq *q, void *buf, size_t cap);

/*
 * Move what waits to the start of other, larger storage, when a connection is
 * promoted.
 */
void outq_move(struct outq *q, void *buf, size_t cap);

/* Whether one more frame of that kind would be more than its window allows. */
int outq_is_full(const struct outq *q, uint8_t kind);

/*
 * Add a frame, or the last len > 0 bytes of one whose beginning is written
 * already.  0, or -ERR_TOO_LONG when the storage cannot take it.  The window
 * must not be full.
 */
int outq_put(struct outq *q, uint8_t kind, const void *p, size_t len);

/* A frame that was written whole without waiting here. */
void outq_wrote_directly(struct outq *q, uint8_t kind);

/* What to write next, its length in *len (0: nothing waits). */
const uint8_t *outq_peek(const struct outq *q, size_t *len);

/* The first n bytes of that are written. */
void outq_wrote(struct outq *q, size_t n);

/* Forget what waits. */
void outq_drop(struct outq *q);

/* Frames to credit to crypto now: 0, or at least half a window. */
uint32_t outq_credit(struct outq *q, uint8_t kind);

#endif
