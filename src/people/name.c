/*
 * What may be a person's name: something that looks on every screen like what
 * it is, and can be typed behind a command.
 */
#include <stdio.h>
#include <string.h>

#include "secchat/people.h"
#include "secchat/text.h"

/* Nothing in it has to be made visible or is left out. */
static int
shows_as_it_is(const char *name, size_t len)
{
	struct text_marks none = {0}, m = {0};
	char out[8 * NAME_MAX_LOCAL];
	size_t n = text_line(out, sizeof out, name, len, 0, &m);

	return n == len && memcmp(out, name, len) == 0 &&
	       memcmp(&m, &none, sizeof m) == 0;
}

int
name_ok(const char *name)
{
	size_t len = strlen(name);

	return len > 0 && len <= NAME_MAX_LOCAL && name[0] != '-' &&
	       name[0] != ' ' && name[len - 1] != ' ' &&
	       strpbrk(name, "/\\'\"") == NULL && strcmp(name, ".") != 0 &&
	       strcmp(name, "..") != 0 && shows_as_it_is(name, len);
}

/* Letters, digits, some signs, and everything beyond ASCII. */
static int
is_plain(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') ||
	       (c >= 'A' && c <= 'Z') || (c & 0x80) != 0 ||
	       (c != '\0' && strchr("._-+@%,:", c) != NULL);
}

void
name_quote(char out[NAME_QUOTED], const char *name)
{
	const char *p = name;

	while (is_plain(*p))
		p++;
	if (*p == '\0' && name[0] != '\0')
		snprintf(out, NAME_QUOTED, "%s", name);
	else
		snprintf(out, NAME_QUOTED, "'%s'", name);
}
