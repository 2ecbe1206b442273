/*
 * One secchat under our eyes.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "audit.h"
#include "secchat/err.h"
#include "secchat/limits.h"
#include "secchat/util.h"
#include "suite.h"

#define PATH_CAP 4096

/* ---- in the child ---- */

static int
put_file(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	int err = fd < 0 ? -ERR_SYS : fd_write_all(fd, text, strlen(text));

	fd_close(fd);
	return err;
}

/*
 * A user namespace of this user's own, made before exec: then this user may
 * read the memory of what runs in it.  sandbox.md says why no worker is ever
 * started so in a chat.
 */
static int
own_namespace(void)
{
	unsigned uid = geteuid(), gid = getegid();
	char uids[48], gids[48];

	/* As its root: a process that is not dumpable belongs to that. */
	snprintf(uids, sizeof uids, "0 %u 1", uid);
	snprintf(gids, sizeof gids, "0 %u 1", gid);
	/* The files below belong to root while a process is not dumpable. */
	if (prctl(PR_SET_DUMPABLE, 1, 0, 0, 0) < 0 ||
	    unshare(CLONE_NEWUSER) < 0 ||
	    put_file("/proc/self/setgroups", "deny") < 0 ||
	    put_file("/proc/self/uid_map", uids) < 0 ||
	    put_file("/proc/self/gid_map", gids) < 0)
		return -ERR_SYS;
	return 0;
}

static void
reset_signals(void)
{
	struct sigaction sa = {.sa_handler = SIG_DFL};
	sigset_t none;

	for (int sig = 1; sig < NSIG; sig++)
		(void)sigaction(sig, &sa, NULL);
	sigemptyset(&none);
	(void)sigprocmask(SIG_SETMASK, &none, NULL);
}

/* The terminal's other side becomes 0, 1 and 2. */
static int
take_terminal(const char *name)
{
	int fd;

	if (setsid() < 0)
		return -ERR_SYS;
	fd = open(name, O_RDWR);
	if (fd < 0 || dup2(fd, 0) < 0 || dup2(fd, 1) < 0 || dup2(fd, 2) < 0)
		return -ERR_SYS;
	return 0;
}

static int
take_pipes(int in, int out)
{
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);

	return null < 0 || dup2(in, 0) < 0 || dup2(out, 1) < 0 ||
		       dup2(null, 2) < 0
		   ? -ERR_SYS
		   : 0;
}

static void
run(const struct suite_start *how, const char *terminal, int in, int out)
{
	char home[PATH_CAP], state[PATH_CAP], data[PATH_CAP];
	char lang[] = "LANG=C.UTF-8", term[] = "TERM=xterm";
	char *envp[] = {home, state, data, lang, term, NULL};

	snprintf(home, sizeof home, "HOME=%.4000s", how->folder);
	snprintf(state, sizeof state, "XDG_STATE_HOME=%.4000s", how->folder);
	snprintf(data, sizeof data, "XDG_DATA_HOME=%.4000s", how->folder);
	if (how->owned && own_namespace() < 0)
		return;
	if (chdir(how->folder) < 0 ||
	    (terminal != NULL ? take_terminal(terminal) : take_pipes(in, out)) <
		0)
		return;
	if (how->pass >= 0 && dup2(how->pass, SUITE_PASSED) < 0)
		return;
	/* Nothing of ours goes with it. */
	(void)close_range(3, SUITE_PASSED - 1, 0);
	(void)close_range(SUITE_PASSED + (how->pass >= 0), ~0u, 0);
	reset_signals();
	(void)execve(how->program, (char *const *)(uintptr_t)how->argv, envp);
}

/* ---- outside ---- */

static int
open_terminal(struct suite *s, char *name, size_t cap)
{
	s->out = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC | O_NONBLOCK);
	if (s->out < 0 || grantpt(s->out) < 0 || unlockpt(s->out) < 0 ||
	    ptsname_r(s->out, name, cap) != 0)
		return -ERR_SYS;
	return 0;
}

int
suite_start(struct suite *s, const struct suite_start *how)
{
	int in[2] = {-1, -1}, out[2] = {-1, -1};
	char terminal[64];

	s->in = s->out = -1;
	s->len = 0;
	if (how->tty) {
		if (open_terminal(s, terminal, sizeof terminal) < 0)
			return -ERR_SYS;
	} else {
		if (pipe2(in, O_CLOEXEC) < 0 || pipe2(out, O_CLOEXEC) < 0)
			return -ERR_SYS;
		s->in = in[1];
		s->out = out[0];
		(void)fd_set_nonblock(s->out, 1);
	}
	s->pid = fork();
	if (s->pid == 0) {
		run(how, how->tty ? terminal : NULL, in[0], out[1]);
		_exit(SUITE_CANNOT);
	}
	fd_close(in[0]);
	fd_close(out[1]);
	return s->pid < 0 ? -ERR_SYS : 0;
}

/* The next line into s->line; what does not fit is cut. */
static int
next_line(struct suite *s, uint64_t until)
{
	size_t len = 0;

	for (;;) {
		struct pollfd p = {.fd = s->out, .events = POLLIN};
		char c;
		ssize_t n = read(s->out, &c, 1);

		if (n == 1 && c != '\n') {
			if (len < sizeof s->line - 1)
				s->line[len++] = c;
			continue;
		}
		if (n == 1) {
			s->line[len] = '\0';
			return 0;
		}
		if (n == 0 || (errno != EAGAIN && errno != EINTR))
			return -ERR_EOF;
		audit_leave_if_asked();
		n = poll(&p, 1, clock_poll_timeout(clock_now_ms(), until));
		if (n == 0)
			return -ERR_TIMEOUT;
	}
}

static int
is_event(const struct suite *s, const char *name)
{
	char have[32];

	suite_field(s, "ev", have, sizeof have);
	return strcmp(have, name) == 0;
}

int
suite_event(struct suite *s, const char *name, uint64_t until)
{
	for (;;) {
		int err = next_line(s, until);

		if (err < 0)
			return err;
		if (is_event(s, name))
			return 0;
		if (is_event(s, "error") || is_event(s, "end"))
			return -ERR_EOF;
	}
}

void
suite_field(const struct suite *s, const char *name, char *out, size_t cap)
{
	char key[48];
	const char *p;

	snprintf(key, sizeof key, "\"%s\":", name);
	out[0] = '\0';
	p = strstr(s->line, key);
	if (p == NULL)
		return;
	p += strlen(key);
	if (*p == '"')
		snprintf(out, cap, "%.*s", (int)strcspn(p + 1, "\""), p + 1);
	else
		snprintf(out, cap, "%.*s", (int)strcspn(p, ",}"), p);
}

void
suite_drain(struct suite *s)
{
	char buf[4096];

	while (s->out >= 0 && read(s->out, buf, sizeof buf) > 0)
		;
}

void
suite_dismiss(struct suite *s)
{
	if (s->pid > 0)
		(void)kill(s->pid, SIGTERM);
}

void
suite_end(struct suite *s)
{
	uint64_t by = clock_now_ms() + CLOSE_WAIT + 2 * WORKER_STOP;
	int status;

	if (s->pid <= 0)
		return;
	fd_close(s->in);
	s->in = -1;
	suite_dismiss(s);
	while (waitpid(s->pid, &status, WNOHANG) == 0) {
		struct pollfd p = {.fd = s->out, .events = POLLIN};

		suite_drain(s);
		if (clock_now_ms() > by)
			(void)kill(s->pid, SIGKILL);
		(void)poll(&p, 1, 5);
	}
	fd_close(s->out);
	s->out = -1;
	s->pid = 0;
}

static void
kill_and_wait(pid_t pid)
{
	(void)kill(pid, SIGKILL);
	while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
		;
}

/* Its workers become children of this process (audit_main asks for that). */
void
suite_kill(struct suite *s)
{
	pid_t child[AU_PROCESSES];
	size_t n;

	if (s->pid <= 0)
		return;
	n = proc_children(s->pid, child, ARRAY_LEN(child));
	kill_and_wait(s->pid);
	for (size_t i = 0; i < n; i++)
		kill_and_wait(child[i]);
	fd_close(s->in);
	fd_close(s->out);
	s->in = s->out = -1;
	s->pid = 0;
}
