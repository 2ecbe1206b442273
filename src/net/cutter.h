/*
 * Cutting a stream of bytes into what crypto said it expects.  Net knows no
 * protocol: crypto names a framing, a maximum and perhaps a list of allowed
 * lengths, and this file finds the next frame in a buffer.  Pure functions.
 */
#ifndef SECCHAT_NET_CUTTER_H
#define SECCHAT_NET_CUTTER_H

#include <stddef.h>
#include <stdint.h>

#include "secchat/reader.h"

#define EXPECT_ALLOWED_MAX 8

struct expect {
	uint8_t framing; /* FRAMING_*; 0: nothing is expected */
	uint8_t n;       /* entries of allowed; 0: any up to max */
	uint32_t max;    /* raw: exactly this; else the longest body */
	uint32_t allowed[EXPECT_ALLOWED_MAX];
};

/* Where the next frame lies in the bytes that were looked at. */
struct cut {
	size_t skip; /* the length prefix */
	size_t len;  /* the body behind it */
};

/*
 * Read the body of an EXPECT behind its connection id.  0, or -ERR_FORMAT:
 * unknown framing, too many lengths, a maximum or an allowed length that
 * FRAME_IN could not carry, a raw expectation of nothing or with a list.
 */
int expect_get(struct expect *e, struct reader *r);

/*
 * Look for a frame at the beginning of len bytes.  1: there is one, and where
 * is in *c; 0: more bytes are needed; -ERR_TOO_LONG: the length prefix
 * announces something that is not expected.  That is known as soon as the
 * prefix is there, before any of the body.
 */
int cut_next(
    const struct expect *e, const uint8_t *in, size_t len, struct cut *c);

#endif
