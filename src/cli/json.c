/*
 * One JSON object on one line of stdout, for the commands that list things.
 * As with the events of a chat nothing but printable ASCII comes out.
 */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cli.h"
#include "secchat/err.h"
#include "secchat/util.h"

#define LINE_MAX_BYTES 8192

struct line {
	size_t len;
	char buf[LINE_MAX_BYTES];
};

/* What does not fit is cut; no value here comes near it. */
static void
put(struct line *l, const char *text, size_t len)
{
	len = MIN(len, sizeof l->buf - l->len);
	memcpy(l->buf + l->len, text, len);
	l->len += len;
}

static void
put_escape(struct line *l, uint32_t unit)
{
	char text[8];

	snprintf(text, sizeof text, "\\u%04x", unit & 0xffff);
	put(l, text, 6);
}

/* A byte that is no UTF-8 becomes U+FFFD. */
static void
put_string(struct line *l, const char *s)
{
	size_t left = strlen(s);

	put(l, "\"", 1);
	while (left > 0) {
		uint32_t cp;
		size_t n = utf8_next((const uint8_t *)s, left, &cp);

		if (n == 0)
			cp = 0xfffd;
		if (cp == '"' || cp == '\\')
			put(l, "\\", 1);
		if (cp >= 0x20 && cp < 0x7f) {
			put(l, s, 1);
		} else if (cp > 0xffff) {
			put_escape(l, 0xd800 + ((cp - 0x10000) >> 10));
			put_escape(l, 0xdc00 + ((cp - 0x10000) & 0x3ff));
		} else {
			put_escape(l, cp);
		}
		s += MAX(n, (size_t)1);
		left -= MAX(n, (size_t)1);
	}
	put(l, "\"", 1);
}

int
json_line(const struct json_member *m, size_t n)
{
	struct line l = {.len = 0};

	for (size_t i = 0; i < n; i++) {
		put(&l, i == 0 ? "{" : ",", 1);
		put_string(&l, m[i].name);
		put(&l, ":", 1);
		if (m[i].text != NULL)
			put_string(&l, m[i].text);
		else
			put(&l, m[i].yes ? "true" : "false", m[i].yes ? 4 : 5);
	}
	put(&l, "}\n", 2);
	if (fd_write_all(STDOUT_FILENO, l.buf, l.len) == 0)
		return 0;
	(void)say_unwritten();
	return -ERR_SYS;
}
