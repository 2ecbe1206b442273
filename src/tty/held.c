/*
 * What is typed while the window's size is not certain (resize.c).  Nothing
 * is laid out then, but the keyboard is read all the same: how much comes at
 * once, and when, is all that tells lines that are typed from a paste without
 * brackets, and what waits in the terminal's queue comes in one piece.
 *
 * A terminal that edits lines itself gives them one by one, however late.
 */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "secchat/util.h"
#include "tty.h"

#define CTRL_Z 0x1a

int
tty_held_room(const struct tty *t)
{
	const struct held *h = &t->held;

	/* A part of what comes at once would look like something else. */
	return !t->view.plain && !h->stop && h->count < HELD_CHUNKS &&
	       h->len + KEYBOARD_READ <= HELD_BYTES;
}

void
tty_held_read(struct tty *t)
{
	struct held *h = &t->held;
	uint8_t *p = h->bytes + h->len;
	ssize_t n = read(STDIN_FILENO, p, KEYBOARD_READ);

	if (n < 0 && (errno == EINTR || errno == EAGAIN))
		return;
	/* The end is there to be read again; and what is typed behind Ctrl-Z
	 * may be for the shell. */
	if (n <= 0 || memchr(p, CTRL_Z, (size_t)n) != NULL)
		h->stop = 1;
	if (n <= 0)
		return;
	h->chunk[h->count++] =
	    (struct held_chunk){.at = t->now, .len = (size_t)n};
	h->len += (size_t)n;
}

void
tty_held_give(struct tty *t)
{
	struct held *h = &t->held;
	const uint8_t *p = h->bytes;
	uint64_t now = t->now;
	int left = !tty_held_room(t);

	for (size_t i = 0; i < h->count; i++) {
		t->now = h->chunk[i].at;
		tty_input_due(t);
		tty_input(t, p, h->chunk[i].len);
		p += h->chunk[i].len;
	}
	t->now = now;
	/* What was left in the terminal may have come at once. */
	if (left)
		tty_input_goes_on(t);
	else
		tty_input_due(t);
	wipe(h->bytes, h->len);
	h->count = h->len = 0;
	h->stop = 0;
}
