/*
 * Sockets as secchat wants them.
 */
#include <netinet/tcp.h>

#include "dial.h"
#include "secchat/util.h"

/* Unsent bytes above which the kernel takes no more. */
#define NOTSENT_LOWAT (16 * 1024)

/* clang-format off */
static const struct {
	int level, option, value;
} options[] = {
	{ IPPROTO_TCP, TCP_NODELAY,       1 },
	{ SOL_SOCKET,  SO_KEEPALIVE,      1 },
	{ IPPROTO_TCP, TCP_NOTSENT_LOWAT, NOTSENT_LOWAT },
};
/* clang-format on */

int
dial_socket(int family)
{
	int fd = socket(
	    family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, IPPROTO_TCP);

	/* A kernel without one of them is slower and works. */
	for (size_t i = 0; fd >= 0 && i < ARRAY_LEN(options); i++)
		(void)setsockopt(fd, options[i].level, options[i].option,
		    &options[i].value, sizeof options[i].value);
	return fd;
}
