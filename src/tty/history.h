/*
 * What was shown, as far as a bounded ring holds it: for /more, /raw and
 * /history.  Only in memory, and only in this process.
 */
#ifndef SECCHAT_TTY_HISTORY_H
#define SECCHAT_TTY_HISTORY_H

#include "view.h"

#define HISTORY_MSGS 1024
#define HISTORY_BYTES (1 << 20)

struct history_item {
	enum message_kind kind;
	unsigned n, minute;
	size_t at, len; /* in bytes[] */
};

struct history {
	struct history_item item[HISTORY_MSGS]; /* a ring, oldest first */
	size_t first, count;
	size_t end; /* where the next text goes */
	uint8_t bytes[HISTORY_BYTES];
};

/* Empty. */
void history_init(struct history *h);

/* Keep a copy of a message; the oldest make room for it. */
void history_add(struct history *h, const struct message *m);

/* The i-th, oldest first; i < h->count.  Its text is good until the next
 * history_add. */
struct message history_get(const struct history *h, size_t i);

/* The message with that number (0: the newest).  1, or 0: not there. */
int history_find(const struct history *h, unsigned n, struct message *m);

/* Whether a text has the word in it; ASCII letters of both cases are the
 * same.  The empty word is everywhere. */
int history_has(const struct message *m, const char *word);

/* Where the word is first, in bytes; m->len when it is nowhere. */
size_t history_where(const struct message *m, const char *word);

#endif
