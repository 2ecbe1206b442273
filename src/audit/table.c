/*
 * What each program may be: the audit's own list, kept apart from the
 * Makefile's link table so that a row that was widened there shows here.  A
 * test compares the two.
 */
#include <string.h>

#include "audit.h"
#include "secchat/util.h"

#define SECCOMP "libseccomp.so.2"
#define SODIUM "libsodium.so.23"
#define JANSSON "libjansson.so.4"
#define LIBCRYPTO "libcrypto.so.3"
#define LIBCURL "libcurl.so.4"

/* clang-format off */
const struct program programs[] = {
/*  name                policy              filters session more descriptors libraries                 */
{ "secchat",            &policy_supervisor, 1,      1,      0,   "uuu*",     { SECCOMP } },
{ "secchat-crypto",     &policy_crypto,     2,      1,      0,   "nnpsss--s", { SECCOMP, SODIUM } },
{ "secchat-crypto-legacy", &policy_crypto_legacy, 2,   1,      0,   "nnpsss",   { SECCOMP, LIBCRYPTO } },
{ "secchat-net",        &policy_net,        2,      1,      0,   "nnpssS",   { SECCOMP } },
{ "secchat-dial",       &policy_dial,       2,      1,      0,   "nnpsS",    { SECCOMP } },
{ "secchat-tty",        &policy_tty,        2,      1,      0,   "uupss",    { SECCOMP } },
{ "secchat-script",     &policy_script,     2,      1,      0,   "uupss",    { SECCOMP, JANSSON } },
{ "secchat-price",      &policy_price,      2,      1,      1,   "nnpssS",   { SECCOMP, LIBCURL, JANSSON } },
{ "secchat-file",       &policy_file,       2,      1,      0,   "nnpssF",   { SECCOMP } },
{ "secchat-identity",   &policy_identity,   1,      1,      0,   "uuu",      { SECCOMP, SODIUM } },
{ "secchat-canary",     &policy_crypto,     1,      0,      0,   "",         { SECCOMP, SODIUM } },
{ "secchat-audit",      NULL,               0,      0,      0,   "",         { SECCOMP } },
};
/* clang-format on */
const size_t programs_len = ARRAY_LEN(programs);

_Static_assert(ARRAY_LEN(programs) <= AU_PROGRAMS, "struct audit's sums");

const struct program *
program_find(const char *name)
{
	for (size_t i = 0; i < programs_len; i++)
		if (strcmp(programs[i].name, name) == 0 ||
		    (strlen(name) == COMM_LEN &&
			strncmp(programs[i].name, name, COMM_LEN) == 0))
			return &programs[i];
	return NULL;
}

int
program_column(const struct program *p)
{
	for (int c = 0; c < PROBE_COLUMNS; c++)
		if (p->in_session && probe_policies[c] == p->policy)
			return c;
	return -1;
}

void
column_name(int column, char out[SUBJECT_MAX])
{
	const char *name = probe_policies[column]->program;
	const struct program *p = program_find(name);

	snprintf(out, SUBJECT_MAX, "%s%s", name,
	    p != NULL && p->policy == probe_policies[column] ? "" : " (unix)");
}
