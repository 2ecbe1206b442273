/*
 * The members of the "prices" event: constants of ours and numbers, so that
 * nothing has to be escaped.  Prices are strings of all their digits.
 */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "secchat/prices.h"
#include "secchat/util.h"

struct out {
	char *p;
	size_t len;
};

__attribute__((format(printf, 2, 3))) static void
add(struct out *o, const char *fmt, ...)
{
	size_t room = PRICE_JSON_MAX - o->len;
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(o->p + o->len, room, fmt, ap);
	va_end(ap);
	o->len += MIN((size_t)n, room - 1);
}

/* "name":{"BTC":...,...}: a string for each, or null. */
typedef int coin_text_fn(
    char *out, size_t cap, const struct price_table *t, int coin);

static void
coins(struct out *o, const struct price_table *t, const char *name,
    coin_text_fn *fn)
{
	char text[DECIMAL_TEXT];

	add(o, ",\"%s\":{", name);
	for (int i = 0; i < PRICE_COINS; i++) {
		add(o, "%s\"%s\":", i > 0 ? "," : "", coin_names[i]);
		if (fn(text, sizeof text, t, i))
			add(o, "\"%s\"", text);
		else
			add(o, "null");
	}
	add(o, "}");
}

static int
usd(char *out, size_t cap, const struct price_table *t, int coin)
{
	(void)cap;
	if (!t->coin[coin].has_price)
		return 0;
	decimal_text(out, &t->coin[coin].price);
	return 1;
}

/* Only Kraken's change is not one of 24 hours. */
static int
is_day(const struct price_table *t)
{
	return strcmp(provider_rows[t->provider].since, "24 h") != 0;
}

static int
change_of(char *out, size_t cap, const struct quote *q)
{
	uint32_t v = q->change < 0 ? (uint32_t) - (int64_t)q->change
				   : (uint32_t)q->change;

	snprintf(
	    out, cap, "%s%u.%02u", q->change < 0 ? "-" : "", v / 100, v % 100);
	return q->has_change;
}

static int
chg24(char *out, size_t cap, const struct price_table *t, int coin)
{
	return change_of(out, cap, &t->coin[coin]) && !is_day(t);
}

static int
chg_day(char *out, size_t cap, const struct price_table *t, int coin)
{
	return change_of(out, cap, &t->coin[coin]);
}

/* How old the price is at the provider's; a number, or null. */
static void
data_ages(struct out *o, const struct price_table *t)
{
	add(o, ",\"data_age_s\":{");
	for (int i = 0; i < PRICE_COINS; i++) {
		add(o, "%s\"%s\":", i > 0 ? "," : "", coin_names[i]);
		if (t->future[i])
			add(o, "0");
		else if (t->data_age_s[i] == PRICE_NEVER)
			add(o, "null");
		else
			add(o, "%u", t->data_age_s[i]);
	}
	add(o, "}");
}

static int
data_is_stale(const struct price_table *t)
{
	for (int i = 0; i < PRICE_COINS; i++)
		if (t->data_age_s[i] != PRICE_NEVER &&
		    t->data_age_s[i] > PRICE_STALE_DATA)
			return 1;
	return 0;
}

static int
clock_is_off(const struct price_table *t)
{
	for (int i = 0; i < PRICE_COINS; i++)
		if (t->future[i])
			return 1;
	return 0;
}

static void
values(struct out *o, const struct price_table *t)
{
	if (!(t->flags & TABLE_VALUES)) {
		add(o, ",\"source\":null,\"age_s\":null,\"stale\":true");
		coins(o, t, "usd", usd);
		coins(o, t, "chg24", chg24);
		return;
	}
	add(o, ",\"source\":\"%s\",\"age_s\":%u,\"stale\":%s",
	    provider_rows[t->provider].name, t->age_s,
	    (t->flags & TABLE_FAILED) || data_is_stale(t) ? "true" : "false");
	coins(o, t, "usd", usd);
	coins(o, t, "chg24", chg24);
	if (is_day(t))
		coins(o, t, "chg_utc_day", chg_day);
	data_ages(o, t);
	if (clock_is_off(t))
		add(o, ",\"clock_differs\":true");
	add(o, ",\"credit\":\"%s\"", provider_rows[t->provider].credit);
}

/* Who was asked in its place, and failed as well. */
static void
also(struct out *o, const struct price_table *t)
{
	add(o, ",\"also\":{\"source\":\"%s\",\"why\":\"%s\"",
	    provider_rows[t->also - 1].name, price_status_word(t->also_reason));
	if (t->also_http != 0)
		add(o, ",\"http\":%u", t->also_http);
	add(o, "}");
}

size_t
price_json(char out[PRICE_JSON_MAX], const struct price_table *t)
{
	struct out o = {.p = out};

	values(&o, t);
	if (t->flags & TABLE_FAILED) {
		add(&o, ",\"failed\":{\"source\":\"%s\",\"why\":\"%s\"",
		    provider_rows[t->failed].name,
		    price_status_word(t->reason));
		if (t->http != 0)
			add(&o, ",\"http\":%u", t->http);
		if (t->also != 0)
			also(&o, t);
		add(&o, "}");
	}
	if (t->next_s != PRICE_NEVER)
		add(&o, ",\"next_s\":%u", t->next_s);
	if (t->flags & TABLE_AUTO)
		add(&o, ",\"every_s\":%u", t->every_s);
	if (t->flags & TABLE_OTHER)
		add(&o, ",\"other_server\":true");
	if (t->flags & TABLE_SAMPLE)
		add(&o, ",\"sample\":true");
	return o.len;
}
