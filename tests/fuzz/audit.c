/*
 * What the audit reads of /proc, whatever it says: the input is a list of
 * files, of which each that is opened, listed or asked for is the next; one
 * that has a name is the one of that name, and no other.  Every check that
 * reads it comes to a finding, and what is found can be shown.  The last file
 * without a name is also an event of a suite under its eyes, a place to look
 * for secrets, and a secret.
 */
#include <assert.h>
#include <dirent.h>
#include <errno.h>
#include <stdarg.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../../src/audit/audit.h"
#include "../../src/audit/scan.h"
#include "../../src/audit/suite.h"
#include "../unit/harmless.h"
#include "../wrapped.h"
#include "secchat/reader.h"
#include "secchat/util.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum {
	FILES = 16,
	NAMED = 48
};

/* What kind says of a file: of each, and of one that has a name. */
enum {
	KIND_HIDDEN = 1,  /* it may not be opened or asked for */
	KIND_REGULAR = 2, /* for readdir: its bytes are numbers */
	KIND_DEV = 0x20,
	KIND_BROKEN = 0x40, /* reading it fails: its process has ended */
	KIND_NAMED = 0x80
};

static struct file {
	uint8_t kind;
	char name[64];
	const uint8_t *p;
	size_t len;
} files[FILES], named[NAMED];
static size_t n_files, n_named, at;
static int asked; /* /proc is ours */

static const struct file *
next_file(const char *path)
{
	static const struct file none;

	if (!asked)
		return NULL;
	for (size_t i = 0; i < n_named; i++)
		if (strcmp(path + 1, named[i].name) == 0)
			return &named[i];
	if (strncmp(path, "/proc/", 6) != 0)
		return NULL;
	return n_files == 0 ? &none : &files[at++ % n_files];
}

int __real_open(const char *path, int flags, ...);
int __wrap_open(const char *path, int flags, ...);

static int
fd_of(const struct file *f)
{
	int fd;

	if (f->kind & KIND_HIDDEN) {
		errno = EACCES;
		return -1;
	}
	/* Nothing can be read of a folder, either. */
	if (f->name[0] != '\0' && (f->kind & KIND_BROKEN))
		return __real_open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	fd = memfd_create("proc", MFD_CLOEXEC);
	if (fd >= 0 && (write(fd, f->p, f->len) != (ssize_t)f->len ||
			   lseek(fd, 0, SEEK_SET) != 0))
		abort();
	return fd;
}

int
__wrap_open(const char *path, int flags, ...)
{
	const struct file *f = next_file(path);
	unsigned mode;
	va_list ap;

	va_start(ap, flags);
	mode = flags & O_CREAT ? va_arg(ap, unsigned) : 0;
	va_end(ap);
	return f == NULL ? __real_open(path, flags, mode) : fd_of(f);
}

WRAPPED(FILE *, fopen, const char *path, const char *how)
{
	const struct file *f = next_file(path);
	int fd;

	if (f == NULL)
		return __real_fopen(path, how);
	fd = fd_of(f);
	return fd < 0 ? NULL : fdopen(fd, "r");
}

WRAPPED(ssize_t, readlink, const char *path, char *out, size_t cap)
{
	const struct file *f = next_file(path);
	size_t n;

	if (f == NULL)
		return __real_readlink(path, out, cap);
	n = MIN(f->len, cap);
	if (n > 0)
		memcpy(out, f->p, n);
	return f->kind & KIND_HIDDEN ? -1 : (ssize_t)n;
}

WRAPPED(ssize_t, __readlink_chk, const char *path, char *out, size_t cap,
    size_t size)
{
	assert(cap <= size);
	return __wrap_readlink(path, out, cap);
}

WRAPPED(int, stat, const char *path, struct stat *st)
{
	const struct file *f = next_file(path);

	if (f == NULL)
		return __real_stat(path, st);
	memset(st, 0, sizeof *st);
	st->st_mode = f->kind & KIND_REGULAR ? S_IFREG : S_IFIFO;
	st->st_ino = f->name[0] != '\0' ? f->kind >> 2 & 7 : f->kind >> 2;
	st->st_dev = f->name[0] != '\0' && (f->kind & KIND_DEV);
	st->st_size = (off_t)f->len;
	return f->kind & KIND_HIDDEN ? -1 : 0;
}

/* A folder's entries are the file's bytes. */
static const struct file *folder;
static size_t folder_at;

WRAPPED(DIR *, opendir, const char *path)
{
	static char any;

	folder = next_file(path);
	folder_at = 0;
	if (folder == NULL)
		return __real_opendir(path);
	return folder->kind & KIND_HIDDEN ? NULL : (DIR *)(void *)&any;
}

WRAPPED(struct dirent *, readdir, DIR *d)
{
	static struct dirent e;

	if (folder == NULL)
		return __real_readdir(d);
	if (folder_at == folder->len)
		return NULL;
	snprintf(e.d_name, sizeof e.d_name,
	    folder->kind & KIND_REGULAR ? "%u" : "%c", folder->p[folder_at]);
	folder_at++;
	return &e;
}

WRAPPED(int, closedir, DIR *d)
{
	return folder == NULL ? __real_closedir(d) : 0;
}

/* ---- the checks ---- */

static struct audit a;

static void
run_checks(void)
{
	static check_fn *const reads_proc[] = {check_core, check_swap,
	    check_yama, check_seccomp, check_nnp, check_caps, check_tracer,
	    check_namespaces, check_limits, check_fds, check_maps,
	    check_program, check_key_memory, check_key_locked, check_session,
	    check_holds};

	for (size_t i = 0; i < ARRAY_LEN(reads_proc); i++)
		reads_proc[i](&a, &checks[0]);
	if (a.p[0].told)
		check_landlock_told(&a, &checks[0]);
	for (size_t i = 0; i < a.f_len; i++)
		assert(is_harmless(a.f[i].evidence, strlen(a.f[i].evidence)));
}

static void
check_event(const struct file *f)
{
	static struct suite s;
	char out[64];

	snprintf(
	    s.line, sizeof s.line, "%.*s", (int)f->len, (const char *)f->p);
	suite_field(&s, "ev", out, sizeof out);
	assert(strlen(out) < sizeof out);
}

/* What is hidden in a file is found there, wherever it is. */
static void
check_scan(const struct file *f)
{
	static struct needles l;
	static uint8_t secret[24];
	struct scan out = {.hits = 0};

	for (size_t i = 0; i < sizeof secret; i++)
		secret[i] = (uint8_t)(i * 7 + 1);
	l.len = 0;
	needle_add(&l, "secret", secret, sizeof secret, 0);
	(void)scan_memory(4242, &l, &out);
	(void)scan_files(4242, &l, &out);
	memset(&out, 0, sizeof out);
	if (scan_file(4242, "environ", &l, &out) == 0 && n_files == 1 &&
	    n_named == 0)
		assert(
		    (out.hits != 0) ==
		    (memmem(f->p, f->len, secret, SCAN_WINDOW) != NULL ||
			memmem(f->p, f->len, secret + 8, SCAN_WINDOW) != NULL));
}

/* What is looked for: too short, too long, zeros, or there already. */
static void
check_needles(const struct file *f)
{
	static struct needles l;

	l.len = 0;
	for (int i = 0; i < 2; i++)
		needle_add(&l, "a secret", f->p, f->len, A_KEY);
	needle_add(&l, "a part of it", f->p, f->len / 2, A_TEXT);
	needle_add(&l, "the rest", f->p + f->len / 2, f->len / 2, A_TEXT);
	for (size_t i = 0; i < l.len; i++)
		assert(l.n[i].len >= SCAN_WINDOW);
}

/* The name ends where it ends, or with a zero; the rest is what is in it. */
static void
take_name(struct file *f)
{
	size_t n = f->len > 0 ? strnlen((const char *)f->p, f->len) : 0;

	snprintf(f->name, sizeof f->name, "%.*s", (int)n, (const char *)f->p);
	n += n < f->len;
	f->p += n;
	f->len -= n;
}

static void
take_files(const uint8_t *data, size_t size)
{
	struct reader r;

	reader_init(&r, data, size);
	n_files = n_named = at = 0;
	while (n_files < FILES && n_named < NAMED && r.left > 3) {
		struct file f = {.kind = get_u8(&r)};

		f.len = get_u16(&r);
		f.len = MIN(f.len, r.left);
		f.p = get_bytes(&r, f.len);
		if (f.kind & KIND_NAMED && f.len > 0) {
			take_name(&f);
			named[n_named++] = f;
		} else {
			files[n_files++] = f;
		}
	}
}

/* As live_find does it. */
static void
find_session(void)
{
	pid_t child[AU_PROCESSES];
	size_t n = proc_children(4242, child, ARRAY_LEN(child));

	for (size_t i = 0; i < n; i++)
		(void)process_add(&a, child[i]);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct options none;

	take_files(data, size);
	memset(&a, 0, sizeof a);
	a.o = &none;
	snprintf(a.dir, sizeof a.dir, "/nowhere");
	asked = 1;
	if (!process_add(&a, 4242)) {
		a.p[0].program = &programs[1 + size % (programs_len - 1)];
		(void)proc_read(4242, "status", a.p[0].status, 1024);
		a.p_len = 1;
	} else if (n_named > 0) {
		find_session();
		/* As those that were started by the audit have said. */
		a.p[0].told = n_files > 0;
		a.p[0].report.applied = (uint32_t)files[0].kind << 8;
		a.p[0].report.missing = (uint32_t)files[0].kind << 5;
		if (n_files > 2)
			snprintf(a.problem, sizeof a.problem, "a problem");
	}
	strangers_note(&a, 4242);
	(void)proc_child_named(4242, "secchat-net");
	if (a.p[0].program->policy != NULL)
		run_checks();
	if (n_files > 0) {
		check_scan(&files[n_files - 1]);
		check_needles(&files[n_files - 1]);
		check_event(&files[n_files - 1]);
	}
	folder = NULL;
	asked = 0;
	return 0;
}
