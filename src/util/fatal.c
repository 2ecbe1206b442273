/*
 * The end of a process that cannot go on.  Alone in its file, so that a
 * fuzzer can put its own in the place of this one.
 */
#include <errno.h>
#include <stdarg.h>
#include <unistd.h>

#include "secchat/err.h"
#include "secchat/util.h"

static void (*last_wish)(void);

void
fatal_hook(void (*fn)(void))
{
	last_wish = fn;
}

void
fatal(const char *fmt, ...)
{
	void (*wish)(void) = last_wish;
	int saved = errno;
	va_list ap;

	/* The wish itself may be what fails. */
	last_wish = NULL;
	if (wish != NULL)
		wish();
	errno = saved;
	va_start(ap, fmt);
	log_vline(fmt, ap);
	va_end(ap);
	_exit(EXIT_INTERNAL);
}
