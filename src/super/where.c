/*
 * Where the worker programs are.  Beside this program (the build tree) or in
 * the one directory that was compiled in: nobody can put another program in
 * their place by setting PATH or any other variable.
 */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "internal.h"

int
where_program(char path[PATH_CAP], const char *dir, const char *program)
{
	int n = snprintf(path, PATH_CAP, "%s/%s", dir, program);

	return n < 0 || n >= PATH_CAP ? -ERR_TOO_LONG : 0;
}

/* The directory of /proc/self/exe. */
static int
own_dir(char dir[PATH_CAP])
{
	ssize_t n = readlink("/proc/self/exe", dir, PATH_CAP - 1);
	char *slash;

	if (n <= 0)
		return -ERR_SYS;
	dir[n] = '\0';
	slash = strrchr(dir, '/');
	if (slash == NULL || slash == dir)
		return -ERR_SYS;
	*slash = '\0';
	return 0;
}

static int
workers_are_in(const char *dir)
{
	char path[PATH_CAP];

	return where_program(path, dir, proc_rows[PROC_CRYPTO].program) == 0 &&
	       access(path, X_OK) == 0;
}

int
where_workers(char dir[PATH_CAP])
{
	if (own_dir(dir) == 0 && workers_are_in(dir))
		return 0;
	snprintf(dir, PATH_CAP, "%s", SECCHAT_LIBEXECDIR);
	return workers_are_in(dir) ? 0 : -ERR_SYS;
}
