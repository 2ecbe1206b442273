/*
 * Epochs: the root key, and what is cut from it.  Epoch 0 comes from the
 * handshake; every later one from the root before it and a fresh X25519.
 */
#include <assert.h>
#include <string.h>

#include "internal.h"
#include "secchat/err.h"
#include "secchat/reader.h"
#include "secchat/util.h"

#define EPOCH_LABEL "secchat/1 epoch"

static size_t
epoch_info(uint8_t *info, size_t cap, uint32_t n, const uint8_t *x_j,
    const uint8_t *x_h)
{
	struct writer w;

	writer_init(&w, info, cap);
	put_bytes(&w, EPOCH_LABEL, strlen(EPOCH_LABEL));
	put_u32(&w, n);
	if (x_j != NULL && x_h != NULL) {
		put_bytes(&w, x_j, 32);
		put_bytes(&w, x_h, 32);
	}
	assert(writer_end(&w) == 0);
	return w.len;
}

void
epoch_derive(struct epoch *e, uint32_t n, const uint8_t *salt, size_t salt_len,
    const uint8_t *ikm, size_t ikm_len, const uint8_t *x_j, const uint8_t *x_h)
{
	uint8_t okm[160], info[96];
	struct reader r;

	hkdf_sha512(okm, sizeof okm, salt, salt_len, ikm, ikm_len, info,
	    epoch_info(info, sizeof info, n, x_j, x_h));
	reader_init(&r, okm, sizeof okm);
	e->n = n;
	get_copy(&r, e->root, sizeof e->root);
	get_copy(&r, e->ck_jh, sizeof e->ck_jh);
	get_copy(&r, e->ck_hj, sizeof e->ck_hj);
	get_copy(&r, e->rs, sizeof e->rs);
	get_copy(&r, e->rid, sizeof e->rid);
	/* The last 16 bytes are spare. */
	wipe(okm, sizeof okm);
}

int
epoch_next(struct epoch *next, const struct epoch *cur,
    const struct noise_keypair *x, const uint8_t peer_x[32],
    const uint8_t x_j[32], const uint8_t x_h[32])
{
	uint8_t shared[32];
	int bad = crypto_scalarmult(shared, x->sk, peer_x) != 0;

	if (!bad)
		epoch_derive(next, cur->n + 1, cur->root, sizeof cur->root,
		    shared, sizeof shared, x_j, x_h);
	wipe(shared, sizeof shared);
	return bad ? -ERR_AUTH : 0;
}

void
epoch_wipe(struct epoch *e)
{
	wipe(e, sizeof *e);
}
