/*
 * secchat-tty: the terminal, and two sockets.  ioctl is pinned to the user's
 * terminal and to four requests, so TIOCSTI, which types on behalf of the user,
 * is not among them.  The handlers of SIGWINCH and SIGALRM are installed before
 * the lock-down.
 */
#include <sys/ioctl.h>
#include <sys/time.h>
#include <termios.h>

#include "rows.h"

/* clang-format off */
#define TERMINAL(request, reason) \
	ALLOW_IF(ioctl, reason, IS(0, 0), IS(1, request)), \
	ALLOW_IF(ioctl, reason, IS(0, 1), IS(1, request))

static const struct policy_row own[] = {
	TERMINAL(TCGETS,     "the settings, to change and to restore"),
	TERMINAL(TCSETSW,    "raw mode and back"),
	TERMINAL(TCFLSH,     "forgets what was typed ahead"),
	TERMINAL(TIOCGWINSZ, "the size of the window"),
	ALLOW_IF(setitimer,  "does not wait for a terminal that is full",
	    IS(0, ITIMER_REAL)),
};
static const size_t own_len = ARRAY_LEN(own);

static const struct policy_row *const tables[] = {
	sandbox_base, sandbox_link, sandbox_front, own, NULL
};
static const size_t *const lens[] = {
	&sandbox_base_len, &sandbox_link_len, &sandbox_front_len, &own_len
};

const struct policy policy_tty = {
	.program = "secchat-tty",
	.holds = "the line being typed, the screen, shown texts",
	.cannot = "open a file, reach a network, hold a key, type for the user",
	.tables = tables,
	.table_lens = lens,
	.limits = { .nofile = 16, .fsize_unlimited = 1 },
};
/* clang-format on */
