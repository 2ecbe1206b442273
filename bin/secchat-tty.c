/*
 * secchat-tty: the front end on a terminal.  Descriptors: 0 and 1 are the
 * user's terminal, 2 goes to the supervisor, FD_SUPER and FD_UI_CRYPTO are its
 * links (include/secchat/fds.h).  The environment, the time zone and the
 * signal handler need the open world; everything else is done inside.
 */
#include "../src/tty/tty.h"
#include "secchat/sandbox.h"
#include "secchat/util.h"

int
main(void)
{
	static struct tty tty;
	struct jail_report report;

	log_init("secchat-tty");
	jail_early();
	tty_open_world(&tty);
	jail_enter(&policy_tty, NULL, 0, &report);
	return tty_run(&tty, &report);
}
