/*
 * Marking memory for Memcheck, and the one way out for values that may be
 * known.
 */
#include <valgrind/memcheck.h>

#include "ct.h"

/* clang-format off */
static struct {
	const char *name, *why;
	unsigned used;
} reasons[] = {
#define CT_ROW(name, why) { #name, why, 0 },
	CT_REASONS(CT_ROW)
#undef CT_ROW
};
/* clang-format on */

void
ct_secret(const void *p, size_t len)
{
	VALGRIND_MAKE_MEM_UNDEFINED(p, len);
}

void
ct_public(enum ct_reason why, const void *p, size_t len)
{
	reasons[why].used++;
	VALGRIND_MAKE_MEM_DEFINED(p, len);
}

int
ct_is_secret(const void *p, size_t len)
{
	const uint8_t *byte = p;

	for (size_t i = 0; i < len; i++) {
		uint8_t bits = 0;

		if (VALGRIND_GET_VBITS(byte + i, &bits, 1) != 1 || bits == 0)
			return 0;
	}
	return 1;
}

unsigned
ct_used(enum ct_reason why)
{
	return reasons[why].used;
}

const char *
ct_name(enum ct_reason why)
{
	return reasons[why].name;
}

const char *
ct_why(enum ct_reason why)
{
	return reasons[why].why;
}

unsigned
ct_complaints(void)
{
	return (unsigned)VALGRIND_COUNT_ERRORS;
}

void
ct_mark(const char *name)
{
	VALGRIND_PRINTF("case %s\n", name);
}

int
ct_watched(void)
{
	return RUNNING_ON_VALGRIND != 0;
}
