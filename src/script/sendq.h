/*
 * Texts on their way to the crypto worker.  They wait in a bounded queue
 * until the acknowledgement window has room (at most WINDOW_MSGS texts and
 * WINDOW_BYTES of their bodies are out at a time), and the names that a
 * script gave them wait until the other side has confirmed.
 */
#ifndef SECCHAT_SCRIPT_SENDQ_H
#define SECCHAT_SCRIPT_SENDQ_H

#include <stddef.h>
#include <stdint.h>

#include "secchat/limits.h"

/* A text's name; len REF_NONE when it has none. */
#define REF_NONE 255
struct ref {
	uint8_t len;
	char name[REF_MAX];
};

struct sendq {
	size_t head, len;   /* of the ring */
	uint32_t waiting;   /* texts in the ring */
	uint64_t sent;      /* mseq of the text given last */
	uint64_t confirmed; /* highest confirmed mseq */
	size_t out_bytes;   /* bodies given and not confirmed */
	struct {
		struct ref ref;
		uint32_t bytes;
	} given[WINDOW_MSGS]; /* by mseq modulo WINDOW_MSGS */
	uint8_t ring[READ_AHEAD];
};

void sendq_init(struct sendq *o);

/* Bytes that the ring can still take; a text needs SENDQ_HEAD more than its
 * own and its name's. */
#define SENDQ_HEAD 5
size_t sendq_room(const struct sendq *o);

/* Queue a text; there is room.  ref NULL: it has no name. */
void sendq_put(struct sendq *o, const char *ref, size_t ref_len,
    const void *text, size_t len);

/* A text in the ring, in two pieces where it wraps around. */
struct sendq_text {
	const uint8_t *p[2];
	size_t len[2];
};

/*
 * The next text when the window has room for it: 1; good until the next put.
 * sendq_give then takes it out of the queue: it has been sent.
 */
int sendq_next(const struct sendq *o, struct sendq_text *t);
void sendq_give(struct sendq *o);

/*
 * One more text was confirmed: its number is o->confirmed afterwards.
 * Returns its name, good until the next sendq_give.
 */
const struct ref *sendq_confirm(struct sendq *o);

/*
 * Give up the next text that was not confirmed.  One that was given comes
 * first: 1, and its number is o->confirmed afterwards.  One that waits: 0.
 * -1: there is none.  *ref is its name.
 */
int sendq_lose(struct sendq *o, struct ref *ref);

/* Whether texts are with crypto and not confirmed. */
int sendq_out(const struct sendq *o);

/* Nothing is out any more: what is given from here on is numbered from 1. */
void sendq_restart(struct sendq *o);

/* Texts that the other side has not confirmed, given or not. */
uint32_t sendq_undelivered(const struct sendq *o);

#endif
