/*
 * What /more, /raw and /history write: rows of messages that were shown
 * before, as many at a time as there is room for.  While a pager has rows,
 * nothing new is read from crypto, so that they stand together.
 */
#ifndef SECCHAT_TTY_PAGER_H
#define SECCHAT_TTY_PAGER_H

#include "history.h"
#include "secchat/limits.h"
#include "secchat/text.h"

/* Messages in one list. */
#define LIST_MAX 20

enum pager_kind {
	PAGER_NONE,
	PAGER_MORE, /* the rows that were cut off */
	PAGER_ALL,  /* all rows */
	PAGER_RAW,  /* all but ASCII as code points */
	PAGER_LIST  /* one row of each message */
};

struct pager {
	enum pager_kind kind;
	struct message m; /* its text is in text[] */
	struct text_rows rows;
	size_t at; /* RAW: bytes written; LIST: messages */
	unsigned list[LIST_MAX];
	size_t list_len;
	uint8_t text[TEXT_MAX]; /* LIST: the word, terminated */
};

/* Begin with what view_message left out, or with the raw text. */
void pager_start(struct pager *g, const struct view *v, enum pager_kind kind,
    const struct message *m);

/* Begin a list of the newest messages that have the word in them; returns
 * how many there are beyond LIST_MAX. */
size_t pager_list(struct pager *g, const struct history *h, const char *word);

/*
 * Paint rows until there are none (kind is PAGER_NONE then) or the buffer has
 * no room for one more and the live area.
 */
void pager_step(
    struct pager *g, struct view *v, struct paint *p, const struct history *h);

#endif
