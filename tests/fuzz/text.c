/*
 * Fuzzes the text filter: whatever comes in, what comes out is valid UTF-8
 * without controls, fits its buffer and its columns, and the walk ends.
 */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "secchat/text.h"
#include "secchat/util.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
check_row(const char *s, size_t len, size_t cols, unsigned flags)
{
	size_t sum = 0;

	while (len > 0) {
		uint32_t cp;
		size_t n = utf8_next((const uint8_t *)s, len, &cp);

		assert(n > 0 && text_width(cp) >= 0);
		assert(!(flags & TEXT_ASCII) || n == 1);
		sum += (size_t)text_width(cp);
		s += n;
		len -= n;
	}
	assert(sum == cols);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct text_rows r;
	unsigned flags;
	size_t columns, cap, len, cols;
	char *out;

	if (size < 2)
		return 0;
	flags = data[0] & 1 ? TEXT_ASCII : 0;
	columns = data[0] >> 1;
	cap = TEXT_ROW_MIN + data[1];
	out = malloc(cap);
	assert(out != NULL);
	len = text_line(out, cap, data + 2, size - 2, flags, NULL);
	assert(len < cap && out[len] == '\0');
	check_row(out, len, text_columns(out, len), flags);

	text_rows_init(&r, data + 2, size - 2, flags, columns, TEXT_ROWS_MAX);
	while (text_rows_next(&r, out, cap, &len, &cols)) {
		assert(len <= cap);
		assert(columns == 0 || cols <= MAX(columns, TEXT_COLUMNS_MIN));
		check_row(out, len, cols, flags);
	}
	assert(r.rows <= TEXT_ROWS_MAX);
	text_rows_more(&r);
	assert(r.left == 0);
	free(out);
	return 0;
}
