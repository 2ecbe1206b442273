/*
 * Looking for known bytes in another process's memory: in everything that it
 * can read and write, byte by byte, at any alignment.
 */
#ifndef SECCHAT_TESTS_SCAN_H
#define SECCHAT_TESTS_SCAN_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

enum {
	SCAN_WINDOW = 16, /* so many bytes in a row are a trace */
	SCAN_LONGEST = 128,
	SCAN_HITS = 2048,
};

/* A run of bytes of something known. */
struct scan_hit {
	const char *name; /* as given to scan_add */
	const char *form; /* "" or how it was changed */
	uintptr_t at;     /* where its first byte would be */
	size_t from, len; /* which part of it is there */
	char mapping[64]; /* the line of /proc/PID/maps, its end */
};

/*
 * Look for this, too, from now on: any SCAN_WINDOW bytes of it in a row, or
 * all of it when it is shorter (8 bytes at least), also as SHA-512 and HMAC
 * rewrite a key.  name is borrowed.  All zeros are left out.
 */
void scan_add(const char *name, const void *p, size_t len);

/* Look for nothing any more. */
void scan_clear(void);

/* How many there are to look for, forms included. */
size_t scan_count(void);

/*
 * Look through the stopped process.  Returns the number of hits, of which at
 * most SCAN_HITS are put into hits; -1 when its memory cannot be read.
 * *bytes becomes how many were looked at.
 */
int scan_process(pid_t pid, struct scan_hit *hits, size_t *bytes);

/* The address where a mapping of that name begins, or 0. */
uintptr_t scan_mapping(pid_t pid, const char *name);

/* Read or write the other process's memory.  Whether it worked. */
int scan_peek(pid_t pid, uintptr_t at, void *p, size_t len);
int scan_poke(pid_t pid, uintptr_t at, const void *p, size_t len);

#endif
