/*
 * The system calls and functions that the linker leads to the stage.  Off the
 * stage, and for descriptors that are not on it, they are what they are
 * called.
 */
#include <assert.h>
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/uio.h>
#include <time.h>

#include "../../wrapped.h"
#include "secchat/util.h"
#include "stage.h"

/* The linker's names for what is wrapped and for what wraps it. */
/* The program asks us about a descriptor of the stage. */
static struct prop *
on_stage(int fd)
{
	return stage.on ? stage_at(fd) : NULL;
}

/* ---- reading ---- */

static void
put(struct writer *w, const struct stage_piece *m, size_t from, size_t len)
{
	int zeros = m->n == 0 || m->zeros;

	for (size_t i = 0; i < len; i++) {
		size_t at = from + i;

		put_u8(w, at < m->n ? m->p[at] : zeros ? 0 : m->p[at % m->n]);
	}
}

static void
drop_first(struct prop *p)
{
	p->first = (p->first + 1) % STAGE_QUEUE;
	p->count--;
	p->taken = 0;
}

static ssize_t
nothing(const struct prop *p)
{
	errno = EAGAIN;
	return p->ended ? 0 : -1;
}

/* One record, or what there is of a stream; *rides: a descriptor along. */
static ssize_t
take(struct prop *p, void *buf, size_t cap, int *rides)
{
	struct stage_piece *m = &p->in[p->first];
	struct writer w;

	*rides = 0;
	if (p->kind == PROP_LISTENER) {
		errno = EINVAL;
		return -1;
	}
	if (p->reset && !p->told) {
		/* Told once; behind it, on a link, is what came before. */
		p->told = 1;
		if (p->kind == PROP_STREAM)
			p->count = 0;
		errno = p->socket ? p->reset : ECONNRESET;
		return -1;
	}
	if (p->count == 0)
		return nothing(p);
	writer_init(&w, buf, cap);
	if (p->kind == PROP_LINK) {
		if (m->type != 0) {
			put_u32(&w, (uint32_t)(IPC_HEAD + m->len));
			put_u16(&w, (uint16_t)m->type);
			put_u16(&w, 0);
		}
		put(&w, m, 0, MIN(m->len, cap - w.len));
		*rides = m->fd;
		if (p->gave != NULL && m->type != 0)
			p->gave(p, m->type, (uint8_t *)buf + IPC_HEAD,
			    w.len - IPC_HEAD);
		drop_first(p);
		return (ssize_t)w.len;
	}
	put(&w, m, p->taken, MIN(m->len - p->taken, cap));
	p->taken += w.len;
	if (p->taken == m->len)
		drop_first(p);
	return (ssize_t)w.len;
}

WRAPPED(ssize_t, read, int fd, void *buf, size_t len)
{
	struct prop *p = on_stage(fd);
	int rides;

	return p == NULL ? __real_read(fd, buf, len)
			 : take(p, buf, len, &rides);
}

WRAPPED(ssize_t, __read_chk, int fd, void *buf, size_t len, size_t size)
{
	assert(len <= size);
	return __wrap_read(fd, buf, len);
}

WRAPPED(ssize_t, recv, int fd, void *buf, size_t len, int flags)
{
	struct prop *p = on_stage(fd);
	int rides;

	return p == NULL ? __real_recv(fd, buf, len, flags)
			 : take(p, buf, len, &rides);
}

WRAPPED(
    ssize_t, __recv_chk, int fd, void *buf, size_t len, size_t size, int flags)
{
	assert(len <= size);
	return __wrap_recv(fd, buf, len, flags);
}

WRAPPED(ssize_t, recvmsg, int fd, struct msghdr *msg, int flags)
{
	struct prop *p = on_stage(fd), *along;
	struct cmsghdr *c;
	enum prop_kind kind;
	int rides;
	ssize_t n;

	if (p == NULL)
		return __real_recvmsg(fd, msg, flags);
	assert(msg->msg_iovlen == 1);
	kind = p->in[p->first].type == IPC_NET_LISTENER ? PROP_LISTENER
							: PROP_STREAM;
	n = take(p, msg->msg_iov->iov_base, msg->msg_iov->iov_len, &rides);
	msg->msg_flags = 0;
	along = n > 0 && rides ? stage_prop(-1, kind) : NULL;
	if (along == NULL) {
		msg->msg_controllen = 0;
		return n;
	}
	along->socket = kind == PROP_STREAM;
	if (stage.came != NULL)
		stage.came(along);
	c = CMSG_FIRSTHDR(msg);
	c->cmsg_level = SOL_SOCKET;
	c->cmsg_type = SCM_RIGHTS;
	c->cmsg_len = CMSG_LEN(sizeof along->fd);
	memcpy(CMSG_DATA(c), &along->fd, sizeof along->fd);
	return n;
}

/* ---- writing ---- */

static ssize_t
give(struct prop *p, const struct iovec *v, int n)
{
	static uint8_t all[IPC_RECORD_MAX + 1];
	struct reader r;
	struct writer w;
	unsigned type;
	size_t len = 0;

	for (int i = 0; i < n; i++)
		len += v[i].iov_len;
	if (p->kind == PROP_LINK ? p->ended : p->reset) {
		/* Of a socket whoever asks first is told why. */
		errno = p->socket && !p->told ? p->reset : EPIPE;
		p->told |= p->socket;
		return -1;
	}
	if (p->fails > 0) {
		p->fails--;
		errno = p->error;
		return -1;
	}
	if (p->full > 0) {
		p->full--;
		errno = EAGAIN;
		return -1;
	}
	if (p->kind == PROP_LINK && p->most > 0) {
		errno = EAGAIN;
		if (p->room == 0)
			return -1;
		p->room--;
	}
	if (p->kind == PROP_STREAM && p->most > 0 && len > p->most)
		len = p->most;
	if (p->kind == PROP_STREAM)
		len = MIN(len, sizeof all);
	writer_init(&w, all, sizeof all);
	for (int i = 0; i < n && w.len < len; i++)
		put_bytes(&w, v[i].iov_base, MIN(v[i].iov_len, len - w.len));
	len = w.len;
	if (w.failed)
		stage_broken("a record that is too large");
	if (p->kind != PROP_LINK) {
		if (p->took != NULL)
			p->took(p, 0, all, len);
		return (ssize_t)len;
	}
	reader_init(&r, all, len);
	if (get_u32(&r) != len)
		stage_broken("a record with a wrong length");
	type = get_u16(&r);
	get_u16(&r);
	if (p->took != NULL)
		p->took(p, type, r.p, r.left);
	return (ssize_t)len;
}

static ssize_t
give_bytes(struct prop *p, const void *buf, size_t len)
{
	/* Nobody writes through an iovec of a write. */
	union {
		const void *in;
		void *out;
	} u = {.in = buf};
	struct iovec v = {.iov_base = u.out, .iov_len = len};

	return give(p, &v, 1);
}

/* What is said on stderr is nobody's here. */
WRAPPED(ssize_t, write, int fd, const void *buf, size_t len)
{
	struct prop *p = on_stage(fd);

	if (p == NULL && stage.on && fd == 2)
		return (ssize_t)len;
	return p == NULL ? __real_write(fd, buf, len) : give_bytes(p, buf, len);
}

WRAPPED(ssize_t, send, int fd, const void *buf, size_t len, int flags)
{
	struct prop *p = on_stage(fd);

	return p == NULL ? __real_send(fd, buf, len, flags)
			 : give_bytes(p, buf, len);
}

WRAPPED(ssize_t, writev, int fd, const struct iovec *v, int n)
{
	struct prop *p = on_stage(fd);

	return p == NULL ? __real_writev(fd, v, n) : give(p, v, n);
}

WRAPPED(ssize_t, sendmsg, int fd, const struct msghdr *msg, int flags)
{
	struct prop *p = on_stage(fd);

	return p == NULL ? __real_sendmsg(fd, msg, flags)
			 : give(p, msg->msg_iov, (int)msg->msg_iovlen);
}

/* ---- descriptors ---- */

WRAPPED(int, close, int fd)
{
	struct prop *p = on_stage(fd);

	if (p == NULL)
		return __real_close(fd);
	p->kind = PROP_NONE;
	return 0;
}

WRAPPED(int, shutdown, int fd, int how)
{
	return on_stage(fd) == NULL ? __real_shutdown(fd, how) : 0;
}

WRAPPED(int, accept4, int fd, struct sockaddr *sa, socklen_t *len, int flags)
{
	struct prop *p = on_stage(fd), *new;

	if (p == NULL)
		return __real_accept4(fd, sa, len, flags);
	if (p->kind != PROP_LISTENER) {
		errno = EINVAL;
		return -1;
	}
	if (p->fails > 0) {
		p->fails--;
		errno = p->error;
		return -1;
	}
	if (p->count == 0 || p->full > 0) {
		errno = p->full > 0 ? ECONNABORTED : EAGAIN;
		p->full = 0;
		return -1;
	}
	new = stage_prop(-1, PROP_STREAM);
	if (new == NULL) {
		errno = EMFILE;
		return -1;
	}
	new->socket = 1;
	if (stage.came != NULL)
		stage.came(new);
	drop_first(p);
	memcpy(sa, &p->who, sizeof p->who);
	*len = sizeof p->who;
	return new->fd;
}

WRAPPED(int, fd_set_nonblock, int fd, int on)
{
	return on_stage(fd) == NULL ? __real_fd_set_nonblock(fd, on) : 0;
}

/* ---- waiting and time ---- */

WRAPPED(int, poll, struct pollfd *p, nfds_t n, int ms)
{
	return stage.on ? stage_wait(p, n, ms) : __real_poll(p, n, ms);
}

WRAPPED(int, __poll_chk, struct pollfd *p, nfds_t n, int ms, size_t size)
{
	assert(n <= size / sizeof *p);
	return __wrap_poll(p, n, ms);
}

WRAPPED(int, ppoll, struct pollfd *p, nfds_t n, const struct timespec *ts,
    const sigset_t *mask)
{
	if (!stage.on)
		return __real_ppoll(p, n, ts, mask);
	return stage_wait(p, n,
	    ts == NULL ? -1 : (int)(ts->tv_sec * 1000 + ts->tv_nsec / 1000000));
}

WRAPPED(int, __ppoll_chk, struct pollfd *p, nfds_t n, const struct timespec *ts,
    const sigset_t *mask, size_t size)
{
	assert(n <= size / sizeof *p);
	return __wrap_ppoll(p, n, ts, mask);
}

WRAPPED(uint64_t, clock_now_ms, void)
{
	return stage.on ? stage.now : __real_clock_now_ms();
}

WRAPPED(uint64_t, clock_utc_ms, void)
{
	return stage.on ? stage.utc : __real_clock_utc_ms();
}

/* ---- the end ---- */

/*
 * It may die of what others did.  That it broke the message table itself, or
 * gave a link more than it takes, is its own fault.
 */
static void
judge(const char *words)
{
	char own[80];

	snprintf(own, sizeof own, ": %s broke the message table",
	    stage.self != NULL ? stage.self : "nobody");
	if (strstr(words, own) != NULL || strstr(words, "behind a full queue"))
		stage_broken("%s", words);
}

void __wrap_fatal(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
_Noreturn void __real_fatal(const char *fmt, ...);

void
__wrap_fatal(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	if (!stage.on) {
		char words[512];

		vsnprintf(words, sizeof words, fmt, ap);
		va_end(ap);
		__real_fatal("%s", words);
	}
	vsnprintf(stage.last_words, sizeof stage.last_words, fmt, ap);
	va_end(ap);
	judge(stage.last_words);
	longjmp(stage.end, 1);
}
