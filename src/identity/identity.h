/*
 * secchat-identity: makes and shows key files, alone and outside of a chat.
 * The command line is read before the lock-down, because it names the one
 * folder that stays reachable behind it.
 */
#ifndef SECCHAT_IDENTITY_IDENTITY_H
#define SECCHAT_IDENTITY_IDENTITY_H

#include <limits.h>
#include <stdint.h>

#include "secchat/noise.h"
#include "secchat/sandbox.h"

struct identity {
	int (*run)(const struct identity *id);
	const char *path;         /* as it was given */
	const char *name;         /* its last part, in path */
	char folder[PATH_MAX];    /* the rest, "." when there is none */
	char shown[256];          /* path, safe to print */
	struct policy_path reach; /* what Landlock leaves: folder */
};

/*
 * Read "keygen [FILE]" or "fingerprint [FILE]" from argv[1] on.  0, or
 * -ERR_USAGE after a sentence on stderr.
 */
int identity_parse(struct identity *id, int argc, char **argv);

/* Missing standard descriptors are opened, so that no key file takes the
 * place of one; a limit on file sizes becomes an error instead of a signal. */
void identity_open_world(void);

/* What the two commands do, after the lock-down.  The exit code. */
int identity_keygen(const struct identity *id);
int identity_fingerprint(const struct identity *id);

/* ---- say.c ---- */

/* "secchat: SHOWN: what[: errno]" and "  Try" or advice below it.  errnum 0:
 * none.  next may be "". */
void identity_complain(
    const struct identity *id, const char *what, int errnum, const char *next);

/* The same for an error of err.h; returns its exit code. */
int identity_refuse(const struct identity *id, int err, int errnum);

/* Both fingerprints of a key file's bytes on stdout.  0 or -ERR_SYS. */
int identity_show(const uint8_t *text, size_t len);

#endif
