/*
 * The framing cutter.
 */
#include <string.h>

#include "cutter.h"
#include "secchat/err.h"
#include "secchat/ipc_msgs.h"

/* Bytes of length prefix by framing. */
/* clang-format off */
static const uint8_t prefix_len[] = {
	[FRAMING_RAW] = 0,
	[FRAMING_U16] = 2,
	[FRAMING_U32] = 4,
};
/* clang-format on */

static int
is_allowed(const struct expect *e, uint32_t len)
{
	if (len > e->max)
		return 0;
	for (size_t i = 0; i < e->n; i++)
		if (e->allowed[i] == len)
			return 1;
	return e->n == 0;
}

/* Only four bytes of length can name the largest. */
static uint32_t
longest(uint8_t framing)
{
	return framing == FRAMING_U32 ? FRAME_IN_MAX : FRAME_CT_MAX;
}

static int
is_sound(const struct expect *e)
{
	if (e->framing < FRAMING_RAW || e->framing > FRAMING_U32 ||
	    e->max > longest(e->framing))
		return 0;
	if (e->framing == FRAMING_RAW && (e->max == 0 || e->n != 0))
		return 0;
	for (size_t i = 0; i < e->n; i++)
		if (e->allowed[i] > e->max)
			return 0;
	return 1;
}

int
expect_get(struct expect *e, struct reader *r)
{
	memset(e, 0, sizeof *e);
	e->framing = get_u8(r);
	e->max = get_u32(r);
	e->n = get_u8(r);
	if (r->failed || e->n > EXPECT_ALLOWED_MAX)
		return -ERR_FORMAT;
	for (size_t i = 0; i < e->n; i++)
		e->allowed[i] = get_u32(r);
	return r->failed || !is_sound(e) ? -ERR_FORMAT : 0;
}

int
cut_next(const struct expect *e, const uint8_t *in, size_t len, struct cut *c)
{
	size_t skip = prefix_len[e->framing];
	uint32_t body = e->framing == FRAMING_RAW ? e->max : 0;

	if (len < skip)
		return 0;
	for (size_t i = 0; i < skip; i++)
		body = body << 8 | in[i];
	if (skip > 0 && !is_allowed(e, body))
		return -ERR_TOO_LONG;
	if (len - skip < body)
		return 0;
	c->skip = skip;
	c->len = body;
	return 1;
}
