/*
 * The whole of secchat-net: what a captured crypto worker or supervisor may
 * tell it, beside strangers who come, write, stop reading and leave as they
 * like.  It announces every connection once and in order, delivers nothing
 * but what was expected of one that is there, writes what crypto said and in
 * that order, returns no more credit than it was given frames, and closes what
 * it does not need.
 */
#include <string.h>

#include "../../src/net/net.h"
#include "secchat/fds.h"
#include "secchat/util.h"
#include "stage/stage.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct net net;

/* What crypto knows of the connections. */
enum {
	KNOWN = 256
};

static struct {
	uint32_t opened;
	uint8_t lost[KNOWN];
} told;

static void
opened(uint32_t id)
{
	if (id != told.opened + 1)
		stage_broken("connection %u after %u", id, told.opened);
	told.opened = id;
	if (stage_open() > NET_CONNS + 1)
		stage_broken("%u descriptors", stage_open());
}

static void
lost(uint32_t id, uint8_t why)
{
	if (id < KNOWN && told.lost[id]++)
		stage_broken("connection %u lost twice", id);
	if (why > LOST_EVICTED)
		stage_broken("connection %u lost for %u", id, why);
}

static void
to_crypto(struct prop *p, unsigned type, const uint8_t *b, size_t n)
{
	struct reader r;
	uint32_t id;

	(void)p;
	reader_init(&r, b, n);
	id = get_u32(&r);
	if (type == IPC_CONN_OPEN)
		opened(id);
	else if (id == 0 || id > told.opened)
		stage_broken("connection %u was never announced", id);
	else if (id < KNOWN && told.lost[id])
		stage_broken(
		    "message %u for connection %u, which is lost", type, id);
	if (type == IPC_CONN_LOST)
		lost(id, get_u8(&r));
	else if (type == IPC_FRAME_IN && n - 4 > FRAME_IN_MAX)
		stage_broken("a frame of %zu bytes", n - 4);
	else if (type == IPC_CREDIT && get_u32(&r) > CREDIT_WINDOW)
		stage_broken("credit without end");
}

/* What crypto has said to each connection, and was not written yet. */
static struct wire {
	uint32_t id;
	size_t first, end;
	uint8_t bytes[BIG_OUT];
} wire[NET_CONNS];

static void
from_crypto(struct prop *p, unsigned type, const uint8_t *b, size_t n)
{
	struct reader r;
	struct conn *c;
	struct wire *v;

	(void)p;
	reader_init(&r, b, n);
	c = slots_find(&net.slots, get_u32(&r));
	if (c == NULL || c->state == CONN_CLOSING ||
	    (type != IPC_FRAME_OUT && type != IPC_BULK_OUT))
		return;
	v = &wire[c - net.slots.conn];
	if (v->id != c->id)
		v->first = v->end = 0;
	v->id = c->id;
	memmove(v->bytes, v->bytes + v->first, v->end - v->first);
	v->end -= v->first;
	v->first = 0;
	/* More than a window is fatal. */
	if (r.left <= sizeof v->bytes - v->end)
		memcpy(v->bytes + v->end, r.p, r.left);
	v->end += MIN(r.left, sizeof v->bytes - v->end);
}

static void
on_wire(struct prop *p, unsigned type, const uint8_t *b, size_t n)
{
	const struct conn *c = net.slots.conn;
	struct wire *v = wire;

	(void)type;
	for (; c->state == CONN_FREE || c->fd != p->fd; c++, v++)
		if (c == &net.slots.conn[NET_CONNS - 1])
			stage_broken("nobody's socket is written to");
	if (v->id != c->id || n > v->end - v->first ||
	    memcmp(b, v->bytes + v->first, n) != 0)
		stage_broken("connection %u got what was not said", c->id);
	v->first += n;
}

static void
came(struct prop *p)
{
	p->took = on_wire;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct prop *crypto;

	stage_begin(data, size);
	stage.self = "net";
	memset(&told, 0, sizeof told);
	memset(&net, 0, sizeof net);
	for (size_t i = 0; i < NET_CONNS; i++)
		wire[i].id = 0;
	(void)stage_link(FD_SUPER, LINK_SUPER_NET, ROLE_SUPER);
	crypto = stage_link(FD_NET_CRYPTO, LINK_CRYPTO_NET, ROLE_CRYPTO);
	crypto->took = to_crypto;
	crypto->gave = from_crypto;
	stage.came = came;
	if (stage_enter()) {
		net_init(&net, FD_SUPER, FD_NET_CRYPTO, &net_limits_default);
		(void)net_run(&net);
	}
	stage_leave();
	return 0;
}
