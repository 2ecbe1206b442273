/*
 * Identities: a key file whose key is the secret half of an X25519 pair.
 * What people compare is the fingerprint of the public half, and the safety
 * number of two of them.
 */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "identity.h"
#include "secchat/err.h"
#include "secchat/keyfd.h"
#include "secchat/util.h"

#define KEY_HEX 64

/* One or two words as a line on stdout.  The exit code. */
static int
say(const struct identity *id, const char *a, const char *b)
{
	char line[FINGERPRINT_TEXT + SAFETY_DIGITS + 2];
	size_t n = strlen(a), m = strlen(b);

	memcpy(line, a, n);
	if (m > 0)
		line[n++] = ' ';
	memcpy(line + n, b, m);
	n += m;
	line[n++] = '\n';
	if (fd_write_all(STDOUT_FILENO, line, n) == 0)
		return EXIT_OK;
	identity_complain(id, "cannot write to standard output", errno, "");
	return EXIT_INTERNAL;
}

/* The public half of a secret key, which is wiped. */
static void
public_half(uint8_t pk[32], uint8_t key[32])
{
	struct noise_keypair kp;

	memcpy(kp.sk, key, sizeof kp.sk);
	noise_keypair_derive(&kp);
	memcpy(pk, kp.pk, sizeof kp.pk);
	wipe(&kp, sizeof kp);
	wipe(key, 32);
}

static int
show(const struct identity *id, const uint8_t pk[32])
{
	char print[FINGERPRINT_TEXT];

	pk_fingerprint(print, pk);
	return say(id, print, "");
}

int
identity_new(const struct identity *id)
{
	char text[KEYFILE_TEXT + 1];
	uint8_t key[32], pk[32];
	int err = identity_create(id, text);

	if (err == 0 &&
	    keyfile_parse(key, (const uint8_t *)text, KEYFILE_TEXT) < 0)
		err = EXIT_INTERNAL;
	wipe(text, sizeof text);
	if (err != 0)
		return err;
	public_half(pk, key);
	return show(id, pk);
}

/* The public half of the named identity.  0, or the exit code. */
static int
load_public(const struct identity *id, uint8_t pk[32])
{
	uint8_t text[KEYFILE_TEXT + 3], key[32];
	size_t len = 0;
	int err = identity_load(id, text, &len, key);
	int errnum = err == -ERR_KEYFILE_OPEN ? errno : 0;

	wipe(text, sizeof text);
	if (err < 0)
		return identity_refuse(id, keyfd_identity_error(err), errnum);
	public_half(pk, key);
	return 0;
}

int
identity_id_show(const struct identity *id)
{
	uint8_t pk[32];
	int err = load_public(id, pk);

	return err != 0 ? err : show(id, pk);
}

/* A line of stdin: 1, 0 at the end, or -ERR_FORMAT. */
static int
next_key(uint8_t pk[32])
{
	char line[KEY_HEX + 1];
	size_t len = 0;

	while (len < sizeof line) {
		ssize_t n = read(STDIN_FILENO, line + len, sizeof line - len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return len == 0 && n == 0 ? 0 : -ERR_FORMAT;
		len += (size_t)n;
	}
	if (line[KEY_HEX] != '\n')
		return -ERR_FORMAT;
	return hex_get(pk, 32, line, KEY_HEX) < 0 ? -ERR_FORMAT : 1;
}

int
identity_pk_print(const struct identity *id)
{
	char print[FINGERPRINT_TEXT], safety[SAFETY_DIGITS + 1] = "";
	int with_identity = id->reach.access != 0;
	uint8_t ours[32], pk[32];
	int err = with_identity ? load_public(id, ours) : 0, more = 0;

	for (int i = 0; err == 0 && i <= PEERS_MAX; i++) {
		more = next_key(pk);
		if (more != 1)
			break;
		pk_fingerprint(print, pk);
		if (with_identity)
			safety_number(safety, ours, pk);
		err = say(id, print, safety);
	}
	if (err == 0 && more < 0) {
		identity_complain(id, "a public key is 64 hex digits", 0, "");
		err = EXIT_USAGE;
	}
	return err;
}
