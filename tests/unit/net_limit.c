/*
 * Sources and attempt buckets, with time as an argument.
 */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdlib.h>

#include "../../src/net/limit.h"
#include "check.h"
#include "secchat/addr.h"
#include "secchat/limits.h"
#include "secchat/util.h"

static struct attempts a, pushed;

static struct source
source(const char *ip, char text[ADDR_TEXT_MAX + 1])
{
	union {
		struct sockaddr sa;
		struct sockaddr_in in;
		struct sockaddr_in6 in6;
	} u;
	struct source s;

	memset(&u, 0, sizeof u);
	if (inet_pton(AF_INET, ip, &u.in.sin_addr) == 1) {
		u.in.sin_family = AF_INET;
		u.in.sin_port = htons(5000);
	} else {
		inet_pton(AF_INET6, ip, &u.in6.sin6_addr);
		u.in6.sin6_family = AF_INET6;
		u.in6.sin6_port = htons(5000);
		u.in6.sin6_scope_id = ip[0] == 'f' ? 3 : 0;
	}
	source_of(&s, &u.sa);
	if (text != NULL)
		addr_text(text, &u.sa);
	return s;
}

static int
same(const char *x, const char *y)
{
	struct source p = source(x, NULL), q = source(y, NULL);

	return source_is(&p, &q);
}

/* What net tells crypto of an address is the same source there. */
static void
test_source_texts(void)
{
	static const char *const ips[] = {"192.0.2.1", "::ffff:192.0.2.1",
	    "0.0.0.0", "::", "2001:db8::1", "2001:db8:1:2:3:4:5:6", "fe80::1",
	    "ffff:ffff:ffff:ffff:ffff:ffff:255.255.255.255"};
	static const char *const none[] = {"", "x", "[", "[]", "[1.2.3.4]:5",
	    "1.2.3:4", "2001:db8::1", "1.2.3.4.5.6.7.8.9.0.1.2.3.4.5.6.7.8:9"};
	struct source got;
	uint8_t zeros[sizeof got.bytes] = {0};
	char text[ADDR_TEXT_MAX + 1];

	for (size_t i = 0; i < ARRAY_LEN(ips); i++) {
		struct source s = source(ips[i], text);

		source_of_text(&got, text);
		CHECK(got.kind == s.kind && got.kind != 0);
		CHECK_MEM(got.bytes, s.bytes, sizeof s.bytes);
	}
	for (size_t i = 0; i < ARRAY_LEN(none); i++) {
		source_of_text(&got, none[i]);
		CHECK(got.kind == 0);
		CHECK_MEM(got.bytes, zeros, sizeof zeros);
	}
}

static void
test_sources(void)
{
	static const struct {
		const char *ip, *text;
	} texts[] = {
	    {"192.0.2.1", "192.0.2.1:5000"},
	    {"::ffff:192.0.2.1", "192.0.2.1:5000"},
	    {"2001:db8::1", "[2001:db8::1]:5000"},
	    {"fe80::1", "[fe80::1%3]:5000"},
	    {"ffff:ffff:ffff:ffff:ffff:ffff:255.255.255.255",
		"[ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff%3]:5000"},
	};
	char text[ADDR_TEXT_MAX + 1];
	struct sockaddr local = {.sa_family = AF_UNIX};

	CHECK(same("192.0.2.1", "::ffff:192.0.2.1"));
	CHECK(!same("192.0.2.1", "192.0.2.2"));
	CHECK(same("2001:db8::1", "2001:db8::ffff:1:2:3"));
	CHECK(!same("2001:db8::1", "2001:db8:0:1::1"));
	CHECK(!same("0.0.0.0", "::"));
	for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
		source(texts[i].ip, text);
		CHECK(strcmp(text, texts[i].text) == 0);
	}
	addr_text(text, &local);
	CHECK(text[0] == '\0');
}

static void
test_bucket(void)
{
	struct source s = source("192.0.2.1", NULL);
	struct source t = source("192.0.2.2", NULL);
	uint64_t now = 1000000;

	attempts_init(&a, FAILED_BURST, FAILED_REFILL);
	for (int i = 0; i < FAILED_BURST; i++) {
		CHECK(!attempts_over(&a, &s, now));
		attempts_fail(&a, &s, now);
	}
	CHECK(attempts_over(&a, &s, now));
	CHECK(!attempts_over(&a, &t, now));
	CHECK(attempts_over(&a, &s, now + FAILED_REFILL - 1));
	CHECK(!attempts_over(&a, &s, now + FAILED_REFILL));
	now += FAILED_REFILL;
	attempts_fail(&a, &s, now);
	CHECK(attempts_over(&a, &s, now));
	/* Two at once overdraw, and then it takes twice as long. */
	now += FAILED_REFILL;
	CHECK(!attempts_over(&a, &s, now));
	attempts_fail(&a, &s, now);
	attempts_fail(&a, &s, now);
	CHECK(attempts_over(&a, &s, now + 2 * FAILED_REFILL - 1));
	CHECK(!attempts_over(&a, &s, now + 2 * FAILED_REFILL));
	/* After a long time it is full, and no fuller than that. */
	now += 100 * FAILED_REFILL;
	for (int i = 0; i < FAILED_BURST; i++) {
		CHECK(!attempts_over(&a, &s, now));
		attempts_fail(&a, &s, now);
	}
	CHECK(attempts_over(&a, &s, now));
}

static struct source
numbered(unsigned i)
{
	struct source s = {.kind = 6};

	s.bytes[0] = 0x20;
	s.bytes[5] = (uint8_t)(i >> 16);
	s.bytes[6] = (uint8_t)(i >> 8);
	s.bytes[7] = (uint8_t)i;
	return s;
}

/* The fewest failures of other sources that make it forget an empty bucket. */
static void
test_replacement(void)
{
	struct source s = source("192.0.2.1", NULL);
	uint64_t now = 1000000;
	unsigned spent = 0;

	attempts_init(&a, FAILED_BURST, FAILED_REFILL);
	for (int i = 0; i < FAILED_BURST; i++)
		attempts_fail(&a, &s, now);
	/* One each from very many sources does not. */
	for (unsigned i = 0; i < 10 * ATTEMPT_SOURCES; i++) {
		struct source other = numbered(i);

		attempts_fail(&a, &other, now);
	}
	CHECK(attempts_over(&a, &s, now));
	/* The cheapest way: as many as there are rows fill up evenly, and one
	 * more pushes. */
	attempts_init(&a, FAILED_BURST, FAILED_REFILL);
	for (int i = 0; i < FAILED_BURST; i++)
		attempts_fail(&a, &s, now);
	for (unsigned round = 1; round < 100; round++) {
		struct source pusher = numbered(100000);

		for (unsigned i = 0; i < ATTEMPT_SOURCES - 1; i++) {
			struct source other = numbered(i);

			attempts_fail(&a, &other, now);
			spent++;
		}
		pushed = a;
		attempts_fail(&pushed, &pusher, now);
		if (!attempts_over(&pushed, &s, now))
			break;
	}
	printf("an empty bucket is forgotten after %u more failures\n", spent);
	CHECK(spent >= (ATTEMPT_SOURCES - 1) * FAILED_BURST);
}

/* However it goes about it, a source does not get more than the limit. */
static void
test_rate(void)
{
	struct source s = source("192.0.2.1", NULL);
	uint64_t now = 5000, failed = 0;
	const uint64_t hours = 10 * 3600 * 1000;

	attempts_init(&a, FAILED_BURST, FAILED_REFILL);
	srand(2);
	while (now < 5000 + hours) {
		now += (uint64_t)(rand() % 20000);
		for (int both = 0; both < 2; both++) {
			if (attempts_over(&a, &s, now) && both == 0)
				break;
			attempts_fail(&a, &s, now);
			failed++;
		}
	}
	CHECK(failed <= FAILED_BURST + 1 + hours / FAILED_REFILL);
	CHECK(failed >= hours / FAILED_REFILL * 9 / 10);
}

int
main(void)
{
	test_sources();
	test_source_texts();
	test_bucket();
	test_replacement();
	test_rate();
	return check_end();
}
