/*
 * When to ask whom for prices, and what is known meanwhile.  Pure: the clock,
 * the calendar and chance come from outside, nothing is started or sent here
 * (price_job.c does that), so that a test can drive a day in a millisecond.
 */
#ifndef SECCHAT_SRC_SUPER_PRICES_H
#define SECCHAT_SRC_SUPER_PRICES_H

#include <stddef.h>
#include <stdint.h>

#include "secchat/limits.h"
#include "secchat/prices.h"

/* What the caller has to do next. */
enum prices_do {
	DO_NOTHING,
	DO_ASK,  /* m->asking: ask m->provider, then prices_answered */
	DO_SHOW, /* prices_table says what there is */
};

struct provider_state {
	uint8_t off;         /* until the run ends */
	uint8_t failures;    /* in a row */
	uint64_t not_before; /* 0: at once */
};

struct prices {
	uint32_t every_ms; /* of the timer; doubled once by PRICE_RATE */
	uint32_t floor_ms;
	uint8_t auto_on, bar_on, slowed;
	uint8_t colors, flags; /* for the table: TABLE_OTHER, TABLE_SAMPLE */
	uint64_t due;          /* of the timer, or CLOCK_NEVER */

	/* the refresh under way */
	uint8_t asking, provider, tried, show;
	unsigned tried_mask;
	uint8_t began_once;
	uint64_t began; /* the last one */

	/* the cache */
	uint8_t have, from;
	struct quote coin[PRICE_COINS];
	uint64_t at, at_utc; /* when it was fetched, ms */

	/* the last refresh that came to nothing: the first of its failures,
	 * and the second, of whom also is the number and 1, or 0 */
	uint8_t failed, failed_by, reason, also, also_reason;
	uint16_t http, also_http;

	/* to be said once */
	uint8_t say_slowed, say_off; /* say_off: a provider and 1, or 0 */
	uint16_t off_http;           /* why that one is off */

	struct provider_state p[PRICE_PROVIDERS];
	double sample[PRICE_COINS][PRICE_SAMPLES]; /* 0: none */
	uint8_t samples;
	uint32_t (*chance)(uint32_t below); /* 0 to below - 1 */
};

/* every_s: 0 for the floor; chance: NULL for one that the system makes. */
void prices_init(
    struct prices *m, uint32_t every_s, uint32_t (*chance)(uint32_t below));

/* Somebody looks: the cache serves while it is fresh. */
enum prices_do prices_look(struct prices *m, uint64_t now);

/* Somebody wants new ones: past the cache, never before the floor. */
enum prices_do prices_refresh(struct prices *m, uint64_t now);

/* The timer and the status row, on or off. */
enum prices_do prices_auto(struct prices *m, uint64_t now, int on);
enum prices_do prices_bar(struct prices *m, uint64_t now, int on);

/* What the time asks for; prices_deadline is when it next does. */
enum prices_do prices_tick(struct prices *m, uint64_t now);
uint64_t prices_deadline(const struct prices *m);

/*
 * How asking m->provider ended.  DO_ASK: now ask m->provider, another one;
 * DO_SHOW: the refresh is over.
 */
enum prices_do prices_answered(
    struct prices *m, uint64_t now, uint64_t utc, const struct price_answer *a);

/* Everything that is known, for a screen.  m->show says how much. */
void prices_table(
    struct prices *m, uint64_t now, uint64_t utc, struct price_table *t);

#endif
