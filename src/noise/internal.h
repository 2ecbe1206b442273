/*
 * What the files of this directory share and nobody else may use.
 */
#ifndef SECCHAT_NOISE_INTERNAL_H
#define SECCHAT_NOISE_INTERNAL_H

#include <sodium.h>

#include "secchat/noise.h"

/* Hash LEB128(len) and the bytes: lv_cat without a buffer. */
void lv_hash(crypto_hash_sha512_state *st, const void *p, size_t len);

/* ---- Noise's SymmetricState, section 5.2 (symmetric.c) ---- */

void sym_init(struct noise_state *st, const char *protocol_name);
/* MixHash, MixKey and MixKeyAndHash. */
void sym_mix_hash(struct noise_state *st, const void *p, size_t len);
void sym_mix_key(struct noise_state *st, const uint8_t *ikm, size_t len);
void sym_mix_key_and_hash(struct noise_state *st, const uint8_t psk[32]);

/* EncryptAndHash: out gets len bytes, and a tag once there is a key.
 * Returns how many were written. */
size_t sym_seal(
    struct noise_state *st, uint8_t *out, const void *plain, size_t len);

/* DecryptAndHash of len bytes, tag included.  0 or -ERR_AUTH. */
int sym_open(
    struct noise_state *st, uint8_t *out, const uint8_t *in, size_t len);

/* ---- the handshake's hashes (transcript.c) ---- */

/* c, over the joiner's values; s_j is 32 zero bytes in NN. */
void commit_hash(uint8_t c[32], const uint8_t r_j[32], const uint8_t e_j[32],
    const uint8_t s_j[32]);

/* What CPace and the KEM give to Noise: psk of a mode whose secret is p (ISK,
 * the key file, or nothing in ID) and Kq (nothing in suite 1). */
void psk_derive(uint8_t psk[32], const uint8_t *p, size_t p_len,
    const uint8_t *kq, size_t kq_len, uint8_t mode, uint8_t suite);

/* ---- epochs (epoch.c) ---- */

/* HKDF(salt, ikm, "secchat/1 epoch" || u32(n) || x_j || x_h, 160), cut into
 * its parts.  x_j and x_h are NULL for epoch 0. */
void epoch_derive(struct epoch *e, uint32_t n, const uint8_t *salt,
    size_t salt_len, const uint8_t *ikm, size_t ikm_len, const uint8_t *x_j,
    const uint8_t *x_h);

#endif
