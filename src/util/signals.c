/*
 * What whoever starts a program may have done to its signals.
 */
#include <signal.h>

#include "secchat/err.h"
#include "secchat/util.h"

static int
stays_ignored(int sig)
{
	struct sigaction sa;

	return sig == SIGHUP && sigaction(sig, NULL, &sa) == 0 &&
	       sa.sa_handler == SIG_IGN;
}

int
set_signals(const int *which, size_t n, const struct sigaction *sa)
{
	sigset_t none;

	for (size_t i = 0; i < n; i++)
		if (!stays_ignored(which[i]) &&
		    sigaction(which[i], sa, NULL) < 0)
			return -ERR_SYS;
	sigemptyset(&none);
	return sigprocmask(SIG_SETMASK, &none, NULL) < 0 ? -ERR_SYS : 0;
}
