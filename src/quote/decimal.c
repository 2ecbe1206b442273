/*
 * Decimal numbers without a locale and without rounding on the way: a price
 * is the digits that the provider sent and a power of ten.
 */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "secchat/err.h"
#include "secchat/prices.h"
#include "secchat/util.h"

#define EXP_MAX 99

static uint64_t
power10(unsigned n)
{
	uint64_t v = 1;

	while (n-- > 0)
		v *= 10;
	return v;
}

/* How many digits it has. */
static int
width(uint64_t digits)
{
	int n = 0;

	for (; digits > 0; digits /= 10)
		n++;
	return n;
}

/* The digits of a number that is being read. */
struct digits {
	uint64_t v;
	int kept;    /* significant ones so far */
	int exp;     /* what the last kept one counts */
	int round;   /* the first one that was left out */
	int dropped; /* how many were */
};

static void
add(struct digits *g, char c, int after_point)
{
	int digit = c - '0';

	if (g->kept == PRICE_DIGITS_MAX) {
		if (g->dropped++ == 0)
			g->round = digit;
		g->exp += !after_point;
		return;
	}
	g->v = g->v * 10 + (uint64_t)digit;
	g->kept += g->v > 0;
	g->exp -= after_point;
}

static size_t
run_of_digits(struct digits *g, const char *s, size_t len, int after_point)
{
	size_t n = 0;

	for (; n < len && s[n] >= '0' && s[n] <= '9'; n++)
		add(g, s[n], after_point);
	return n;
}

/* "e-05" and its kin: the bytes it has, or 0; two digits are enough. */
static size_t
exponent(const char *s, size_t len, int *out)
{
	size_t i = 1, first;
	int v = 0, negative = 0;

	if (len > 1 && (s[1] == '+' || s[1] == '-')) {
		negative = s[1] == '-';
		i++;
	}
	first = i;
	for (; i < len && s[i] >= '0' && s[i] <= '9' && i < first + 4; i++)
		v = v * 10 + (s[i] - '0');
	*out = negative ? -v : v;
	return i == first || v > EXP_MAX ? 0 : i;
}

static int
finish(struct decimal *d, struct digits *g)
{
	if (g->round >= 5)
		g->v++;
	while (g->v > 0 && g->v % 10 == 0) {
		g->v /= 10;
		g->exp++;
	}
	if (g->v == 0)
		g->exp = 0;
	if (g->exp > EXP_MAX + PRICE_DIGITS_MAX ||
	    g->exp < -EXP_MAX - PRICE_DIGITS_MAX)
		return -ERR_FORMAT;
	d->digits = g->v;
	d->exp = (int16_t)g->exp;
	return 0;
}

int
decimal_parse(struct decimal *d, const char *s, size_t len)
{
	struct digits g = {0};
	size_t i = 0, n;
	int e = 0;

	memset(d, 0, sizeof *d);
	if (len > 0 && s[0] == '-') {
		d->negative = 1;
		i = 1;
	}
	n = run_of_digits(&g, s + i, len - i, 0);
	if (n == 0)
		return -ERR_FORMAT;
	i += n;
	if (i < len && s[i] == '.') {
		n = run_of_digits(&g, s + i + 1, len - i - 1, 1);
		if (n == 0)
			return -ERR_FORMAT;
		i += n + 1;
	}
	if (i < len && (s[i] == 'e' || s[i] == 'E')) {
		n = exponent(s + i, len - i, &e);
		if (n == 0)
			return -ERR_FORMAT;
		i += n;
	}
	if (i != len || len > 400)
		return -ERR_FORMAT;
	g.exp += e;
	return finish(d, &g);
}

int
decimal_from_real(struct decimal *d, double v)
{
	char text[40];

	if (!isfinite(v))
		return -ERR_FORMAT;
	/* The programs that come here never leave the C locale. */
	snprintf(text, sizeof text, "%.*e", PRICE_DIGITS_MAX - 1, v);
	return decimal_parse(d, text, strlen(text));
}

double
decimal_real(const struct decimal *d)
{
	double v = (double)d->digits;
	int n = d->exp;

	for (; n > 0; n--)
		v *= 10;
	for (; n < 0; n++)
		v /= 10;
	return d->negative ? -v : v;
}

int
decimal_is_price(const struct decimal *d)
{
	int top = width(d->digits) + d->exp;

	return d->digits > 0 && !d->negative && top > -12 && top <= 12;
}

int
decimal_hundredths(
    const struct decimal *d, int32_t min, int32_t max, int32_t *out)
{
	int top = width(d->digits) + d->exp + 2, n = d->exp + 2;
	uint64_t v = d->digits;
	int64_t whole;

	*out = 0;
	if (top > 10)
		return -ERR_FORMAT;
	if (top < 0)
		return 0;
	if (n >= 0) {
		v *= power10((unsigned)n);
	} else {
		/* top >= 0: there are no more zeros than digits. */
		v = v / power10((unsigned)-n - 1);
		v = v / 10 + (v % 10 >= 5);
	}
	whole = d->negative ? -(int64_t)v : (int64_t)v;
	if (whole < min || whole > max)
		return -ERR_FORMAT;
	*out = (int32_t)whole;
	return 0;
}

/* v / 10^decimals, thousands grouped if asked. */
static void
put_fixed(char out[DECIMAL_TEXT], uint64_t v, int decimals, int group)
{
	char back[DECIMAL_TEXT];
	size_t n = 0;

	for (int i = 0; i < decimals; i++, v /= 10)
		back[n++] = (char)('0' + v % 10);
	if (decimals > 0)
		back[n++] = '.';
	for (int i = 0; i == 0 || v > 0; i++, v /= 10) {
		if (group && i > 0 && i % 3 == 0)
			back[n++] = ',';
		back[n++] = (char)('0' + v % 10);
	}
	for (size_t i = 0; i < n; i++)
		out[i] = back[n - 1 - i];
	out[n] = '\0';
}

void
decimal_text(char out[DECIMAL_TEXT], const struct decimal *d)
{
	int decimals = d->exp < 0 ? -d->exp : 0;
	uint64_t v = d->digits;

	if (!decimal_is_price(d)) {
		snprintf(out, DECIMAL_TEXT, "0");
		return;
	}
	if (d->exp > 0)
		v *= power10((unsigned)d->exp);
	put_fixed(out, v, decimals, 0);
}

/* How many digits stand behind the point; top: before it, or minus the zeros
 * that follow it. */
static int
decimals_of(int top, enum price_style style)
{
	if (style == PRICE_SHORT)
		return MAX(5 - top, 0);
	if (top >= 4)
		return 2;
	return top >= 1 ? 6 - top : 5 - top;
}

void
price_text(
    char out[DECIMAL_TEXT], const struct decimal *d, enum price_style style)
{
	int decimals = decimals_of(width(d->digits) + d->exp, style);
	int n = d->exp + decimals;
	uint64_t v = d->digits;

	if (!decimal_is_price(d)) {
		snprintf(out, DECIMAL_TEXT, "n/a");
		return;
	}
	if (n >= 0) {
		v *= power10((unsigned)n);
	} else {
		v /= power10((unsigned)-n - 1);
		v = v / 10 + (v % 10 >= 5);
	}
	put_fixed(out, v, decimals, 1);
}

void
change_text(char out[CHANGE_TEXT], int32_t change)
{
	uint32_t v =
	    change < 0 ? (uint32_t) - (int64_t)change : (uint32_t)change;

	snprintf(out, CHANGE_TEXT, "%c%u.%02u%%",
	    change < 0   ? '-'
	    : change > 0 ? '+'
			 : ' ',
	    v / 100 % 100000, v % 100);
}
