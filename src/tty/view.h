/*
 * How things look: lines that scroll up and stay, and below them the live
 * area (what is not delivered yet, the status row and the input), which is
 * erased and drawn again around every line.  Pure: everything goes into a
 * paint buffer.  No alternate screen and no scroll region, so that scrollback
 * is the terminal's own and a killed program leaves no trace.  Fifteen columns
 * are the least for which rows are kept inside the terminal.
 *
 *   view.c     signs, colours, sentences of ours
 *   message.c  what people wrote
 *   live.c     the live area
 */
#ifndef SECCHAT_TTY_VIEW_H
#define SECCHAT_TTY_VIEW_H

#include "backlog.h"
#include "edit.h"
#include "layout.h"
#include "paint.h"
#include "transfer.h"

/* Undelivered texts that are shown, files, rows of a hint, the status row. */
#define UNDELIVERED_ROWS 3
#define FILE_ROWS 3
#define HINT_ROWS 3
#define LIVE_ROWS \
	(UNDELIVERED_ROWS + 1 + FILE_ROWS + 1 + HINT_ROWS + 1 + INPUT_ROWS)

/* What the other person is called at the left of a row, as bytes. */
#define PEER_SHOWN 200

/* Which colours say good and bad, up and down. */
enum scheme {
	SCHEME_WESTERN, /* green and red */
	SCHEME_EASTERN, /* red and green */
	SCHEME_BLUE_ORANGE
};

enum style {
	STYLE_NORMAL,
	STYLE_DIM,
	STYLE_PEER,
	STYLE_YOU,
	STYLE_WARN,
	STYLE_GOOD,
	STYLE_BAD
};

struct view {
	unsigned cols, rows; /* of the terminal */
	int ascii;           /* nothing beyond ASCII */
	int color;
	enum scheme scheme;
	/* Line by line, for screen readers and terminals that can do no more:
	 * no live area, no escape sequence, names in place of gutters. */
	int no_receipts; /* a text is sent, and no more is known */
	int plain;
	char peer[PEER_SHOWN]; /* filtered; "": no name */
	int reflows;           /* the terminal breaks long rows when narrowed */
	unsigned live;         /* rows of the live area on the screen, */
	unsigned drawn_cols; /* drawn when the terminal had so many columns; */
	unsigned live_cols[LIVE_ROWS]; /* how many each row has */
	unsigned cursor_row, cursor;   /* of the live area's rows; column */
};

/* The bytes of one row of text; a longer one goes on in the next. */
#define ROW_BYTES 2048

/* One thing that the status row tells. */
#define CELL_TEXT 256
struct cell {
	enum style style;
	char text[CELL_TEXT]; /* filtered; "": nothing */
};

/* What the live area shows. */
struct live {
	const struct backlog *backlog; /* NULL: before the chat */
	const struct transfers *files; /* NULL: none */
	struct edit *edit;             /* NULL: nothing is typed now */
	const char *prompt;            /* ends in a space */
	const char *narrow;            /* the same for a narrow terminal */
	const char *hint;              /* a sentence of ours, or NULL */
	const struct cell *cells;      /* of the status row; */
	size_t cells_len;              /* 0: there is none */
};

/*
 * Erase the live area; whatever is painted next scrolls.  When the terminal
 * is narrower than it was at drawing and is one that breaks rows, the area
 * has become higher; elsewhere more than was drawn is never erased, so that
 * no line above it is lost.
 */
void view_erase(struct view *v, struct paint *p);

/* Draw the live area in the place of the old one.  Cells of the status row
 * that do not fit are left out from the end on. */
void view_live(struct view *v, struct paint *p, const struct live *l);

/* Forget everything on the screen (Ctrl-L, /clear); plain views cannot. */
void view_clear(struct view *v, struct paint *p);

/* ---- what people wrote (message.c) ---- */

enum message_kind {
	MESSAGE_THEIRS,
	MESSAGE_OURS, /* it was shown over there */
	MESSAGE_LOST, /* it was not, and never will be */
};

struct message {
	enum message_kind kind;
	unsigned n;      /* its number on this screen */
	unsigned minute; /* of the day */
	const uint8_t *text;
	size_t len;
};

/*
 * A message.  Of the peer: the gutter on every row, at most TEXT_ROWS_MAX
 * rows, then how many more there were and what was made visible, and how to
 * see it.  Of ours: more than three rows are shortened to one.  Paints less
 * than PAINT_MESSAGE.
 */
void view_message(struct view *v, struct paint *p, const struct message *m);

/* The same in one row, its number before it: for lists.  Less than
 * PAINT_LINE. */
void view_listed(struct view *v, struct paint *p, const struct message *m);

/* One row of a message, which fits (view_text_cols); the first says whose it
 * is. */
void view_row(struct view *v, struct paint *p, const struct message *m,
    int first, const char *row, size_t len);

/* Columns for text beside the gutter; text decides in plain views. */
size_t view_text_cols(const struct view *v, const struct message *m);

/* A row of ours about the message above: without the gutter. */
void view_about(struct view *v, struct paint *p, const char *text);

/* ---- sentences of ours (view.c) ---- */

/* A sentence of ours between rules: "-- connection lost --". */
void view_event(struct view *v, struct paint *p, const char *text);

/* A word and what it means, in rows of which all but the first are indented
 * to where the meaning begins. */
void view_item(
    struct view *v, struct paint *p, const char *word, const char *meaning);

/* The same where words are short and what stands behind them may be a name of
 * the other person's: no row begins with it.  At most FIELD_MAX bytes that
 * went through the filter. */
#define FIELD_MAX 2048
void view_field(
    struct view *v, struct paint *p, const char *word, const char *what);

/* Text of ours or of another process, in rows after an indent of two; mark
 * ("" or "warning:") is a row before them.  At most SENTENCE_MAX bytes. */
void view_note(struct view *v, struct paint *p, const char *mark,
    const void *text, size_t len);

#endif
