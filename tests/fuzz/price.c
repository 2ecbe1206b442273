/*
 * A provider's answer.  The first byte says whose; whatever comes out must be
 * a record that the supervisor takes, and prices that are prices.
 */
#include <assert.h>
#include <string.h>

#include "../../src/price/price.h"
#include "secchat/util.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	uint8_t body[PRICE_ANSWER_SIZE];
	struct price_answer a = {0}, b;
	struct reader r;
	struct writer w;

	if (len == 0 || len > PRICE_BODY_MAX)
		return 0;
	price_parse((enum price_provider)(data[0] % PRICE_PROVIDERS),
	    (const char *)data + 1, len - 1, &a);
	writer_init(&w, body, sizeof body);
	price_answer_put(&w, &a);
	assert(writer_end(&w) == 0 && w.len == sizeof body);
	reader_init(&r, body, sizeof body);
	assert(price_answer_get(&r, &b) == 0);
	return 0;
}
