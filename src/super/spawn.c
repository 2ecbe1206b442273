/*
 * fork and exec of one program with exactly the descriptors it is meant to
 * have.  Every process is a fresh exec: its own address-space layout, only
 * its own libraries, nothing of ours in its memory.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "internal.h"
#include "secchat/util.h"

/* Enough for every name in table.c, with its value. */
#define ENV_MAX 12
#define ENV_TEXT 1024

static void
close_from(int first)
{
	struct rlimit lim;

	if (syscall(SYS_close_range, (unsigned)first, ~0u, 0u) == 0)
		return;
	if (getrlimit(RLIMIT_NOFILE, &lim) < 0)
		lim.rlim_cur = 1024;
	for (rlim_t fd = (rlim_t)first; fd < lim.rlim_cur; fd++)
		(void)close((int)fd);
}

/*
 * Put fds[n] at n.  All of them are moved above the fixed range first: dup2
 * onto a low number would overwrite one that is still to be placed.
 */
static void
place_fds(const int fds[SPAWN_FDS])
{
	int high[SPAWN_FDS];

	for (int n = 0; n < SPAWN_FDS; n++) {
		high[n] = -1;
		if (fds[n] < 0)
			continue;
		high[n] = fcntl(fds[n], F_DUPFD_CLOEXEC, SPAWN_FDS);
		if (high[n] < 0)
			fatal("descriptors: %s", strerror(errno));
	}
	for (int n = 0; n < SPAWN_FDS; n++) {
		(void)close(n);
		if (high[n] >= 0 && dup2(high[n], n) < 0)
			fatal("dup2: %s", strerror(errno));
	}
	close_from(SPAWN_FDS);
}

/*
 * Workers sit in the terminal's foreground group and must not die of the
 * keys that are meant for the person's program; an ignored signal stays
 * ignored across exec, everything else is as the system made it.
 */
static void
reset_signals(void)
{
	static const int ignored[] = {SIGINT, SIGQUIT, SIGTSTP, SIGTTIN,
	    SIGTTOU, SIGPIPE,
	    /* the whole group may get these; the end comes by the link */
	    SIGHUP, SIGTERM};
	struct sigaction sa = {.sa_handler = SIG_DFL};
	sigset_t none;

	for (int sig = 1; sig < NSIG; sig++)
		(void)sigaction(sig, &sa, NULL);
	sa.sa_handler = SIG_IGN;
	for (size_t i = 0; i < ARRAY_LEN(ignored); i++)
		(void)sigaction(ignored[i], &sa, NULL);
	sigemptyset(&none);
	(void)sigprocmask(SIG_SETMASK, &none, NULL);
}

/* The variables of `names` that are set and not absurdly long. */
static void
make_env(char *envp[ENV_MAX + 1], char text[ENV_MAX][ENV_TEXT],
    const char *const *names)
{
	size_t n = 0;

	for (; *names != NULL && n < ENV_MAX; names++) {
		const char *value = getenv(*names);
		int len;

		if (value == NULL)
			continue;
		len = snprintf(text[n], ENV_TEXT, "%s=%s", *names, value);
		if (len > 0 && len < ENV_TEXT) {
			envp[n] = text[n];
			n++;
		}
	}
	envp[n] = NULL;
}

/*
 * What the new program finds, whoever it is (fds.h):
 *
 *	0 1	/dev/null; the user's own for secchat-tty and -script
 *	2	a pipe that the supervisor reads
 *	3	FD_SUPER: its link to the supervisor
 *	4	crypto: the front end.  net, front end and file: crypto
 *	5	crypto: net
 *	6	crypto: FD_SECRET
 *	7	crypto: FD_IDENTITY, where there are identities
 *	8	crypto: secchat-file, which has it at 4
 *
 * and nothing above: not the log, not the other workers' links, not the
 * listener.
 */
_Noreturn static void
become(const struct spawn *sp)
{
	char text[ENV_MAX][ENV_TEXT];
	char *envp[ENV_MAX + 1];

	fatal_hook(NULL);
	make_env(envp, text, sp->env);
	reset_signals();
	place_fds(sp->fds);
	execve(sp->path, sp->argv, envp);
	fatal("cannot run %s: %s", sp->path, strerror(errno));
}

/*
 * Until it has made its signals its own, the child would run our handlers,
 * and they write to our pipe: nothing is delivered to it before.
 */
pid_t
spawn(const struct spawn *sp)
{
	sigset_t all, before;
	pid_t pid;

	sigfillset(&all);
	(void)sigprocmask(SIG_SETMASK, &all, &before);
	pid = fork();
	if (pid == 0)
		become(sp);
	(void)sigprocmask(SIG_SETMASK, &before, NULL);
	return pid < 0 ? -ERR_SYS : pid;
}
