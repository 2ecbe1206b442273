/*
 * Two people compare twelve digits: each reads six aloud and types the six
 * that the other reads.  The host reads the first half.  Nobody is asked
 * whether they match; the program compares.  docs/protocol.md,
 * "Verification".
 */
#include <sodium.h>

#include "engine.h"
#include "secchat/err.h"
#include "secchat/util.h"

static const char *
half(const struct engine *e, int ours)
{
	int first = (e->role == PEER_HOST) == (ours != 0);

	return e->keys->live.sas + (first ? 0 : SAS_HALF);
}

static void
answer(struct engine *e, uint8_t state)
{
	uint8_t body[2 + SAS_HALF];
	struct writer w;

	writer_init(&w, body, sizeof body);
	put_u8(&w, state);
	put_u8(&w, e->s.verify_left);
	put_bytes(&w, half(e, 1), SAS_HALF);
	engine_send(e, LINK_UI_CRYPTO, IPC_VERIFY, body, w.len);
}

static void
compare(struct engine *e, const uint8_t *typed)
{
	struct session *s = &e->s;

	if (sodium_memcmp(typed, half(e, 0), SAS_HALF) == 0) {
		s->verified = 1;
		if (mode_has_identity(e->mode))
			peers_verified(e);
		answer(e, VERIFY_OK);
	} else if (sodium_memcmp(typed, half(e, 1), SAS_HALF) == 0) {
		answer(e, VERIFY_OWN);
	} else {
		s->verify_left--;
		answer(e, VERIFY_WRONG);
		if (s->verify_left == 0)
			session_leave(e, CLOSE_DIGITS_WRONG, ERR_VERIFY);
	}
}

void
verify_on_ui(void *ctx, struct reader *r, int fd)
{
	struct engine *e = ctx;
	size_t len;
	const uint8_t *typed = get_rest(r, &len);

	(void)fd;
	if (e->state != ENGINE_SERVING || e->ui_behind)
		return;
	if (e->s.state == SESSION_NONE || (len != 0 && len != SAS_HALF))
		fatal("the front end verifies what is not there");
	/* The digits belong to a connection. */
	if (e->s.state != SESSION_LIVE)
		return;
	if (len == 0)
		answer(e, VERIFY_ASK);
	else
		compare(e, typed);
}
