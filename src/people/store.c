/*
 * The folder of this computer's identity and of the people it knows.  Every
 * change replaces a whole file under a lock on the folder, so that two
 * programs at once do not lose each other's records, and whoever is killed
 * leaves the old file or the new one.
 */
#include <errno.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "secchat/err.h"
#include "secchat/people.h"
#include "secchat/util.h"

static const char peers_file[] = "peers";
static const char name_file[] = "name";

/* 100 times 20 ms: two seconds. */
enum {
	LOCK_TRIES = 100,
	LOCK_PAUSE = 20
};

__attribute__((format(printf, 3, 4))) static int
wrong(struct people_wrong *w, const char *next, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(w->what, sizeof w->what, fmt, ap);
	va_end(ap);
	snprintf(w->next, sizeof w->next, "%s", next);
	return -ERR_CONFIG;
}

/* ---- the folder ---- */

static int
check_folder(const struct store *st, struct people_wrong *w)
{
	struct stat s;
	char next[SENTENCE_MAX];

	if (fstat(st->dir, &s) < 0)
		return wrong(w, "", "%.300s: %s", st->path, strerror(errno));
	if (s.st_uid != geteuid() && s.st_uid != 0)
		return wrong(w,
		    "Look whose it is: ls -ld FOLDER, or set "
		    "XDG_DATA_HOME to a folder of your own.",
		    "%.300s belongs to another user", st->path);
	snprintf(next, sizeof next, "Type: chmod 700 %.400s", st->path);
	if (s.st_mode & (S_IWGRP | S_IWOTH))
		return wrong(
		    w, next, "other users can write to %.300s", st->path);
	return 0;
}

int
store_open(struct store *st, int make, struct people_wrong *w)
{
	int err;

	st->dir = -1;
	if (folder_path(
		st->path, sizeof st->path, "XDG_DATA_HOME", ".local/share") < 0)
		return wrong(w, "Set HOME, or XDG_DATA_HOME.",
		    "there is no home folder to keep an identity in");
	if (make)
		folder_make(st->path);
	st->dir = MAX(folder_open(st->path), -1);
	if (st->dir < 0 && errno == ENOENT && !make)
		return 0;
	if (st->dir < 0)
		return wrong(w,
		    "Make it yours to write, or set XDG_DATA_HOME to another "
		    "folder.",
		    "the folder %.300s cannot be %s: %s", st->path,
		    make && errno == ENOENT ? "made" : "opened",
		    strerror(errno));
	err = check_folder(st, w);
	if (err < 0)
		store_close(st);
	return err;
}

void
store_close(struct store *st)
{
	fd_close(st->dir);
	st->dir = -1;
}

int
store_file(char path[STORE_PATH], const struct store *st, const char *name)
{
	int n = snprintf(path, STORE_PATH, "%s/%s", st->path, name);

	return n < 0 || n >= STORE_PATH ? -ERR_TOO_LONG : 0;
}

int
store_lock(const struct store *st, struct people_wrong *w)
{
	for (int i = 0; i < LOCK_TRIES; i++) {
		if (flock(st->dir, LOCK_EX | LOCK_NB) == 0)
			return 0;
		if (errno != EWOULDBLOCK && errno != EINTR)
			return wrong(w, "", "%.300s cannot be locked: %s",
			    st->path, strerror(errno));
		(void)poll(NULL, 0, LOCK_PAUSE);
	}
	return wrong(w, "Try again when it has finished.",
	    "another secchat is writing to %.300s", st->path);
}

void
store_unlock(const struct store *st)
{
	(void)flock(st->dir, LOCK_UN);
}

/* ---- files in it ---- */

/* A whole file: 1; 0 and *len 0 when there is none. */
static int
read_file(const struct store *st, const char *name, char *buf, size_t cap,
    size_t *len, struct people_wrong *w)
{
	int err = folder_read(st->dir, name, buf, cap, len);
	char next[SENTENCE_MAX];

	if (err == 0)
		return 1;
	if (err == -ERR_SYS && errno == ENOENT)
		return 0;
	snprintf(
	    next, sizeof next, "Look at it: ls -l %.300s/%s", st->path, name);
	if (err == -ERR_KEYFILE_MODE) {
		snprintf(next, sizeof next, "Type: chmod 600 %.300s/%s",
		    st->path, name);
		return wrong(w, next, "%.300s/%s: other users can read it",
		    st->path, name);
	}
	if (err == -ERR_KEYFILE_OWNER)
		return wrong(w, next, "%.300s/%s belongs to another user",
		    st->path, name);
	if (err == -ERR_KEYFILE_TYPE || errno == ELOOP || errno == ENXIO)
		return wrong(
		    w, next, "%.300s/%s is not a regular file", st->path, name);
	if (err == -ERR_TOO_LONG)
		return wrong(w, next, "%.300s/%s is too long", st->path, name);
	return wrong(w, next, "%.300s/%s cannot be read: %s", st->path, name,
	    strerror(errno));
}

static int
write_file(const struct store *st, const char *name, const char *text,
    size_t len, struct people_wrong *w)
{
	if (folder_replace(st->dir, name, text, len) == 0)
		return 0;
	return wrong(w, "Look at the folder's permissions and free space.",
	    "%.300s/%s cannot be written: %s", st->path, name, strerror(errno));
}

/* Not on the stack, and never two at once. */
static char file_text[PEER_FILE_MAX + 1];

int
people_load(const struct store *st, struct people *l, struct people_wrong *w)
{
	char next[SENTENCE_MAX];
	const char *why;
	unsigned line;
	size_t len;
	int err;

	l->n = 0;
	if (st->dir < 0)
		return 0;
	err = read_file(st, peers_file, file_text, sizeof file_text, &len, w);
	if (err <= 0)
		return err;
	if (people_parse(l, file_text, len, &line, &why) == 0)
		return 0;
	l->n = 0;
	snprintf(next, sizeof next,
	    "Correct or remove that line; everybody on it has to be met "
	    "again.");
	return wrong(
	    w, next, "%.300s/%s, line %u: %s", st->path, peers_file, line, why);
}

int
people_update(const struct store *st, struct people *l, people_change *change,
    void *ctx, struct people_wrong *w)
{
	int err = store_lock(st, w);
	int changed;

	if (err < 0)
		return err;
	err = people_load(st, l, w);
	changed = err < 0 ? err : change(l, ctx);
	if (changed > 0)
		err = write_file(
		    st, peers_file, file_text, people_format(file_text, l), w);
	else
		err = changed;
	store_unlock(st);
	return err;
}

int
own_name_load(const struct store *st, char name[NAME_MAX_LOCAL + 1],
    struct people_wrong *w)
{
	char text[NAME_MAX_LOCAL + 4];
	size_t len = 0;
	int err = 0;

	name[0] = '\0';
	if (st->dir >= 0)
		err = read_file(st, name_file, text, sizeof text - 1, &len, w);
	if (err <= 0 || len == 0)
		return err < 0 ? err : 0;
	text[len] = '\0';
	if (text[len - 1] == '\n')
		text[len - 1] = '\0';
	if (text[0] == '\0')
		return 0;
	if (strlen(text) + 1 < len || !name_ok(text))
		return wrong(w,
		    "Choose another: secchat id rename NAME. " NAME_RULE,
		    "%.300s/%s does not hold a name%s%s", st->path, name_file,
		    strlen(text) + 1 < len ? "" : ": ",
		    strlen(text) + 1 < len ? "" : name_wrong(text));
	memcpy(name, text, strnlen(text, NAME_MAX_LOCAL) + 1);
	name[NAME_MAX_LOCAL] = '\0';
	return 0;
}

int
own_name_save(const struct store *st, const char *name, struct people_wrong *w)
{
	char text[NAME_MAX_LOCAL + 2];
	int n = snprintf(text, sizeof text, "%s\n", name);
	int err = store_lock(st, w);

	if (err < 0)
		return err;
	err = write_file(st, name_file, text, (size_t)n, w);
	store_unlock(st);
	return err;
}
