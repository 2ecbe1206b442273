/*
 * Messages between the processes of the suite: one SOCK_SEQPACKET record is
 * one message, checked against the table of ipc_msgs.h when it is sent and
 * again when it is received.  Whoever breaks the table is broken or captured:
 * both directions end in fatal(), nothing is ever resynchronised.
 *
 * A record is u32 length of the whole, u16 type, u16 zero, body.  No function
 * here blocks: what the socket does not take waits in the link's own bounded
 * queue, and a queue that overflows is fatal, so callers that can produce
 * without limit ask ipc_room() first.
 */
#ifndef SECCHAT_IPC_H
#define SECCHAT_IPC_H

#include <stddef.h>
#include <stdint.h>

#include "byteq.h"
#include "ipc_msgs.h"
#include "reader.h"

/* One row of the message table. */
struct ipc_row {
	const char *name;
	uint16_t type;
	uint8_t from;   /* ROLE_* mask: who may send it */
	uint8_t fd;     /* 1: exactly one descriptor rides along */
	uint32_t links; /* ON(LINK_*) mask: where */
	uint32_t min;   /* body bytes */
	uint32_t max;
};

/* The row of a type, or NULL. */
const struct ipc_row *ipc_row(unsigned type);

/* The whole table and its length, for documents, tests and the audit. */
extern const struct ipc_row ipc_rows[];
extern const size_t ipc_rows_len;

/* Who sits at the two ends of a link: ROLE_* masks in *a and *b. */
void ipc_link_ends(enum ipc_link_id id, uint8_t *a, uint8_t *b);
const char *ipc_link_name(enum ipc_link_id id);

/* "crypto", for one ROLE_*; "?" for anything else. */
const char *ipc_role_name(uint8_t role);

struct ipc_link {
	int fd;
	enum ipc_link_id id;
	uint8_t self;       /* ROLE_* of this process */
	struct byteq queue; /* records that wait, back to back */
	uint8_t alone; /* turns in a row that brought one record: ipc_turn */
};

struct ipc_msg {
	uint16_t type;
	const uint8_t *body; /* in the caller's receive buffer */
	size_t len;
	int fd; /* -1, or the descriptor: now the caller's */
};

/*
 * Take a descriptor (already O_NONBLOCK) as one end of a link.  queue holds
 * what the socket does not take at once; it stays the caller's.  cap 0: what
 * the socket does not take is fatal.
 */
void ipc_init(struct ipc_link *l, int fd, enum ipc_link_id id, uint8_t self,
    void *queue, size_t cap);

/* Send one message, or queue it.  fatal() on any violation or overflow. */
void ipc_send(struct ipc_link *l, unsigned type, const void *body, size_t len);

/* The same, the body in two parts: a small head and what follows it. */
void ipc_send2(struct ipc_link *l, unsigned type, const void *head,
    size_t head_len, const void *body, size_t len);

/* READY, a worker's first message: what its jail applied and what it lacks. */
struct jail_report;
void ipc_send_ready(struct ipc_link *l, const struct jail_report *report);

/*
 * Send one message with a descriptor.  The link's queue must be empty and the
 * socket must take it at once, else fatal().  The caller keeps `fd`.
 */
void ipc_send_fd(
    struct ipc_link *l, unsigned type, const void *body, size_t len, int fd);

/* How many body bytes could be queued as one message right now. */
size_t ipc_room(const struct ipc_link *l);

/* Whether anything waits in the queue. */
int ipc_pending(const struct ipc_link *l);

/* After POLLOUT: write what waits.  When the other end is gone it is dropped;
 * ipc_recv tells that. */
void ipc_flush(struct ipc_link *l);

/*
 * Write all that waits, however long it takes: for a program that has one link
 * and nothing else to do.  When the other end is gone what waits is dropped.
 */
void ipc_drain(struct ipc_link *l);

/* What to poll for: POLLIN, and POLLOUT while something waits. */
short ipc_events(const struct ipc_link *l);

/*
 * Receive one message into buf (at least IPC_RECORD_MAX + 1 bytes).
 * 1: a message; 0: none now; -ERR_EOF: the other end is gone and everything
 * it sent has been read.  Uses read(2), which drops any descriptor.
 * fatal() on any violation.
 */
int ipc_recv(struct ipc_link *l, uint8_t *buf, size_t cap, struct ipc_msg *m);

/* The same with recvmsg(2): for links on which descriptors may come. */
int ipc_recv_fd(
    struct ipc_link *l, uint8_t *buf, size_t cap, struct ipc_msg *m);

/*
 * The same where a broken sender is no reason to stop: -ERR_FORMAT for any
 * violation, the descriptor closed.  For one-shot workers, whose failure is
 * an answer.
 */
int ipc_recv_any(
    struct ipc_link *l, uint8_t *buf, size_t cap, struct ipc_msg *m);

/*
 * How many records to take in this turn: `most`, or one while they come one
 * by one, so that the read that would find nothing is saved.  poll tells of
 * what was left.  Whoever must have read all there is does not ask.
 */
unsigned ipc_turn(const struct ipc_link *l, unsigned most);

/* So many came in a turn that ipc_turn was asked for. */
void ipc_turned(struct ipc_link *l, unsigned came);

/*
 * A receiver's table: which message is legal in which of its states, and who
 * handles it.  A handler reads its whole body; the dispatcher is fatal when
 * bytes are left over or missing.
 */
#define IN(state) (1u << (state))
#define IN_ANY UINT32_MAX

typedef void ipc_handler_fn(void *ctx, struct reader *body, int fd);

struct ipc_handler {
	uint16_t type;
	uint32_t states; /* IN(state) mask */
	ipc_handler_fn *fn;
};

/* Hand one message to its handler.  fatal() when the table forbids it. */
void ipc_dispatch(const struct ipc_link *l, const struct ipc_msg *m,
    const struct ipc_handler *table, size_t n, unsigned state, void *ctx);

/* The same after ipc_recv_any: 0, or negative for what would be fatal.  A
 * descriptor that no handler is given is closed. */
int ipc_dispatch_any(const struct ipc_msg *m, const struct ipc_handler *table,
    size_t n, unsigned state, void *ctx);

/*
 * For a program that answers one question: write what waits, then hand on
 * messages until a handler has set *there.  0, or -ERR_EOF: the other end is
 * gone.
 */
int ipc_await(struct ipc_link *l, const struct ipc_handler *table, size_t n,
    void *ctx, const int *there);

#endif
