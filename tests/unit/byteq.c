/*
 * The queue with a moving front: against an endless known sequence, in other
 * storage, and what it leaves behind.
 */
#include <stdlib.h>

#include "check.h"
#include "secchat/byteq.h"
#include "secchat/util.h"

static uint8_t store[20000], larger[40000];
static struct byteq q;

/* The i-th byte of the sequence: never 0. */
static uint8_t
sequence(uint64_t i)
{
	return (uint8_t)(1 + (i * 7 + (i >> 8)) % 255);
}

static void
put(uint64_t from, size_t len)
{
	uint8_t bytes[sizeof store];

	for (size_t i = 0; i < len; i++)
		bytes[i] = sequence(from + i);
	byteq_put(&q, bytes, len);
}

static int
waits(uint64_t from)
{
	for (size_t i = 0; i < q.len; i++)
		if (byteq_peek(&q)[i] != sequence(from + i))
			return 0;
	return 1;
}

/* Whether nothing is left in the storage of what has gone. */
static int
is_clean(const uint8_t *buf, size_t cap, size_t first, size_t len)
{
	for (size_t i = 0; i < cap; i++)
		if (buf[i] != 0 && (i < first || i >= first + len))
			return 0;
	return 1;
}

/* As much as there is room for, wherever the front is. */
static void
test_room(void)
{
	byteq_init(&q, store, sizeof store, 0);
	CHECK(q.len == 0 && byteq_room(&q) == sizeof store);
	put(0, sizeof store);
	CHECK(byteq_room(&q) == 0 && waits(0));
	byteq_put(&q, NULL, 0);
	byteq_drop(&q, 10);
	CHECK(byteq_room(&q) == 10 && waits(10));
	put(sizeof store, 10);
	CHECK(byteq_room(&q) == 0 && waits(10));
	byteq_drop(&q, sizeof store);
	CHECK(q.len == 0 && q.first == 0 && byteq_room(&q) == sizeof store);
	byteq_init(&q, NULL, 0, 1);
	CHECK(q.len == 0 && byteq_room(&q) == 0);
}

/*
 * One that is never empty and far from full: it stays at the start of its
 * storage, no more bytes are moved than leave, and none before a page has.
 */
static void
test_creep(size_t short_len, size_t step, size_t most)
{
	uint64_t in = short_len, out = 0, moved = 0, times = 0;
	size_t end = 0;

	byteq_init(&q, store, sizeof store, 0);
	put(0, short_len);
	for (int i = 0; i < 5000; i++) {
		size_t first = q.first, len = q.len;

		put(in, step);
		in += step;
		times += q.first < first;
		moved += q.first < first ? len : 0;
		byteq_drop(&q, step);
		out += step;
		end = MAX(end, q.first + q.len);
		CHECK(q.len == short_len && waits(out));
	}
	CHECK(end <= most && moved > 0 && moved <= out);
	CHECK(times <= out / 4096);
}

/* Random amounts in and out, and once into larger storage. */
static void
test_random(int secret)
{
	uint64_t in = 0, out = 0;

	memset(store, 0, sizeof store);
	memset(larger, 0, sizeof larger);
	byteq_init(&q, store, sizeof store, secret);
	srand(7);
	for (int step = 0; step < 4000; step++) {
		size_t n = (size_t)rand() % 3000;

		if (step == 2000) {
			byteq_move(&q, larger, sizeof larger);
			CHECK(q.first == 0 && q.cap == sizeof larger);
			CHECK(!secret || is_clean(store, sizeof store, 0, 0));
		}
		if (rand() % 2) {
			n = MIN(n, byteq_room(&q));
			put(in, n);
			in += n;
		} else {
			n = MIN(n, q.len);
			byteq_drop(&q, n);
			out += n;
		}
		CHECK(q.len == in - out && waits(out));
		CHECK(!secret || is_clean(q.buf, q.cap, q.first, q.len));
	}
}

int
main(void)
{
	test_room();
	test_creep(1, 300, 5000);
	test_creep(274, 274, 5000);
	test_creep(6000, 1000, 14000);
	test_random(0);
	test_random(1);
	return check_end();
}
