/*
 * Times and their middle.
 */
#include <stdio.h>
#include <time.h>

#include "took.h"

static uint32_t took[TOOK_MAX]; /* nanoseconds */
static size_t count;

uint64_t
took_now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

void
took_clear(void)
{
	count = 0;
}

void
took_since(uint64_t start)
{
	uint64_t ns = took_now() - start;

	if (count < TOOK_MAX)
		took[count++] = ns < UINT32_MAX ? (uint32_t)ns : UINT32_MAX;
}

/* qsort of the C library may allocate and ask the system how much it has. */
static void
sort(void)
{
	for (size_t gap = count / 2; gap > 0; gap /= 2) {
		for (size_t i = gap; i < count; i++) {
			uint32_t v = took[i];
			size_t at = i;

			for (; at >= gap && took[at - gap] > v; at -= gap)
				took[at] = took[at - gap];
			took[at] = v;
		}
	}
}

static double
part_us(unsigned per_cent)
{
	size_t at = count * per_cent / 100;

	return took[at < count ? at : count - 1] / 1000.0;
}

size_t
took_line(char line[TOOK_LINE])
{
	double sum = 0;
	int n;

	for (size_t i = 0; i < count; i++)
		sum += took[i];
	sort();
	n = snprintf(line, TOOK_LINE, "%.2f %.2f %.2f %.2f %.2f\n", part_us(50),
	    part_us(90), part_us(99), sum / (double)count / 1000.0,
	    took[count - 1] / 1000.0);
	return (size_t)n;
}
