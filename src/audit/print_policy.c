/*
 * --policy: every table as it is enforced, from the very rows that the filter
 * is made of, and who may send what to whom.
 */
#include <stdlib.h>
#include <string.h>

#include "audit.h"
#include "secchat/err.h"
#include "secchat/ipc.h"
#include "secchat/util.h"

/* ---- rows ---- */

static void
put_condition(const struct arg_rule *r)
{
	unsigned long long v = r->value;

	switch ((enum arg_op)r->op) {
	case ARG_EQ:
	case ARG_EQ64:
		printf("arg%u == %#llx", r->arg, v);
		break;
	case ARG_NO_BITS:
		printf("!(arg%u & %#llx)", r->arg, v);
		break;
	case ARG_ONLY_BITS:
		printf("!(arg%u & ~%#llx)", r->arg, v);
		break;
	case ARG_PROCESS:
		printf("(int)arg%u > 0", r->arg);
		break;
	case ARG_ANY:
		break;
	}
}

static void
put_row(const struct policy_row *row)
{
	int first = 1;

	if (row->nr < 0)
		return;
	printf("  %-22s ", row->name);
	if (row->error != 0)
		printf("%-8s", strerrorname_np(row->error));
	else
		printf("%-8s", "allow");
	printf("%s\n", row->why);
	for (size_t i = 0; i < POLICY_ARGS && row->args[i].op != ARG_ANY; i++) {
		printf("%s", first ? "      if " : " and ");
		put_condition(&row->args[i]);
		first = 0;
	}
	if (!first)
		printf("\n");
}

static void
put_paths(const struct policy *p)
{
	if (p->paths_len == 0 && !(p->flags & POLICY_PATH_ARG))
		printf("  Landlock: no path at all\n");
	for (size_t i = 0; i < p->paths_len; i++)
		printf("  Landlock: %s (access %#llx): %s\n", p->paths[i].path,
		    (unsigned long long)p->paths[i].access, p->paths[i].why);
	if (p->flags & POLICY_PATH_ARG)
		printf("  Landlock: what run time names: the workers, or the "
		       "folder of the named file\n");
}

static void
put_rest(const struct policy *p)
{
	if (p->flags & POLICY_KEEP_NS)
		printf("  namespaces: none of its own\n");
	else
		printf("  namespaces: its own for users and IPC%s\n",
		    p->flags & POLICY_KEEP_NET ? "" : " and network");
	printf("  limits: core 0, descriptors %u%s%s\n", p->limits.nofile,
	    p->limits.fsize_unlimited ? "" : ", file size 0",
	    p->limits.nproc_unlimited ? "" : ", processes 0");
}

static void
put_policy(const struct policy *p)
{
	printf(
	    "%s\n  holds: %s\n  cannot: %s\n", p->program, p->holds, p->cannot);
	put_paths(p);
	put_rest(p);
	printf("  any system call that no row names, and any entry of another "
	       "architecture: SIGSYS\n");
	for (size_t t = 0; p->tables[t] != NULL; t++)
		for (size_t i = 0; i < *p->table_lens[t]; i++)
			put_row(&p->tables[t][i]);
	printf("\n");
}

/* ---- messages ---- */

static void
put_messages(enum ipc_link_id link)
{
	uint8_t a, b;

	ipc_link_ends(link, &a, &b);
	printf("%s\n", ipc_link_name(link));
	for (size_t i = 0; i < ipc_rows_len; i++) {
		const struct ipc_row *r = &ipc_rows[i];

		if (!(r->links & ON(link)))
			continue;
		printf("  %-14s %3u  from %-12s %6u to %6u bytes%s\n", r->name,
		    r->type, ipc_role_name(r->from & a ? a : b), r->min, r->max,
		    r->fd ? ", with a descriptor" : "");
	}
}

static void
put_ipc(void)
{
	printf("messages, each checked by sender and receiver; what the table "
	       "does not name ends the process\n");
	for (int l = 0; l < LINK_COUNT; l++)
		put_messages((enum ipc_link_id)l);
}

int
print_policy(const struct options *o)
{
	const struct program *p = NULL;

	if (o->program != NULL) {
		p = program_find(o->program);
		if (p == NULL || p->policy == NULL) {
			audit_complain(
			    "\"secchat audit --policy\" prints all of them.",
			    "no program %.40s has a policy", o->program);
			return EXIT_USAGE;
		}
		put_policy(p->policy);
		return EXIT_OK;
	}
	for (size_t i = 0; i < programs_len; i++)
		if (programs[i].in_session)
			put_policy(programs[i].policy);
	put_ipc();
	return EXIT_OK;
}
