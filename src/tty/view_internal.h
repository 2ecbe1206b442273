/*
 * What view.c and live.c share.
 */
#ifndef SECCHAT_TTY_VIEW_INTERNAL_H
#define SECCHAT_TTY_VIEW_INTERNAL_H

#include "view.h"

enum style {
	STYLE_NORMAL,
	STYLE_DIM,
	STYLE_PEER,
	STYLE_YOU,
	STYLE_WARN
};

enum sign {
	SIGN_GUTTER,
	SIGN_RULE,
	SIGN_SHOWN,
	SIGN_WAITS,
	SIGN_NEWLINE,
	SIGN_MORE,
	SIGN_BEYOND, /* one column: rows that are not shown */
};

/* Change the colour, when there are colours. */
void view_style(const struct view *v, struct paint *p, enum style s);

/* A sign of ours in the terminal's character set. */
const char *view_sign(const struct view *v, enum sign s);

/* The flags for src/text. */
unsigned view_text_flags(const struct view *v);

#endif
