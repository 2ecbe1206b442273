/*
 * The terminal: raw mode and back, its size, and writing in small pieces.
 */
#include <errno.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#include "secchat/util.h"
#include "tty.h"

/* A piece that a terminal takes without making us wait long. */
#define PIECE 4096

/* Bracketed paste. */
#define PASTE_ON "\033[?2004h"
#define PASTE_OFF "\033[?2004l"

void
tty_raw(struct tty *t)
{
	struct termios raw;

	if (tcgetattr(STDIN_FILENO, &raw) < 0)
		fatal("standard input is not a terminal");
	if (!t->raw)
		t->saved = raw;
	raw.c_iflag &=
	    ~(tcflag_t)(BRKINT | ICRNL | IGNCR | INLCR | ISTRIP | IXON | IXOFF);
	raw.c_lflag &= ~(tcflag_t)(ECHO | ECHONL | ICANON | IEXTEN | ISIG);
	raw.c_cc[VMIN] = 1;
	raw.c_cc[VTIME] = 0;
	(void)tcsetattr(STDIN_FILENO, TCSADRAIN, &raw);
	t->raw = 1;
	paint_str(&t->paint, PASTE_ON);
}

void
tty_restore(struct tty *t)
{
	if (!t->raw)
		return;
	paint_str(&t->paint, PASTE_OFF);
	tty_write_all(t);
	(void)tcsetattr(STDIN_FILENO, TCSADRAIN, &t->saved);
	t->raw = 0;
}

void
tty_size(struct view *v)
{
	struct winsize ws;

	v->cols = 80;
	v->rows = 24;
	if (ioctl(STDIN_FILENO, TIOCGWINSZ, &ws) < 0 || ws.ws_col == 0)
		return;
	v->cols = ws.ws_col;
	v->rows = ws.ws_row;
}

void
tty_flush_input(void)
{
	(void)tcflush(STDIN_FILENO, TCIFLUSH);
}

/* 0, or -1 when the terminal is gone: what was painted goes nowhere. */
static int
piece(struct tty *t)
{
	ssize_t n = write(
	    STDOUT_FILENO, t->paint.buf, MIN(t->paint.len, (size_t)PIECE));

	if (n < 0 && (errno == EINTR || errno == EAGAIN))
		return 0;
	if (n <= 0) {
		paint_took(&t->paint, t->paint.len);
		t->keyboard_gone = 1;
		return -1;
	}
	paint_took(&t->paint, (size_t)n);
	return 0;
}

void
tty_write(struct tty *t)
{
	(void)piece(t);
}

void
tty_write_all(struct tty *t)
{
	while (t->paint.len > 0)
		if (piece(t) < 0)
			return;
}

unsigned
tty_minute(void)
{
	time_t now = (time_t)(clock_utc_ms() / 1000);
	struct tm tm;

	if (localtime_r(&now, &tm) == NULL)
		return 0;
	return (unsigned)(tm.tm_hour * 60 + tm.tm_min);
}
