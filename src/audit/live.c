/*
 * A session that runs already: found by the number of one of its processes,
 * or by itself when there is only one.
 */
#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
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

/* Whose it is: a name, or a number that has none. */
static void
owner_of(pid_t pid, char *out, size_t cap)
{
	char status[AU_PROC_TEXT];
	const struct passwd *pw;
	long uid = -1;

	if (proc_read(pid, "status", status, sizeof status) == 0)
		uid = status_number(status, "Uid", 10);
	pw = uid < 0 ? NULL : getpwuid((uid_t)uid);
	if (pw != NULL)
		snprintf(out, cap, "%s", pw->pw_name);
	else
		snprintf(out, cap, "user %ld", uid);
}

/* The 22nd field of its stat is when it was started, in ticks since the
 * computer was: the 20th behind the name, which stands in parentheses. */
static void
start_of(pid_t pid, char *out, size_t cap)
{
	long long ticks = 0, hz = sysconf(_SC_CLK_TCK);
	struct timespec up, now;
	char stat[1024], *at;
	struct tm tm;
	time_t began;

	snprintf(out, cap, "?");
	if (proc_read(pid, "stat", stat, sizeof stat) < 0 || hz <= 0 ||
	    clock_gettime(CLOCK_BOOTTIME, &up) < 0 ||
	    clock_gettime(CLOCK_REALTIME, &now) < 0)
		return;
	at = strrchr(stat, ')');
	for (int i = 0; at != NULL && i < 20; i++)
		at = strchr(at + 1, ' ');
	if (at == NULL)
		return;
	ticks = strtoll(at, NULL, 10);
	began = now.tv_sec - (up.tv_sec - (time_t)(ticks / hz));
	if (localtime_r(&began, &tm) != NULL)
		(void)strftime(out, cap, "%Y-%m-%d %H:%M:%S", &tm);
}

/* What was typed to start it: there are no secrets in a command line. */
static void
command_of(pid_t pid, char *out, size_t cap)
{
	char raw[256];
	size_t n = 0;

	memset(raw, 0, sizeof raw);
	(void)proc_read(pid, "cmdline", raw, sizeof raw);
	/* Words end in NUL, the last of all in two; the first is a path. */
	n = strlen(raw) + 1;
	for (size_t i = n; i + 2 < sizeof raw && raw[i] != '\0'; i++)
		if (raw[i + 1] == '\0' && raw[i + 2] != '\0')
			raw[++i] = ' ';
	snprintf(out, cap, "%.60s", n < sizeof raw ? raw + n : "");
}

/* A line for each, with what tells them apart. */
static void
list_sessions(const pid_t *all, size_t n)
{
	char owner[64], start[32], command[64];

	for (size_t i = 0; i < n; i++) {
		owner_of(all[i], owner, sizeof owner);
		start_of(all[i], start, sizeof start);
		command_of(all[i], command, sizeof command);
		audit_say("  %d  %s  since %s  secchat %s", (int)all[i], owner,
		    start, command);
	}
}

static int
choose(pid_t *pid)
{
	pid_t all[SESSIONS_MAX];
	size_t n = all_sessions(all);

	if (n == 1) {
		*pid = all[0];
		return 0;
	}
	if (n == 0) {
		audit_complain("\"secchat audit\" alone starts a session "
			       "with itself.",
		    "no session of yours is running");
		return EXIT_USAGE;
	}
	audit_complain(NULL, "%zu sessions are running:", n);
	list_sessions(all, n);
	audit_say("  Name one of them: secchat audit PID");
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
