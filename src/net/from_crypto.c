/*
 * What crypto says: what to expect on a connection, what to write, when to
 * let go.  Messages and losses cross, so a number that was given out once and
 * is gone, or closing, is ignored; one that never was is crypto's fault.
 */
#include "net.h"
#include "secchat/err.h"
#include "secchat/util.h"

/* Messages handled in one turn, so that sockets get theirs. */
#define DRAIN_MAX 64

/* The connection that a message is for, or NULL when it is too late. */
static struct conn *
conn_of(struct net *n, uint32_t id)
{
	struct conn *c = slots_find(&n->slots, id);

	if (!slots_issued(&n->slots, id))
		fatal("crypto named connection %u, which never was", id);
	return c != NULL && c->state != CONN_CLOSING ? c : NULL;
}

static void
on_expect(void *ctx, struct reader *body, int fd)
{
	struct net *n = ctx;
	struct conn *c = conn_of(n, get_u32(body));
	struct expect e;

	(void)fd;
	if (expect_get(&e, body) < 0)
		fatal("crypto expects what cannot be");
	if (c == NULL)
		return;
	if (slots_expect(&n->slots, c, &e, n->now) < 0)
		fatal("crypto expects more than a stranger may send");
	conn_deliver(n, c);
}

static void
send_on(struct net *n, uint8_t kind, struct reader *body)
{
	struct conn *c = conn_of(n, get_u32(body));
	size_t len;
	const uint8_t *p = get_rest(body, &len);

	if (c != NULL)
		conn_send(n, c, kind, p, len);
}

static void
on_frame_out(void *ctx, struct reader *body, int fd)
{
	(void)fd;
	send_on(ctx, OUTQ_CHAT, body);
}

static void
on_bulk_out(void *ctx, struct reader *body, int fd)
{
	(void)fd;
	send_on(ctx, OUTQ_BULK, body);
}

static void
on_close(void *ctx, struct reader *body, int fd)
{
	struct net *n = ctx;
	uint32_t id = get_u32(body);
	int failed = get_u8(body);
	struct conn *c = conn_of(n, id);
	const struct source *src = slots_source(&n->slots, id);

	(void)fd;
	/* Not for a repeated CONN_CLOSE: one connection fails once. */
	if (failed && src != NULL && (c != NULL || !slots_find(&n->slots, id)))
		attempts_fail(&n->attempts, src, n->now);
	if (c != NULL)
		conn_close(n, c);
}

static void
on_promote(void *ctx, struct reader *body, int fd)
{
	struct net *n = ctx;
	struct conn *c = conn_of(n, get_u32(body));
	struct conn *old;

	(void)fd;
	if (c == NULL)
		return;
	if (c->state != CONN_HALF)
		fatal("crypto promoted connection %u twice", c->id);
	if (slots_promote(&n->slots, c) == 0)
		return;
	/* A goodbye in progress gives way to what comes next. */
	old = slots_closing_big(&n->slots);
	if (old != NULL)
		conn_lose(n, old, 0);
	if (slots_promote(&n->slots, c) < 0)
		fatal("crypto promoted more connections than there is room "
		      "for");
}

/* clang-format off */
static const struct ipc_handler from_crypto[] = {
	{ IPC_EXPECT, IN_ANY, on_expect },
	{ IPC_FRAME_OUT, IN_ANY, on_frame_out },
	{ IPC_BULK_OUT, IN_ANY, on_bulk_out },
	{ IPC_CONN_CLOSE, IN_ANY, on_close },
	{ IPC_CONN_PROMOTE, IN_ANY, on_promote },
};
/* clang-format on */

void
net_read_crypto(struct net *n)
{
	unsigned came = 0, most = ipc_turn(&n->crypto, DRAIN_MAX);
	struct ipc_msg m;
	int r = 0;

	n->gather = 0;
	/* Leaving: all that was said last is written. */
	if (n->super_gone)
		most = DRAIN_MAX;
	for (; came < most; came++) {
		r = ipc_recv(&n->crypto, n->rx, sizeof n->rx, &m);
		if (r <= 0)
			break;
		ipc_dispatch(
		    &n->crypto, &m, from_crypto, ARRAY_LEN(from_crypto), 0, n);
	}
	ipc_turned(&n->crypto, came);
	n->crypto_idle = r <= 0;
	if (r == -ERR_EOF)
		n->crypto_gone = 1;
}
