/*
 * The race of secchat-dial: several addresses, some of which hang or refuse.
 * An address that hangs is a listener on this computer whose queue is full.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "../../src/dial/dial.h"
#include "check.h"
#include "secchat/err.h"
#include "secchat/util.h"

enum kind {
	ANSWERS,
	REFUSES,
	HANGS
};

static int open_fds[32];
static size_t open_n;
static int watched[2];

static int
keep(int fd)
{
	if (fd < 0 || open_n == ARRAY_LEN(open_fds))
		abort();
	return open_fds[open_n++] = fd;
}

static void
close_all(void)
{
	while (open_n > 0)
		close(open_fds[--open_n]);
}

static void
add(struct targets *t, enum kind kind)
{
	struct target *to = &t->t[t->n++];
	int fd = keep(socket(AF_INET, SOCK_STREAM, 0));

	memset(to, 0, sizeof *to);
	to->in.sin_family = AF_INET;
	to->in.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	to->len = sizeof to->in;
	if (bind(fd, &to->sa, to->len) < 0 ||
	    getsockname(fd, &to->sa, &to->len) < 0)
		abort();
	/* Bound and not listening: refuses. */
	if (kind != REFUSES && listen(fd, kind == HANGS ? 0 : 8) < 0)
		abort();
	for (int i = 0; kind == HANGS && i < 2; i++) {
		int c = keep(socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0));

		(void)connect(c, &to->sa, to->len);
	}
}

static struct answer
race(const struct targets *t, uint32_t timeout_ms, int *v, uint64_t *took)
{
	struct answer a = {.fd = -1};
	uint64_t began = clock_now_ms();

	*v = dial_connect(t, watched[0], timeout_ms, &a);
	*took = clock_now_ms() - began;
	return a;
}

static int
port_is(const struct answer *a, const struct target *t)
{
	char want[32];

	snprintf(want, sizeof want, "127.0.0.1:%u", ntohs(t->in.sin_port));
	return strcmp(a->addr, want) == 0;
}

static void
test_order(void)
{
	struct targets t = {.n = 0};
	struct answer a;
	uint64_t took;
	int v;

	add(&t, ANSWERS);
	add(&t, ANSWERS);
	a = race(&t, 5000, &v, &took);
	CHECK(v == 0 && a.err == 0 && a.fd >= 0 && port_is(&a, &t.t[0]));
	keep(a.fd);
	close_all();
}

static void
test_refused(void)
{
	struct targets t = {.n = 0};
	struct answer a;
	uint64_t took;
	int v;

	add(&t, REFUSES);
	add(&t, REFUSES);
	a = race(&t, 5000, &v, &took);
	CHECK(v == 0 && a.err == ERR_CONNECT && a.sys == ECONNREFUSED);
	CHECK(a.fd < 0 && port_is(&a, &t.t[0]));
	/* The next begins at once when one has failed: where it would wait no
	 * try could be that quick, and one of these is, whoever else wants the
	 * processor. */
	add(&t, ANSWERS);
	took = STAGGER_MS;
	for (int i = 0; took >= STAGGER_MS && i < 8; i++) {
		a = race(&t, 5000, &v, &took);
		CHECK(a.err == 0 && a.sys == 0 && port_is(&a, &t.t[2]));
		keep(a.fd);
	}
	CHECK(took < STAGGER_MS);
	close_all();
}

static void
test_hanging(void)
{
	struct targets t = {.n = 0};
	struct answer a;
	uint64_t took;
	int v;

	add(&t, HANGS);
	a = race(&t, 60, &v, &took);
	CHECK(v == 0 && a.err == ERR_TIMEOUT && a.sys == ETIMEDOUT);
	CHECK(a.fd < 0 && took >= 60 && port_is(&a, &t.t[0]));
	/* A refusal says more than silence. */
	add(&t, REFUSES);
	a = race(&t, STAGGER_MS + 60, &v, &took);
	CHECK(a.err == ERR_CONNECT && port_is(&a, &t.t[1]));
	/* The next begins while the first still hangs. */
	add(&t, ANSWERS);
	a = race(&t, 5000, &v, &took);
	CHECK(a.err == 0 && port_is(&a, &t.t[2]));
	CHECK(took >= STAGGER_MS && took < 3000);
	keep(a.fd);
	close_all();
}

/* No IPv6 here, or not this address: that says nothing about the peer. */
static void
test_telling(void)
{
	struct targets t = {.n = 1};
	struct answer a;
	uint64_t took;
	int v;

	t.t[0].in6.sin6_family = AF_INET6;
	t.t[0].in6.sin6_port = htons(9);
	t.t[0].len = sizeof t.t[0].in6;
	inet_pton(AF_INET6, "fe80::1", &t.t[0].in6.sin6_addr);
	t.t[0].in6.sin6_scope_id = 0x7ffffff0;
	a = race(&t, 1000, &v, &took);
	CHECK(a.err == ERR_CONNECT);
	add(&t, REFUSES);
	a = race(&t, 1000, &v, &took);
	CHECK(a.err == ERR_CONNECT && a.sys == ECONNREFUSED);
	close_all();
}

static void
test_link_ends(void)
{
	struct targets t = {.n = 0};
	uint64_t took;
	int v;

	add(&t, HANGS);
	close(watched[1]);
	(void)race(&t, 5000, &v, &took);
	CHECK(v == -ERR_EOF && took < 1000);
	close_all();
}

int
main(void)
{
	if (socketpair(AF_UNIX, SOCK_SEQPACKET, 0, watched) < 0)
		abort();
	test_order();
	test_refused();
	test_hanging();
	test_telling();
	test_link_ends();
	return check_end();
}
