/*
 * CPace over ristretto255 and SHA-512, in its initiator-responder form
 * (draft-irtf-cfrg-cpace): what makes a short secret safe against guessing
 * offline.  The party that speaks first is A; in secchat/1 that is the host.
 */
#include <string.h>

#include "internal.h"
#include "secchat/err.h"
#include "secchat/util.h"

#define DSI "CPaceRistretto255"
#define DSI_ISK "CPaceRistretto255_ISK"

/* The input block of SHA-512: the padding makes DSI and PRS fill one. */
#define S_IN_BYTES 128

/* Bytes that LEB128(len) and len bytes take, as far as it matters here. */
static size_t
lv_len(size_t len)
{
	return len + (len < 0x80 ? 1 : 2);
}

void
cpace_generator(uint8_t g[32], const uint8_t *prs, size_t prs_len,
    const uint8_t *ci, size_t ci_len, const uint8_t *sid, size_t sid_len)
{
	static const uint8_t zeros[S_IN_BYTES];
	size_t used = 1 + lv_len(prs_len) + lv_len(strlen(DSI));
	crypto_hash_sha512_state st;
	uint8_t hash[64];

	crypto_hash_sha512_init(&st);
	lv_hash(&st, DSI, strlen(DSI));
	lv_hash(&st, prs, prs_len);
	lv_hash(&st, zeros, used < S_IN_BYTES ? S_IN_BYTES - used : 0);
	lv_hash(&st, ci, ci_len);
	lv_hash(&st, sid, sid_len);
	crypto_hash_sha512_final(&st, hash);
	crypto_core_ristretto255_from_hash(g, hash);
	wipe(hash, sizeof hash);
	wipe(&st, sizeof st);
}

void
cpace_scalar(uint8_t y[32], struct random_source rnd)
{
	uint8_t wide[64];

	rnd.fn(rnd.ctx, wide, sizeof wide);
	crypto_core_ristretto255_scalar_reduce(y, wide);
	wipe(wide, sizeof wide);
}

int
cpace_init(struct cpace *cp, const uint8_t g[32], const uint8_t y[32])
{
	memcpy(cp->y, y, sizeof cp->y);
	if (crypto_scalarmult_ristretto255(cp->share, y, g) != 0)
		return -ERR_AUTH;
	return 0;
}

int
cpace_finish(uint8_t isk[64], const struct cpace *cp, int is_b,
    const uint8_t peer[32], const uint8_t *sid, size_t sid_len,
    const uint8_t *ada, size_t ada_len, const uint8_t *adb, size_t adb_len)
{
	const uint8_t *ya = is_b ? peer : cp->share;
	const uint8_t *yb = is_b ? cp->share : peer;
	crypto_hash_sha512_state st;
	uint8_t k[32];

	/* The library refuses bad encodings and a result of the identity. */
	if (crypto_scalarmult_ristretto255(k, cp->y, peer) != 0) {
		wipe(k, sizeof k);
		return -ERR_AUTH;
	}
	crypto_hash_sha512_init(&st);
	lv_hash(&st, DSI_ISK, strlen(DSI_ISK));
	lv_hash(&st, sid, sid_len);
	lv_hash(&st, k, sizeof k);
	lv_hash(&st, ya, 32);
	lv_hash(&st, ada, ada_len);
	lv_hash(&st, yb, 32);
	lv_hash(&st, adb, adb_len);
	crypto_hash_sha512_final(&st, isk);
	wipe(&st, sizeof st);
	wipe(k, sizeof k);
	return 0;
}

void
cpace_wipe(struct cpace *cp)
{
	wipe(cp, sizeof *cp);
}
