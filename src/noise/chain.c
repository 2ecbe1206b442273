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

_Static_assert(crypto_auth_BYTES == 32 && crypto_auth_KEYBYTES == 32,
    "crypto_auth is HMAC-SHA512 cut to 32 bytes");

void
chain_init(struct chain *c, const uint8_t ck[32], uint32_t epoch, uint8_t dir)
{
	memcpy(c->ck, ck, sizeof c->ck);
	c->i = 0;
	c->epoch = epoch;
	c->dir = dir;
}

static void
message_key(const struct chain *c, uint8_t mk[32])
{
	static const uint8_t one = 1;

	crypto_auth(mk, &one, 1, c->ck);
}

static void
step(struct chain *c)
{
	static const uint8_t two = 2;
	uint8_t next[32];

	crypto_auth(next, &two, 1, c->ck);
	memcpy(c->ck, next, sizeof c->ck);
	wipe(next, sizeof next);
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
	uint8_t mk[32], ad[AD_LEN], nonce[12];

	assert(plain_len <= FRAME_PLAIN_MAX && frame_len_ok((uint32_t)ct_len));
	if (c->i >= FRAMES_MAX)
		return -ERR_VIOLATION;
	message_key(c, mk);
	associated(c, ad, ct_len);
	frame_nonce(c, nonce);
	wire[0] = (uint8_t)(ct_len >> 8);
	wire[1] = (uint8_t)ct_len;
	crypto_aead_chacha20poly1305_ietf_encrypt(
	    wire + 2, NULL, plain, plain_len, ad, sizeof ad, NULL, nonce, mk);
	wipe(mk, sizeof mk);
	step(c);
	return 0;
}

int
chain_open(struct chain *c, uint8_t *plain, const uint8_t *ct, size_t ct_len)
{
	uint8_t mk[32], ad[AD_LEN], nonce[12];
	int bad;

	if (ct_len > FRAME_CT_MAX || !frame_len_ok((uint32_t)ct_len) ||
	    c->i >= FRAMES_MAX)
		return -ERR_AUTH;
	message_key(c, mk);
	associated(c, ad, ct_len);
	frame_nonce(c, nonce);
	bad = crypto_aead_chacha20poly1305_ietf_decrypt(
	    plain, NULL, NULL, ct, ct_len, ad, sizeof ad, nonce, mk);
	wipe(mk, sizeof mk);
	if (bad != 0)
		return -ERR_AUTH;
	step(c);
	return 0;
}

void
chain_wipe(struct chain *c)
{
	wipe(c, sizeof *c);
}
