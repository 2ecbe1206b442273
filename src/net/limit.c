/*
 * Attempt buckets.
 */
#include <string.h>

#include "limit.h"
#include "secchat/util.h"

void
attempts_init(struct attempts *a, uint32_t burst, uint32_t refill_ms)
{
	memset(a, 0, sizeof *a);
	a->burst = burst;
	a->refill_ms = refill_ms;
}

int
attempts_over(const struct attempts *a, const struct source *s, uint64_t now)
{
	uint64_t room = (uint64_t)(a->burst - 1) * a->refill_ms;

	for (size_t i = 0; i < ATTEMPT_SOURCES; i++)
		if (source_is(&a->row[i].source, s))
			return a->row[i].full_at > now + room;
	return 0;
}

/* The row of this source, or the one that is soonest full. */
static struct attempt *
row_for(struct attempts *a, const struct source *s)
{
	struct attempt *best = &a->row[0];

	for (size_t i = 0; i < ATTEMPT_SOURCES; i++) {
		struct attempt *r = &a->row[i];

		if (source_is(&r->source, s))
			return r;
		if (r->full_at < best->full_at)
			best = r;
	}
	best->source = *s;
	best->full_at = 0;
	return best;
}

void
attempts_fail(struct attempts *a, const struct source *s, uint64_t now)
{
	struct attempt *r = row_for(a, s);

	r->full_at = MAX(r->full_at, now) + a->refill_ms;
}
