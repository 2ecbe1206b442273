/*
 * The framing cutter of secchat-net: the input is the body of an EXPECT, a
 * byte that chooses the sizes of reads, and a stream.  Whatever is cut is the
 * same as when all bytes had been there at once, lies inside the buffer and
 * has a length that was asked for.
 */
#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "../../src/net/cutter.h"
#include "secchat/ipc_msgs.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
check_cut(const struct expect *e, const struct cut *c, size_t have)
{
	int listed = e->n == 0;

	assert(c->skip + c->len <= have && c->len <= e->max);
	assert(c->len <= FRAME_IN_MAX);
	assert(e->framing != FRAMING_RAW || c->len == e->max);
	for (size_t i = 0; i < e->n; i++)
		listed |= e->allowed[i] == c->len;
	assert(listed);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct reader r;
	struct expect e;
	size_t at = 0, have = 0, step, left;
	const uint8_t *in;

	reader_init(&r, data, size);
	if (expect_get(&e, &r) < 0)
		return 0;
	step = 1 + get_u8(&r) % 64u;
	in = get_rest(&r, &left);
	while (in != NULL && have < left) {
		struct cut c = {0, 0}, whole = {0, 0};
		int v, w;

		have = have + step < left ? have + step : left;
		while ((v = cut_next(&e, in + at, have - at, &c)) > 0) {
			w = cut_next(&e, in + at, left - at, &whole);
			assert(w == 1 && memcmp(&c, &whole, sizeof c) == 0);
			check_cut(&e, &c, have - at);
			at += c.skip + c.len;
			/* Empty frames end with the bytes. */
			if (c.skip + c.len == 0)
				abort();
		}
		if (v < 0) {
			assert(cut_next(&e, in + at, left - at, &whole) == v);
			break;
		}
	}
	return 0;
}
