/*
 * The one question and its answer.
 */
#include "price.h"
#include "secchat/err.h"
#include "secchat/fds.h"
#include "secchat/util.h"

struct asked {
	struct price_request q;
	int there;
};

static void
on_request(void *ctx, struct reader *body, int fd)
{
	struct asked *a = ctx;

	(void)fd;
	a->q.provider = get_u8(body);
	a->q.timeout_ms = get_u32(body);
	a->q.port = get_u16(body);
	get_str8(body, a->q.host, sizeof a->q.host);
	get_str8(body, a->q.prefix, sizeof a->q.prefix);
	get_str8(body, a->q.key, sizeof a->q.key);
	if (a->q.provider >= PRICE_PROVIDERS || a->q.timeout_ms > PRICE_WHOLE)
		fatal("supervisor asked for what there is not");
	a->there = 1;
}

/* clang-format off */
static const struct ipc_handler handlers[] = {
	{ IPC_PRICE_REQUEST, IN_ANY, on_request },
};
/* clang-format on */

int
price_run(struct ipc_link *link)
{
	struct asked asked = {.there = 0};
	uint8_t body[PRICE_ANSWER_SIZE];
	struct price_answer a;
	struct writer w;

	if (ipc_await(link, handlers, ARRAY_LEN(handlers), &asked,
		&asked.there) < 0 ||
	    price_fetch(&asked.q, FD_PRICE_SOCKET, link->fd, &a) < 0)
		return 0;
	writer_init(&w, body, sizeof body);
	price_answer_put(&w, &a);
	ipc_send(link, IPC_PRICE_ANSWER, body, w.len);
	ipc_drain(link);
	return 0;
}
