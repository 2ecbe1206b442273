/*
 * The world in which an act is tried: every descriptor that a program may
 * expect, and some that it must not touch.
 */
#ifndef SECCHAT_SRC_JAIL_PROBE_H
#define SECCHAT_SRC_JAIL_PROBE_H

#include <sys/types.h>

#include "secchat/probe.h"

/* The one program that the supervisor may run in a probe. */
#define PROBE_PROGRAM "/bin/true"

/* clang-format off */
enum probe_fd {
	PFD_LINK     = 3,       /* 3 4 5: links, each with a record to read */
	PFD_LINK2    = 4,
	PFD_LINK3    = 5,
	PFD_SECRET   = 6,       /* a pipe with a line                       */
	PFD_IDENTITY = 7,       /* the same                                 */
	PFD_LISTENER = 8,       /* a listener at which somebody waits       */
	PFD_TCP      = 9,       /* a connected socket                       */
	PFD_FILE     = 10,      /* a file, to read                          */
	PFD_COUNT
};

/* Arguments that only run time knows. */
enum probe_arg {
	ARG_FIRST = 0x7a7a0000,
	A_VICTIM = ARG_FIRST,   /* the pid of an innocent process           */
	A_SELF,                 /* this process's own pid                   */
	A_BUF,                  /* a page of zeros: every struct, empty     */
	A_PAGE,                 /* a page to unmap or change                */
	A_PASSWD,               /* the path of a file that exists           */
	A_NOWHERE,              /* the path of one that does not            */
	A_NULL_PATH,            /* the path of /dev/null                    */
	A_LAST
};
/* clang-format on */

struct probe_world {
	pid_t victim;
	void *buf; /* PROBE_BUF zeros */
	void *page;
};

#define PROBE_BUF 4096

/* Lay out the descriptors.  0, or -1 when the system lets us not. */
int probe_world_make(struct probe_world *w);

/*
 * Confine this very process and do the act in it: 0 or an errno, or
 * PROBE_BROKEN when the descriptors could not be made.  *report is filled
 * before the act, which may not return.
 */
int probe_here(const struct probe *p, const struct policy *policy, pid_t victim,
    struct jail_report *report);

/* Acts that one system call is not enough for (probe_acts.c). */
probe_fn act_malloc, act_realloc, act_log, act_resolver_file, act_fork;
probe_fn act_run_program, act_run_other, act_pass_fd, act_pass_fd_on;
probe_fn act_take_fd, act_send_to, act_interface, act_clone3, act_filter;
probe_fn act_int80;

#endif
