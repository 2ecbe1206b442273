/*
 * The table of docs/sandbox.md, "Key memory", on this kernel: a process holds
 * a page of each kind, and everybody who might looks for it.  The last row is
 * the one that nothing helps against, and it is shown like the others.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

#include "audit.h"
#include "keymem.h"
#include "scan.h"
#include "secchat/util.h"

#define PAGE 4096
#define PATTERN 0x6b
#define SECONDS 60
#define LOOK 16

enum {
	LOCKED, /* as sodium_malloc makes it */
	SECRET, /* memfd_secret */
	PAGES
};

enum {
	BY_CALL,
	BY_PROC,
	BY_DEBUGGER,
	WAYS
};

int
keymem_secret_fd(void)
{
#ifdef SYS_memfd_secret
	return (int)syscall(SYS_memfd_secret, O_CLOEXEC);
#else
	return -1;
#endif
}

/* ---- who holds it ---- */

struct holder {
	pid_t pid;
	int from; /* the end of a pipe that it writes to */
	int to;   /* its own end, over there */
	void *page[PAGES];
};

static void *
secret_page(void)
{
	int fd = keymem_secret_fd();
	void *p = MAP_FAILED;

	if (fd >= 0 && ftruncate(fd, PAGE) == 0)
		p = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	fd_close(fd);
	return p == MAP_FAILED ? NULL : p;
}

static void *
locked_page(void)
{
	void *p = mmap(NULL, PAGE, PROT_READ | PROT_WRITE,
	    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (p == MAP_FAILED)
		return NULL;
	(void)mlock(p, PAGE);
	(void)madvise(p, PAGE, MADV_DONTDUMP);
	return p;
}

_Noreturn static void
hold(struct holder h, int dumpable)
{
	h.page[LOCKED] = locked_page();
	h.page[SECRET] = secret_page();
	for (size_t i = 0; i < PAGES; i++)
		if (h.page[i] != NULL)
			memset(h.page[i], PATTERN, PAGE);
	(void)outside_drop_privileges();
	(void)prctl(PR_SET_DUMPABLE, dumpable, 0, 0, 0);
	(void)alarm(SECONDS);
	(void)!write(h.to, &h, sizeof h);
	for (;;)
		(void)pause();
}

static int
holder_start(struct holder *h, int dumpable)
{
	int p[2];
	pid_t pid;

	memset(h, 0, sizeof *h);
	if (pipe2(p, O_CLOEXEC) < 0)
		return -1;
	h->from = p[0];
	h->to = p[1];
	pid = fork();
	if (pid == 0)
		hold(*h, dumpable);
	fd_close(p[1]);
	if (pid < 0 || read(p[0], h, sizeof *h) != sizeof *h) {
		idle_end(pid);
		fd_close(p[0]);
		return -1;
	}
	h->pid = pid;
	return 0;
}

static void
holder_end(struct holder *h)
{
	idle_end(h->pid);
	fd_close(h->from);
}

/* ---- who looks ---- */

static int
is_pattern(const uint8_t *p)
{
	for (size_t i = 0; i < LOOK; i++)
		if (p[i] != PATTERN)
			return 0;
	return 1;
}

/* Each returns 0 when it has read the pattern, else an errno. */
static int
by_call(pid_t pid, void *at)
{
	uint8_t here[LOOK] = {0};
	struct iovec l = {here, sizeof here}, r = {at, sizeof here};

	if (process_vm_readv(pid, &l, 1, &r, 1, 0) < 0)
		return errno;
	return is_pattern(here) ? 0 : ENODATA;
}

static int
by_proc(pid_t pid, void *at)
{
	uint8_t here[LOOK] = {0};
	char path[64];
	int fd, err = 0;

	snprintf(path, sizeof path, "/proc/%d/mem", (int)pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return errno;
	if (pread(fd, here, sizeof here, (off_t)(uintptr_t)at) < 0)
		err = errno;
	fd_close(fd);
	return err != 0 ? err : is_pattern(here) ? 0 : ENODATA;
}

/* Attach and stand still.  0 or an errno. */
static int
stop(pid_t pid)
{
	int status;

	if (ptrace(PTRACE_SEIZE, pid, NULL, NULL) < 0)
		return errno;
	if (ptrace(PTRACE_INTERRUPT, pid, NULL, NULL) < 0 ||
	    waitpid(pid, &status, __WALL) != pid)
		return errno;
	return 0;
}

static int
by_debugger(pid_t pid, void *at)
{
	int err = stop(pid);

	if (err != 0)
		return err;
	errno = 0;
	(void)ptrace(PTRACE_PEEKDATA, pid, at, NULL);
	err = errno;
	(void)ptrace(PTRACE_DETACH, pid, NULL, NULL);
	return err;
}

static int (*const ways[WAYS])(pid_t pid, void *at) = {
    by_call, by_proc, by_debugger};

struct looks {
	int got[PAGES][WAYS]; /* 0: read; an errno; -1: there is no page */
};

static void
look(const struct holder *h, struct looks *l)
{
	for (size_t k = 0; k < PAGES; k++)
		for (size_t w = 0; w < WAYS; w++)
			l->got[k][w] = h->page[k] == NULL
					   ? -1
					   : ways[w](h->pid, h->page[k]);
}

/* As this user without privileges, which for root is a child. */
static int
look_as_user(const struct holder *h, struct looks *l)
{
	struct looks *shared;
	pid_t pid;
	int status = -1;

	if (geteuid() != 0) {
		look(h, l);
		return 0;
	}
	shared = mmap(NULL, sizeof *shared, PROT_READ | PROT_WRITE,
	    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (shared == MAP_FAILED)
		return -1;
	pid = fork();
	if (pid == 0) {
		(void)outside_drop_privileges();
		look(h, shared);
		_exit(0);
	}
	while (pid > 0 && waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	*l = *shared;
	(void)munmap(shared, sizeof *shared);
	return status == 0 ? 0 : -1;
}

/* ---- code inside ---- */

#ifdef __x86_64__

/* Have it write the page to its pipe: 0, or an errno. */
static int
inject(const struct holder *h, void *at)
{
	struct user_regs_struct regs;
	uint8_t here[LOOK] = {0};
	int err = stop(h->pid);

	if (err != 0)
		return err;
	if (ptrace(PTRACE_GETREGS, h->pid, NULL, &regs) < 0)
		return errno;
	/* It waits in pause: back to the two bytes of its system call. */
	regs.rip -= 2;
	regs.orig_rax = (unsigned long long)-1;
	regs.rax = SYS_write;
	regs.rdi = (unsigned long long)h->to;
	regs.rsi = (uintptr_t)at;
	regs.rdx = LOOK;
	if (ptrace(PTRACE_SETREGS, h->pid, NULL, &regs) < 0 ||
	    ptrace(PTRACE_DETACH, h->pid, NULL, NULL) < 0)
		return errno;
	if (read(h->from, here, sizeof here) != sizeof here)
		return EIO;
	return is_pattern(here) ? 0 : ENODATA;
}

#else

static int
inject(const struct holder *h, void *at)
{
	(void)h;
	(void)at;
	return ENOSYS;
}

#endif

/* ---- findings ---- */

static void
say_looks(const struct looks *l, size_t kind, char *out, size_t cap)
{
	static const char *const names[WAYS] = {
	    "process_vm_readv", "/proc/PID/mem", "PTRACE_PEEKDATA"};

	out[0] = '\0';
	for (size_t w = 0; w < WAYS; w++) {
		int got = l->got[kind][w];

		snprintf(out + strlen(out), cap - strlen(out), "%s%s %s",
		    w > 0 ? ", " : "", names[w],
		    got < 0    ? "no such memory here"
		    : got == 0 ? "reads it"
			       : strerrorname_np(got));
	}
}

static int
any_read(const struct looks *l, size_t kind)
{
	for (size_t w = 0; w < WAYS; w++)
		if (l->got[kind][w] == 0)
			return 1;
	return 0;
}

static void
judge_looks(struct audit *a, const struct check *c, const struct looks *l,
    int locked_is_read)
{
	char text[200];
	int read_it = any_read(l, LOCKED);

	say_looks(l, LOCKED, text, sizeof text);
	found(a, c, "sodium_malloc",
	    read_it && !locked_is_read   ? V_FAIL
	    : !read_it && locked_is_read ? V_NA
					 : V_OK,
	    "%s", text);
	say_looks(l, SECRET, text, sizeof text);
	found(a, c, "memfd_secret",
	    l->got[SECRET][0] < 0 ? V_WARN
	    : any_read(l, SECRET) ? V_FAIL
				  : V_OK,
	    "%s", text);
}

static void
row_looks(struct audit *a, const struct check *c, int dumpable, int as_root)
{
	struct holder h;
	struct looks l;
	int ok = holder_start(&h, dumpable) == 0;

	if (ok && as_root)
		look(&h, &l);
	else if (ok)
		ok = look_as_user(&h, &l) == 0;
	if (ok)
		judge_looks(a, c, &l, dumpable || as_root);
	else
		found(a, c, "", V_NA, "it could not be tried");
	if (h.pid > 0)
		holder_end(&h);
}

static void
row_inside(struct audit *a, const struct check *c)
{
	static const char *const kinds[PAGES] = {
	    "sodium_malloc", "memfd_secret"};
	struct holder h;

	if (holder_start(&h, 1) < 0) {
		found(a, c, "", V_NA, "it could not be tried");
		return;
	}
	for (size_t k = 0; k < PAGES; k++) {
		int got = h.page[k] == NULL ? ENODATA : inject(&h, h.page[k]);

		if (got == 0)
			found(a, c, kinds[k], V_OK,
			    "read: nothing helps against root who does this");
		else
			found(a, c, kinds[k], V_NA,
			    "not shown here (%s); a process reads its own "
			    "memory",
			    strerrorname_np(got));
	}
	holder_end(&h);
}

/* Whether the mapping at `at` is left out of dumps; the file is of our own
 * child that is dumpable. */
static int
left_out(const struct holder *h, size_t kind)
{
	char path[64], line[512];
	int here = 0, out = 0;
	FILE *f;

	snprintf(path, sizeof path, "/proc/%d/smaps", (int)h->pid);
	f = fopen(path, "re");
	while (f != NULL && fgets(line, sizeof line, f) != NULL) {
		uintptr_t from, to;

		if (scan_range(line, &from, &to) != NULL)
			here = (uintptr_t)h->page[kind] >= from &&
			       (uintptr_t)h->page[kind] < to;
		else if (here && strncmp(line, "VmFlags:", 8) == 0)
			out = strstr(line, " dd") != NULL;
	}
	if (f != NULL)
		(void)fclose(f);
	return out;
}

static void
row_core(struct audit *a, const struct check *c)
{
	static const char *const kinds[PAGES] = {
	    "sodium_malloc", "memfd_secret"};
	struct holder h;

	if (holder_start(&h, 1) < 0) {
		found(a, c, "", V_NA, "it could not be tried");
		return;
	}
	for (size_t k = 0; k < PAGES; k++) {
		int out = h.page[k] != NULL && left_out(&h, k);

		found(a, c, kinds[k],
		    h.page[k] == NULL ? V_WARN
		    : out             ? V_OK
				      : V_FAIL,
		    "%s",
		    h.page[k] == NULL ? "no such memory here"
		    : out             ? "absent: its mapping has the flag dd"
				      : "in it");
	}
	holder_end(&h);
}

void
check_keymem(struct audit *a, const struct check *c)
{
	const char *row = c->id + strlen("keymem.");

	if (strcmp(row, "user-dumpable") == 0)
		row_looks(a, c, 1, 0);
	else if (strcmp(row, "user") == 0)
		row_looks(a, c, 0, 0);
	else if (strcmp(row, "core") == 0)
		row_core(a, c);
	else if (strcmp(row, "inside") == 0)
		row_inside(a, c);
	else if (a->root)
		row_looks(a, c, 0, 1);
	else
		found(a, c, "", V_NA, "only root can try it");
}
