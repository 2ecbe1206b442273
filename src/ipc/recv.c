/*
 * Receiving: one record, checked against the table, then the dispatcher.
 */
#include <assert.h>
#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "ipc.h"
#include "secchat/err.h"
#include "secchat/util.h"

const char *
ipc_role_name(uint8_t role)
{
	switch (role) {
	case ROLE_SUPER:
		return "supervisor";
	case ROLE_CRYPTO:
		return "crypto";
	case ROLE_NET:
		return "net";
	case ROLE_UI:
		return "front end";
	case ROLE_DIAL:
		return "dial";
	case ROLE_PRICE:
		return "price";
	case ROLE_FILE:
		return "file";
	default:
		return "?";
	}
}

/* What is wrong with a message, or NULL. */
static const char *
complaint(const struct ipc_link *l, uint8_t from, unsigned type, size_t len,
    int has_fd)
{
	const struct ipc_row *row = ipc_row(type);

	if (row == NULL)
		return "unknown type";
	if (!(row->from & from))
		return "wrong sender";
	if (!(row->links & ON(l->id)))
		return "wrong link";
	if (len < row->min || len > row->max)
		return "wrong size";
	if (!row->fd != !has_fd)
		return row->fd ? "descriptor missing" : "unwanted descriptor";
	return NULL;
}

const struct ipc_row *
ipc_check(const struct ipc_link *l, uint8_t from, unsigned type, size_t len,
    int has_fd)
{
	const char *what = complaint(l, from, type, len, has_fd);

	if (what != NULL)
		fatal("ipc %s: %s broke the message table: %s (type %u, %zu "
		      "bytes)",
		    ipc_link_name(l->id), ipc_role_name(from), what, type, len);
	return ipc_row(type);
}

static uint8_t
other_end(const struct ipc_link *l)
{
	uint8_t a, b;

	ipc_link_ends(l->id, &a, &b);
	return l->self == a ? b : a;
}

/* Take a record of n bytes apart.  0, or -ERR_FORMAT: the header lies. */
static int
split(const uint8_t *buf, size_t n, int fd, struct ipc_msg *m)
{
	struct reader r;
	uint32_t len;
	uint16_t zero;

	reader_init(&r, buf, n);
	len = get_u32(&r);
	m->type = get_u16(&r);
	zero = get_u16(&r);
	m->body = buf + IPC_HEAD;
	m->len = n - IPC_HEAD;
	m->fd = fd;
	return r.failed || len != n || zero != 0 ? -ERR_FORMAT : 0;
}

/* A record of n bytes has arrived in buf. */
static void
parse(
    struct ipc_link *l, const uint8_t *buf, size_t n, int fd, struct ipc_msg *m)
{
	if (split(buf, n, fd, m) < 0)
		fatal("ipc %s: malformed header (%zu bytes)",
		    ipc_link_name(l->id), n);
	ipc_check(l, other_end(l), m->type, m->len, fd >= 0);
}

/*
 * What a read's result means: 1 a record, 0 none now, -ERR_EOF.  A reset is
 * reported once by the socket; what was sent before it is still there, so
 * the caller reads on.
 */
static int
verdict(const struct ipc_link *l, ssize_t n, int *again)
{
	*again = 0;
	if (n > 0)
		return 1;
	if (n == 0)
		return -ERR_EOF;
	if (errno == EINTR || errno == ECONNRESET) {
		*again = 1;
		return 0;
	}
	if (errno == EAGAIN)
		return 0;
	fatal("ipc %s: read: %s", ipc_link_name(l->id), strerror(errno));
}

int
ipc_recv(struct ipc_link *l, uint8_t *buf, size_t cap, struct ipc_msg *m)
{
	int again, v;
	ssize_t n;

	assert(cap > IPC_RECORD_MAX);
	do {
		n = read(l->fd, buf, cap);
		v = verdict(l, n, &again);
	} while (again);
	if (v == 1)
		parse(l, buf, (size_t)n, -1, m);
	return v;
}

/* What came and is not wanted: the kernel has put it in our table. */
static void
close_passed(struct msghdr *msg)
{
	for (struct cmsghdr *c = CMSG_FIRSTHDR(msg); c != NULL;
	     c = CMSG_NXTHDR(msg, c)) {
		size_t n = (c->cmsg_len - CMSG_LEN(0)) / sizeof(int);
		int fd;

		if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS)
			continue;
		for (size_t i = 0; i < n; i++) {
			memcpy(&fd, CMSG_DATA(c) + i * sizeof fd, sizeof fd);
			fd_close(fd);
		}
	}
}

/* So many turns with one record are a habit; every so many are tested. */
#define HABIT 8

unsigned
ipc_turn(const struct ipc_link *l, unsigned most)
{
	return l->alone < HABIT || l->alone % HABIT == 0 ? most : 1;
}

void
ipc_turned(struct ipc_link *l, unsigned came)
{
	if (came > 1)
		l->alone = 0;
	else if (l->alone == UINT8_MAX)
		l->alone = HABIT;
	else
		l->alone++;
}

/* The one descriptor of a control message in *fd, or -1.  0, or -ERR_FORMAT
 * when there are more, or something else: then none is left open. */
static int
passed_fd(struct msghdr *msg, int *fd)
{
	struct cmsghdr *c = CMSG_FIRSTHDR(msg);
	int cut = msg->msg_flags & (MSG_CTRUNC | MSG_TRUNC);

	*fd = -1;
	if (c == NULL && !cut)
		return 0;
	if (c == NULL || cut || c->cmsg_level != SOL_SOCKET ||
	    c->cmsg_type != SCM_RIGHTS || c->cmsg_len != CMSG_LEN(sizeof *fd)) {
		close_passed(msg);
		return -ERR_FORMAT;
	}
	memcpy(fd, CMSG_DATA(c), sizeof *fd);
	return 0;
}

/* One record with what rides along: 1, 0, -ERR_EOF or -ERR_FORMAT. */
static int
take(struct ipc_link *l, uint8_t *buf, size_t cap, size_t *len, int *fd)
{
	/* Alignment makes it large enough for two, and no more. */
	union {
		struct cmsghdr align;
		char buf[CMSG_SPACE(sizeof(int))];
	} control;
	int again, v;
	ssize_t n;
	struct iovec iov = {.iov_base = buf, .iov_len = cap};
	struct msghdr msg;

	assert(cap > IPC_RECORD_MAX);
	do {
		memset(&msg, 0, sizeof msg);
		msg.msg_iov = &iov;
		msg.msg_iovlen = 1;
		msg.msg_control = control.buf;
		msg.msg_controllen = sizeof control.buf;
		n = recvmsg(l->fd, &msg, MSG_CMSG_CLOEXEC);
		v = verdict(l, n, &again);
	} while (again);
	if (v != 1)
		return v;
	*len = (size_t)n;
	return passed_fd(&msg, fd) < 0 ? -ERR_FORMAT : 1;
}

int
ipc_recv_fd(struct ipc_link *l, uint8_t *buf, size_t cap, struct ipc_msg *m)
{
	size_t len = 0;
	int fd = -1, v = take(l, buf, cap, &len, &fd);

	if (v == -ERR_FORMAT)
		fatal("ipc %s: truncated record, or unexpected control data",
		    ipc_link_name(l->id));
	if (v == 1)
		parse(l, buf, len, fd, m);
	return v;
}

int
ipc_recv_any(struct ipc_link *l, uint8_t *buf, size_t cap, struct ipc_msg *m)
{
	size_t len = 0;
	int fd = -1, v = take(l, buf, cap, &len, &fd);

	if (v == 1 &&
	    (split(buf, len, fd, m) < 0 ||
		complaint(l, other_end(l), m->type, m->len, fd >= 0) != NULL))
		v = -ERR_FORMAT;
	if (v == -ERR_FORMAT && fd >= 0)
		fd_close(fd);
	return v;
}

int
ipc_dispatch_any(const struct ipc_msg *m, const struct ipc_handler *table,
    size_t n, unsigned state, void *ctx)
{
	struct reader r;

	for (size_t i = 0; i < n; i++) {
		if (table[i].type != m->type)
			continue;
		if (!(table[i].states & IN(state))) {
			fd_close(m->fd);
			return -ERR_AGAIN;
		}
		reader_init(&r, m->body, m->len);
		table[i].fn(ctx, &r, m->fd);
		return reader_end(&r);
	}
	fd_close(m->fd);
	return -ERR_USAGE;
}

void
ipc_dispatch(const struct ipc_link *l, const struct ipc_msg *m,
    const struct ipc_handler *table, size_t n, unsigned state, void *ctx)
{
	const char *name = ipc_row(m->type)->name;
	int err = ipc_dispatch_any(m, table, n, state, ctx);

	if (err == -ERR_AGAIN)
		fatal("ipc %s: %s in state %u", ipc_link_name(l->id), name,
		    state);
	if (err == -ERR_FORMAT)
		fatal("ipc %s: malformed %s", ipc_link_name(l->id), name);
	if (err < 0)
		fatal("ipc %s: %s is not for this program",
		    ipc_link_name(l->id), name);
}
