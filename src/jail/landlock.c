/*
 * Landlock: what the kernel may be asked to refuse beside system calls, that
 * is files by path, TCP ports, and signals and abstract sockets beyond this
 * sandbox.  The kernel says which version it has, and only what that version
 * knows is asked of it; the rest is reported as missing.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/landlock.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "jail.h"
#include "secchat/util.h"

/*
 * The kernel's own structure of version 6; the installed header may be older
 * than the kernel.  An older kernel takes it when the new fields are zero.
 */
struct ruleset {
	uint64_t fs;
	uint64_t net;
	uint64_t scoped;
};

enum {
	FS_FILE_RIGHTS = 1 << 0 | 1 << 1 | 1 << 2 | 1 << 14 | 1 << 15,
	NET_BIND_CONNECT = 1 << 0 | 1 << 1,
	SCOPE_SOCKETS_SIGNALS = 1 << 0 | 1 << 1,
};

/* clang-format off */
static const struct version {
	int abi;
	uint64_t fs;            /* LANDLOCK_ACCESS_FS_* that it knows */
	uint64_t net, scoped;
} versions[] = {
	{ 6, 0xffff, NET_BIND_CONNECT, SCOPE_SOCKETS_SIGNALS },
	{ 5, 0xffff, NET_BIND_CONNECT, 0 },     /* ioctl on devices */
	{ 4, 0x7fff, NET_BIND_CONNECT, 0 },     /* TCP */
	{ 3, 0x7fff, 0, 0 },                    /* truncate */
	{ 2, 0x3fff, 0, 0 },                    /* refer */
	{ 1, 0x1fff, 0, 0 },
	{ 0, 0, 0, 0 },
};
/* clang-format on */

static const struct version *
version_here(void)
{
	long abi = syscall(SYS_landlock_create_ruleset, NULL, 0,
	    LANDLOCK_CREATE_RULESET_VERSION);
	const struct version *v = versions;

	while (v->abi > 0 && v->abi > abi)
		v++;
	return v;
}

static int
add_path(int ruleset, const struct policy_path *path, uint64_t handled)
{
	struct landlock_path_beneath_attr rule = {
	    .allowed_access = path->access & handled,
	    .parent_fd = open(path->path, O_PATH | O_CLOEXEC)};
	struct stat st;
	int ok;

	if (rule.parent_fd < 0)
		return errno == ENOENT || errno == ENOTDIR;
	ok = fstat(rule.parent_fd, &st) == 0;
	if (ok && !S_ISDIR(st.st_mode))
		rule.allowed_access &= FS_FILE_RIGHTS;
	if (ok && rule.allowed_access != 0)
		ok = syscall(SYS_landlock_add_rule, ruleset,
			 LANDLOCK_RULE_PATH_BENEATH, &rule, 0) == 0;
	fd_close(rule.parent_fd);
	return ok;
}

static int
add_paths(
    int ruleset, const struct policy_path *paths, size_t n, uint64_t handled)
{
	int ok = 1;

	for (size_t i = 0; i < n; i++)
		ok &= add_path(ruleset, &paths[i], handled);
	return ok;
}

static int
restrict_self(const struct policy *p, const struct policy_path *extra, size_t n,
    const struct ruleset *rs)
{
	int fd = (int)syscall(SYS_landlock_create_ruleset, rs, sizeof *rs, 0);
	int ok;

	if (fd < 0)
		return 0;
	ok = add_paths(fd, p->paths, p->paths_len, rs->fs) &&
	     add_paths(fd, extra, n, rs->fs) &&
	     syscall(SYS_landlock_restrict_self, fd, 0) == 0;
	fd_close(fd);
	return ok;
}

void
jail_landlock(const struct policy *p, const struct policy_path *extra, size_t n,
    struct jail_report *r)
{
	const struct version *v = version_here();
	int wants_net = !(p->flags & POLICY_KEEP_NET);
	int wants_scope = !(p->flags & POLICY_NO_SCOPE);
	struct ruleset rs = {
	    .fs = p->landlock_fs != 0 ? p->landlock_fs & v->fs : v->fs,
	    .net = wants_net ? v->net : 0,
	    .scoped = wants_scope ? v->scoped : 0,
	};
	int ok = v->abi > 0 && restrict_self(p, extra, n, &rs);

	jail_note(r, ok && rs.fs != 0, JAIL_LANDLOCK_FS);
	if (wants_net)
		jail_note(r, ok && rs.net != 0, JAIL_LANDLOCK_NET);
	if (wants_scope)
		jail_note(r, ok && rs.scoped != 0, JAIL_LANDLOCK_SCOPE);
}
