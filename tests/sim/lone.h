/*
 * The crypto worker's own loop in a process by itself, unconfined and with
 * random bytes that are known outside, and around it in this process all that
 * it talks to: supervisor, front end, net, and a peer that is an engine of
 * the same code.  What one wants to know about the worker's memory can then
 * be asked from outside.
 */
#ifndef SECCHAT_TESTS_LONE_H
#define SECCHAT_TESTS_LONE_H

#include <sys/types.h>

#include "../../src/crypto/engine.h"

enum {
	LONE_WORKER,
	LONE_PEER,
	LONE_DRAW = 64,
	LONE_ALL = 1 << 30
};

/* One end of the connection, as its net worker sees it. */
struct lone_net {
	uint32_t conn;
	uint8_t framing, promoted;
	size_t want; /* raw: bytes of the next message */
	uint32_t uncredited;
	int closed;                      /* by the worker it belongs to */
	unsigned left;                   /* messages it may still be given */
	uint8_t in[20 * FRAME_WIRE_MAX]; /* on their way to it */
	size_t in_len;
};

/* What a side has told its supervisor and its front end. */
struct lone_told {
	unsigned ready, info, secret_read, code_made, connected, texts,
	    delivered, rekeyed, ended;
	uint64_t last_text, shown;
	uint8_t key_memory;
	char code[CODE_TEXT + 1];
};

struct lone {
	pid_t pid;
	uint64_t seed;
	uint8_t mode, role; /* the worker's role */
	struct ipc_link super, ui, net;
	int secret_fd, identity_fd;
	int deaf; /* the front end does not read */
	struct lone_net ends[2];
	struct lone_told told[2];
	uint32_t conns;

	/* the peer */
	struct engine e;
	struct engine_keys keys;
	struct outbox outbox;
	uint8_t plain[FRAME_PLAIN_MAX], wire[FRAME_WIRE_MAX];
	unsigned peer_draws;
};

/*
 * The n-th random bytes that a side draws, the first len of them (at most
 * LONE_DRAW).
 */
void lone_draw(uint64_t seed, int who, unsigned n, void *p, size_t len);

/* Start a worker, without memfd_secret: its pages cannot be looked at. */
struct lone *lone_new(uint8_t mode, uint8_t role, uint64_t seed);

/* CRYPTO_START, with a SECRET_* source; for the peer as well. */
void lone_begin(struct lone *l, int who, uint8_t source);

/* A line or a file for the descriptor of the secret, or of the identity. */
void lone_secret(struct lone *l, int who, const char *text);
void lone_identity(struct lone *l, int who, const char *text);

/* A message from supervisor, front end or net. */
void lone_send(struct lone *l, int who, enum ipc_link_id link, unsigned type,
    const void *body, size_t len);

/* A connection between the two, over which all may go. */
void lone_connect(struct lone *l);

/* Go on until *counter has reached n; 0 after 10 seconds without that. */
int lone_wait(struct lone *l, const unsigned *counter, unsigned n);

/* Go on until everybody waits; then stop the worker where it is.  Whether it
 * could be stopped. */
int lone_stop(struct lone *l);
void lone_continue(struct lone *l);

/* The supervisor is gone: the worker's exit status. */
int lone_free(struct lone *l);

#endif
