/*
 * Empty namespaces: no network but passed sockets, no System V IPC, and a
 * user namespace that makes the others possible without root.  This runs
 * after exec: a process that came into a user namespace by exec is open to
 * ptrace by the user who made the namespace, one that made it itself is not.
 */
#include <sched.h>

#include "jail.h"

void
jail_namespaces(const struct policy *p, struct jail_report *r)
{
	int flags = CLONE_NEWIPC;
	uint32_t bits = JAIL_IPC_NS;

	if (p->flags & POLICY_KEEP_NS)
		return;
	if (!(p->flags & POLICY_KEEP_NET)) {
		flags |= CLONE_NEWNET;
		bits |= JAIL_NET_NS;
	}
	if (unshare(CLONE_NEWUSER | flags) == 0) {
		jail_note(r, 1, bits | JAIL_USER_NS);
		return;
	}
	/* Refused in many containers; root can do without. */
	jail_note(r, 0, JAIL_USER_NS);
	jail_note(r, unshare(flags) == 0, bits);
}
