/*
 * The loop: what the links bring goes to the engine, what the engine sends
 * goes to the links, FD_SECRET is read while a line is wanted.  No call here
 * blocks but poll.
 */
#include <errno.h>
#include <poll.h>
#include <sodium.h>
#include <string.h>
#include <unistd.h>

#include "arena.h"
#include "engine.h"
#include "secchat/err.h"
#include "secchat/fds.h"
#include "secchat/sandbox.h"
#include "secchat/util.h"
#include "worker.h"

/* Unconfirmed texts, their headers, and the small messages between them. */
#define UI_QUEUE (WINDOW_BYTES + WINDOW_MSGS * (IPC_HEAD + 8) + (64 << 10))
/* As many frames as the credit of two connections allows, and handshakes. */
#define NET_QUEUE (2 * CREDIT_WINDOW * IPC_RECORD_MAX + (64 << 10))
#define SUPER_QUEUE (16 << 10)
/*
 * In the order in which they are served.  The front end's link is read to
 * its end before the supervisor's: a text that was sent before the wish to
 * leave must not be overtaken by it.
 */
enum {
	L_UI,
	L_NET,
	L_SUPER,
	L_COUNT
};

/* Messages of one link that are served before the others get their turn; the
 * front end cannot have more than its window on the way. */
static const int batch[L_COUNT] = {
    [L_UI] = 2 * WINDOW_MSGS,
    [L_NET] = 64,
    [L_SUPER] = 64,
};

/*
 * libsodium leaves copies of keys on the stack.  So much of it is cleared
 * after each round: the deepest that was seen is 10 KiB, and a suite with
 * ML-KEM needs several times that.  It costs 0.7 microseconds.
 */
#define STACK_USED (64 << 10)

static struct worker {
	struct ipc_link link[L_COUNT];
	struct engine engine;
	struct engine_keys *keys;
	uint8_t key_memory;
	int secret_fd, identity_fd;
	struct outbox outbox;
	uint8_t plain[FRAME_PLAIN_MAX];
	uint8_t wire[FRAME_WIRE_MAX];
	uint8_t record[IPC_RECORD_MAX + 1];
	uint8_t super_queue[SUPER_QUEUE];
	uint8_t ui_queue[UI_QUEUE];
	uint8_t net_queue[NET_QUEUE];
} worker;

void
crypto_worker_prepare(void)
{
	worker.keys = arena_new(sizeof *worker.keys, &worker.key_memory);
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

static void
look_at_queues(struct worker *w)
{
	w->engine.ui_busy = ipc_pending(&w->link[L_UI]) != 0;
	w->engine.super_busy = ipc_pending(&w->link[L_SUPER]) != 0;
}

/* Whether the link is still there. */
static int
serve_link(struct worker *w, size_t which)
{
	struct ipc_link *l = &w->link[which];
	struct ipc_msg m;
	size_t longest = 0;
	int r = 1;

	for (int i = 0; i < batch[which] && r == 1; i++) {
		r = ipc_recv(l, w->record, sizeof w->record, &m);
		if (r != 1)
			continue;
		longest = MAX(longest, IPC_HEAD + m.len);
		look_at_queues(w);
		engine_on_message(&w->engine, l, &m);
	}
	wipe(w->record, longest);
	return r != -ERR_EOF;
}

/*
 * A byte at a time, so that what follows the line stays in the descriptor for
 * whoever it belongs to.
 */
static void
serve_secret(struct worker *w)
{
	uint8_t byte;
	ssize_t n;

	while (w->engine.reading) {
		n = read(w->secret_fd, &byte, 1);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && errno == EAGAIN)
			return;
		engine_secret_bytes(&w->engine, &byte, n == 1 ? 1 : 0);
		wipe(&byte, 1);
		if (w->engine.source != SECRET_KEYFILE)
			return;
	}
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
close_secret(struct worker *w)
{
	fd_close(w->secret_fd);
	w->secret_fd = -1;
}

/* Whether FD_SECRET has served its purpose. */
static int
secret_finished(const struct worker *w)
{
	return w->secret_fd >= 0 && w->engine.state >= ENGINE_SERVING;
}

/* One round: wait, read, act, write.  0 when the supervisor is gone. */
static int
serve_once(struct worker *w)
{
	struct pollfd p[L_COUNT + 1];
	uint64_t now = clock_now_ms();

	for (size_t i = 0; i < L_COUNT; i++)
		p[i] = (struct pollfd){
		    .fd = w->link[i].fd, .events = ipc_events(&w->link[i])};
	p[L_COUNT] = (struct pollfd){
	    .fd = w->engine.reading ? w->secret_fd : -1, .events = POLLIN};
	if (poll(p, ARRAY_LEN(p),
		clock_poll_timeout(now, engine_deadline(&w->engine))) < 0 &&
	    errno != EINTR)
		fatal("poll: %s", strerror(errno));

	w->engine.now = clock_now_ms();
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
	if (w->engine.reading_identity)
		serve_identity(w);
	if (p[L_COUNT].revents != 0)
		serve_secret(w);
	look_at_queues(w);
	engine_tick(&w->engine);
	if (secret_finished(w))
		close_secret(w);
	sodium_stackzero(STACK_USED);
	return 1;
}

int
crypto_worker_run(const struct jail_report *report)
{
	struct random_source rnd = {random_system, NULL};
	struct worker *w = &worker;

	ipc_init(&w->link[L_SUPER], FD_SUPER, LINK_SUPER_CRYPTO, ROLE_CRYPTO,
	    w->super_queue, sizeof w->super_queue);
	ipc_init(&w->link[L_UI], FD_CRYPTO_UI, LINK_UI_CRYPTO, ROLE_CRYPTO,
	    w->ui_queue, sizeof w->ui_queue);
	ipc_init(&w->link[L_NET], FD_CRYPTO_NET, LINK_CRYPTO_NET, ROLE_CRYPTO,
	    w->net_queue, sizeof w->net_queue);
	w->secret_fd = FD_SECRET;
	w->identity_fd = FD_IDENTITY;
	engine_init(&w->engine, w->keys, &w->outbox, w->plain, w->wire, rnd,
	    send_to_link, w);
	w->engine.key_memory = w->key_memory;
	ipc_send_ready(&w->link[L_SUPER], report);
	while (serve_once(w))
		;
	arena_wipe(w->keys, sizeof *w->keys);
	outbox_wipe(&w->outbox);
	return 0;
}
