/*
 * The folder that received files go to.  A file is written under a name that
 * nobody can guess, and gets its own when it is complete: there is never half
 * a file under a whole one's name, and none that was there is replaced.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "internal.h"
#include "secchat/util.h"

#define TEMP_BEGIN ".secchat-"
#define TEMP_END ".part"
#define TEMP_DIGITS 16
#define DIRS_FILE_MAX 8192
/* Names that are tried, and entries that are looked at. */
#define TRIES 1000
#define LOOK_AT 20000

/* ---- which folder ---- */

/* A value as xdg-user-dirs writes it, "$HOME/..." or "/..." with backslashes
 * before what a shell would change. */
static int
unquote(char *out, size_t cap, const char *value, const char *home)
{
	size_t n = 0;

	if (strncmp(value, "\"$HOME", 6) == 0 &&
	    (value[6] == '/' || value[6] == '"')) {
		n = (size_t)snprintf(out, cap, "%s", home);
		value += 6;
	} else if (strncmp(value, "\"/", 2) == 0) {
		value++;
	} else {
		return -ERR_FORMAT;
	}
	for (; *value != '"' && *value != '\0' && n < cap - 1; value++) {
		if (*value == '\\' && value[1] != '\0')
			value++;
		out[n++] = *value;
	}
	if (*value != '"' || n >= cap)
		return -ERR_FORMAT;
	while (n > 1 && out[n - 1] == '/')
		n--;
	out[n] = '\0';
	return 0;
}

/* The user's download folder out of the text of user-dirs.dirs. */
static int
find_folder(char *out, size_t cap, char *text, const char *home)
{
	static const char name[] = "XDG_DOWNLOAD_DIR=";
	int err = -ERR_FORMAT;

	for (char *line = text, *end; line != NULL; line = end) {
		end = strchr(line, '\n');
		if (end != NULL)
			*end++ = '\0';
		line += strspn(line, " \t");
		if (strncmp(line, name, sizeof name - 1) == 0)
			err = unquote(out, cap, line + sizeof name - 1, home);
	}
	return err;
}

static int
from_user_dirs(char *out, size_t cap, const char *home)
{
	const char *config = getenv("XDG_CONFIG_HOME");
	char path[PATH_CAP], text[DIRS_FILE_MAX];
	ssize_t n;
	int fd;

	if (config != NULL && config[0] == '/')
		snprintf(path, sizeof path, "%s/user-dirs.dirs", config);
	else
		snprintf(path, sizeof path, "%s/.config/user-dirs.dirs", home);
	fd = open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	if (fd < 0)
		return -ERR_SYS;
	n = read(fd, text, sizeof text - 1);
	fd_close(fd);
	if (n < 0)
		return -ERR_SYS;
	text[n] = '\0';
	return find_folder(out, cap, text, home);
}

static int
is_folder(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 && S_ISDIR(st.st_mode);
}

/* What the desktop says, else Downloads, else the home folder itself. */
static void
usual_folder(struct files *f)
{
	const char *home = getenv("HOME");
	int n;

	if (home == NULL || home[0] != '/' ||
	    from_user_dirs(f->folder, sizeof f->folder, home) == 0)
		return;
	n = snprintf(f->folder, sizeof f->folder, "%s/Downloads", home);
	if (n >= (int)sizeof f->folder)
		f->folder[0] = '\0';
	else if (!is_folder(f->folder))
		snprintf(f->folder, sizeof f->folder, "%s", home);
}

/* As it stands from the root on, so that people know where to look. */
static int
named_folder(struct files *f, const char *dir)
{
	size_t cap = sizeof f->folder, at = 0;

	if (dir[0] != '/') {
		if (getcwd(f->folder, cap) == NULL)
			return -ERR_SYS;
		at = strlen(f->folder);
		if (at > 1 && at < cap)
			f->folder[at++] = '/';
	}
	if ((size_t)snprintf(f->folder + at, cap - at, "%s", dir) >= cap - at) {
		errno = ENAMETOOLONG;
		return -ERR_SYS;
	}
	for (at = strlen(f->folder); at > 1 && f->folder[at - 1] == '/'; at--)
		f->folder[at - 1] = '\0';
	return 0;
}

/* The folder that it is in, for one that is to be made. */
static void
parent(char out[FOLDER_CAP], const char *path)
{
	char *slash;

	snprintf(out, FOLDER_CAP, "%s", path);
	slash = strrchr(out, '/');
	slash[slash == out ? 1 : 0] = '\0';
}

static int
check_folder(const char *path)
{
	char above[FOLDER_CAP];
	struct stat st;

	if (stat(path, &st) == 0) {
		if (!S_ISDIR(st.st_mode)) {
			errno = ENOTDIR;
			return -ERR_SYS;
		}
		return access(path, W_OK | X_OK) == 0 ? 0 : -ERR_SYS;
	}
	if (errno != ENOENT)
		return -ERR_SYS;
	parent(above, path);
	return access(above, W_OK | X_OK) == 0 ? 0 : -ERR_SYS;
}

static int
refuse(struct super *s, const char *dir)
{
	char what[SENTENCE_MAX];

	snprintf(what, sizeof what, "--download-dir: %.300s: %s", dir,
	    errno == ENOTDIR ? "this is not a folder" : strerror(errno));
	verdict_set(s, EXIT_CONFIG, what, NULL,
	    errno == ENOENT ? "Make the folder that it is to be in first."
			    : "Name a folder that you may write to.");
	return -ERR_CONFIG;
}

/* The file behind a descriptor is never sent. */
static void
keep_back(struct files *f, int fd)
{
	struct stat st;

	if (fd >= 0 && fstat(fd, &st) == 0)
		f->secrets[f->secrets_len++] =
		    (struct own_secret){st.st_dev, st.st_ino};
}

int
files_prepare(struct super *s)
{
	const char *dir = s->o->download_dir;
	struct files *f = &s->files;

	if (getcwd(f->here, sizeof f->here) == NULL)
		snprintf(f->here, sizeof f->here, "this folder");
	keep_back(f, s->key);
	keep_back(f, s->identity);
	files_reset(s);
	if (dir == NULL) {
		usual_folder(f);
		return 0;
	}
	if (named_folder(f, dir) < 0 || check_folder(f->folder) < 0)
		return refuse(s, dir);
	return 0;
}

int
files_folder_open(struct super *s)
{
	const char *path = s->files.folder;
	int fd;

	if (path[0] == '\0') {
		errno = ENOENT;
		return -ERR_SYS;
	}
	fd = folder_open(path);
	if (fd < 0 && errno == ENOENT && mkdir(path, 0700) == 0)
		fd = folder_open(path);
	return fd;
}

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

/* Whether this name is that of the open file. */
static int
is_its_name(int dir, const char *name, int fd)
{
	struct stat named, open;

	return fstatat(dir, name, &named, AT_SYMLINK_NOFOLLOW) == 0 &&
	       fstat(fd, &open) == 0 && named.st_dev == open.st_dev &&
	       named.st_ino == open.st_ino;
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
	int saved;

	if (fd < 0)
		return -ERR_SYS;
	if (renameat(dir, temp, dir, name) == 0) {
		fd_close(fd);
		return 0;
	}
	saved = errno;
	if (is_its_name(dir, name, fd))
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
	struct stat named;

	if (fstatat(t->dir, name, &named, AT_SYMLINK_NOFOLLOW) == 0 &&
	    named.st_dev == t->on && named.st_ino == t->inode)
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

/* ---- room ---- */

/* Bytes that may still be written there; UINT64_MAX: it does not tell. */
static uint64_t
free_bytes(const char *folder)
{
	char above[FOLDER_CAP];
	struct statfs fs;
	uint64_t blocks;

	parent(above, folder);
	if ((statfs(folder, &fs) < 0 && statfs(above, &fs) < 0) ||
	    fs.f_blocks == 0 || fs.f_bsize <= 0)
		return UINT64_MAX;
	blocks = geteuid() == 0 ? fs.f_bfree : fs.f_bavail;
	if (blocks > UINT64_MAX / (uint64_t)fs.f_bsize)
		return UINT64_MAX;
	return blocks * (uint64_t)fs.f_bsize;
}

/* What those will still take that were accepted. */
static uint64_t
promised(const struct super *s)
{
	uint64_t n = 0;

	for (size_t i = 0; i < TRANSFERS; i++) {
		const struct transfer *t = &s->files.t[i];

		/* Sizes are at most INT64_MAX. */
		if (transfer_is_open(t) && !t->ours && t->begun)
			n += MIN(t->size - t->done, UINT64_MAX - n);
	}
	return n;
}

int
files_room(const struct super *s, struct transfer *t)
{
	uint64_t room, taken = promised(s);
	char size[SIZE_TEXT], free_text[SIZE_TEXT];

	t->words[0] = '\0';
	if (s->files.folder[0] == '\0')
		return 0;
	room = free_bytes(s->files.folder);
	if (room == UINT64_MAX)
		return 0;
	room -= MIN(room, taken);
	if (t->size <= room)
		return 0;
	file_size_text(size, t->size);
	file_size_text(free_text, room);
	snprintf(t->words, sizeof t->words,
	    "it does not fit: it has %s, and there is room for %s%s", size,
	    free_text, taken > 0 ? " beside what is on its way" : "");
	return -ERR_SYS;
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
