/*
 * What is made of a provider's body: the samples of tests/data/prices, and
 * small ones for what they do not have.
 */
#include <stdlib.h>

#include "../../src/price/price.h"
#include "check.h"
#include "secchat/util.h"

#define DATA "tests/data/prices/"

/* Digits and exponent of a price, or {0, 0}: n/a. */
#define NA           \
	{            \
		0, 0 \
	}
#define X INT32_MIN /* no change */

/* clang-format off */
static const struct {
	const char *file;
	enum price_provider provider;
	enum price_status status;
	struct { uint64_t digits; int8_t exp; } price[PRICE_COINS];
	int32_t change[PRICE_COINS];
} samples[] = {
{ "cg-simple-ok.json", PRICE_COINGECKO, PRICE_OK,
  { { 671873358936566, -10 }, { 348214, -2 }, { 17102, -2 }, { 172904, -6 } },
  { 364, -120, 0, 0 } },
{ "cg-simple-exp.json", PRICE_COINGECKO, PRICE_OK,
  { { 67187, 0 }, { 3482, 0 }, { 17102, -2 }, { 12, -6 } },
  { 360, X, 0, X } },
{ "cg-simple-null.json", PRICE_COINGECKO, PRICE_OK,
  { { 6718733, -2 }, NA, { 17102, -2 }, NA }, { X, X, 210, X } },
{ "cg-simple-partial.json", PRICE_COINGECKO, PRICE_OK,
  { { 6718733, -2 }, NA, NA, NA }, { 150, X, X, X } },
{ "cg-simple-seed-shape.json", PRICE_COINGECKO, PRICE_OK,
  { { 671873358936566, -10 }, { 348214, -2 }, { 17102, -2 }, { 172904, -6 } },
  { 364, -120, 0, 0 } },
{ "esc-injection.json", PRICE_COINGECKO, PRICE_OK,
  { { 6718733, -2 }, NA, NA, NA }, { X, X, X, X } },
{ "locale-comma.json", PRICE_COINGECKO, PRICE_OK,
  { { 6718733, -2 }, NA, NA, NA }, { 363, X, X, X } },
{ "negative.json", PRICE_COINGECKO, PRICE_OK,
  { NA, NA, { 17102, -2 }, { 17, -2 } }, { X, 0, -10000, 100 } },
{ "stale.json", PRICE_COINGECKO, PRICE_OK,
  { { 41, 3 }, { 3482, 0 }, { 171, 0 }, { 17, -2 } }, { 100, 100, 100, 100 } },
{ "bitfinex-ok.json", PRICE_BITFINEX, PRICE_OK,
  { { 67187, 0 }, { 34821, -1 }, { 17102, -2 }, { 1729, -4 } },
  { 364, -120, 0, -551 } },
{ "kraken-ok.json", PRICE_KRAKEN, PRICE_OK,
  { { 303032, -1 }, { 186241, -2 }, { 2452, -2 }, { 74123, -6 } },
  { -65, 67, -153, -117 } },
{ "kraken-warn.json", PRICE_KRAKEN, PRICE_OK,
  { { 303032, -1 }, { 186241, -2 }, { 2452, -2 }, { 74123, -6 } },
  { -65, 67, -153, -117 } },

#define NONE { NA, NA, NA, NA }, { X, X, X, X } }
{ "bad-utf8.json",           PRICE_COINGECKO, PRICE_FORMAT,  NONE,
{ "bigint.json",             PRICE_COINGECKO, PRICE_FORMAT,  NONE,
{ "binance-ok.json",         PRICE_COINGECKO, PRICE_FORMAT,  NONE,
{ "bom.json",                PRICE_COINGECKO, PRICE_FORMAT,  NONE,
{ "cg-coins-renamed-id.json", PRICE_COINGECKO, PRICE_NO_DATA, NONE,
{ "cg-markets-null.json",    PRICE_COINGECKO, PRICE_FORMAT,  NONE,
{ "cg-markets-ok.json",      PRICE_COINGECKO, PRICE_FORMAT,  NONE,
{ "cg-simple-empty.json",    PRICE_COINGECKO, PRICE_NO_DATA, NONE,
{ "coinbase-adv-ok.json",    PRICE_COINGECKO, PRICE_NO_DATA, NONE,
{ "coinbase-stats-ok.json",  PRICE_COINGECKO, PRICE_NO_DATA, NONE,
{ "coincap-v2-dead.json",    PRICE_COINGECKO, PRICE_NO_DATA, NONE,
{ "dup-keys.json",           PRICE_COINGECKO, PRICE_FORMAT,  NONE,
{ "huge-number.json",        PRICE_COINGECKO, PRICE_FORMAT,  NONE,
{ "nan.json",                PRICE_COINGECKO, PRICE_FORMAT,  NONE,
{ "nul-key.json",            PRICE_COINGECKO, PRICE_FORMAT,  NONE,
{ "paprika-ok.json",         PRICE_COINGECKO, PRICE_NO_DATA, NONE,
{ "top-array.json",          PRICE_COINGECKO, PRICE_FORMAT,  NONE,
{ "top-string.json",         PRICE_COINGECKO, PRICE_FORMAT,  NONE,
{ "trailing-garbage.json",   PRICE_COINGECKO, PRICE_FORMAT,  NONE,
{ "truncated.json",          PRICE_COINGECKO, PRICE_FORMAT,  NONE,
{ "truncated-inside-number.json", PRICE_COINGECKO, PRICE_FORMAT, NONE,
{ "utf16.json",              PRICE_COINGECKO, PRICE_FORMAT,  NONE,
{ "wrong-types.json",        PRICE_COINGECKO, PRICE_NO_DATA, NONE,
{ "bitfinex-error.json",     PRICE_BITFINEX,  PRICE_REFUSED, NONE,
{ "kraken-error.json",       PRICE_KRAKEN,    PRICE_REFUSED, NONE,
{ "kraken-rate.json",        PRICE_KRAKEN,    PRICE_RATE,    NONE,
/* each provider's shape from the mouth of another */
{ "bitfinex-ok.json",        PRICE_COINGECKO, PRICE_FORMAT,  NONE,
{ "kraken-ok.json",          PRICE_COINGECKO, PRICE_NO_DATA, NONE,
{ "cg-simple-ok.json",       PRICE_BITFINEX,  PRICE_FORMAT,  NONE,
{ "kraken-ok.json",          PRICE_BITFINEX,  PRICE_FORMAT,  NONE,
{ "cg-simple-ok.json",       PRICE_KRAKEN,    PRICE_FORMAT,  NONE,
{ "bitfinex-ok.json",        PRICE_KRAKEN,    PRICE_FORMAT,  NONE,
};

static const struct {
	const char *body;
	enum price_provider provider;
	enum price_status status;
} small[] = {
{ "",                                   PRICE_COINGECKO, PRICE_EMPTY },
{ "{\"bitcoin\":{\"usd\":\"1\"}}",      PRICE_COINGECKO, PRICE_NO_DATA },
{ "{\"bitcoin\":{\"usd\":true}}",       PRICE_COINGECKO, PRICE_NO_DATA },
{ "{\"bitcoin\":{\"usd\":1e12}}",       PRICE_COINGECKO, PRICE_NO_DATA },
{ "{\"bitcoin\":{\"usd_24h_change\":1}}", PRICE_COINGECKO, PRICE_NO_DATA },
{ "{\"bitcoin\":null}",                 PRICE_COINGECKO, PRICE_NO_DATA },
{ "[]",                                 PRICE_BITFINEX,  PRICE_NO_DATA },
{ "[[]]",                               PRICE_BITFINEX,  PRICE_NO_DATA },
{ "[null]",                             PRICE_BITFINEX,  PRICE_NO_DATA },
{ "[[\"tBTCUSD\"]]",                    PRICE_BITFINEX,  PRICE_NO_DATA },
{ "[[\"tBTCUSD\",1,2,3,4,5,6]]",        PRICE_BITFINEX,  PRICE_NO_DATA },
{ "[[\"tBTCUSD\",1,1,1,1,1,0,\"5\",1,1,1]]", PRICE_BITFINEX, PRICE_NO_DATA },
{ "[[1,1,1,1,1,1,0,5,1,1,1]]",          PRICE_BITFINEX,  PRICE_NO_DATA },
{ "[[\"tBTCUSD\",1,1,1,1,1,0,5,1,1,1]]", PRICE_BITFINEX, PRICE_OK },
{ "[[\"tBTCUSD\",1,1,1,1,1,null,5,1,1,1]]", PRICE_BITFINEX, PRICE_OK },
{ "[\"errors\"]",                       PRICE_BITFINEX,  PRICE_FORMAT },
{ "{\"error\":[]}",                     PRICE_KRAKEN,    PRICE_FORMAT },
{ "{\"error\":[],\"result\":[]}",       PRICE_KRAKEN,    PRICE_FORMAT },
{ "{\"error\":[],\"result\":{}}",       PRICE_KRAKEN,    PRICE_NO_DATA },
{ "{\"error\":[1],\"result\":{}}",      PRICE_KRAKEN,    PRICE_FORMAT },
{ "{\"error\":\"x\",\"result\":{}}",    PRICE_KRAKEN,    PRICE_FORMAT },
{ "{\"error\":[\"EAPI:Rate limit exceeded\"]}", PRICE_KRAKEN, PRICE_RATE },
{ "{\"error\":[],\"result\":{\"SOLUSD\":{\"c\":[1.5]}}}", PRICE_KRAKEN, PRICE_NO_DATA },
{ "{\"error\":[],\"result\":{\"SOLUSD\":{\"c\":[\"1,5\"]}}}", PRICE_KRAKEN, PRICE_NO_DATA },
{ "{\"error\":[],\"result\":{\"SOLUSD\":{\"c\":\"1.5\"}}}", PRICE_KRAKEN, PRICE_NO_DATA },
{ "{\"error\":[],\"result\":{\"SOLUSD\":{\"c\":[\"1.5\"],\"o\":\"0\"}}}", PRICE_KRAKEN, PRICE_OK },
{ "{\"error\":[],\"result\":{\"DOGEUSD\":{\"c\":[\"1.5\"]}}}", PRICE_KRAKEN, PRICE_OK },
};
/* clang-format on */

static size_t
load(const char *name, char *out, size_t cap)
{
	char path[200];
	size_t n;
	FILE *f;

	snprintf(path, sizeof path, DATA "%s", name);
	f = fopen(path, "rb");
	if (f == NULL) {
		perror(path);
		exit(1);
	}
	n = fread(out, 1, cap, f);
	fclose(f);
	return n;
}

static void
check_coin(size_t i, int coin, const struct quote *q)
{
	int ok;

	ok = q->has_price == (samples[i].price[coin].digits != 0) &&
	     q->price.digits == samples[i].price[coin].digits &&
	     q->price.exp == samples[i].price[coin].exp &&
	     q->has_change == (samples[i].change[coin] != X) &&
	     (!q->has_change || q->change == samples[i].change[coin]);
	if (!CHECK(ok))
		printf("%s, %s: %llu e %d, %d %d\n", samples[i].file,
		    coin_names[coin], (unsigned long long)q->price.digits,
		    q->price.exp, q->has_change, q->change);
}

static void
test_samples(void)
{
	static char body[PRICE_BODY_MAX];

	for (size_t i = 0; i < ARRAY_LEN(samples); i++) {
		size_t len = load(samples[i].file, body, sizeof body);
		struct price_answer a = {0};

		price_parse(samples[i].provider, body, len, &a);
		if (!CHECK(a.status == samples[i].status))
			printf("%s: %s\n", samples[i].file,
			    price_status_word(a.status));
		for (int c = 0; c < PRICE_COINS; c++)
			check_coin(i, c, &a.coin[c]);
	}
}

static void
test_times(void)
{
	static char body[PRICE_BODY_MAX];
	struct price_answer a = {0};

	price_parse(PRICE_COINGECKO, body, load("stale.json", body, 4096), &a);
	CHECK(a.coin[PRICE_BTC].time == 1609459200);
	CHECK(a.coin[PRICE_ETH].time == 4102444800);
	CHECK(a.coin[PRICE_SOL].time == 0 && a.coin[PRICE_DOGE].time == 0);
}

static void
test_small(void)
{
	for (size_t i = 0; i < ARRAY_LEN(small); i++) {
		struct price_answer a = {0};

		price_parse(small[i].provider, small[i].body,
		    strlen(small[i].body), &a);
		if (!CHECK(a.status == small[i].status))
			printf("%s: %s\n", small[i].body,
			    price_status_word(a.status));
	}
}

/* Brackets and braces within each other, as deep as the body may be long. */
static void
test_depth(void)
{
	static char body[PRICE_BODY_MAX];
	struct price_answer a = {0};

	memset(body, '[', sizeof body);
	for (int p = 0; p < PRICE_PROVIDERS; p++) {
		price_parse((enum price_provider)p, body, sizeof body, &a);
		CHECK(a.status == PRICE_FORMAT);
	}
	memset(body + sizeof body / 2, ']', sizeof body / 2);
	price_parse(PRICE_BITFINEX, body, sizeof body, &a);
	CHECK(a.status == PRICE_FORMAT);
}

/* Every sample, cut at every byte: never a crash, and prices only of whole
 * answers. */
static void
test_cuts(void)
{
	static char body[PRICE_BODY_MAX];

	for (size_t i = 0; i < ARRAY_LEN(samples); i++) {
		size_t len = load(samples[i].file, body, sizeof body);

		if (samples[i].status != PRICE_OK)
			continue;
		for (size_t n = 0; n < len; n++) {
			char *copy = malloc(n + 1);
			struct price_answer a = {0};

			memcpy(copy, body, n);
			price_parse(samples[i].provider, copy, n, &a);
			CHECK(a.status != PRICE_OK || body[n] == '\n' ||
			      body[n] == '\0');
			free(copy);
		}
	}
}

int
main(void)
{
	test_samples();
	test_times();
	test_small();
	test_depth();
	test_cuts();
	return check_end();
}
