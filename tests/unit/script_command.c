/*
 * Commands: what is taken, what is refused, and the words that say why.
 */
#include <stdlib.h>

#include "../../src/script/command.h"
#include "check.h"
#include "secchat/err.h"
#include "secchat/limits.h"
#include "secchat/util.h"

static int
parse(struct command *c, const char *line)
{
	return command_parse(c, (const uint8_t *)line, strlen(line));
}

static void
test_good(void)
{
	struct command c;

	CHECK(
	    parse(&c, "{\"do\":\"send\",\"ref\":\"a1\",\"text\":\"hi\"}") == 0);
	CHECK(c.what == COMMAND_SEND && c.ref_len == 2 && c.text_len == 2);
	CHECK_MEM(c.ref, "a1", 2);
	CHECK_MEM(c.text, "hi", 2);
	command_free(&c);
	CHECK(parse(&c, " {\"text\":\"\\u00e9\\ud83d\\ude00\",\"do\":\"send\"}"
			"\r") == 0);
	CHECK(c.ref == NULL && c.text_len == 6);
	CHECK_MEM(c.text, "\xc3\xa9\xf0\x9f\x98\x80", 6);
	command_free(&c);
	CHECK(parse(&c, "{\"do\":\"send\",\"text\":\"\"}") == 0);
	CHECK(c.text_len == 0);
	command_free(&c);
	CHECK(parse(&c, "{\"do\":\"status\"}") == 0);
	CHECK(c.what == COMMAND_STATUS);
	command_free(&c);
	CHECK(parse(&c, "{\"do\":\"quit\"}") == 0);
	CHECK(c.what == COMMAND_QUIT);
	command_free(&c);
	CHECK(parse(&c, "{\"do\":\"sendfile\",\"path\":\"~/a b\","
			"\"ref\":\"f\"}") == 0);
	CHECK(c.what == COMMAND_SENDFILE && c.text_len == 5 && c.ref_len == 1);
	CHECK_MEM(c.text, "~/a b", 5);
	command_free(&c);
	CHECK(parse(&c, "{\"do\":\"accept\",\"n\":4294967295}") == 0);
	CHECK(c.what == COMMAND_ACCEPT && c.n == UINT32_MAX && c.text == NULL);
	command_free(&c);
	CHECK(parse(&c, "{\"do\":\"accept\",\"n\":2,\"as\":\"x y\"}") == 0);
	CHECK(c.n == 2 && c.text_len == 3);
	CHECK_MEM(c.text, "x y", 3);
	command_free(&c);
	CHECK(parse(&c, "{\"do\":\"decline\",\"n\":2}") == 0);
	CHECK(c.what == COMMAND_DECLINE && c.n == 2);
	command_free(&c);
	CHECK(parse(&c, "{\"do\":\"cancel\",\"n\":1}") == 0);
	CHECK(c.what == COMMAND_CANCEL && c.n == 1 && c.chat == 0);
	command_free(&c);
	CHECK(parse(&c, "{\"do\":\"quit\",\"chat\":4294967295}") == 0);
	CHECK(c.what == COMMAND_QUIT && c.chat == UINT32_MAX);
	command_free(&c);
}

static void
test_refused(void)
{
	/* clang-format off */
	static const struct {
		const char *line;
		int err;
		const char *msg, *next;
	} rows[] = {
	{ "", -ERR_FORMAT, "bad JSON at column 0", "Try: {" },
	{ "{\"do\":\"send\",", -ERR_FORMAT, "bad JSON at column", "Try: {" },
	{ "[]", -ERR_FORMAT, "is a JSON object", "Try: {" },
	{ "{\"do\":\"quti\"}", -ERR_USAGE, "unknown command \"quti\"",
	  "Did you mean \"quit\"?" },
	{ "{\"do\":\"xxxxxx\"}", -ERR_USAGE, "unknown command \"xxxxxx\"",
	  "There is: send, status" },
	{ "{\"do\":\"send\",\"txet\":\"\"}", -ERR_USAGE,
	  "no member \"txet\"", "Did you mean \"text\"?" },
	{ "{\"do\":\"status\",\"xxxxxx\":0}", -ERR_USAGE,
	  "no member \"xxxxxx\"", "There is: do" },
	{ "{\"do\":\"send\"}", -ERR_USAGE, "needs a \"text\"", "Try: {" },
	{ "{\"do\":\"sendfile\"}", -ERR_USAGE, "\"path\" is not a string",
	  "Try: {\"do\":\"sendfile\"" },
	{ "{\"do\":\"sendfile\",\"path\":\"\"}", -ERR_USAGE,
	  "of 1 to 4096 bytes", "Try: {" },
	{ "{\"do\":\"sendfile\",\"path_hex\":\"410042\"}", -ERR_USAGE,
	  "nor is \"path_hex\"", "Try: {" },
	{ "{\"do\":\"accept\"}", -ERR_USAGE, "\"accept\" needs an \"n\"",
	  "Try: {\"do\":\"accept\"" },
	{ "{\"do\":\"accept\",\"n\":0}", -ERR_USAGE, "needs an", "Try: {" },
	{ "{\"do\":\"decline\",\"n\":4294967296}", -ERR_USAGE, "needs an",
	  "Try: {\"do\":\"decline\"" },
	{ "{\"do\":\"cancel\",\"n\":\"2\"}", -ERR_USAGE, "needs an",
	  "Try: {\"do\":\"cancel\"" },
	{ "{\"do\":\"accept\",\"n\":2,\"as\":\"\"}", -ERR_USAGE,
	  "\"as\" is not a string of 1 to 255", "\"as\":\"a.pdf\"" },
	{ "{\"do\":\"cancle\",\"n\":2}", -ERR_USAGE, "unknown command",
	  "Did you mean \"cancel\"?" },
	{ "{\"do\":\"quit\",\"chta\":1}", -ERR_USAGE, "no member \"chta\"",
	  "Did you mean \"chat\"?" },
	{ "{\"do\":\"quit\",\"chat\":0}", -ERR_USAGE,
	  "\"chat\" is not the number", "\"connected\" say it" },
	{ "{\"do\":\"quit\",\"chat\":4294967296}", -ERR_USAGE,
	  "\"chat\" is not the number", "say it" },
	{ "{\"do\":null}", -ERR_USAGE, "needs a \"do\"", "Try: {" },
	{ "{\"do\":\"send\",\"do\":\"quit\"}", -ERR_FORMAT, "duplicate",
	  "Try: {" },
	};
	/* clang-format on */

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct command c;

		CHECK(parse(&c, rows[i].line) == rows[i].err);
		if (!CHECK(strstr(c.msg, rows[i].msg) != NULL &&
			   strstr(c.next, rows[i].next) != NULL))
			printf("  %s: %s / %s\n", rows[i].line, c.msg, c.next);
		command_free(&c);
	}
}

static void
test_sizes(void)
{
	static char line[COMMAND_MAX + 1];
	static const char head[] = "{\"do\":\"send\",\"text\":\"";
	struct command c;

	for (size_t n = TEXT_MAX - 1; n <= TEXT_MAX + 1; n++) {
		int want = n > TEXT_MAX ? -ERR_TOO_LONG : 0;

		memcpy(line, head, sizeof head);
		memset(line + sizeof head - 1, 'x', n);
		memcpy(line + sizeof head - 1 + n, "\"}", 3);
		CHECK(parse(&c, line) == want);
		command_free(&c);
	}
	/* A ref that is not used is still told. */
	CHECK(parse(&c, "{\"do\":\"send\",\"ref\":\"a\",\"text\":1}") ==
	      -ERR_USAGE);
	CHECK(c.ref != NULL && c.ref_len == 1);
	command_free(&c);
	/* A word of any length is cut in the sentence. */
	memset(line, 'y', 400000);
	memcpy(line, "{\"do\":\"", 7);
	memcpy(line + 400000, "\"}", 3);
	CHECK(parse(&c, line) == -ERR_USAGE);
	CHECK(strlen(c.msg) < 100);
	command_free(&c);
	/* Deep nesting ends in an error, not on the stack. */
	memset(line, '[', COMMAND_MAX);
	CHECK(command_parse(&c, (uint8_t *)line, COMMAND_MAX) == -ERR_FORMAT);
	command_free(&c);
}

int
main(void)
{
	test_good();
	test_refused();
	test_sizes();
	return check_end();
}
