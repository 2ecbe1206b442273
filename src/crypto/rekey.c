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

/*
 * A chain's first key moves into it.  A copy that stayed would open every
 * frame of the epoch, to whoever finds it later.
 */
static void
begin_chain(struct chain *c, struct epoch *from, uint8_t dir)
{
	uint8_t *ck = dir == DIR_JH ? from->ck_jh : from->ck_hj;

	chain_init(c, ck, from->n, dir);
	wipe(ck, 32);
}

/* Of the handshake's result only what verification needs stays. */
static void
forget_keys(struct hs_result *res)
{
	wipe(res->root, sizeof res->root);
	wipe(res->ck_jh, sizeof res->ck_jh);
	wipe(res->ck_hj, sizeof res->ck_hj);
	wipe(res->rs, sizeof res->rs);
	wipe(res->rid, sizeof res->rid);
}

void
rekey_first(const struct engine *e, struct conn_keys *k)
{
	struct hs_result *res = &k->result;
	struct epoch *cur = &k->cur;
	int joiner = e->role == PEER_JOINER;

	cur->n = 0;
	memcpy(cur->root, res->root, sizeof cur->root);
	memcpy(cur->ck_jh, res->ck_jh, sizeof cur->ck_jh);
	memcpy(cur->ck_hj, res->ck_hj, sizeof cur->ck_hj);
	memcpy(cur->rs, res->rs, sizeof cur->rs);
	memcpy(cur->rid, res->rid, sizeof cur->rid);
	forget_keys(res);
	begin_chain(&k->tx, cur, joiner ? DIR_JH : DIR_HJ);
	begin_chain(&k->rx, cur, joiner ? DIR_HJ : DIR_JH);
}

void
rekey_begin(struct engine *e)
{
	struct session *s = &e->s;

	s->rekey_due = s->rekey_sent = s->rekey_got = 0;
	s->switch_due = s->switch_sent = s->switch_got = 0;
	s->rekey_at = CLOCK_NEVER;
	s->epoch_msgs = 0;
	s->epoch_bytes = 0;
	s->epoch_since = e->now;
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
	struct conn_keys *k = &e->keys->live;
	int joiner = e->role == PEER_JOINER;
	int err = epoch_next(&k->next, &k->cur, &k->x, k->peer_x,
	    joiner ? k->x.pk : k->peer_x, joiner ? k->peer_x : k->x.pk);

	wipe(&k->x, sizeof k->x);
	wipe(k->peer_x, sizeof k->peer_x);
	if (err < 0)
		return -ERR_VIOLATION;
	/* The peer may not get here: either may be what both have. */
	resume_hold(e, e->s.no, &k->next, &k->cur);
	e->s.switch_due = 1;
	return 0;
}

int
rekey_make(struct engine *e, struct rekey_body *out)
{
	struct session *s = &e->s;

	noise_keypair_new(&e->keys->live.x, e->rnd);
	out->epoch = e->keys->live.cur.n + 1;
	memcpy(out->x, e->keys->live.x.pk, sizeof out->x);
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
	    r.epoch != e->keys->live.cur.n + 1)
		return -ERR_VIOLATION;
	memcpy(e->keys->live.peer_x, r.x, sizeof r.x);
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
	struct conn_keys *k = &e->keys->live;
	memcpy(&k->cur, &k->next, sizeof k->cur);
	epoch_wipe(&k->next);
	rekey_begin(e);
	e->rekeyed_for_ui = 1;
	engine_news(e);
}

void
rekey_switched(struct engine *e)
{
	struct session *s = &e->s;
	int joiner = e->role == PEER_JOINER;
	struct epoch *next = &e->keys->live.next;

	begin_chain(&e->keys->live.tx, next, joiner ? DIR_JH : DIR_HJ);
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
	struct epoch *next = &e->keys->live.next;
	int joiner = e->role == PEER_JOINER;
	uint32_t n;

	if (switch_get(&n, f) < 0 || !s->rekey_sent || !s->rekey_got ||
	    s->switch_got || n != next->n)
		return -ERR_VIOLATION;
	begin_chain(&e->keys->live.rx, next, joiner ? DIR_HJ : DIR_JH);
	resume_hold(e, s->no, next, NULL);
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
