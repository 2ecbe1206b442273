/*
 * How a child of a test ended.
 */
#ifndef SECCHAT_TESTS_CHILD_H
#define SECCHAT_TESTS_CHILD_H

#include <sys/types.h>
#include <sys/wait.h>
#include <errno.h>

/* Wait for it: its exit status, or the signal that killed it made negative. */
static inline int
child_exit(pid_t pid)
{
	int status = 0;

	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return -1000; /* there is none */
	return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

#endif
