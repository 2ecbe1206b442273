/*
 * The least time between two requests, by itself, so that a test of a whole
 * chat can be linked with a shorter one (tests/quick.c).
 */
#include "prices.h"

uint32_t
prices_floor_ms(void)
{
	return PRICE_FLOOR;
}
