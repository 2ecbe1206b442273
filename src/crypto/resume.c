/*
 * What a session that lost its connection goes on with: the secrets that a
 * RESUME can rest on, and the time that it waits.  docs/protocol.md,
 * "Resume".
 *
 * A side never knows how far the other got before the cable was cut.  So it
 * holds, of each session, the newest secret and the one before it until the
 * other has shown that it has the newest; and while a new session has not
 * opened, what the old one left as well.
 */
#include <assert.h>
#include <string.h>

#include "engine.h"
#include "secchat/err.h"
#include "secchat/util.h"

/* Wipe one and close the gap. */
static void
drop(struct resume_set *set, size_t i)
{
	set->n--;
	memmove(&set->e[i], &set->e[i + 1], (set->n - i) * sizeof set->e[0]);
	wipe(&set->e[set->n], sizeof set->e[0]);
}

static void
drop_session(struct resume_set *set, uint32_t session, const uint8_t *but)
{
	for (size_t i = set->n; i-- > 0;)
		if (set->e[i].session == session &&
		    (but == NULL || memcmp(set->e[i].rid, but, RID_LEN) != 0))
			drop(set, i);
}

static void
add_first(struct resume_set *set, uint32_t session, const struct epoch *from)
{
	assert(set->n < RESUME_SECRETS);
	memmove(&set->e[1], &set->e[0], set->n * sizeof set->e[0]);
	set->n++;
	memcpy(set->e[0].rs, from->rs, sizeof set->e[0].rs);
	memcpy(set->e[0].rid, from->rid, RID_LEN);
	set->e[0].session = session;
}

void
resume_hold(struct engine *e, uint32_t session, const struct epoch *a,
    const struct epoch *b)
{
	struct resume_set *set = &e->keys->resume;

	drop_session(set, session, NULL);
	if (b != NULL)
		add_first(set, session, b);
	add_first(set, session, a);
}

void
resume_accept(struct engine *e, uint32_t session, const struct epoch *a,
    const uint8_t used[RID_LEN])
{
	struct resume_set *set = &e->keys->resume;

	drop_session(set, session, used);
	add_first(set, session, a);
}

void
resume_only(struct engine *e, uint32_t session)
{
	struct resume_set *set = &e->keys->resume;

	for (size_t i = set->n; i-- > 0;)
		if (set->e[i].session != session)
			drop(set, i);
}

/* ---- the time without a connection ---- */

static void
tell_supervisor(struct engine *e, uint8_t event, uint32_t value)
{
	uint8_t body[5];
	struct writer w;

	writer_init(&w, body, sizeof body);
	put_u8(&w, event);
	put_u32(&w, value);
	engine_send(e, LINK_SUPER_CRYPTO, IPC_SESSION, body, w.len);
}

static void
tell_front_end(struct engine *e, uint8_t event, uint8_t why, uint32_t ms)
{
	uint8_t body[6];
	struct writer w;

	writer_init(&w, body, sizeof body);
	put_u8(&w, event);
	put_u8(&w, why);
	put_u32(&w, ms);
	engine_send(e, LINK_UI_CRYPTO, IPC_LINK_EVENT, body, w.len);
}

/*
 * A host whose visitor never opened goes on waiting for anybody, and nobody
 * is told; a joiner has to call again in any case.
 */
void
resume_suspend(struct engine *e, uint8_t why)
{
	int opened = e->s.state != SESSION_NONE;

	if (e->lost_at != CLOCK_NEVER)
		return;
	e->lost_at = e->now;
	if (opened || e->role == PEER_JOINER) {
		tell_front_end(e, LINKEV_LOST, why, SUSPEND_TIME);
		tell_supervisor(e, SESSION_LOST, SUSPEND_TIME);
	}
}

void
resume_retry(struct engine *e, int err)
{
	tell_supervisor(e, SESSION_RETRY, (uint32_t)err);
}

void
resume_over(struct engine *e)
{
	uint64_t lost = e->lost_at == CLOCK_NEVER ? 0 : e->now - e->lost_at;
	uint32_t ms = (uint32_t)MIN(lost, UINT32_MAX);

	e->lost_at = CLOCK_NEVER;
	tell_front_end(e, LINKEV_RESUMED, 0, ms);
	tell_supervisor(e, SESSION_RESUMED, ms);
}

uint64_t
resume_deadline(const struct engine *e)
{
	return e->lost_at == CLOCK_NEVER ? CLOCK_NEVER
					 : e->lost_at + SUSPEND_TIME;
}

void
resume_tick(struct engine *e)
{
	if (e->now < resume_deadline(e))
		return;
	if (e->s.state == SESSION_NONE && e->role == PEER_HOST) {
		e->lost_at = CLOCK_NEVER;
		resume_only(e, 0);
		return;
	}
	session_end(e, ERR_CONN_LOST, 0);
}
