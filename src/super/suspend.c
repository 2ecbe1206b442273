/*
 * Ctrl-Z.  The front end makes the terminal as it was, leaves it alone and
 * says UI_SUSPEND; then the whole process group is stopped as the terminal
 * would have done it, so that a shell, or make, takes it for a job like any
 * other.  Workers ignore that signal: the connection stays.  When the shell
 * lets us go on (fg), the front end gets the terminal back; in the background
 * (bg) we stop again.  Before there is a front end, a question of ours is asked
 * anew (term_line).
 */
#include <signal.h>
#include <string.h>

#include "internal.h"
#include "secchat/util.h"

/* The front end that has the terminal, or NULL. */
static struct worker *
front(struct super *s)
{
	struct worker *w = &s->w[s->ui];

	return s->ui == PROC_TTY && front_hears(s) ? w : NULL;
}

/* One that asks again and again and reads no answer gets no more of them. */
static void
tell(struct super *s, enum ipc_type type, uint8_t byte)
{
	struct worker *w = front(s);

	if (w != NULL && ipc_room(&w->link) >= 1)
		ipc_send(&w->link, type, &byte, 1);
}

/*
 * Stop, and go on when the terminal is ours.  Where there is no shell that
 * could let us go on the kernel does not stop us: 0 then.
 */
static int
stop(struct super *s)
{
	log_event(s, "suspended");
	signals_stop(1);
	do {
		s->went_on = 0;
		(void)kill(0, SIGTSTP);
		signals_take(s);
	} while (s->went_on && s->signal == 0 && !term_is_ours(s));
	signals_stop(0);
	log_event(s, s->went_on ? "going on" : "nothing has stopped us");
	return s->went_on;
}

/* The front end waits for it. */
static void
stop_chat(struct super *s)
{
	int stopped = stop(s);

	/* Neither stopped nor at the terminal: nobody is there any more. */
	if (!term_is_ours(s)) {
		if (s->signal == 0)
			s->signal = SIGHUP;
		return;
	}
	term_save(s);
	tell(s, IPC_UI_RESUME, (uint8_t)stopped);
}

/* Whether crypto is reading from the terminal. */
static int
is_secret_typed(const struct super *s)
{
	return s->w[PROC_CRYPTO].state == WS_ASKED && secret_is_typed(s);
}

static void
on_stop_signal(struct super *s)
{
	if (front(s) != NULL)
		tell(s, IPC_UI_PAUSE, !term_is_ours(s));
	else if (!is_secret_typed(s))
		s->ask_anew = (uint8_t)stop(s);
}

void
suspend_turn(struct super *s)
{
	uint8_t ready = s->stop_ready, wanted = s->stop_wanted;
	uint8_t went_on = s->went_on;

	s->stop_ready = s->stop_wanted = s->went_on = 0;
	if (s->v.over || s->signal != 0)
		return;
	if (ready && front(s) != NULL)
		stop_chat(s);
	else if (wanted)
		on_stop_signal(s);
	/* Somebody has stopped us by force: what is on the screen is not
	 * known any more. */
	else if (went_on && term_is_ours(s)) {
		s->ask_anew = front(s) == NULL;
		tell(s, IPC_UI_RESUME, 1);
	} else if (went_on)
		tell(s, IPC_UI_PAUSE, 1);
	s->stop_wanted = s->went_on = 0;
}
