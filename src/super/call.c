/*
 * Getting the socket: a host's listening one, a joiner's connected one.  dial
 * alone may make it; it is started for one question and leaves with its
 * answer.
 */
#include <errno.h>
#include <netdb.h>
#include <stdio.h>
#include <string.h>

#include "internal.h"
#include "secchat/util.h"

static int
dial_has_gone(const struct super *s)
{
	return s->w[PROC_DIAL].pid == 0 || s->crypto_ended;
}

static int
dial_is_ready(const struct super *s)
{
	return s->w[PROC_DIAL].state != WS_STARTED || s->crypto_ended;
}

static int
dial_has_answered(const struct super *s)
{
	return s->w[PROC_DIAL].state != WS_ASKED || s->crypto_ended;
}

static void
lower_first(char *text)
{
	if (text[0] >= 'A' && text[0] <= 'Z' &&
	    !(text[1] >= 'A' && text[1] <= 'Z'))
		text[0] = (char)(text[0] - 'A' + 'a');
}

void
call_why(const struct super *s, char *out, size_t cap)
{
	if (s->dial_why[0] != '\0') {
		snprintf(out, cap, "%s", s->dial_why);
		return;
	}
	snprintf(out, cap, "%s",
	    s->dial_eai != 0     ? gai_strerror(-(int)s->dial_eai)
	    : s->dial_errno != 0 ? strerror((int)s->dial_errno)
				 : err_text(s->dial_error));
	lower_first(out);
}

/* What to do about it: where one cannot wait there are several reasons. */
static const char *
listen_next(const struct super *s)
{
	switch (s->dial_errno) {
	case EADDRNOTAVAIL:
		return "This computer does not have that address: leave it "
		       "out, or see which it has: ip address";
	case EACCES:
		return "Ports below 1024 are root's. Choose another one, e.g. "
		       "secchat host 5001.";
	case EADDRINUSE:
		return "Another program waits there, perhaps another secchat. "
		       "Choose another port, e.g. secchat host 5001.";
	default:
		return err_next(ERR_LISTEN);
	}
}

void
call_verdict(struct super *s)
{
	const struct options *o = s->o;
	int err = s->dial_error;
	char what[SENTENCE_MAX], why[160], target[HOST_TEXT_MAX + 32];

	if (s->v.over)
		return;
	call_why(s, why, sizeof why);
	snprintf(target, sizeof target, "%s%sport %u", o->host,
	    o->host[0] != '\0' ? " " : "", o->port);
	if (o->role == PEER_HOST)
		snprintf(
		    what, sizeof what, "cannot wait on %s: %s", target, why);
	else if (err == ERR_PROXY)
		snprintf(what, sizeof what,
		    "cannot reach %s: the proxy %.60s: %.120s", target,
		    o->proxy_host, why);
	else if (err == ERR_LOOKUP || err == ERR_LOOKUP_BLOCKED)
		snprintf(
		    what, sizeof what, "cannot look up %s: %s", o->host, why);
	else
		snprintf(what, sizeof what, "cannot reach %s: %s", target, why);
	verdict_set(s, err_exit(err), what, NULL,
	    err == ERR_LISTEN ? listen_next(s) : err_next(err));
}

int
call_is_repeated(const struct super *s)
{
	return s->o->role == PEER_JOINER && (s->redial.wanted || s->o->wait);
}

/* What holds until it answers, and when it never does. */
static void
no_answer_yet(struct super *s)
{
	s->dial_ok = 0;
	s->dial_error = s->o->role == PEER_HOST ? ERR_LISTEN : ERR_CONNECT;
	s->dial_errno = 0;
	s->dial_eai = 0;
	snprintf(s->dial_why, sizeof s->dial_why, "%s gave no answer",
	    proc_rows[PROC_DIAL].program);
}

void
call_gave_up(struct super *s)
{
	struct worker *w = &s->w[PROC_DIAL];

	if (s->o->role != PEER_HOST)
		s->dial_error = ERR_TIMEOUT;
	if (s->dialling && clock_now_ms() >= redial_last(s))
		snprintf(s->dial_why, sizeof s->dial_why,
		    "there was no answer in the time of --wait");
	else
		snprintf(s->dial_why, sizeof s->dial_why,
		    "%s did not answer within %d seconds",
		    proc_rows[PROC_DIAL].program, DIAL_ANSWER / 1000);
	w->state = WS_SERVING;
	worker_dismiss(w);
	worker_kill(s, PROC_DIAL);
}

/* No process, no descriptors: there may be some at the next call. */
static int
not_started(struct super *s)
{
	const char *program = proc_rows[PROC_DIAL].program;

	if (!call_is_repeated(s))
		return start_failed(s, program);
	snprintf(s->dial_why, sizeof s->dial_why, "cannot start %s: %s",
	    program, strerror(errno));
	return -ERR_CONNECT;
}

/* Who has hung up already is not asked: it has its time to be gone. */
static void
ask(struct super *s, struct worker *w)
{
	w->answer_by = clock_now_ms() + DIAL_ANSWER;
	/* The first call is made in any case, further ones while --wait lasts.
	 */
	if (s->dialling)
		w->answer_by = MIN(w->answer_by, redial_last(s));
	if (w->link.fd >= 0)
		dial_ask(s, w,
		    s->o->role == PEER_HOST ? DIAL_LISTEN : DIAL_CONNECT,
		    s->o->port, s->o->host);
	else
		w->state = WS_ASKED;
}

int
call_dial(struct super *s)
{
	struct worker *w = &s->w[PROC_DIAL];

	/* The one before has answered, but may not have gone. */
	if (pump_until(s, dial_has_gone) < 0 || s->crypto_ended)
		return -ERR_WORKER;
	no_answer_yet(s);
	if (worker_start(s, PROC_DIAL, -1) < 0)
		return not_started(s);
	if (pump_until(s, dial_is_ready) < 0 || s->crypto_ended)
		return -ERR_WORKER;
	if (w->pid != 0)
		ask(s, w);
	if (pump_until(s, dial_has_answered) < 0 || s->crypto_ended)
		return -ERR_WORKER;
	/* The next call must not wait for one that stays; what it still says
	 * is heard meanwhile, since nothing is legal any more. */
	worker_has_to_go(w);
	return s->dial_ok ? 0 : -ERR_CONNECT;
}

void
call_hand_over(struct super *s)
{
	struct ipc_link *net = &s->w[PROC_NET].link;
	uint8_t body[1 + ADDR_TEXT_MAX];
	struct writer w;

	log_event(s, "%s %s",
	    s->o->role == PEER_HOST ? "waiting on" : "connected to",
	    s->dial_addr);
	if (s->o->role == PEER_HOST) {
		ipc_send_fd(net, IPC_NET_LISTENER, NULL, 0, s->listener);
		front_listening(s);
		s->listened = 1;
		return;
	}
	writer_init(&w, body, sizeof body);
	put_str8(&w, s->dial_addr);
	ipc_send_fd(net, IPC_NET_DIALLED, body, w.len, s->dial_fd);
	fd_close(s->dial_fd);
	s->dial_fd = -1;
}
