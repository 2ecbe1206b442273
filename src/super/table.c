/*
 * Who is who, and who is joined to whom: the two tables from which every
 * process of a chat is started.
 */
#include "internal.h"
#include "secchat/fds.h"

/* Locale and time zone, for those that show something. */
static const char *const env_none[] = {NULL};
static const char *const env_show[] = {"TERM", "LANG", "LC_ALL", "LC_CTYPE",
    "TZ", "NO_COLOR",
    /* which terminal it is, where TERM does not say */
    "VTE_VERSION", "XTERM_VERSION", NULL};

/* clang-format off */
const struct proc_row proc_rows[PROC_COUNT] = {
/*               program           role         link to us         0 and 1  secret socket environment */
[PROC_CRYPTO] = { "secchat-crypto", ROLE_CRYPTO, LINK_SUPER_CRYPTO, IO_NULL, 1, 0, env_none },
[PROC_NET]    = { "secchat-net",    ROLE_NET,    LINK_SUPER_NET,    IO_NULL, 0, 0, env_none },
[PROC_DIAL]   = { "secchat-dial",   ROLE_DIAL,   LINK_SUPER_DIAL,   IO_NULL, 0, 0, env_none },
[PROC_TTY]    = { "secchat-tty",    ROLE_UI,     LINK_SUPER_UI,     IO_USER, 0, 0, env_show },
[PROC_SCRIPT] = { "secchat-script", ROLE_UI,     LINK_SUPER_UI,     IO_USER, 0, 0, env_show },
[PROC_PRICE_DIAL] = { "secchat-dial", ROLE_DIAL, LINK_SUPER_DIAL,   IO_NULL, 0, 0, env_none },
[PROC_PRICE]  = { "secchat-price",  ROLE_PRICE,  LINK_SUPER_PRICE,  IO_NULL, 0, 1, env_none },
[PROC_FILE]   = { "secchat-file",   ROLE_FILE,   LINK_SUPER_FILE,   IO_NULL, 0, 0, env_none },
};

const struct link_row link_rows[LINK_COUNT] = {
/*                      one end                      the other                    */
[LINK_SUPER_CRYPTO] = { { ROLE_SUPER,  0 },             { ROLE_CRYPTO, FD_SUPER } },
[LINK_SUPER_NET]    = { { ROLE_SUPER,  0 },             { ROLE_NET,    FD_SUPER } },
[LINK_SUPER_UI]     = { { ROLE_SUPER,  0 },             { ROLE_UI,     FD_SUPER } },
[LINK_SUPER_DIAL]   = { { ROLE_SUPER,  0 },             { ROLE_DIAL,   FD_SUPER } },
[LINK_SUPER_PRICE]  = { { ROLE_SUPER,  0 },             { ROLE_PRICE,  FD_SUPER } },
[LINK_SUPER_FILE]   = { { ROLE_SUPER,  0 },             { ROLE_FILE,   FD_SUPER } },
[LINK_UI_CRYPTO]    = { { ROLE_UI,     FD_UI_CRYPTO },  { ROLE_CRYPTO, FD_CRYPTO_UI } },
[LINK_CRYPTO_NET]   = { { ROLE_CRYPTO, FD_CRYPTO_NET }, { ROLE_NET,    FD_NET_CRYPTO } },
[LINK_CRYPTO_FILE]  = { { ROLE_CRYPTO, FD_CRYPTO_FILE }, { ROLE_FILE,  FD_FILE_CRYPTO } },
};
/* clang-format on */

_Static_assert(FD_CRYPTO_FILE < SPAWN_FDS, "the fixed range");

#define CRYPTO_LEGACY "secchat-crypto-legacy"

const char *
proc_program(const struct super *s, enum proc_id id)
{
	return id == PROC_CRYPTO && s->o->legacy != 0 ? CRYPTO_LEGACY
						      : proc_rows[id].program;
}
