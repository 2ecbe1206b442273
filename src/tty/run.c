/*
 * The loop, from READY to the last line.
 */
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>
#include <unistd.h>

#include "secchat/err.h"
#include "secchat/fds.h"
#include "secchat/util.h"
#include "tty.h"

/* Messages of one link in one turn, so that the keyboard is never starved. */
#define TURN 32

/* Above this much unwritten paint the live area is not drawn again. */
#define PAINT_BUSY (64 << 10)

static volatile sig_atomic_t resized;
static sigset_t waiting_mask;

static void
on_winch(int sig)
{
	(void)sig;
	resized = 1;
}

/* It is enough that write(2) is interrupted (tty_write). */
static void
on_alarm(int sig)
{
	(void)sig;
}

static int
is_utf8_locale(void)
{
	static const char *const names[] = {"LC_ALL", "LC_CTYPE", "LANG"};

	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		const char *v = getenv(names[i]);

		if (v == NULL || v[0] == '\0')
			continue;
		return strcasestr(v, "utf-8") != NULL ||
		       strcasestr(v, "utf8") != NULL;
	}
	return 0;
}

static int
is_set(const char *name, const char *value)
{
	const char *v = getenv(name);

	return v != NULL && v[0] != '\0' &&
	       (value == NULL || strcmp(v, value) == 0);
}

/*
 * Terminals that are known to break rows when they become narrower.  Where
 * that is not known, what was broken stays on the screen: one copy too many
 * is better than a line of the chat erased.  A variable that a terminal sets
 * is inherited by those that are started in it, hence the second column.
 */
static int
is_reflowing(void)
{
	static const struct {
		const char *term, *set, *not_set;
	} rows[] = {
	    {"tmux", NULL, NULL},
	    {"screen", NULL, NULL},
	    {"alacritty", NULL, NULL},
	    {"xterm-kitty", NULL, NULL},
	    {"foot", NULL, NULL},
	    {"vte", NULL, NULL},
	    {"gnome", NULL, NULL},
	    {"konsole", NULL, NULL},
	    {"wezterm", NULL, NULL},
	    {"xterm", "VTE_VERSION", "XTERM_VERSION"},
	};
	const char *term = getenv("TERM");

	for (size_t i = 0; term != NULL && i < ARRAY_LEN(rows); i++)
		if (strncmp(term, rows[i].term, strlen(rows[i].term)) == 0 &&
		    (rows[i].set == NULL || is_set(rows[i].set, NULL)) &&
		    (rows[i].not_set == NULL || !is_set(rows[i].not_set, NULL)))
			return 1;
	return 0;
}

/* Terminals in a terminal (resize.c). */
static int
tells_late(void)
{
	const char *term = getenv("TERM");

	return term != NULL && (strncmp(term, "tmux", 4) == 0 ||
				   strncmp(term, "screen", 6) == 0);
}

void
tty_open_world(struct tty *t)
{
	struct sigaction sa = {.sa_handler = on_winch};
	struct sigaction alarm = {.sa_handler = on_alarm};
	sigset_t block;

	/* A terminal that hangs up is seen by reading it. */
	(void)signal(SIGHUP, SIG_IGN);
	sigemptyset(&sa.sa_mask);
	sigemptyset(&alarm.sa_mask);
	sigemptyset(&block);
	sigaddset(&block, SIGWINCH);
	if (sigaction(SIGWINCH, &sa, NULL) < 0 ||
	    sigaction(SIGALRM, &alarm, NULL) < 0 ||
	    sigprocmask(SIG_BLOCK, &block, &waiting_mask) < 0)
		fatal("signals: %s", strerror(errno));
	sigdelset(&waiting_mask, SIGWINCH);
	sigdelset(&waiting_mask, SIGALRM);
	tzset();
	t->view.reflows = is_reflowing();
	t->tells_late = tells_late();
	t->utf8 = is_utf8_locale();
	t->no_color = is_set("NO_COLOR", NULL) || is_set("TERM", "dumb");
}

static void
start(struct tty *t, const struct jail_report *report)
{
	paint_init(&t->paint);
	keys_init(&t->keys);
	edit_reset(&t->edit);
	backlog_init(&t->backlog);
	history_init(&t->history);
	t->rtt_ms = UINT32_MAX;
	t->now = t->key_at = clock_now_ms();
	ipc_init(&t->super, FD_SUPER, LINK_SUPER_UI, ROLE_UI, t->super_queue,
	    sizeof t->super_queue);
	ipc_init(&t->crypto, FD_UI_CRYPTO, LINK_UI_CRYPTO, ROLE_UI,
	    t->crypto_queue, sizeof t->crypto_queue);
	tty_size(&t->view);
	ipc_send_ready(&t->super, report);
}

/* ---- what a turn reads ---- */

/* Whether what the supervisor has to say has room, as far as is known. */
static int
can_read_super(const struct tty *t)
{
	return paint_room(&t->paint) > PAINT_LINE;
}

/* Its last words are read in any case; each is shown if there is room. */
static void
read_super(struct tty *t, int last)
{
	for (int i = 0;
	     i < TURN && t->state != TTY_OVER && (last || can_read_super(t));
	     i++) {
		struct ipc_msg m;
		int err = ipc_recv(&t->super, t->record, sizeof t->record, &m);

		if (err == 0)
			return;
		if (err < 0) {
			t->died = 1;
			t->state = TTY_OVER;
			return;
		}
		tty_on_super(t, &m);
	}
}

/* Whether a whole message can be painted and kept in mind. */
static int
can_read_crypto(const struct tty *t)
{
	return t->state != TTY_START && !t->crypto_gone && !t->restarting &&
	       !t->suspended && t->pager.kind == PAGER_NONE &&
	       t->shown_count < WINDOW_MSGS &&
	       paint_room(&t->paint) > PAINT_MESSAGE + 2 * PAINT_LINE;
}

static void
read_crypto(struct tty *t)
{
	for (int i = 0; i < TURN && can_read_crypto(t); i++) {
		struct ipc_msg m;
		int err = ipc_recv(&t->crypto, t->record, sizeof t->record, &m);

		if (err < 0)
			t->crypto_gone = 1;
		if (err <= 0)
			return;
		tty_on_crypto(t, &m);
	}
}

static void
read_keyboard(struct tty *t)
{
	uint8_t buf[KEYBOARD_READ];
	ssize_t n = read(STDIN_FILENO, buf, sizeof buf);

	if (n < 0 && (errno == EINTR || errno == EAGAIN))
		return;
	/* The end of a line that is edited elsewhere is a wish, the second
	 * one an order. */
	if (n == 0 && t->view.plain && !t->leave_asked) {
		tty_leave(t, QUIT_USER);
		return;
	}
	if (n <= 0)
		t->keyboard_gone = 1;
	else if (t->view.plain)
		tty_plain_input(t, buf, (size_t)n);
	else
		tty_input(t, buf, (size_t)n);
}

/* ---- what follows from it ---- */

/* Texts that were delivered move up, oldest first. */
static void
move_delivered(struct tty *t)
{
	while (backlog_oldest(&t->backlog) != 0 &&
	       backlog_oldest(&t->backlog) <= t->delivered &&
	       paint_room(&t->paint) > PAINT_MESSAGE + PAINT_LINE) {
		struct message m = tty_backlog_message(t, 0, MESSAGE_OURS);

		tty_show(t, &m);
		tty_show_sealed(t, backlog_oldest(&t->backlog));
		backlog_pop(&t->backlog);
	}
	if (t->backlog.count > 0 ||
	    transfers_count(&t->files, transfer_is_waited_for) > 0)
		return;
	t->leave_asked = 0;
	if (t->leave_when_delivered)
		tty_leave(t, QUIT_USER);
}

/* Small messages that must always find room in crypto's queue. */
#define SMALL 64

static void
tell_crypto(struct tty *t)
{
	const uint8_t *text;
	size_t len;

	while (t->shown_count > 0 &&
	       t->shown[t->shown_first].written <= t->paint.written) {
		t->shown_mseq = t->shown[t->shown_first].mseq;
		t->shown_first = (t->shown_first + 1) % WINDOW_MSGS;
		t->shown_count--;
	}
	if (t->shown_mseq > t->told_mseq && ipc_room(&t->crypto) >= SMALL) {
		uint8_t body[8];
		struct writer w;

		writer_init(&w, body, sizeof body);
		put_u64(&w, t->shown_mseq);
		ipc_send(&t->crypto, IPC_UI_SHOWN, body, w.len);
		t->told_mseq = t->shown_mseq;
	}
	if (t->status_asked && t->status_out == 0 && !t->crypto_gone &&
	    ipc_room(&t->crypto) >= SMALL) {
		ipc_send(&t->crypto, IPC_UI_STATUS, NULL, 0);
		t->status_asked = 0;
		t->status_out = 1;
		t->status_at = t->now;
	}
	if (t->rekey_asked && ipc_room(&t->crypto) >= SMALL) {
		ipc_send(&t->crypto, IPC_UI_REKEY, NULL, 0);
		t->rekey_asked = 0;
	}
	if (t->verify_asked && ipc_room(&t->crypto) >= SMALL) {
		ipc_send(&t->crypto, IPC_UI_VERIFY, t->digits, t->digits_len);
		t->verify_asked = 0;
	}
	while (t->state == TTY_CHAT && !t->restarting &&
	       (text = backlog_next(&t->backlog, &len)) != NULL &&
	       ipc_room(&t->crypto) >= len + 2 * SMALL) {
		ipc_send(&t->crypto, IPC_UI_SEND, text, len);
		backlog_gave(&t->backlog);
		t->dirty = 1;
	}
}

/* Frames are this far apart: at most 60 in a second. */
#define FRAME_MS 17

/* More than this is written without a live area behind it. */
#define PAINT_FULL (32 << 10)

/*
 * Rows that scroll and the live area behind them are written together, so
 * what is painted waits for the next frame, unless it is much.
 */
static void
draw(struct tty *t)
{
	char prompt[TTY_PROMPT_MAX], narrow[TTY_PROMPT_MAX];
	struct live live = {.prompt = tty_prompt(t, 0, prompt),
	    .narrow = tty_prompt(t, 1, narrow)};

	if (t->suspended)
		return;
	if (t->paint.len > PAINT_FULL || t->shown_count > WINDOW_MSGS / 4 ||
	    !t->dirty)
		t->released = t->paint.added;
	if (!t->dirty || t->state == TTY_START || t->paint.len > PAINT_BUSY ||
	    t->now - t->frame_at < FRAME_MS)
		return;
	if (t->state != TTY_WAIT) {
		live.backlog = &t->backlog;
		live.files = &t->files;
	}
	if (t->state == TTY_CHAT) {
		live.edit = &t->edit;
		live.cells = t->cells;
		live.cells_len = CELLS;
	}
	if (t->hint[0] != '\0')
		live.hint = t->hint;
	view_live(&t->view, &t->paint, &live);
	t->dirty = 0;
	t->frame_at = t->now;
	t->released = t->paint.added;
}

/* ---- waiting ---- */

enum {
	KEYBOARD,
	TERMINAL,
	SUPER,
	CRYPTO,
	FDS
};

/* When there is something to do though nothing has come. */
static uint64_t
wake(const struct tty *t)
{
	uint64_t at = MIN(tty_status_wake(t), tty_input_deadline(t));

	if (t->resizing)
		return t->resize_until;
	if (t->suspended)
		return CLOCK_NEVER;
	if (t->dirty && t->paint.len <= PAINT_BUSY)
		at = MIN(at, t->frame_at + FRAME_MS);
	if (t->lost.back)
		at = MIN(at, t->lost.back_until);
	return at;
}

static void
wait_for(struct tty *t, struct pollfd p[FDS])
{
	uint64_t at = wake(t);
	int ms = clock_poll_timeout(clock_now_ms(), at), n;
	struct timespec ts = {
	    .tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000L};

	p[KEYBOARD] = (struct pollfd){.fd = STDIN_FILENO, .events = POLLIN};
	p[TERMINAL] = (struct pollfd){.fd = STDOUT_FILENO, .events = POLLOUT};
	p[SUPER] =
	    (struct pollfd){.fd = FD_SUPER, .events = ipc_events(&t->super)};
	p[CRYPTO] = (struct pollfd){
	    .fd = FD_UI_CRYPTO, .events = ipc_events(&t->crypto)};
	if (t->keyboard_gone || t->state == TTY_START || t->suspended ||
	    (t->resizing && !tty_held_room(t)))
		p[KEYBOARD].fd = -1;
	if (t->paint.written >= t->released || t->suspended)
		p[TERMINAL].fd = -1;
	if (!can_read_super(t))
		p[SUPER].events &= (short)~POLLIN;
	if (!can_read_crypto(t))
		p[CRYPTO].events &= (short)~POLLIN;
	if (p[CRYPTO].events == 0 || t->crypto_gone)
		p[CRYPTO].fd = -1;
	if (t->resizing)
		for (int i = KEYBOARD + 1; i < FDS; i++)
			p[i].fd = -1;
	n = ppoll(p, FDS, at == CLOCK_NEVER ? NULL : &ts, &waiting_mask);
	if (n < 0 && errno != EINTR)
		fatal("poll: %s", strerror(errno));
	if (n <= 0)
		for (int i = 0; i < FDS; i++)
			p[i].revents = 0;
}

/*
 * A ppoll that has a descriptor to report lets no signal in: in a flood of
 * messages the size would never be heard of, and it must be before anything
 * is laid out.
 */
static void
let_signals_in(struct tty *t)
{
	sigset_t blocked;

	(void)sigprocmask(SIG_SETMASK, &waiting_mask, &blocked);
	(void)sigprocmask(SIG_SETMASK, &blocked, NULL);
	if (!resized)
		return;
	resized = 0;
	tty_resize_begin(t);
}

static void
turn(struct tty *t)
{
	struct pollfd p[FDS];
	enum tty_state before = t->state;

	wait_for(t, p);
	t->now = clock_now_ms();
	let_signals_in(t);
	tty_resize_due(t);
	if (t->resizing) {
		if (p[KEYBOARD].revents && tty_held_room(t))
			tty_held_read(t);
		return;
	}
	if (p[TERMINAL].revents)
		tty_write(t);
	if (p[SUPER].revents) {
		ipc_flush(&t->super);
		read_super(t, (p[SUPER].revents & POLLHUP) != 0);
	}
	if (t->state == TTY_OVER)
		return;
	if (p[CRYPTO].revents) {
		ipc_flush(&t->crypto);
		read_crypto(t);
	}
	/* The terminal's queue is emptied when the chat begins: what poll
	 * saw may be gone, and reading would wait. */
	if (p[KEYBOARD].revents && t->state == before)
		read_keyboard(t);
	tty_input_due(t);
	if (t->keyboard_gone)
		tty_leave(t, QUIT_EOF);
	if (!t->suspended) {
		pager_step(&t->pager, &t->view, &t->paint, &t->history);
		if (tty_restart(t) && tty_back(t, 0))
			move_delivered(t);
	}
	tty_status_update(t);
	tell_crypto(t);
	draw(t);
}

/* ---- the end ---- */

/* What was being typed when the chat ended. */
static void
show_draft(struct tty *t)
{
	size_t len;

	(void)edit_paste_end(&t->edit);
	len = edit_plain(&t->edit, t->plain);
	if (len == 0 || t->verifying)
		return;
	view_note(&t->view, &t->paint, "not sent:", t->plain,
	    MIN(len, (size_t)SENTENCE_MAX));
	tty_write_all(t);
}

/* What was never delivered stays on the screen, all of it, to be copied. */
static void
show_undelivered(struct tty *t)
{
	for (size_t i = 0; i < t->backlog.count; i++) {
		struct message m = tty_backlog_message(t, i, MESSAGE_LOST);

		if (i == 0)
			view_event(&t->view, &t->paint, "never delivered");
		pager_start(&t->pager, &t->view, PAGER_ALL, &m);
		while (t->pager.kind != PAGER_NONE) {
			pager_step(&t->pager, &t->view, &t->paint, &t->history);
			tty_write_all(t);
		}
	}
}

static void
say(struct tty *t, const char *mark, const char *text)
{
	if (text[0] != '\0')
		view_note(&t->view, &t->paint, mark, text, strlen(text));
}

/*
 * What crypto sent before the end may still be in the socket.  It can be no
 * more than both windows.
 */
static void
drain_crypto(struct tty *t)
{
	for (unsigned i = 0; i < 4 * WINDOW_MSGS / TURN; i++) {
		read_crypto(t);
		(void)tty_restart(t);
		(void)tty_back(t, 1);
		move_delivered(t);
		tty_write_all(t);
		tell_crypto(t);
	}
}

static int
finish(struct tty *t)
{
	tty_write_all(t);
	/* Without the supervisor the shell may have written its prompt by
	 * now: nothing above the cursor is ours to erase. */
	if (t->died && !t->view.plain) {
		paint_str(&t->paint, "\r\n");
		t->view.live = 0;
	}
	view_erase(&t->view, &t->paint);
	drain_crypto(t);
	show_undelivered(t);
	tty_files_end(t);
	show_draft(t);
	if (t->died) {
		paint_str(&t->paint, t->view.plain ? "\n" : "\r\n");
		say(t, "warning:", "secchat itself has died; the chat is over");
	} else {
		if (t->left)
			view_event(&t->view, &t->paint,
			    "you left; the keys are erased");
		say(t, "", t->what);
		say(t, "", t->next);
	}
	tty_restore(t);
	if (t->died)
		return EXIT_INTERNAL;
	return t->backlog.count > 0 || t->abandoned > 0 ? EXIT_UNDELIVERED
							: EXIT_OK;
}

int
tty_run(struct tty *t, const struct jail_report *report)
{
	int status;

	start(t, report);
	while (t->state != TTY_OVER)
		turn(t);
	status = finish(t);
	/* What was typed and read here is in no memory that is given back. */
	wipe(t, sizeof *t);
	return status;
}
