/*
 * The plain messages that open a connection: HELLO of either side, and the
 * REFUSE that a host may send in place of its own.  Nothing in them is
 * believed because it arrived; both HELLOs enter the Noise prologue.
 */
#include <string.h>

#include "secchat/err.h"
#include "secchat/reader.h"
#include "secchat/wire.h"

#define MAGIC "SECCHAT"
#define MAGIC_LEN 7
#define VERSION 1

/* Byte 7 tells the two apart: a REFUSE has a zero where HELLO has a version. */
#define VERSION_REFUSE 0

void
hello_put(uint8_t out[HELLO_MIN], const struct hello *h)
{
	struct writer w;

	writer_init(&w, out, HELLO_MIN);
	put_bytes(&w, MAGIC, MAGIC_LEN);
	put_u8(&w, VERSION);
	put_u8(&w, h->mode);
	put_u8(&w, h->suite);
	put_u8(&w, h->sel);
	put_u8(&w, 0);
	put_bytes(&w, h->c_or_r, sizeof h->c_or_r);
}

static int
hello_get(struct hello *h, const uint8_t *in)
{
	struct reader r;

	reader_init(&r, in, HELLO_MIN);
	if (memcmp(get_bytes(&r, MAGIC_LEN), MAGIC, MAGIC_LEN) != 0)
		return -ERR_NOT_SECCHAT;
	if (get_u8(&r) != VERSION)
		return -ERR_REFUSED_VERSION;
	h->mode = get_u8(&r);
	h->suite = get_u8(&r);
	h->sel = get_u8(&r);
	if (get_u8(&r) != 0)
		return -ERR_FORMAT;
	get_copy(&r, h->c_or_r, sizeof h->c_or_r);
	return reader_end(&r);
}

int
hello_get_joiner(struct hello *h, const uint8_t in[HELLO_MIN])
{
	int e = hello_get(h, in);

	if (e == 0 && h->sel != 0)
		return -ERR_FORMAT;
	return e;
}

int
hello_get_host(struct hello *h, const uint8_t in[HELLO_MIN])
{
	return hello_get(h, in);
}

void
refuse_put(uint8_t out[REFUSE_LEN], uint8_t reason)
{
	struct writer w;

	writer_init(&w, out, REFUSE_LEN);
	put_bytes(&w, MAGIC, MAGIC_LEN);
	put_u8(&w, VERSION_REFUSE);
	put_u8(&w, reason);
	put_u8(&w, VERSION);
	put_zeros(&w, 2);
}

static int
refuse_error(uint8_t reason)
{
	static const uint8_t errors[] = {
	    [REFUSE_VERSION] = ERR_REFUSED_VERSION,
	    [REFUSE_MODE] = ERR_REFUSED_MODE,
	    [REFUSE_BUSY] = ERR_REFUSED_BUSY,
	    [REFUSE_RESUME] = ERR_REFUSED_RESUME,
	    [REFUSE_RATE] = ERR_REFUSED_RATE,
	};

	if (reason < REFUSE_VERSION || reason >= sizeof errors)
		return -ERR_NOT_SECCHAT;
	return -errors[reason];
}

int
answer_kind(const uint8_t in[REFUSE_LEN])
{
	struct reader r;
	uint8_t version, reason;

	reader_init(&r, in, REFUSE_LEN);
	if (memcmp(get_bytes(&r, MAGIC_LEN), MAGIC, MAGIC_LEN) != 0)
		return -ERR_NOT_SECCHAT;
	version = get_u8(&r);
	if (version == VERSION)
		return 0;
	if (version != VERSION_REFUSE)
		return -ERR_REFUSED_VERSION;
	reason = get_u8(&r);
	/* The refusing host's version may be any: it is why we ask. */
	get_u8(&r);
	return get_u16(&r) == 0 ? refuse_error(reason) : -ERR_NOT_SECCHAT;
}
