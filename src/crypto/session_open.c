/*
 * The moment at which a connection becomes the session's: the peer's OPEN has
 * verified, and fits what both know.  docs/protocol.md, "Resume".
 */
#include <string.h>

#include "engine.h"
#include "secchat/err.h"
#include "secchat/util.h"

static void
send_connected(struct engine *e, const struct open_body *o)
{
	uint8_t body[9 + ADDR_TEXT_MAX + NICK_MAX];
	uint8_t event[5] = {SESSION_CONNECTED};
	uint8_t nick_len;
	struct writer w;

	writer_init(&w, body, sizeof body);
	put_u8(&w, e->mode);
	put_u8(&w, e->suite);
	put_u8(&w, e->s.verified);
	put_u32(&w, e->keys->live.cur.n);
	put_str8(&w, e->s.addr);
	nick_len = mode_has_identity(e->mode) ? o->nick_len : 0;
	put_u8(&w, nick_len);
	put_bytes(&w, o->nick, nick_len);
	engine_send(e, LINK_UI_CRYPTO, IPC_CONNECTED, body, w.len);
	engine_send(e, LINK_SUPER_CRYPTO, IPC_SESSION, event, sizeof event);
}

/* The trial's connection becomes the session's, and what was before ends. */
static void
take_connection(struct engine *e)
{
	struct session *s = &e->s;
	struct trial *t = &e->t;

	if (s->conn != 0)
		engine_conn_close(e, s->conn, 0);
	s->conn = t->conn;
	memcpy(s->addr, t->addr, sizeof s->addr);
	s->credit = t->credit;
	s->bulk = BULK_WINDOW;
	bulk_lost(e);
	s->paused = 0;
	s->pong_due = 0;
	s->ping_due = 1;
	s->ack_written = t->ack;
	s->ack_due = s->shown > s->ack_written;
	s->last_rx = e->now;
	s->waiting_since = s->ack_at = s->ping_sent = CLOCK_NEVER;
	s->rtt_ms = UINT32_MAX;
	memcpy(&e->keys->live, &e->keys->trial, sizeof e->keys->live);
	t->conn = 0;
	trial_drop(e);
	rekey_begin(e);
	resume_hold(e, s->no, &e->keys->live.cur, NULL);
	resume_only(e, s->no);
	door_close_all(e);
	s->state = s->close_due ? SESSION_CLOSING : SESSION_LIVE;
}

/*
 * A session that nobody has heard of.  The one before it, which was waiting
 * for its connection, is over: its texts are named where they were typed.
 */
static void
begin(struct engine *e)
{
	struct session *s = &e->s;
	uint8_t close_due = s->close_due;
	uint64_t close_at = s->close_at;
	uint8_t body[4];
	struct writer w;

	if (s->state == SESSION_SUSPENDED) {
		writer_init(&w, body, sizeof body);
		put_u32(&w, outbox_count(e->out));
		e->unconfirmed += outbox_count(e->out);
		e->ui_behind = 1;
		engine_send(e, LINK_UI_CRYPTO, IPC_RESTARTED, body, w.len);
	}
	bulk_forget(e);
	outbox_wipe(e->out);
	outbox_init(e->out);
	memset(s, 0, sizeof *s);
	s->no = e->t.session;
	s->next_out = 1;
	s->verify_left = VERIFY_TRIES;
	s->close_due = close_due;
	s->close_at = close_at;
	memcpy(&s->who, &e->newcomer, sizeof s->who);
	e->lost_at = CLOCK_NEVER;
	take_connection(e);
}

/* Who the peer is, where that is more than a secret that both have. */
static int
introduce(struct engine *e, const struct open_body *o)
{
	char claimed[NICK_MAX + 1] = "";
	int err = 0;

	memcpy(claimed, o->nick, o->nick_len);
	if (mode_has_identity(e->mode))
		err = peers_met(e, claimed);
	if (err == 0)
		send_connected(e, o);
	return err;
}

/* rx_next, tx_next, ack and the commitment must fit what we know. */
static int
open_fits(
    const struct engine *e, const struct frame *f, const struct open_body *o)
{
	static const uint8_t zero[32];
	const struct session *s = &e->s;
	int goes_on = e->t.session == s->no;
	uint64_t sent = goes_on ? s->sent : 0, acked = goes_on ? s->acked : 0,
		 received = goes_on ? s->received : 0;

	if (o->caps != 0 || memchr(o->nick, 0, o->nick_len) != NULL)
		return 0;
	if (f->ack < acked || f->ack >= o->rx_next || o->rx_next > sent + 1 ||
	    o->tx_next < received + 1)
		return 0;
	return e->role == PEER_HOST
		   ? hs_commitment_ok(&e->keys->trial.result, o->r)
		   : memcmp(o->r, zero, sizeof zero) == 0;
}

int
session_open(struct engine *e, const struct frame *f)
{
	struct session *s = &e->s;
	struct open_body o;
	int goes_on = e->t.session == s->no;
	const struct hs_result *res = &e->keys->live.result;

	if (open_get(&o, f) < 0 || !open_fits(e, f, &o))
		return -ERR_VIOLATION;
	if (goes_on)
		take_connection(e);
	else
		begin(e);
	/* The digits that both can compare, now that c is opened. */
	hs_sas(e->keys->live.sas, res, e->role == PEER_HOST ? o.r : res->r_j);
	if (!goes_on)
		return introduce(e, &o);
	s->next_out = o.rx_next;
	bulk_resumed(e, o.rx_next);
	resume_over(e);
	return session_take_ack(e, f->ack);
}
