/*
 * The connection whose handshake has finished: it sends its OPEN and waits
 * for the peer's.  Only that makes it the session's, so that nothing which
 * goes wrong up to there costs a chat that lives.  docs/protocol.md, "Opening
 * a connection" and "Resume".
 */
#include <string.h>

#include "engine.h"
#include "secchat/err.h"
#include "secchat/util.h"

static void
wipe_keys(struct engine *e)
{
	wipe(&e->keys->trial, sizeof e->keys->trial);
	memset(&e->t, 0, sizeof e->t);
}

void
trial_drop(struct engine *e)
{
	if (e->t.conn != 0)
		engine_conn_close(e, e->t.conn, 0);
	wipe_keys(e);
}

/*
 * Which session this connection belongs to, and what can resume it from here
 * on.  The joiner has read N2, so both have the new secret; the host cannot
 * know whether N2 arrives and keeps the one that was used.
 */
static void
hold_secrets(struct engine *e, const struct who *who)
{
	struct conn_keys *k = &e->keys->trial;
	const struct resume_secret *used;

	if (!k->result.resumed) {
		resume_only(e, e->s.state == SESSION_NONE ? 0 : e->s.no);
		e->t.session = ++e->sessions;
		memcpy(&e->newcomer, who, sizeof e->newcomer);
		resume_hold(e, e->t.session, &k->cur, NULL);
		return;
	}
	used = resume_find(&e->keys->resume, k->result.used);
	e->t.session = used->session;
	if (e->role == PEER_HOST)
		resume_accept(e, e->t.session, &k->cur, k->result.used);
	else
		resume_hold(e, e->t.session, &k->cur, NULL);
}

/* A new connection has room for its first frame. */
static void
send_open(struct engine *e)
{
	struct trial *t = &e->t;
	size_t plain_len = session_put_open(e);
	uint8_t head[4];
	struct writer w;

	(void)chain_seal(&e->keys->trial.tx, e->wire, e->plain, plain_len);
	wipe(e->plain, plain_len);
	writer_init(&w, head, sizeof head);
	put_u32(&w, t->conn);
	e->send(e->send_ctx, LINK_CRYPTO_NET, IPC_FRAME_OUT, head, w.len,
	    e->wire, plain_len + FRAME_TAG + 2);
	t->credit--;
}

void
trial_begin(struct engine *e, const struct door_conn *c)
{
	struct trial *t = &e->t;
	uint8_t body[4];
	struct writer w;

	t->conn = c->id;
	memcpy(t->addr, c->addr, sizeof t->addr);
	t->credit = CREDIT_WINDOW - (uint32_t)c->written;
	t->give_up = e->now + LOST_AFTER;
	rekey_first(e, &e->keys->trial);
	hold_secrets(e, &c->who);
	e->s.paused = e->s.conn != 0;
	writer_init(&w, body, sizeof body);
	put_u32(&w, t->conn);
	engine_send(e, LINK_CRYPTO_NET, IPC_CONN_PROMOTE, body, w.len);
	session_expect(e, t->conn);
	send_open(e);
}

/*
 * A host that does not want the joiner's key hangs up after N3, which is where
 * the joiner is now; its person should hear that at once.  0: it may be a cut
 * cable.
 */
static int
turned_away(const struct engine *e, uint8_t why)
{
	if (e->role != PEER_JOINER || e->s.state != SESSION_NONE ||
	    why != LOST_EOF || e->keys->trial.result.resumed ||
	    !mode_has_identity(e->mode))
		return 0;
	return e->mode == MODE_ID ? ERR_NOT_KNOWN_THERE : ERR_CLOSED_EARLY;
}

/*
 * Nobody's any more, whether net or we say so.  A connection that was paused
 * for it goes too: a joiner that has proved itself on another one has given
 * it up, and what it still brings could make us forget what the joiner has
 * (docs/protocol.md, "What the model shows", 7).
 */
void
trial_lost(struct engine *e, uint8_t why)
{
	struct session *s = &e->s;
	int away = turned_away(e, why), again = e->lost_at != CLOCK_NEVER;

	trial_drop(e);
	if (s->conn != 0)
		session_drop(e, LOST_RESET);
	if (e->state != ENGINE_SERVING)
		return;
	if (away != 0)
		session_end(e, away, 0);
	else if (s->close_due)
		session_end(e, s->end_error, 0);
	else if (s->state <= SESSION_SUSPENDED && !again)
		resume_suspend(e, why);
	else if (e->role == PEER_JOINER)
		resume_retry(e, ERR_CONN_LOST);
}

void
trial_frame(struct engine *e, const uint8_t *ct, size_t len)
{
	struct frame f;
	int err;

	if (!frame_len_ok((uint32_t)len) ||
	    chain_open(&e->keys->trial.rx, e->plain, ct, len) < 0) {
		trial_lost(e, LOST_RESET);
		return;
	}
	err = frame_get(&f, e->plain, len - FRAME_TAG);
	if (err == 0 && f.type != FRAME_OPEN)
		err = -ERR_VIOLATION;
	if (err == 0)
		err = session_open(e, &f);
	wipe(e->plain, len - FRAME_TAG);
	if (err == -ERR_PEER_CHANGED)
		session_say_goodbye(e);
	if (err < 0 && e->state == ENGINE_SERVING)
		session_end(e, -err, 0);
}

uint64_t
trial_deadline(const struct engine *e)
{
	return e->t.conn == 0 ? CLOCK_NEVER : e->t.give_up;
}

void
trial_tick(struct engine *e)
{
	if (e->now >= trial_deadline(e))
		trial_lost(e, LOST_TIMEOUT);
}
