/*
 * The memory and the file that keys are in.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "audit.h"
#include "keymem.h"
#include "secchat/util.h"

/* Who has the keys: one of the two that can. */
static const struct process *
keeper(struct audit *a)
{
	const struct process *p = process_of(a, "secchat-crypto");

	return p != NULL ? p : process_of(a, "secchat-crypto-legacy");
}

/* Whether this kernel gives secret memory to this user at all. */
static int
secret_memory_here(void)
{
	int fd = keymem_secret_fd();

	fd_close(fd);
	return fd >= 0;
}

/* Where the secret memory of a process is mapped: 1, 0 there is none, -1 its
 * map cannot be read. */
static int
secret_mapping(pid_t pid, uintptr_t *at)
{
	char path[64], line[512];
	int found_it = 0;
	FILE *f;

	snprintf(path, sizeof path, "/proc/%d/maps", (int)pid);
	f = fopen(path, "re");
	if (f == NULL)
		return -1;
	while (!found_it && fgets(line, sizeof line, f) != NULL)
		if (strstr(line, "/secretmem") != NULL) {
			*at = strtoul(line, NULL, 16);
			found_it = 1;
		}
	(void)fclose(f);
	return found_it;
}

void
check_key_memory(struct audit *a, const struct check *c)
{
	const struct process *p = keeper(a);
	int told = a->self != NULL ? self_key_memory(a->self) : -1;
	uintptr_t at;
	int seen;

	if (p == NULL)
		return;
	seen = secret_mapping(p->pid, &at);
	if (seen == 1)
		found(a, c, p->program->name, V_OK,
		    "memfd_secret: its map has /secretmem; %s",
		    told == 1 ? "it says so itself" : "root sees that");
	else if (seen == 0 || told == 0)
		found(a, c, p->program->name, V_WARN,
		    "locked memory, which root can read");
	else if (told == 1)
		found(a, c, p->program->name, V_OK,
		    "memfd_secret, as it says itself; root sees it in its map");
	else
		found(a, c, p->program->name, V_NA,
		    "only root can see it; memfd_secret %s on this machine",
		    secret_memory_here() ? "works" : "does not work");
}

void
check_key_locked(struct audit *a, const struct check *c)
{
	const struct process *p = keeper(a);
	long kb;

	if (p == NULL)
		return;
	kb = status_number(p->status, "VmLck", 10);
	found(
	    a, c, p->program->name, kb > 0 ? V_OK : V_FAIL, "VmLck %ld kB", kb);
}

/* ---- the key file ---- */

/* A write lease is given only while nobody else has the file open. */
static int
nobody_has(const char *path, int *error)
{
	int fd = open(path, O_RDWR | O_CLOEXEC);
	int ok = fd >= 0 && fcntl(fd, F_SETLEASE, F_WRLCK) == 0;

	*error = ok ? 0 : errno;
	if (ok)
		(void)fcntl(fd, F_SETLEASE, F_UNLCK);
	fd_close(fd);
	return ok;
}

void
check_key_closed(struct audit *a, const struct check *c)
{
	const char *path;
	int control, error, closed;

	if (a->self == NULL)
		return;
	path = self_key(a->self);
	control = open(path, O_RDONLY | O_CLOEXEC);
	closed = nobody_has(path, &error);
	if (closed || error != EAGAIN) {
		fd_close(control);
		found(a, c, "", V_NA, "this file system gives no leases (%s)",
		    closed ? "one in spite of an open file"
			   : strerrorname_np(error));
		return;
	}
	fd_close(control);
	closed = nobody_has(path, &error);
	if (closed)
		found(a, c, "", V_OK,
		    "a write lease on it is given, which it was not while one "
		    "descriptor was open");
	else
		found(a, c, "", V_FAIL,
		    "somebody has it open (%s) after it was read",
		    strerrorname_np(error));
}

/* ---- root's eyes ---- */

static const char *
try_text(ssize_t n)
{
	return n > 0 ? "read" : strerrorname_np(errno);
}

static void
judge_reads(struct audit *a, const struct check *c, const struct process *p,
    uintptr_t at)
{
	char byte[16], path[64], vm[32], mem[32];
	struct iovec here = {byte, sizeof byte};
	struct iovec there = {(void *)at, sizeof byte};
	ssize_t n = process_vm_readv(p->pid, &here, 1, &there, 1, 0), m = -1;
	int fd;

	snprintf(vm, sizeof vm, "%s", try_text(n));
	snprintf(path, sizeof path, "/proc/%d/mem", (int)p->pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd >= 0)
		m = pread(fd, byte, sizeof byte, (off_t)at);
	snprintf(mem, sizeof mem, "%s", try_text(m));
	fd_close(fd);
	found(a, c, p->program->name, n > 0 || m > 0 ? V_FAIL : V_OK,
	    "its key memory: process_vm_readv %s, /proc/PID/mem %s. Root that "
	    "runs code inside the process reads it",
	    vm, mem);
}

void
check_root_reads(struct audit *a, const struct check *c)
{
	const struct process *p = keeper(a);
	uintptr_t at = 0;
	int seen;

	if (p == NULL)
		return;
	if (!a->root) {
		found(a, c, p->program->name, V_NA,
		    "only root can try it. Root that runs code inside the "
		    "process reads its keys");
		return;
	}
	seen = secret_mapping(p->pid, &at);
	if (seen == 1)
		judge_reads(a, c, p, at);
	else
		found(a, c, p->program->name, V_WARN,
		    "its keys are in memory that root can read");
}
