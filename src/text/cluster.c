/*
 * What a person takes for one character.
 */
#include "secchat/util.h"
#include "text.h"

#define ZWJ 0x200d

static int
is_flag_half(uint32_t cp)
{
	return cp >= 0x1f1e6 && cp <= 0x1f1ff;
}

static int
is_skin_tone(uint32_t cp)
{
	return cp >= 0x1f3fb && cp <= 0x1f3ff;
}

/* Whether the unit belongs to what stands before it. */
static int
extends(const struct text_unit *u, uint32_t before)
{
	if (u->kind == TEXT_MARK || is_skin_tone(u->cp))
		return 1;
	if (u->kind == TEXT_INVISIBLE && text_is_joiner(u->cp))
		return 1;
	return before == ZWJ && u->kind == TEXT_PLAIN && u->cp > 0x7e;
}

size_t
text_cluster(const uint8_t *p, size_t len)
{
	struct text_unit u;
	uint32_t before;
	size_t n;

	text_unit(&u, p, len, 0);
	n = u.used;
	if (u.kind != TEXT_PLAIN && u.kind != TEXT_UNKNOWN)
		return n;
	before = u.cp;
	for (int first = 1; n < len; first = 0) {
		text_unit(&u, p + n, len - n, 0);
		if (!extends(&u, before) &&
		    !(first && is_flag_half(before) && is_flag_half(u.cp)))
			break;
		before = u.cp;
		n += u.used;
	}
	return n;
}
