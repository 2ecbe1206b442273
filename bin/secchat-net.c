/*
 * secchat-net: the peer's sockets and ciphertext, and nothing else.  It can
 * make no socket; the supervisor hands it a listener or a connection that
 * secchat-dial has made.
 *
 *   3  the supervisor        4  crypto
 */
#include "../src/net/net.h"
#include "secchat/fds.h"
#include "secchat/sandbox.h"
#include "secchat/util.h"

static struct net net;

static void
send_ready(const struct jail_report *report)
{
	uint8_t body[9];
	struct writer w;

	writer_init(&w, body, sizeof body);
	put_u32(&w, report->applied);
	put_u32(&w, report->missing);
	put_u8(&w, report->unconfined);
	ipc_send(&net.super, IPC_READY, body, w.len);
}

int
main(void)
{
	struct jail_report report;

	log_init("secchat-net");
	jail_early();
	net_init(&net, FD_SUPER, FD_NET_CRYPTO, &net_limits_default);
	jail_enter(&policy_net, NULL, 0, &report);
	send_ready(&report);
	return net_run(&net);
}
