/*
 * users: root nobody
 * seconds: 120
 *
 * Every act of the probe table, in every program's real sandbox: what must
 * not work dies or is refused, what must work does.  Then what a table cannot
 * hold: programs that were started under the supervisor's filter, many
 * filters on top of each other, how confined programs fail, and whether all
 * of this would notice a policy with one row too many.
 */
#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/landlock.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "check.h"
#include "secchat/err.h"
#include "secchat/fds.h"
#include "secchat/probe.h"
#include "secchat/util.h"

#ifdef SECCHAT_UNCONFINED

int
main(void)
{
	SKIP("sandbox: this build runs unconfined");
	return check_end();
}

#else

#define TEXT_CAP 4096

/* ---- a child under a policy, with its words ---- */

typedef void confined_fn(void);

struct ending {
	int signal, code;
	char text[TEXT_CAP];
};

static void
read_all(int fd, char *out, size_t cap)
{
	size_t len = 0;
	ssize_t n;

	while (len < cap - 1) {
		n = read(fd, out + len, cap - 1 - len);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			break;
		len += (size_t)n;
	}
	out[len] = '\0';
}

static struct ending
wait_ending(pid_t pid, int words)
{
	struct ending e = {0, 0, ""};
	int status = 0;

	read_all(words, e.text, sizeof e.text);
	close(words);
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	e.signal = WIFSIGNALED(status) ? WTERMSIG(status) : 0;
	e.code = WIFEXITED(status) ? WEXITSTATUS(status) : 0;
	return e;
}

/* Run fn under the policy; descriptor 2 is a pipe that is read here. */
static struct ending
confined(const struct policy *p, confined_fn *fn)
{
	struct jail_report r;
	int words[2];
	pid_t pid;

	if (pipe(words) < 0 || (pid = fork()) < 0) {
		perror("denial");
		exit(1);
	}
	if (pid == 0) {
		dup2(words[1], 2);
		for (int fd = 3; fd < 64; fd++)
			close(fd);
		alarm(10);
		(void)setsid();
		log_init("confined");
		jail_early();
		jail_enter(p, NULL, 0, &r);
		fn();
		_exit(0);
	}
	close(words[1]);
	return wait_ending(pid, words[0]);
}

/* ---- the table ---- */

static void
run_table(void)
{
	for (int c = 0; c < PROBE_COLUMNS; c++) {
		const struct policy *policy = probe_policies[c];
		int forbidden = 0, worked = 0, unknown = 0;

		for (size_t i = 0; i < probes_len; i++) {
			struct jail_report r;
			int got = probe_run(&probes[i], policy, &r);
			int ok = probe_judge(
			    &probes[i], (enum probe_column)c, got, &r);

			if (ok == 0)
				printf("%s: %s: %s\n", policy->program,
				    probes[i].act, probe_text(got));
			CHECK(ok != 0);
			forbidden += ok == 1 && got != PROBE_WORKS;
			worked += ok == 1 && got == PROBE_WORKS;
			unknown += ok < 0;
		}
		printf("%s: %d acts refused, %d work as they must, %d cannot "
		       "be told here\n",
		    policy->program, forbidden, worked, unknown);
		CHECK(forbidden >= 25);
		CHECK(worked >= 8);
	}
}

/* ---- a row too many ---- */

static const struct policy_row excess[] = {
    {.nr = SYS_openat, .name = "openat", .why = "a mistake"},
    {.nr = SYS_socket, .name = "socket", .why = "a mistake"},
    {.nr = SYS_ptrace, .name = "ptrace", .why = "a mistake"},
    {.nr = SYS_ioctl, .name = "ioctl", .why = "a mistake"},
    {.nr = SYS_prctl, .name = "prctl", .why = "a mistake"},
    {.nr = SYS_mmap, .name = "mmap", .why = "a mistake"},
    {.nr = SYS_recvmsg, .name = "recvmsg", .why = "a mistake"},
    {.nr = SYS_read, .name = "read", .why = "a mistake"},
    {.nr = SYS_io_uring_setup, .name = "io_uring_setup", .why = "so"},
};

/* How many acts of the table notice that crypto's policy has this row too. */
static int
noticed(const struct policy_row *row)
{
	static const size_t one = 1;
	const struct policy_row *tables[8];
	const size_t *lens[8];
	struct policy p = policy_crypto;
	size_t n = 0;
	int count = 0;

	for (; policy_crypto.tables[n] != NULL; n++) {
		tables[n] = policy_crypto.tables[n];
		lens[n] = policy_crypto.table_lens[n];
	}
	tables[n] = row;
	lens[n] = &one;
	tables[n + 1] = NULL;
	p.tables = tables;
	p.table_lens = lens;
	for (size_t i = 0; i < probes_len; i++) {
		struct jail_report r;

		if (probes[i].nr != row->nr || probes[i].fn != NULL)
			continue;
		count += probe_judge(&probes[i], PROBE_CRYPTO,
			     probe_run(&probes[i], &p, &r), &r) == 0;
	}
	return count;
}

static void
one_row_too_many(void)
{
	for (size_t i = 0; i < ARRAY_LEN(excess); i++)
		if (!CHECK(noticed(&excess[i]) > 0))
			printf(
			    "nothing noticed a row for %s\n", excess[i].name);
}

/* ---- how confined programs fail ---- */

static void
say_and_leave(void)
{
	log_line("cannot %s: %s", "do it", strerror(EACCES));
	log_line("%s", err_text(ERR_AUTH));
}

static void
die(void)
{
	fatal("a broken sibling: %d", 42);
}

static void
abort_now(void)
{
	abort();
}

static void
assert_now(void)
{
	assert(0 && "an invariant");
}

/* Hidden from the compiler and the linters, which would say what is wrong. */
static void (*volatile hidden_free)(void *) = free;
static volatile uintptr_t hidden_address = 16;

static void
free_twice(void)
{
	void *p = malloc(24);

	hidden_free(p);
	hidden_free(p);
}

static void
smash_stack(void)
{
	char small[8];
	volatile size_t len = 64;

	memset(small, 'x', len);
	__asm__ volatile("" : : "r"(small) : "memory");
}

static void
want_too_much(void)
{
	void *volatile p = malloc(SIZE_MAX / 4);

	if (p == NULL)
		log_line("no memory: %s", strerror(errno));
	else
		free(p);
}

static void
touch_nothing(void)
{
	*(volatile int *)hidden_address = 1;
}

static void
leave_by_exit(void)
{
	exit(3);
}

static void
failing(void)
{
	for (int c = 0; c < PROBE_COLUMNS; c++) {
		const struct policy *p = probe_policies[c];
		struct ending e = confined(p, say_and_leave);

		CHECK(e.signal == 0 && e.code == 0);
		CHECK(strstr(e.text, "confined: cannot do it: ") != NULL);
		e = confined(p, die);
		CHECK(e.signal == 0 && e.code == EXIT_INTERNAL);
		CHECK(strcmp(e.text, "confined: a broken sibling: 42\n") == 0);
		e = confined(p, abort_now);
		CHECK(e.signal == SIGABRT);
		e = confined(p, assert_now);
		CHECK(e.signal == SIGABRT);
		CHECK(strstr(e.text, "an invariant") != NULL);
		e = confined(p, free_twice);
		CHECK(e.signal == SIGABRT && e.text[0] != '\0');
		e = confined(p, smash_stack);
		CHECK(e.signal == SIGABRT && e.text[0] != '\0');
		e = confined(p, want_too_much);
		CHECK(e.signal == 0 && strstr(e.text, "no memory") != NULL);
		e = confined(p, touch_nothing);
		CHECK(e.signal == SIGSEGV);
		e = confined(p, leave_by_exit);
		CHECK(e.signal == 0 && e.code == 3);
	}
	printf("errors under every policy\n");
}

/* ---- Ctrl-Z ---- */

/* In a session of its own, where there is nobody else in the group. */
static void
stop_group(void)
{
	if (kill(0, SIGTSTP) == 0)
		log_line("done");
}

static void
kill_group(void)
{
	(void)kill(0, SIGTERM);
}

static void
kill_group_at_once(void)
{
	(void)kill(0, SIGKILL);
}

static void
stopping(void)
{
	for (int c = 0; c < PROBE_COLUMNS; c++) {
		const struct policy *p = probe_policies[c];
		int may = strcmp(p->program, "secchat") == 0;
		struct ending e = confined(p, stop_group);

		CHECK(e.signal == (may ? 0 : SIGSYS));
		CHECK((strstr(e.text, "confined: done") != NULL) == may);
		e = confined(p, kill_group);
		CHECK(e.signal == SIGSYS);
		e = confined(p, kill_group_at_once);
		CHECK(e.signal == SIGSYS);
	}
}

int
main(void)
{
	setvbuf(stdout, NULL, _IOLBF, 0);
	run_table();
	one_row_too_many();
	failing();
	stopping();
	return check_end();
}

#endif
