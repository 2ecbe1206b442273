/*
 * What is not delivered yet: order, the window, and that a full ring refuses
 * and loses nothing.
 */
#include "../../src/tty/backlog.h"
#include "check.h"
#include "secchat/err.h"

static struct backlog b;
static uint8_t text[TEXT_MAX];

/* A text that can be recognised: its number, and a length that varies. */
static size_t
make_text(uint32_t n)
{
	size_t len = 4 + n * 7919 % (TEXT_MAX - 4);

	memset(text, (int)(n & 0xff), len);
	memcpy(text, &n, sizeof n);
	return len;
}

static int
is_text(uint32_t n, const uint8_t *got, size_t len)
{
	return len == make_text(n) && memcmp(got, text, len) == 0;
}

/* Add as many as there is room for, from number n on; returns the next. */
static uint32_t
add_all(uint32_t n)
{
	while (backlog_add(&b, text, make_text(n), n % 1440, n) == 0)
		n++;
	return n;
}

static void
give_all(void)
{
	const uint8_t *p;
	size_t len;

	while ((p = backlog_next(&b, &len)) != NULL) {
		CHECK(is_text((uint32_t)b.mseq, p, len));
		backlog_gave(&b);
		CHECK(b.given <= WINDOW_MSGS && b.given_bytes <= WINDOW_BYTES);
	}
}

/* Through the ring many times over: nothing lost, changed or out of order. */
static void
test_order(void)
{
	uint32_t added = 0, taken = 0;

	backlog_init(&b);
	for (int round = 0; round < 500; round++) {
		added = add_all(added);
		CHECK(b.count > 1);
		give_all();
		for (int i = 0; i <= round % 9 && b.given > 0; i++) {
			const uint8_t *p;
			const struct backlog_item *item =
			    backlog_get(&b, 0, &p);

			CHECK(backlog_oldest(&b) == taken + 1);
			CHECK(is_text(taken, p, item->len));
			CHECK(item->minute == taken % 1440);
			backlog_pop(&b);
			taken++;
		}
	}
	CHECK(added == taken + b.count);
}

static void
test_window(void)
{
	const uint8_t *p;
	size_t len;

	backlog_init(&b);
	CHECK(backlog_next(&b, &len) == NULL && backlog_oldest(&b) == 0);
	for (size_t i = 0; i < BACKLOG_MSGS; i++)
		CHECK(backlog_add(&b, text, 1, 0, 1) == 0);
	CHECK(backlog_add(&b, text, 1, 0, 1) == -ERR_TOO_LONG);
	CHECK(backlog_oldest(&b) == 0);
	for (size_t i = 0; i < WINDOW_MSGS; i++) {
		CHECK(backlog_next(&b, &len) != NULL);
		backlog_gave(&b);
	}
	CHECK(backlog_next(&b, &len) == NULL);
	backlog_pop(&b);
	CHECK(backlog_next(&b, &len) != NULL && backlog_oldest(&b) == 2);

	backlog_init(&b);
	for (size_t i = 0; i < 20; i++)
		CHECK(backlog_add(&b, text, TEXT_MAX, 0, 1) == 0);
	while ((p = backlog_next(&b, &len)) != NULL)
		backlog_gave(&b);
	CHECK(b.given == WINDOW_BYTES / TEXT_MAX);
}

/* What crypto was not given can be taken back, wherever it stands. */
static void
test_drop(void)
{
	const uint8_t *p;

	backlog_init(&b);
	for (unsigned n = 1; n <= 6; n++)
		CHECK(backlog_add(&b, text, make_text(n), 0, n) == 0);
	backlog_gave(&b);
	CHECK(backlog_drop(&b, 1) == -ERR_FORMAT);
	CHECK(backlog_drop(&b, 7) == -ERR_FORMAT);
	CHECK(backlog_drop(&b, 4) == 0);
	CHECK(backlog_drop(&b, 4) < 0);
	CHECK(backlog_drop(&b, 6) == 0 && backlog_drop(&b, 2) == 0);
	CHECK(b.count == 3 && b.given == 1);
	CHECK(backlog_add(&b, text, make_text(8), 0, 8) == 0);
	for (unsigned n, i = 0; i < 4; i++) {
		n = (const unsigned[]){1, 3, 5, 8}[i];
		CHECK(backlog_get(&b, i, &p)->n == n);
		CHECK(is_text(n, p, backlog_get(&b, i, &p)->len));
	}
	while (b.count > 0)
		backlog_pop(&b);
	CHECK(b.given == 0 && b.given_bytes == 0);
	CHECK(backlog_add(&b, text, make_text(9), 0, 9) == 0);
	CHECK(backlog_drop(&b, 9) == 0 && b.count == 0);
}

int
main(void)
{
	test_drop();
	test_order();
	test_window();
	return check_end();
}
