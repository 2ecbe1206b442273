/*
 * The buffer in front of the terminal.
 */
#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "paint.h"

void
paint_init(struct paint *p)
{
	p->len = 0;
	p->added = p->written = 0;
}

size_t
paint_room(const struct paint *p)
{
	return sizeof p->buf - p->len;
}

void
paint_mem(struct paint *p, const void *s, size_t len)
{
	assert(len <= paint_room(p));
	memcpy(p->buf + p->len, s, len);
	p->len += len;
	p->added += len;
}

void
paint_str(struct paint *p, const char *s)
{
	paint_mem(p, s, strlen(s));
}

void
paint_fmt(struct paint *p, const char *fmt, ...)
{
	char line[512];
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(line, sizeof line, fmt, ap);
	va_end(ap);
	assert(n >= 0 && (size_t)n < sizeof line);
	paint_mem(p, line, (size_t)n);
}

void
paint_took(struct paint *p, size_t n)
{
	assert(n <= p->len);
	memmove(p->buf, p->buf + n, p->len - n);
	p->len -= n;
	p->written += n;
}
