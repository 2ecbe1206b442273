/*
 * What was typed and has not been shown over there: first what waits here,
 * then what crypto was given, oldest first.  Both are bounded; a text that
 * does not fit is refused while it is still in the input line.
 */
#ifndef SECCHAT_TTY_BACKLOG_H
#define SECCHAT_TTY_BACKLOG_H

#include <stddef.h>
#include <stdint.h>

#include "secchat/limits.h"

#define BACKLOG_MSGS (2 * WINDOW_MSGS)
#define BACKLOG_BYTES (2 * WINDOW_BYTES)

struct backlog_item {
	size_t at, len;  /* in bytes[] */
	unsigned minute; /* of the day, when it was typed */
	unsigned n;      /* its number on this screen */
};

struct backlog {
	struct backlog_item item[BACKLOG_MSGS]; /* a ring */
	size_t first, count;
	size_t given; /* of count: crypto has them */
	size_t given_bytes;
	size_t end;    /* where the next text goes */
	uint64_t mseq; /* of the newest that was given */
	uint8_t bytes[BACKLOG_BYTES];
};

/* Empty. */
void backlog_init(struct backlog *b);

/* Keep a copy of a text, typed at that minute, the n-th on this screen.  0,
 * or -ERR_TOO_LONG: there is no room now. */
int backlog_add(struct backlog *b, const uint8_t *text, size_t len,
    unsigned minute, unsigned n);

/* The i-th, oldest first; i < b->count.  *text is good until it is popped. */
const struct backlog_item *backlog_get(
    const struct backlog *b, size_t i, const uint8_t **text);

/*
 * The next text that crypto may be given within its window, or NULL.  After
 * sending it, call backlog_gave.
 */
const uint8_t *backlog_next(const struct backlog *b, size_t *len);
void backlog_gave(struct backlog *b);

/* The number of the oldest, when crypto has it; 0 otherwise. */
uint64_t backlog_oldest(const struct backlog *b);

/* Forget the oldest: it was delivered, or never will be. */
void backlog_pop(struct backlog *b);

/*
 * Take back the text with that number, which crypto has not been given.  0,
 * or -ERR_FORMAT: there is none that could be.
 */
int backlog_drop(struct backlog *b, unsigned n);

#endif
