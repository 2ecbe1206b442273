/*
 * secchat-dial: one name lookup, then one connect, or bind and listen.  It
 * hands the socket to the supervisor and ends.
 *
 *   3  the supervisor
 *
 * With the one argument "unix" the proxy is a local socket, and this program
 * makes no other.
 */
#include <string.h>

#include "../src/dial/dial.h"
#include "secchat/fds.h"
#include "secchat/sandbox.h"
#include "secchat/util.h"

int
main(int argc, char **argv)
{
	int local = argc == 2 && strcmp(argv[1], "unix") == 0;
	struct jail_report report;
	struct ipc_link link;
	uint8_t queue[1024];

	log_init("secchat-dial");
	jail_early();
	ipc_init(
	    &link, FD_SUPER, LINK_SUPER_DIAL, ROLE_DIAL, queue, sizeof queue);
	jail_enter(local ? &policy_dial_unix : &policy_dial, NULL, 0, &report);
	ipc_send_ready(&link, &report);
	return dial_run(&link);
}
