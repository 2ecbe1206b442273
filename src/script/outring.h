/*
 * What standard output has not taken yet: a bounded ring of bytes.  stdout
 * is the user's own descriptor and may be blocking, so it is written at most
 * PIPE_BUF bytes at a time and only when poll(2) said that it is writable.
 * Marks remember where in the stream a peer's text ends, so that a text is
 * confirmed to the crypto worker when it has really left.
 */
#ifndef SECCHAT_SCRIPT_OUTRING_H
#define SECCHAT_SCRIPT_OUTRING_H

#include <stddef.h>
#include <stdint.h>

#include "secchat/limits.h"

struct outring {
	uint64_t put;     /* bytes put since the start */
	uint64_t written; /* of these, bytes that have left */
	uint64_t shown;   /* highest mseq that has left */
	unsigned marks, first;
	struct {
		uint64_t end; /* value of `put` behind the text */
		uint64_t mseq;
	} mark[WINDOW_MSGS];
	uint8_t buf[EVENT_RING];
};

void outring_init(struct outring *o);

/* Bytes that can still be put. */
size_t outring_room(const struct outring *o);

/* Whether everything that was put has left. */
int outring_empty(const struct outring *o);

/* Append; the caller has asked outring_room. */
void outring_put(struct outring *o, const void *p, size_t len);

/* Text mseq ends here.  At most WINDOW_MSGS marks (outring_marks_full). */
void outring_mark(struct outring *o, uint64_t mseq);
int outring_marks_full(const struct outring *o);

/* The texts that were marked are confirmed to nobody, and what comes from
 * here on is numbered from 1. */
void outring_restart(struct outring *o);

/*
 * After POLLOUT: one write(2) of at most PIPE_BUF bytes.
 * 0, or -ERR_EOF when nobody reads any more, or -ERR_SYS.
 */
int outring_write(struct outring *o, int fd);

/* Throw away what waits: there is nobody to read it. */
void outring_drop(struct outring *o);

#endif
