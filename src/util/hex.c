/*
 * Hex, both ways.
 */
#include "secchat/err.h"
#include "secchat/util.h"

void
hex_put(char *out, const uint8_t *in, size_t len)
{
	static const char digits[] = "0123456789abcdef";

	for (size_t i = 0; i < len; i++) {
		*out++ = digits[in[i] >> 4];
		*out++ = digits[in[i] & 15];
	}
	*out = '\0';
}

static int
digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

int
hex_get(uint8_t *out, size_t len, const char *in, size_t in_len)
{
	if (in_len != 2 * len)
		return -ERR_FORMAT;
	for (size_t i = 0; i < len; i++) {
		int hi = digit(in[2 * i]), lo = digit(in[2 * i + 1]);

		if (hi < 0 || lo < 0)
			return -ERR_FORMAT;
		out[i] = (uint8_t)(hi << 4 | lo);
	}
	return 0;
}
