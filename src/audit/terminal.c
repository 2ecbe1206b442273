/*
 * What others wrote and how it is shown: strings that attack a terminal, or
 * the person before it, go through the filter of this build; what comes out
 * is judged here by rules of its own, not by the filter's.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "audit.h"
#include "secchat/text.h"
#include "secchat/util.h"

#define LONGEST 4096

/* clang-format off */
#define S(text) text, sizeof(text) - 1
static const struct {
	const char *why;
	const char *bytes;
	size_t len;
} attacks[] = {
	{ "erases the screen",              S("a\033[2J\033[H") },
	{ "erases the scrollback",          S("\033[3J") },
	{ "writes over the line above",     S("ok\033[1A\r\033[2Kverified") },
	{ "moves to the first row",         S("\033[1;1Hverified") },
	{ "saves and restores the cursor",  S("\0337\033[5;5H*\0338") },
	{ "hides the cursor",               S("\033[?25l") },
	{ "switches the screen",            S("\033[?1049h") },
	{ "sets a scroll region",           S("\033[3;5r") },
	{ "turns mouse reports on",         S("\033[?1003h") },
	{ "turns bracketed paste off",      S("\033[?2004l") },
	{ "colours like ours",              S("\033[1;32mbob\033[0m") },
	{ "hides text by colour",           S("\033[8msecret\033[28m") },
	{ "asks for the cursor",            S("\033[6n") },
	{ "asks what terminal it is",       S("\033[c\033[>c") },
	{ "has the title typed back",       S("\033]2;rm x\007\033[21t") },
	{ "sets the title",                 S("\033]0;bank\007") },
	{ "writes the clipboard",           S("\033]52;c;cm0gLXJm\007") },
	{ "makes a false link",             S("\033]8;;http://a.example\033\\b\033]8;;\033\\") },
	{ "changes a colour for good",      S("\033]4;1;#000000\007") },
	{ "sends a notice",                 S("\033]9;you have won\007") },
	{ "opens a string and never ends it", S("\033Pabc") },
	{ "asks a setting back",            S("\033P$q\"p\033\\") },
	{ "passes through tmux",            S("\033Ptmux;\033\033]0;x\007\033\\") },
	{ "loads a picture",                S("\033_Ga=T,f=100;AAAA\033\\") },
	{ "C1 in one byte",                 S("\2332J\2350;x\234") },
	{ "C1 in UTF-8",                    S("\302\2332J") },
	{ "C1 in too many bytes",           S("\301\233\340\202\233") },
	{ "ESC in too many bytes",          S("\300\233[2J") },
	{ "back over what is there",        S("pay 1\b9") },
	{ "return over what is there",      S("from bob\rfrom eve") },
	{ "feeds lines by VT and FF",       S("a\013b\014c") },
	{ "rings",                          S("\007\007\007") },
	{ "NUL in the middle",              S("a\000b") },
	{ "DEL",                            S("a\177b") },
	{ "shift out",                      S("\016lqqk\017") },
	{ "reset",                          S("\033c") },
	{ "test pattern",                   S("\033#8") },
	{ "turns the direction round",      S("photo_\342\200\256gnp.sh") },
	{ "isolates and never ends",        S("\342\201\247abc") },
	{ "an Arabic mark",                 S("a\330\234b") },
	{ "zero width inside a name",       S("bo\342\200\213b") },
	{ "a word joiner",                  S("bo\342\201\240b") },
	{ "a byte order mark",              S("\357\273\277bob") },
	{ "a soft hyphen",                  S("bo\302\255b") },
	{ "tags, which nobody sees",        S("x\363\240\201\241\363\240\201\277") },
	{ "a filler that looks like nothing", S("\343\205\244\343\205\244") },
	{ "many marks on one letter",       S("a\314\200\314\200\314\200\314\200\314\200\314\200\314\200\314\200") },
	{ "a line separator",               S("a\342\200\250b") },
	{ "next line",                      S("a\302\205b") },
	{ "half a character",               S("\360\237\222") },
	{ "a surrogate",                    S("\355\240\200") },
	{ "beyond Unicode",                 S("\364\220\200\200") },
	{ "no character",                   S("\357\277\277\357\267\220") },
	{ "private use",                    S("\356\200\200\364\200\200\200") },
	{ "lone joiners",                   S("\342\200\215\342\200\214a") },
	{ "interlinear marks",              S("\357\277\271a\357\277\272b\357\277\273") },
};
#undef S
/* clang-format on */

/* What may not stand on a screen, whatever the filter thinks: first, last. */
static const uint32_t forbidden[][2] = {{0, 0x1f}, {0x7f, 0x9f}, {0xad, 0xad},
    {0x61c, 0x61c}, {0x180e, 0x180e}, {0x200b, 0x200f}, {0x2028, 0x202e},
    {0x2060, 0x206f}, {0x3164, 0x3164}, {0xd800, 0xf8ff}, {0xfdd0, 0xfdef},
    {0xfeff, 0xfeff}, {0xfff0, 0xfffb}, {0xfffe, 0xffff}, {0xe0000, 0x10ffff}};

#define MARKS_MAX 4

static int
is_clean(const char *text, size_t len)
{
	const uint8_t *p = (const uint8_t *)text;
	size_t marks = 0;

	while (len > 0) {
		uint32_t cp;
		size_t n = utf8_next(p, len, &cp);

		if (n == 0)
			return 0;
		for (size_t i = 0; i < ARRAY_LEN(forbidden); i++)
			if (cp >= forbidden[i][0] && cp <= forbidden[i][1])
				return 0;
		marks = cp >= 0x300 && cp <= 0x36f ? marks + 1 : 0;
		if (marks > MARKS_MAX)
			return 0;
		p += n;
		len -= n;
	}
	return 1;
}

/* As a row of a message, and as a name, on both kinds of terminal. */
static int
is_shown_safely(const char *bytes, size_t len)
{
	static const unsigned flags[] = {0, TEXT_ASCII};
	char out[LONGEST];

	for (size_t i = 0; i < ARRAY_LEN(flags); i++) {
		struct text_rows r;
		size_t n =
		    text_line(out, sizeof out, bytes, len, flags[i], NULL);

		if (!is_clean(out, n))
			return 0;
		text_rows_init(&r, bytes, len, flags[i], 80, TEXT_ROWS_MAX);
		while (text_rows_next(&r, out, sizeof out, &n, NULL))
			if (!is_clean(out, n))
				return 0;
	}
	return 1;
}

void
check_terminal(struct audit *a, const struct check *c)
{
	char bad[300] = "";
	size_t dirty = 0, n = 0;

	for (size_t i = 0; i < ARRAY_LEN(attacks); i++) {
		/* The control: as it came it would have been seen. */
		dirty += !is_clean(attacks[i].bytes, attacks[i].len);
		if (is_shown_safely(attacks[i].bytes, attacks[i].len))
			continue;
		n++;
		snprintf(bad + strlen(bad), sizeof bad - strlen(bad), "%s%s",
		    bad[0] != '\0' ? ", " : "", attacks[i].why);
	}
	if (n > 0)
		found(a, c, "", V_FAIL, "%zu of %zu get through: %s", n,
		    ARRAY_LEN(attacks), bad);
	else
		found(a, c, "", dirty == ARRAY_LEN(attacks) ? V_OK : V_FAIL,
		    "%zu strings that attack, %zu of them seen as such "
		    "unfiltered; none gets through",
		    ARRAY_LEN(attacks), dirty);
}

/* ---- tmux ---- */

/* The answer of tmux, its first word; "" when there is none. */
static void
ask_tmux(char *out, size_t cap)
{
	static char name[] = "tmux", show[] = "show-options", gv[] = "-gv",
		    option[] = "allow-passthrough";
	char *argv[] = {name, show, gv, option, NULL};
	int p[2];
	ssize_t n = 0;
	pid_t pid;

	out[0] = '\0';
	if (pipe2(p, O_CLOEXEC) < 0)
		return;
	pid = fork();
	if (pid == 0) {
		int null = open("/dev/null", O_RDWR | O_CLOEXEC);

		if (null >= 0 && dup2(null, 0) >= 0 && dup2(p[1], 1) >= 0 &&
		    dup2(null, 2) >= 0)
			(void)execve("/usr/bin/tmux", argv, environ);
		_exit(1);
	}
	fd_close(p[1]);
	if (pid > 0)
		n = read(p[0], out, cap - 1);
	fd_close(p[0]);
	out[n > 0 ? n : 0] = '\0';
	out[strcspn(out, " \n")] = '\0';
	while (pid > 0 && waitpid(pid, NULL, 0) < 0 && errno == EINTR)
		;
}

void
check_tmux(struct audit *a, const struct check *c)
{
	const char *inside = getenv("TMUX");
	char answer[32];

	if (inside == NULL || inside[0] == '\0') {
		found(a, c, "", V_OK, "not inside tmux");
		return;
	}
	ask_tmux(answer, sizeof answer);
	if (strcmp(answer, "off") == 0)
		found(a, c, "", V_OK, "allow-passthrough is off");
	else
		found(a, c, "", V_WARN,
		    "allow-passthrough is %s: a program in this window can "
		    "reach the terminal around tmux. secchat's filter lets no "
		    "such text through; type: tmux set -g allow-passthrough "
		    "off",
		    answer[0] != '\0' ? answer
				      : "not to be had (before tmux 3.3 it "
					"was always on)");
}
