/*
 * Events as JSON, one object a line.  Every event begins with the same four
 * members, v, seq, t and ev, and its members always come in the same order.
 * Nothing but printable ASCII comes out: a control, bidi or invisible
 * character is escaped like every other character beyond ASCII, so that the
 * stream can be shown on a terminal.
 */
#ifndef SECCHAT_SCRIPT_EVENT_H
#define SECCHAT_SCRIPT_EVENT_H

#include <stddef.h>
#include <stdint.h>

#include "outring.h"

struct events {
	struct outring *out;
	uint64_t seq;    /* of the event written last */
	uint64_t utc_ms; /* set by the loop before it makes events */
};

/*
 * The bytes that an event with one text of text_len bytes takes at most: a
 * byte becomes six (\u001b), and the rest of an event is small.
 */
#define EVENT_SMALL ((size_t)2048)
#define EVENT_SIZE(text_len) (6 * (size_t)(text_len) + EVENT_SMALL)

/* An event: begin, its members in order, end.  Strings are in UTF-8; a byte
 * that is not comes out as U+FFFD. */
void event_begin(struct events *e, const char *ev);
void event_str(struct events *e, const char *key, const char *value);
void event_bytes(
    struct events *e, const char *key, const void *value, size_t len);
void event_uint(struct events *e, const char *key, uint64_t value);
void event_bool(struct events *e, const char *key, int value);
void event_null(struct events *e, const char *key);

/* A list of the names whose bit is set in mask. */
void event_flags(struct events *e, const char *key, unsigned mask,
    const char *const *names, size_t n);

/* Members that somebody else has written, each behind its comma, in ASCII. */
void event_members(struct events *e, const char *members);

/* Its end. */
void event_end(struct events *e);

/* 2026-11-21T14:02:58.120Z and a NUL.  Years up to 9999. */
#define UTC_TEXT 25
void utc_format(char out[UTC_TEXT], uint64_t utc_ms);

#endif
