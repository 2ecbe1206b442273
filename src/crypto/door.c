/*
 * The door: every connection from its announcement until its handshake has
 * finished or failed.  A host has several strangers here at once; none of
 * them costs more than a few kilobytes, and none learns more than a REFUSE.
 * docs/protocol.md, "Handshake bytes" and "Limits".
 */
#include <string.h>

#include "engine.h"
#include "secchat/err.h"
#include "secchat/source.h"
#include "secchat/util.h"

static struct door_conn *
find(struct engine *e, uint32_t id)
{
	for (size_t i = 0; i < ARRAY_LEN(e->conns); i++)
		if (e->conns[i].id == id)
			return &e->conns[i];
	return NULL;
}

static struct hs *
hs_of(struct engine *e, const struct door_conn *c)
{
	return &e->keys->hs[c - e->conns];
}

static void
expect_raw(struct engine *e, uint32_t conn, size_t n)
{
	vault_say_expect(e->send, e->send_ctx, conn, FRAMING_RAW, (uint32_t)n);
}

static void
send_bytes(struct engine *e, uint32_t conn, const uint8_t *p, size_t len)
{
	uint8_t head[4];
	struct writer w;

	writer_init(&w, head, sizeof head);
	put_u32(&w, conn);
	e->send(
	    e->send_ctx, LINK_CRYPTO_NET, IPC_FRAME_OUT, head, w.len, p, len);
}

static void
forget(struct engine *e, struct door_conn *c)
{
	hs_wipe(hs_of(e, c));
	memset(c, 0, sizeof *c);
}

static void
drop(struct engine *e, struct door_conn *c, int failed)
{
	engine_conn_close(e, c->id, failed);
	forget(e, c);
}

void
door_close_all(struct engine *e)
{
	for (size_t i = 0; i < ARRAY_LEN(e->conns); i++)
		if (e->conns[i].id != 0)
			drop(e, &e->conns[i], 0);
}

/* The only words a stranger gets, and the end of it. */
static void
refuse(struct engine *e, struct door_conn *c, uint8_t reason)
{
	uint8_t bytes[REFUSE_LEN];

	refuse_put(bytes, reason);
	send_bytes(e, c->id, bytes, sizeof bytes);
	drop(e, c, 0);
}

/*
 * Somebody proved not to know the secret.  Codes and passphrases can be
 * guessed, so the guesses are limited; a key file's 256 bits cannot.
 */
static int
can_be_guessed(const struct engine *e)
{
	return e->mode == MODE_PASS || e->mode == MODE_PAIR;
}

static void
count_failure(struct engine *e)
{
	e->failures++;
	e->attempt_for_ui = e->attempt_for_super = 1;
	engine_news(e);
	if (!can_be_guessed(e) || e->s.state != SESSION_NONE || e->t.conn != 0)
		return;
	if (e->source == SECRET_MAKE_CODE &&
	    e->failures % CODE_FAILURES_MAX == 0) {
		door_close_all(e);
		secret_make_code(e);
	} else if (e->source == SECRET_PASSPHRASE &&
		   e->failures >= PASSPHRASE_FAILURES_MAX) {
		session_end(e, ERR_AUTH_LIMIT, 0);
	}
}

/* Whether a call may be repeated that failed before there was a session. */
static int
may_repeat(const struct engine *e, uint8_t written, int err)
{
	if (!(e->start_flags & START_WAIT) ||
	    (written >= 2 && can_be_guessed(e)))
		return 0;
	return err == ERR_CLOSED_EARLY || err == ERR_TIMEOUT ||
	       err == ERR_REFUSED_BUSY || err == ERR_REFUSED_RATE;
}

/*
 * A joiner's handshake came to nothing.  One that resumes calls again until
 * its time is over, whatever it hears: anybody can forge a REFUSE, and 256
 * bits cannot be guessed.  Before the session has opened there is nothing to
 * lose: where the host does not have it, because N3 was lost, a full handshake
 * may serve, once.
 */
static void
joiner_failed(struct engine *e, const struct door_conn *was, int err)
{
	if (!was->resume && !may_repeat(e, was->written, err)) {
		session_end(e, err, 0);
		return;
	}
	if (err == ERR_REFUSED_RESUME && e->s.state == SESSION_NONE) {
		if (e->called_anew || !mode_has_identity(e->mode)) {
			session_end(e, ERR_CONN_LOST, 0);
			return;
		}
		e->called_anew = 1;
		resume_only(e, 0);
	}
	resume_retry(e, err);
}

/* A handshake went wrong with a negative error. */
static void
fail(struct engine *e, struct door_conn *c, int err)
{
	struct door_conn was;
	int resume = c->resume;

	if (e->role == PEER_JOINER) {
		memcpy(&was, c, sizeof was);
		drop(e, c, 0);
		joiner_failed(e, &was, -err);
	} else if (err == -ERR_REFUSED_VERSION) {
		refuse(e, c, REFUSE_VERSION);
	} else if (err == -ERR_REFUSED_MODE) {
		refuse(e, c, REFUSE_MODE);
	} else if (err == -ERR_REFUSED_RESUME) {
		refuse(e, c, REFUSE_RESUME);
	} else {
		drop(e, c, err == -ERR_AUTH && !resume && can_be_guessed(e));
		if (err == -ERR_AUTH && !resume)
			count_failure(e);
	}
}

/*
 * The handshake has finished.  Whoever else is at the door goes, and so does
 * a connection that got as far as this one and has not opened.
 */
static void
enter(struct engine *e, struct door_conn *c)
{
	struct door_conn in;

	trial_drop(e);
	hs_finish(hs_of(e, c), &e->keys->trial.result);
	memcpy(&in, c, sizeof in);
	forget(e, c);
	door_close_all(e);
	trial_begin(e, &in);
}

/*
 * The peer's static key as soon as it is proved: the joiner looks at the
 * host's before its own leaves in N3, the host at the joiner's before OPEN.
 * A key that a stranger may bring must not end a host that waits for somebody
 * else, but behind a code it is the person's own.
 */
static int
identity_ok(struct engine *e, struct door_conn *c)
{
	const struct hs *hs = hs_of(e, c);
	int joiner = e->role == PEER_JOINER, err;

	if (!mode_has_identity(hs_mode(hs)) ||
	    (joiner ? c->written != 2 || hs_next(hs) != HS_WRITE
		    : hs_next(hs) != HS_DONE))
		return 1;
	err = peers_check(e, &c->who, joiner ? hs->s_h : hs->s_j);
	if (err == 0)
		return 1;
	drop(e, c, 0);
	if (joiner || (e->mode == MODE_PAIR && err == -ERR_PEER_CHANGED))
		session_end(e, -err, 0);
	return 0;
}

/* Go on with a handshake until it needs the peer again. */
static void
advance(struct engine *e, struct door_conn *c)
{
	struct hs *hs = hs_of(e, c);
	uint8_t out[HS_MSG_MAX];
	size_t len;
	int err;

	while (identity_ok(e, c) && hs_next(hs) == HS_WRITE) {
		err = hs_write(hs, out, sizeof out, &len);
		if (err < 0) {
			fail(e, c, err);
			return;
		}
		send_bytes(e, c->id, out, len);
		c->written++;
	}
	if (c->id == 0)
		return;
	if (hs_next(hs) == HS_DONE)
		enter(e, c);
	else
		expect_raw(e, c->id, hs_want(hs));
}

/* A joiner has one connection at a time: the one that is asked for now. */
static int
may_call(struct engine *e)
{
	if (e->s.state >= SESSION_LIVE)
		return 0;
	door_close_all(e);
	trial_drop(e);
	return 1;
}

void
door_on_open(void *ctx, struct reader *r, int fd)
{
	struct engine *e = ctx;
	struct hs_config cfg = {.role = e->role,
	    .mode = e->mode,
	    .suite = e->suite,
	    .room = "",
	    .secret = &e->keys->secret,
	    .resume = &e->keys->resume,
	    .rnd = e->rnd};
	uint32_t id = get_u32(r);
	uint8_t inbound = get_u8(r), limited = get_u8(r);
	char addr[ADDR_TEXT_MAX + 1];
	struct door_conn *c;

	(void)fd;
	get_str8(r, addr, sizeof addr);
	if (r->failed || id <= e->last_conn ||
	    inbound != (e->role == PEER_HOST))
		fatal("net announced an impossible connection");
	e->last_conn = id;
	if (e->state != ENGINE_SERVING)
		return;
	if (e->role == PEER_JOINER && !may_call(e)) {
		engine_conn_close(e, id, 0);
		return;
	}
	c = find(e, 0);
	if (c == NULL)
		fatal("net announced more connections than there may be");
	c->id = id;
	c->limited = limited;
	memcpy(c->addr, addr, sizeof addr);
	if (e->role == PEER_JOINER && e->keys->resume.n > 0) {
		c->resume = 1;
		cfg.mode = MODE_RESUME;
	}
	hs_init(hs_of(e, c), &cfg);
	advance(e, c);
}

/*
 * Why a full handshake is not begun now: REFUSE_*, or 0.  A session that has
 * lost its connection still counts failed attempts, and has no new code to
 * show when they are too many.
 */
static uint8_t
refusal(const struct engine *e, const struct door_conn *c)
{
	uint32_t max = e->source == SECRET_PASSPHRASE ? PASSPHRASE_FAILURES_MAX
						      : CODE_FAILURES_MAX;

	if (e->s.state >= SESSION_LIVE || e->t.conn != 0)
		return REFUSE_BUSY;
	if (e->s.state == SESSION_SUSPENDED && can_be_guessed(e) &&
	    e->failures >= max)
		return REFUSE_BUSY;
	return c->limited ? REFUSE_RATE : 0;
}

/* A HELLO_J that will not be served; a wrong version or mode is told first. */
static void
turn_away(struct engine *e, struct door_conn *c, const uint8_t *p, size_t len,
    uint8_t reason)
{
	struct hello h;
	int err = len == HELLO_MIN ? hello_get_joiner(&h, p) : -ERR_FORMAT;

	if (err == -ERR_REFUSED_VERSION)
		refuse(e, c, REFUSE_VERSION);
	else if (err < 0)
		drop(e, c, 0);
	else if (h.mode != e->mode || h.suite != e->suite)
		refuse(e, c, REFUSE_MODE);
	else {
		if (reason == REFUSE_BUSY)
			session_probe(e);
		refuse(e, c, reason);
	}
}

/* How many others begin a session at the door, of this source or, with NULL,
 * of any; the oldest of them in *oldest. */
static unsigned
beginners(struct engine *e, const struct door_conn *but,
    const struct source *of, struct door_conn **oldest)
{
	unsigned n = 0;

	*oldest = NULL;
	for (size_t i = 0; i < ARRAY_LEN(e->conns); i++) {
		struct door_conn *c = &e->conns[i];
		struct source its;

		if (c == but || c->id == 0 || !c->heard || c->resume)
			continue;
		source_of_text(&its, c->addr);
		if (of != NULL && !source_is(&its, of))
			continue;
		n++;
		if (*oldest == NULL || c->id < (*oldest)->id)
			*oldest = c;
	}
	return n;
}

/*
 * Net gives each source so many places and has so many in all.  While a
 * session waits for its connection, those who would begin another one never
 * have all of them: one of each is left for who goes on with it, whatever
 * others say from the same address.  The oldest of them gives way.
 */
static void
leave_a_place(struct engine *e, const struct door_conn *c)
{
	struct source source;
	struct door_conn *oldest;

	source_of_text(&source, c->addr);
	if (beginners(e, c, &source, &oldest) > HALF_OPEN_PER_SOURCE - 2)
		drop(e, oldest, 0);
	if (beginners(e, c, NULL, &oldest) > HALF_OPEN_MAX - 2)
		drop(e, oldest, 0);
}

/*
 * The first thing a stranger says.  Who goes on with a session is served at
 * any time, from any address: the cable may have been cut where we have not
 * noticed.  1: the handshake takes it from here.
 */
static int
judge(struct engine *e, struct door_conn *c, const uint8_t *p, size_t len)
{
	struct hello h;
	uint8_t reason;

	c->heard = 1;
	if (len == HELLO_MIN && hello_get_joiner(&h, p) == 0 &&
	    h.mode == MODE_RESUME && h.suite == e->suite) {
		c->resume = 1;
		return 1;
	}
	reason = refusal(e, c);
	if (reason == 0 && e->s.state == SESSION_SUSPENDED)
		leave_a_place(e, c);
	if (reason == 0)
		return 1;
	turn_away(e, c, p, len, reason);
	return 0;
}

void
door_frame(struct engine *e, uint32_t conn, const uint8_t *p, size_t len)
{
	struct door_conn *c = find(e, conn);
	int err;

	if (c == NULL)
		return;
	if (e->role == PEER_HOST && !c->heard && !judge(e, c, p, len))
		return;
	if (hs_next(hs_of(e, c)) != HS_READ || len != hs_want(hs_of(e, c)))
		fatal("net delivered %zu bytes that were not expected", len);
	err = hs_read(hs_of(e, c), p, len);
	if (err < 0)
		fail(e, c, err);
	else
		advance(e, c);
}

/*
 * What a joiner makes of a connection that ended in its handshake: a host
 * that knows another secret closes after F3 without a word.
 */
static int
joiner_error(const struct door_conn *c, uint8_t why)
{
	if (why == LOST_TIMEOUT)
		return ERR_TIMEOUT;
	return c->written >= 2 ? ERR_AUTH : ERR_CLOSED_EARLY;
}

void
door_lost(struct engine *e, uint32_t conn, uint8_t why)
{
	struct door_conn *c = find(e, conn);
	struct door_conn was;

	if (c == NULL)
		return;
	memcpy(&was, c, sizeof was);
	forget(e, c);
	if (e->role == PEER_JOINER)
		joiner_failed(e, &was, joiner_error(&was, why));
}
