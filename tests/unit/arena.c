/*
 * users: root nobody
 *
 * The memory for keys: zeroed, aligned, usable under crypto's policy, absent
 * in a child, and closed to those who look from outside, as far as the table
 * in docs/sandbox.md says.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sodium.h>
#include <stdalign.h>
#include <stdlib.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "check.h"
#include "child.h"
#include "secchat/ipc_msgs.h"
#include "secchat/sandbox.h"
#include "secchat/util.h"
#include "secchat/vault.h"

#define SIZE 5000

static int
all_are(const uint8_t *p, uint8_t value, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (p[i] != value)
			return 0;
	return 1;
}

static const char *
kind_name(uint8_t kind)
{
	return kind == KEYMEM_MEMFD_SECRET ? "memfd_secret" : "sodium_malloc";
}

static void
makes_and_wipes(void)
{
	uint8_t kind = 99;
	uint8_t *p = arena_new(SIZE, &kind, sodium_malloc), *q;
	int before = open("/dev/null", O_RDONLY), after;

	CHECK(p != NULL);
	if (p == NULL)
		return;
	CHECK(kind == KEYMEM_MEMFD_SECRET || kind == KEYMEM_SODIUM);
	printf("keys are in %s\n", kind_name(kind));
	CHECK(all_are(p, 0, SIZE));
	memset(p, 0x5a, SIZE);
	CHECK(all_are(p, 0x5a, SIZE));
	arena_wipe(p, SIZE);
	CHECK(all_are(p, 0, SIZE));
	/* Small ones are aligned for every type too, and all are apart. */
	q = arena_new(1, &kind, sodium_malloc);
	CHECK(q != NULL && q != p && (uintptr_t)q % alignof(max_align_t) == 0);
	CHECK(arena_new(SIZE_MAX, &kind, sodium_malloc) == NULL);
	/* No descriptor is left behind. */
	after = open("/dev/null", O_RDONLY);
	CHECK(after == before + 1);
	close(before);
	close(after);
}

/* read(2) and getrandom(2) must be able to fill it: keys come so. */
static void
kernel_fills_it(void)
{
	uint8_t kind;
	uint8_t *p = arena_new(SIZE, &kind, sodium_malloc);
	int fd[2];

	CHECK(p != NULL);
	if (p == NULL || pipe(fd) < 0)
		return;
	CHECK(write(fd[1], "secret", 6) == 6);
	CHECK(read(fd[0], p, SIZE) == 6);
	CHECK_MEM(p, "secret", 6);
	CHECK(write(fd[1], p, 6) == 6);
	randombytes_buf(p, 32);
	CHECK(!all_are(p, 0, 32));
	close(fd[0]);
	close(fd[1]);
}

static void
child_has_none(void)
{
	const struct rlimit none = {0, 0};
	uint8_t kind;
	volatile uint8_t *p = arena_new(SIZE, &kind, sodium_malloc);
	pid_t pid;

	if (!CHECK(p != NULL))
		return;
	p[0] = 7;
	if (kind != KEYMEM_MEMFD_SECRET) {
		SKIP("this kernel has no memfd_secret");
		return;
	}
	pid = fork();
	if (pid == 0) {
		(void)setrlimit(RLIMIT_CORE, &none);
		(void)signal(SIGSEGV, SIG_DFL);
		_exit(p[0] == 7);
	}
#ifdef SECCHAT_UNCONFINED
	/* A sanitizer makes an exit of the fault. */
	CHECK(child_exit(pid) != 1);
#else
	CHECK(child_exit(pid) == -SIGSEGV);
#endif
}

/* A process with something in its arena and the same in its heap. */
struct holder {
	pid_t pid;
	int go; /* close it and the holder leaves */
	uint8_t kind;
	uint8_t *arena, *heap; /* addresses over there */
};

static void
hold(struct holder *h, int dumpable)
{
	int ready[2], go[2];
	char byte;

	memset(h, 0, sizeof *h);
	h->pid = -1;
	if (pipe(ready) < 0 || pipe(go) < 0)
		return;
	/* The child makes its own: it would not inherit one. */
	fflush(stdout);
	h->pid = fork();
	if (h->pid == 0) {
		close(go[1]);
		h->arena = arena_new(SIZE, &h->kind, sodium_malloc);
		h->heap = malloc(SIZE);
		if (h->arena == NULL || h->heap == NULL)
			_exit(1);
		memset(h->arena, 0x6b, SIZE);
		memset(h->heap, 0x6b, SIZE);
		if (!dumpable)
			jail_early();
		if (write(ready[1], h, sizeof *h) != sizeof *h)
			_exit(1);
		while (read(go[0], &byte, 1) > 0)
			;
		_exit(0);
	}
	close(ready[1]);
	close(go[0]);
	{
		pid_t pid = h->pid;

		if (read(ready[0], h, sizeof *h) != sizeof *h)
			h->arena = NULL;
		h->pid = pid;
	}
	close(ready[0]);
	h->go = go[1];
}

static void
release(struct holder *h)
{
	close(h->go);
	CHECK(child_exit(h->pid) == 0);
}

/* Whether this process can read over there with process_vm_readv. */
static int
reads_vm(const struct holder *h, uint8_t *there)
{
	uint8_t here[16] = {0};
	struct iovec l = {here, sizeof here}, r = {there, sizeof here};

	return process_vm_readv(h->pid, &l, 1, &r, 1, 0) == sizeof here &&
	       all_are(here, 0x6b, sizeof here);
}

/* The same through /proc/PID/mem. */
static int
reads_mem(const struct holder *h, const uint8_t *there)
{
	uint8_t here[16] = {0};
	char path[64];
	ssize_t n = -1;
	int fd;

	snprintf(path, sizeof path, "/proc/%d/mem", (int)h->pid);
	fd = open(path, O_RDONLY);
	if (fd >= 0) {
		n = pread(fd, here, sizeof here, (off_t)(uintptr_t)there);
		close(fd);
	}
	return n == sizeof here && all_are(here, 0x6b, sizeof here);
}

/* The same through a debugger's eyes. */
static int
reads_ptrace(const struct holder *h, uint8_t *there)
{
	long word = 0;
	int status;

	if (ptrace(PTRACE_ATTACH, h->pid, NULL, NULL) < 0)
		return 0;
	if (waitpid(h->pid, &status, 0) != h->pid)
		return 0;
	errno = 0;
	word = ptrace(PTRACE_PEEKDATA, h->pid, there, NULL);
	(void)ptrace(PTRACE_DETACH, h->pid, NULL, NULL);
	return (word & 0xff) == 0x6b;
}

static void
closed_to_others(void)
{
	struct holder h;

	hold(&h, 1);
	if (!CHECK(h.arena != NULL))
		return;
	/* The controls: what is in the heap can be read, if anything can. */
	if (!reads_vm(&h, h.heap)) {
		SKIP("this system lets nobody read a child's memory");
		release(&h);
		return;
	}
	CHECK(reads_mem(&h, h.heap) && reads_ptrace(&h, h.heap));
	if (h.kind == KEYMEM_MEMFD_SECRET) {
		CHECK(!reads_vm(&h, h.arena));
		CHECK(!reads_mem(&h, h.arena));
		CHECK(!reads_ptrace(&h, h.arena));
	}
	release(&h);
}

/* Not dumpable: the same user reads nothing, root everything but secrets. */
static void
closed_when_not_dumpable(void)
{
#ifdef SECCHAT_UNCONFINED
	SKIP("sandbox: this build runs unconfined");
#else
	struct holder h;
	int root = geteuid() == 0;

	hold(&h, 0);
	if (!CHECK(h.arena != NULL))
		return;
	CHECK(reads_vm(&h, h.heap) == root);
	CHECK(reads_mem(&h, h.heap) == root);
	CHECK(reads_ptrace(&h, h.heap) == root);
	if (h.kind == KEYMEM_MEMFD_SECRET)
		CHECK(!reads_vm(&h, h.arena) && !reads_mem(&h, h.arena) &&
		      !reads_ptrace(&h, h.arena));
	release(&h);
#endif
}

/* Under crypto's policy: used, and Argon2id beside it at its real size. */
static void
works_confined(void)
{
	pid_t pid;

	fflush(stdout);
	pid = fork();
	if (pid == 0) {
		uint8_t kind, salt[crypto_pwhash_SALTBYTES] = {0};
		uint8_t *p = arena_new(SIZE, &kind, sodium_malloc);
		struct jail_report r;

		if (p == NULL)
			_exit(2);
		close(2);
		jail_early();
		jail_enter(&policy_crypto, NULL, 0, &r);
		randombytes_buf(p, 32);
		if (crypto_pwhash(p, 32, "passphrase", 10, salt, 3, 64u << 20,
			crypto_pwhash_ALG_ARGON2ID13) != 0)
			_exit(3);
		arena_wipe(p, SIZE);
		_exit(all_are(p, 0, SIZE) ? 0 : 4);
	}
	CHECK(child_exit(pid) == 0);
}

/* The limit on locked memory is respected, and a fallback found. */
static void
small_limit(void)
{
	pid_t pid;

	fflush(stdout);
	pid = fork();
	if (pid == 0) {
		const struct rlimit none = {0, 0};
		uint8_t kind;
		uint8_t *p;

		if (setrlimit(RLIMIT_MEMLOCK, &none) < 0)
			_exit(2);
		p = arena_new(SIZE, &kind, sodium_malloc);
		_exit(p != NULL && all_are(p, 0, SIZE) &&
			      (kind == KEYMEM_SODIUM || geteuid() == 0)
			  ? 0
			  : 1);
	}
	CHECK(child_exit(pid) == 0);
}

int
main(void)
{
	if (sodium_init() < 0)
		return 1;
	makes_and_wipes();
	kernel_fills_it();
	child_has_none();
	closed_to_others();
	closed_when_not_dumpable();
	works_confined();
	small_limit();
	return check_end();
}
