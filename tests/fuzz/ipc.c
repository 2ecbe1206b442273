/*
 * What a captured sibling can write on any of the crypto worker's links:
 * records with any header and any body, in any state of the engine.  Each
 * must be handled or end in fatal(), which this file replaces by a jump.
 *
 * Input: one byte (bit 0: a chat is up), then records: one byte link, one
 * byte how (bit 0: the header is made right), u16 length, the bytes.
 */
#include <setjmp.h>
#include <stdlib.h>
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

/* One record over a real socket into the host's engine. */
static void
one_record(struct sim *sim, enum ipc_link_id id, const uint8_t *p, size_t len)
{
	static uint8_t buf[IPC_RECORD_MAX + 1];
	static int fd[2] = {-1, -1};
	struct ipc_link l;
	struct ipc_msg m;

	if (fd[0] < 0 &&
	    socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK, 0, fd) < 0)
		abort();
	while (read(fd[1], buf, sizeof buf) > 0)
		;
	if (len == 0 || write(fd[0], p, len) != (ssize_t)len)
		return;
	ipc_init(&l, fd[1], id, ROLE_CRYPTO, NULL, 0);
	if (ipc_recv(&l, buf, sizeof buf, &m) != 1)
		return;
	sim->side[SIM_HOST].e.now = ++sim->now;
	engine_on_message(&sim->side[SIM_HOST].e, &l, &m);
	engine_tick(&sim->side[SIM_HOST].e);
}

static void
all_records(struct sim *sim, struct reader *r)
{
	static uint8_t record[IPC_RECORD_MAX + 1];

	while (r->left > 4) {
		enum ipc_link_id id = link_ids[get_u8(r) % ARRAY_LEN(link_ids)];
		uint8_t how = get_u8(r);
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
		one_record(sim, id, record, w.len);
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct sim *volatile sim;
	struct reader r;

	if (noise_library_init() < 0)
		abort();
	reader_init(&r, data, size);
	sim = sim_new(MODE_KEY, key, key, 1);
	if (setjmp(end) == 0) {
		if (get_u8(&r) & 1) {
			sim_connect(sim);
			sim_run(sim);
		}
		all_records(sim, &r);
	}
	sim_free(sim);
	return 0;
}
