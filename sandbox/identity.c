/*
 * secchat-identity: makes and reads key files, alone, outside of a chat.  It
 * opens a file to read, or creates one that did not exist; Landlock keeps it
 * in the folder that the user named.  It stays in the user's namespaces: a
 * file cannot be created from a user namespace without a mapping.  For the
 * audit it is handed every program of the suite at once.
 */
#include <fcntl.h>

#include "rows.h"

#define READ_FLAGS \
	(O_CLOEXEC | O_NOFOLLOW | O_NOCTTY | O_NONBLOCK | O_DIRECTORY)
#define CREATE_FLAGS (O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC)

/* clang-format off */
static const struct policy_row own[] = {
	ALLOW_IF(openat, "the key file, or its folder to sync it",
	    ONLY(2, READ_FLAGS)),
	ALLOW_IF(openat, "a new key file: never an existing one or a link",
	    IS(2, CREATE_FLAGS)),
	ALLOW(newfstatat, "is it a file that others cannot read; fstat"),
	ALLOW(fstat,      "the same where it has its own number"),
	ALLOW(geteuid,    "is it ours"),
	ALLOW(read,       "the key file; passphrases and answers"),
	ALLOW(write,      "the key file, fingerprints"),
	ALLOW(close,      "files"),
	ALLOW(fsync,      "a key that was shown to exist survives a crash"),
	ALLOW(unlinkat,   "a file that was not finished"),
};
static const size_t own_len = ARRAY_LEN(own);

static const struct policy_row *const tables[] = {
	sandbox_base, sandbox_random, own, NULL
};
static const size_t *const lens[] = {
	&sandbox_base_len, &sandbox_random_len, &own_len
};

const struct policy policy_identity = {
	.program = "secchat-identity",
	.holds = "one key while it makes or reads it",
	.cannot = "reach a network, start a program, leave the named folder",
	.tables = tables,
	.table_lens = lens,
	.flags = POLICY_KEEP_NS | POLICY_PATH_ARG,
	.limits = { .nofile = 32, .fsize_unlimited = 1 },
};
/* clang-format on */
