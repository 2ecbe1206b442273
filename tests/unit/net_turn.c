/*
 * The loop of secchat-net on real sockets under a clock that the test moves:
 * every time limit, without waiting for any.  The test is the supervisor,
 * crypto and the peers.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "../../src/net/net.h"
#include "check.h"
#include "secchat/err.h"
#include "secchat/util.h"

#define T0 1000000

static struct net net;
static struct ipc_link super, crypto;
static uint8_t queue[1024], rx[IPC_RECORD_MAX + 1];
static struct sockaddr_in addr;
static int listener, over;
static uint64_t until;

/* ---- the stage ---- */

static void
link_pair(int fd[2])
{
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK, 0, fd) < 0)
		abort();
}

static void
begin(void)
{
	socklen_t len = sizeof addr;
	int a[2], b[2];

	memset(&net, 0, sizeof net);
	link_pair(a);
	link_pair(b);
	net_init(&net, a[0], b[0], &net_limits_default);
	ipc_init(&super, a[1], LINK_SUPER_NET, ROLE_SUPER, queue, 0);
	ipc_init(
	    &crypto, b[1], LINK_CRYPTO_NET, ROLE_CRYPTO, queue, sizeof queue);
	memset(&addr, 0, sizeof addr);
	addr.sin_family = AF_INET;
	addr.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	listener = socket(AF_INET, SOCK_STREAM, 0);
	if (bind(listener, (void *)&addr, sizeof addr) < 0 ||
	    listen(listener, 8) < 0 ||
	    getsockname(listener, (void *)&addr, &len) < 0)
		abort();
	ipc_send_fd(&super, IPC_NET_LISTENER, NULL, 0, listener);
	net.now = T0;
	over = 0;
}

static void
end(void)
{
	for (size_t i = 0; i < NET_CONNS; i++)
		fd_close(net.slots.conn[i].fd);
	fd_close(net.listener);
	fd_close(net.super.fd);
	fd_close(net.crypto.fd);
	fd_close(super.fd);
	fd_close(crypto.fd);
	fd_close(listener);
}

/* Turns at this moment until nothing is left to do. */
static void
turns(uint64_t now)
{
	struct pollfd fds[POLL_MAX];
	int some;

	for (int i = 0; i < 100 && !over; i++) {
		until = net_prepare(&net, fds);
		some = poll(fds, POLL_MAX, 2);
		over = net_turn(&net, fds, now);
		if (some == 0 && i > 0)
			break;
	}
	until = net_prepare(&net, fds);
}

static int
peer_from(unsigned last)
{
	struct sockaddr_in from = {.sin_family = AF_INET};
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	from.sin_addr.s_addr = htonl(0x7f000000 | last);
	if (bind(fd, (void *)&from, sizeof from) < 0 ||
	    connect(fd, (void *)&addr, sizeof addr) < 0)
		abort();
	return fd;
}

/* The next message to crypto but CREDIT: type or 0, number, value. */
static unsigned
heard(uint32_t *id, unsigned *value)
{
	struct ipc_msg m;
	struct reader r;

	*id = *value = 0;
	do {
		if (ipc_recv(&crypto, rx, sizeof rx, &m) <= 0)
			return 0;
	} while (m.type == IPC_CREDIT);
	reader_init(&r, m.body, m.len);
	*id = get_u32(&r);
	*value = m.len > 4 ? get_u8(&r) : 0;
	if (m.type == IPC_CONN_OPEN)
		*value = get_u8(&r);
	return m.type;
}

static void
say(unsigned type, uint32_t id, const char *rest, size_t len)
{
	uint8_t head[4];
	struct writer w;

	writer_init(&w, head, sizeof head);
	put_u32(&w, id);
	ipc_send2(&crypto, type, head, sizeof head, rest, len);
}

#define EXPECT_44 "\1\0\0\0\54\0"
#define EXPECT_U16 "\2\0\0\377\377\0"

/* A stranger of whom 44 bytes are expected. */
static int
stranger(unsigned last, uint64_t now, uint32_t *id, unsigned *limited)
{
	int fd = peer_from(last);

	turns(now);
	CHECK(heard(id, limited) == IPC_CONN_OPEN);
	say(IPC_EXPECT, *id, EXPECT_44, 6);
	turns(now);
	return fd;
}

/* ---- the tests ---- */

static void
test_hello_timeout(void)
{
	uint32_t id;
	unsigned value;
	char byte;
	int fd;

	begin();
	turns(T0);
	CHECK(until == CLOCK_NEVER);
	fd = stranger(1, T0, &id, &value);
	CHECK(until == T0 + HELLO_TIMEOUT);
	/* A byte now and then does not help. */
	for (int i = 1; i < 5; i++) {
		CHECK(write(fd, "h", 1) == 1);
		turns(T0 + (uint64_t)i * 1000);
		CHECK(until == T0 + HELLO_TIMEOUT);
	}
	turns(T0 + HELLO_TIMEOUT - 1);
	CHECK(heard(&id, &value) == 0);
	turns(T0 + HELLO_TIMEOUT);
	CHECK(heard(&id, &value) == IPC_CONN_LOST && value == LOST_TIMEOUT);
	CHECK(recv(fd, &byte, 1, 0) <= 0);
	CHECK(net.counters.timed_out == 1);
	close(fd);
	end();
}

static void
test_handshake_timeout(void)
{
	char hello[44] = "SECCHAT";
	uint32_t id;
	unsigned value;
	int fd;

	begin();
	fd = stranger(1, T0, &id, &value);
	for (int i = 1; i <= 3; i++) {
		uint64_t now = T0 + (uint64_t)i * 3000;

		CHECK(write(fd, hello, sizeof hello) == sizeof hello);
		turns(now);
		CHECK(heard(&id, &value) == IPC_FRAME_IN);
		CHECK(until == T0 + HANDSHAKE_TIMEOUT);
		say(IPC_EXPECT, id, EXPECT_44, 6);
		turns(now);
		CHECK(
		    until == MIN(now + HELLO_TIMEOUT, T0 + HANDSHAKE_TIMEOUT));
	}
	turns(T0 + HANDSHAKE_TIMEOUT);
	CHECK(heard(&id, &value) == IPC_CONN_LOST && value == LOST_TIMEOUT);
	close(fd);
	end();
}

static void
test_promoted_has_no_timeout(void)
{
	uint32_t id;
	unsigned value;
	int fd;

	begin();
	fd = stranger(1, T0, &id, &value);
	say(IPC_CONN_PROMOTE, id, NULL, 0);
	say(IPC_EXPECT, id, EXPECT_U16, 6);
	turns(T0);
	CHECK(until == CLOCK_NEVER);
	turns(T0 + 365 * 86400000ull);
	CHECK(heard(&id, &value) == 0);
	CHECK(write(fd, "\0\1x", 3) == 3);
	turns(T0 + 365 * 86400000ull);
	CHECK(heard(&id, &value) == IPC_FRAME_IN && value == 'x');
	close(fd);
	end();
}

/* A peer who neither reads nor hangs up. */
static void
test_close_is_bounded(void)
{
	static char frame[FRAME_WIRE_MAX];
	uint32_t id, first;
	unsigned value;
	int fd, other;

	begin();
	fd = stranger(1, T0, &id, &value);
	say(IPC_CONN_PROMOTE, id, NULL, 0);
	for (int i = 0; i < CREDIT_WINDOW; i++) {
		say(IPC_FRAME_OUT, id, frame, sizeof frame);
		turns(T0);
	}
	say(IPC_CONN_CLOSE, id, "", 1);
	turns(T0);
	CHECK(until == T0 + net_limits_default.close_ms);
	CHECK(slots_find(&net.slots, id) != NULL);
	first = id;
	other = stranger(2, T0 + 1, &id, &value);
	CHECK(id == first + 1);
	turns(T0 + net_limits_default.close_ms);
	CHECK(slots_find(&net.slots, first) == NULL);
	CHECK(slots_find(&net.slots, id) != NULL);
	/* Crypto has let go and hears nothing more. */
	CHECK(heard(&id, &value) == 0);
	close(fd);
	close(other);
	end();
}

static void
test_leaving_is_bounded(void)
{
	static char frame[FRAME_WIRE_MAX];
	uint32_t id;
	unsigned value;
	int fd;

	begin();
	fd = stranger(1, T0, &id, &value);
	say(IPC_CONN_PROMOTE, id, NULL, 0);
	for (int i = 0; i < CREDIT_WINDOW; i++)
		say(IPC_FRAME_OUT, id, frame, sizeof frame), turns(T0);
	close(super.fd);
	super.fd = -1;
	turns(T0 + 10);
	CHECK(!over && until == T0 + 10 + net_limits_default.leave_ms);
	CHECK(net.listener < 0);
	turns(T0 + 10 + net_limits_default.leave_ms - 1);
	CHECK(!over);
	turns(T0 + 10 + net_limits_default.leave_ms);
	CHECK(over);
	close(fd);
	end();
}

/* Crypto dies: nothing to do, and still there until the supervisor goes. */
static void
test_crypto_dies(void)
{
	uint32_t id;
	unsigned value;
	char byte;
	int fd;

	begin();
	fd = stranger(1, T0, &id, &value);
	close(crypto.fd);
	crypto.fd = -1;
	turns(T0);
	CHECK(recv(fd, &byte, 1, 0) <= 0);
	CHECK(!over && net.listener < 0);
	turns(T0 + 100000);
	CHECK(!over && until == CLOCK_NEVER);
	close(super.fd);
	super.fd = -1;
	turns(T0 + 100001);
	CHECK(over);
	close(fd);
	end();
}

/* A stranger who was sent away and does not hang up keeps nobody waiting. */
static void
test_leaving_strangers(void)
{
	uint32_t id;
	unsigned value;
	int fd[2];

	begin();
	fd[0] = stranger(1, T0, &id, &value);
	say(IPC_CONN_CLOSE, id, "", 1);
	fd[1] = stranger(2, T0, &id, &value);
	CHECK(!over && slots_find(&net.slots, 1) != NULL);
	close(super.fd);
	super.fd = -1;
	turns(T0);
	CHECK(over);
	close(fd[0]);
	close(fd[1]);
	end();
}

static void
test_counters(void)
{
	struct ipc_msg m;
	uint32_t id;
	unsigned value;
	int fd[3];

	begin();
	fd[0] = stranger(1, T0, &id, &value);
	CHECK(ipc_recv(&super, rx, sizeof rx, &m) == 1 &&
	      m.type == IPC_NET_COUNTERS && m.body[3] == 1);
	fd[1] = stranger(2, T0, &id, &value);
	fd[2] = stranger(3, T0 + 1, &id, &value);
	CHECK(ipc_recv(&super, rx, sizeof rx, &m) == 0);
	CHECK(until == T0 + net_limits_default.counters_ms);
	turns(T0 + net_limits_default.counters_ms);
	CHECK(ipc_recv(&super, rx, sizeof rx, &m) == 1 && m.body[3] == 3);
	turns(T0 + 2 * net_limits_default.counters_ms);
	CHECK(ipc_recv(&super, rx, sizeof rx, &m) == 0);
	for (size_t i = 0; i < ARRAY_LEN(fd); i++)
		close(fd[i]);
	end();
}

/* One attempt from 127.0.0.7 that fails; whether it was over the limit. */
static unsigned
fail_once(uint64_t now)
{
	uint32_t id;
	unsigned limited;
	int fd = stranger(7, now, &id, &limited);

	say(IPC_CONN_CLOSE, id, "\1", 1);
	turns(now);
	close(fd);
	turns(now);
	return limited;
}

static void
test_attempts(void)
{
	uint64_t now = T0;
	uint32_t id;
	unsigned limited;
	int fd;

	begin();
	for (int i = 0; i < FAILED_BURST; i++)
		CHECK(fail_once(now) == 0);
	fd = stranger(7, now, &id, &limited);
	CHECK(limited == 1);
	close(fd);
	turns(now);
	CHECK(heard(&id, &limited) == IPC_CONN_LOST && limited == LOST_EOF);
	now += FAILED_REFILL;
	CHECK(fail_once(now) == 0);
	CHECK(fail_once(now) == 1);
	end();
}

/* Crypto does not read: strangers wait in the kernel. */
static void
test_unanswered(void)
{
	uint32_t id;
	unsigned value;
	int a, b;

	begin();
	a = peer_from(1);
	b = peer_from(2);
	turns(T0);
	CHECK(heard(&id, &value) == IPC_CONN_OPEN && id == 1);
	CHECK(heard(&id, &value) == 0);
	/* Who is never asked is not kept for ever. */
	turns(T0 + HELLO_TIMEOUT);
	CHECK(heard(&id, &value) == IPC_CONN_LOST && value == LOST_TIMEOUT);
	CHECK(heard(&id, &value) == IPC_CONN_OPEN && id == 2);
	close(a);
	close(b);
	end();
}

/* While the link to crypto is full, however long, nobody else comes in. */
static void
test_crypto_stalls(void)
{
	static char frames[8][2 + 1000];
	uint32_t id;
	unsigned value;
	int fd, other;

	begin();
	fd = stranger(1, T0, &id, &value);
	say(IPC_CONN_PROMOTE, id, NULL, 0);
	say(IPC_EXPECT, id, EXPECT_U16, 6);
	for (size_t i = 0; i < ARRAY_LEN(frames); i++)
		memcpy(frames[i], "\3\350", 2);
	for (int i = 0; i < 1000 && !ipc_pending(&net.crypto); i++) {
		CHECK(write(fd, frames, sizeof frames) == sizeof frames);
		turns(T0);
	}
	CHECK(ipc_pending(&net.crypto));
	other = peer_from(2);
	for (int i = 1; i < 50; i++)
		turns(T0 + (uint64_t)i * HELLO_TIMEOUT);
	CHECK(!slots_issued(&net.slots, id + 1));
	/* Crypto goes on: all frames in order, then the newcomer. */
	while ((value = heard(&id, &value)) == IPC_FRAME_IN)
		turns(T0 + 50 * HELLO_TIMEOUT);
	CHECK(value == IPC_CONN_OPEN && id == 2);
	CHECK(!ipc_pending(&net.crypto));
	close(fd);
	close(other);
	end();
}

/* Writing finds out first that the peer is gone; what it said still counts. */
static void
test_write_finds_reset(void)
{
	const struct linger at_once = {.l_onoff = 1};
	char hello[44] = "SECCHAT";
	uint32_t id;
	unsigned value;
	int fd;

	begin();
	fd = stranger(1, T0, &id, &value);
	CHECK(write(fd, hello, sizeof hello) == sizeof hello);
	setsockopt(fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
	close(fd);
	say(IPC_FRAME_OUT, id, "hello?", 6);
	say(IPC_FRAME_OUT, id, "hello?", 6);
	turns(T0);
	CHECK(heard(&id, &value) == IPC_FRAME_IN && value == 'S');
	CHECK(heard(&id, &value) == IPC_CONN_LOST && value == LOST_RESET);
	end();
}

int
main(void)
{
	test_hello_timeout();
	test_handshake_timeout();
	test_promoted_has_no_timeout();
	test_close_is_bounded();
	test_leaving_is_bounded();
	test_crypto_dies();
	test_leaving_strangers();
	test_counters();
	test_attempts();
	test_unanswered();
	test_crypto_stalls();
	test_write_finds_reset();
	return check_end();
}
