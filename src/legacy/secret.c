/*
 * How the secret gets in: fernet's key file at once, gcm's passphrase as one
 * line when the supervisor says so.
 */
#include <string.h>

#include "legacy.h"
#include "lib.h"
#include "secchat/err.h"
#include "secchat/util.h"

/* What these formats have got: docs/legacy.md tells what is missing. */
static uint32_t
caps(const struct engine *e)
{
	return e->mode == MODE_GCM ? CAP_REKEY : 0;
}

static void
send_info(struct engine *e, int has_key, const uint8_t sha256[32],
    const uint8_t old[8])
{
	struct vault_info info = {.caps = caps(e),
	    .key_memory = e->key_memory,
	    .has_key = has_key ? 1 : 0,
	    .library = ""};

	memcpy(info.sha256, sha256, sizeof info.sha256);
	memcpy(info.old, old, sizeof info.old);
	vault_say_info(e->send, e->send_ctx, &info);
}

void
legacy_on_start(void *ctx, struct reader *r, int fd)
{
	static const uint8_t none[32];
	struct engine *e = ctx;
	char name[NAME_MAX_LOCAL + 1];
	uint8_t suite;

	(void)fd;
	e->role = get_u8(r);
	e->mode = get_u8(r);
	suite = get_u8(r);
	e->source = get_u8(r);
	(void)get_u8(r);
	(void)get_u32(r);
	(void)get_u32(r);
	get_str8(r, name, sizeof name);
	if (e->role > PEER_HOST || suite != SUITE_1 ||
	    !((e->mode == MODE_FERNET && e->source == SECRET_KEYFILE) ||
		(e->mode == MODE_GCM && e->source == SECRET_PASSPHRASE)))
		fatal("CRYPTO_START asks for what this program has not got");
	e->state = ENGINE_SECRET;
	if (e->source == SECRET_KEYFILE)
		e->reading = 1;
	else
		send_info(e, 0, none, none);
}

void
legacy_on_read(void *ctx, struct reader *r, int fd)
{
	struct engine *e = ctx;

	(void)r;
	(void)fd;
	if (e->source == SECRET_KEYFILE || e->reading)
		fatal("READ_SECRET, but there is no line to read");
	e->reading = 1;
}

static void
take_keyfile(struct engine *e)
{
	uint8_t sha256[32], whole[32];
	int err =
	    fernet_key_parse(&e->keys->fernet, e->keys->line, e->line_len);

	e->reading = 0;
	if (err == 0) {
		lib_sha256(sha256, e->keys->line, KEYFILE_TEXT);
		lib_sha256(whole, e->keys->line, e->line_len);
		e->state = ENGINE_SERVING;
	}
	wipe(e->keys->line, sizeof e->keys->line);
	if (err == 0)
		send_info(e, 1, sha256, whole);
	else
		legacy_end(e, -err, 0);
}

static void
take_line(struct engine *e)
{
	struct keyring *ring = &e->keys->ring;
	int err = -ERR_SECRET_LONG;

	e->reading = 0;
	if (e->line_len <= SECRET_LINE_MAX)
		err = gcm_passphrase(e->keys->line, e->line_len);
	if (err > 0) {
		ring->pass_len = (size_t)err;
		memcpy(ring->pass, e->keys->line, ring->pass_len);
		e->state = ENGINE_SERVING;
		err = 0;
	}
	wipe(e->keys->line, sizeof e->keys->line);
	e->line_len = 0;
	vault_say_read(e->send, e->send_ctx, err, 0);
}

void
legacy_secret_bytes(struct engine *e, const uint8_t *p, size_t len)
{
	if (!e->reading ||
	    !vault_gather(e->keys->line, &e->line_len, e->source, p, len))
		return;
	if (e->source == SECRET_KEYFILE)
		take_keyfile(e);
	else
		take_line(e);
}
