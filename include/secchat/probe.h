/*
 * Trying the sandbox instead of believing it: a table of acts, and for each
 * program what must come of them.  One act at a time runs in a child that has
 * gone through the program's real jail_enter.  The denial test runs the whole
 * table, as root and as nobody; so can an audit on the user's own machine.
 * Nothing here leaves a trace: acts that could are aimed at things that do
 * not exist.
 */
#ifndef SECCHAT_PROBE_H
#define SECCHAT_PROBE_H

#include <stddef.h>
#include <stdint.h>

#include "sandbox.h"

/* The columns of the table. */
enum probe_column {
	PROBE_SUPER,
	PROBE_CRYPTO,
	PROBE_NET,
	PROBE_DIAL,
	PROBE_TTY,
	PROBE_SCRIPT,
	PROBE_PRICE,
	PROBE_IDENTITY,
	PROBE_DIAL_UNIX, /* with a proxy that is a local socket */
	PROBE_SUPER_UNIX,
	PROBE_CRYPTO_LEGACY,
	PROBE_FILE,
	PROBE_COLUMNS
};

extern const struct policy *const probe_policies[PROBE_COLUMNS];

/*
 * What came of an act, or must: a positive number is the errno it returned,
 * a negative one the signal that ended the process.
 */
enum {
	PROBE_WORKS = 0,
	PROBE_REACHES = 0x10000, /* anything that is not a signal */
	PROBE_IF_FILES = 0x1000, /* or'd in: only with Landlock files */
	PROBE_IF_SCOPE = 0x2000, /* only with Landlock signals */
	PROBE_BROKEN = -1000,    /* could not be tried */
};

struct probe_world;
typedef int probe_fn(const struct probe_world *w);

struct probe {
	const char *act;
	int32_t expect[PROBE_COLUMNS];
	long nr; /* the system call, when fn is NULL */
	uint64_t args[6];
	probe_fn *fn; /* returns 0 or an errno */
};

extern const struct probe probes[];
extern const size_t probes_len;

/*
 * Try one act under a policy, in a child of this process, which must have no
 * other threads.  Returns what came of it; *report is what jail_enter said
 * there, all zero when it never returned.
 */
int probe_run(const struct probe *p, const struct policy *policy,
    struct jail_report *report);

/*
 * For a process that will try many acts under one policy: enter the namespaces
 * that it wants, once and for good, and take that out of *p, so that the
 * children need not, for whom it would be the most expensive step.  *r gets
 * what was applied and what is missing.
 */
void probe_enter_namespaces(struct policy *p, struct jail_report *r);

/*
 * 1: `got` is what the table expects in that column, 0: it is not, -1: it
 * cannot be told here, because the kernel lacks what the expectation rests on,
 * or the system has none of the resolver's files.
 */
int probe_judge(const struct probe *p, enum probe_column column, int got,
    const struct jail_report *report);

/* "works", "EACCES", "SIGSYS", ...; static storage. */
const char *probe_text(int got);

#endif
