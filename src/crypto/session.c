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
static int on_numbered(struct engine *e, const struct frame *f);

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
	{ FRAME_MSG,         LIVE | CLOSING,      on_numbered },
	{ FRAME_FILE_OFFER,  LIVE | CLOSING,      on_numbered },
	{ FRAME_FILE_ACCEPT, LIVE | CLOSING,      on_numbered },
	{ FRAME_FILE_CANCEL, LIVE | CLOSING,      on_numbered },
	{ FRAME_FILE_END,    LIVE | CLOSING,      on_numbered },
	{ FRAME_FILE_DATA,   LIVE | CLOSING,      bulk_on_data },
	{ FRAME_FILE_ACK,    LIVE | CLOSING,      bulk_on_ack },
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

	if (e->state == ENGINE_OVER)
		return;
	session_tell(e);
	e->state = ENGINE_OVER;
	e->reading = e->reading_identity = 0;
	if (e->s.conn != 0)
		engine_conn_close(e, e->s.conn, 0);
	e->s.conn = 0;
	trial_drop(e);
	door_close_all(e);
	bulk_forget(e);
	wipe_connection(e);
	outbox_wipe(e->out);
	wipe(e->keys, sizeof *e->keys);
	vault_say_end(e->send, e->send_ctx, error, undelivered, left);
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
		session_tell(e);
		s->state = SESSION_SUSPENDED;
		wipe_connection(e);
		bulk_lost(e);
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

void
session_tell(struct engine *e)
{
	struct session *s = &e->s;
	uint8_t body[8];
	struct writer w;

	if (e->out->texts_done == s->told)
		return;
	s->told = e->out->texts_done;
	s->untold = 0;
	s->tell_at = e->now + TELL_EVERY;
	writer_init(&w, body, sizeof body);
	put_u64(&w, s->told);
	engine_send(e, LINK_UI_CRYPTO, IPC_DELIVERED, body, w.len);
}

/*
 * The first receipt is told at once.  What follows it closely is told
 * together, so that a front end in a quick exchange is not woken for each,
 * but never so late that its window stands still.
 */
static int
tells_now(const struct engine *e)
{
	const struct session *s = &e->s;

	return e->now >= s->tell_at || s->untold >= WINDOW_BYTES / 8 ||
	       e->out->texts_done - s->told >= ACK_BATCH;
}

uint64_t
session_tell_at(const struct engine *e)
{
	const struct session *s = &e->s;

	return e->out->texts_done == s->told ? CLOCK_NEVER : s->tell_at;
}

/*
 * "ack = highest contiguous mseq the front end confirmed": never above what
 * was sent, never going back.
 */
int
session_take_ack(struct engine *e, uint64_t ack)
{
	struct session *s = &e->s;
	size_t bytes = e->out->bytes;

	if (ack > s->sent || ack < s->acked)
		return -ERR_VIOLATION;
	if (ack == s->acked)
		return 0;
	s->acked = ack;
	outbox_ack(e->out, ack);
	s->untold += bytes - e->out->bytes;
	if (tells_now(e))
		session_tell(e);
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
		err = session_take_ack(e, f->ack);
		return err < 0 ? err : rules[i].fn(e, f);
	}
	return -ERR_VIOLATION;
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
	else if (!session_outstanding(e))
		s->waiting_since = CLOCK_NEVER;
}

/* ---- one function per frame type ---- */

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

	if (s->in_bytes + len > WINDOW_BYTES)
		return -ERR_VIOLATION;
	s->in_len[mseq % WINDOW_MSGS] = (uint32_t)len;
	s->in_bytes += len;
	writer_init(&w, head, sizeof head);
	put_u64(&w, ++s->texts_in);
	e->send(e->send_ctx, LINK_UI_CRYPTO, IPC_TEXT, head, w.len, text, len);
	return 0;
}

/* What carries an mseq: each once, in order, within the window. */
static int
on_numbered(struct engine *e, const struct frame *f)
{
	struct session *s = &e->s;
	const uint8_t *rest;
	uint64_t mseq;
	size_t len;
	int err = f->type == FRAME_MSG ? msg_get(&mseq, &rest, &len, f)
				       : numbered_get(&mseq, &rest, &len, f);

	if (err < 0 || mseq == 0 || mseq > s->ack_written + WINDOW_MSGS ||
	    mseq > s->received + 1)
		return -ERR_VIOLATION;
	if (mseq <= s->received) {
		s->ack_due = 1;
		return 0;
	}
	if (mseq - s->shown > WINDOW_MSGS)
		return -ERR_VIOLATION;
	s->received = mseq;
	if (f->type == FRAME_MSG)
		return deliver(e, mseq, rest, len);
	s->in_len[mseq % WINDOW_MSGS] = IN_NOTE;
	return bulk_numbered(e, f->type, rest, len);
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
