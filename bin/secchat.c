/*
 * secchat: the command that people type.  It supervises: it starts the other
 * programs, which hold what it must not see.
 *
 * Descriptors: 0, 1 and 2 are the user's own; a script may pass another to
 * read a secret from, which only the crypto worker reads.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "../src/cli/cli.h"
#include "secchat/err.h"
#include "secchat/sandbox.h"
#include "secchat/util.h"

/* A descriptor that is closed here would be given to something else. */
static int
open_standard_fds(void)
{
	int fd;

	do {
		fd = open("/dev/null", O_RDWR);
	} while (fd >= 0 && fd <= STDERR_FILENO);
	return fd < 0 ? -ERR_SYS : close(fd);
}

int
main(int argc, char **argv)
{
	log_init("secchat");
	if (open_standard_fds() < 0) {
		log_line("cannot open /dev/null: %s", strerror(errno));
		return EXIT_INTERNAL;
	}
	jail_early();
	return cli_main(argc, argv);
}
