/*
 * Strict UTF-8 as RFC 3629 defines it, one sequence at a time.
 */
#include "secchat/util.h"

/* Sequence length by first byte, and the smallest code point it may hold. */
static size_t
shape(uint8_t first, uint32_t *cp, uint32_t *smallest)
{
	if (first < 0x80) {
		*cp = first;
		*smallest = 0;
		return 1;
	}
	if (first >= 0xc2 && first <= 0xdf) {
		*cp = first & 0x1f;
		*smallest = 0x80;
		return 2;
	}
	if (first >= 0xe0 && first <= 0xef) {
		*cp = first & 0x0f;
		*smallest = 0x800;
		return 3;
	}
	if (first >= 0xf0 && first <= 0xf4) {
		*cp = first & 0x07;
		*smallest = 0x10000;
		return 4;
	}
	return 0;
}

size_t
utf8_next(const uint8_t *s, size_t len, uint32_t *cp)
{
	uint32_t smallest = 0;
	size_t n = len == 0 ? 0 : shape(s[0], cp, &smallest);

	if (n == 0 || n > len)
		return 0;
	for (size_t i = 1; i < n; i++) {
		if ((s[i] & 0xc0) != 0x80)
			return 0;
		*cp = *cp << 6 | (s[i] & 0x3f);
	}
	if (*cp < smallest || *cp > 0x10ffff ||
	    (*cp >= 0xd800 && *cp <= 0xdfff))
		return 0;
	return n;
}

int
utf8_valid(const uint8_t *s, size_t len)
{
	while (len > 0) {
		uint32_t cp;
		size_t n = utf8_next(s, len, &cp);

		if (n == 0)
			return 0;
		s += n;
		len -= n;
	}
	return 1;
}
