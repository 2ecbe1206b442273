/*
 * Fuzzes secrets as people hold them: key files, codes and passphrases.  What
 * is accepted has one meaning and no other spelling than the rules allow.
 */
#include <assert.h>
#include <string.h>

#include "secchat/noise.h"
#include "secchat/util.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
check_keyfile(const uint8_t *data, size_t size)
{
	char text[KEYFILE_TEXT + 1];
	uint8_t key[32], sha[32], old[8];

	if (keyfile_parse(key, data, size) != 0)
		return;
	keyfile_format(text, key);
	assert(memcmp(text, data, KEYFILE_TEXT) == 0);
	assert(size <= KEYFILE_TEXT + 2);
	keyfile_fingerprint(sha, old, data, size);
}

static void
check_code(const uint8_t *data, size_t size)
{
	uint8_t letters[CODE_LETTERS], again[CODE_LETTERS];

	if (code_parse(letters, data, size) != 0)
		return;
	assert(code_parse(again, letters, sizeof letters) == 0);
	assert(memcmp(letters, again, sizeof again) == 0);
}

/* Every code there is reads back. */
static void
check_format(const uint8_t *data, size_t size)
{
	uint8_t letters[CODE_LETTERS];
	char text[CODE_TEXT + 1];
	uint32_t value = 0;

	for (size_t i = 0; i < size && i < 4; i++)
		value = value << 8 | data[i];
	code_format(text, value);
	assert(strlen(text) == CODE_TEXT);
	assert(code_parse(letters, (const uint8_t *)text, CODE_TEXT) == 0);
}

static void
check_phrase(const uint8_t *data, size_t size)
{
	uint8_t warnings;

	if (phrase_check(data, size, &warnings) != 0)
		return;
	assert(size > 0 && size <= SECRET_LINE_MAX && utf8_valid(data, size));
	for (size_t i = 0; i < size; i++)
		assert(data[i] >= 0x20 && data[i] != 0x7f);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static int ready;

	if (!ready)
		ready = noise_library_init() == 0;
	check_keyfile(data, size);
	check_code(data, size);
	check_format(data, size);
	check_phrase(data, size);
	return 0;
}
