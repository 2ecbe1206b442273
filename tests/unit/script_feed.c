/*
 * The line splitter: the same lines however the input is cut, and lines at,
 * below and above the limit.
 */
#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "../../src/script/feed.h"
#include "check.h"
#include "secchat/err.h"

static struct feed feed;
static int fds[2];

static void
begin(void)
{
	CHECK(pipe(fds) == 0);
	feed_init(&feed);
}

static void
end(void)
{
	close(fds[0]);
	if (fds[1] >= 0)
		close(fds[1]);
}

/* Write some bytes and let the feed read them. */
static void
give(const char *p, size_t len)
{
	while (len > 0) {
		size_t n = len < 4096 ? len : 4096;

		CHECK(write(fds[1], p, n) == (ssize_t)n);
		feed_read(&feed, fds[0]);
		p += n;
		len -= n;
	}
}

static int
next_is(size_t max, const char *want)
{
	const uint8_t *line;
	size_t len;

	return feed_next(&feed, max, &line, &len) == 1 && len == strlen(want) &&
	       memcmp(line, want, len) == 0;
}

static int
next_result(size_t max)
{
	const uint8_t *line;
	size_t len;

	return feed_next(&feed, max, &line, &len);
}

static void
close_input(void)
{
	close(fds[1]);
	fds[1] = -1;
	feed_read(&feed, fds[0]);
	CHECK(feed.eof);
}

static void
test_lines(void)
{
	begin();
	give("one\n\nthree\nfo", 13);
	CHECK(next_is(100, "one"));
	CHECK(next_is(100, ""));
	CHECK(next_is(100, "three"));
	CHECK(feed.line == 3);
	CHECK(next_result(100) == 0);
	give("u", 1);
	CHECK(next_result(100) == 0);
	give("r", 1);
	CHECK(next_result(100) == 0);
	close_input();
	CHECK(next_is(100, "four"));
	CHECK(feed.line == 4);
	CHECK(next_result(100) == 0);
	end();
}

static void
test_limit(void)
{
	begin();
	give("12345\n123456\n1234567", 20);
	CHECK(next_is(5, "12345"));
	CHECK(next_result(5) == -ERR_TOO_LONG);
	CHECK(feed.line == 2);
	/* The third is too long before its end has come, and said so once. */
	CHECK(next_result(5) == -ERR_TOO_LONG);
	CHECK(next_result(5) == 0);
	give("8901234567890", 13);
	CHECK(next_result(5) == 0);
	give("123\nabc\n", 8);
	CHECK(next_is(5, "abc"));
	CHECK(feed.line == 4);
	give("1234567", 7);
	CHECK(next_result(5) == -ERR_TOO_LONG);
	close_input();
	CHECK(next_result(5) == 0);
	CHECK(next_result(5) == 0);
	end();
}

/* A line of the greatest length fits with whatever is read behind it. */
static void
test_largest(void)
{
	static char line[COMMAND_MAX + 2];
	const uint8_t *p;
	size_t len;

	begin();
	memset(line, 'x', sizeof line);
	line[COMMAND_MAX] = '\n';
	for (size_t at = 0, n; at < COMMAND_MAX + 1; at += n) {
		n = COMMAND_MAX + 1 - at < 4096 ? COMMAND_MAX + 1 - at : 4096;
		give(line + at, n);
		if (at + n <= COMMAND_MAX)
			CHECK(next_result(COMMAND_MAX) == 0);
	}
	CHECK(feed_next(&feed, COMMAND_MAX, &p, &len) == 1);
	CHECK(len == COMMAND_MAX);
	end();
}

/* Any cutting of a text gives the same lines: hashed, with a seed. */
static void
test_cuts(void)
{
	static const char text[] = "a\nbb\n\nccc ccc ccc\ndddd\n\n\ne";
	static const char *const want[] = {
	    "a", "bb", "", NULL, "dddd", "", "", "e"};
	unsigned seed = 1;

	for (int round = 0; round < 200; round++) {
		size_t at = 0, line = 0;
		int bad = 0;

		begin();
		while (!feed.eof) {
			size_t n = 1 + (size_t)(rand_r(&seed) % 6);
			const uint8_t *p;
			size_t len;
			int r;

			n = n < sizeof text - 1 - at ? n : sizeof text - 1 - at;
			if (n == 0)
				close_input();
			give(text + at, n);
			at += n;
			while ((r = feed_next(&feed, 6, &p, &len)) != 0) {
				const char *w = want[line++];

				bad |= r == 1 ? w == NULL || len != strlen(w) ||
						    memcmp(p, w, len) != 0
					      : w != NULL;
			}
		}
		CHECK(!bad && line == 8);
		end();
	}
}

/* Where input ends inside a line that can be known, and the rest of the line
 * is passed over by whoever reads on. */
static void
test_inside(void)
{
	begin();
	CHECK(!feed_is_inside(&feed) && !feed_give_up(&feed));
	give("one\ntw", 6);
	CHECK(next_is(5, "one"));
	CHECK(next_result(5) == 0);
	CHECK(feed_is_inside(&feed));
	CHECK(feed_give_up(&feed) && feed.line == 2);
	CHECK(!feed_give_up(&feed) && feed_is_inside(&feed));
	give("o\nthree\n", 8);
	CHECK(next_is(5, "three"));
	CHECK(feed.line == 3);
	CHECK(next_result(5) == 0);
	CHECK(!feed_is_inside(&feed) && !feed_give_up(&feed));
	give("123456", 6);
	CHECK(next_result(5) == -ERR_TOO_LONG);
	CHECK(feed_is_inside(&feed) && !feed_give_up(&feed));
	end();
	begin();
	feed_begin_inside(&feed);
	CHECK(feed_is_inside(&feed));
	give("too long, but of another", 24);
	CHECK(next_result(5) == 0);
	CHECK(feed_is_inside(&feed) && !feed_give_up(&feed));
	give("\none\n", 5);
	CHECK(next_is(5, "one"));
	CHECK(feed.line == 1);
	CHECK(next_result(5) == 0);
	CHECK(!feed_is_inside(&feed));
	end();
}

/* A descriptor that cannot be read is an end, and is told from one. */
static void
test_failure(void)
{
	begin();
	CHECK(feed.failed == 0);
	feed_read(&feed, -1);
	CHECK(feed.eof && feed.failed == EBADF);
	end();
}

int
main(void)
{
	test_lines();
	test_limit();
	test_largest();
	test_cuts();
	test_inside();
	test_failure();
	return check_end();
}
