/*
 * The few algorithms of the two older programs, from libcrypto.  Everything
 * is looked up once, by known answers, before the lock-down; afterwards no
 * call opens a file or needs a system call but those of malloc.
 */
#ifndef SECCHAT_SRC_LEGACY_LIB_H
#define SECCHAT_SRC_LEGACY_LIB_H

#include <stddef.h>
#include <stdint.h>

/*
 * Start libcrypto without its configuration file and compute one known answer
 * with each algorithm.  0, or -ERR_INTERNAL when one is wrong or missing.
 */
int lib_prepare(void);

/* n bytes from the kernel; fatal() when it has none. */
void lib_random(uint8_t *out, size_t n);

/* SHA-256 of len bytes, and HMAC-SHA-256 (RFC 2104) with a key. */
void lib_sha256(uint8_t out[32], const void *p, size_t len);
void lib_hmac(uint8_t out[32], const uint8_t *key, size_t key_len,
    const void *p, size_t len);

/* Whether n bytes are the same, in constant time. */
int lib_same(const void *a, const void *b, size_t n);

/*
 * AES-128-CBC of len bytes, a multiple of 16, without padding; out may be in.
 */
void lib_cbc(int seal, const uint8_t key[16], const uint8_t iv[16],
    const uint8_t *in, size_t len, uint8_t *out);

/* AES-128-GCM with 12 bytes of nonce, no associated data; out holds len. */
void lib_gcm_seal(const uint8_t key[16], const uint8_t nonce[12],
    const uint8_t *in, size_t len, uint8_t *out, uint8_t tag[16]);

/* 0, or -ERR_AUTH with out zeroed. */
int lib_gcm_open(const uint8_t key[16], const uint8_t nonce[12],
    const uint8_t *in, size_t len, uint8_t *out, const uint8_t tag[16]);

/* PBKDF2-HMAC-SHA-256 (RFC 8018). */
void lib_pbkdf2(uint8_t *out, size_t out_len, const void *pass, size_t len,
    const uint8_t *salt, size_t salt_len, unsigned rounds);

#endif
