/*
 * The only place that reads the clocks.
 */
#include <limits.h>
#include <time.h>

#include "secchat/util.h"

static uint64_t
read_ms(clockid_t id)
{
	struct timespec ts;

	if (clock_gettime(id, &ts) < 0)
		fatal("clock %d cannot be read", (int)id);
	return (uint64_t)ts.tv_sec * 1000 + (uint64_t)ts.tv_nsec / 1000000;
}

uint64_t
clock_now_ms(void)
{
	return read_ms(CLOCK_MONOTONIC);
}

uint64_t
clock_utc_ms(void)
{
	return read_ms(CLOCK_REALTIME);
}

int
clock_poll_timeout(uint64_t now, uint64_t deadline)
{
	if (deadline == CLOCK_NEVER)
		return -1;
	if (deadline <= now)
		return 0;
	return deadline - now > INT_MAX ? INT_MAX : (int)(deadline - now);
}
