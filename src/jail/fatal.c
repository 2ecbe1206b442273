/*
 * The end of a program whose sandbox cannot be had: with an exit status of its
 * own, which the supervisor hands on, since no other end asks for another
 * kernel.
 */
#include <stdarg.h>
#include <stdio.h>
#include <unistd.h>

#include "jail.h"
#include "secchat/err.h"
#include "secchat/limits.h"
#include "secchat/util.h"

void
jail_fatal(const char *fmt, ...)
{
	char line[STDERR_LINE_MAX / 2];
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(line, sizeof line, fmt, ap);
	va_end(ap);
	log_line("sandbox: %s", line);
	_exit(EXIT_SANDBOX);
}
