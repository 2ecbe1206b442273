/*
 * In secchat-net's place when crypto does net's work itself (one.c): what the
 * supervisor has for net, sockets included, goes on to crypto, and back.
 */
#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "../../sandbox/rows.h"
#include "secchat/fds.h"
#include "secchat/ipc.h"
#include "secchat/sandbox.h"
#include "secchat/util.h"

/* clang-format off */
static const struct policy_row own[] = {
	ALLOW(recvmsg, "sockets of the supervisor"),
	ALLOW(sendmsg, "on to crypto"),
	ALLOW(writev,  "READY"),
	ALLOW(close,   "a socket that was passed on"),
	ALLOW(poll,    "the loop waits"),
};
static const size_t own_len = ARRAY_LEN(own);

static const struct policy_row *const tables[] = { sandbox_base, own, NULL };
static const size_t *const lens[] = { &sandbox_base_len, &own_len };

static const struct policy policy = {
	.program = "secchat-net",
	.holds = "nothing",
	.cannot = "be of use but to measure",
	.tables = tables,
	.table_lens = lens,
	.limits = { .nofile = 32 },
};
/* clang-format on */

static uint8_t record[IPC_RECORD_MAX + 1];

/* One record, with its descriptor if it has one.  0 at the end. */
static int
pass(int from, int to)
{
	union {
		struct cmsghdr align;
		char buf[CMSG_SPACE(sizeof(int))];
	} control;
	struct iovec iov = {record, sizeof record};
	struct msghdr msg = {.msg_iov = &iov,
	    .msg_iovlen = 1,
	    .msg_control = control.buf,
	    .msg_controllen = sizeof control.buf};
	ssize_t n = recvmsg(from, &msg, MSG_CMSG_CLOEXEC);
	const struct cmsghdr *rides;
	int fd = -1;

	if (n < 0 && errno == EAGAIN)
		return 1;
	if (n <= 0)
		return 0;
	iov.iov_len = (size_t)n;
	rides = CMSG_FIRSTHDR(&msg);
	if (rides != NULL)
		memcpy(&fd, CMSG_DATA(rides), sizeof fd);
	if (sendmsg(to, &msg, MSG_NOSIGNAL) < 0 && errno != EPIPE)
		fatal("sendmsg: %s", strerror(errno));
	if (fd >= 0)
		fd_close(fd);
	return 1;
}

int
main(void)
{
	struct pollfd p[2] = {
	    {FD_SUPER, POLLIN, 0}, {FD_NET_CRYPTO, POLLIN, 0}};
	struct jail_report report;
	struct ipc_link super;
	uint8_t queue[64];

	log_init("secchat-net");
	jail_early();
	ipc_init(
	    &super, FD_SUPER, LINK_SUPER_NET, ROLE_NET, queue, sizeof queue);
	jail_enter(&policy, NULL, 0, &report);
	ipc_send_ready(&super, &report);
	for (;;) {
		if (poll(p, 2, -1) < 0 && errno != EINTR)
			fatal("poll: %s", strerror(errno));
		if (p[0].revents != 0 && !pass(FD_SUPER, FD_NET_CRYPTO))
			return 0;
		/* Crypto's end is the supervisor's business. */
		if (p[1].revents != 0 && !pass(FD_NET_CRYPTO, FD_SUPER))
			p[1].fd = -1;
	}
}
