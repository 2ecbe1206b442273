/*
 * The rules of asking (docs/prices.md, "When somebody is asked").
 */
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "prices.h"
#include "secchat/util.h"

/* At most so many providers in one refresh. */
#define TRIES 2

/* Blocked by the provider's gatekeeper: HTTP 403. */
#define BLOCKED 403

/* Answers that will not change before the next start. */
static const uint16_t for_good[] = {401, 402, 404, 451};

static uint32_t
system_chance(uint32_t below)
{
	uint32_t v = 0;

	if (getrandom(&v, sizeof v, GRND_NONBLOCK) != sizeof v)
		v = below - 1;
	return v % below;
}

void
prices_init(
    struct prices *m, uint32_t every_s, uint32_t (*chance)(uint32_t below))
{
	memset(m, 0, sizeof *m);
	m->floor_ms = PRICE_FLOOR;
	m->every_ms = MAX(m->floor_ms, MIN(every_s, PRICE_EVERY_MAX) * 1000u);
	m->due = CLOCK_NEVER;
	m->chance = chance != NULL ? chance : system_chance;
}

/* ---- whom ---- */

/* The first who may be asked now and has not been in this refresh. */
static int
choose(const struct prices *m, uint64_t now)
{
	for (int i = 0; i < PRICE_PROVIDERS; i++)
		if (!m->p[i].off && m->p[i].not_before <= now &&
		    !(m->tried_mask & 1u << i))
			return i;
	return -1;
}

/* When somebody may be asked again, or CLOCK_NEVER. */
static uint64_t
earliest(const struct prices *m)
{
	uint64_t at = CLOCK_NEVER;

	for (int i = 0; i < PRICE_PROVIDERS; i++)
		if (!m->p[i].off)
			at = MIN(at, m->p[i].not_before);
	if (at != CLOCK_NEVER && m->began_once)
		at = MAX(at, m->began + m->floor_ms);
	return at;
}

static enum prices_do
ask(struct prices *m, int provider)
{
	m->provider = (uint8_t)provider;
	m->tried_mask |= 1u << provider;
	m->tried++;
	m->asking = 1;
	return DO_ASK;
}

static enum prices_do
begin(struct prices *m, uint64_t now)
{
	int provider;

	m->tried_mask = m->tried = 0;
	provider = choose(m, now);
	if (provider < 0)
		return DO_SHOW;
	m->began = now;
	m->began_once = 1;
	return ask(m, provider);
}

/* ---- when ---- */

static int
may_ask(const struct prices *m, uint64_t now)
{
	return !m->asking && earliest(m) <= now;
}

/* The timer's next moment: not before somebody may be asked. */
static void
set_timer(struct prices *m)
{
	uint64_t at = earliest(m);

	m->due = CLOCK_NEVER;
	if (m->auto_on && at != CLOCK_NEVER)
		m->due = MAX(at, m->began + m->every_ms);
}

static int
is_fresh(const struct prices *m, uint64_t now)
{
	return m->have && !m->failed && now - m->at < PRICE_FRESH;
}

enum prices_do
prices_look(struct prices *m, uint64_t now)
{
	m->show = SHOW_TABLE;
	if (m->asking)
		return DO_NOTHING;
	if (is_fresh(m, now) || !may_ask(m, now))
		return DO_SHOW;
	return begin(m, now);
}

enum prices_do
prices_refresh(struct prices *m, uint64_t now)
{
	m->show = SHOW_TABLE;
	if (m->asking)
		return DO_NOTHING;
	return may_ask(m, now) ? begin(m, now) : DO_SHOW;
}

enum prices_do
prices_auto(struct prices *m, uint64_t now, int on)
{
	m->auto_on = on != 0;
	m->show = SHOW_TABLE;
	if (m->asking)
		return DO_NOTHING;
	if (on && may_ask(m, now))
		return begin(m, now);
	set_timer(m);
	return DO_SHOW;
}

enum prices_do
prices_bar(struct prices *m, uint64_t now, int on)
{
	m->bar_on = on != 0;
	if (on && !m->have && may_ask(m, now)) {
		m->show = SHOW_STATE;
		return begin(m, now);
	}
	/* A table that somebody waits for is still shown. */
	if (!m->asking)
		m->show = SHOW_STATE;
	return DO_SHOW;
}

enum prices_do
prices_tick(struct prices *m, uint64_t now)
{
	if (m->asking || now < m->due)
		return DO_NOTHING;
	m->show = m->bar_on ? SHOW_STATE : SHOW_LINE;
	if (may_ask(m, now))
		return begin(m, now);
	set_timer(m);
	return DO_NOTHING;
}

uint64_t
prices_deadline(const struct prices *m)
{
	return m->asking ? CLOCK_NEVER : m->due;
}

/* ---- how it went ---- */

static void
add_samples(struct prices *m)
{
	if (m->samples == PRICE_SAMPLES) {
		for (int i = 0; i < PRICE_COINS; i++)
			memmove(m->sample[i], m->sample[i] + 1,
			    sizeof m->sample[i] - sizeof m->sample[i][0]);
		m->samples--;
	}
	for (int i = 0; i < PRICE_COINS; i++)
		m->sample[i][m->samples] =
		    m->coin[i].has_price ? decimal_real(&m->coin[i].price) : 0;
	m->samples++;
}

static void
succeeded(
    struct prices *m, uint64_t now, uint64_t utc, const struct price_answer *a)
{
	memset(&m->p[m->provider], 0, sizeof m->p[m->provider]);
	memcpy(m->coin, a->coin, sizeof m->coin);
	m->have = 1;
	m->from = m->provider;
	m->at = now;
	m->at_utc = utc;
	m->failed = 0;
	add_samples(m);
}

/* Full jitter: anything up to the bound, which doubles each time. */
static uint64_t
back_off(const struct prices *m, const struct provider_state *p)
{
	uint32_t bound = PRICE_BACKOFF;

	for (int i = 1; i < p->failures && bound < PRICE_BACKOFF_MAX; i++)
		bound *= 2;
	return m->chance(MIN(bound, PRICE_BACKOFF_MAX) + 1u);
}

static int
is_for_good(const struct price_answer *a)
{
	for (size_t i = 0; i < ARRAY_LEN(for_good); i++)
		if (a->status == PRICE_HTTP && a->http == for_good[i])
			return 1;
	return 0;
}

/* Fewer requests were asked for: half as many until the run ends. */
static void
slow_down(struct prices *m)
{
	if (m->slowed)
		return;
	m->slowed = m->say_slowed = 1;
	m->every_ms *= 2;
}

static void
failed(struct prices *m, uint64_t now, const struct price_answer *a)
{
	struct provider_state *p = &m->p[m->provider];
	uint64_t wait;

	if (m->tried == 1) {
		m->failed = 1;
		m->failed_by = m->provider;
		m->reason = a->status;
		m->http = a->http;
		m->also = 0;
	} else {
		m->also = (uint8_t)(m->provider + 1);
		m->also_reason = a->status;
		m->also_http = a->http;
	}
	p->failures = (uint8_t)MIN(p->failures + 1, 100);
	if (is_for_good(a)) {
		p->off = 1;
		m->say_off = (uint8_t)(m->provider + 1);
		m->off_http = a->http;
		return;
	}
	wait = back_off(m, p);
	if (a->status == PRICE_HTTP && a->http == BLOCKED)
		wait = PRICE_BACKOFF_MAX;
	if (a->retry_s > 0)
		wait = MAX(wait, MIN(a->retry_s, PRICE_RETRY_MAX) * 1000ull);
	p->not_before = now + wait;
	if (a->status == PRICE_RATE)
		slow_down(m);
}

enum prices_do
prices_answered(
    struct prices *m, uint64_t now, uint64_t utc, const struct price_answer *a)
{
	int next = -1;

	m->asking = 0;
	if (a->status == PRICE_OK) {
		succeeded(m, now, utc, a);
	} else {
		failed(m, now, a);
		if (m->tried < TRIES)
			next = choose(m, now);
	}
	if (next >= 0)
		return ask(m, next);
	set_timer(m);
	return DO_SHOW;
}

/* ---- what there is ---- */

/* The calendar counts while the computer sleeps, the clock does not. */
static uint64_t
age_ms(const struct prices *m, uint64_t now, uint64_t utc)
{
	uint64_t slept = utc > m->at_utc ? utc - m->at_utc : 0;

	return MAX(now - m->at, slept);
}

/* Where a price stands between the lowest and the highest, in half steps that
 * are rounded up. */
static uint8_t
level(double v, double low, double high)
{
	double halves;

	if (high <= low)
		return PRICE_LEVELS / 2;
	halves = (v - low) / (high - low) * (2 * (PRICE_LEVELS - 1));
	return (uint8_t)(1 + ((unsigned)halves + 1) / 2);
}

static void
put_levels(const struct prices *m, struct price_table *t, int coin)
{
	double low = 0, high = 0, v;

	for (int i = 0; i < m->samples; i++) {
		v = m->sample[coin][i];
		if (v > 0 && (low <= 0 || v < low))
			low = v;
		high = MAX(high, v);
	}
	for (int i = 0; i < m->samples; i++) {
		v = m->sample[coin][i];
		if (v <= 0)
			continue;
		t->level[coin][i] = level(v, low, high);
	}
}

static void
put_coin(const struct prices *m, uint64_t utc, struct price_table *t, int i)
{
	uint64_t then = m->coin[i].time, today = utc / 1000;

	t->coin[i] = m->coin[i];
	if (then > today + PRICE_FUTURE)
		t->future[i] = 1;
	else if (then > 0)
		t->data_age_s[i] =
		    then < today ? (uint32_t)MIN(today - then, UINT32_MAX - 1)
				 : 0;
	put_levels(m, t, i);
}

static uint32_t
seconds_until(uint64_t now, uint64_t at)
{
	uint64_t s;

	if (at == CLOCK_NEVER)
		return PRICE_NEVER;
	s = at > now ? (at - now + 999) / 1000 : 0;
	return (uint32_t)MIN(s, UINT32_MAX - 1);
}

static void
put_failure(const struct prices *m, struct price_table *t)
{
	t->flags |= TABLE_FAILED;
	t->failed = m->failed_by;
	t->reason = m->reason;
	t->http = m->http;
	if (earliest(m) == CLOCK_NEVER) {
		t->reason = PRICE_ALL_OFF;
		return;
	}
	t->also = m->also;
	t->also_reason = m->also_reason;
	t->also_http = m->also_http;
}

void
prices_table(
    struct prices *m, uint64_t now, uint64_t utc, struct price_table *t)
{
	memset(t, 0, sizeof *t);
	for (int i = 0; i < PRICE_COINS; i++)
		t->data_age_s[i] = PRICE_NEVER;
	if (m->have && age_ms(m, now, utc) >= PRICE_KEEP)
		m->have = 0;
	t->show = m->show;
	t->colors = m->colors;
	t->flags = m->flags;
	t->every_s = m->every_ms / 1000;
	t->next_s = seconds_until(now, m->auto_on ? m->due : earliest(m));
	t->flags |= (uint8_t)((m->auto_on ? TABLE_AUTO : 0) |
			      (m->bar_on ? TABLE_BAR : 0) |
			      (m->slowed ? TABLE_SLOWED : 0) |
			      (m->asking ? TABLE_ASKING : 0));
	if (m->failed)
		put_failure(m, t);
	if (!m->have)
		return;
	t->flags |= TABLE_VALUES;
	t->provider = m->from;
	t->age_s = (uint32_t)MIN(age_ms(m, now, utc) / 1000, UINT32_MAX - 1ull);
	t->samples = m->samples;
	for (int i = 0; i < PRICE_COINS; i++)
		put_coin(m, utc, t, i);
}
