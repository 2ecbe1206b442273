/*
 * The steps of jail_enter, one file each.  Every step but the filter records
 * what it applied and what this kernel refused, and goes on.
 */
#ifndef SECCHAT_SRC_JAIL_H
#define SECCHAT_SRC_JAIL_H

#include <linux/filter.h>
#include <stddef.h>

#include "secchat/sandbox.h"

/* Record one thing that the policy wanted. */
static inline void
jail_note(struct jail_report *r, int applied, uint32_t bits)
{
	if (applied)
		r->applied |= bits;
	else
		r->missing |= bits;
}

/*
 * fatal() when somebody traces this process.  Without /proc nothing can be
 * learned, and it goes on.
 */
void jail_untraced(void);

/* Empty user, network and IPC namespaces, as far as p wants them. */
void jail_namespaces(const struct policy *p, struct jail_report *r);

/* Empty the bounding set, then every capability set of this process. */
void jail_capabilities(struct jail_report *r);

/* One more Landlock layer: the policy's paths and n extra ones. */
void jail_landlock(const struct policy *p, const struct policy_path *extra,
    size_t n, struct jail_report *r);

/* Resource limits: no core, few descriptors, no process, no file growth. */
void jail_limits(const struct policy *p, struct jail_report *r);

/* Load the policy's filter.  fatal() when that fails. */
void jail_filter(const struct policy *p, struct jail_report *r);

/* What must hold cannot be had: one line, and the exit status that says so. */
_Noreturn void jail_fatal(const char *fmt, ...)
    __attribute__((format(printf, 1, 2)));

#endif
