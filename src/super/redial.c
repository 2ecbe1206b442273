/*
 * A joiner calls again: when its connection was lost, until crypto gives the
 * session up, and with --wait before there has been one.  The first call
 * comes after REDIAL_FIRST, each further one after twice the time, up to
 * REDIAL_MAX; a connection that proves itself begins the count anew.  Names
 * are looked up each time: the host may be at another address by now.
 */
#include <stdio.h>
#include <string.h>

#include "internal.h"
#include "secchat/util.h"

static void
tell_front_end(struct super *s, uint32_t ms)
{
	struct redial *r = &s->redial;
	uint8_t body[9 + 255];
	struct writer w;

	log_event(s, "call %u in %u ms: %s", r->tries, ms, r->why);
	if (!front_hears(s) || ipc_room(&s->w[s->ui].link) < sizeof body)
		return;
	writer_init(&w, body, sizeof body);
	put_u32(&w, r->tries);
	put_u32(&w, ms);
	put_str8(&w, r->why);
	ipc_send(&s->w[s->ui].link, IPC_UI_RETRY, body, w.len);
}

void
redial_want(struct super *s, const char *why)
{
	struct redial *r = &s->redial;

	if (s->o->role != PEER_JOINER)
		return;
	r->pause = r->tries == 0 ? (uint32_t)REDIAL_FIRST
				 : MIN(2 * r->pause, (uint32_t)REDIAL_MAX);
	r->tries++;
	r->wanted = 1;
	r->calling = 0;
	r->at = clock_now_ms() + r->pause;
	snprintf(r->why, sizeof r->why, "%s", why);
	tell_front_end(s, r->pause);
}

void
redial_over(struct super *s)
{
	memset(&s->redial, 0, sizeof s->redial);
}

void
redial_now(struct super *s)
{
	struct redial *r = &s->redial;

	if (r->wanted && !r->calling)
		r->at = 0;
}

uint64_t
redial_last(const struct super *s)
{
	return !s->connected && s->o->wait && s->o->wait_ms > 0 ? s->wait_until
								: CLOCK_NEVER;
}

uint64_t
redial_deadline(const struct super *s)
{
	const struct redial *r = &s->redial;
	uint64_t at = r->calling ? CLOCK_NEVER : r->at;

	/* Whoever waits for a time that has passed does not wait: while a call
	 * is being made there is nothing to be done about it. */
	if (!r->wanted || s->dialling)
		return CLOCK_NEVER;
	return MIN(at, redial_last(s));
}

static void
give_up(struct super *s)
{
	if (s->dial_ok)
		verdict_set(s, EXIT_NETWORK, s->redial.why, NULL,
		    err_next(ERR_CONNECT));
	else
		call_verdict(s);
}

void
redial_serve(struct super *s)
{
	struct redial *r = &s->redial;
	char why[160];
	int err;

	if (clock_now_ms() >= redial_last(s)) {
		give_up(s);
		return;
	}
	r->calling = 1;
	tell_front_end(s, 0);
	s->dialling = 1;
	err = call_dial(s);
	s->dialling = 0;
	if (err == 0) {
		call_hand_over(s);
	} else if (err == -ERR_CONNECT) {
		call_why(s, why, sizeof why);
		redial_want(s, why);
	}
}
