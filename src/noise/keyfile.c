/*
 * Key files: 32 random bytes as 44 characters of base64url, which is also
 * what the older program writes.  Anything else is refused; a text is never
 * hashed into a key.
 */
#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "internal.h"
#include "secchat/err.h"
#include "secchat/util.h"

#define B64URL sodium_base64_VARIANT_URLSAFE
#define PREFIX "SHA256:"

static int
ends_well(const uint8_t *text, size_t len)
{
	if (len == KEYFILE_TEXT + 1)
		return text[KEYFILE_TEXT] == '\n';
	if (len == KEYFILE_TEXT + 2)
		return text[KEYFILE_TEXT] == '\r' &&
		       text[KEYFILE_TEXT + 1] == '\n';
	return len == KEYFILE_TEXT;
}

/* Whether the characters are the one spelling of the key.  libsodium 1.0.18
 * takes bytes above 0x7f for characters of the alphabet, so that its word
 * alone is not enough. */
static int
is_canonical(const uint8_t key[32], const uint8_t *chars)
{
	char again[KEYFILE_TEXT + 1];
	int same;

	keyfile_format(again, key);
	same = sodium_memcmp(again, chars, KEYFILE_TEXT) == 0;
	wipe(again, sizeof again);
	return same;
}

int
keyfile_parse(uint8_t key[32], const uint8_t *text, size_t len)
{
	size_t n;

	if (!ends_well(text, len))
		return -ERR_KEYFILE_FORMAT;
	/* The library decodes without tables or branches on the characters,
	 * and refuses bits that are set behind the last byte. */
	if (sodium_base642bin(key, 32, (const char *)text, KEYFILE_TEXT, NULL,
		&n, NULL, B64URL) != 0 ||
	    n != 32 || !is_canonical(key, text)) {
		wipe(key, 32);
		return -ERR_KEYFILE_FORMAT;
	}
	return 0;
}

void
keyfile_format(char text[KEYFILE_TEXT + 1], const uint8_t key[32])
{
	sodium_bin2base64(text, KEYFILE_TEXT + 1, key, 32, B64URL);
}

void
keyfile_fingerprint(
    uint8_t sha256[32], uint8_t old[8], const uint8_t *text, size_t len)
{
	uint8_t whole[32];

	assert(len >= KEYFILE_TEXT);
	crypto_hash_sha256(sha256, text, KEYFILE_TEXT);
	crypto_hash_sha256(whole, text, len);
	memcpy(old, whole, 8);
	wipe(whole, sizeof whole);
}

void
fingerprint_format(char out[FINGERPRINT_TEXT], const uint8_t sha256[32])
{
	size_t n = (size_t)snprintf(out, FINGERPRINT_TEXT, PREFIX);

	sodium_bin2base64(out + n, FINGERPRINT_TEXT - n, sha256, 32,
	    sodium_base64_VARIANT_ORIGINAL_NO_PADDING);
}
