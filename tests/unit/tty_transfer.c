/*
 * Files in rows: numbers for people at every boundary, rows of every width,
 * the table's order; and paths as people type them.
 */
#include <stdlib.h>

#include "../../src/tty/tty.h"
#include "check.h"
#include "secchat/filenews.h"
#include "secchat/text.h"
#include "secchat/util.h"

static int
is(const char *got, const char *want)
{
	if (strcmp(got, want) == 0)
		return 1;
	printf("  got \"%s\", want \"%s\"\n", got, want);
	return 0;
}

static void
test_numbers(void)
{
	/* clang-format off */
	static const struct {
		uint64_t n;
		const char *amount, *exact;
	} rows[] = {
	{ 0,                  "0 B",     "0 bytes" },
	{ 1,                  "1 B",     "1 byte" },
	{ 999,                "999 B",   "999 bytes" },
	{ 1000,               "1.0 kB",  "1,000 bytes" },
	{ 1049,               "1.0 kB",  "1,049 bytes" },
	{ 1050,               "1.1 kB",  "1,050 bytes" },
	{ 99949,              "99.9 kB", "99,949 bytes" },
	{ 99950,              "100 kB",  "99,950 bytes" },
	{ 999499,             "999 kB",  "999,499 bytes" },
	{ 999950,             "1.0 MB",  "999,950 bytes" },
	{ 3565158,            "3.6 MB",  "3,565,158 bytes" },
	{ 1073741824,         "1.1 GB",  "1,073,741,824 bytes" },
	{ INT64_MAX,          "9.2 EB",  "9,223,372,036,854,775,807 bytes" },
	{ UINT64_MAX,         "18.4 EB", "18,446,744,073,709,551,615 bytes" },
	};
	static const struct {
		uint64_t done, size;
		const char *text;
	} parts[] = {
	{ 0,       3565158,   "0.0 of 3.6 MB" },
	{ 3565158, 3565158,   "3.6 of 3.6 MB" },
	{ 3565158, 123456789, "  4 of 123 MB" },
	{ 999999,  12345678,  " 1.0 of 12.3 MB" },
	{ 7,       700,       "  7 of 700 B" },
	{ 0,       0,         "0 of 0 B" },
	{ 1 << 20, INT64_MAX, "0.0 of 9.2 EB" },
	};
	static const struct {
		uint64_t s;
		const char *text;
	} times[] = {
	{ 0, "0 s" }, { 59, "59 s" }, { 60, "1:00 min" }, { 3599, "59:59 min" },
	{ 3600, "1:00 h" }, { 86399, "23:59 h" }, { 172799, "47:59 h" },
	{ 172800, "2 days" }, { UINT32_MAX, "49710 days" },
	};
	/* clang-format on */
	char out[PART_TEXT];

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		amount_text(out, rows[i].n);
		CHECK(is(out, rows[i].amount));
		exact_text(out, rows[i].n);
		CHECK(is(out, rows[i].exact));
	}
	for (size_t i = 0; i < ARRAY_LEN(parts); i++) {
		part_text(out, parts[i].done, parts[i].size);
		CHECK(is(out, parts[i].text));
	}
	for (size_t i = 0; i < ARRAY_LEN(times); i++) {
		time_text(out, times[i].s);
		CHECK(is(out, times[i].text));
	}
}

static void
test_percent(void)
{
	static const struct {
		uint64_t done, size;
		unsigned percent;
	} rows[] = {
	    {0, 0, 0},
	    {0, 3, 0},
	    {2, 3, 66},
	    {3, 3, 100},
	    {INT64_MAX - 1, INT64_MAX, 99},
	    {INT64_MAX, INT64_MAX, 100},
	    {INT64_MAX / 2, INT64_MAX, 50},
	    {UINT64_MAX / 100, UINT64_MAX / 100, 100},
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct transfer f = {
		    .done = rows[i].done, .size = rows[i].size};

		CHECK(transfer_percent(&f) == rows[i].percent);
	}
}

static struct transfer
moving(void)
{
	struct transfer f = {.fid = 2,
	    .state = FILE_MOVING,
	    .size = 3565158,
	    .done = 2210398,
	    .rate = 290000,
	    .left = 5,
	    .name = "holiday.jpg"};

	return f;
}

static void
test_rows(void)
{
	struct transfer f = moving();
	struct transfer_row row;

	transfer_row(&row, &f, 1, 79, 0);
	CHECK(is(row.text, " 2 \u2193  62 %  holiday.jpg      2.2 of 3.6 MB  "
			   "290 kB/s       5 s left "));
	CHECK(row.bar == 10 && row.full == 6);
	transfer_row(&row, &f, 1, 79, 1);
	CHECK(strstr(row.text, " 2 <-  62 %  holiday.jpg") == row.text);
	transfer_row(&row, &f, 1, 39, 0);
	CHECK(is(row.text, " 2 \u2193  62 %  holiday.jpg   2.2 of 3.6 MB"));
	transfer_row(&row, &f, 1, 19, 0);
	CHECK(is(row.text, " 2 \u2193  62 %  holida\u2026") && row.bar == 0);
	transfer_row(&row, &f, 3, 19, 0);
	CHECK(is(row.text, "   2 \u2193  62 %  holi\u2026"));
	CHECK(transfer_digits(0) == 1 && transfer_digits(9) == 1 &&
	      transfer_digits(10) == 2 && transfer_digits(UINT32_MAX) == 10);
	transfer_row(&row, &f, 1, 10, 0);
	CHECK(is(row.text, " 2 \u2193  62 %"));
	f.ours = 1;
	f.left = FILE_LEFT_UNKNOWN;
	f.rate = 0;
	transfer_row(&row, &f, 1, 79, 0);
	CHECK(strstr(row.text, "left") == NULL &&
	      strstr(row.text, " 2 \u2191  62 %") == row.text);
	f.state = FILE_PAUSED;
	transfer_row(&row, &f, 1, 79, 0);
	CHECK(strstr(row.text, " 62 % paused: no connection  holiday") != NULL);
	transfer_row(&row, &f, 1, 19, 0);
	CHECK(is(row.text, " 2 \u2191  62 % paused"));
	f.state = FILE_OFFERED;
	transfer_row(&row, &f, 1, 79, 0);
	CHECK(strstr(row.text, "3.6 MB  waits for an answer") != NULL &&
	      row.bar == 0);
}

/* No row is wider than it may be, whatever is in it. */
static void
test_widths(void)
{
	static const char *const names[] = {"", "a",
	    "\u4f60\u597d\u4f60\u597d\u4f60\u597d\u4f60\u597d\u4f60",
	    "e\u0301e\u0301e\u0301e\u0301e\u0301e\u0301e\u0301e\u0301e\u0301",
	    "a very long name with many words in it, and more behind it.txt"};
	static const uint32_t numbers[] = {1, 99, UINT32_MAX};
	struct transfer f = moving();

	f.size = INT64_MAX;
	f.done = INT64_MAX - 1;
	for (size_t i = 0; i < ARRAY_LEN(names); i++)
		for (unsigned state = FILE_OFFERED; state <= FILE_PAUSED;
		     state++)
			for (unsigned cols = 1; cols < 310; cols++) {
				struct transfer_row row;

				snprintf(f.name, sizeof f.name, "%s", names[i]);
				f.state = (uint8_t)state;
				f.ours = cols % 2;
				f.fid = numbers[cols % 3];
				transfer_row(
				    &row, &f, cols % 4, cols, cols % 5 == 0);
				CHECK(row.cols ==
				      text_columns(row.text, strlen(row.text)));
				CHECK(row.cols + row.bar <= cols);
				CHECK(row.full <= row.bar);
			}
}

static void
test_table(void)
{
	static struct transfers all;
	const struct transfer *order[TRANSFERS_MAX];
	static const uint32_t fids[] = {7, 2, 5, 4, 1};
	char numbers[64];
	struct transfer *f;

	for (size_t i = 0; i < ARRAY_LEN(fids); i++) {
		f = transfers_add(&all, fids[i]);
		f->ours = fids[i] % 2 != 0;
		f->state =
		    fids[i] == 4 || fids[i] == 7 ? FILE_MOVING : FILE_OFFERED;
	}
	CHECK(transfers_order(&all, order) == 5);
	CHECK(order[0]->fid == 4 && order[1]->fid == 7 && order[2]->fid == 2 &&
	      order[3]->fid == 1 && order[4]->fid == 5);
	transfers_numbers(
	    &all, transfer_is_waited_for, ", ", numbers, sizeof numbers);
	CHECK(is(numbers, "1, 4, 5, 7"));
	transfers_numbers(&all, transfer_is_offered, "|", numbers, 8);
	CHECK(is(numbers, ""));
	CHECK(transfers_count(&all, transfer_is_moving) == 2);
	transfers_remove(&all, transfers_find(&all, 4));
	CHECK(transfers_find(&all, 4) == NULL && all.count == 4);
	CHECK(transfers_find(&all, 5) != NULL);
	for (uint32_t n = 100; all.count < TRANSFERS_MAX; n++)
		CHECK(transfers_add(&all, n) != NULL);
	CHECK(transfers_add(&all, 99) == NULL);
}

static void
test_unquote(void)
{
	/* clang-format off */
	static const struct {
		const char *typed, *path;
	} rows[] = {
	{ "a b",             "a b" },
	{ "'a b'",           "a b" },
	{ "\"a b\"",         "a b" },
	{ "a\\ b",           "a b" },
	{ "a\\\\b",          "a\\b" },
	{ "a\\b",            "a\\b" },
	{ "\\\303\251",      "\\\303\251" },
	{ "'a\\ b'",         "a\\ b" },
	{ "\"a\\\"b\\x\\\\\"", "a\"b\\x\\" },
	{ "'it'\\''s'",      "it's" },
	{ "''",              "" },
	{ "'",               "'" },
	{ "\"",              "\"" },
	{ "'a",              "'a" },
	{ "a'",              "a'" },
	{ "\\",              " " },
	{ "a\\",             "a " },
	{ "\"a\\\"",         "a\"" },
	{ "''\\'''\\'''",    "''" },
	/* as a shell and ls write it */
	{ "'a'$'\\351''b'",  "a\351b" },
	{ "$'a\\xe9b'",      "a\351b" },
	{ "''$'\\377'",      "\377" },
	{ "$'a\\tb\\'\\\\'", "a\tb'\\" },
	{ "'a'b\\ \"c\"$'d'", "ab cd" },
	{ "'a b'.txt",       "'a b'.txt" },
	{ "a'b'c",           "a'b'c" },
	{ "'a' 'b'",         "a' 'b" },
	{ "$'a",             "$'a" },
	{ "$'\\400'",        "$'\\400'" },
	{ "$'\\0'",          "$'\\0'" },
	{ "$'\\xg'",         "$'\\xg'" },
	{ "$a",              "$a" },
	{ "'$a'",            "$a" },
	{ "$'\\",            "$' " },
	};
	/* clang-format on */
	char out[16];

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		CHECK(tty_unquote(out, sizeof out, rows[i].typed) ==
		      strlen(rows[i].path));
		if (!CHECK(is(out, rows[i].path)))
			printf("  for %s\n", rows[i].typed);
	}
	CHECK(tty_unquote(out, 8, "0123456789") == 10);
	CHECK(is(out, "0123456"));
}

int
main(void)
{
	test_numbers();
	test_percent();
	test_rows();
	test_widths();
	test_table();
	test_unquote();
	return check_end();
}
