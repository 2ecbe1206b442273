/*
 * One chat from the first program to the last: crypto, the introduction, the
 * secret, net and the front end, the connection, the wait, the end.  Each
 * step waits for what it needs; whatever happens meanwhile is in pump.c.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "internal.h"
#include "secchat/util.h"

/* ---- crypto ---- */

static int
crypto_has_info(const struct super *s)
{
	return s->info || s->crypto_ended;
}

/* What this computer has not got enough of, and what to do. */
static const struct {
	int error;
	const char *next;
} scarce[] = {
    {EAGAIN, "This user may have no more processes. End some, or raise the "
	     "limit, as in: ulimit -u 4096"},
    {ENOMEM, "There is too little memory. End other programs."},
    {ENFILE, "Too many files are open on this computer. End other programs."},
};

const char *
start_next(int error)
{
	for (size_t i = 0; i < ARRAY_LEN(scarce); i++)
		if (scarce[i].error == error)
			return scarce[i].next;
	return NULL;
}

int
start_failed(struct super *s, const char *program)
{
	char what[SENTENCE_MAX];
	const char *next = start_next(errno);

	snprintf(
	    what, sizeof what, "cannot start %s: %s", program, strerror(errno));
	verdict_set(
	    s, next != NULL ? EXIT_CONFIG : EXIT_INTERNAL, what, NULL, next);
	return -ERR_SYS;
}

/* The descriptor that crypto reads the secret from, or -1. */
static int
secret_fd(const struct super *s)
{
	const struct options *o = s->o;

	if (s->source == SECRET_KEYFILE)
		return s->key;
	if (s->source == SECRET_MAKE_CODE || s->source == SECRET_NONE)
		return -1;
	if (o->code_fd >= 0)
		return o->code_fd;
	return o->passphrase_fd >= 0 ? o->passphrase_fd : s->term;
}

static int
start_crypto(struct super *s)
{
	uint8_t start[14 + NAME_MAX_LOCAL];
	struct writer w;

	writer_init(&w, start, sizeof start);
	put_u8(&w, s->o->role);
	put_u8(&w, s->mode);
	put_u8(&w, s->o->pq ? SUITE_2 : SUITE_1);
	put_u8(&w, s->source);
	put_u8(&w, (s->o->accept_new ? START_ACCEPT_NEW : 0) |
		       (s->o->wait ? START_WAIT : 0));
	put_u32(&w, s->o->rekey_msgs);
	put_u32(&w, s->o->rekey_ms);
	put_str8(&w, s->own_name);
	/* A second chat reads the same files again. */
	if (s->source == SECRET_KEYFILE)
		(void)lseek(s->key, 0, SEEK_SET);
	if (s->o->id)
		(void)lseek(s->identity, 0, SEEK_SET);
	s->info = s->crypto_ended = s->peer_left = 0;
	redial_over(s);
	if (worker_start(s, PROC_CRYPTO, secret_fd(s)) < 0)
		return start_failed(s, proc_program(s, PROC_CRYPTO));
	ipc_send(&s->w[PROC_CRYPTO].link, IPC_CRYPTO_START, start, w.len);
	if (pump_until(s, crypto_has_info) < 0)
		return -ERR_WORKER;
	if (s->crypto_ended || s->v.over)
		return -ERR_WORKER;
	return s->o->id ? known_send(s) : 0;
}

/* ---- the secret ---- */

static int
secret_is_read(const struct super *s)
{
	return s->w[PROC_CRYPTO].state != WS_ASKED;
}

static void
prompt(struct super *s)
{
	if (s->source == SECRET_PASSPHRASE)
		term_write(s, "Passphrase (it is not shown): ");
	else
		term_write(s, "Code from the other person's screen: ");
}

static void
show_warnings(struct super *s)
{
	if (s->secret_warnings & WARN_SHORT)
		note(s, NOTE_WARN,
		    "this passphrase is short; whoever meets "
		    "you on the network may guess it, one try at a time");
	if (s->secret_warnings & WARN_NOT_ASCII)
		note(s, NOTE_WARN,
		    "this passphrase is not plain ASCII; the "
		    "other keyboard may write it in other bytes");
}

int
secret_is_typed(const struct super *s)
{
	return secret_fd(s) == s->term && s->term >= 0 &&
	       (s->source == SECRET_CODE || s->source == SECRET_PASSPHRASE);
}

/*
 * Only now may crypto read.  The terminal is ours until it has: what was
 * typed before the prompt or behind the line is thrown away, so that it
 * becomes neither a secret nor a message.
 */
static int
read_secret(struct super *s)
{
	struct worker *crypto = &s->w[PROC_CRYPTO];
	int typed = secret_is_typed(s);
	int err;

	if (s->source == SECRET_KEYFILE)
		return 0;
	if (typed) {
		term_flush_input(s);
		term_echo(s, s->source != SECRET_PASSPHRASE);
		prompt(s);
	}
	s->secret_error = 0;
	crypto->state = WS_ASKED;
	ipc_send(&crypto->link, IPC_READ_SECRET, NULL, 0);
	err = pump_until(s, secret_is_read);
	if (typed) {
		if (s->source == SECRET_PASSPHRASE || err < 0)
			term_write(s, "\n");
		term_flush_input(s);
		term_restore(s);
	}
	if (err < 0 || s->crypto_ended)
		return -ERR_WORKER;
	show_warnings(s);
	return -s->secret_error;
}

#define TYPED_TRIES 3

/* What was mistyped may be typed again, to a new process. */
static int
take_secret(struct super *s)
{
	for (int tries = 1;; tries++) {
		int err = read_secret(s);

		if (err == 0 || err == -ERR_WORKER)
			return err;
		if (!secret_is_typed(s) || tries == TYPED_TRIES ||
		    (s->retrying && err == -ERR_SECRET_EMPTY)) {
			verdict_err(s, err);
			return err;
		}
		say_error(err_text(err), NULL, err_next(err));
		worker_stop_all(s);
		err = start_crypto(s);
		if (err < 0)
			return err;
	}
}

/* ---- the connection ---- */

static int
net_is_ready(const struct super *s)
{
	return s->w[PROC_NET].state != WS_STARTED;
}

static int
connect_net(struct super *s)
{
	char why[160];
	int err;

	if (worker_start(s, PROC_NET, -1) < 0)
		return start_failed(s, proc_rows[PROC_NET].program);
	err = front_start(s);
	if (err < 0)
		return err;
	if (pump_until(s, net_is_ready) < 0)
		return -ERR_WORKER;
	s->wait_until = clock_now_ms() + s->o->wait_ms;
	err = s->listener < 0 ? call_dial(s) : 0;
	if (err == -ERR_CONNECT && s->o->wait) {
		call_why(s, why, sizeof why);
		redial_want(s, why);
		return 0;
	}
	if (err == -ERR_CONNECT)
		call_verdict(s);
	if (err < 0)
		return err;
	if (s->o->role == PEER_HOST && s->listener < 0) {
		s->listener = s->dial_fd;
		s->dial_fd = -1;
	}
	call_hand_over(s);
	return 0;
}

/* ---- the chat ---- */

static int
chat_wants_us(const struct super *s)
{
	return s->crypto_ended || s->v.over ||
	       clock_now_ms() >= redial_deadline(s);
}

void
chat_run(struct super *s)
{
	if (start_crypto(s) < 0 || intro_consent(s) < 0 || take_secret(s) < 0 ||
	    connect_net(s) < 0)
		return;
	if (!s->o->keep) {
		fd_close(s->listener);
		s->listener = -1;
		fd_close(s->key);
		s->key = -1;
	}
	/* A code that was mistyped is asked for again. */
	if (!s->o->keep && !secret_is_typed(s)) {
		fd_close(s->identity);
		s->identity = -1;
	}
	while (
	    pump_until(s, chat_wants_us) == 0 && !s->crypto_ended && !s->v.over)
		redial_serve(s);
	redial_over(s);
}
