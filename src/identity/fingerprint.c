/*
 * secchat fingerprint: what both sides compare before they trust a copy.
 */
#include <errno.h>
#include <unistd.h>

#include "identity.h"
#include "secchat/err.h"
#include "secchat/keyfd.h"
#include "secchat/util.h"

/* The whole file and one byte more, to see that it has not grown. */
static int
read_file(int fd, uint8_t *buf, size_t cap, size_t *len)
{
	*len = 0;
	while (*len < cap) {
		ssize_t n = read(fd, buf + *len, cap - *len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -ERR_KEYFILE_OPEN;
		if (n == 0)
			return 0;
		*len += (size_t)n;
	}
	return -ERR_KEYFILE_FORMAT;
}

int
identity_load(const struct identity *id, uint8_t text[KEYFILE_TEXT + 3],
    size_t *len, uint8_t key[32])
{
	int fd = keyfd_open(id->path);
	int err = fd < 0 ? fd : read_file(fd, text, KEYFILE_TEXT + 3, len);

	if (err == 0)
		err = keyfile_parse(key, text, *len);
	fd_close(fd);
	return err;
}

int
identity_fingerprint(const struct identity *id)
{
	uint8_t text[KEYFILE_TEXT + 3], key[32];
	size_t len = 0;
	int err = identity_load(id, text, &len, key);

	wipe(key, sizeof key);
	if (err < 0) {
		int errnum = err == -ERR_KEYFILE_OPEN ? errno : 0;

		wipe(text, sizeof text);
		return identity_refuse(id, err, errnum);
	}
	err = identity_show(text, len);
	wipe(text, sizeof text);
	if (err == 0)
		return EXIT_OK;
	identity_complain(id, "cannot write to standard output", errno, "");
	return EXIT_INTERNAL;
}
