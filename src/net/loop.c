/*
 * The loop of secchat-net: what to wait for, and one turn.
 */
#include <errno.h>
#include <string.h>

#include "net.h"
#include "secchat/util.h"

void
net_init(
    struct net *n, int super_fd, int crypto_fd, const struct net_limits *lim)
{
	ipc_init(&n->super, super_fd, LINK_SUPER_NET, ROLE_NET, n->super_queue,
	    sizeof n->super_queue);
	ipc_init(&n->crypto, crypto_fd, LINK_CRYPTO_NET, ROLE_NET,
	    n->crypto_queue, sizeof n->crypto_queue);
	n->listener = -1;
	n->leave_by = CLOCK_NEVER;
	slots_init(&n->slots, lim);
	attempts_init(&n->attempts, lim->failed_burst, lim->failed_refill_ms);
}

static int
leaving(const struct net *n)
{
	return n->leave_by != CLOCK_NEVER;
}

/* poll reports errors for a descriptor that nothing is asked of: hide it. */
static struct pollfd
want(int fd, short events)
{
	return (struct pollfd){.fd = events != 0 ? fd : -1, .events = events};
}

uint64_t
net_prepare(struct net *n, struct pollfd fds[POLL_MAX])
{
	uint64_t until =
	    n->left ? CLOCK_NEVER : MIN(slots_deadline(&n->slots), n->leave_by);

	fds[POLL_SUPER] =
	    want(n->super.fd, n->super_gone ? 0 : ipc_events(&n->super));
	fds[POLL_CRYPTO] =
	    want(n->crypto.fd, n->crypto_gone ? 0 : ipc_events(&n->crypto));
	fds[POLL_LISTENER] = want(n->listener, net_accepting(n) ? POLLIN : 0);
	for (size_t i = 0; i < NET_CONNS; i++) {
		const struct conn *c = &n->slots.conn[i];

		fds[POLL_CONN + i] =
		    want(c->fd, c->state == CONN_FREE ? 0 : conn_events(c));
	}
	if (n->listener >= 0 && n->now < n->accept_at)
		until = MIN(until, n->accept_at);
	/* While the supervisor does not read, it is what is waited for. */
	if (n->counters_dirty && !n->super_gone && !ipc_pending(&n->super))
		until = MIN(until, n->counters_at);
	return until;
}

static void
serve_conn(struct net *n, struct conn *c, const struct pollfd *p)
{
	if (p->revents & (POLLOUT | POLLERR | POLLHUP))
		c->blocked = 0;
	if (conn_can_flush(c))
		conn_flush(n, c);
	if (c->state != CONN_FREE && (p->revents & ~POLLOUT) &&
	    (conn_events(c) & POLLIN))
		conn_read(c);
	if (c->state != CONN_FREE)
		conn_deliver(n, c);
}

static void
run_timers(struct net *n)
{
	struct conn *c;

	while ((c = slots_expired(&n->slots, n->now)) != NULL) {
		if (c->state != CONN_CLOSING) {
			n->counters.timed_out++;
			n->counters_dirty = 1;
		}
		conn_lose(n, c, LOST_TIMEOUT);
	}
}

/* At most one each counters_ms, and only when something has changed. */
static void
report(struct net *n)
{
	const struct net_counters *k = &n->counters;
	uint8_t body[20];
	struct writer w;

	if (!n->counters_dirty || n->now < n->counters_at || n->super_gone ||
	    ipc_pending(&n->super))
		return;
	writer_init(&w, body, sizeof body);
	put_u32(&w, k->accepted);
	put_u32(&w, k->evicted);
	put_u32(&w, k->timed_out);
	put_u32(&w, k->over_limit);
	put_u32(&w, k->no_slot);
	ipc_send(&n->super, IPC_NET_COUNTERS, body, w.len);
	n->counters_dirty = 0;
	n->counters_at = n->now + n->slots.lim.counters_ms;
}

/*
 * A link has ended (when it is crypto's, the supervisor is about to say what
 * happened, and we are not to die before it has looked): nobody else comes in,
 * strangers go, and what crypto has said is still written to everybody else,
 * for a bounded time.
 */
static void
leave(struct net *n)
{
	n->leave_by = n->now + n->slots.lim.leave_ms;
	fd_close(n->listener);
	n->listener = -1;
}

/* Whether everything is said; crypto's last words may still be in the link. */
static int
has_left(struct net *n)
{
	int busy = 0;

	if (!n->crypto_idle && !n->crypto_gone)
		return n->now >= n->leave_by;
	for (size_t i = 0; i < NET_CONNS; i++) {
		struct conn *c = &n->slots.conn[i];

		/* Nobody waits for a stranger to hang up. */
		if (c->state != CONN_FREE && c->big == NULL)
			conn_lose(n, c, LOST_EOF);
		else if (c->state == CONN_HALF || c->state == CONN_LIVE)
			conn_close(n, c);
		busy |= c->state != CONN_FREE;
	}
	return !busy || n->now >= n->leave_by;
}

int
net_turn(struct net *n, const struct pollfd fds[POLL_MAX], uint64_t now)
{
	n->now = now;
	if (fds[POLL_SUPER].revents & POLLOUT)
		ipc_flush(&n->super);
	if (fds[POLL_SUPER].revents & ~POLLOUT)
		net_read_super(n);
	if (fds[POLL_CRYPTO].revents & POLLOUT)
		ipc_flush(&n->crypto);
	if (fds[POLL_CRYPTO].revents & ~POLLOUT || n->super_gone)
		net_read_crypto(n);
	for (size_t i = 0; i < NET_CONNS; i++)
		if (n->slots.conn[i].state != CONN_FREE)
			serve_conn(n, &n->slots.conn[i], &fds[POLL_CONN + i]);
	if (fds[POLL_LISTENER].revents != 0)
		net_accept(n);
	run_timers(n);
	report(n);
	if (!leaving(n) && (n->super_gone || n->crypto_gone))
		leave(n);
	if (leaving(n) && !n->left)
		n->left = has_left(n);
	return n->left && n->super_gone;
}

int
net_run(struct net *n)
{
	struct pollfd fds[POLL_MAX];

	n->now = clock_now_ms();
	do {
		uint64_t until = net_prepare(n, fds);
		int timeout = clock_poll_timeout(n->now, until);

		while (poll(fds, POLL_MAX, timeout) < 0)
			if (errno != EINTR)
				fatal("poll: %s", strerror(errno));
	} while (!net_turn(n, fds, clock_now_ms()));
	return 0;
}
