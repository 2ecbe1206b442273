/*
 * No capability, now or after any exec.  A new user namespace leaves all of
 * them full, so this is for everybody, not only for root.
 */
#include <linux/capability.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "jail.h"

/*
 * Fails where the process has no CAP_SETPCAP; a full bounding set in a
 * process that can gain nothing from it is reported, not hidden.
 */
static int
drop_bounding_set(void)
{
	int ok = 1;

	for (unsigned long cap = 0; cap < 64; cap++) {
		int held = prctl(PR_CAPBSET_READ, cap, 0, 0, 0);

		if (held < 0)
			break; /* the kernel's last one was before this */
		if (held && prctl(PR_CAPBSET_DROP, cap, 0, 0, 0) < 0)
			ok = 0;
	}
	return ok;
}

/* The ambient set follows: it never holds what these do not. */
static int
drop_all(void)
{
	struct __user_cap_header_struct head = {
	    .version = _LINUX_CAPABILITY_VERSION_3};
	const struct __user_cap_data_struct none[2] = {{0, 0, 0}, {0, 0, 0}};

	return syscall(SYS_capset, &head, none) == 0;
}

void
jail_capabilities(struct jail_report *r)
{
	jail_note(r, drop_bounding_set(), JAIL_BOUNDING_SET);
	jail_note(r, drop_all(), JAIL_CAPABILITIES);
}
