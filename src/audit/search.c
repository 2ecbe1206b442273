/*
 * Everything of one process that can be read, searched for known secrets:
 * memory, arguments, environment, files that are open; and secret memory,
 * which is tried in three ways.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "proof.h"
#include "secchat/util.h"

void
scan_merge(struct scan *all, const struct scan *one)
{
	for (size_t i = 0; i < KINDS; i++)
		if (all->where[i][0] == '\0')
			memcpy(
			    all->where[i], one->where[i], sizeof all->where[i]);
	all->hits |= one->hits;
	all->in_key_memory |= one->in_key_memory;
	all->bytes += one->bytes;
	all->unreadable += one->unreadable;
}

static const char *
word(ssize_t n)
{
	return n > 0 ? "read" : strerrorname_np(errno);
}

/* A debugger's eyes; the process stands still for a moment. */
static const char *
peek(pid_t pid, uintptr_t at)
{
	const char *text;
	int status;

	if (ptrace(PTRACE_SEIZE, pid, NULL, NULL) < 0)
		return strerrorname_np(errno);
	text = "nothing";
	if (ptrace(PTRACE_INTERRUPT, pid, NULL, NULL) == 0 &&
	    waitpid(pid, &status, __WALL) == pid) {
		errno = 0;
		(void)ptrace(PTRACE_PEEKDATA, pid, (void *)at, NULL);
		text = errno != 0 ? strerrorname_np(errno) : "read";
	}
	(void)ptrace(PTRACE_DETACH, pid, NULL, NULL);
	return text;
}

static void
try_secret(struct result *r, pid_t pid, uintptr_t at)
{
	char byte[16], path[64], vm[24], mem[24];
	struct iovec here = {byte, sizeof byte};
	struct iovec there = {(void *)at, sizeof byte};
	int fd;

	snprintf(vm, sizeof vm, "%s",
	    word(process_vm_readv(pid, &here, 1, &there, 1, 0)));
	snprintf(path, sizeof path, "/proc/%d/mem", (int)pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	snprintf(mem, sizeof mem, "%s",
	    word(fd < 0 ? -1 : pread(fd, byte, sizeof byte, (off_t)at)));
	fd_close(fd);
	snprintf(r->secret, sizeof r->secret,
	    "process_vm_readv %s, /proc/PID/mem %s, PTRACE_PEEKDATA %s", vm,
	    mem, peek(pid, at));
}

/* Its own path, which the kernel puts on every stack. */
static int
finds_itself(const struct audit *a, const struct program *program, pid_t pid)
{
	char path[AU_PATH];
	struct needles own = {.len = 0};
	struct scan s = {0};
	size_t len;

	program_path(a, program, path);
	len = strlen(path);
	needle_add(&own, "path",
	    path + (len > NEEDLE_LEN ? len - NEEDLE_LEN : 0),
	    MIN(len, (size_t)NEEDLE_LEN), A_TEXT);
	return scan_memory(pid, &own, &s) == 0 && s.hits != 0;
}

void
search_process(
    const struct audit *a, const struct needles *l, struct result *r, pid_t pid)
{
	struct scan s = {0};

	if (scan_memory(pid, l, &s) < 0)
		r->unreadable = 1;
	scan_merge(&r->memory, &s);
	if (s.secret != 0)
		try_secret(r, pid, s.secret);
	r->control = (uint8_t)finds_itself(a, r->program, pid);
	memset(&s, 0, sizeof s);
	if (scan_file(pid, "environ", l, &s) < 0 ||
	    scan_file(pid, "cmdline", l, &s) < 0)
		r->words_unread = 1;
	scan_merge(&r->words, &s);
	memset(&s, 0, sizeof s);
	if (scan_files(pid, l, &s) < 0)
		r->files_unread = 1;
	scan_merge(&r->files, &s);
}

uint32_t
search_copy(const struct needles *l)
{
	struct scan s = {0};
	pid_t pid = idle_child(1);

	if (pid > 0)
		(void)scan_memory(pid, l, &s);
	idle_end(pid);
	return s.hits;
}
