/*
 * The framing cutter: every framing, lengths at their limits, and the same
 * result however the bytes are split.
 */
#include <stdlib.h>

#include "../../src/net/cutter.h"
#include "check.h"
#include "secchat/err.h"
#include "secchat/ipc_msgs.h"
#include "secchat/util.h"

static const struct expect frames = {.framing = FRAMING_U16,
    .n = 5,
    .max = 65535,
    .allowed = {272, 1040, 4112, 16400, 65535}};

/* The body of an EXPECT, with n allowed lengths of `allowed` each. */
static int
read_expect(struct expect *e, unsigned framing, uint32_t max, unsigned n,
    uint32_t allowed, size_t cut_off)
{
	uint8_t body[64];
	struct writer w;
	struct reader r;

	writer_init(&w, body, sizeof body);
	put_u8(&w, (uint8_t)framing);
	put_u32(&w, max);
	put_u8(&w, (uint8_t)n);
	for (unsigned i = 0; i < n && i < 9; i++)
		put_u32(&w, allowed);
	reader_init(&r, body, w.len - cut_off);
	return expect_get(e, &r);
}

static void
test_expect(void)
{
	struct expect e;

	CHECK(read_expect(&e, FRAMING_RAW, 44, 0, 0, 0) == 0);
	CHECK(e.framing == FRAMING_RAW && e.max == 44 && e.n == 0);
	CHECK(read_expect(&e, FRAMING_U16, 65535, 8, 65535, 0) == 0);
	CHECK(e.n == 8 && e.allowed[7] == 65535);
	CHECK(read_expect(&e, FRAMING_U32, 0, 0, 0, 0) == 0);
	CHECK(read_expect(&e, 0, 44, 0, 0, 0) == -ERR_FORMAT);
	CHECK(read_expect(&e, FRAMING_U32 + 1, 44, 0, 0, 0) == -ERR_FORMAT);
	CHECK(read_expect(&e, FRAMING_RAW, 0, 0, 0, 0) == -ERR_FORMAT);
	CHECK(read_expect(&e, FRAMING_RAW, 44, 1, 44, 0) == -ERR_FORMAT);
	CHECK(read_expect(&e, FRAMING_U16, 65536, 0, 0, 0) == -ERR_FORMAT);
	CHECK(read_expect(&e, FRAMING_U32, FRAME_IN_MAX, 0, 0, 0) == 0);
	CHECK(read_expect(&e, FRAMING_U32, FRAME_IN_MAX + 1, 0, 0, 0) ==
	      -ERR_FORMAT);
	CHECK(read_expect(&e, FRAMING_U16, 10, 1, 11, 0) == -ERR_FORMAT);
	CHECK(read_expect(&e, FRAMING_U16, 10, 9, 1, 0) == -ERR_FORMAT);
	for (size_t i = 1; i <= 10; i++)
		CHECK(read_expect(&e, FRAMING_U16, 10, 1, 1, i) == -ERR_FORMAT);
}

static int
cut_u16(uint32_t len, size_t have)
{
	static uint8_t in[65537];
	struct cut c = {9, 9};
	int v;

	in[0] = (uint8_t)(len >> 8);
	in[1] = (uint8_t)len;
	v = cut_next(&frames, in, have, &c);
	CHECK(v != 1 || (c.skip == 2 && c.len == len));
	return v;
}

static void
test_u16(void)
{
	static const uint32_t bad[] = {
	    0, 1, 15, 16, 271, 273, 1039, 1041, 4111, 16401, 0xfffe};

	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		CHECK(cut_u16(bad[i], 1) == 0);
		CHECK(cut_u16(bad[i], 2) == -ERR_TOO_LONG);
		CHECK(cut_u16(bad[i], 65537) == -ERR_TOO_LONG);
	}
	for (size_t i = 0; i < frames.n; i++) {
		uint32_t len = frames.allowed[i];

		CHECK(cut_u16(len, 0) == 0);
		CHECK(cut_u16(len, 2) == 0);
		CHECK(cut_u16(len, 2 + len - 1) == 0);
		CHECK(cut_u16(len, 2 + len) == 1);
	}
}

static void
test_u32_and_raw(void)
{
	const struct expect any = {.framing = FRAMING_U32, .max = 100};
	const struct expect raw = {.framing = FRAMING_RAW, .max = 3};
	const uint8_t huge[] = {0x80, 0, 0, 1, 5};
	const uint8_t wraps[] = {0xff, 0xff, 0xff, 0xff};
	const uint8_t over[] = {0, 0, 0, 101};
	const uint8_t none[] = {0, 0, 0, 0, 7};
	struct cut c;

	CHECK(cut_next(&any, huge, 3, &c) == 0);
	CHECK(cut_next(&any, huge, 5, &c) == -ERR_TOO_LONG);
	CHECK(cut_next(&any, wraps, 4, &c) == -ERR_TOO_LONG);
	CHECK(cut_next(&any, over, 4, &c) == -ERR_TOO_LONG);
	CHECK(cut_next(&any, none, 5, &c) == 1 && c.skip == 4 && c.len == 0);
	CHECK(cut_next(&raw, huge, 2, &c) == 0);
	CHECK(cut_next(&raw, huge, 5, &c) == 1 && c.skip == 0 && c.len == 3);
}

/* A long stream of random frames, cut from every possible split. */
static void
test_stream(void)
{
	static uint8_t in[200000];
	static size_t ends[64];
	size_t len = 0, n = 0, at = 0, seen = 0;
	struct cut c;

	srand(1);
	while (n < ARRAY_LEN(ends)) {
		uint32_t body = frames.allowed[rand() % 3];

		in[len++] = (uint8_t)(body >> 8);
		in[len++] = (uint8_t)body;
		len += body;
		ends[n++] = len;
	}
	for (size_t have = 0; have <= len; have++) {
		int v = cut_next(&frames, in + at, have - at, &c);

		if (v == 0)
			continue;
		if (!CHECK(v == 1 && have == ends[seen]))
			return;
		at += c.skip + c.len;
		CHECK(at == ends[seen]);
		seen++;
	}
	CHECK(seen == n);
}

int
main(void)
{
	test_expect();
	test_u16();
	test_u32_and_raw();
	test_stream();
	return check_end();
}
