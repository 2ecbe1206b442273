/*
 * secchat-net: sockets on one side, numbered connections on the other.  It
 * holds a listener, strangers, the live connection and one that resumes, and
 * knows no protocol: crypto says what to expect and gets frames.
 *
 * One turn of the loop is net_prepare, poll(2), net_turn; a test does the
 * same with its own clock.
 */
#ifndef SECCHAT_NET_NET_H
#define SECCHAT_NET_NET_H

#include <poll.h>
#include <stdint.h>

#include "limit.h"
#include "secchat/ipc.h"
#include "slots.h"

/* clang-format off */
enum {
	/*
	 * What is queued for crypto: FRAME_IN only while nothing else waits,
	 * so one of them, and the small messages that come without asking:
	 * CONN_LOST for each connection and CREDIT for each window.
	 */
	CRYPTO_QUEUE = IPC_RECORD_MAX + 1024,
	SUPER_QUEUE  = 256,

	POLL_SUPER = 0,
	POLL_CRYPTO,
	POLL_LISTENER,
	POLL_CONN,
	POLL_MAX = POLL_CONN + NET_CONNS,
};

struct net_counters {
	uint32_t accepted;
	uint32_t evicted;
	uint32_t timed_out;
	uint32_t over_limit;    /* of one source: connections or attempts   */
	uint32_t no_slot;
};
/* clang-format on */

struct net {
	struct ipc_link super, crypto;
	int listener; /* -1: none */
	int super_gone, crypto_gone;
	int crypto_idle;      /* its link was read to the end */
	uint64_t now;         /* of this turn */
	uint64_t accept_at;   /* not before */
	uint64_t counters_at; /* not before */
	uint64_t leave_by;    /* CLOCK_NEVER: serving */
	int left;             /* nothing to do until the supervisor goes */
	int counters_dirty;
	int gather; /* a frame went out in this drain */
	struct net_counters counters;
	struct slots slots;
	struct attempts attempts;
	uint8_t super_queue[SUPER_QUEUE];
	uint8_t crypto_queue[CRYPTO_QUEUE];
	uint8_t rx[IPC_RECORD_MAX + 1];
};

/* Descriptors of the two links; both are non-blocking already. */
void net_init(
    struct net *n, int super_fd, int crypto_fd, const struct net_limits *lim);

/* What to wait for.  Fills fds and returns the time to wait until. */
uint64_t net_prepare(struct net *n, struct pollfd fds[POLL_MAX]);

/* One turn after poll.  Returns 1 when it is time to exit. */
int net_turn(struct net *n, const struct pollfd fds[POLL_MAX], uint64_t now);

/* Serve until a link ends.  Returns the exit code. */
int net_run(struct net *n);

/* ---- the parts, each in its own file ---- */

/*
 * accept.c: whether a stranger may come in now.  While crypto has not read or
 * not answered what the last one caused, the next waits in the kernel.
 */
int net_accepting(const struct net *n);

/* Let strangers in. */
void net_accept(struct net *n);

/* A socket and who it leads to (text as in CONN_OPEN), from the supervisor. */
void net_add_dialled(struct net *n, int fd, const char *addr);

/* from_super.c, from_crypto.c: read what the links have. */
void net_read_super(struct net *n);
void net_read_crypto(struct net *n);

/* conn.c: whether to poll for reading and writing. */
short conn_events(const struct conn *c);

/* Read once into the buffer; what arrived is delivered by conn_deliver. */
void conn_read(struct conn *c);

/*
 * Deliver what is there and expected.  At the end of the stream, when nothing
 * more can be delivered, say CONN_LOST and forget the connection.
 */
void conn_deliver(struct net *n, struct conn *c);

/* A frame from crypto, of a kind OUTQ_*: write it or queue it. */
void conn_send(
    struct net *n, struct conn *c, uint8_t kind, const uint8_t *p, size_t len);

/* Write what waits, credit it, finish when closing. */
void conn_flush(struct net *n, struct conn *c);

/* Whether something waits that the socket might take at once. */
int conn_can_flush(const struct conn *c);

/* Crypto has let go. */
void conn_close(struct net *n, struct conn *c);

/* CONN_LOST to crypto (unless crypto has let go already), and forget. */
void conn_lose(struct net *n, struct conn *c, uint8_t why);

#endif
