/*
 * The rows that every policy begins with: memory, dying, and saying why.
 * With these, abort(), assert() and malloc's own checks end in SIGABRT and a
 * line on descriptor 2, as they would without a filter.
 */
#include <signal.h>
#include <sys/mman.h>

#include "rows.h"

#define MEMORY (MAP_PRIVATE | MAP_ANONYMOUS)

/* clang-format off */
const struct policy_row sandbox_base[] = {
	ALLOW(brk,    "malloc"),
	ALLOW(munmap, "malloc gives back"),
	ALLOW_IF(mmap, "malloc: private, anonymous, never executable",
	    ONLY(2, PROT_READ | PROT_WRITE), IS64(3, MEMORY), IS(4, -1)),
	ALLOW_IF(mmap, "Argon2id's memory, the same",
	    ONLY(2, PROT_READ | PROT_WRITE), IS64(3, MEMORY | MAP_POPULATE),
	    IS(4, -1)),
	ALLOW_IF(mprotect, "guard pages; never executable",
	    ONLY(2, PROT_READ | PROT_WRITE)),
	ALLOW_IF(mremap, "realloc of large blocks", IS(3, MREMAP_MAYMOVE)),
	ALLOW_IF(madvise, "malloc gives back",  IS(2, MADV_DONTNEED)),
	ALLOW_IF(madvise, "malloc gives back",  IS(2, MADV_FREE)),
	ALLOW_IF(madvise, "secrets stay out of dumps", IS(2, MADV_DONTDUMP)),
	ALLOW_IF(madvise, "undoes it before free",     IS(2, MADV_DODUMP)),
	ALLOW_IF(madvise, "random state is wiped in a child",
	    IS(2, MADV_WIPEONFORK)),

	ALLOW(exit_group,      "the end"),
	ALLOW(exit,            "the end of a thread, which is the last"),
	ALLOW(rt_sigreturn,    "leaving a signal handler"),
	ALLOW(restart_syscall, "a poll goes on after SIGSTOP and SIGCONT"),
	ALLOW(rt_sigprocmask,  "abort unblocks its signal; newer vDSO random"),
	ALLOW(getpid,          "abort"),
	ALLOW(gettid,          "abort"),
	ALLOW_IF(tgkill, "abort; Landlock keeps others safe", IS(2, SIGABRT)),

	ALLOW_IF(write,  "log lines", IS(0, 2)),
	ALLOW_IF(writev, "malloc's and assert's last words", IS(0, 2)),
};
const size_t sandbox_base_len = ARRAY_LEN(sandbox_base);
/* clang-format on */
