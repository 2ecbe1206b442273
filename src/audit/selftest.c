/*
 * Every act of the probe table under every policy of this build, in children
 * that go through the real jail_enter; only the namespaces, which cost as much
 * as all the rest, are entered once for each program and processor.  It takes
 * the longest of all checks, so it runs beside the others.
 */
#include <errno.h>
#include <signal.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "audit.h"
#include "secchat/util.h"

#define ACTS_MAX 400
#define CHILDREN_MAX 8
#define SHOWN 6

enum {
	GOT_NOTHING = 0, /* it was not tried */
	GOT_AS_EXPECTED,
	GOT_SURPRISE,
	GOT_UNKNOWN, /* the kernel lacks what the expectation rests on */
};

struct cell {
	int32_t got;
	uint8_t judged;
};

struct shared {
	atomic_uint next[PROBE_COLUMNS]; /* the next act of each */
	struct cell cell[PROBE_COLUMNS][ACTS_MAX];
	struct jail_report report[PROBE_COLUMNS];
};

struct selftest {
	struct shared *shared;
	pid_t pid[CHILDREN_MAX];
	size_t n;
};

static struct selftest one;

static void
try_one(struct shared *s, int column, const struct policy *policy,
    const struct jail_report *ns, size_t act)
{
	const struct probe *p = &probes[act];
	struct cell *cell = &s->cell[column][act];
	struct jail_report r;
	int ok;

	cell->got = probe_run(p, policy, &r);
	ok = probe_judge(p, (enum probe_column)column, cell->got, &r);
	cell->judged = ok == 1   ? GOT_AS_EXPECTED
		       : ok == 0 ? GOT_SURPRISE
				 : GOT_UNKNOWN;
	if (r.applied == 0)
		return;
	r.applied |= ns->applied;
	r.missing |= ns->missing;
	s->report[column] = r;
}

/* The audit may be interrupted: nobody goes on alone. */
static void
end_with(pid_t parent)
{
	(void)prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
	if (getppid() != parent)
		_exit(0);
}

/* Acts of one program, as long as there are any, in its namespaces. */
_Noreturn static void
work_on(struct shared *s, int column, pid_t parent)
{
	struct policy policy = *probe_policies[column];
	struct jail_report ns;
	size_t act;

	probe_enter_namespaces(&policy, &ns);
	/* Now, since a change of privileges clears it. */
	end_with(parent);
	jail_filter_prepare(&policy);
	while ((act = atomic_fetch_add(&s->next[column], 1)) < probes_len)
		try_one(s, column, &policy, &ns, act);
	_exit(0);
}

/* One program after the other, each in a process of its own: nobody leaves a
 * namespace again. */
_Noreturn static void
work(struct shared *s, pid_t parent)
{
	pid_t self = getpid();

	end_with(parent);
	for (int column = 0; column < PROBE_COLUMNS; column++) {
		pid_t pid = fork();

		if (pid == 0)
			work_on(s, column, self);
		while (pid > 0 && waitpid(pid, NULL, 0) < 0 && errno == EINTR)
			;
	}
	_exit(0);
}

void
selftest_start(struct audit *a)
{
	struct selftest *t = &one;
	long cpus = sysconf(_SC_NPROCESSORS_ONLN);
	pid_t self = getpid();

	a->selftest = t;
	t->shared = mmap(NULL, sizeof *t->shared, PROT_READ | PROT_WRITE,
	    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (t->shared == MAP_FAILED || probes_len > ACTS_MAX) {
		t->shared = NULL;
		return;
	}
	for (long i = 0; i < MAX(cpus, 1) && t->n < CHILDREN_MAX; i++) {
		pid_t pid = fork();

		if (pid == 0)
			work(t->shared, self);
		if (pid > 0)
			t->pid[t->n++] = pid;
	}
}

void
selftest_wait(struct audit *a)
{
	struct selftest *t = a->selftest;

	for (size_t i = 0; t != NULL && i < t->n; i++)
		while (waitpid(t->pid[i], NULL, 0) < 0 && errno == EINTR)
			audit_leave_if_asked();
	if (t != NULL)
		t->n = 0;
}

const struct jail_report *
selftest_report(const struct audit *a, int column)
{
	static const struct jail_report none;

	return a->selftest != NULL && a->selftest->shared != NULL
		   ? &a->selftest->shared->report[column]
		   : &none;
}

/* ---- the finding ---- */

struct tally {
	size_t refused, worked, unknown, wrong, untried;
	char names[300];
};

static void
count(struct tally *t, const struct cell *cell, const struct probe *p)
{
	switch (cell->judged) {
	case GOT_AS_EXPECTED:
		t->refused += cell->got != PROBE_WORKS;
		t->worked += cell->got == PROBE_WORKS;
		break;
	case GOT_UNKNOWN:
		t->unknown++;
		break;
	case GOT_SURPRISE:
		if (t->wrong++ < SHOWN)
			snprintf(t->names + strlen(t->names),
			    sizeof t->names - strlen(t->names), "%s%s: %s",
			    t->names[0] != '\0' ? ", " : "", p->act,
			    probe_text(cell->got));
		break;
	default:
		t->untried++;
	}
}

void
check_selftest(struct audit *a, const struct check *c)
{
	selftest_wait(a);
	for (int column = 0; column < PROBE_COLUMNS; column++) {
		struct tally t = {0};
		char name[SUBJECT_MAX], more[80] = "";

		column_name(column, name);

		if (a->selftest == NULL || a->selftest->shared == NULL) {
			found(a, c, name, V_FAIL, "it could not be run");
			continue;
		}
		for (size_t i = 0; i < probes_len; i++)
			count(&t, &a->selftest->shared->cell[column][i],
			    &probes[i]);
		if (t.unknown > 0)
			snprintf(more, sizeof more,
			    ", %zu need Landlock, which is not here",
			    t.unknown);
		if (t.wrong > 0 || t.untried > 0)
			found(a, c, name, V_FAIL,
			    "%zu acts, %zu came out otherwise: %s%s",
			    probes_len, t.wrong + t.untried, t.names,
			    t.wrong > SHOWN ? ", ..." : "");
		else
			found(a, c, name, t.unknown > 0 ? V_WARN : V_OK,
			    "%zu acts tried: %zu refused, %zu work as they "
			    "must, no surprise%s",
			    probes_len, t.refused, t.worked, more);
	}
}
