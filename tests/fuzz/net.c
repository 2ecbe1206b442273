/*
 * The whole of secchat-net: what a captured crypto worker or supervisor may
 * tell it, beside strangers who come, write, stop reading and leave as they
 * like.  It announces every connection once and in order, delivers nothing
 * but what was expected of one that is there, returns no more credit than it
 * was given frames, and closes what it does not need.
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

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	stage_begin(data, size);
	stage.self = "net";
	memset(&told, 0, sizeof told);
	memset(&net, 0, sizeof net);
	(void)stage_link(FD_SUPER, LINK_SUPER_NET, ROLE_SUPER);
	stage_link(FD_NET_CRYPTO, LINK_CRYPTO_NET, ROLE_CRYPTO)->took =
	    to_crypto;
	if (stage_enter()) {
		net_init(&net, FD_SUPER, FD_NET_CRYPTO, &net_limits_default);
		(void)net_run(&net);
	}
	stage_leave();
	return 0;
}
