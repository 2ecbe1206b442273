/*
 * The two older formats to the byte, as pure functions: what a frame's body
 * holds, behind its length.  docs/legacy.md is the specification.
 */
#ifndef SECCHAT_SRC_LEGACY_FORMATS_H
#define SECCHAT_SRC_LEGACY_FORMATS_H

#include <stddef.h>
#include <stdint.h>

#include "secchat/limits.h"

/* ---- base64url with padding (base64.c) ---- */

#define BASE64_LEN(n) (((n) + 2) / 3 * 4)

/* BASE64_LEN(len) characters, not terminated. */
void base64_put(uint8_t *out, const uint8_t *in, size_t len);

/*
 * The bytes of len characters, at most len / 4 * 3 of them; their number, or
 * -ERR_FORMAT: another character, length, padding or spelling than base64_put
 * writes.  out may be in.  No branch and no index depends on a character
 * that is in the alphabet.
 */
int base64_get(uint8_t *out, const uint8_t *in, size_t len);

/* ---- fernet (fernet.c) ---- */

enum {
	FERNET_HEAD = 1 + 8 + 16, /* version, seconds, IV */
	FERNET_TEXT = 49087,      /* with it a token has 65,528 bytes */
};

struct fernet_key {
	uint8_t sign[16], seal[16];
};

/*
 * A key file's bytes: 44 characters of base64url, and perhaps CR, LF or both
 * behind them.  0 or -ERR_KEYFILE_FORMAT.
 */
int fernet_key_parse(struct fernet_key *k, const uint8_t *text, size_t len);

/*
 * The token of len bytes, at most FERNET_TEXT; its length.  out holds
 * FRAME_IN_MAX.
 */
size_t fernet_seal(uint8_t *out, const struct fernet_key *k, uint64_t seconds,
    const uint8_t iv[16], const uint8_t *text, size_t len);

/*
 * Decode and open a token of at most FRAME_IN_MAX bytes in place: the text
 * begins at *text and its length is returned.  -ERR_FORMAT: no token.
 * -ERR_AUTH: not by this key.  Nothing is decrypted before it is verified.
 */
int fernet_open(
    uint8_t *token, size_t len, const struct fernet_key *k, uint8_t **text);

/* ---- gcm (gcm.c) ---- */

enum {
	GCM_SALT = 16,
	GCM_HEAD = 12 + 16, /* nonce, tag */
	GCM_TEXT = FRAME_IN_MAX - GCM_HEAD,
	GCM_ROUNDS = 200000,
	GCM_KEYS = 8, /* with which a frame may open */
};
#define GCM_REKEY "__REKEY__"
#define GCM_REKEY_LEN (sizeof GCM_REKEY - 1 + GCM_SALT)

struct gcm_key {
	uint8_t k[16];
};

/*
 * The passphrase as the older program takes it: UTF-8 becomes Latin-1, in
 * place; its new length.  -ERR_SECRET_EMPTY, -ERR_SECRET_UTF8, or
 * -ERR_LEGACY_LATIN1: a character above U+00FF, at which the older program
 * ends.
 */
int gcm_passphrase(uint8_t *line, size_t len);

/* 90 ms. */
void gcm_derive(struct gcm_key *k, const uint8_t *pass, size_t len,
    const uint8_t salt[GCM_SALT]);

/* The frame of len bytes, at most GCM_TEXT; its length. */
size_t gcm_seal(uint8_t *out, const struct gcm_key *k, const uint8_t nonce[12],
    const uint8_t *text, size_t len);

/* The text of a frame, in out; its length.  -ERR_FORMAT: too short for one;
 * -ERR_AUTH: not by this key. */
int gcm_open(
    uint8_t *out, const struct gcm_key *k, const uint8_t *frame, size_t len);

#endif
