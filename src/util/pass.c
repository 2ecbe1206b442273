/*
 * A descriptor passed to another process beside some bytes (SCM_RIGHTS).
 */
#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>

#include "secchat/util.h"

/* ms and tries, while the kernel has too many descriptors on their way. */
/* clang-format off */
enum { OTHERS_PAUSE = 10, OTHERS_TRIES = 100 };
/* clang-format on */

int
fd_pass(int sock, struct iovec *iov, size_t n, int fd)
{
	union {
		struct cmsghdr align;
		char buf[CMSG_SPACE(sizeof fd)];
	} control;
	struct msghdr msg = {.msg_iov = iov,
	    .msg_iovlen = n,
	    .msg_control = control.buf,
	    .msg_controllen = sizeof control.buf};
	struct cmsghdr *c;
	int patience = OTHERS_TRIES;

	memset(&control, 0, sizeof control);
	c = CMSG_FIRSTHDR(&msg);
	c->cmsg_level = SOL_SOCKET;
	c->cmsg_type = SCM_RIGHTS;
	c->cmsg_len = CMSG_LEN(sizeof fd);
	memcpy(CMSG_DATA(c), &fd, sizeof fd);
	while (sendmsg(sock, &msg, MSG_NOSIGNAL) < 0) {
		if (errno == EINTR)
			continue;
		if (errno != ETOOMANYREFS || --patience < 0)
			return errno;
		(void)poll(NULL, 0, OTHERS_PAUSE);
	}
	return 0;
}
