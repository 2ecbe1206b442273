/*
 * Fernet: 0x80, u64 seconds, IV, AES-128-CBC with PKCS#7, HMAC-SHA-256 over
 * all before it, the whole in base64url.  The older program sets no age
 * limit, and neither do we: the time is not looked at.
 */
#include <assert.h>
#include <string.h>

#include "formats.h"
#include "lib.h"
#include "secchat/err.h"
#include "secchat/reader.h"
#include "secchat/util.h"

enum {
	VERSION = 0x80,
	MAC = 32,
	BLOCK = 16
};

_Static_assert(sizeof(struct fernet_key) == 32, "two halves, no gap");
_Static_assert(BASE64_LEN(FERNET_HEAD + (FERNET_TEXT / BLOCK + 1) * BLOCK +
			  MAC) <= FRAME_IN_MAX,
    "the largest text fits");

int
fernet_key_parse(struct fernet_key *k, const uint8_t *text, size_t len)
{
	uint8_t raw[KEYFILE_TEXT];
	int n;

	if (len == KEYFILE_TEXT + 2 && text[len - 1] == '\n' &&
	    text[len - 2] == '\r')
		len -= 2;
	else if (len == KEYFILE_TEXT + 1 &&
		 (text[len - 1] == '\n' || text[len - 1] == '\r'))
		len--;
	if (len != KEYFILE_TEXT)
		return -ERR_KEYFILE_FORMAT;
	n = base64_get(raw, text, len);
	if (n == (int)sizeof *k)
		memcpy(k, raw, sizeof *k);
	wipe(raw, sizeof raw);
	return n == (int)sizeof *k ? 0 : -ERR_KEYFILE_FORMAT;
}

size_t
fernet_seal(uint8_t *out, const struct fernet_key *k, uint64_t seconds,
    const uint8_t iv[16], const uint8_t *text, size_t len)
{
	static uint8_t raw[FRAME_IN_MAX];
	size_t pad = BLOCK - len % BLOCK;
	struct writer w;

	assert(len <= FERNET_TEXT);
	writer_init(&w, raw, sizeof raw);
	put_u8(&w, VERSION);
	put_u64(&w, seconds);
	put_bytes(&w, iv, BLOCK);
	put_bytes(&w, text, len);
	memset(raw + w.len, (int)pad, pad);
	lib_cbc(
	    1, k->seal, iv, raw + FERNET_HEAD, len + pad, raw + FERNET_HEAD);
	len += FERNET_HEAD + pad;
	lib_hmac(raw + len, k->sign, sizeof k->sign, raw, len);
	base64_put(out, raw, len + MAC);
	return BASE64_LEN(len + MAC);
}

int
fernet_open(
    uint8_t *token, size_t len, const struct fernet_key *k, uint8_t **text)
{
	int n = base64_get(token, token, len);
	uint8_t mac[MAC], *body = token + FERNET_HEAD;
	size_t body_len, pad;

	if (n < FERNET_HEAD + BLOCK + MAC || token[0] != VERSION ||
	    ((size_t)n - FERNET_HEAD - MAC) % BLOCK != 0)
		return -ERR_FORMAT;
	body_len = (size_t)n - FERNET_HEAD - MAC;
	lib_hmac(mac, k->sign, sizeof k->sign, token, (size_t)n - MAC);
	if (!lib_same(mac, body + body_len, MAC))
		return -ERR_AUTH;
	lib_cbc(0, k->seal, token + FERNET_HEAD - BLOCK, body, body_len, body);
	pad = body[body_len - 1];
	if (pad == 0 || pad > BLOCK)
		return -ERR_FORMAT;
	for (size_t i = 1; i <= pad; i++)
		if (body[body_len - i] != pad)
			return -ERR_FORMAT;
	*text = body;
	return (int)(body_len - pad);
}
