/*
 * The loop: what the links bring goes to the engine, what the engine sends
 * goes to the links, FD_SECRET is read while the secret is wanted.  No call
 * here blocks but poll.
 */
#include <assert.h>
#include <errno.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

#include "secchat/err.h"
#include "secchat/fds.h"
#include "secchat/util.h"
#include "secchat/vault.h"

/*
 * Libraries leave copies of keys on the stack.  So much of it is cleared after
 * each round: the deepest that was seen is 10 KiB, and a suite with ML-KEM
 * needs several times that.  It costs 0.7 microseconds.
 */
#define STACK_USED (64 << 10)

/* Else the compiler would set it to zero before we do. */
#if defined(__has_attribute)
#if __has_attribute(uninitialized)
#define AS_IT_IS __attribute__((uninitialized))
#endif
#endif
#ifndef AS_IT_IS
#define AS_IT_IS
#endif

static void __attribute__((noinline)) wipe_stack(void)
{
	AS_IT_IS uint8_t deep[STACK_USED];

	wipe(deep, sizeof deep);
}

void
vault_init(struct vault *v, const struct vault_engine *engine, void *ctx,
    const struct vault_port *ports, size_t n)
{
	assert(n <= VAULT_LINKS && ports[n - 1].id == LINK_SUPER_CRYPTO);
	v->engine = engine;
	v->ctx = ctx;
	v->len = n;
	v->secret_fd = FD_SECRET;
	for (size_t i = 0; i < n; i++) {
		ipc_init(&v->link[i], ports[i].fd, ports[i].id, ROLE_CRYPTO,
		    ports[i].queue, ports[i].queue_len);
		v->batch[i] = ports[i].batch;
	}
}

struct ipc_link *
vault_link(struct vault *v, enum ipc_link_id id)
{
	size_t i = 0;

	while (i < v->len && v->link[i].id != id)
		i++;
	assert(i < v->len);
	return &v->link[i];
}

void
vault_send(void *ctx, enum ipc_link_id id, unsigned type, const void *head,
    size_t head_len, const void *body, size_t len)
{
	struct ipc_link *l = vault_link(ctx, id);

	if (l->fd >= 0)
		ipc_send2(l, type, head, head_len, body, len);
}

/*
 * Whether the link is still there.  all: read it to its end, since what the
 * supervisor has said must not overtake it.
 */
static int
serve_link(struct vault *v, size_t which, int all)
{
	struct ipc_link *l = &v->link[which];
	unsigned came = 0, most = v->batch[which];
	struct ipc_msg m;
	size_t longest = 0;
	int r = 1;

	if (!all)
		most = ipc_turn(l, most);
	for (; came < most && v->engine->reads(v->ctx, l->id); came++) {
		r = ipc_recv(l, v->record, sizeof v->record, &m);
		if (r != 1)
			break;
		longest = MAX(longest, IPC_HEAD + m.len);
		v->engine->on_message(v->ctx, l, &m);
	}
	ipc_turned(l, came);
	/* What net brings is sealed. */
	if (l->id != LINK_CRYPTO_NET)
		wipe(v->record, longest);
	return r != -ERR_EOF;
}

/*
 * A byte at a time, so that what follows a line stays in the descriptor for
 * whoever it belongs to.
 */
static void
serve_secret(struct vault *v)
{
	const struct vault_engine *e = v->engine;
	uint8_t byte;
	ssize_t n;

	while (e->secret_wanted(v->ctx)) {
		n = read(v->secret_fd, &byte, 1);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && errno == EAGAIN)
			return;
		e->secret_bytes(v->ctx, &byte, n == 1 ? 1 : 0);
		wipe(&byte, 1);
		if (!e->secret_is_file(v->ctx))
			return;
	}
}

static void
close_secret(struct vault *v)
{
	fd_close(v->secret_fd);
	v->secret_fd = -1;
}

static void
wait_for_any(struct vault *v, struct pollfd p[VAULT_LINKS + 1])
{
	const struct vault_engine *e = v->engine;

	for (size_t i = 0; i < v->len; i++) {
		short events = ipc_events(&v->link[i]);

		if (!e->reads(v->ctx, v->link[i].id))
			events &= (short)~POLLIN;
		/* Without a wish for anything an end would wake us for ever. */
		p[i] = (struct pollfd){
		    .fd = events != 0 ? v->link[i].fd : -1, .events = events};
	}
	p[v->len] =
	    (struct pollfd){.fd = e->secret_wanted(v->ctx) ? v->secret_fd : -1,
		.events = POLLIN};
	if (poll(p, v->len + 1,
		clock_poll_timeout(clock_now_ms(), e->deadline(v->ctx))) < 0 &&
	    errno != EINTR)
		fatal("poll: %s", strerror(errno));
}

/* One round: wait, read, act, write.  0 when the supervisor is gone. */
static int
serve_once(struct vault *v)
{
	struct pollfd p[VAULT_LINKS + 1] = {0};
	int all;

	wait_for_any(v, p);
	v->engine->set_time(v->ctx, clock_now_ms());
	all = p[v->len - 1].revents != 0; /* the supervisor's is the last */
	for (size_t i = 0; i < v->len; i++) {
		struct ipc_link *l = &v->link[i];

		if (p[i].revents & POLLOUT)
			ipc_flush(l);
		if (!(p[i].revents & ~POLLOUT) || serve_link(v, i, all))
			continue;
		if (l->id == LINK_SUPER_CRYPTO)
			return 0;
		l->fd = -1; /* its death is the supervisor's business */
	}
	if (p[v->len].revents != 0)
		serve_secret(v);
	v->engine->tick(v->ctx);
	if (v->secret_fd >= 0 && v->engine->secret_finished(v->ctx))
		close_secret(v);
	wipe_stack();
	return 1;
}

void
vault_serve(struct vault *v)
{
	while (serve_once(v))
		;
}
