/*
 * The waiting screen: what the other person has to do, and how many have
 * tried in vain.
 */
#include <stdio.h>
#include <string.h>

#include "tty.h"

/* What "secchat join" takes when no port is named. */
#define DEFAULT_PORT 5000

static const char *
mode_option(uint8_t mode)
{
	switch (mode) {
	case MODE_KEY:
		return "--key FILE ";
	case MODE_ID:
		return "--id ";
	case MODE_PAIR:
		return "--pair ";
	case MODE_FERNET:
		return "--legacy fernet --key FILE ";
	case MODE_GCM:
		return "--legacy gcm ";
	default:
		return "";
	}
}

/* What the other person types, as the first row of the screen says it. */
static void
their_command(const struct tty *t, char *out, size_t cap)
{
	const char *typed = t->flags & UIF_PASSPHRASE ? "--passphrase " : "";
	const char *host = t->own[0] != '\0' ? t->own : "ADDRESS";
	int v6 = strchr(host, ':') != NULL && host[0] != '[';
	char port[8] = "";

	if (t->port != DEFAULT_PORT)
		snprintf(port, sizeof port, ":%u", t->port);
	snprintf(out, cap, "secchat join %s%s%s%s%s%s%s",
	    t->flags & UIF_PQ ? "--pq " : "", mode_option(t->mode), typed,
	    v6 ? "[" : "", host, v6 ? "]" : "", port);
}

static void
row(struct tty *t, const char *text)
{
	view_note(&t->view, &t->paint, "", text, strlen(text));
}

static void
secret_rows(struct tty *t)
{
	char line[256];

	if (t->have_code) {
		snprintf(line, sizeof line,
		    "and types this code, which is good for one chat:   %s",
		    t->code);
		row(t, line);
		row(t, "Tell it by a way you trust. Ctrl-C stops.");
	} else if (t->mode == MODE_KEY) {
		row(t, "with a copy of the same key file. Ctrl-C stops.");
	} else if (t->flags & UIF_NO_FORWARD) {
		row(t, "or the older program, with the same secret. "
		       "Ctrl-C stops.");
	} else if (t->mode == MODE_ID) {
		row(t, "and is let in when this computer remembers them. "
		       "Ctrl-C stops.");
	} else if (t->flags & UIF_PASSPHRASE) {
		row(t, "and types the passphrase that you agreed on. "
		       "Ctrl-C stops.");
	} else {
		row(t, "and types the code. Ctrl-C stops.");
	}
}

static int
is_loopback(const char *addr)
{
	return strncmp(addr, "127.", 4) == 0 || strcmp(addr, "::1") == 0;
}

void
tty_wait_show(struct tty *t)
{
	char command[128 + ADDR_TEXT_MAX], line[sizeof command + 80];

	if (!t->listening || t->waiting_shown || t->state != TTY_WAIT ||
	    ((t->flags & UIF_CODE_COMES) && !t->have_code))
		return;
	t->waiting_shown = 1;
	their_command(t, command, sizeof command);
	snprintf(line, sizeof line,
	    "Waiting on port %u. The other person runs:   %s", t->port,
	    command);
	row(t, line);
	secret_rows(t);
	if (is_loopback(t->own)) {
		row(t, "(Only this computer itself can call that address.)");
	} else if (t->own[0] != '\0') {
		snprintf(line, sizeof line,
		    "(%s is this computer's address on its own network; from "
		    "outside you need your router's.)",
		    t->own);
		row(t, line);
	}
	tty_wait_status(t);
}

void
tty_wait_new_code(struct tty *t)
{
	char line[128];

	snprintf(line, sizeof line,
	    "too many wrong tries; the code is now   %s", t->code);
	row(t, line);
	row(t, "Tell it anew; the old one is good for nothing.");
	tty_wait_status(t);
}

/* join --wait: nobody is there yet. */
static void
retry_hint(struct tty *t)
{
	const char *why = t->lost.why;

	tty_hint(t, "  %s is not there yet%s%s%s: try %u %s (q leaves)",
	    t->host, why[0] != '\0' ? " (" : "", why, why[0] != '\0' ? ")" : "",
	    t->lost.retry, t->lost.retry_at > t->now ? "follows" : "now");
}

void
tty_wait_status(struct tty *t)
{
	t->dirty = 1;
	if (t->attempts > 0)
		tty_hint(t,
		    "  %u attempt%s failed so far: a mistyped secret, or "
		    "guesses (q leaves)",
		    t->attempts, t->attempts == 1 ? "" : "s");
	else if (t->lost.retry > 0)
		retry_hint(t);
	else if (t->host[0] != '\0')
		tty_hint(t, "  Connecting to %s ... (q leaves)", t->host);
	else
		tty_hint(t, "  Nobody has come yet. (q leaves)");
}
