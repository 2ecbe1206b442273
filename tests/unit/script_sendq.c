/*
 * The queue of texts and the window's ledger, against a plain list: a long
 * random walk that goes around the ring many times.
 */
#include <stdlib.h>

#include "../../src/script/sendq.h"
#include "check.h"

static struct sendq q;
static uint8_t text[TEXT_MAX];

/* The n-th text and its name follow from n. */
static size_t
size_of(uint64_t n)
{
	return n % 97 == 0 ? TEXT_MAX : (size_t)(n * 7919 % 3000);
}

static void
fill(uint64_t n, size_t len)
{
	for (size_t i = 0; i < len; i++)
		text[i] = (uint8_t)(n + i);
}

static int
name_of(char name[REF_MAX], uint64_t n)
{
	return n % 5 == 0
		   ? -1
		   : snprintf(name, REF_MAX, "ref-%llu", (unsigned long long)n);
}

static int
put(uint64_t n)
{
	size_t len = size_of(n);
	char name[REF_MAX];
	int name_len = name_of(name, n);

	if (sendq_room(&q) < SENDQ_HEAD + REF_MAX + len)
		return 0;
	fill(n, len);
	sendq_put(&q, name_len < 0 ? NULL : name,
	    (size_t)(name_len < 0 ? 0 : name_len), text, len);
	return 1;
}

static int
is_text(const struct sendq_text *t, uint64_t n)
{
	size_t len = size_of(n);

	fill(n, len);
	return t->len[0] + t->len[1] == len &&
	       memcmp(t->p[0], text, t->len[0]) == 0 &&
	       memcmp(t->p[1], text + t->len[0], t->len[1]) == 0;
}

static int
is_name(const struct ref *ref, uint64_t n)
{
	char name[REF_MAX];
	int len = name_of(name, n);

	if (len < 0)
		return ref->len == REF_NONE;
	return ref->len == len && memcmp(ref->name, name, ref->len) == 0;
}

static void
test_walk(void)
{
	uint64_t in = 0, out = 0, back = 0;
	unsigned seed = 7;
	int good = 1;

	sendq_init(&q);
	for (int step = 0; step < 200000; step++) {
		struct sendq_text t;

		switch (rand_r(&seed) % 3) {
		case 0:
			for (int i = rand_r(&seed) % 40; i > 0; i--)
				in += (uint64_t)put(in + 1);
			break;
		case 1:
			for (int i = rand_r(&seed) % 40;
			     i > 0 && sendq_next(&q, &t); i--) {
				good &= is_text(&t, ++out);
				sendq_give(&q);
			}
			break;
		default:
			for (int i = rand_r(&seed) % 40; i > 0 && back < out;
			     i--)
				good &= is_name(sendq_confirm(&q), ++back);
		}
		good &= q.sent == out && q.confirmed == back;
		good &= q.waiting == in - out && out - back <= WINDOW_MSGS;
		good &= sendq_undelivered(&q) == in - back;
		good &= q.out_bytes <= WINDOW_BYTES;
	}
	CHECK(good);
	CHECK(out > 100000);
}

static void
test_window(void)
{
	struct sendq_text t;
	int n = 0;

	sendq_init(&q);
	CHECK(!sendq_next(&q, &t));
	for (int i = 0; i < 300; i++)
		sendq_put(&q, NULL, 0, "", 0);
	for (; sendq_next(&q, &t); n++)
		sendq_give(&q);
	CHECK(n == WINDOW_MSGS);
	CHECK(t.len[0] == 0 && t.len[1] == 0);
	(void)sendq_confirm(&q);
	CHECK(sendq_next(&q, &t));

	/* Sixteen texts of the greatest size, with their heads, are not above
	 * 1 MiB; a seventeenth would be. */
	sendq_init(&q);
	for (int i = 0; i < 20; i++)
		sendq_put(&q, "r", 1, text, TEXT_MAX);
	for (n = 0; sendq_next(&q, &t); n++)
		sendq_give(&q);
	CHECK(n == 16);
	(void)sendq_confirm(&q);
	CHECK(sendq_next(&q, &t));
}

/* What is given up: first what was given, with its number, then what waits,
 * each with its name; then numbers begin anew. */
static void
test_lose(void)
{
	struct sendq_text t;
	struct ref ref;

	sendq_init(&q);
	for (uint64_t n = 1; n <= 10; n++)
		CHECK(put(n));
	for (int i = 0; i < 6; i++)
		if (CHECK(sendq_next(&q, &t)))
			sendq_give(&q);
	(void)sendq_confirm(&q);
	for (uint64_t n = 2; n <= 6; n++) {
		CHECK(sendq_out(&q) && sendq_lose(&q, &ref) == 1);
		CHECK(q.confirmed == n && is_name(&ref, n));
	}
	CHECK(!sendq_out(&q) && q.out_bytes == 0);
	sendq_restart(&q);
	CHECK(sendq_undelivered(&q) == 4);
	CHECK(sendq_next(&q, &t) && is_text(&t, 7));
	sendq_give(&q);
	CHECK(q.sent == 1 && is_name(sendq_confirm(&q), 7));
	for (uint64_t n = 8; n <= 10; n++)
		CHECK(sendq_lose(&q, &ref) == 0 && is_name(&ref, n));
	CHECK(sendq_lose(&q, &ref) == -1 && sendq_undelivered(&q) == 0);
	CHECK(sendq_room(&q) == READ_AHEAD);
}

int
main(void)
{
	test_walk();
	test_lose();
	test_window();
	return check_end();
}
