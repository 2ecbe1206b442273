/*
 * secchat-file: the bytes of files that are sent and received.  It can open
 * nothing; the supervisor passes it descriptors.
 *
 *   3  the supervisor        4  crypto
 */
#include <signal.h>

#include "../src/file/file.h"
#include "secchat/fds.h"
#include "secchat/sandbox.h"
#include "secchat/util.h"

static struct file file;

int
main(void)
{
	struct jail_report report;

	log_init("secchat-file");
	jail_early();
	/* A file that may not grow is an error that is told. */
	(void)signal(SIGXFSZ, SIG_IGN);
	file_init(&file, FD_SUPER, FD_FILE_CRYPTO);
	jail_enter(&policy_file, NULL, 0, &report);
	ipc_send_ready(&file.super, &report);
	return file_run(&file);
}
