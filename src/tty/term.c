/*
 * The terminal: raw mode and back, its size, and writing in small pieces.
 */
#include <assert.h>
#include <errno.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#include "secchat/util.h"
#include "tty.h"

/* Bracketed paste. */
#define PASTE_ON "\033[?2004h"
#define PASTE_OFF "\033[?2004l"

/* The terminal tells when it is looked at, and when not. */
#define FOCUS_ON "\033[?1004h"
#define FOCUS_OFF "\033[?1004l"

/* Autowrap. */
#define WRAP_OFF "\033[?7l"
#define WRAP_ON "\033[?7h"

_Static_assert(sizeof WRAP_OFF + sizeof WRAP_ON <= 16, "room in wire");
_Static_assert(ROW_BYTES + 512 < TTY_PIECE, "a row fits in a piece");

void
tty_raw(struct tty *t)
{
	struct termios raw;

	if (tcgetattr(STDIN_FILENO, &raw) < 0)
		fatal("standard input is not a terminal");
	if (!t->raw)
		t->saved = raw;
	if (t->view.plain) {
		t->raw = 0;
		return;
	}
	raw.c_iflag &=
	    ~(tcflag_t)(BRKINT | ICRNL | IGNCR | INLCR | ISTRIP | IXON | IXOFF);
	raw.c_lflag &= ~(tcflag_t)(ECHO | ECHONL | ICANON | IEXTEN | ISIG);
	raw.c_cc[VMIN] = 1;
	raw.c_cc[VTIME] = 0;
	(void)tcsetattr(STDIN_FILENO, TCSADRAIN, &raw);
	t->raw = 1;
	paint_str(&t->paint, PASTE_ON FOCUS_ON);
}

void
tty_restore(struct tty *t)
{
	if (t->raw)
		paint_str(&t->paint, FOCUS_OFF PASTE_OFF);
	tty_write_all(t);
	if (!t->raw)
		return;
	(void)tcsetattr(STDIN_FILENO, TCSADRAIN, &t->saved);
	t->raw = 0;
}

void
tty_suspend(struct tty *t, int touch)
{
	if (t->suspended || (t->state != TTY_WAIT && t->state != TTY_CHAT))
		return;
	if (touch) {
		view_erase(&t->view, &t->paint);
		tty_restore(t);
	}
	t->suspended = 1;
	ipc_send(&t->super, IPC_UI_SUSPEND, NULL, 0);
}

void
tty_resume(struct tty *t)
{
	/* What is on the screen is not known any more. */
	if (t->view.live > 0)
		paint_str(&t->paint, "\r\n");
	t->view.live = 0;
	t->suspended = 0;
	keys_init(&t->keys);
	tty_raw(t);
	tty_size(&t->view);
	t->dirty = 1;
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

/*
 * The end of the next piece: before a CR or LF, which are nowhere inside a
 * sequence or a character and come in every row, or the end of everything.
 */
static size_t
piece_end(const struct paint *p)
{
	size_t n = TTY_PIECE;

	if (p->len <= TTY_PIECE)
		return p->len;
	while (n > 0 && p->buf[n] != '\r' && p->buf[n] != '\n')
		n--;
	assert(n > 0);
	return n;
}

/* Take the next piece to be written. */
static void
next_piece(struct tty *t)
{
	size_t n = piece_end(&t->paint);
	struct writer w;

	writer_init(&w, t->wire, sizeof t->wire);
	if (!t->view.plain)
		put_bytes(&w, WRAP_OFF, strlen(WRAP_OFF));
	put_bytes(&w, t->paint.buf, n);
	if (!t->view.plain)
		put_bytes(&w, WRAP_ON, strlen(WRAP_ON));
	t->piece = n;
	t->wire_len = w.len;
	t->wire_at = 0;
}

/* 0, or -1 when the terminal is gone: what was painted goes nowhere. */
static int
piece(struct tty *t)
{
	ssize_t n;

	if (t->wire_at == t->wire_len)
		next_piece(t);
	n = write(
	    STDOUT_FILENO, t->wire + t->wire_at, t->wire_len - t->wire_at);
	if (n < 0 && (errno == EINTR || errno == EAGAIN))
		return 0;
	if (n <= 0) {
		paint_took(&t->paint, t->paint.len);
		t->wire_at = t->wire_len;
		t->keyboard_gone = 1;
		return -1;
	}
	t->wire_at += (size_t)n;
	if (t->wire_at == t->wire_len)
		paint_took(&t->paint, t->piece);
	return 0;
}

/*
 * poll(2) says that a terminal takes something, not how much, and what it
 * does not take, write(2) waits for.  A terminal that is not read must not
 * keep us from the keyboard and the links, and our descriptor is the shell's
 * too, which O_NONBLOCK would harm.  So a timer interrupts: what was written
 * by then counts.  It goes on until it is stopped, since its first signal
 * might come before write(2) has begun.
 */
void
tty_write(struct tty *t)
{
	static const struct itimerval never;
	struct itimerval soon = {
	    .it_value.tv_usec = TTY_WRITE_USEC,
	    .it_interval.tv_usec = TTY_WRITE_USEC,
	};

	(void)setitimer(ITIMER_REAL, &soon, NULL);
	(void)piece(t);
	(void)setitimer(ITIMER_REAL, &never, NULL);
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
