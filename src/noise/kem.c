/*
 * X-Wing (ML-KEM-768 with X25519), what suite 2 adds to a handshake.  Only
 * newer versions of libsodium have it, so whether this program does is known
 * when it is compiled; the suite it was asked for is never replaced by the
 * other one.  Random bytes come from the caller's source, as everywhere.
 */
#include "internal.h"
#include "secchat/err.h"
#include "secchat/ipc_msgs.h"
#include "secchat/util.h"

const char *
noise_library_version(void)
{
	return SODIUM_VERSION_STRING;
}

#ifdef crypto_kem_xwing_PUBLICKEYBYTES

_Static_assert(crypto_kem_xwing_PUBLICKEYBYTES == KEM_PK, "HELLO_J");
_Static_assert(crypto_kem_xwing_CIPHERTEXTBYTES == KEM_CT, "HELLO_H");
_Static_assert(crypto_kem_xwing_SECRETKEYBYTES == KEM_SK, "struct hs");
_Static_assert(crypto_kem_xwing_SHAREDSECRETBYTES == KEM_SS, "struct hs");

int
noise_has_suite(uint8_t suite)
{
	return suite == SUITE_1 || suite == SUITE_2;
}

int
kem_keypair(uint8_t pk[KEM_PK], uint8_t sk[KEM_SK], struct random_source rnd)
{
	uint8_t seed[crypto_kem_xwing_SEEDBYTES];
	int err;

	rnd.fn(rnd.ctx, seed, sizeof seed);
	err = crypto_kem_xwing_seed_keypair(pk, sk, seed);
	wipe(seed, sizeof seed);
	return err == 0 ? 0 : -ERR_INTERNAL;
}

int
kem_enc(uint8_t ct[KEM_CT], uint8_t ss[KEM_SS], const uint8_t pk[KEM_PK],
    struct random_source rnd)
{
	uint8_t seed[64];
	int err;

	rnd.fn(rnd.ctx, seed, sizeof seed);
	err = crypto_kem_xwing_enc_deterministic(ct, ss, pk, seed);
	wipe(seed, sizeof seed);
	return err == 0 ? 0 : -ERR_FORMAT;
}

int
kem_dec(uint8_t ss[KEM_SS], const uint8_t ct[KEM_CT], const uint8_t sk[KEM_SK])
{
	return crypto_kem_xwing_dec(ss, ct, sk) == 0 ? 0 : -ERR_AUTH;
}

#else

int
noise_has_suite(uint8_t suite)
{
	return suite == SUITE_1;
}

/* Nobody comes here: a handshake in a suite that is not there fails first. */
int
kem_keypair(uint8_t pk[KEM_PK], uint8_t sk[KEM_SK], struct random_source rnd)
{
	(void)pk;
	(void)sk;
	(void)rnd;
	return -ERR_NO_PQ;
}

int
kem_enc(uint8_t ct[KEM_CT], uint8_t ss[KEM_SS], const uint8_t pk[KEM_PK],
    struct random_source rnd)
{
	(void)ct;
	(void)ss;
	(void)pk;
	(void)rnd;
	return -ERR_NO_PQ;
}

int
kem_dec(uint8_t ss[KEM_SS], const uint8_t ct[KEM_CT], const uint8_t sk[KEM_SK])
{
	(void)ss;
	(void)ct;
	(void)sk;
	return -ERR_NO_PQ;
}

#endif
