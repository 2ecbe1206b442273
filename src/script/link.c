/*
 * The connection as a script sees it: up, lost, tried again, back, or the
 * same person with a program that was started anew.
 *
 * The loss is crypto's to tell and each further try is the supervisor's, on
 * two sockets that nothing keeps in step.  A try that is heard of first is
 * kept until the loss is.
 */
#include <string.h>

#include "script.h"
#include "secchat/util.h"

/* clang-format off */
static const char *const link_names[] = {
	[LINKEV_WAITING] = "waiting",
	[LINKEV_UP]      = "up",
	[LINKEV_LOST]    = "lost",
	[LINKEV_RETRY]   = "retry",
	[LINKEV_RESUMED] = "resumed",
	[LINKEV_LEFT]    = "left",
};
static const char *const lost_names[] = {
	[0]            = NULL,
	[LOST_EOF]     = "closed",
	[LOST_RESET]   = "reset",
	[LOST_TIMEOUT] = "silence",
	[LOST_LENGTH]  = "garbage",
	[LOST_EVICTED] = "evicted",
};
/* clang-format on */

const char *
script_link_name(const struct script *s, uint8_t link)
{
	if (link >= ARRAY_LEN(link_names))
		fatal("link state %u is unknown", link);
	if (link == LINKEV_RESUMED)
		link = LINKEV_UP;
	if (s->retrying && (link == LINKEV_LOST || link == LINKEV_WAITING))
		link = LINKEV_RETRY;
	return link_names[link];
}

static void
show_retry(struct script *s)
{
	s->retrying = 1;
	s->retry_held = 0;
	if (!script_json(s))
		return;
	event_begin(&s->ev, "link");
	event_str(&s->ev, "state", link_names[LINKEV_RETRY]);
	if (s->retry.why[0] != '\0')
		event_str(&s->ev, "why", s->retry.why);
	event_uint(&s->ev, "try", s->retry.try);
	event_uint(&s->ev, "in_ms", s->retry.in_ms);
	event_end(&s->ev);
}

void
script_retry(struct script *s, const struct retry *retry)
{
	s->retry = *retry;
	if (s->state == ST_CHAT && s->link == LINKEV_UP)
		s->retry_held = 1;
	else
		show_retry(s);
}

static void
show_link(struct script *s, uint8_t event, uint8_t why, uint32_t ms)
{
	if (!script_json(s))
		return;
	event_begin(&s->ev, "link");
	event_str(&s->ev, "state", link_names[event]);
	if (event == LINKEV_LOST && lost_names[why] != NULL)
		event_str(&s->ev, "why", lost_names[why]);
	if (event == LINKEV_LOST && ms > 0)
		event_uint(&s->ev, "give_up_ms", ms);
	if (event == LINKEV_RESUMED)
		event_uint(&s->ev, "lost_ms", ms);
	event_end(&s->ev);
}

void
script_link(struct script *s, uint8_t event, uint8_t why, uint32_t ms)
{
	if (event >= ARRAY_LEN(link_names) || why >= ARRAY_LEN(lost_names))
		fatal("link event %u for reason %u", event, why);
	show_link(s, event, why, ms);
	if (event == LINKEV_LOST) {
		s->link = LINKEV_LOST;
		s->retrying = 0;
		if (s->retry_held)
			show_retry(s);
	} else if (event == LINKEV_UP || event == LINKEV_RESUMED) {
		s->link = LINKEV_UP;
		s->retrying = s->retry_held = 0;
		s->idle_since = s->now;
	}
}

static void
show_restarted(struct script *s, uint32_t lost)
{
	if (!script_json(s)) {
		if (lost > 0)
			log_line("the other program was started anew; "
				 "messages of before that were not "
				 "delivered: %u",
			    lost);
		return;
	}
	event_begin(&s->ev, "link");
	event_str(&s->ev, "state", "restarted");
	event_uint(&s->ev, "undelivered", lost);
	event_end(&s->ev);
}

/*
 * What crypto was given and was not confirmed is lost, and said to be.  What
 * still waits here was meant for whoever was there before, and the secret does
 * not tell that it is the same person who comes: it is given back, too.  Texts
 * of the old session that stdout has not taken are confirmed to nobody.
 */
void
script_restarted(struct script *s, uint32_t unconfirmed)
{
	uint32_t lost = (uint32_t)(s->sendq.sent - s->sendq.confirmed);
	struct ref ref;

	if (unconfirmed > lost)
		fatal("%u texts unconfirmed, of %u", unconfirmed, lost);
	show_restarted(s, lost + s->sendq.waiting - s->stale);
	s->stale = s->sendq.waiting;
	s->chat++;
	while (sendq_out(&s->sendq)) {
		(void)sendq_lose(&s->sendq, &ref);
		script_show_fate(s, "undelivered", &ref, s->sendq.confirmed);
	}
	s->lost_texts += lost;
	sendq_restart(&s->sendq);
	outring_restart(&s->out);
	s->last_text = s->told = 0;
	s->state = ST_WAIT;
	s->link = LINKEV_WAITING;
	s->retrying = s->retry_held = 0;
	s->rekey_wanted = s->verify_wanted = 0;
	s->restarted_wanted = 1;
}
