/*
 * Reader and writer with a sticky error.
 */
#include <string.h>

#include "secchat/err.h"
#include "secchat/reader.h"

void
reader_init(struct reader *r, const void *buf, size_t len)
{
	r->p = buf;
	r->left = len;
	r->failed = 0;
}

const uint8_t *
get_bytes(struct reader *r, size_t len)
{
	const uint8_t *p = r->p;

	if (r->failed || len > r->left) {
		r->failed = 1;
		return NULL;
	}
	if (len > 0) /* p is NULL where there never was a byte */
		r->p += len;
	r->left -= len;
	return p;
}

static uint64_t
get_uint(struct reader *r, size_t len)
{
	const uint8_t *p = get_bytes(r, len);
	uint64_t v = 0;

	for (size_t i = 0; p != NULL && i < len; i++)
		v = v << 8 | p[i];
	return v;
}

uint8_t
get_u8(struct reader *r)
{
	return (uint8_t)get_uint(r, 1);
}

uint16_t
get_u16(struct reader *r)
{
	return (uint16_t)get_uint(r, 2);
}

uint32_t
get_u32(struct reader *r)
{
	return (uint32_t)get_uint(r, 4);
}

uint64_t
get_u64(struct reader *r)
{
	return get_uint(r, 8);
}

const uint8_t *
get_rest(struct reader *r, size_t *len)
{
	*len = r->failed ? 0 : r->left;
	return get_bytes(r, *len);
}

void
get_copy(struct reader *r, void *out, size_t len)
{
	const uint8_t *p = get_bytes(r, len);

	if (p != NULL && len > 0)
		memcpy(out, p, len);
	else if (len > 0)
		memset(out, 0, len);
}

void
get_str8(struct reader *r, char *out, size_t cap)
{
	size_t len = get_u8(r);
	const uint8_t *p = get_bytes(r, len);

	out[0] = '\0';
	if (p == NULL)
		return;
	if (len >= cap || memchr(p, '\0', len) != NULL) {
		r->failed = 1;
		return;
	}
	memcpy(out, p, len);
	out[len] = '\0';
}

int
reader_end(const struct reader *r)
{
	return r->failed || r->left != 0 ? -ERR_FORMAT : 0;
}

void
writer_init(struct writer *w, void *buf, size_t cap)
{
	w->p = buf;
	w->cap = cap;
	w->len = 0;
	w->failed = 0;
}

/* Room for len more bytes, or NULL. */
static uint8_t *
take(struct writer *w, size_t len)
{
	uint8_t *p = w->p + w->len;

	if (w->failed || len > w->cap - w->len) {
		w->failed = 1;
		return NULL;
	}
	w->len += len;
	return p;
}

static void
put_uint(struct writer *w, uint64_t v, size_t len)
{
	uint8_t *p = take(w, len);

	for (size_t i = 0; p != NULL && i < len; i++)
		p[i] = (uint8_t)(v >> 8 * (len - 1 - i));
}

void
put_u8(struct writer *w, uint8_t v)
{
	put_uint(w, v, 1);
}

void
put_u16(struct writer *w, uint16_t v)
{
	put_uint(w, v, 2);
}

void
put_u32(struct writer *w, uint32_t v)
{
	put_uint(w, v, 4);
}

void
put_u64(struct writer *w, uint64_t v)
{
	put_uint(w, v, 8);
}

void
put_bytes(struct writer *w, const void *src, size_t len)
{
	uint8_t *p = take(w, len);

	if (p != NULL && len > 0)
		memcpy(p, src, len);
}

void
put_zeros(struct writer *w, size_t len)
{
	uint8_t *p = take(w, len);

	if (p != NULL && len > 0)
		memset(p, 0, len);
}

void
put_str8(struct writer *w, const char *s)
{
	size_t len = strlen(s);

	if (len > 255)
		len = 255;
	put_u8(w, (uint8_t)len);
	put_bytes(w, s, len);
}

int
writer_end(const struct writer *w)
{
	return w->failed ? -ERR_TOO_LONG : 0;
}
