/*
 * That the introduction was accepted is remembered by its number, in
 * $XDG_STATE_HOME/secchat/intro or ~/.local/state/secchat/intro.  A new
 * number asks again.  Nothing else about a chat is ever kept.
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

static const char file_name[] = "intro";
static const char new_name[] = "intro.new";

static int
state_path(char path[PATH_CAP])
{
	const char *state = getenv("XDG_STATE_HOME");
	const char *home = getenv("HOME");
	int n = -1;

	if (state != NULL && state[0] == '/')
		n = snprintf(path, PATH_CAP, "%s/secchat", state);
	else if (home != NULL && home[0] == '/')
		n = snprintf(path, PATH_CAP, "%s/.local/state/secchat", home);
	return n < 0 || n >= PATH_CAP ? -ERR_SYS : 0;
}

/* mkdir -p, private. */
static void
make_folders(char *path)
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
accepted_open(char path[PATH_CAP], int make)
{
	int fd;

	path[0] = '\0';
	if (state_path(path) < 0)
		return -1;
	if (make)
		make_folders(path);
	fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		path[0] = '\0';
	return fd;
}

int
accepted_read(int dir, uint32_t number)
{
	char text[16], want[16];
	ssize_t n;
	int fd = openat(dir, file_name,
	    O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);

	if (fd < 0)
		return 0;
	n = read(fd, text, sizeof text - 1);
	fd_close(fd);
	if (n <= 0)
		return 0;
	text[n] = '\0';
	snprintf(want, sizeof want, "%u\n", number);
	return strcmp(text, want) == 0;
}

int
accepted_write(int dir, uint32_t number)
{
	char text[16];
	int n = snprintf(text, sizeof text, "%u\n", number);
	int fd, err;

	(void)unlinkat(dir, new_name, 0);
	fd = openat(dir, new_name,
	    O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd < 0)
		return -ERR_SYS;
	err = fd_write_all(fd, text, (size_t)n);
	if (err == 0 && fsync(fd) < 0)
		err = -ERR_SYS;
	fd_close(fd);
	if (err == 0 && renameat(dir, new_name, dir, file_name) < 0)
		err = -ERR_SYS;
	if (err < 0)
		(void)unlinkat(dir, new_name, 0);
	return err;
}
