/*
 * secchat-crypto-legacy: as secchat-crypto, in whose place it stands, but
 * that it has no identity file.  libcrypto is started before the lock-down
 * and needs nothing afterwards but memory.
 */
#include "rows.h"

/* clang-format off */
static const struct policy_row own[] = {
	ALLOW_IF(read,   "messages of the front end", IS(0, FD_CRYPTO_UI)),
	ALLOW_IF(writev, "messages to the front end", IS(0, FD_CRYPTO_UI)),
	ALLOW_IF(read,   "messages of net",           IS(0, FD_CRYPTO_NET)),
	ALLOW_IF(writev, "messages to net",           IS(0, FD_CRYPTO_NET)),
	ALLOW_IF(read,   "the key file or the typed line", IS(0, FD_SECRET)),
	ALLOW_IF(close,  "the secret has been read",  IS(0, FD_SECRET)),
	ALLOW_IF(close,  "the end of a link",         IS(0, FD_SUPER)),
	ALLOW_IF(close,  "the end of a link",         IS(0, FD_CRYPTO_UI)),
	ALLOW_IF(close,  "the end of a link",         IS(0, FD_CRYPTO_NET)),
};
static const size_t own_len = ARRAY_LEN(own);

static const struct policy_row *const tables[] = {
	sandbox_base, sandbox_link, sandbox_random, own, NULL
};
static const size_t *const lens[] = {
	&sandbox_base_len, &sandbox_link_len, &sandbox_random_len, &own_len
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
