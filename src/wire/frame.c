/*
 * The plaintext of a transport frame: a header of twelve bytes, a body, and
 * zeros up to one of five sizes, so that the length on the wire says little.
 */
#include <string.h>

#include "secchat/err.h"
#include "secchat/reader.h"
#include "secchat/util.h"
#include "secchat/wire.h"

#define MSEQ 8
#define FID 4

/* What a body may measure, by type; a type that is not here is unknown. */
/* clang-format off */
static const struct frame_row {
	uint8_t type;
	const char *name;
	size_t min, max;
} rows[] = {
	{ FRAME_OPEN,        "OPEN",        53, 53 + NICK_MAX },
	{ FRAME_ACK,         "ACK",         0, 0 },
	{ FRAME_PING,        "PING",        8, 8 },
	{ FRAME_PONG,        "PONG",        8, 8 },
	{ FRAME_REKEY,       "REKEY",       36, 36 },
	{ FRAME_SWITCH,      "SWITCH",      4, 4 },
	{ FRAME_CLOSE,       "CLOSE",       9, 9 },
	{ FRAME_CLOSE_ACK,   "CLOSE_ACK",   0, 0 },
	{ FRAME_MSG,         "MSG",         MSEQ, MSEQ + TEXT_MAX },
	{ FRAME_FILE_OFFER,  "FILE_OFFER",  MSEQ + FID + 9, MSEQ + FID + 9 + 255 },
	{ FRAME_FILE_ACCEPT, "FILE_ACCEPT", MSEQ + FID + 8, MSEQ + FID + 8 },
	{ FRAME_FILE_CANCEL, "FILE_CANCEL", MSEQ + FID + 1, MSEQ + FID + 1 },
	{ FRAME_FILE_DATA,   "FILE_DATA",   FID + 8, FRAME_BODY_MAX },
	{ FRAME_FILE_END,    "FILE_END",    MSEQ + FID + 8, MSEQ + FID + 8 },
	{ FRAME_FILE_ACK,    "FILE_ACK",    FID + 8, FID + 8 },
};
/* clang-format on */

const uint16_t frame_buckets[5] = {256, 1024, 4096, 16384, FRAME_PLAIN_MAX};

static const struct frame_row *
find_row(uint8_t type)
{
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		if (rows[i].type == type)
			return &rows[i];
	}
	return NULL;
}

size_t
frame_bucket(size_t body_len)
{
	for (size_t i = 0; i < ARRAY_LEN(frame_buckets); i++) {
		if (body_len <= frame_buckets[i] - (size_t)FRAME_HEAD)
			return frame_buckets[i];
	}
	return 0;
}

int
frame_len_ok(uint32_t ct_len)
{
	for (size_t i = 0; i < ARRAY_LEN(frame_buckets); i++) {
		if (ct_len == frame_buckets[i] + (uint32_t)FRAME_TAG)
			return 1;
	}
	return 0;
}

size_t
frame_put(uint8_t *plain, uint8_t type, uint64_t ack, const void *body,
    size_t body_len)
{
	size_t bucket = frame_bucket(body_len);
	struct writer w;

	if (bucket == 0)
		return 0;
	writer_init(&w, plain, bucket);
	put_u8(&w, type);
	put_u8(&w, 0);
	put_u16(&w, (uint16_t)body_len);
	put_u64(&w, ack);
	put_bytes(&w, body, body_len);
	put_zeros(&w, bucket - FRAME_HEAD - body_len);
	return bucket;
}

static int
all_zero(const uint8_t *p, size_t len)
{
	uint8_t any = 0;

	for (size_t i = 0; i < len; i++)
		any |= p[i];
	return any == 0;
}

int
frame_get(struct frame *f, const uint8_t *plain, size_t plain_len)
{
	const struct frame_row *row;
	const uint8_t *rest;
	struct reader r;
	uint8_t flags;
	size_t len;

	reader_init(&r, plain, plain_len);
	f->type = get_u8(&r);
	flags = get_u8(&r);
	f->body_len = get_u16(&r);
	f->ack = get_u64(&r);
	f->body = get_bytes(&r, f->body_len);
	rest = get_rest(&r, &len);
	if (rest == NULL || flags != 0 ||
	    frame_bucket(f->body_len) != plain_len || !all_zero(rest, len))
		return -ERR_VIOLATION;
	row = find_row(f->type);
	if (row == NULL || f->body_len < row->min || f->body_len > row->max)
		return -ERR_VIOLATION;
	return 0;
}

const char *
frame_name(uint8_t type)
{
	const struct frame_row *row = find_row(type);

	return row == NULL ? "?" : row->name;
}
