/*
 * Running one act of the table: a child with the descriptors of a worker goes
 * through the real jail_enter, then does the one thing.  What came of it is
 * read from shared memory and from how the child ended.
 */
#include <errno.h>
#include <linux/landlock.h>
#include <net/if.h>
#include <signal.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "jail.h"
#include "probe.h"
#include "secchat/util.h"

/* No act takes long; one that hangs is ended. */
#define SECONDS 10

const struct policy *const probe_policies[PROBE_COLUMNS] = {
    [PROBE_SUPER] = &policy_supervisor,
    [PROBE_CRYPTO] = &policy_crypto,
    [PROBE_NET] = &policy_net,
    [PROBE_DIAL] = &policy_dial,
    [PROBE_TTY] = &policy_tty,
    [PROBE_SCRIPT] = &policy_script,
    [PROBE_PRICE] = &policy_price,
    [PROBE_IDENTITY] = &policy_identity,
    [PROBE_DIAL_UNIX] = &policy_dial_unix,
    [PROBE_SUPER_UNIX] = &policy_supervisor_unix,
    [PROBE_CRYPTO_LEGACY] = &policy_crypto_legacy,
    [PROBE_FILE] = &policy_file,
};

/* What the child leaves for its parent. */
struct outcome {
	struct jail_report report;
	int done, value;
};

static uint64_t
pointer(const void *p)
{
	return (uint64_t)(uintptr_t)p;
}

/* An argument of the table, or what it stands for. */
static uint64_t
resolve(uint64_t arg, const struct probe_world *w)
{
	if (arg < ARG_FIRST || arg >= A_LAST)
		return arg;
	switch ((enum probe_arg)arg) {
	case A_VICTIM:
		return (uint64_t)w->victim;
	case A_SELF:
		return (uint64_t)getpid();
	case A_BUF:
		return pointer(w->buf);
	case A_PAGE:
		return pointer(w->page);
	case A_PASSWD:
		return pointer("/etc/passwd");
	case A_NOWHERE:
		/* Where nobody, whatever their home is, can have made it. */
		return pointer("/proc/nowhere/secchat");
	case A_NULL_PATH:
		return pointer("/dev/null");
	case A_LAST:
		break;
	}
	return arg;
}

static int
do_act(const struct probe *p, const struct probe_world *w)
{
	uint64_t a[6];

	if (p->fn != NULL)
		return p->fn(w);
	for (size_t i = 0; i < ARRAY_LEN(a); i++)
		a[i] = resolve(p->args[i], w);
	return syscall(p->nr, a[0], a[1], a[2], a[3], a[4], a[5]) == -1 ? errno
									: 0;
}

int
probe_here(const struct probe *p, const struct policy *policy, pid_t victim,
    struct jail_report *report)
{
	static const struct policy_path program = {
	    PROBE_PROGRAM, LANDLOCK_ACCESS_FS_EXECUTE, "something to run"};
	struct probe_world w = {.victim = victim};

	if (probe_world_make(&w) < 0)
		return PROBE_BROKEN;
	jail_early();
	jail_enter(
	    policy, &program, policy->flags & POLICY_PATH_ARG ? 1 : 0, report);
	return do_act(p, &w);
}

_Noreturn static void
child(const struct probe *p, const struct policy *policy, pid_t victim,
    struct outcome *out)
{
	(void)signal(SIGALRM, SIG_DFL);
	(void)alarm(SECONDS);
	out->value = probe_here(p, policy, victim, &out->report);
	out->done = 1;
	_exit(0);
}

static pid_t
start_victim(void)
{
	pid_t parent = getpid(), pid = fork();

	if (pid == 0) {
		/* Who tries may be ended by somebody in between. */
		(void)prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
		if (getppid() != parent)
			_exit(0);
		(void)alarm(2 * SECONDS);
		for (;;)
			(void)pause();
	}
	return pid;
}

static int
wait_for(pid_t pid)
{
	int status;

	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return -1;
	return status;
}

/* An act that ran another program has neither returned nor died. */
static int
evaluate(int status, const struct outcome *out)
{
	if (!(out->report.applied & JAIL_SECCOMP))
		return PROBE_BROKEN;
	if (WIFSIGNALED(status))
		return -WTERMSIG(status);
	if (out->done)
		return out->value;
	return WIFEXITED(status) && WEXITSTATUS(status) == 0 ? PROBE_WORKS
							     : PROBE_BROKEN;
}

int
probe_run(const struct probe *p, const struct policy *policy,
    struct jail_report *report)
{
	struct outcome *out = mmap(NULL, sizeof *out, PROT_READ | PROT_WRITE,
	    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	pid_t victim, pid = -1;
	int got = PROBE_BROKEN;

	memset(report, 0, sizeof *report);
	if (out == MAP_FAILED)
		return PROBE_BROKEN;
	victim = start_victim();
	if (victim > 0)
		pid = fork();
	if (pid == 0)
		child(p, policy, victim, out);
	if (pid > 0)
		got = evaluate(wait_for(pid), out);
	if (victim > 0) {
		(void)kill(victim, SIGKILL);
		(void)wait_for(victim);
	}
	*report = out->report;
	(void)munmap(out, sizeof *out);
	return got;
}

/* The world of an act has a connection on the loopback. */
static void
loopback_up(void)
{
	struct ifreq ifr = {.ifr_name = "lo"};
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	ifr.ifr_flags = IFF_UP;
	if (fd >= 0)
		(void)ioctl(fd, SIOCSIFFLAGS, &ifr);
	fd_close(fd);
}

void
probe_enter_namespaces(struct policy *p, struct jail_report *r)
{
	memset(r, 0, sizeof *r);
	if (p->flags & POLICY_KEEP_NS)
		return;
	jail_namespaces(p, r);
	if (r->applied & JAIL_NET_NS)
		loopback_up();
	p->flags |= POLICY_KEEP_NS;
}

int
probe_judge(const struct probe *p, enum probe_column column, int got,
    const struct jail_report *report)
{
	int32_t expect = p->expect[column];

	if (expect == PROBE_REACHES)
		return got >= 0;
	if (p->fn == act_resolver_file && got == ENOENT)
		return -1;
	if (expect > 0) {
		if ((expect & PROBE_IF_FILES) &&
		    !(report->applied & JAIL_LANDLOCK_FS))
			return -1;
		if ((expect & PROBE_IF_SCOPE) &&
		    !(report->applied & JAIL_LANDLOCK_SCOPE))
			return -1;
		expect &= ~(PROBE_IF_FILES | PROBE_IF_SCOPE);
	}
	return got == expect;
}

const char *
probe_text(int got)
{
	const char *name;

	if (got == PROBE_WORKS)
		return "works";
	if (got == PROBE_BROKEN)
		return "could not be tried";
	if (got > 0) {
		name = strerrorname_np(got);
		return name != NULL ? name : "an unknown error";
	}
	if (got == -SIGSYS)
		return "SIGSYS";
	name = sigabbrev_np(-got);
	return name != NULL ? name : "an unknown signal";
}
