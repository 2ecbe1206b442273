/*
 * The session's timers: when to ask for a sign of life, when silence is a
 * loss, and how long leaving may take.  docs/protocol.md, "Acknowledgement"
 * and "Close".
 */
#include <string.h>

#include "engine.h"
#include "secchat/err.h"
#include "secchat/util.h"

/* Whether something that we have sent waits for its confirmation. */
static int
unconfirmed(const struct engine *e)
{
	return e->s.next_out > e->s.acked + 1 || bulk_in_flight(&e->files) > 0;
}

/* Whether the peer owes us anything; while it does, silence is a loss. */
int
session_outstanding(const struct engine *e)
{
	return unconfirmed(e) || e->s.ping_sent != CLOCK_NEVER ||
	       e->s.rekey_sent;
}

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
lost_at(const struct engine *e)
{
	const struct session *s = &e->s;

	if (!session_outstanding(e) || s->waiting_since == CLOCK_NEVER)
		return CLOCK_NEVER;
	return MAX(s->last_rx, s->waiting_since) + LOST_AFTER;
}

/*
 * When to ask for a sign of life: after a minute of quiet, or halfway to
 * "lost" when something is outstanding, since a peer whose screen has
 * stopped still answers PINGs.
 */
static uint64_t
ping_at(const struct engine *e)
{
	const struct session *s = &e->s;

	if (s->state != SESSION_LIVE || s->ping_due ||
	    s->ping_sent != CLOCK_NEVER)
		return CLOCK_NEVER;
	return s->last_rx + (unconfirmed(e) ? LOST_AFTER / 3 : PING_IDLE);
}

uint64_t
session_deadline(const struct engine *e)
{
	const struct session *s = &e->s;
	uint64_t at = MIN(s->close_at, session_tell_at(e));

	if (s->state < SESSION_LIVE || s->paused)
		return at;
	if (s->credit > 0)
		at = MIN(at, MIN(s->ack_at, bulk_deadline(e)));
	at = MIN(at, lost_at(e));
	at = MIN(at, rekey_deadline(e));
	return MIN(at, ping_at(e));
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

	if (e->now >= session_tell_at(e))
		session_tell(e);
	if (s->state >= SESSION_CLOSING || e->now >= s->close_at) {
		if (leaving_done(e))
			session_end(e, s->end_error, s->state == SESSION_LEFT);
		return;
	}
	if (s->state < SESSION_LIVE || s->paused)
		return;
	if (e->now >= lost_at(e) || (s->rekey_sent && e->now >= s->rekey_at)) {
		session_drop(e, LOST_TIMEOUT);
		return;
	}
	rekey_tick(e);
	if (e->now >= ping_at(e))
		s->ping_due = 1;
}
