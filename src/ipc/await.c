/*
 * Waiting for the one question of a program that answers one.  The buffer is
 * large, so it stands where only such programs link it.
 */
#include <errno.h>
#include <poll.h>
#include <string.h>

#include "secchat/ipc.h"
#include "secchat/util.h"

int
ipc_await(struct ipc_link *l, const struct ipc_handler *table, size_t n,
    void *ctx, const int *there)
{
	static uint8_t rx[IPC_RECORD_MAX + 1];
	struct pollfd p = {.fd = l->fd, .events = POLLIN};
	struct ipc_msg m;
	int r;

	ipc_drain(l);
	while (!*there) {
		if (poll(&p, 1, -1) < 0 && errno != EINTR)
			fatal("poll: %s", strerror(errno));
		r = ipc_recv(l, rx, sizeof rx, &m);
		if (r < 0)
			return r;
		if (r > 0)
			ipc_dispatch(l, &m, table, n, 0, ctx);
	}
	return 0;
}
