/*
 * The loop of secchat-file.  Neither link is read while an answer waits that
 * it would add to, so that what waits is never more than the queues hold.
 */
#include <errno.h>
#include <string.h>

#include "file.h"
#include "secchat/err.h"
#include "secchat/util.h"

/* Records of crypto that are looked at in one turn. */
#define BATCH 16

void
file_init(struct file *f, int super_fd, int crypto_fd)
{
	ipc_init(&f->super, super_fd, LINK_SUPER_FILE, ROLE_FILE,
	    f->super_queue, sizeof f->super_queue);
	ipc_init(&f->crypto, crypto_fd, LINK_CRYPTO_FILE, ROLE_FILE,
	    f->crypto_queue, sizeof f->crypto_queue);
}

/* ---- what the supervisor says ---- */

static void
on_read(void *ctx, struct reader *r, int fd)
{
	struct file *f = ctx;
	uint32_t fid = get_u32(r);
	uint64_t size = get_u64(r);

	source_open(f, slot_take(f, SLOT_READ, fid, fd, size));
}

static void
on_write(void *ctx, struct reader *r, int fd)
{
	struct file *f = ctx;
	uint32_t fid = get_u32(r);
	uint64_t size = get_u64(r);

	sink_open(f, slot_take(f, SLOT_WRITE, fid, fd, size));
}

/* It may have failed, or be written, at the same time. */
static void
on_drop(void *ctx, struct reader *r, int fd)
{
	struct slot *s = slot_find(ctx, get_u32(r));

	(void)fd;
	if (s != NULL)
		slot_drop(s);
}

/* ---- what crypto says ---- */

static void
on_want(void *ctx, struct reader *r, int fd)
{
	uint32_t fid = get_u32(r);
	uint64_t at = get_u64(r);
	uint32_t len = get_u32(r);

	(void)fd;
	source_answer(ctx, fid, at, len);
}

static void
on_store(void *ctx, struct reader *r, int fd)
{
	uint32_t fid = get_u32(r);
	uint64_t at = get_u64(r);
	size_t len;
	const uint8_t *data = get_rest(r, &len);

	(void)fd;
	sink_store(ctx, fid, at, data, len);
}

/* clang-format off */
static const struct ipc_handler super_table[] = {
	{ IPC_FILE_READ,  IN_ANY, on_read },
	{ IPC_FILE_WRITE, IN_ANY, on_write },
	{ IPC_FILE_DROP,  IN_ANY, on_drop },
};
static const struct ipc_handler crypto_table[] = {
	{ IPC_FILE_WANT,  IN_ANY, on_want },
	{ IPC_FILE_STORE, IN_ANY, on_store },
};
/* clang-format on */

/* ---- one turn ---- */

/* 0, or -ERR_EOF: the chat is over. */
static int
take_super(struct file *f)
{
	struct ipc_msg m;
	int got = 1;

	while (got == 1 && !ipc_pending(&f->super)) {
		got = ipc_recv_fd(&f->super, f->record, sizeof f->record, &m);
		if (got == 1)
			ipc_dispatch(&f->super, &m, super_table,
			    ARRAY_LEN(super_table), 0, f);
	}
	return got < 0 ? got : 0;
}

/* When crypto has gone the supervisor is about to say what happened. */
static void
take_crypto(struct file *f)
{
	struct ipc_msg m;
	int got = 1;

	for (int i = 0; i < BATCH && got == 1 && !ipc_pending(&f->crypto) &&
			!ipc_pending(&f->super);
	     i++) {
		got = ipc_recv(&f->crypto, f->record, sizeof f->record, &m);
		if (got == 1)
			ipc_dispatch(&f->crypto, &m, crypto_table,
			    ARRAY_LEN(crypto_table), 0, f);
	}
	f->crypto_gone = got < 0;
	if (!f->crypto_gone)
		sink_tell(f);
}

/* What is asked of a link: to be read, unless an answer waits. */
static struct pollfd
want(const struct ipc_link *l, int gone, int reads)
{
	short events = ipc_pending(l) ? POLLOUT : 0;

	if (reads)
		events |= POLLIN;
	return (struct pollfd){
	    .fd = gone || events == 0 ? -1 : l->fd, .events = events};
}

static void
wait_for(struct file *f, struct pollfd p[2])
{
	int super = !ipc_pending(&f->super);

	p[0] = want(&f->super, 0, super);
	p[1] =
	    want(&f->crypto, f->crypto_gone, super && !ipc_pending(&f->crypto));
	if (poll(p, 2, -1) >= 0)
		return;
	if (errno != EINTR)
		fatal("poll: %s", strerror(errno));
	p[0].revents = p[1].revents = 0;
}

int
file_run(struct file *f)
{
	struct pollfd p[2];

	for (;;) {
		wait_for(f, p);
		if (p[0].revents & POLLOUT)
			ipc_flush(&f->super);
		if (p[1].revents & POLLOUT)
			ipc_flush(&f->crypto);
		if ((p[0].revents & ~POLLOUT) && take_super(f) < 0)
			return EXIT_OK;
		if (p[1].revents & ~POLLOUT)
			take_crypto(f);
	}
}
