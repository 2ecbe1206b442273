/*
 * The two older formats: algorithms and tokens against published vectors,
 * each field of a frame refused when it is wrong, and which key is sent with
 * when new keys cross.
 */
#include <stdlib.h>

#include "../../src/legacy/legacy.h"
#include "../../src/legacy/lib.h"
#include "check.h"
#include "secchat/err.h"
#include "secchat/util.h"

/* The Fernet specification's generate.json. */
static const char spec_key[] = "cw_0x689RpI-jtRR7oE8h_eQsKImvJapLeSbXpwF4e4=";
static const char spec_token[] =
    "gAAAAAAdwJ6wAAECAwQFBgcICQoLDA0ODy021cpGVWKZ_eEwCGM4BLLF_5CV9dOP"
    "mrhuVUPgJobwOz7JcbmrR64jVmpU4IwqDA==";
#define SPEC_TIME 499162800

static uint8_t out[FRAME_IN_MAX], in[FRAME_IN_MAX];

static int
parse(const char *text, size_t len)
{
	struct fernet_key k;

	return fernet_key_parse(&k, (const uint8_t *)text, len);
}

static void
key_files(void)
{
	char text[64];

	CHECK(parse(spec_key, 44) == 0);
	for (int i = 0; i < 3; i++) {
		static const char *const ends[] = {"\n", "\r\n", "\r"};
		int n = snprintf(text, sizeof text, "%s%s", spec_key, ends[i]);

		CHECK(parse(text, (size_t)n) == 0);
	}
	CHECK(parse(spec_key, 43) == -ERR_KEYFILE_FORMAT);
	snprintf(text, sizeof text, "%s\n\n", spec_key);
	CHECK(parse(text, 46) == -ERR_KEYFILE_FORMAT);
	for (size_t i = 0; i < 44; i++) {
		memcpy(text, spec_key, 45);
		text[i] = '+';
		CHECK(parse(text, 44) == -ERR_KEYFILE_FORMAT);
	}
	/* A second spelling of the same bytes. */
	memcpy(text, spec_key, 45);
	text[42] = '5';
	CHECK(parse(text, 44) == -ERR_KEYFILE_FORMAT);
}

/* What opening a changed copy of the published token says. */
static int
open_changed(const struct fernet_key *k, size_t at, char c, size_t len)
{
	uint8_t *text;

	memcpy(in, spec_token, sizeof spec_token);
	if (at < sizeof spec_token)
		in[at] = (uint8_t)c;
	return fernet_open(in, len, k, &text);
}

static void
tokens(void)
{
	size_t len = sizeof spec_token - 1;
	struct fernet_key k;
	uint8_t iv[16], *text;

	CHECK(fernet_key_parse(&k, (const uint8_t *)spec_key, 44) == 0);
	for (uint8_t i = 0; i < 16; i++)
		iv[i] = i;
	CHECK(fernet_seal(
		  out, &k, SPEC_TIME, iv, (const uint8_t *)"hello", 5) == len);
	CHECK_MEM(out, spec_token, len);
	memcpy(in, spec_token, len);
	CHECK(fernet_open(in, len, &k, &text) == 5);
	CHECK_MEM(text, "hello", 5);
	for (size_t i = 0; i < len; i++) {
		char c = spec_token[i] == 'A' ? 'B' : 'A';

		CHECK(open_changed(&k, i, c, len) < 0);
		CHECK(open_changed(&k, i, '*', len) == -ERR_FORMAT);
		CHECK(open_changed(&k, sizeof spec_token, 0, i) == -ERR_FORMAT);
	}
	/* version 0x84; the last byte of the MAC */
	CHECK(open_changed(&k, 0, 'h', len) == -ERR_FORMAT);
	CHECK(open_changed(&k, len - 4, 'B', len) == -ERR_AUTH);
}

static void
largest(void)
{
	struct fernet_key k;
	uint8_t *text, *big = calloc(1, FERNET_TEXT);
	size_t n;

	if (!CHECK(big != NULL))
		return;
	memset(&k, 7, sizeof k);
	memset(big, 'x', FERNET_TEXT);
	n = fernet_seal(out, &k, 1, big, big, FERNET_TEXT);
	CHECK(n == 65528);
	CHECK(fernet_open(out, n, &k, &text) == FERNET_TEXT);
	CHECK_MEM(text, big, FERNET_TEXT);
	free(big);
}

/* Padding that is wrong under a MAC that is right. */
static void
padding(void)
{
	static const uint8_t last[] = {0, 17, 2, 255};
	struct fernet_key k;
	uint8_t raw[FERNET_HEAD + 16 + 32], *text;

	memset(&k, 9, sizeof k);
	for (size_t i = 0; i < sizeof last; i++) {
		memset(raw, 0, sizeof raw);
		raw[0] = 0x80;
		raw[FERNET_HEAD + 15] = last[i];
		lib_cbc(1, k.seal, raw + 9, raw + FERNET_HEAD, 16,
		    raw + FERNET_HEAD);
		lib_hmac(
		    raw + FERNET_HEAD + 16, k.sign, 16, raw, FERNET_HEAD + 16);
		base64_put(in, raw, sizeof raw);
		CHECK(fernet_open(in, BASE64_LEN(sizeof raw), &k, &text) ==
		      -ERR_FORMAT);
	}
}

static void
passphrases(void)
{
	uint8_t line[16];

	memcpy(line, "caf\xc3\xa9 ", 6);
	CHECK(gcm_passphrase(line, 6) == 5);
	CHECK_MEM(line, "caf\xe9 ", 5);
	memcpy(line, "\xe2\x82\xac", 3);
	CHECK(gcm_passphrase(line, 3) == -ERR_LEGACY_LATIN1);
	memcpy(line, "a\xff", 2);
	CHECK(gcm_passphrase(line, 2) == -ERR_SECRET_UTF8);
	CHECK(gcm_passphrase(line, 0) == -ERR_SECRET_EMPTY);
}

/* ---- keys that cross ---- */

static struct keyring ring;
static struct gcm_key theirs[3];
static uint8_t salt[4][GCM_SALT];

static int
opens(const struct gcm_key *k)
{
	uint8_t frame[GCM_HEAD + 2], text[2];
	size_t n = gcm_seal(frame, k, salt[3], (const uint8_t *)"ab", 2);

	return keyring_open(&ring, text, frame, n) == 2;
}

static int
sends_with(const struct gcm_key *k)
{
	return memcmp(&ring.send, k, sizeof *k) == 0;
}

static void
crossing(void)
{
	uint8_t text[2], frame[GCM_HEAD] = {0};
	struct gcm_key first, wrong = {{1}};

	for (size_t i = 0; i < 4; i++)
		memset(salt[i], (int)i + 1, GCM_SALT);
	memcpy(ring.pass, "secret", ring.pass_len = 6);
	for (size_t i = 0; i < 3; i++)
		gcm_derive(&theirs[i], ring.pass, 6, salt[i]);
	keyring_first(&ring, salt[0]);
	first = ring.send;
	CHECK(sends_with(&theirs[0]) && opens(&first) && !opens(&wrong));

	/* Theirs alone: taken, but derived only when it is needed. */
	keyring_received(&ring, salt[1]);
	CHECK(ring.pending && sends_with(&first));
	keyring_settle(&ring);
	CHECK(!ring.pending && sends_with(&theirs[1]) && opens(&first));

	/* Ours, then theirs: contested until fresh ones of ours. */
	keyring_renew(&ring, salt[2]);
	CHECK(ring.unconfirmed && sends_with(&theirs[2]));
	keyring_received(&ring, salt[3]);
	CHECK(ring.contested);
	keyring_settle(&ring);
	CHECK(sends_with(&theirs[2]) && opens(&theirs[1]) && ring.contested);
	/* A frame under ours shows that they have it. */
	CHECK(opens(&theirs[2]) && !ring.contested && !ring.unconfirmed);
	CHECK(keyring_open(&ring, text, frame, GCM_HEAD - 1) == -ERR_FORMAT);
}

int
main(void)
{
	if (!CHECK(lib_prepare() == 0))
		return check_end();
	key_files();
	tokens();
	largest();
	padding();
	passphrases();
	crossing();
	return check_end();
}
