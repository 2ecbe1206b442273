/*
 * Fuzzes what a stranger can say before anything is authenticated: HELLO,
 * REFUSE and the handshake's messages, to a joiner and to a host in every
 * mode.  Nobody who does not know the secret may be taken for the peer.
 */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "secchat/ipc_msgs.h"
#include "secchat/noise.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The same bytes every time, so that an input can be tried again. */
static void
steady(void *ctx, void *buf, size_t len)
{
	uint8_t *p = buf;
	uint8_t *next = ctx;

	for (size_t i = 0; i < len; i++)
		p[i] = (*next)++;
}

/*
 * The first byte: role, one of eight modes, suite.  RESUME has two secrets, one
 * or, where the bit says so, none any more when the first message is through,
 * since another connection went on with it.
 */
static void
run(uint8_t how, const uint8_t *data, size_t size)
{
	static const uint8_t modes[8] = {0, MODE_PASS, MODE_KEY, MODE_ID,
	    MODE_PAIR, 5, MODE_RESUME, MODE_RESUME};
	struct hs_secret secret = {{1}, {2}, {{3}, {4}}};
	struct resume_set set = {.n = 2, .e = {{{5}, {6}, 1}, {{7}, {8}, 1}}};
	uint8_t next = 7, out[HS_MSG_MAX], mode = how >> 1 & 7;
	struct hs_config cfg = {
	    .role = how & 1,
	    .mode = modes[mode],
	    .suite = how & 0x80 ? 2 : 1,
	    .resume = mode < 6 && !(how & 0x10) ? NULL : &set,
	    .room = "",
	    .secret = &secret,
	    .rnd = {steady, &next},
	};
	struct hs hs;
	size_t len;

	if (mode == 7)
		set.n = 1;
	if (cfg.mode == MODE_RESUME && how & 0x40)
		cfg.resume = NULL;
	/* A host's own mode is another one; RESUME is what it hears. */
	if (cfg.role == PEER_HOST && cfg.mode == MODE_RESUME)
		cfg.mode = MODE_KEY;
	hs_init(&hs, &cfg);
	assert(!hs_peer_proved(&hs) && hs_mode(&hs) == cfg.mode);
	for (;;) {
		enum hs_next n = hs_next(&hs);

		if (n == HS_WRITE) {
			assert(hs_want(&hs) == 0);
			if (hs_write(&hs, out, sizeof out, &len) == 0)
				assert(len > 0 && len <= sizeof out);
			if (how & 0x20)
				set.n = 0;
		} else if (n == HS_READ && size > 0) {
			len = hs_want(&hs) < size ? hs_want(&hs) : size;
			hs_read(&hs, data, len);
			data += len;
			size -= len;
		} else {
			assert(n != HS_DONE && !hs_peer_proved(&hs));
			assert(n != HS_FAILED || hs_mode(&hs) == 0);
			break;
		}
	}
	hs_wipe(&hs);
}

static void
check_hello(const uint8_t *data, size_t size)
{
	uint8_t again[HELLO_MIN];
	struct hello h;

	if (size >= REFUSE_LEN)
		answer_kind(data);
	if (size < HELLO_MIN)
		return;
	if (hello_get_joiner(&h, data) == 0) {
		assert(h.sel == 0 && hello_get_host(&h, data) == 0);
		hello_put(again, &h);
		assert(memcmp(again, data, sizeof again) == 0);
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static int ready;
	uint8_t *copy;

	if (!ready)
		ready = noise_library_init() == 0;
	if (size < 2)
		return 0;
	/* What is left, exactly, so that a sanitizer sees one byte too far. */
	copy = malloc(size - 1);
	assert(copy != NULL);
	memcpy(copy, data + 1, size - 1);
	check_hello(copy, size - 1);
	run(data[0], copy, size - 1);
	free(copy);
	return 0;
}
