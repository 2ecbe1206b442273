/*
 * The whole of secchat-dial: what a captured supervisor may ask it, what a
 * resolver answers, how sockets fail, and what a SOCKS5 proxy says.  It ends
 * with one answer that keeps to the message table, has every descriptor closed
 * that it does not hand over, and says nothing to a proxy but the two
 * questions.
 */
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <stdlib.h>
#include <string.h>

#include "../../src/dial/dial.h"
#include "../wrapped.h"
#include "secchat/fds.h"
#include "secchat/util.h"
#include "stage/stage.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* What the next call of this kind comes to. */
static int
fails(void)
{
	static const int errors[] = {0, 0, EINPROGRESS, EINPROGRESS,
	    ECONNREFUSED, ENETUNREACH, EADDRNOTAVAIL, EACCES, EADDRINUSE,
	    EAFNOSUPPORT, ETIMEDOUT, ENOENT};

	errno = errors[get_u8(&stage.r) % ARRAY_LEN(errors)];
	stage.r.failed = 0;
	return errno != 0 ? -1 : 0;
}

/* ---- sockets ---- */

static uint8_t said[64 * 1024];
static size_t said_len;

static void
on_socket(struct prop *p, unsigned type, const uint8_t *b, size_t n)
{
	(void)p, (void)type;
	if (n > sizeof said - said_len)
		stage_broken("it talks and talks");
	memcpy(said + said_len, b, n);
	said_len += n;
}

WRAPPED(int, socket, int family, int type, int protocol)
{
	struct prop *p;

	if (!stage.on)
		return __real_socket(family, type, protocol);
	if (get_u8(&stage.r) == 255) {
		errno = EMFILE;
		return -1;
	}
	stage.r.failed = 0;
	p = stage_prop(-1, PROP_STREAM);
	if (p == NULL)
		stage_broken("sockets without end");
	p->socket = 1;
	p->took = on_socket;
	return p->fd;
}

WRAPPED(int, connect, int fd, const struct sockaddr *sa, socklen_t len)
{
	return stage.on ? fails() : __real_connect(fd, sa, len);
}

WRAPPED(int, bind, int fd, const struct sockaddr *sa, socklen_t len)
{
	return stage.on ? fails() : __real_bind(fd, sa, len);
}

WRAPPED(int, listen, int fd, int n)
{
	return stage.on ? fails() : __real_listen(fd, n);
}

WRAPPED(int, getsockname, int fd, struct sockaddr *sa, socklen_t *len)
{
	if (!stage.on)
		return __real_getsockname(fd, sa, len);
	memset(sa, 0, *len);
	sa->sa_family = get_u8(&stage.r) & 1 ? AF_INET6 : AF_INET;
	return fails();
}

WRAPPED(
    int, setsockopt, int fd, int level, int what, const void *v, socklen_t len)
{
	return stage.on ? 0 : __real_setsockopt(fd, level, what, v, len);
}

WRAPPED(int, getsockopt, int fd, int level, int what, void *v, socklen_t *len)
{
	int error = 0;

	if (!stage.on)
		return __real_getsockopt(fd, level, what, v, len);
	if (fails() < 0 && errno != EINPROGRESS)
		error = errno;
	memcpy(v, &error, sizeof error);
	return 0;
}

/* ---- the resolver ---- */

/* The files that a resolver reads are there, or the sandbox is in the way. */
int __real_open(const char *path, int flags, ...);
int __wrap_open(const char *path, int flags, ...);

int
__wrap_open(const char *path, int flags, ...)
{
	static const int errors[] = {0, EACCES, EPERM, ENOENT};
	struct prop *p;

	if (!stage.on)
		return __real_open(path, flags);
	errno = errors[get_u8(&stage.r) % ARRAY_LEN(errors)];
	stage.r.failed = 0;
	if (errno != 0)
		return -1;
	p = stage_prop(-1, PROP_STREAM);
	if (p == NULL)
		stage_broken("files without end");
	return p->fd;
}

static struct addrinfo list[10];
static struct sockaddr_in6 addresses[10];

WRAPPED(int, getaddrinfo, const char *host, const char *service,
    const struct addrinfo *hints, struct addrinfo **out)
{
	static const int families[] = {AF_INET, AF_INET6, AF_INET6, AF_UNIX};
	uint8_t n;

	(void)__real_getaddrinfo;
	(void)host, (void)service, (void)hints;
	n = get_u8(&stage.r);
	errno = n & 32 ? EMFILE : n & 64 ? EACCES : 0;
	if (n & 128)
		return n & 64 ? EAI_SYSTEM : EAI_AGAIN;
	n %= ARRAY_LEN(list) + 1;
	for (size_t i = 0; i < n; i++) {
		uint8_t b = get_u8(&stage.r);

		memset(&list[i], 0, sizeof list[i]);
		list[i].ai_family = families[b % 4];
		list[i].ai_addr = (void *)&addresses[i];
		list[i].ai_addrlen = list[i].ai_family == AF_INET
					 ? sizeof(struct sockaddr_in)
					 : sizeof(struct sockaddr_in6);
		list[i].ai_next = i + 1 < n ? &list[i + 1] : NULL;
		memset(&addresses[i], 0, sizeof addresses[i]);
		addresses[i].sin6_family = (sa_family_t)list[i].ai_family;
		/* Of IPv4, too: it lies there. */
		addresses[i].sin6_flowinfo = b / 4;
		addresses[i].sin6_addr.s6_addr[15] = b / 4;
	}
	stage.r.failed = 0;
	*out = n > 0 ? list : NULL;
	return 0;
}

WRAPPED(void, freeaddrinfo, struct addrinfo *ai)
{
	(void)__real_freeaddrinfo;
	(void)ai;
}

/* ---- the answer ---- */

static int answers;

static void
on_answer(struct prop *p, unsigned type, const uint8_t *b, size_t n)
{
	(void)p, (void)b, (void)n;
	answers++;
	if (type != IPC_DIAL_OK && type != IPC_DIAL_FAILED)
		stage_broken("message %u", type);
	/* The socket itself is closed once it is handed over. */
	if (stage_open() > (type == IPC_DIAL_OK))
		stage_broken("%u sockets are open", stage_open());
}

/* "05 01 00", and when that was heard "05 01 00 ..." once. */
static void
check_said(void)
{
	static const uint8_t hello[] = {5, 1, 0};

	if (said_len > 0 &&
	    memcmp(said, hello, MIN(said_len, sizeof hello)) != 0)
		stage_broken("another greeting");
	if (said_len > 2 * sizeof hello + 1 + 1 + 255 + 2)
		stage_broken("%zu bytes to the proxy", said_len);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct ipc_link link;

	stage_begin(data, size);
	stage.self = "dial";
	answers = 0;
	said_len = 0;
	stage_link(FD_SUPER, LINK_SUPER_DIAL, ROLE_SUPER)->took = on_answer;
	ipc_init(&link, FD_SUPER, LINK_SUPER_DIAL, ROLE_DIAL, NULL, 0);
	if (stage_enter()) {
		(void)dial_run(&link);
		if (stage_open() > 0)
			stage_broken("%u sockets are left", stage_open());
	}
	stage_leave();
	if (answers > 1)
		stage_broken("%d answers", answers);
	check_said();
	return 0;
}
