/*
 * users: root nobody
 * seconds: 120
 *
 * Kernels that have less, imitated by a filter that answers for them: what is
 * missing is reported and everything else still holds; without seccomp or
 * no_new_privs nothing runs.
 */
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <sodium.h>
#include <stddef.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "check.h"
#include "child.h"
#include "secchat/err.h"
#include "secchat/ipc_msgs.h"
#include "secchat/probe.h"
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

/* A call that answers with an errno when its first argument has these bits. */
struct lack {
	int nr;
	uint32_t bits; /* 0: always */
	int error;
};

static void
load(const struct lack *l)
{
	const struct sock_filter code[] = {
	    BPF_STMT(
		BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
	    BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (uint32_t)l->nr, 0, 4),
	    BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
		offsetof(struct seccomp_data, args[0])),
	    BPF_STMT(BPF_ALU | BPF_AND | BPF_K, l->bits),
	    BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, l->bits, 0, 1),
	    BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | (uint32_t)l->error),
	    BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_filter copy[ARRAY_LEN(code)];
	struct sock_fprog prog = {.len = ARRAY_LEN(code), .filter = copy};

	memcpy(copy, code, sizeof code);
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 ||
	    prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &prog) < 0) {
		perror("seccomp");
		_exit(2);
	}
}

typedef int check_fn(void);

/* Run fn in a child of a kernel that lacks these; its exit status. */
static int
lacking(const struct lack *l, size_t n, check_fn *fn)
{
	int status = -1;
	pid_t pid;

	fflush(stdout);
	pid = fork();
	if (pid == 0) {
		for (size_t i = 0; i < n; i++)
			load(&l[i]);
		status = fn();
		fflush(stdout);
		_exit(status);
	}
	return child_exit(pid);
}

/* The report of a policy in a child of this process. */
static struct jail_report
report(const struct policy *p)
{
	static const struct probe getpid_probe = {
	    .act = "getpid", .nr = SYS_getpid};
	struct jail_report r;

	(void)probe_run(&getpid_probe, p, &r);
	return r;
}

static int
expect(const struct policy *p, uint32_t applied, uint32_t missing)
{
	struct jail_report r = report(p);
	char text[JAIL_TEXT_MAX];

	if ((r.applied & applied) == applied && r.missing == missing &&
	    (r.applied & missing) == 0)
		return 1;
	jail_report_text(&r, text, sizeof text);
	printf("%s: %s\n", p->program, text);
	return 0;
}

#define ALWAYS                                                  \
	(JAIL_NO_NEW_PRIVS | JAIL_SECCOMP | JAIL_NOT_DUMPABLE | \
	    JAIL_CAPABILITIES | JAIL_RLIMITS)
#define LANDLOCK (JAIL_LANDLOCK_FS | JAIL_LANDLOCK_NET | JAIL_LANDLOCK_SCOPE)

static int
is_root(void)
{
	return geteuid() == 0;
}

/* What crypto and dial do without on this machine anyway, in a chroot say. */
static uint32_t lacking_here[2];

/* ---- what each lack must look like ---- */

static int
no_user_namespace(void)
{
	uint32_t ns = JAIL_NET_NS | JAIL_IPC_NS;
	uint32_t rest = ns | JAIL_BOUNDING_SET;
	int ok;

	ok = is_root() ? expect(&policy_crypto, ALWAYS | rest, JAIL_USER_NS)
		       : expect(&policy_crypto, ALWAYS, JAIL_USER_NS | rest);
	ok &= expect(&policy_supervisor, ALWAYS | JAIL_LANDLOCK_FS,
	    is_root() ? 0 : JAIL_BOUNDING_SET);
	return !ok;
}

static int
no_landlock(void)
{
	uint32_t crypto = lacking_here[0], dial = lacking_here[1];
	int ok = expect(&policy_crypto, (ALWAYS | JAIL_USER_NS) & ~crypto,
		     crypto | LANDLOCK) &&
		 expect(&policy_dial, (ALWAYS | JAIL_USER_NS) & ~dial,
		     dial | JAIL_LANDLOCK_FS | JAIL_LANDLOCK_SCOPE);

	return !ok;
}

/* Seccomp alone: the whole table, but for what Landlock would refuse. */
static int
whole_table(void)
{
	int wrong = 0, unknown = 0;

	for (int c = 0; c < PROBE_COLUMNS; c++) {
		for (size_t i = 0; i < probes_len; i++) {
			struct jail_report r;
			int got = probe_run(&probes[i], probe_policies[c], &r);
			int ok = probe_judge(
			    &probes[i], (enum probe_column)c, got, &r);

			unknown += ok < 0;
			if (ok != 0)
				continue;
			wrong++;
			printf("seccomp alone: %s: %s: %s\n",
			    probe_policies[c]->program, probes[i].act,
			    probe_text(got));
		}
	}
	printf("seccomp alone: %d acts need Landlock to be refused\n", unknown);
	return wrong != 0 || unknown == 0;
}

static int
enter(void)
{
	struct jail_report r;

	close(2);
	jail_early();
	jail_enter(&policy_crypto, NULL, 0, &r);
	_exit(0);
}

static int
no_secret_memory(void)
{
	uint8_t kind = 0;
	uint8_t *p =
	    sodium_init() < 0 ? NULL : arena_new(100, &kind, sodium_malloc);
	int ok = p != NULL && kind == KEYMEM_SODIUM;

	for (int i = 0; ok && i < 100; i++)
		ok = p[i] == 0;
	return !ok;
}

/* clang-format off */
static const struct lack user_ns[]   = { { SYS_unshare, CLONE_NEWUSER, EPERM } };
static const struct lack user_max[]  = { { SYS_unshare, CLONE_NEWUSER, ENOSPC } };
static const struct lack landlock[]  = { { SYS_landlock_create_ruleset, 0, ENOSYS } };
static const struct lack off[]       = { { SYS_landlock_create_ruleset, 0, EOPNOTSUPP } };
static const struct lack all[]       = { { SYS_unshare, 0, EPERM },
                                         { SYS_landlock_create_ruleset, 0, ENOSYS } };
static const struct lack filter[]    = { { SYS_seccomp, 0, ENOSYS } };
static const struct lack privs[]     = { { SYS_prctl, PR_SET_NO_NEW_PRIVS, EINVAL } };
static const struct lack secret[]    = { { SYS_memfd_secret, 0, ENOSYS } };
static const struct lack mapping[]   = { { SYS_ftruncate, 0, EINVAL } };
/* clang-format on */

int
main(void)
{
	lacking_here[0] = report(&policy_crypto).missing;
	lacking_here[1] = report(&policy_dial).missing;
	CHECK(lacking(user_ns, 1, no_user_namespace) == 0);
	CHECK(lacking(user_max, 1, no_user_namespace) == 0);
	CHECK(lacking(landlock, 1, no_landlock) == 0);
	CHECK(lacking(off, 1, no_landlock) == 0);
	CHECK(lacking(all, 2, whole_table) == 0);
	CHECK(lacking(filter, 1, enter) == EXIT_SANDBOX);
	CHECK(lacking(privs, 1, enter) == EXIT_SANDBOX);
	CHECK(lacking(NULL, 0, enter) == 0);
	CHECK(lacking(secret, 1, no_secret_memory) == 0);
	CHECK(lacking(mapping, 1, no_secret_memory) == 0);
	return check_end();
}

#endif
