/*
 * Sending: check against the table, write, queue what the socket refuses.
 */
#include <assert.h>
#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/uio.h>
#include <unistd.h>

#include "ipc.h"
#include "secchat/err.h"
#include "secchat/sandbox.h"
#include "secchat/util.h"

void
ipc_init(struct ipc_link *l, int fd, enum ipc_link_id id, uint8_t self,
    void *queue, size_t cap)
{
	l->fd = fd;
	l->id = id;
	l->self = self;
	/* What waits may be texts: no copy stays. */
	byteq_init(&l->queue, queue, cap, 1);
	l->alone = 0;
}

static void
put_head(uint8_t head[IPC_HEAD], unsigned type, size_t body_len)
{
	struct writer w;

	writer_init(&w, head, IPC_HEAD);
	put_u32(&w, (uint32_t)(IPC_HEAD + body_len));
	put_u16(&w, (uint16_t)type);
	put_u16(&w, 0);
}

/* The socket's other end is gone: its reader learns it from ipc_recv. */
static int
gone(int error)
{
	return error == EPIPE || error == ECONNRESET || error == ENOTCONN;
}

/*
 * One record out.  1 written (or nobody is left to read it), 0 the socket is
 * full.
 */
static int
write_record(struct ipc_link *l, struct iovec *iov, int n)
{
	for (;;) {
		if (writev(l->fd, iov, n) >= 0 || gone(errno))
			return 1;
		if (errno == EINTR)
			continue;
		if (errno == EAGAIN || errno == ENOBUFS)
			return 0;
		fatal(
		    "ipc %s: write: %s", ipc_link_name(l->id), strerror(errno));
	}
}

static void
enqueue(struct ipc_link *l, const struct iovec *iov, int n, const char *name)
{
	size_t need = 0;

	for (int i = 0; i < n; i++)
		need += iov[i].iov_len;
	if (need > byteq_room(&l->queue))
		fatal("ipc %s: %s does not fit the queue; the other end does "
		      "not read",
		    ipc_link_name(l->id), name);
	for (int i = 0; i < n; i++)
		byteq_put(&l->queue, iov[i].iov_base, iov[i].iov_len);
}

static struct iovec
piece(const void *p, size_t len)
{
	/* writev takes a pointer that is not const and does not write. */
	union {
		const void *in;
		void *out;
	} u = {.in = p};

	return (struct iovec){.iov_base = u.out, .iov_len = len};
}

void
ipc_send2(struct ipc_link *l, unsigned type, const void *body_head,
    size_t head_len, const void *body, size_t len)
{
	const struct ipc_row *row =
	    ipc_check(l, l->self, type, head_len + len, 0);
	uint8_t head[IPC_HEAD];
	struct iovec iov[3] = {piece(head, sizeof head),
	    piece(body_head, head_len), piece(body, len)};

	put_head(head, type, head_len + len);
	if (ipc_pending(l) || !write_record(l, iov, 3))
		enqueue(l, iov, 3, row->name);
}

void
ipc_send(struct ipc_link *l, unsigned type, const void *body, size_t len)
{
	ipc_send2(l, type, NULL, 0, body, len);
}

void
ipc_send_ready(struct ipc_link *l, const struct jail_report *report)
{
	uint8_t body[9];
	struct writer w;

	writer_init(&w, body, sizeof body);
	put_u32(&w, report->applied);
	put_u32(&w, report->missing);
	put_u8(&w, report->unconfined);
	ipc_send(l, IPC_READY, body, w.len);
}

void
ipc_send_fd(
    struct ipc_link *l, unsigned type, const void *body, size_t len, int fd)
{
	const struct ipc_row *row = ipc_check(l, l->self, type, len, 1);
	uint8_t head[IPC_HEAD];
	struct iovec iov[2] = {piece(head, sizeof head), piece(body, len)};
	int err;

	put_head(head, type, len);
	if (ipc_pending(l))
		fatal("ipc %s: %s behind a full queue", ipc_link_name(l->id),
		    row->name);
	err = fd_pass(l->fd, iov, 2, fd);
	if (err != 0 && !gone(err))
		fatal("ipc %s: %s: %s", ipc_link_name(l->id), row->name,
		    strerror(err));
}

size_t
ipc_room(const struct ipc_link *l)
{
	size_t left = byteq_room(&l->queue);

	return left > IPC_HEAD ? left - IPC_HEAD : 0;
}

int
ipc_pending(const struct ipc_link *l)
{
	return l->queue.len > 0;
}

void
ipc_flush(struct ipc_link *l)
{
	while (ipc_pending(l)) {
		const uint8_t *record = byteq_peek(&l->queue);
		struct reader r;
		size_t n;
		struct iovec iov;

		reader_init(&r, record, l->queue.len);
		n = get_u32(&r);
		assert(n >= IPC_HEAD && n <= l->queue.len);
		iov = piece(record, n);
		if (!write_record(l, &iov, 1))
			break;
		byteq_drop(&l->queue, n);
	}
}

void
ipc_drain(struct ipc_link *l)
{
	struct pollfd p = {.fd = l->fd, .events = POLLOUT};

	while (ipc_pending(l)) {
		if (poll(&p, 1, -1) < 0 && errno != EINTR)
			fatal("poll: %s", strerror(errno));
		ipc_flush(l);
	}
}

short
ipc_events(const struct ipc_link *l)
{
	return (short)(POLLIN | (ipc_pending(l) ? POLLOUT : 0));
}
