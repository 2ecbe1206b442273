/*
 * Noise's SymmetricState over ChaCha20-Poly1305 and SHA-512: the chaining
 * key, the handshake hash, and the cipher that grows out of them (revision
 * 34, sections 5.1 and 5.2).
 */
#include <assert.h>
#include <string.h>

#include "internal.h"
#include "secchat/err.h"
#include "secchat/util.h"

#define HASH ((size_t)64)

void
sym_init(struct noise_state *st, const char *protocol_name)
{
	size_t len = strlen(protocol_name);

	/* A name of up to 64 bytes is not hashed but filled with zeros. */
	assert(len <= HASH);
	memset(st->h, 0, HASH);
	memcpy(st->h, protocol_name, len);
	memcpy(st->ck, st->h, HASH);
	st->has_key = 0;
}

void
sym_mix_hash(struct noise_state *st, const void *p, size_t len)
{
	crypto_hash_sha512_state hash;

	crypto_hash_sha512_init(&hash);
	crypto_hash_sha512_update(&hash, st->h, HASH);
	crypto_hash_sha512_update(&hash, p, len);
	crypto_hash_sha512_final(&hash, st->h);
}

static void
set_key(struct noise_state *st, const uint8_t *key)
{
	memcpy(st->k, key, sizeof st->k);
	st->n = 0;
	st->has_key = 1;
}

void
sym_mix_key(struct noise_state *st, const uint8_t *ikm, size_t len)
{
	uint8_t okm[2 * HASH];

	hkdf_sha512(okm, sizeof okm, st->ck, HASH, ikm, len, NULL, 0);
	memcpy(st->ck, okm, HASH);
	set_key(st, okm + HASH);
	wipe(okm, sizeof okm);
}

void
sym_mix_key_and_hash(struct noise_state *st, const uint8_t psk[32])
{
	uint8_t okm[3 * HASH];

	hkdf_sha512(okm, sizeof okm, st->ck, HASH, psk, 32, NULL, 0);
	memcpy(st->ck, okm, HASH);
	sym_mix_hash(st, okm + HASH, HASH);
	set_key(st, okm + 2 * HASH);
	wipe(okm, sizeof okm);
}

/* 96 bits: 32 of zeros and the counter, little-endian. */
static void
next_nonce(struct noise_state *st, uint8_t nonce[12])
{
	uint64_t n = st->n++;

	memset(nonce, 0, 4);
	for (size_t i = 0; i < 8; i++)
		nonce[4 + i] = (uint8_t)(n >> 8 * i);
}

size_t
sym_seal(struct noise_state *st, uint8_t *out, const void *plain, size_t len)
{
	uint8_t nonce[12];

	if (st->has_key) {
		next_nonce(st, nonce);
		crypto_aead_chacha20poly1305_ietf_encrypt(
		    out, NULL, plain, len, st->h, HASH, NULL, nonce, st->k);
		len += FRAME_TAG;
	} else if (len > 0) {
		memmove(out, plain, len);
	}
	sym_mix_hash(st, out, len);
	return len;
}

int
sym_open(struct noise_state *st, uint8_t *out, const uint8_t *in, size_t len)
{
	uint8_t nonce[12];

	if (st->has_key) {
		next_nonce(st, nonce);
		if (crypto_aead_chacha20poly1305_ietf_decrypt(out, NULL, NULL,
			in, len, st->h, HASH, nonce, st->k) != 0)
			return -ERR_AUTH;
	} else if (len > 0) {
		memmove(out, in, len);
	}
	sym_mix_hash(st, in, len);
	return 0;
}
