/*
 * The terminal as the supervisor uses it: in canonical mode, before the front
 * end has it and after it has gone.  Its settings are saved before anything
 * else and put back at the end, whoever died in between.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "internal.h"
#include "secchat/util.h"

/*
 * /dev/tty, so that it is ours even when stdin is a pipe; for a process
 * without a controlling terminal, stdin when that is one.
 */
void
term_init(struct super *s)
{
	s->term = open("/dev/tty", O_RDWR | O_NOCTTY | O_CLOEXEC);
	if (s->term < 0 && isatty(STDIN_FILENO))
		s->term = fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 3);
	term_save(s);
	s->group = getpgrp();
}

void
term_save(struct super *s)
{
	if (s->term >= 0 && tcgetattr(s->term, &s->saved) == 0)
		s->term_saved = 1;
}

int
term_is_ours(const struct super *s)
{
	pid_t group = s->term < 0 ? -1 : tcgetpgrp(s->term);

	return group < 0 || group == s->group;
}

void
term_restore(struct super *s)
{
	/* Modes that a front end may have left on: focus reports, paste
	 * brackets, a hidden cursor, colours. */
	static const char sane[] =
	    "\033[?1004l\033[?2004l\033[?7h\033[?25h\033[m\r\n";

	if (!s->term_saved || !s->term_touched)
		return;
	if (s->term_dirty)
		(void)fd_write_all(s->term, sane, sizeof sane - 1);
	(void)tcsetattr(s->term, TCSANOW, &s->saved);
	s->term_touched = s->term_dirty = 0;
}

/* What was typed ahead must not become an answer or a message. */
void
term_flush_input(struct super *s)
{
	if (s->term >= 0)
		(void)tcflush(s->term, TCIFLUSH);
}

void
term_echo(struct super *s, int on)
{
	struct termios t;

	if (!s->term_saved)
		return;
	t = s->saved;
	/* Crypto reads the line and is not stopped: Ctrl-Z must not leave it
	 * reading what is meant for the shell. */
	t.c_cc[VSUSP] = _POSIX_VDISABLE;
	if (!on)
		t.c_lflag &= ~(tcflag_t)(ECHO | ECHOE | ECHOK | ECHONL);
	s->term_touched = 1;
	(void)tcsetattr(s->term, TCSANOW, &t);
}

void
term_write(struct super *s, const char *text)
{
	const char *end = strrchr(text, '\n');

	snprintf(s->question, sizeof s->question, "%s",
	    end != NULL ? end + 1 : text);
	(void)fd_write_all(s->term, text, strlen(text));
}

/*
 * What stands on the screen now is a shell's.  What was typed before the
 * question stands there again is no answer to it.
 */
static void
ask_anew(struct super *s)
{
	char row[1 + sizeof s->question];

	term_flush_input(s);
	snprintf(row, sizeof row, "\r%s", s->question);
	(void)fd_write_all(s->term, row, strlen(row));
}

/* What is ready of a line; 1 when it is complete. */
static int
take_line(struct super *s, char *buf, size_t cap, size_t *len, int *eof)
{
	char piece[256];
	ssize_t n = read(s->term, piece, sizeof piece);

	if (n < 0 && (errno == EINTR || errno == EAGAIN))
		return 0;
	if (n <= 0) {
		*eof = 1;
		return 1;
	}
	for (ssize_t i = 0; i < n; i++) {
		if (piece[i] == '\n')
			return 1;
		if (*len < cap - 1)
			buf[(*len)++] = piece[i];
	}
	return 0;
}

int
term_line(struct super *s, char *buf, size_t cap)
{
	size_t len = 0;
	int eof = 0;

	s->ask_anew = 0;
	while (!s->v.over && s->signal == 0) {
		int ready = pump(s, CLOCK_NEVER, s->term);

		if (s->ask_anew) {
			s->ask_anew = 0;
			len = 0;
			ask_anew(s);
			continue;
		}
		if (!ready || !take_line(s, buf, cap, &len, &eof))
			continue;
		buf[len] = '\0';
		return eof ? -ERR_EOF : (int)len;
	}
	return -ERR_INTERRUPTED;
}
