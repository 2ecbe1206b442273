/*
 * What the files of the line editor share.
 */
#ifndef SECCHAT_TTY_EDIT_INTERNAL_H
#define SECCHAT_TTY_EDIT_INTERNAL_H

#include "edit.h"

/* ---- line.c: the text, its characters, words and lines ---- */

/* Change the text, so that it can be undone; the cursor goes behind what was
 * put, or to where it was taken.  put: 0, or -1 when there is no room. */
int line_put(struct edit *e, size_t where, const uint8_t *p, size_t len);
void line_take(struct edit *e, size_t from, size_t to);

/* Change all of the text; the cursor goes to its end.  p is not part of it. */
void line_replace(struct edit *e, const uint8_t *p, size_t len);

/* The beginning and the end of the line that i is in. */
size_t line_start(const struct edit *e, size_t i);
size_t line_end(const struct edit *e, size_t i);

/* The ends of words: letters and digits, or anything but blanks. */
size_t word_left(const struct edit *e, int blanks);
size_t word_right(const struct edit *e);

/* Move the cursor by lines; 0 when there is no line there. */
int line_up(struct edit *e);
int line_down(struct edit *e);

/* Take back the last change.  0 when there is none. */
int line_undo(struct edit *e);

/* ---- kill.c ---- */

/* Take [from, to) out and keep it for Ctrl-Y. */
enum edit_action kill_range(struct edit *e, size_t from, size_t to);
enum edit_action kill_yank(struct edit *e);
enum edit_action kill_yank_next(struct edit *e);

/* ---- recall.c ---- */

/* Show what was sent before what is shown, or after it, or the draft. */
enum edit_action recall_older(struct edit *e);
enum edit_action recall_newer(struct edit *e);
/* The line is given up: the draft that it took the place of is not lost, but
 * goes into the history. */
void recall_forget(struct edit *e);

/* Ctrl-R. */
enum edit_action search_begin(struct edit *e);

/* A key during a search.  1: it is dealt with, *action says how; 0: the
 * search is over and the key is one like others. */
int search_key(struct edit *e, const struct key *key, enum edit_action *action);

/* ---- paste.c ---- */

/* One character of a paste. */
void paste_add(struct edit *e, const uint8_t *p, size_t len);

#endif
