/*
 * The machine: what everything else rests on.
 */
#include <errno.h>
#include <fcntl.h>
#include <gnu/libc-version.h>
#include <linux/landlock.h>
#include <seccomp.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "audit.h"
#include "secchat/util.h"
#include "secchat/version.h"

/* A file of one line, without its newline; "" when it cannot be read. */
static void
read_line(const char *path, char *out, size_t cap)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? -1 : read(fd, out, cap - 1);

	fd_close(fd);
	out[n > 0 ? n : 0] = '\0';
	out[strcspn(out, "\n")] = '\0';
}

void
check_kernel(struct audit *a, const struct check *c)
{
	struct utsname u;

	if (uname(&u) == 0)
		found(a, c, "", V_OK, "%s %s %s", u.sysname, u.release,
		    u.machine);
}

void
check_libraries(struct audit *a, const struct check *c)
{
	const struct scmp_version *v = seccomp_version();

	found(a, c, "", V_OK,
	    "secchat %s (%s), libseccomp %u.%u.%u, libsodium %s, glibc %s, "
	    "built by %s",
	    SECCHAT_VERSION, SECCHAT_PROTOCOL, v->major, v->minor, v->micro,
	    a->sodium[0] != '\0' ? a->sodium : "not asked",
	    gnu_get_libc_version(),
#ifdef __clang__
	    "clang " __clang_version__
#else
	    "gcc " __VERSION__
#endif
	);
}

void
check_seccomp_here(struct audit *a, const struct check *c)
{
	char actions[256];

	read_line(
	    "/proc/sys/kernel/seccomp/actions_avail", actions, sizeof actions);
	if (actions[0] == '\0')
		found(a, c, "", V_NA, "this system does not tell");
	else if (strstr(actions, "kill_process") == NULL)
		found(a, c, "", V_FAIL, "%s", actions);
	else
		found(a, c, "", V_OK, "%s", actions);
}

void
check_landlock(struct audit *a, const struct check *c)
{
	long abi = syscall(SYS_landlock_create_ruleset, NULL, 0,
	    LANDLOCK_CREATE_RULESET_VERSION);

	if (abi < 0)
		found(a, c, "", V_WARN, "this kernel has no Landlock: %s",
		    strerrorname_np(errno));
	else
		found(a, c, "", abi >= 6 ? V_OK : V_WARN,
		    "version %ld of its interface%s", abi,
		    abi >= 6 ? ""
			     : ", of 6 that have all that the policies ask");
}

/*
 * What matters is that no process is dumpable.  A handler behind a pipe gets
 * a dump whatever RLIMIT_CORE says; fs.suid_dumpable 1 makes installed
 * programs dumpable until they say otherwise.
 */
void
check_core(struct audit *a, const struct check *c)
{
	char pattern[128], suid[16];

	read_line("/proc/sys/kernel/core_pattern", pattern, sizeof pattern);
	read_line("/proc/sys/fs/suid_dumpable", suid, sizeof suid);
	found(a, c, "", strcmp(suid, "1") == 0 ? V_WARN : V_OK,
	    "core_pattern \"%s\", suid_dumpable %s%s", pattern, suid,
	    strcmp(suid, "1") == 0
		? ": a program is dumpable until it says otherwise"
		: "; no process of the suite can be dumped (outside.*)");
}

/* /proc/swaps has a heading and a line for each. */
void
check_swap(struct audit *a, const struct check *c)
{
	char text[2048], *line;
	int fd = open("/proc/swaps", O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? -1 : read(fd, text, sizeof text - 1);

	fd_close(fd);
	text[n > 0 ? n : 0] = '\0';
	line = strchr(text, '\n');
	if (n < 0)
		found(a, c, "", V_NA, "/proc/swaps cannot be read");
	else if (line == NULL || line[1] == '\0')
		found(a, c, "", V_OK, "there is no swap");
	else
		found(a, c, "", V_WARN,
		    "on: texts on the screen may be written to it, keys are "
		    "in memory that is not (keys.locked): %.*s",
		    (int)strcspn(line + 1, " \t\n"), line + 1);
}

void
check_yama(struct audit *a, const struct check *c)
{
	char scope[16];

	read_line("/proc/sys/kernel/yama/ptrace_scope", scope, sizeof scope);
	if (scope[0] == '\0')
		found(a, c, "", V_OK,
		    "no rule of the system: what keeps others out here is "
		    "ours");
	else
		found(a, c, "", V_OK, "ptrace_scope is %s", scope);
}
