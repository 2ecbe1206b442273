/*
 * New keys in the middle of a chat: both sides send a fresh X25519 key, both
 * derive the next epoch from the two, and each switches its own direction
 * with a SWITCH.  Requests that cross are the ordinary case.
 * docs/protocol.md, "Ratchet".
 */
#include <string.h>

#include "engine.h"
#include "secchat/err.h"
#include "secchat/util.h"

void
rekey_begin(struct engine *e)
{
	const struct hs_result *res = &e->keys->result;
	struct epoch *cur = &e->keys->cur;
	int joiner = e->role == PEER_JOINER;

	cur->n = 0;
	memcpy(cur->root, res->root, sizeof cur->root);
	memcpy(cur->ck_jh, res->ck_jh, sizeof cur->ck_jh);
	memcpy(cur->ck_hj, res->ck_hj, sizeof cur->ck_hj);
	memcpy(cur->rs, res->rs, sizeof cur->rs);
	memcpy(cur->rid, res->rid, sizeof cur->rid);
	chain_init(&e->keys->tx, joiner ? cur->ck_jh : cur->ck_hj, 0,
	    joiner ? DIR_JH : DIR_HJ);
	chain_init(&e->keys->rx, joiner ? cur->ck_hj : cur->ck_jh, 0,
	    joiner ? DIR_HJ : DIR_JH);
	e->s.epoch_since = e->now;
	e->s.rekey_at = CLOCK_NEVER;
}

void
rekey_want(struct engine *e, uint8_t why)
{
	struct session *s = &e->s;

	if (s->state != SESSION_LIVE || s->rekey_due || s->rekey_sent ||
	    s->switch_got)
		return;
	s->rekey_due = 1;
	s->rekey_why = why;
}

void
rekey_count(struct engine *e, size_t wire_len, int is_msg)
{
	struct session *s = &e->s;

	s->epoch_bytes += wire_len;
	s->epoch_msgs += is_msg ? 1 : 0;
	if (s->epoch_msgs >= e->rekey_msgs)
		rekey_want(e, REKEY_WHY_COUNT);
	else if (s->epoch_bytes >= REKEY_BYTES)
		rekey_want(e, REKEY_WHY_BYTES);
}

/*
 * Having sent and received REKEY, derive the next epoch; SWITCH is due.  Our
 * secret half has served and goes.
 */
static int
derive(struct engine *e)
{
	struct engine_keys *k = e->keys;
	int joiner = e->role == PEER_JOINER;
	int err = epoch_next(&k->next, &k->cur, &k->x, k->peer_x,
	    joiner ? k->x.pk : k->peer_x, joiner ? k->peer_x : k->x.pk);

	wipe(&k->x, sizeof k->x);
	wipe(k->peer_x, sizeof k->peer_x);
	e->s.switch_due = 1;
	return err < 0 ? -ERR_VIOLATION : 0;
}

int
rekey_make(struct engine *e, struct rekey_body *out)
{
	struct session *s = &e->s;

	noise_keypair_new(&e->keys->x, e->rnd);
	out->epoch = e->keys->cur.n + 1;
	memcpy(out->x, e->keys->x.pk, sizeof out->x);
	s->rekey_due = 0;
	s->rekey_sent = 1;
	s->rekey_at = e->now + REKEY_WAIT;
	return s->rekey_got ? derive(e) : 0;
}

/*
 * Legal when both directions are in the same epoch, or our own REKEY is out;
 * a second one is not.
 */
int
rekey_on_rekey(struct engine *e, const struct frame *f)
{
	struct session *s = &e->s;
	struct rekey_body r;

	if (rekey_get(&r, f) < 0 || s->rekey_got ||
	    r.epoch != e->keys->cur.n + 1)
		return -ERR_VIOLATION;
	memcpy(e->keys->peer_x, r.x, sizeof r.x);
	s->rekey_got = 1;
	if (s->rekey_sent)
		return derive(e);
	if (!s->rekey_due)
		s->rekey_why = REKEY_WHY_PEER;
	s->rekey_due = s->state == SESSION_LIVE;
	return 0;
}

/* Both directions have switched: the old epoch is over. */
static void
finish(struct engine *e)
{
	struct session *s = &e->s;
	struct engine_keys *k = e->keys;
	uint8_t body[5];
	struct writer w;

	memcpy(&k->cur, &k->next, sizeof k->cur);
	epoch_wipe(&k->next);
	writer_init(&w, body, sizeof body);
	put_u32(&w, k->cur.n);
	put_u8(&w, s->rekey_why);
	s->rekey_due = s->rekey_sent = s->rekey_got = 0;
	s->switch_due = s->switch_sent = s->switch_got = 0;
	s->rekey_at = CLOCK_NEVER;
	s->epoch_msgs = 0;
	s->epoch_bytes = 0;
	s->epoch_since = e->now;
	engine_send(e, LINK_UI_CRYPTO, IPC_REKEYED, body, w.len);
}

void
rekey_switched(struct engine *e)
{
	struct session *s = &e->s;
	int joiner = e->role == PEER_JOINER;
	struct epoch *next = &e->keys->next;

	chain_wipe(&e->keys->tx);
	chain_init(&e->keys->tx, joiner ? next->ck_jh : next->ck_hj, next->n,
	    joiner ? DIR_JH : DIR_HJ);
	s->switch_due = 0;
	s->switch_sent = 1;
	if (s->switch_got)
		finish(e);
}

/* The peer has derived the same epoch; what follows is on the new chain. */
int
rekey_on_switch(struct engine *e, const struct frame *f)
{
	struct session *s = &e->s;
	struct epoch *next = &e->keys->next;
	int joiner = e->role == PEER_JOINER;
	uint32_t n;

	if (switch_get(&n, f) < 0 || !s->rekey_sent || !s->rekey_got ||
	    s->switch_got || n != next->n)
		return -ERR_VIOLATION;
	chain_wipe(&e->keys->rx);
	chain_init(&e->keys->rx, joiner ? next->ck_hj : next->ck_jh, n,
	    joiner ? DIR_HJ : DIR_JH);
	s->switch_got = 1;
	s->rekey_at = CLOCK_NEVER;
	if (s->switch_sent)
		finish(e);
	return 0;
}

uint64_t
rekey_deadline(const struct engine *e)
{
	const struct session *s = &e->s;

	if (s->state != SESSION_LIVE)
		return CLOCK_NEVER;
	if (s->rekey_sent)
		return s->rekey_at;
	if (s->rekey_due || s->epoch_msgs == 0)
		return CLOCK_NEVER;
	return s->epoch_since + e->rekey_ms;
}

void
rekey_tick(struct engine *e)
{
	if (!e->s.rekey_sent && e->now >= rekey_deadline(e))
		rekey_want(e, REKEY_WHY_TIME);
}
