/*
 * The queue towards the network against a simple model, and the credit that
 * never lets a full window stall.
 */
#include <stdlib.h>

#include "../../src/net/outq.h"
#include "check.h"
#include "secchat/err.h"
#include "secchat/util.h"

static uint8_t store[CREDIT_WINDOW * 600], larger[CREDIT_WINDOW * 1200];
static struct outq q;

static void
test_credit(void)
{
	uint8_t frame[100] = {0};
	size_t len;

	outq_init(&q, store, sizeof store);
	for (int i = 0; i < CREDIT_WINDOW; i++) {
		CHECK(!outq_is_full(&q, OUTQ_CHAT));
		CHECK(outq_put(&q, OUTQ_CHAT, frame, sizeof frame) == 0);
	}
	CHECK(outq_is_full(&q, OUTQ_CHAT));
	outq_peek(&q, &len);
	CHECK(len == CREDIT_WINDOW * sizeof frame);
	/* A frame counts when its last byte has gone. */
	outq_wrote(&q, CREDIT_WINDOW / 2 * sizeof frame - 1);
	CHECK(outq_credit(&q, OUTQ_CHAT) == 0 && outq_is_full(&q, OUTQ_CHAT));
	outq_wrote(&q, 1);
	CHECK(outq_credit(&q, OUTQ_CHAT) == CREDIT_WINDOW / 2 &&
	      !outq_is_full(&q, OUTQ_CHAT));
	CHECK(outq_credit(&q, OUTQ_CHAT) == 0);
	outq_peek(&q, &len);
	outq_wrote(&q, len);
	CHECK(outq_credit(&q, OUTQ_CHAT) == CREDIT_WINDOW / 2);
	outq_peek(&q, &len);
	CHECK(len == 0 && q.bytes.first == 0);
}

/* Frames of files have a window of their own, and credit by its half. */
static void
test_bulk_credit(void)
{
	uint8_t frame[100] = {0};

	outq_init(&q, store, sizeof store);
	for (int i = 0; i < BULK_WINDOW; i++)
		CHECK(outq_put(&q, OUTQ_BULK, frame, sizeof frame) == 0);
	CHECK(outq_is_full(&q, OUTQ_BULK) && !outq_is_full(&q, OUTQ_CHAT));
	outq_wrote(&q, (BULK_WINDOW / 2 - 1) * sizeof frame);
	CHECK(outq_credit(&q, OUTQ_BULK) == 0 && outq_is_full(&q, OUTQ_BULK));
	outq_wrote(&q, sizeof frame);
	CHECK(outq_credit(&q, OUTQ_BULK) == BULK_WINDOW / 2);
	CHECK(!outq_is_full(&q, OUTQ_BULK));
	CHECK(outq_credit(&q, OUTQ_CHAT) == 0);
	outq_drop(&q);
	for (int i = 0; i < BULK_WINDOW / 2; i++) {
		CHECK(outq_credit(&q, OUTQ_BULK) == 0);
		outq_wrote_directly(&q, OUTQ_BULK);
	}
	CHECK(outq_credit(&q, OUTQ_BULK) == BULK_WINDOW / 2);
}

static void
test_room(void)
{
	static uint8_t big[sizeof store];

	outq_init(&q, store, sizeof store);
	CHECK(outq_put(&q, OUTQ_CHAT, big, sizeof big) == 0);
	CHECK(outq_put(&q, OUTQ_CHAT, big, 1) == -ERR_TOO_LONG);
	outq_wrote(&q, 10);
	CHECK(outq_put(&q, OUTQ_CHAT, big, 11) == -ERR_TOO_LONG);
	CHECK(outq_put(&q, OUTQ_CHAT, big, 10) == 0);
	outq_drop(&q);
	CHECK(outq_put(&q, OUTQ_CHAT, big, sizeof big) == 0);
}

/* A short queue that never runs empty stays at the start of its storage. */
static void
test_creep(void)
{
	uint8_t frame[274] = {0};
	size_t most = 0;

	outq_init(&q, store, sizeof store);
	CHECK(outq_put(&q, OUTQ_CHAT, frame, sizeof frame) == 0);
	for (int i = 0; i < 100000; i++) {
		CHECK(outq_put(&q, OUTQ_CHAT, frame, sizeof frame) == 0);
		outq_wrote(&q, sizeof frame);
		(void)outq_credit(&q, OUTQ_CHAT);
		most = MAX(most, q.bytes.first + q.bytes.len);
	}
	CHECK(most <= 5000);
}

/* The i-th byte of an endless known sequence. */
static uint8_t
sequence(uint64_t i)
{
	return (uint8_t)(i * 7 + (i >> 8));
}

static void
check_bytes(const uint8_t *p, size_t len, uint64_t from)
{
	for (size_t i = 0; i < len; i++)
		if (p[i] != sequence(from + i)) {
			FAIL("bytes out of order");
			return;
		}
}

/*
 * Random frames, some written directly, random partial writes, and a crypto
 * that sends as long as it has credit: bytes stay in order, nobody ever waits
 * for ever, and nothing is credited that was not sent.
 */
static void
test_random(void)
{
	uint64_t in = 0, out = 0;
	uint32_t outstanding = 0;
	int moved = 0;

	outq_init(&q, store, sizeof store);
	srand(3);
	for (int step = 0; step < 200000; step++) {
		uint8_t frame[600];
		size_t len = 1 + (size_t)rand() % sizeof frame, waiting;
		uint32_t credit;

		if (step == 100000)
			outq_move(&q, larger, sizeof larger);
		for (size_t i = 0; i < len; i++)
			frame[i] = sequence(in + i);
		outq_peek(&q, &waiting);
		if (outstanding < CREDIT_WINDOW && rand() % 2) {
			size_t done =
			    waiting == 0 ? (size_t)rand() % (len + 1) : 0;

			CHECK(!outq_is_full(&q, OUTQ_CHAT));
			in += len;
			out += done;
			outstanding++;
			if (done == len)
				outq_wrote_directly(&q, OUTQ_CHAT);
			else
				CHECK(outq_put(&q, OUTQ_CHAT, frame + done,
					  len - done) == 0);
		} else if (waiting > 0) {
			const uint8_t *p = outq_peek(&q, &waiting);
			size_t n = 1 + (size_t)rand() % waiting;

			check_bytes(p, n, out);
			outq_wrote(&q, n);
			out += n;
		} else {
			/* All is written: the window is never full then. */
			CHECK(outstanding < CREDIT_WINDOW);
		}
		credit = outq_credit(&q, OUTQ_CHAT);
		CHECK(credit <= outstanding);
		outstanding -= credit;
		moved += credit > 0;
	}
	CHECK(moved > 1000);
}

int
main(void)
{
	test_credit();
	test_bulk_credit();
	test_room();
	test_creep();
	test_random();
	return check_end();
}
