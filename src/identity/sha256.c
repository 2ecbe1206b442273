/*
 * Sums of descriptors that somebody else has opened (secchat audit).
 */
#include <errno.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "identity.h"
#include "secchat/err.h"
#include "secchat/util.h"

#define FIRST 3

/* All that fd still has.  0, or -ERR_SYS with errno. */
static int
sum(int fd, uint8_t out[crypto_hash_sha256_BYTES])
{
	crypto_hash_sha256_state st;
	uint8_t buf[16384];
	ssize_t n;

	crypto_hash_sha256_init(&st);
	do {
		n = read(fd, buf, sizeof buf);
		if (n > 0)
			crypto_hash_sha256_update(
			    &st, buf, (unsigned long long)n);
	} while (n > 0 || (n < 0 && errno == EINTR));
	crypto_hash_sha256_final(&st, out);
	return n < 0 ? -ERR_SYS : 0;
}

static int
say(const struct identity *id, const char *line)
{
	if (fd_write_all(STDOUT_FILENO, line, strlen(line)) == 0)
		return 0;
	identity_complain(id, "cannot write to standard output", errno, "");
	return EXIT_INTERNAL;
}

int
identity_sha256(const struct identity *id)
{
	uint8_t out[crypto_hash_sha256_BYTES];
	char line[2 * sizeof out + 2];
	int code;

	snprintf(line, sizeof line, "libsodium %s\n", sodium_version_string());
	code = say(id, line);
	for (int fd = FIRST; code == 0; fd++) {
		if (sum(fd, out) < 0) {
			if (errno == EBADF)
				break;
			identity_complain(
			    id, "a descriptor cannot be read", errno, "");
			return EXIT_CONFIG;
		}
		hex_put(line, out, sizeof out);
		line[2 * sizeof out] = '\n';
		line[2 * sizeof out + 1] = '\0';
		code = say(id, line);
	}
	return code;
}
