/*
 * The filters of the living processes, read back from the kernel, and
 * compared byte by byte with what the policies of this build give.  Only root
 * may read them, and only somebody who is not filtered itself.
 */
#include <errno.h>
#include <linux/filter.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <unistd.h>

#include "audit.h"
#include "secchat/util.h"

#define FILTERS_MAX 16

struct filters {
	struct sock_filter code[FILTERS_MAX][JAIL_FILTER_MAX];
	size_t len[FILTERS_MAX]; /* instructions */
	size_t n;
	int error; /* why there is none, or 0 */
};

/* Index 0 is the first one that was loaded, the supervisor's. */
static void
read_stopped(pid_t pid, struct filters *f)
{
	for (f->n = 0; f->n < FILTERS_MAX; f->n++) {
		void *at = (void *)(uintptr_t)f->n;
		long len = ptrace(PTRACE_SECCOMP_GET_FILTER, pid, at, NULL);

		if (len < 0 || len > JAIL_FILTER_MAX) {
			if (f->n == 0)
				f->error = len < 0 ? errno : E2BIG;
			return;
		}
		(void)ptrace(PTRACE_SECCOMP_GET_FILTER, pid, at, f->code[f->n]);
		f->len[f->n] = (size_t)len;
	}
}

/* It stands still for as long as this takes; its poll goes on afterwards. */
static void
read_filters(pid_t pid, struct filters *f)
{
	int status;

	f->n = 0;
	f->error = 0;
	if (ptrace(PTRACE_SEIZE, pid, NULL, NULL) < 0) {
		f->error = errno;
		return;
	}
	if (ptrace(PTRACE_INTERRUPT, pid, NULL, NULL) < 0 ||
	    waitpid(pid, &status, __WALL) != pid)
		f->error = errno;
	else
		read_stopped(pid, f);
	(void)ptrace(PTRACE_DETACH, pid, NULL, NULL);
}

static int
same(const struct filters *f, size_t i, const struct policy *p)
{
	struct sock_filter want[JAIL_FILTER_MAX];
	size_t len = jail_filter_make(p, want);

	return len > 0 && f->len[i] == len &&
	       memcmp(f->code[i], want, len * sizeof *want) == 0;
}

/* One of the policies of a program, of which some have two. */
static int
is_policy_of(const struct filters *f, size_t i, const char *program)
{
	for (int c = 0; c < PROBE_COLUMNS; c++)
		if (strcmp(probe_policies[c]->program, program) == 0 &&
		    same(f, i, probe_policies[c]))
			return 1;
	return 0;
}

static void
hash_of(const struct audit *a, const struct filters *f, size_t i, char hex[65])
{
	struct sum s = {
	    .fd = sums_blob(f->code[i], f->len[i] * sizeof **f->code)};

	if (sums_make(a, &s, 1, NULL) < 0)
		s.hex[0] = '\0';
	fd_close(s.fd);
	memcpy(hex, s.hex, 65);
}

/* Its own filter is the last; the one before it is the supervisor's, under
 * which it was started. */
static void
judge(struct audit *a, const struct check *c, const struct process *p,
    const struct filters *f)
{
	const char *name = p->program->name;
	size_t n = p->program->filters, own;
	char hex[65];

	if (f->n == 0 && f->error != 0) {
		found(a, c, name,
		    f->error == EINVAL || f->error == ENOENT ? V_FAIL : V_NA,
		    "%s%s", strerrorname_np(f->error),
		    f->error == EINVAL || f->error == ENOENT
			? ": it has no filter"
			: ": this kernel or container does not tell");
		return;
	}
	own = f->n - 1;
	hash_of(a, f, own, hex);
	if (f->n < n)
		found(a, c, name, V_FAIL, "%zu filters, of at least %zu", f->n,
		    n);
	else if (!is_policy_of(f, own, name))
		found(a, c, name, V_FAIL,
		    "%zu instructions, SHA-256 %s: not what the policy gives",
		    f->len[own], hex);
	else if (n > 1 && !is_policy_of(f, own - 1, "secchat"))
		found(a, c, name, V_FAIL,
		    "the filter below its own is not the supervisor's");
	else
		found(a, c, name, V_OK, "%zu instructions, SHA-256 %s%s",
		    f->len[own], hex,
		    n > 1 ? "; below it the supervisor's" : "");
}

void
check_filter(struct audit *a, const struct check *c)
{
	static struct filters f;

	for (size_t i = 0; i < a->p_len; i++) {
		if (!a->root) {
			found(a, c, a->p[i].program->name, V_NA,
			    "only root can read it; the self-test tries the "
			    "policy instead");
			continue;
		}
		read_filters(a->p[i].pid, &f);
		judge(a, c, &a->p[i], &f);
	}
}
