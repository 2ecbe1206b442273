/*
 * From a provider's JSON to numbers.  Every step asks for the type before it
 * looks: a string is no number, null is no zero, an array is no object.  What
 * is not as it should be is missing, and what is missing is n/a.
 */
#include <jansson.h>
#include <string.h>

#include "price.h"
#include "secchat/err.h"
#include "secchat/util.h"

/* ---- one number ---- */

/* A JSON number.  0 or -ERR_FORMAT. */
static int
number(struct decimal *d, const json_t *v)
{
	if (!json_is_number(v))
		return -ERR_FORMAT;
	return decimal_from_real(d, json_number_value(v));
}

/* A JSON string that holds a number. */
static int
numeral(struct decimal *d, const json_t *v)
{
	if (!json_is_string(v))
		return -ERR_FORMAT;
	return decimal_parse(d, json_string_value(v), json_string_length(v));
}

static void
set_price(struct quote *q, const struct decimal *d)
{
	if (!decimal_is_price(d))
		return;
	q->price = *d;
	q->has_price = 1;
}

/* d is in per cent. */
static void
set_change(struct quote *q, const struct decimal *d)
{
	int32_t v;

	if (decimal_hundredths(d, PRICE_CHANGE_MIN, PRICE_CHANGE_MAX, &v) < 0)
		return;
	q->change = v;
	q->has_change = 1;
}

/* How much a is above b, in hundredths of a per cent. */
static void
set_change_from(
    struct quote *q, const struct decimal *now, const struct decimal *then)
{
	struct decimal d;

	if (decimal_is_price(now) && decimal_is_price(then) &&
	    decimal_from_real(
		&d, (decimal_real(now) / decimal_real(then) - 1) * 100) == 0)
		set_change(q, &d);
}

/* ---- coingecko: {"bitcoin":{"usd":1,"usd_24h_change":2,...},...} ---- */

static uint64_t
unix_time(const json_t *v)
{
	json_int_t t = json_integer_value(v);

	return json_is_integer(v) && t > 0 && t <= (json_int_t)PRICE_TIME_MAX
		   ? (uint64_t)t
		   : 0;
}

static void
coingecko_coin(struct quote *q, const json_t *coin)
{
	struct decimal d;

	if (!json_is_object(coin))
		return;
	if (number(&d, json_object_get(coin, "usd")) == 0)
		set_price(q, &d);
	if (number(&d, json_object_get(coin, "usd_24h_change")) == 0)
		set_change(q, &d);
	q->time = unix_time(json_object_get(coin, "last_updated_at"));
}

static int
coingecko(const json_t *root, struct quote coin[PRICE_COINS])
{
	static const char *const ids[PRICE_COINS] = {
	    "bitcoin", "ethereum", "solana", "dogecoin"};

	if (!json_is_object(root))
		return PRICE_FORMAT;
	for (int i = 0; i < PRICE_COINS; i++)
		coingecko_coin(&coin[i], json_object_get(root, ids[i]));
	return PRICE_OK;
}

/* ---- bitfinex: [["tBTCUSD",...,[6] change,[7] price,...],...] ---- */

enum {
	BFX_SYMBOL = 0,
	BFX_CHANGE = 6,
	BFX_LAST = 7,
	BFX_ITEMS = 11
};

static void
bitfinex_coin(struct quote *q, const json_t *row)
{
	struct decimal d;

	if (number(&d, json_array_get(row, BFX_LAST)) == 0)
		set_price(q, &d);
	/* A fraction: 0.0124 is 1.24 %. */
	if (number(&d, json_array_get(row, BFX_CHANGE)) == 0) {
		d.exp = (int16_t)(d.exp + 2);
		set_change(q, &d);
	}
}

static int
bitfinex(const json_t *root, struct quote coin[PRICE_COINS])
{
	static const char *const symbols[PRICE_COINS] = {
	    "tBTCUSD", "tETHUSD", "tSOLUSD", "tDOGE:USD"};
	const char *first = json_string_value(json_array_get(root, 0));
	const json_t *row;
	size_t n;

	if (!json_is_array(root))
		return PRICE_FORMAT;
	if (first != NULL)
		return strcmp(first, "error") == 0 ? PRICE_REFUSED
						   : PRICE_FORMAT;
	json_array_foreach(root, n, row)
	{
		const char *symbol =
		    json_string_value(json_array_get(row, BFX_SYMBOL));

		if (symbol == NULL || json_array_size(row) < BFX_ITEMS)
			continue;
		for (int i = 0; i < PRICE_COINS; i++)
			if (strcmp(symbol, symbols[i]) == 0)
				bitfinex_coin(&coin[i], row);
	}
	return PRICE_OK;
}

/* ---- kraken: {"error":[],"result":{"XXBTZUSD":{"c":["1",..],"o":"1"}}} -- */

static void
kraken_coin(struct quote *q, const json_t *coin)
{
	struct decimal last, open;

	if (!json_is_object(coin) ||
	    numeral(&last, json_array_get(json_object_get(coin, "c"), 0)) < 0)
		return;
	set_price(q, &last);
	/* Since 00:00 UTC, and said so (words.c). */
	if (numeral(&open, json_object_get(coin, "o")) == 0)
		set_change_from(q, &last, &open);
}

/* Errors come with status 200: a W is a warning, beside a result. */
static int
kraken_error(const json_t *errors)
{
	const json_t *e;
	size_t i;

	if (!json_is_array(errors))
		return PRICE_FORMAT;
	json_array_foreach(errors, i, e)
	{
		const char *text = json_string_value(e);

		if (text == NULL)
			return PRICE_FORMAT;
		if (text[0] == 'W')
			continue;
		return strstr(text, "Too many requests") != NULL ||
			       strstr(text, "Rate limit") != NULL
			   ? PRICE_RATE
			   : PRICE_REFUSED;
	}
	return PRICE_OK;
}

static int
kraken(const json_t *root, struct quote coin[PRICE_COINS])
{
	/* Its own names for the pairs; those of DOGE have changed before. */
	static const char *const pairs[PRICE_COINS][3] = {
	    [PRICE_BTC] = {"XXBTZUSD", "XBTUSD", NULL},
	    [PRICE_ETH] = {"XETHZUSD", "ETHUSD", NULL},
	    [PRICE_SOL] = {"SOLUSD", NULL, NULL},
	    [PRICE_DOGE] = {"XDGUSD", "XXDGZUSD", "DOGEUSD"},
	};
	const json_t *result = json_object_get(root, "result");
	int err;

	if (!json_is_object(root))
		return PRICE_FORMAT;
	err = kraken_error(json_object_get(root, "error"));
	if (err != PRICE_OK)
		return err;
	if (!json_is_object(result))
		return PRICE_FORMAT;
	for (int i = 0; i < PRICE_COINS; i++)
		for (int j = 0; j < 3 && pairs[i][j] != NULL; j++)
			if (!coin[i].has_price)
				kraken_coin(&coin[i],
				    json_object_get(result, pairs[i][j]));
	return PRICE_OK;
}

/* ---- all of it ---- */

typedef int shape_fn(const json_t *root, struct quote coin[PRICE_COINS]);

/* clang-format off */
static shape_fn *const shapes[PRICE_PROVIDERS] = {
	[PRICE_COINGECKO] = coingecko,
	[PRICE_BITFINEX]  = bitfinex,
	[PRICE_KRAKEN]    = kraken,
};
/* clang-format on */

static int
any_price(const struct quote coin[PRICE_COINS])
{
	for (int i = 0; i < PRICE_COINS; i++)
		if (coin[i].has_price)
			return 1;
	return 0;
}

void
price_parse(
    enum price_provider p, const char *body, size_t len, struct price_answer *a)
{
	json_t *root;
	int status;

	memset(a->coin, 0, sizeof a->coin);
	a->status = PRICE_EMPTY;
	if (len == 0)
		return;
	/* One document and nothing behind it; no NUL in strings. */
	root = json_loadb(body, len, JSON_REJECT_DUPLICATES, NULL);
	status = root == NULL ? PRICE_FORMAT : shapes[p](root, a->coin);
	json_decref(root);
	if (status == PRICE_OK && !any_price(a->coin))
		status = PRICE_NO_DATA;
	if (status != PRICE_OK)
		memset(a->coin, 0, sizeof a->coin);
	a->status = (uint8_t)status;
}
