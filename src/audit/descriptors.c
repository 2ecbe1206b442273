/*
 * What the processes of a session have open, and what code is mapped in them,
 * against the rows of table.c.
 */
#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "audit.h"
#include "secchat/util.h"

/* Letters that stand for any number of descriptors. */
#define FURTHER "SF*"
#define NEEDS_ROOT "only root can see it"

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
	size_t fixed = strcspn(rule, FURTHER);

	if (fd < fixed)
		return rule[fd] == 'u' || rule[fd] == kind;
	return rule[fixed] == '*' || (rule[fixed] == 'S' && kind == 's') ||
	       (rule[fixed] == 'F' && kind == 'f');
}

/* How many there are of those whose number is fixed. */
static size_t
fixed_fds(const char *rule)
{
	size_t n = 0;

	for (const char *p = rule; *p != '\0' && strchr(FURTHER, *p) == NULL;
	     p++)
		n += *p != '-';
	return n;
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
	size_t fixed = strcspn(rule, FURTHER);
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
	size_t fixed = fixed_fds(rule);
	char path[64];
	struct stat st;

	snprintf(path, sizeof path, "/proc/%d/fd", (int)p->pid);
	if (stat(path, &st) < 0 || st.st_size == 0) {
		found(a, c, p->program->name, V_NA,
		    "this kernel does not tell their number; what they are "
		    "only root can see");
		return;
	}
	if (rule[strcspn(rule, FURTHER)] != '\0')
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

static const char *
beyond(char letter)
{
	switch (letter) {
	case 'S':
		return ", beyond them sockets only";
	case 'F':
		return ", beyond them files only";
	case '*':
		return ", beyond them what its task brings";
	default:
		return ", nothing else";
	}
}

void
check_fds(struct audit *a, const struct check *c)
{
	for (size_t i = 0; i < a->p_len; i++) {
		const struct process *p = &a->p[i];
		size_t fixed = strcspn(p->program->fds, FURTHER);
		const char *more = beyond(p->program->fds[fixed]);
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
		if (!is_expected(p->program, name) || perms[2] == 'w')
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
