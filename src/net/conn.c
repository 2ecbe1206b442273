/*
 * One connection: reading, cutting, delivering, writing, closing.
 */
#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "net.h"
#include "secchat/err.h"
#include "secchat/util.h"

/* Frames up to this size are gathered and written together. */
#define GATHER_MAX 4096

static size_t
in_len(const struct conn *c)
{
	return c->in.end - c->in.start;
}

static void
forget(struct net *n, struct conn *c)
{
	fd_close(c->fd);
	slots_free(&n->slots, c);
}

void
conn_lose(struct net *n, struct conn *c, uint8_t why)
{
	uint8_t body[5];
	struct writer w;

	writer_init(&w, body, sizeof body);
	put_u32(&w, c->id);
	put_u8(&w, why);
	if (c->state != CONN_CLOSING)
		ipc_send(&n->crypto, IPC_CONN_LOST, body, w.len);
	forget(n, c);
}

/* ---- reading ---- */

/*
 * While the buffer is full bytes stay in the kernel and the peer is slowed
 * down by TCP: so it is when crypto does not read.  What crypto does not
 * expect yet waits in the buffer, and the end of the stream is noticed at any
 * time.
 */
static int
wants_read(const struct conn *c)
{
	if (c->ended)
		return 0;
	return c->state == CONN_CLOSING || in_len(c) < c->in.cap;
}

static int
wants_write(const struct conn *c)
{
	size_t len;

	outq_peek(&c->out, &len);
	return len > 0 && !c->broken;
}

short
conn_events(const struct conn *c)
{
	return (short)((wants_read(c) ? POLLIN : 0) |
		       (wants_write(c) ? POLLOUT : 0));
}

/* Make the free room one piece at the end. */
static void
compact(struct inbuf *in)
{
	size_t len = in->end - in->start;

	if (in->start == 0)
		return;
	if (len > 0)
		memmove(in->buf, in->buf + in->start, len);
	in->start = 0;
	in->end = len;
}

void
conn_read(struct conn *c)
{
	struct inbuf *in = &c->in;
	ssize_t got;

	/* What comes after crypto let go is not kept. */
	if (c->state == CONN_CLOSING)
		in->start = in->end = 0;
	if (in->start == in->end || in->cap - in->end < in->cap / 2)
		compact(in);
	got = read(c->fd, in->buf + in->end, in->cap - in->end);
	if (got > 0)
		in->end += (size_t)got;
	else if (got == 0)
		c->ended = c->broken ? LOST_RESET : LOST_EOF;
	else if (errno != EAGAIN && errno != EINTR)
		c->ended = errno == ETIMEDOUT ? LOST_TIMEOUT : LOST_RESET;
}

/*
 * Everything is written: send our end of file and wait for the peer's, since
 * closing with unread bytes would reset the connection and might take the last
 * thing we said with it.
 */
static void
finish(struct net *n, struct conn *c)
{
	if (wants_write(c))
		return;
	if (c->broken || c->ended) {
		forget(n, c);
		return;
	}
	if (!c->shut)
		(void)shutdown(c->fd, SHUT_WR);
	c->shut = 1;
}

static void
deliver(struct net *n, struct conn *c, const struct cut *f)
{
	uint8_t id[4];
	struct writer w;

	writer_init(&w, id, sizeof id);
	put_u32(&w, c->id);
	ipc_send2(&n->crypto, IPC_FRAME_IN, id, w.len,
	    c->in.buf + c->in.start + f->skip, f->len);
	c->in.start += f->skip + f->len;
	slots_delivered(c);
}

void
conn_deliver(struct net *n, struct conn *c)
{
	struct cut f;
	int found = 0;

	if (c->state == CONN_CLOSING) {
		finish(n, c);
		return;
	}
	while (c->expect.framing != 0) {
		if (ipc_pending(&n->crypto))
			return;
		found = cut_next(
		    &c->expect, c->in.buf + c->in.start, in_len(c), &f);
		if (found <= 0)
			break;
		deliver(n, c, &f);
	}
	if (found < 0)
		conn_lose(n, c, LOST_LENGTH);
	else if (c->ended && (in_len(c) == 0 || c->expect.framing != 0))
		conn_lose(n, c, c->ended);
}

/* ---- writing ---- */

/*
 * Write to the socket.  Returns the bytes taken.  When the peer is gone the
 * rest is dropped; crypto hears of it from the reading side, after what the
 * peer had still sent.
 */
static size_t
put_socket(struct conn *c, const uint8_t *p, size_t len)
{
	ssize_t n = send(c->fd, p, len, MSG_NOSIGNAL);

	c->blocked = n < (ssize_t)len;
	if (n >= 0)
		return (size_t)n;
	if (errno == EAGAIN || errno == EINTR || errno == ENOBUFS ||
	    errno == ENOMEM)
		return 0;
	c->broken = 1;
	outq_drop(&c->out);
	return 0;
}

static void
credit(struct net *n, struct conn *c)
{
	static const unsigned message[OUTQ_KINDS] = {
	    [OUTQ_CHAT] = IPC_CREDIT, [OUTQ_BULK] = IPC_BULK_CREDIT};

	for (unsigned kind = 0; kind < OUTQ_KINDS; kind++) {
		uint32_t frames = outq_credit(&c->out, (uint8_t)kind);
		uint8_t body[8];
		struct writer w;

		if (frames == 0 || c->state == CONN_CLOSING)
			continue;
		writer_init(&w, body, sizeof body);
		put_u32(&w, c->id);
		put_u32(&w, frames);
		ipc_send(&n->crypto, message[kind], body, w.len);
	}
}

int
conn_can_flush(const struct conn *c)
{
	return wants_write(c) && !c->blocked;
}

void
conn_flush(struct net *n, struct conn *c)
{
	size_t len;
	const uint8_t *p = outq_peek(&c->out, &len);

	if (len > 0 && !c->broken) {
		size_t done = put_socket(c, p, len);

		if (!c->broken)
			outq_wrote(&c->out, done);
		credit(n, c);
	}
	if (c->state == CONN_CLOSING)
		finish(n, c);
}

void
conn_send(
    struct net *n, struct conn *c, uint8_t kind, const uint8_t *p, size_t len)
{
	size_t done = 0, waiting;

	if (outq_is_full(&c->out, kind))
		fatal("crypto has more frames out on connection %u than its "
		      "window",
		    c->id);
	if (c->broken)
		return;
	outq_peek(&c->out, &waiting);
	if (waiting == 0 && (len > GATHER_MAX || !n->gather))
		done = put_socket(c, p, len);
	n->gather = 1;
	if (c->broken)
		return;
	if (done == len) {
		outq_wrote_directly(&c->out, kind);
		credit(n, c);
	} else if (outq_put(&c->out, kind, p + done, len - done) < 0) {
		/* A stranger who does not even take a handshake. */
		conn_lose(n, c, LOST_TIMEOUT);
	}
}

void
conn_close(struct net *n, struct conn *c)
{
	slots_closing(&n->slots, c, n->now);
	conn_flush(n, c);
}
