/*
 * What may be a passphrase.  It is used as the bytes that were typed, so
 * whatever two keyboards might send differently is refused or warned about.
 */
#include "secchat/err.h"
#include "secchat/ipc_msgs.h"
#include "secchat/noise.h"
#include "secchat/util.h"

#define SHORT_BELOW 8

static int
is_control(uint32_t cp)
{
	return cp < 0x20 || (cp >= 0x7f && cp < 0xa0);
}

int
phrase_check(const uint8_t *text, size_t len, uint8_t *warnings)
{
	size_t chars = 0;

	*warnings = 0;
	if (len == 0)
		return -ERR_SECRET_EMPTY;
	if (len > SECRET_LINE_MAX)
		return -ERR_SECRET_LONG;
	if (!utf8_valid(text, len))
		return -ERR_SECRET_UTF8;
	for (size_t i = 0; i < len; chars++) {
		uint32_t cp;

		i += utf8_next(text + i, len - i, &cp);
		if (is_control(cp))
			return -ERR_SECRET_CONTROL;
		if (cp > 0x7f)
			*warnings |= WARN_NOT_ASCII;
	}
	if (chars < SHORT_BELOW)
		*warnings |= WARN_SHORT;
	return 0;
}
