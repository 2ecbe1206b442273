/*
 * The terminal, its signals and its timer, and a network interface, as the
 * stage has them.
 */
#include <errno.h>
#include <net/if.h>
#include <signal.h>
#include <stdarg.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/time.h>
#include <termios.h>
#include <unistd.h>

#include "../../wrapped.h"
#include "stage.h"

WRAPPED(int, isatty, int fd)
{
	return stage.on ? !stage.no_terminal : __real_isatty(fd);
}

WRAPPED(int, tcgetattr, int fd, struct termios *t)
{
	if (!stage.on)
		return __real_tcgetattr(fd, t);
	memset(t, 0, sizeof *t);
	t->c_lflag = ECHO | ICANON | ISIG;
	errno = ENOTTY;
	return stage.no_terminal ? -1 : 0;
}

WRAPPED(int, tcsetattr, int fd, int how, const struct termios *t)
{
	return stage.on ? 0 : __real_tcsetattr(fd, how, t);
}

WRAPPED(int, tcflush, int fd, int what)
{
	struct prop *p = stage.on ? stage_at(fd) : NULL;

	if (!stage.on)
		return __real_tcflush(fd, what);
	if (p != NULL)
		p->count = 0, p->taken = 0;
	return 0;
}

/* There is one network interface beside the loopback. */
static int
interface(struct ifreq *ifr)
{
	errno = ENODEV;
	if (strcmp(ifr->ifr_name, "eth0") != 0)
		return -1;
	ifr->ifr_ifindex = 2;
	return 0;
}

int __real_ioctl(int fd, unsigned long what, ...);
int __wrap_ioctl(int fd, unsigned long what, ...);

int
__wrap_ioctl(int fd, unsigned long what, ...)
{
	struct winsize *ws;
	void *to;
	va_list ap;

	va_start(ap, what);
	to = ws = va_arg(ap, void *);
	va_end(ap);
	if (!stage.on)
		return __real_ioctl(fd, what, to);
	if (what == SIOCGIFINDEX)
		return interface(to);
	errno = ENOTTY;
	if (stage.no_terminal || what != TIOCGWINSZ)
		return -1;
	ws->ws_col = stage.cols;
	ws->ws_row = stage.rows;
	return 0;
}

WRAPPED(int, setitimer, __itimer_which_t which, const struct itimerval *v,
    struct itimerval *old)
{
	return stage.on ? 0 : __real_setitimer(which, v, old);
}

WRAPPED(
    int, sigaction, int sig, const struct sigaction *sa, struct sigaction *old)
{
	if (!stage.on)
		return __real_sigaction(sig, sa, old);
	if (sa != NULL && sig > 0 && sig < 65)
		stage.handler[sig] =
		    sa->sa_handler == SIG_IGN || sa->sa_handler == SIG_DFL
			? NULL
			: sa->sa_handler;
	return 0;
}

typedef void handler_fn(int);

WRAPPED(handler_fn *, signal, int sig, handler_fn *fn)
{
	return stage.on ? SIG_DFL : __real_signal(sig, fn);
}

WRAPPED(int, sigprocmask, int how, const sigset_t *set, sigset_t *old)
{
	if (!stage.on)
		return __real_sigprocmask(how, set, old);
	if (old != NULL)
		sigemptyset(old);
	return 0;
}
