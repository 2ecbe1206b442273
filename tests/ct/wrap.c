/*
 * The places where a value stops being secret.  Each function here stands in
 * front of one of libsodium's or of src/noise (the linker's --wrap), calls it,
 * and says which of its results may be known and why.  So the program's own
 * code is tested as it is, without a word about this test in it.
 */
#include <sodium.h>
#include <string.h>

#include "../wrapped.h"
#include "ct.h"
#include "secchat/noise.h"

#define REAL(name) __real_##name

/* A verdict made known. */
static int
told(enum ct_reason why, int verdict)
{
	ct_public(why, &verdict, sizeof verdict);
	return verdict;
}

/* clang-format off */

/* ---- libsodium ---- */

/* What X25519 multiplies is always somebody's public key. */
WRAPPED(int, crypto_scalarmult, uint8_t *q, const uint8_t *n, const uint8_t *p)
{
	uint8_t point[32];

	memcpy(point, p, sizeof point);
	ct_public(CT_KEY, point, sizeof point);
	return told(CT_DH, REAL(crypto_scalarmult)(q, n, point));
}

WRAPPED(int, crypto_scalarmult_base, uint8_t *q, const uint8_t *n)
{
	int e = REAL(crypto_scalarmult_base)(q, n);

	ct_public(CT_KEY, q, 32);
	return e;
}

WRAPPED(int, crypto_scalarmult_ristretto255, uint8_t *q, const uint8_t *n,
    const uint8_t *p)
{
	return told(CT_DH, REAL(crypto_scalarmult_ristretto255)(q, n, p));
}

WRAPPED(int, crypto_aead_chacha20poly1305_ietf_decrypt, uint8_t *m,
    unsigned long long *mlen, uint8_t *nsec, const uint8_t *c,
    unsigned long long clen, const uint8_t *ad, unsigned long long adlen,
    const uint8_t *npub, const uint8_t *k)
{
	int e = told(CT_TAG, REAL(crypto_aead_chacha20poly1305_ietf_decrypt)(m,
	    mlen, nsec, c, clen, ad, adlen, npub, k));

	if (e == 0)
		ct_public(CT_PLAIN, m, (size_t)clen - FRAME_TAG);
	return e;
}

WRAPPED(int, sodium_memcmp, const void *a, const void *b, size_t len)
{
	return told(CT_COMPARED, REAL(sodium_memcmp)(a, b, len));
}

WRAPPED(int, sodium_base642bin, uint8_t *bin, size_t bin_max, const char *b64,
    size_t b64_len, const char *ignore, size_t *bin_len, const char **end,
    int variant)
{
	return told(CT_FORMAT, REAL(sodium_base642bin)(bin, bin_max, b64,
	    b64_len, ignore, bin_len, end, variant));
}

/* ---- src/noise ---- */

WRAPPED(int, code_parse, uint8_t *letters, const uint8_t *text, size_t len)
{
	return told(CT_FORMAT, REAL(code_parse)(letters, text, len));
}

WRAPPED(int, phrase_check, const uint8_t *text, size_t len, uint8_t *warnings)
{
	int e = told(CT_FORMAT, REAL(phrase_check)(text, len, warnings));

	ct_public(CT_FORMAT, warnings, sizeof *warnings);
	return e;
}

/*
 * Printing digits divides and looks things up, after all of this has been
 * sent.  What somebody types is to be compared with them in constant time all
 * the same.
 */
WRAPPED(void, hs_sas, char *out, const struct hs_result *res, const uint8_t *r_j)
{
	struct hs_result known;
	uint8_t r[32];

	memcpy(&known, res, sizeof known);
	memcpy(r, r_j, sizeof r);
	ct_public(CT_DIGITS, known.c, sizeof known.c);
	ct_public(CT_DIGITS, known.r_h, sizeof known.r_h);
	ct_public(CT_DIGITS, r, sizeof r);
	REAL(hs_sas)(out, &known, r);
	ct_secret(out, 12);
}

/*
 * Argon2id is not run.  After half a pass it reads memory at places that
 * depend on the passphrase (RFC 9106, section 3.4.1.3): that is what it is
 * for.  And under Memcheck it would take minutes.
 */
WRAPPED(int, prs_derive, uint8_t *prs, const uint8_t *pass, size_t pass_len,
    const char *room)
{
	(void)room;
	return crypto_hash_sha256(prs, pass, pass_len);
}
