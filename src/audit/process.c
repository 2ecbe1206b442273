/*
 * The processes of a session, as the kernel describes them.
 */
#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "audit.h"
#include "secchat/util.h"

#define NEEDS_ROOT "only root can see it"
#define ALL_CAPS 5

void
check_session(struct audit *a, const struct check *c)
{
	char list[400] = "";
	size_t len = 0;

	if (a->problem[0] != '\0') {
		found(a, c, "", V_FAIL, "%s", a->problem);
		return;
	}
	if (a->strangers[0] != '\0')
		found(a, c, "", V_FAIL,
		    "the supervisor has also started %s, which is no program "
		    "of this suite",
		    a->strangers);
	for (size_t i = 0; i < a->p_len; i++)
		len += (size_t)snprintf(list + len, sizeof list - len, "%s%s",
		    i > 0 ? ", " : "", a->p[i].program->name);
	found(a, c, "", V_OK, "%s", list);
}

/* The same file as the one that was hashed. */
void
check_program(struct audit *a, const struct check *c)
{
	for (size_t i = 0; i < a->p_len; i++) {
		const struct process *p = &a->p[i];
		char link[64], path[AU_PATH];
		struct stat live, file;

		snprintf(link, sizeof link, "/proc/%d/exe", (int)p->pid);
		program_path(a, p->program, path);
		if (stat(link, &live) < 0)
			found(a, c, p->program->name, V_NA, NEEDS_ROOT);
		else if (stat(path, &file) < 0 || live.st_dev != file.st_dev ||
			 live.st_ino != file.st_ino)
			found(a, c, p->program->name, V_FAIL,
			    "it runs another file than %.300s", path);
		else
			found(a, c, p->program->name, V_OK,
			    "runs the file that was hashed");
	}
}

void
check_holds(struct audit *a, const struct check *c)
{
	for (size_t i = 0; i < a->p_len; i++)
		found(a, c, a->p[i].program->name, V_OK, "%s; cannot: %s",
		    a->p[i].program->policy->holds,
		    a->p[i].program->policy->cannot);
}

void
check_seccomp(struct audit *a, const struct check *c)
{
	for (size_t i = 0; i < a->p_len; i++) {
		const struct process *p = &a->p[i];
		long mode = status_number(p->status, "Seccomp", 10);
		long n = status_number(p->status, "Seccomp_filters", 10);

		found(a, c, p->program->name,
		    mode == 2 && (n < 0 || n >= p->program->filters) ? V_OK
								     : V_FAIL,
		    "Seccomp %ld, Seccomp_filters %ld, of at least %d", mode, n,
		    p->program->filters);
	}
}

void
check_nnp(struct audit *a, const struct check *c)
{
	for (size_t i = 0; i < a->p_len; i++) {
		long v = status_number(a->p[i].status, "NoNewPrivs", 10);

		found(a, c, a->p[i].program->name, v == 1 ? V_OK : V_FAIL,
		    "NoNewPrivs %ld", v);
	}
}

void
check_tracer(struct audit *a, const struct check *c)
{
	for (size_t i = 0; i < a->p_len; i++) {
		long v = status_number(a->p[i].status, "TracerPid", 10);

		found(a, c, a->p[i].program->name, v == 0 ? V_OK : V_FAIL,
		    "TracerPid %ld", v);
	}
}

/* A bounding set can be emptied by who has CAP_SETPCAP; without it, and with
 * no_new_privs, it can give nothing. */
void
check_caps(struct audit *a, const struct check *c)
{
	static const char *const sets[ALL_CAPS] = {
	    "CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb"};

	for (size_t i = 0; i < a->p_len; i++) {
		const struct process *p = &a->p[i];
		enum verdict v = V_OK;
		char text[200] = "";

		for (size_t s = 0; s < ALL_CAPS; s++) {
			char value[32];

			status_field(p->status, sets[s], value, sizeof value);
			snprintf(text + strlen(text),
			    sizeof text - strlen(text), "%s%s %s",
			    s > 0 ? ", " : "", sets[s], value);
			if (strtoull(value, NULL, 16) == 0)
				continue;
			if (strcmp(sets[s], "CapBnd") != 0)
				v = V_FAIL;
			else if (v == V_OK)
				v = V_NA;
		}
		found(a, c, p->program->name, v, "%s%s", text,
		    v == V_NA ? "; the bounding set cannot be emptied without "
				"CAP_SETPCAP, which this user never had; with "
				"NoNewPrivs it gives nothing"
			      : "");
	}
}

/* ---- namespaces ---- */

/* 1 another one than ours, 0 the same, -1 it cannot be seen. */
static int
other_namespace(pid_t pid, const char *name)
{
	char theirs[64], ours[64];
	struct stat a, b;

	snprintf(theirs, sizeof theirs, "/proc/%d/ns/%s", (int)pid, name);
	snprintf(ours, sizeof ours, "/proc/self/ns/%s", name);
	if (stat(theirs, &a) < 0 || stat(ours, &b) < 0)
		return -1;
	return a.st_ino != b.st_ino;
}

/* In a user namespace without a mapping, uid_map is empty; everybody may
 * read it. */
static int
other_user_namespace(pid_t pid)
{
	char map[256];
	int seen = other_namespace(pid, "user");

	if (seen >= 0)
		return seen;
	if (proc_read(pid, "uid_map", map, sizeof map) < 0)
		return -1;
	return map[0] == '\0';
}

/* No interface but lo; everybody may read it. */
static int
other_net_namespace(pid_t pid)
{
	char text[AU_PROC_TEXT], *p = text;
	int seen = other_namespace(pid, "net"), others = 0;

	if (seen == 0 || proc_read(pid, "net/dev", text, sizeof text) < 0)
		return seen;
	for (int line = 0; p != NULL && *p != '\0'; line++) {
		p += strspn(p, " ");
		others += line >= 2 && strncmp(p, "lo:", 3) != 0;
		p = strchr(p, '\n');
		p += p != NULL;
	}
	return others == 0;
}

static void
judge_namespaces(
    struct audit *a, const struct check *c, const struct process *p)
{
	static const char *const words[] = {
	    "not to be seen", "the same as everybody's", "its own"};
	uint32_t flags = p->program->policy->flags;
	int user, net, ipc, keeps_net = (flags & POLICY_KEEP_NET) != 0;
	enum verdict v = V_OK;

	if (flags & POLICY_KEEP_NS) {
		found(a, c, p->program->name, V_OK,
		    "its policy gives it none of its own");
		return;
	}
	user = other_user_namespace(p->pid);
	net = other_net_namespace(p->pid);
	ipc = other_namespace(p->pid, "ipc");
	if (user == 0 || (net == 0 && !keeps_net) || ipc == 0)
		v = V_WARN;
	found(a, c, p->program->name, v, "user: %s; network: %s; IPC: %s",
	    words[user + 1],
	    keeps_net  ? "the same, which is its task"
	    : net == 1 ? "its own, with lo and nothing else"
		       : words[net + 1],
	    words[ipc + 1]);
}

void
check_namespaces(struct audit *a, const struct check *c)
{
	for (size_t i = 0; i < a->p_len; i++)
		judge_namespaces(a, c, &a->p[i]);
}

/* ---- what only the process itself knows ---- */

#define LANDLOCK (JAIL_LANDLOCK_FS | JAIL_LANDLOCK_NET | JAIL_LANDLOCK_SCOPE)

void
check_landlock_told(struct audit *a, const struct check *c)
{
	for (size_t i = 0; i < a->p_len; i++) {
		const struct process *p = &a->p[i];
		struct jail_report r = p->report;
		const char *whose = "says so itself";
		char text[JAIL_TEXT_MAX];
		int column = program_column(p->program);

		if (!p->told && column >= 0) {
			selftest_wait(a);
			r = *selftest_report(a, column);
			whose = "said so in the self-test, under the same "
				"policy";
		}
		r.applied &= LANDLOCK;
		r.missing &= LANDLOCK;
		jail_report_text(&r, text, sizeof text);
		found(a, c, p->program->name,
		    r.missing != 0 || r.applied == 0 ? V_WARN : V_OK,
		    "%s (%s; /proc does not show it)",
		    text[0] != '\0' ? text : "nothing", whose);
	}
}

/* ---- limits ---- */

/* The soft and the hard limit of a line of /proc/PID/limits; "unlimited" is
 * UINT64_MAX. */
static int
limit_of(const char *limits, const char *name, uint64_t out[2])
{
	const char *p = strstr(limits, name);
	char soft[32], hard[32];

	if (p == NULL || sscanf(p + strlen(name), "%31s %31s", soft, hard) != 2)
		return -1;
	out[0] = soft[0] == 'u' ? UINT64_MAX : strtoull(soft, NULL, 10);
	out[1] = hard[0] == 'u' ? UINT64_MAX : strtoull(hard, NULL, 10);
	return 0;
}

static void
judge_limits(struct audit *a, const struct check *c, const struct process *p)
{
	const struct policy_limits *want = &p->program->policy->limits;
	const struct {
		const char *name, *shown;
		uint64_t max;
	} rows[] = {
	    {"Max core file size", "core", 0},
	    {"Max open files", "descriptors", want->nofile},
	    {"Max file size", "file size",
		want->fsize_unlimited ? UINT64_MAX : 0},
	    {"Max processes", "processes",
		want->nproc_unlimited ? UINT64_MAX : 0},
	};
	char text[AU_PROC_TEXT], line[300] = "";
	enum verdict v = V_OK;

	if (proc_read(p->pid, "limits", text, sizeof text) < 0) {
		found(a, c, p->program->name, V_NA, "it has ended");
		return;
	}
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		uint64_t lim[2] = {UINT64_MAX, UINT64_MAX};
		int bad = limit_of(text, rows[i].name, lim) < 0 ||
			  lim[0] > rows[i].max || lim[1] > rows[i].max;

		if (bad)
			v = V_FAIL;
		if (rows[i].max == UINT64_MAX)
			continue;
		snprintf(line + strlen(line), sizeof line - strlen(line),
		    "%s%s %llu", line[0] != '\0' ? ", " : "", rows[i].shown,
		    (unsigned long long)lim[1]);
		if (bad)
			snprintf(line + strlen(line),
			    sizeof line - strlen(line), " (must be %llu)",
			    (unsigned long long)rows[i].max);
	}
	found(a, c, p->program->name, v, "%s", line);
}

void
check_limits(struct audit *a, const struct check *c)
{
	for (size_t i = 0; i < a->p_len; i++)
		judge_limits(a, c, &a->p[i]);
}

/* ---- descriptors ---- */

static char
kind_of(const char *target)
{
	if (strcmp(target, "/dev/null") == 0)
		return 'n';
	if (strncmp(target, "pipe:", 5) == 0)
		return 'p';
	return strncmp(target, "socket:", 7) == 0 ? 's' : 'f';
}

static const char *
kind_name(char kind)
{
	switch (kind) {
	case 'n':
		return "/dev/null";
	case 'p':
		return "pipe";
	case 's':
		return "socket";
	default:
		return "file";
	}
}

/* Whether descriptor number fd may be of this kind. */
static int
fd_allowed(const char *rule, unsigned fd, char kind)
{
	size_t fixed = strcspn(rule, "S*");

	if (fd < fixed)
		return rule[fd] == 'u' || rule[fd] == kind;
	return rule[fixed] == '*' || (rule[fixed] == 'S' && kind == 's');
}

struct fd_list {
	char text[400];
	char bad[200];
	size_t n;
};

static void
take_fd(struct fd_list *l, const struct process *p, unsigned fd)
{
	char link[64], target[AU_PATH];
	const char *rule = p->program->fds;
	size_t fixed = strcspn(rule, "S*");
	char kind;
	ssize_t n;

	snprintf(link, sizeof link, "/proc/%d/fd/%u", (int)p->pid, fd);
	n = readlink(link, target, sizeof target - 1);
	if (n < 0)
		return;
	target[n] = '\0';
	kind = kind_of(target);
	l->n++;
	if (fd < fixed)
		snprintf(l->text + strlen(l->text),
		    sizeof l->text - strlen(l->text), "%s%u %s",
		    l->text[0] != '\0' ? ", " : "", fd, kind_name(kind));
	if (!fd_allowed(rule, fd, kind))
		snprintf(l->bad + strlen(l->bad),
		    sizeof l->bad - strlen(l->bad), "%s%u is %.100s",
		    l->bad[0] != '\0' ? ", " : "", fd, target);
}

/* Root, or whoever may: every descriptor and what is behind it. */
static int
list_fds(const struct process *p, struct fd_list *l)
{
	unsigned fds[256];
	size_t n = 0;
	char path[64];
	struct dirent *e;
	DIR *d;

	memset(l, 0, sizeof *l);
	snprintf(path, sizeof path, "/proc/%d/fd", (int)p->pid);
	d = opendir(path);
	if (d == NULL)
		return -1;
	while ((e = readdir(d)) != NULL && n < ARRAY_LEN(fds))
		if (e->d_name[0] != '.')
			fds[n++] = (unsigned)strtoul(e->d_name, NULL, 10);
	(void)closedir(d);
	for (size_t i = 0; i < n; i++)
		take_fd(l, p, fds[i]);
	return l->n > 0 ? 0 : -1;
}

/* Everybody else: how many there are, which the size of the folder tells
 * since Linux 6.2. */
static void
count_fds(struct audit *a, const struct check *c, const struct process *p)
{
	const char *rule = p->program->fds;
	size_t fixed = strcspn(rule, "S*");
	char path[64];
	struct stat st;

	snprintf(path, sizeof path, "/proc/%d/fd", (int)p->pid);
	if (stat(path, &st) < 0 || st.st_size == 0) {
		found(a, c, p->program->name, V_NA,
		    "this kernel does not tell their number; what they are "
		    "only root can see");
		return;
	}
	if (rule[fixed] != '\0')
		found(a, c, p->program->name, V_OK,
		    "%zu fixed ones, and such as its task brings; root sees "
		    "what they are",
		    fixed);
	else
		found(a, c, p->program->name,
		    (size_t)st.st_size == fixed ? V_OK : V_FAIL,
		    "%lld open, %zu expected; root sees what they are",
		    (long long)st.st_size, fixed);
}

void
check_fds(struct audit *a, const struct check *c)
{
	for (size_t i = 0; i < a->p_len; i++) {
		const struct process *p = &a->p[i];
		size_t fixed = strcspn(p->program->fds, "S*");
		const char *more = p->program->fds[fixed] == 'S'
				       ? ", beyond them sockets only"
				   : p->program->fds[fixed] == '*'
				       ? ", beyond them what its task brings"
				       : ", nothing else";
		struct fd_list l;

		if (list_fds(p, &l) < 0)
			count_fds(a, c, p);
		else
			found(a, c, p->program->name,
			    l.bad[0] != '\0' ? V_FAIL : V_OK, "%s%s%s", l.text,
			    l.bad[0] != '\0' ? "; not allowed: " : more, l.bad);
	}
}

/* ---- mapped libraries ---- */

/* Files that are mapped to run; what is no library of its row is bad. */
static int
is_expected(const struct program *p, const char *name)
{
	if (strncmp(name, "libc.so", 7) == 0 ||
	    strncmp(name, "libc-", 5) == 0 || strncmp(name, "ld-", 3) == 0 ||
	    strncmp(name, "libm.so", 7) == 0 ||
	    strncmp(name, "libpthread", 10) == 0 || strcmp(name, p->name) == 0)
		return 1;
	for (size_t i = 0; i < ARRAY_LEN(p->libraries); i++) {
		const char *lib = p->libraries[i];

		if (lib != NULL && strncmp(name, lib, strlen(lib)) == 0)
			return 1;
	}
	return 0;
}

static void
judge_maps(
    struct audit *a, const struct check *c, const struct process *p, FILE *f)
{
	char line[AU_PATH], bad[200] = "";
	size_t files = 0;

	while (fgets(line, sizeof line, f) != NULL) {
		const char *path = strchr(line, '/');
		const char *perms = strchr(line, ' ');
		const char *name;

		if (path == NULL || perms == NULL || perms[3] != 'x')
			continue;
		line[strcspn(line, "\n")] = '\0';
		name = strrchr(path, '/') + 1;
		files++;
		if (!is_expected(p->program, name) ||
		    (perms[2] == 'w' && perms[3] == 'x'))
			snprintf(bad + strlen(bad), sizeof bad - strlen(bad),
			    "%s%.60s", bad[0] != '\0' ? ", " : "", name);
	}
	if (files == 0)
		found(a, c, p->program->name, V_NA, NEEDS_ROOT);
	else if (p->program->brings_more)
		found(a, c, p->program->name, V_NA,
		    "its libraries bring further ones");
	else
		found(a, c, p->program->name, bad[0] != '\0' ? V_FAIL : V_OK,
		    "%s%s",
		    bad[0] != '\0' ? "code of other files is mapped: "
				   : "code of its own file, of its row's "
				     "libraries, of the C library",
		    bad);
}

void
check_maps(struct audit *a, const struct check *c)
{
	for (size_t i = 0; i < a->p_len; i++) {
		char path[64];
		FILE *f;

		snprintf(path, sizeof path, "/proc/%d/maps", (int)a->p[i].pid);
		f = fopen(path, "re");
		if (f == NULL) {
			found(a, c, a->p[i].program->name, V_NA, NEEDS_ROOT);
			continue;
		}
		judge_maps(a, c, &a->p[i], f);
		(void)fclose(f);
	}
}
