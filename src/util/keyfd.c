/*
 * Opening a key file, and refusing what is none.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "secchat/err.h"
#include "secchat/keyfd.h"
#include "secchat/limits.h"
#include "secchat/util.h"

/* 44 characters, and a newline of one or two bytes. */
#define SIZE_MAX_BYTES (KEYFILE_TEXT + 2)

static int
check(const struct stat *st)
{
	if (!S_ISREG(st->st_mode))
		return -ERR_KEYFILE_TYPE;
	/* First what it is: nobody should change the mode of another file. */
	if (st->st_size < KEYFILE_TEXT || st->st_size > SIZE_MAX_BYTES)
		return -ERR_KEYFILE_FORMAT;
	if (st->st_uid != geteuid() && st->st_uid != 0)
		return -ERR_KEYFILE_OWNER;
	if (st->st_mode & (S_IRWXG | S_IRWXO))
		return -ERR_KEYFILE_MODE;
	return 0;
}

static int
why_not(int error)
{
	switch (error) {
	case ENOENT:
		return -ERR_KEYFILE_MISSING;
	case ELOOP: /* a link */
	case ENXIO: /* a socket, or a device without a driver */
	case ENODEV:
		return -ERR_KEYFILE_TYPE;
	default:
		return -ERR_KEYFILE_OPEN;
	}
}

int
keyfd_open(const char *path)
{
	struct stat st;
	int err, fd;

	/* O_NONBLOCK: opening a FIFO would wait for its writer. */
	fd = open(
	    path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	if (fd < 0)
		return why_not(errno);
	err = fstat(fd, &st) < 0 ? -ERR_KEYFILE_OPEN : check(&st);
	if (err == 0)
		return fd;
	fd_close(fd);
	return err;
}

int
keyfd_identity_error(int err)
{
	switch (-err) {
	case ERR_KEYFILE_FORMAT:
		return -ERR_IDENTITY_FORMAT;
	case ERR_KEYFILE_MODE:
		return -ERR_IDENTITY_MODE;
	case ERR_KEYFILE_OWNER:
		return -ERR_IDENTITY_OWNER;
	case ERR_KEYFILE_TYPE:
		return -ERR_IDENTITY_TYPE;
	case ERR_KEYFILE_OPEN:
		return -ERR_IDENTITY_OPEN;
	case ERR_KEYFILE_MISSING:
		return -ERR_IDENTITY_MISSING;
	default:
		return err;
	}
}

void
keyfd_next(char *out, size_t cap, int err, const char *path)
{
	const char *next = err_next(err);
	const char *file = strstr(next, "FILE");

	if (file == NULL)
		snprintf(out, cap, "%s", next);
	else
		snprintf(out, cap, "%.*s%s%s", (int)(file - next), next, path,
		    file + 4);
}
