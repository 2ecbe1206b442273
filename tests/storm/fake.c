/*
 * Fake descriptors, and the system calls that know them.
 */
#include <assert.h>
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include "fake.h"
#include "secchat/limits.h"

enum kind {
	UNUSED,
	STREAM,
	LISTENER,
	LINK
};

struct message {
	uint8_t *p;
	size_t len;
};

struct fake {
	enum kind kind;
	int peer; /* index, or -1: it is gone */
	/* a stream: bytes that have arrived, and behind them those that are
	 * under way */
	uint8_t in[FAKE_STREAM];
	size_t arrived, len;
	int fin;   /* the end is under way */
	int ended; /* and has arrived */
	int reset, deaf;
	/* a listener's callers, a link's messages */
	int callers[FAKE_LINK];
	struct message msgs[FAKE_LINK];
	int n;
};

static struct fake fakes[FAKE_MAX];

static struct fake *
get(int fd)
{
	if (fd < FAKE_FIRST || fd >= FAKE_FIRST + FAKE_MAX)
		return NULL;
	assert(fakes[fd - FAKE_FIRST].kind != UNUSED);
	return &fakes[fd - FAKE_FIRST];
}

static int
take(enum kind kind)
{
	for (int i = 0; i < FAKE_MAX; i++) {
		if (fakes[i].kind != UNUSED)
			continue;
		fakes[i].kind = kind;
		fakes[i].peer = -1;
		fakes[i].arrived = fakes[i].len = 0;
		fakes[i].fin = fakes[i].ended = fakes[i].reset = 0;
		fakes[i].deaf = fakes[i].n = 0;
		return i;
	}
	abort();
}

static void
join(int a, int b)
{
	fakes[a].peer = b;
	fakes[b].peer = a;
}

void
fake_reset_all(void)
{
	for (int i = 0; i < FAKE_MAX; i++) {
		for (int k = 0; fakes[i].kind == LINK && k < fakes[i].n; k++)
			free(fakes[i].msgs[k].p);
		fakes[i].kind = UNUSED;
		fakes[i].n = 0;
	}
}

void
fake_link(int fd[2])
{
	int a = take(LINK), b = take(LINK);

	join(a, b);
	fd[0] = FAKE_FIRST + a;
	fd[1] = FAKE_FIRST + b;
}

int
fake_listener(void)
{
	return FAKE_FIRST + take(LISTENER);
}

int
fake_connect(int listener)
{
	struct fake *l;
	int a, b;

	if (listener < 0)
		return -1;
	l = get(listener);
	if (l->n == FAKE_LINK)
		return -1;
	a = take(STREAM);
	b = take(STREAM);
	join(a, b);
	l->callers[l->n++] = FAKE_FIRST + b;
	return FAKE_FIRST + a;
}

int
fake_streams(int fds[FAKE_MAX])
{
	int n = 0;

	for (int i = 0; i < FAKE_MAX; i++)
		if (fakes[i].kind == STREAM)
			fds[n++] = FAKE_FIRST + i;
	return n;
}

int
fake_any_cut(void)
{
	for (int i = 0; i < FAKE_MAX; i++)
		if (fakes[i].kind == STREAM &&
		    (fakes[i].deaf || fakes[i].reset))
			return 1;
	return 0;
}

static short
readable(const struct fake *f)
{
	switch (f->kind) {
	case STREAM:
		return f->arrived > 0 || f->ended || f->reset;
	case LISTENER:
		return f->n > 0;
	case LINK:
		return f->n > 0 || f->peer < 0;
	case UNUSED:
		break;
	}
	return 0;
}

static int
writable(const struct fake *f)
{
	const struct fake *to = f->peer < 0 ? NULL : &fakes[f->peer];

	if (f->reset || f->deaf)
		return f->reset;
	if (to == NULL)
		return 1;
	return f->kind == LINK ? to->n < FAKE_LINK : to->len < FAKE_STREAM;
}

short
fake_revents(int fd, short events)
{
	const struct fake *f = get(fd);
	short out = 0;

	if (f == NULL)
		return 0;
	if ((events & POLLIN) && readable(f))
		out |= POLLIN;
	if ((events & POLLOUT) && writable(f))
		out |= POLLOUT;
	if (events != 0 && f->reset)
		out |= POLLERR;
	return out;
}

int
fake_arrive(int fd, size_t n)
{
	struct fake *f = get(fd);
	size_t left = f->len - f->arrived;

	if (f->deaf || (left == 0 && (!f->fin || f->ended)))
		return 0;
	f->arrived += n < left ? n : left;
	if (f->arrived == f->len && f->fin)
		f->ended = 1;
	return 1;
}

void
fake_cut(int fd, int heard)
{
	struct fake *f = get(fd);

	if (heard)
		f->reset = 1;
	else
		f->deaf = 1;
	if (f->peer >= 0)
		fakes[f->peer].deaf |= !heard;
}

int
fake_damage(int fd, uint64_t random)
{
	struct fake *f = get(fd);
	size_t left = f->len - f->arrived;
	uint8_t *p = f->in + f->arrived;

	if (left == 0)
		return 0;
	switch (random & 3) {
	case 0: /* a bit flips */
		p[(random >> 8) % left] ^= (uint8_t)(1 << (random >> 4 & 7));
		break;
	case 1: /* some are lost */
		f->len = f->arrived + (random >> 8) % left;
		break;
	case 2: /* some come twice */
		if (left > FAKE_STREAM - f->len)
			return 0;
		memcpy(f->in + f->len, p, left);
		f->len += left;
		break;
	default: /* some change places */
		for (size_t i = 0; i < left / 2; i++) {
			uint8_t t = p[i];

			p[i] = p[left - 1 - i];
			p[left - 1 - i] = t;
		}
		break;
	}
	return 1;
}

/* ---- the system calls ---- */

ssize_t __real_read(int fd, void *buf, size_t len);
ssize_t __real_send(int fd, const void *buf, size_t len, int flags);
ssize_t __real_writev(int fd, const struct iovec *v, int n);
ssize_t __real_recvmsg(int fd, struct msghdr *msg, int flags);
int __real_shutdown(int fd, int how);
int __real_close(int fd);
int __real_accept4(int fd, struct sockaddr *sa, socklen_t *len, int flags);
ssize_t __wrap_read(int fd, void *buf, size_t len);
ssize_t __wrap_send(int fd, const void *buf, size_t len, int flags);
ssize_t __wrap_writev(int fd, const struct iovec *v, int n);
ssize_t __wrap_recvmsg(int fd, struct msghdr *msg, int flags);
int __wrap_shutdown(int fd, int how);
int __wrap_close(int fd);
int __wrap_accept4(int fd, struct sockaddr *sa, socklen_t *len, int flags);

static int
fails(int error)
{
	errno = error;
	return -1;
}

static ssize_t
take_message(struct fake *f, void *buf, size_t cap)
{
	ssize_t len;

	if (f->n == 0)
		return f->peer < 0 ? 0 : fails(EAGAIN);
	len = (ssize_t)f->msgs[0].len;
	assert(f->msgs[0].len <= cap);
	memcpy(buf, f->msgs[0].p, f->msgs[0].len);
	free(f->msgs[0].p);
	f->n--;
	memmove(&f->msgs[0], &f->msgs[1], (size_t)f->n * sizeof f->msgs[0]);
	return len;
}

ssize_t
__wrap_read(int fd, void *buf, size_t len)
{
	struct fake *f = get(fd);

	if (f == NULL)
		return __real_read(fd, buf, len);
	if (f->kind == LINK)
		return take_message(f, buf, len);
	if (f->arrived > 0) {
		len = len < f->arrived ? len : f->arrived;
		memcpy(buf, f->in, len);
		memmove(f->in, f->in + len, f->len - len);
		f->arrived -= len;
		f->len -= len;
		return (ssize_t)len;
	}
	if (f->reset)
		return fails(ECONNRESET);
	return f->ended ? 0 : fails(EAGAIN);
}

ssize_t
__wrap_send(int fd, const void *buf, size_t len, int flags)
{
	struct fake *f = get(fd), *to;

	if (f == NULL)
		return __real_send(fd, buf, len, flags);
	if (f->reset)
		return fails(ECONNRESET);
	if (f->peer < 0)
		return fails(EPIPE);
	to = &fakes[f->peer];
	len = len < FAKE_STREAM - to->len ? len : FAKE_STREAM - to->len;
	if (len == 0)
		return fails(EAGAIN);
	memcpy(to->in + to->len, buf, len);
	to->len += len;
	return (ssize_t)len;
}

int
__wrap_shutdown(int fd, int how)
{
	struct fake *f = get(fd);

	if (f == NULL)
		return __real_shutdown(fd, how);
	if (f->peer >= 0)
		fakes[f->peer].fin = 1;
	return 0;
}

/* What was not read makes a reset of it, as TCP does. */
int
__wrap_close(int fd)
{
	struct fake *f = get(fd), *peer;

	if (f == NULL)
		return __real_close(fd);
	peer = f->peer >= 0 ? &fakes[f->peer] : NULL;
	if (peer != NULL) {
		peer->peer = -1;
		peer->fin = 1;
		if (f->kind == STREAM && f->len > 0 && !f->deaf)
			peer->reset = 1;
	}
	for (int i = 0; f->kind == LISTENER && i < f->n; i++)
		__wrap_close(f->callers[i]);
	for (int i = 0; f->kind == LINK && i < f->n; i++)
		free(f->msgs[i].p);
	f->kind = UNUSED;
	f->n = 0;
	return 0;
}

int
__wrap_accept4(int fd, struct sockaddr *sa, socklen_t *len, int flags)
{
	struct fake *f = get(fd);
	struct sockaddr_in in = {.sin_family = AF_INET,
	    .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	    .sin_port = htons(5000)};
	int caller;

	if (f == NULL)
		return __real_accept4(fd, sa, len, flags);
	if (f->n == 0)
		return fails(EAGAIN);
	caller = f->callers[0];
	f->n--;
	memmove(&f->callers[0], &f->callers[1],
	    (size_t)f->n * sizeof f->callers[0]);
	memcpy(sa, &in, sizeof in);
	*len = sizeof in;
	return caller;
}

ssize_t
__wrap_writev(int fd, const struct iovec *v, int n)
{
	struct fake *f = get(fd), *to;
	struct message *m;

	if (f == NULL)
		return __real_writev(fd, v, n);
	if (f->peer < 0)
		return fails(EPIPE);
	to = &fakes[f->peer];
	if (to->n == FAKE_LINK)
		return fails(EAGAIN);
	m = &to->msgs[to->n++];
	m->len = 0;
	m->p = malloc(IPC_RECORD_MAX);
	assert(m->p != NULL);
	for (int i = 0; i < n; i++) {
		assert(m->len + v[i].iov_len <= IPC_RECORD_MAX);
		if (v[i].iov_len > 0)
			memcpy(m->p + m->len, v[i].iov_base, v[i].iov_len);
		m->len += v[i].iov_len;
	}
	return (ssize_t)m->len;
}

ssize_t
__wrap_recvmsg(int fd, struct msghdr *msg, int flags)
{
	struct fake *f = get(fd);

	if (f == NULL)
		return __real_recvmsg(fd, msg, flags);
	msg->msg_controllen = 0;
	msg->msg_flags = 0;
	return take_message(
	    f, msg->msg_iov[0].iov_base, msg->msg_iov[0].iov_len);
}
