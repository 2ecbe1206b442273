/*
 * What the files of the supervisor share: the two constant tables, the one
 * state struct, and who does what with it.
 */
#ifndef SECCHAT_SRC_SUPER_INTERNAL_H
#define SECCHAT_SRC_SUPER_INTERNAL_H

#include <sys/types.h>
#include <limits.h>
#include <termios.h>

#include "secchat/err.h"
#include "secchat/ipc.h"
#include "secchat/sandbox.h"
#include "files.h"
#include "prices.h"
#include "super.h"

/* ---- the process table and the link table (table.c) ---- */

enum proc_id {
	PROC_CRYPTO,
	PROC_NET,
	PROC_DIAL,
	PROC_TTY,
	PROC_SCRIPT,
	PROC_PRICE_DIAL, /* a second dial, so that a chat can call again */
	PROC_PRICE,
	PROC_FILE, /* started with the first file */
	PROC_COUNT,
	PROC_SUPER = PROC_COUNT,
};

enum proc_stdio {
	IO_NULL,
	IO_USER
};

struct proc_row {
	const char *program;
	uint8_t role;           /* ROLE_* */
	uint8_t link;           /* LINK_SUPER_*: its link to us */
	uint8_t stdio;          /* what its 0 and 1 are */
	uint8_t has_secret;     /* FD_SECRET is handed over */
	uint8_t has_socket;     /* so are FD_PRICE_SOCKET and FD_PRICE_CA */
	const char *const *env; /* variables it keeps, NULL at the end */
};

/* The two ends of a link: which program has it at which descriptor. */
struct link_end {
	uint8_t role;
	int fd; /* 0 in the supervisor: no fixed one */
};

struct link_row {
	struct link_end a, b;
};

extern const struct proc_row proc_rows[PROC_COUNT];

/* The program that a row stands for in this chat: an older format has one of
 * its own in crypto's place.  Static storage. */
struct super;
const char *proc_program(const struct super *s, enum proc_id id);
extern const struct link_row link_rows[LINK_COUNT];

/* ---- finding and starting programs (where.c, spawn.c) ---- */

#define PATH_CAP 4096

/*
 * The directory of the worker programs: where this program itself lies (the
 * build tree), else LIBEXECDIR.  Never PATH, never the environment.  0, or
 * -ERR_SYS: the programs are in neither place, the second one is in dir.
 */
int where_workers(char dir[PATH_CAP]);

/* dir and program as one path.  0 or -ERR_TOO_LONG. */
int where_program(char path[PATH_CAP], const char *dir, const char *program);

#define SPAWN_FDS 9

/* What a child gets: fds[n] becomes descriptor n, everything else closes. */
struct spawn {
	const char *path;
	char *const *argv;
	const char *const *env; /* names of variables that are kept */
	int fds[SPAWN_FDS];     /* -1: closed */
};

/* The child's pid, or -ERR_SYS. */
pid_t spawn(const struct spawn *sp);

/* ---- workers ---- */

enum worker_state {
	WS_NONE,    /* not started, or gone and reaped */
	WS_STARTED, /* READY is awaited */
	WS_READY,
	WS_ASKED,   /* crypto: SECRET_READ awaited; dial: answer */
	WS_SERVING, /* crypto: the secret is in; dial: answered */
	WS_DONE,    /* crypto: CRYPTO_END; front end: UI_END sent */
};

#define QUEUE_CAP 16384

struct worker {
	pid_t pid; /* 0: none */
	enum worker_state state;
	struct ipc_link link; /* fd -1: closed */
	uint8_t queue[QUEUE_CAP];
	int err;                    /* its stderr, or -1 */
	char line[STDERR_LINE_MAX]; /* begun */
	size_t line_len;
	char last[STDERR_LINE_MAX]; /* the last whole one, as it came */
	uint64_t ready_by, gone_by; /* or CLOCK_NEVER */
	uint64_t answer_by;         /* the same; the chat's dial alone */
	int stop_signal;            /* 0: it runs */
	uint64_t go_on_by;          /* CLOCK_NEVER: it runs */
	uint8_t dismissed;          /* asked to leave */
	uint8_t killed;             /* by us, because it did not */
};

/* A joiner's calls after the first (redial.c). */
struct redial {
	uint8_t wanted;  /* there is no connection, and there should be */
	uint8_t calling; /* dial has been asked, or crypto tries */
	uint32_t tries;
	uint32_t pause; /* ms before the next one, had it to wait */
	uint64_t at;    /* when it is due */
	char why[160];  /* the last one came to nothing */
};

/*
 * Where standard input is when a front end takes it over.  A line that was
 * begun for one person is not another one's: the next front end passes over
 * the rest of it, and also when nobody has said that there is none.
 */
enum input {
	INPUT_WHOLE,  /* behind a whole line, or nobody has read it yet */
	INPUT_INSIDE, /* inside a line, as secchat-script has told its user */
	INPUT_UNKNOWN /* secchat-script reads it, or has gone without a word */
};

/* How a chat ended; filled by the first who knows. */
struct verdict {
	uint8_t over;
	uint8_t final;       /* what happens from now on is the end */
	uint8_t told;        /* the front end has shown it */
	uint8_t user_left;   /* QUIT_*: somebody here wanted to leave */
	uint8_t worker_died; /* 1: by itself, 2: by a signal */
	uint8_t stream_failed, stream; /* of the front end's: 0 or 1 */
	int stream_errno;
	int err; /* ERR_*, when it was one of them */
	int exit;
	uint32_t undelivered;
	char what[SENTENCE_MAX];
	char why[SENTENCE_MAX];
	char next[SENTENCE_MAX];
};

/* Who came, as crypto told it last. */
struct met {
	uint8_t what; /* MET_*, or 0 */
	uint8_t pk[32];
	char print[PRINT_LEN + 1];
	char name[NAME_MAX_LOCAL + 1]; /* as remembered, or "" */
	char other[PRINT_LEN + 1];     /* of that person's key, or "" */
	char claimed[NICK_MAX + 1];
};

/* One provider being asked (price_job.c). */
enum job_state {
	JOB_IDLE,
	JOB_DIAL,
	JOB_PRICE,
	JOB_LEAVING
};

struct price_job {
	enum job_state state;
	uint8_t pending; /* prices.provider is to be asked next */
	uint8_t answered, broken;
	uint8_t news;         /* a refresh is over: there is what to show */
	uint8_t owed;         /* the front end had no room for it */
	uint16_t dial_error;  /* ERR_*, or 0 */
	int fd;               /* what dial connected, or -1 */
	uint64_t dial_by, by; /* deadlines */
	struct price_answer answer;
};

struct super {
	const struct options *o;
	uint8_t mode, source; /* MODE_*, SECRET_* */
	char dir[PATH_CAP];   /* of the workers; "": not found */
	char state_path[PATH_CAP];

	int null;      /* /dev/null */
	int term;      /* the terminal, or -1 */
	int log;       /* or -1 */
	int state_dir; /* or -1 */
	int key;       /* the key file until crypto has it */
	int identity;  /* the identity file, the same */
	int listener;  /* host: kept for the next chat */
	int signals;   /* read end of the self-pipe */

	size_t log_bytes;   /* written by this run */
	uint8_t log_failed; /* so much was said */

	struct termios saved;
	uint8_t term_saved;
	uint8_t term_touched; /* settings may differ from saved */
	uint8_t term_dirty;   /* so may what is on the screen */
	uint8_t interactive;  /* somebody can be asked */
	uint8_t utf8;
	uint8_t plain; /* lines only: asked for, a pipe or a dumb terminal */

	struct worker w[PROC_COUNT];
	uint8_t ui;             /* PROC_TTY or PROC_SCRIPT */
	uint8_t front_told;     /* UI_START: it may be sent notes */
	uint8_t front_used;     /* it has been started in this chat */
	uint32_t chat;          /* which one it is, from 1 */
	uint8_t input;          /* INPUT_*: where stdin is */
	int halves[LINK_COUNT]; /* ends kept for a worker to come */

	uint32_t caps; /* CRYPTO_INFO */
	uint8_t info, keymem;
	char fingerprint[64]; /* "SHA256:...", or "" */
	char old_print[20];
	uint32_t sandbox_missing;

	struct store store; /* known people; dir -1: not this time */
	struct people people;
	char own_name[NAME_MAX_LOCAL + 1];
	struct met met;
	uint8_t here; /* somebody who is remembered is in the chat */
	uint8_t here_pk[32];
	uint32_t turned_away; /* people who are not known */
	uint64_t turned_at;   /* no note about the next one before */

	uint8_t accepted;      /* the introduction */
	uint8_t retrying;      /* a wrong secret has been typed */
	uint16_t secret_error; /* SECRET_READ */
	uint8_t secret_warnings;
	uint8_t connected; /* there has been a chat */
	uint8_t listened;  /* somebody could have come */
	uint8_t crypto_ended, peer_left;
	uint8_t stopping; /* worker_stop_all: nobody is started any more */
	int signal;       /* the one that asks us to leave */

	/* Ctrl-Z (suspend.c) */
	pid_t group;         /* our process group */
	uint8_t stop_ready;  /* the front end waits for it */
	uint8_t stop_wanted; /* SIGTSTP */
	uint8_t went_on;     /* SIGCONT, ours or tty's */
	uint8_t ask_anew;    /* went on without a front end */
	char question[80];   /* the row that is not ended yet, or "" */

	struct redial redial;
	uint64_t wait_until; /* --wait: when the first call is given up */
	uint8_t dialling;    /* a further call is being made */

	uint8_t dial_ok;
	uint16_t dial_error;
	uint32_t dial_errno;
	uint8_t dial_eai;
	char dial_why[160]; /* why it gave no answer, or "" */
	int dial_fd;
	char dial_addr[ADDR_TEXT_MAX + 1], dial_own[ADDR_TEXT_MAX + 1];

	struct files files;

	struct prices prices;
	struct price_job job;
	uint8_t price_noticed; /* the user was told who is asked */
	uint8_t price_started; /* --prices: the timer runs */
	int ca;                /* certificates to trust, or -1 */

	struct verdict v;
	uint8_t record[IPC_RECORD_MAX + 1];
};

/* Start a worker; secret (or -1) becomes FD_SECRET.  0 or -ERR_*: -ERR_WORKER
 * while all are stopped. */
int worker_start(struct super *s, enum proc_id id, int secret);

/* End it by force.  Where it was stopped, that is the verdict. */
void worker_kill(struct super *s, enum proc_id id);

/* Close our end of its link, so that it leaves. */
void worker_dismiss(struct worker *w);

/* It has nothing more to do: it is given WORKER_STOP to be gone. */
void worker_has_to_go(struct worker *w);

/* It has closed its end: the same. */
void worker_hung_up(struct worker *w);

/*
 * Collect the dead without waiting.  A death that nobody asked for is the
 * verdict.
 */
void worker_reap(struct super *s);

/* Whether it may be stopped or gone without that being news: dial, when it
 * has answered or when a call that fails is repeated, and whoever is asked for
 * prices. */
int worker_has_done(const struct super *s, enum proc_id id);

/* Read what a worker has written to its stderr. */
void worker_stderr(struct super *s, enum proc_id id);

/* Whether any worker is left. */
int worker_any(const struct super *s);

/* Everybody out: close the links, wait WORKER_STOP, then SIGKILL, and reap for
 * as long again at the most. */
void worker_stop_all(struct super *s);

/* ---- workers that stand still (stopped.c) ---- */

/* For the signal handler: SIGCONT came. */
void stopped_on_sigcont(void);

/* waitpid said that a signal has stopped it: tell the person.  It is ended
 * after WORKER_STOPPED. */
void stopped_by_signal(struct super *s, enum proc_id id, int sig);

/* It goes on, and so does the chat. */
void stopped_goes_on(struct super *s, enum proc_id id);

/* The verdict about one that is ended because it was stopped. */
void stopped_verdict(struct super *s, enum proc_id id);

/* End those that did not go on in time.  After a SIGCONT of our own every
 * worker has its time once more. */
void stopped_look(struct super *s, uint64_t now);

/* ---- messages (handlers.c) ---- */

/* Receive and handle what a worker has sent. */
void messages_take(struct super *s, enum proc_id id);

/* ---- the loop (pump.c) ---- */

/* Install the handlers, make the self-pipe and unblock everything; SIGHUP
 * stays ignored if it is.  0 or -ERR_SYS. */
int signals_init(struct super *s);

/*
 * Wait for the next thing to happen and handle it: messages, deaths, stderr
 * lines, signals, late workers.  Returns at the latest at `until`.  want is a
 * further descriptor to wait for, or -1; 1 when it is readable, else 0.
 */
int pump(struct super *s, uint64_t until, int want);

/* Note what signals have come. */
void signals_take(struct super *s);

/* SIGTSTP stops us, or is caught. */
void signals_stop(int stops);

/*
 * pump until done(s).  0, or -ERR_INTERRUPTED when the chat is over or somebody
 * here wants to leave.
 */
typedef int super_test(const struct super *s);
int pump_until(struct super *s, super_test *done);

/* ---- the terminal (term.c) ---- */

/* Open it and save its settings; s->term stays -1 when there is none. */
void term_init(struct super *s);

/* Put back what was saved, if anything may have changed it. */
void term_restore(struct super *s);

/* The settings as they are now are the ones to put back. */
void term_save(struct super *s);

/* Whether the terminal is this process group's; 1 when that is unknown. */
int term_is_ours(const struct super *s);

/* Throw away what has been typed and not read. */
void term_flush_input(struct super *s);

/* Whether typed characters are shown. */
void term_echo(struct super *s, int on);

/* Our own words, unfiltered.  Behind the last newline stands the question of
 * a term_line that follows. */
void term_write(struct super *s, const char *text);

/*
 * One line from the terminal, without its newline, while the workers are
 * looked after; who was stopped meanwhile is asked anew.  Its length, -ERR_EOF
 * at end of input, -ERR_INTERRUPTED when the chat is over meanwhile.  A longer
 * line is cut.
 */
int term_line(struct super *s, char *buf, size_t cap);

/* ---- Ctrl-Z (suspend.c) ---- */

/* After each turn of the loop: stop or go on, when that is due. */
void suspend_turn(struct super *s);

/* ---- the introduction (intro.c, accepted.c) ---- */

/* Whether the introduction needs no answer any more: it was accepted on the
 * command line, or before. */
int intro_is_accepted(const struct super *s);

/* Show it and take consent.  0, or -ERR_INTRO with the verdict set. */
int intro_consent(struct super *s);

/*
 * Open the folder that remembers it, with make 1 after making it.  A
 * descriptor, its path in path; -1: there is none and path is "".
 */
int accepted_open(char path[PATH_CAP], int make);

/* Whether this number was accepted before. */
int accepted_read(int dir, uint32_t number);

/* Remember it, atomically.  0 or -ERR_SYS. */
int accepted_write(int dir, uint32_t number);

/* ---- known people (known.c) ---- */

/*
 * Before the lock-down: the folder, this computer's identity, made if there
 * is none, its name, and who is remembered.  0, or negative with the verdict
 * set.
 */
int known_prepare(struct super *s);

/* Tell crypto who is remembered, and who is expected.  0, or negative with
 * the verdict set or the chat over. */
int known_send(struct super *s);

/* PEER_MET: remember it, or remember why not. */
void known_on_met(struct super *s, struct reader *r);

/* The front end's wish to call whoever is here by another name. */
void known_rename(struct super *s, const char *name);

/* Tell the front end under which name somebody is remembered. */
void known_tell_front(struct super *s, const char *name);

/* The verdict about somebody who may not come in: 1 when it is known who. */
int known_verdict(struct super *s, int err);

/* ---- asking dial (dial_ask.c) ---- */

/* Send the question, and before it through which proxy. */
void dial_ask(struct super *s, struct worker *w, uint8_t what, uint16_t port,
    const char *host);

/* ---- prices (price_job.c, price_notice.c) ---- */

/* A message's context: whose it is. */
struct price_from {
	struct super *s;
	enum proc_id id;
};

/* Whether a worker's death is an answer and no more. */
int price_is(enum proc_id id);

/* Before the lock-down: the settings and the certificates.  0, or negative
 * with the verdict set. */
int price_prepare(struct super *s);

/* WANT_*, from the front end or the command line. */
void price_want(struct super *s, uint8_t what);

/* The next step, if it is time for one; and when that is. */
void price_turn(struct super *s);
uint64_t price_deadline(const struct super *s);

/* Receive and handle what dial or price have sent for it. */
void price_messages(struct super *s, enum proc_id id);

/* Tell the user once who is asked and who can see that. */
void price_notice(struct super *s);

/* ---- the beginning (run.c) ---- */

/* An empty one, so that nothing is open and nothing runs. */
void run_init(struct super *s, const struct options *o);

/* After a chat: whether another one follows, with --keep or because a wrong
 * secret may be typed again.  Then everything is ready for it. */
int run_again(struct super *s);

/* Find the worker programs.  0, or negative with the verdict set. */
int run_find_workers(struct super *s);

/* Enter the supervisor's own sandbox. */
void run_confine(struct super *s);

/* ---- words (say.c) ---- */

/* Set the verdict if none is set yet. */
void verdict_set(struct super *s, int exit, const char *what, const char *why,
    const char *next);
void verdict_err(struct super *s, int err);

/* What a worker's death ends: a sentence. */
const char *what_is_over(const struct super *s);

/* The verdict about a dead worker, which outranks what others said because of
 * it; once the end is being told it only spoils a good one. */
void verdict_death(
    struct super *s, int exit, const char *what, const char *why);

/* Whether LC_ALL, LC_CTYPE or LANG says so. */
int locale_is_utf8(void);

/* A line in the --log file, with the time, filtered. */
void log_event(struct super *s, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

/* The log, private and appended to; never a link or a device.  A descriptor,
 * or -ERR_SYS and in *why a clause, good until the next call. */
int log_open(const char *path, const char **why);

/* The one that --log names, if it does, or a verdict.  0 or -ERR_SYS. */
int run_open_log(struct super *s);

/* Where a pipe is the front end nobody else says how the chat goes: on stderr,
 * unless --quiet. */
void note_plain(struct super *s, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

/* A line for the person: to the terminal's front end, else to stderr; with
 * --json it is an event, too. */
void note(struct super *s, uint8_t kind, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

/* ---- the front end (front.c) ---- */

/* Start s->ui and give it its settings.  0 or -ERR_*. */
int front_start(struct super *s);

/* Whether it may be told something: it has its settings and not its end, and
 * has not hung up. */
int front_hears(const struct super *s);

/* The host waits: where, and how others get here. */
void front_listening(struct super *s);

/* Tell it the verdict and wait until it has gone. */
void front_end(struct super *s);

/* ---- dial, and calling again (call.c, redial.c) ---- */

/* Ask dial for the socket.  0, -ERR_CONNECT: it said why not, in
 * s->dial_error and those beside it, or s->dial_why has why it said nothing,
 * or negative with the chat over. */
int call_dial(struct super *s);

/* Whether a call that comes to nothing, by whatever end of dial, is followed
 * by another one. */
int call_is_repeated(const struct super *s);

/* dial has not answered in time: nobody hears it any more. */
void call_gave_up(struct super *s);

/* Why it could not, in a few words. */
void call_why(const struct super *s, char *out, size_t cap);

/* The verdict about a call that failed for good. */
void call_verdict(struct super *s);

/* Give net what dial has brought. */
void call_hand_over(struct super *s);

/* SESSION_LOST, SESSION_RETRY: call again after a while; why it failed, "". */
void redial_want(struct super *s, const char *why);

/* There is a connection. */
void redial_over(struct super *s);

/* UI_REDIAL: do not wait. */
void redial_now(struct super *s);

/* When --wait is over, which a chat makes void: CLOCK_NEVER where it is not. */
uint64_t redial_last(const struct super *s);

/* When something is to be done, and doing it. */
uint64_t redial_deadline(const struct super *s);
void redial_serve(struct super *s); /* once that time has come */

/* ---- a chat (chat.c, end.c) ---- */

/* What to do where a program could not be started for this errno; NULL: it is
 * not for want of something. */
const char *start_next(int error);

/* A program could not be started: errno's verdict.  -ERR_SYS. */
int start_failed(struct super *s, const char *program);

/* Whether the secret is typed on the terminal. */
int secret_is_typed(const struct super *s);

/* Everything up to the end, which the verdict then knows. */
void chat_run(struct super *s);

/* Close in order, dismiss everybody, restore the terminal, say the error. */
void chat_end(struct super *s);

#endif
