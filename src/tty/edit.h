/*
 * The line editor: one message being written, and what keys do to it.  Pure:
 * no terminal, no clock.  Editing moves by what a person takes for one
 * character, so that nothing hidden is left behind and sent.
 */
#ifndef SECCHAT_TTY_EDIT_H
#define SECCHAT_TTY_EDIT_H

#include <stddef.h>
#include <stdint.h>

#include "keys.h"
#include "secchat/limits.h"

/* More than can be sent, so that a text that is too long can be shortened. */
#define EDIT_MAX (2 * TEXT_MAX)

struct edit {
	size_t len;
	size_t at;              /* the cursor, between characters */
	int cancels;            /* Ctrl-C on an empty line, in a row */
	uint8_t text[EDIT_MAX]; /* valid UTF-8; row ends are LF */
};

/* What the caller should do. */
enum edit_action {
	EDIT_NOTHING,
	EDIT_CHANGED, /* draw the input again */
	EDIT_SEND,    /* Enter; the text is still there */
	EDIT_CLEAR,   /* Ctrl-L */
	EDIT_CANCEL,  /* Ctrl-C on an empty line, the first */
	EDIT_LEAVE,   /* the second, or Ctrl-D on an empty line */
	EDIT_FULL,    /* no room for what was typed */
};

/* What one key does to the line. */
enum edit_action edit_key(struct edit *e, const struct key *key);

/* Empty the line. */
void edit_reset(struct edit *e);

#endif
