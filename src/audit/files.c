/*
 * Files: the programs as they lie on disk, and what the user keeps.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "audit.h"
#include "elf.h"
#include "secchat/util.h"

#define UNREADABLE "installed so that its user cannot read it: run this as root"

/* ---- programs ---- */

/* Why a program's file could not be opened. */
static void
not_readable(struct audit *a, const struct check *c, size_t i)
{
	char path[AU_PATH];

	program_path(a, &programs[i], path);
	if (access(path, F_OK) < 0)
		found(a, c, programs[i].name, V_FAIL, "%.300s: %s", path,
		    strerrorname_np(errno));
	else
		found(a, c, programs[i].name, V_NA, UNREADABLE);
}

void
check_hash(struct audit *a, const struct check *c)
{
	for (size_t i = 0; i < programs_len; i++) {
		const char *name = programs[i].name;

		if (a->sums[i].hex[0] != '\0')
			found(a, c, name, V_OK, "%s", a->sums[i].hex);
		else if (a->sums[i].fd < 0)
			not_readable(a, c, i);
		else
			found(a, c, name, V_FAIL,
			    "secchat-identity did not give a sum");
	}
}

/* From the C library; what it is called differs between machines. */
static int
is_libc(const char *soname)
{
	return strcmp(soname, "libc.so.6") == 0 ||
	       strcmp(soname, "libm.so.6") == 0 ||
	       strcmp(soname, "libpthread.so.0") == 0 ||
	       strncmp(soname, "ld-linux", 8) == 0;
}

static int
may_link(const struct program *p, const char *soname)
{
	for (size_t i = 0; i < ARRAY_LEN(p->libraries); i++)
		if (p->libraries[i] != NULL &&
		    strcmp(p->libraries[i], soname) == 0)
			return 1;
	return is_libc(soname);
}

static void
append(char *out, size_t cap, const char *text)
{
	size_t len = strlen(out);

	snprintf(out + len, cap - len, "%s%s", len > 0 ? " " : "", text);
}

static void
judge_link(struct audit *a, const struct check *c, const struct program *p,
    const struct elf *e)
{
	char all[400] = "", extra[200] = "";

	for (size_t i = 0; i < e->n; i++) {
		append(all, sizeof all, e->needed[i]);
		if (!may_link(p, e->needed[i]))
			append(extra, sizeof extra, e->needed[i]);
	}
	if (extra[0] != '\0')
		found(a, c, p->name, V_FAIL, "links %s, which it must not; %s",
		    extra, all);
	else
		found(a, c, p->name, V_OK, "%s", all);
}

static void
judge_hardened(struct audit *a, const struct check *c, const struct program *p,
    const struct elf *e)
{
	char bad[200] = "";

	if (!e->pie)
		append(bad, sizeof bad, "not position independent,");
	if (!e->relro || !e->now)
		append(bad, sizeof bad, "tables stay writable,");
	if (!e->stack_ok)
		append(bad, sizeof bad, "the stack can be run,");
	if (e->write_run || e->text_rel)
		append(bad, sizeof bad, "code can be written,");
	if (e->run_path)
		append(bad, sizeof bad, "it names folders for libraries,");
	if (bad[0] != '\0')
		bad[strlen(bad) - 1] = '\0';
	found(a, c, p->name, bad[0] != '\0' ? V_FAIL : V_OK, "%s",
	    bad[0] != '\0' ? bad
			   : "PIE, RELRO, BIND_NOW, no code that can be "
			     "written, no RPATH");
}

typedef void judge_fn(struct audit *a, const struct check *c,
    const struct program *p, const struct elf *e);

static void
each_elf(struct audit *a, const struct check *c, judge_fn *judge)
{
	for (size_t i = 0; i < programs_len; i++) {
		struct elf e;

		if (a->sums[i].fd < 0)
			not_readable(a, c, i);
		else if (elf_read(&e, a->sums[i].fd) < 0)
			found(a, c, programs[i].name, V_FAIL,
			    "the file is not a program of this machine");
		else
			judge(a, c, &programs[i], &e);
	}
}

void
check_link(struct audit *a, const struct check *c)
{
	each_elf(a, c, judge_link);
}

void
check_harden(struct audit *a, const struct check *c)
{
	each_elf(a, c, judge_hardened);
}

/* Whether others than root may put something else in its place: everybody,
 * by the part of the path that lets them, or somebody, who. */
#define WHO 32
static enum verdict
weakest_part(const char *path, char part[AU_PATH], char who[WHO])
{
	enum verdict worst = V_OK;
	struct stat st;

	snprintf(part, AU_PATH, "%s", path);
	for (char *end = part + strlen(part); end != NULL;
	     end = strrchr(part, '/')) {
		*end = '\0';
		if (stat(part[0] != '\0' ? part : "/", &st) < 0)
			return V_NA;
		/* In a sticky folder everybody changes but their own. */
		if (S_ISDIR(st.st_mode) && (st.st_mode & S_ISVTX))
			st.st_mode &= ~(mode_t)(S_IWGRP | S_IWOTH);
		if (st.st_mode & S_IWOTH)
			return V_FAIL;
		if (worst == V_OK && (st.st_mode & S_IWGRP)) {
			worst = V_WARN;
			snprintf(who, WHO, "group %u", (unsigned)st.st_gid);
		} else if (worst == V_OK && st.st_uid != 0) {
			worst = V_WARN;
			snprintf(who, WHO, "user %u", (unsigned)st.st_uid);
		}
		if (part[0] == '\0')
			break;
	}
	return worst;
}

void
check_place(struct audit *a, const struct check *c)
{
	for (size_t i = 0; i < programs_len; i++) {
		char path[AU_PATH], whole[PATH_MAX], part[AU_PATH];
		char who[WHO] = "";
		enum verdict v;

		program_path(a, &programs[i], path);
		if (realpath(path, whole) == NULL) {
			found(a, c, programs[i].name, V_FAIL, "%.300s: %s",
			    path, strerrorname_np(errno));
			continue;
		}
		v = weakest_part(whole, part, who);
		if (v == V_FAIL)
			found(a, c, programs[i].name, v,
			    "everybody can write %.300s",
			    part[0] != '\0' ? part : "/");
		else if (v == V_WARN)
			found(a, c, programs[i].name, v,
			    "%.300s: %s can put another in its place", whole,
			    who);
		else
			found(a, c, programs[i].name, v, "%.300s", whole);
	}
}

void
check_window(struct audit *a, const struct check *c)
{
	char path[AU_PATH];
	size_t readable = 0;

	if (a->root) {
		found(a, c, "", V_OK,
		    "you are root, for whom this makes no difference");
		return;
	}
	for (size_t i = 0; i < programs_len; i++) {
		program_path(a, &programs[i], path);
		readable += programs[i].in_session && access(path, R_OK) == 0;
	}
	if (readable == 0)
		found(a, c, "", V_OK,
		    "nobody but root can read the programs: they are not "
		    "dumpable from exec on");
	else
		found(a, c, "", V_WARN,
		    "%zu programs can be read: whoever is this user and "
		    "attaches between exec and lock-down stays; the program "
		    "looks for such a tracer and ends. \"make install\" as "
		    "root closes the window",
		    readable);
}

/* ---- what the user keeps ---- */

/* A secret file: private, a file, ours or root's. */
static void
judge_private(
    struct audit *a, const struct check *c, const char *path, const char *none)
{
	struct stat st;

	if (lstat(path, &st) < 0) {
		if (errno == ENOENT || errno == ENOTDIR)
			found(a, c, "", V_OK, "%s", none);
		else
			found(a, c, "", V_NA, "%.300s: %s", path,
			    strerrorname_np(errno));
		return;
	}
	if (!S_ISREG(st.st_mode))
		found(a, c, "", V_FAIL, "%.300s is not a regular file", path);
	else if (st.st_mode & (S_IRWXG | S_IRWXO))
		found(a, c, "", V_FAIL,
		    "%.300s has mode %04o: others may open it; type: chmod "
		    "600 %.100s",
		    path, (unsigned)st.st_mode & 07777, path);
	else if (st.st_uid != geteuid() && st.st_uid != 0)
		found(a, c, "", V_FAIL, "%.300s belongs to user %u", path,
		    (unsigned)st.st_uid);
	else
		found(a, c, "", V_OK, "%.300s, mode %04o", path,
		    (unsigned)st.st_mode & 07777);
}

static void
folder_file(const char *name, char out[2 * AU_PATH])
{
	char dir[AU_PATH];

	(void)folder_path(dir, sizeof dir, "XDG_DATA_HOME", ".local/share");
	snprintf(out, 2 * AU_PATH, "%s/%s", dir, name);
}

void
check_identity(struct audit *a, const struct check *c)
{
	char path[2 * AU_PATH];

	folder_file("identity", path);
	judge_private(a, c, path, "this user has none");
}

void
check_peers(struct audit *a, const struct check *c)
{
	char path[2 * AU_PATH];

	folder_file("peers", path);
	judge_private(a, c, path, "this user remembers nobody");
}

void
check_folder(struct audit *a, const struct check *c)
{
	char dir[AU_PATH];
	struct stat st;

	(void)folder_path(dir, sizeof dir, "XDG_DATA_HOME", ".local/share");
	if (dir[0] == '\0' || stat(dir, &st) < 0)
		found(a, c, "", V_OK, "this user has none");
	else if (st.st_mode & (S_IWGRP | S_IWOTH))
		found(a, c, "", V_FAIL,
		    "others can write to %.300s (mode %04o); type: chmod 700 "
		    "%.100s",
		    dir, (unsigned)st.st_mode & 07777, dir);
	else if (st.st_uid != geteuid() && st.st_uid != 0)
		found(a, c, "", V_FAIL, "%.300s belongs to user %u", dir,
		    (unsigned)st.st_uid);
	else
		found(a, c, "", V_OK, "%.300s, mode %04o", dir,
		    (unsigned)st.st_mode & 07777);
}

/* The path behind --key in the arguments of a session that runs, by way of its
 * own folder where it is relative; only root may go there. */
static void
live_key(const struct audit *a, char out[AU_PATH])
{
	char args[AU_PATH];
	const char *p = args, *end;

	out[0] = '\0';
	memset(args, 0, sizeof args);
	if (a->p_len == 0 ||
	    proc_read(a->p[0].pid, "cmdline", args, sizeof args) < 0)
		return;
	for (end = args + sizeof args - 1; p < end; p += strlen(p) + 1) {
		const char *path = NULL;

		if (strcmp(p, "--key") == 0)
			path = p + strlen(p) + 1;
		else if (strncmp(p, "--key=", 6) == 0)
			path = p + 6;
		if (path == NULL || path >= end)
			continue;
		if (path[0] == '/')
			snprintf(out, AU_PATH, "%s", path);
		else
			snprintf(out, AU_PATH, "/proc/%d/cwd/%.*s",
			    (int)a->p[0].pid, AU_PATH - 32, path);
	}
}

void
check_key_files(struct audit *a, const struct check *c)
{
	char path[AU_PATH] = "";

	if (a->when != WHEN_LIVE) {
		judge_private(a, c, "secret.key", "none in this folder");
		return;
	}
	live_key(a, path);
	if (path[0] == '\0')
		found(a, c, "", V_NA,
		    "its arguments name none; a configuration may");
	else if (access(path, F_OK) < 0 && errno == EACCES)
		found(a, c, "", V_NA,
		    "--key is relative to a folder that only root can ask "
		    "for");
	else
		judge_private(a, c, path, "it is gone");
}
