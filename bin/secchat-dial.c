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

static void
send_ready(struct ipc_link *link, const struct jail_report *report)
{
	uint8_t body[9];
	struct writer w;

	writer_init(&w, body, sizeof body);
	put_u32(&w, report->applied);
	put_u32(&w, report->missing);
	put_u8(&w, report->unconfined);
	ipc_send(link, IPC_READY, body, w.len);
}

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
	send_ready(&link, &report);
	return dial_run(&link);
}
