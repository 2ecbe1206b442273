/*
 * secchat audit: shows how keys are handled, with evidence from outside.  It
 * starts an ordinary session with itself, or looks at one that runs, reads
 * what the kernel says of each process, tries to get in, and lets every
 * policy be tried by acts that it must refuse.  Nothing here is confined: it
 * has to fork, to trace and to read /proc.  It never has a key of the user's.
 *
 *   table.c    the programs: what each may link and hold open
 *   checks.c   the checks, in the order of the report: id, what, how, who
 *   report.c   findings; print_table.c and print_json.c show them
 *   self.c     the session with itself; live.c one that runs already
 */
#ifndef SECCHAT_SRC_AUDIT_H
#define SECCHAT_SRC_AUDIT_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/types.h>

#include "secchat/err.h"
#include "secchat/probe.h"
#include "secchat/sandbox.h"

/* clang-format off */
enum {
	AU_PATH       = 4096,
	AU_FINDINGS   = 512,
	AU_EVIDENCE   = 600,
	AU_PROGRAMS   = 24,
	AU_PROCESSES  = 32,
	COMM_LEN      = 15,          /* of a name that the kernel has */
	AU_PROC_TEXT  = 8192,        /* of a file of /proc/PID       */
	AU_START      = 10000,       /* ms for a session to be there */
};
/* clang-format on */

/* ---- programs (table.c) ---- */

/*
 * What stands behind a descriptor, one letter each from 0 on: n /dev/null,
 * p a pipe, s a socket, u the user's own, whatever that is, - nothing.  At
 * the end S: any number of further sockets, F: of files, *: of anything.
 */
struct program {
	const char *name;
	const struct policy *policy; /* NULL: it is not confined */
	uint8_t filters;             /* seccomp filters in a session */
	uint8_t in_session;          /* 1: a process of a session */
	uint8_t brings_more;         /* 1: its libraries load further ones */
	const char *fds;
	const char *libraries[4]; /* sonames, beside the C library's */
};

extern const struct program programs[];
extern const size_t programs_len;

/* The program of that name, of which the first 15 letters are enough, as in
 * /proc/PID/comm.  NULL when there is none. */
const struct program *program_find(const char *name);

/* Its column in the probe table, or -1. */
int program_column(const struct program *p);

/* The other way round: the program's name, with " (unix)" when it is the
 * policy for a proxy that is a local socket. */
#define SUBJECT_MAX 32
void column_name(int column, char out[SUBJECT_MAX]);

/* ---- findings (report.c) ---- */

enum verdict {
	V_OK,
	V_NA, /* cannot be seen, or does not exist, here; the evidence says */
	V_WARN,
	V_FAIL
};

struct audit;

enum {
	WHEN_SELF = 1,  /* secchat audit */
	WHEN_LIVE = 2,  /* secchat audit PID */
	WHEN_PROVE = 4, /* secchat audit --prove */
	WHEN_ALWAYS = 7,
	/* what it looks at beside the machine */
	OF_SESSION = 8,
	OF_ACTS = 16,
	OF_FILES = 32
};

struct check {
	const char *id;
	const char *what; /* what a good finding means */
	const char *how;  /* how to repeat it by hand */
	uint8_t when;     /* WHEN_* and OF_* */
	void (*run)(struct audit *a, const struct check *c);
};

extern const struct check checks[];
extern const size_t checks_len;

/* The check of that id, which must exist. */
const struct check *check_find(const char *id);

struct finding {
	const struct check *check;
	char subject[SUBJECT_MAX];
	enum verdict verdict;
	char evidence[AU_EVIDENCE];
};

/* "ok", "warn", "fail", "n/a". */
const char *verdict_word(enum verdict v);

/* Note a finding, in the order of the table of checks, whenever it is made;
 * evidence that is too long is cut.  subject is a program's name or "". */
void found(struct audit *a, const struct check *c, const char *subject,
    enum verdict v, const char *fmt, ...) __attribute__((format(printf, 5, 6)));

/* ---- one audit ---- */

/* A process that is looked at. */
struct process {
	const struct program *program;
	pid_t pid;
	char status[AU_PROC_TEXT]; /* /proc/PID/status */
	uint8_t told;              /* report is what it said itself */
	struct jail_report report;
};

/* A file that was hashed: what it is, and the sum in hex or "". */
struct sum {
	int fd; /* -1: it cannot be read */
	char hex[65];
};

struct options {
	uint8_t json, strict, plain, no_color, prove, policy, live;
	const char *program; /* --policy PROGRAM */
	const char *only;    /* --only PREFIX: of ids, or NULL */
	pid_t pid;           /* 0: none was named */
};

struct self;
struct selftest;

struct audit {
	const struct options *o;
	int root;
	uint8_t when;                 /* one of WHEN_* */
	char dir[AU_PATH];            /* of the workers */
	char secchat[AU_PATH];        /* the program that was called */
	struct sum sums[AU_PROGRAMS]; /* of programs[] */
	char sodium[32]; /* the libsodium that secchat-identity has */
	struct process p[AU_PROCESSES];
	size_t p_len;
	struct self *self;         /* or NULL */
	struct selftest *selftest; /* or NULL */
	char problem[256];         /* why there is no session, or "" */
	char strangers[128];       /* children that are no program of ours */
	struct finding f[AU_FINDINGS];
	size_t f_len;
};

/*
 * The whole program: argv[1] is the path of secchat, the user's words come
 * behind it.  Returns the exit code.
 */
int audit_main(int argc, char **argv);

/*
 * Ctrl-C and its kin: end every session and leave, if that was asked for.
 * Whatever waits calls it each time it wakes.
 */
void audit_leave_if_asked(void);

/* Options of the command line.  0, or -ERR_USAGE having said why; 1 when
 * help was asked for and given. */
int audit_options_parse(struct options *o, int argc, char **argv);

/* A line about what is wrong, and one about what to do (or NULL). */
void audit_complain(const char *next, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

/* One more line to stderr, filtered as the others are. */
void audit_say(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* ---- what /proc says (proc.c) ---- */

/* A file of /proc/PID as text, cut at cap - 1.  0 or -ERR_SYS with errno. */
int proc_read(pid_t pid, const char *name, char *out, size_t cap);

/* The value of a line "name:\tvalue" of a status text, up to its end; "" if
 * there is none. */
void status_field(const char *status, const char *name, char *out, size_t cap);
long status_number(const char *status, const char *name, int base);

/* Children of a process, at most max.  Their number. */
size_t proc_children(pid_t pid, pid_t *out, size_t max);

/* The first child with this name, of 15 letters at most; 0 when there is
 * none. */
pid_t proc_child_named(pid_t parent, const char *name);

/* Note the children of a supervisor that are no program of ours. */
void strangers_note(struct audit *a, pid_t supervisor);

/* Take a process into a->p if its comm is a program's.  1 when it was. */
int process_add(struct audit *a, pid_t pid);

/* The first process of a program, or NULL. */
struct process *process_of(struct audit *a, const char *program);

/* The path of a program's file. */
void program_path(
    const struct audit *a, const struct program *p, char out[AU_PATH]);

/* ---- the session with itself (self.c) ---- */

/*
 * A folder of its own with a key file, two suites that talk over the
 * loopback with it, one that is calling somebody who does not answer, and a
 * secchat-identity.  a->p gets one process of every program.  0, or
 * negative with a->problem set.
 */
int self_start(struct audit *a);

/* End everybody, remove the folder. */
void self_end(struct audit *a);

/* The key file of the session. */
const char *self_key(const struct self *s);

/* Whether the suites say that keys are in memfd_secret: 1, 0, or -1: they
 * have not said. */
int self_key_memory(const struct self *s);

/* ---- sessions with known secrets (canary.c) ---- */

/* End the one that is running, remove its folder; no-op when there is none. */
void canary_end(void);

/* ---- a session that runs (live.c) ---- */

/* Find it and fill a->p.  0, or an exit code having said why. */
int live_find(struct audit *a);

/* ---- sums (sums.c) ---- */

/*
 * SHA-256 of n descriptors by secchat-identity, which can open nothing.  Sums
 * of descriptors that are -1 become "".  version (or NULL) gets the
 * libsodium it uses.  0 or -ERR_SYS.
 */
int sums_make(const struct audit *a, struct sum *s, size_t n, char version[32]);

/* A descriptor with these bytes in it, or -1. */
int sums_blob(const void *p, size_t len);

/* ---- the self-test (selftest.c) ---- */

/* Begin it, in the background; selftest_wait waits for its end. */
void selftest_start(struct audit *a);
void selftest_wait(struct audit *a);

/* What one program's sandbox reported when it was entered for the test. */
const struct jail_report *selftest_report(const struct audit *a, int column);

/* ---- attempts from outside (outside.c) ---- */

enum attempt {
	TRY_READV,
	TRY_MEM,
	TRY_PTRACE,
	TRY_FD,
	TRY_MAPS,
	TRY_GETFD,
	TRY_COUNT
};

/*
 * Try as this user without any privilege.  errnos[i][t] becomes 0 when it
 * was possible, else the errno; the last row is that of a process which is
 * not protected, as a control.  0 or -ERR_SYS.
 */
int outside_try(const pid_t *pids, size_t n, int errnos[][TRY_COUNT]);

/* Give up every capability.  0 or -ERR_SYS. */
int outside_drop_privileges(void);

/* A child that waits, for controls.  dumpable 0 or 1.  A pid or -1. */
pid_t idle_child(int dumpable);
void idle_end(pid_t pid);

/* ---- the checks, by file ---- */

typedef void check_fn(struct audit *a, const struct check *c);

/* machine.c */
check_fn check_kernel, check_libraries, check_seccomp_here, check_landlock,
    check_core, check_swap, check_yama;
/* files.c */
check_fn check_hash, check_link, check_harden, check_place, check_window,
    check_identity, check_peers, check_folder, check_key_files;
/* process.c */
check_fn check_session, check_program, check_holds, check_seccomp, check_nnp,
    check_caps, check_tracer, check_namespaces, check_landlock_told,
    check_limits, check_fds, check_maps;
/* outside.c */
check_fn check_outside, check_dumpable;
/* keys.c */
check_fn check_key_memory, check_key_locked, check_key_closed, check_root_reads;
/* filter.c, selftest.c, terminal.c */
check_fn check_filter, check_selftest, check_terminal, check_tmux;
/* canary.c, keymem.c */
check_fn check_canary_start, check_canary_control, check_canary_keys,
    check_canary_text, check_canary_file, check_canary_links,
    check_canary_words, check_canary_files, check_canary_core, check_keymem;

/* ---- output ---- */

/* The report on stdout: for people, as wide as the terminal; for programs. */
void print_table(const struct audit *a);
/* See print_table. */
void print_json(const struct audit *a);

/* --policy: 0, or EXIT_USAGE having said why. */
int print_policy(const struct options *o);

/* How many findings have this verdict. */
size_t report_count(const struct audit *a, enum verdict v);

#endif
