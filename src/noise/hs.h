/*
 * What the steps of the handshake (handshake.c) share with what they are made
 * of (parts.c).
 */
#ifndef SECCHAT_NOISE_HS_H
#define SECCHAT_NOISE_HS_H

#include "internal.h"

#define SHARE 32

/* What a mode is made of. */
struct mode {
	uint8_t mode;
	enum noise_pattern pattern, with_kem; /* of suite 1, of suite 2 */
	uint8_t cpace, key, statics, resume;
};

/* The row of cfg's mode, or NULL: it is not offered in that suite, or a RESUME
 * without a set of secrets. */
const struct mode *hs_find_mode(const struct hs_config *cfg);
const struct mode *hs_mode_of(const struct hs *hs);

/* Whether the suite has a KEM. */
int hs_has_kem(const struct hs *hs);

/* Random bytes from the owner's source. */
void hs_draw(struct hs *hs, void *out, size_t len);

/* "Modes PASS and PAIR": our share, and ISK from the peer's.  0, -ERR_AUTH. */
int hs_cpace_begin(struct hs *hs);
int hs_cpace_end(struct hs *hs, const uint8_t peer[SHARE]);

/*
 * "The psk and Noise": prologue and psk from what there is; e is NULL where the
 * pair comes later.  0, or -ERR_AUTH: the secret of a RESUME has gone.
 */
int hs_noise_begin(struct hs *hs, const struct noise_keypair *e);

/* One Noise message, which carries nothing but itself: as noise_read and
 * noise_write. */
int hs_noise_take(struct hs *hs, const uint8_t *in, size_t len);
int hs_noise_make(struct hs *hs, uint8_t *out, size_t cap, size_t *len);

/* Where the share stands in HELLO_H, the KEM's key in HELLO_J. */
size_t hs_share_at(const struct hs *hs);
size_t hs_kem_at(const struct hs *hs);

/* Lengths of messages, or of the pieces in which they are read; every one
 * follows from mode and suite.  0: this mode has no such message. */
size_t hs_len_hello_first(const struct hs *hs);
size_t hs_len_rids(const struct hs *hs);
size_t hs_len_kem_pk(const struct hs *hs);
size_t hs_len_hello_j(const struct hs *hs);
size_t hs_len_hello_h(const struct hs *hs);
size_t hs_len_answer(const struct hs *hs);
size_t hs_len_answer_rest(const struct hs *hs);
size_t hs_len_f3(const struct hs *hs);
size_t hs_len_n2(const struct hs *hs);
size_t hs_len_n3(const struct hs *hs);

#endif
