/*
 * Descriptors that are waited for, and the frames of a connection.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/uio.h>
#include <unistd.h>

#include "peer.h"
#include "secchat/err.h"
#include "secchat/fds.h"
#include "secchat/util.h"

#define HEX_MAX (2 * 64 + 1)

static struct chain tx, rx;
static uint8_t plain[FRAME_PLAIN_MAX], wire[FRAME_WIRE_MAX];
static uint64_t heard; /* the highest number of the host's */

/* ---- descriptors ---- */

int
peer_put(int fd, const void *p, size_t len)
{
	while (len > 0) {
		struct iovec v = {(void *)(uintptr_t)p, len};
		ssize_t n = writev(fd, &v, 1);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return -ERR_SYS;
		p = (const char *)p + n;
		len -= (size_t)n;
	}
	return 0;
}

int
peer_get(int fd, void *p, size_t len)
{
	while (len > 0) {
		ssize_t n = read(fd, p, len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return -ERR_EOF;
		p = (char *)p + n;
		len -= (size_t)n;
	}
	return 0;
}

void
peer_tell(const char *name, const uint8_t *key, size_t len)
{
	char line[64 + HEX_MAX], hex[HEX_MAX];

	hex_put(hex, key, len);
	snprintf(line, sizeof line, "%s %s", name, hex);
	(void)peer_say(line);
	wipe(hex, sizeof hex);
	wipe(line, sizeof line);
}

int
peer_say(const char *word)
{
	int err = peer_put(FD_SUPER, word, strlen(word));

	return err < 0 ? err : peer_put(FD_SUPER, "\n", 1);
}

/* ---- frames ---- */

void
peer_begin(const struct hs_result *result)
{
	chain_init(&tx, result->ck_jh, 0, DIR_JH);
	chain_init(&rx, result->ck_hj, 0, DIR_HJ);
}

int
peer_send(uint8_t type, const uint8_t *body, size_t len)
{
	size_t n = frame_put(plain, type, heard, body, len);

	if (n == 0 || chain_seal(&tx, wire, plain, n) < 0)
		return -ERR_VIOLATION;
	return peer_put(FD_CRYPTO_NET, wire, 2 + n + FRAME_TAG);
}

/* What has a number is confirmed by the next frame of ours. */
static void
note_number(const struct frame *f)
{
	const uint8_t *rest;
	uint64_t mseq;
	size_t len;

	if (f->type >= FRAME_FILE_OFFER && f->type <= FRAME_FILE_END &&
	    f->type != FRAME_FILE_DATA &&
	    numbered_get(&mseq, &rest, &len, f) == 0)
		heard = mseq;
}

int
peer_read(struct frame *f)
{
	uint8_t head[2];
	size_t len;
	int err = peer_get(FD_CRYPTO_NET, head, sizeof head);

	if (err < 0)
		return err;
	len = (size_t)head[0] << 8 | head[1];
	if (!frame_len_ok((uint32_t)len))
		return -ERR_FORMAT;
	err = peer_get(FD_CRYPTO_NET, wire, len);
	if (err == 0)
		err = chain_open(&rx, plain, wire, len);
	if (err == 0)
		err = frame_get(f, plain, len - FRAME_TAG);
	if (err == 0)
		note_number(f);
	return err;
}

int
peer_wait_ack(uint64_t n)
{
	struct frame f = {.ack = 0};
	int err = 0;

	while (err == 0 && f.ack < n)
		err = peer_read(&f);
	return err;
}

int
peer_wait(uint8_t type, struct frame *f)
{
	int err;

	do
		err = peer_read(f);
	while (err == 0 && f->type != type);
	return err;
}

void
peer_tell_chains(void)
{
	peer_tell("chain-in", tx.ck, sizeof tx.ck);
	peer_tell("chain-out", rx.ck, sizeof rx.ck);
}
