/*
 * Standard input cut into lines, without ever holding more than one line
 * that is not complete.  A line that is too long is reported once, as soon
 * as that is clear, and passed over; the lines behind it are good.
 */
#ifndef SECCHAT_SCRIPT_FEED_H
#define SECCHAT_SCRIPT_FEED_H

#include <stddef.h>
#include <stdint.h>

#include "secchat/limits.h"

/* What one read(2) takes at most. */
#define FEED_CHUNK 65536

struct feed {
	size_t start; /* of the line in progress */
	size_t scan;  /* no newline before here */
	size_t end;
	int skip; /* inside a line that is passed over */
	int eof;
	int failed;    /* and why: errno of the read that was the last */
	uint64_t line; /* number of the line returned last */
	uint8_t buf[COMMAND_MAX + FEED_CHUNK];
};

void feed_init(struct feed *in);

/* Before the first read: what comes up to the first newline is passed over. It
 * is no line of ours and not counted as one. */
void feed_begin_inside(struct feed *in);

/*
 * One read(2).  Only after feed_next said that there is no line.  Lines
 * returned before are gone.  An error of the descriptor counts as its end.
 */
void feed_read(struct feed *in, int fd);

/*
 * The next line without its newline: 1, in place until feed_read.
 * 0: none; read more, or, when in->eof, it was the last.
 * -ERR_TOO_LONG: line in->line is longer than max (at most COMMAND_MAX).
 */
int feed_next(struct feed *in, size_t max, const uint8_t **line, size_t *len);

/*
 * After feed_next returned 0 for the last time: give up the line that was
 * begun.  1: it is in->line; 0: there is none, or it was too long and was
 * reported.
 */
int feed_give_up(struct feed *in);

/* Whether what was read ends inside a line. */
int feed_is_inside(const struct feed *in);

#endif
