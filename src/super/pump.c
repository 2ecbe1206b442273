/*
 * The supervisor's one loop: everything that can happen to it arrives in
 * pump().  The flow of a chat (chat.c) is straight-line code that waits here
 * for the next thing it needs.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "internal.h"
#include "secchat/util.h"

/* ---- signals ---- */

/* The write end of the self-pipe; all that a handler may touch. */
static int signal_pipe = -1;

static void
on_signal(int sig)
{
	int saved = errno;
	uint8_t byte = (uint8_t)sig;

	if (sig == SIGCONT)
		stopped_on_sigcont();
	/* When the pipe is full, something to wake up for is in it. */
	if (write(signal_pipe, &byte, 1) < 0) {
	}
	errno = saved;
}

int
signals_init(struct super *s)
{
	static const int caught[] = {
	    SIGCHLD, SIGINT, SIGTERM, SIGHUP, SIGTSTP, SIGCONT};
	static const int ignored[] = {SIGPIPE, SIGTTOU};
	struct sigaction sa = {.sa_handler = on_signal, .sa_flags = SA_RESTART};
	int p[2];

	if (pipe2(p, O_CLOEXEC | O_NONBLOCK) < 0)
		return -ERR_SYS;
	s->signals = p[0];
	signal_pipe = p[1];
	sigfillset(&sa.sa_mask);
	if (set_signals(caught, ARRAY_LEN(caught), &sa) < 0)
		return -ERR_SYS;
	sa.sa_handler = SIG_IGN;
	return set_signals(ignored, ARRAY_LEN(ignored), &sa);
}

void
signals_stop(int stops)
{
	struct sigaction sa = {
	    .sa_handler = stops ? SIG_DFL : on_signal, .sa_flags = SA_RESTART};

	sigfillset(&sa.sa_mask);
	(void)sigaction(SIGTSTP, &sa, NULL);
}

/* Deaths are looked for at every turn; the others are remembered, the
 * strongest of them. */
void
signals_take(struct super *s)
{
	uint8_t buf[64];
	ssize_t n = read(s->signals, buf, sizeof buf);

	for (ssize_t i = 0; i < n; i++) {
		s->stop_wanted |= buf[i] == SIGTSTP;
		s->went_on |= buf[i] == SIGCONT;
		if (buf[i] == SIGCHLD || buf[i] == SIGTSTP || buf[i] == SIGCONT)
			continue;
		log_event(s, "signal %d", buf[i]);
		if (s->signal == 0 || s->signal == SIGINT)
			s->signal = buf[i];
	}
}

/* ---- deadlines ---- */

static uint64_t
next_deadline(const struct super *s, uint64_t until)
{
	for (size_t i = 0; i < PROC_COUNT; i++) {
		const struct worker *w = &s->w[i];

		/* Who was killed may be kept from us for long, by a debugger
		 * or by what it waits for in the kernel. */
		if (w->pid == 0 || w->killed)
			continue;
		if (w->state == WS_STARTED && w->stop_signal == 0 &&
		    !price_is((enum proc_id)i))
			until = MIN(until, w->ready_by);
		if (w->state == WS_ASKED && w->stop_signal == 0)
			until = MIN(until, w->answer_by);
		until = MIN(until, MIN(w->gone_by, w->go_on_by));
	}
	return MIN(until, MIN(redial_deadline(s), price_deadline(s)));
}

/* READY has not come in time. */
static void
not_ready(struct super *s, enum proc_id id)
{
	char what[sizeof s->dial_why];

	snprintf(what, sizeof what, "%s was not ready within %d seconds",
	    proc_program(s, id), WORKER_START / 1000);
	if (worker_has_done(s, id))
		snprintf(s->dial_why, sizeof s->dial_why, "%s", what);
	else
		verdict_set(s, EXIT_INTERNAL, what, s->w[id].last, NULL);
	worker_kill(s, id);
}

static void
late_workers(struct super *s, uint64_t now)
{
	for (size_t i = 0; i < PROC_COUNT; i++) {
		struct worker *w = &s->w[i];

		if (w->pid == 0 || w->killed)
			continue;
		if (w->state == WS_STARTED && w->stop_signal == 0 &&
		    now >= w->ready_by && !price_is((enum proc_id)i))
			not_ready(s, (enum proc_id)i);
		if (w->state == WS_ASKED && w->stop_signal == 0 &&
		    now >= w->answer_by)
			call_gave_up(s);
		if (now >= w->gone_by)
			worker_kill(s, (enum proc_id)i);
	}
	stopped_look(s, now);
}

/* ---- the loop ---- */

struct turn {
	struct pollfd p[2 + 2 * PROC_COUNT];
	nfds_t n;
};

static void
add(struct turn *t, int fd, short events)
{
	t->p[t->n++] = (struct pollfd){.fd = fd, .events = events};
}

int
pump(struct super *s, uint64_t until, int want)
{
	struct turn t = {.n = 0};
	uint64_t now = clock_now_ms();
	int timeout = clock_poll_timeout(now, next_deadline(s, until));

	add(&t, s->signals, POLLIN);
	add(&t, want, POLLIN);
	for (size_t i = 0; i < PROC_COUNT; i++) {
		struct worker *w = &s->w[i];

		short out = i == PROC_FILE && s->files.waits ? POLLOUT : 0;

		add(&t, w->link.fd,
		    w->link.fd < 0 ? 0 : (short)(ipc_events(&w->link) | out));
		add(&t, w->err, POLLIN);
	}
	if (poll(t.p, t.n, timeout) < 0) {
		if (errno != EINTR)
			fatal("poll: %s", strerror(errno));
		return 0;
	}
	if (t.p[0].revents != 0)
		signals_take(s);
	for (size_t i = 0; i < PROC_COUNT; i++) {
		if (t.p[2 + 2 * i].revents & POLLOUT)
			ipc_flush(&s->w[i].link);
		if (t.p[2 + 2 * i].revents & ~POLLOUT)
			messages_take(s, (enum proc_id)i);
		if (t.p[3 + 2 * i].revents != 0)
			worker_stderr(s, (enum proc_id)i);
	}
	worker_reap(s);
	late_workers(s, clock_now_ms());
	suspend_turn(s);
	price_turn(s);
	files_turn(s);
	return t.p[1].revents != 0;
}

/*
 * Whether somebody here wants to leave.  When it is only that the input has
 * ended, what was asked for is still tried: a joiner says hello, a host finds
 * out whether it could have waited there.
 */
static int
is_leaving(const struct super *s)
{
	if (s->signal != 0)
		return 1;
	if (s->v.user_left == QUIT_EOF && s->o->role == PEER_JOINER)
		return s->connected;
	if (s->v.user_left == QUIT_EOF)
		return s->listened;
	return s->v.user_left != 0;
}

int
pump_until(struct super *s, super_test *done)
{
	while (!done(s)) {
		if (s->v.over || is_leaving(s))
			return -ERR_INTERRUPTED;
		pump(s, CLOCK_NEVER, -1);
	}
	/* What was waited for may have come true by a death. */
	return s->v.over ? -ERR_INTERRUPTED : 0;
}
