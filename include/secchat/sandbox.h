/*
 * What a confined process may do, as constant tables (sandbox/), and the one
 * function that applies such a table to the calling process (src/jail).
 * A policy is an allow list: a system call without a row kills the process.
 */
#ifndef SECCHAT_SANDBOX_H
#define SECCHAT_SANDBOX_H

#include <stddef.h>
#include <stdint.h>

/* One condition on one argument of a system call. */
enum arg_op {
	ARG_ANY = 0,   /* end of the list */
	ARG_EQ,        /* the low 32 bits equal value */
	ARG_EQ64,      /* all 64 bits equal value */
	ARG_NO_BITS,   /* none of value's bits is set */
	ARG_ONLY_BITS, /* no bit but value's is set (all 64 are looked at) */
	ARG_PROCESS, /* an int above 0: one process, no group, not everybody */
};

struct arg_rule {
	uint8_t arg; /* 0 to 5 */
	uint8_t op;  /* enum arg_op */
	uint64_t value;
};

#define POLICY_ARGS 4

struct policy_row {
	int nr;           /* SYS_*, or -1: not on this machine */
	const char *name; /* as strace prints it */
	int error;        /* 0: allow; else this errno is returned */
	struct arg_rule args[POLICY_ARGS]; /* all must hold */
	const char *why;
};

/* One Landlock rule: a path and what may be done below it. */
struct policy_path {
	const char *path; /* missing paths are skipped */
	uint64_t access;  /* LANDLOCK_ACCESS_FS_* */
	const char *why;
};

struct policy_limits {
	uint32_t nofile;
	uint32_t fsize_unlimited; /* 0: RLIMIT_FSIZE 0 */
	uint32_t nproc_unlimited; /* 0: RLIMIT_NPROC 0 */
};

struct policy {
	const char *program; /* "secchat-crypto" */
	const char *holds;   /* what it has that others must not */
	const char *cannot;
	const struct policy_row *const *tables; /* NULL-terminated list */
	const size_t *const *table_lens;        /* one for each table */
	const struct policy_path *paths; /* allowed; none: no file at all */
	size_t paths_len;
	uint64_t landlock_fs; /* rights taken away; 0: all known */
	uint32_t flags;       /* POLICY_* */
	struct policy_limits limits;
};

enum {
	POLICY_KEEP_NET = 1, /* no new network namespace */
	POLICY_KEEP_NS = 2,  /* no new namespace at all */
	POLICY_NO_SCOPE = 4, /* no Landlock signal and socket scope */
	POLICY_PATH_ARG = 8, /* jail_enter's paths are added */
};

/* One per program, in sandbox/. */
extern const struct policy policy_supervisor;
extern const struct policy policy_crypto;
extern const struct policy policy_crypto_legacy;
extern const struct policy policy_net;
extern const struct policy policy_dial;
extern const struct policy policy_tty;
extern const struct policy policy_script;
extern const struct policy policy_identity;
extern const struct policy policy_price;
extern const struct policy policy_file;

/* The same two with a proxy that is a local socket: no other socket. */
extern const struct policy policy_supervisor_unix;
extern const struct policy policy_dial_unix;

/* The rows that every policy begins with. */
extern const struct policy_row sandbox_base[];
extern const size_t sandbox_base_len;

/* What was applied, and what this kernel did not have: READY carries both. */
enum jail_bit {
	JAIL_NO_NEW_PRIVS = 1,
	JAIL_SECCOMP = 2,
	JAIL_NOT_DUMPABLE = 4,
	JAIL_USER_NS = 8,
	JAIL_NET_NS = 16,
	JAIL_IPC_NS = 32,
	JAIL_BOUNDING_SET = 64,
	JAIL_CAPABILITIES = 128,
	JAIL_LANDLOCK_FS = 256,
	JAIL_LANDLOCK_NET = 512,
	JAIL_LANDLOCK_SCOPE = 1024,
	JAIL_RLIMITS = 2048,
};

struct jail_report {
	uint32_t applied;   /* JAIL_* */
	uint32_t missing;   /* wanted by the policy, not available here */
	uint8_t unconfined; /* 1: a sanitizer build, nothing was applied */
};

/*
 * First thing in every main(): not dumpable, no core, no_new_privs, not traced.
 * So that nobody can attach while libraries are still being initialised, nor
 * has done so before (jail_enter looks once more).  SIGPIPE, SIGINT, SIGTSTP
 * and SIGXFSZ are ignored from here on; whoever wants one of them (the
 * supervisor, secchat-identity) takes it back afterwards.
 * fatal() when no_new_privs is refused, or somebody traces this process.
 */
void jail_early(void);

/*
 * Confine this process for good: namespaces, bounding set and capabilities,
 * Landlock, limits, seccomp, in that order.  extra (may be NULL) is a list of
 * n further Landlock rules that only run time knows, e.g. the directory of
 * the workers.  seccomp or no_new_privs failing is fatal(); the rest is
 * reported in *report.  Afterwards only the policy's rows work.
 */
void jail_enter(const struct policy *p, const struct policy_path *extra,
    size_t n, struct jail_report *report);

/* More instructions than any policy has; 8 bytes each must fit a pipe. */
#define JAIL_FILTER_MAX 1000

/*
 * The policy as the instructions that are loaded; the same policy always
 * gives the same ones.  out holds JAIL_FILTER_MAX.  Their number, or 0 when
 * memory or descriptors are short or a row is malformed.
 */
struct sock_filter;
size_t jail_filter_make(const struct policy *p, struct sock_filter *out);

/*
 * Make it now, for many children that will enter this policy: jail_enter then
 * loads what is already there.  p and its tables must not change afterwards.
 */
void jail_filter_prepare(const struct policy *p);

/* A JAIL_* bit's name as people read it, "user namespace". */
const char *jail_bit_name(uint32_t bit);

/*
 * What -v prints about a worker, without a newline: "no_new_privs, seccomp;
 * not available here: user namespace".  out is always terminated, and cut
 * when it is too small; JAIL_TEXT_MAX is enough for every report.
 */
#define JAIL_TEXT_MAX 400
void jail_report_text(const struct jail_report *r, char *out, size_t cap);

#endif
