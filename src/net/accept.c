/*
 * New connections: strangers from the listener, and the dialled one.
 */
#include <errno.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "net.h"
#include "secchat/addr.h"
#include "secchat/util.h"

/* Strangers sent away in one turn of the loop. */
#define ACCEPT_MAX 16

static void
announce(struct net *n, const struct conn *c, int over, const char *addr)
{
	uint8_t body[7 + ADDR_TEXT_MAX];
	struct writer w;

	writer_init(&w, body, sizeof body);
	put_u32(&w, c->id);
	put_u8(&w, c->inbound);
	put_u8(&w, over ? 1 : 0);
	put_str8(&w, addr);
	ipc_send(&n->crypto, IPC_CONN_OPEN, body, w.len);
}

void
net_add_dialled(struct net *n, int fd, const char *addr)
{
	struct conn *c = slots_take(&n->slots, NULL, fd, n->now);
	struct conn *old;

	/* A goodbye in progress gives way to what comes next. */
	if (c == NULL && (old = slots_closing_big(&n->slots)) != NULL) {
		conn_lose(n, old, 0);
		c = slots_take(&n->slots, NULL, fd, n->now);
	}
	if (c == NULL)
		fatal("supervisor dialled more connections than there is "
		      "room for");
	announce(n, c, 0, addr);
}

/* Make room for a stranger.  0 when there is none. */
static int
make_room(struct net *n, const struct source *src)
{
	struct conn *victim;

	switch (slots_admit(&n->slots, src, n->now, &victim)) {
	case ADMIT_FREE:
		return 1;
	case ADMIT_EVICT:
		if (victim->state != CONN_CLOSING)
			n->counters.evicted++;
		conn_lose(n, victim, LOST_EVICTED);
		return 1;
	case ADMIT_SOURCE_FULL:
		n->counters.over_limit++;
		return 0;
	case ADMIT_FULL:
		break;
	}
	n->counters.no_slot++;
	return 0;
}

static void
admit(struct net *n, int fd, const struct sockaddr *sa)
{
	char addr[ADDR_TEXT_MAX + 1];
	struct source src;
	struct conn *c;
	int over;

	n->counters_dirty = 1;
	source_of(&src, sa);
	c = make_room(n, &src) ? slots_take(&n->slots, &src, fd, n->now) : NULL;
	if (c == NULL) {
		fd_close(fd);
		return;
	}
	over = attempts_over(&n->attempts, &src, n->now);
	n->counters.accepted++;
	n->counters.over_limit += over ? 1 : 0;
	addr_text(addr, sa);
	announce(n, c, over, addr);
}

/*
 * What a failed accept4 means: 1 go on, 0 no more now.  Linux reports network
 * errors that were pending on the new connection; those are the stranger's.
 */
static int
go_on(struct net *n)
{
	switch (errno) {
	case EAGAIN:
		return 0;
	case EMFILE:
	case ENFILE:
	case ENOBUFS:
	case ENOMEM:
		n->accept_at = n->now + n->slots.lim.accept_pause_ms;
		return 0;
	case EBADF:
	case EFAULT:
	case EINVAL:
	case ENOTSOCK:
	case EOPNOTSUPP:
		fatal("accept: %s", strerror(errno));
	default:
		return 1;
	}
}

int
net_accepting(const struct net *n)
{
	return n->listener >= 0 && n->now >= n->accept_at &&
	       !ipc_pending(&n->crypto) && !slots_unanswered(&n->slots);
}

void
net_accept(struct net *n)
{
	struct sockaddr_storage ss;
	struct sockaddr *sa = (void *)&ss;

	for (int i = 0; i < ACCEPT_MAX && net_accepting(n); i++) {
		socklen_t len = sizeof ss;
		int fd;

		memset(&ss, 0, sizeof ss);
		fd = accept4(
		    n->listener, sa, &len, SOCK_NONBLOCK | SOCK_CLOEXEC);
		if (fd >= 0)
			admit(n, fd, sa);
		else if (!go_on(n))
			return;
	}
}
