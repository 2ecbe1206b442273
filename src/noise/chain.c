/*
 * One direction of one epoch.  Every frame has a key of its own, made from
 * the chain key, which then moves on: who steals the state later cannot read
 * what went before.
 */
#include <assert.h>
#include <string.h>

#include "internal.h"
#include "secchat/err.h"
#include "secchat/reader.h"
#include "secchat/util.h"

#define AD_LEN 18
#define FRAMES_MAX (UINT64_C(1) << 32)

_Static_assert(crypto_auth_hmacsha512_BYTES == 64, "cut to 32 bytes here");

void
chain_init(struct chain *c, const uint8_t ck[32], uint32_t epoch, uint8_t dir)
{
	memcpy(c->ck, ck, sizeof c->ck);
	c->i = 0;
	c->epoch = epoch;
	c->dir = dir;
}

/*
 * Both keys that a chain key gives, the frame's own and the chain key after
 * it: HMAC(ck, 1) and HMAC(ck, 2).  What HMAC makes of the key alone is made
 * once for both.
 */
struct two_keys {
	uint8_t mk[32], next[32];
};

static void
one_key(uint8_t out[32], const crypto_auth_hmacsha512_state *keyed, uint8_t n)
{
	crypto_auth_hmacsha512_state state = *keyed;
	uint8_t all[crypto_auth_hmacsha512_BYTES];

	crypto_auth_hmacsha512_update(&state, &n, 1);
	crypto_auth_hmacsha512_final(&state, all);
	memcpy(out, all, 32);
	wipe(all, sizeof all);
	wipe(&state, sizeof state);
}

static void
derive(struct two_keys *k, const struct chain *c)
{
	crypto_auth_hmacsha512_state keyed;

	crypto_auth_hmacsha512_init(&keyed, c->ck, sizeof c->ck);
	one_key(k->mk, &keyed, 1);
	one_key(k->next, &keyed, 2);
	wipe(&keyed, sizeof keyed);
}

static void
step(struct chain *c, const struct two_keys *k)
{
	memcpy(c->ck, k->next, sizeof c->ck);
	c->i++;
}

static void
associated(const struct chain *c, uint8_t ad[AD_LEN], size_t ct_len)
{
	struct writer w;

	writer_init(&w, ad, AD_LEN);
	put_bytes(&w, "SC1", 3);
	put_u8(&w, c->dir);
	put_u32(&w, c->epoch);
	put_u64(&w, c->i);
	put_u16(&w, (uint16_t)ct_len);
	assert(writer_end(&w) == 0 && w.len == AD_LEN);
}

static void
frame_nonce(const struct chain *c, uint8_t nonce[12])
{
	memset(nonce, 0, 4);
	for (size_t i = 0; i < 8; i++)
		nonce[4 + i] = (uint8_t)(c->i >> 8 * i);
}

int
chain_seal(
    struct chain *c, uint8_t *wire, const uint8_t *plain, size_t plain_len)
{
	size_t ct_len = plain_len + FRAME_TAG;
	uint8_t ad[AD_LEN], nonce[12];
	struct two_keys k;

	assert(plain_len <= FRAME_PLAIN_MAX && frame_len_ok((uint32_t)ct_len));
	if (c->i >= FRAMES_MAX)
		return -ERR_VIOLATION;
	derive(&k, c);
	associated(c, ad, ct_len);
	frame_nonce(c, nonce);
	wire[0] = (uint8_t)(ct_len >> 8);
	wire[1] = (uint8_t)ct_len;
	crypto_aead_chacha20poly1305_ietf_encrypt(
	    wire + 2, NULL, plain, plain_len, ad, sizeof ad, NULL, nonce, k.mk);
	step(c, &k);
	wipe(&k, sizeof k);
	return 0;
}

int
chain_open(struct chain *c, uint8_t *plain, const uint8_t *ct, size_t ct_len)
{
	uint8_t ad[AD_LEN], nonce[12];
	struct two_keys k;
	int bad;

	if (ct_len > FRAME_CT_MAX || !frame_len_ok((uint32_t)ct_len) ||
	    c->i >= FRAMES_MAX)
		return -ERR_AUTH;
	derive(&k, c);
	associated(c, ad, ct_len);
	frame_nonce(c, nonce);
	bad = crypto_aead_chacha20poly1305_ietf_decrypt(
	    plain, NULL, NULL, ct, ct_len, ad, sizeof ad, nonce, k.mk);
	if (bad == 0)
		step(c, &k);
	wipe(&k, sizeof k);
	return bad == 0 ? 0 : -ERR_AUTH;
}

void
chain_wipe(struct chain *c)
{
	wipe(c, sizeof *c);
}
