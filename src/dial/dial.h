/*
 * secchat-dial: one question from the supervisor, one answer, the end.  It
 * looks a name up and connects, or binds and listens, and hands the socket
 * over; it never reads or writes a byte of it.
 */
#ifndef SECCHAT_DIAL_DIAL_H
#define SECCHAT_DIAL_DIAL_H

#include <netinet/in.h>
#include <stdint.h>
#include <sys/socket.h>

#include "secchat/ipc.h"
#include "secchat/limits.h"

/* Addresses of one name that are tried. */
#define TARGETS_MAX 8

/* One attempt has this long before the next begins beside it (RFC 8305). */
#define STAGGER_MS 250

struct target {
	union {
		struct sockaddr sa;
		struct sockaddr_in in;
		struct sockaddr_in6 in6;
	};
	socklen_t len;
};

struct targets {
	struct target t[TARGETS_MAX];
	size_t n;
};

/* The answer.  err 0: fd is the socket; else why not. */
struct answer {
	int fd;
	int err; /* ERR_* */
	int sys; /* errno, or 0 */
	int eai; /* getaddrinfo's code made positive, or 0 */
	char addr[ADDR_TEXT_MAX + 1]; /* connected to, bound to, or tried */
	char hint[ADDR_TEXT_MAX + 1]; /* wildcard listener: our own address */
};

/* DIAL_PROXY. */
struct proxy {
	uint8_t kind; /* PROXY_* */
	uint16_t port;
	char host[HOST_TEXT_MAX + 1]; /* or the path of its socket */
};

/* ---- lookup.c ---- */

/*
 * The addresses of a host name, or of an address in numbers, which may have a
 * scope ("fe80::1%eth0", "fe80::1%2").  0, or -ERR_LOOKUP* with a->err, a->sys
 * and a->eai filled.
 */
int dial_lookup(
    struct targets *t, const char *host, uint16_t port, struct answer *a);

/* ---- connect.c ---- */

/*
 * Connect to the first address that answers: the next attempt begins when one
 * has failed or STAGGER_MS have passed.  Gives up after timeout_ms.  Watches
 * `link` and returns -ERR_EOF when its other end has gone; else 0, the answer
 * being in *a.
 */
int dial_connect(
    const struct targets *t, int link, uint32_t timeout_ms, struct answer *a);

/* ---- listen.c ---- */

/* Listen on the first address that can be bound. */
void dial_listen(const struct targets *t, struct answer *a);

/* Listen on every address of this computer, IPv6 and IPv4 if there are both. */
void dial_listen_all(uint16_t port, struct answer *a);

/* ---- socks.c ---- */

/*
 * Connect to the proxy and have it connect to host and port (RFC 1928, without
 * authentication).  The name goes to the proxy as it is: nothing is looked up
 * here but the proxy's own.  0, the answer being in *a (ERR_PROXY: it is not
 * there, or no SOCKS5 proxy; ERR_CONNECT with an errno that stands for what it
 * said), or -ERR_EOF as dial_connect.
 */
int dial_proxy(const struct proxy *proxy, const char *host, uint16_t port,
    int link, struct answer *a);

/* ---- socket.c ---- */

/*
 * A non-blocking TCP socket with the options that a connection needs and that
 * accepted sockets inherit: no delay for small frames, keepalive, and a short
 * queue in the kernel so that what was written last does not wait behind
 * megabytes.  -1 and errno when there is none.
 */
int dial_socket(int family);

/* ---- dial.c ---- */

/* Fill *a.  -ERR_EOF when the other end of the link has gone meanwhile. */
int dial_answer(unsigned what, const struct proxy *proxy, const char *host,
    uint16_t port, int link, struct answer *a);

/* Wait for the request on the link, answer it.  Returns the exit code. */
int dial_run(struct ipc_link *link);

#endif
