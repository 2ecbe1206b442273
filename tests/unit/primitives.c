/*
 * The library's primitives as this project uses them, against published
 * figures: what libsodium would get wrong, we would.
 */
#include <sodium.h>

#include "secchat/err.h"
#include "secchat/noise.h"
#include "secchat/reader.h"
#include "vectors.h"

static uint8_t buf[1 << 17], out[1 << 17];

/* ---- HMAC and HKDF ---- */

static void
hmac(uint8_t tag[64], const uint8_t *key, size_t key_len, const uint8_t *msg,
    size_t len)
{
	crypto_auth_hmacsha512_state st;

	crypto_auth_hmacsha512_init(&st, key, key_len);
	crypto_auth_hmacsha512_update(&st, msg, len);
	crypto_auth_hmacsha512_final(&st, tag);
}

/* RFC 4231, section 4.3. */
static void
test_hmac(void)
{
	uint8_t tag[64];

	hmac(tag, (const uint8_t *)"Jefe", 4,
	    (const uint8_t *)"what do ya want for nothing?", 28);
	CHECK(same_hex(tag, 64,
	    "164b7a7bfcf819e2e395fbe73b56e0a387bd64222e831fd610270cd7ea250554"
	    "9758bf75c05a994a6d034f65f8f0e6fdcaeab1a34d4a6b4b636e070a38bce73"
	    "7"));
	printf("hmac: RFC 4231\n");
}

static void
test_hmac_wycheproof(void)
{
	json_t *root = vectors_load("wycheproof_hmac_sha512.json"), *g, *t;
	size_t i, j, n = 0;

	json_array_foreach(json_object_get(root, "testGroups"), i, g)
	    json_array_foreach(json_object_get(g, "tests"), j, t)
	{
		uint8_t key[128], want[64], tag[64];
		size_t key_len, len, want_len;
		int valid = !strcmp(text_of(t, "result"), "valid");

		key_len = bytes_of(key, sizeof key, t, "key");
		len = bytes_of(buf, sizeof buf, t, "msg");
		want_len = bytes_of(want, sizeof want, t, "tag");
		hmac(tag, key, key_len, buf, len);
		CHECK((memcmp(tag, want, want_len) == 0) == valid);
		if (key_len == 32 && want_len == 32) {
			crypto_auth(tag, buf, len, key);
			CHECK((memcmp(tag, want, 32) == 0) == valid);
		}
		n++;
	}
	if (root != NULL)
		printf("hmac: %zu cases of wycheproof\n", n);
	json_decref(root);
}

/* The inputs of RFC 5869's cases 1 to 3; that document has no SHA-512, so the
 * outputs come from its definition over another HMAC (Python's). */
static void
test_hkdf(void)
{
	uint8_t ikm[80], salt[80], info[80], okm[200];

	for (size_t i = 0; i < 80; i++) {
		ikm[i] = (uint8_t)i;
		salt[i] = (uint8_t)(0x60 + i);
		info[i] = (uint8_t)(0xb0 + i);
	}
	hkdf_sha512(okm, 200, salt, 80, ikm, 80, info, 80);
	CHECK(same_hex(okm, 200,
	    "ce6c97192805b346e6161e821ed165673b84f400a2b514b2fe23d84cd189ddf1"
	    "b695b48cbd1c8388441137b3ce28f16aa64ba33ba466b24df6cfcb021ecff235"
	    "f6a2056ce3af1de44d572097a8505d9e7a9354e5796284151c2dd39c39b3cd3d"
	    "8e50fcc383ebdec37476e03b721ef5efef873c281f018b8ca42e1245b2271f87"
	    "1ba6585ee6b7c47ddf0e1e64685e87eab3e2b4df55874cc74d058879d2f22332"
	    "72d5e3ee660dcad82cb9c7018fb089287c0538612abe485010009d505e5062c6"
	    "e60beef755288e89"));
	memset(ikm, 0x0b, 22);
	hkdf_sha512(okm, 42, NULL, 0, ikm, 22, NULL, 0);
	CHECK(same_hex(okm, 42,
	    "f5fa02b18298a72a8c23898a8703472c6eb179dc204c03425c970e3b164bf90f"
	    "ff22d04836d0e2343bac"));
	memset(salt, 0, 64);
	hkdf_sha512(okm + 64, 42, salt, 64, ikm, 22, NULL, 0);
	CHECK_MEM(okm, okm + 64, 42);
	for (size_t i = 0; i < 13; i++)
		salt[i] = (uint8_t)i;
	for (size_t i = 0; i < 10; i++)
		info[i] = (uint8_t)(0xf0 + i);
	hkdf_sha512(okm, 42, salt, 13, ikm, 22, info, 10);
	CHECK(same_hex(okm, 42,
	    "832390086cda71fb47625bb5ceb168e4c8e26a1a16ed34d9fc7fe92c1481579338"
	    "da362cb8d9f925d7cb"));
	printf("hkdf: three lengths\n");
}

static void
test_hkdf_wycheproof(void)
{
	json_t *root = vectors_load("wycheproof_hkdf_sha512.json"), *g, *t;
	size_t i, j, n = 0;

	json_array_foreach(json_object_get(root, "testGroups"), i, g)
	    json_array_foreach(json_object_get(g, "tests"), j, t)
	{
		uint8_t ikm[512], salt[512], info[512];
		size_t ikm_len, salt_len, info_len, size;

		/* What is invalid is longer than HKDF can make. */
		if (strcmp(text_of(t, "result"), "valid") != 0)
			continue;
		ikm_len = bytes_of(ikm, sizeof ikm, t, "ikm");
		salt_len = bytes_of(salt, sizeof salt, t, "salt");
		info_len = bytes_of(info, sizeof info, t, "info");
		size = (size_t)json_integer_value(json_object_get(t, "size"));
		if (!CHECK(size <= sizeof out))
			continue;
		hkdf_sha512(
		    out, size, salt, salt_len, ikm, ikm_len, info, info_len);
		CHECK(same_hex(out, size, text_of(t, "okm")));
		n++;
	}
	if (root != NULL)
		printf("hkdf: %zu cases of wycheproof\n", n);
	json_decref(root);
}

/* ---- X25519 ---- */

/* RFC 7748, sections 5.2 and 6.1. */
static void
test_x25519(void)
{
	struct noise_keypair bob;
	uint8_t alice[32], shared[32], k[32], u[32];

	unhex(k, 32,
	    "a546e36bf0527c9d3b16154b82465edd62144c0ac1fc5a18506a2244ba449ac4");
	unhex(u, 32,
	    "e6db6867583030db3594c1a424b15f7c726624ec26b3353b10a903a6d0ab1c4c");
	CHECK(crypto_scalarmult(shared, k, u) == 0);
	CHECK(same_hex(shared, 32,
	    "c3da55379de9c6908e94ea4df28d084f32eccf03491c71f754b4075577a2855"
	    "2"));
	unhex(bob.sk, 32,
	    "5dab087e624a8a4b79e17f8b83800ee66f3bb1292618b6fd1c2f8b27ff88e0eb");
	unhex(alice, 32,
	    "8520f0098930a754748b7ddcb43ef75a0dbf3a0d26381af4eba4a98eaa9b4e6a");
	noise_keypair_derive(&bob);
	CHECK(same_hex(bob.pk, 32,
	    "de9edb7d7b7dc1b4d35b61c2ece435373f8343c85b78674dadfc7e146f882b4"
	    "f"));
	CHECK(crypto_scalarmult(shared, bob.sk, alice) == 0);
	CHECK(same_hex(shared, 32,
	    "4a5d9d5ba4ce2de1728e3bf480350f25e07e21c947d19e3376f09b3c1e16174"
	    "2"));
	printf("x25519: RFC 7748\n");
}

/* An all-zero result is an error; every other odd point is computed. */
static void
test_x25519_wycheproof(void)
{
	json_t *root = vectors_load("wycheproof_x25519.json"), *g, *t;
	size_t i, j, n = 0;

	json_array_foreach(json_object_get(root, "testGroups"), i, g)
	    json_array_foreach(json_object_get(g, "tests"), j, t)
	{
		static const uint8_t zero[32];
		uint8_t pk[32], sk[32], want[32], shared[32];
		int e;

		bytes_of(pk, 32, t, "public");
		bytes_of(sk, 32, t, "private");
		bytes_of(want, 32, t, "shared");
		e = crypto_scalarmult(shared, sk, pk);
		CHECK((e != 0) == (memcmp(want, zero, 32) == 0));
		CHECK(e != 0 || memcmp(shared, want, 32) == 0);
		n++;
	}
	if (root != NULL)
		printf("x25519: %zu cases of wycheproof\n", n);
	json_decref(root);
}

/* ---- ChaCha20-Poly1305 ---- */

/* RFC 8439, section 2.8.2. */
static void
test_aead(void)
{
	static const char text[] =
	    "Ladies and Gentlemen of the class of '99: If I could offer you "
	    "only one tip for the future, sunscreen would be it.";
	uint8_t key[32], nonce[12], ad[12];
	unsigned long long len;

	for (size_t i = 0; i < 32; i++)
		key[i] = (uint8_t)(0x80 + i);
	unhex(nonce, 12, "070000004041424344454647");
	unhex(ad, 12, "50515253c0c1c2c3c4c5c6c7");
	crypto_aead_chacha20poly1305_ietf_encrypt(out, &len,
	    (const uint8_t *)text, strlen(text), ad, 12, NULL, nonce, key);
	CHECK(same_hex(out, (size_t)len,
	    "d31a8d34648e60db7b86afbc53ef7ec2a4aded51296e08fea9e2b5a736ee62d6"
	    "3dbea45e8ca9671282fafb69da92728b1a71de0a9e060b2905d6a5b67ecd3b36"
	    "92ddbd7f2d778b8c9803aee328091b58fab324e4fad675945585808b4831d7bc"
	    "3ff4def08e4b7a9de576d26586cec64b61161ae10b594f09e26a7e902ecbd060"
	    "0691"));
	printf("chacha20-poly1305: RFC 8439\n");
}

static void
aead_case(const json_t *t)
{
	uint8_t key[32], nonce[12], ad[1024];
	int valid = strcmp(text_of(t, "result"), "valid") == 0;
	size_t ad_len, ct_len, msg_len;
	unsigned long long len;
	int e;

	bytes_of(key, sizeof key, t, "key");
	bytes_of(nonce, sizeof nonce, t, "iv");
	ad_len = bytes_of(ad, sizeof ad, t, "aad");
	ct_len = bytes_of(buf, sizeof buf, t, "ct");
	ct_len += bytes_of(buf + ct_len, 16, t, "tag");
	e = crypto_aead_chacha20poly1305_ietf_decrypt(
	    out, &len, NULL, buf, ct_len, ad, ad_len, nonce, key);
	CHECK((e == 0) == valid);
	if (!valid)
		return;
	CHECK(same_hex(out, (size_t)len, text_of(t, "msg")));
	msg_len = (size_t)len;
	crypto_aead_chacha20poly1305_ietf_encrypt(
	    out, &len, out, msg_len, ad, ad_len, NULL, nonce, key);
	CHECK(len == ct_len && memcmp(out, buf, ct_len) == 0);
}

static void
test_aead_wycheproof(void)
{
	json_t *root = vectors_load("wycheproof_chacha20_poly1305.json");
	json_t *g, *t;
	size_t i, j, n = 0;

	json_array_foreach(json_object_get(root, "testGroups"), i, g)
	{
		/* Nonces of other sizes cannot be expressed in this API. */
		if (json_integer_value(json_object_get(g, "ivSize")) != 96)
			continue;
		json_array_foreach(json_object_get(g, "tests"), j, t)
		{
			aead_case(t);
			n++;
		}
	}
	if (root != NULL)
		printf("chacha20-poly1305: %zu cases of wycheproof\n", n);
	json_decref(root);
}

/* ---- ristretto255 ---- */

/* RFC 9496, appendices A.1 (the generator), A.2 (three bad encodings) and A.3
 * (the first map). */
static void
test_ristretto(void)
{
	static const char *const bad[] = {
	    "00ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
	    "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
	    "26948d35ca62e643e26a83177332e6b6afeb9d08e4268b650f1f5bbd8d81d371",
	};
	uint8_t p[64], q[32], one[32] = {1};

	CHECK(crypto_scalarmult_ristretto255_base(q, one) == 0);
	CHECK(same_hex(q, 32,
	    "e2f2ae0a6abc4e71a884a961c500515f58e30b6aa582dd8db6a65945e08d2d7"
	    "6"));
	unhex(p, 64,
	    "5d1be09e3d0c82fc538112490e35701979d99e06ca3e2b5b54bffe8b4dc772c1"
	    "4d98b696a1bbfb5ca32c436cc61c16563790306c79eaca7705668b47dffe5bb6");
	crypto_core_ristretto255_from_hash(q, p);
	CHECK(same_hex(q, 32,
	    "3066f82a1a747d45120d1740f14358531a8f04bbffe6a819f86dfe50f44a0a4"
	    "6"));
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		unhex(p, 32, bad[i]);
		CHECK(!crypto_core_ristretto255_is_valid_point(p));
		CHECK(crypto_scalarmult_ristretto255(q, one, p) != 0);
	}
	printf("ristretto255: RFC 9496\n");
}

static void
test_ristretto_vectors(void)
{
	json_t *root = vectors_load("ristretto255_libsodium.json"), *t;
	uint8_t p[64], q[32], one[32] = {1};
	size_t i, n = 0;

	json_array_foreach(json_object_get(root, "invalid_encodings"), i, t)
	{
		unhex(p, 32, json_string_value(t));
		CHECK(!crypto_core_ristretto255_is_valid_point(p));
		CHECK(crypto_scalarmult_ristretto255(q, one, p) != 0);
		n++;
	}
	json_array_foreach(json_object_get(root, "from_hash"), i, t)
	{
		bytes_of(p, 64, t, "in");
		crypto_core_ristretto255_from_hash(q, p);
		CHECK(same_hex(q, 32, text_of(t, "out")));
		n++;
	}
	if (root != NULL)
		printf("ristretto255: %zu vectors\n", n);
	json_decref(root);
}

/* ---- Argon2id ---- */

/* The protocol's own parameters over this project's known answer. */
static void
test_prs(void)
{
	static const char pass[] = "correct horse battery staple";
	uint8_t prs[32], other[32];

	CHECK(
	    prs_derive(prs, (const uint8_t *)pass, strlen(pass), "lobby") == 0);
	CHECK(same_hex(prs, 32,
	    "8273f53b875db68c08eb90d7191d09b2231cec0e2b28a11922fded2ef4de0e8"
	    "1"));
	CHECK(prs_derive(other, (const uint8_t *)pass, strlen(pass), "") == 0);
	CHECK(memcmp(prs, other, 32) != 0);
	printf("argon2id: the protocol's parameters\n");
}

static void
test_argon2id_vectors(void)
{
	json_t *root = vectors_load("argon2id_libsodium.json"), *t;
	size_t i, n = 0;

	json_array_foreach(json_object_get(root, "tests"), i, t)
	{
		const char *want = text_of(t, "out");
		uint8_t salt[16], pass[512];
		size_t len = bytes_of(pass, sizeof pass, t, "passwd");
		size_t size =
		    (size_t)json_integer_value(json_object_get(t, "outlen"));
		int e;

		bytes_of(salt, 16, t, "salt16");
		e = crypto_pwhash(out, size, (const char *)pass, len, salt,
		    (unsigned long long)json_integer_value(
			json_object_get(t, "opslimit")),
		    (size_t)json_integer_value(json_object_get(t, "memlimit")),
		    crypto_pwhash_ALG_ARGON2ID13);
		CHECK((e == 0) == (*want != '\0'));
		CHECK(e != 0 || same_hex(out, size, want));
		n++;
	}
	if (root != NULL)
		printf("argon2id: %zu vectors\n", n);
	json_decref(root);
}

/* ---- lv_cat ---- */

/* draft-irtf-cfrg-cpace, appendix A: prepend_len and lv_cat. */
static void
test_lv(void)
{
	uint8_t bytes[128], got[200];
	struct writer w;

	writer_init(&w, got, sizeof got);
	lv_put(&w, "1234", 4);
	lv_put(&w, "5", 1);
	lv_put(&w, "", 0);
	lv_put(&w, "678", 3);
	CHECK(writer_end(&w) == 0);
	CHECK(same_hex(got, w.len, "043132333401350003363738"));
	for (size_t i = 0; i < sizeof bytes; i++)
		bytes[i] = (uint8_t)i;
	writer_init(&w, got, sizeof got);
	lv_put(&w, bytes, 127);
	CHECK(w.len == 128 && got[0] == 0x7f && got[127] == 0x7e);
	writer_init(&w, got, sizeof got);
	lv_put(&w, bytes, 128);
	CHECK(w.len == 130 && got[0] == 0x80 && got[1] == 0x01 && got[2] == 0 &&
	      got[129] == 0x7f);
	printf("lv_cat: three lengths\n");
}

/* The vector's keys have libsignal's type byte in front. */
static int
half_of(json_t *root, const char *who, char digits[SAFETY_DIGITS / 2 + 1])
{
	char name[32];
	uint8_t key[33];

	snprintf(name, sizeof name, "%s_identity", who);
	if (hex_get(key, sizeof key, text_of(root, name),
		strlen(text_of(root, name))) < 0)
		return 0;
	snprintf(name, sizeof name, "%s_stable_id_ascii", who);
	safety_half(digits, key + 1, text_of(root, name));
	return 1;
}

static void
test_safety_number(void)
{
	json_t *root = vectors_load("signal_numeric_fingerprint.json");
	char a[SAFETY_DIGITS + 1], b[SAFETY_DIGITS + 1];
	uint8_t one[32] = {1}, two[32] = {2};

	safety_number(a, one, two);
	safety_number(b, two, one);
	CHECK(strcmp(a, b) == 0 && strlen(a) == SAFETY_DIGITS);
	CHECK(strspn(a, "0123456789") == SAFETY_DIGITS);
	safety_number(b, one, one);
	CHECK(strcmp(a, b) != 0);
	if (root == NULL)
		return;
	CHECK(half_of(root, "alice", a) && half_of(root, "bob", b));
	CHECK(strncmp(text_of(root, "displayable"), a, 30) == 0);
	CHECK(strcmp(text_of(root, "displayable") + 30, b) == 0);
	json_decref(root);
	printf("safety number: one known answer\n");
}

int
main(void)
{
	CHECK(noise_library_init() == 0);
	test_safety_number();
	test_hmac();
	test_hmac_wycheproof();
	test_hkdf();
	test_hkdf_wycheproof();
	test_x25519();
	test_x25519_wycheproof();
	test_aead();
	test_aead_wycheproof();
	test_ristretto();
	test_ristretto_vectors();
	test_prs();
	test_argon2id_vectors();
	test_lv();
	return check_end();
}
