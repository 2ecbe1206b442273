/*
 * Which key is sent with and which are tried.  New keys travel in clear, and
 * those of the two sides cross whenever two people alternate; the older
 * program then holds the key that it got or made last.  So: open with the
 * last eight; once a frame opens under our new keys the peer has them; until
 * then new keys of the peer's make ours contested, and fresh ones of ours,
 * sent before the next text, settle what the peer holds.
 */
#include <string.h>

#include "legacy.h"
#include "lib.h"
#include "secchat/err.h"
#include "secchat/util.h"

static void
add(struct keyring *r, const struct gcm_key *k)
{
	memmove(r->key + 1, r->key, (GCM_KEYS - 1) * sizeof *k);
	r->key[0] = *k;
	r->n = MIN(r->n + 1, (size_t)GCM_KEYS);
}

void
keyring_first(struct keyring *r, const uint8_t salt[GCM_SALT])
{
	gcm_derive(&r->send, r->pass, r->pass_len, salt);
	add(r, &r->send);
}

void
keyring_received(struct keyring *r, const uint8_t salt[GCM_SALT])
{
	memcpy(r->salt, salt, GCM_SALT);
	r->pending = 1;
	r->take = !r->unconfirmed;
	r->contested = r->unconfirmed;
}

void
keyring_settle(struct keyring *r)
{
	struct gcm_key k;

	if (!r->pending)
		return;
	gcm_derive(&k, r->pass, r->pass_len, r->salt);
	add(r, &k);
	if (r->take)
		r->send = k;
	r->pending = r->take = 0;
	wipe(&k, sizeof k);
}

void
keyring_renew(struct keyring *r, const uint8_t salt[GCM_SALT])
{
	gcm_derive(&r->own, r->pass, r->pass_len, salt);
	/* What is pending may still be what the peer has sealed with. */
	r->take = 0;
	add(r, &r->own);
	r->send = r->own;
	r->unconfirmed = 1;
	r->contested = 0;
}

int
keyring_open(struct keyring *r, uint8_t *out, const uint8_t *frame, size_t len)
{
	int n = -ERR_AUTH;

	for (size_t i = 0; i < r->n && n == -ERR_AUTH; i++) {
		n = gcm_open(out, &r->key[i], frame, len);
		if (n < 0 || !r->unconfirmed ||
		    !lib_same(&r->key[i], &r->own, sizeof r->own))
			continue;
		r->unconfirmed = r->contested = 0;
		r->send = r->own;
	}
	return n;
}
