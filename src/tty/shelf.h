/*
 * A few texts kept in order, newest last, in bounded memory: what was killed,
 * what was sent, what can be undone.  When there is no room the oldest go.
 * What is dropped is wiped.
 */
#ifndef SECCHAT_TTY_SHELF_H
#define SECCHAT_TTY_SHELF_H

#include <stddef.h>
#include <stdint.h>

#include "secchat/limits.h"

#define SHELF_ITEMS 256
#define SHELF_BYTES (4 * TEXT_MAX)

struct shelf_item {
	size_t len;
	/* the owner's own words about it */
	unsigned kind, group;
	size_t where, span, cursor;
};

struct shelf {
	size_t max; /* items; at most SHELF_ITEMS */
	size_t count, used;
	struct shelf_item item[SHELF_ITEMS];
	uint8_t bytes[SHELF_BYTES];
};

/* Empty, for at most max items; what was in it is wiped. */
void shelf_reset(struct shelf *s, size_t max);

/* Keep a copy of a text (at most SHELF_BYTES) as the newest.  Returns its
 * item, good until the next call, with the owner's words zero. */
struct shelf_item *shelf_push(struct shelf *s, const uint8_t *p, size_t len);

/* The n-th newest, from 0, with its text in *p; NULL when there are fewer. */
struct shelf_item *shelf_get(struct shelf *s, size_t n, const uint8_t **p);

/* Forget the newest; there is one. */
void shelf_pop(struct shelf *s);

/* More of the newest, behind it or before it; there is one.  What does not
 * fit beside it drops the others, then the call does nothing. */
void shelf_grow(struct shelf *s, const uint8_t *p, size_t len, int before);

#endif
