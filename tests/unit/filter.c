/*
 * The tables of sandbox/ against the filters that are made of them.  A small
 * interpreter runs each filter on many made-up system calls and compares its
 * verdict with what the rows say, so that neither libseccomp nor a wrongly
 * merged row can let more or less through than a reader of the table thinks.
 * Nothing is confined here, so this runs in every kind of build.
 */
#include <errno.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <seccomp.h>
#include <stddef.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../../src/jail/jail.h"
#include "check.h"
#include "secchat/probe.h"
#include "secchat/util.h"

#if defined(__x86_64__)
#define ARCH AUDIT_ARCH_X86_64
#define OTHER_ARCH AUDIT_ARCH_I386
#elif defined(__aarch64__)
#define ARCH AUDIT_ARCH_AARCH64
#define OTHER_ARCH AUDIT_ARCH_ARM
#else
#define ARCH 0
#define OTHER_ARCH 0
#endif

#define X32 0x40000000
#define NR_MAX 600
#define VECTORS 400 /* for each row */

/* A verdict that no filter may give. */
#define BAD 0xffffffffu
/* Rows that match disagree. */
#define TORN 0xfffffffeu

struct code {
	struct sock_filter insn[JAIL_FILTER_MAX];
	size_t len;
};

static struct code codes[PROBE_COLUMNS];

/* ---- the interpreter: what libseccomp's filters consist of ---- */

static uint32_t
load(const struct seccomp_data *d, uint32_t at)
{
	uint32_t v = 0;

	if (at <= sizeof *d - sizeof v)
		memcpy(&v, (const char *)d + at, sizeof v);
	return v;
}

static int
taken(uint16_t op, uint32_t a, uint32_t k)
{
	switch (BPF_OP(op)) {
	case BPF_JEQ:
		return a == k;
	case BPF_JGT:
		return a > k;
	case BPF_JGE:
		return a >= k;
	case BPF_JSET:
		return (a & k) != 0;
	default:
		return -1;
	}
}

static uint32_t
interpret(const struct code *c, const struct seccomp_data *d)
{
	uint32_t a = 0;

	for (size_t pc = 0; pc < c->len; pc++) {
		const struct sock_filter *i = &c->insn[pc];
		int jump;

		switch (i->code) {
		case BPF_LD | BPF_W | BPF_ABS:
			a = load(d, i->k);
			continue;
		case BPF_ALU | BPF_AND | BPF_K:
			a &= i->k;
			continue;
		case BPF_RET | BPF_K:
			return i->k;
		case BPF_JMP | BPF_JA:
			pc += i->k;
			continue;
		default:
			jump = BPF_CLASS(i->code) == BPF_JMP
				   ? taken(i->code, a, i->k)
				   : -1;
			if (jump < 0)
				return BAD;
			pc += jump ? i->jt : i->jf;
		}
	}
	return BAD;
}

/* ---- the same question to the rows ---- */

static int
holds(const struct arg_rule *r, uint64_t v)
{
	switch (r->op) {
	case ARG_EQ:
		return (uint32_t)v == (uint32_t)r->value;
	case ARG_EQ64:
		return v == r->value;
	case ARG_NO_BITS:
		return (v & r->value) == 0;
	case ARG_ONLY_BITS:
		return (v & ~r->value) == 0;
	case ARG_PROCESS:
		return (int32_t)(uint32_t)v > 0;
	default:
		return 0;
	}
}

static int
matches(const struct policy_row *row, const struct seccomp_data *d)
{
	if (row->nr < 0 || row->nr != d->nr)
		return 0;
	for (int i = 0; i < POLICY_ARGS && row->args[i].op != ARG_ANY; i++)
		if (!holds(&row->args[i], d->args[row->args[i].arg]))
			return 0;
	return 1;
}

static uint32_t
by_rows(const struct policy *p, const struct seccomp_data *d)
{
	uint32_t verdict = SECCOMP_RET_KILL_PROCESS;

	for (size_t t = 0; p->tables[t] != NULL; t++) {
		for (size_t i = 0; i < *p->table_lens[t]; i++) {
			const struct policy_row *row = &p->tables[t][i];
			uint32_t v = row->error == 0 ? SECCOMP_RET_ALLOW
						     : SECCOMP_RET_ERRNO |
							   (uint32_t)row->error;

			if (!matches(row, d))
				continue;
			if (verdict != SECCOMP_RET_KILL_PROCESS && verdict != v)
				return TORN;
			verdict = v;
		}
	}
	return verdict;
}

/* ---- made-up system calls around a row ---- */

static uint64_t
random64(void)
{
	static uint64_t x = 88172645463325252u;

	x ^= x << 13;
	x ^= x >> 7;
	x ^= x << 17;
	return x;
}

/* A value that the rule accepts, or one that is a bit away from that. */
static uint64_t
around(const struct arg_rule *r)
{
	uint64_t pick = random64(), v = r->value;

	if (r->op == ARG_NO_BITS)
		v = random64() & ~r->value;
	else if (r->op == ARG_ONLY_BITS)
		v = random64() & r->value;
	else if (r->op == ARG_PROCESS)
		v = pick % 4 == 0 ? 0 : random64() >> pick % 64;
	else if (r->op == ARG_EQ && pick % 8 == 7)
		v |= random64() << 32;
	if (pick >> 8 & 1)
		return v;
	return v ^ 1ull << (pick >> 16) % 64;
}

static void
make_call(const struct policy_row *row, struct seccomp_data *d, int exact)
{
	memset(d, 0, sizeof *d);
	d->nr = row->nr;
	d->arch = ARCH;
	for (int i = 0; i < 6; i++) {
		uint64_t pick = random64();

		d->args[i] = pick % 3 == 0   ? 0
			     : pick % 3 == 1 ? pick >> 8 & 0xff
					     : random64();
	}
	for (int i = 0; i < POLICY_ARGS && row->args[i].op != ARG_ANY; i++) {
		const struct arg_rule *r = &row->args[i];

		do {
			d->args[r->arg] = around(r);
		} while (exact && !holds(r, d->args[r->arg]));
	}
}

static int
agree(int c, const struct seccomp_data *d)
{
	uint32_t rows = by_rows(probe_policies[c], d);
	uint32_t code = interpret(&codes[c], d);

	if (rows == code)
		return 1;
	printf("%s: call %d(%#llx, %#llx, %#llx, %#llx): rows %#x, filter "
	       "%#x\n",
	    probe_policies[c]->program, d->nr, (unsigned long long)d->args[0],
	    (unsigned long long)d->args[1], (unsigned long long)d->args[2],
	    (unsigned long long)d->args[3], rows, code);
	return 0;
}

typedef void row_fn(int column, const struct policy_row *row);

static void
each_row(row_fn *fn)
{
	for (int c = 0; c < PROBE_COLUMNS; c++) {
		const struct policy *p = probe_policies[c];

		for (size_t t = 0; p->tables[t] != NULL; t++)
			for (size_t i = 0; i < *p->table_lens[t]; i++)
				fn(c, &p->tables[t][i]);
	}
}

/* ---- the checks ---- */

static void
make_codes(void)
{
	for (int c = 0; c < PROBE_COLUMNS; c++) {
		codes[c].len =
		    jail_filter_make(probe_policies[c], codes[c].insn);
		CHECK(codes[c].len > 0);
		printf("%s: %zu instructions\n", probe_policies[c]->program,
		    codes[c].len);
	}
}

static void
row_around(int c, const struct policy_row *row)
{
	struct seccomp_data d;

	if (row->nr < 0)
		return;
	for (int i = 0; i < VECTORS; i++) {
		make_call(row, &d, i % 2);
		CHECK(agree(c, &d));
	}
}

static void
row_is_alive(int c, const struct policy_row *row)
{
	struct seccomp_data d;
	uint32_t want = row->error == 0
			    ? SECCOMP_RET_ALLOW
			    : SECCOMP_RET_ERRNO | (uint32_t)row->error;

	if (row->nr < 0)
		return;
	make_call(row, &d, 1);
	CHECK(interpret(&codes[c], &d) == want);
}

static void
row_is_written_well(int c, const struct policy_row *row)
{
	char *name;

	(void)c;
	CHECK(row->why != NULL && row->why[0] != '\0');
	CHECK(row->name != NULL);
	if (row->nr < 0 || row->name == NULL)
		return;
	name = seccomp_syscall_resolve_num_arch(SCMP_ARCH_NATIVE, row->nr);
	if (name != NULL)
		CHECK(strcmp(name, row->name) == 0);
	free(name);
}

/*
 * Other processors lack the older of two twins (sandbox/nr.h): where a table
 * names a call that they have not, it must name the one that libc takes there
 * instead, or it kills them.  libseccomp knows the calls of each, so this is
 * told on every machine.
 */
static const struct {
	const char *name, *instead; /* NULL: nobody there needs one */
} twins[] = {
    {"access", "faccessat"},
    {"arch_prctl", NULL}, /* the thread pointer is a register of theirs */
    {"dup2", "dup3"},
    {"mkdir", "mkdirat"},
    {"poll", "ppoll"},
    {"renameat", "renameat2"},
};

static int
has_row(const struct policy *p, const char *name, int error)
{
	for (size_t t = 0; p->tables[t] != NULL; t++)
		for (size_t i = 0; i < *p->table_lens[t]; i++)
			if (strcmp(p->tables[t][i].name, name) == 0 &&
			    p->tables[t][i].error == error)
				return 1;
	return 0;
}

static int
has_twin(const struct policy *p, const struct policy_row *row)
{
	for (size_t i = 0; i < ARRAY_LEN(twins); i++)
		if (strcmp(row->name, twins[i].name) == 0)
			return twins[i].instead == NULL ||
			       has_row(p, twins[i].instead, row->error);
	return 0;
}

static void
row_is_portable(int c, const struct policy_row *row)
{
	static const uint32_t processors[] = {
	    SCMP_ARCH_X86_64, SCMP_ARCH_AARCH64, SCMP_ARCH_RISCV64};

	for (size_t i = 0; i < ARRAY_LEN(processors); i++)
		if (seccomp_syscall_resolve_name_arch(
			processors[i], row->name) < 0 &&
		    !CHECK(has_twin(probe_policies[c], row)))
			printf("%s: no twin of %s\n",
			    probe_policies[c]->program, row->name);
}

static void
missing_twins_are_noticed(void)
{
	struct policy_row row = {.name = "poll", .why = "a mistake"};

	CHECK(!has_twin(&policy_identity, &row));
	CHECK(has_twin(&policy_net, &row));
	row.name = "dup2";
	CHECK(has_twin(&policy_supervisor, &row));
	CHECK(!has_twin(&policy_net, &row));
	row.name = "open";
	CHECK(!has_twin(&policy_supervisor, &row));
}

/* What no row names dies, whatever its arguments. */
static void
all_numbers(void)
{
	for (int c = 0; c < PROBE_COLUMNS; c++) {
		for (int nr = -1; nr < NR_MAX; nr++) {
			struct seccomp_data d = {.nr = nr, .arch = ARCH};

			CHECK(agree(c, &d));
			memset(d.args, 0xff, sizeof d.args);
			CHECK(agree(c, &d));
		}
	}
}

/* A call that is allowed is not, when it comes by another entry. */
static void
other_entries(void)
{
	for (int c = 0; c < PROBE_COLUMNS; c++) {
		struct seccomp_data d = {.arch = OTHER_ARCH};

		for (d.nr = 0; d.nr < NR_MAX; d.nr++)
			CHECK(interpret(&codes[c], &d) ==
			      SECCOMP_RET_KILL_PROCESS);
		d.arch = ARCH;
		for (d.nr = X32; d.nr < X32 + NR_MAX; d.nr++)
			CHECK(interpret(&codes[c], &d) ==
			      SECCOMP_RET_KILL_PROCESS);
	}
}

/*
 * Workers run under the supervisor's filter too, so whatever a worker may do
 * the supervisor's must let through.  secchat-identity runs alone.
 */
static void
is_below(int c, const struct policy_row *row, const struct policy *super)
{
	struct seccomp_data d;

	for (int i = 0; i < VECTORS; i++) {
		make_call(row, &d, 1);
		if (by_rows(probe_policies[c], &d) == SECCOMP_RET_ALLOW &&
		    !CHECK(by_rows(super, &d) == SECCOMP_RET_ALLOW))
			printf("%s may %s, the supervisor's filter not\n",
			    probe_policies[c]->program, row->name);
	}
}

static void
row_is_inherited(int c, const struct policy_row *row)
{
	if (row->nr < 0 || c == PROBE_SUPER || c == PROBE_IDENTITY ||
	    c == PROBE_SUPER_UNIX)
		return;
	if (c != PROBE_DIAL_UNIX)
		is_below(c, row, &policy_supervisor);
	if (c != PROBE_DIAL)
		is_below(c, row, &policy_supervisor_unix);
}

/* Filters are compared byte by byte: no pid, no address, no chance in them. */
static void
same_every_time(void)
{
	int status = 0;
	pid_t pid = fork();

	if (pid == 0) {
		int same = 1;

		for (int c = 0; c < PROBE_COLUMNS; c++) {
			static struct code again;

			again.len =
			    jail_filter_make(probe_policies[c], again.insn);
			same &= again.len == codes[c].len &&
				memcmp(again.insn, codes[c].insn,
				    again.len * sizeof again.insn[0]) == 0;
		}
		_exit(same ? 0 : 1);
	}
	CHECK(pid > 0 && waitpid(pid, &status, 0) == pid && status == 0);
}

/* The comparison itself: a filter with another row is told from the table. */
static void
notices_a_wrong_filter(void)
{
	struct seccomp_data d = {.nr = SCMP_SYS(openat), .arch = ARCH};
	uint32_t rows = by_rows(&policy_crypto, &d);

	CHECK(rows == SECCOMP_RET_KILL_PROCESS);
	CHECK(interpret(&codes[PROBE_SUPER], &d) != rows);
}

static void
report_texts(void)
{
	struct jail_report r = {
	    JAIL_SECCOMP | JAIL_NO_NEW_PRIVS, JAIL_USER_NS, 0};
	char text[JAIL_TEXT_MAX], small[10];

	jail_report_text(&r, text, sizeof text);
	CHECK(strcmp(text, "seccomp, no_new_privs; not available here: user "
			   "namespace") == 0);
	jail_report_text(&r, small, sizeof small);
	CHECK(strcmp(small, "seccomp, ") == 0);
	r.applied = r.missing = UINT32_MAX;
	jail_report_text(&r, text, sizeof text);
	CHECK(strlen(text) < sizeof text - 1);
	r.unconfined = 1;
	jail_report_text(&r, text, sizeof text);
	CHECK(strncmp(text, "UNCONFINED", 10) == 0);
	for (uint32_t bit = 1; bit <= JAIL_RLIMITS; bit <<= 1)
		CHECK(strcmp(jail_bit_name(bit), "unknown") != 0);
	CHECK(strcmp(jail_bit_name(JAIL_RLIMITS << 1), "unknown") == 0);
}

int
main(void)
{
	report_texts();
	if (ARCH == 0) {
		SKIP("the interpreter does not know this machine");
		return check_end();
	}
	make_codes();
	each_row(row_is_written_well);
	each_row(row_is_portable);
	missing_twins_are_noticed();
	each_row(row_is_alive);
	each_row(row_around);
	all_numbers();
	other_entries();
	each_row(row_is_inherited);
	same_every_time();
	notices_a_wrong_filter();
	return check_end();
}
