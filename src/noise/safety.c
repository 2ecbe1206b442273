/*
 * The safety number: Signal's numeric fingerprint, version 0, 5200 rounds of
 * SHA-512 over 05 || public key, the two halves in ascending order.  People
 * compare it once, in any way they like.  docs/protocol.md, "Safety number".
 */
#include <stdio.h>
#include <string.h>

#include "internal.h"
#include "secchat/util.h"

#define ROUNDS 5200
#define STABLE_ID "secchat/1"
#define HALF (SAFETY_DIGITS / 2)
#define CHUNKS (HALF / 5)

void
safety_half(char out[HALF + 1], const uint8_t pk[32], const char *id)
{
	static const uint8_t version[2];
	uint8_t key[33] = {0x05}, hash[64];
	crypto_hash_sha512_state st;

	memcpy(key + 1, pk, 32);
	crypto_hash_sha512_init(&st);
	crypto_hash_sha512_update(&st, version, sizeof version);
	crypto_hash_sha512_update(&st, key, sizeof key);
	crypto_hash_sha512_update(&st, (const uint8_t *)id, strlen(id));
	crypto_hash_sha512_update(&st, key, sizeof key);
	crypto_hash_sha512_final(&st, hash);
	for (int i = 1; i < ROUNDS; i++) {
		crypto_hash_sha512_init(&st);
		crypto_hash_sha512_update(&st, hash, sizeof hash);
		crypto_hash_sha512_update(&st, key, sizeof key);
		crypto_hash_sha512_final(&st, hash);
	}
	for (int i = 0; i < CHUNKS; i++) {
		uint64_t v = 0;

		for (int b = 0; b < 5; b++)
			v = v << 8 | hash[5 * i + b];
		snprintf(out + 5 * i, 6, "%05u", (unsigned)(v % 100000));
	}
}

void
safety_number(char out[SAFETY_DIGITS + 1], const uint8_t ours[32],
    const uint8_t theirs[32])
{
	char a[HALF + 1], b[HALF + 1];
	int ours_first;

	safety_half(a, ours, STABLE_ID);
	safety_half(b, theirs, STABLE_ID);
	ours_first = memcmp(a, b, HALF) <= 0;
	memcpy(out, ours_first ? a : b, HALF);
	memcpy(out + HALF, ours_first ? b : a, HALF + 1);
}

void
pk_sha256(uint8_t sha256[32], const uint8_t pk[32])
{
	crypto_hash_sha256(sha256, pk, 32);
}

void
pk_fingerprint(char out[FINGERPRINT_TEXT], const uint8_t pk[32])
{
	uint8_t sha256[32];

	pk_sha256(sha256, pk);
	fingerprint_format(out, sha256);
}
