/*
 * The one question and its answer.
 */
#include <string.h>

#include "dial.h"
#include "secchat/err.h"
#include "secchat/util.h"

struct request {
	unsigned what; /* DIAL_* */
	uint16_t port;
	char host[HOST_TEXT_MAX + 1];
	int there;
	struct proxy proxy;
};

static void
on_proxy(void *ctx, struct reader *body, int fd)
{
	struct request *q = ctx;

	(void)fd;
	q->proxy.kind = get_u8(body);
	q->proxy.port = get_u16(body);
	get_str8(body, q->proxy.host, sizeof q->proxy.host);
	if (q->proxy.kind != PROXY_TCP && q->proxy.kind != PROXY_UNIX)
		fatal("supervisor named a proxy of kind %u", q->proxy.kind);
}

static void
on_request(void *ctx, struct reader *body, int fd)
{
	struct request *q = ctx;

	(void)fd;
	q->what = get_u8(body);
	q->port = get_u16(body);
	get_str8(body, q->host, sizeof q->host);
	if (q->what != DIAL_CONNECT && q->what != DIAL_LISTEN)
		fatal("supervisor asked for %u", q->what);
	q->there = 1;
}

/* clang-format off */
static const struct ipc_handler handlers[] = {
	{ IPC_DIAL_REQUEST, IN_ANY, on_request },
	{ IPC_DIAL_PROXY,   IN_ANY, on_proxy },
};
/* clang-format on */

int
dial_answer(unsigned what, const struct proxy *proxy, const char *host,
    uint16_t port, int link, struct answer *a)
{
	struct targets t;

	memset(a, 0, sizeof *a);
	a->fd = -1;
	if (what == DIAL_CONNECT && proxy->kind != PROXY_NONE)
		return dial_proxy(proxy, host, port, link, a);
	if (what == DIAL_LISTEN && host[0] == '\0') {
		dial_listen_all(port, a);
		return 0;
	}
	if (dial_lookup(&t, host, port, a) < 0)
		return 0;
	if (what == DIAL_CONNECT)
		return dial_connect(&t, link, CONNECT_TIMEOUT, a);
	dial_listen(&t, a);
	return 0;
}

static void
send_answer(struct ipc_link *link, const struct answer *a)
{
	uint8_t body[8 + 2 * ADDR_TEXT_MAX];
	struct writer w;

	writer_init(&w, body, sizeof body);
	if (a->err == 0) {
		put_str8(&w, a->addr);
		put_str8(&w, a->hint);
		ipc_send_fd(link, IPC_DIAL_OK, body, w.len, a->fd);
		return;
	}
	put_u16(&w, (uint16_t)a->err);
	put_u32(&w, (uint32_t)a->sys);
	put_u8(&w, (uint8_t)a->eai);
	put_str8(&w, a->addr);
	ipc_send(link, IPC_DIAL_FAILED, body, w.len);
	ipc_drain(link);
}

int
dial_run(struct ipc_link *link)
{
	struct request q = {.there = 0};
	struct answer a;

	if (ipc_await(link, handlers, ARRAY_LEN(handlers), &q, &q.there) < 0 ||
	    dial_answer(q.what, &q.proxy, q.host, q.port, link->fd, &a) < 0)
		return 0;
	send_answer(link, &a);
	fd_close(a.fd);
	return 0;
}
