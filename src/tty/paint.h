/*
 * Bytes on their way to the terminal: a bounded buffer that the loop writes
 * out as the terminal takes it.  Whoever adds asks paint_room first; running
 * over is a broken invariant.
 */
#ifndef SECCHAT_TTY_PAINT_H
#define SECCHAT_TTY_PAINT_H

#include <stddef.h>
#include <stdint.h>

#define PAINT_CAP (256 << 10)

/* Room that must be left before a message is added, see view.h. */
#define PAINT_MESSAGE (112 << 10)

/* Room that must be left before the live area or a line of ours is added. */
#define PAINT_LINE (24 << 10)

struct paint {
	size_t len;
	uint64_t added;   /* bytes ever added */
	uint64_t written; /* bytes ever taken off */
	char buf[PAINT_CAP];
};

/* Empty. */
void paint_init(struct paint *p);

/* How many bytes still fit. */
size_t paint_room(const struct paint *p);

/* Add bytes, or a string. */
void paint_mem(struct paint *p, const void *s, size_t len);
void paint_str(struct paint *p, const char *s);

/* Add what printf makes of it, at most 511 bytes. */
void paint_fmt(struct paint *p, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

/* The first n bytes have been written. */
void paint_took(struct paint *p, size_t n);

#endif
