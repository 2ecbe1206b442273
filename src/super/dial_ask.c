/*
 * The question to a dial worker, and the proxy that it has to go through.
 */
#include "internal.h"
#include "secchat/util.h"

void
dial_ask(struct super *s, struct worker *w, uint8_t what, uint16_t port,
    const char *host)
{
	uint8_t body[4 + HOST_TEXT_MAX];
	struct writer wr;

	if (s->o->proxy != PROXY_NONE && what == DIAL_CONNECT) {
		writer_init(&wr, body, sizeof body);
		put_u8(&wr, s->o->proxy);
		put_u16(&wr, s->o->proxy_port);
		put_str8(&wr, s->o->proxy_host);
		ipc_send(&w->link, IPC_DIAL_PROXY, body, wr.len);
	}
	writer_init(&wr, body, sizeof body);
	put_u8(&wr, what);
	put_u16(&wr, port);
	put_str8(&wr, host);
	ipc_send(&w->link, IPC_DIAL_REQUEST, body, wr.len);
	w->state = WS_ASKED;
}
