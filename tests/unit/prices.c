/*
 * When who is asked, under a clock that the test turns: cache, floor, timer,
 * fallback, back-off, Retry-After, providers that are switched off, and what
 * is shown meanwhile.
 */
#include "../../src/super/prices.h"
#include "check.h"
#include "secchat/util.h"

#define UTC0 1711356310000u /* the day of the samples */
#define T0 5000u

static uint32_t dice; /* what chance says, or the most when too large */

static uint32_t
chance(uint32_t below)
{
	return MIN(dice, below - 1);
}

static struct prices m;
static uint64_t now;

static void
begin_at(uint32_t every_s)
{
	dice = UINT32_MAX;
	now = T0;
	prices_init(&m, every_s, chance);
}

static uint64_t
utc(void)
{
	return UTC0 + now - T0;
}

static enum prices_do
answer(enum price_status status, uint16_t http, uint32_t retry_s)
{
	struct price_answer a = {
	    .status = (uint8_t)status, .http = http, .retry_s = retry_s};

	if (status == PRICE_OK) {
		a.coin[PRICE_BTC].has_price = 1;
		a.coin[PRICE_BTC].price.digits = 97120 + now / 1000;
		a.coin[PRICE_BTC].time = utc() / 1000;
	}
	return prices_answered(&m, now, utc(), &a);
}

static enum prices_do
good(void)
{
	return answer(PRICE_OK, 200, 0);
}

static struct price_table
table(void)
{
	struct price_table t;

	prices_table(&m, now, utc(), &t);
	return t;
}

/* ---- the cache and the floor ---- */

static void
test_cache(void)
{
	begin_at(0);
	CHECK(table().flags == 0);
	CHECK(prices_look(&m, now) == DO_ASK && m.provider == PRICE_COINGECKO);
	CHECK(m.asking && (table().flags & TABLE_ASKING));
	CHECK(prices_look(&m, now) == DO_NOTHING); /* one at a time */
	now += 400;
	CHECK(good() == DO_SHOW && !m.asking);
	now += 59599; /* 60 s after the answer it is not fresh */
	CHECK(prices_look(&m, now) == DO_SHOW);
	CHECK(table().age_s == 59 && !(table().flags & TABLE_FAILED));
	now += 401;
	CHECK(prices_look(&m, now) == DO_ASK);
	CHECK(good() == DO_SHOW);
}

static void
test_floor(void)
{
	begin_at(0);
	CHECK(prices_refresh(&m, now) == DO_ASK);
	CHECK(good() == DO_SHOW);
	now += 29999;
	CHECK(prices_refresh(&m, now) == DO_SHOW);
	CHECK(table().next_s == 1);
	now += 1;
	CHECK(prices_refresh(&m, now) == DO_ASK); /* past a fresh cache */
	CHECK(good() == DO_SHOW);
	/* Nobody gets round it by another word. */
	CHECK(prices_auto(&m, now, 1) == DO_SHOW);
	CHECK(prices_bar(&m, now, 1) == DO_SHOW);
	CHECK(prices_look(&m, now) == DO_SHOW);
}

static void
test_old_values(void)
{
	begin_at(0);
	CHECK(prices_look(&m, now) == DO_ASK && good() == DO_SHOW);
	now += PRICE_KEEP - 1;
	CHECK(table().flags & TABLE_VALUES);
	CHECK(table().age_s == PRICE_KEEP / 1000 - 1);
	now += 1;
	CHECK(!(table().flags & TABLE_VALUES));
}

/* The computer slept: its clock stood still, the calendar did not. */
static void
test_sleep(void)
{
	struct price_table t;

	begin_at(0);
	CHECK(prices_look(&m, now) == DO_ASK && good() == DO_SHOW);
	prices_table(&m, now + 1000, utc() + 7200000, &t);
	CHECK(t.age_s == 7200);
	prices_table(&m, now + 9000, utc() - 7200000, &t);
	CHECK(t.age_s == 9);
}

/* ---- the timer ---- */

static void
test_timer(void)
{
	begin_at(0);
	CHECK(prices_deadline(&m) == CLOCK_NEVER);
	CHECK(prices_auto(&m, now, 1) == DO_ASK);
	CHECK(prices_deadline(&m) == CLOCK_NEVER);
	now += 700;
	CHECK(good() == DO_SHOW);
	CHECK(prices_deadline(&m) == T0 + 30000);
	CHECK(prices_tick(&m, now) == DO_NOTHING);
	for (int i = 1; i < 100; i++) {
		now = prices_deadline(&m);
		CHECK(now == T0 + 30000u * (unsigned)i);
		CHECK(prices_tick(&m, now) == DO_ASK);
		CHECK(m.show == SHOW_LINE);
		CHECK(good() == DO_SHOW);
	}
	CHECK(m.samples == PRICE_SAMPLES);
	CHECK(prices_bar(&m, now, 1) == DO_SHOW && m.show == SHOW_STATE);
	now = prices_deadline(&m);
	CHECK(prices_tick(&m, now) == DO_ASK && m.show == SHOW_STATE);
	/* Somebody who asks meanwhile is shown the table. */
	CHECK(prices_look(&m, now) == DO_NOTHING && m.show == SHOW_TABLE);
	CHECK(good() == DO_SHOW && m.show == SHOW_TABLE);
	CHECK(prices_auto(&m, now, 0) == DO_SHOW);
	CHECK(prices_deadline(&m) == CLOCK_NEVER);
}

static void
test_interval(void)
{
	begin_at(90);
	CHECK(m.every_ms == 90000);
	CHECK(prices_auto(&m, now, 1) == DO_ASK && good() == DO_SHOW);
	CHECK(prices_deadline(&m) == T0 + 90000);
	begin_at(5); /* below the floor */
	CHECK(m.every_ms == PRICE_FLOOR);
}

/* The first "too many requests" halves the pace, once, for good. */
static void
test_slows_down(void)
{
	begin_at(0);
	dice = 0;
	CHECK(prices_auto(&m, now, 1) == DO_ASK);
	CHECK(answer(PRICE_RATE, 429, 0) == DO_ASK); /* the next provider */
	CHECK(m.slowed && m.say_slowed && m.every_ms == 60000);
	CHECK(good() == DO_SHOW);
	CHECK(prices_deadline(&m) == T0 + 60000);
	now = prices_deadline(&m);
	CHECK(prices_tick(&m, now) == DO_ASK);
	CHECK(answer(PRICE_RATE, 429, 0) == DO_ASK && good() == DO_SHOW);
	CHECK(m.every_ms == 60000 && (table().flags & TABLE_SLOWED));
}

/* ---- who ---- */

static void
test_fallback(void)
{
	begin_at(0);
	CHECK(prices_look(&m, now) == DO_ASK && m.provider == PRICE_COINGECKO);
	CHECK(
	    answer(PRICE_CUT, 0, 0) == DO_ASK && m.provider == PRICE_BITFINEX);
	CHECK(good() == DO_SHOW);
	CHECK(table().provider == PRICE_BITFINEX);
	CHECK(!(table().flags & TABLE_FAILED));
	/* Two at most, and the reasons of both. */
	begin_at(0);
	CHECK(prices_look(&m, now) == DO_ASK);
	CHECK(answer(PRICE_HTTP, 500, 0) == DO_ASK);
	CHECK(answer(PRICE_TIMEOUT, 0, 0) == DO_SHOW);
	CHECK(table().failed == PRICE_COINGECKO &&
	      table().reason == PRICE_HTTP && table().http == 500);
	CHECK(table().also == PRICE_BITFINEX + 1 &&
	      table().also_reason == PRICE_TIMEOUT && table().also_http == 0);
	/* The third has its turn while the two are waiting. */
	now += PRICE_FLOOR;
	m.p[PRICE_COINGECKO].not_before = m.p[PRICE_BITFINEX].not_before =
	    now + 1;
	CHECK(prices_look(&m, now) == DO_ASK && m.provider == PRICE_KRAKEN);
	CHECK(good() == DO_SHOW && table().provider == PRICE_KRAKEN);
}

static void
test_values_stay(void)
{
	begin_at(0);
	CHECK(prices_look(&m, now) == DO_ASK && good() == DO_SHOW);
	now += 240000;
	CHECK(prices_look(&m, now) == DO_ASK);
	CHECK(answer(PRICE_RATE, 429, 41) == DO_ASK);
	CHECK(answer(PRICE_CONNECT, 0, 0) == DO_SHOW);
	CHECK(table().flags & TABLE_VALUES && table().flags & TABLE_FAILED);
	CHECK(table().age_s == 240 && table().reason == PRICE_RATE);
	CHECK(table().coin[PRICE_BTC].has_price);
	/* A look does not hammer: the floor holds. */
	CHECK(prices_look(&m, now) == DO_SHOW);
}

/* ---- back-off ---- */

static void
fail_once(void)
{
	m.asking = 1;
	m.provider = PRICE_COINGECKO;
	m.tried = 2;
	(void)answer(PRICE_CUT, 0, 0);
}

static void
test_backoff(void)
{
	uint32_t bound = PRICE_BACKOFF;

	begin_at(0);
	for (int i = 0; i < 20; i++) {
		fail_once();
		CHECK(m.p[0].not_before == now + bound);
		bound = MIN(bound * 2, PRICE_BACKOFF_MAX);
	}
	CHECK(bound == PRICE_BACKOFF_MAX);
	dice = 7; /* full jitter: anything down to nothing */
	fail_once();
	CHECK(m.p[0].not_before == now + 7);
	for (int i = 0; i < 300; i++)
		fail_once();
	CHECK(m.p[0].failures == 100);
	m.asking = 1;
	CHECK(good() == DO_SHOW);
	CHECK(m.p[0].failures == 0 && m.p[0].not_before == 0);
}

static void
test_retry_after(void)
{
	begin_at(0);
	dice = 0;
	CHECK(prices_look(&m, now) == DO_ASK);
	CHECK(answer(PRICE_RATE, 429, 119) == DO_ASK);
	CHECK(m.p[0].not_before == now + 119000);
	begin_at(0);
	CHECK(prices_look(&m, now) == DO_ASK);
	CHECK(answer(PRICE_RATE, 429, UINT32_MAX) == DO_ASK);
	CHECK(m.p[0].not_before == now + 3600000u);
	begin_at(0); /* our own wait, when that is longer */
	CHECK(prices_look(&m, now) == DO_ASK);
	CHECK(answer(PRICE_HTTP, 503, 1) == DO_ASK);
	CHECK(m.p[0].not_before == now + PRICE_BACKOFF);
	begin_at(0); /* blocked by a gatekeeper */
	dice = 0;
	CHECK(prices_look(&m, now) == DO_ASK);
	CHECK(answer(PRICE_HTTP, 403, 0) == DO_ASK);
	CHECK(m.p[0].not_before == now + PRICE_BACKOFF_MAX);
}

/* The timer waits for whoever may be asked first. */
static void
test_timer_waits(void)
{
	begin_at(0);
	dice = 0;
	CHECK(prices_auto(&m, now, 1) == DO_ASK);
	CHECK(answer(PRICE_RATE, 429, 300) == DO_ASK);
	CHECK(answer(PRICE_RATE, 429, 500) == DO_SHOW);
	now = prices_deadline(&m);
	CHECK(prices_tick(&m, now) == DO_ASK && m.provider == PRICE_KRAKEN);
	CHECK(answer(PRICE_RATE, 200, 900) == DO_SHOW);
	CHECK(prices_deadline(&m) == T0 + 300000);
	CHECK(table().next_s == (T0 + 300000 - now) / 1000);
}

static void
test_switched_off(void)
{
	static const uint16_t codes[] = {401, 402, 404, 451};
	static const uint16_t others[] = {400, 403, 418, 500, 503};

	for (size_t i = 0; i < ARRAY_LEN(codes); i++) {
		begin_at(0);
		CHECK(prices_look(&m, now) == DO_ASK);
		CHECK(answer(PRICE_HTTP, codes[i], 0) == DO_ASK);
		CHECK(m.p[PRICE_COINGECKO].off && m.say_off == 1 &&
		      m.off_http == codes[i]);
		CHECK(good() == DO_SHOW);
		now += PRICE_FRESH;
		CHECK(prices_look(&m, now) == DO_ASK &&
		      m.provider == PRICE_BITFINEX);
	}
	for (size_t i = 0; i < ARRAY_LEN(others); i++) {
		begin_at(0);
		CHECK(prices_look(&m, now) == DO_ASK);
		CHECK(answer(PRICE_HTTP, others[i], 0) == DO_ASK);
		CHECK(!m.p[PRICE_COINGECKO].off);
	}
	/* All of them: nobody is asked again. */
	begin_at(0);
	CHECK(prices_auto(&m, now, 1) == DO_ASK);
	CHECK(answer(PRICE_HTTP, 401, 0) == DO_ASK);
	CHECK(answer(PRICE_HTTP, 451, 0) == DO_SHOW);
	now = prices_deadline(&m);
	CHECK(prices_tick(&m, now) == DO_ASK);
	CHECK(answer(PRICE_HTTP, 402, 0) == DO_SHOW);
	CHECK(prices_deadline(&m) == CLOCK_NEVER);
	now += PRICE_KEEP;
	CHECK(prices_look(&m, now) == DO_SHOW);
	CHECK(prices_refresh(&m, now) == DO_SHOW);
	CHECK(table().reason == PRICE_ALL_OFF && table().next_s == PRICE_NEVER);
}

/* ---- what is shown ---- */

static void
test_times(void)
{
	struct price_answer a = {.status = PRICE_OK, .http = 200};

	begin_at(0);
	CHECK(prices_look(&m, now) == DO_ASK);
	for (int i = 0; i < PRICE_COINS; i++) {
		a.coin[i].has_price = 1;
		a.coin[i].price.digits = 5;
	}
	a.coin[0].time = UTC0 / 1000 - 700;
	a.coin[1].time = UTC0 / 1000 + 299;
	a.coin[2].time = UTC0 / 1000 + 301;
	CHECK(prices_answered(&m, now, utc(), &a) == DO_SHOW);
	CHECK(table().data_age_s[0] == 700 && !table().future[0]);
	CHECK(table().data_age_s[1] == 0 && !table().future[1]);
	CHECK(table().future[2]);
	CHECK(table().data_age_s[3] == PRICE_NEVER && !table().future[3]);
}

static void
test_levels(void)
{
	struct price_table t;

	begin_at(0);
	for (int i = 0; i < 3; i++) {
		CHECK(prices_refresh(&m, now) == DO_ASK);
		CHECK(good() == DO_SHOW);
		now += PRICE_FLOOR;
	}
	t = table();
	CHECK(t.samples == 3 && t.level[PRICE_BTC][0] == 1);
	CHECK(t.level[PRICE_BTC][2] == PRICE_LEVELS);
	CHECK(
	    t.level[PRICE_BTC][1] > 1 && t.level[PRICE_BTC][1] < PRICE_LEVELS);
	CHECK(t.level[PRICE_ETH][1] == 0);
}

int
main(void)
{
	test_cache();
	test_floor();
	test_old_values();
	test_sleep();
	test_timer();
	test_interval();
	test_slows_down();
	test_fallback();
	test_values_stay();
	test_backoff();
	test_retry_after();
	test_timer_waits();
	test_switched_off();
	test_times();
	test_levels();
	return check_end();
}
