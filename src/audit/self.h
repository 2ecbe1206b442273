/*
 * The folder of a session with itself, which the canary uses too.
 */
#ifndef SECCHAT_SRC_AUDIT_SELF_H
#define SECCHAT_SRC_AUDIT_SELF_H

#include "audit.h"
#include "secchat/limits.h"
#include "suite.h"

/* A new private folder.  0 or -ERR_SYS. */
int self_folder(char dir[AU_PATH]);

/* Remove it with everything that the suites have left in it. */
void self_remove(const char *dir);

/* A file with these len characters, so many times.  0 or -ERR_SYS. */
int self_write_file(
    const char *path, const char *text, size_t len, size_t times);

/* A key file with these characters.  0 or -ERR_SYS. */
int self_write_key(const char *path, const char text[KEYFILE_TEXT]);

#endif
