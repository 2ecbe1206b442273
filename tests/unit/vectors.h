/*
 * Known answers for unit tests: hex in the source, and the JSON files in the
 * folder that SECCHAT_VECTORS names.  Without that folder the parts that need
 * it are reported as skipped.
 */
#ifndef SECCHAT_TESTS_VECTORS_H
#define SECCHAT_TESTS_VECTORS_H

#include <jansson.h>
#include <stdint.h>
#include <stdlib.h>

#include "check.h"
#include "secchat/util.h"

/* The bytes of a hex text; 0 and a failed check when it is not one. */
static inline size_t
unhex(uint8_t *out, size_t cap, const char *hex)
{
	size_t len = strlen(hex);

	if (!CHECK(len % 2 == 0 && len / 2 <= cap) ||
	    !CHECK(hex_get(out, len / 2, hex, len) == 0))
		return 0;
	return len / 2;
}

/* Whether `hex` says what the len bytes are. */
static inline int
same_hex(const uint8_t *p, size_t len, const char *hex)
{
	static uint8_t want[1 << 17];

	return unhex(want, sizeof want, hex) == len &&
	       memcmp(p, want, len) == 0;
}

static inline json_t *
vectors_load(const char *file)
{
	const char *dir = getenv("SECCHAT_VECTORS");
	char path[1024];
	json_t *root;

	if (dir == NULL || *dir == '\0') {
		snprintf(
		    path, sizeof path, "SECCHAT_VECTORS is not set: %s", file);
		SKIP(path);
		return NULL;
	}
	snprintf(path, sizeof path, "%s/%s", dir, file);
	root = json_load_file(path, 0, NULL);
	if (!CHECK(root != NULL))
		printf("cannot read %s\n", path);
	return root;
}

/* A member's text, "" when there is none. */
static inline const char *
text_of(const json_t *o, const char *key)
{
	const char *s = json_string_value(json_object_get(o, key));

	return s == NULL ? "" : s;
}

/* A member's bytes from hex. */
static inline size_t
bytes_of(uint8_t *out, size_t cap, const json_t *o, const char *key)
{
	return unhex(out, cap, text_of(o, key));
}

#endif
