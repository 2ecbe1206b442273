/*
 * base64url with padding (RFC 4648, section 5).  Key files hold keys, so
 * letters are computed and not looked up.
 */
#include "formats.h"
#include "secchat/err.h"

/* All ones when lo <= c <= hi, else 0; none of them is above 255. */
static unsigned
within(unsigned c, unsigned lo, unsigned hi)
{
	return ((lo - 1 - c) & (c - hi - 1)) >> 8 & 0xff;
}

static uint8_t
letter(unsigned v)
{
	return (uint8_t)((within(v, 1, 25) & (v + 'A')) |
			 (within(v + 1, 1, 1) & 'A') |
			 (within(v, 26, 51) & (v - 26 + 'a')) |
			 (within(v, 52, 61) & (v - 52 + '0')) |
			 (within(v, 62, 62) & '-') | (within(v, 63, 63) & '_'));
}

/* 0 to 63; bit 8 is set when there is no such letter. */
static unsigned
value(unsigned c)
{
	unsigned upper = within(c, 'A', 'Z'), lower = within(c, 'a', 'z'),
		 digit = within(c, '0', '9'), dash = within(c, '-', '-'),
		 line = within(c, '_', '_');

	return (upper & (c - 'A')) | (lower & (c - 'a' + 26)) |
	       (digit & (c - '0' + 52)) | (dash & 62) | (line & 63) |
	       (~(upper | lower | digit | dash | line) & 0xff) << 8;
}

void
base64_put(uint8_t *out, const uint8_t *in, size_t len)
{
	for (; len > 0; out += 4) {
		size_t n = len < 3 ? len : 3;
		unsigned long bits = (unsigned long)in[0] << 16;

		bits |= n > 1 ? (unsigned long)in[1] << 8 : 0;
		bits |= n > 2 ? in[2] : 0;
		out[0] = letter(bits >> 18 & 63);
		out[1] = letter(bits >> 12 & 63);
		out[2] = n > 1 ? letter(bits >> 6 & 63) : '=';
		out[3] = n > 2 ? letter(bits & 63) : '=';
		in += n;
		len -= n;
	}
}

int
base64_get(uint8_t *out, const uint8_t *in, size_t len)
{
	unsigned bad = 0;
	size_t pad = 0, n = 0;

	if (len == 0 || len % 4 != 0)
		return -ERR_FORMAT;
	pad = in[len - 1] != '=' ? 0 : in[len - 2] != '=' ? 1 : 2;
	for (size_t i = 0; i < len; i += 4) {
		size_t here = i + 4 == len ? 3 - pad : 3;
		unsigned v[4];
		unsigned long bits;

		for (size_t j = 0; j < 4; j++)
			v[j] = j <= here ? value(in[i + j]) : 0;
		bad |= v[0] | v[1] | v[2] | v[3];
		bits = (unsigned long)(v[0] & 63) << 18 | (v[1] & 63) << 12 |
		       (v[2] & 63) << 6 | (v[3] & 63);
		/* Bits behind the last byte would be a second spelling. */
		bad |=
		    here < 3 && (bits & (0xffffffUL >> (8 * here))) ? 256 : 0;
		for (size_t j = 0; j < here; j++)
			out[n++] = (uint8_t)(bits >> (16 - 8 * j));
	}
	return bad & 0xff00 ? -ERR_FORMAT : (int)n;
}
