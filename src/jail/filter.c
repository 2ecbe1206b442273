/*
 * From the rows of a policy to a seccomp filter.  What no row allows kills
 * the process, and so does a system call of another architecture (32-bit
 * entries, x32).
 */
#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/seccomp.h>
#include <seccomp.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "jail.h"
#include "secchat/util.h"

/*
 * What libseccomp may take for granted instead of trying it out: version 3 of
 * its interface is KILL_PROCESS and the seccomp system call, Linux 4.14.
 */
#define API_LEVEL 3

/* Of an int. */
#define SIGN ((uint64_t)1 << 31)

static struct scmp_arg_cmp
compare(const struct arg_rule *a)
{
	uint64_t mask = UINT64_MAX, want = a->value;

	switch (a->op) {
	case ARG_EQ:
		/* The kernel takes an int from the low half alone. */
		mask = UINT32_MAX;
		want &= mask;
		break;
	case ARG_EQ64:
		break;
	case ARG_NO_BITS:
		mask = a->value;
		want = 0;
		break;
	case ARG_ONLY_BITS:
		mask = ~a->value;
		want = 0;
		break;
	case ARG_PROCESS: /* of bit 0; each_bit() takes the others */
		mask = SIGN | 1;
		want = 1;
		break;
	default:
		fatal("a policy row with an unknown condition");
	}
	return (struct scmp_arg_cmp){.arg = a->arg,
	    .op = SCMP_CMP_MASKED_EQ,
	    .datum_a = mask,
	    .datum_b = want};
}

/*
 * libseccomp compares an argument once in a rule, so "above 0" is a rule for
 * each bit: the sign is not set, and this bit is.
 */
static int
add_each_bit(scmp_filter_ctx ctx, uint32_t action, int nr, unsigned n,
    struct scmp_arg_cmp *args, struct scmp_arg_cmp *process)
{
	int err = 0;

	for (uint64_t bit = 1; err == 0 && bit < SIGN; bit <<= 1) {
		process->datum_a = SIGN | bit;
		process->datum_b = bit;
		err = seccomp_rule_add_exact_array(ctx, action, nr, n, args);
	}
	return err;
}

static int
add_row(scmp_filter_ctx ctx, const struct policy_row *row)
{
	struct scmp_arg_cmp args[POLICY_ARGS], *process = NULL;
	uint32_t action = SCMP_ACT_ALLOW;
	unsigned n = 0;

	if (row->nr < 0)
		return 0;
	if (row->error != 0)
		action = SCMP_ACT_ERRNO((uint32_t)row->error);
	while (n < POLICY_ARGS && row->args[n].op != ARG_ANY) {
		args[n] = compare(&row->args[n]);
		if (row->args[n].op == ARG_PROCESS)
			process = &args[n];
		n++;
	}
	if (process != NULL)
		return add_each_bit(ctx, action, row->nr, n, args, process);
	return seccomp_rule_add_exact_array(ctx, action, row->nr, n, args);
}

static int
add_tables(scmp_filter_ctx ctx, const struct policy *p)
{
	for (size_t t = 0; p->tables[t] != NULL; t++)
		for (size_t i = 0; i < *p->table_lens[t]; i++)
			if (add_row(ctx, &p->tables[t][i]) < 0)
				return -1;
	return 0;
}

static scmp_filter_ctx
new_filter(const struct policy *p)
{
	scmp_filter_ctx ctx;

	(void)seccomp_api_set(API_LEVEL);
	ctx = seccomp_init(SCMP_ACT_KILL_PROCESS);
	if (ctx == NULL)
		return NULL;
	if (seccomp_attr_set(
		ctx, SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_KILL_PROCESS) < 0 ||
	    add_tables(ctx, p) < 0) {
		seccomp_release(ctx);
		return NULL;
	}
	return ctx;
}

/* libseccomp writes to a descriptor; a pipe is one without a file. */
static ssize_t export(scmp_filter_ctx ctx, void *out, size_t cap)
{
	int p[2];
	ssize_t n = -1;

	if (pipe2(p, O_CLOEXEC | O_NONBLOCK) < 0)
		return -1;
	if (seccomp_export_bpf(ctx, p[1]) == 0)
		do
			n = read(p[0], out, cap);
		while (n < 0 && errno == EINTR);
	fd_close(p[0]);
	fd_close(p[1]);
	return n;
}

size_t
jail_filter_make(const struct policy *p, struct sock_filter *out)
{
	const size_t size = sizeof *out;
	scmp_filter_ctx ctx = new_filter(p);
	ssize_t n;

	if (ctx == NULL)
		return 0;
	n = export(ctx, out, JAIL_FILTER_MAX * size);
	seccomp_release(ctx);
	/* A full array may be a filter that was cut. */
	if (n <= 0 || (size_t)n % size != 0 ||
	    (size_t)n == JAIL_FILTER_MAX * size)
		return 0;
	return (size_t)n / size;
}

/* What jail_filter_prepare has made. */
static struct {
	const struct policy *policy;
	unsigned short len;
	struct sock_filter code[JAIL_FILTER_MAX];
} prepared;

void
jail_filter_prepare(const struct policy *p)
{
	if (prepared.policy == p)
		return;
	prepared.len = (unsigned short)jail_filter_make(p, prepared.code);
	prepared.policy = p;
}

/*
 * Loaded here and not by seccomp_load, which tries out features with calls
 * that the supervisor's filter, under which workers start, has no reason to
 * let through.
 */
void
jail_filter(const struct policy *p, struct jail_report *r)
{
	struct sock_filter code[JAIL_FILTER_MAX];
	struct sock_fprog prog = {.filter = code};

	if (prepared.policy == p && prepared.len > 0) {
		prog.filter = prepared.code;
		prog.len = prepared.len;
	} else {
		prog.len = (unsigned short)jail_filter_make(p, code);
	}
	if (prog.len == 0)
		jail_fatal("the filter of %s cannot be built", p->program);
	if (syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &prog) < 0)
		jail_fatal("seccomp: %s", strerror(errno));
	r->applied |= JAIL_SECCOMP;
}
