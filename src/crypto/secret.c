/*
 * How the secret gets in: a key file's bytes at once, a code or passphrase as
 * one line when the supervisor says so, or a one-time code made here.  What
 * was typed is wiped as soon as it has been derived.
 */
#include <string.h>

#include "engine.h"
#include "secchat/err.h"
#include "secchat/util.h"

static const char room[] = "";

static void
send_info(struct engine *e, int has_key, const uint8_t sha256[32],
    const uint8_t old[8])
{
	struct vault_info info = {.caps = CAP_RECEIPTS | CAP_REKEY |
					  CAP_VERIFY | CAP_RESUME |
					  CAP_FORWARD | CAP_FILES,
	    .key_memory = e->key_memory,
	    .has_key = has_key ? 1 : 0,
	    .library = noise_library_version()};

	if (noise_has_suite(SUITE_2))
		info.caps |= CAP_PQ;
	memcpy(info.sha256, sha256, sizeof info.sha256);
	memcpy(info.old, old, sizeof info.old);
	vault_say_info(e->send, e->send_ctx, &info);
}

static void
send_read(struct engine *e, int error, uint8_t warnings)
{
	vault_say_read(e->send, e->send_ctx, error, warnings);
}

static uint32_t
or_default(uint32_t value, uint32_t otherwise)
{
	return value != 0 ? value : otherwise;
}

/* Which sources a mode can have. */
static int
source_fits(uint8_t mode, uint8_t source)
{
	switch (mode) {
	case MODE_KEY:
		return source == SECRET_KEYFILE;
	case MODE_ID:
		return source == SECRET_NONE;
	case MODE_PASS:
	case MODE_PAIR:
		return source >= SECRET_CODE && source <= SECRET_MAKE_CODE;
	default:
		return 0;
	}
}

void
secret_on_start(void *ctx, struct reader *r, int fd)
{
	static const uint8_t none[32];
	struct engine *e = ctx;

	(void)fd;
	e->role = get_u8(r);
	e->mode = get_u8(r);
	e->suite = get_u8(r);
	e->source = get_u8(r);
	e->start_flags = get_u8(r);
	e->rekey_msgs = or_default(get_u32(r), REKEY_MSGS);
	e->rekey_ms = or_default(get_u32(r), REKEY_TIME);
	get_str8(r, e->own_name, sizeof e->own_name);
	if (e->role > PEER_HOST || e->suite < SUITE_1 || e->suite > SUITE_2 ||
	    !source_fits(e->mode, e->source))
		fatal("CRYPTO_START asks for what this program has not got");
	e->state = ENGINE_SECRET;
	if (!noise_has_suite(e->suite)) {
		/* The supervisor tells which library would have it. */
		send_info(e, 0, none, none);
		session_end(e, ERR_NO_PQ, 0);
		return;
	}
	if (e->source == SECRET_KEYFILE)
		e->reading = 1;
	else if (mode_has_identity(e->mode))
		e->reading_identity = 1;
	else
		send_info(e, 0, none, none);
}

/* The identity file is there as far as it goes. */
static void
take_identity(struct engine *e)
{
	struct noise_keypair *s = &e->keys->secret.s;
	uint8_t sha256[32], old[8];
	int err = keyfile_parse(s->sk, e->keys->line, e->line_len);

	e->reading_identity = 0;
	wipe(e->keys->line, sizeof e->keys->line);
	e->line_len = 0;
	if (err < 0) {
		session_end(e, ERR_IDENTITY_FORMAT, 0);
		return;
	}
	noise_keypair_derive(s);
	memset(old, 0, sizeof old);
	pk_sha256(sha256, s->pk);
	send_info(e, 1, sha256, old);
}

void
engine_identity_bytes(struct engine *e, const uint8_t *p, size_t len)
{
	if (vault_gather(e->keys->line, &e->line_len, SECRET_KEYFILE, p, len))
		take_identity(e);
}

void
secret_on_read(void *ctx, struct reader *r, int fd)
{
	struct engine *e = ctx;

	(void)r;
	(void)fd;
	if (e->source == SECRET_KEYFILE || e->reading || e->reading_identity)
		fatal("READ_SECRET, but there is no line to read");
	if (e->source == SECRET_MAKE_CODE) {
		secret_make_code(e);
	} else if (e->source == SECRET_NONE) {
		/* There is none: the answer says that all people are known. */
		e->state = ENGINE_SERVING;
		send_read(e, 0, 0);
	} else {
		e->reading = 1;
	}
}

/* The key file is there as far as it goes. */
static void
take_keyfile(struct engine *e)
{
	uint8_t sha256[32] = {0}, old[8] = {0};
	int err =
	    keyfile_parse(e->keys->secret.key, e->keys->line, e->line_len);

	e->reading = 0;
	if (err == 0) {
		keyfile_fingerprint(sha256, old, e->keys->line, e->line_len);
		e->state = ENGINE_SERVING;
	}
	wipe(e->keys->line, sizeof e->keys->line);
	if (err == 0)
		send_info(e, 1, sha256, old);
	else
		session_end(e, -err, 0);
}

/* Check the line and derive the PRS of CPace from it. */
static int
derive_line(struct engine *e, uint8_t *warnings)
{
	uint8_t *line = e->keys->line;
	uint8_t letters[CODE_LETTERS];
	int err;

	*warnings = 0;
	if (e->line_len > SECRET_LINE_MAX)
		return -ERR_SECRET_LONG;
	if (e->line_len == 0)
		return -ERR_SECRET_EMPTY;
	if (e->source == SECRET_PASSPHRASE) {
		err = phrase_check(line, e->line_len, warnings);
		if (err == 0)
			err = prs_derive(
			    e->keys->secret.prs, line, e->line_len, room);
		return err;
	}
	err = code_parse(letters, line, e->line_len);
	if (err == 0)
		err = prs_derive(
		    e->keys->secret.prs, letters, sizeof letters, room);
	wipe(letters, sizeof letters);
	return err;
}

static void
take_line(struct engine *e)
{
	uint8_t warnings;
	int err = derive_line(e, &warnings);

	e->reading = 0;
	wipe(e->keys->line, sizeof e->keys->line);
	e->line_len = 0;
	if (err == 0)
		e->state = ENGINE_SERVING;
	send_read(e, err, warnings);
}

void
engine_secret_bytes(struct engine *e, const uint8_t *p, size_t len)
{
	if (!e->reading ||
	    !vault_gather(e->keys->line, &e->line_len, e->source, p, len))
		return;
	if (e->source == SECRET_KEYFILE)
		take_keyfile(e);
	else
		take_line(e);
}

void
secret_make_code(struct engine *e)
{
	uint8_t letters[CODE_LETTERS];
	char code[CODE_TEXT + 1];
	uint32_t value;
	int err;

	e->rnd.fn(e->rnd.ctx, &value, sizeof value);
	code_format(code, value);
	wipe(&value, sizeof value);
	err = code_parse(letters, (const uint8_t *)code, CODE_TEXT);
	if (err == 0)
		err = prs_derive(
		    e->keys->secret.prs, letters, sizeof letters, room);
	wipe(letters, sizeof letters);
	if (err == 0)
		engine_send(e, LINK_UI_CRYPTO, IPC_CODE, code, CODE_TEXT);
	wipe(code, sizeof code);
	if (e->state == ENGINE_SECRET) {
		if (err == 0)
			e->state = ENGINE_SERVING;
		send_read(e, err, 0);
	} else if (err < 0) {
		session_end(e, -err, 0);
	}
}
