/*
 * HKDF-SHA512 (RFC 5869), which the linked libsodium does not have yet, and
 * the length-value encoding of CPace.
 */
#include <assert.h>
#include <string.h>

#include "internal.h"
#include "secchat/reader.h"
#include "secchat/util.h"

#define HASH ((size_t)64)
#define LEB128_MAX 10

static void
hkdf_extract(uint8_t prk[HASH], const uint8_t *salt, size_t salt_len,
    const uint8_t *ikm, size_t ikm_len)
{
	crypto_auth_hmacsha512_state st;

	/* HMAC fills a short key with zeros: no salt is 64 zero bytes. */
	crypto_auth_hmacsha512_init(&st, salt_len > 0 ? salt : prk, salt_len);
	if (ikm_len > 0)
		crypto_auth_hmacsha512_update(&st, ikm, ikm_len);
	crypto_auth_hmacsha512_final(&st, prk);
	wipe(&st, sizeof st);
}

static void
hkdf_block(uint8_t t[HASH], size_t t_len, const uint8_t prk[HASH],
    const uint8_t *info, size_t info_len, uint8_t counter)
{
	crypto_auth_hmacsha512_state st;

	crypto_auth_hmacsha512_init(&st, prk, HASH);
	crypto_auth_hmacsha512_update(&st, t, t_len);
	crypto_auth_hmacsha512_update(&st, info, info_len);
	crypto_auth_hmacsha512_update(&st, &counter, 1);
	crypto_auth_hmacsha512_final(&st, t);
	wipe(&st, sizeof st);
}

void
hkdf_sha512(uint8_t *out, size_t out_len, const uint8_t *salt, size_t salt_len,
    const uint8_t *ikm, size_t ikm_len, const uint8_t *info, size_t info_len)
{
	uint8_t prk[HASH], t[HASH];
	size_t t_len = 0;
	uint8_t counter = 0;

	assert(out_len <= 255 * HASH);
	hkdf_extract(prk, salt, salt_len, ikm, ikm_len);
	while (out_len > 0) {
		size_t n = MIN(out_len, HASH);

		hkdf_block(t, t_len, prk, info, info_len, ++counter);
		t_len = HASH;
		memcpy(out, t, n);
		out += n;
		out_len -= n;
	}
	wipe(prk, sizeof prk);
	wipe(t, sizeof t);
}

/* LEB128: seven bits a byte, the lowest first. */
static size_t
leb128(uint8_t out[LEB128_MAX], size_t v)
{
	size_t n = 0;

	do {
		out[n] = v & 0x7f;
		v >>= 7;
		if (v != 0)
			out[n] |= 0x80;
		n++;
	} while (v != 0);
	return n;
}

void
lv_put(struct writer *w, const void *p, size_t len)
{
	uint8_t head[LEB128_MAX];

	put_bytes(w, head, leb128(head, len));
	put_bytes(w, p, len);
}

void
lv_hash(crypto_hash_sha512_state *st, const void *p, size_t len)
{
	uint8_t head[LEB128_MAX];

	crypto_hash_sha512_update(st, head, leb128(head, len));
	crypto_hash_sha512_update(st, p, len);
}
