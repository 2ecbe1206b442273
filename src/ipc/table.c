/*
 * The message table as data, and the two ends of every link.
 */
#include "secchat/ipc.h"
#include "secchat/util.h"

const struct ipc_row ipc_rows[] = {
#define X(name, number, from, links, min, max, fd) \
	{#name, number, from, fd, links, min, max},
    IPC_MESSAGES(X)
#undef X
};
const size_t ipc_rows_len = ARRAY_LEN(ipc_rows);

/* clang-format off */
#define X(name, number, from, links, min, max, fd)                            \
	_Static_assert((min) <= (max) && (max) <= IPC_BODY_MAX, #name);
IPC_MESSAGES(X)
#undef X

static const struct {
	const char *name;
	uint8_t a, b;
} ends[LINK_COUNT] = {
	[LINK_SUPER_CRYPTO] = { "supervisor-crypto",    ROLE_SUPER,  ROLE_CRYPTO },
	[LINK_SUPER_NET]    = { "supervisor-net",       ROLE_SUPER,  ROLE_NET },
	[LINK_SUPER_UI]     = { "supervisor-front end", ROLE_SUPER,  ROLE_UI },
	[LINK_SUPER_DIAL]   = { "supervisor-dial",      ROLE_SUPER,  ROLE_DIAL },
	[LINK_SUPER_PRICE]  = { "supervisor-price",     ROLE_SUPER,  ROLE_PRICE },
	[LINK_SUPER_FILE]   = { "supervisor-file",      ROLE_SUPER,  ROLE_FILE },
	[LINK_UI_CRYPTO]    = { "front end-crypto",     ROLE_UI,     ROLE_CRYPTO },
	[LINK_CRYPTO_NET]   = { "crypto-net",           ROLE_CRYPTO, ROLE_NET },
	[LINK_CRYPTO_FILE]  = { "crypto-file",          ROLE_CRYPTO, ROLE_FILE },
};
/* clang-format on */

enum {
#define X(name, number, from, links, min, max, fd) ROW_##name,
	IPC_MESSAGES(X)
#undef X
};

/* Two messages with the same number do not compile. */
const struct ipc_row *
ipc_row(unsigned type)
{
	switch (type) {
#define X(name, number, from, links, min, max, fd) \
	case number:                               \
		return &ipc_rows[ROW_##name];
		IPC_MESSAGES(X)
#undef X
	default:
		return NULL;
	}
}

void
ipc_link_ends(enum ipc_link_id id, uint8_t *a, uint8_t *b)
{
	*a = ends[id].a;
	*b = ends[id].b;
}

const char *
ipc_link_name(enum ipc_link_id id)
{
	return ends[id].name;
}
