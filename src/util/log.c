/*
 * One line to descriptor 2 with a single write(2): dprintf would call fstat,
 * which a confined worker may not.
 */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "secchat/limits.h"
#include "secchat/util.h"

static const char *program = "secchat";

void
log_init(const char *name)
{
	program = name;
}

void
log_vline(const char *fmt, va_list ap)
{
	char line[STDERR_LINE_MAX];
	int saved = errno;
	int n = snprintf(line, sizeof line, "%s: ", program);
	size_t at = (size_t)(n > 0 ? n : 0);

	errno = saved;
	n = vsnprintf(line + at, sizeof line - at - 1, fmt, ap);
	at += n > 0 ? MIN((size_t)n, sizeof line - at - 2) : 0;
	line[at++] = '\n';
	while (write(2, line, at) < 0 && errno == EINTR)
		;
	errno = saved;
}

void
log_line(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	log_vline(fmt, ap);
	va_end(ap);
}
