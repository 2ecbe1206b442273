/*
 * The loop: what to poll for, and who gets what came.
 */
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#include "script.h"
#include "secchat/err.h"
#include "secchat/fds.h"
#include "secchat/util.h"

/* Messages of one link that are handled before the others get a turn. */
#define TURN 64

enum {
	P_STDIN,
	P_STDOUT,
	P_SUPER,
	P_CRYPTO,
	P_MAX
};

/* A terminal that does not know its width, and one too narrow for rows. */
#define COLUMNS_USUAL 80
#define COLUMNS_MIN 24

void
script_open_world(struct script *s)
{
	struct winsize ws;

	if (isatty(STDIN_FILENO))
		(void)tcflush(STDIN_FILENO, TCIFLUSH);
	s->columns = 0;
	if (!isatty(STDOUT_FILENO))
		return;
	s->columns = COLUMNS_USUAL;
	if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &ws) == 0 && ws.ws_col > 0)
		s->columns = MAX((size_t)ws.ws_col, (size_t)COLUMNS_MIN);
}

static void
init(struct script *s)
{
	s->state = ST_START;
	s->role = PEER_HOST;
	s->link = LINKEV_WAITING;
	s->retrying = s->retry_held = 0;
	s->redial_wanted = s->restarted_wanted = s->name_wanted = 0;
	s->lost_texts = s->stale = s->given_back = 0;
	memset(&s->who, 0, sizeof s->who);
	s->flags = 0;
	s->out_gone = s->quit = s->ended = 0;
	s->super_gone = s->crypto_gone = 0;
	s->told_where = 0;
	s->listening = s->in_waits = s->status_out = 0;
	s->status_wanted = s->refused = s->declined = 0;
	s->files.count = s->files.asks = 0;
	s->rekey_wanted = s->verify_wanted = 0;
	s->idle_since = s->last_text = s->told = 0;
	s->tell_at = s->told_written = 0;
	s->code[0] = '\0';
	memset(&s->end, 0, sizeof s->end);
	ipc_init(&s->super, FD_SUPER, LINK_SUPER_UI, ROLE_UI, s->super_queue,
	    sizeof s->super_queue);
	ipc_init(&s->crypto, FD_UI_CRYPTO, LINK_UI_CRYPTO, ROLE_UI,
	    s->crypto_queue, sizeof s->crypto_queue);
	outring_init(&s->out);
	feed_init(&s->in);
	sendq_init(&s->sendq);
	s->ev.out = &s->out;
	s->ev.seq = 0;
}

/*
 * When crypto must be told what was shown: of the first text at once, of
 * those that follow it closely together, so that it is not woken for each,
 * but never so late that the peer's window stands still.
 */
static uint64_t
tell_at(const struct script *s)
{
	if (ipc_pending(&s->crypto) || s->told >= s->out.shown)
		return CLOCK_NEVER;
	if (s->out.shown - s->told >= ACK_BATCH ||
	    s->out.written - s->told_written >= WINDOW_BYTES / 8)
		return 0;
	return s->tell_at;
}

static void
tell_shown(struct script *s)
{
	uint8_t body[8];
	struct writer w;

	s->told = s->out.shown;
	s->told_written = s->out.written;
	s->tell_at = s->now + TELL_EVERY;
	writer_init(&w, body, sizeof body);
	put_u64(&w, s->told);
	ipc_send(&s->crypto, IPC_UI_SHOWN, body, w.len);
}

/* Name what waited for somebody else, as far as there is room now. */
static void
give_back(struct script *s)
{
	struct ref ref;

	while (s->stale > 0 && (!script_json(s) || s->out_gone ||
				   outring_room(&s->out) >= ROOM_SMALL)) {
		(void)sendq_lose(&s->sendq, &ref);
		s->stale--;
		s->given_back++;
		if (ref.len != REF_NONE && !s->out_gone)
			script_show_fate(s, "undelivered", &ref, 0);
	}
}

/*
 * Give crypto what it may have.  Only when nothing waits on its link, so
 * that the link's queue holds one record at most; small things go first.
 */
void
script_feed_crypto(struct script *s)
{
	struct sendq_text t;

	if (!ipc_pending(&s->crypto) && s->restarted_wanted) {
		s->restarted_wanted = 0;
		ipc_send(&s->crypto, IPC_UI_RESTARTED, NULL, 0);
	}
	if (s->now >= tell_at(s))
		tell_shown(s);
	if (!ipc_pending(&s->crypto) && s->status_wanted > 0 &&
	    !s->status_out) {
		s->status_wanted--;
		s->status_out = 1;
		ipc_send(&s->crypto, IPC_UI_STATUS, NULL, 0);
	}
	if (!ipc_pending(&s->crypto) && s->rekey_wanted) {
		s->rekey_wanted = 0;
		ipc_send(&s->crypto, IPC_UI_REKEY, NULL, 0);
	}
	if (!ipc_pending(&s->crypto) && s->verify_wanted) {
		s->verify_wanted = 0;
		ipc_send(&s->crypto, IPC_UI_VERIFY, s->digits, s->verify_len);
	}
	give_back(s);
	while (s->state == ST_CHAT && !s->quit && !s->ended && s->stale == 0 &&
	       !ipc_pending(&s->crypto) && sendq_next(&s->sendq, &t)) {
		ipc_send2(&s->crypto, IPC_UI_SEND, t.p[0], t.len[0], t.p[1],
		    t.len[1]);
		sendq_give(&s->sendq);
	}
}

/* Call at once: what the supervisor is asked in its turn. */
static void
feed_super(struct script *s)
{
	if (s->prices_wanted != 0 && !ipc_pending(&s->super) && !s->quit &&
	    s->state != ST_START) {
		ipc_send(&s->super, IPC_UI_ASK_PRICES, &s->prices_wanted, 1);
		s->prices_wanted = 0;
	}
	if (s->name_wanted != 0 && !ipc_pending(&s->super) && !s->quit) {
		ipc_send(&s->super, IPC_UI_NAME, s->name, s->name_wanted);
		s->name_wanted = 0;
	}
	if (!s->redial_wanted || ipc_pending(&s->super) || s->quit)
		return;
	s->redial_wanted = 0;
	ipc_send(&s->super, IPC_UI_REDIAL, NULL, 0);
}

/* Whether everything on standard input has been used. */
static int
input_done(const struct script *s)
{
	return s->in.eof && !s->in_waits;
}

/*
 * After the end of input: leave when everything has been delivered, or when
 * nothing was for DRAIN_WAIT.  Waiting for the other person to come, or to
 * come back, does not count.  An input without a single line is no chat that is
 * over but one in which nothing is said: it lasts until the other side leaves.
 * A file that moves counts as a text does, and one that the other person has
 * not answered waits for them.  Returns when to look again.
 */
static uint64_t
drain(struct script *s)
{
	uint64_t deadline = s->idle_since + DRAIN_WAIT;
	int waits =
	    sendq_undelivered(&s->sendq) > 0 || files_moving(&s->files) > 0;

	if (!input_done(s) || s->in.line == 0 || s->quit)
		return CLOCK_NEVER;
	if (waits && s->link != LINKEV_UP)
		return CLOCK_NEVER;
	if (files_unanswered(&s->files) > 0)
		return CLOCK_NEVER;
	if (waits && s->now < deadline)
		return deadline;
	script_quit(s, QUIT_EOF);
	return CLOCK_NEVER;
}

static int
wants_stdin(const struct script *s)
{
	return s->state != ST_START && !s->quit && !s->in.eof && !s->in_waits &&
	       sendq_room(&s->sendq) >= ROOM_LINES;
}

static int
wants_crypto(const struct script *s)
{
	return s->state != ST_START && !s->crypto_gone &&
	       outring_room(&s->out) >= ROOM_CRYPTO &&
	       !outring_marks_full(&s->out);
}

/* The supervisor makes the sentence and the exit code of it. */
static void
stream_failed(struct script *s, uint8_t stream, int why)
{
	uint8_t body[5];
	struct writer w;

	log_line("standard %s: %s",
	    stream == STDIN_FILENO ? "input cannot be read"
				   : "output cannot be written",
	    strerror(why));
	writer_init(&w, body, sizeof body);
	put_u8(&w, stream);
	put_u32(&w, (uint32_t)why);
	ipc_send(&s->super, IPC_UI_STREAM, body, w.len);
}

/* stdout is gone: leave, and let crypto's link flow until the end. */
static void
lose_stdout(struct script *s, int why)
{
	if (s->out_gone)
		return;
	stream_failed(s, STDOUT_FILENO, why);
	s->out_gone = 1;
	outring_drop(&s->out);
	script_quit(s, QUIT_UI_GONE);
}

static void
write_stdout(struct script *s)
{
	int err = outring_write(&s->out, STDOUT_FILENO);

	if (err < 0)
		lose_stdout(s, err == -ERR_EOF ? EPIPE : errno);
}

static void
read_super(struct script *s)
{
	struct ipc_msg m;

	for (int i = 0; i < TURN && !s->ended; i++) {
		int r = ipc_recv(&s->super, s->record, sizeof s->record, &m);

		if (r == 0)
			return;
		if (r < 0) {
			s->super_gone = 1;
			return;
		}
		script_on_super(s, &m);
	}
}

/* Returns whether there may be more.  At the end all there is is read. */
static int
read_crypto(struct script *s)
{
	unsigned came = 0, most = s->ended ? TURN : ipc_turn(&s->crypto, TURN);
	struct ipc_msg m;
	int r = 1;

	for (; came < most && wants_crypto(s); came++) {
		r = ipc_recv(&s->crypto, s->record, sizeof s->record, &m);
		if (r <= 0)
			break;
		script_on_crypto(s, &m);
		if (s->out_gone)
			outring_drop(&s->out);
	}
	ipc_turned(&s->crypto, came);
	if (r < 0)
		s->crypto_gone = 1;
	return r > 0;
}

static void
read_stdin(struct script *s)
{
	feed_read(&s->in, STDIN_FILENO);
	s->in_waits = 1;
	if (s->in.eof)
		s->idle_since = s->now;
	/* What was behind it is lost, however much that is. */
	if (s->in.failed != 0)
		stream_failed(s, STDIN_FILENO, s->in.failed);
}

/*
 * poll(2) skips a negative descriptor.  With --json stdout is polled even
 * when nothing waits for it: that is how we learn that its reader has gone.
 * Plain lines are a program's by-product, which it may leave unread as long
 * as none comes.
 */
static void
wait_for(struct script *s, struct pollfd p[P_MAX], uint64_t deadline)
{
	int empty = outring_empty(&s->out);
	int wanted = s->state != ST_START && (script_json(s) || !empty);
	short crypto = (short)((wants_crypto(s) ? POLLIN : 0) |
			       (ipc_pending(&s->crypto) ? POLLOUT : 0));

	p[P_STDIN].fd = wants_stdin(s) ? STDIN_FILENO : -1;
	p[P_STDIN].events = POLLIN;
	p[P_STDOUT].fd = wanted && !s->out_gone ? STDOUT_FILENO : -1;
	p[P_STDOUT].events = empty ? 0 : POLLOUT;
	p[P_SUPER].fd = s->super.fd;
	p[P_SUPER].events = ipc_events(&s->super);
	p[P_CRYPTO].fd = crypto == 0 ? -1 : s->crypto.fd;
	p[P_CRYPTO].events = crypto;
	for (int i = 0; i < P_MAX; i++)
		p[i].revents = 0;
	if (poll(p, P_MAX, clock_poll_timeout(s->now, deadline)) < 0 &&
	    errno != EINTR)
		fatal("poll: %s", strerror(errno));
	s->now = clock_now_ms();
	s->ev.utc_ms = clock_utc_ms();
}

static void
serve(struct script *s, const struct pollfd p[P_MAX])
{
	short out = p[P_STDOUT].revents;

	if (out & (POLLERR | POLLHUP | POLLNVAL))
		lose_stdout(s, out & POLLNVAL ? EBADF : EPIPE);
	else if (out & POLLOUT)
		write_stdout(s);
	if (p[P_SUPER].revents & POLLOUT)
		ipc_flush(&s->super);
	if (p[P_SUPER].revents & ~POLLOUT)
		read_super(s);
	if (p[P_CRYPTO].revents & POLLOUT)
		ipc_flush(&s->crypto);
	if (p[P_CRYPTO].revents & ~POLLOUT)
		(void)read_crypto(s);
	/* After the end it is for the chat that comes next, with --keep. */
	if (p[P_STDIN].revents != 0 && !s->ended)
		read_stdin(s);
	if (s->in_waits && !s->ended)
		script_lines(s);
}

/*
 * What is undelivered is known here and nowhere else: when the other side
 * has ended the chat, texts still wait in the queue.  What the supervisor has
 * not counted is told to it, and a good end is none.  Nobody leaves by that:
 * with --keep the next chat comes.
 */
static void
count_undelivered(struct script *s)
{
	uint32_t all = sendq_undelivered(&s->sendq) + s->refused +
		       s->lost_texts + s->given_back;
	uint32_t before = s->end.undelivered;
	size_t len;

	if (all <= before)
		return;
	script_tell_quit(s, QUIT_NOBODY, all - before);
	s->end.undelivered = all;
	len = strlen(s->end.what);
	if (s->end.code == EXIT_UNDELIVERED)
		snprintf(s->end.what + len, sizeof s->end.what - len,
		    before > 0 ? "; %u in all" : "; %u undelivered", all);
	if (s->end.code != EXIT_OK)
		return;
	s->end.code = EXIT_UNDELIVERED;
	snprintf(
	    s->end.what, sizeof s->end.what, "%s", err_text(ERR_UNDELIVERED));
}

/*
 * Each send that was not delivered is named, as far as there is room now;
 * one that has neither a name nor a number is only counted.  Returns whether
 * all are.
 */
static int
name_undelivered(struct script *s)
{
	struct ref ref;
	int given;

	while (script_json(s) && !s->out_gone) {
		if (outring_room(&s->out) < ROOM_SMALL)
			return 0;
		given = sendq_lose(&s->sendq, &ref);
		if (given < 0)
			return 1;
		if (given || ref.len != REF_NONE)
			script_show_fate(s, "undelivered", &ref,
			    given ? s->sendq.confirmed : 0);
	}
	return 1;
}

enum last {
	LAST_WORDS, /* crypto's */
	LAST_LINES, /* what was read and not used */
	LAST_NAMES, /* what was not delivered */
	LAST_FILES, /* what became of files */
	LAST_EVENT,
	LAST_BYTES
};

/* One step after the other, as far as there is room on stdout. */
static enum last
last_step(struct script *s, enum last at)
{
	int more = s->state != ST_START && !s->crypto_gone;

	if (at == LAST_WORDS) {
		if (more && !(wants_crypto(s) && !read_crypto(s)))
			return LAST_WORDS;
		at = LAST_LINES;
	}
	if (at == LAST_LINES && script_last_lines(s, 0)) {
		count_undelivered(s);
		at = LAST_NAMES;
	}
	if (at == LAST_NAMES && name_undelivered(s))
		at = LAST_FILES;
	if (at == LAST_FILES && script_show_files(s, 1))
		at = LAST_EVENT;
	if (at == LAST_EVENT) {
		script_show_end(s);
		at = LAST_BYTES;
	}
	if (s->out_gone)
		outring_drop(&s->out);
	return at;
}

/*
 * The chat is over: what crypto still sent comes first, then what was not
 * delivered, then the end.  stdout is left alone when it takes nothing for
 * END_FLUSH, or not all of it in END_FLUSH_ALL.
 */
static void
finish(struct script *s)
{
	uint64_t all = s->now + END_FLUSH_ALL, deadline = s->now + END_FLUSH;
	struct pollfd p = {.fd = STDOUT_FILENO, .events = POLLOUT};
	enum last at = LAST_WORDS;

	while (s->now < deadline) {
		uint64_t written = s->out.written;
		int n;

		at = last_step(s, at);
		if (at == LAST_BYTES && outring_empty(&s->out))
			return;
		p.fd = s->out_gone ? -1 : STDOUT_FILENO;
		n = poll(&p, 1, clock_poll_timeout(s->now, deadline));
		if (n > 0)
			write_stdout(s);
		else if (n < 0 && errno != EINTR)
			fatal("poll: %s", strerror(errno));
		s->now = clock_now_ms();
		if (s->out.written != written)
			deadline = MIN(s->now + END_FLUSH, all);
	}
	if (at <= LAST_LINES) {
		(void)script_last_lines(s, 1);
		count_undelivered(s);
	}
}

int
script_run(struct script *s, const struct jail_report *report)
{
	struct pollfd p[P_MAX];

	init(s);
	s->now = clock_now_ms();
	ipc_send_ready(&s->super, report);
	while (!s->ended && !s->super_gone) {
		uint64_t deadline = drain(s);

		(void)script_show_files(s, 0);
		script_feed_crypto(s);
		feed_super(s);
		wait_for(s, p, MIN(deadline, tell_at(s)));
		serve(s, p);
	}
	if (!s->ended) {
		s->end.code = EXIT_INTERNAL;
		s->end.undelivered = sendq_undelivered(&s->sendq);
		s->ended = 1;
	}
	finish(s);
	if (s->super_gone)
		return EXIT_INTERNAL;
	if (s->out_gone || s->in.failed != 0 || s->end.code == EXIT_UNDELIVERED)
		return EXIT_UNDELIVERED;
	return EXIT_OK;
}
