/*
 * What passes the links of secchat-file while a file moves: every record that
 * it reads or writes there, seen at its system calls, which are the only way.
 */
#ifndef SECCHAT_SRC_AUDIT_LINKS_H
#define SECCHAT_SRC_AUDIT_LINKS_H

#include <sys/types.h>

#include "scan.h"

enum {
	WATCH_SUPER,
	WATCH_CRYPTO,
	WATCHED,
	WATCH_BYTES = 1 << 20 /* of one link; more is an error */
};

struct watched {
	volatile int error; /* errno: it could not be watched */
	volatile size_t records;
	struct {
		volatile size_t len;
		uint8_t bytes[WATCH_BYTES];
	} link[WATCHED];
};

struct watch {
	pid_t pid;
	struct watched *seen; /* shared with it */
};

/*
 * Begin, in a process of its own; it stands still only at its calls.  Returns
 * when no call can pass unseen any more, or when it cannot be done, which
 * seen->error says.  0, or -ERR_SYS: no process could be made.
 */
int watch_start(struct watch *w, pid_t pid);

/* Let it go; what was seen stays.  No-op when it was never started. */
void watch_stop(struct watch *w);

/* Give back what was seen as well. */
void watch_free(struct watch *w);

#endif
