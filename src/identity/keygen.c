/*
 * secchat keygen: a new key file, which is there whole or not at all, and
 * readable by its owner alone from its first moment on.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "identity.h"
#include "secchat/err.h"
#include "secchat/util.h"

/* With O_EXCL a link is never followed, wherever it points. */
#define CREATE (O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC)

static void
make_key(char text[KEYFILE_TEXT + 1])
{
	uint8_t key[32];

	random_system(NULL, key, sizeof key);
	keyfile_format(text, key);
	wipe(key, sizeof key);
}

/*
 * The file with its characters, both it and its entry in the folder safe on
 * disk.  After any failure it is gone, and errno says why.
 */
static int
store(int folder, const char *name, const char *text)
{
	int fd = openat(folder, name, CREATE, S_IRUSR | S_IWUSR);
	int ok, saved;

	if (fd < 0)
		return errno == EEXIST ? -ERR_KEYFILE_EXISTS : -ERR_SYS;
	ok = fd_write_all(fd, text, KEYFILE_TEXT) == 0 && fsync(fd) == 0;
	saved = errno;
	if (close(fd) < 0 && ok) {
		saved = errno;
		ok = 0;
	}
	if (ok && fsync(folder) == 0)
		return 0;
	if (ok)
		saved = errno;
	(void)unlinkat(folder, name, 0);
	errno = saved;
	return -ERR_SYS;
}

static int
tell(const struct identity *id, const char *text)
{
	char out[1024];
	int err;

	snprintf(out, sizeof out, "%s: a new key that only you can read\n",
	    id->shown);
	err = fd_write_all(STDOUT_FILENO, out, strlen(out));
	if (err == 0)
		err = identity_show((const uint8_t *)text, KEYFILE_TEXT);
	if (err < 0)
		return err;
	snprintf(out, sizeof out,
	    "Give the other person a copy in a way that nobody else can "
	    "read.  Then:\n"
	    "  secchat host --key %s\n  secchat join --key %s HOST\n",
	    id->shown, id->shown);
	return fd_write_all(STDOUT_FILENO, out, strlen(out));
}

int
identity_create(const struct identity *id, char text[KEYFILE_TEXT + 1])
{
	int folder = open(id->folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int err;

	if (folder < 0) {
		identity_complain(id, "its folder cannot be opened", errno,
		    "Name a folder that is there and that you can write to.");
		return EXIT_CONFIG;
	}
	make_key(text);
	err = store(folder, id->name, text);
	if (err == 0)
		return 0;
	if (err == -ERR_KEYFILE_EXISTS)
		return identity_refuse(id, err, 0);
	identity_complain(id, "the key file could not be made", errno,
	    "Nothing was left behind.  Name another place.");
	return EXIT_CONFIG;
}

int
identity_keygen(const struct identity *id)
{
	char text[KEYFILE_TEXT + 1];
	int err = identity_create(id, text);

	if (err != 0) {
		wipe(text, sizeof text);
		return err;
	}
	err = tell(id, text);
	wipe(text, sizeof text);
	if (err == 0)
		return EXIT_OK;
	identity_complain(id,
	    "it was made, but its fingerprint could not "
	    "be printed",
	    errno, "Try: secchat fingerprint FILE");
	return EXIT_INTERNAL;
}
