/*
 * The engine in its place: its memory and its links.  The loop is
 * src/vault's.
 */
#include "legacy.h"
#include "lib.h"
#include "secchat/fds.h"
#include "secchat/sandbox.h"
#include "secchat/util.h"
#include "worker.h"

#define UI_QUEUE (WINDOW_BYTES + WINDOW_MSGS * (IPC_HEAD + 16) + (64 << 10))
#define NET_QUEUE (CREDIT_WINDOW * IPC_RECORD_MAX + (64 << 10))
#define SUPER_QUEUE (16 << 10)

static struct worker {
	struct vault vault;
	struct engine engine;
	struct engine_keys *keys;
	uint8_t key_memory;
	struct outbox texts;
	uint8_t super_queue[SUPER_QUEUE];
	uint8_t ui_queue[UI_QUEUE];
	uint8_t net_queue[NET_QUEUE];
} worker;

/* In the order in which they are served: a text must not be overtaken by the
 * wish to leave. */
/* clang-format off */
static const struct vault_port ports[] = {
	{ LINK_UI_CRYPTO,    FD_CRYPTO_UI,  2 * WINDOW_MSGS,
	  worker.ui_queue,    UI_QUEUE },
	{ LINK_CRYPTO_NET,   FD_CRYPTO_NET, 64,
	  worker.net_queue,   NET_QUEUE },
	{ LINK_SUPER_CRYPTO, FD_SUPER,      64,
	  worker.super_queue, SUPER_QUEUE },
};
/* clang-format on */

void
legacy_worker_prepare(void)
{
	if (lib_prepare() < 0)
		fatal("libcrypto does not compute what it should");
	worker.keys =
	    arena_new(sizeof *worker.keys, &worker.key_memory, legacy_locked);
	if (worker.keys == NULL)
		fatal("no memory that can be locked for the keys");
}

/* ---- what the loop asks for ---- */

static void
set_time(void *ctx, uint64_t now)
{
	struct worker *w = ctx;

	w->engine.now = now;
	w->engine.utc = clock_utc_ms();
}

static int
reads(const void *ctx, enum ipc_link_id id)
{
	const struct worker *w = ctx;

	return id != LINK_CRYPTO_NET || legacy_reads_net(&w->engine);
}

static void
on_message(void *ctx, const struct ipc_link *l, const struct ipc_msg *m)
{
	struct worker *w = ctx;

	legacy_on_message(&w->engine, l, m);
}

static void
secret_bytes(void *ctx, const uint8_t *p, size_t len)
{
	struct worker *w = ctx;

	legacy_secret_bytes(&w->engine, p, len);
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
tick(void *ctx)
{
	struct worker *w = ctx;
	struct ipc_link *ui = vault_link(&w->vault, LINK_UI_CRYPTO);

	w->engine.ui_busy = ipc_pending(ui) != 0;
	legacy_tick(&w->engine);
}

static uint64_t
deadline(const void *ctx)
{
	return legacy_deadline(&((const struct worker *)ctx)->engine);
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
legacy_worker_run(const struct jail_report *report)
{
	struct worker *w = &worker;

	vault_init(&w->vault, &as_engine, w, ports, ARRAY_LEN(ports));
	legacy_init(&w->engine, w->keys, &w->texts, vault_send, &w->vault);
	w->engine.key_memory = w->key_memory;
	ipc_send_ready(vault_link(&w->vault, LINK_SUPER_CRYPTO), report);
	vault_serve(&w->vault);
	arena_wipe(w->keys, sizeof *w->keys);
	outbox_wipe(&w->texts);
	return 0;
}
