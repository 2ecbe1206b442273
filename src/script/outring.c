/*
 * The ring in front of standard output.
 */
#include <assert.h>
#include <errno.h>
#include <limits.h>
#include <string.h>
#include <unistd.h>

#include "outring.h"
#include "secchat/err.h"
#include "secchat/util.h"

/* Positions are stream offsets modulo the ring's size. */
_Static_assert((EVENT_RING & (EVENT_RING - 1)) == 0, "a power of two");

void
outring_init(struct outring *o)
{
	o->put = 0;
	o->written = 0;
	o->shown = 0;
	o->marks = 0;
	o->first = 0;
}

size_t
outring_room(const struct outring *o)
{
	return EVENT_RING - (size_t)(o->put - o->written);
}

int
outring_empty(const struct outring *o)
{
	return o->put == o->written;
}

void
outring_put(struct outring *o, const void *p, size_t len)
{
	size_t at = (size_t)(o->put % EVENT_RING);
	size_t part = MIN(len, EVENT_RING - at);

	assert(len <= outring_room(o));
	memcpy(o->buf + at, p, part);
	memcpy(o->buf, (const uint8_t *)p + part, len - part);
	o->put += len;
}

void
outring_mark(struct outring *o, uint64_t mseq)
{
	unsigned at = (o->first + o->marks) % WINDOW_MSGS;

	assert(!outring_marks_full(o));
	o->mark[at].end = o->put;
	o->mark[at].mseq = mseq;
	o->marks++;
}

int
outring_marks_full(const struct outring *o)
{
	return o->marks == WINDOW_MSGS;
}

/* Pass the marks of texts that have left whole. */
static void
pass_marks(struct outring *o)
{
	while (o->marks > 0 && o->mark[o->first].end <= o->written) {
		o->shown = o->mark[o->first].mseq;
		o->first = (o->first + 1) % WINDOW_MSGS;
		o->marks--;
	}
}

void
outring_restart(struct outring *o)
{
	o->marks = 0;
	o->shown = 0;
}

int
outring_write(struct outring *o, int fd)
{
	size_t at = (size_t)(o->written % EVENT_RING);
	size_t len = MIN((size_t)(o->put - o->written), EVENT_RING - at);
	ssize_t n;

	if (len == 0)
		return 0;
	n = write(fd, o->buf + at, MIN(len, (size_t)PIPE_BUF));
	if (n < 0 && (errno == EINTR || errno == EAGAIN))
		return 0;
	if (n < 0)
		return errno == EPIPE ? -ERR_EOF : -ERR_SYS;
	o->written += (uint64_t)n;
	pass_marks(o);
	return 0;
}

void
outring_drop(struct outring *o)
{
	o->written = o->put;
	o->marks = 0;
}
