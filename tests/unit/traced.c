/*
 * users: root nobody
 *
 * A process that is traced does not get through jail_early, and one that was
 * attached to after it not through jail_enter.
 */
#include <stdlib.h>
#include <sys/ptrace.h>
#include <unistd.h>

#include "check.h"
#include "child.h"
#include "secchat/err.h"
#include "secchat/sandbox.h"
#include "secchat/util.h"

#ifdef SECCHAT_UNCONFINED

int
main(void)
{
	SKIP("sandbox: this build runs unconfined");
	return check_end();
}

#else

enum when {
	NEVER,
	BEFORE_EARLY,
	BEFORE_ENTER,
};

static void
trace_me(void)
{
	if (ptrace(PTRACE_TRACEME, 0, NULL, NULL) < 0)
		_exit(99);
}

/* The exit code of a process that confines itself, and what it said. */
static int
confine(enum when when, char *words, size_t cap)
{
	struct jail_report r;
	int p[2];
	ssize_t n;
	pid_t pid;

	if (pipe(p) < 0 || (pid = fork()) < 0) {
		perror("traced");
		exit(1);
	}
	if (pid == 0) {
		dup2(p[1], 2);
		if (when == BEFORE_EARLY)
			trace_me();
		jail_early();
		if (when == BEFORE_ENTER)
			trace_me();
		jail_enter(&policy_crypto, NULL, 0, &r);
		_exit(0);
	}
	close(p[1]);
	n = read(p[0], words, cap - 1);
	words[n > 0 ? n : 0] = '\0';
	close(p[0]);
	return child_exit(pid);
}

int
main(void)
{
	char words[512], who[64];

	snprintf(who, sizeof who, "process %d traces", (int)getpid());
	CHECK(confine(NEVER, words, sizeof words) == 0);
	CHECK(words[0] == '\0');
	CHECK(confine(BEFORE_EARLY, words, sizeof words) == EXIT_SANDBOX);
	CHECK(strstr(words, who) != NULL);
	CHECK(confine(BEFORE_ENTER, words, sizeof words) == EXIT_SANDBOX);
	CHECK(strstr(words, who) != NULL);
	return check_end();
}

#endif
