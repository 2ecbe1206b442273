/*
 * SOCKS version 5 (RFC 1928): two questions to the proxy and its answers,
 * after which the socket is as good as a connection to the host itself.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/un.h>
#include <unistd.h>

#include "dial.h"
#include "secchat/addr.h"
#include "secchat/err.h"
#include "secchat/util.h"

/* RFC 1928, sections 3 to 6. */
enum {
	VERSION = 5,
	NO_AUTH = 0,
	CMD_CONNECT = 1,
	ATYP_IPV4 = 1,
	ATYP_NAME = 3,
	ATYP_IPV6 = 4,
	REPLY_HEAD = 4,
	REPLY_MAX = REPLY_HEAD + 1 + 255 + 2
};

/* What the codes of section 6 are here. */
static const int reply_errno[] = {
    0, EIO,       /* general failure */
    EACCES,       /* not allowed by its rules */
    ENETUNREACH,  /* network unreachable */
    EHOSTUNREACH, /* host unreachable, or no such name */
    ECONNREFUSED, /* connection refused */
    ETIMEDOUT,    /* TTL expired */
    EOPNOTSUPP,   /* command not supported */
    EAFNOSUPPORT, /* address type not supported */
};

struct talk {
	int fd, link;
	uint64_t end;
	struct answer *a;
};

static int
proxy_failed(struct answer *a, int error)
{
	a->err = ERR_PROXY;
	a->sys = error;
	return -ERR_PROXY;
}

/* 0; -ERR_TIMEOUT; -ERR_EOF: the supervisor has gone. */
static int
wait_for(struct talk *k, short events)
{
	struct pollfd p[2] = {{.fd = k->fd, .events = events}, {.fd = k->link}};

	for (;;) {
		uint64_t now = clock_now_ms();

		if (now >= k->end)
			return -ERR_TIMEOUT;
		if (poll(p, 2, clock_poll_timeout(now, k->end)) < 0 &&
		    errno != EINTR)
			fatal("poll: %s", strerror(errno));
		if (p[1].revents != 0)
			return -ERR_EOF;
		if (p[0].revents != 0)
			return 0;
	}
}

/* 0, or negative with the answer filled, or -ERR_EOF. */
static int
failed(struct talk *k, int err, int error)
{
	if (err == -ERR_EOF)
		return err;
	return proxy_failed(k->a, err == -ERR_TIMEOUT ? ETIMEDOUT : error);
}

static int
say(struct talk *k, const uint8_t *p, size_t len)
{
	while (len > 0) {
		ssize_t n = send(k->fd, p, len, MSG_NOSIGNAL);

		if (n > 0) {
			p += n;
			len -= (size_t)n;
		} else if (errno == EAGAIN || errno == EINTR) {
			int err = wait_for(k, POLLOUT);

			if (err < 0)
				return failed(k, err, 0);
		} else {
			return failed(k, -ERR_SYS, errno);
		}
	}
	return 0;
}

/* Exactly len bytes: what follows them is the host's. */
static int
hear(struct talk *k, uint8_t *p, size_t len)
{
	while (len > 0) {
		ssize_t n = recv(k->fd, p, len, 0);

		if (n > 0) {
			p += n;
			len -= (size_t)n;
		} else if (n < 0 && (errno == EAGAIN || errno == EINTR)) {
			int err = wait_for(k, POLLIN);

			if (err < 0)
				return failed(k, err, 0);
		} else {
			return failed(k, -ERR_SYS, n == 0 ? ECONNRESET : errno);
		}
	}
	return 0;
}

static int
greet(struct talk *k)
{
	static const uint8_t hello[] = {VERSION, 1, NO_AUTH};
	uint8_t answer[2] = {0};
	int err = say(k, hello, sizeof hello);

	if (err == 0)
		err = hear(k, answer, sizeof answer);
	if (err < 0)
		return err;
	if (answer[0] != VERSION)
		return proxy_failed(k->a, EPROTO);
	return answer[1] != NO_AUTH ? proxy_failed(k->a, EACCES) : 0;
}

/* An address in numbers is sent as one, a name as it is. */
static size_t
put_host(uint8_t *out, const char *host)
{
	size_t len = strlen(host);

	if (inet_pton(AF_INET, host, out + 1) == 1) {
		out[0] = ATYP_IPV4;
		return 1 + 4;
	}
	if (inet_pton(AF_INET6, host, out + 1) == 1) {
		out[0] = ATYP_IPV6;
		return 1 + 16;
	}
	out[0] = ATYP_NAME;
	out[1] = (uint8_t)len;
	for (size_t i = 0; i < len; i++)
		out[2 + i] = (uint8_t)host[i];
	return 2 + len;
}

static int
ask(struct talk *k, const char *host, uint16_t port)
{
	uint8_t q[REPLY_MAX] = {VERSION, CMD_CONNECT, 0};
	size_t n = 3 + put_host(q + 3, host);

	q[n++] = (uint8_t)(port >> 8);
	q[n++] = (uint8_t)port;
	return say(k, q, n);
}

/* The reply, and behind it an address that means nothing to us. */
static int
listen_to_reply(struct talk *k)
{
	uint8_t head[REPLY_HEAD + 1], rest[255 + 2];
	int err = hear(k, head, sizeof head);
	size_t left;

	if (err < 0)
		return err;
	if (head[0] != VERSION)
		return proxy_failed(k->a, EPROTO);
	if (head[1] != 0) {
		k->a->err = ERR_CONNECT;
		k->a->sys = head[1] < ARRAY_LEN(reply_errno)
				? reply_errno[head[1]]
				: EIO;
		return -ERR_CONNECT;
	}
	if (head[3] == ATYP_IPV4)
		left = 4 - 1 + 2;
	else if (head[3] == ATYP_IPV6)
		left = 16 - 1 + 2;
	else if (head[3] == ATYP_NAME)
		left = (size_t)head[4] + 2;
	else
		return proxy_failed(k->a, EPROTO);
	return hear(k, rest, left);
}

/* A local socket: connected at once, or not. */
static int
connect_local(const char *path, struct answer *a)
{
	struct sockaddr_un un = {.sun_family = AF_UNIX};
	int fd;

	_Static_assert(sizeof un.sun_path == PROXY_PATH_MAX + 1, "sun_path");
	if (strlen(path) > PROXY_PATH_MAX)
		return proxy_failed(a, ENAMETOOLONG);
	memcpy(un.sun_path, path, strlen(path) + 1);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (fd < 0 ||
	    connect(fd, (const struct sockaddr *)&un, sizeof un) < 0) {
		(void)proxy_failed(a, errno);
		fd_close(fd);
		return -ERR_PROXY;
	}
	a->fd = fd;
	return 0;
}

/* 0 with a->fd, else negative as above. */
static int
reach(const struct proxy *proxy, int link, struct answer *a)
{
	struct targets t;
	int err;

	if (proxy->kind == PROXY_UNIX)
		return connect_local(proxy->host, a);
	/* Its own name is looked up here, like any other. */
	if (dial_lookup(&t, proxy->host, proxy->port, a) < 0)
		return proxy_failed(a, a->sys);
	err = dial_connect(&t, link, CONNECT_TIMEOUT, a);
	if (err < 0)
		return err;
	return a->err != 0 ? proxy_failed(a, a->sys) : 0;
}

static void
name_it(struct answer *a, const char *host, uint16_t port)
{
	snprintf(a->addr, sizeof a->addr,
	    strchr(host, ':') != NULL ? "[%.60s]:%u" : "%.60s:%u", host, port);
}

int
dial_proxy(const struct proxy *proxy, const char *host, uint16_t port, int link,
    struct answer *a)
{
	struct talk k = {
	    .link = link, .a = a, .end = clock_now_ms() + CONNECT_TIMEOUT};
	int err = reach(proxy, link, a);

	k.fd = a->fd;
	if (err == 0)
		err = greet(&k);
	if (err == 0)
		err = ask(&k, host, port);
	if (err == 0)
		err = listen_to_reply(&k);
	if (err < 0) {
		fd_close(a->fd);
		a->fd = -1;
	}
	name_it(a, host, port);
	return err == -ERR_EOF ? err : 0;
}
