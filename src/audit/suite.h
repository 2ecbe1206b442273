/*
 * Running secchat as a script would: with pipes, or a terminal that is ours,
 * in an environment with nothing of the user's in it.
 */
#ifndef SECCHAT_SRC_AUDIT_SUITE_H
#define SECCHAT_SRC_AUDIT_SUITE_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct suite {
	pid_t pid;
	int in, out; /* its standard input and output; -1: closed */
	char line[8192];
	size_t len;
};

struct suite_start {
	const char *program;
	const char *const *argv;
	const char *folder; /* home, current folder, everything */
	int tty;            /* 1: on a terminal */
	int owned;          /* 1: in a user namespace that is ours */
	int pass;           /* a descriptor that it inherits as 9, or -1 */
};

#define SUITE_PASSED 9

/* It ends with this status when it could not be started as asked. */
#define SUITE_CANNOT 126

/* Start it.  0 or -ERR_SYS.  Ends with suite_end. */
int suite_start(struct suite *s, const struct suite_start *how);

/*
 * Wait for an event of secchat-script; the line stays in s->line.  Other
 * events are skipped, but an error or the end is an error here as well, with
 * the line.  0, -ERR_TIMEOUT, -ERR_EOF.
 */
int suite_event(struct suite *s, const char *name, uint64_t until);

/* A member of the event in s->line as it is written, without quotes. */
void suite_field(
    const struct suite *s, const char *name, char *out, size_t cap);

/* Read and forget what it has printed, so that it is never kept waiting. */
void suite_drain(struct suite *s);

/* Ask it to leave; then make it.  No-op when it was never started. */
void suite_end(struct suite *s);

/* End it and its workers without asking, when nothing in it is of worth. */
void suite_kill(struct suite *s);

/* Ask only. */
void suite_dismiss(struct suite *s);

#endif
