/*
 * The generated tables and the grapheme clusters against utf8proc, another
 * implementation of the same version of Unicode, over all code points; and
 * against the examples of UAX #29 where the database is installed.  Where the
 * two are meant to differ, a table says so and why; a difference that is not
 * in it fails the test, and so does a row of it that is not used.
 */
#include <stdint.h>
#include <stdlib.h>

#include "../../src/text/unicode.h"
#include "attacks.h"
#include "check.h"
#include "secchat/text.h"
#include "secchat/util.h"

#define EXAMPLES "/usr/share/unicode/auxiliary/GraphemeBreakTest.txt"

#if __has_include(<utf8proc.h>)
#include <utf8proc.h>

#define ALL 0x110000

/* ---- properties ---- */

static int
boundclass_of(const struct text_char *c)
{
	static const int same[GCB_COUNT] = {
	    [GCB_OTHER] = UTF8PROC_BOUNDCLASS_OTHER,
	    [GCB_CR] = UTF8PROC_BOUNDCLASS_CR,
	    [GCB_LF] = UTF8PROC_BOUNDCLASS_LF,
	    [GCB_CONTROL] = UTF8PROC_BOUNDCLASS_CONTROL,
	    [GCB_EXTEND] = UTF8PROC_BOUNDCLASS_EXTEND,
	    [GCB_ZWJ] = UTF8PROC_BOUNDCLASS_ZWJ,
	    [GCB_REGIONAL_INDICATOR] = UTF8PROC_BOUNDCLASS_REGIONAL_INDICATOR,
	    [GCB_PREPEND] = UTF8PROC_BOUNDCLASS_PREPEND,
	    [GCB_SPACINGMARK] = UTF8PROC_BOUNDCLASS_SPACINGMARK,
	    [GCB_L] = UTF8PROC_BOUNDCLASS_L,
	    [GCB_V] = UTF8PROC_BOUNDCLASS_V,
	    [GCB_T] = UTF8PROC_BOUNDCLASS_T,
	    [GCB_LV] = UTF8PROC_BOUNDCLASS_LV,
	    [GCB_LVT] = UTF8PROC_BOUNDCLASS_LVT,
	};

	if (c->bits & CHAR_PICTURE)
		return UTF8PROC_BOUNDCLASS_EXTENDED_PICTOGRAPHIC;
	return same[c->gcb];
}

/* Print the first few of many, and count all. */
static void
differs(unsigned *bad, const char *what, uint32_t cp, int ours, int theirs)
{
	if ((*bad)++ < 10)
		printf("  %s of U+%04X: %d, not %d\n", what, cp, ours, theirs);
}

/* Unicode says already that some code points will be invisible or pictures;
 * utf8proc says nothing about what is not assigned yet. */
static int
is_reserved(const struct text_char *c)
{
	return c->category == CAT_CN && c->bits != 0;
}

static void
test_properties(void)
{
	unsigned bad = 0, reserved = 0;

	for (uint32_t cp = 0; cp < ALL; cp++) {
		const struct text_char *c = text_char(cp);
		const utf8proc_property_t *p =
		    utf8proc_get_property((utf8proc_int32_t)cp);
		int ccc = p->combining_class;

		if (c->category != p->category)
			differs(&bad, "category", cp, c->category, p->category);
		if (!(c->bits & CHAR_VIRAMA) != (ccc != 9))
			differs(&bad, "virama", cp, c->bits, ccc);
		if (!(c->bits & CHAR_OVERLAY) != (ccc != 1))
			differs(&bad, "overlay", cp, c->bits, ccc);
		if (is_reserved(c)) {
			reserved++;
			continue;
		}
		if (boundclass_of(c) != (int)p->boundclass)
			differs(&bad, "class", cp, boundclass_of(c),
			    (int)p->boundclass);
		if (!(c->bits & CHAR_IGNORABLE) != !p->ignorable)
			differs(&bad, "ignorable", cp, c->bits, p->ignorable);
	}
	CHECK(bad == 0);
	CHECK(reserved == 5265);
}

/* ---- width ---- */

static int
is_spacing_mark(const struct text_char *c)
{
	return c->category == CAT_MC;
}

static int
is_overlong(const struct text_char *c)
{
	return c->category == CAT_SO || c->category == CAT_NO;
}

/* clang-format off */
static struct {
	int ours, theirs;
	int (*which)(const struct text_char *c);
	unsigned expected, seen;
} widths[] = {
	/* Spacing marks take a column in glibc and in most terminals; what is
	 * counted too wide only makes a row end early. */
	{ 1, 0, is_spacing_mark, 448, 0 },
	/* Numbers on squares, wide in glibc; trigrams, hexagrams and their
	 * parts, wide since Unicode 16. */
	{ 2, 1, is_overlong, 86, 0 },
};
/* clang-format on */

/* Whether a table row allows it; counts it there. */
static int
is_meant(const struct text_char *c, int ours, int theirs)
{
	for (size_t i = 0; i < ARRAY_LEN(widths); i++) {
		if (widths[i].ours != ours || widths[i].theirs != theirs ||
		    !widths[i].which(c))
			continue;
		widths[i].seen++;
		return 1;
	}
	return 0;
}

/* Of all that is shown as it is. */
static void
test_width(void)
{
	unsigned bad = 0, shown = 0;

	for (uint32_t cp = 0; cp < ALL; cp++) {
		int ours = text_width(cp);
		int theirs = utf8proc_charwidth((utf8proc_int32_t)cp);

		shown += ours >= 0;
		if (ours >= 0 && ours != theirs &&
		    !is_meant(text_char(cp), ours, theirs))
			differs(&bad, "width", cp, ours, theirs);
	}
	CHECK(bad == 0);
	for (size_t i = 0; i < ARRAY_LEN(widths); i++)
		if (!CHECK(widths[i].seen == widths[i].expected))
			printf("  row %zu: %u\n", i, widths[i].seen);
	printf("%u characters are shown as they are\n", shown);
}

/* ---- what is not shown as it is ---- */

/* Letters, digits, signs, and marks but enclosing ones. */
static int
is_shown_category(int category)
{
	return category != UTF8PROC_CATEGORY_ME &&
	       category >= UTF8PROC_CATEGORY_LU &&
	       category <= UTF8PROC_CATEGORY_SO;
}

/* clang-format off */
static struct {
	uint32_t first, last;
	unsigned seen;
} spelled[] = {
	/* Marks that strike out or cross what they stand on. */
	{ 0x334, 0x338, 0 },     { 0x1cd4, 0x1cd4, 0 },   { 0x1ce2, 0x1ce8, 0 },
	{ 0x20d2, 0x20d3, 0 },   { 0x20d8, 0x20da, 0 },
	{ 0x20e5, 0x20e6, 0 },   { 0x20ea, 0x20eb, 0 },   { 0x10a39, 0x10a39, 0 },
	{ 0x16af0, 0x16af4, 0 }, { 0x1bc9e, 0x1bc9e, 0 }, { 0x1d167, 0x1d169, 0 },
	/* Parts of a syllable, which are shown as a syllable. */
	{ 0x1161, 0x11ff, 0 },   { 0xd7b0, 0xd7c6, 0 },   { 0xd7cb, 0xd7fb, 0 },
	/* Wider than their cell. */
	{ 0x2e3a, 0x2e3b, 0 },   { 0xfdfd, 0xfdfd, 0 },   { 0x12031, 0x12031, 0 },
	{ 0x12219, 0x12219, 0 }, { 0x1242b, 0x1242b, 0 },
	/* Blank, and standing for something else. */
	{ 0x2800, 0x2800, 0 },   { 0xfffc, 0xfffc, 0 },
	/* Invisible although they are letters or marks. */
	{ 0x34f, 0x34f, 0 },     { 0x115f, 0x1160, 0 },   { 0x17b4, 0x17b5, 0 },
	{ 0x180b, 0x180f, 0 },   { 0x3164, 0x3164, 0 },   { 0xfe00, 0xfe0f, 0 },
	{ 0xffa0, 0xffa0, 0 },   { 0xe0100, 0xe01ef, 0 },
};
/* clang-format on */

static int
is_exception(uint32_t cp)
{
	for (size_t i = 0; i < ARRAY_LEN(spelled); i++) {
		if (cp < spelled[i].first || cp > spelled[i].last)
			continue;
		spelled[i].seen++;
		return 1;
	}
	return 0;
}

static void
test_shown(void)
{
	unsigned bad = 0, dead = 0;

	for (uint32_t cp = 0; cp < ALL; cp++) {
		int category = (int)utf8proc_category((utf8proc_int32_t)cp);
		int shown = text_width(cp) >= 0;

		if (shown == (cp == ' ' || is_shown_category(category)))
			continue;
		if (shown || !is_exception(cp))
			differs(&bad, "shown", cp, shown, category);
	}
	CHECK(bad == 0);
	for (size_t i = 0; i < ARRAY_LEN(spelled); i++)
		dead += spelled[i].seen == 0;
	CHECK(dead == 0);
}

/* ---- clusters ---- */

#define LONGEST 48

/* Whether both find the same clusters, forwards and backwards. */
static int
same_clusters(const uint32_t *cp, size_t n)
{
	uint8_t text[4 * LONGEST];
	size_t len = 0, end[LONGEST], at = 0, from = 0, back;
	utf8proc_int32_t state = 0;

	for (size_t i = 0; i < n; i++) {
		len += attack_put(text + len, cp[i]);
		end[i] = len;
	}
	for (size_t i = 0; i < n; i++) {
		if (i + 1 < n &&
		    !utf8proc_grapheme_break_stateful((utf8proc_int32_t)cp[i],
			(utf8proc_int32_t)cp[i + 1], &state))
			continue;
		at = text_cluster_next(text, len, from);
		back = text_cluster_prev(text, len, at);
		if (at != end[i] || back != from)
			return 0;
		from = at;
	}
	return at == len;
}

static void
check_clusters(unsigned *bad, const uint32_t *cp, size_t n)
{
	if (same_clusters(cp, n) || (*bad)++ >= 10)
		return;
	printf("  clusters of");
	for (size_t i = 0; i < n; i++)
		printf(" U+%04X", cp[i]);
	printf("\n");
}

/* One of each class, and of what else the rules tell apart. */
static const uint32_t one_of_each[] = {'a', '\r', '\n', 0x200b, 0x301, 0x200d,
    0x1f1e6, 0x600, 0x903, 0x1100, 0x1161, 0x11a8, 0xac00, 0xac01, 0x2764,
    0x1f3fd, 0x200c};

#define EACH ARRAY_LEN(one_of_each)

static void
test_every_four(void)
{
	unsigned bad = 0;
	uint32_t cp[4];

	for (size_t i = 0; i < EACH * EACH * EACH * EACH; i++) {
		size_t rest = i;

		for (size_t k = 0; k < ARRAY_LEN(cp); k++) {
			cp[k] = one_of_each[rest % EACH];
			rest /= EACH;
		}
		check_clusters(&bad, cp, ARRAY_LEN(cp));
	}
	CHECK(bad == 0);
}

static uint32_t
noise(void)
{
	static uint32_t x = 20260101;

	x = x * 1664525 + 1013904223;
	return x >> 8;
}

/* Any code point that UTF-8 can hold and utf8proc knows. */
static uint32_t
any(void)
{
	uint32_t cp = noise() % 3 == 0 ? noise() % ALL : noise() % 0x3000;

	if (text_char(cp)->category == CAT_CS || is_reserved(text_char(cp)))
		return 0x1f468;
	return cp;
}

static void
test_random(void)
{
	unsigned bad = 0;
	uint32_t cp[LONGEST];

	for (unsigned i = 0; i < 20000; i++) {
		size_t n = 1 + noise() % LONGEST;

		for (size_t k = 0; k < n; k++)
			cp[k] = noise() % 4 == 0 ? any()
						 : one_of_each[noise() % EACH];
		check_clusters(&bad, cp, n);
	}
	CHECK(bad == 0);
}

static void
test_against_utf8proc(void)
{
	if (strcmp(utf8proc_unicode_version(), text_unicode_version) != 0) {
		SKIP("utf8proc knows another version of Unicode");
		return;
	}
	test_properties();
	test_width();
	test_shown();
	test_every_four();
	test_random();
}

#else

static void
test_against_utf8proc(void)
{
	SKIP("libutf8proc-dev is not installed");
}

#endif

/* ---- the examples of the standard ---- */

/* "\u00f7 0061 \u00d7 0301 \u00f7": a break or none, and code points. */
static int
example_is_right(char *line)
{
	uint8_t text[256];
	size_t len = 0, breaks[64], n = 0, at = 0;

	for (char *word = strtok(line, " \t\n"); word != NULL;
	     word = strtok(NULL, " \t\n")) {
		if (strcmp(word, "\u00f7") == 0)
			breaks[n++] = len;
		else if (strcmp(word, "\u00d7") != 0)
			len += attack_put(
			    text + len, (uint32_t)strtoul(word, NULL, 16));
	}
	for (size_t i = 1; i < n; i++) {
		size_t next = text_cluster_next(text, len, at);

		if (next != breaks[i] ||
		    text_cluster_prev(text, len, next) != at)
			return 0;
		at = next;
	}
	return at == len;
}

static void
test_examples(void)
{
	FILE *f = fopen(EXAMPLES, "r");
	char line[4096];
	unsigned seen = 0;

	if (f == NULL) {
		SKIP("unicode-data is not installed");
		return;
	}
	while (fgets(line, sizeof line, f) != NULL) {
		line[strcspn(line, "#")] = '\0';
		if (strlen(line) < 4)
			continue;
		seen++;
		if (!example_is_right(line))
			FAIL("an example");
	}
	fclose(f);
	CHECK(seen > 500);
}

int
main(void)
{
	test_against_utf8proc();
	test_examples();
	return check_end();
}
