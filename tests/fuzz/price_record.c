/*
 * What a captured secchat-price may send, and what a captured supervisor may
 * tell a front end: refused, or rows of no more columns than asked for and
 * members that fit.
 */
#include <assert.h>
#include <string.h>

#include "secchat/prices.h"
#include "secchat/text.h"
#include "secchat/util.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

struct page {
	size_t cols, rows;
	unsigned limit;
};

static void
put(void *ctx, enum price_ink ink, const char *text)
{
	struct page *p = ctx;

	assert(ink <= INK_WARN);
	if (text == NULL) {
		p->cols = 0;
		p->rows++;
		return;
	}
	p->cols += text_columns(text, strlen(text));
	assert(p->limit == 0 || p->cols <= p->limit);
	for (; *text != '\0'; text++)
		assert((unsigned char)*text >= ' ' && *text != '\x7f');
}

static void
show(const struct price_table *t)
{
	char json[PRICE_JSON_MAX], bar[PRICE_BAR_TEXT];
	static const unsigned widths[] = {0, 1, 12, 40, 79};

	for (size_t i = 0; i < ARRAY_LEN(widths); i++) {
		struct page p = {.limit = MAX(widths[i], 12u)};

		if (widths[i] == 0)
			p.limit = 0;
		price_rows(t, p.limit, i & 1, put, &p);
		assert(p.rows < 40);
	}
	assert(price_json(json, t) < sizeof json - 1);
	price_bar(bar, t, 0);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct price_answer a;
	struct price_table t;
	struct reader r;

	reader_init(&r, data, len);
	if (price_answer_get(&r, &a) == 0)
		for (int i = 0; i < PRICE_COINS; i++)
			assert(!a.coin[i].has_price ||
			       decimal_is_price(&a.coin[i].price));
	reader_init(&r, data, len);
	if (price_table_get(&r, &t) == 0)
		show(&t);
	return 0;
}
