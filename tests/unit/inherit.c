/*
 * users: root nobody
 * seconds: 120
 *
 * A filter, no_new_privs and Landlock are inherited by fork and exec.  Here a
 * confined supervisor starts programs, which are this test again: each must
 * still be able to confine itself, to do what its own policy allows, and no
 * more.  Then what /proc says of a confined process, under one filter and
 * under many.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/landlock.h>
#include <signal.h>
#include <sodium.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../../src/jail/probe.h"
#include "check.h"
#include "secchat/ipc_msgs.h"
#include "secchat/util.h"
#include "secchat/vault.h"

#ifdef SECCHAT_UNCONFINED

int
main(void)
{
	SKIP("sandbox: this build runs unconfined");
	return check_end();
}

#else

#define MANY 6
#define PATH_CAP 4096

/* Exit codes of a worker; an act's errno is told by adding it. */
enum {
	RAN = 0,
	FIRST_ERRNO = 1,
	NO_WORLD = 255,
	NO_ARENA = 254
};

static char self[PATH_CAP];

/* ---- the worker: this program after exec ---- */

static int
value_of(const char *digits)
{
	return (int)strtol(digits, NULL, 10);
}

/* What secchat-crypto does before its lock-down. */
static int
before(const struct policy *p)
{
	uint8_t kind;
	uint8_t *arena;

	if (p != &policy_crypto)
		return 1;
	arena = arena_new(4096, &kind, sodium_malloc);
	if (arena == NULL)
		return 0;
	arena[0] = 1;
	return 1;
}

static int
worker(const char *column, const char *act, const char *victim)
{
	const struct policy *p = probe_policies[value_of(column)];
	struct jail_report r;
	int got;

	if (!before(p))
		return NO_ARENA;
	got = probe_here(&probes[value_of(act)], p, value_of(victim), &r);
	if (got == PROBE_BROKEN)
		return NO_WORLD;
	return got == 0 ? RAN : FIRST_ERRNO - 1 + got;
}

/* Confine, say so, and wait for end of file to be looked at. */
static int
sitter(const char *column)
{
	struct jail_report r;
	char byte;

	jail_early();
	jail_enter(probe_policies[value_of(column)], NULL, 0, &r);
	log_line("confined");
	while (read(3, &byte, 1) > 0)
		;
	return 0;
}

/* ---- the supervisor ---- */

/* Which of the two policies it has: with a local proxy dial has another, too.
 */
static int
supervisor_of(int column)
{
	return column == PROBE_DIAL_UNIX ? PROBE_SUPER_UNIX : PROBE_SUPER;
}

/* Confine this process as the supervisor, several times over. */
static void
be_supervisor(int super, int layers)
{
	const struct policy_path me = {
	    self, LANDLOCK_ACCESS_FS_EXECUTE, "the worker"};
	struct jail_report r;

	jail_early();
	for (int i = 0; i < layers; i++)
		jail_enter(probe_policies[super], &me, 1, &r);
}

static void
number(char out[16], int n)
{
	snprintf(out, 16, "%d", n);
}

static int
start(int column, int act, pid_t victim)
{
	char c[16], a[16], v[16];
	char *argv[] = {self, c, a, v, NULL}, *envp[] = {NULL};
	int status;
	pid_t pid = fork();

	if (pid == 0) {
		number(c, column);
		number(a, act);
		number(v, victim);
		execve(self, argv, envp);
		_exit(NO_WORLD);
	}
	if (pid < 0 || waitpid(pid, &status, 0) != pid)
		return PROBE_BROKEN;
	if (WIFSIGNALED(status))
		return -WTERMSIG(status);
	return WEXITSTATUS(status) >= NO_ARENA ? PROBE_BROKEN
					       : WEXITSTATUS(status);
}

/* Everything that a worker's column says, in a worker that was started. */
static int
try_all(int column, pid_t victim, const struct jail_report *r, int controls)
{
	int wrong = 0;

	for (size_t i = 0; i < probes_len; i++) {
		int got;

		if (controls && probes[i].expect[column] != PROBE_WORKS)
			continue;
		got = start(column, (int)i, victim);
		if (probe_judge(
			&probes[i], (enum probe_column)column, got, r) != 0)
			continue;
		wrong++;
		printf("%s, started by a confined supervisor: %s: %s\n",
		    probe_policies[column]->program, probes[i].act,
		    probe_text(got));
	}
	return wrong;
}

/* Under so many layers of the supervisor's policy. */
static void
started_by_supervisor(int layers, int controls)
{
	int status, wrong = 0;
	struct jail_report r;
	pid_t pid, victim = fork();

	if (victim == 0) {
		for (;;)
			pause();
	}
	/* What this kernel has, for the judge. */
	CHECK(probe_run(&probes[0], &policy_crypto, &r) == PROBE_WORKS);
	fflush(stdout);
	pid = fork();
	if (pid == 0) {
		be_supervisor(PROBE_SUPER, layers);
		for (int c = PROBE_CRYPTO; c < PROBE_IDENTITY; c++)
			wrong += try_all(c, victim, &r, controls);
		fflush(stdout);
		_exit(wrong != 0);
	}
	CHECK(pid > 0 && waitpid(pid, &status, 0) == pid && status == 0);
	kill(victim, SIGKILL);
	waitpid(victim, &status, 0);
	printf("workers under %d layer%s of the supervisor's filter\n", layers,
	    layers == 1 ? "" : "s");
}

/* ---- what /proc says ---- */

static int
status_has(pid_t pid, const char *line)
{
	char path[64], text[8192];
	size_t n;
	FILE *f;

	snprintf(path, sizeof path, "/proc/%d/status", (int)pid);
	f = fopen(path, "r");
	if (f == NULL)
		return 0;
	n = fread(text, 1, sizeof text - 1, f);
	fclose(f);
	text[n] = '\0';
	return strstr(text, line) != NULL;
}

static int
status_is(pid_t pid, const char *line)
{
	if (status_has(pid, line))
		return 1;
	printf("/proc/%d/status has no %s", (int)pid, line + 1);
	return 0;
}

/* Start a sitter below `layers` supervisors; fd 3 and its words are ours. */
static pid_t
start_sitter(int column, int layers, int *link, int *words)
{
	char c[16];
	char *argv[] = {self, c, NULL}, *envp[] = {NULL};
	int l[2], w[2];
	pid_t pid = -1;

	number(c, column);
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, l) < 0 ||
	    pipe2(w, O_CLOEXEC) < 0 || (pid = fork()) < 0) {
		perror("inherit");
		exit(1);
	}
	if (pid == 0) {
		be_supervisor(supervisor_of(column), layers);
		dup2(w[1], 2);
		if (l[1] == 3)
			fcntl(3, F_SETFD, 0);
		else
			dup2(l[1], 3);
		execve(self, argv, envp);
		_exit(NO_WORLD);
	}
	close(l[1]);
	close(w[1]);
	*link = l[0];
	*words = w[0];
	return pid;
}

static void
look(int column, int layers)
{
	char filters[40], byte;
	int link, words, status;
	pid_t pid = start_sitter(column, layers, &link, &words);

	if (!CHECK(read(words, &byte, 1) == 1))
		printf("%s did not start\n", probe_policies[column]->program);
	snprintf(
	    filters, sizeof filters, "\nSeccomp_filters:\t%d\n", layers + 1);
	CHECK(status_is(pid, "\nSeccomp:\t2\n"));
	CHECK(status_is(pid, filters));
	CHECK(status_is(pid, "\nNoNewPrivs:\t1\n"));
	CHECK(status_is(pid, "\nTracerPid:\t0\n"));
	CHECK(status_is(pid, "\nCapEff:\t0000000000000000\n"));
	CHECK(status_is(pid, "\nCapPrm:\t0000000000000000\n"));
	if (geteuid() == 0)
		CHECK(status_is(pid, "\nCapBnd:\t0000000000000000\n"));
	close(link);
	CHECK(waitpid(pid, &status, 0) == pid && status == 0);
	close(words);
}

int
main(int argc, char **argv)
{
	ssize_t n;

	log_init("worker");
	if (argc == 4)
		return worker(argv[1], argv[2], argv[3]);
	if (argc == 2)
		return sitter(argv[1]);
	n = readlink("/proc/self/exe", self, sizeof self - 1);
	if (n <= 0) {
		perror("/proc/self/exe");
		return 1;
	}
	started_by_supervisor(1, 0);
	started_by_supervisor(MANY, 1);
	for (int c = PROBE_CRYPTO; c < PROBE_SUPER_UNIX; c++) {
		if (c == PROBE_IDENTITY)
			continue;
		look(c, 0);
		look(c, 1);
		look(c, MANY);
	}
	printf("what /proc says of each worker\n");
	return check_end();
}

#endif
