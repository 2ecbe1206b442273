/*
 * What the frames about files carry, both ways.  docs/protocol.md, "Files".
 */
#include <string.h>

#include "secchat/err.h"
#include "secchat/reader.h"
#include "secchat/util.h"
#include "secchat/wire.h"

static int
verdict(const struct reader *r)
{
	return reader_end(r) == 0 ? 0 : -ERR_VIOLATION;
}

size_t
offer_put(uint8_t *rest, const struct file_offer *o)
{
	struct writer w;

	writer_init(&w, rest, FILE_OFFER_MAX);
	put_u32(&w, o->fid);
	put_u64(&w, o->size);
	put_u8(&w, o->name_len);
	put_bytes(&w, o->name, o->name_len);
	return w.len;
}

int
offer_get(struct file_offer *o, const uint8_t *rest, size_t len)
{
	struct reader r;

	memset(o, 0, sizeof *o);
	reader_init(&r, rest, len);
	o->fid = get_u32(&r);
	o->size = get_u64(&r);
	o->name_len = get_u8(&r);
	get_copy(&r, o->name, o->name_len);
	if (!utf8_valid(o->name, o->name_len))
		return -ERR_VIOLATION;
	return verdict(&r);
}

size_t
file_at_put(uint8_t *rest, uint32_t fid, uint64_t at)
{
	struct writer w;

	writer_init(&w, rest, FILE_AT);
	put_u32(&w, fid);
	put_u64(&w, at);
	return w.len;
}

int
file_at_get(uint32_t *fid, uint64_t *at, const uint8_t *rest, size_t len)
{
	struct reader r;

	reader_init(&r, rest, len);
	*fid = get_u32(&r);
	*at = get_u64(&r);
	return verdict(&r);
}

size_t
file_stop_put(uint8_t *rest, uint32_t fid, uint8_t reason)
{
	struct writer w;

	writer_init(&w, rest, FILE_STOP_LEN);
	put_u32(&w, fid);
	put_u8(&w, reason);
	return w.len;
}

int
file_stop_get(uint32_t *fid, uint8_t *reason, const uint8_t *rest, size_t len)
{
	struct reader r;

	reader_init(&r, rest, len);
	*fid = get_u32(&r);
	*reason = get_u8(&r);
	return verdict(&r);
}

int
file_data_get(uint32_t *fid, uint64_t *at, const uint8_t **data, size_t *len,
    const struct frame *f)
{
	struct reader r;

	reader_init(&r, f->body, f->body_len);
	*fid = get_u32(&r);
	*at = get_u64(&r);
	*data = get_rest(&r, len);
	return *data == NULL || *len == 0 ? -ERR_VIOLATION : verdict(&r);
}
