/*
 * Chains and epochs: frames open once, in order, on the right chain and
 * nowhere else, and no bit of one can be changed.
 */
#include <sodium.h>

#include "secchat/err.h"
#include "secchat/noise.h"
#include "vectors.h"

static uint8_t plain[FRAME_PLAIN_MAX], wire[FRAME_WIRE_MAX],
    got[FRAME_PLAIN_MAX];

static void
make(struct chain *c, uint8_t fill, uint32_t epoch, uint8_t dir)
{
	uint8_t ck[32];

	memset(ck, fill, sizeof ck);
	chain_init(c, ck, epoch, dir);
}

/* chain_open on a copy: 0 or -ERR_AUTH, and the copy did not move on error. */
static int
try_open(const struct chain *c, const uint8_t *ct, size_t len)
{
	struct chain copy;
	int e;

	memcpy(&copy, c, sizeof copy);
	e = chain_open(&copy, got, ct, len);
	CHECK((e == 0) == (memcmp(&copy, c, sizeof copy) != 0));
	return e;
}

static void
test_sizes(void)
{
	struct chain tx, rx;

	make(&tx, 1, 0, DIR_JH);
	make(&rx, 1, 0, DIR_JH);
	for (size_t i = 0; i < ARRAY_LEN(frame_buckets); i++) {
		size_t len = frame_buckets[i], ct_len = len + FRAME_TAG;

		random_system(NULL, plain, len);
		CHECK(chain_seal(&tx, wire, plain, len) == 0);
		CHECK((size_t)(wire[0] << 8 | wire[1]) == ct_len);
		CHECK(chain_open(&rx, got, wire + 2, ct_len) == 0);
		CHECK_MEM(got, plain, len);
		CHECK(tx.i == i + 1 && rx.i == i + 1);
		CHECK_MEM(tx.ck, rx.ck, 32);
	}
	chain_wipe(&tx);
	CHECK(sodium_is_zero((const uint8_t *)&tx, sizeof tx));
	printf("frames of every size go through\n");
}

static void
test_bits(void)
{
	size_t ct_len = frame_buckets[0] + FRAME_TAG;
	struct chain tx, rx;

	make(&tx, 2, 3, DIR_HJ);
	make(&rx, 2, 3, DIR_HJ);
	CHECK(chain_seal(&tx, wire, plain, frame_buckets[0]) == 0);
	for (size_t i = 0; i < ct_len * 8; i++) {
		wire[2 + i / 8] ^= (uint8_t)(1 << i % 8);
		CHECK(try_open(&rx, wire + 2, ct_len) == -ERR_AUTH);
		wire[2 + i / 8] ^= (uint8_t)(1 << i % 8);
	}
	for (size_t n = 0; n < ct_len; n++)
		CHECK(try_open(&rx, wire + 2, n) == -ERR_AUTH);
	CHECK(try_open(&rx, wire + 2, ct_len + 1) == -ERR_AUTH);
	CHECK(
	    try_open(&rx, wire + 2, frame_buckets[1] + FRAME_TAG) == -ERR_AUTH);
	CHECK(try_open(&rx, wire + 2, ct_len) == 0);
	printf("every bit of a frame counts, and its length\n");
}

static void
test_place(void)
{
	size_t len = frame_buckets[0], ct_len = len + FRAME_TAG;
	static uint8_t second[FRAME_WIRE_MAX];
	struct chain tx, rx, other;

	make(&tx, 4, 1, DIR_JH);
	make(&rx, 4, 1, DIR_JH);
	CHECK(chain_seal(&tx, wire, plain, len) == 0);
	CHECK(chain_seal(&tx, second, plain, len) == 0);
	CHECK(memcmp(wire, second, ct_len + 2) != 0);
	make(&other, 4, 1, DIR_HJ);
	CHECK(try_open(&other, wire + 2, ct_len) == -ERR_AUTH);
	make(&other, 4, 2, DIR_JH);
	CHECK(try_open(&other, wire + 2, ct_len) == -ERR_AUTH);
	make(&other, 5, 1, DIR_JH);
	CHECK(try_open(&other, wire + 2, ct_len) == -ERR_AUTH);
	/* Not early, and not twice. */
	CHECK(try_open(&rx, second + 2, ct_len) == -ERR_AUTH);
	CHECK(chain_open(&rx, got, wire + 2, ct_len) == 0);
	CHECK(try_open(&rx, wire + 2, ct_len) == -ERR_AUTH);
	CHECK(chain_open(&rx, got, second + 2, ct_len) == 0);
	printf("direction, epoch, key and number all bind a frame\n");
}

static void
test_end(void)
{
	struct chain c;

	make(&c, 6, 0, DIR_JH);
	c.i = (UINT64_C(1) << 32) - 1;
	CHECK(chain_seal(&c, wire, plain, 256) == 0);
	CHECK(chain_seal(&c, wire, plain, 256) == -ERR_VIOLATION);
	CHECK(chain_open(&c, got, wire + 2, 272) == -ERR_AUTH);
	printf("a chain ends after 2^32 frames\n");
}

static void
test_epochs(void)
{
	struct random_source rnd = {random_system, NULL};
	struct noise_keypair j, h;
	struct epoch cur, a, b, c;
	uint8_t zero[32] = {0};

	random_system(NULL, &cur, sizeof cur);
	cur.n = 7;
	noise_keypair_new(&j, rnd);
	noise_keypair_new(&h, rnd);
	CHECK(epoch_next(&a, &cur, &j, h.pk, j.pk, h.pk) == 0);
	CHECK(epoch_next(&b, &cur, &h, j.pk, j.pk, h.pk) == 0);
	CHECK(a.n == 8 && b.n == 8);
	CHECK_MEM(a.root, b.root, 32);
	CHECK_MEM(a.ck_jh, b.ck_jh, 32);
	CHECK_MEM(a.ck_hj, b.ck_hj, 32);
	CHECK_MEM(a.rs, b.rs, 32);
	CHECK_MEM(a.rid, b.rid, 16);
	CHECK(memcmp(a.ck_jh, a.ck_hj, 32) != 0);
	CHECK(memcmp(a.root, cur.root, 32) != 0);
	CHECK(epoch_next(&c, &cur, &h, j.pk, h.pk, j.pk) == 0);
	CHECK(memcmp(a.root, c.root, 32) != 0);
	cur.n = 8;
	CHECK(epoch_next(&c, &cur, &h, j.pk, j.pk, h.pk) == 0);
	CHECK(memcmp(a.root, c.root, 32) != 0);
	CHECK(epoch_next(&c, &cur, &h, zero, zero, h.pk) == -ERR_AUTH);
	epoch_wipe(&a);
	CHECK(sodium_is_zero((const uint8_t *)&a, sizeof a));
	printf("epochs: both sides agree, number and order count\n");
}

int
main(void)
{
	CHECK(noise_library_init() == 0);
	test_sizes();
	test_bits();
	test_place();
	test_end();
	test_epochs();
	return check_end();
}
