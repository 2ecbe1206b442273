/*
 * Fuzzes the file of remembered people: what is accepted is written again to
 * the letter, nobody is in it twice, and every name can be shown.  What does
 * not begin as that file does is two lines that somebody would be called by
 * and was reached at: whatever they are, the list stays one that can be read
 * again, and a name that is none is told apart in a row of ours.
 */
#include <assert.h>
#include <string.h>

#include "../unit/harmless.h"
#include "secchat/people.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct people list;
static char out[PEER_FILE_MAX];

static void
check_list(void)
{
	for (size_t i = 0; i < list.n; i++) {
		char row[NAME_IN_ROW];

		assert(name_ok(list.p[i].name));
		name_in_row(row, list.p[i].was);
		assert(strlen(row) < sizeof row);
		assert(people_find_name(&list, list.p[i].name) == (int)i);
		assert(people_find_key(&list, list.p[i].pk) == (int)i);
	}
}

static void
check_name(const char *name)
{
	char row[NAME_IN_ROW], quoted[NAME_QUOTED];
	size_t len;

	name_in_row(row, name);
	name_quote(quoted, name);
	len = strlen(row);
	assert(len < sizeof row && strlen(quoted) < sizeof quoted);
	if (name_ok(name)) {
		assert(strlen(name) <= NAME_MAX_LOCAL);
		assert(is_harmless(name, strlen(name)));
		assert(name_same(name, name));
		assert(strstr(row, name) != NULL);
		assert(strstr(quoted, name) != NULL);
	} else {
		assert(len >= 2 && strchr(row + 1, '"') == row + len - 1);
	}
	(void)name_was_ok(name);
}

/* Two people are met who would be called so, and were reached there. */
static void
meet(const char *one, const char *other)
{
	static struct people again;
	uint8_t key[32] = {0};
	const char *why;
	unsigned line;
	size_t len;

	list.n = 0;
	for (int i = 0; i < 4; i++, key[31]++) {
		assert(people_add(&list, key, i & 1 ? other : one,
			   i & 2 ? other : one, 1767225600000) == i);
		(void)people_reached(&list, (size_t)i, i & 1 ? other : one);
	}
	(void)people_reached(&list, 0, one);
	check_list();
	len = people_format(out, &list);
	assert(people_parse(&again, out, len, &line, &why) == 0);
	people_remove(&list, 1);
	check_list();
}

static int
take_names(const uint8_t *data, size_t size)
{
	static char one[512], other[sizeof one];
	const uint8_t *nl = memchr(data, '\n', size);
	size_t len = nl == NULL ? size : (size_t)(nl - data);
	size_t rest = nl == NULL ? 0 : size - len - 1;

	if (len >= sizeof one || rest >= sizeof other ||
	    memchr(data, '\0', size) != NULL)
		return 0;
	memcpy(one, data, len);
	one[len] = '\0';
	memcpy(other, data + size - rest, rest);
	other[rest] = '\0';
	check_name(one);
	check_name(other);
	if (!utf8_valid(data, size))
		return 0;
	assert(name_same(one, other) == name_same(other, one));
	meet(one, other);
	return 0;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *why = NULL;
	unsigned line = 0;

	if (size > 0 && data[0] != 's')
		return take_names(data, size);
	if (people_parse(&list, (const char *)data, size, &line, &why) < 0) {
		assert(line >= 1 && why != NULL);
		return 0;
	}
	assert(people_format(out, &list) == size);
	assert(memcmp(out, data, size) == 0);
	check_list();
	return 0;
}
