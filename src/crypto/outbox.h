/*
 * Texts that have been accepted from the front end and not yet acknowledged
 * by the peer's: at most WINDOW_MSGS of them and WINDOW_BYTES in all.  They
 * are numbered 1, 2, ... (mseq) for as long as the session lives, over
 * however many connections.  Plaintext lives here and nowhere else on its
 * way out; what is acknowledged is wiped.
 */
#ifndef SECCHAT_CRYPTO_OUTBOX_H
#define SECCHAT_CRYPTO_OUTBOX_H

#include <stddef.h>
#include <stdint.h>

#include "secchat/limits.h"

struct outbox {
	uint64_t first;           /* mseq of the oldest text in it */
	uint64_t next;            /* mseq the next text will get */
	size_t head, bytes;       /* ring of their bytes */
	uint32_t at[WINDOW_MSGS]; /* where, by mseq modulo WINDOW_MSGS */
	uint32_t len[WINDOW_MSGS];
	uint8_t ring[WINDOW_BYTES];
};

void outbox_init(struct outbox *o);

/* Append a text.  0, or -ERR_TOO_LONG when the window has no room for it. */
int outbox_put(struct outbox *o, const uint8_t *text, size_t len);

/* Copy text mseq (which must be in it) out; returns its length. */
size_t outbox_get(const struct outbox *o, uint64_t mseq, uint8_t *out);

/* Length of the text mseq, which must be in it. */
size_t outbox_text_len(const struct outbox *o, uint64_t mseq);

/* Everything up to and with mseq was acknowledged: wipe and forget it. */
void outbox_ack(struct outbox *o, uint64_t mseq);

/* How many texts are in it. */
uint32_t outbox_count(const struct outbox *o);

void outbox_wipe(struct outbox *o);

#endif
