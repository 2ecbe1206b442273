/*
 * Trying to get in from outside, as any program of the same user could: no
 * words of ours, only what the kernel answers.  Root does it in a child that
 * has given up every capability, since what protects a process from its own
 * user is that it is not dumpable, and that does not stop root.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "audit.h"
#include "secchat/err.h"
#include "secchat/util.h"

#define NOT_TRIED (-1)
#define SECONDS 60

int
outside_drop_privileges(void)
{
	struct __user_cap_header_struct head = {
	    .version = _LINUX_CAPABILITY_VERSION_3};
	const struct __user_cap_data_struct none[2] = {{0, 0, 0}, {0, 0, 0}};

	return syscall(SYS_capset, &head, none) == 0 ? 0 : -ERR_SYS;
}

/* ---- a process without protection ---- */

pid_t
idle_child(int dumpable)
{
	pid_t pid, parent = getpid();
	int ready[2];
	char byte = 0;

	if (pipe2(ready, O_CLOEXEC) < 0)
		return -1;
	pid = fork();
	if (pid == 0) {
		/* Who has less privileges may not look at who has more. */
		(void)outside_drop_privileges();
		(void)prctl(PR_SET_DUMPABLE, dumpable, 0, 0, 0);
		(void)alarm(SECONDS);
		(void)prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
		if (getppid() != parent)
			_exit(0);
		(void)!write(ready[1], &byte, 1);
		for (;;)
			(void)pause();
	}
	fd_close(ready[1]);
	(void)!read(ready[0], &byte, 1);
	fd_close(ready[0]);
	return pid;
}

void
idle_end(pid_t pid)
{
	if (pid <= 0)
		return;
	(void)kill(pid, SIGKILL);
	while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
		;
}

/* ---- the attempts ---- */

static int
open_file(pid_t pid, const char *name)
{
	char path[64];
	int fd;

	snprintf(path, sizeof path, "/proc/%d/%s", (int)pid, name);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return errno;
	fd_close(fd);
	return 0;
}

/* The address is nobody's: who may read gets EFAULT, which counts as in. */
static int
try_readv(pid_t pid)
{
	char byte;
	struct iovec here = {&byte, 1}, there = {NULL, 1};

	if (process_vm_readv(pid, &here, 1, &there, 1, 0) < 0 &&
	    errno != EFAULT)
		return errno;
	return 0;
}

static int
try_mem(pid_t pid)
{
	return open_file(pid, "mem");
}

/* SEIZE does not stop it.  Should it work, it is let go at once. */
static int
try_ptrace(pid_t pid)
{
	int status;

	if (ptrace(PTRACE_SEIZE, pid, NULL, NULL) < 0)
		return errno;
	if (ptrace(PTRACE_INTERRUPT, pid, NULL, NULL) == 0 &&
	    waitpid(pid, &status, __WALL) == pid)
		(void)ptrace(PTRACE_DETACH, pid, NULL, NULL);
	return 0;
}

static int
try_fd(pid_t pid)
{
	return open_file(pid, "fd/2");
}

static int
try_maps(pid_t pid)
{
	return open_file(pid, "maps");
}

static int
try_getfd(pid_t pid)
{
	int pidfd = (int)syscall(SYS_pidfd_open, pid, 0);
	int fd, err;

	if (pidfd < 0)
		return errno;
	fd = (int)syscall(SYS_pidfd_getfd, pidfd, 2, 0);
	err = fd < 0 ? errno : 0;
	fd_close(fd);
	fd_close(pidfd);
	return err;
}

/* clang-format off */
static const struct {
	const char *id;
	int (*fn)(pid_t pid);
} attempts[TRY_COUNT] = {
	[TRY_READV]  = { "outside.readv",  try_readv },
	[TRY_MEM]    = { "outside.mem",    try_mem },
	[TRY_PTRACE] = { "outside.ptrace", try_ptrace },
	[TRY_FD]     = { "outside.fd",     try_fd },
	[TRY_MAPS]   = { "outside.maps",   try_maps },
	[TRY_GETFD]  = { "outside.getfd",  try_getfd },
};
/* clang-format on */

static void
try_all(const pid_t *pids, size_t n, int errnos[][TRY_COUNT])
{
	for (size_t i = 0; i < n; i++)
		for (size_t t = 0; t < TRY_COUNT; t++)
			errnos[i][t] = attempts[t].fn(pids[i]);
}

/* The same in a child of root's; what it saw comes back in shared memory. */
static int
try_without_privileges(const pid_t *pids, size_t n, int errnos[][TRY_COUNT])
{
	size_t size = n * sizeof *errnos;
	int(*shared)[TRY_COUNT] = mmap(NULL, size, PROT_READ | PROT_WRITE,
	    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	int status = -1;
	pid_t pid;

	if ((void *)shared == MAP_FAILED)
		return -ERR_SYS;
	pid = fork();
	if (pid == 0) {
		if (outside_drop_privileges() < 0)
			_exit(1);
		try_all(pids, n, shared);
		_exit(0);
	}
	while (pid > 0 && waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	memcpy(errnos, shared, size);
	(void)munmap(shared, size);
	return status == 0 ? 0 : -ERR_SYS;
}

int
outside_try(const pid_t *pids, size_t n, int errnos[][TRY_COUNT])
{
	pid_t all[AU_PROCESSES + 1];
	int err = 0;

	if (n > AU_PROCESSES)
		return -ERR_TOO_LONG;
	memcpy(all, pids, n * sizeof *pids);
	all[n] = idle_child(1);
	if (all[n] < 0)
		return -ERR_SYS;
	if (geteuid() == 0)
		err = try_without_privileges(all, n + 1, errnos);
	else
		try_all(all, n + 1, errnos);
	idle_end(all[n]);
	return err;
}

/* ---- the checks ---- */

static int seen[AU_PROCESSES + 1][TRY_COUNT];
static int tried = NOT_TRIED;

static void
try_once(struct audit *a)
{
	pid_t pids[AU_PROCESSES];

	for (size_t i = 0; i < a->p_len; i++)
		pids[i] = a->p[i].pid;
	if (tried == NOT_TRIED)
		tried = outside_try(pids, a->p_len, seen);
}

void
check_outside(struct audit *a, const struct check *c)
{
	size_t t = 0;
	int control;

	try_once(a);
	while (t < TRY_COUNT && strcmp(attempts[t].id, c->id) != 0)
		t++;
	if (tried < 0 || t == TRY_COUNT) {
		found(a, c, "", V_NA, "it could not be tried");
		return;
	}
	control = seen[a->p_len][t];
	for (size_t i = 0; i < a->p_len; i++) {
		int got = seen[i][t];

		if (got == 0)
			found(a, c, a->p[i].program->name, V_FAIL,
			    "it is let in");
		else if (control != 0)
			found(a, c, a->p[i].program->name, V_NA,
			    "%s, but so is an unprotected process (%s): the "
			    "system refuses everybody",
			    strerrorname_np(got), strerrorname_np(control));
		else
			found(a, c, a->p[i].program->name, V_OK,
			    "%s; an unprotected process lets it in",
			    strerrorname_np(got));
	}
}

/* Files of /proc belong to root while a process is not dumpable.  They do
 * anyhow when it is root's: there the attempt above tells. */
static void
judge_dumpable(
    struct audit *a, const struct check *c, const struct process *p, size_t i)
{
	char path[64];
	struct stat st;

	snprintf(path, sizeof path, "/proc/%d/environ", (int)p->pid);
	if (stat(path, &st) < 0)
		found(a, c, p->program->name, V_NA, "it has ended");
	else if (status_number(p->status, "Uid", 10) != 0)
		found(a, c, p->program->name, st.st_uid == 0 ? V_OK : V_FAIL,
		    "its files in /proc belong to %s",
		    st.st_uid == 0 ? "root" : "its user");
	else if (seen[a->p_len][TRY_READV] != 0)
		found(a, c, p->program->name, V_NA,
		    "it is root's, and the system refuses everybody");
	else
		found(a, c, p->program->name,
		    seen[i][TRY_READV] != 0 ? V_OK : V_FAIL,
		    "root without its privileges is %s",
		    seen[i][TRY_READV] != 0 ? "refused" : "let in");
}

void
check_dumpable(struct audit *a, const struct check *c)
{
	try_once(a);
	for (size_t i = 0; i < a->p_len; i++)
		if (tried < 0)
			found(a, c, a->p[i].program->name, V_NA,
			    "it could not be tried");
		else
			judge_dumpable(a, c, &a->p[i], i);
}
