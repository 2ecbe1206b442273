/*
 * Listeners, and what a person can be told about them.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <string.h>

#include "dial.h"
#include "secchat/addr.h"
#include "secchat/err.h"
#include "secchat/util.h"

/*
 * Strangers that may wait in the kernel while net is busy.  When they overflow,
 * the right person's SYN is dropped too and comes again a second later.
 */
#define BACKLOG 256

/*
 * Addresses that nobody has (RFC 5737, RFC 3849): a route to them is a route
 * to the world.  Nothing is sent to them.
 */
static const char *const far_away[] = {"192.0.2.1", "2001:db8::1"};

static void
make_target(struct target *t, const char *ip, uint16_t port)
{
	memset(t, 0, sizeof *t);
	if (inet_pton(AF_INET, ip, &t->in.sin_addr) == 1) {
		t->in.sin_family = AF_INET;
		t->in.sin_port = htons(port);
		t->len = sizeof t->in;
	} else {
		inet_pton(AF_INET6, ip, &t->in6.sin6_addr);
		t->in6.sin6_family = AF_INET6;
		t->in6.sin6_port = htons(port);
		t->len = sizeof t->in6;
	}
}

static int
is_wildcard(const struct target *t)
{
	if (t->sa.sa_family == AF_INET)
		return t->in.sin_addr.s_addr == htonl(INADDR_ANY);
	return IN6_IS_ADDR_UNSPECIFIED(&t->in6.sin6_addr);
}

/*
 * This computer's address as others may reach it: the one that packets to the
 * world would leave from.  IPv4 first, it is shorter to read out.
 */
static void
own_address(char out[ADDR_TEXT_MAX + 1])
{
	for (size_t i = 0; i < ARRAY_LEN(far_away) && out[0] == '\0'; i++) {
		struct target t;
		int fd;

		make_target(&t, far_away[i], 9);
		fd = socket(t.sa.sa_family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
		if (fd >= 0 && connect(fd, &t.sa, t.len) == 0 &&
		    getsockname(fd, &t.sa, &t.len) == 0)
			addr_host_text(out, &t.sa);
		fd_close(fd);
	}
}

/* 0, or errno. */
static int
listen_on(const struct target *t, struct answer *a)
{
	struct target bound = {.len = sizeof bound.in6};
	int fd = dial_socket(t->sa.sa_family);
	int on = 1, off = 0, error;

	if (fd < 0)
		return errno;
	(void)setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
	if (t->sa.sa_family == AF_INET6)
		(void)setsockopt(
		    fd, IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof off);
	if (bind(fd, &t->sa, t->len) < 0 || listen(fd, BACKLOG) < 0 ||
	    getsockname(fd, &bound.sa, &bound.len) < 0) {
		error = errno;
		fd_close(fd);
		return error;
	}
	a->fd = fd;
	a->err = a->sys = 0;
	addr_text(a->addr, &bound.sa);
	if (is_wildcard(t))
		own_address(a->hint);
	return 0;
}

static void
failed(struct answer *a, const struct target *t, int error)
{
	a->err = ERR_LISTEN;
	a->sys = error;
	addr_text(a->addr, &t->sa);
}

void
dial_listen(const struct targets *t, struct answer *a)
{
	for (size_t i = 0; i < t->n; i++) {
		int error = listen_on(&t->t[i], a);

		if (error == 0)
			return;
		if (i == 0)
			failed(a, &t->t[i], error);
	}
}

void
dial_listen_all(uint16_t port, struct answer *a)
{
	struct target t;
	int error;

	make_target(&t, "::", port);
	error = listen_on(&t, a);
	/* A computer without IPv6; a port in use stays in use. */
	if (error != 0 && error != EADDRINUSE && error != EACCES) {
		make_target(&t, "0.0.0.0", port);
		error = listen_on(&t, a);
	}
	if (error != 0)
		failed(a, &t, error);
}
