/*
 * A report as people read it.
 */
#include <stdio.h>
#include <string.h>

#include "secchat/sandbox.h"
#include "secchat/util.h"

/* clang-format off */
static const struct {
	uint32_t bit;
	const char *name;
} names[] = {
	{ JAIL_SECCOMP,        "seccomp" },
	{ JAIL_NO_NEW_PRIVS,   "no_new_privs" },
	{ JAIL_NOT_DUMPABLE,   "not dumpable" },
	{ JAIL_USER_NS,        "user namespace" },
	{ JAIL_NET_NS,         "network namespace" },
	{ JAIL_IPC_NS,         "IPC namespace" },
	{ JAIL_BOUNDING_SET,   "empty bounding set" },
	{ JAIL_CAPABILITIES,   "no capabilities" },
	{ JAIL_LANDLOCK_FS,    "Landlock files" },
	{ JAIL_LANDLOCK_NET,   "Landlock network" },
	{ JAIL_LANDLOCK_SCOPE, "Landlock signals" },
	{ JAIL_RLIMITS,        "limits" },
};
/* clang-format on */

const char *
jail_bit_name(uint32_t bit)
{
	for (size_t i = 0; i < ARRAY_LEN(names); i++)
		if (names[i].bit == bit)
			return names[i].name;
	return "unknown";
}

static void
append(char *out, size_t cap, const char *text)
{
	size_t len = strlen(out);

	snprintf(out + len, cap - len, "%s", text);
}

static void
append_bits(char *out, size_t cap, uint32_t bits)
{
	const char *sep = "";

	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		if (!(bits & names[i].bit))
			continue;
		append(out, cap, sep);
		append(out, cap, names[i].name);
		sep = ", ";
	}
}

void
jail_report_text(const struct jail_report *r, char *out, size_t cap)
{
	if (cap == 0)
		return;
	out[0] = '\0';
	if (r->unconfined) {
		append(out, cap, "UNCONFINED, a build for testing");
		return;
	}
	append_bits(out, cap, r->applied);
	if (r->missing != 0) {
		append(out, cap, "; not available here: ");
		append_bits(out, cap, r->missing);
	}
}
