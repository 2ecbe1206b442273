/*
 * The end of a process that cannot go on.  Alone in its file, so that a
 * fuzzer can put its own in the place of this one.
 */
#include <stdarg.h>
#include <unistd.h>

#include "secchat/err.h"
#include "secchat/util.h"

void
fatal(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	log_vline(fmt, ap);
	va_end(ap);
	_exit(EXIT_INTERNAL);
}
