/*
 * Workers that were stopped (SIGSTOP, or a debugger that let go): the person
 * hears of it at once, and one that does not go on in time is ended, since a
 * chat with a part that stands still only looks alive.
 *
 * Time in which the supervisor was stopped itself counts for nobody: with the
 * whole job suspended its workers had no chance to do anything.
 */
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>

#include "internal.h"
#include "secchat/util.h"

/* Set by the handler of SIGCONT. */
static volatile sig_atomic_t continued;

void
stopped_on_sigcont(void)
{
	continued = 1;
}

/* Past the front end that would show it, since that is who stands still. */
static void
tell_terminal(struct super *s, const char *text)
{
	struct pollfd p = {.fd = s->term, .events = POLLOUT};

	/* Never wait for a terminal that takes nothing (Ctrl-S). */
	if (poll(&p, 1, 0) <= 0 || !(p.revents & POLLOUT))
		return;
	term_write(s, "\r\nsecchat: ");
	term_write(s, text);
	term_write(s, "\r\n");
	s->term_dirty = 1;
}

void
stopped_by_signal(struct super *s, enum proc_id id, int signal)
{
	struct worker *w = &s->w[id];
	char text[SENTENCE_MAX];

	if (w->stop_signal != 0)
		return;
	w->stop_signal = signal;
	w->go_on_by = clock_now_ms() + WORKER_STOPPED;
	log_event(s, "%s was stopped (signal %d)", proc_program(s, id), signal);
	if (worker_has_done(s, id))
		return;
	snprintf(text, sizeof text,
	    "%s (process %d) was stopped; it is ended in %d s unless it goes "
	    "on",
	    proc_program(s, id), (int)w->pid, WORKER_STOPPED / 1000);
	if (id == PROC_TTY)
		tell_terminal(s, text);
	else
		note(s, NOTE_WARN, "%s", text);
}

void
stopped_goes_on(struct super *s, enum proc_id id)
{
	struct worker *w = &s->w[id];

	if (w->stop_signal == 0)
		return;
	w->stop_signal = 0;
	w->go_on_by = CLOCK_NEVER;
	/* What it owed when it was stopped it now has all its time for. */
	if (w->state == WS_STARTED)
		w->ready_by = clock_now_ms() + WORKER_START;
	if (w->answer_by != CLOCK_NEVER)
		w->answer_by = clock_now_ms() + DIAL_ANSWER;
	log_event(s, "%s goes on", proc_program(s, id));
	/* The screen may hold anything by now. */
	s->went_on |= id == PROC_TTY;
	if (!worker_has_done(s, id))
		note(s, NOTE_INFO, "%s (process %d) goes on",
		    proc_program(s, id), (int)w->pid);
}

void
stopped_verdict(struct super *s, enum proc_id id)
{
	const struct worker *w = &s->w[id];
	const char *abbrev = sigabbrev_np(w->stop_signal);
	char what[SENTENCE_MAX], why[SENTENCE_MAX];

	snprintf(what, sizeof what,
	    "%s was stopped by signal %d (%s) and did "
	    "not go on",
	    proc_program(s, id), w->stop_signal, abbrev != NULL ? abbrev : "?");
	snprintf(why, sizeof why, "It was ended (process %d). %s", (int)w->pid,
	    what_is_over(s));
	verdict_death(s, EXIT_INTERNAL, what, why);
	s->v.worker_died = 2;
}

/* Everybody's time begins anew. */
static void
restart_clocks(struct super *s, uint64_t now)
{
	for (size_t i = 0; i < PROC_COUNT; i++) {
		struct worker *w = &s->w[i];

		if (w->pid == 0)
			continue;
		if (w->stop_signal != 0)
			w->go_on_by = now + WORKER_STOPPED;
		if (w->state == WS_STARTED)
			w->ready_by = now + WORKER_START;
		if (w->answer_by != CLOCK_NEVER)
			w->answer_by = now + DIAL_ANSWER;
		if (w->gone_by != CLOCK_NEVER)
			w->gone_by = now + WORKER_STOP;
	}
}

void
stopped_look(struct super *s, uint64_t now)
{
	if (continued) {
		continued = 0;
		restart_clocks(s, clock_now_ms());
		return;
	}
	for (size_t i = 0; i < PROC_COUNT; i++) {
		struct worker *w = &s->w[i];

		if (w->pid == 0 || w->stop_signal == 0 || w->killed ||
		    now < w->go_on_by)
			continue;
		worker_kill(s, (enum proc_id)i);
	}
}
