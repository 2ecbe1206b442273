/*
 * The end of a chat: closed in order when there is somebody to say goodbye
 * to, everybody out, nobody left behind, the terminal as it was, and one
 * sentence about what went wrong if something did.
 */
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "internal.h"
#include "secchat/util.h"

static int
crypto_has_ended(const struct super *s)
{
	return s->crypto_ended || s->w[PROC_CRYPTO].pid == 0 ||
	       s->v.worker_died;
}

/* Once there was a chat, nobody can tell then whether anything is lost. */
static void
crypto_hangs(struct super *s)
{
	char what[SENTENCE_MAX];

	worker_kill(s, PROC_CRYPTO);
	if (!s->connected)
		return;
	snprintf(what, sizeof what, "%s did not end the chat within %d seconds",
	    proc_program(s, PROC_CRYPTO), (CLOSE_WAIT + 1000) / 1000);
	verdict_set(s, EXIT_INTERNAL, what, NULL,
	    "What was not marked as delivered may not have arrived.");
}

/* Let crypto say CLOSE to the peer; it tells how many texts are lost. */
static void
close_in_order(struct super *s)
{
	struct worker *crypto = &s->w[PROC_CRYPTO];
	uint64_t by = clock_now_ms() + CLOSE_WAIT + 1000;
	uint8_t why = s->v.user_left != 0 ? s->v.user_left : QUIT_SIGNAL;

	if (crypto_has_ended(s) || crypto->link.fd < 0 ||
	    crypto->state == WS_STARTED)
		return;
	ipc_send(&crypto->link, IPC_CRYPTO_CLOSE, &why, 1);
	while (!crypto_has_ended(s) && clock_now_ms() < by)
		pump(s, by, -1);
	if (!crypto_has_ended(s))
		crypto_hangs(s);
}

static void
undelivered_text(const struct verdict *v, char what[SENTENCE_MAX])
{
	if (v->undelivered == 0)
		snprintf(what, SENTENCE_MAX, "%s", err_text(ERR_UNDELIVERED));
	else
		snprintf(what, SENTENCE_MAX,
		    "the chat ended with %u undelivered message%s",
		    v->undelivered, v->undelivered == 1 ? "" : "s");
}

/* Which standard stream failed and why, as a sentence of its own or a part. */
static void
stream_text(const struct verdict *v, const char *end, char out[SENTENCE_MAX])
{
	snprintf(out, SENTENCE_MAX, "standard %s: %s%s",
	    v->stream == STDIN_FILENO ? "input cannot be read"
				      : "output cannot be written",
	    strerror(v->stream_errno), end);
}

static const char *
stream_next(const struct verdict *v)
{
	return v->stream == STDIN_FILENO
		   ? "What is in it was not sent. Start again with another."
		   : "What was not written counts as not delivered over "
		     "there.";
}

/* What the exit code is when nobody has said so yet. */
static void
conclude(struct super *s)
{
	struct verdict *v = &s->v;
	char what[SENTENCE_MAX], why[SENTENCE_MAX] = "";

	if (s->signal == SIGTERM || s->signal == SIGHUP) {
		snprintf(what, sizeof what, "ended by signal %d (%s)",
		    s->signal, sigabbrev_np(s->signal));
		verdict_set(s, EXIT_TERM, what, NULL, NULL);
	}
	if (!s->connected &&
	    (s->signal == SIGINT || v->user_left == QUIT_INTERRUPT))
		verdict_set(
		    s, EXIT_INTERRUPT, err_text(ERR_INTERRUPTED), NULL, NULL);
	if (v->undelivered > 0) {
		undelivered_text(v, what);
		if (v->stream_failed)
			stream_text(v, ".", why);
		verdict_set(
		    s, EXIT_UNDELIVERED, what, why, err_next(ERR_UNDELIVERED));
	}
	if (s->files.failed > 0) {
		files_failed_text(s, what, sizeof what);
		verdict_set(s, EXIT_FILE, what, NULL, files_failed_next(s));
	}
	if (v->stream_failed) {
		stream_text(v, "", what);
		verdict_set(s, EXIT_UNDELIVERED, what, NULL, stream_next(v));
	}
	verdict_set(s, EXIT_OK, "", NULL, NULL);
	v->final = 1;
}

/*
 * When the other side ends the chat, only the front end knows what it never
 * gave to crypto.  It answers UI_END with the number (secchat-script) and
 * leaves with EXIT_UNDELIVERED: a good end is none.  So many were counted
 * before that.  It leaves so, too, when standard output fails at the end.
 */
static void
reconsider(struct super *s, uint32_t before)
{
	struct verdict *v = &s->v;
	size_t len = strlen(v->what);

	if (v->exit == EXIT_OK && v->undelivered > 0)
		v->exit = EXIT_UNDELIVERED;
	if (v->exit != EXIT_UNDELIVERED)
		return;
	if (len == 0 && v->stream_failed && v->undelivered == 0) {
		stream_text(v, "", v->what);
		snprintf(v->next, sizeof v->next, "%s", stream_next(v));
	} else if (len == 0) {
		undelivered_text(v, v->what);
		if (v->stream_failed)
			stream_text(v, ".", v->why);
		snprintf(
		    v->next, sizeof v->next, "%s", err_next(ERR_UNDELIVERED));
	} else if (v->undelivered > before)
		snprintf(v->what + len, SENTENCE_MAX - len,
		    before > 0 ? "; %u in all" : "; %u undelivered",
		    v->undelivered);
}

/* dial may sit in a name lookup: nothing is lost when it is cut short. */
static void
stop_dial(struct super *s)
{
	struct worker *dial = &s->w[PROC_DIAL];

	if (dial->pid > 0 && !dial->killed) {
		dial->killed = 1;
		(void)kill(dial->pid, SIGKILL);
	}
}

/* With --json even what fails before a chat is told as events. */
static void
report_as_json(struct super *s)
{
	if (!s->o->json || s->front_used || s->dir[0] == '\0')
		return;
	s->ui = PROC_SCRIPT;
	(void)front_start(s);
}

static void
say_verdict(const struct super *s)
{
	const struct verdict *v = &s->v;

	if (v->exit == EXIT_OK || v->exit == EXIT_INTERRUPT || v->told)
		return;
	say_error(v->what, v->why, v->next);
}

void
chat_end(struct super *s)
{
	uint32_t undelivered;

	stop_dial(s);
	close_in_order(s);
	files_end(s);
	conclude(s);
	report_as_json(s);
	undelivered = s->v.undelivered;
	front_end(s);
	reconsider(s, undelivered);
	worker_stop_all(s);
	fd_close(s->dial_fd);
	s->dial_fd = -1;
	/* Who was typing when the other side ended it did not mean the shell.
	 */
	if (s->v.user_left == 0 && s->connected)
		term_flush_input(s);
	term_restore(s);
	say_verdict(s);
}
