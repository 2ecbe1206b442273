/*
 * The filter for text that others wrote: how each kind of character comes
 * out, rows and widths, and that noise gets through harmlessly.
 *
 *   text          the test
 *   text speed    how fast it is, with no more than a look at the clock
 */
#include <limits.h>
#include <locale.h>
#include <stdint.h>
#include <stdlib.h>
#include <wchar.h>

#include "check.h"
#include "harmless.h"
#include "secchat/text.h"
#include "secchat/util.h"

/* ---- one character and one line ---- */

static int
line_is(const char *in, size_t len, const char *want)
{
	char out[512];
	size_t n = text_line(out, sizeof out, in, len, 0, NULL);
	int same = n == strlen(want) && strcmp(out, want) == 0;

	if (!same)
		printf("  got  \"%s\"\n  want \"%s\"\n", out, want);
	return same;
}

#define LINE(in, want) CHECK(line_is(in, sizeof(in) - 1, want))

static void
test_line(void)
{
	LINE("", "");
	LINE("plain text, 100%", "plain text, 100%");
	LINE("\x1b[2J\x07\x7f\0", "^[[2J^G^?^@");
	LINE("a\rb\nc\r\n", "a^Mb^Jc^J");
	LINE("a\tb", "a       b");
	LINE("\x9b"
	     "31m",
	    "<9B>31m");
	LINE("\xc2\x9b"
	     "31m",
	    "<U+009B>31m");
	LINE("photo_\u202egnp.sh", "photo_<U+202E>gnp.sh");
	LINE("pay\u200bpal\u200d\u034f", "paypal");
	LINE("a\u00a0b\u3000c", "a b  c");
	LINE("\ue0b0\ufdd0\uffff", "<U+E0B0><U+FDD0><U+FFFF>");
	LINE("\U000e0041\U0010ffff", "<U+10FFFF>");
	LINE("\u0378\U00012031\ufffc\u2800|", "<U+0378><U+12031><U+FFFC> |");
	LINE("\u2028\u2029", "<U+2028><U+2029>");
	LINE("\xc0\xaf\xed\xa0\x80\xf4\x90\x80\x80",
	    "<C0><AF><ED><A0><80><F4><90><80><80>");
	LINE("\xe2\x1b[2J", "<E2>^[[2J");
	LINE("ab\xf0\x9f\x98", "ab<F0><9F><98>");
	LINE("na\u00efve \u4f60\u597d \U0001f600",
	    "na\u00efve \u4f60\u597d \U0001f600");
	LINE("\U0001f1e9\U0001f1ea\U0001f1e9", "\U0001f1e9\U0001f1ea<U+1F1E9>");
	LINE("\u1112\u1161\u11ab\u1100\u1173\u11a7", "\ud55c\uadf8<U+11A7>");
	LINE("\u1112\u1112\u1160\u1161", "\u1112\u1112<U+1161>");
	LINE("\u2764\ufe0f\u200d\U0001f525", "\u2764\U0001f525");
	LINE("\u2764\ufe0f\ufe0f\ufe0f", "\u2764");
}

/* ZWNJ and ZWJ: RFC 5892, appendix A. */
static void
test_joiners(void)
{
	struct text_marks m = {0};
	char out[64];

	/* Between letters that join, with marks on either side. */
	LINE("\u0645\u06cc\u200c\u062e", "\u0645\u06cc\u200c\u062e");
	LINE(
	    "\u06cc\u0651\u200c\u0650\u062e", "\u06cc\u0651\u200c\u0650\u062e");
	/* Alef joins nothing behind it, Latin letters nothing at all. */
	LINE("\u0627\u200c\u062e", "\u0627\u062e");
	LINE("\u06cc\u200c\u200c\u062e", "\u06cc\u200c\u062e");
	LINE("\u06cc\u200cx", "\u06ccx");
	LINE("\u06cc\u200c", "\u06cc");
	LINE("\u06cc\u200c \u062e", "\u06cc \u062e");
	LINE("\u06cc\u200c\u202e\u062e", "\u06cc<U+202E>\u062e");
	LINE("\u06cc\u200d\u062e", "\u06cc\u062e");
	/* Behind a virama, and only there. */
	LINE("\u0915\u094d\u200d\u0937", "\u0915\u094d\u200d\u0937");
	LINE("\u0915\u094d\u200c\u0937", "\u0915\u094d\u200c\u0937");
	LINE("\u0915\u200d\u094d\u0937", "\u0915\u094d\u0937");
	LINE("\u0915\u094d\u200d\u200d", "\u0915\u094d\u200d");
	LINE("\u094d\u200d", "<U+094D>");

	text_line(out, sizeof out, "\u0915\u094d\u200dx\u200d", 13, 0, &m);
	CHECK(m.needed == 1 && m.hidden == 1 && m.joiners == 0);
	text_line(out, sizeof out, "\u0915\u094d\u200d", 9, TEXT_ASCII, &m);
	CHECK(strcmp(out, "<U+0915><U+094D>") == 0 && m.hidden == 2);
	text_line(out, sizeof out, "x\u094d\u200d", 7, TEXT_ASCII, &m);
	CHECK(strcmp(out, "x<U+094D>") == 0 && m.hidden == 3);
	text_line(out, sizeof out, "x\u200dy\u00ad", 7, TEXT_REVEAL, &m);
	CHECK(strcmp(out, "x<U+200D>y<U+00AD>") == 0 && m.invisible == 2);
}

static void
test_marks(void)
{
	static const char in[] =
	    "\x1b\u202e\u200b\xff"
	    "h\u0300\u0301\u0302\u0303\u0304\u0305\u2764\ufe0f\ue000";
	struct text_marks m = {0};
	char out[128], remark[TEXT_REMARK_MAX];

	LINE("e\u0301", "e\u0301");
	LINE("\u0301x", "<U+0301>x");
	LINE("\u202e\u0301", "<U+202E><U+0301>");
	LINE("h\u0300\u0301\u0302\u0303\u0304\u0305i",
	    "h\u0300\u0301\u0302\u0303i");
	LINE("a\u0336\u20dd", "a<U+0336><U+20DD>");

	text_line(out, sizeof out, in, sizeof in - 1, 0, &m);
	CHECK(m.controls == 1 && m.bidi == 1 && m.hidden == 1);
	CHECK(m.invalid == 1 && m.crowded == 2 && m.joiners == 1);
	CHECK(m.unknown == 1 && m.cut == 0);
	text_remark(remark, sizeof remark, &m);
	CHECK(
	    strcmp(remark, "2 control characters made visible, "
			   "1 invisible character left out, "
			   "1 byte that is not UTF-8, 2 marks left out") == 0);
	memset(&m, 0, sizeof m);
	CHECK(text_remark(remark, sizeof remark, &m) == 0);
	CHECK(remark[0] == '\0');
	memset(&m, 0xff, sizeof m);
	CHECK(text_remark(remark, sizeof remark, &m) < sizeof remark);
}

static void
test_cut(void)
{
	struct text_marks m = {0};
	char out[64];

	memset(out, 'Z', sizeof out);
	CHECK(text_line(out, 8, "1234567", 7, 0, &m) == 7 && m.cut == 0);
	CHECK(strcmp(out, "1234567") == 0 && out[8] == 'Z');
	CHECK(text_line(out, 8, "12345678", 8, 0, &m) == 7 && m.cut == 1);
	CHECK(strcmp(out, "1234...") == 0 && out[8] == 'Z');
	CHECK(text_line(out, 8, "12\u4f60\u4f60", 8, 0, &m) == 5);
	CHECK(strcmp(out, "12...") == 0 && out[8] == 'Z');
	/* Whole characters: a mark goes with its base, ZWNJ with its letter. */
	CHECK(text_line(out, 9, "12\u0301\u0302xxxx", 10, 0, &m) == 4);
	CHECK(strcmp(out, "1...") == 0);
	CHECK(text_line(out, 11, "1\u06cc\u200c\u06ccxxx", 11, 0, &m) == 4);
	CHECK(strcmp(out, "1...") == 0);
	CHECK(text_line(out, 8, "\u202e", 3, 0, &m) == 3);
	CHECK(strcmp(out, "...") == 0);
}

static void
test_ascii(void)
{
	char out[64];

	text_line(
	    out, sizeof out, "na\u00efve e\u0301\x1b", 10, TEXT_ASCII, NULL);
	CHECK(strcmp(out, "na<U+00EF>ve e<U+0301>") == 0);
	for (uint32_t cp = 0x80; cp < 0x110000; cp++) {
		struct text_unit u;
		uint8_t in[4] = {(uint8_t)(0xf0 | cp >> 18),
		    (uint8_t)(0x80 | (cp >> 12 & 63)),
		    (uint8_t)(0x80 | (cp >> 6 & 63)),
		    (uint8_t)(0x80 | (cp & 63))};

		if (cp < 0x10000)
			continue;
		text_unit(&u, in, sizeof in, TEXT_ASCII);
		for (size_t i = 0; i < u.len; i++)
			if ((uint8_t)u.out[i] > 0x7e) {
				FAIL("ASCII only");
				return;
			}
	}
}

/* ---- rows ---- */

/* All rows of a text, with '|' behind each. */
static const char *
rows_of(const char *in, size_t len, size_t columns, size_t max, size_t *more)
{
	static char all[8192];
	struct text_rows r;
	char row[512];
	size_t n, cols, at = 0;

	text_rows_init(&r, in, len, 0, columns, max);
	while (text_rows_next(&r, row, sizeof row, &n, &cols)) {
		CHECK(columns == 0 || cols <= columns);
		CHECK(cols == text_columns(row, n));
		CHECK(at + n + 2 < sizeof all);
		memcpy(all + at, row, n);
		at += n;
		all[at++] = '|';
	}
	all[at] = '\0';
	*more = text_rows_more(&r);
	return all;
}

static int
rows_are(const char *in, size_t len, size_t columns, const char *want)
{
	size_t more;
	const char *got = rows_of(in, len, columns, 0, &more);

	if (strcmp(got, want) == 0 && more == 0)
		return 1;
	printf("  got  \"%s\"\n  want \"%s\"\n", got, want);
	return 0;
}

#define ROWS(in, columns, want) \
	CHECK(rows_are(in, sizeof(in) - 1, columns, want))

static void
test_rows(void)
{
	size_t more;

	ROWS("", 80, "|");
	ROWS("a", 80, "a|");
	ROWS("\n", 80, "|");
	ROWS("a\n", 80, "a|");
	ROWS("a\n\n", 80, "a||");
	ROWS("a\r\nb\u2028c\u2029d", 80, "a|b|c|d|");
	ROWS("a\rb", 80, "a^Mb|");
	ROWS("abcdefghijklmnop", 12, "abcdefghijkl|mnop|");
	ROWS("abcdefghijkl\nm", 12, "abcdefghijkl|m|");
	ROWS("abcdefghijkl mnop", 12, "abcdefghijkl|mnop|");
	ROWS("abcdefghijkl   ", 12, "abcdefghijkl|");
	ROWS("one two three four", 12, "one two |three four|");
	ROWS("a bcdefghijklmnop", 12, "a bcdefghijk|lmnop|");
	ROWS("\u4f60\u4f60\u4f60\u4f60\u4f60x\u4f60", 12,
	    "\u4f60\u4f60\u4f60\u4f60\u4f60x|\u4f60|");
	ROWS("abcdefghijke\u0301x", 12, "abcdefghijke\u0301|x|");
	ROWS("a\tb\tc", 12, "a       b|c|");
	ROWS("1234567\u202e", 12, "1234567|<U+202E>|");
	ROWS("\u0301a\n\u0301b", 80, "<U+0301>a|<U+0301>b|");
	ROWS("any width", 0, "any width|");

	CHECK(strcmp(rows_of("a\nb\nc\nd\n", 8, 80, 2, &more), "a|b|") == 0);
	CHECK(more == 2);
	CHECK(strcmp(rows_of("a\nb", 3, 80, 2, &more), "a|b|") == 0);
	CHECK(more == 0);
}

/* A row that is longer than the buffer goes on in the next one. */
static void
test_small_buffer(void)
{
	struct text_rows r;
	char row[TEXT_ROW_MIN + 1], in[300];
	size_t n, total = 0;

	memset(in, 'a', sizeof in);
	text_rows_init(&r, in, sizeof in, 0, 0, 0);
	row[TEXT_ROW_MIN] = 'Z';
	while (text_rows_next(&r, row, TEXT_ROW_MIN, &n, NULL))
		total += n;
	CHECK(total == sizeof in && row[TEXT_ROW_MIN] == 'Z');
	CHECK(r.rows == 5);
}

static void
test_width(void)
{
	CHECK(text_width('a') == 1 && text_width(0xe9) == 1);
	CHECK(text_width(0x4f60) == 2 && text_width(0x1f600) == 2);
	CHECK(text_width(0x301) == 0);
	CHECK(text_width(0x1b) == -1 && text_width(0x202e) == -1);
	CHECK(text_width(0x2502) == 1 && text_width(0x2713) == 1);
	CHECK(text_columns("\u2713\u2713 \u2502", 10) == 4);
	for (uint32_t cp = 0; cp < 0x110000; cp++)
		if (is_bad(cp) && text_width(cp) >= 0) {
			printf("  U+%04X\n", cp);
			FAIL("bad characters have no width");
		}
}

/*
 * A character that takes more columns than we count makes the terminal's row
 * end before ours.  The C library's table, which many terminals use, is the
 * least; newer Unicode has made some wide that it calls narrow.
 */
static void
test_width_of_libc(void)
{
	unsigned narrower = 0;

	CHECK(text_width(0x4dc0) == 2 && text_width(0x3248) == 2);
	CHECK(text_width(0x2630) == 2 && text_width(0x268f) == 2);
	if (setlocale(LC_CTYPE, "C.UTF-8") == NULL) {
		SKIP("there is no locale C.UTF-8");
		return;
	}
	for (uint32_t cp = 0x20; cp < 0x110000; cp++) {
		struct text_unit u;
		char in[MB_LEN_MAX];
		int len = wctomb(in, (wchar_t)cp);
		int libc = wcwidth((wchar_t)cp);

		if (len < 0)
			continue;
		text_unit(&u, (const uint8_t *)in, (size_t)len, 0);
		if (u.len != (size_t)len || memcmp(u.out, in, u.len) != 0 ||
		    libc <= (int)u.cols)
			continue;
		if (narrower++ < 10)
			printf("  U+%04X: %zu, not %d\n", cp, u.cols, libc);
	}
	CHECK(narrower == 0);
	setlocale(LC_CTYPE, "C");
}

#define BYTES(in) (const uint8_t *)in, sizeof(in) - 1
#define CLUSTER(in) (text_cluster(BYTES(in)))

static void
test_cluster(void)
{
	CHECK(CLUSTER("ab") == 1 && CLUSTER("\r\nx") == 2);
	CHECK(CLUSTER("e\u0301\u0300x") == 5);
	CHECK(CLUSTER("\u4f60\u597d") == 3);
	CHECK(CLUSTER("\U0001f468\u200d\U0001f469\u200d\U0001f467x") == 18);
	CHECK(CLUSTER("\u2764\ufe0fx") == 6);
	CHECK(CLUSTER("\U0001f44d\U0001f3fdx") == 8);
	CHECK(CLUSTER("\U0001f1e9\U0001f1ea\U0001f1e9\U0001f1ea") == 8);
	CHECK(CLUSTER("\xff\xff") == 1 && CLUSTER("\u200b\u0301") == 3);
	CHECK(CLUSTER("a\u200db") == 4);
}

/* Back and forth through a text, and what each cluster takes. */
static void
test_cluster_steps(void)
{
	static const char in[] =
	    "ab\r\n\U0001f1e9\U0001f1ea\U0001f1eae\u0301\xff\u1100\u1161\t.";
	static const size_t ends[] = {1, 2, 4, 12, 16, 19, 20, 26, 27, 28};
	static const size_t cols[] = {1, 1, 2, 2, 9, 1, 4, 2, 2, 1};
	size_t at = 0, col = 0;

	for (size_t i = 0; i < ARRAY_LEN(ends); i++) {
		size_t next = text_cluster_next(BYTES(in), at);
		size_t wide = text_cluster_cols(BYTES(in), at, 0, col);

		CHECK(next == ends[i] && wide == cols[i]);
		CHECK(text_cluster_prev(BYTES(in), next) == at);
		at = next;
		col += wide;
	}
	CHECK(at == sizeof in - 1);
	CHECK(text_cluster_next(BYTES(in), at) == at);
	CHECK(text_cluster_prev(BYTES(in), 0) == 0);
	/* Inside of a cluster: to its beginning. */
	CHECK(text_cluster_prev(BYTES("a\u0301\u0302b"), 3) == 0);
	CHECK(text_cluster_cols(BYTES("a\u200bb"), 1, 0, 0) == 0);
	CHECK(text_cluster_cols(BYTES("a\u200bb"), 1, TEXT_REVEAL, 0) == 8);
	CHECK(text_cluster_cols(BYTES("\u00e9"), 0, TEXT_ASCII, 0) == 8);
}

/* Whatever comes in: every pair of bytes, and noise from a fixed seed. */
static void
test_noise(void)
{
	uint32_t x = 12345;
	char in[64], out[4 * sizeof in + TEXT_ROW_MIN];

	for (unsigned i = 0; i < 0x10000; i++) {
		in[0] = (char)(i >> 8);
		in[1] = (char)(i & 255);
		if (!is_harmless(
			out, text_line(out, sizeof out, in, 2, 0, NULL))) {
			printf("  bytes %04x\n", i);
			FAIL("pairs of bytes are harmless");
		}
	}
	for (unsigned i = 0; i < 20000; i++) {
		for (size_t j = 0; j < sizeof in; j++) {
			x = x * 1664525 + 1013904223;
			in[j] = (char)(x >> 24);
		}
		if (!is_harmless(out,
			text_line(out, sizeof out, in, sizeof in, 0, NULL)))
			FAIL("noise is harmless");
	}
}

/* ---- speed ---- */

static void
speed_of(const char *what, const char *piece)
{
	static char in[1 << 20], out[1 << 16];
	size_t len = 0, n, one = strlen(piece), total = 0;
	uint64_t start = clock_now_ms(), ms;
	struct text_rows r;

	while (len + one < sizeof in) {
		memcpy(in + len, piece, one);
		len += one;
	}
	do {
		text_rows_init(&r, in, len, 0, 66, 0);
		while (text_rows_next(&r, out, sizeof out, &n, NULL))
			;
		total += len;
		ms = clock_now_ms() - start;
	} while (ms < 500);
	printf("%-28s %4.0f MB/s\n", what, (double)total / (double)ms / 1000);
}

static int
speed(void)
{
	speed_of("English", "The quick brown fox jumps over the lazy dog. ");
	speed_of("German", "Zw\u00f6lf Boxk\u00e4mpfer jagen Viktor. ");
	speed_of("Chinese", "\u4f60\u597d\u4e16\u754c\uff0c\u518d\u89c1\u3002");
	speed_of(
	    "Persian", "\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645 ");
	speed_of("emoji",
	    "\U0001f469\u200d\U0001f680\u2764\ufe0f \U0001f1e9\U0001f1ea");
	speed_of("only ESC", "\033");
	speed_of("no UTF-8", "\xff");
	return 0;
}

int
main(int argc, char **argv)
{
	if (argc > 1 && strcmp(argv[1], "speed") == 0)
		return speed();
	test_line();
	test_joiners();
	test_marks();
	test_cut();
	test_ascii();
	test_rows();
	test_small_buffer();
	test_width();
	test_width_of_libc();
	test_cluster();
	test_cluster_steps();
	test_noise();
	return check_end();
}
