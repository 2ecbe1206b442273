/*
 * All mappings of a process are read through /proc/PID/mem, also those that
 * it cannot read itself.  Three are left out: two that belong to the kernel,
 * and secret memory, which nobody can read, and which is reported.
 */
#include <assert.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "scan.h"
#include "secchat/err.h"
#include "secchat/util.h"

#define CHUNK (1u << 20)
#define FILE_MAX (64u << 20)

_Static_assert(NEEDLES <= 32, "the bits of struct scan");

static int
is_zero(const uint8_t *p)
{
	static const uint8_t zeros[SCAN_WINDOW];

	return memcmp(p, zeros, sizeof zeros) == 0;
}

static int
is_there(const struct needles *l, const void *p, size_t len)
{
	for (size_t i = 0; i < l->len; i++)
		if (l->n[i].len == len && memcmp(l->n[i].bytes, p, len) == 0)
			return 1;
	return 0;
}

void
needle_add(struct needles *l, const char *name, const void *p, size_t len,
    enum needle_kind kind)
{
	struct needle *n = &l->n[l->len];

	assert(l->len < NEEDLES);
	if (len < SCAN_WINDOW || len > sizeof n->bytes || is_there(l, p, len) ||
	    is_zero(p) || is_zero((const uint8_t *)p + len - SCAN_WINDOW))
		return;
	snprintf(n->name, sizeof n->name, "%s", name);
	memcpy(n->bytes, p, len);
	n->len = len;
	n->kind = kind;
	l->len++;
}

static int
has(const uint8_t *buf, size_t len, const struct needle *n)
{
	return memmem(buf, len, n->bytes, SCAN_WINDOW) != NULL ||
	       memmem(buf, len, n->bytes + n->len - SCAN_WINDOW, SCAN_WINDOW) !=
		   NULL;
}

/* key_memory: the buffer comes from memory that is made for keys. */
static void
search(const uint8_t *buf, size_t len, const struct needles *l,
    const char *where, int key_memory, struct scan *out)
{
	for (size_t i = 0; i < l->len; i++) {
		uint32_t bit = 1u << i;
		char *at;

		if (!has(buf, len, &l->n[i]))
			continue;
		if (key_memory) {
			out->in_key_memory |= bit;
			continue;
		}
		at = out->where[l->n[i].kind];
		if (at[0] == '\0')
			snprintf(at, sizeof out->where[0], "%s", where);
		out->hits |= bit;
	}
}

void
scan_bytes(const void *p, size_t len, const struct needles *l,
    const char *where, struct scan *out)
{
	search(p, len, l, where, 0, out);
	out->bytes += len;
}

/* What lies across two chunks is seen in the second: the end of the first
 * goes to its beginning.  Returns how much. */
static size_t
keep_end(uint8_t *buf, size_t len)
{
	size_t kept = MIN(len, (size_t)SCAN_WINDOW - 1);

	memmove(buf, buf + len - kept, kept);
	return kept;
}

/* ---- memory ---- */

struct mapping {
	uintptr_t from, to;
	char name[64];
	int locked; /* and left out of dumps: as sodium_malloc makes it */
};

const char *
scan_range(const char *line, uintptr_t *from, uintptr_t *to)
{
	char *end;

	*from = strtoul(line, &end, 16);
	if (end == line || *end != '-')
		return NULL;
	line = end + 1;
	*to = strtoul(line, &end, 16);
	return end == line || *end != ' ' ? NULL : end;
}

/* "from-to perms offset device inode   name" */
static int
take_line(const char *line, struct mapping *m)
{
	const char *p = scan_range(line, &m->from, &m->to);

	if (p == NULL)
		return 0;
	for (int field = 0; field < 4; field++) {
		p += strspn(p, " ");
		p += strcspn(p, " \n");
	}
	p += strspn(p, " ");
	if (*p == '\n' || *p == '\0')
		p = "memory without a name";
	snprintf(m->name, sizeof m->name, "%.*s",
	    (int)MIN(strcspn(p, "\n"), sizeof m->name - 1), p);
	return 1;
}

/* The next mapping of /proc/PID/smaps with its flags; 0 at the end. */
static int
next_mapping(FILE *f, struct mapping *m)
{
	char line[512];
	int have = 0;

	memset(m, 0, sizeof *m);
	while (fgets(line, sizeof line, f) != NULL) {
		if (!have)
			have = take_line(line, m);
		if (strncmp(line, "VmFlags:", 8) == 0) {
			m->locked = strstr(line, " lo") != NULL &&
				    strstr(line, " dd") != NULL;
			return have;
		}
	}
	return 0;
}

static int
is_kernels(const char *name)
{
	return strncmp(name, "[vvar", 5) == 0 ||
	       strcmp(name, "[vsyscall]") == 0;
}

static void
scan_mapping(int mem, const struct mapping *m, const struct needles *l,
    uint8_t *buf, struct scan *out)
{
	uintptr_t at = m->from;
	size_t kept = 0;

	while (at < m->to) {
		size_t want = MIN(m->to - at, (uintptr_t)CHUNK);
		ssize_t n = pread(mem, buf + kept, want, (off_t)at);

		if (n <= 0) {
			out->unreadable++;
			return;
		}
		search(buf, kept + (size_t)n, l, m->name, m->locked, out);
		out->bytes += (size_t)n;
		at += (uintptr_t)n;
		kept = keep_end(buf, kept + (size_t)n);
	}
}

static FILE *
open_smaps(pid_t pid)
{
	char path[64];

	snprintf(path, sizeof path, "/proc/%d/smaps", (int)pid);
	return fopen(path, "re");
}

static int
open_in(pid_t pid, const char *name)
{
	char path[64];

	snprintf(path, sizeof path, "/proc/%d/%s", (int)pid, name);
	return open(path, O_RDONLY | O_CLOEXEC);
}

int
scan_memory(pid_t pid, const struct needles *l, struct scan *out)
{
	uint8_t *buf = malloc(CHUNK + SCAN_WINDOW);
	int mem = open_in(pid, "mem");
	FILE *f = open_smaps(pid);
	struct mapping m;

	while (buf != NULL && mem >= 0 && f != NULL && next_mapping(f, &m)) {
		if (strstr(m.name, "/secretmem") != NULL) {
			out->secret = m.from;
			out->secret_len = m.to - m.from;
		} else if (!is_kernels(m.name)) {
			scan_mapping(mem, &m, l, buf, out);
		}
	}
	if (f != NULL)
		(void)fclose(f);
	fd_close(mem);
	free(buf);
	return out->bytes > 0 ? 0 : -ERR_SYS;
}

/* ---- files ---- */

static int
scan_open(int fd, const char *where, const struct needles *l, struct scan *out)
{
	uint8_t *buf = malloc(CHUNK + SCAN_WINDOW);
	size_t kept = 0, all = 0;
	ssize_t n = buf == NULL ? -1 : 1;

	while (n > 0 && all < FILE_MAX) {
		n = pread(fd, buf + kept, CHUNK, (off_t)all);
		if (n <= 0)
			break;
		search(buf, kept + (size_t)n, l, where, 0, out);
		all += (size_t)n;
		kept = keep_end(buf, kept + (size_t)n);
	}
	free(buf);
	out->bytes += all;
	return n < 0 ? -ERR_SYS : 0;
}

int
scan_file(
    pid_t pid, const char *name, const struct needles *l, struct scan *out)
{
	int fd = open_in(pid, name);
	int err = fd < 0 ? -ERR_SYS : scan_open(fd, name, l, out);

	fd_close(fd);
	return err;
}

/* What it has open is opened anew, so that its place in it stays. */
static void
scan_fd(
    pid_t pid, const char *number, const struct needles *l, struct scan *out)
{
	char path[64], name[32], where[64];
	struct stat st;
	int fd;

	snprintf(name, sizeof name, "fd/%.16s", number);
	snprintf(path, sizeof path, "/proc/%d/%s", (int)pid, name);
	snprintf(where, sizeof where, "the file that is its descriptor %.16s",
	    number);
	if (stat(path, &st) < 0 || !S_ISREG(st.st_mode))
		return;
	fd = open_in(pid, name);
	if (fd >= 0)
		(void)scan_open(fd, where, l, out);
	fd_close(fd);
}

int
scan_files(pid_t pid, const struct needles *l, struct scan *out)
{
	char path[64];
	struct dirent *e;
	DIR *d;

	snprintf(path, sizeof path, "/proc/%d/fd", (int)pid);
	d = opendir(path);
	if (d == NULL)
		return -ERR_SYS;
	while ((e = readdir(d)) != NULL)
		if (e->d_name[0] != '.')
			scan_fd(pid, e->d_name, l, out);
	(void)closedir(d);
	return 0;
}
