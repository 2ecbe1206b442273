/*
 * Descriptors that are passed while the kernel has too many of the same
 * user's on their way: others' are waited for, for a while.
 */
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "check.h"
#include "secchat/util.h"

/* Nobody else's descriptors count with this user's, nor its with theirs. */
#define ALONE 65531

#define FEW 12
#define MANY 20

static char byte;

static int
pass_one(int sock)
{
	struct iovec iov = {&byte, 1};

	return fd_pass(sock, &iov, 1, STDIN_FILENO);
}

/* Without what makes root an exception. */
static int
become_alone(void)
{
	return setgroups(0, NULL) == 0 && setresgid(ALONE, ALONE, ALONE) == 0 &&
	       setresuid(ALONE, ALONE, ALONE) == 0;
}

/* Once told, takes what waits in a socket. */
static pid_t
start_reader(int sock, int told)
{
	pid_t pid = fork();

	if (pid == 0) {
		(void)!read(told, &byte, 1);
		for (int i = 0; i < MANY; i++) {
			char control[64];
			struct iovec iov = {&byte, 1};
			struct msghdr msg = {.msg_iov = &iov,
			    .msg_iovlen = 1,
			    .msg_control = control,
			    .msg_controllen = sizeof control};

			struct cmsghdr *c;

			if (recvmsg(sock, &msg, MSG_CMSG_CLOEXEC) <= 0)
				_exit(1);
			c = CMSG_FIRSTHDR(&msg);
			if (c == NULL)
				_exit(1);
			fd_close(*(int *)(void *)CMSG_DATA(c));
		}
		_exit(0);
	}
	return pid;
}

static void
others_are_waited_for(void)
{
	struct rlimit few = {FEW, FEW};
	int many[2], one[2], told[2], status = -1;
	pid_t reader;

	CHECK(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, many) == 0);
	CHECK(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, one) == 0);
	CHECK(pipe2(told, O_CLOEXEC) == 0);
	reader = start_reader(many[1], told[0]);
	CHECK(reader > 0);
	for (int i = 0; i < MANY; i++)
		CHECK(pass_one(many[0]) == 0);
	CHECK(setrlimit(RLIMIT_NOFILE, &few) == 0);
	CHECK(pass_one(one[0]) == ETOOMANYREFS);
	CHECK(write(told[1], "x", 1) == 1);
	CHECK(pass_one(one[0]) == 0);
	CHECK(waitpid(reader, &status, 0) == reader && status == 0);
	/* Who should have it is gone, and did not take it. */
	fd_close(one[1]);
	CHECK(pass_one(one[0]) == ECONNRESET);
}

int
main(void)
{
	int status = -1;
	pid_t pid;

	if (geteuid() != 0) {
		SKIP("a user of whom nobody else has descriptors on their way: "
		     "only root can be one");
		return check_end();
	}
	pid = fork();
	if (pid == 0) {
		CHECK(become_alone());
		others_are_waited_for();
		fflush(stdout);
		_exit(check_end());
	}
	CHECK(waitpid(pid, &status, 0) == pid && status == 0);
	return check_end();
}
