/*
 * The bell: a person who looks elsewhere hears that something has come, and
 * nothing of what it is.  Terminals that can tell whether they are looked at;
 * with others, nobody has typed for a while.
 */
#include <string.h>

#include "secchat/util.h"
#include "tty.h"

/* Nobody has typed for so long, or heard a bell. */
#define IDLE_MS 60000
#define BELL_EVERY_MS 5000

void
tty_focus(struct tty *t, int is_in)
{
	t->focus = is_in ? FOCUS_IN : FOCUS_OUT;
}

void
tty_ring(struct tty *t)
{
	int away = t->focus == FOCUS_OUT ||
		   (t->focus == FOCUS_UNKNOWN && t->now - t->key_at >= IDLE_MS);

	if (!away || t->silent ||
	    (t->bell_at != 0 && t->now - t->bell_at < BELL_EVERY_MS))
		return;
	t->bell_at = t->now;
	paint_str(&t->paint, "\a");
}

void
tty_cmd_notify(struct tty *t, const char *arg)
{
	if (strcmp(arg, "on") == 0)
		t->silent = 0;
	else if (strcmp(arg, "off") == 0)
		t->silent = 1;
	else if (arg[0] != '\0') {
		tty_hint(t, "  /notify, /notify on, or /notify off");
		return;
	}
	tty_hint(t, "  %s",
	    t->silent ? "no bell"
		      : "the bell rings when something comes and you look "
			"elsewhere");
}
