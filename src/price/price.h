/*
 * secchat-price: one HTTPS request on a socket that somebody else connected,
 * one answer of fixed size, the end.  It makes no socket, opens no file after
 * its start, and no byte of the answer's text leaves it.
 */
#ifndef SECCHAT_PRICE_PRICE_H
#define SECCHAT_PRICE_PRICE_H

#include <stddef.h>
#include <stdint.h>

#include "secchat/ipc.h"
#include "secchat/limits.h"
#include "secchat/prices.h"

/* PRICE_REQUEST. */
struct price_request {
	uint8_t provider; /* enum price_provider: path and shape */
	uint32_t timeout_ms;
	uint16_t port;
	char host[HOST_TEXT_MAX + 1];
	char prefix[PRICE_PREFIX_MAX + 1]; /* before the path, or "" */
	char key[PRICE_KEY_MAX + 1];       /* for the demo header, or "" */
};

/* ---- parse.c ---- */

/*
 * The body of an answer with status 200, as this provider writes it.  Fills
 * status and coins of *a and nothing else.  Pure; any bytes are survived.
 */
void price_parse(enum price_provider p, const char *body, size_t len,
    struct price_answer *a);

/* ---- fetch.c ---- */

/*
 * Before the lock-down: the library, and the certificates to trust from the
 * descriptor `ca`, which is closed.  fatal() when there is no memory.
 */
void price_open_world(int ca);

/*
 * Ask on the connected socket `fd`, which is the library's from here on.
 * Watches `link` meanwhile; -ERR_EOF when its other end has gone, else 0 with
 * *a filled in.
 */
int price_fetch(
    const struct price_request *q, int fd, int link, struct price_answer *a);

/* ---- price.c ---- */

/* Wait for the request, answer it.  Returns the exit code. */
int price_run(struct ipc_link *link);

#endif
