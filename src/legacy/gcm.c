/*
 * The passphrase format: 12 bytes of nonce, 16 of tag, ciphertext; a key from
 * the passphrase and a salt that the listening side sends.
 */
#include <assert.h>
#include <string.h>

#include "formats.h"
#include "lib.h"
#include "secchat/err.h"
#include "secchat/util.h"

int
gcm_passphrase(uint8_t *line, size_t len)
{
	size_t n = 0, used;

	if (len == 0)
		return -ERR_SECRET_EMPTY;
	for (size_t i = 0; i < len; i += used) {
		uint32_t cp;

		used = utf8_next(line + i, len - i, &cp);
		if (used == 0)
			return -ERR_SECRET_UTF8;
		if (cp > 0xff)
			return -ERR_LEGACY_LATIN1;
		line[n++] = (uint8_t)cp;
	}
	wipe(line + n, len - n);
	return (int)n;
}

void
gcm_derive(struct gcm_key *k, const uint8_t *pass, size_t len,
    const uint8_t salt[GCM_SALT])
{
	lib_pbkdf2(k->k, sizeof k->k, pass, len, salt, GCM_SALT, GCM_ROUNDS);
}

size_t
gcm_seal(uint8_t *out, const struct gcm_key *k, const uint8_t nonce[12],
    const uint8_t *text, size_t len)
{
	assert(len <= GCM_TEXT);
	memcpy(out, nonce, 12);
	lib_gcm_seal(k->k, nonce, text, len, out + GCM_HEAD, out + 12);
	return GCM_HEAD + len;
}

int
gcm_open(
    uint8_t *out, const struct gcm_key *k, const uint8_t *frame, size_t len)
{
	if (len < GCM_HEAD)
		return -ERR_FORMAT;
	len -= GCM_HEAD;
	if (lib_gcm_open(k->k, frame, frame + GCM_HEAD, len, out, frame + 12) <
	    0)
		return -ERR_AUTH;
	return (int)len;
}
