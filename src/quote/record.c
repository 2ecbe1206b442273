/*
 * Prices as bytes between processes: fixed sizes, numbers alone, and a reader
 * that believes nothing.
 */
#include <string.h>

#include "secchat/err.h"
#include "secchat/limits.h"
#include "secchat/prices.h"

enum {
	HAS_PRICE = 1,
	HAS_CHANGE = 2
};

static void
quote_put(struct writer *w, const struct quote *q)
{
	put_u8(w, (uint8_t)((q->has_price ? HAS_PRICE : 0) |
			    (q->has_change ? HAS_CHANGE : 0)));
	put_u64(w, q->has_price ? q->price.digits : 0);
	put_u8(w, q->has_price ? (uint8_t)q->price.exp : 0);
	put_u32(w, q->has_change ? (uint32_t)q->change : 0);
	put_u64(w, q->time);
}

static uint64_t
too_many_digits(void)
{
	uint64_t v = 1;

	for (int i = 0; i < PRICE_DIGITS_MAX; i++)
		v *= 10;
	return v;
}

static int
quote_get(struct reader *r, struct quote *q)
{
	uint8_t has = get_u8(r), exp;

	memset(q, 0, sizeof *q);
	q->price.digits = get_u64(r);
	/* a byte in two's complement */
	exp = get_u8(r);
	q->price.exp = (int16_t)(exp < 0x80 ? exp : exp - 0x100);
	q->change = (int32_t)get_u32(r);
	q->time = get_u64(r);
	q->has_price = (has & HAS_PRICE) != 0;
	q->has_change = (has & HAS_CHANGE) != 0;
	if (has & ~(HAS_PRICE | HAS_CHANGE))
		return -ERR_FORMAT;
	if (q->price.digits >= too_many_digits() ||
	    q->has_price != decimal_is_price(&q->price))
		return -ERR_FORMAT;
	if (q->change < PRICE_CHANGE_MIN || q->change > PRICE_CHANGE_MAX ||
	    (!q->has_change && q->change != 0))
		return -ERR_FORMAT;
	return q->time > PRICE_TIME_MAX ? -ERR_FORMAT : 0;
}

_Static_assert(PRICE_QUOTE_SIZE == 1 + 8 + 1 + 4 + 8, "quote_put");
_Static_assert(PRICE_ANSWER_SIZE == 7 + PRICE_COINS * PRICE_QUOTE_SIZE,
    "price_answer_put");

void
price_answer_put(struct writer *w, const struct price_answer *a)
{
	put_u8(w, a->status);
	put_u16(w, a->http);
	put_u32(w, a->retry_s);
	for (int i = 0; i < PRICE_COINS; i++)
		quote_put(w, &a->coin[i]);
}

int
price_answer_get(struct reader *r, struct price_answer *a)
{
	int prices = 0, err = 0;

	memset(a, 0, sizeof *a);
	a->status = get_u8(r);
	a->http = get_u16(r);
	a->retry_s = get_u32(r);
	for (int i = 0; i < PRICE_COINS; i++) {
		if (quote_get(r, &a->coin[i]) < 0)
			err = -ERR_FORMAT;
		prices += a->coin[i].has_price;
	}
	if (reader_end(r) < 0 || a->status > PRICE_WORKER_LAST)
		err = -ERR_FORMAT;
	/* Prices come with PRICE_OK and with nothing else. */
	if ((a->status == PRICE_OK) != (prices > 0))
		err = -ERR_FORMAT;
	return err;
}

void
price_table_put(struct writer *w, const struct price_table *t)
{
	put_u8(w, t->show);
	put_u8(w, t->flags);
	put_u8(w, t->provider);
	put_u8(w, t->reason);
	put_u8(w, t->failed);
	put_u16(w, t->http);
	put_u8(w, t->also);
	put_u8(w, t->also_reason);
	put_u16(w, t->also_http);
	put_u32(w, t->age_s);
	put_u32(w, t->next_s);
	put_u32(w, t->every_s);
	put_u8(w, t->colors);
	for (int i = 0; i < PRICE_COINS; i++) {
		quote_put(w, &t->coin[i]);
		put_u32(w, t->data_age_s[i]);
		put_u8(w, t->future[i]);
	}
	put_u8(w, t->samples);
	put_bytes(w, t->level, sizeof t->level);
}

/* Whether every number is one that the rows can be made of. */
static int
table_is_sound(const struct price_table *t)
{
	if (t->show > SHOW_STATE || t->provider >= PRICE_PROVIDERS ||
	    t->failed >= PRICE_PROVIDERS || t->reason >= PRICE_STATUSES ||
	    t->also > PRICE_PROVIDERS || t->also_reason >= PRICE_STATUSES ||
	    t->colors >= COLORS_COUNT || t->samples > PRICE_SAMPLES)
		return 0;
	for (int i = 0; i < PRICE_COINS; i++)
		for (int j = 0; j < PRICE_SAMPLES; j++)
			if (t->level[i][j] > PRICE_LEVELS)
				return 0;
	return 1;
}

int
price_table_get(struct reader *r, struct price_table *t)
{
	int err = 0;

	memset(t, 0, sizeof *t);
	t->show = get_u8(r);
	t->flags = get_u8(r);
	t->provider = get_u8(r);
	t->reason = get_u8(r);
	t->failed = get_u8(r);
	t->http = get_u16(r);
	t->also = get_u8(r);
	t->also_reason = get_u8(r);
	t->also_http = get_u16(r);
	t->age_s = get_u32(r);
	t->next_s = get_u32(r);
	t->every_s = get_u32(r);
	t->colors = get_u8(r);
	for (int i = 0; i < PRICE_COINS; i++) {
		if (quote_get(r, &t->coin[i]) < 0)
			err = -ERR_FORMAT;
		t->data_age_s[i] = get_u32(r);
		t->future[i] = get_u8(r);
	}
	t->samples = get_u8(r);
	get_copy(r, t->level, sizeof t->level);
	if (reader_end(r) < 0 || !table_is_sound(t))
		err = -ERR_FORMAT;
	return err;
}

_Static_assert(
    PRICE_TABLE_SIZE ==
	5 + 2 + 4 + 12 + 1 +
	    PRICE_COINS * (PRICE_QUOTE_SIZE + 4 + 1 + PRICE_SAMPLES) + 1,
    "price_table_put");
