/*
 * A session that runs already: found by the number of one of its processes,
 * or by itself when there is only one.
 */
#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "audit.h"
#include "secchat/err.h"
#include "secchat/util.h"

#define SESSIONS_MAX 64

static int
is_named(pid_t pid, const char *name)
{
	char comm[32];

	if (proc_read(pid, "comm", comm, sizeof comm) < 0)
		return 0;
	comm[strcspn(comm, "\n")] = '\0';
	return strcmp(comm, name) == 0;
}

/* Root looks at everybody's. */
static int
is_ours(pid_t pid)
{
	char status[AU_PROC_TEXT];

	return geteuid() == 0 ||
	       (proc_read(pid, "status", status, sizeof status) == 0 &&
		   status_number(status, "Uid", 10) == (long)getuid());
}

static int
has_workers(pid_t pid)
{
	pid_t child[AU_PROCESSES];
	size_t n = proc_children(pid, child, ARRAY_LEN(child));

	for (size_t i = 0; i < n; i++)
		if (is_named(child[i], "secchat-crypto") ||
		    is_named(child[i], "secchat-crypto-") ||
		    is_named(child[i], "secchat-net"))
			return 1;
	return 0;
}

static int
is_session(pid_t pid)
{
	return is_named(pid, "secchat") && is_ours(pid) && has_workers(pid);
}

static size_t
all_sessions(pid_t out[SESSIONS_MAX])
{
	DIR *d = opendir("/proc");
	struct dirent *e;
	size_t n = 0;

	while (d != NULL && n < SESSIONS_MAX && (e = readdir(d)) != NULL) {
		pid_t pid = (pid_t)strtol(e->d_name, NULL, 10);

		if (isdigit((unsigned char)e->d_name[0]) && is_session(pid))
			out[n++] = pid;
	}
	if (d != NULL)
		(void)closedir(d);
	return n;
}

/* The supervisor of this process, or itself, or 0. */
static pid_t
session_of(pid_t pid)
{
	char status[AU_PROC_TEXT];

	if (is_session(pid))
		return pid;
	if (proc_read(pid, "status", status, sizeof status) < 0)
		return 0;
	pid = (pid_t)status_number(status, "PPid", 10);
	return is_session(pid) ? pid : 0;
}

static int
choose(pid_t *pid)
{
	pid_t all[SESSIONS_MAX];
	char list[512] = "";
	size_t n = all_sessions(all);

	if (n == 1) {
		*pid = all[0];
		return 0;
	}
	for (size_t i = 0; i < n; i++)
		snprintf(list + strlen(list), sizeof list - strlen(list), " %d",
		    (int)all[i]);
	if (n == 0)
		audit_complain("\"secchat audit\" alone starts a session "
			       "with itself.",
		    "no session of yours is running");
	else
		audit_complain("Name one of them: secchat audit PID",
		    "%zu sessions are running:%s", n, list);
	return EXIT_USAGE;
}

int
live_find(struct audit *a)
{
	pid_t child[AU_PROCESSES], pid = a->o->pid;
	size_t n;

	if (pid == 0) {
		int code = choose(&pid);

		if (code != 0)
			return code;
	}
	pid = session_of(pid);
	if (pid == 0 || !process_add(a, pid)) {
		audit_complain("\"secchat audit --live\" finds one that does.",
		    "process %d belongs to no session of yours",
		    (int)a->o->pid);
		return EXIT_USAGE;
	}
	strangers_note(a, pid);
	n = proc_children(pid, child, ARRAY_LEN(child));
	for (size_t i = 0; i < n; i++)
		(void)process_add(a, child[i]);
	return 0;
}
