/*
 * The loop: what the links bring goes to the engine, what the engine sends
 * goes to the links, FD_SECRET is read while the secret is wanted.  No call
 * here blocks but poll.
 */
#include <errno.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

#include "legacy.h"
#include "lib.h"
#include "secchat/err.h"
#include "secchat/fds.h"
#include "secchat/sandbox.h"
#include "secchat/util.h"
#include "worker.h"

#define UI_QUEUE (WINDOW_BYTES + WINDOW_MSGS * (IPC_HEAD + 16) + (64 << 10))
#define NET_QUEUE (CREDIT_WINDOW * IPC_RECORD_MAX + (64 << 10))
#define SUPER_QUEUE (16 << 10)
#define BATCH 64

/* What libcrypto leaves of keys on the stack lies no deeper. */
#define STACK_USED (16 << 10)

/* In the order in which they are served: a text must not be overtaken by the
 * wish to leave. */
enum {
	L_UI,
	L_NET,
	L_SUPER,
	L_COUNT
};

static struct worker {
	struct ipc_link link[L_COUNT];
	struct engine engine;
	struct engine_keys *keys;
	uint8_t key_memory;
	int secret_fd;
	struct textq texts;
	uint8_t record[IPC_RECORD_MAX + 1];
	uint8_t super_queue[SUPER_QUEUE];
	uint8_t ui_queue[UI_QUEUE];
	uint8_t net_queue[NET_QUEUE];
} worker;

void
legacy_worker_prepare(void)
{
	if (lib_prepare() < 0)
		fatal("libcrypto does not compute what it should");
	worker.keys = legacy_arena_new(sizeof *worker.keys, &worker.key_memory);
	if (worker.keys == NULL)
		fatal("no memory that can be locked for the keys");
}

static void
send_to_link(void *ctx, enum ipc_link_id id, unsigned type, const void *head,
    size_t head_len, const void *body, size_t len)
{
	struct worker *w = ctx;

	for (size_t i = 0; i < L_COUNT; i++)
		if (w->link[i].id == id && w->link[i].fd >= 0)
			ipc_send2(&w->link[i], type, head, head_len, body, len);
}

static int
may_read(const struct worker *w, size_t which)
{
	return which != L_NET || legacy_reads_net(&w->engine);
}

/* Whether the link is still there. */
static int
serve_link(struct worker *w, size_t which)
{
	struct ipc_link *l = &w->link[which];
	struct ipc_msg m;
	size_t longest = 0;
	int r = 1;

	for (int i = 0; i < BATCH && r == 1 && may_read(w, which); i++) {
		r = ipc_recv(l, w->record, sizeof w->record, &m);
		if (r != 1)
			continue;
		longest = MAX(longest, IPC_HEAD + m.len);
		legacy_on_message(&w->engine, l, &m);
	}
	wipe(w->record, longest);
	return r != -ERR_EOF;
}

/* A byte at a time, so that what follows a line stays where it is. */
static void
serve_secret(struct worker *w)
{
	uint8_t byte;
	ssize_t n;

	do {
		n = read(w->secret_fd, &byte, 1);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && errno == EAGAIN)
			return;
		legacy_secret_bytes(&w->engine, &byte, n == 1 ? 1 : 0);
		wipe(&byte, 1);
	} while (w->engine.reading && w->engine.source == SECRET_KEYFILE);
	if (w->engine.state < ENGINE_SERVING)
		return;
	fd_close(w->secret_fd);
	w->secret_fd = -1;
}

static void __attribute__((noinline)) wipe_stack(void)
{
	uint8_t deep[STACK_USED];

	wipe(deep, sizeof deep);
}

/* One round: wait, read, act, write.  0 when the supervisor is gone. */
static int
serve_once(struct worker *w)
{
	struct engine *e = &w->engine;
	struct pollfd p[L_COUNT + 1];

	for (size_t i = 0; i < L_COUNT; i++) {
		short events = ipc_events(&w->link[i]);

		if (!may_read(w, i))
			events &= (short)~POLLIN;
		p[i] = (struct pollfd){
		    .fd = events != 0 ? w->link[i].fd : -1, .events = events};
	}
	p[L_COUNT] = (struct pollfd){
	    .fd = e->reading ? w->secret_fd : -1, .events = POLLIN};
	if (poll(p, ARRAY_LEN(p),
		clock_poll_timeout(clock_now_ms(), legacy_deadline(e))) < 0 &&
	    errno != EINTR)
		fatal("poll: %s", strerror(errno));

	e->now = clock_now_ms();
	e->utc = clock_utc_ms();
	for (size_t i = 0; i < L_COUNT; i++) {
		struct ipc_link *l = &w->link[i];

		if (p[i].revents & POLLOUT)
			ipc_flush(l);
		if (!(p[i].revents & ~POLLOUT) || serve_link(w, i))
			continue;
		if (i == L_SUPER)
			return 0;
		l->fd = -1; /* its death is the supervisor's business */
	}
	if (p[L_COUNT].revents != 0)
		serve_secret(w);
	e->ui_busy = ipc_pending(&w->link[L_UI]) != 0;
	legacy_tick(e);
	wipe_stack();
	return 1;
}

int
legacy_worker_run(const struct jail_report *report)
{
	struct worker *w = &worker;

	ipc_init(&w->link[L_SUPER], FD_SUPER, LINK_SUPER_CRYPTO, ROLE_CRYPTO,
	    w->super_queue, sizeof w->super_queue);
	ipc_init(&w->link[L_UI], FD_CRYPTO_UI, LINK_UI_CRYPTO, ROLE_CRYPTO,
	    w->ui_queue, sizeof w->ui_queue);
	ipc_init(&w->link[L_NET], FD_CRYPTO_NET, LINK_CRYPTO_NET, ROLE_CRYPTO,
	    w->net_queue, sizeof w->net_queue);
	w->secret_fd = FD_SECRET;
	legacy_init(&w->engine, w->keys, &w->texts, send_to_link, w);
	w->engine.key_memory = w->key_memory;
	ipc_send_ready(&w->link[L_SUPER], report);
	while (serve_once(w))
		;
	wipe(w->keys, sizeof *w->keys);
	wipe(&w->texts, sizeof w->texts);
	return 0;
}
