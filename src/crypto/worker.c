/*
 * The engine in its place: its memory, its links, the descriptors that a
 * secret comes from.  The loop is src/vault's.
 */
#include <errno.h>
#include <sodium.h>
#include <unistd.h>

#include "engine.h"
#include "secchat/err.h"
#include "secchat/fds.h"
#include "secchat/sandbox.h"
#include "secchat/util.h"
#include "worker.h"

/* Unconfirmed texts, their headers, and the small messages between them. */
#define UI_QUEUE (WINDOW_BYTES + WINDOW_MSGS * (IPC_HEAD + 8) + (64 << 10))
/* As many frames as the credit of two connections allows, and handshakes. */
#define NET_QUEUE \
	(2 * (CREDIT_WINDOW + BULK_WINDOW) * IPC_RECORD_MAX + (64 << 10))
/* What one record of net may bring: the rest of a frame, and frames. */
#define FILE_SPARE (2 * IPC_RECORD_MAX)
/* The window of what comes, in the smallest pieces that may. */
#define FILE_QUEUE                                       \
	(FILE_WINDOW + FILE_SPARE +                      \
	    (FILE_WINDOW / FILE_CHUNK_MIN + FILES_MAX) * \
		(IPC_HEAD + FILE_HEAD) +                 \
	    (4 << 10))
#define SUPER_QUEUE (16 << 10)

static struct worker {
	struct vault vault;
	struct engine engine;
	struct engine_keys *keys;
	uint8_t key_memory;
	int identity_fd;
	struct outbox outbox;
	uint8_t plain[FRAME_PLAIN_MAX];
	uint8_t wire[FRAME_WIRE_MAX];
	uint8_t super_queue[SUPER_QUEUE];
	uint8_t ui_queue[UI_QUEUE];
	uint8_t net_queue[NET_QUEUE];
	uint8_t file_queue[FILE_QUEUE];
} worker;

/*
 * In the order in which they are served.  The front end's link is read to
 * its end before the supervisor's: a text that was sent before the wish to
 * leave must not be overtaken by it.  The front end cannot have more than its
 * window on the way.
 */
/* clang-format off */
static const struct vault_port ports[] = {
	{ LINK_UI_CRYPTO,    FD_CRYPTO_UI,  2 * WINDOW_MSGS,
	  worker.ui_queue,    UI_QUEUE },
	{ LINK_CRYPTO_NET,   FD_CRYPTO_NET, 64,
	  worker.net_queue,   NET_QUEUE },
	{ LINK_CRYPTO_FILE,  FD_CRYPTO_FILE, 64,
	  worker.file_queue,  FILE_QUEUE },
	{ LINK_SUPER_CRYPTO, FD_SUPER,      64,
	  worker.super_queue, SUPER_QUEUE },
};
/* clang-format on */

void
crypto_worker_prepare(void)
{
	worker.keys =
	    arena_new(sizeof *worker.keys, &worker.key_memory, sodium_malloc);
	if (worker.keys == NULL)
		fatal("no memory that can be locked for the keys");
}

/* ---- what the loop asks for ---- */

static void
set_time(void *ctx, uint64_t now)
{
	struct worker *w = ctx;

	w->engine.now = now;
}

static int
reads(const void *ctx, enum ipc_link_id id)
{
	(void)ctx;
	(void)id;
	return 1;
}

static void
look_at_queues(struct worker *w)
{
	struct vault *v = &w->vault;

	w->engine.ui_busy = ipc_pending(vault_link(v, LINK_UI_CRYPTO)) != 0;
	w->engine.super_busy =
	    ipc_pending(vault_link(v, LINK_SUPER_CRYPTO)) != 0;
	w->engine.file_full =
	    ipc_room(vault_link(v, LINK_CRYPTO_FILE)) < FILE_SPARE;
}

static void
on_message(void *ctx, const struct ipc_link *l, const struct ipc_msg *m)
{
	struct worker *w = ctx;

	look_at_queues(w);
	engine_on_message(&w->engine, l, m);
}

static void
secret_bytes(void *ctx, const uint8_t *p, size_t len)
{
	struct worker *w = ctx;

	engine_secret_bytes(&w->engine, p, len);
}

static int
secret_wanted(const void *ctx)
{
	return ((const struct worker *)ctx)->engine.reading;
}

static int
secret_is_file(const void *ctx)
{
	return ((const struct worker *)ctx)->engine.source == SECRET_KEYFILE;
}

static int
secret_finished(const void *ctx)
{
	return ((const struct worker *)ctx)->engine.state >= ENGINE_SERVING;
}

static void
serve_identity(struct worker *w)
{
	uint8_t byte;
	ssize_t n;

	while (w->engine.reading_identity) {
		n = read(w->identity_fd, &byte, 1);
		if (n < 0 && (errno == EINTR || errno == EAGAIN))
			continue;
		engine_identity_bytes(&w->engine, &byte, n == 1 ? 1 : 0);
		wipe(&byte, 1);
	}
	fd_close(w->identity_fd);
	w->identity_fd = -1;
}

static void
tick(void *ctx)
{
	struct worker *w = ctx;

	if (w->engine.reading_identity)
		serve_identity(w);
	look_at_queues(w);
	engine_tick(&w->engine);
}

static uint64_t
deadline(const void *ctx)
{
	return engine_deadline(&((const struct worker *)ctx)->engine);
}

static const struct vault_engine as_engine = {
    .set_time = set_time,
    .reads = reads,
    .on_message = on_message,
    .secret_bytes = secret_bytes,
    .secret_wanted = secret_wanted,
    .secret_is_file = secret_is_file,
    .secret_finished = secret_finished,
    .tick = tick,
    .deadline = deadline,
};

int
crypto_worker_run(const struct jail_report *report)
{
	struct random_source rnd = {random_system, NULL};
	struct worker *w = &worker;

	vault_init(&w->vault, &as_engine, w, ports, ARRAY_LEN(ports));
	w->identity_fd = FD_IDENTITY;
	engine_init(&w->engine, w->keys, &w->outbox, w->plain, w->wire, rnd,
	    vault_send, &w->vault);
	w->engine.key_memory = w->key_memory;
	ipc_send_ready(vault_link(&w->vault, LINK_SUPER_CRYPTO), report);
	vault_serve(&w->vault);
	arena_wipe(w->keys, sizeof *w->keys);
	outbox_wipe(&w->outbox);
	return 0;
}
