/*
 * The whole front end on a terminal: what a captured supervisor or crypto
 * worker may tell it at any moment, beside any keys, signals, sizes and a
 * terminal that does not read.  What it writes to the terminal is text that
 * the filter lets through and the few sequences that it uses itself; what it
 * says to the others keeps to the message table; and it comes to its end.
 */
#include <assert.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "../../src/tty/tty.h"
#include "../unit/harmless.h"
#include "secchat/fds.h"
#include "secchat/util.h"
#include "stage/stage.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct tty tty;

/* ---- the terminal ---- */

/* A row's text between two sequences, and the sequence that has begun. */
static char text[1 << 18], sequence[32];
static size_t text_len, sequence_len;

static void
text_ends(void)
{
	if (!is_harmless(text, text_len))
		stage_broken(
		    "this reaches the terminal: %.*s", (int)text_len, text);
	text_len = 0;
}

/* "[", parameters, a letter: those that src/tty writes. */
static void
sequence_ends(char last)
{
	static const char *const modes[] = {"[?2004", "[?1004", "[?7"};

	sequence[sequence_len - 2] = '\0';
	sequence_len = 0;
	if (last == 'h' || last == 'l') {
		for (size_t i = 0; i < ARRAY_LEN(modes); i++)
			if (strcmp(sequence, modes[i]) == 0)
				return;
	} else if (strspn(sequence + 1, "0123456789;") ==
		       strlen(sequence + 1) &&
		   strchr("mJACHK", last) != NULL) {
		return;
	}
	stage_broken("the sequence %s%c reaches the terminal", sequence, last);
}

static void
on_terminal(struct prop *p, unsigned type, const uint8_t *b, size_t n)
{
	(void)p, (void)type;
	for (size_t i = 0; i < n; i++) {
		char c = (char)b[i];

		if (sequence_len > 0) {
			sequence[sequence_len++ - 1] = c;
			if (sequence_len == 2 && c != '[')
				stage_broken("ESC %02x", b[i]);
			if (sequence_len == sizeof sequence)
				stage_broken("a long sequence");
			if (c >= '@' && c != '[')
				sequence_ends(c);
		} else if (c == '\033') {
			text_ends();
			sequence_len = 1;
		} else if (c == '\r' || c == '\n' || c == '\a') {
			text_ends();
		} else {
			if (text_len == sizeof text)
				text_ends();
			text[text_len++] = c;
		}
	}
}

/* ---- signals and sizes ---- */

static void
act(uint8_t what, struct reader *r)
{
	if (what & 1)
		stage.rows = get_u8(r);
	stage.cols = (uint16_t)(get_u8(r) * (what & 2 ? 4 : 1));
	stage_signal(SIGWINCH);
}

/* Half of what it does depends on where it was started. */
static void
choose_world(uint8_t how)
{
	setenv("LANG", how & 1 ? "C" : "C.UTF-8", 1);
	setenv("TERM", how & 2 ? "tmux" : how & 4 ? "dumb" : "xterm", 1);
	if (how & 8)
		setenv("VTE_VERSION", "1", 1);
	else
		unsetenv("VTE_VERSION");
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct jail_report report;
	uint8_t how = size > 0 ? data[0] : 0;

	if (size == 0)
		return 0;
	setenv("TZ", "UTC0", 1);
	unsetenv("LC_ALL");
	unsetenv("LC_CTYPE");
	choose_world(how);
	stage_begin(data + 1, size - 1);
	stage.self = "front end";
	stage.act = act;
	text_len = sequence_len = 0;
	memset(&tty, 0, sizeof tty);
	(void)stage_link(FD_SUPER, LINK_SUPER_UI, ROLE_SUPER);
	(void)stage_link(FD_UI_CRYPTO, LINK_UI_CRYPTO, ROLE_CRYPTO);
	(void)stage_prop(0, PROP_STREAM);
	stage_prop(1, PROP_STREAM)->took = on_terminal;
	if (stage_enter()) {
		tty_open_world(&tty);
		(void)tty_run(&tty, &report);
		assert(!tty.raw);
	}
	stage_leave();
	return 0;
}
