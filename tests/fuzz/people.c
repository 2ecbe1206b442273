/*
 * Fuzzes the file of remembered people: what is accepted is written again to
 * the letter, nobody is in it twice, and every name can be shown.
 */
#include <assert.h>
#include <string.h>

#include "secchat/people.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct people list;
	static char out[PEER_FILE_MAX];
	const char *why = NULL;
	unsigned line = 0;

	if (people_parse(&list, (const char *)data, size, &line, &why) < 0) {
		assert(line >= 1 && why != NULL);
		return 0;
	}
	assert(people_format(out, &list) == size);
	assert(memcmp(out, data, size) == 0);
	for (size_t i = 0; i < list.n; i++) {
		char row[NAME_IN_ROW];

		assert(name_ok(list.p[i].name));
		name_in_row(row, list.p[i].was);
		assert(strlen(row) < sizeof row);
		assert(people_find_name(&list, list.p[i].name) == (int)i);
		assert(people_find_key(&list, list.p[i].pk) == (int)i);
	}
	return 0;
}
