/*
 * Descriptors and memory for an act, made while the world is still open.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "probe.h"

/* Descriptors are made up here first, so that none lands on another's place. */
#define HIGH 64

static int
high(int fd)
{
	int moved = fd < 0 ? -1 : fcntl(fd, F_DUPFD_CLOEXEC, HIGH);

	if (fd >= 0)
		(void)close(fd);
	return moved;
}

/* One end of a link; the other stays open, above, and has sent a record. */
static int
make_link(void)
{
	int p[2];

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK, 0, p) < 0)
		return -1;
	p[1] = high(p[1]);
	if (write(p[1], "record", 6) != 6)
		return -1;
	return high(p[0]);
}

static int
make_secret(void)
{
	int p[2];

	if (pipe2(p, 0) < 0)
		return -1;
	p[1] = high(p[1]);
	if (write(p[1], "line\n", 5) != 5)
		return -1;
	return high(p[0]);
}

/* A listener on the loopback and a connection that waits in it. */
static int
make_tcp(int *client)
{
	struct sockaddr_in a = {
	    .sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
	socklen_t len = sizeof a;
	int fd = high(socket(AF_INET, SOCK_STREAM, 0));

	*client = high(socket(AF_INET, SOCK_STREAM, 0));
	if (fd < 0 || *client < 0 || bind(fd, (struct sockaddr *)&a, len) < 0 ||
	    listen(fd, 1) < 0 ||
	    getsockname(fd, (struct sockaddr *)&a, &len) < 0 ||
	    connect(*client, (struct sockaddr *)&a, len) < 0)
		return -1;
	return fd;
}

int
probe_world_make(struct probe_world *w)
{
	int from[PFD_COUNT];

	from[0] = from[1] = from[2] = high(open("/dev/null", O_RDWR));
	for (int i = PFD_LINK; i <= PFD_LINK3; i++)
		from[i] = make_link();
	from[PFD_SECRET] = make_secret();
	from[PFD_IDENTITY] = make_secret();
	from[PFD_LISTENER] = make_tcp(&from[PFD_TCP]);
	/* Not /proc/self/exe, which an installed program may not read. */
	from[PFD_FILE] = high(open(PROBE_PROGRAM, O_RDONLY));
	for (int i = 0; i < PFD_COUNT; i++)
		if (from[i] < 0 || dup2(from[i], i) < 0)
			return -1;
	for (int i = PFD_COUNT; i < HIGH; i++)
		(void)close(i);
	w->buf = mmap(NULL, PROBE_BUF, PROT_READ | PROT_WRITE,
	    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	w->page = mmap(NULL, PROBE_BUF, PROT_READ | PROT_WRITE,
	    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	return w->buf == MAP_FAILED || w->page == MAP_FAILED ? -1 : 0;
}
