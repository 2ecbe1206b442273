/*
 * A joiner of secchat/1, as small as one can be: a handshake, OPEN, one MSG,
 * and reading until it is confirmed.
 */
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/uio.h>
#include <unistd.h>

#include "canary.h"
#include "secchat/err.h"
#include "secchat/fds.h"
#include "secchat/ipc_msgs.h"
#include "secchat/noise.h"
#include "secchat/util.h"

#define ORDER_MAX 4096
#define HEX_MAX (2 * 64 + 1)

static struct hs hs;
static struct hs_secret secret;
static struct hs_result result;
static struct chain tx, rx;
static uint8_t plain[FRAME_PLAIN_MAX], wire[FRAME_WIRE_MAX];

/* ---- descriptors ---- */

static int
put(int fd, const void *p, size_t len)
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

static int
get(int fd, void *p, size_t len)
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

static void
tell(const char *name, const uint8_t *key, size_t len)
{
	char line[64 + HEX_MAX], hex[HEX_MAX];

	hex_put(hex, key, len);
	snprintf(line, sizeof line, "%s %s\n", name, hex);
	(void)put(FD_SUPER, line, strlen(line));
	wipe(hex, sizeof hex);
	wipe(line, sizeof line);
}

/* ---- the order ---- */

struct order {
	char bytes[ORDER_MAX + 1];
	char *mode, *secret, *text;
};

static int
take_order(struct order *o)
{
	size_t len = 0;
	ssize_t n;

	while (len < ORDER_MAX &&
	       (n = read(FD_SECRET, o->bytes + len, ORDER_MAX - len)) > 0)
		len += (size_t)n;
	fd_close(FD_SECRET);
	o->bytes[len] = '\0';
	o->mode = strtok(o->bytes, "\n");
	o->secret = strtok(NULL, "\n");
	o->text = strtok(NULL, "\n");
	return o->text != NULL ? 0 : -ERR_FORMAT;
}

static int
take_secret(const struct order *o, uint8_t *mode)
{
	const uint8_t *text = (const uint8_t *)o->secret;
	int err;

	if (strcmp(o->mode, "key") == 0) {
		*mode = MODE_KEY;
		err = keyfile_parse(secret.key, text, strlen(o->secret));
		tell("key-file", secret.key, sizeof secret.key);
	} else {
		*mode = MODE_PASS;
		err = prs_derive(secret.prs, text, strlen(o->secret), "");
		tell("from-passphrase", secret.prs, sizeof secret.prs);
	}
	return err;
}

/* ---- the handshake ---- */

static int
next_step(void)
{
	size_t len = hs_want(&hs);
	int err;

	if (hs_next(&hs) == HS_READ) {
		err = get(FD_CRYPTO_NET, wire, len);
		return err < 0 ? err : hs_read(&hs, wire, len);
	}
	err = hs_write(&hs, wire, sizeof wire, &len);
	return err < 0 ? err : put(FD_CRYPTO_NET, wire, len);
}

static int
shake_hands(uint8_t mode)
{
	const struct hs_config cfg = {.role = PEER_JOINER,
	    .mode = mode,
	    .suite = SUITE_1,
	    .room = "",
	    .secret = &secret,
	    .rnd = {random_system, NULL}};

	hs_init(&hs, &cfg);
	while (hs_next(&hs) == HS_READ || hs_next(&hs) == HS_WRITE) {
		int err = next_step();

		if (err < 0)
			return err;
		/* Gone before the handshake is over. */
		if (mode == MODE_PASS)
			tell("cpace-isk", hs.isk, sizeof hs.isk);
		tell("noise-psk", hs.noise.psk, sizeof hs.noise.psk);
	}
	if (hs_next(&hs) != HS_DONE)
		return -ERR_AUTH;
	tell("noise-ck", hs.noise.ck, sizeof hs.noise.ck);
	tell("noise-k", hs.noise.k, sizeof hs.noise.k);
	hs_finish(&hs, &result);
	tell("root", result.root, sizeof result.root);
	tell("resume", result.rs, sizeof result.rs);
	tell("first-chain-in", result.ck_jh, sizeof result.ck_jh);
	tell("first-chain-out", result.ck_hj, sizeof result.ck_hj);
	chain_init(&tx, result.ck_jh, 0, DIR_JH);
	chain_init(&rx, result.ck_hj, 0, DIR_HJ);
	return 0;
}

/* ---- frames ---- */

static int
send_frame(uint8_t type, const uint8_t *body, size_t len)
{
	size_t n = frame_put(plain, type, 0, body, len);

	if (n == 0 || chain_seal(&tx, wire, plain, n) < 0)
		return -ERR_VIOLATION;
	return put(FD_CRYPTO_NET, wire, 2 + n + FRAME_TAG);
}

/* The next frame; *acked becomes what it confirms. */
static int
read_frame(uint64_t *acked)
{
	struct frame f;
	uint8_t head[2];
	size_t len;
	int err = get(FD_CRYPTO_NET, head, sizeof head);

	if (err < 0)
		return err;
	len = (size_t)head[0] << 8 | head[1];
	if (!frame_len_ok((uint32_t)len))
		return -ERR_FORMAT;
	err = get(FD_CRYPTO_NET, wire, len);
	if (err == 0)
		err = chain_open(&rx, plain, wire, len);
	if (err == 0)
		err = frame_get(&f, plain, len - FRAME_TAG);
	if (err == 0)
		*acked = f.ack;
	return err;
}

static int
send_open(void)
{
	struct open_body o = {.rx_next = 1, .tx_next = 1};
	uint8_t body[64];

	memcpy(o.r, result.r_j, sizeof o.r);
	return send_frame(FRAME_OPEN, body, open_put(body, &o));
}

static int
say_one_text(const char *text)
{
	uint8_t body[ORDER_MAX + 8];
	uint64_t acked = 0;
	int err = send_open();

	/* The host's OPEN must come before anything else of ours. */
	if (err == 0)
		err = read_frame(&acked);
	if (err == 0)
		err = send_frame(
		    FRAME_MSG, body, numbered_put(body, 1, text, strlen(text)));
	while (err == 0 && acked < 1)
		err = read_frame(&acked);
	if (err < 0)
		return err;
	tell("chain-in", tx.ck, sizeof tx.ck);
	tell("chain-out", rx.ck, sizeof rx.ck);
	return 0;
}

int
canary_run(void)
{
	static struct order order;
	static const char done[] = "done\n";
	char line[160], byte;
	uint8_t mode;
	int err = take_order(&order);

	if (err == 0)
		err = take_secret(&order, &mode);
	if (err == 0)
		err = shake_hands(mode);
	if (err == 0)
		err = say_one_text(order.text);
	if (err < 0) {
		snprintf(line, sizeof line, "error: %s\n", err_text(err));
		(void)put(FD_SUPER, line, strlen(line));
		return err_exit(err);
	}
	if (put(FD_SUPER, done, sizeof done - 1) < 0)
		return EXIT_INTERNAL;
	(void)get(FD_SUPER, &byte, 1);
	return EXIT_OK;
}
