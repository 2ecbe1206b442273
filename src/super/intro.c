/*
 * What a person should know before the first packet, and their consent.  The
 * number under the box is part of the text: it changes when the meaning does,
 * and then everybody is asked again.
 */
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>

#include "internal.h"
#include "secchat/text.h"
#include "secchat/version.h"

#define SECRETS (IN(MODE_PASS) | IN(MODE_KEY))
#define IDENTITIES (IN(MODE_ID) | IN(MODE_PAIR))
#define MODERN (SECRETS | IDENTITIES)
#define FERNET IN(MODE_FERNET)
#define GCM IN(MODE_GCM)
#define OLDER (FERNET | GCM)

/* clang-format off */
static const struct {
	uint32_t modes;
	const char *label, *text;	/* NULL: rekey_text() */
} rows[] = {
{ OLDER,      "LEGACY",          "An older program's format, weaker than secchat's own." },
{ FERNET,     "What happens",    "One key file encrypts every message (Fernet)." },
{ GCM,        "What happens",    "The passphrase encrypts every message (AES-GCM)." },
{ OLDER,      "What is missing", "Forward secrecy: who learns the secret later can read" },
{ OLDER,      "",                "all that was recorded. No receipts, no /verify, no" },
{ OLDER,      "",                "way back after a lost connection." },
{ GCM,        "",                "New keys travel in clear, and whoever records a chat" },
{ GCM,        "",                "can try passphrases against it, without end." },
{ OLDER,      "What others see", "Addresses, times and the length of each message." },
{ OLDER,      "What is kept",    "No message and no key." },
{ MODERN,     "What happens",    "The two computers agree on fresh keys. Every message" },
{ MODERN,     "",                "has a key of its own (ChaCha20-Poly1305)." },
{ IN_ANY,     "Where keys are",  "In one process that has no files and no network." },
{ IN_ANY,     "",                "See it: secchat audit" },
{ MODERN,     "New keys",        NULL },
{ MODERN,     "Compare once",    "/verify while you hear or see the other person." },
{ MODERN,     "What others see", "The network sees addresses, times and size classes." },
{ SECRETS,    "What is kept",    "No message and no key; only that you read this." },
{ IDENTITIES, "What is kept",    "No message; this computer's identity, and whom you" },
{ IDENTITIES, "",                "have met: name, public key, address. secchat peers" },
{ IN_ANY,     "Your part",       "The other person can copy or photograph anything." },
};

static const char more[] =
"\n"
"  Keys. Each chat begins with new keys that are never written anywhere.  A\n"
"  code, passphrase, key file or identity proves who is there; it does not\n"
"  encrypt the messages, so who learns it later cannot read what was recorded.\n"
"  Processes. One process has the keys, another the network, another this\n"
"  screen.  Each is locked in: when one of them is taken over, it cannot open\n"
"  files or reach what the others have.  Somebody who controls this whole\n"
"  computer can still read everything.\n"
"  The network. Lengths are rounded up to five sizes.  Who talks with whom,\n"
"  when, and how often is visible.\n"
"  Delivery. Two marks mean that the other program has shown the message, not\n"
"  that somebody has read it.\n"
"  Leaving. When the program ends the keys are erased; the terminal's own\n"
"  scrollback keeps what it has shown.\n"
"\n";

static const char more_older[] =
"\n"
"  Keys. One secret encrypts every message, in all your chats.  Who learns it,\n"
"  even years later, reads whatever was recorded.  Nothing tells that a message\n"
"  was left out, repeated or held back on its way.\n"
"  Processes. As in secchat's own chats: one process has the keys, another the\n"
"  network, another this screen, and each is locked in.\n"
"  Delivery. One mark means that a message has left for the network.  Nobody\n"
"  knows whether it arrived.\n"
"  Leaving. The older programs do not say goodbye: that somebody has left may\n"
"  also mean that somebody cut the connection.\n"
"  Moving on. When both of you have secchat, leave --legacy out.\n"
"\n";
/* clang-format on */

enum {
	LABEL_COLS = 16,
	TEXT_COLS = 53,
	BOX_COLS = LABEL_COLS + TEXT_COLS + 4
};

struct drawing {
	const char *tl, *tr, *bl, *br, *h, *v;
};

static const struct drawing lines = {"┌", "┐", "└", "┘", "─", "│"};
static const struct drawing ascii = {"+", "+", "+", "+", "-", "|"};

/* Too narrow for a box, or read aloud: label and text one after the other. */
static int
has_no_box(struct super *s)
{
	struct winsize ws;

	return s->plain || (ioctl(s->term, TIOCGWINSZ, &ws) == 0 &&
			       ws.ws_col != 0 && ws.ws_col < BOX_COLS);
}

static void
draw_edge(struct super *s, const struct drawing *d, const char *left,
    const char *title, const char *right)
{
	char line[512];
	size_t n;

	n = (size_t)snprintf(line, sizeof line, "%s %s ", left, title);
	for (size_t i = strlen(title) + 4; i < BOX_COLS; i++)
		n += (size_t)snprintf(line + n, sizeof line - n, "%s", d->h);
	snprintf(line + n, sizeof line - n, "%s\n", right);
	term_write(s, line);
}

static void
draw_row(struct super *s, const struct drawing *d, const char *label,
    const char *text)
{
	char line[256];

	if (d != NULL)
		snprintf(line, sizeof line, "%s %-*s%-*s %s\n", d->v,
		    LABEL_COLS, label, TEXT_COLS, text, d->v);
	else
		snprintf(line, sizeof line, "%s%s  %s\n", label,
		    label[0] != '\0' ? ":" : "", text);
	term_write(s, line);
}

/* "10 minutes", "90 seconds". */
static void
duration_text(char *out, size_t cap, uint32_t ms)
{
	static const struct {
		uint32_t ms;
		const char *name;
	} units[] = {{3600000, "hour"}, {60000, "minute"}, {1000, "second"}};
	size_t i = 0;
	uint32_t n;

	while (i < 2 && ms % units[i].ms != 0)
		i++;
	n = ms / units[i].ms;
	snprintf(out, cap, "%u %s%s", n, units[i].name, n == 1 ? "" : "s");
}

static void
rekey_text(const struct super *s, char *out, size_t cap)
{
	uint32_t n = s->o->rekey_msgs, ms = s->o->rekey_ms;
	char time[32];

	n = n != 0 ? n : REKEY_MSGS;
	duration_text(time, sizeof time, ms != 0 ? ms : REKEY_TIME);
	snprintf(out, cap, "Every %u message%s or %s, and by /rekey.", n,
	    n == 1 ? "" : "s", time);
}

static void
draw_fingerprint(struct super *s, const struct drawing *d)
{
	char old[64];

	if (s->fingerprint[0] == '\0')
		return;
	if (s->o->id) {
		draw_row(s, d, "Your identity", s->fingerprint);
		return;
	}
	draw_row(s, d, "Key fingerprint", s->fingerprint);
	snprintf(old, sizeof old, "(old form %s)", s->old_print);
	draw_row(s, d, "", old);
}

static void
draw(struct super *s)
{
	const struct drawing *d = s->utf8 ? &lines : &ascii;
	char number[32], rekey[128];

	snprintf(number, sizeof number, "intro %d", SECCHAT_INTRO);
	rekey_text(s, rekey, sizeof rekey);
	if (has_no_box(s))
		d = NULL;
	if (d != NULL)
		draw_edge(s, d, d->tl, "Before you start", d->tr);
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
		if (rows[i].modes & IN(s->mode))
			draw_row(s, d, rows[i].label,
			    rows[i].text != NULL ? rows[i].text : rekey);
	draw_fingerprint(s, d);
	if (d != NULL)
		draw_edge(s, d, d->bl, number, d->br);
	else
		draw_row(s, d, "", number);
}

static int
refused(struct super *s, const char *what)
{
	char next[SENTENCE_MAX];

	snprintf(next, sizeof next,
	    "Read it with: secchat host  on a "
	    "terminal; a script accepts it with --accept-intro %d",
	    SECCHAT_INTRO);
	verdict_set(s, EXIT_INTRO, what, "Nothing was sent.", next);
	return -ERR_INTRO;
}

/* Enter, ?, q, end of input or Ctrl-C. */
static int
ask(struct super *s)
{
	char answer[16];

	for (;;) {
		int n;

		term_write(s, "Press Enter to start, ? for more, q to leave: ");
		n = term_line(s, answer, sizeof answer);
		if (n == 0)
			return 0;
		if (n < 0) {
			term_write(s, "\n");
			s->signal = s->signal == SIGINT ? 0 : s->signal;
			return n;
		}
		if (answer[0] == 'q' || answer[0] == 'Q')
			return -ERR_INTRO;
		term_write(s, IN(s->mode) & OLDER ? more_older : more);
	}
}

/* Where nobody is shown the box. */
static void
say_missing(struct super *s)
{
	if (IN(s->mode) & OLDER)
		note(s, NOTE_WARN,
		    "LEGACY format: no forward secrecy, no receipts, no "
		    "verification, no resume%s",
		    IN(s->mode) & GCM ? "; new keys travel in clear, and "
					"passphrases can be tried offline"
				      : "");
}

int
intro_is_accepted(const struct super *s)
{
	if (s->o->accept_intro != 0)
		return s->o->accept_intro == SECCHAT_INTRO;
	/* That what is missing was accepted once holds for that once. */
	return !(IN(s->mode) & OLDER) && s->state_dir >= 0 &&
	       accepted_read(s->state_dir, SECCHAT_INTRO);
}

int
intro_consent(struct super *s)
{
	uint32_t given = s->o->accept_intro;

	if (given != 0 || !s->interactive)
		say_missing(s);
	if (intro_is_accepted(s)) {
		s->accepted = 1;
		return 0;
	}
	if (given != 0)
		return refused(s, "that is not the introduction's number");
	if (!s->interactive)
		return refused(s, "the introduction has not been accepted");
	term_flush_input(s);
	draw(s);
	if (ask(s) < 0)
		return refused(s, "you left before anything was sent");
	s->accepted = 1;
	if (s->state_dir >= 0 && !(IN(s->mode) & OLDER) &&
	    accepted_write(s->state_dir, SECCHAT_INTRO) < 0)
		note(s, NOTE_WARN, "that you read it could not be remembered");
	return 0;
}
