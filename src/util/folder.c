/*
 * The program's own folders, and small files in them that are there whole or
 * not at all: a reader, or a computer that lost its power, finds the old text
 * or the new one.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "secchat/err.h"
#include "secchat/util.h"

#define PROGRAM "secchat"

int
folder_path(char *path, size_t cap, const char *var, const char *below_home)
{
	const char *base = getenv(var);
	const char *home = getenv("HOME");
	int n = -1;

	if (base != NULL && base[0] == '/')
		n = snprintf(path, cap, "%s/" PROGRAM, base);
	else if (home != NULL && home[0] == '/')
		n = snprintf(path, cap, "%s/%s/" PROGRAM, home, below_home);
	if (n >= 0 && (size_t)n < cap)
		return 0;
	path[0] = '\0';
	return -ERR_SYS;
}

void
folder_make(char *path)
{
	for (char *p = path + 1; *p != '\0'; p++) {
		if (*p != '/')
			continue;
		*p = '\0';
		(void)mkdir(path, 0700);
		*p = '/';
	}
	(void)mkdir(path, 0700);
}

int
folder_open(const char *path)
{
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	return fd < 0 ? -ERR_SYS : fd;
}

/* The new text under its own name, safe on disk. */
static int
write_new(int dir, const char *name, const void *text, size_t len)
{
	int fd, err;

	/* What a killed writer left behind. */
	(void)unlinkat(dir, name, 0);
	fd = openat(dir, name,
	    O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd < 0)
		return -ERR_SYS;
	err = fd_write_all(fd, text, len);
	if (err == 0 && fsync(fd) < 0)
		err = -ERR_SYS;
	fd_close(fd);
	return err;
}

int
folder_replace(int dir, const char *name, const void *text, size_t len)
{
	char other[64];
	int n = snprintf(other, sizeof other, "%s.new", name);
	int err, saved;

	if (n < 0 || (size_t)n >= sizeof other)
		return -ERR_TOO_LONG;
	err = write_new(dir, other, text, len);
	if (err == 0 && renameat(dir, other, dir, name) < 0)
		err = -ERR_SYS;
	if (err == 0)
		return fsync(dir) < 0 ? -ERR_SYS : 0;
	saved = errno;
	(void)unlinkat(dir, other, 0);
	errno = saved;
	return err;
}

int
folder_read(int dir, const char *name, void *buf, size_t cap, size_t *len)
{
	struct stat st;
	int fd = openat(dir, name,
	    O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	int err = 0;

	*len = 0;
	if (fd < 0)
		return -ERR_SYS;
	errno = 0;
	if (fstat(fd, &st) < 0)
		err = -ERR_SYS;
	else if (!S_ISREG(st.st_mode))
		err = -ERR_KEYFILE_TYPE;
	else if (st.st_uid != geteuid() && st.st_uid != 0)
		err = -ERR_KEYFILE_OWNER;
	else if (st.st_mode & (S_IRWXG | S_IRWXO))
		err = -ERR_KEYFILE_MODE;
	while (err == 0) {
		ssize_t n = read(fd, (char *)buf + *len, cap - *len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			err = -ERR_SYS;
		if (n <= 0)
			break;
		*len += (size_t)n;
		if (*len == cap)
			err = -ERR_TOO_LONG;
	}
	fd_close(fd);
	return err;
}
