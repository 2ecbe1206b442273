/*
 * Fuzzes what a script writes to standard input: cut into lines, read as
 * commands, and answered.  A command that is taken keeps to its limits; one
 * that is not has words, and the event that carries them is one line of
 * printable ASCII.
 */
#include <assert.h>
#include <string.h>

#include "../../src/script/command.h"
#include "../../src/script/event.h"
#include "../../src/script/feed.h"
#include "secchat/err.h"
#include "secchat/util.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct feed feed;
static struct outring ring;

static void
check_taken(const struct command *c)
{
	assert(c->ref == NULL || c->ref_len <= REF_MAX);
	if (c->what == COMMAND_NAME)
		assert(c->text_len >= 1 && c->text_len <= NAME_MAX_LOCAL);
	if (c->what == COMMAND_SENDFILE)
		assert(c->text_len >= 1 && c->text_len <= FILE_PATH_MAX &&
		       memchr(c->text, '\0', c->text_len) == NULL);
	if (c->what == COMMAND_ACCEPT)
		assert(c->n != 0 && c->text_len <= FILE_AS_MAX &&
		       (c->text != NULL || c->text_len == 0));
	if (c->what == COMMAND_DECLINE || c->what == COMMAND_CANCEL)
		assert(c->n != 0);
	if (c->what != COMMAND_SEND)
		return;
	assert(c->text_len <= TEXT_MAX);
	assert(utf8_valid((const uint8_t *)c->text, c->text_len));
	assert(memchr(c->text, '\0', c->text_len) == NULL);
}

static void
check_refused(const struct command *c)
{
	struct events e = {.out = &ring};
	size_t at, len;

	assert(c->msg[0] != '\0');
	outring_init(&ring);
	event_begin(&e, "error");
	event_str(&e, "msg", c->msg);
	event_str(&e, "next", c->next);
	if (c->ref != NULL)
		event_bytes(&e, "ref", c->ref, c->ref_len);
	event_end(&e);
	len = (size_t)ring.put;
	assert(len < 2 * EVENT_SMALL);
	for (at = 0; at + 1 < len; at++)
		assert(ring.buf[at] >= 0x20 && ring.buf[at] <= 0x7e);
	assert(ring.buf[at] == '\n');
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const uint8_t *line;
	size_t len, max;
	int r;

	if (size < 1 || size - 1 > COMMAND_MAX)
		return 0;
	/* The first byte chooses how long a line may be. */
	max = data[0] == 0 ? COMMAND_MAX : data[0];
	feed_init(&feed);
	memcpy(feed.buf, data + 1, size - 1);
	feed.end = size - 1;
	feed.eof = 1;
	while ((r = feed_next(&feed, max, &line, &len)) != 0) {
		struct command c;

		if (r < 0)
			continue;
		assert(len <= max && memchr(line, '\n', len) == NULL);
		if (command_parse(&c, line, len) == 0)
			check_taken(&c);
		else
			check_refused(&c);
		command_free(&c);
	}
	return 0;
}
