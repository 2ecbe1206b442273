/*
 * Lines from a terminal that edits them itself: for screen readers, and for
 * terminals that can do no more.  A line is a message or a command; before
 * the chat only q is one.
 */
#include <string.h>

#include "secchat/util.h"
#include "tty.h"

/* One character of a line; control characters are none. */
static size_t
character(struct tty *t, const uint8_t *p, size_t len)
{
	struct key key = {.type = KEY_TEXT, .len = 3, .text = "\xef\xbf\xbd"};
	uint32_t cp = 0;
	size_t used = utf8_next(p, len, &cp);

	if (used > 0) {
		key.len = used;
		memcpy(key.text, p, used);
	}
	if (used == 0 || cp == '\t' || (cp >= 0x20 && cp != 0x7f))
		tty_key(t, &key, 0);
	return MAX(used, (size_t)1);
}

static void
waiting_line(struct tty *t, const uint8_t *p, size_t len)
{
	if (len == 2 && (p[0] == 'q' || p[0] == 'Q'))
		tty_leave(t, QUIT_USER);
}

/* y or n behind the question whether to leave. */
static int
is_answer(struct tty *t, const uint8_t *p, size_t len)
{
	struct key key = {.type = KEY_TEXT, .len = 1};

	if (!t->leave_when_delivered || len != 2)
		return 0;
	key.text[0] = p[0];
	if (strchr("yYnN", p[0]) == NULL)
		return 0;
	tty_key(t, &key, 1);
	return 1;
}

void
tty_plain_input(struct tty *t, const uint8_t *p, size_t len)
{
	const struct key enter = {.type = KEY_ENTER};
	size_t i = 0;

	if (t->state == TTY_WAIT)
		waiting_line(t, p, len);
	if (t->state != TTY_CHAT || is_answer(t, p, len))
		return;
	/* What was kept is sent by an empty line, and replaced by another. */
	if (p[0] != '\n' && !t->plain_begun)
		edit_reset(&t->edit);
	while (i < len) {
		t->plain_begun = p[i] != '\n';
		if (p[i] == '\n') {
			tty_key(t, &enter, 0);
			/* The next may be begun from here on. */
			t->line_at = t->now;
			i++;
		} else {
			i += character(t, p + i, len - i);
		}
	}
}
