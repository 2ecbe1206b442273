/*
 * The JSON writer.  It writes into the ring without building a tree first:
 * no allocation, and the order of members is the order of the calls.
 */
#include <stdio.h>
#include <string.h>

#include "event.h"
#include "secchat/util.h"

/* Our own use of \uXXXX for a byte that is not UTF-8. */
#define REPLACEMENT 0xfffd

/* Days before each month in a year that begins in March. */
static const uint16_t month_days[] = {
    0, 31, 61, 92, 122, 153, 184, 214, 245, 275, 306, 337};

void
utc_format(char out[UTC_TEXT], uint64_t utc_ms)
{
	uint64_t s = utc_ms / 1000, days = s / 86400;
	/* Days since 1 March of year 0, in cycles of 400 years. */
	uint64_t n = days + 719468, era = n / 146097, of_era = n % 146097;
	uint64_t year =
	    (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
	unsigned day =
	    (unsigned)(of_era - (365 * year + year / 4 - year / 100));
	unsigned month = ARRAY_LEN(month_days) - 1;

	while (month_days[month] > day)
		month--;
	day -= month_days[month];
	year += era * 400 + (month >= 10);
	snprintf(out, UTC_TEXT, "%04u-%02u-%02uT%02u:%02u:%02u.%03uZ",
	    (unsigned)(year % 10000), (month + 2) % 12 + 1, (day + 1) % 100,
	    (unsigned)(s / 3600 % 24), (unsigned)(s / 60 % 60),
	    (unsigned)(s % 60), (unsigned)(utc_ms % 1000));
}

static void
put_str(struct outring *o, const char *s)
{
	outring_put(o, s, strlen(s));
}

static void
put_u16_escape(struct outring *o, uint32_t unit)
{
	char esc[8];

	snprintf(esc, sizeof esc, "\\u%04x", (unsigned)(unit & 0xffff));
	put_str(o, esc);
}

/* clang-format off */
static const char shorts[][3] = {
	['"']  = "\\\"",
	['\\'] = "\\\\",
	['\n'] = "\\n",
	['\r'] = "\\r",
	['\t'] = "\\t",
};
/* clang-format on */

/* A character that may not stand for itself. */
static void
put_escape(struct outring *o, uint32_t cp)
{
	if (cp < ARRAY_LEN(shorts) && shorts[cp][0] != '\0') {
		put_str(o, shorts[cp]);
	} else if (cp < 0x10000) {
		put_u16_escape(o, cp);
	} else {
		put_u16_escape(o, 0xd800 + ((cp - 0x10000) >> 10));
		put_u16_escape(o, 0xdc00 + ((cp - 0x10000) & 0x3ff));
	}
}

static void
put_quoted(struct outring *o, const uint8_t *p, size_t len)
{
	const uint8_t *run = p, *end = p + len;

	put_str(o, "\"");
	while (p < end) {
		uint32_t cp = 0;
		size_t n = utf8_next(p, (size_t)(end - p), &cp);

		if (n == 1 && cp >= 0x20 && cp <= 0x7e && cp != '"' &&
		    cp != '\\') {
			p++;
			continue;
		}
		outring_put(o, run, (size_t)(p - run));
		put_escape(o, n == 0 ? REPLACEMENT : cp);
		p += n == 0 ? 1 : n;
		run = p;
	}
	outring_put(o, run, (size_t)(p - run));
	put_str(o, "\"");
}

/* ,"key": (the first four members are written by event_begin) */
static void
put_key(struct events *e, const char *key)
{
	put_str(e->out, ",\"");
	put_str(e->out, key);
	put_str(e->out, "\":");
}

void
event_begin(struct events *e, const char *ev)
{
	char utc[UTC_TEXT];

	put_str(e->out, "{\"v\":1");
	event_uint(e, "seq", ++e->seq);
	utc_format(utc, e->utc_ms);
	event_str(e, "t", utc);
	event_str(e, "ev", ev);
}

void
event_str(struct events *e, const char *key, const char *value)
{
	event_bytes(e, key, value, strlen(value));
}

void
event_bytes(struct events *e, const char *key, const void *value, size_t len)
{
	put_key(e, key);
	put_quoted(e->out, value, len);
}

void
event_uint(struct events *e, const char *key, uint64_t value)
{
	char number[24];

	snprintf(number, sizeof number, "%llu", (unsigned long long)value);
	put_key(e, key);
	put_str(e->out, number);
}

void
event_bool(struct events *e, const char *key, int value)
{
	put_key(e, key);
	put_str(e->out, value ? "true" : "false");
}

void
event_null(struct events *e, const char *key)
{
	put_key(e, key);
	put_str(e->out, "null");
}

void
event_flags(struct events *e, const char *key, unsigned mask,
    const char *const *names, size_t n)
{
	const char *between = "\"";

	put_key(e, key);
	put_str(e->out, "[");
	for (size_t i = 0; i < n; i++) {
		if (!(mask & 1u << i))
			continue;
		put_str(e->out, between);
		put_str(e->out, names[i]);
		put_str(e->out, "\"");
		between = ",\"";
	}
	put_str(e->out, "]");
}

void
event_members(struct events *e, const char *members)
{
	put_str(e->out, members);
}

void
event_end(struct events *e)
{
	put_str(e->out, "}\n");
}
