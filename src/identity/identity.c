/*
 * The command line of secchat-identity, and what it needs before the
 * lock-down.
 */
#include <fcntl.h>
#include <linux/landlock.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "identity.h"
#include "secchat/err.h"
#include "secchat/text.h"
#include "secchat/util.h"

#define DEFAULT_FILE "secret.key"
#define NO_FILE "/dev/null"

/* clang-format off */
#define MAKE \
	(LANDLOCK_ACCESS_FS_MAKE_REG | LANDLOCK_ACCESS_FS_WRITE_FILE | \
	LANDLOCK_ACCESS_FS_REMOVE_FILE | LANDLOCK_ACCESS_FS_READ_DIR)
#define READ (LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR)

static const struct row {
	const char *name;
	int (*run)(const struct identity *id);
	const char *otherwise;	/* the file when none is named */
	uint64_t access;
	const char *why;
} rows[] = {
{ "keygen",      identity_keygen,      DEFAULT_FILE, MAKE,
  "a new key file; removed if it cannot be finished; the folder synced" },
{ "fingerprint", identity_fingerprint, DEFAULT_FILE, READ,
  "the key file, or to see that it is a folder" },
{ "id-new",      identity_new,         "",           MAKE,
  "a new identity, as a new key file" },
{ "id-show",     identity_id_show,     "",           READ,
  "the identity" },
{ "pk-print",    identity_pk_print,    NO_FILE,      0,
  "nothing, unless an identity is named" },
{ "sha256",      identity_sha256,      NO_FILE,      0,
  "nothing: it reads descriptors that it was handed" },
};

/* Options of every command that mean nothing here. */
static const char *const ignored[] = {
	"--no-input", "--plain", "--ascii", "--no-color", "-q", "-v",
};
/* clang-format on */

void
identity_open_world(void)
{
	int fd;

	do
		fd = open("/dev/null", O_RDWR);
	while (fd >= 0 && fd <= STDERR_FILENO);
	fd_close(fd);
	umask(S_IRWXG | S_IRWXO);
}

static int
is_ignored(const char *arg)
{
	for (size_t i = 0; i < ARRAY_LEN(ignored); i++)
		if (strcmp(arg, ignored[i]) == 0)
			return 1;
	return 0;
}

/* Take the file's name: 0, or -ERR_USAGE and what is wrong in *what. */
static int
set_path(struct identity *id, const char *path, const char **what)
{
	const char *slash = strrchr(path, '/');
	size_t len = slash == NULL ? 0 : (size_t)(slash - path) + 1;

	id->path = path;
	id->name = path + len;
	if (path[0] != '\0')
		(void)text_line(
		    id->shown, sizeof id->shown, path, strlen(path), 0, NULL);
	*what = "the name of a file is missing";
	if (id->name[0] == '\0')
		return -ERR_USAGE;
	*what = "the path is too long";
	if (strlen(path) >= sizeof id->folder)
		return -ERR_USAGE;
	if (len == 0)
		memcpy(id->folder, ".", 2);
	memcpy(id->folder, path, len);
	id->folder[MAX(len, 1)] = '\0';
	return 0;
}

/* The file among the arguments behind the command's name. */
static int
find_file(
    struct identity *id, const struct row *row, char **argv, const char **what)
{
	const char *path = NULL;
	int options = 1;

	for (; *argv != NULL; argv++) {
		if (options && strcmp(*argv, "--") == 0) {
			options = 0;
			continue;
		}
		if (options && is_ignored(*argv))
			continue;
		*what = "this option is not known here";
		if (options && (*argv)[0] == '-')
			return -ERR_USAGE;
		*what = "more than one file is named";
		if (path != NULL)
			return -ERR_USAGE;
		path = *argv;
	}
	id->reach.access =
	    row->access != 0 || path == NULL ? row->access : READ;
	return set_path(id, path != NULL ? path : row->otherwise, what);
}

int
identity_parse(struct identity *id, int argc, char **argv)
{
	const char *what = "say keygen or fingerprint";

	memset(id, 0, sizeof *id);
	memcpy(id->shown, "identity", sizeof "identity");
	for (size_t i = 0; argc >= 2 && i < ARRAY_LEN(rows); i++) {
		if (strcmp(argv[1], rows[i].name) != 0)
			continue;
		snprintf(id->shown, sizeof id->shown, "%s", rows[i].name);
		if (find_file(id, &rows[i], argv + 2, &what) < 0)
			break;
		id->run = rows[i].run;
		id->reach.path = id->folder;
		id->reach.why = rows[i].why;
		return 0;
	}
	identity_complain(id, what, 0,
	    "Try: secchat keygen FILE, or secchat fingerprint FILE");
	return -ERR_USAGE;
}
