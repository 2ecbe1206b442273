/*
 * The hashes around a handshake: the joiner's commitment, the digits that two
 * people compare, and the key that stands for a mode's secret.
 */
#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "internal.h"
#include "secchat/reader.h"
#include "secchat/util.h"

#define COMMIT_LABEL "secchat/1 commit"
#define SAS_LABEL "secchat/1 sas"
#define PSK_LABEL "secchat/1 psk"

static void
hash_label(crypto_hash_sha512_state *st, const char *label)
{
	crypto_hash_sha512_init(st);
	crypto_hash_sha512_update(st, (const uint8_t *)label, strlen(label));
}

void
commit_hash(uint8_t c[32], const uint8_t r_j[32], const uint8_t e_j[32],
    const uint8_t s_j[32])
{
	crypto_hash_sha512_state st;
	uint8_t hash[64];

	hash_label(&st, COMMIT_LABEL);
	crypto_hash_sha512_update(&st, r_j, 32);
	crypto_hash_sha512_update(&st, e_j, 32);
	crypto_hash_sha512_update(&st, s_j, 32);
	crypto_hash_sha512_final(&st, hash);
	memcpy(c, hash, 32);
	wipe(hash, sizeof hash);
}

int
hs_commitment_ok(const struct hs_result *res, const uint8_t r_j[32])
{
	uint8_t c[32];

	commit_hash(c, r_j, res->e_j, res->s_j);
	return sodium_memcmp(c, res->c, sizeof c) == 0;
}

void
hs_sas(char out[13], const struct hs_result *res, const uint8_t r_j[32])
{
	size_t s_len = res->has_s ? 32 : 0;
	crypto_hash_sha512_state st;
	uint8_t hash[64];
	struct reader r;

	hash_label(&st, SAS_LABEL);
	lv_hash(&st, res->c, 32);
	lv_hash(&st, r_j, 32);
	lv_hash(&st, res->r_h, 32);
	lv_hash(&st, res->e_j, 32);
	lv_hash(&st, res->e_h, 32);
	lv_hash(&st, res->s_j, s_len);
	lv_hash(&st, res->s_h, s_len);
	crypto_hash_sha512_final(&st, hash);
	reader_init(&r, hash, sizeof hash);
	snprintf(out, 13, "%012llu",
	    (unsigned long long)(get_u64(&r) % 1000000000000));
	wipe(hash, sizeof hash);
}

void
psk_derive(uint8_t psk[32], const uint8_t *p, size_t p_len, const uint8_t *kq,
    size_t kq_len, uint8_t mode, uint8_t suite)
{
	uint8_t ikm[100], info[sizeof PSK_LABEL + 1];
	struct writer w;

	writer_init(&w, info, sizeof info);
	put_bytes(&w, PSK_LABEL, strlen(PSK_LABEL));
	put_u8(&w, mode);
	put_u8(&w, suite);
	assert(writer_end(&w) == 0 && w.len == sizeof info);
	writer_init(&w, ikm, sizeof ikm);
	lv_put(&w, p, p_len);
	lv_put(&w, kq, kq_len);
	assert(writer_end(&w) == 0);
	hkdf_sha512(psk, 32, NULL, 0, ikm, w.len, info, sizeof info);
	wipe(ikm, sizeof ikm);
}
