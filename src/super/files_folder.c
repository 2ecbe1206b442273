/*
 * The folder that received files go to: which it is, and whether there is
 * room in it.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "internal.h"
#include "secchat/util.h"

#define DIRS_FILE_MAX 8192

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
