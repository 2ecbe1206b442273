/*
 * What the supervisor says: it hands over sockets.  It is the only link on
 * which descriptors come.
 */
#include <unistd.h>

#include "net.h"
#include "secchat/err.h"
#include "secchat/util.h"

static void
on_listener(void *ctx, struct reader *body, int fd)
{
	struct net *n = ctx;

	(void)body;
	if (n->listener >= 0)
		fatal("supervisor sent a second listener");
	if (fd_set_nonblock(fd, 1) < 0)
		fatal("the listener cannot be made non-blocking");
	n->listener = fd;
}

static void
on_dialled(void *ctx, struct reader *body, int fd)
{
	char addr[ADDR_TEXT_MAX + 1];

	get_str8(body, addr, sizeof addr);
	if (body->failed)
		fatal("supervisor sent a malformed address");
	if (fd_set_nonblock(fd, 1) < 0)
		fatal("the socket cannot be made non-blocking");
	net_add_dialled(ctx, fd, addr);
}

/* clang-format off */
static const struct ipc_handler from_super[] = {
	{ IPC_NET_LISTENER, IN_ANY, on_listener },
	{ IPC_NET_DIALLED, IN_ANY, on_dialled },
};
/* clang-format on */

void
net_read_super(struct net *n)
{
	struct ipc_msg m;
	int r;

	while ((r = ipc_recv_fd(&n->super, n->rx, sizeof n->rx, &m)) > 0)
		ipc_dispatch(
		    &n->super, &m, from_super, ARRAY_LEN(from_super), 0, n);
	if (r == -ERR_EOF)
		n->super_gone = 1;
}
