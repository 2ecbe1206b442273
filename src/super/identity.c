/*
 * Running secchat-identity, the one program outside of a chat that may read a
 * key: to become it, to ask it something, and to have this computer's
 * identity made.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "internal.h"
#include "secchat/util.h"

static const char identity_file[] = "identity";
static const char new_file[] = "identity.new";

static int
program_path(char path[PATH_CAP])
{
	char dir[PATH_CAP];

	if (where_workers(dir) == 0 &&
	    where_program(path, dir, "secchat-identity") == 0)
		return 0;
	say_error("the program's other parts are missing", dir,
	    "Install it again with: make install");
	return -ERR_SYS;
}

int
super_identity(char *const argv[])
{
	char path[PATH_CAP];

	if (program_path(path) < 0)
		return EXIT_INTERNAL;
	(void)execve(path, argv, environ);
	say_error("cannot run secchat-identity", strerror(errno), NULL);
	return EXIT_INTERNAL;
}

/* ---- asking it ---- */

/* In the child: what it reads and writes instead of the user's own. */
static int
redirect(const int in[2], const int out[2], int errors)
{
	return (in[0] < 0 || dup2(in[0], STDIN_FILENO) >= 0) &&
	       (out[1] < 0 || dup2(out[1], STDOUT_FILENO) >= 0) &&
	       (!errors || dup2(out[1], STDERR_FILENO) >= 0);
}

static void
read_answer(int fd, char *out, size_t cap)
{
	size_t len = 0;
	ssize_t n;

	while (len < cap - 1) {
		n = read(fd, out + len, cap - 1 - len);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			break;
		len += (size_t)n;
	}
	out[len] = '\0';
}

/* With errors what it complains of is in out, too. */
static int
ask_it(char *const argv[], const char *in, char *out, size_t cap, int errors)
{
	int ask[2] = {-1, -1}, answer[2] = {-1, -1};
	int status = -1;
	pid_t pid;

	if ((in != NULL && pipe2(ask, O_CLOEXEC) < 0) ||
	    (out != NULL && pipe2(answer, O_CLOEXEC) < 0))
		return EXIT_INTERNAL;
	pid = fork();
	if (pid < 0 && out != NULL && start_next(errno) != NULL)
		snprintf(out, cap, "secchat: cannot start %s: %s\n  %s\n",
		    argv[0], strerror(errno), start_next(errno));
	if (pid == 0)
		_exit(redirect(ask, answer, errors) ? super_identity(argv)
						    : EXIT_INTERNAL);
	fd_close(ask[0]);
	fd_close(answer[1]);
	if (pid > 0 && in != NULL)
		(void)fd_write_all(ask[1], in, strlen(in));
	fd_close(ask[1]);
	if (pid > 0 && out != NULL)
		read_answer(answer[0], out, cap);
	fd_close(answer[0]);
	while (pid > 0 && waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	return pid > 0 && WIFEXITED(status) ? WEXITSTATUS(status)
					    : EXIT_INTERNAL;
}

int
super_identity_ask(char *const argv[], const char *in, char *out, size_t cap)
{
	return ask_it(argv, in, out, cap, 0);
}

/* ---- this computer's identity ---- */

static int
cannot(struct people_wrong *w, const struct store *st, const char *what)
{
	snprintf(w->what, sizeof w->what, "%.300s/%s: %s: %s", st->path,
	    identity_file, what, strerror(errno));
	snprintf(w->next, sizeof w->next,
	    "Look at the folder's permissions and free space.");
	return -ERR_CONFIG;
}

/* What secchat-identity said: "secchat: what", and on another line what to do
 * next. */
static int
cannot_it_says(struct people_wrong *w, const struct store *st, char *said)
{
	static const char head[] = "secchat: ";
	char *end = strchr(said, '\n');
	int len;

	errno = EIO;
	if (end == NULL || strncmp(said, head, sizeof head - 1) != 0)
		return cannot(w, st, "it could not be made");
	*end++ = '\0';
	snprintf(w->what, sizeof w->what, "%.500s", said + sizeof head - 1);
	end += strspn(end, " ");
	len = (int)strcspn(end, "\n");
	snprintf(w->next, sizeof w->next, "%.*s", MIN(len, 200), end);
	return -ERR_CONFIG;
}

/* A second name for the old one, that nothing else has. */
static int
keep_old(const struct store *st, char kept[32])
{
	for (int i = 1; i < 1000; i++) {
		snprintf(kept, 32, i == 1 ? "%s.old" : "%s.old.%d",
		    identity_file, i);
		if (linkat(st->dir, identity_file, st->dir, kept, 0) == 0)
			return 0;
		if (errno != EEXIST)
			break;
	}
	return -ERR_SYS;
}

/* Under the lock: a new file, then its name. */
static int
make(const struct store *st, int replace, char *print, size_t print_cap,
    char kept[32], struct people_wrong *w)
{
	char name[] = "secchat-identity", verb[] = "id-new", path[STORE_PATH];
	char *argv[] = {name, verb, path, NULL}, said[1024];

	if (faccessat(st->dir, ".", W_OK, AT_EACCESS) < 0)
		return cannot(w, st, "it cannot be made");
	/* One that was never finished or never used. */
	(void)unlinkat(st->dir, new_file, 0);
	said[0] = '\0';
	if (store_file(path, st, new_file) < 0 ||
	    ask_it(argv, NULL, said, sizeof said, 1) != EXIT_OK)
		return cannot_it_says(w, st, said);
	snprintf(print, print_cap, "%.*s", (int)strcspn(said, "\n"), said);
	if (replace && keep_old(st, kept) < 0)
		return cannot(w, st, "the old one could not be kept");
	if (renameat(st->dir, new_file, st->dir, identity_file) < 0 ||
	    fsync(st->dir) < 0)
		return cannot(w, st, "it could not be made");
	return 0;
}

int
super_identity_make(const struct store *st, int replace, char *print,
    size_t print_cap, char kept[32], struct people_wrong *w)
{
	int err = store_lock(st, w);

	print[0] = kept[0] = '\0';
	if (err < 0)
		return err;
	if (faccessat(st->dir, identity_file, F_OK, AT_SYMLINK_NOFOLLOW) < 0)
		err = make(st, 0, print, print_cap, kept, w);
	else if (replace)
		err = make(st, 1, print, print_cap, kept, w);
	store_unlock(st);
	return err;
}
