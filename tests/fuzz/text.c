/*
 * Fuzzes the text filter: whatever comes in, what comes out is harmless, fits
 * its buffer and its columns, comes out unchanged another time, and the walk
 * ends.
 */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "../unit/harmless.h"
#include "secchat/text.h"
#include "secchat/util.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
check_row(const char *s, size_t len, size_t cols, unsigned flags)
{
	assert(is_harmless(s, len));
	assert(text_columns(s, len) == cols);
	if (flags & TEXT_ASCII)
		for (size_t i = 0; i < len; i++)
			assert((uint8_t)s[i] < 0x7f);
}

/* What came out of the filter is not changed by it. */
static void
check_twice(const char *s, size_t len, size_t cap, unsigned flags)
{
	char *again = malloc(cap);

	assert(again != NULL);
	assert(text_line(again, cap, s, len, flags, NULL) == len);
	assert(memcmp(again, s, len) == 0);
	free(again);
}

static void
fuzz_line(const uint8_t *text, size_t len, size_t cap, unsigned flags)
{
	struct text_marks m = {0};
	char *out = malloc(cap), remark[TEXT_REMARK_MAX];
	size_t n;

	assert(out != NULL);
	n = text_line(out, cap, text, len, flags, &m);
	assert(n < cap && out[n] == '\0');
	assert(flags & TEXT_REVEAL ? m.hidden == 0 : m.invisible == 0);
	check_row(out, n, text_columns(out, n), flags);
	check_twice(out, n, cap, flags);
	text_remark(remark, sizeof remark, &m);
	free(out);
}

static void
fuzz_rows(
    const uint8_t *text, size_t len, size_t cap, unsigned flags, size_t columns)
{
	struct text_rows r;
	char *out = malloc(cap);
	size_t n, cols;

	assert(out != NULL);
	text_rows_init(&r, text, len, flags, columns, TEXT_ROWS_MAX);
	while (text_rows_next(&r, out, cap, &n, &cols)) {
		assert(n <= cap);
		assert(columns == 0 || cols <= MAX(columns, TEXT_COLUMNS_MIN));
		check_row(out, n, cols, flags);
	}
	assert(r.rows <= TEXT_ROWS_MAX);
	text_rows_more(&r);
	assert(r.left == 0);
	free(out);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	unsigned flags;
	size_t cap;

	if (size < 2)
		return 0;
	flags = data[0] & (TEXT_ASCII | TEXT_WORDS | TEXT_REVEAL);
	cap = TEXT_ROW_MIN + data[1];
	fuzz_line(data + 2, size - 2, cap, flags);
	fuzz_rows(data + 2, size - 2, cap, flags, data[0] >> 3);
	return 0;
}
