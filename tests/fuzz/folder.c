/*
 * The folder that received files go to: which it is, out of whatever the
 * desktop's file says, and a file that is written there under a name of its
 * own until it is complete, beside whatever lies there already and whatever
 * fails at the moment.  Nothing that was there is replaced or removed but
 * what a killed one of us has left, a whole name is never half a file's, and
 * no descriptor is left behind.
 */
#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <dirent.h>
#include <unistd.h>

#include "../../src/super/internal.h"
#include "../wrapped.h"
#include "secchat/util.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum {
	ENTRIES = 24,
	FDS = 24,
	FIRST_FD = 1000,
	FOLDER = 0, /* what a descriptor is of: an inode, or the folder */
	NAME = 300
};

static struct super s;
static struct options o;
static struct reader in;
static int on;

/* What lies in the folder. */
static struct entry {
	char name[NAME];
	ino_t ino;
	uint8_t other, odd, locked; /* another's; no file; being written */
} entry[ENTRIES];
static size_t entries;
static ino_t inodes;

static ino_t fd_ino[FDS];
static uint8_t fd_used[FDS];
static size_t told; /* of the folder, by getdents64 */

/* The desktop's file. */
static const uint8_t *dirs;
static size_t dirs_len;

/* The next call fails, and how; when the input is used up nothing does. */
static int
fails(void)
{
	static const int errors[] = {0, ENOENT, EACCES, EEXIST, EINVAL, ENOSYS,
	    EOPNOTSUPP, ENOLCK, ENAMETOOLONG, EILSEQ, EIO, EWOULDBLOCK,
	    ENOTDIR};
	uint8_t b = in.left > 0 ? get_u8(&in) : 0;

	errno = errors[b % ARRAY_LEN(errors)];
	return errno != 0;
}

static struct entry *
find(const char *name)
{
	for (size_t i = 0; i < entries; i++)
		if (strcmp(entry[i].name, name) == 0)
			return &entry[i];
	return NULL;
}

static struct entry *
make(const char *name)
{
	struct entry *e = &entry[entries];

	if (entries == ENTRIES || strlen(name) >= NAME) {
		errno = ENOSPC;
		return NULL;
	}
	entries++;
	memset(e, 0, sizeof *e);
	memcpy(e->name, name, strlen(name) + 1);
	e->ino = ++inodes;
	return e;
}

static int
new_fd(ino_t ino)
{
	for (int i = 0; i < FDS; i++) {
		if (fd_used[i])
			continue;
		fd_used[i] = 1;
		fd_ino[i] = ino;
		return FIRST_FD + i;
	}
	errno = EMFILE;
	return -1;
}

static int
is_ours(int fd)
{
	return fd >= FIRST_FD && fd < FIRST_FD + FDS && fd_used[fd - FIRST_FD];
}

/* ---- the system ---- */

int __real_open(const char *path, int flags, ...);
int __wrap_open(const char *path, int flags, ...);

int
__wrap_open(const char *path, int flags, ...)
{
	if (!on)
		return __real_open(path, flags, 0);
	return fails() ? -1 : new_fd(FOLDER);
}

int __real_openat(int dir, const char *path, int flags, ...);
int __wrap_openat(int dir, const char *path, int flags, ...);

int
__wrap_openat(int dir, const char *path, int flags, ...)
{
	struct entry *e = find(path);

	(void)__real_openat;
	assert(on && is_ours(dir) && strchr(path, '/') == NULL);
	if (fails())
		return -1;
	if (strcmp(path, ".") == 0)
		return new_fd(FOLDER);
	if (flags & O_CREAT) {
		assert(flags & O_EXCL);
		errno = EEXIST;
		if (e != NULL || (e = make(path)) == NULL)
			return -1;
	}
	errno = ENOENT;
	return e == NULL ? -1 : new_fd(e->ino);
}

WRAPPED(void, fd_close, int fd)
{
	if (!on || fd < FIRST_FD) {
		__real_fd_close(fd);
		return;
	}
	assert(is_ours(fd));
	fd_used[fd - FIRST_FD] = 0;
}

WRAPPED(ssize_t, read, int fd, void *buf, size_t len)
{
	if (!on || !is_ours(fd))
		return __real_read(fd, buf, len);
	if (fails())
		return -1;
	len = MIN(len, dirs_len);
	if (len > 0)
		memcpy(buf, dirs, len);
	return (ssize_t)len;
}

WRAPPED(ssize_t, __read_chk, int fd, void *buf, size_t len, size_t size)
{
	assert(len <= size);
	(void)__real___read_chk;
	return __wrap_read(fd, buf, len);
}

static int
tell(struct stat *st, const struct entry *e)
{
	if (fails())
		return -1;
	memset(st, 0, sizeof *st);
	errno = ENOENT;
	if (e == NULL)
		return -1;
	st->st_ino = e->ino;
	st->st_nlink = 1;
	st->st_mode = e->odd ? S_IFIFO : S_IFREG;
	st->st_uid = geteuid() + e->other;
	return 0;
}

WRAPPED(int, fstat, int fd, struct stat *st)
{
	struct entry gone = {.ino = is_ours(fd) ? fd_ino[fd - FIRST_FD] : 0};
	const struct entry *e = &gone;

	if (!on)
		return __real_fstat(fd, st);
	for (size_t i = 0; i < entries; i++)
		if (entry[i].ino == gone.ino)
			e = &entry[i];
	if (tell(st, e) < 0)
		return -1;
	st->st_nlink = e != &gone;
	return 0;
}

WRAPPED(int, fstatat, int dir, const char *name, struct stat *st, int flags)
{
	(void)__real_fstatat, (void)flags;
	assert(on && is_ours(dir));
	return tell(st, find(name));
}

WRAPPED(int, lstat, const char *path, struct stat *st)
{
	const char *slash = strrchr(path, '/');

	if (!on)
		return __real_lstat(path, st);
	assert(path[0] == '/');
	return tell(st, find(slash + 1));
}

/* A folder, a file, or what fails() says. */
WRAPPED(int, stat, const char *path, struct stat *st)
{
	if (!on)
		return __real_stat(path, st);
	memset(st, 0, sizeof *st);
	st->st_mode = in.left > 0 && get_u8(&in) & 1 ? S_IFREG : S_IFDIR;
	return fails() ? -1 : 0;
}

WRAPPED(int, access, const char *path, int how)
{
	return !on ? __real_access(path, how) : fails() ? -1 : 0;
}

WRAPPED(int, mkdir, const char *path, mode_t mode)
{
	return !on ? __real_mkdir(path, mode) : fails() ? -1 : 0;
}

WRAPPED(int, fsync, int fd)
{
	return !on ? __real_fsync(fd) : fails() ? -1 : 0;
}

WRAPPED(int, flock, int fd, int how)
{
	if (!on)
		return __real_flock(fd, how);
	if (fails())
		return -1;
	errno = EWOULDBLOCK;
	for (size_t i = 0; i < entries; i++)
		if (entry[i].ino == fd_ino[fd - FIRST_FD] && entry[i].locked)
			return -1;
	return 0;
}

WRAPPED(ssize_t, getrandom, void *buf, size_t len, unsigned flags)
{
	static const uint8_t same[8] = {0x5e};

	if (!on)
		return __real_getrandom(buf, len, flags);
	if (fails())
		return -1;
	memcpy(buf, same, MIN(len, sizeof same));
	return (ssize_t)len;
}

WRAPPED(ssize_t, getdents64, int fd, void *buf, size_t cap)
{
	static struct dirent64 d;
	size_t len;

	(void)__real_getdents64, (void)cap;
	assert(on && is_ours(fd));
	if (fails() || told >= entries)
		return 0;
	memset(&d, 0, sizeof d);
	len = MIN(strlen(entry[told].name), sizeof d.d_name - 1);
	memcpy(d.d_name, entry[told++].name, len);
	d.d_reclen = sizeof d;
	memcpy(buf, &d, sizeof d);
	return sizeof d;
}

/* What may be removed: a temporary, or an empty file of our own. */
WRAPPED(int, unlinkat, int dir, const char *name, int flags)
{
	struct entry *e = find(name);

	(void)__real_unlinkat, (void)flags;
	assert(on && is_ours(dir));
	if (fails())
		return -1;
	errno = ENOENT;
	if (e == NULL)
		return -1;
	assert(!e->other && !e->odd && !e->locked);
	*e = entry[--entries];
	return 0;
}

/* What is put in the place of something puts it away. */
static int
move(const char *from, const char *to, int replace, int stays)
{
	struct entry *e = find(from), *there = find(to), *new;

	if (fails())
		return -1;
	errno = ENOENT;
	if (e == NULL)
		return -1;
	if (there != NULL) {
		errno = EEXIST;
		if (!replace)
			return -1;
		/* Only what was made for it a moment ago. */
		assert(there->ino > e->ino);
		there->ino = e->ino;
	} else {
		new = make(to);
		if (new == NULL)
			return -1;
		new->ino = e->ino;
	}
	if (!stays)
		*find(from) = entry[--entries];
	return 0;
}

WRAPPED(int, renameat2, int dir, const char *from, int other, const char *to,
    unsigned flags)
{
	(void)__real_renameat2;
	assert(on && dir == other && flags == RENAME_NOREPLACE);
	return move(from, to, 0, 0);
}

WRAPPED(int, renameat, int dir, const char *from, int other, const char *to)
{
	(void)__real_renameat;
	assert(on && dir == other);
	return move(from, to, 1, 0);
}

WRAPPED(int, linkat, int dir, const char *from, int other, const char *to,
    int flags)
{
	(void)__real_linkat, (void)flags;
	assert(on && dir == other);
	return move(from, to, 0, 1);
}

/* What people are told is read by the fuzzer of the supervisor. */
void __wrap_note(struct super *sup, uint8_t kind, const char *fmt, ...);

void
__wrap_note(struct super *sup, uint8_t kind, const char *fmt, ...)
{
	(void)sup, (void)kind;
	assert(fmt[0] != '\0');
}

/* ---- the input ---- */

static char *
get_text(char *out, size_t cap)
{
	size_t len = get_u8(&in);
	const uint8_t *p;

	len = MIN(len, in.left);
	p = get_bytes(&in, len);
	memset(out, 0, cap);
	for (size_t i = 0; i < MIN(len, cap - 1) && p[i] != '\0'; i++)
		out[i] = (char)p[i];
	return out;
}

/* Where it is, as a person, the desktop or nobody says. */
static void
which_folder(uint8_t how)
{
	static char home[256], dir[256];
	const struct files *f = &s.files;
	size_t len;

	if (how & 1)
		setenv("HOME", get_text(home, sizeof home), 1);
	else
		unsetenv("HOME");
	if (how & 2)
		setenv("XDG_CONFIG_HOME", how & 4 ? "/config" : "x", 1);
	else
		unsetenv("XDG_CONFIG_HOME");
	o.download_dir = how & 8 ? get_text(dir, sizeof dir) : NULL;
	dirs_len = get_u8(&in);
	if (how & 16)
		dirs_len *= 16;
	dirs_len = MIN(dirs_len, in.left);
	dirs = get_bytes(&in, dirs_len);
	on = 1;
	if (files_prepare(&s) == 0) {
		len = strlen(f->folder);
		assert(len == 0 || f->folder[0] == '/');
		assert(o.download_dir == NULL || len > 0);
	}
	on = 0;
}

/* What lies there: others', pipes, what is being written. */
static void
fill(void)
{
	char name[NAME];
	struct entry *e;
	uint8_t how;

	for (size_t n = get_u8(&in) % (ENTRIES - 4); n > 0 && in.left > 0;
	     n--) {
		how = get_u8(&in);
		(void)get_text(name, sizeof name);
		if (how & 8)
			snprintf(name, sizeof name, ".secchat-%015x%x.part", 0,
			    how >> 4);
		if (name[0] == '\0' || find(name) != NULL ||
		    (e = make(name)) == NULL)
			continue;
		e->other = how & 1;
		e->odd = how >> 1 & 1;
		e->locked = how >> 2 & 1;
	}
}

static void
receive(void)
{
	static const char *const folders[] = {"/d", "/", ""};
	static struct transfer t;
	static struct entry before[ENTRIES];
	size_t count;
	int err;

	memset(&t, 0, sizeof t);
	t.fd = t.dir = -1;
	(void)get_text(t.name, sizeof t.name);
	for (char *p = t.name; *p != '\0'; p++)
		if (*p == '/')
			*p = '_';
	if (t.name[0] == '\0')
		t.name[0] = 'x';
	snprintf(s.files.folder, sizeof s.files.folder, "%s",
	    folders[get_u8(&in) % ARRAY_LEN(folders)]);
	on = 1;
	files_target(&s, &t);
	told = 0;
	if (files_temp_make(&s, &t) == 0) {
		memcpy(before, entry, sizeof before);
		count = entries;
		err = files_temp_keep(&s, &t);
		assert(err < 0 ||
		       (t.fd == -1 && find(strrchr(t.path, '/') + 1) != NULL));
		/* What was there is there, and is what it was. */
		for (size_t i = 0; i < count; i++)
			if (before[i].ino != t.inode)
				assert(
				    find(before[i].name) != NULL &&
				    find(before[i].name)->ino == before[i].ino);
	}
	files_temp_remove(&t);
	on = 0;
	for (int i = 0; i < FDS; i++)
		assert(!fd_used[i]);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint8_t how;

	if (size == 0)
		return 0;
	reader_init(&in, data, size);
	memset(&s, 0, sizeof s);
	memset(&o, 0, sizeof o);
	memset(fd_used, 0, sizeof fd_used);
	entries = 0;
	inodes = 0;
	s.o = &o;
	how = get_u8(&in);
	s.identity = s.log = -1;
	s.key = how & 32 ? FIRST_FD + FDS : -1;
	if (how & 128) {
		which_folder(how);
		return 0;
	}
	fill();
	do
		receive();
	while (in.left > 0 && entries + 4 < ENTRIES);
	return 0;
}
