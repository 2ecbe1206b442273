/*
 * Prices as numbers: what one request returns, what a screen is given, and how
 * both travel between processes.  Nothing here has room for a word of a
 * provider: names and sentences are constants of ours, chosen by a number.
 * Everything is pure and allocates nothing.
 */
#ifndef SECCHAT_PRICES_H
#define SECCHAT_PRICES_H

#include <stddef.h>
#include <stdint.h>

#include "limits.h"
#include "reader.h"

/* clang-format off */
enum price_coin { PRICE_BTC, PRICE_ETH, PRICE_SOL, PRICE_DOGE, PRICE_COINS };

enum price_provider {
	PRICE_COINGECKO,
	PRICE_BITFINEX,
	PRICE_KRAKEN,
	PRICE_PROVIDERS
};

/* How a request ended.  The worker says all but the last group. */
enum price_status {
	PRICE_OK = 0,           /* at least one price                       */
	PRICE_RATE,             /* too many requests (429, 418, or in words)*/
	PRICE_HTTP,             /* another status than 200                  */
	PRICE_REDIRECT,         /* 3xx: never followed                      */
	PRICE_TYPE,             /* the answer is not labelled as JSON       */
	PRICE_ENCODED,          /* compressed, which was not asked for      */
	PRICE_TOO_BIG,          /* beyond PRICE_BODY_MAX, or the headers    */
	PRICE_EMPTY,            /* 200 and no byte                          */
	PRICE_FORMAT,           /* not JSON, or not this provider's shape   */
	PRICE_NO_DATA,          /* the right shape without a single price   */
	PRICE_REFUSED,          /* the provider answered with an error      */
	PRICE_CERT,             /* certificate not trusted                  */
	PRICE_EXPIRED,          /* certificate out of its time              */
	PRICE_NAME,             /* certificate of another host              */
	PRICE_TLS,              /* no TLS 1.2 or newer, or a broken one     */
	PRICE_TIMEOUT,          /* no whole answer in time                  */
	PRICE_CUT,              /* the connection broke within the answer   */
	PRICE_PROTOCOL,         /* not HTTP                                 */
	PRICE_NO_CA,            /* no certificates to check with            */
	PRICE_INTERNAL,         /* the library failed in another way        */
	PRICE_WORKER_LAST = PRICE_INTERNAL,

	/* the supervisor's own */
	PRICE_LOOKUP,           /* the name could not be looked up          */
	PRICE_CONNECT,          /* no connection                            */
	PRICE_CONNECT_TIMEOUT,  /* none in time                             */
	PRICE_PROXY,            /* the proxy did not do it                  */
	PRICE_DIED,             /* a process of ours died                   */
	PRICE_ALL_OFF,          /* every provider is switched off           */
	PRICE_STATUSES
};

enum {
	PRICE_DIGITS_MAX = 15,          /* significant digits that are kept */
	PRICE_CHANGE_MAX = 999999,      /* hundredths of a per cent         */
	PRICE_CHANGE_MIN = -10000,
	PRICE_SAMPLES = 24,             /* of the line behind a price       */
	PRICE_LEVELS = 8,               /* how high a sample stands         */
};
/* clang-format on */

/* ---- numbers (quote/decimal.c) ---- */

/* digits * 10^exp, at most PRICE_DIGITS_MAX digits, the last not 0. */
struct decimal {
	uint64_t digits;
	int16_t exp;
	uint8_t negative;
};

/*
 * A number as JSON writes it, whatever the locale: "-1.2e-05".  Digits beyond
 * the fifteenth are rounded away.  0, or -ERR_FORMAT for anything else, and
 * for exponents beyond two digits.
 */
int decimal_parse(struct decimal *d, const char *s, size_t len);

/* The same of a double.  -ERR_FORMAT for infinities and what is no number. */
int decimal_from_real(struct decimal *d, double v);

/* As near as a double comes. */
double decimal_real(const struct decimal *d);

/* Whether it can be a price: above 0, from 1e-12 to below 1e12 dollars. */
int decimal_is_price(const struct decimal *d);

/*
 * In hundredths, rounded: 1.238 is 124.  The result is only good when it is
 * 0: -ERR_FORMAT when it is below min or above max.
 */
int decimal_hundredths(
    const struct decimal *d, int32_t min, int32_t max, int32_t *out);

/* All its digits, "97120.4", "0.000012". */
#define DECIMAL_TEXT 48
void decimal_text(char out[DECIMAL_TEXT], const struct decimal *d);

/*
 * A price with `digits` significant digits or a few more, as people read it:
 * thousands grouped, the rest with a point, whatever the locale.
 */
enum price_style {
	PRICE_LONG, /* 97,120.40  3,391.07  254.913  0.41287 */
	PRICE_SHORT /* 97,120  3,391.1  254.91  0.41287 */
};
void price_text(
    char out[DECIMAL_TEXT], const struct decimal *d, enum price_style style);

/* A change in hundredths of a per cent with its sign: "+1.24%". */
#define CHANGE_TEXT 16
void change_text(char out[CHANGE_TEXT], int32_t change);

/* ---- what one request returns (quote/record.c) ---- */

/* One coin; price and change are independent, both may be missing. */
struct quote {
	uint8_t has_price, has_change;
	struct decimal price;
	int32_t change; /* hundredths of a per cent */
	uint64_t time;  /* of the price, seconds since 1970; 0: not told */
};

struct price_answer {
	uint8_t status;   /* enum price_status */
	uint16_t http;    /* status code, or 0 */
	uint32_t retry_s; /* Retry-After, or 0 */
	struct quote coin[PRICE_COINS];
};

/* The body of PRICE_ANSWER is always PRICE_ANSWER_SIZE bytes. */
/*
 * Write and read it.  get fails (-ERR_FORMAT) on anything that the worker's
 * own rules would not let out: an unknown status, a price that is none.
 */
void price_answer_put(struct writer *w, const struct price_answer *a);
int price_answer_get(struct reader *r, struct price_answer *a);

/* ---- what a screen is given ---- */

enum price_show {
	SHOW_TABLE, /* somebody asked */
	SHOW_LINE,  /* the timer did: news in one line */
	SHOW_STATE, /* nothing to print, but the status row changes */
};

enum {
	TABLE_VALUES = 1,   /* there are values, of `provider` */
	TABLE_FAILED = 2,   /* the last refresh came to nothing: `reason` */
	TABLE_AUTO = 4,     /* it is refreshed every `every_s` */
	TABLE_BAR = 8,      /* and shown in the status row */
	TABLE_SLOWED = 16,  /* a provider wanted fewer requests */
	TABLE_OTHER = 32,   /* --prices-url: another server than theirs */
	TABLE_ASKING = 64,  /* an answer is on its way */
	TABLE_SAMPLE = 128, /* sample data, not the market's */
};

#define PRICE_NEVER UINT32_MAX

struct price_table {
	uint8_t show;
	uint8_t flags;
	uint8_t provider; /* of the values */
	uint8_t reason;   /* enum price_status, of the failure */
	uint8_t failed;   /* which provider's */
	uint16_t http;
	uint8_t also; /* who was asked next and failed, and 1; or 0 */
	uint8_t also_reason;
	uint16_t also_http;
	uint32_t age_s;   /* since the values were fetched */
	uint32_t next_s;  /* until the next refresh or try, or PRICE_NEVER */
	uint32_t every_s; /* the interval of the timer */
	uint8_t colors;   /* enum price_colors */
	struct quote coin[PRICE_COINS];
	uint32_t data_age_s[PRICE_COINS]; /* of the price, or PRICE_NEVER */
	uint8_t future[PRICE_COINS];      /* its time is yet to come */
	uint8_t samples;                  /* how many levels there are */
	uint8_t level[PRICE_COINS][PRICE_SAMPLES];
};

enum price_colors {
	COLORS_WESTERN, /* up is green */
	COLORS_EASTERN, /* up is red */
	COLORS_BLUE_ORANGE,
	COLORS_COUNT
};

/* The body of UI_PRICES.  get: 0 or -ERR_FORMAT. */
void price_table_put(struct writer *w, const struct price_table *t);
int price_table_get(struct reader *r, struct price_table *t);

/* ---- words (quote/words.c) ---- */

struct provider_row {
	const char *name;  /* "coingecko" */
	const char *host;  /* "api.coingecko.com" */
	const char *path;  /* the request, from the first / on */
	const char *since; /* what the change refers to: "24 h" */
	const char *credit;
};
extern const struct provider_row provider_rows[PRICE_PROVIDERS];

extern const char *const coin_names[PRICE_COINS];

/* What happened, a clause of ours: `said "too many requests"`. */
const char *price_status_text(unsigned status);

/* The same as one word for programs: "rate". */
const char *price_status_word(unsigned status);

/* A time span for people, "8 s", "4 min", "3 h", "2 d". */
#define SPAN_TEXT 16
void span_text(char out[SPAN_TEXT], uint32_t seconds);

/* ---- rows for people (quote/table.c), members for programs (json.c) ---- */

/* What a piece of a row means; the caller has the colours. */
enum price_ink {
	INK_PLAIN,
	INK_DIM,
	INK_UP,
	INK_DOWN,
	INK_WARN
};

/*
 * Called for each piece of a row, in order, and with text NULL where the row
 * ends.  Pieces are constants and numbers of ours, UTF-8, without controls.
 */
typedef void price_put_fn(void *ctx, enum price_ink ink, const char *text);

/*
 * The whole table, or one line with SHOW_LINE, in rows of at most `cols`
 * columns (0: as wide as they are); with ascii nothing beyond ASCII.
 */
void price_rows(const struct price_table *t, unsigned cols, int ascii,
    price_put_fn *put, void *ctx);

/* For the status row: "BTC 97,120 +1.24%", or "" when there is nothing. */
#define PRICE_BAR_TEXT 96
void price_bar(
    char out[PRICE_BAR_TEXT], const struct price_table *t, int ascii);

/* The members of the "prices" event, from the comma on; no braces. */
#define PRICE_JSON_MAX 1600
size_t price_json(char out[PRICE_JSON_MAX], const struct price_table *t);

/* Escape codes for an ink, or "" ; "" too for INK_PLAIN. */
const char *price_ink_code(enum price_ink ink, uint8_t colors);

#endif
