/*
 * From the command line to the exit code: what needs the open world first,
 * then the supervisor's own sandbox, then one chat or, with --keep, one after
 * the other.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/landlock.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "internal.h"
#include "secchat/keyfd.h"
#include "secchat/util.h"
#include "secchat/version.h"

/* ---- the key file ---- */

/* 0 when secchat-identity has made a key. */
static int
make_key(const char *path)
{
	char name[] = "secchat-identity", verb[] = "keygen";
	char *argv[] = {name, verb, strdupa(path), NULL};
	int code = super_identity_ask(argv, NULL, NULL, 0);

	return code == EXIT_OK ? 0 : -ERR_SYS;
}

static int
wants_key(struct super *s)
{
	char answer[16];

	term_flush_input(s);
	note(s, NOTE_INFO, "there is no key file %s", s->o->key_path);
	term_write(s, "Make one now? Type yes, or Enter to leave: ");
	return term_line(s, answer, sizeof answer) > 0 &&
	       (answer[0] == 'y' || answer[0] == 'Y');
}

static int
open_key(struct super *s)
{
	const char *path = s->o->key_path;
	char what[SENTENCE_MAX], next[SENTENCE_MAX];

	s->key = keyfd_open(path);
	if (s->key == -ERR_KEYFILE_MISSING && s->interactive && wants_key(s) &&
	    make_key(path) == 0)
		s->key = keyfd_open(path);
	if (s->key >= 0)
		return 0;
	if (s->key == -ERR_KEYFILE_OPEN)
		snprintf(what, sizeof what, "%s: %s", path, strerror(errno));
	else
		snprintf(what, sizeof what, "%s: %s", path, err_text(s->key));
	keyfd_next(next, sizeof next, s->key, path);
	verdict_set(s, err_exit(s->key), what, NULL, next);
	return s->key;
}

/* ---- before the lock-down ---- */

int
run_find_workers(struct super *s)
{
	if (where_workers(s->dir) == 0)
		return 0;
	verdict_set(s, EXIT_INTERNAL, "the program's other parts are missing",
	    s->dir, "Install it again with: make install");
	s->dir[0] = '\0';
	return -ERR_SYS;
}

/* After exec it would be too late for a sentence about the path. */
static int
check_crypto_worker(struct super *s)
{
	const char *path = s->o->crypto_worker;
	char what[SENTENCE_MAX];
	struct stat st;

	if (path == NULL)
		return 0;
	if (stat(path, &st) == 0 && !S_ISREG(st.st_mode))
		errno = S_ISDIR(st.st_mode) ? EISDIR : EACCES;
	else if (access(path, X_OK) == 0)
		return 0;
	snprintf(what, sizeof what, "cannot run %.300s in crypto's place: %s",
	    path, strerror(errno));
	verdict_set(s, EXIT_CONFIG, what, NULL,
	    "Give --crypto-worker a program, or leave it out.");
	return -ERR_SYS;
}

int
run_open_log(struct super *s)
{
	char what[SENTENCE_MAX];
	const char *why;

	if (s->o->log_path == NULL)
		return 0;
	s->log = log_open(s->o->log_path, &why);
	if (s->log >= 0)
		return 0;
	snprintf(what, sizeof what, "cannot open the log %.300s: %s",
	    s->o->log_path, why);
	verdict_set(s, EXIT_CONFIG, what, NULL,
	    "Name a file of yours, in a folder that is there: --log FILE");
	return s->log;
}

/* Before anything can go wrong: what is told of that begins with it. */
static void
look_at_state(struct super *s)
{
	s->state_dir = accepted_open(s->state_path, 0);
	s->accepted = intro_is_accepted(s) != 0;
}

/*
 * The folder is made only when somebody is about to be asked.
 */
static void
make_state(struct super *s)
{
	if (s->state_dir < 0 && s->interactive && s->o->accept_intro == 0)
		s->state_dir = accepted_open(s->state_path, 1);
}

#define RUN_WORKERS                                                  \
	(LANDLOCK_ACCESS_FS_EXECUTE | LANDLOCK_ACCESS_FS_READ_FILE | \
	    LANDLOCK_ACCESS_FS_READ_DIR)

void
run_confine(struct super *s)
{
	struct policy_path extra[PROC_COUNT + 2];
	static char paths[PROC_COUNT + 1][PATH_CAP];
	struct jail_report report;
	size_t n = 0;

	for (size_t i = 0; i < PROC_COUNT; i++)
		if (where_program(paths[i], s->dir, proc_rows[i].program) == 0)
			extra[n++] = (struct policy_path){
			    paths[i], RUN_WORKERS, "a worker"};
	if (s->o->legacy != 0 && where_program(paths[PROC_COUNT], s->dir,
				     proc_program(s, PROC_CRYPTO)) == 0)
		extra[n++] = (struct policy_path){
		    paths[PROC_COUNT], RUN_WORKERS, "in crypto's place"};
	if (s->o->crypto_worker != NULL)
		extra[n++] = (struct policy_path){s->o->crypto_worker,
		    RUN_WORKERS, "the crypto worker that was asked for"};
	jail_enter(s->o->proxy == PROXY_UNIX ? &policy_supervisor_unix
					     : &policy_supervisor,
	    extra, n, &report);
	s->sandbox_missing |= report.missing;
	log_event(s, "supervisor confined (applied %#x, missing %#x)",
	    report.applied, report.missing);
}

static void
choose_mode(struct super *s)
{
	const struct options *o = s->o;

	if (o->key_path != NULL)
		s->source = SECRET_KEYFILE;
	else if (o->legacy != 0)
		s->source = SECRET_PASSPHRASE;
	else if (o->id && !o->pair)
		s->source = SECRET_NONE;
	else if (o->passphrase || o->passphrase_fd >= 0)
		s->source = SECRET_PASSPHRASE;
	else if (o->role == PEER_HOST)
		s->source = SECRET_MAKE_CODE;
	else
		s->source = SECRET_CODE;
	if (o->legacy != 0)
		s->mode = o->legacy;
	else if (o->id)
		s->mode = o->pair ? MODE_PAIR : MODE_ID;
	else
		s->mode = o->key_path != NULL ? MODE_KEY : MODE_PASS;
}

/* A secret that somebody has to type needs somewhere to type it. */
static int
can_ask(struct super *s)
{
	int typed = s->source == SECRET_CODE || s->source == SECRET_PASSPHRASE;

	if (s->source == SECRET_MAKE_CODE && s->ui == PROC_SCRIPT &&
	    !s->o->json) {
		verdict_set(s, EXIT_USAGE,
		    "a one-time code cannot be shown on a pipe", NULL,
		    "Use --json, a terminal, --key FILE or --passphrase-fd N");
		return -ERR_USAGE;
	}
	if (!typed || s->o->code_fd >= 0 || s->o->passphrase_fd >= 0 ||
	    s->term >= 0)
		return 0;
	verdict_set(s, EXIT_USAGE, "there is no terminal to type the secret on",
	    NULL,
	    s->source == SECRET_PASSPHRASE
		? "Give it on a descriptor: --passphrase-fd N"
		: "Give it on a descriptor: --code-fd N");
	return -ERR_USAGE;
}

static int
is_dumb(void)
{
	const char *term = getenv("TERM");

	return term == NULL || term[0] == '\0' || strcmp(term, "dumb") == 0;
}

static void
choose_front(struct super *s)
{
	const struct options *o = s->o;
	int on_tty = isatty(STDIN_FILENO) && isatty(STDOUT_FILENO);

	s->ui = on_tty && !o->json ? PROC_TTY : PROC_SCRIPT;
	s->plain = !on_tty || o->plain || is_dumb();
	s->utf8 = locale_is_utf8() && !o->ascii;
	if (!o->no_input)
		term_init(s);
	s->interactive = s->term >= 0 && isatty(STDIN_FILENO);
}

static int
prepare(struct super *s)
{
	int err;

	s->null = open("/dev/null", O_RDWR | O_CLOEXEC);
	if (s->null < 0 || signals_init(s) < 0)
		fatal("cannot start: %s", strerror(errno));
	choose_mode(s);
	choose_front(s);
	look_at_state(s);
	err = run_find_workers(s);
	if (err == 0)
		err = check_crypto_worker(s);
	if (err == 0)
		err = run_open_log(s);
	log_event(s, "secchat %s, %s, mode %u", SECCHAT_VERSION,
	    s->o->role == PEER_HOST ? "host" : "join", s->mode);
	if (err == 0)
		err = can_ask(s);
	if (err == 0)
		err = price_prepare(s);
	if (err == 0 && s->source == SECRET_KEYFILE)
		err = open_key(s);
	if (err == 0 && s->o->id)
		err = known_prepare(s);
	if (err == 0)
		err = files_prepare(s);
	if (err == 0)
		make_state(s);
	if (s->dir[0] != '\0')
		run_confine(s);
	return err;
}

/* ---- one chat after the other ---- */

static void
between_chats(struct super *s)
{
	if (s->input == INPUT_UNKNOWN)
		note(s, NOTE_WARN,
		    "%s did not say where it left standard input; what comes "
		    "of a line there is passed over",
		    proc_program(s, PROC_SCRIPT));
	s->chat++;
	memset(&s->v, 0, sizeof s->v);
	memset(&s->met, 0, sizeof s->met);
	s->front_used = s->connected = s->here = 0;
	s->crypto_ended = s->peer_left = 0;
	files_reset(s);
}

/* --keep: the peer is gone, the listener is not, and nobody wants to stop. */
static int
keeps_waiting(const struct super *s)
{
	return s->o->keep && s->listener >= 0 && s->crypto_ended &&
	       (s->connected || s->v.err == ERR_AUTH_LIMIT) &&
	       !s->v.worker_died && s->v.user_left == 0 && s->signal == 0;
}

/*
 * After a wrong secret the question comes again, but only a person may answer
 * it: each try gives a false host one guess.
 */
static int
tries_again(struct super *s)
{
	if (s->v.err != ERR_AUTH || s->o->role != PEER_JOINER ||
	    !secret_is_typed(s) || !s->interactive || s->o->json ||
	    s->signal != 0)
		return 0;
	term_write(s, "Try again; Enter alone leaves.\n");
	s->retrying = 1;
	return 1;
}

int
run_again(struct super *s)
{
	if (!keeps_waiting(s) && !tries_again(s))
		return 0;
	between_chats(s);
	return 1;
}

static struct super *the_one;

/* fatal() here must not leave processes or a raw terminal behind. */
static void
last_wish(void)
{
	files_abandon(the_one);
	worker_stop_all(the_one);
	term_restore(the_one);
}

void
run_init(struct super *s, const struct options *o)
{
	s->o = o;
	s->chat = 1;
	s->null = s->term = s->log = s->state_dir = s->key = -1;
	s->identity = s->store.dir = s->ca = s->job.fd = -1;
	s->listener = s->signals = s->dial_fd = -1;
	for (size_t i = 0; i < LINK_COUNT; i++)
		s->halves[i] = -1;
	for (size_t i = 0; i < PROC_COUNT; i++)
		s->w[i].link.fd = s->w[i].err = -1;
	the_one = s;
	fatal_hook(last_wish);
}

int
super_run(const struct options *o)
{
	static struct super s;
	int code;

	run_init(&s, o);
	if (prepare(&s) < 0) {
		chat_end(&s);
		return s.v.exit;
	}
	do {
		chat_run(&s);
		chat_end(&s);
		code = s.v.exit;
	} while (run_again(&s));
	return code;
}
