/*
 * secchat-price: one HTTPS request on a socket that dial connected, in an
 * empty network namespace.  There is no socket, no connect and no open: the
 * library has read its configuration and the certificates before.  Waiting,
 * reading and sending are not pinned to the one socket, since the program has
 * no other but its link.
 */
#include <linux/futex.h>
#include <sys/socket.h>

#include "rows.h"

/* clang-format off */
static const struct policy_row own[] = {
	ALLOW(recvfrom, "what the server sends"),
	ALLOW_IF(sendto, "the request; no address, no MSG_FASTOPEN",
	    IS(3, MSG_NOSIGNAL), IS_NULL(4)),
	ALLOW(getsockname, "libcurl notes which addresses it uses"),
	ALLOW(getpeername, "the same"),
	ALLOW_IF(getsockopt, "how the connection ended",
	    IS(1, SOL_SOCKET), IS(2, SO_ERROR)),
	ALLOW_IF(fcntl, "is the socket non-blocking", IS(1, F_GETFL)),
	ALLOW_IF(fcntl, "make it so", IS(1, F_SETFL), ONLY(2, SETFL_FLAGS)),
	ALLOW_IF(close, "the connection is over", IS(0, FD_PRICE_SOCKET)),
	ALLOW_IF(futex, "libcrypto's once-only initialisations",
	    IS(1, FUTEX_WAKE | FUTEX_PRIVATE_FLAG)),
};
static const size_t own_len = ARRAY_LEN(own);

static const struct policy_row *const tables[] = {
	sandbox_base, sandbox_link, sandbox_random, own, NULL
};
static const size_t *const lens[] = {
	&sandbox_base_len, &sandbox_link_len, &sandbox_random_len, &own_len
};

const struct policy policy_price = {
	.program = "secchat-price",
	.holds = "one connection to a price provider, and its answer",
	.cannot = "make a socket, look a name up, open a file, see a text or "
	    "a key, return anything but numbers",
	.tables = tables,
	.table_lens = lens,
	.limits = { .nofile = 16 },
};
/* clang-format on */
