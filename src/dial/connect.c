/*
 * The race for the first connection.
 */
#include <errno.h>
#include <poll.h>
#include <string.h>

#include "dial.h"
#include "secchat/addr.h"
#include "secchat/err.h"
#include "secchat/util.h"

/* fd[i] is the attempt at target i: -1 not begun, failed, or won. */
struct race {
	const struct targets *t;
	struct answer *a;
	int fd[TARGETS_MAX];
	size_t next; /* the target to begin with next */
	size_t running;
};

/*
 * Whether a failure says something about the peer, and not just that this
 * computer has no IPv6 (or no IPv4) at all.
 */
static int
is_telling(int error)
{
	return error != ENETUNREACH && error != EADDRNOTAVAIL &&
	       error != EAFNOSUPPORT;
}

/* Keep the first failure, unless a more telling one comes. */
static void
note_failure(struct race *r, size_t i, int error)
{
	struct answer *a = r->a;

	if (a->err != 0 && (is_telling(a->sys) || !is_telling(error)))
		return;
	a->err = error == ETIMEDOUT ? ERR_TIMEOUT : ERR_CONNECT;
	a->sys = error;
	addr_text(a->addr, &r->t->t[i].sa);
}

static void
won(struct race *r, size_t i, int fd)
{
	r->a->err = 0;
	r->a->sys = 0;
	r->a->fd = fd;
	addr_text(r->a->addr, &r->t->t[i].sa);
}

static void
begin(struct race *r)
{
	size_t i = r->next++;
	const struct target *to = &r->t->t[i];
	int fd = dial_socket(to->sa.sa_family);

	if (fd >= 0 && connect(fd, &to->sa, to->len) == 0) {
		won(r, i, fd);
	} else if (fd >= 0 && errno == EINPROGRESS) {
		r->fd[i] = fd;
		r->running++;
	} else {
		note_failure(r, i, errno);
		fd_close(fd);
	}
}

/* The attempt at target i has come to an end. */
static void
ended(struct race *r, size_t i)
{
	int fd = r->fd[i], error = 0;
	socklen_t len = sizeof error;

	r->fd[i] = -1;
	r->running--;
	if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &len) < 0)
		error = errno;
	if (error == 0) {
		won(r, i, fd);
	} else {
		note_failure(r, i, error);
		fd_close(fd);
	}
}

/* Wait for one of them.  -ERR_EOF when the link's other end has gone. */
static int
wait_for_one(struct race *r, int link, int timeout)
{
	struct pollfd p[TARGETS_MAX + 1];

	for (size_t i = 0; i < TARGETS_MAX; i++)
		p[i] = (struct pollfd){.fd = r->fd[i], .events = POLLOUT};
	p[TARGETS_MAX] = (struct pollfd){.fd = link};
	if (poll(p, ARRAY_LEN(p), timeout) < 0 && errno != EINTR)
		fatal("poll: %s", strerror(errno));
	if (p[TARGETS_MAX].revents != 0)
		return -ERR_EOF;
	for (size_t i = 0; i < TARGETS_MAX && r->a->fd < 0; i++)
		if (r->fd[i] >= 0 && p[i].revents != 0)
			ended(r, i);
	return 0;
}

/* Nobody was quicker than the time allowed. */
static void
time_out(struct race *r)
{
	for (size_t i = 0; i < TARGETS_MAX; i++)
		if (r->fd[i] >= 0)
			note_failure(r, i, ETIMEDOUT);
}

static int
run(struct race *r, int link, uint64_t now, uint64_t end)
{
	uint64_t next_at = now;

	while (r->a->fd < 0) {
		int more = r->next < r->t->n;

		if (now >= end) {
			time_out(r);
			return 0;
		}
		if (more && (now >= next_at || r->running == 0)) {
			begin(r);
			next_at = now + STAGGER_MS;
			continue;
		}
		if (r->running == 0)
			return 0;
		if (wait_for_one(r, link,
			clock_poll_timeout(
			    now, more ? MIN(next_at, end) : end)) < 0)
			return -ERR_EOF;
		now = clock_now_ms();
	}
	return 0;
}

int
dial_connect(
    const struct targets *t, int link, uint32_t timeout_ms, struct answer *a)
{
	struct race r = {.t = t, .a = a};
	uint64_t now = clock_now_ms();
	int v;

	for (size_t i = 0; i < TARGETS_MAX; i++)
		r.fd[i] = -1;
	v = run(&r, link, now, now + timeout_ms);
	for (size_t i = 0; i < TARGETS_MAX; i++)
		fd_close(r.fd[i]);
	return v;
}
