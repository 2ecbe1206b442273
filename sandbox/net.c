/*
 * secchat-net: ciphertext and the peer's sockets.  It makes no socket, it is
 * handed them on the supervisor's link, the one descriptor on which it may
 * call recvmsg; a listener and passed sockets work in its empty network
 * namespace.  It holds nothing but sockets and links, so reading, writing and
 * closing are not pinned to numbers.
 */
#include <fcntl.h>
#include <sys/socket.h>

#include "rows.h"

/* clang-format off */
static const struct policy_row own[] = {
	ALLOW_IF(recvmsg, "sockets come here only", IS(0, FD_SUPER)),
	ALLOW(read,   "frames of the peer, messages of crypto"),
	ALLOW(write,  "frames to the peer"),
	ALLOW(writev, "frames to the peer, messages to crypto and supervisor"),
	ALLOW_IF(sendto, "frames to the peer; no address, no MSG_FASTOPEN",
	    IS(3, MSG_NOSIGNAL), IS_NULL(4)),
	ALLOW_IF(accept4, "peers that come in",
	    IS(3, SOCK_NONBLOCK | SOCK_CLOEXEC)),
	ALLOW_IF(getsockopt, "why a connection broke",
	    IS(1, SOL_SOCKET), IS(2, SO_ERROR)),
	ALLOW(shutdown, "what is queued leaves before the close"),
	ALLOW(close,    "connections that are over"),
	ALLOW_IF(fcntl, "is a passed socket non-blocking", IS(1, F_GETFL)),
	ALLOW_IF(fcntl, "make it so",
	    IS(1, F_SETFL), ONLY(2, SETFL_FLAGS)),
	ALLOW(poll,  "the loop waits"),
	ALLOW(ppoll, "the loop waits; machines without poll"),
	ALLOW(clock_gettime, "time, where the vDSO has to ask the kernel"),
};
static const size_t own_len = ARRAY_LEN(own);

static const struct policy_row *const tables[] = { sandbox_base, own, NULL };
static const size_t *const lens[] = { &sandbox_base_len, &own_len };

const struct policy policy_net = {
	.program = "secchat-net",
	.holds = "the listener, the peer's connections, ciphertext",
	.cannot = "make a socket, connect, open a file, see a text or a key",
	.tables = tables,
	.table_lens = lens,
	.limits = { .nofile = 32 },
};
/* clang-format on */
