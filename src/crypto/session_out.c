/*
 * What leaves: the next frame is chosen by a fixed order of importance, and
 * a text is sealed only when net has room for its frame, so no ciphertext
 * ever waits in this process.  docs/protocol.md, "Transport frame".
 */
#include <assert.h>
#include <string.h>

#include "engine.h"
#include "secchat/err.h"
#include "secchat/util.h"

/* Seal one frame where it was put together, and hand it to net as a FRAME_OUT
 * or a BULK_OUT. */
static int
send_as(struct engine *e, unsigned message, uint8_t type, const void *body,
    size_t len)
{
	struct session *s = &e->s;
	uint8_t *plain = e->wire + 2;
	size_t plain_len = frame_put(plain, type, s->shown, body, len);
	uint8_t head[4];
	struct writer w;
	int err;

	assert(plain_len > 0);
	err = chain_seal(&e->keys->live.tx, e->wire, plain, plain_len);
	if (err < 0) {
		wipe(plain, plain_len);
		return err;
	}
	writer_init(&w, head, sizeof head);
	put_u32(&w, s->conn);
	e->send(e->send_ctx, LINK_CRYPTO_NET, message, head, w.len, e->wire,
	    plain_len + FRAME_TAG + 2);
	rekey_count(e, plain_len + FRAME_TAG + 2, type == FRAME_MSG);
	s->ack_written = s->shown;
	s->ack_due = 0;
	s->ack_at = CLOCK_NEVER;
	return 0;
}

static int
send_frame(struct engine *e, uint8_t type, const void *body, size_t len)
{
	int err = send_as(e, IPC_FRAME_OUT, type, body, len);

	if (err == 0)
		e->s.credit--;
	return err;
}

size_t
session_put_open(struct engine *e)
{
	int goes_on = e->t.session == e->s.no;
	struct open_body o = {.rx_next = 1, .tx_next = 1};
	uint8_t body[54 + NICK_MAX];
	const uint8_t *r_j = e->keys->trial.result.r_j;

	if (goes_on) {
		o.rx_next = e->s.received + 1;
		o.tx_next = e->s.sent + 1;
	}
	e->t.ack = goes_on ? e->s.shown : 0;
	if (mode_has_identity(e->mode)) {
		o.nick_len = (uint8_t)strlen(e->own_name);
		memcpy(o.nick, e->own_name, o.nick_len);
	}
	if (e->role == PEER_JOINER)
		for (size_t i = 0; i < sizeof o.r; i++)
			o.r[i] = r_j[i];
	return frame_put(
	    e->plain, FRAME_OPEN, e->t.ack, body, open_put(body, &o));
}

static int
send_pong(struct engine *e)
{
	uint8_t body[8];

	e->s.pong_due = 0;
	return send_frame(e, FRAME_PONG, body, ping_put(body, e->s.pong_value));
}

/* The peer now owes us an answer. */
static void
wait_for_peer(struct engine *e)
{
	if (e->s.waiting_since == CLOCK_NEVER)
		e->s.waiting_since = e->now;
}

static int
send_ping(struct engine *e)
{
	struct session *s = &e->s;
	uint8_t body[8];

	e->rnd.fn(e->rnd.ctx, &s->ping_value, sizeof s->ping_value);
	s->ping_due = 0;
	s->ping_sent = e->now;
	wait_for_peer(e);
	return send_frame(e, FRAME_PING, body, ping_put(body, s->ping_value));
}

/* /wire: what has just been sealed, as it leaves.  It is a curiosity, so it
 * never waits in the queue to a front end that does not read. */
static void
tell_wire(struct engine *e, uint64_t nth)
{
	uint32_t len = 2 + ((uint32_t)e->wire[0] << 8 | e->wire[1]);
	uint8_t head[12];
	struct writer w;

	if (!e->wire_on || e->ui_busy)
		return;
	writer_init(&w, head, sizeof head);
	put_u64(&w, nth);
	put_u32(&w, len);
	e->send(e->send_ctx, LINK_UI_CRYPTO, IPC_WIRE, head, w.len, e->wire,
	    MIN(len, (uint32_t)WIRE_SHOWN));
}

void
session_on_wire(void *ctx, struct reader *r, int fd)
{
	struct engine *e = ctx;

	(void)fd;
	e->wire_on = get_u8(r) != 0;
}

/* A text, or what is to be said about a file. */
static int
send_numbered(struct engine *e)
{
	static uint8_t rest[TEXT_MAX];
	static uint8_t body[FRAME_BODY_MAX];
	struct session *s = &e->s;
	uint64_t mseq = s->next_out, nth;
	uint8_t note = outbox_type(e->out, mseq, &nth);
	size_t len = outbox_get(e->out, mseq, rest);
	size_t body_len = numbered_put(body, mseq, rest, len);
	int err;

	s->next_out = mseq + 1;
	s->sent = MAX(s->sent, mseq);
	wait_for_peer(e);
	err = send_frame(e, note != 0 ? note : FRAME_MSG, body, body_len);
	if (err == 0 && note == 0)
		tell_wire(e, nth);
	wipe(rest, len);
	wipe(body, body_len);
	return err;
}

void
session_send_piece(struct engine *e, const uint8_t *body, size_t len)
{
	int err;

	wait_for_peer(e);
	err = send_as(e, IPC_BULK_OUT, FRAME_FILE_DATA, body, len);
	if (err < 0)
		session_end(e, -err, 0);
}

static int
send_rekey(struct engine *e)
{
	struct rekey_body r;
	uint8_t body[64];
	int err = rekey_make(e, &r);

	wait_for_peer(e);
	return err < 0 ? err
		       : send_frame(e, FRAME_REKEY, body, rekey_put(body, &r));
}

static int
send_switch(struct engine *e)
{
	uint8_t body[4];
	int err = send_frame(
	    e, FRAME_SWITCH, body, switch_put(body, e->keys->live.next.n));

	if (err == 0)
		rekey_switched(e);
	return err;
}

static int
send_close(struct engine *e)
{
	struct close_body c = {
	    .reason = e->s.close_reason, .tx_next = e->s.sent + 1};
	uint8_t body[16];

	e->s.close_due = 0;
	e->s.close_sent = 1;
	return send_frame(e, FRAME_CLOSE, body, close_put(body, &c));
}

static int
send_close_ack(struct engine *e)
{
	e->s.close_ack_due = 0;
	e->s.close_ack_sent = 1;
	return send_frame(e, FRAME_CLOSE_ACK, NULL, 0);
}

/*
 * The next frame, if any: 1 sent, 0 nothing to send, negative ERR_*.
 * CLOSE_ACK waits until what came before the CLOSE has been shown, so that
 * it can say so; texts that were accepted go before our own CLOSE.
 */
static int
send_next(struct engine *e)
{
	struct session *s = &e->s;
	int numbered =
	    s->next_out < e->out->next && !s->close_sent &&
	    s->next_out <= s->acked + WINDOW_MSGS &&
	    (s->state == SESSION_LIVE || s->state == SESSION_CLOSING);
	uint8_t at[FILE_AT];
	int err = 0;

	if (s->switch_due && !s->close_sent)
		err = send_switch(e);
	else if (s->rekey_due && !s->close_sent)
		err = send_rekey(e);
	else if (s->close_ack_due && s->shown == s->received)
		err = send_close_ack(e);
	else if (s->pong_due && !s->close_sent)
		err = send_pong(e);
	else if (s->ping_due && s->state == SESSION_LIVE)
		err = send_ping(e);
	else if (numbered)
		err = send_numbered(e);
	else if (s->close_due)
		err = send_close(e);
	else if (s->state == SESSION_LIVE && bulk_next_ack(e, at) > 0)
		err = send_frame(e, FRAME_FILE_ACK, at, FILE_AT);
	else if (s->ack_due || e->now >= s->ack_at)
		err = send_frame(e, FRAME_ACK, NULL, 0);
	else
		return 0;
	return err < 0 ? err : 1;
}

void
session_pump(struct engine *e)
{
	struct session *s = &e->s;
	int r = 1;

	while (s->conn != 0 && !s->paused && s->credit > 0 &&
	       e->state == ENGINE_SERVING && (r = send_next(e)) > 0)
		;
	if (r < 0)
		session_end(e, -r, 0);
}
