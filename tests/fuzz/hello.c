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

static void
run(uint8_t role, uint8_t mode, uint8_t suite, const uint8_t *data, size_t size)
{
	struct hs_secret secret = {{1}, {2}, {{3}, {4}}};
	uint8_t next = 7, out[HS_MSG_MAX];
	struct hs_config cfg = {
	    .role = role,
	    .mode = mode,
	    .suite = suite,
	    .room = "",
	    .secret = &secret,
	    .rnd = {steady, &next},
	};
	struct hs hs;
	size_t len;

	hs_init(&hs, &cfg);
	for (;;) {
		enum hs_next n = hs_next(&hs);

		if (n == HS_WRITE) {
			if (hs_write(&hs, out, sizeof out, &len) == 0)
				assert(len > 0 && len <= sizeof out);
		} else if (n == HS_READ && size > 0) {
			len = hs_want(&hs) < size ? hs_want(&hs) : size;
			hs_read(&hs, data, len);
			data += len;
			size -= len;
		} else {
			assert(n != HS_DONE && !hs_peer_proved(&hs));
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
	run(data[0] & 1, (uint8_t)(data[0] >> 1 & 7), (data[0] & 0x80) ? 2 : 1,
	    copy, size - 1);
	free(copy);
	return 0;
}
