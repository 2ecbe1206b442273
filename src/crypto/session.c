/*
 * The one chat: what a verified frame does, what the front end asks for, and
 * the timers.  What is to be sent is only marked here; session_out.c sends
 * it.  docs/protocol.md, "Transport frame", "Acknowledgement" and "Close".
 *
 * Two kinds of wrong: what fails before a frame verifies loses the
 * connection; a rule broken inside a verified frame is a violation and ends
 * the session.
 */
#include <string.h>

#include "engine.h"
#include "secchat/err.h"
#include "secchat/util.h"

static int on_ack(struct engine *e, const struct frame *f);
static int on_ping(struct engine *e, const struct frame *f);
static int on_pong(struct engine *e, const struct frame *f);
static int on_close(struct engine *e, const struct frame *f);
static int on_close_ack(struct engine *e, const struct frame *f);
static int on_msg(struct engine *e, const struct frame *f);

#define LIVE IN(SESSION_LIVE)
#define CLOSING IN(SESSION_CLOSING)
#define LEFT IN(SESSION_LEFT)

/*
 * Which frame is legal in which state; anything else is a violation.  After
 * its CLOSE a peer sends nothing but ACK and CLOSE_ACK; while our CLOSE is
 * on its way it cannot know and may send everything.  OPEN comes once, before
 * all this (trial.c).
 */
/* clang-format off */
static const struct frame_rule {
	uint8_t type;
	uint32_t states;
	int (*fn)(struct engine *e, const struct frame *f);
} rules[] = {
	{ FRAME_ACK,       LIVE | CLOSING | LEFT, on_ack },
	{ FRAME_PING,      LIVE | CLOSING,        on_ping },
	{ FRAME_PONG,      LIVE | CLOSING,        on_pong },
	{ FRAME_CLOSE,     LIVE | CLOSING,        on_close },
	{ FRAME_CLOSE_ACK, CLOSING | LEFT,        on_close_ack },
	{ FRAME_REKEY,     LIVE | CLOSING,        rekey_on_rekey },
	{ FRAME_SWITCH,    LIVE | CLOSING,        rekey_on_switch },
	{ FRAME_MSG,       LIVE | CLOSING,        on_msg },
};
/* clang-format on */

void
session_expect(struct engine *e, uint32_t conn)
{
	uint8_t body[10 + 5 * 4];
	struct writer w;

	writer_init(&w, body, sizeof body);
	put_u32(&w, conn);
	put_u8(&w, FRAMING_U16);
	put_u32(&w, FRAME_CT_MAX);
	put_u8(&w, ARRAY_LEN(frame_buckets));
	for (size_t i = 0; i < ARRAY_LEN(frame_buckets); i++)
		put_u32(&w, (uint32_t)frame_buckets[i] + FRAME_TAG);
	engine_send(e, LINK_CRYPTO_NET, IPC_EXPECT, body, w.len);
}

/* Keys of a connection that is gone. */
static void
wipe_connection(struct engine *e)
{
	wipe(&e->keys->live, sizeof e->keys->live);
	wipe(e->plain, FRAME_PLAIN_MAX);
}

void
session_end(struct engine *e, int error, int left)
{
	uint32_t undelivered = outbox_count(e->out) + e->unconfirmed;
	uint8_t body[7], event[6] = {LINKEV_LEFT};
	struct writer w;

	if (e->state == ENGINE_OVER)
		return;
	e->state = ENGINE_OVER;
	e->reading = e->reading_identity = 0;
	if (e->s.conn != 0)
		engine_conn_close(e, e->s.conn, 0);
	e->s.conn = 0;
	trial_drop(e);
	door_close_all(e);
	if (left)
		engine_send(
		    e, LINK_UI_CRYPTO, IPC_LINK_EVENT, event, sizeof event);
	wipe_connection(e);
	outbox_wipe(e->out);
	wipe(e->keys, sizeof *e->keys);
	writer_init(&w, body, sizeof body);
	put_u16(&w, (uint16_t)error);
	put_u32(&w, undelivered);
	put_u8(&w, left ? 1 : 0);
	engine_send(e, LINK_SUPER_CRYPTO, IPC_CRYPTO_END, body, w.len);
}

/*
 * Who was leaving, or was left, is through: no error of ours when a CLOSE or
 * its answer has been lost.  Who was not waits for another connection.
 */
void
session_lost(struct engine *e, uint8_t why)
{
	struct session *s = &e->s;

	s->conn = 0;
	s->paused = 0;
	switch (s->state) {
	case SESSION_NONE:
	case SESSION_SUSPENDED:
		return;
	case SESSION_LEFT:
		session_end(e, s->end_error, 1);
		return;
	case SESSION_CLOSING:
		session_end(e, s->end_error, s->peer_closed);
		return;
	case SESSION_LIVE:
		s->state = SESSION_SUSPENDED;
		wipe_connection(e);
		resume_suspend(e, why);
		return;
	}
}

void
session_drop(struct engine *e, uint8_t why)
{
	engine_conn_close(e, e->s.conn, 0);
	session_lost(e, why);
}

/*
 * "ack = highest contiguous mseq the front end confirmed": never above what
 * was sent, never going back.
 */
static int
take_ack(struct engine *e, uint64_t ack)
{
	struct session *s = &e->s;
	uint8_t body[8];
	struct writer w;

	if (ack > s->sent || ack < s->acked)
		return -ERR_VIOLATION;
	if (ack == s->acked)
		return 0;
	s->acked = ack;
	outbox_ack(e->out, ack);
	writer_init(&w, body, sizeof body);
	put_u64(&w, ack);
	engine_send(e, LINK_UI_CRYPTO, IPC_DELIVERED, body, w.len);
	return 0;
}

static int
take_frame(struct engine *e, const struct frame *f)
{
	int err;

	for (size_t i = 0; i < ARRAY_LEN(rules); i++) {
		if (rules[i].type != f->type)
			continue;
		if (!(rules[i].states & IN(e->s.state)) ||
		    (e->s.peer_closed && f->type != FRAME_ACK &&
			f->type != FRAME_CLOSE_ACK))
			return -ERR_VIOLATION;
		err = take_ack(e, f->ack);
		return err < 0 ? err : rules[i].fn(e, f);
	}
	return -ERR_VIOLATION;
}

/* Whether the peer owes us anything; while it does, silence is a loss. */
static int
outstanding(const struct session *s)
{
	return s->next_out > s->acked + 1 || s->ping_sent != CLOCK_NEVER ||
	       s->rekey_sent;
}

void
session_frame(struct engine *e, const uint8_t *ct, size_t len)
{
	struct session *s = &e->s;
	struct frame f;
	int err;

	if (s->paused)
		return;
	if (!frame_len_ok((uint32_t)len) ||
	    chain_open(&e->keys->live.rx, e->plain, ct, len) < 0) {
		session_drop(e, LOST_RESET);
		return;
	}
	s->last_rx = e->now;
	err = frame_get(&f, e->plain, len - FRAME_TAG);
	if (err == 0) {
		rekey_count(e, len + 2, f.type == FRAME_MSG);
		err = take_frame(e, &f);
	}
	wipe(e->plain, len - FRAME_TAG);
	if (e->state != ENGINE_SERVING)
		return;
	if (err < 0)
		session_end(e, -err, 0);
	else if (!outstanding(s))
		s->waiting_since = CLOCK_NEVER;
}

/* ---- one function per frame type ---- */

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
	resume_over(e);
	return take_ack(e, f->ack);
}

static int
on_ack(struct engine *e, const struct frame *f)
{
	(void)e;
	(void)f;
	return 0;
}

/* A flood of PINGs is answered by its last one: one is enough to live. */
static int
on_ping(struct engine *e, const struct frame *f)
{
	if (ping_get(&e->s.pong_value, f) < 0)
		return -ERR_VIOLATION;
	e->s.pong_due = 1;
	return 0;
}

static int
on_pong(struct engine *e, const struct frame *f)
{
	struct session *s = &e->s;
	uint64_t value;

	if (ping_get(&value, f) < 0 || s->ping_sent == CLOCK_NEVER ||
	    value != s->ping_value)
		return -ERR_VIOLATION;
	s->rtt_ms = (uint32_t)MIN(e->now - s->ping_sent, UINT32_MAX - 1);
	s->ping_sent = CLOCK_NEVER;
	return 0;
}

/* A text of a new number: to the front end, and kept in mind until shown. */
static int
deliver(struct engine *e, uint64_t mseq, const uint8_t *text, size_t len)
{
	struct session *s = &e->s;
	uint8_t head[8];
	struct writer w;

	if (mseq - s->shown > WINDOW_MSGS || s->in_bytes + len > WINDOW_BYTES)
		return -ERR_VIOLATION;
	s->received = mseq;
	s->in_len[mseq % WINDOW_MSGS] = (uint32_t)len;
	s->in_bytes += len;
	writer_init(&w, head, sizeof head);
	put_u64(&w, mseq);
	e->send(e->send_ctx, LINK_UI_CRYPTO, IPC_TEXT, head, w.len, text, len);
	return 0;
}

static int
on_msg(struct engine *e, const struct frame *f)
{
	struct session *s = &e->s;
	const uint8_t *text;
	uint64_t mseq;
	size_t len;

	if (msg_get(&mseq, &text, &len, f) < 0 || mseq == 0 ||
	    mseq > s->ack_written + WINDOW_MSGS || mseq > s->received + 1)
		return -ERR_VIOLATION;
	if (mseq <= s->received) {
		s->ack_due = 1;
		return 0;
	}
	return deliver(e, mseq, text, len);
}

static int
on_close(struct engine *e, const struct frame *f)
{
	struct session *s = &e->s;
	struct close_body c;

	if (close_get(&c, f) < 0 || c.tx_next != s->received + 1)
		return -ERR_VIOLATION;
	s->peer_closed = 1;
	s->close_ack_due = 1;
	resume_only(e, 0);
	if (s->state == SESSION_LIVE) {
		s->state = SESSION_LEFT;
		if (c.reason == CLOSE_DIGITS_WRONG)
			s->end_error = ERR_VERIFY_THERE;
		s->ping_due = s->pong_due = 0;
		s->close_at = e->now + CLOSE_WAIT;
	}
	return 0;
}

static int
on_close_ack(struct engine *e, const struct frame *f)
{
	(void)f;
	if (!e->s.close_sent || e->s.close_acked)
		return -ERR_VIOLATION;
	e->s.close_acked = 1;
	return 0;
}

/* ---- what the front end and the supervisor ask for ---- */

void
session_on_send(void *ctx, struct reader *r, int fd)
{
	struct engine *e = ctx;
	size_t len;
	const uint8_t *text = get_rest(r, &len);

	(void)fd;
	if (e->state != ENGINE_SERVING)
		return;
	if (e->ui_behind) {
		/* It belonged to the session that is over. */
		e->unconfirmed++;
		return;
	}
	if (e->s.state == SESSION_NONE)
		fatal("the front end sent a text before there was a chat");
	if (!utf8_valid(text, len))
		fatal("the front end sent a text that is not UTF-8");
	if (e->s.state != SESSION_LEFT && outbox_put(e->out, text, len) < 0)
		fatal("the front end sent more than the window holds");
}

void
session_on_shown(void *ctx, struct reader *r, int fd)
{
	struct engine *e = ctx;
	struct session *s = &e->s;
	uint64_t mseq = get_u64(r);

	(void)fd;
	if (e->state != ENGINE_SERVING || e->ui_behind)
		return;
	if (mseq < s->shown || mseq > s->received)
		fatal("the front end confirmed what it was not given");
	while (s->shown < mseq)
		s->in_bytes -= s->in_len[++s->shown % WINDOW_MSGS];
	if (s->shown - s->ack_written >= ACK_BATCH)
		s->ack_due = 1;
	else if (s->shown > s->ack_written && s->ack_at == CLOCK_NEVER)
		s->ack_at = e->now + ACK_WITHIN;
}

void
session_on_rekey(void *ctx, struct reader *r, int fd)
{
	struct engine *e = ctx;

	(void)r;
	(void)fd;
	if (e->state == ENGINE_SERVING && !e->ui_behind)
		rekey_want(e, REKEY_WHY_YOU);
}

void
session_on_status(void *ctx, struct reader *r, int fd)
{
	struct engine *e = ctx;
	uint8_t body[14];
	struct writer w;

	(void)r;
	(void)fd;
	writer_init(&w, body, sizeof body);
	put_u8(&w, e->s.state >= SESSION_LIVE  ? LINKEV_UP
		   : e->lost_at == CLOCK_NEVER ? LINKEV_WAITING
					       : LINKEV_LOST);
	put_u8(&w, e->mode);
	put_u32(&w, e->keys->live.cur.n);
	put_u32(&w, outbox_count(e->out));
	put_u32(&w, e->s.rtt_ms);
	engine_send(e, LINK_UI_CRYPTO, IPC_STATUS, body, w.len);
}

void
session_on_restarted(void *ctx, struct reader *r, int fd)
{
	struct engine *e = ctx;

	(void)r;
	(void)fd;
	if (e->state != ENGINE_SERVING)
		return;
	if (!e->ui_behind)
		fatal("the front end answers what nobody has said");
	e->ui_behind = 0;
}

void
session_leave(struct engine *e, uint8_t reason, int error)
{
	struct session *s = &e->s;

	/* What is left in order is not resumed. */
	resume_only(e, 0);
	s->state = SESSION_CLOSING;
	s->close_due = 1;
	s->close_reason = reason;
	s->end_error = error;
	s->close_at = e->now + CLOSE_WAIT;
}

void
session_say_goodbye(struct engine *e)
{
	session_leave(e, CLOSE_LEAVING, ERR_NONE);
	session_pump(e);
}

void
session_on_close(void *ctx, struct reader *r, int fd)
{
	struct engine *e = ctx;
	struct session *s = &e->s;

	(void)get_u8(r);
	(void)fd;
	if (e->state == ENGINE_OVER)
		return;
	if (s->state >= SESSION_CLOSING)
		return;
	if (e->t.conn != 0) {
		/* The peer is there already: it is told, after its OPEN. */
		s->close_due = 1;
		s->close_at = MIN(s->close_at, e->now + CLOSE_WAIT);
	} else if (s->state == SESSION_LIVE) {
		session_leave(e, CLOSE_LEAVING, ERR_NONE);
	} else {
		session_end(e, ERR_NONE, 0);
	}
}

/* ---- time ---- */

void
session_probe(struct engine *e)
{
	struct session *s = &e->s;

	if (s->state != SESSION_LIVE || s->paused || e->now < s->busy_probe_at)
		return;
	s->busy_probe_at = e->now + BUSY_PING_EVERY;
	if (s->ping_sent == CLOCK_NEVER)
		s->ping_due = 1;
}

/* When silence has lasted so long that the connection counts as lost. */
static uint64_t
lost_at(const struct session *s)
{
	if (!outstanding(s) || s->waiting_since == CLOCK_NEVER)
		return CLOCK_NEVER;
	return MAX(s->last_rx, s->waiting_since) + LOST_AFTER;
}

/*
 * When to ask for a sign of life: after a minute of quiet, or halfway to
 * "lost" when something is outstanding, since a peer whose screen has
 * stopped still answers PINGs.
 */
static uint64_t
ping_at(const struct session *s)
{
	if (s->state != SESSION_LIVE || s->ping_due ||
	    s->ping_sent != CLOCK_NEVER)
		return CLOCK_NEVER;
	return s->last_rx +
	       (s->next_out > s->acked + 1 ? LOST_AFTER / 3 : PING_IDLE);
}

uint64_t
session_deadline(const struct engine *e)
{
	const struct session *s = &e->s;
	uint64_t at = s->close_at;

	if (s->state < SESSION_LIVE || s->paused)
		return at;
	if (s->credit > 0)
		at = MIN(at, s->ack_at);
	at = MIN(at, lost_at(s));
	at = MIN(at, rekey_deadline(e));
	return MIN(at, ping_at(s));
}

/*
 * Leaving: whoever sent CLOSE is done when the peer has answered and
 * everything it sent has been shown and acknowledged; whoever was left is
 * done when the connection ends.  Both give up after CLOSE_WAIT.
 */
static int
leaving_done(const struct engine *e)
{
	const struct session *s = &e->s;

	if (e->now >= s->close_at)
		return 1;
	return s->state == SESSION_CLOSING && s->close_acked &&
	       !s->close_ack_due && s->ack_written == s->received;
}

void
session_tick(struct engine *e)
{
	struct session *s = &e->s;

	if (s->state >= SESSION_CLOSING || e->now >= s->close_at) {
		if (leaving_done(e))
			session_end(e, s->end_error, s->state == SESSION_LEFT);
		return;
	}
	if (s->state < SESSION_LIVE || s->paused)
		return;
	if (e->now >= lost_at(s) || (s->rekey_sent && e->now >= s->rekey_at)) {
		session_drop(e, LOST_TIMEOUT);
		return;
	}
	rekey_tick(e);
	if (e->now >= ping_at(s))
		s->ping_due = 1;
}
