/*
 * libcrypto behind our own names.  A failure here is memory that is short or
 * a broken library: neither can be repaired, so it is fatal.
 */
#include <assert.h>
#include <errno.h>
#include <string.h>
#include <sys/random.h>

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include "lib.h"
#include "secchat/err.h"
#include "secchat/util.h"

/* Fetched once; libcrypto would look them up at every use. */
static EVP_CIPHER *cbc, *gcm;

static void
must(int ok)
{
	if (ok != 1)
		fatal("libcrypto failed");
}

void
lib_random(uint8_t *out, size_t n)
{
	while (n > 0) {
		ssize_t got = getrandom(out, MIN(n, 256u), 0);

		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			fatal("the kernel has no random bytes");
		out += got;
		n -= (size_t)got;
	}
}

void
lib_sha256(uint8_t out[32], const void *p, size_t len)
{
	must(EVP_Digest(p, len, out, NULL, EVP_sha256(), NULL));
}

void
lib_hmac(uint8_t out[32], const uint8_t *key, size_t key_len, const void *p,
    size_t len)
{
	must(HMAC(EVP_sha256(), key, (int)key_len, p, len, out, NULL) != NULL);
}

int
lib_same(const void *a, const void *b, size_t n)
{
	return CRYPTO_memcmp(a, b, n) == 0;
}

void
lib_cbc(int seal, const uint8_t key[16], const uint8_t iv[16],
    const uint8_t *in, size_t len, uint8_t *out)
{
	EVP_CIPHER_CTX *c = EVP_CIPHER_CTX_new();
	int n = 0;

	assert(len % 16 == 0);
	must(c != NULL);
	must(EVP_CipherInit_ex2(c, cbc, key, iv, seal, NULL));
	must(EVP_CIPHER_CTX_set_padding(c, 0));
	must(EVP_CipherUpdate(c, out, &n, in, (int)len));
	must(n == (int)len);
	EVP_CIPHER_CTX_free(c); /* which erases the key's copy */
}

void
lib_gcm_seal(const uint8_t key[16], const uint8_t nonce[12], const uint8_t *in,
    size_t len, uint8_t *out, uint8_t tag[16])
{
	EVP_CIPHER_CTX *c = EVP_CIPHER_CTX_new();
	uint8_t none[16];
	int n = 0;

	must(c != NULL);
	must(EVP_CipherInit_ex2(c, gcm, key, nonce, 1, NULL));
	if (len > 0)
		must(EVP_CipherUpdate(c, out, &n, in, (int)len));
	must(EVP_CipherFinal_ex(c, none, &n));
	must(EVP_CIPHER_CTX_ctrl(c, EVP_CTRL_AEAD_GET_TAG, 16, tag));
	EVP_CIPHER_CTX_free(c);
}

int
lib_gcm_open(const uint8_t key[16], const uint8_t nonce[12], const uint8_t *in,
    size_t len, uint8_t *out, const uint8_t tag[16])
{
	EVP_CIPHER_CTX *c = EVP_CIPHER_CTX_new();
	uint8_t none[16], want[16];
	int n = 0, ok;

	memcpy(want, tag, sizeof want);
	must(c != NULL);
	must(EVP_CipherInit_ex2(c, gcm, key, nonce, 0, NULL));
	must(EVP_CIPHER_CTX_ctrl(c, EVP_CTRL_AEAD_SET_TAG, 16, want));
	if (len > 0)
		must(EVP_CipherUpdate(c, out, &n, in, (int)len));
	ok = EVP_CipherFinal_ex(c, none, &n) == 1;
	EVP_CIPHER_CTX_free(c);
	if (!ok)
		wipe(out, len);
	return ok ? 0 : -ERR_AUTH;
}

void
lib_pbkdf2(uint8_t *out, size_t out_len, const void *pass, size_t len,
    const uint8_t *salt, size_t salt_len, unsigned rounds)
{
	must(PKCS5_PBKDF2_HMAC(pass, (int)len, salt, (int)salt_len, (int)rounds,
	    EVP_sha256(), (int)out_len, out));
}

/* ---- known answers ---- */

static int
is_hex(const uint8_t *p, size_t len, const char *hex)
{
	uint8_t want[64];

	assert(len <= sizeof want);
	return hex_get(want, len, hex, 2 * len) == 0 &&
	       memcmp(p, want, len) == 0;
}

/* FIPS 180-4's "abc"; RFC 4231, test case 2; RFC 7914, section 11. */
static int
hashes_work(void)
{
	static const uint8_t key[] = "Jefe";
	static const char words[] = "what do ya want for nothing?";
	uint8_t out[64];
	int ok;

	lib_sha256(out, "abc", 3);
	ok = is_hex(out, 32,
	    "ba7816bf8f01cfea414140de5dae2223"
	    "b00361a396177a9cb410ff61f20015ad");
	lib_hmac(out, key, 4, words, sizeof words - 1);
	ok &= is_hex(out, 32,
	    "5bdcc146bf60754e6a042426089575c7"
	    "5a003f089d2739839dec58b964ec3843");
	lib_pbkdf2(out, 64, "passwd", 6, (const uint8_t *)"salt", 4, 1);
	return ok & is_hex(out, 64,
			"55ac046e56e3089fec1691c22544b605"
			"f94185216dde0465e68b9d57c20dacbc"
			"49ca9cccf179b645991664b39d77ef31"
			"7c71b845b1e30bd509112041d3a19783");
}

/* NIST SP 800-38A, F.2.1, and the GCM specification's test case 2. */
static int
ciphers_work(void)
{
	static const char key_hex[] = "2b7e151628aed2a6abf7158809cf4f3c";
	static const uint8_t zeros[16];
	uint8_t key[16], iv[16], block[16], tag[16], back[16];
	int ok;

	for (uint8_t i = 0; i < 16; i++)
		iv[i] = i;
	ok = hex_get(key, 16, key_hex, 32) == 0 &&
	     hex_get(block, 16, "6bc1bee22e409f96e93d7e117393172a", 32) == 0;
	lib_cbc(1, key, iv, block, 16, block);
	ok &= is_hex(block, 16, "7649abac8119b246cee98e9b12e9197d");
	lib_cbc(0, key, iv, block, 16, block);
	ok &= is_hex(block, 16, "6bc1bee22e409f96e93d7e117393172a");
	lib_gcm_seal(zeros, zeros, zeros, 16, block, tag);
	ok &= is_hex(block, 16, "0388dace60b6a392f328c2b971b2fe78") &
	      is_hex(tag, 16, "ab6e47d42cec13bdf53a67b21257bddf");
	ok &= lib_gcm_open(zeros, zeros, block, 16, back, tag) == 0 &&
	      memcmp(back, zeros, 16) == 0;
	tag[0] ^= 1;
	return ok & (lib_gcm_open(zeros, zeros, block, 16, back, tag) < 0);
}

int
lib_prepare(void)
{
	uint8_t byte;

	/* At exit it would take locks, for which there is no system call. */
	if (OPENSSL_init_crypto(
		OPENSSL_INIT_NO_LOAD_CONFIG | OPENSSL_INIT_NO_ATEXIT, NULL) !=
	    1)
		return -ERR_INTERNAL;
	cbc = EVP_CIPHER_fetch(NULL, "AES-128-CBC", NULL);
	gcm = EVP_CIPHER_fetch(NULL, "AES-128-GCM", NULL);
	if (cbc == NULL || gcm == NULL)
		return -ERR_INTERNAL;
	lib_random(&byte, 1);
	return hashes_work() & ciphers_work() ? 0 : -ERR_INTERNAL;
}
