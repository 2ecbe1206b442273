/*
 * A file that is received.  It is written under a name that nobody can guess,
 * and gets its own when it is complete: there is never half a file under a
 * whole one's name, and none that was there is replaced.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include "internal.h"
#include "secchat/util.h"

#define TEMP_BEGIN ".secchat-"
#define TEMP_END ".part"
#define TEMP_DIGITS 16
/* Names that are tried, and entries that are looked at. */
#define TRIES 1000
#define LOOK_AT 20000

/* ---- what a killed one of us left there ---- */

static int
is_temp(const char *name)
{
	size_t begin = sizeof TEMP_BEGIN - 1;

	return strncmp(name, TEMP_BEGIN, begin) == 0 &&
	       strspn(name + begin, "0123456789abcdef") == TEMP_DIGITS &&
	       strcmp(name + begin + TEMP_DIGITS, TEMP_END) == 0;
}

/* Somebody who still writes to one holds its lock. */
static void
remove_leftover(int dir, const char *name)
{
	int fd = openat(dir, name,
	    O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	struct stat st;

	if (fd < 0)
		return;
	if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode) &&
	    st.st_uid == geteuid() && flock(fd, LOCK_EX | LOCK_NB) == 0)
		(void)unlinkat(dir, name, 0);
	fd_close(fd);
}

static void
clean_folder(int dir)
{
	union {
		struct dirent64 align;
		char bytes[8192];
	} buf;
	int fd = openat(dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	ssize_t n;
	size_t seen = 0;

	while (fd >= 0 && seen < LOOK_AT &&
	       (n = getdents64(fd, &buf, sizeof buf)) > 0)
		for (ssize_t at = 0; at < n; seen++) {
			struct dirent64 e;
			const char *name =
			    buf.bytes + at + offsetof(struct dirent64, d_name);

			memcpy(&e, buf.bytes + at,
			    offsetof(struct dirent64, d_name));
			if (is_temp(name))
				remove_leftover(dir, name);
			at += e.d_reclen;
		}
	fd_close(fd);
}

/* ---- a file on its way ---- */

static int
random_name(char out[TEMP_NAME])
{
	uint8_t bytes[TEMP_DIGITS / 2];
	char digits[TEMP_DIGITS + 1];

	if (getrandom(bytes, sizeof bytes, 0) != (ssize_t)sizeof bytes)
		return -ERR_SYS;
	hex_put(digits, bytes, sizeof bytes);
	snprintf(out, TEMP_NAME, TEMP_BEGIN "%s" TEMP_END, digits);
	return 0;
}

/* Another of us that cleans up may have come between the two steps: then it
 * has no name any more.  Where there are no locks nobody cleans up. */
static int
lock_it(int fd)
{
	struct stat st;

	if ((flock(fd, LOCK_EX | LOCK_NB) < 0 && errno != ENOLCK &&
		errno != ENOSYS && errno != EOPNOTSUPP && errno != EINVAL) ||
	    fstat(fd, &st) < 0)
		return -ERR_SYS;
	errno = EBUSY;
	return st.st_nlink == 1 ? 0 : -ERR_SYS;
}

/* Which file it is, whatever stands under its name later. */
static int
remember(struct transfer *t)
{
	struct stat st;

	if (fstat(t->fd, &st) < 0)
		return -ERR_SYS;
	t->on = st.st_dev;
	t->inode = st.st_ino;
	return 0;
}

int
files_temp_make(struct super *s, struct transfer *t)
{
	int saved;

	t->dir = files_folder_open(s);
	if (t->dir < 0) {
		t->dir = -1;
		return -ERR_SYS;
	}
	if (!s->files.cleaned)
		clean_folder(t->dir);
	s->files.cleaned = 1;
	if (random_name(t->temp) < 0) {
		t->temp[0] = '\0';
		return -ERR_SYS;
	}
	t->fd = openat(t->dir, t->temp,
	    O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (t->fd < 0)
		t->temp[0] = '\0';
	if (t->fd >= 0 && lock_it(t->fd) == 0 && remember(t) == 0)
		return 0;
	saved = errno;
	files_temp_remove(t);
	errno = saved;
	return -ERR_SYS;
}

static void
let_go(struct transfer *t)
{
	fd_close(t->fd);
	fd_close(t->dir);
	t->fd = t->dir = -1;
	t->temp[0] = '\0';
}

void
files_temp_remove(struct transfer *t)
{
	if (t->dir >= 0 && t->temp[0] != '\0')
		(void)unlinkat(t->dir, t->temp, 0);
	let_go(t);
}

/* Whether what has this name is that file. */
static int
is_named(int dir, const char *name, dev_t on, ino_t inode)
{
	struct stat st;

	return fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
	       st.st_dev == on && st.st_ino == inode;
}

/*
 * What replaces a file replaces an empty one that was made for it: two steps,
 * and in between the name could become somebody else's.
 */
static int
take_name(int dir, const char *temp, const char *name)
{
	int fd = openat(dir, name,
	    O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	struct stat empty;
	int saved;

	if (fd < 0)
		return -ERR_SYS;
	if (renameat(dir, temp, dir, name) == 0) {
		fd_close(fd);
		return 0;
	}
	saved = errno;
	if (fstat(fd, &empty) == 0 &&
	    is_named(dir, name, empty.st_dev, empty.st_ino))
		(void)unlinkat(dir, name, 0);
	fd_close(fd);
	errno = saved;
	return -ERR_SYS;
}

/* In the way that the file system has.  0, 1: in the weakest, or -ERR_SYS:
 * with EEXIST the name is taken. */
static int
give_name(int dir, const char *temp, const char *name)
{
	if (renameat2(dir, temp, dir, name, RENAME_NOREPLACE) == 0)
		return 0;
	if (errno != EINVAL && errno != ENOSYS && errno != EOPNOTSUPP)
		return -ERR_SYS;
	if (linkat(dir, temp, dir, name, 0) == 0) {
		(void)unlinkat(dir, temp, 0);
		return 0;
	}
	if (errno == EEXIST || take_name(dir, temp, name) < 0)
		return -ERR_SYS;
	return 1;
}

/* People who count on it have to know where it does not hold. */
static void
warn_of_weakness(struct super *s)
{
	if (s->files.warned)
		return;
	s->files.warned = 1;
	note(s, NOTE_WARN,
	    "the file system of the folder for files cannot give a name only "
	    "if it is free: a program that takes the same name at the same "
	    "moment would lose its file");
}

static void
set_path(struct super *s, struct transfer *t, const char *name)
{
	const char *folder = s->files.folder;

	snprintf(t->path, sizeof t->path, "%s%s%s", folder,
	    strcmp(folder, "/") == 0 ? "" : "/", name);
}

/* Whether what has the name now is what was written: somebody else may write
 * in the folder, too. */
static int
is_ours(const struct transfer *t, const char *name)
{
	if (is_named(t->dir, name, t->on, t->inode))
		return 1;
	errno = ESTALE;
	return 0;
}

/* The first that is free; name says which.  As give_name. */
static int
give_free_name(const struct transfer *t, char name[FILE_NAME_TRIED])
{
	int err = -ERR_SYS;

	errno = EEXIST;
	for (unsigned n = 1; n <= TRIES && err < 0 && errno == EEXIST; n++) {
		file_name_try(name, t->name, n);
		err = give_name(t->dir, t->temp, name);
	}
	return err;
}

/* Whether another name could be had where this one could not. */
static int
is_the_names_fault(int error)
{
	return error == EINVAL || error == EILSEQ || error == ENAMETOOLONG;
}

int
files_temp_keep(struct super *s, struct transfer *t)
{
	char name[FILE_NAME_TRIED];
	int err = give_free_name(t, name);

	if (err < 0 && is_the_names_fault(errno)) {
		file_name_plain(t->name);
		err = give_free_name(t, name);
	}
	if (err < 0)
		return err;
	if (!is_ours(t, name))
		return -ERR_SYS;
	if (err == 1)
		warn_of_weakness(s);
	set_path(s, t, name);
	/* The file is safe; its name is when this has worked. */
	(void)fsync(t->dir);
	let_go(t);
	return 0;
}

void
files_target(struct super *s, struct transfer *t)
{
	char name[FILE_NAME_TRIED];
	struct stat st;

	t->path[0] = '\0';
	if (s->files.folder[0] == '\0')
		return;
	for (unsigned n = 1; n <= TRIES; n++) {
		file_name_try(name, t->name, n);
		set_path(s, t, name);
		if (lstat(t->path, &st) < 0)
			return;
	}
}
