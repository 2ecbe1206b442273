/*
 * secchat-identity: makes and shows key files and identities, alone and
 * outside of a chat.
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
 * Read "keygen [FILE]", "fingerprint [FILE]", "id-new FILE", "id-show FILE"
 * or "pk-print [FILE]" from argv[1] on.  0, or -ERR_USAGE after a sentence on
 * stderr.
 */
int identity_parse(struct identity *id, int argc, char **argv);

/* Missing standard descriptors are opened, so that no key file takes the
 * place of one; a limit on file sizes becomes an error instead of a signal. */
void identity_open_world(void);

/* What the commands do, after the lock-down.  The exit code. */
int identity_keygen(const struct identity *id);
int identity_fingerprint(const struct identity *id);

/* An identity, made or read: the fingerprint of its public key on stdout. */
int identity_new(const struct identity *id);
int identity_id_show(const struct identity *id);

/*
 * Public keys on stdin, 64 hex digits a line: for each a line with its
 * fingerprint and, when an identity file is named, the safety number of the
 * two.
 */
int identity_pk_print(const struct identity *id);

/*
 * The libsodium that is used, then the SHA-256 of every descriptor from 3 on
 * up to the first that is not open, one a line: for the audit, which hands
 * over the programs.
 */
int identity_sha256(const struct identity *id);

/* ---- keygen.c, fingerprint.c ---- */

/* A new file with a new key, whose characters are in text: the caller wipes
 * them.  0, or the exit code after a sentence on stderr. */
int identity_create(const struct identity *id, char text[KEYFILE_TEXT + 1]);

/* The characters of an existing one, and the key in them: the caller wipes
 * both.  0, or -ERR_KEYFILE_* (errno is set for _OPEN). */
int identity_load(const struct identity *id, uint8_t text[KEYFILE_TEXT + 3],
    size_t *len, uint8_t key[32]);

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
