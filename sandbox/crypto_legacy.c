/*
 * secchat-crypto-legacy: as secchat-crypto, in whose place it stands, but
 * that it has no identity file.  libcrypto is started before the lock-down
 * and needs nothing afterwards but memory.
 */
#include "rows.h"

/* clang-format off */
static const struct policy_row *const tables[] = {
	sandbox_base, sandbox_link, sandbox_random, sandbox_crypto, NULL
};
static const size_t *const lens[] = {
	&sandbox_base_len, &sandbox_link_len, &sandbox_random_len,
	&sandbox_crypto_len
};

const struct policy policy_crypto_legacy = {
	.program = "secchat-crypto-legacy",
	.holds = "the secret of an older format; decrypted text while it passes",
	.cannot = "open a file, make or receive a descriptor, reach a network",
	.tables = tables,
	.table_lens = lens,
	.limits = { .nofile = 16 },
};
/* clang-format on */
