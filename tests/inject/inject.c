/*
 * Programs of the suite on a system that fails: the linker puts these
 * functions before those of the same name (make inject), and the file
 * "faults" in the current directory says which of them fail, in lines
 *
 *	PROGRAM CALL ERRNO FIRST EVERY
 *
 * The FIRST-th such call of that program fails and, unless EVERY is 0, each
 * EVERY-th after it.  ERRNO 0: half of what was to be written is.  Of the
 * clocks ("realtime", "monotonic") it is by how many seconds they jump; of
 * fork, -1 means that the child stands still before it does anything.  The
 * file is read before main, so that the sandbox is as it always is; a process
 * without one is a process like any other.
 *
 * What a descriptor of a regular file never does (EINTR, EAGAIN) is not
 * imitated on those that the program has opened itself; nor is EAGAIN on a pipe
 * of which it holds both ends, where it reads what it has just written.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

#include "secchat/util.h"

enum {
	RULES_MAX = 16,
	FDS_MAX = 1024
};

struct rule {
	char call[16];
	int error;
	unsigned first, every, count;
};

static struct rule rules[RULES_MAX];
static size_t rules_len;
static uint8_t opened[FDS_MAX];
static int other_end[FDS_MAX]; /* of a pipe, plus one; 0: it is not ours */

/* ---- the file ---- */

int __real_open(const char *path, int flags, ...);
int __real_close(int fd);
ssize_t __real_read(int fd, void *buf, size_t n);

/* One line of the file, when it is this program's. */
static void
take_rule(const char *line)
{
	struct rule *r = &rules[rules_len];
	const char *name = program_invocation_short_name;
	size_t n = strlen(name);
	char *end;

	if (rules_len == RULES_MAX || strncmp(line, name, n) != 0 ||
	    line[n] != ' ')
		return;
	line += n + 1;
	n = strcspn(line, " ");
	if (n >= sizeof r->call)
		return;
	memcpy(r->call, line, n);
	r->call[n] = '\0';
	r->error = (int)strtol(line + n, &end, 10);
	r->first = (unsigned)strtoul(end, &end, 10);
	r->every = (unsigned)strtoul(end, &end, 10);
	if (r->first > 0)
		rules_len++;
}

__attribute__((constructor)) static void
take_rules(void)
{
	static char text[4096];
	int fd = __real_open("faults", O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? 0 : __real_read(fd, text, sizeof text - 1);

	if (fd >= 0)
		(void)__real_close(fd);
	text[n > 0 ? n : 0] = '\0';
	for (char *save, *line = strtok_r(text, "\n", &save); line != NULL;
	     line = strtok_r(NULL, "\n", &save))
		take_rule(line);
}

/* Whether this descriptor cannot give that error. */
static int
never(int error, int fd)
{
	if (fd < 0 || fd >= FDS_MAX)
		return 0;
	return (opened[fd] && (error == EINTR || error == EAGAIN)) ||
	       (other_end[fd] != 0 && error == EAGAIN);
}

/* Whether this call, on fd or -1, fails now: NULL, or how. */
static const struct rule *
due(const char *call, int fd)
{
	const struct rule *hit = NULL;

	for (size_t i = 0; i < rules_len; i++) {
		struct rule *r = &rules[i];

		if (strcmp(r->call, call) != 0 || never(r->error, fd))
			continue;
		r->count++;
		if (r->count == r->first ||
		    (r->every != 0 && r->count > r->first &&
			(r->count - r->first) % r->every == 0))
			hit = r;
	}
	return hit;
}

static int
fails(const char *call, int fd)
{
	const struct rule *r = due(call, fd);

	if (r != NULL)
		errno = r->error;
	return r != NULL;
}

/* How much of n bytes is written: all, half, or -1 and errno. */
static ssize_t
share(const char *call, int fd, size_t n)
{
	const struct rule *r = due(call, fd);

	if (r == NULL || (r->error == 0 && n < 2))
		return (ssize_t)n;
	errno = r->error;
	return r->error == 0 ? (ssize_t)(n / 2) : -1;
}

static int
remember(int fd)
{
	if (fd >= 0 && fd < FDS_MAX)
		opened[fd] = 1;
	return fd;
}

/* ---- the clocks: they jump by so many seconds, not by an errno ---- */

int __real_clock_gettime(clockid_t id, struct timespec *ts);
int __wrap_clock_gettime(clockid_t id, struct timespec *ts);
int
__wrap_clock_gettime(clockid_t id, struct timespec *ts)
{
	static time_t ahead[2];
	int real = id == CLOCK_REALTIME;
	const struct rule *r = due(real ? "realtime" : "monotonic", -1);
	int err = __real_clock_gettime(id, ts);

	if (r != NULL)
		ahead[real] += r->error;
	ts->tv_sec += ahead[real];
	return err;
}

/* ---- the calls ---- */

/* name, result, parameters, arguments, descriptor, what a failure is */
#define CALL(name, type, params, args, fd, failure)                       \
	type __real_##name params;                                        \
	type __wrap_##name params;                                        \
	type __wrap_##name params                                         \
	{                                                                 \
		return fails(#name, fd) ? (failure) : __real_##name args; \
	}

/* clang-format off */
CALL(poll, int, (struct pollfd *p, nfds_t n, int ms), (p, n, ms), -1, -1)
CALL(ppoll, int, (struct pollfd *p, nfds_t n, const struct timespec *t,
    const sigset_t *m), (p, n, t, m), -1, -1)
CALL(writev, ssize_t, (int fd, const struct iovec *v, int n), (fd, v, n), fd, -1)
CALL(sendmsg, ssize_t, (int fd, const struct msghdr *m, int f), (fd, m, f), fd, -1)
CALL(recvmsg, ssize_t, (int fd, struct msghdr *m, int f), (fd, m, f), fd, -1)
CALL(accept4, int, (int fd, struct sockaddr *a, socklen_t *n, int f),
    (fd, a, n, f), fd, -1)
CALL(socketpair, int, (int d, int t, int p, int v[2]), (d, t, p, v), -1, -1)
CALL(socket, int, (int d, int t, int p), (d, t, p), -1, -1)
CALL(connect, int, (int fd, const struct sockaddr *a, socklen_t n), (fd, a, n), fd, -1)
CALL(bind, int, (int fd, const struct sockaddr *a, socklen_t n), (fd, a, n), fd, -1)
CALL(listen, int, (int fd, int n), (fd, n), fd, -1)
CALL(getsockname, int, (int fd, struct sockaddr *a, socklen_t *n), (fd, a, n), fd, -1)
CALL(setsockopt, int, (int fd, int l, int o, const void *v, socklen_t n),
    (fd, l, o, v, n), fd, -1)
CALL(execve, int, (const char *p, char *const a[], char *const e[]), (p, a, e), -1, -1)
CALL(waitpid, pid_t, (pid_t p, int *s, int o), (p, s, o), -1, -1)
CALL(dup2, int, (int a, int b), (a, b), a, -1)
CALL(mmap, void *, (void *a, size_t n, int p, int f, int fd, off_t o),
    (a, n, p, f, fd, o), -1, MAP_FAILED)
CALL(malloc, void *, (size_t n), (n), -1, NULL)
CALL(realloc, void *, (void *p, size_t n), (p, n), -1, NULL)
CALL(fsync, int, (int fd), (fd), -1, -1)
CALL(sync_file_range, int, (int fd, off_t at, off_t n, unsigned how), (fd, at, n, how), -1, -1)
CALL(renameat, int, (int a, const char *p, int b, const char *q), (a, p, b, q), -1, -1)
CALL(mkdir, int, (const char *p, mode_t m), (p, m), -1, -1)
/* clang-format on */

pid_t __real_fork(void);
pid_t __wrap_fork(void);
pid_t
__wrap_fork(void)
{
	const struct rule *r = due("fork", -1);
	pid_t pid;

	if (r != NULL && r->error >= 0) {
		errno = r->error;
		return -1;
	}
	pid = __real_fork();
	while (pid == 0 && r != NULL)
		(void)__real_poll(NULL, 0, -1);
	return pid;
}

ssize_t __wrap_read(int fd, void *buf, size_t n);
ssize_t
__wrap_read(int fd, void *buf, size_t n)
{
	return fails("read", fd) ? -1 : __real_read(fd, buf, n);
}

/* What read and poll become where the compiler knows the buffer's size. */
ssize_t __wrap___read_chk(int fd, void *buf, size_t n, size_t cap);
ssize_t
__wrap___read_chk(int fd, void *buf, size_t n, size_t cap)
{
	if (n > cap)
		abort();
	return __wrap_read(fd, buf, n);
}

int __wrap___poll_chk(struct pollfd *p, nfds_t n, int ms, size_t cap);
int
__wrap___poll_chk(struct pollfd *p, nfds_t n, int ms, size_t cap)
{
	if (n > cap / sizeof *p)
		abort();
	return __wrap_poll(p, n, ms);
}

int __real_pipe2(int v[2], int flags);
int __wrap_pipe2(int v[2], int flags);
int
__wrap_pipe2(int v[2], int flags)
{
	if (fails("pipe2", -1) || __real_pipe2(v, flags) < 0)
		return -1;
	if (v[0] < FDS_MAX && v[1] < FDS_MAX) {
		other_end[v[0]] = v[1] + 1;
		other_end[v[1]] = v[0] + 1;
	}
	return 0;
}

ssize_t __real_write(int fd, const void *buf, size_t n);
ssize_t __wrap_write(int fd, const void *buf, size_t n);
ssize_t
__wrap_write(int fd, const void *buf, size_t n)
{
	ssize_t part = share("write", fd, n);

	return part < 0 ? -1 : __real_write(fd, buf, (size_t)part);
}

ssize_t __real_send(int fd, const void *buf, size_t n, int flags);
ssize_t __wrap_send(int fd, const void *buf, size_t n, int flags);
ssize_t
__wrap_send(int fd, const void *buf, size_t n, int flags)
{
	ssize_t part = share("send", fd, n);

	return part < 0 ? -1 : __real_send(fd, buf, (size_t)part, flags);
}

/* The third argument of these is an int or nothing. */
int __wrap_open(const char *path, int flags, ...);
int
__wrap_open(const char *path, int flags, ...)
{
	va_list ap;
	int mode;

	va_start(ap, flags);
	mode = flags & O_CREAT ? va_arg(ap, int) : 0;
	va_end(ap);
	return fails("open", -1) ? -1
				 : remember(__real_open(path, flags, mode));
}

int __real_openat(int dir, const char *path, int flags, ...);
int __wrap_openat(int dir, const char *path, int flags, ...);
int
__wrap_openat(int dir, const char *path, int flags, ...)
{
	va_list ap;
	int mode;

	va_start(ap, flags);
	mode = flags & O_CREAT ? va_arg(ap, int) : 0;
	va_end(ap);
	return fails("openat", -1)
		   ? -1
		   : remember(__real_openat(dir, path, flags, mode));
}

int __real_fcntl(int fd, int cmd, ...);
int __wrap_fcntl(int fd, int cmd, ...);
int
__wrap_fcntl(int fd, int cmd, ...)
{
	va_list ap;
	int arg;

	va_start(ap, cmd);
	arg = cmd == F_GETFL || cmd == F_GETFD ? 0 : va_arg(ap, int);
	va_end(ap);
	return fails("fcntl", fd) ? -1 : __real_fcntl(fd, cmd, arg);
}

int __wrap_close(int fd);
int
__wrap_close(int fd)
{
	if (fd >= 0 && fd < FDS_MAX) {
		opened[fd] = 0;
		if (other_end[fd] != 0)
			other_end[other_end[fd] - 1] = 0;
		other_end[fd] = 0;
	}
	return __real_close(fd);
}
