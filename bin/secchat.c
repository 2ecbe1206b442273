/*
 * secchat: the command that people type.  It supervises: it starts the other
 * programs, which hold what it must not see.
 *
 * Descriptors: 0, 1 and 2 are the user's own; a script may pass another to
 * read a secret from, which only the crypto worker reads.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/stat.h>
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

/*
 * What whoever started us has set for themselves: a child that nobody may
 * wait for, files that we could not open again.
 */
static void
usual_world(void)
{
	signal(SIGCHLD, SIG_DFL);
	umask(S_IRWXG | S_IRWXO);
}

int
main(int argc, char **argv)
{
	int has_stdout = fcntl(STDOUT_FILENO, F_GETFD) >= 0;

	log_init("secchat");
	usual_world();
	if (open_standard_fds() < 0) {
		log_line("cannot open /dev/null: %s", strerror(errno));
		return EXIT_INTERNAL;
	}
	jail_early();
	return cli_main(argc, argv, has_stdout);
}
