/*
 * Acts that take more than one system call with constant arguments.  Each
 * returns 0 when it worked, else an errno.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/sched.h>
#include <linux/seccomp.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "probe.h"
#include "secchat/util.h"

int
act_malloc(const struct probe_world *w)
{
	/* From the heap, then by mmap, then back. */
	char *small = malloc(100), *large = malloc(4 << 20);
	int ok = small != NULL && large != NULL;

	(void)w;
	if (ok) {
		memset(small, 1, 100);
		memset(large, 1, 4 << 20);
	}
	free(small);
	free(large);
	return ok ? 0 : ENOMEM;
}

int
act_realloc(const struct probe_world *w)
{
	char *p = malloc(1 << 20), *q = NULL;

	(void)w;
	if (p != NULL) {
		memset(p, 1, 1 << 20);
		q = realloc(p, 64 << 20);
	}
	if (q == NULL) {
		free(p);
		return ENOMEM;
	}
	free(q);
	return 0;
}

int
act_log(const struct probe_world *w)
{
	(void)w;
	log_line("a line of %d words", 5);
	return 0;
}

/* The first of them that is there: what is not is looked for, and not found,
 * before anybody is asked whether it may be read. */
int
act_resolver_file(const struct probe_world *w)
{
	static const char *const files[] = {
	    "/etc/hosts", "/etc/resolv.conf", "/etc/nsswitch.conf"};

	(void)w;
	for (size_t i = 0; i < ARRAY_LEN(files); i++) {
		if (open(files[i], O_RDONLY | O_CLOEXEC) >= 0)
			return 0;
		if (errno != ENOENT)
			return errno;
	}
	return ENOENT;
}

int
act_fork(const struct probe_world *w)
{
	int status;
	pid_t pid = fork();

	(void)w;
	if (pid == 0)
		_exit(0);
	if (pid < 0 || waitpid(pid, &status, 0) < 0)
		return errno;
	return 0;
}

static int
run(const char *path)
{
	char name[] = "program";
	char *argv[] = {name, NULL}, *envp[] = {NULL};

	execve(path, argv, envp);
	return errno;
}

int
act_run_program(const struct probe_world *w)
{
	(void)w;
	return run(PROBE_PROGRAM);
}

int
act_run_other(const struct probe_world *w)
{
	(void)w;
	return run("/bin/sh");
}

/* Send PFD_FILE on a link. */
static int
pass_on(int fd)
{
	char byte = 0;
	struct iovec iov = {&byte, 1};

	return fd_pass(fd, &iov, 1, PFD_FILE);
}

int
act_pass_fd(const struct probe_world *w)
{
	(void)w;
	return pass_on(PFD_LINK);
}

int
act_pass_fd_on(const struct probe_world *w)
{
	(void)w;
	return pass_on(PFD_LINK2);
}

int
act_take_fd(const struct probe_world *w)
{
	char byte;
	struct iovec iov = {&byte, 1};
	char control[64];
	struct msghdr msg = {.msg_iov = &iov,
	    .msg_iovlen = 1,
	    .msg_control = control,
	    .msg_controllen = sizeof control};

	(void)w;
	return recvmsg(PFD_LINK2, &msg, MSG_CMSG_CLOEXEC) < 0 ? errno : 0;
}

int
act_send_to(const struct probe_world *w)
{
	struct sockaddr_in a = {.sin_family = AF_INET};

	(void)w;
	return sendto(PFD_TCP, "x", 1, MSG_NOSIGNAL, (struct sockaddr *)&a,
		   sizeof a) < 0
		   ? errno
		   : 0;
}

/* The name is empty, so the kernel's answer is that there is none. */
int
act_interface(const struct probe_world *w)
{
	if (ioctl(PFD_TCP, SIOCGIFINDEX, w->buf) == 0 || errno == ENODEV)
		return 0;
	return errno;
}

int
act_clone3(const struct probe_world *w)
{
	struct clone_args a = {.exit_signal = SIGCHLD};
	long pid = syscall(SYS_clone3, &a, sizeof a);

	(void)w;
	if (pid == 0)
		_exit(0);
	return pid < 0 ? errno : 0;
}

/* A filter that allows everything: the first step to one that listens. */
int
act_filter(const struct probe_world *w)
{
	struct sock_filter allow = BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
	struct sock_fprog prog = {.len = 1, .filter = &allow};

	(void)w;
	return syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &prog) < 0
		   ? errno
		   : 0;
}

/* The 32-bit entry of x86-64 kernels; call 20 is getpid there. */
int
act_int80(const struct probe_world *w)
{
	long r = 0;

	(void)w;
#ifdef __x86_64__
	r = 20;
	__asm__ volatile("int $0x80"
			 : "+a"(r)
			 :
			 : "memory", "r8", "r9", "r10", "r11");
#endif
	return r < 0 ? (int)-r : 0;
}
