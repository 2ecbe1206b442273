/*
 * Who somebody is: the public keys that are remembered, and what is said to
 * whom about a key that has just been proved.  Nothing here is secret.
 * docs/protocol.md, "Identities".
 */
#include <assert.h>
#include <string.h>

#include "engine.h"
#include "secchat/err.h"
#include "secchat/util.h"

int
mode_has_identity(uint8_t mode)
{
	return mode == MODE_ID || mode == MODE_PAIR;
}

void
peers_on_known(void *ctx, struct reader *r, int fd)
{
	struct engine *e = ctx;
	struct known_peer *p = &e->known[e->known_len];

	(void)fd;
	if (e->known_len == PEERS_MAX || e->last_conn != 0 ||
	    !mode_has_identity(e->mode))
		fatal("PEER_KNOWN, but nobody can be remembered now");
	p->flags = get_u8(r);
	get_copy(r, p->pk, sizeof p->pk);
	get_str8(r, p->name, sizeof p->name);
	e->known_len++;
}

static int
find(const struct engine *e, const uint8_t pk[32])
{
	for (size_t i = 0; i < e->known_len; i++)
		if (memcmp(e->known[i].pk, pk, 32) == 0)
			return (int)i;
	return -1;
}

/* Whether one person and nobody else is expected; their index, or -1. */
static int
expected(const struct engine *e)
{
	for (size_t i = 0; i < e->known_len; i++)
		if (e->known[i].flags & PEER_EXPECTED)
			return (int)i;
	return -1;
}

static void
tell_supervisor(struct engine *e, uint8_t what, const struct who *who,
    uint8_t verified, const char *claimed)
{
	const struct known_peer *known =
	    who->peer >= 0 ? &e->known[who->peer] : NULL;
	char print[FINGERPRINT_TEXT], other[FINGERPRINT_TEXT] = "";
	uint8_t body[34 + 2 * PRINT_LEN + 3 + NAME_MAX_LOCAL + NICK_MAX];
	struct writer w;

	pk_fingerprint(print, who->pk);
	if (what == MET_CHANGED) {
		/* Of somebody: both callers have put their index into who. */
		assert(known != NULL);
		pk_fingerprint(other, known->pk);
	}
	writer_init(&w, body, sizeof body);
	put_u8(&w, what);
	put_u8(&w, verified);
	put_bytes(&w, who->pk, sizeof who->pk);
	put_bytes(&w, print, PRINT_LEN);
	put_str8(&w, known != NULL ? known->name : "");
	put_str8(&w, other);
	put_str8(&w, claimed);
	engine_send(e, LINK_SUPER_CRYPTO, IPC_PEER_MET, body, w.len);
}

/*
 * Who has lost the connection is waited for: a session of theirs is not given
 * to somebody else, whoever that is.
 */
static int
waits_for_another(const struct engine *e, const uint8_t pk[32])
{
	return e->s.state == SESSION_SUSPENDED &&
	       memcmp(e->s.who.pk, pk, 32) != 0;
}

int
peers_check(struct engine *e, struct who *who, const uint8_t pk[32])
{
	int want = expected(e), err = 0;

	memcpy(who->pk, pk, sizeof who->pk);
	who->peer = find(e, pk);
	who->is_new = 0;
	if (memcmp(pk, e->keys->secret.s.pk, 32) == 0)
		err = -ERR_PEER_SELF;
	else if (want >= 0 && want != who->peer)
		err = -ERR_PEER_CHANGED;
	else if (waits_for_another(e, pk) ||
		 (who->peer < 0 && e->mode == MODE_ID &&
		     !(e->start_flags & START_ACCEPT_NEW)))
		err = -ERR_PEER_UNKNOWN;
	if (err == -ERR_PEER_CHANGED)
		who->peer = want;
	if (err < 0)
		tell_supervisor(e,
		    err == -ERR_PEER_CHANGED ? MET_CHANGED : MET_UNKNOWN, who,
		    0, "");
	else
		who->is_new = who->peer < 0;
	return err;
}

static void
tell_front_end(struct engine *e, const char *claimed)
{
	const struct who *who = &e->s.who;
	char print[FINGERPRINT_TEXT], safety[SAFETY_DIGITS + 1];
	uint8_t body[114 + NAME_MAX_LOCAL + NICK_MAX];
	struct writer w;

	pk_fingerprint(print, who->pk);
	safety_number(safety, e->keys->secret.s.pk, who->pk);
	writer_init(&w, body, sizeof body);
	put_u8(&w, !who->is_new);
	put_u8(&w, e->s.verified);
	put_bytes(&w, print, FINGERPRINT_TEXT - 1);
	put_bytes(&w, safety, SAFETY_DIGITS);
	put_str8(&w, who->peer >= 0 ? e->known[who->peer].name : "");
	put_str8(&w, claimed);
	engine_send(e, LINK_UI_CRYPTO, IPC_PEER, body, w.len);
}

int
peers_met(struct engine *e, const char *claimed)
{
	struct session *s = &e->s;
	struct who *who = &s->who;

	for (size_t i = 0; who->is_new && i < e->known_len; i++) {
		if (claimed[0] == '\0' ||
		    strcmp(e->known[i].name, claimed) != 0)
			continue;
		who->peer = (int)i;
		tell_supervisor(e, MET_CHANGED, who, s->verified, claimed);
		return -ERR_PEER_CHANGED;
	}
	if (who->peer >= 0)
		s->verified = (e->known[who->peer].flags & PEER_VERIFIED) != 0;
	tell_supervisor(
	    e, who->is_new ? MET_NEW : MET_KNOWN, who, s->verified, claimed);
	tell_front_end(e, claimed);
	return 0;
}

void
peers_verified(struct engine *e)
{
	tell_supervisor(e, MET_VERIFIED, &e->s.who, e->s.verified, "");
}
