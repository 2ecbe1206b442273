/*
 * Sending: the front end names a path, we open it, and what is behind it has
 * to be a file that may leave.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "internal.h"
#include "secchat/util.h"

/* clang-format off */
static const struct {
	mode_t type;
	const char *words;
} kinds[] = {
	{ S_IFDIR,  "it is a directory; pack it (tar czf NAME.tar.gz FOLDER) and send that" },
	{ S_IFIFO,  "it is a pipe, not a file; write what comes out of it to a file and send that" },
	{ S_IFSOCK, "it is a socket, not a file" },
	{ S_IFCHR,  "it is a device, not a file" },
	{ S_IFBLK,  "it is a device, not a file" },
};
/* clang-format on */

/* What it is instead of a file, or NULL. */
static const char *
no_file(const struct stat *st)
{
	for (size_t i = 0; i < ARRAY_LEN(kinds); i++)
		if ((st->st_mode & S_IFMT) == kinds[i].type)
			return kinds[i].words;
	return S_ISREG(st->st_mode) ? NULL : "it is not a file";
}

/* What a byte that was no character becomes on its way through an editor. */
#define REPLACED "\xef\xbf\xbd"

/* Of a path that leads nowhere: what may be wrong with it. */
static const char *
nowhere(struct files *f, const char *path)
{
	if (strstr(path, REPLACED) != NULL)
		return "no such file; what is not UTF-8 is written as ls "
		       "does, $'\\351'";
	if (path[0] == '/')
		return "there is no such file; ls shows how it is written";
	snprintf(f->said, sizeof f->said,
	    "there is no such file in %.80s; a path elsewhere begins with / "
	    "or ~/",
	    f->here);
	return f->said;
}

static const char *
errno_words(struct files *f, const char *path)
{
	switch (errno) {
	case ENOENT:
		return nowhere(f, path);
	case EACCES:
	case EPERM:
		return "it may not be read: permission denied";
	case ENOTDIR:
		return "a part of its path is not a directory";
	case EMFILE:
	case ENFILE:
		return "too many files are open";
	default:
		return strerror(errno);
	}
}

/* A captured front end may ask for anything; it does not get our keys. */
static int
is_secret(const struct files *f, const struct stat *st)
{
	for (size_t i = 0; i < f->secrets_len; i++)
		if (f->secrets[i].dev == st->st_dev &&
		    f->secrets[i].ino == st->st_ino)
			return 1;
	return 0;
}

/*
 * Looked at before it is opened, since opening a device may do something; and
 * again afterwards, since it may have become another one.  NULL when it is a
 * file, else what is wrong.
 */
static const char *
open_file(struct super *s, struct transfer *t)
{
	const char *wrong;
	struct stat st;

	if (stat(t->path, &st) < 0)
		return errno_words(&s->files, t->path);
	wrong = no_file(&st);
	if (wrong != NULL)
		return wrong;
	t->fd = open(t->path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	if (t->fd < 0 || fstat(t->fd, &st) < 0)
		return errno_words(&s->files, t->path);
	t->size = (uint64_t)st.st_size;
	if (is_secret(&s->files, &st))
		return "it holds a key of this chat and is never sent";
	return no_file(&st);
}

/* The path as typed, ~ written out.  0, or -ERR_FORMAT or -ERR_TOO_LONG. */
static int
take_path(struct transfer *t, const uint8_t *path, size_t len)
{
	const char *home = getenv("HOME");
	int tilde = len >= 1 && path[0] == '~' && (len == 1 || path[1] == '/');
	int n;

	if (memchr(path, '\0', len) != NULL)
		return -ERR_FORMAT;
	if (tilde && home == NULL)
		tilde = 0;
	n = snprintf(t->path, sizeof t->path, "%s%.*s", tilde ? home : "",
	    (int)len - tilde, (const char *)path + tilde);
	return n < 0 || (size_t)n >= sizeof t->path ? -ERR_TOO_LONG : 0;
}

/* Why none can be sent now, or NULL. */
static const char *
hindrance(const struct super *s, uint8_t *why)
{
	*why = FILE_WHY_NONE;
	/* Whether somebody is there crypto knows before we do. */
	if (s->w[PROC_CRYPTO].state != WS_SERVING || s->v.over)
		return "there is nobody to send it to";
	if (!(s->caps & CAP_FILES) || s->o->legacy != 0)
		return "this kind of chat has no files";
	*why = FILE_WHY_MANY;
	if (transfer_count(s, 1) >= FILES_MAX || s->files.next > UINT32_MAX - 2)
		return "too many files at once; wait until one is there";
	return NULL;
}

void
files_on_send(struct super *s, struct reader *r)
{
	uint32_t ask = get_u32(r);
	size_t len;
	const uint8_t *path = get_rest(r, &len);
	struct transfer *t;
	const char *wrong;
	uint8_t why;

	if (path == NULL || ask == 0)
		fatal("the front end sends a file without a name of its own");
	wrong = hindrance(s, &why);
	if (wrong != NULL) {
		files_refuse(s, 0, ask, why, "%s", wrong);
		return;
	}
	t = transfer_new(s, 1);
	if (t == NULL)
		return;
	t->ask = ask;
	wrong = take_path(t, path, len) < 0 ? "no path is written so"
					    : open_file(s, t);
	file_name_clean(t->name, t->path, strlen(t->path));
	if (wrong != NULL) {
		transfer_stop(s, t, FILE_WHY_PATH, wrong);
		return;
	}
	t->fid = s->files.next;
	s->files.next += 2;
	t->owes = OWES_FD;
}
