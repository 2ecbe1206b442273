/*
 * HELLO, REFUSE, frames and bodies: there and back, and every way in which
 * one may be wrong.
 */
#include <stdint.h>
#include <stdlib.h>

#include "check.h"
#include "secchat/err.h"
#include "secchat/util.h"
#include "secchat/wire.h"

static uint8_t plain[FRAME_PLAIN_MAX], body[FRAME_BODY_MAX];

/* ---- HELLO and REFUSE ---- */

static const struct hello sample = {
    .mode = 2,
    .suite = 1,
    .c_or_r = {0xc0, 0xff, 0xee},
};

static void
test_hello(void)
{
	uint8_t msg[HELLO_MIN];
	struct hello h;

	hello_put(msg, &sample);
	CHECK(memcmp(msg, "SECCHAT\x01\x02\x01\x00\x00\xc0\xff\xee", 15) == 0);
	CHECK(hello_get_joiner(&h, msg) == 0);
	CHECK(h.mode == 2 && h.suite == 1 && h.sel == 0);
	CHECK_MEM(h.c_or_r, sample.c_or_r, 32);
	CHECK(hello_get_host(&h, msg) == 0 && answer_kind(msg) == 0);
	msg[10] = 1;
	CHECK(hello_get_joiner(&h, msg) == -ERR_FORMAT);
	CHECK(hello_get_host(&h, msg) == 0 && h.sel == 1);
	msg[10] = 0;
	msg[11] = 1;
	CHECK(hello_get_joiner(&h, msg) == -ERR_FORMAT);
	CHECK(hello_get_host(&h, msg) == -ERR_FORMAT);
	msg[11] = 0;
	for (size_t i = 0; i < 7; i++) {
		msg[i] ^= 0x20;
		CHECK(hello_get_joiner(&h, msg) == -ERR_NOT_SECCHAT);
		CHECK(hello_get_host(&h, msg) == -ERR_NOT_SECCHAT);
		CHECK(answer_kind(msg) == -ERR_NOT_SECCHAT);
		msg[i] ^= 0x20;
	}
	for (int v = 2; v < 256; v++) {
		msg[7] = (uint8_t)v;
		CHECK(hello_get_joiner(&h, msg) == -ERR_REFUSED_VERSION);
		CHECK(hello_get_host(&h, msg) == -ERR_REFUSED_VERSION);
		CHECK(answer_kind(msg) == -ERR_REFUSED_VERSION);
	}
	printf("hello: fields and refusals\n");
}

static void
test_refuse(void)
{
	static const struct {
		uint8_t reason;
		int err;
	} rows[] = {
	    {REFUSE_VERSION, ERR_REFUSED_VERSION},
	    {REFUSE_MODE, ERR_REFUSED_MODE},
	    {REFUSE_BUSY, ERR_REFUSED_BUSY},
	    {REFUSE_RESUME, ERR_REFUSED_RESUME},
	    {REFUSE_RATE, ERR_REFUSED_RATE},
	    {0, ERR_NOT_SECCHAT},
	    {6, ERR_NOT_SECCHAT},
	    {255, ERR_NOT_SECCHAT},
	};
	uint8_t msg[REFUSE_LEN];

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		refuse_put(msg, rows[i].reason);
		CHECK(answer_kind(msg) == -rows[i].err);
	}
	refuse_put(msg, 3);
	CHECK(memcmp(msg, "SECCHAT\x00\x03\x01\x00\x00", REFUSE_LEN) == 0);
	msg[9] = 7; /* the other side's version may be any */
	CHECK(answer_kind(msg) == -ERR_REFUSED_BUSY);
	msg[10] = 1;
	CHECK(answer_kind(msg) == -ERR_NOT_SECCHAT);
	msg[10] = 0;
	msg[11] = 1;
	CHECK(answer_kind(msg) == -ERR_NOT_SECCHAT);
	printf("refuse: reasons\n");
}

/* ---- frames ---- */

static void
test_buckets(void)
{
	static const struct {
		size_t body, bucket;
	} rows[] = {
	    {0, 256},
	    {244, 256},
	    {245, 1024},
	    {1012, 1024},
	    {1013, 4096},
	    {4084, 4096},
	    {4085, 16384},
	    {16372, 16384},
	    {16373, 65519},
	    {65507, 65519},
	    {65508, 0},
	    {SIZE_MAX, 0},
	};
	size_t allowed = 0;

	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		CHECK(frame_bucket(rows[i].body) == rows[i].bucket);
	for (uint32_t n = 0; n < 70000; n++)
		allowed += frame_len_ok(n) != 0;
	CHECK(allowed == 5);
	CHECK(frame_len_ok(272) && frame_len_ok(1040) && frame_len_ok(4112) &&
	      frame_len_ok(16400) && frame_len_ok(65535));
	CHECK(!frame_len_ok(272 + 65536) && !frame_len_ok(UINT32_MAX));
	printf("buckets: five\n");
}

static void
test_frame(void)
{
	static const size_t sizes[] = {
	    8, 244, 245, 1012, 1013, 4084, 16372, 16373, FRAME_BODY_MAX};
	struct frame f;

	for (size_t i = 0; i < FRAME_BODY_MAX; i++)
		body[i] = 'a';
	for (size_t i = 0; i < ARRAY_LEN(sizes); i++) {
		size_t len;

		memset(plain, 0xaa, sizeof plain);
		len = frame_put(
		    plain, FRAME_MSG, 0x0102030405060708, body, sizes[i]);
		CHECK(len == frame_bucket(sizes[i]));
		CHECK(frame_get(&f, plain, len) == 0);
		CHECK(f.type == FRAME_MSG && f.ack == 0x0102030405060708);
		CHECK(f.body_len == sizes[i] && f.body == plain + FRAME_HEAD);
		CHECK_MEM(f.body, body, sizes[i]);
	}
	CHECK(frame_put(plain, FRAME_ACK, 1, NULL, 0) == 256);
	CHECK(frame_get(&f, plain, 256) == 0 && f.body_len == 0);
	CHECK(memcmp(plain, "\x02\0\0\0\0\0\0\0\0\0\0\x01", 12) == 0);
	CHECK(frame_put(plain, FRAME_MSG, 0, body, FRAME_BODY_MAX + 1) == 0);
	printf("frames: there and back\n");
}

static void
test_frame_refusals(void)
{
	struct frame f;

	/* Every padding byte, in every bit. */
	frame_put(plain, FRAME_MSG, 0, body, 8);
	for (size_t i = (FRAME_HEAD + 8) * 8; i < 256 * 8; i++) {
		plain[i / 8] ^= (uint8_t)(1 << i % 8);
		CHECK(frame_get(&f, plain, 256) == -ERR_VIOLATION);
		plain[i / 8] ^= (uint8_t)(1 << i % 8);
	}
	for (int flags = 1; flags < 256; flags++) {
		plain[1] = (uint8_t)flags;
		CHECK(frame_get(&f, plain, 256) == -ERR_VIOLATION);
	}
	plain[1] = 0;
	CHECK(frame_get(&f, plain, 256) == 0);
	/* Truncated anywhere, or in a bucket that is not its own. */
	for (size_t n = 0; n < 256; n++)
		CHECK(frame_get(&f, plain, n) == -ERR_VIOLATION);
	memset(plain + 256, 0, 1024 - 256);
	CHECK(frame_get(&f, plain, 1024) == -ERR_VIOLATION);
	CHECK(frame_get(&f, plain, 257) == -ERR_VIOLATION);
	/* A length that is not there. */
	plain[2] = 0;
	plain[3] = 245;
	CHECK(frame_get(&f, plain, 256) == -ERR_VIOLATION);
	plain[2] = plain[3] = 0xff;
	CHECK(frame_get(&f, plain, 256) == -ERR_VIOLATION);
	frame_put(plain, FRAME_MSG, 0, body, 1013);
	CHECK(frame_get(&f, plain, 1024) == -ERR_VIOLATION);
	printf("frames: flags, padding, lengths\n");
}

/* Bodies that a type cannot have. */
static void
test_types(void)
{
	static const struct {
		uint8_t type;
		const char *name;
		size_t min, max;
	} rows[] = {
	    {FRAME_OPEN, "OPEN", 53, 53 + NICK_MAX},
	    {FRAME_ACK, "ACK", 0, 0},
	    {FRAME_PING, "PING", 8, 8},
	    {FRAME_PONG, "PONG", 8, 8},
	    {FRAME_REKEY, "REKEY", 36, 36},
	    {FRAME_SWITCH, "SWITCH", 4, 4},
	    {FRAME_CLOSE, "CLOSE", 9, 9},
	    {FRAME_CLOSE_ACK, "CLOSE_ACK", 0, 0},
	    {FRAME_MSG, "MSG", 8, FRAME_BODY_MAX},
	    {FRAME_FILE_OFFER, "FILE_OFFER", 21, 276},
	    {FRAME_FILE_ACCEPT, "FILE_ACCEPT", 20, 20},
	    {FRAME_FILE_CANCEL, "FILE_CANCEL", 13, 13},
	    {FRAME_FILE_DATA, "FILE_DATA", 12, FRAME_BODY_MAX},
	    {FRAME_FILE_END, "FILE_END", 20, 20},
	    {FRAME_FILE_ACK, "FILE_ACK", 12, 12},
	};
	size_t known = 0;
	struct frame f;

	memset(body, 0, sizeof body);
	for (int t = 0; t < 256; t++) {
		size_t i = 0;

		while (i < ARRAY_LEN(rows) && rows[i].type != t)
			i++;
		if (i == ARRAY_LEN(rows)) {
			CHECK(strcmp(frame_name((uint8_t)t), "?") == 0);
			frame_put(plain, (uint8_t)t, 0, body, 8);
			CHECK(frame_get(&f, plain, 256) == -ERR_VIOLATION);
			continue;
		}
		known++;
		CHECK(strcmp(frame_name((uint8_t)t), rows[i].name) == 0);
		for (size_t n = 0; n <= 320; n++) {
			size_t len = frame_put(plain, (uint8_t)t, 0, body, n);
			int fits = n >= rows[i].min && n <= rows[i].max;

			CHECK((frame_get(&f, plain, len) == 0) == fits);
		}
	}
	CHECK(known == ARRAY_LEN(rows));
	printf("types: %zu known, their sizes\n", known);
}

/* ---- bodies ---- */

/* A frame over bytes in an exact heap copy, so that a sanitizer sees one
 * byte too far. */
static struct frame
frame_over(uint8_t type, const uint8_t *p, size_t len)
{
	struct frame f = {.type = type, .body_len = len};
	uint8_t *copy = malloc(len > 0 ? len : 1);

	if (copy == NULL)
		abort();
	memcpy(copy, p, len);
	f.body = copy;
	return f;
}

static void
drop(struct frame *f)
{
	free((void *)(uintptr_t)f->body);
}

static int
open_verdict(size_t len)
{
	struct frame f = frame_over(FRAME_OPEN, body, len);
	struct open_body o;
	int e = open_get(&o, &f);

	drop(&f);
	return e;
}

static void
test_open(void)
{
	struct open_body o = {
	    .rx_next = 5,
	    .tx_next = 0x0102030405060708,
	    .nick_len = 7,
	    .nick = "g\xc3\xbcnter",
	};
	struct open_body got;
	struct frame f;
	size_t len;

	memset(o.r, 0x33, sizeof o.r);
	len = open_put(body, &o);
	CHECK(len == 53 + 7);
	f = frame_over(FRAME_OPEN, body, len);
	CHECK(open_get(&got, &f) == 0);
	CHECK(got.rx_next == 5 && got.tx_next == o.tx_next && got.caps == 0);
	CHECK(got.nick_len == 7 && memcmp(got.nick, o.nick, 7) == 0);
	CHECK_MEM(got.r, o.r, 32);
	drop(&f);
	for (size_t n = 0; n < len; n++)
		CHECK(open_verdict(n) == -ERR_VIOLATION);
	CHECK(open_verdict(len + 1) == -ERR_VIOLATION);
	for (size_t i = 48; i < 52; i++) {
		body[i] = 1; /* caps */
		CHECK(open_verdict(len) == -ERR_VIOLATION);
		body[i] = 0;
	}
	body[53 + 2] = 'x'; /* half a character */
	CHECK(open_verdict(len) == -ERR_VIOLATION);
	memset(o.nick, 'n', sizeof o.nick);
	o.nick_len = 255;
	CHECK(open_put(body, &o) == 53 + 255 && open_verdict(53 + 255) == 0);
	CHECK(open_verdict(53 + 254) == -ERR_VIOLATION);
	printf("OPEN: fields and refusals\n");
}

static int
msg_verdict(const void *text, size_t len)
{
	size_t n = numbered_put(body, 9, text, len), got_len;
	struct frame f = frame_over(FRAME_MSG, body, n);
	const uint8_t *got;
	uint64_t mseq;
	int e = msg_get(&mseq, &got, &got_len, &f);

	CHECK(n == 8 + len);
	CHECK(e != 0 ||
	      (mseq == 9 && got_len == len && memcmp(got, text, len) == 0));
	drop(&f);
	return e;
}

static void
test_msg(void)
{
	static uint8_t text[TEXT_MAX + 1];
	struct frame f = frame_over(FRAME_MSG, body, 7);
	const uint8_t *got;
	size_t len;
	uint64_t mseq;

	CHECK(msg_get(&mseq, &got, &len, &f) == -ERR_VIOLATION);
	drop(&f);
	CHECK(msg_verdict("", 0) == 0);
	CHECK(msg_verdict("hello", 5) == 0);
	CHECK(msg_verdict("nul\0in it", 9) == 0);
	CHECK(msg_verdict("\xe2\x82\xac", 3) == 0);
	CHECK(msg_verdict("\xe2\x82", 2) == -ERR_VIOLATION);
	CHECK(msg_verdict("\xc0\x80", 2) == -ERR_VIOLATION);
	CHECK(msg_verdict("\xed\xa0\x80", 3) == -ERR_VIOLATION);
	CHECK(msg_verdict("\xf4\x90\x80\x80", 4) == -ERR_VIOLATION);
	memset(text, 'x', sizeof text);
	CHECK(msg_verdict(text, TEXT_MAX) == 0);
	CHECK(numbered_put(body, 1, text, TEXT_MAX + 1) == 0);
	printf("MSG: UTF-8 and sizes\n");
}

/* What is said about files: as it was put, and at every other length not. */
static void
test_file(void)
{
	struct file_offer o = {.fid = 7,
			      .size = 1ull << 40,
			      .name_len = 5,
			      .name = "caf\xc3\xa9"},
			  got = {0};
	static uint8_t rest[FILE_OFFER_MAX + 1];
	struct frame f = {.body = body};
	const uint8_t *p;
	uint64_t n;
	uint32_t fid;
	uint8_t why;
	size_t len = offer_put(rest, &o);

	CHECK(len == 13 + 5 && offer_get(&got, rest, len) == 0);
	CHECK(got.fid == 7 && got.size == o.size && got.name_len == 5 &&
	      memcmp(got.name, o.name, 5) == 0);
	for (size_t l = 0; l < sizeof rest; l++)
		CHECK((offer_get(&got, rest, l) == 0) == (l == len));
	rest[len - 1] = 'x'; /* half a character */
	CHECK(offer_get(&got, rest, len) == -ERR_VIOLATION);

	CHECK(file_at_put(rest, 9, 10) == FILE_AT);
	for (size_t l = 0; l < 20; l++)
		CHECK((file_at_get(&fid, &n, rest, l) == 0) == (l == FILE_AT));
	CHECK(file_at_get(&fid, &n, rest, FILE_AT) == 0 && fid == 9 && n == 10);
	CHECK(file_stop_put(rest, 9, 4) == FILE_STOP_LEN);
	for (size_t l = 0; l < 20; l++)
		CHECK((file_stop_get(&fid, &why, rest, l) == 0) ==
		      (l == FILE_STOP_LEN));
	CHECK(file_stop_get(&fid, &why, rest, FILE_STOP_LEN) == 0 && why == 4);

	f.body_len = file_at_put(body, 3, 4) + 4;
	memcpy(body + FILE_HEAD, "data", 4);
	CHECK(f.body_len == FILE_HEAD + 4);
	CHECK(file_data_get(&fid, &n, &p, &len, &f) == 0 && fid == 3 &&
	      n == 4 && len == 4 && memcmp(p, "data", 4) == 0);
	for (f.body_len = 0; f.body_len <= FILE_HEAD; f.body_len++)
		CHECK(file_data_get(&fid, &n, &p, &len, &f) == -ERR_VIOLATION);

	f.body_len = numbered_put(body, 5, "rest", 4);
	CHECK(numbered_get(&n, &p, &len, &f) == 0 && n == 5 && len == 4 &&
	      memcmp(p, "rest", 4) == 0);
	f.body_len = 7;
	CHECK(numbered_get(&n, &p, &len, &f) == -ERR_VIOLATION);
	CHECK(numbered_put(body, 5, body, FRAME_BODY_MAX - 7) == 0);
	printf("files: fields and refusals\n");
}

/* The small bodies, at every length but their own. */
static void
test_small(void)
{
	struct close_body c = {.reason = 3, .tx_next = 77}, c2;
	struct rekey_body rk = {.epoch = 8, .x = {1, 2, 3}}, rk2;
	struct frame f = {.body = body};
	uint64_t v;
	uint32_t n;

	memset(body, 0, sizeof body);
	for (size_t len = 0; len < 64; len++) {
		f.body_len = len;
		CHECK((ping_get(&v, &f) == 0) == (len == 8));
		CHECK((close_get(&c2, &f) == 0) == (len == 9));
		CHECK((rekey_get(&rk2, &f) == 0) == (len == 36));
		CHECK((switch_get(&n, &f) == 0) == (len == 4));
	}
	f.body_len = ping_put(body, 0xfeedfacecafebeef);
	CHECK(ping_get(&v, &f) == 0 && v == 0xfeedfacecafebeef);
	f.body_len = close_put(body, &c);
	CHECK(close_get(&c2, &f) == 0 && c2.reason == 3 && c2.tx_next == 77);
	f.body_len = rekey_put(body, &rk);
	CHECK(rekey_get(&rk2, &f) == 0 && rk2.epoch == 8);
	CHECK_MEM(rk2.x, rk.x, 32);
	f.body_len = switch_put(body, 0xdeadbeef);
	CHECK(switch_get(&n, &f) == 0 && n == 0xdeadbeef);
	printf("PING, CLOSE, REKEY, SWITCH: one length each\n");
}

int
main(void)
{
	test_hello();
	test_refuse();
	test_buckets();
	test_frame();
	test_frame_refusals();
	test_types();
	test_open();
	test_msg();
	test_file();
	test_small();
	return check_end();
}
