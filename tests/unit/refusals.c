/*
 * What a handshake refuses: other secrets, modes and suites, every changed
 * bit, every wrong length, points that are none, and one's own echo.
 */
#include "secchat/err.h"
#include "secchat/util.h"
#include "talk.h"

static void
test_wrong_secret(uint8_t mode)
{
	struct talk t;

	talk_init(&t, mode, 0);
	t.side[H].secret.prs[0] ^= 1;
	t.side[H].secret.key[31] ^= 0x80;
	talk_start(&t);
	CHECK(talk_run(&t) == -ERR_AUTH);
	/* The host found out, at F3, and has not answered it. */
	CHECK(state(&t, H) == HS_FAILED && all_wiped(&t.side[H].hs));
	CHECK(state(&t, J) == HS_READ && hs_want(&t.side[J].hs) >= 48);
	CHECK(!hs_peer_proved(&t.side[J].hs) && !hs_peer_proved(&t.side[H].hs));
	CHECK(t.wire_len[H] == 0);
}

/* A room of another name is another secret too. */
static void
test_wrong_room(void)
{
	struct talk t;

	talk_init(&t, MODE_PASS, 0);
	t.side[J].cfg.room = "elsewhere";
	talk_start(&t);
	CHECK(talk_run(&t) == -ERR_AUTH && state(&t, H) == HS_FAILED);
	printf("another room: refused\n");
}

/* Modes and suites that differ: the host says so, and nothing falls back. */
static void
test_wrong_mode(void)
{
	static const uint8_t all[] = {MODE_PASS, MODE_KEY, MODE_ID, MODE_PAIR};

	for (size_t i = 0; i < ARRAY_LEN(all); i++)
		for (size_t k = 0; k < ARRAY_LEN(all); k++) {
			struct talk t;

			talk_init(&t, all[i], 0);
			t.side[H].cfg.mode = all[k];
			talk_start(&t);
			CHECK(talk_run(&t) == (i == k ? 0 : -ERR_REFUSED_MODE));
			CHECK(i == k || state(&t, H) == HS_FAILED);
		}
	printf("unequal modes: refused\n");
}

/* What this version does not offer is refused before a byte is sent. */
static void
test_not_offered(void)
{
	static const struct {
		uint8_t mode, suite;
	} rows[] = {{MODE_KEY, 3}, {MODE_KEY, 0}, {0, SUITE_1}, {5, SUITE_1},
	    {MODE_RESUME, SUITE_1}, {0xff, 0xff}};
	uint8_t buf[HELLO_MIN];
	size_t len;

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct talk t;

		talk_init(&t, rows[i].mode, 0);
		t.side[J].cfg.suite = rows[i].suite;
		t.side[H].cfg.suite = rows[i].suite;
		talk_start(&t);
		CHECK(hs_write(&t.side[J].hs, buf, sizeof buf, &len) ==
		      -ERR_REFUSED_MODE);
		memset(buf, 0, sizeof buf);
		CHECK(hs_read(&t.side[H].hs, buf, sizeof buf) ==
		      -ERR_REFUSED_MODE);
		CHECK(state(&t, J) == HS_FAILED && state(&t, H) == HS_FAILED);
	}
	printf("modes and suites that are not offered: refused\n");
}

/* A joiner before its HELLO_H, given these bytes: the error. */
static int
joiner_hears(uint8_t mode, const uint8_t *in, size_t len)
{
	struct talk t;
	int e = 0;

	talk_init(&t, mode, 0);
	talk_start(&t);
	CHECK(do_write(&t, J) == 0);
	while (e == 0 && len > 0) {
		size_t want = MIN(hs_want(&t.side[J].hs), len);

		e = hs_read(&t.side[J].hs, in, want);
		in += want;
		len -= want;
	}
	CHECK(e == 0 || all_wiped(&t.side[J].hs));
	return e;
}

static void
test_answers(void)
{
	static const int errors[] = {ERR_REFUSED_VERSION, ERR_REFUSED_MODE,
	    ERR_REFUSED_BUSY, ERR_REFUSED_RESUME, ERR_REFUSED_RATE};
	struct hello h = {.mode = MODE_KEY, .suite = SUITE_1};
	uint8_t msg[HELLO_MIN];

	for (size_t i = 0; i < ARRAY_LEN(errors); i++) {
		refuse_put(msg, (uint8_t)(i + 1));
		CHECK(joiner_hears(MODE_KEY, msg, REFUSE_LEN) == -errors[i]);
	}
	memcpy(msg, "HTTP/1.1 400", 12);
	CHECK(joiner_hears(MODE_KEY, msg, 12) == -ERR_NOT_SECCHAT);
	hello_put(msg, &h);
	CHECK(joiner_hears(MODE_KEY, msg, sizeof msg) == 0);
	CHECK(joiner_hears(MODE_ID, msg, sizeof msg) == -ERR_REFUSED_MODE);
	msg[7] = 2;
	CHECK(joiner_hears(MODE_KEY, msg, sizeof msg) == -ERR_REFUSED_VERSION);
	h.sel = 1;
	hello_put(msg, &h);
	CHECK(joiner_hears(MODE_KEY, msg, sizeof msg) == -ERR_FORMAT);
	h.sel = 0;
	h.suite = SUITE_2;
	hello_put(msg, &h);
	CHECK(joiner_hears(MODE_KEY, msg, sizeof msg) == -ERR_REFUSED_MODE);
	for (size_t n = 1; n < HELLO_MIN; n++)
		CHECK(n == 12 || joiner_hears(MODE_KEY, msg, n) != 0);
	printf("answers to a joiner: refusals and strangers\n");
}

static void
test_hello_to_host(void)
{
	struct hello h = {.mode = MODE_KEY, .suite = SUITE_1};
	static const struct {
		size_t place;
		uint8_t value;
		int err;
	} rows[] = {
	    {0, 'X', ERR_NOT_SECCHAT},
	    {6, 't', ERR_NOT_SECCHAT},
	    {7, 2, ERR_REFUSED_VERSION},
	    {7, 0, ERR_REFUSED_VERSION},
	    {8, MODE_PASS, ERR_REFUSED_MODE},
	    {8, 0, ERR_REFUSED_MODE},
	    {9, SUITE_2, ERR_REFUSED_MODE},
	    {10, 1, ERR_FORMAT},
	    {11, 1, ERR_FORMAT},
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		uint8_t msg[HELLO_MIN];
		struct talk t;

		talk_init(&t, MODE_KEY, 0);
		talk_start(&t);
		hello_put(msg, &h);
		msg[rows[i].place] = rows[i].value;
		CHECK(hs_read(&t.side[H].hs, msg, sizeof msg) == -rows[i].err);
		CHECK(all_wiped(&t.side[H].hs));
	}
	printf("a joiner's HELLO: refusals\n");
}

/*
 * One bit of the whole conversation flipped, bit after bit: the handshake
 * never ends well on both sides with anything but equal keys, and the flip is
 * found by whoever reads next or, for what ID sends in the clear, by the side
 * that gets the next tag.
 */
static int
run_flipped(struct talk *t, int dir, size_t bit)
{
	size_t place = bit / 8;
	int e = 1;

	talk_start(t);
	while (e == 1) {
		size_t before = t->log_len[dir];

		e = talk_step(t);
		if (t->log_len[dir] > place && before <= place) {
			size_t back = t->log_len[dir] - place;

			t->wire[dir][t->wire_len[dir] - back] ^=
			    (uint8_t)(1 << bit % 8);
		}
	}
	return e;
}

static void
test_flips(uint8_t mode)
{
	size_t total[2];
	struct talk t;

	talk_init(&t, mode, 0);
	talk_start(&t);
	CHECK(talk_run(&t) == 0);
	total[J] = t.log_len[J];
	total[H] = t.log_len[H];
	for (int dir = J; dir <= H; dir++)
		for (size_t bit = 0; bit < total[dir] * 8; bit++) {
			talk_init(&t, mode, 0);
			CHECK(run_flipped(&t, dir, bit) < 0);
			CHECK(state(&t, J) == HS_FAILED ||
			      state(&t, H) == HS_FAILED);
		}
}

/* Every length but the one that was asked for, at every reading step. */
static void
test_wrong_lengths(uint8_t mode)
{
	struct talk t;

	talk_init(&t, mode, 0);
	talk_start(&t);
	do {
		for (int i = J; i <= H; i++) {
			struct hs copy;
			size_t want = hs_want(&t.side[i].hs);
			static const uint8_t zeros[512];

			if (want == 0)
				continue;
			for (size_t n = 0; n < want + 40; n++) {
				if (n == want)
					continue;
				memcpy(&copy, &t.side[i].hs, sizeof copy);
				CHECK(hs_read(&copy, zeros, n) == -ERR_FORMAT);
				CHECK(all_wiped(&copy));
			}
		}
	} while (talk_step(&t) == 1);
}

/* The peer's share is not a group element, or the identity. */
static void
test_bad_shares(void)
{
	for (int i = 0; i < 4; i++) {
		uint8_t fill = i % 2 ? 0xff : 0;
		struct talk t;

		talk_init(&t, MODE_PASS, 0);
		talk_start(&t);
		CHECK(talk_step(&t) == 1 && talk_step(&t) == 1 &&
		      talk_step(&t) == 1);
		if (i < 2) {
			memset(t.wire[H] + HELLO_MIN, fill, 32);
			CHECK(talk_run(&t) == -ERR_AUTH);
			CHECK(state(&t, J) == HS_FAILED);
			continue;
		}
		while (t.log_len[J] == HELLO_MIN)
			CHECK(talk_step(&t) == 1);
		memset(t.wire[J], fill, 32);
		CHECK(talk_run(&t) == -ERR_AUTH);
		CHECK(state(&t, H) == HS_FAILED);
	}
	printf("shares that are no points: refused\n");
}

/* An e of small order, where no tag protects it. */
static void
test_zero_ephemeral(void)
{
	struct talk t;

	talk_init(&t, MODE_ID, 0);
	talk_start(&t);
	while (t.log_len[J] <= HELLO_MIN)
		CHECK(talk_step(&t) == 1);
	memset(t.wire[J], 0, 32);
	CHECK(talk_run(&t) == -ERR_AUTH && state(&t, H) == HS_FAILED);
	printf("a point of small order: refused\n");
}

/* One's own messages sent back are not a peer's. */
static void
test_reflection(uint8_t mode)
{
	struct talk t;
	uint8_t hello[HELLO_MIN];
	int e;

	talk_init(&t, mode, 0);
	talk_start(&t);
	CHECK(do_write(&t, J) == 0);
	memcpy(hello, t.log[J], sizeof hello);
	e = hs_read(&t.side[J].hs, hello, 12);
	if (e == 0 && hs_want(&t.side[J].hs) == 32)
		e = hs_read(&t.side[J].hs, hello + 12, 32);
	if (e == 0 && hs_next(&t.side[J].hs) == HS_WRITE) {
		uint8_t *f3 = t.wire[J];
		uint8_t padded[128] = {0};

		t.wire_len[J] = 0;
		CHECK(do_write(&t, J) == 0);
		memcpy(padded, f3, t.wire_len[J]);
		e = hs_read(&t.side[J].hs, padded, hs_want(&t.side[J].hs));
		CHECK(e == -ERR_AUTH);
	}
	CHECK(!hs_peer_proved(&t.side[J].hs));
}

int
main(void)
{
	static const uint8_t modes[] = {
	    MODE_PASS, MODE_KEY, MODE_ID, MODE_PAIR};

	CHECK(noise_library_init() == 0);
	for (size_t i = 0; i < ARRAY_LEN(modes); i++) {
		if (modes[i] != MODE_ID)
			test_wrong_secret(modes[i]);
		test_flips(modes[i]);
		test_wrong_lengths(modes[i]);
		test_reflection(modes[i]);
		printf("mode %d: every bit, every length, echoes\n", modes[i]);
	}
	test_wrong_room();
	test_wrong_mode();
	test_not_offered();
	test_answers();
	test_hello_to_host();
	test_bad_shares();
	test_zero_ephemeral();
	return check_end();
}
