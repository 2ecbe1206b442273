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
		    "of a session",
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
		if (p != NULL)
			p++;
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
