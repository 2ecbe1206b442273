/*
 * What view.c, message.c and live.c share.
 */
#ifndef SECCHAT_TTY_VIEW_INTERNAL_H
#define SECCHAT_TTY_VIEW_INTERNAL_H

#include "view.h"

enum sign {
	SIGN_GUTTER,
	SIGN_RULE,
	SIGN_SHOWN,
	SIGN_SENT, /* where there are no receipts */
	SIGN_WAITS,
	SIGN_MORE,
	SIGN_BEYOND, /* one column: rows that are not shown */
	SIGN_BETWEEN,
	SIGN_FULL, /* of a bar, */
	SIGN_EMPTY,
};

/* Narrower terminals have the name on a row of its own and a short gutter. */
#define NARROW 40

/* Change the colour, when there are colours. */
void view_style(const struct view *v, struct paint *p, enum style s);

/* A sign of ours in the terminal's character set. */
const char *view_sign(const struct view *v, enum sign s);

/* The flags for src/text. */
unsigned view_text_flags(const struct view *v);

/* The end of a row that stays. */
void view_end_row(const struct view *v, struct paint *p);

/* Text in rows, each but the first behind an indent; the first row's indent
 * is painted already. */
void view_indented(const struct view *v, struct paint *p, unsigned indent_by,
    const void *text, size_t len);

#endif
