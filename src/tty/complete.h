/*
 * Tab: what can be added to a command that has begun.  Pure; the table of
 * commands is asked through two functions.
 */
#ifndef SECCHAT_TTY_COMPLETE_H
#define SECCHAT_TTY_COMPLETE_H

#include <stddef.h>

/* The words that may stand in the place "N": "2|4|7". */
#define COMPLETE_NUMBERS 400

/* The i-th command's name or NULL, "" for one that is not to be had; what may
 * stand behind it (tty.h); its numbers. */
struct complete_table {
	const void *ctx;
	const char *(*name)(const void *ctx, size_t i);
	const char *(*usage)(const void *ctx, size_t i);
	void (*numbers)(const void *ctx, size_t i, char out[COMPLETE_NUMBERS]);
};

#define COMPLETE_ADD 32
#define COMPLETE_LIST 160

struct completion {
	char add[COMPLETE_ADD];   /* to put at the cursor, or "" */
	char list[COMPLETE_LIST]; /* of what is possible when that is not
				     one word, blanks between; or "" */
};

/* What becomes of the line up to the cursor, which begins with a slash. */
void complete_line(
    struct completion *c, const struct complete_table *table, const char *line);

#endif
