/*
 * Whether somebody traces this process.  Whoever attached before it stopped
 * being dumpable, between exec and jail_early, stays attached.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "jail.h"
#include "secchat/util.h"

#define STATUS "/proc/self/status"
#define FIELD "\nTracerPid:"

/* The first kilobyte has the field: only a name of 16 letters, the state and
 * five numbers come before it. */
static int
read_status(char *text, size_t cap)
{
	int fd = open(STATUS, O_RDONLY | O_CLOEXEC);
	ssize_t n;

	if (fd < 0)
		return -1;
	n = read(fd, text, cap - 1);
	fd_close(fd);
	if (n < 0)
		return -1;
	text[n] = '\0';
	return 0;
}

void
jail_untraced(void)
{
	char text[1024];
	const char *field;
	long tracer;

	if (read_status(text, sizeof text) < 0) {
		if (errno == ENOENT)
			return;
		jail_fatal("%s: %s", STATUS, strerror(errno));
	}
	field = strstr(text, FIELD);
	if (field == NULL)
		jail_fatal("%s does not say who traces us", STATUS);
	tracer = strtol(field + strlen(FIELD), NULL, 10);
	if (tracer != 0)
		jail_fatal("process %ld traces this program, which could "
			   "read every key",
		    tracer);
}
