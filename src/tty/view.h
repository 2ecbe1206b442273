/*
 * How things look: lines that scroll up and stay, and below them the live
 * area (what is not delivered yet, and the input), which is erased and
 * drawn again around every line.  Pure: everything goes into a paint buffer.
 * No alternate screen and no scroll region, so that scrollback is the
 * terminal's own and a killed program leaves no trace.  Fifteen columns are
 * the least for which rows are kept inside the terminal.
 */
#ifndef SECCHAT_TTY_VIEW_H
#define SECCHAT_TTY_VIEW_H

#include "backlog.h"
#include "edit.h"
#include "layout.h"
#include "paint.h"

/* Undelivered texts that are shown, and rows of the status. */
#define UNDELIVERED_ROWS 3
#define STATUS_ROWS 3
#define LIVE_ROWS (UNDELIVERED_ROWS + 1 + STATUS_ROWS + INPUT_ROWS)

struct view {
	unsigned cols, rows; /* of the terminal */
	int ascii;           /* nothing beyond ASCII */
	int color;
	int reflows;         /* the terminal breaks long rows when narrowed */
	unsigned live;       /* rows of the live area on the screen, */
	unsigned drawn_cols; /* drawn when the terminal had so many columns; */
	unsigned live_cols[LIVE_ROWS]; /* how many each row has */
	unsigned cursor_row, cursor;   /* of the live area's rows; column */
};

/* The bytes of one row of text; a longer one goes on in the next. */
#define ROW_BYTES 2048

/* What the live area shows. */
struct live {
	const struct backlog *backlog; /* NULL: before the chat */
	struct edit *edit;             /* NULL: nothing is typed now */
	const char *prompt;            /* ends in a space */
	const char *narrow;            /* the same for a narrow terminal */
	const char *status;            /* above the input, or NULL */
};

/*
 * Erase the live area; whatever is painted next scrolls.  When the terminal
 * is narrower than it was at drawing and is one that breaks rows, the area
 * has become higher; elsewhere more than was drawn is never erased, so that
 * no line above it is lost.
 */
void view_erase(struct view *v, struct paint *p);

/* Draw the live area in the place of the old one. */
void view_live(struct view *v, struct paint *p, const struct live *l);

/* Forget everything on the screen (Ctrl-L, /clear). */
void view_clear(struct view *v, struct paint *p);

/*
 * A message of the peer: the gutter on every row, at most TEXT_ROWS_MAX rows,
 * then how many more there were and what was made visible.  Paints less than
 * PAINT_MESSAGE.
 */
void view_theirs(struct view *v, struct paint *p, unsigned minute,
    const uint8_t *text, size_t len);

/* A message of ours that was shown over there; more than three rows are
 * shortened to one.  undelivered: it was not, and never will be. */
void view_ours(struct view *v, struct paint *p, unsigned minute,
    const uint8_t *text, size_t len, int undelivered);

/* A sentence of ours between rules: "-- connection lost --". */
void view_event(struct view *v, struct paint *p, const char *text);

/* A word and what it means, in rows of which all but the first are indented
 * to where the meaning begins. */
void view_item(
    struct view *v, struct paint *p, const char *word, const char *meaning);

/* Text of ours or of another process, in rows after an indent of two; mark
 * ("" or "warning:") is a row before them.  At most SENTENCE_MAX bytes. */
void view_note(struct view *v, struct paint *p, const char *mark,
    const void *text, size_t len);

#endif
