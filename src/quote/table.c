/*
 * The table and the line that people see.  Arrow, sign and colour say the
 * same thing three times, so that none of them is needed.
 */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "secchat/prices.h"
#include "secchat/text.h"
#include "secchat/util.h"

/* clang-format off */
enum sign { SIGN_UP, SIGN_DOWN, SIGN_EVEN, SIGN_DOT, SIGN_COUNT };
static const char *const signs[SIGN_COUNT][2] = {
	[SIGN_UP]   = { "\u25b2", "^" },
	[SIGN_DOWN] = { "\u25bc", "v" },
	[SIGN_EVEN] = { "\u25cf", "=" },
	[SIGN_DOT]  = { "\u00b7", "-" },
};

static const char *const levels[PRICE_LEVELS][2] = {
	{ "\u2581", "_" }, { "\u2582", "." }, { "\u2583", "." },
	{ "\u2584", "-" }, { "\u2585", "-" }, { "\u2586", "=" },
	{ "\u2587", "+" }, { "\u2588", "#" },
};

static const char *const ink_codes[COLORS_COUNT][INK_WARN + 1] = {
/*                         plain  dim       up             down           warn */
[COLORS_WESTERN]     = { "", "\033[2m", "\033[32m",    "\033[31m",    "\033[1;33m" },
[COLORS_EASTERN]     = { "", "\033[2m", "\033[31m",    "\033[32m",    "\033[1;33m" },
[COLORS_BLUE_ORANGE] = { "", "\033[2m", "\033[38;5;39m", "\033[38;5;208m", "\033[1;33m" },
};
/* clang-format on */

/* Where the source ends, in the first row of a table that is wide enough. */
#define HEAD_COLS 58

/* A row being put: how many columns of it are used. */
struct row {
	const struct price_table *t;
	unsigned cols; /* 0: no limit */
	unsigned used;
	int ascii;
	price_put_fn *put;
	void *ctx;
};

const char *
price_ink_code(enum price_ink ink, uint8_t colors)
{
	return colors < COLORS_COUNT && ink <= INK_WARN ? ink_codes[colors][ink]
							: "";
}

/* A piece, unless the row has no room for all of it. */
static int
piece(struct row *r, enum price_ink ink, const char *text)
{
	unsigned n = (unsigned)text_columns(text, strlen(text));

	if (r->cols != 0 && r->used + n > r->cols)
		return 0;
	r->used += n;
	r->put(r->ctx, ink, text);
	return 1;
}

__attribute__((format(printf, 3, 4))) static int
piece_fmt(struct row *r, enum price_ink ink, const char *fmt, ...)
{
	char text[200];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof text, fmt, ap);
	va_end(ap);
	return piece(r, ink, text);
}

static void
end_row(struct row *r)
{
	r->put(r->ctx, INK_PLAIN, NULL);
	r->used = 0;
}

/*
 * A sentence of ours in as many rows as it needs, each behind two blanks;
 * the caller begins with an empty row.
 */
static void
sentence(struct row *r, enum price_ink ink, const char *text)
{
	unsigned room = r->cols > 16 ? r->cols - 2 : r->cols;
	struct text_rows rows;
	char line[256];
	size_t n;

	text_rows_init(&rows, text, strlen(text),
	    TEXT_WORDS | (r->ascii ? TEXT_ASCII : 0u), room, 0);
	while (text_rows_next(&rows, line, sizeof line - 1, &n, NULL)) {
		line[n] = '\0';
		(void)piece(r, INK_PLAIN, " ");
		(void)piece(r, ink, line);
		end_row(r);
	}
}

static const char *
sign(const struct row *r, enum sign s)
{
	return signs[s][r->ascii];
}

static enum price_ink
ink_of(int32_t change)
{
	return change > 0 ? INK_UP : change < 0 ? INK_DOWN : INK_PLAIN;
}

static enum sign
sign_of(int32_t change)
{
	return change > 0 ? SIGN_UP : change < 0 ? SIGN_DOWN : SIGN_EVEN;
}

static void
change(struct row *r, const struct quote *q)
{
	char text[CHANGE_TEXT];

	if (!q->has_change) {
		(void)piece_fmt(r, INK_DIM, "  %s%9s", " ", "n/a");
		return;
	}
	change_text(text, q->change);
	(void)piece_fmt(
	    r, ink_of(q->change), "  %s%9s", sign(r, sign_of(q->change)), text);
}

/* The line behind a price: the newest samples, as many as fit. */
static void
line(struct row *r, int coin)
{
	const struct price_table *t = r->t;
	unsigned n = t->samples, room = PRICE_SAMPLES;

	if (r->cols != 0)
		room = r->cols > r->used + 3 ? r->cols - r->used - 3 : 0;
	if (n < 2 || room < 4)
		return;
	(void)piece(r, INK_PLAIN, "   ");
	for (unsigned i = n - MIN(n, room); i < n; i++) {
		uint8_t v = t->level[coin][i];

		(void)piece(
		    r, INK_PLAIN, v == 0 ? " " : levels[v - 1][r->ascii]);
	}
}

/* What is to be known about one coin's own time. */
static void
own_time(struct row *r, int coin)
{
	const struct price_table *t = r->t;
	char age[SPAN_TEXT];

	if (!t->coin[coin].has_price)
		return;
	if (t->future[coin]) {
		(void)piece(r, INK_WARN, "  dated ahead of this clock");
	} else if (t->data_age_s[coin] != PRICE_NEVER &&
		   t->data_age_s[coin] > PRICE_STALE_DATA) {
		span_text(age, t->data_age_s[coin]);
		(void)piece_fmt(r, INK_WARN, "  STALE: %s old there", age);
	}
}

static void
coin_row(struct row *r, int coin)
{
	const struct quote *q = &r->t->coin[coin];
	char text[DECIMAL_TEXT] = "n/a";

	if (q->has_price)
		price_text(text, &q->price, PRICE_LONG);
	(void)piece_fmt(r, INK_PLAIN, " %-4s %13s", coin_names[coin], text);
	change(r, q);
	own_time(r, coin);
	line(r, coin);
	end_row(r);
}

/* Where the values come from. */
static void
head_row(struct row *r)
{
	const struct price_table *t = r->t;
	const char *dot = sign(r, SIGN_DOT);
	char age[SPAN_TEXT], right[160];
	unsigned n, room;

	span_text(age, t->age_s);
	snprintf(right, sizeof right, "%s%s%s %s %s ago",
	    t->flags & TABLE_SAMPLE ? "SAMPLE " : "",
	    provider_rows[t->provider].name,
	    t->flags & TABLE_OTHER ? " (another server)" : "", dot, age);
	(void)piece(r, INK_PLAIN, " Prices in USD");
	n = r->used + (unsigned)text_columns(right, strlen(right));
	if (r->cols != 0 && n + 2 > r->cols) {
		end_row(r);
		sentence(r, INK_DIM, right);
		return;
	}
	room = r->cols != 0 ? MIN(r->cols, HEAD_COLS) : HEAD_COLS;
	(void)piece_fmt(
	    r, INK_PLAIN, "%*s", n + 2 < room ? (int)(room - n) : 2, "");
	(void)piece(r, INK_DIM, right);
	end_row(r);
}

static void
credit_row(struct row *r)
{
	const struct price_table *t = r->t;
	const struct provider_row *p = &provider_rows[t->provider];
	const char *dot = sign(r, SIGN_DOT);
	int whole_day = strcmp(p->since, "24 h") == 0;
	char text[200];

	snprintf(text, sizeof text, "change %s%s%s %s %s",
	    whole_day ? "over " : "", p->since,
	    t->samples >= 2 ? r->ascii ? " - line: since you asked first"
				       : " \u00b7 line: since you asked first"
			    : "",
	    dot, p->credit);
	sentence(r, INK_DIM, text);
}

static void
next_text(char out[64], const struct price_table *t, const char *what)
{
	char span[SPAN_TEXT];

	out[0] = '\0';
	if (t->flags & TABLE_ASKING) {
		snprintf(out, 64, " - asking now");
	} else if (t->next_s != PRICE_NEVER) {
		span_text(span, t->next_s);
		if (t->flags & TABLE_AUTO)
			snprintf(out, 64, " - next %s in %s", what, span);
		else if (t->next_s > 0)
			snprintf(out, 64, " - ask again in %s", span);
		else
			snprintf(out, 64, " - ask again");
	}
}

#define REASON_TEXT 120

/* "coingecko refused (HTTP 503)" */
static void
reason_text(
    char out[REASON_TEXT], uint8_t provider, uint8_t reason, uint16_t http)
{
	char code[24] = "";

	if (http != 0 && http != 200 && reason == PRICE_HTTP)
		snprintf(code, sizeof code, " (HTTP %u)", http);
	snprintf(out, REASON_TEXT, "%s %s%s", provider_rows[provider].name,
	    price_status_text(reason), code);
}

/* Why these are not today's values, or why there are none. */
static void
failure_row(struct row *r)
{
	const struct price_table *t = r->t;
	char first[REASON_TEXT], also[REASON_TEXT] = "";
	char text[2 * REASON_TEXT + 160], next[64], age[SPAN_TEXT], old[64];

	reason_text(first, t->failed, t->reason, t->http);
	if (t->also != 0)
		reason_text(
		    also, (uint8_t)(t->also - 1), t->also_reason, t->also_http);
	next_text(next, t, "try");
	if (t->flags & TABLE_VALUES) {
		span_text(age, t->age_s);
		snprintf(old, sizeof old, "OLD: last answer %s ago - ", age);
	} else {
		snprintf(old, sizeof old, "no prices: ");
	}
	snprintf(text, sizeof text, "%s%s%s%s%s", old, first,
	    t->also != 0 ? "; " : "", also, next);
	sentence(r, INK_WARN, text);
}

static void
timer_row(struct row *r)
{
	const struct price_table *t = r->t;
	char text[200], every[SPAN_TEXT], next[64];

	if (!(t->flags & TABLE_AUTO))
		return;
	span_text(every, t->every_s);
	next_text(next, t, "refresh");
	snprintf(text, sizeof text, "refreshed every %s%s%s", every,
	    t->flags & TABLE_SLOWED
		? " (slower: a provider wants fewer requests)"
		: "",
	    t->flags & TABLE_FAILED ? "" : next);
	sentence(r, INK_DIM, text);
}

static void
whole_table(struct row *r)
{
	const struct price_table *t = r->t;

	if (t->flags & TABLE_VALUES) {
		head_row(r);
		for (int i = 0; i < PRICE_COINS; i++)
			coin_row(r, i);
		credit_row(r);
	}
	if (t->flags & TABLE_FAILED)
		failure_row(r);
	timer_row(r);
}

/* "BTC 97,120 ^1.24%" */
static int
short_coin(struct row *r, int coin)
{
	const struct quote *q = &r->t->coin[coin];
	char price[DECIMAL_TEXT], text[CHANGE_TEXT] = "";
	const char *arrow = "";

	if (!q->has_price)
		return 1;
	price_text(price, &q->price, PRICE_SHORT);
	if (q->has_change) {
		change_text(text, q->change);
		arrow = sign(r, sign_of(q->change));
	}
	if (!piece_fmt(r, INK_PLAIN, "%s %s ", coin_names[coin], price))
		return 0;
	return piece_fmt(r, q->has_change ? ink_of(q->change) : INK_PLAIN,
	    "%s%s  ", arrow, text);
}

static void
one_line(struct row *r)
{
	if (r->t->flags & TABLE_FAILED) {
		failure_row(r);
		return;
	}
	(void)piece(r, INK_DIM, "prices ");
	for (int i = 0; i < PRICE_COINS; i++)
		if (!short_coin(r, i))
			break;
	end_row(r);
}

void
price_rows(const struct price_table *t, unsigned cols, int ascii,
    price_put_fn *put, void *ctx)
{
	struct row r = {
	    .t = t, .cols = cols, .ascii = ascii != 0, .put = put, .ctx = ctx};

	if (t->show == SHOW_LINE)
		one_line(&r);
	else if (t->show == SHOW_TABLE)
		whole_table(&r);
}

static void
append(void *ctx, enum price_ink ink, const char *text)
{
	char *out = ctx;
	size_t len = strlen(out);

	(void)ink;
	if (text != NULL)
		snprintf(out + len, PRICE_BAR_TEXT - len, "%s", text);
}

void
price_bar(char out[PRICE_BAR_TEXT], const struct price_table *t, int ascii)
{
	struct row r = {.t = t, .ascii = ascii != 0, .put = append, .ctx = out};
	size_t len;

	out[0] = '\0';
	if (!(t->flags & TABLE_BAR))
		return;
	if (!(t->flags & TABLE_VALUES))
		(void)piece(&r, INK_PLAIN, "no prices");
	else
		(void)short_coin(&r, PRICE_BTC);
	if ((t->flags & TABLE_VALUES) && (t->flags & TABLE_FAILED))
		(void)piece(&r, INK_PLAIN, "OLD");
	for (len = strlen(out); len > 0 && out[len - 1] == ' '; len--)
		out[len - 1] = '\0';
}
