/*
 * The order of confinement, which matters at every step: namespaces need the
 * capabilities, the bounding set is emptied before the capability that this
 * takes is given up, Landlock needs a descriptor before their number is
 * limited, and the filter, which forbids all of it, comes last.
 */
#include <assert.h>
#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>

#include "jail.h"
#include "secchat/util.h"

#ifdef SECCHAT_UNCONFINED

/* A sanitizer's run time cannot live in the sandbox. */
static void
harden(void)
{
}

static void
confine(const struct policy *p, const struct policy_path *extra, size_t n,
    struct jail_report *r)
{
	(void)p;
	(void)extra;
	(void)n;
	r->unconfined = 1;
}

#else

static void
harden(void)
{
	const struct rlimit none = {0, 0};

	if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) < 0)
		jail_fatal("PR_SET_DUMPABLE: %s", strerror(errno));
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		jail_fatal("no_new_privs: %s", strerror(errno));
	if (setrlimit(RLIMIT_CORE, &none) < 0)
		jail_fatal("RLIMIT_CORE: %s", strerror(errno));
	/* Nobody new can attach now; is there somebody already? */
	jail_untraced();
}

static void
confine(const struct policy *p, const struct policy_path *extra, size_t n,
    struct jail_report *r)
{
	harden();
	r->applied |= JAIL_NO_NEW_PRIVS | JAIL_NOT_DUMPABLE;
	jail_namespaces(p, r);
	jail_capabilities(r);
	jail_landlock(p, extra, n, r);
	jail_limits(p, r);
	jail_filter(p, r);
}

#endif

void
jail_early(void)
{
	static const int ignored[] = {SIGPIPE, SIGINT, SIGTSTP, SIGXFSZ};
	const struct sigaction sa = {.sa_handler = SIG_IGN};

	for (size_t i = 0; i < ARRAY_LEN(ignored); i++)
		(void)sigaction(ignored[i], &sa, NULL);
	harden();
}

void
jail_enter(const struct policy *p, const struct policy_path *extra, size_t n,
    struct jail_report *report)
{
	assert(n == 0 || (p->flags & POLICY_PATH_ARG));
	memset(report, 0, sizeof *report);
	confine(p, extra, n, report);
}
