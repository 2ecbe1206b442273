/*
 * secchat-file: descriptors of files, which it is handed on the supervisor's
 * link, the one on which it may call recvmsg.  No call here takes a path, so
 * there is no way to another file.  What is read from and written to files
 * goes by offset, which no socket knows; links are pinned to their numbers.
 */
#include "rows.h"

/* clang-format off */
static const struct policy_row own[] = {
	ALLOW_IF(recvmsg, "files come here only",     IS(0, FD_SUPER)),
	ALLOW_IF(writev,  "messages to the supervisor", IS(0, FD_SUPER)),
	ALLOW_IF(read,    "messages of crypto, and bytes to write",
	    IS(0, FD_FILE_CRYPTO)),
	ALLOW_IF(writev,  "messages to crypto, and bytes that were read",
	    IS(0, FD_FILE_CRYPTO)),
	ALLOW(pread64,  "a file that is sent; its number is not known here"),
	ALLOW(pwrite64, "a file that is received"),
	ALLOW(fstat,    "has it changed meanwhile; takes no path"),
	ALLOW(fsync,    "it is on the disk before anybody is told so"),
	ALLOW_IF(sync_file_range, "a large one goes there as it comes",
	    ONLY(3, PACE_FLAGS)),
	ALLOW(close,    "a file that is done with"),
	ALLOW(poll,     "the loop waits"),
	ALLOW(ppoll,    "the loop waits; machines without poll"),
};
static const size_t own_len = ARRAY_LEN(own);

static const struct policy_row *const tables[] = { sandbox_base, own, NULL };
static const size_t *const lens[] = { &sandbox_base_len, &own_len };

const struct policy policy_file = {
	.program = "secchat-file",
	.holds = "descriptors of files that the user sends or accepts; "
	    "their bytes",
	.cannot = "open a file, learn its name, reach a network, see a key or "
	    "a text",
	.tables = tables,
	.table_lens = lens,
	.limits = { .nofile = 64, .fsize_unlimited = 1 },
};
/* clang-format on */
