/*
 * Prices as numbers: reading and writing them without a locale, the records
 * that carry them between processes, and the rows and members made of them.
 */
#include <locale.h>
#include <stdlib.h>

#include "check.h"
#include "secchat/prices.h"
#include "secchat/text.h"
#include "secchat/util.h"

/* clang-format off */
static const struct {
	const char *in;
	const char *all, *longer, *shorter; /* NULL: not a number */
} numbers[] = {
	{ "97120.4",        "97120.4",        "97,120.40",   "97,120" },
	{ "3391.07",        "3391.07",        "3,391.07",    "3,391.1" },
	{ "254.913",        "254.913",        "254.913",     "254.91" },
	{ "0.41287",        "0.41287",        "0.41287",     "0.41287" },
	{ "0.4128765",      "0.4128765",      "0.41288",     "0.41288" },
	{ "1.2e-05",        "0.000012",       "0.000012000", "0.000012000" },
	{ "6.7187e+4",      "67187",          "67,187.00",   "67,187" },
	{ "1.7102E2",       "171.02",         "171.020",     "171.02" },
	{ "3482",           "3482",           "3,482.00",    "3,482.0" },
	{ "999.99951",      "999.99951",      "1,000.000",   "1,000.00" },
	{ "123456789.125",  "123456789.125",  "123,456,789.13", "123,456,789" },
	{ "67187.3358936566", "67187.3358936566", "67,187.34", "67,187" },
	{ "0.1729040000000000000000000000000000001", "0.172904", "0.17290", "0.17290" },
	{ "30303.20000",    "30303.2",        "30,303.20",   "30,303" },
	{ "000.50",         "0.5",            "0.50000",     "0.50000" },
	{ "1e-12",          "0.000000000001", "0.0000000000010000", "0.0000000000010000" },
	{ "999999999999.99", "999999999999.99", "999,999,999,999.99", "1,000,000,000,000" },
	{ "0",              "0", "n/a", "n/a" },
	{ "-5",             "0", "n/a", "n/a" },
	{ "1e12",           "0", "n/a", "n/a" },
	{ "1e-13",          "0", "n/a", "n/a" },
	{ "123456789012345678901234567890", "0", "n/a", "n/a" },
	{ "",         NULL, NULL, NULL }, { "-",      NULL, NULL, NULL },
	{ ".5",       NULL, NULL, NULL }, { "5.",     NULL, NULL, NULL },
	{ "1e",       NULL, NULL, NULL }, { "1e+",    NULL, NULL, NULL },
	{ "1e100",    NULL, NULL, NULL }, { "1e-400", NULL, NULL, NULL },
	{ "+1",       NULL, NULL, NULL }, { " 1",     NULL, NULL, NULL },
	{ "1 ",       NULL, NULL, NULL }, { "1,5",    NULL, NULL, NULL },
	{ "0x10",     NULL, NULL, NULL }, { "NaN",    NULL, NULL, NULL },
	{ "Infinity", NULL, NULL, NULL }, { "1.2.3",  NULL, NULL, NULL },
	{ "1e99999999999999999999", NULL, NULL, NULL },
};

static const struct {
	const char *in;
	int ok;
	int32_t hundredths;
	const char *text;
} changes[] = {
	{ "1.24",     1,    124, "+1.24%" },
	{ "-0.62",    1,    -62, "-0.62%" },
	{ "3.63727894677354", 1, 364, "+3.64%" },
	{ "-5.51e-05", 1,     0, " 0.00%" },
	{ "-0.005",   1,     -1, "-0.01%" },
	{ "0.0049",   1,      0, " 0.00%" },
	{ "-100",     1, -10000, "-100.00%" },
	{ "-100.01",  0,      0, NULL },
	{ "9999.99",  1, 999999, "+9999.99%" },
	{ "10000",    0,      0, NULL },
	{ "1.4209472837214499e+29", 0, 0, NULL },
	{ "1e-99",    1,      0, " 0.00%" },
	{ "-0.0",     1,      0, " 0.00%" },
};
/* clang-format on */

static void
test_numbers(void)
{
	for (size_t i = 0; i < ARRAY_LEN(numbers); i++) {
		char text[DECIMAL_TEXT];
		struct decimal d;
		int err =
		    decimal_parse(&d, numbers[i].in, strlen(numbers[i].in));

		if (!CHECK((err == 0) == (numbers[i].all != NULL)))
			printf("\"%s\"\n", numbers[i].in);
		if (err < 0 || numbers[i].all == NULL)
			continue;
		decimal_text(text, &d);
		if (!CHECK(strcmp(text, numbers[i].all) == 0))
			printf("%s: %s\n", numbers[i].in, text);
		price_text(text, &d, PRICE_LONG);
		if (!CHECK(strcmp(text, numbers[i].longer) == 0))
			printf("%s: %s\n", numbers[i].in, text);
		price_text(text, &d, PRICE_SHORT);
		if (!CHECK(strcmp(text, numbers[i].shorter) == 0))
			printf("%s: %s\n", numbers[i].in, text);
	}
}

static void
test_changes(void)
{
	for (size_t i = 0; i < ARRAY_LEN(changes); i++) {
		char text[CHANGE_TEXT];
		struct decimal d;
		int32_t v;

		CHECK(decimal_parse(&d, changes[i].in, strlen(changes[i].in)) ==
		      0);
		if (!CHECK((decimal_hundredths(&d, PRICE_CHANGE_MIN,
				PRICE_CHANGE_MAX, &v) == 0) == changes[i].ok))
			printf("%s\n", changes[i].in);
		if (!changes[i].ok)
			continue;
		if (!CHECK(v == changes[i].hundredths))
			printf("%s: %d\n", changes[i].in, v);
		change_text(text, v);
		CHECK(strcmp(text, changes[i].text) == 0);
	}
}

static void
test_reals(void)
{
	char text[DECIMAL_TEXT];
	struct decimal d;

	CHECK(decimal_from_real(&d, 0.1 + 0.2) == 0);
	decimal_text(text, &d);
	CHECK(strcmp(text, "0.3") == 0);
	CHECK(decimal_from_real(&d, -2.5) == 0 && d.negative);
	CHECK(decimal_real(&d) > -2.5001 && decimal_real(&d) < -2.4999);
	CHECK(decimal_from_real(&d, strtod("inf", NULL)) < 0);
	CHECK(decimal_from_real(&d, strtod("nan", NULL)) < 0);
	CHECK(decimal_from_real(&d, 1e300) < 0);
	CHECK(decimal_from_real(&d, 0) == 0 && !decimal_is_price(&d));
}

/* ---- records ---- */

static struct quote
quote_of(const char *price, int32_t change)
{
	struct quote q = {.has_price = 1, .has_change = 1, .change = change};

	CHECK(decimal_parse(&q.price, price, strlen(price)) == 0);
	return q;
}

static struct price_answer
an_answer(void)
{
	struct price_answer a = {.status = PRICE_OK, .http = 200};

	a.coin[PRICE_BTC] = quote_of("97120.4", 124);
	a.coin[PRICE_ETH] = quote_of("3391.07", -62);
	a.coin[PRICE_DOGE] = quote_of("0.41287", -307);
	a.coin[PRICE_BTC].time = 1711356300;
	return a;
}

static int
reread(const struct price_answer *in, struct price_answer *out)
{
	uint8_t body[PRICE_ANSWER_SIZE];
	struct reader r;
	struct writer w;

	writer_init(&w, body, sizeof body);
	price_answer_put(&w, in);
	CHECK(writer_end(&w) == 0 && w.len == sizeof body);
	reader_init(&r, body, sizeof body);
	return price_answer_get(&r, out);
}

static void
test_answer(void)
{
	struct price_answer a = an_answer(), b;

	CHECK(reread(&a, &b) == 0);
	CHECK(b.coin[PRICE_BTC].price.digits == 971204 &&
	      b.coin[PRICE_BTC].price.exp == -1 &&
	      b.coin[PRICE_BTC].time == 1711356300);
	CHECK(b.coin[PRICE_ETH].change == -62 && !b.coin[PRICE_SOL].has_price);
	a.status = PRICE_WORKER_LAST + 1;
	CHECK(reread(&a, &b) < 0);
	a.status = PRICE_RATE; /* prices with a failure */
	CHECK(reread(&a, &b) < 0);
	memset(a.coin, 0, sizeof a.coin);
	CHECK(reread(&a, &b) == 0);
	a.status = PRICE_OK; /* none with success */
	CHECK(reread(&a, &b) < 0);
}

/* Every byte of a good record, changed in turn: refused or still sound. */
static void
test_hostile_answer(void)
{
	uint8_t body[PRICE_ANSWER_SIZE];
	struct price_answer a = an_answer(), b;
	struct writer w;
	int refused = 0;

	writer_init(&w, body, sizeof body);
	price_answer_put(&w, &a);
	for (size_t i = 0; i < sizeof body; i++) {
		for (int bit = 0; bit < 8; bit++) {
			struct reader r;

			body[i] ^= (uint8_t)(1 << bit);
			reader_init(&r, body, sizeof body);
			if (price_answer_get(&r, &b) < 0)
				refused++;
			else
				CHECK(!b.coin[0].has_price ||
				      decimal_is_price(&b.coin[0].price));
			body[i] ^= (uint8_t)(1 << bit);
		}
	}
	CHECK(refused > 200);
}

/* ---- rows ---- */

static struct price_table
a_table(void)
{
	struct price_answer a = an_answer();
	struct price_table t = {.flags = TABLE_VALUES,
	    .provider = PRICE_COINGECKO,
	    .age_s = 8,
	    .next_s = PRICE_NEVER};

	memcpy(t.coin, a.coin, sizeof t.coin);
	t.coin[PRICE_SOL] = quote_of("254.913", 481);
	for (int i = 0; i < PRICE_COINS; i++)
		t.data_age_s[i] = PRICE_NEVER;
	return t;
}

static struct {
	char text[4096];
	size_t len, rows;
	size_t cols, widest;
} shown;

static void
put(void *ctx, enum price_ink ink, const char *text)
{
	const char *s = text != NULL ? text : "\n";
	size_t n = strlen(s);

	(void)ctx;
	CHECK(ink <= INK_WARN);
	if (shown.len + n >= sizeof shown.text)
		abort();
	memcpy(shown.text + shown.len, s, n + 1);
	shown.len += n;
	if (text != NULL) {
		shown.cols += text_columns(text, n);
		shown.widest = MAX(shown.widest, shown.cols);
	} else {
		shown.rows++;
		shown.cols = 0;
	}
}

static void
show(const struct price_table *t, unsigned cols, int ascii)
{
	memset(&shown, 0, sizeof shown);
	price_rows(t, cols, ascii, put, NULL);
}

static int
says(const char *words)
{
	if (strstr(shown.text, words) != NULL)
		return 1;
	printf("\"%s\" is not in:\n%s", words, shown.text);
	return 0;
}

static void
test_rows(void)
{
	struct price_table t = a_table();

	show(&t, 80, 0);
	CHECK(says("coingecko \u00b7 8 s ago"));
	CHECK(says(" BTC      97,120.40  \u25b2   +1.24%"));
	CHECK(says(" DOGE       0.41287  \u25bc   -3.07%"));
	CHECK(says("change over 24 h \u00b7 Data provided by CoinGecko"));
	CHECK(shown.rows == 6 && shown.widest <= 80);
	t.coin[PRICE_ETH].has_price = t.coin[PRICE_SOL].has_change = 0;
	t.data_age_s[PRICE_BTC] = 700;
	t.future[PRICE_DOGE] = 1;
	show(&t, 80, 0);
	CHECK(says(" ETH            n/a"));
	CHECK(says("254.913         n/a"));
	CHECK(says("STALE: 11 min old there"));
	CHECK(says("dated ahead of this clock"));
	t.provider = PRICE_KRAKEN;
	show(&t, 80, 0);
	CHECK(says("change since 00:00 UTC"));
}

static void
test_failures(void)
{
	struct price_table t = a_table();

	t.flags |= TABLE_FAILED | TABLE_AUTO;
	t.reason = PRICE_RATE;
	t.age_s = 240;
	t.next_s = 41;
	show(&t, 100, 0);
	CHECK(says("OLD: last answer 4 min ago - coingecko said \"too many "
		   "requests\" - next try in 41 s"));
	t.flags = TABLE_FAILED;
	t.reason = PRICE_HTTP;
	t.http = 500;
	show(&t, 100, 0);
	CHECK(says("no prices: coingecko refused (HTTP 500) - ask again in "
		   "41 s"));
	CHECK(shown.rows == 1);
	for (int i = 0; i < PRICE_STATUSES; i++) {
		t.reason = (uint8_t)i;
		show(&t, 40, 1);
		CHECK(price_status_text((unsigned)i)[0] != '?');
		CHECK(shown.rows >= 1 && shown.widest <= 40);
	}
}

/* Every width, nothing wider than asked for, nothing but ASCII if wanted. */
static void
test_widths(void)
{
	struct price_table t = a_table();

	t.flags |= TABLE_FAILED | TABLE_AUTO | TABLE_SLOWED | TABLE_OTHER;
	t.samples = PRICE_SAMPLES;
	for (int i = 0; i < PRICE_COINS; i++)
		for (int j = 0; j < PRICE_SAMPLES; j++)
			t.level[i][j] = (uint8_t)(1 + j % PRICE_LEVELS);
	for (unsigned cols = 12; cols < 140; cols++) {
		for (t.show = 0; t.show <= SHOW_STATE; t.show++) {
			show(&t, cols, 1);
			CHECK(shown.widest <= cols);
			for (size_t i = 0; i < shown.len; i++)
				CHECK(shown.text[i] == '\n' ||
				      (shown.text[i] >= ' ' &&
					  shown.text[i] <= '~'));
			show(&t, cols, 0);
			CHECK(shown.widest <= cols);
		}
	}
	t.show = SHOW_TABLE;
	show(&t, 0, 0);
	CHECK(says("\u2581\u2582\u2583\u2584\u2585\u2586\u2587\u2588"));
	CHECK(says("line: since you asked first"));
}

static void
test_bar(void)
{
	struct price_table t = a_table();
	char bar[PRICE_BAR_TEXT];

	price_bar(bar, &t, 0);
	CHECK(bar[0] == '\0');
	t.flags |= TABLE_BAR;
	price_bar(bar, &t, 0);
	CHECK(strcmp(bar, "BTC 97,120 \u25b2+1.24%") == 0);
	t.flags |= TABLE_FAILED;
	price_bar(bar, &t, 1);
	CHECK(strcmp(bar, "BTC 97,120 ^+1.24%  OLD") == 0);
	t.flags = TABLE_BAR;
	price_bar(bar, &t, 1);
	CHECK(strcmp(bar, "no prices") == 0);
}

static void
test_json(void)
{
	struct price_table t = a_table();
	char json[PRICE_JSON_MAX];

	t.coin[PRICE_ETH].has_price = 0;
	CHECK(price_json(json, &t) == strlen(json));
	CHECK(strncmp(json,
		  ",\"source\":\"coingecko\",\"age_s\":8,\"stale\":false,"
		  "\"usd\":{\"BTC\":\"97120.4\",\"ETH\":null,"
		  "\"SOL\":\"254.913\",\"DOGE\":\"0.41287\"},"
		  "\"chg24\":{\"BTC\":\"1.24\",\"ETH\":\"-0.62\",",
		  150) == 0);
	t.provider = PRICE_KRAKEN;
	price_json(json, &t);
	CHECK(strstr(json, "\"chg24\":{\"BTC\":null") != NULL);
	CHECK(strstr(json, "\"chg_utc_day\":{\"BTC\":\"1.24\"") != NULL);
	t.flags = 0xff;
	t.reason = PRICE_CONNECT_TIMEOUT;
	t.http = t.also_http = 65535;
	t.also = PRICE_PROVIDERS;
	t.also_reason = PRICE_CONNECT_TIMEOUT;
	t.age_s = t.next_s = t.every_s = UINT32_MAX - 1;
	for (int i = 0; i < PRICE_COINS; i++) {
		t.coin[i] = quote_of("0.00000000000123456789012345", 999999);
		t.data_age_s[i] = UINT32_MAX - 1;
	}
	CHECK(price_json(json, &t) < PRICE_JSON_MAX - 200);
	t.flags = TABLE_FAILED;
	price_json(json, &t);
	CHECK(strstr(json, "\"source\":null") != NULL);
	CHECK(strstr(json, "\"also\":{\"source\":\"kraken\",\"why\":"
			   "\"connect-timeout\",\"http\":65535}}") != NULL);
}

static void
test_table_record(void)
{
	struct price_table t = a_table(), u;
	uint8_t body[PRICE_TABLE_SIZE];
	struct writer w;
	struct reader r;

	t.samples = 3;
	t.level[PRICE_SOL][2] = PRICE_LEVELS;
	writer_init(&w, body, sizeof body);
	price_table_put(&w, &t);
	CHECK(writer_end(&w) == 0 && w.len == sizeof body);
	reader_init(&r, body, sizeof body);
	CHECK(price_table_get(&r, &u) == 0);
	CHECK(u.age_s == 8 && u.level[PRICE_SOL][2] == PRICE_LEVELS);
	body[sizeof body - 1] = PRICE_LEVELS + 1;
	reader_init(&r, body, sizeof body);
	CHECK(price_table_get(&r, &u) < 0);
	body[sizeof body - 1] = 0;
	body[2] = PRICE_PROVIDERS;
	reader_init(&r, body, sizeof body);
	CHECK(price_table_get(&r, &u) < 0);
}

int
main(void)
{
	/* Where there is one with a decimal comma, it changes nothing. */
	(void)(setlocale(LC_ALL, "de_DE.UTF-8") ||
	       setlocale(LC_ALL, "fr_FR.UTF-8"));
	test_numbers();
	test_changes();
	(void)setlocale(LC_ALL, "C");
	test_reals();
	test_answer();
	test_hostile_answer();
	test_rows();
	test_failures();
	test_widths();
	test_bar();
	test_json();
	test_table_record();
	return check_end();
}
