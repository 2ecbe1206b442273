/*
 * Noise's HandshakeState for the four patterns that secchat/1 uses (revision
 * 34, sections 5.3, 7.5 and 9): a table of tokens, and one function that
 * walks it for writing and one for reading.
 */
#include <assert.h>
#include <string.h>

#include "internal.h"
#include "secchat/err.h"
#include "secchat/util.h"

#define KEY 32

enum token {
	END,
	E,
	S,
	EE,
	ES,
	SE,
	PSK
};

/* clang-format off */
static const struct pattern {
	const char *name;
	uint8_t has_psk, has_s;
	uint8_t messages;
	uint8_t tokens[3][5];
} patterns[NOISE_PATTERNS] = {
	[NOISE_NN]     = { "Noise_NN_25519_ChaChaPoly_SHA512",     0, 0, 2,
	    { { E },      { E, EE } } },
	[NOISE_NNpsk0] = { "Noise_NNpsk0_25519_ChaChaPoly_SHA512", 1, 0, 2,
	    { { PSK, E }, { E, EE } } },
	[NOISE_XX]     = { "Noise_XX_25519_ChaChaPoly_SHA512",     0, 1, 3,
	    { { E },      { E, EE, S, ES }, { S, SE } } },
	[NOISE_XXpsk0] = { "Noise_XXpsk0_25519_ChaChaPoly_SHA512", 1, 1, 3,
	    { { PSK, E }, { E, EE, S, ES }, { S, SE } } },
};
/* clang-format on */

void
noise_init(struct noise_state *st, enum noise_pattern pattern, int initiator,
    const void *prologue, size_t prologue_len, const uint8_t psk[32],
    const struct noise_keypair *s, const struct noise_keypair *e)
{
	const struct pattern *p = &patterns[pattern];

	assert((psk != NULL) == p->has_psk && (s != NULL) == p->has_s);
	memset(st, 0, sizeof *st);
	st->pattern = (uint8_t)pattern;
	st->initiator = initiator != 0;
	sym_init(st, p->name);
	sym_mix_hash(st, prologue, prologue_len);
	if (psk != NULL)
		memcpy(st->psk, psk, KEY);
	if (s != NULL) {
		memcpy(&st->s, s, sizeof st->s);
		st->has_s = 1;
	}
	if (e != NULL)
		noise_ephemeral(st, e);
}

void
noise_ephemeral(struct noise_state *st, const struct noise_keypair *e)
{
	memcpy(&st->e, e, sizeof st->e);
	st->has_e = 1;
}

size_t
noise_message_len(enum noise_pattern pattern, unsigned i, size_t payload_len)
{
	const struct pattern *p = &patterns[pattern];
	size_t len = 0, tag = 0;

	assert(i < p->messages);
	for (unsigned m = 0; m <= i; m++) {
		len = 0;
		for (const uint8_t *t = p->tokens[m]; *t != END; t++) {
			if (*t == E)
				len += KEY;
			else if (*t == S)
				len += KEY + tag;
			else
				tag = FRAME_TAG;
		}
	}
	return len + payload_len + tag;
}

static int
mix_dh(struct noise_state *st, const struct noise_keypair *own,
    const uint8_t *peer)
{
	uint8_t shared[KEY];
	int bad = crypto_scalarmult(shared, own->sk, peer) != 0;

	if (!bad)
		sym_mix_key(st, shared, sizeof shared);
	wipe(shared, sizeof shared);
	return bad ? -ERR_AUTH : 0;
}

/* The tokens that put nothing on the wire. */
static int
mix_token(struct noise_state *st, uint8_t token)
{
	switch (token) {
	case EE:
		return mix_dh(st, &st->e, st->re);
	case ES:
		return st->initiator ? mix_dh(st, &st->e, st->rs)
				     : mix_dh(st, &st->s, st->re);
	case SE:
		return st->initiator ? mix_dh(st, &st->s, st->re)
				     : mix_dh(st, &st->e, st->rs);
	default:
		assert(token == PSK);
		sym_mix_key_and_hash(st, st->psk);
		return 0;
	}
}

/* With a psk the ephemeral key also enters the cipher (section 9.2). */
static void
mix_ephemeral(struct noise_state *st, const uint8_t pk[KEY])
{
	sym_mix_hash(st, pk, KEY);
	if (patterns[st->pattern].has_psk)
		sym_mix_key(st, pk, KEY);
}

static int
write_token(struct noise_state *st, uint8_t token, uint8_t **out)
{
	switch (token) {
	case E:
		memcpy(*out, st->e.pk, KEY);
		mix_ephemeral(st, st->e.pk);
		*out += KEY;
		return 0;
	case S:
		*out += sym_seal(st, *out, st->s.pk, KEY);
		return 0;
	default:
		return mix_token(st, token);
	}
}

static int
read_token(struct noise_state *st, uint8_t token, const uint8_t **in)
{
	size_t len;
	int e;

	switch (token) {
	case E:
		memcpy(st->re, *in, KEY);
		mix_ephemeral(st, st->re);
		*in += KEY;
		return 0;
	case S:
		len = KEY + (st->has_key ? FRAME_TAG : 0);
		e = sym_open(st, st->rs, *in, len);
		*in += len;
		return e;
	default:
		return mix_token(st, token);
	}
}

int
noise_write(struct noise_state *st, uint8_t *out, size_t cap, size_t *out_len,
    const void *payload, size_t payload_len)
{
	enum noise_pattern pattern = st->pattern;
	size_t len = noise_message_len(pattern, st->message, payload_len);
	uint8_t *p = out;

	assert(st->message % 2 == !st->initiator && st->has_e);
	assert(len <= cap);
	for (const uint8_t *t = patterns[pattern].tokens[st->message];
	     *t != END; t++) {
		int e = write_token(st, *t, &p);

		if (e != 0)
			return e;
	}
	p += sym_seal(st, p, payload, payload_len);
	assert((size_t)(p - out) == len);
	*out_len = len;
	st->message++;
	return 0;
}

int
noise_read(struct noise_state *st, const uint8_t *in, size_t len,
    uint8_t *payload, size_t cap, size_t *payload_len)
{
	enum noise_pattern pattern = st->pattern;
	size_t bare = noise_message_len(pattern, st->message, 0);
	const uint8_t *p = in;
	int e;

	assert(st->message % 2 == st->initiator);
	if (len < bare || len - bare > cap)
		return -ERR_FORMAT;
	for (const uint8_t *t = patterns[pattern].tokens[st->message];
	     *t != END; t++) {
		e = read_token(st, *t, &p);
		if (e != 0)
			return e;
	}
	e = sym_open(st, payload, p, len - (size_t)(p - in));
	if (e != 0)
		return e;
	*payload_len = len - bare;
	st->message++;
	return 0;
}

int
noise_finished(const struct noise_state *st)
{
	return st->message == patterns[st->pattern].messages;
}

void
noise_split(
    const struct noise_state *st, uint8_t k1[32], uint8_t k2[32], uint8_t h[64])
{
	uint8_t okm[128];

	assert(noise_finished(st));
	hkdf_sha512(okm, sizeof okm, st->ck, sizeof st->ck, NULL, 0, NULL, 0);
	memcpy(k1, okm, 32);
	memcpy(k2, okm + 64, 32);
	memcpy(h, st->h, sizeof st->h);
	wipe(okm, sizeof okm);
}

void
noise_wipe(struct noise_state *st)
{
	wipe(st, sizeof *st);
}
