/*
 * Sockets that are only bookkeeping: streams whose bytes arrive when the test
 * says so, a listener, and message links.  The linker puts them in the place
 * of the system calls of src/net and src/ipc (--wrap in the Makefile), so that
 * the code which runs on them is the program's own.
 */
#ifndef SECCHAT_TESTS_FAKE_H
#define SECCHAT_TESTS_FAKE_H

#include <stddef.h>
#include <stdint.h>

enum {
	FAKE_FIRST = 1000, /* descriptors of this kind begin here */
	FAKE_MAX = 64,
	FAKE_STREAM = 40000, /* bytes that are under way, at most */
	FAKE_LINK = 8,       /* messages that wait, at most */
};

/* Everything closed and forgotten. */
void fake_reset_all(void);

/* Two ends of a message link. */
void fake_link(int fd[2]);

int fake_listener(void);

/* A connection to it: the caller's end, or -1 when nobody listens. */
int fake_connect(int listener);

/* What poll would say of fd. */
short fake_revents(int fd, short events);

/* Let up to n bytes, or the end, that are under way to fd arrive; whether
 * anything did. */
int fake_arrive(int fd, size_t n);

/* The cable of fd is cut: this end hears a reset, or nothing at all ever. */
void fake_cut(int fd, int heard);

/* Change bytes that are under way to fd, or lose the rest of them. */
int fake_damage(int fd, uint64_t random);

/* Whether there is an open stream whose cable is cut. */
int fake_any_cut(void);

/* The ends of streams that are open now; how many. */
int fake_streams(int fds[FAKE_MAX]);

#endif
