/*
 * secchat-dial: one name lookup, then one connect, or bind and listen.  The
 * socket goes to the supervisor and the program ends.  TCP and the UDP of
 * name servers are all it can make: a protocol of MPTCP and the flag
 * MSG_FASTOPEN would get round rules that others make about connect.  Local
 * and netlink sockets answer EACCES, with which getaddrinfo copes.
 *
 * With a proxy that is a local socket (--proxy socks5:PATH) the program runs
 * under a policy of its own: local stream sockets and no others, nothing to
 * look up, an empty network namespace.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/futex.h>
#include <linux/landlock.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>

#include "rows.h"

#define READ_FLAGS (O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK)
#define STREAM (SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC)
#define DGRAM (SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC)

/* clang-format off */
const struct policy_row sandbox_connect[] = {
	ALLOW(connect, "to the peer, to a proxy, to name servers"),
	ALLOW_IF(getsockopt, "how a connect ended",
	    IS(1, SOL_SOCKET), IS(2, SO_ERROR)),
	ALLOW_IF(sendto, "to a proxy or name server; no address, no "
	    "MSG_FASTOPEN", IS(3, MSG_NOSIGNAL), IS_NULL(4)),
	ALLOW(recvfrom, "the answers"),
	ALLOW(read,   "files, and the question of the supervisor"),
	ALLOW(writev, "the answer; questions over TCP"),
	ALLOW(close,  "files and sockets that did not serve"),
	ALLOW(poll,   "answers and connects take time; so may passing the socket"),
	ALLOW(ppoll,  "the same; machines without poll"),
	ALLOW(clock_gettime, "time, where the vDSO has to ask the kernel"),
};
const size_t sandbox_connect_len = ARRAY_LEN(sandbox_connect);

const struct policy_row sandbox_dial_unix[] = {
	ALLOW_IF(socket, "the proxy's socket",
	    IS(0, AF_UNIX), ONLY(1, STREAM), IS(2, 0)),
};
const size_t sandbox_dial_unix_len = ARRAY_LEN(sandbox_dial_unix);

const struct policy_row sandbox_dial[] = {
	/* sockets: TCP and UDP over IPv4 and IPv6, nothing else */
	ALLOW_IF(socket, "TCP", IS(0, AF_INET),  ONLY(1, STREAM), IS(2, 0)),
	ALLOW_IF(socket, "TCP",
	    IS(0, AF_INET),  ONLY(1, STREAM), IS(2, IPPROTO_TCP)),
	ALLOW_IF(socket, "TCP", IS(0, AF_INET6), ONLY(1, STREAM), IS(2, 0)),
	ALLOW_IF(socket, "TCP",
	    IS(0, AF_INET6), ONLY(1, STREAM), IS(2, IPPROTO_TCP)),
	ALLOW_IF(socket, "name servers; own address",
	    IS(0, AF_INET),  ONLY(1, DGRAM), IS(2, 0)),
	ALLOW_IF(socket, "name servers; own address",
	    IS(0, AF_INET6), ONLY(1, DGRAM), IS(2, 0)),
	REFUSE_IF(socket, EACCES, "getaddrinfo looks for a cache daemon",
	    IS(0, AF_UNIX)),
	REFUSE_IF(socket, EACCES, "getaddrinfo asks for the interfaces",
	    IS(0, AF_NETLINK)),

	ALLOW(bind,        "the address to listen on"),
	ALLOW(listen,      "a listener"),
	ALLOW(getsockname, "which port it became; this computer's address"),
	ALLOW_IF(setsockopt, "small frames leave at once",
	    IS(1, IPPROTO_TCP), IS(2, TCP_NODELAY)),
	ALLOW_IF(setsockopt, "a vanished peer is noticed",
	    IS(1, SOL_SOCKET),  IS(2, SO_KEEPALIVE)),
	ALLOW_IF(setsockopt, "the kernel's queue stays short",
	    IS(1, IPPROTO_TCP), IS(2, TCP_NOTSENT_LOWAT)),
	ALLOW_IF(setsockopt, "listen again at once",
	    IS(1, SOL_SOCKET),  IS(2, SO_REUSEADDR)),
	ALLOW_IF(setsockopt, "one listener for IPv4 and IPv6",
	    IS(1, IPPROTO_IPV6), IS(2, IPV6_V6ONLY)),
	ALLOW_IF(setsockopt, "the resolver wants ICMP errors",
	    IS(1, IPPROTO_IP),   IS(2, IP_RECVERR)),
	ALLOW_IF(setsockopt, "the resolver wants ICMP errors",
	    IS(1, IPPROTO_IPV6), IS(2, IPV6_RECVERR)),

	/* the resolver's questions and answers */
	ALLOW_IF(sendmmsg, "both questions at once", IS(3, MSG_NOSIGNAL)),
	ALLOW_IF(ioctl, "how long is the answer", IS(1, FIONREAD)),
	ALLOW_IF(ioctl, "which interface a scope names", IS(1, SIOCGIFINDEX)),
	ALLOW_IF(futex, "the resolver's once-only initialisation",
	    IS(1, FUTEX_WAKE | FUTEX_PRIVATE_FLAG)),
	ALLOW(uname, "the resolver's default domain"),
	ALLOW_IF(getrandom, "the resolver's query numbers", ONLY(2, 3)),

	/* the resolver's files */
	ALLOW_IF(openat, "the resolver's files, to read only",
	    ONLY(2, READ_FLAGS)),
	ALLOW(newfstatat, "has a file changed; fstat"),
	ALLOW(fstat,      "the same where it has its own number"),
	ALLOW(lseek,      "the resolver reads a file again"),
};
const size_t sandbox_dial_len = ARRAY_LEN(sandbox_dial);

/* Not shared with the supervisor, which does more of each. */
static const struct policy_row hand_over[] = {
	ALLOW_IF(sendmsg, "hands the socket over",
	    IS(0, FD_SUPER), IS(2, MSG_NOSIGNAL)),
};
static const size_t hand_over_len = ARRAY_LEN(hand_over);

static const struct policy_row own[] = {
	REFUSE_IF(mmap, EACCES, "a lookup module in a library is not loaded",
	    IS64(3, MAP_PRIVATE | MAP_DENYWRITE)),
	REFUSE_IF(mmap, EACCES, "nor searched for in the loader's cache",
	    IS64(3, MAP_PRIVATE)),
	ALLOW(pread64, "the loader looks at a module before it is refused"),
};
static const size_t own_len = ARRAY_LEN(own);

#define READ LANDLOCK_ACCESS_FS_READ_FILE
static const struct policy_path paths[] = {
	{ "/etc/resolv.conf",   READ, "the name servers" },
	{ "/etc/hosts",         READ, "names of this computer" },
	{ "/etc/nsswitch.conf", READ, "in which order to ask" },
	{ "/etc/host.conf",     READ, "how to ask" },
	{ "/etc/gai.conf",      READ, "which address first" },
};

static const struct policy_row *const tables[] = {
	sandbox_base, sandbox_connect, sandbox_dial, hand_over, own, NULL
};
static const size_t *const lens[] = {
	&sandbox_base_len, &sandbox_connect_len, &sandbox_dial_len,
	&hand_over_len, &own_len
};

const struct policy policy_dial = {
	.program = "secchat-dial",
	.holds = "one name, one socket until it is handed over",
	.cannot = "see traffic, write a file, read one but the resolver's",
	.tables = tables,
	.table_lens = lens,
	.paths = paths,
	.paths_len = ARRAY_LEN(paths),
	.flags = POLICY_KEEP_NET,
	.limits = { .nofile = 32 },
};

static const struct policy_row *const unix_tables[] = {
	sandbox_base, sandbox_connect, sandbox_dial_unix, hand_over, NULL
};
static const size_t *const unix_lens[] = {
	&sandbox_base_len, &sandbox_connect_len, &sandbox_dial_unix_len,
	&hand_over_len
};

const struct policy policy_dial_unix = {
	.program = "secchat-dial",
	.holds = "one name for the proxy, one local socket",
	.cannot = "reach a network, look a name up, open a file",
	.tables = unix_tables,
	.table_lens = unix_lens,
	.limits = { .nofile = 16 },
};
/* clang-format on */
