/*
 * How often a source may fail to authenticate: a burst, then one more each
 * refill time (docs/protocol.md, "Limits").  A bucket is one moment: when it
 * will be full again.  Each failure moves that moment by one refill time, and
 * a source is over the limit while it lies more than burst - 1 of them ahead.
 * Two attempts that run at once may overdraw the bucket, and then it takes
 * longer to fill: on average nobody gets more than the limit.
 *
 * The table is bounded.  A row whose moment has passed is as good as none.
 * When every row is in use, the one that is fullest, i.e. closest to being
 * forgotten anyway, gives way.  So a bucket with k failures is only lost after
 * every other row has at least k of its own: to reset one empty bucket of 5
 * guesses a stranger spends more than 1,200 guesses from 255 other sources.
 * Someone who has so many sources gains nothing from a reset (each of them
 * has a bucket of its own), and against him stands crypto's count of all
 * failures together.
 */
#ifndef SECCHAT_NET_LIMIT_H
#define SECCHAT_NET_LIMIT_H

#include <stddef.h>
#include <stdint.h>

#include "secchat/source.h"

#define ATTEMPT_SOURCES 256

struct attempts {
	uint32_t burst;
	uint32_t refill_ms;
	struct attempt {
		struct source source;
		uint64_t full_at; /* ms; not later than now: unused */
	} row[ATTEMPT_SOURCES];
};

void attempts_init(struct attempts *a, uint32_t burst, uint32_t refill_ms);

/* Whether this source has used up its failures. */
int attempts_over(
    const struct attempts *a, const struct source *s, uint64_t now);

/* Count one failure. */
void attempts_fail(struct attempts *a, const struct source *s, uint64_t now);

#endif
