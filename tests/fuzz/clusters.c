/*
 * Fuzzes the grapheme clusters: forwards and backwards they are the same, none
 * ends inside of a code point, and they take as many columns one by one as
 * the text takes.
 */
#include <assert.h>

#include "secchat/text.h"
#include "secchat/util.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Columns of [from, to), where a cluster before it does not matter. */
static size_t
columns(struct text_flow *flow, const uint8_t *p, size_t len, size_t from,
    size_t to, unsigned flags)
{
	struct text_marks ignored = {0};
	size_t cols = 0;

	while (from < to) {
		struct text_unit u;

		text_place(flow, &u, p + from, len - from, flags, &ignored);
		assert(u.used > 0 && u.used <= to - from);
		assert(u.len <= TEXT_UNIT_MAX);
		cols += u.kind == TEXT_TAB ? 8 : u.cols;
		from += u.used;
	}
	return cols;
}

static int
is_between_code_points(const uint8_t *p, size_t len, size_t at)
{
	uint32_t cp;

	for (size_t back = 1; back < 4 && back <= at; back++)
		if (utf8_next(p + at - back, len - at + back, &cp) > back)
			return 0;
	return 1;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct text_flow flow = {0};
	size_t at = 0, len = size - 1;
	const uint8_t *p = data + 1;
	unsigned flags;

	if (size < 1)
		return 0;
	flags = data[0] & (TEXT_ASCII | TEXT_REVEAL);
	while (at < len) {
		size_t next = text_cluster_next(p, len, at);

		assert(next > at && next <= len);
		assert(next == at + text_cluster(p + at, len - at));
		assert(is_between_code_points(p, len, next));
		assert(text_cluster_prev(p, len, next) == at);
		assert(text_cluster_cols(p, len, at, flags, 0) ==
		       columns(&flow, p, len, at, next, flags));
		at = next;
	}
	assert(text_cluster_next(p, len, len) == len);
	return 0;
}
