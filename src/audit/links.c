/*
 * Watching one process at its system calls, as strace does.  Its policy lets
 * it use its two links by read, recvmsg and writev alone, so what these have
 * carried is all that came and went.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "audit.h"
#include "links.h"
#include "secchat/err.h"
#include "secchat/fds.h"
#include "secchat/util.h"

#define SECONDS 60
#define PIECES 8

/* ---- what a call carried ---- */

static int
peek(pid_t pid, uint64_t at, void *out, size_t len)
{
	struct iovec here = {out, len};
	struct iovec there = {(void *)(uintptr_t)at, len};

	return process_vm_readv(pid, &here, 1, &there, 1, 0) == (ssize_t)len
		   ? 0
		   : -ERR_SYS;
}

static void
keep(pid_t pid, struct watched *s, int link, uint64_t at, size_t len)
{
	size_t used = s->link[link].len;

	if (len > WATCH_BYTES - used)
		s->error = ENOSPC;
	else if (peek(pid, at, s->link[link].bytes + used, len) < 0)
		s->error = errno;
	else
		s->link[link].len = used + len;
}

/* So many bytes of a list of buffers over there. */
static void
keep_pieces(
    pid_t pid, struct watched *s, int link, uint64_t list, size_t n, size_t len)
{
	struct iovec v[PIECES];

	if (n > PIECES || peek(pid, list, v, n * sizeof v[0]) < 0) {
		s->error = n > PIECES ? E2BIG : errno;
		return;
	}
	for (size_t i = 0; i < n && len > 0; i++) {
		size_t part = MIN(len, v[i].iov_len);

		keep(pid, s, link, (uintptr_t)v[i].iov_base, part);
		len -= part;
	}
}

static int
link_of(uint64_t fd)
{
	return fd == FD_SUPER         ? WATCH_SUPER
	       : fd == FD_FILE_CRYPTO ? WATCH_CRYPTO
				      : -1;
}

/* A call that began with these arguments has returned n. */
static void
note(pid_t pid, struct watched *s, const uint64_t call[4], int64_t n)
{
	int link = link_of(call[1]);
	struct msghdr m;

	if (link < 0 || n <= 0)
		return;
	if (call[0] == SYS_read)
		keep(pid, s, link, call[2], (size_t)n);
	else if (call[0] == SYS_writev)
		keep_pieces(pid, s, link, call[2], call[3], (size_t)n);
	else if (call[0] != SYS_recvmsg)
		return;
	else if (peek(pid, call[2], &m, sizeof m) < 0)
		s->error = errno;
	else
		keep_pieces(pid, s, link, (uintptr_t)m.msg_iov, m.msg_iovlen,
		    (size_t)n);
	s->records++;
}

/* ---- watching ---- */

/* It stands at the beginning or the end of a call. */
static void
at_call(pid_t pid, struct watched *s, uint64_t call[4])
{
	struct __ptrace_syscall_info i;

	memset(&i, 0, sizeof i);
	if (ptrace(PTRACE_GET_SYSCALL_INFO, pid, sizeof i, &i) <= 0) {
		s->error = errno;
	} else if (i.op == PTRACE_SYSCALL_INFO_ENTRY) {
		call[0] = i.entry.nr;
		memcpy(call + 1, i.entry.args, 3 * sizeof call[1]);
	} else if (i.op == PTRACE_SYSCALL_INFO_EXIT && !i.exit.is_error) {
		note(pid, s, call, i.exit.rval);
	}
}

/* The first stop is the one that was asked for; from then on none of its
 * calls passes unseen. */
static int
seize(pid_t pid)
{
	int status;

	if (ptrace(PTRACE_SEIZE, pid, NULL, PTRACE_O_TRACESYSGOOD) < 0 ||
	    ptrace(PTRACE_INTERRUPT, pid, NULL, NULL) < 0)
		return -ERR_SYS;
	if (waitpid(pid, &status, __WALL) != pid || !WIFSTOPPED(status)) {
		errno = ESRCH;
		return -ERR_SYS;
	}
	return ptrace(PTRACE_SYSCALL, pid, NULL, NULL) < 0 ? -ERR_SYS : 0;
}

static void
follow(pid_t pid, struct watched *s)
{
	uint64_t call[4] = {0};
	int status;

	while (waitpid(pid, &status, __WALL) == pid && WIFSTOPPED(status)) {
		int sig = WSTOPSIG(status);

		if (sig == (SIGTRAP | 0x80))
			at_call(pid, s, call);
		/* A signal of its own reaches it. */
		if (status >> 16 != 0 || sig == (SIGTRAP | 0x80))
			sig = 0;
		if (ptrace(PTRACE_SYSCALL, pid, NULL, sig) < 0)
			return;
	}
}

_Noreturn static void
watch(pid_t pid, struct watched *s, int ready)
{
	char byte = 0;

	(void)alarm(SECONDS);
	(void)prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
	s->error = seize(pid) < 0 ? errno : 0;
	(void)!write(ready, &byte, 1);
	if (s->error == 0)
		follow(pid, s);
	_exit(0);
}

int
watch_start(struct watch *w, pid_t pid)
{
	int ready[2];
	char byte;

	w->seen = mmap(NULL, sizeof *w->seen, PROT_READ | PROT_WRITE,
	    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if ((void *)w->seen == MAP_FAILED)
		w->seen = NULL;
	if (w->seen == NULL || pipe2(ready, O_CLOEXEC) < 0)
		return -ERR_SYS;
	w->seen->error = ESRCH;
	w->pid = fork();
	if (w->pid == 0)
		watch(pid, w->seen, ready[1]);
	fd_close(ready[1]);
	(void)!read(ready[0], &byte, 1);
	fd_close(ready[0]);
	return w->pid < 0 ? -ERR_SYS : 0;
}

/* Whom it watched goes on when it has gone. */
void
watch_stop(struct watch *w)
{
	idle_end(w->pid);
	w->pid = 0;
}

void
watch_free(struct watch *w)
{
	watch_stop(w);
	if (w->seen != NULL)
		(void)munmap(w->seen, sizeof *w->seen);
	w->seen = NULL;
}
