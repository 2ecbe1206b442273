/*
 * The only place that reads the monotonic clock.
 */
#include <limits.h>
#include <time.h>

#include "secchat/util.h"

uint64_t
clock_now_ms(void)
{
	struct timespec ts;

	if (clock_gettime(CLOCK_MONOTONIC, &ts) < 0)
		fatal("no monotonic clock");
	return (uint64_t)ts.tv_sec * 1000 + (uint64_t)ts.tv_nsec / 1000000;
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
