/*
 * What a captured sibling can write on a link: records with any header, any
 * body and any descriptors, taken in each of the three ways that there are;
 * on crypto's links also what the engine makes of them, in any state.  Each
 * must be handled or end in fatal(), which this file replaces by a jump, and
 * none may leave a descriptor open.
 *
 * Input: one byte (bit 0: a chat is up; bit 1: the engine is not started
 * yet), then records: one byte link, one byte how, u16 length, the bytes.
 * How, bit 0: the header is made right; bit 1: bytes of the secret, for an
 * engine that reads it, bit 2: of the identity; bits 3 and 4: how it is taken,
 * 0 as by an engine; bits 5 and 6: descriptors; bit 7: which end takes it.
 */
#include <assert.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "../sim/sim.h"
#include "secchat/util.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static jmp_buf end;

void
fatal(const char *fmt, ...)
{
	(void)fmt;
	longjmp(end, 1);
}

static const char key[] = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=";
static const enum ipc_link_id link_ids[] = {
    LINK_SUPER_CRYPTO, LINK_UI_CRYPTO, LINK_CRYPTO_NET};

static uint8_t buf[IPC_RECORD_MAX + 1];
static int wire[2] = {-1, -1}, passed = -1;

/* A record goes into the socket, with so many descriptors. */
static int
send_record(const uint8_t *p, size_t len, size_t fds)
{
	union {
		struct cmsghdr align;
		char buf[CMSG_SPACE(3 * sizeof(int))];
	} control;
	struct iovec iov = {.iov_base = (void *)(uintptr_t)p, .iov_len = len};
	struct msghdr msg = {.msg_iov = &iov, .msg_iovlen = 1};
	struct cmsghdr *c;

	if (fds > 0) {
		memset(&control, 0, sizeof control);
		msg.msg_control = control.buf;
		msg.msg_controllen = CMSG_SPACE(fds * sizeof(int));
		c = CMSG_FIRSTHDR(&msg);
		c->cmsg_level = SOL_SOCKET;
		c->cmsg_type = SCM_RIGHTS;
		c->cmsg_len = CMSG_LEN(fds * sizeof(int));
		for (size_t i = 0; i < fds; i++)
			memcpy(CMSG_DATA(c) + i * sizeof(int), &passed,
			    sizeof passed);
	}
	return len > 0 && sendmsg(wire[0], &msg, 0) == (ssize_t)len;
}

static void
socket_ready(void)
{
	if (wire[0] < 0 &&
	    socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK, 0, wire) < 0)
		abort();
	if (passed < 0)
		passed = open("/dev/null", O_RDONLY);
	while (read(wire[1], buf, sizeof buf) > 0)
		;
}

/* The lowest number that is free: it stays so when nothing is left open. */
static int
lowest(void)
{
	int fd = dup(passed);

	close(fd);
	return fd;
}

/* Taken in one of the other two ways, at either end of any link. */
static void
take(uint8_t link, uint8_t how)
{
	int before = lowest(), v;
	struct ipc_link l;
	struct ipc_msg m = {.fd = -1};
	enum ipc_link_id id = (enum ipc_link_id)(link % LINK_COUNT);
	uint8_t a, b;

	ipc_link_ends(id, &a, &b);
	ipc_init(&l, wire[1], id, how & 0x80 ? a : b, NULL, 0);
	if (how & 0x10)
		v = ipc_recv_any(&l, buf, sizeof buf, &m);
	else
		v = ipc_recv_fd(&l, buf, sizeof buf, &m);
	assert(v == 1 || m.fd < 0 || v < 0);
	if (v == 1)
		fd_close(m.fd);
	assert(lowest() == before);
}

/* One record over a real socket into the host's engine. */
static void
one_record(
    struct sim *sim, uint8_t link, uint8_t how, const uint8_t *p, size_t len)
{
	struct engine *e = &sim->side[SIM_HOST].e;
	struct ipc_link l;
	struct ipc_msg m;

	if (how & 6) {
		if (how & 2)
			engine_secret_bytes(e, p, len);
		else if (how & 4 && e->reading_identity)
			engine_identity_bytes(e, p, len);
		return;
	}
	socket_ready();
	if (!send_record(p, len, how >> 5 & 3))
		return;
	if (how & 0x18) {
		take(link, how);
		return;
	}
	ipc_init(&l, wire[1], link_ids[link % ARRAY_LEN(link_ids)], ROLE_CRYPTO,
	    NULL, 0);
	if (ipc_recv(&l, buf, sizeof buf, &m) != 1)
		return;
	e->now = ++sim->now;
	engine_on_message(e, &l, &m);
	engine_tick(e);
}

static void
all_records(struct sim *sim, struct reader *r)
{
	static uint8_t record[IPC_RECORD_MAX + 1];

	while (r->left > 4) {
		uint8_t link = get_u8(r), how = get_u8(r);
		size_t want = get_u16(r), len = MIN(want, r->left);
		const uint8_t *p = get_bytes(r, len);
		struct writer w;

		writer_init(&w, record, sizeof record);
		if (how & 1) {
			put_u32(&w, (uint32_t)(len + 6));
			put_bytes(&w, p, MIN(len, 2));
			put_u16(&w, 0);
			put_bytes(&w, p + MIN(len, 2), len - MIN(len, 2));
		} else {
			put_bytes(&w, p, len);
		}
		one_record(sim, link, how, record, w.len);
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct sim *volatile sim;
	struct reader r;
	uint8_t how;

	if (noise_library_init() < 0)
		abort();
	reader_init(&r, data, size);
	how = get_u8(&r);
	sim = sim_new(MODE_KEY, key, key, 1);
	if (how & 2) {
		struct sim_side *s = &sim->side[SIM_HOST];

		memset(&s->keys, 0, sizeof s->keys);
		engine_init(&s->e, &s->keys, &s->outbox, s->plain, s->wire,
		    s->e.rnd, s->e.send, s->e.send_ctx);
	}
	if (setjmp(end) == 0) {
		if ((how & 3) == 1) {
			sim_connect(sim);
			sim_run(sim);
		}
		all_records(sim, &r);
	}
	sim_free(sim);
	return 0;
}
