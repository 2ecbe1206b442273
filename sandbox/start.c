/*
 * What a worker does between exec and its own filter: the loader, libraries
 * that need the open world, and the jail itself.  A filter is inherited by
 * fork and exec, so the supervisor, which starts workers after it has confined
 * itself, has to be allowed all of this; the worker's own filter then takes
 * nearly all of it away.
 */
#include <linux/futex.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/prctl.h>

#include "rows.h"

/* clang-format off */
const struct policy_row sandbox_start[] = {
	/* the loader */
	ALLOW(access,          "the loader looks for preloads"),
	ALLOW(faccessat,       "the same; machines without access"),
	ALLOW(arch_prctl,      "the loader sets the thread pointer"),
	ALLOW(set_tid_address, "libc starts"),
	ALLOW(set_robust_list, "libc starts"),
	ALLOW(rseq,            "libc starts"),
	ALLOW(pread64,         "the loader reads a library's headers"),
	ALLOW_IF(mmap, "the loader maps code: never writable, never shared",
	    ONLY(2, PROT_READ | PROT_EXEC), WITHOUT(3, MAP_SHARED)),
	ALLOW_IF(mmap, "the loader maps data: never executable",
	    ONLY(2, PROT_READ | PROT_WRITE), WITHOUT(3, MAP_SHARED)),
	ALLOW_IF(prlimit64, "libc asks for the stack's; the jail's limits",
	    IS(0, 0)),
	ALLOW(newfstatat,      "how large is a library; fstat"),
	ALLOW(fstat,           "the same where it has its own number"),
	ALLOW_IF(futex, "once-only initialisation of locales",
	    IS(1, FUTEX_WAKE | FUTEX_PRIVATE_FLAG)),
	ALLOW_IF(eventfd2, "newer libcurls start: how they would be woken",
	    IS(0, 0), IS(1, EFD_CLOEXEC | EFD_NONBLOCK)),
	ALLOW(sysinfo, "libc sorts libcrypto's tables: is there memory"),

	/* the arena for keys, and locale caches */
	ALLOW(memfd_secret, "the arena for keys"),
	ALLOW(ftruncate,    "its size"),
	ALLOW_IF(mmap, "its mapping; never executable",
	    ONLY(2, PROT_READ | PROT_WRITE), IS(3, MAP_SHARED)),
	ALLOW_IF(madvise, "no child gets the arena", IS(2, MADV_DONTFORK)),
	ALLOW(mlock, "sodium_malloc, where there is no memfd_secret"),

	/* jail_early and jail_enter */
	ALLOW_IF(prctl, "not dumpable", IS(0, PR_SET_DUMPABLE), IS(1, 0)),
	ALLOW_IF(prctl, "no_new_privs",
	    IS(0, PR_SET_NO_NEW_PRIVS), IS(1, 1)),
	ALLOW_IF(prctl, "is a capability still in the bounding set",
	    IS(0, PR_CAPBSET_READ)),
	ALLOW_IF(prctl, "drop it", IS(0, PR_CAPBSET_DROP)),
	ALLOW_IF(unshare, "empty namespaces, of these three kinds",
	    ONLY(0, CLONE_NEWUSER | CLONE_NEWNET | CLONE_NEWIPC)),
	ALLOW(capset,                  "drops every capability"),
	ALLOW(landlock_create_ruleset, "a further Landlock layer"),
	ALLOW(landlock_add_rule,       "its rows"),
	ALLOW(landlock_restrict_self,  "confines for good"),
	ALLOW_IF(seccomp, "a further filter; nobody listens to it",
	    IS(0, SECCOMP_SET_MODE_FILTER), IS(1, 0)),
};
const size_t sandbox_start_len = ARRAY_LEN(sandbox_start);
/* clang-format on */
