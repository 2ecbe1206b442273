/*
 * The rules for a key file as the file system shows it, in one place: the
 * supervisor, which opens the file for the crypto worker, and
 * secchat-identity refuse the same files with the same words.
 */
#ifndef SECCHAT_KEYFD_H
#define SECCHAT_KEYFD_H

#include <stddef.h>

/*
 * Open a key file to read, never waiting and never following a link as its
 * last part.  What was opened is checked: a regular file of 44 to 46 bytes
 * that belongs to us or to root and that nobody else can read or write.
 * Returns a close-on-exec descriptor, or -ERR_KEYFILE_MISSING, _TYPE, _OWNER,
 * _MODE, _FORMAT, or _OPEN with errno set.
 */
int keyfd_open(const char *path);

/* The same error about an identity file, which obeys the same rules. */
int keyfd_identity_error(int err);

/*
 * What to do after such an error, with `path` in place of FILE.  path has
 * been made safe to print.  out is always terminated, and cut when it is too
 * small.
 */
void keyfd_next(char *out, size_t cap, int err, const char *path);

#endif
