/*
 * secchat-crypto: every secret, and no way out but three numbered sockets.
 * There is no recvmsg: read(2) on a socket drops a passed descriptor, so
 * nobody can hand it anything.
 */
#include "rows.h"

/* clang-format off */
static const struct policy_row own[] = {
	ALLOW_IF(read,   "pieces of files",          IS(0, FD_CRYPTO_FILE)),
	ALLOW_IF(writev, "pieces of files",          IS(0, FD_CRYPTO_FILE)),
	ALLOW_IF(close,  "the end of a link",        IS(0, FD_CRYPTO_FILE)),
	ALLOW_IF(read,   "the identity file",         IS(0, FD_IDENTITY)),
	ALLOW_IF(close,  "the identity has been read", IS(0, FD_IDENTITY)),
};
static const size_t own_len = ARRAY_LEN(own);

static const struct policy_row *const tables[] = {
	sandbox_base, sandbox_link, sandbox_random, sandbox_crypto,
	own, NULL
};
static const size_t *const lens[] = {
	&sandbox_base_len, &sandbox_link_len, &sandbox_random_len,
	&sandbox_crypto_len, &own_len
};

const struct policy policy_crypto = {
	.program = "secchat-crypto",
	.holds = "every secret; decrypted text while it passes",
	.cannot = "open a file, make or receive a descriptor, reach a network",
	.tables = tables,
	.table_lens = lens,
	.limits = { .nofile = 16 },
};
/* clang-format on */
