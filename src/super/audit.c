/*
 * Becoming secchat-audit, which looks at all of this from outside.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "internal.h"
#include "secchat/util.h"

#define WORDS_MAX 16

int
super_audit(int argc, char *const argv[])
{
	char dir[PATH_CAP], path[PATH_CAP], self[PATH_CAP];
	char name[] = "secchat-audit";
	char *words[WORDS_MAX + 3] = {name, self};
	ssize_t n = readlink("/proc/self/exe", self, sizeof self - 1);

	if (argc > WORDS_MAX) {
		say_error("too many words", NULL, "Try: secchat help audit");
		return EXIT_USAGE;
	}
	if (n <= 0 || where_workers(dir) < 0 ||
	    where_program(path, dir, name) < 0) {
		say_error("the program's other parts are missing", NULL,
		    "Install it again with: make install");
		return EXIT_INTERNAL;
	}
	self[n] = '\0';
	for (int i = 0; i < argc; i++)
		words[i + 2] = argv[i];
	(void)execve(path, words, environ);
	say_error("cannot run secchat-audit", strerror(errno), NULL);
	return EXIT_INTERNAL;
}
