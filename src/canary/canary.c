/*
 * A joiner of secchat/1, as small as one can be: a handshake, OPEN, one MSG
 * and reading until it is confirmed, and a file (file.c).
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "canary.h"
#include "peer.h"
#include "secchat/err.h"
#include "secchat/fds.h"
#include "secchat/ipc_msgs.h"
#include "secchat/noise.h"
#include "secchat/util.h"

#define ORDER_MAX 4096

static struct hs hs;
static struct hs_secret secret;
static struct hs_result result;
static uint8_t wire[HS_MSG_MAX];

/* ---- the order ---- */

struct order {
	char bytes[ORDER_MAX + 1];
	char *mode, *secret, *text, *pattern, *size;
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
	o->pattern = strtok(NULL, "\n");
	o->size = strtok(NULL, "\n");
	return o->size != NULL ? 0 : -ERR_FORMAT;
}

static int
take_secret(const struct order *o, uint8_t *mode)
{
	const uint8_t *text = (const uint8_t *)o->secret;
	int err;

	if (strcmp(o->mode, "key") == 0) {
		*mode = MODE_KEY;
		err = keyfile_parse(secret.key, text, strlen(o->secret));
		peer_tell("key-file", secret.key, sizeof secret.key);
	} else {
		*mode = MODE_PASS;
		err = prs_derive(secret.prs, text, strlen(o->secret), "");
		peer_tell("from-passphrase", secret.prs, sizeof secret.prs);
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
		err = peer_get(FD_CRYPTO_NET, wire, len);
		return err < 0 ? err : hs_read(&hs, wire, len);
	}
	err = hs_write(&hs, wire, sizeof wire, &len);
	return err < 0 ? err : peer_put(FD_CRYPTO_NET, wire, len);
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
			peer_tell("cpace-isk", hs.isk, sizeof hs.isk);
		peer_tell("noise-psk", hs.noise.psk, sizeof hs.noise.psk);
	}
	if (hs_next(&hs) != HS_DONE)
		return -ERR_AUTH;
	peer_tell("noise-ck", hs.noise.ck, sizeof hs.noise.ck);
	peer_tell("noise-k", hs.noise.k, sizeof hs.noise.k);
	hs_finish(&hs, &result);
	peer_tell("root", result.root, sizeof result.root);
	peer_tell("resume", result.rs, sizeof result.rs);
	peer_tell("first-chain-in", result.ck_jh, sizeof result.ck_jh);
	peer_tell("first-chain-out", result.ck_hj, sizeof result.ck_hj);
	peer_begin(&result);
	return 0;
}

/* ---- the text ---- */

static int
send_open(void)
{
	struct open_body o = {.rx_next = 1, .tx_next = 1};
	uint8_t body[64];

	memcpy(o.r, result.r_j, sizeof o.r);
	return peer_send(FRAME_OPEN, body, open_put(body, &o));
}

static int
say_one_text(const char *text)
{
	uint8_t body[ORDER_MAX + 8];
	struct frame f;
	int err = send_open();

	/* The host's OPEN must come before anything else of ours. */
	if (err == 0)
		err = peer_read(&f);
	if (err == 0)
		err = peer_send(
		    FRAME_MSG, body, numbered_put(body, 1, text, strlen(text)));
	return err < 0 ? err : peer_wait_ack(1);
}

/* ---- the whole ---- */

static int
do_all(struct order *order)
{
	struct peer_file file = {.sends = strcmp(order->mode, "key") != 0,
	    .pattern = order->pattern,
	    .size = strtoull(order->size, NULL, 10)};
	uint8_t mode;
	int err = take_secret(order, &mode);

	if (err == 0)
		err = shake_hands(mode);
	if (err == 0)
		err = say_one_text(order->text);
	if (err == 0)
		err = peer_say("said");
	if (err == 0)
		err = peer_move_file(&file);
	if (err < 0)
		return err;
	peer_tell_chains();
	return peer_say("done");
}

int
canary_run(void)
{
	static struct order order;
	char line[160], byte;
	int err = take_order(&order);

	if (err == 0)
		err = do_all(&order);
	if (err < 0) {
		snprintf(line, sizeof line, "error: %s", err_text(err));
		(void)peer_say(line);
		return err_exit(err);
	}
	(void)peer_get(FD_SUPER, &byte, 1);
	return EXIT_OK;
}
