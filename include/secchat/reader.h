/*
 * A reader and a writer that remember failure: read or write every field,
 * then ask once whether it all worked.  Integers are big-endian.  After the
 * first failure every get returns zero or NULL and every put does nothing.
 * Neither owns the buffer it works on.
 */
#ifndef SECCHAT_READER_H
#define SECCHAT_READER_H

#include <stddef.h>
#include <stdint.h>

struct reader {
	const uint8_t *p;
	size_t left;
	int failed;
};

/* Read from buf, which must outlive the reader. */
void reader_init(struct reader *r, const void *buf, size_t len);

/* The next big-endian integer, or 0. */
uint8_t get_u8(struct reader *r);
uint16_t get_u16(struct reader *r);
uint32_t get_u32(struct reader *r);
uint64_t get_u64(struct reader *r);

/* The next len bytes in place: good as long as the buffer is.  Or NULL. */
const uint8_t *get_bytes(struct reader *r, size_t len);

/* Everything that is left, its length in *len.  Never NULL unless failed. */
const uint8_t *get_rest(struct reader *r, size_t *len);

/* Copy exactly len bytes out; zeros when it fails. */
void get_copy(struct reader *r, void *out, size_t len);

/*
 * A string of u8 length; fails when longer than cap - 1 or when it holds a
 * NUL.  out is always terminated.
 */
void get_str8(struct reader *r, char *out, size_t cap);

/* 0 when every get worked and nothing is left, else -ERR_FORMAT. */
int reader_end(const struct reader *r);

struct writer {
	uint8_t *p;
	size_t cap;
	size_t len;
	int failed;
};

/* Write into buf, which must outlive the writer. */
void writer_init(struct writer *w, void *buf, size_t cap);

/* Append an integer, big-endian; bytes; zeros. */
void put_u8(struct writer *w, uint8_t v);
void put_u16(struct writer *w, uint16_t v);
void put_u32(struct writer *w, uint32_t v);
void put_u64(struct writer *w, uint64_t v);
void put_bytes(struct writer *w, const void *p, size_t len);
void put_zeros(struct writer *w, size_t len);

/* A string as u8 length and bytes; cut at 255 bytes, never at the NUL. */
void put_str8(struct writer *w, const char *s);

/* 0 when everything fitted, else -ERR_TOO_LONG. */
int writer_end(const struct writer *w);

#endif
