/*
 * Messages as they are shown and remembered, and the commands that show them
 * again.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "secchat/util.h"
#include "tty.h"

void
tty_show(struct tty *t, const struct message *m)
{
	view_message(&t->view, &t->paint, m);
	history_add(&t->history, m);
	tty_resize_note(t, m->n);
	t->dirty = 1;
}

struct message
tty_backlog_message(const struct tty *t, size_t i, enum message_kind kind)
{
	const uint8_t *text;
	const struct backlog_item *item = backlog_get(&t->backlog, i, &text);

	return (struct message){kind, item->n, item->minute, text, item->len};
}

/* A message's number; 0 and a hint when it is none. */
static unsigned
number(struct tty *t, const char *arg)
{
	char *end;
	unsigned long n = strtoul(arg, &end, 10);

	if (arg[0] >= '0' && arg[0] <= '9' && *end == '\0' && n > 0 &&
	    n <= UINT32_MAX)
		return (unsigned)n;
	tty_hint(t, "  that is no number; /history shows the numbers");
	return 0;
}

/* The message that an argument names, without one the newest; 1 or 0. */
static int
named(struct tty *t, const char *arg, struct message *m)
{
	unsigned n = 0;

	if (arg[0] != '\0') {
		n = number(t, arg);
		if (n == 0)
			return 0;
	}
	if (history_find(&t->history, n, m))
		return 1;
	if (n == 0)
		tty_hint(t, "  nothing was said yet");
	else
		tty_hint(t,
		    "  message %u is not here (any more); /history shows "
		    "what is",
		    n);
	return 0;
}

void
tty_cmd_more(struct tty *t, const char *arg)
{
	struct message m;

	if (!named(t, arg, &m))
		return;
	pager_start(&t->pager, &t->view, PAGER_MORE, &m);
	if (!t->pager.rows.open)
		tty_hint(t, "  all of message %u was shown", m.n);
}

void
tty_cmd_raw(struct tty *t, const char *arg)
{
	struct message m;
	char line[64];

	if (!named(t, arg, &m))
		return;
	snprintf(line, sizeof line, "message %u as code points", m.n);
	tty_say(t, line);
	pager_start(&t->pager, &t->view, PAGER_RAW, &m);
}

/* So that what follows is not taken for what is said now. */
static void
say_list(struct tty *t, int all, size_t listed, size_t more)
{
	char line[128];
	const char *what = all ? "said so far" : "found";

	if (more == 0)
		snprintf(line, sizeof line, "%s: %zu message%s", what, listed,
		    listed == 1 ? "" : "s");
	else if (all)
		snprintf(line, sizeof line,
		    "%s: the newest %zu; %zu older: /history find TEXT", what,
		    listed, more);
	else
		snprintf(line, sizeof line,
		    "%s: the newest %zu; %zu older: find more of the text",
		    what, listed, more);
	tty_say(t, line);
}

void
tty_cmd_history(struct tty *t, const char *arg)
{
	int all = arg[0] == '\0';
	size_t more;

	if (strncmp(arg, "find", 4) == 0 && (arg[4] == ' ' || arg[4] == '\t'))
		arg += 5 + strspn(arg + 5, " \t");
	else if (arg[0] != '\0') {
		tty_hint(t, "  /history, or /history find TEXT");
		return;
	}
	more = pager_list(&t->pager, &t->history, arg);
	if (t->pager.list_len == 0)
		tty_hint(
		    t, "  nothing %s", all ? "was said yet" : "has that in it");
	else
		say_list(t, all, t->pager.list_len, more);
}

/* ---- /drop ---- */

static void
list_waiting(struct tty *t)
{
	const struct backlog *b = &t->backlog;

	if (b->given == b->count) {
		tty_hint(t,
		    "  nothing waits here; what is on its way cannot be taken "
		    "back");
		return;
	}
	for (size_t i = b->given; i < b->count && i < b->given + LIST_MAX;
	     i++) {
		struct message m = tty_backlog_message(t, i, MESSAGE_LOST);

		if (paint_room(&t->paint) < 2 * PAINT_LINE)
			return;
		view_listed(&t->view, &t->paint, &m);
	}
	tty_hint(
	    t, "  %zu wait here; /drop N takes one back", b->count - b->given);
}

void
tty_cmd_drop(struct tty *t, const char *arg)
{
	unsigned n;

	t->dirty = 1;
	if (arg[0] == '\0') {
		list_waiting(t);
		return;
	}
	n = number(t, arg);
	if (n == 0)
		return;
	if (backlog_drop(&t->backlog, n) == 0)
		tty_hint(t, "  message %u will not be sent", n);
	else
		tty_hint(t,
		    "  message %u does not wait here; /drop alone shows what "
		    "does",
		    n);
}
