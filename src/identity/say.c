/*
 * What secchat-identity says.
 */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "identity.h"
#include "secchat/err.h"
#include "secchat/keyfd.h"
#include "secchat/util.h"

void
identity_complain(
    const struct identity *id, const char *what, int errnum, const char *next)
{
	char line[1024];

	/* Longer than the longest of its parts together. */
	snprintf(line, sizeof line, "secchat: %s: %s%s%s\n%s%s%s", id->shown,
	    what, errnum != 0 ? ": " : "", errnum != 0 ? strerror(errnum) : "",
	    next[0] != '\0' ? "  " : "", next, next[0] != '\0' ? "\n" : "");
	(void)fd_write_all(STDERR_FILENO, line, strlen(line));
}

int
identity_refuse(const struct identity *id, int err, int errnum)
{
	char next[512];

	keyfd_next(next, sizeof next, err, id->shown);
	identity_complain(id, err_text(err), errnum, next);
	return err_exit(err);
}

int
identity_show(const uint8_t *text, size_t len)
{
	uint8_t sha256[32], old[8];
	char full[FINGERPRINT_TEXT], hex[2 * sizeof old + 1], out[128];

	keyfile_fingerprint(sha256, old, text, len);
	fingerprint_format(full, sha256);
	hex_put(hex, old, sizeof old);
	snprintf(out, sizeof out, "%s\nold form %s\n", full, hex);
	return fd_write_all(STDOUT_FILENO, out, strlen(out));
}
