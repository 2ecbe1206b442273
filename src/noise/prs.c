/*
 * From a passphrase or code to what CPace starts from.  The salt is fixed, so
 * that this is done once, before any peer is heard.
 */
#include <string.h>

#include "internal.h"
#include "secchat/err.h"
#include "secchat/util.h"

#define SALT_LABEL "secchat/1 argon2id salt"
#define OPS 3
#define MEMORY (64u << 20)

_Static_assert(crypto_pwhash_SALTBYTES == 16, "the salt is cut to 16 bytes");

int
prs_derive(
    uint8_t prs[32], const uint8_t *pass, size_t pass_len, const char *room)
{
	crypto_hash_sha512_state st;
	uint8_t salt[64];

	crypto_hash_sha512_init(&st);
	crypto_hash_sha512_update(
	    &st, (const uint8_t *)SALT_LABEL, strlen(SALT_LABEL));
	lv_hash(&st, room, strlen(room));
	crypto_hash_sha512_final(&st, salt);
	if (crypto_pwhash(prs, 32, (const char *)pass, pass_len, salt, OPS,
		MEMORY, crypto_pwhash_ALG_ARGON2ID13) != 0) {
		wipe(prs, 32);
		return -ERR_MEMORY;
	}
	return 0;
}
