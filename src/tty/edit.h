/*
 * The line editor: one message being written, and what keys do to it, with
 * readline's keys.  Pure: no terminal, no clock, no width.  Editing moves by
 * what a person takes for one character (the clusters of UAX #29), so that
 * nothing hidden is left behind and sent.
 *
 * A paste of more than three lines is a chip: it stands in the text between
 * CHIP_OPEN and CHIP_CLOSE, which nothing else can put there, and is moved
 * over, deleted, killed and undone as one character.
 */
#ifndef SECCHAT_TTY_EDIT_H
#define SECCHAT_TTY_EDIT_H

#include <stddef.h>
#include <stdint.h>

#include "keys.h"
#include "secchat/limits.h"
#include "shelf.h"

/* More than can be sent, so that a text that is too long can be shortened. */
#define EDIT_MAX (2 * TEXT_MAX)

#define CHIP_OPEN 0x01
#define CHIP_CLOSE 0x02

/* Lines of a paste that are shown as they are. */
#define CHIP_LINES 3

/* Texts that Up brings back, and that Ctrl-Y does. */
#define HISTORY_ITEMS 200
#define KILL_ITEMS 16

/* What is looked for with Ctrl-R. */
#define QUERY_MAX 120

/* What the last key was, where the next one depends on it. */
enum edit_run {
	RUN_OTHER,
	RUN_TYPING, /* a word, undone at once */
	RUN_KILL,   /* another one is added to it */
	RUN_YANK,   /* can be exchanged */
	RUN_UP,     /* moving between lines in one column */
};

struct edit {
	size_t len;
	size_t at;               /* the cursor, between characters */
	size_t col;              /* of RUN_UP */
	int cancels;             /* Ctrl-C on an empty line, in a row */
	int quote;               /* Ctrl-V: the next Tab or Enter is text */
	enum edit_run last, run; /* of the key before, of this one */

	int pasting;   /* what comes is kept in stage */
	size_t staged; /* bytes that came, perhaps more than fit */
	size_t stage_len;

	int searching;   /* Ctrl-R */
	int failed;      /* there is no such text */
	size_t found;    /* the history's n-th newest + 1, or 0 */
	size_t found_at; /* in its text */
	size_t query_len;
	uint8_t query[QUERY_MAX];

	size_t recalled; /* the history's n-th newest + 1; 0: the draft */
	size_t draft_len, draft_at;
	size_t yank_from, yank_n; /* of RUN_YANK */
	unsigned group;           /* what is undone together */

	struct shelf history, kills, undo;
	uint8_t text[EDIT_MAX];  /* valid UTF-8; row ends are LF */
	uint8_t draft[EDIT_MAX]; /* while recalled */
	uint8_t stage[EDIT_MAX];
};

/* What the caller should do. */
enum edit_action {
	EDIT_NOTHING,
	EDIT_CHANGED,  /* draw the input again */
	EDIT_SEND,     /* Enter; the text is still there */
	EDIT_CLEAR,    /* Ctrl-L */
	EDIT_COMPLETE, /* Tab */
	EDIT_CANCEL,   /* Ctrl-C on an empty line, the first */
	EDIT_LEAVE,    /* the second, or Ctrl-D on an empty line */
	EDIT_FULL,     /* no room for what was typed */
	EDIT_LOST,     /* no room for a paste of e->staged bytes */
};

/* What one key does to the line. */
enum edit_action edit_key(struct edit *e, const struct key *key);

/* Empty the line and forget what it was; history and kills stay. */
void edit_reset(struct edit *e);

/* The line was sent: it goes into the history, and the line is empty. */
void edit_accept(struct edit *e);

/* Forget everything that was ever typed. */
void edit_wipe(struct edit *e);

/*
 * What comes from now on is a paste, until edit_paste_end puts it into the
 * line as a whole; EDIT_LOST: it is too long and nothing of it is.
 */
void edit_paste_begin(struct edit *e);
enum edit_action edit_paste_end(struct edit *e);

/* Put text of ours at the cursor (Tab). */
enum edit_action edit_insert(struct edit *e, const void *p, size_t len);

/* The text as it is sent, without the marks of chips and row ends behind it,
 * into out of EDIT_MAX bytes.  Returns the length. */
size_t edit_plain(const struct edit *e, uint8_t *out);

/* What is to be drawn: the line, or what a search has found. */
struct edit_text {
	const uint8_t *p;
	size_t len, at;
};
struct edit_text edit_shown(struct edit *e);

/*
 * The bytes of the character at i < len: a cluster, or a chip with its marks;
 * and where the one before i > 0 begins.
 */
size_t edit_next(const uint8_t *p, size_t len, size_t i);
size_t edit_prev(const uint8_t *p, size_t len, size_t i);

/* Lines of a text, a row end at its end not counted as one more. */
size_t edit_lines(const uint8_t *p, size_t len);

#endif
