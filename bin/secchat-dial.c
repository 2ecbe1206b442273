/*
 * secchat-dial: one name lookup, then one connect, or bind and listen.  It
 * hands the socket to the supervisor and ends.
 *
 *   3  the supervisor
 */
#include "../src/dial/dial.h"
#include "secchat/fds.h"
#include "secchat/sandbox.h"
#include "secchat/util.h"

int
main(void)
{
	struct jail_report report;
	struct ipc_link link;
	uint8_t queue[1024];

	log_init("secchat-dial");
	jail_early();
	ipc_init(
	    &link, FD_SUPER, LINK_SUPER_DIAL, ROLE_DIAL, queue, sizeof queue);
	jail_enter(&policy_dial, NULL, 0, &report);
	ipc_send_ready(&link, &report);
	return dial_run(&link);
}
