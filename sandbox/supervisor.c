/*
 * secchat, once it has started: it runs the workers, opens the files that the
 * user names and minds the terminal.
 *
 * A filter is inherited by fork and exec and can only become stricter, so
 * this one must let through what workers do until they are confined
 * (sandbox_start) and what dial does afterwards (sandbox_dial).  The rows
 * below are what the supervisor does itself.  Landlock takes away one thing:
 * executing anything but the loader and the workers, whose directory is
 * given at run time.  The loader runs whatever file it is told to, so this
 * stops nobody who knows it; the filter goes with what it runs.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/landlock.h>
#include <sched.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <termios.h>

#include "rows.h"

#define FORK_FLAGS (CLONE_CHILD_SETTID | CLONE_CHILD_CLEARTID | SIGCHLD)

/* clang-format off */
static const struct policy_row own[] = {
	/* workers */
	ALLOW_IF(clone, "fork: no new namespace, no shared memory",
	    ONLY(0, FORK_FLAGS)),
	REFUSE(clone3, ENOSYS, "its flags are out of a filter's sight"),
	ALLOW(execve, "the workers; Landlock says which files"),
	ALLOW(wait4,  "how a worker ended"),
	ALLOW_IF(kill, "a worker that does not leave",
	    PROCESS(0), IS(1, SIGKILL)),
	ALLOW_IF(kill, "Ctrl-Z: stops its own group, as the terminal does",
	    IS(0, 0), IS(1, SIGTSTP)),

	/* links and descriptors */
	ALLOW_IF(socketpair, "the links", IS(0, AF_UNIX)),
	ALLOW_IF(sendmsg, "sockets for net, files for file; no MSG_FASTOPEN",
	    WITHOUT(2, MSG_FASTOPEN)),
	ALLOW(recvmsg,     "the socket that dial made"),
	ALLOW(pipe2,       "a worker's stderr"),
	ALLOW(dup2,        "lays out a worker's descriptors"),
	ALLOW_IF(dup3, "the same; machines without dup2", ONLY(2, O_CLOEXEC)),
	ALLOW(close_range, "a worker gets nothing else"),
	ALLOW_IF(fcntl, "lays out a worker's descriptors",
	    IS(1, F_DUPFD_CLOEXEC)),
	ALLOW_IF(fcntl, "is a link non-blocking", IS(1, F_GETFL)),
	ALLOW_IF(fcntl, "make it so", IS(1, F_SETFL), ONLY(2, SETFL_FLAGS)),
	ALLOW(write,  "the terminal, the log, the files the user named"),

	/* files */
	ALLOW(openat,    "files that the user named; the terminal"),
	ALLOW(fsync,     "a record survives a crash"),
	ALLOW(lseek,     "a key file is read again for the next chat"),
	ALLOW(geteuid,   "is a record ours"),
	ALLOW(flock,     "two of us do not write the same record at once"),
	ALLOW(renameat,  "a finished record takes its name"),
	ALLOW(renameat2, "a received file takes a name that is free"),
	ALLOW_IF(linkat, "the same; file systems that cannot rename so",
	    IS(4, 0)),
	ALLOW(getdents64, "what a killed one of us left in the folder"),
	ALLOW(statfs,    "is there room for a file that is offered"),
	ALLOW(unlinkat,  "a record, or a file, that was not finished"),
	ALLOW(mkdir,     "the folder for records"),
	ALLOW(mkdirat,   "the same; machines without mkdir"),

	/* the terminal: TIOCSTI, which types for the user, is not here */
	ALLOW_IF(ioctl, "settings to restore",        IS(1, TCGETS)),
	ALLOW_IF(ioctl, "restores them; echo off",    IS(1, TCSETS)),
	ALLOW_IF(ioctl, "drops what was typed ahead", IS(1, TCFLSH)),
	ALLOW_IF(ioctl, "the size of the window",     IS(1, TIOCGWINSZ)),
	ALLOW_IF(ioctl, "is this group the terminal's", IS(1, TIOCGPGRP)),
	ALLOW_IF(ioctl, "the front end, which inherits this filter",
	    IS(1, TCSETSW)),
	ALLOW_IF(setitimer, "the same", IS(0, ITIMER_REAL)),

	/* signals */
	ALLOW(rt_sigaction, "handlers; a worker starts with the defaults"),

	/* what net and file do once they are confined and dial does not */
	ALLOW_IF(accept4, "net, which inherits this filter",
	    IS(3, SOCK_NONBLOCK | SOCK_CLOEXEC)),
	ALLOW(shutdown, "net, which inherits this filter"),
	ALLOW(getsockname, "price, which inherits this filter"),
	ALLOW(getpeername, "the same"),
	ALLOW(pwrite64,    "file, which inherits this filter"),
	ALLOW_IF(sync_file_range, "the same", ONLY(3, PACE_FLAGS)),
};
static const size_t own_len = ARRAY_LEN(own);

#define EXECUTE LANDLOCK_ACCESS_FS_EXECUTE
static const struct policy_path paths[] = {
	{ "/lib64/ld-linux-x86-64.so.2",  EXECUTE, "the loader, x86-64" },
	{ "/lib/ld-linux-aarch64.so.1",   EXECUTE, "the loader, aarch64" },
	{ "/lib/ld-linux-riscv64-lp64d.so.1", EXECUTE, "the loader, riscv64" },
};

static const struct policy_row *const tables[] = {
	sandbox_base, sandbox_start, sandbox_random, sandbox_connect,
	sandbox_dial, own, NULL
};
static const size_t *const lens[] = {
	&sandbox_base_len, &sandbox_start_len, &sandbox_random_len,
	&sandbox_connect_len, &sandbox_dial_len, &own_len
};

#define POLICY \
	.program = "secchat", \
	.holds = "the command line, the terminal's settings, the workers", \
	.cannot = "see a key, a passphrase or a message; run another " \
	    "program directly; through the loader only what this filter " \
	    "lets live", \
	.paths = paths, \
	.paths_len = ARRAY_LEN(paths), \
	.landlock_fs = EXECUTE, \
	.flags = POLICY_KEEP_NET | POLICY_KEEP_NS | POLICY_NO_SCOPE | \
	    POLICY_PATH_ARG, \
	.limits = { .nofile = 256, .fsize_unlimited = 1, \
	    .nproc_unlimited = 1 }

const struct policy policy_supervisor = {
	POLICY,
	.tables = tables,
	.table_lens = lens,
};

/* With a proxy that is a local socket nothing below this filter, which is
 * everything, can make another kind of socket. */
static const struct policy_row *const unix_tables[] = {
	sandbox_base, sandbox_start, sandbox_random, sandbox_connect,
	sandbox_dial_unix, own, NULL
};
static const size_t *const unix_lens[] = {
	&sandbox_base_len, &sandbox_start_len, &sandbox_random_len,
	&sandbox_connect_len, &sandbox_dial_unix_len, &own_len
};

const struct policy policy_supervisor_unix = {
	POLICY,
	.tables = unix_tables,
	.table_lens = unix_lens,
};
/* clang-format on */
