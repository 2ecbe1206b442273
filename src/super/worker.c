/*
 * One worker's life: started with its ends of the links, its stderr read and
 * labelled, its death noticed and, when nobody asked for it, made the reason
 * why the chat ends.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "internal.h"
#include "secchat/fds.h"
#include "secchat/text.h"
#include "secchat/util.h"

/* ---- starting ---- */

/* The end of a link that belongs to `role`, and the other one. */
static int
take_end(struct super *s, size_t link, uint8_t role, const struct link_end **e)
{
	const struct link_row *row = &link_rows[link];
	int pair[2], mine;

	*e = row->a.role == role ? &row->a : &row->b;
	if (s->halves[link] >= 0) {
		mine = s->halves[link];
		s->halves[link] = -1;
		return mine;
	}
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK | SOCK_CLOEXEC,
		0, pair) < 0)
		return -ERR_SYS;
	s->halves[link] = pair[1];
	return pair[0];
}

/*
 * Fill sp->fds with this worker's end of every link of the table.  The ends
 * that others will get wait in s->halves; ours to it is among them.
 */
static int
lay_links(struct super *s, const struct proc_row *row, struct spawn *sp)
{
	for (size_t l = 0; l < LINK_COUNT; l++) {
		const struct link_row *lr = &link_rows[l];
		const struct link_end *e;
		int fd;

		if (lr->a.role != row->role && lr->b.role != row->role)
			continue;
		fd = take_end(s, l, row->role, &e);
		if (fd < 0)
			return fd;
		sp->fds[e->fd] = fd;
	}
	return 0;
}

/* Our copies of what the child has been given. */
static void
drop_copies(const struct proc_row *row, const struct spawn *sp)
{
	for (int fd = 2; fd < SPAWN_FDS; fd++) {
		if (row->has_secret && (fd == FD_SECRET || fd == FD_IDENTITY))
			continue;
		if (row->has_socket &&
		    (fd == FD_PRICE_SOCKET || fd == FD_PRICE_CA))
			continue;
		fd_close(sp->fds[fd]);
	}
}

/* Our ends of what it would have had: the next one begins anew. */
static void
nobody_started(struct super *s, const struct proc_row *row, struct worker *w)
{
	fd_close(w->err);
	w->err = -1;
	fd_close(s->halves[row->link]);
	s->halves[row->link] = -1;
}

static int
open_stderr(struct spawn *sp)
{
	int p[2];

	if (pipe2(p, O_CLOEXEC) < 0)
		return -ERR_SYS;
	if (fd_set_nonblock(p[0], 1) < 0) {
		fd_close(p[0]);
		fd_close(p[1]);
		return -ERR_SYS;
	}
	sp->fds[2] = p[1];
	return p[0];
}

static int
program_path(const struct super *s, enum proc_id id, char path[PATH_CAP])
{
	if (id == PROC_CRYPTO && s->o->crypto_worker != NULL)
		return snprintf(path, PATH_CAP, "%s", s->o->crypto_worker) <
			       PATH_CAP
			   ? 0
			   : -ERR_TOO_LONG;
	return where_program(path, s->dir, proc_program(s, id));
}

int
worker_start(struct super *s, enum proc_id id, int secret)
{
	const struct proc_row *row = &proc_rows[id];
	struct worker *w = &s->w[id];
	char path[PATH_CAP], name[32];
	char *argv[] = {name, NULL, NULL}, local[] = "unix";
	struct spawn sp = {.path = path, .argv = argv, .env = row->env};
	int err = s->stopping ? -ERR_WORKER : program_path(s, id, path);

	if (err < 0)
		return err;
	snprintf(name, sizeof name, "%s", proc_program(s, id));
	for (int i = 0; i < SPAWN_FDS; i++)
		sp.fds[i] = -1;
	sp.fds[0] = row->stdio == IO_USER ? 0 : s->null;
	sp.fds[1] = row->stdio == IO_USER ? 1 : s->null;
	if (row->has_secret) {
		sp.fds[FD_SECRET] = secret >= 0 ? secret : s->null;
		sp.fds[FD_IDENTITY] = s->identity;
	}

	if (row->has_socket) {
		sp.fds[FD_PRICE_SOCKET] = secret;
		sp.fds[FD_PRICE_CA] = s->ca >= 0 ? s->ca : s->null;
	}
	/* It has to know before it is locked down (sandbox/dial.c). */
	if (row->role == ROLE_DIAL && s->o->proxy == PROXY_UNIX)
		argv[1] = local;

	memset(w, 0, sizeof *w);
	w->link.fd = -1;
	w->gone_by = w->go_on_by = w->answer_by = CLOCK_NEVER;
	w->err = open_stderr(&sp);
	err = w->err < 0 ? w->err : lay_links(s, row, &sp);
	if (err == 0)
		w->pid = spawn(&sp);
	drop_copies(row, &sp);
	if (err < 0 || w->pid < 0) {
		w->pid = 0;
		nobody_started(s, row, w);
		return -ERR_SYS;
	}
	ipc_init(&w->link, s->halves[row->link], row->link, ROLE_SUPER,
	    w->queue, sizeof w->queue);
	s->halves[row->link] = -1;
	w->state = WS_STARTED;
	w->ready_by = clock_now_ms() + WORKER_START;
	log_event(
	    s, "started %s as process %d", proc_program(s, id), (int)w->pid);
	return 0;
}

/* ---- its stderr ---- */

/* What it wrote, without the name that it may have put before it. */
static const char *
own_words(const char *program, const char *line)
{
	size_t n = strlen(program);

	if (strncmp(line, program, n) == 0 && line[n] == ':' &&
	    line[n + 1] == ' ')
		return line + n + 2;
	return line;
}

/* What the front end of a pipe says on its stderr is meant to be read. */
static int
is_for_person(const struct super *s, enum proc_id id)
{
	return id == PROC_SCRIPT && !s->o->json && s->w[id].state != WS_NONE;
}

static void
line_done(struct super *s, enum proc_id id)
{
	struct worker *w = &s->w[id];
	const char *words;

	if (w->line_len == 0)
		return;
	w->line[w->line_len] = '\0';
	words = own_words(proc_program(s, id), w->line);
	text_line(w->last, sizeof w->last, words, strlen(words), 0, NULL);
	w->line_len = 0;
	log_event(s, "%s: %s", proc_program(s, id), w->last);
	if (s->o->verbose || is_for_person(s, id))
		note(s, NOTE_WORKER, "%s: %s", proc_program(s, id), w->last);
}

/* Lines longer than the limit are cut where it is reached. */
static void
take_byte(struct super *s, enum proc_id id, char c)
{
	struct worker *w = &s->w[id];

	if (c == '\n') {
		line_done(s, id);
		return;
	}
	w->line[w->line_len++] = c == '\0' ? '?' : c;
	if (w->line_len == sizeof w->line - 1)
		line_done(s, id);
}

void
worker_stderr(struct super *s, enum proc_id id)
{
	struct worker *w = &s->w[id];
	char buf[1024];
	ssize_t n;

	if (w->err < 0)
		return;
	n = read(w->err, buf, sizeof buf);
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n <= 0) {
		fd_close(w->err);
		w->err = -1;
		line_done(s, id);
	}
	for (ssize_t i = 0; i < n; i++)
		take_byte(s, id, buf[i]);
}

/* What is left in the pipe of a dead worker: bounded by the pipe's size. */
static void
drain_stderr(struct super *s, enum proc_id id)
{
	for (int i = 0; i < 256 && s->w[id].err >= 0; i++) {
		errno = 0;
		worker_stderr(s, id);
		if (errno == EAGAIN)
			break;
	}
	fd_close(s->w[id].err);
	s->w[id].err = -1;
	line_done(s, id);
}

/* ---- its end ---- */

void
worker_has_to_go(struct worker *w)
{
	if (w->pid > 0 && w->gone_by == CLOCK_NEVER)
		w->gone_by = clock_now_ms() + WORKER_STOP;
}

void
worker_hung_up(struct worker *w)
{
	fd_close(w->link.fd);
	w->link.fd = -1;
	worker_has_to_go(w);
}

void
worker_dismiss(struct worker *w)
{
	worker_hung_up(w);
	w->dismissed = 1;
}

int
worker_any(const struct super *s)
{
	for (size_t i = 0; i < PROC_COUNT; i++)
		if (s->w[i].pid > 0)
			return 1;
	return 0;
}

int
worker_has_done(const struct super *s, enum proc_id id)
{
	return price_is(id) ||
	       (id == PROC_DIAL &&
		   (s->w[id].state == WS_SERVING || call_is_repeated(s)));
}

/* Whether this one may leave now without that being news. */
static int
may_leave(const struct super *s, enum proc_id id)
{
	const struct worker *w = &s->w[id];

	return w->dismissed || w->state == WS_DONE || worker_has_done(s, id);
}

const char *
what_is_over(const struct super *s)
{
	return s->connected ? "The chat is over; its keys went with it."
			    : "There was no chat yet.";
}

/*
 * It has closed its link, or one half of it, and stays: nobody hears it any
 * more, so it is as dead as one that has ended.
 */
static void
hung_up_verdict(struct super *s, enum proc_id id)
{
	const struct worker *w = &s->w[id];
	char what[SENTENCE_MAX], why[SENTENCE_MAX];

	snprintf(what, sizeof what, "%s hung up and did not leave",
	    proc_program(s, id));
	snprintf(why, sizeof why, "It was ended (process %d). %s", (int)w->pid,
	    what_is_over(s));
	verdict_death(s, EXIT_INTERNAL, what, why);
	s->v.worker_died = 1;
}

void
worker_kill(struct super *s, enum proc_id id)
{
	struct worker *w = &s->w[id];

	if (w->stop_signal != 0 && !worker_has_done(s, id))
		stopped_verdict(s, id);
	else if (w->link.fd < 0 && !may_leave(s, id) && !s->crypto_ended)
		hung_up_verdict(s, id);
	w->killed = 1;
	w->gone_by = w->go_on_by = CLOCK_NEVER;
	/* Not reaped yet, so the number is still this process's. */
	(void)kill(w->pid, SIGKILL);
}

/* What it died of, in a few words. */
static void
death_text(
    const struct super *s, enum proc_id id, int status, char *out, size_t cap)
{
	const char *program = proc_program(s, id), *abbrev;

	if (!WIFSIGNALED(status)) {
		snprintf(out, cap, "%s ended unexpectedly (status %d)", program,
		    WEXITSTATUS(status));
		return;
	}
	abbrev = sigabbrev_np(WTERMSIG(status));
	snprintf(out, cap, "%s was killed by signal %d (%s)", program,
	    WTERMSIG(status), abbrev != NULL ? abbrev : "?");
}

/*
 * A worker's death outranks what others said because of it: when net is
 * killed, crypto may be quick enough to report a lost sibling first.  And of
 * two deaths the one by a signal is the cause.
 */
static void
died(struct super *s, enum proc_id id, int status)
{
	struct worker *w = &s->w[id];
	const char *program = proc_program(s, id);
	int by_signal = WIFSIGNALED(status);
	char what[SENTENCE_MAX], why[SENTENCE_MAX];
	int code = EXIT_INTERNAL;

	if ((s->v.final && !by_signal) ||
	    (s->v.worker_died && !(by_signal && s->v.worker_died == 1)))
		return;
	death_text(s, id, status, what, sizeof what);
	/* Its own refusal to serve unconfined is the program's. */
	if (!by_signal && WEXITSTATUS(status) == EXIT_SANDBOX) {
		code = EXIT_SANDBOX;
		snprintf(
		    what, sizeof what, "%s could not be confined", program);
	}
	if (id == PROC_CRYPTO && s->o->crypto_worker != NULL)
		snprintf(why, sizeof why,
		    "What ran is %.200s, by --crypto-worker.%s%.200s",
		    s->o->crypto_worker,
		    w->last[0] != '\0' ? " It last said: " : "", w->last);
	else if (w->last[0] != '\0')
		snprintf(why, sizeof why, "It last said: %.*s",
		    (int)(sizeof why - 32), w->last);
	else
		snprintf(why, sizeof why, "%s",
		    by_signal && WTERMSIG(status) == SIGSYS
			? "It tried something that its sandbox forbids."
			: what_is_over(s));
	verdict_death(s, code, what, why);
	s->v.worker_died = by_signal ? 2 : 1;
}

/* Whether a front end that was told the end may have shown it. */
static int
has_shown(int status)
{
	return WIFEXITED(status) &&
	       (WEXITSTATUS(status) == EXIT_OK ||
		   WEXITSTATUS(status) == EXIT_UNDELIVERED);
}

static void
gone(struct super *s, enum proc_id id, int status)
{
	struct worker *w = &s->w[id];
	int expected;

	/* What it said before it died counts. */
	if (w->link.fd >= 0)
		messages_take(s, id);
	drain_stderr(s, id);
	expected =
	    (may_leave(s, id) || s->crypto_ended) && !WIFSIGNALED(status);
	if (id == s->ui && (!expected || !has_shown(status)))
		s->v.told = 0;
	/* It alone knows of texts that crypto was never given. */
	if (expected && id == s->ui && WIFEXITED(status) &&
	    WEXITSTATUS(status) == EXIT_UNDELIVERED && s->v.exit == EXIT_OK)
		s->v.exit = EXIT_UNDELIVERED;
	log_event(s, "%s left (%s %d)", proc_program(s, id),
	    WIFSIGNALED(status) ? "signal" : "status",
	    WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status));
	if (!expected && !w->killed && !worker_has_done(s, id))
		died(s, id, status);
	if (id == PROC_DIAL && w->state != WS_SERVING && !w->killed)
		death_text(s, id, status, s->dial_why, sizeof s->dial_why);
	fd_close(w->link.fd);
	w->link.fd = -1;
	w->pid = 0;
	w->state = WS_NONE;
}

/* One thing that happened to a worker: it has ended, stopped or gone on. */
static void
on_change(struct super *s, enum proc_id id, int status)
{
	if (WIFSTOPPED(status))
		stopped_by_signal(s, id, WSTOPSIG(status));
	else if (WIFCONTINUED(status))
		stopped_goes_on(s, id);
	else
		gone(s, id, status);
}

void
worker_reap(struct super *s)
{
	for (size_t i = 0; i < PROC_COUNT; i++) {
		const struct worker *w = &s->w[i];
		int status;

		while (w->pid > 0 &&
		       waitpid(w->pid, &status,
			   WNOHANG | WUNTRACED | WCONTINUED) == w->pid)
			on_change(s, (enum proc_id)i, status);
	}
}

/* Until everybody is gone, or the time is over. */
static void
wait_for_all(struct super *s)
{
	uint64_t by = clock_now_ms() + WORKER_STOP;

	while (worker_any(s) && clock_now_ms() < by)
		pump(s, by, -1);
}

void
worker_stop_all(struct super *s)
{
	s->stopping = 1;
	for (size_t i = 0; i < LINK_COUNT; i++) {
		fd_close(s->halves[i]);
		s->halves[i] = -1;
	}
	for (size_t i = 0; i < PROC_COUNT; i++)
		worker_dismiss(&s->w[i]);
	wait_for_all(s);
	for (size_t i = 0; i < PROC_COUNT; i++)
		if (s->w[i].pid > 0)
			worker_kill(s, (enum proc_id)i);
	/* A debugger may keep the dead from us: also this has an end. */
	wait_for_all(s);
	s->stopping = 0;
}
