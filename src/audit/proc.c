/*
 * Reading /proc.  What is read here, everybody may read of their own
 * processes, protected or not; the rest is tried in outside.c.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "audit.h"
#include "secchat/err.h"
#include "secchat/util.h"

int
proc_read(pid_t pid, const char *name, char *out, size_t cap)
{
	char path[64];
	size_t len = 0;
	ssize_t n = 1;
	int fd, saved;

	snprintf(path, sizeof path, "/proc/%d/%s", (int)pid, name);
	out[0] = '\0';
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -ERR_SYS;
	while (len < cap - 1 && n > 0) {
		n = read(fd, out + len, cap - 1 - len);
		if (n > 0)
			len += (size_t)n;
		else if (n < 0 && errno == EINTR)
			n = 1;
	}
	saved = errno;
	out[len] = '\0';
	fd_close(fd);
	errno = saved;
	return n < 0 ? -ERR_SYS : 0;
}

void
status_field(const char *status, const char *name, char *out, size_t cap)
{
	size_t len = strlen(name);
	const char *p = status;

	out[0] = '\0';
	while (p != NULL) {
		if (strncmp(p, name, len) == 0 && p[len] == ':') {
			p += len + 1;
			p += strspn(p, " \t");
			snprintf(out, cap, "%.*s", (int)strcspn(p, "\n"), p);
			return;
		}
		p = strchr(p, '\n');
		if (p != NULL)
			p++;
	}
}

long
status_number(const char *status, const char *name, int base)
{
	char value[64];

	status_field(status, name, value, sizeof value);
	return value[0] == '\0' ? -1 : (long)strtoull(value, NULL, base);
}

size_t
proc_children(pid_t pid, pid_t *out, size_t max)
{
	char name[64], text[AU_PROC_TEXT];
	const char *p = text;
	char *end;
	size_t n = 0;

	snprintf(name, sizeof name, "task/%d/children", (int)pid);
	if (proc_read(pid, name, text, sizeof text) < 0)
		return 0;
	while (n < max) {
		long child = strtol(p, &end, 10);

		if (end == p)
			break;
		out[n++] = (pid_t)child;
		p = end;
	}
	return n;
}

pid_t
proc_child_named(pid_t parent, const char *name)
{
	pid_t pids[AU_PROCESSES];
	size_t n = proc_children(parent, pids, ARRAY_LEN(pids));
	char comm[32];

	for (size_t i = 0; i < n; i++) {
		if (proc_read(pids[i], "comm", comm, sizeof comm) < 0)
			continue;
		comm[strcspn(comm, "\n")] = '\0';
		if (strncmp(comm, name, COMM_LEN) == 0)
			return pids[i];
	}
	return 0;
}

/* A program that a session may have; what calls itself like another program
 * of the suite is as strange there as any. */
static const struct program *
of_session(const char *comm)
{
	const struct program *p = program_find(comm);

	return p != NULL && p->in_session ? p : NULL;
}

void
strangers_note(struct audit *a, pid_t supervisor)
{
	pid_t child[AU_PROCESSES];
	size_t n = proc_children(supervisor, child, ARRAY_LEN(child));

	for (size_t i = 0; i < n; i++) {
		size_t len = strlen(a->strangers);
		char comm[32];

		if (proc_read(child[i], "comm", comm, sizeof comm) < 0)
			continue;
		comm[strcspn(comm, "\n")] = '\0';
		if (of_session(comm) == NULL)
			snprintf(a->strangers + len, sizeof a->strangers - len,
			    "%s%s", len > 0 ? ", " : "", comm);
	}
}

int
process_add(struct audit *a, pid_t pid)
{
	struct process *p = &a->p[a->p_len];
	char comm[32];

	if (a->p_len == AU_PROCESSES ||
	    proc_read(pid, "comm", comm, sizeof comm) < 0)
		return 0;
	comm[strcspn(comm, "\n")] = '\0';
	memset(p, 0, sizeof *p);
	p->program = of_session(comm);
	p->pid = pid;
	if (p->program == NULL ||
	    proc_read(pid, "status", p->status, sizeof p->status) < 0)
		return 0;
	a->p_len++;
	return 1;
}

struct process *
process_of(struct audit *a, const char *program)
{
	for (size_t i = 0; i < a->p_len; i++)
		if (strcmp(a->p[i].program->name, program) == 0)
			return &a->p[i];
	return NULL;
}

void
program_path(const struct audit *a, const struct program *p, char out[AU_PATH])
{
	if (p == &programs[0])
		snprintf(out, AU_PATH, "%s", a->secchat);
	else
		snprintf(out, AU_PATH, "%.4000s/%s", a->dir, p->name);
}
