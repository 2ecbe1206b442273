/*
 * The library's beginning, and where random bytes come from.
 */
#include "internal.h"
#include "secchat/err.h"

int
noise_library_init(void)
{
	return sodium_init() < 0 ? -ERR_INTERNAL : 0;
}

void
random_system(void *ctx, void *buf, size_t len)
{
	(void)ctx;
	randombytes_buf(buf, len);
}

void
noise_keypair_derive(struct noise_keypair *kp)
{
	crypto_scalarmult_base(kp->pk, kp->sk);
}

void
noise_keypair_new(struct noise_keypair *kp, struct random_source rnd)
{
	rnd.fn(rnd.ctx, kp->sk, sizeof kp->sk);
	noise_keypair_derive(kp);
}
