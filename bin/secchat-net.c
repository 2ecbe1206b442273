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

int
main(void)
{
	struct jail_report report;

	log_init("secchat-net");
	jail_early();
	net_init(&net, FD_SUPER, FD_NET_CRYPTO, &net_limits_default);
	jail_enter(&policy_net, NULL, 0, &report);
	ipc_send_ready(&net.super, &report);
	return net_run(&net);
}
