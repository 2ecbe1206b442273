/*
 * The line splitter.
 */
#include <assert.h>
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "feed.h"
#include "secchat/err.h"

void
feed_init(struct feed *in)
{
	in->start = 0;
	in->scan = 0;
	in->end = 0;
	in->skip = 0;
	in->eof = 0;
	in->failed = 0;
	in->line = 0;
}

void
feed_begin_inside(struct feed *in)
{
	in->skip = 1;
}

void
feed_read(struct feed *in, int fd)
{
	ssize_t n;

	if (in->start > 0) {
		memmove(in->buf, in->buf + in->start, in->end - in->start);
		in->end -= in->start;
		in->scan -= in->start;
		in->start = 0;
	}
	assert(sizeof in->buf - in->end >= FEED_CHUNK);
	n = read(fd, in->buf + in->end, FEED_CHUNK);
	if (n > 0)
		in->end += (size_t)n;
	else if (n == 0 || (errno != EINTR && errno != EAGAIN))
		in->eof = 1;
	if (n < 0 && in->eof)
		in->failed = errno;
}

static void
forget(struct feed *in)
{
	in->start = 0;
	in->scan = 0;
	in->end = 0;
}

/* Where the line in progress ends, or NULL: not in the buffer. */
static const uint8_t *
find_end(struct feed *in)
{
	const uint8_t *nl =
	    memchr(in->buf + in->scan, '\n', in->end - in->scan);

	if (nl == NULL)
		in->scan = in->end;
	return nl;
}

/* Everything up to and with the newline has been used. */
static void
step_over(struct feed *in, const uint8_t *nl)
{
	in->start = (size_t)(nl - in->buf) + 1;
	in->scan = in->start;
}

int
feed_next(struct feed *in, size_t max, const uint8_t **line, size_t *len)
{
	const uint8_t *nl = find_end(in);

	if (in->skip && nl != NULL) {
		in->skip = 0;
		step_over(in, nl);
		nl = find_end(in);
	} else if (in->skip) {
		forget(in);
		return 0;
	}
	*line = in->buf + in->start;
	*len = nl != NULL ? (size_t)(nl - *line) : in->end - in->start;
	if (nl == NULL && *len <= max && !(in->eof && *len > 0))
		return 0;
	in->line++;
	if (nl != NULL)
		step_over(in, nl);
	else
		forget(in);
	if (*len <= max)
		return 1;
	in->skip = nl == NULL;
	return -ERR_TOO_LONG;
}

int
feed_is_inside(const struct feed *in)
{
	return in->skip || in->end > in->start;
}

int
feed_give_up(struct feed *in)
{
	if (in->skip || in->end == in->start)
		return 0;
	in->line++;
	in->skip = 1;
	forget(in);
	return 1;
}
