/*
 * Resource limits.  They are lowered, soft and hard, and never raised.
 */
#include <sys/resource.h>

#include "jail.h"

static int
lower(__rlimit_resource_t what, rlim_t to)
{
	struct rlimit lim;

	if (getrlimit(what, &lim) < 0)
		return 0;
	if (lim.rlim_max > to)
		lim.rlim_max = to;
	if (lim.rlim_cur > lim.rlim_max)
		lim.rlim_cur = lim.rlim_max;
	return setrlimit(what, &lim) == 0;
}

void
jail_limits(const struct policy *p, struct jail_report *r)
{
	int ok =
	    lower(RLIMIT_CORE, 0) && lower(RLIMIT_NOFILE, p->limits.nofile);

	if (!p->limits.fsize_unlimited)
		ok = lower(RLIMIT_FSIZE, 0) && ok;
	if (!p->limits.nproc_unlimited)
		ok = lower(RLIMIT_NPROC, 0) && ok;
	jail_note(r, ok, JAIL_RLIMITS);
}
