/*
 * secchat-script: standard input and output in place of a terminal, and two
 * sockets.  Output may be a file, so its size is not limited.
 */
#include "rows.h"

/* clang-format off */
static const struct policy_row *const tables[] = {
	sandbox_base, sandbox_link, sandbox_front, NULL
};
static const size_t *const lens[] = {
	&sandbox_base_len, &sandbox_link_len, &sandbox_front_len
};

const struct policy policy_script = {
	.program = "secchat-script",
	.holds = "texts on their way to and from a script",
	.cannot = "open a file, reach a network, hold a key",
	.tables = tables,
	.table_lens = lens,
	.limits = { .nofile = 16, .fsize_unlimited = 1 },
};
/* clang-format on */
