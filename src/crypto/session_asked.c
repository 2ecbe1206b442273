/*
 * What the front end and the supervisor ask of the session.  What is to be
 * sent is only marked; session_out.c sends it.
 */
#include <string.h>

#include "engine.h"
#include "secchat/err.h"
#include "secchat/util.h"

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

/*
 * In the order of their numbers: a text when the front end has confirmed it,
 * what is about a file when the supervisor has been told.
 */
void
session_confirm(struct engine *e)
{
	struct session *s = &e->s;
	int untold = bulk_untold(e);

	while (s->shown < s->received) {
		uint32_t len = s->in_len[(s->shown + 1) % WINDOW_MSGS];

		if (len == IN_NOTE ? untold : s->texts_shown == s->texts_ok)
			break;
		s->shown++;
		if (len == IN_NOTE)
			continue;
		s->texts_shown++;
		s->in_bytes -= len;
	}
	if (s->shown - s->ack_written >= ACK_BATCH)
		s->ack_due = 1;
	else if (s->shown > s->ack_written && s->ack_at == CLOCK_NEVER)
		s->ack_at = e->now + ACK_WITHIN;
}

void
session_on_shown(void *ctx, struct reader *r, int fd)
{
	struct engine *e = ctx;
	struct session *s = &e->s;
	uint64_t n = get_u64(r);

	(void)fd;
	if (e->state != ENGINE_SERVING || e->ui_behind)
		return;
	if (n < s->texts_ok || n > s->texts_in)
		fatal("the front end confirmed what it was not given");
	s->texts_ok = n;
	session_confirm(e);
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
	uint8_t link = e->s.state >= SESSION_LIVE  ? LINKEV_UP
		       : e->lost_at == CLOCK_NEVER ? LINKEV_WAITING
						   : LINKEV_LOST;

	(void)r;
	(void)fd;
	vault_say_status(e->send, e->send_ctx, link, e->mode,
	    e->keys->live.cur.n, outbox_count(e->out), e->s.rtt_ms);
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
