/*
 * The canary's connection and its word to the audit, which its parts share.
 */
#ifndef SECCHAT_SRC_CANARY_PEER_H
#define SECCHAT_SRC_CANARY_PEER_H

#include <stddef.h>
#include <stdint.h>

#include "secchat/noise.h"
#include "secchat/wire.h"

/* ---- descriptors (peer.c) ---- */

/* All of it, however long that takes.  0, -ERR_SYS or -ERR_EOF. */
int peer_put(int fd, const void *p, size_t len);
int peer_get(int fd, void *p, size_t len);

/* A line to the audit: a key by name, or a word.  0 or negative. */
void peer_tell(const char *name, const uint8_t *key, size_t len);
int peer_say(const char *word);

/* ---- frames (peer.c) ---- */

/* The handshake is over. */
void peer_begin(const struct hs_result *result);

/* Seal and send one, which confirms all numbered ones so far.  0 or
 * negative. */
int peer_send(uint8_t type, const uint8_t *body, size_t len);

/* The next one; what it points to is good until the next.  0 or negative. */
int peer_read(struct frame *f);

/* Read until number n of ours is confirmed.  0 or negative. */
int peer_wait_ack(uint64_t n);

/* Read until one of this type comes.  0 or negative. */
int peer_wait(uint8_t type, struct frame *f);

/* Tell the audit the chain keys as they are now. */
void peer_tell_chains(void);

/* ---- a file (file.c) ---- */

struct peer_file {
	int sends; /* to the host, or from it */
	const char *pattern;
	uint64_t size; /* its bytes are the pattern again and again */
};

/*
 * Move one with the host, all of it, and compare what comes.  When it has
 * been offered and, where it is ours, accepted, "ready" is said to the audit
 * and a byte of it waited for, so that it may get ready to watch.  0 or
 * negative.
 */
int peer_move_file(const struct peer_file *file);

#endif
