/*
 * The JSON writer and its clock: against gmtime_r over four thousand years,
 * and against jansson for every byte and code point.
 */
#include <jansson.h>
#include <stdlib.h>
#include <time.h>

#include "../../src/script/event.h"
#include "check.h"
#include "secchat/util.h"

static struct outring ring;
static char out[EVENT_RING];

/* What is in the ring, taken out; NUL-terminated in out. */
static size_t
take(void)
{
	size_t len = (size_t)(ring.put - ring.written);
	size_t at = (size_t)(ring.written % EVENT_RING);

	for (size_t i = 0; i < len; i++)
		out[i] = (char)ring.buf[(at + i) % EVENT_RING];
	out[len] = '\0';
	outring_drop(&ring);
	return len;
}

static void
test_utc(void)
{
	int good = 1;

	for (uint64_t s = 0; s < 253402300800; s += 86399 * 5 + 7) {
		char got[UTC_TEXT], want[40];
		time_t t = (time_t)s;
		struct tm tm;

		utc_format(got, s * 1000 + s % 1000);
		gmtime_r(&t, &tm);
		strftime(want, sizeof want, "%Y-%m-%dT%H:%M:%S", &tm);
		snprintf(want + 19, 8, ".%03uZ", (unsigned)(s % 1000));
		if (strcmp(got, want) != 0 && good)
			printf("%s, want %s\n", got, want);
		good &= strcmp(got, want) == 0;
	}
	CHECK(good);
}

static void
test_members(void)
{
	static const char *const names[] = {"one", "two", "three"};
	struct events e = {.out = &ring, .utc_ms = 1795269778120};

	event_begin(&e, "test");
	event_str(&e, "s", "a\"b\\c/d\n\r\t\x1b\x7f\xc2\x9b\xe2\x80\xae");
	event_bytes(&e, "nul", "\0x", 2);
	event_bytes(&e, "bad", "\xff\xc3(", 3);
	event_uint(&e, "u", UINT64_MAX);
	event_bool(&e, "yes", 1);
	event_bool(&e, "no", 0);
	event_null(&e, "null");
	event_flags(&e, "none", 0, names, 3);
	event_flags(&e, "some", 5, names, 3);
	event_end(&e);
	take();
	CHECK(
	    strcmp(out,
		"{\"v\":1,\"seq\":1,\"t\":\"2026-11-21T14:02:58.120Z\","
		"\"ev\":\"test\",\"s\":\"a\\\"b\\\\c/d\\n\\r\\t\\u001b\\u007f"
		"\\u009b\\u202e\",\"nul\":\"\\u0000x\",\"bad\":"
		"\"\\ufffd\\ufffd("
		"\",\"u\":18446744073709551615,\"yes\":true,\"no\":false,"
		"\"null\":null,\"none\":[],\"some\":[\"one\",\"three\"]}\n") ==
	    0);
	event_begin(&e, "next");
	event_end(&e);
	take();
	CHECK(strstr(out, "\"seq\":2,") != NULL);
}

static size_t
put_utf8(uint8_t *p, uint32_t cp)
{
	if (cp < 0x80) {
		p[0] = (uint8_t)cp;
		return 1;
	}
	if (cp < 0x800) {
		p[0] = (uint8_t)(0xc0 | cp >> 6);
		p[1] = (uint8_t)(0x80 | (cp & 0x3f));
		return 2;
	}
	if (cp < 0x10000) {
		p[0] = (uint8_t)(0xe0 | cp >> 12);
		p[1] = (uint8_t)(0x80 | (cp >> 6 & 0x3f));
		p[2] = (uint8_t)(0x80 | (cp & 0x3f));
		return 3;
	}
	p[0] = (uint8_t)(0xf0 | cp >> 18);
	p[1] = (uint8_t)(0x80 | (cp >> 12 & 0x3f));
	p[2] = (uint8_t)(0x80 | (cp >> 6 & 0x3f));
	p[3] = (uint8_t)(0x80 | (cp & 0x3f));
	return 4;
}

/* What we wrote is one line of printable ASCII and reads back the same. */
static int
reads_back(const uint8_t *text, size_t len)
{
	struct events e = {.out = &ring};
	size_t n;
	json_t *root, *s;
	int same;

	event_begin(&e, "x");
	event_bytes(&e, "text", text, len);
	event_end(&e);
	n = take();
	for (size_t i = 0; i + 1 < n; i++)
		if (out[i] < 0x20 || out[i] > 0x7e)
			return 0;
	root = json_loadb(out, n, JSON_ALLOW_NUL, NULL);
	s = json_object_get(root, "text");
	same = json_string_length(s) == len &&
	       memcmp(json_string_value(s), text, len) == 0;
	json_decref(root);
	return same;
}

static void
test_all_code_points(void)
{
	static uint8_t text[4 * 4096];
	uint32_t cp = 0;
	int good = 1;

	while (cp < 0x110000) {
		size_t len = 0;

		for (int i = 0; i < 4096; i++, cp++)
			if (cp < 0xd800 || cp > 0xdfff)
				len += put_utf8(text + len, cp);
		good &= reads_back(text, len);
	}
	CHECK(good);
}

static void
test_largest(void)
{
	static uint8_t text[TEXT_MAX];
	struct events e = {.out = &ring};

	memset(text, 1, sizeof text);
	CHECK(reads_back(text, sizeof text));
	event_begin(&e, "message");
	event_bytes(&e, "text", text, sizeof text);
	event_end(&e);
	CHECK(take() <= EVENT_SIZE(sizeof text));
}

int
main(void)
{
	outring_init(&ring);
	test_utc();
	test_members();
	test_all_code_points();
	test_largest();
	return check_end();
}
