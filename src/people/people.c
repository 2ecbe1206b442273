/*
 * The list of remembered people and its text.  A list that was written is
 * read back as it was; a text that is accepted is the one that would be
 * written.
 */
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "secchat/err.h"
#include "secchat/people.h"
#include "secchat/util.h"

static const char first_line[] = "secchat peers 1\n";
static const char nowhere[] = "-";

#define KEY_HEX 64

/* ---- fields ---- */

/* The next field, up to a blank, as a string.  1, or 0 when there is none or
 * it is too long. */
static int
take_field(const char **p, const char *end, char *out, size_t cap)
{
	const char *blank = memchr(*p, ' ', (size_t)(end - *p));
	size_t len;

	if (blank == NULL)
		return 0;
	len = (size_t)(blank - *p);
	if (len == 0 || len >= cap)
		return 0;
	memcpy(out, *p, len);
	out[len] = '\0';
	*p = blank + 1;
	return 1;
}

static int
key_get(uint8_t pk[32], const char *hex)
{
	char again[KEY_HEX + 1];

	if (hex_get(pk, 32, hex, strlen(hex)) < 0)
		return 0;
	hex_put(again, pk, 32);
	return strcmp(again, hex) == 0;
}

static int
two_digits(const char *s)
{
	return (s[0] - '0') * 10 + (s[1] - '0');
}

static int
is_date(const char *s)
{
	static const char shape[] = "0000-00-00";

	if (strlen(s) != sizeof shape - 1)
		return 0;
	for (size_t i = 0; shape[i] != '\0'; i++)
		if (shape[i] == '0' ? s[i] < '0' || s[i] > '9'
				    : s[i] != shape[i])
			return 0;
	return two_digits(s + 5) >= 1 && two_digits(s + 5) <= 12 &&
	       two_digits(s + 8) >= 1 && two_digits(s + 8) <= 31;
}

/* One word without control characters. */
static int
is_address(const char *s)
{
	size_t len = strlen(s);

	if (len == 0 || len > PEER_ADDR_MAX)
		return 0;
	for (size_t i = 0; i < len; i++)
		if ((unsigned char)s[i] <= ' ' || s[i] == '\x7f')
			return 0;
	return utf8_valid((const uint8_t *)s, len);
}

/* ---- reading ---- */

/* "peer-" and as much of the key as makes it the only one. */
static void
name_from_key(const struct people *l, char *out, const uint8_t pk[32])
{
	char hex[KEY_HEX + 1], made[NAME_MAX_LOCAL + 1] = "";

	hex_put(hex, pk, 32);
	for (int digits = 4; digits <= NAME_MAX_LOCAL - 5; digits++) {
		snprintf(made, sizeof made, "peer-%.*s", digits, hex);
		if (people_find_name(l, made) < 0)
			break;
	}
	memcpy(out, made, sizeof made);
}

/* Names that were written when more could be one; the others are all there. */
static void
put_aside_names(struct people *l)
{
	for (size_t i = 0; i < l->n; i++) {
		struct person *one = &l->p[i];

		if (name_ok(one->name))
			continue;
		memcpy(one->was, one->name, sizeof one->was);
		one->name[0] = '\0';
		name_from_key(l, one->name, one->pk);
	}
}

static const char *
parse_line(struct people *l, const char *p, const char *end)
{
	struct person *one = &l->p[l->n];
	char key[KEY_HEX + 1], state[16];
	size_t len;

	if (l->n == PEERS_MAX)
		return "too many people";
	if (memchr(p, '\0', (size_t)(end - p)) != NULL)
		return "it has a zero byte";
	if (!take_field(&p, end, key, sizeof key) || !key_get(one->pk, key))
		return "the key is not 64 hex digits in lower case";
	if (!take_field(&p, end, state, sizeof state) ||
	    (strcmp(state, "verified") != 0 &&
		strcmp(state, "unverified") != 0))
		return "the state is neither verified nor unverified";
	if (!take_field(&p, end, one->since, sizeof one->since) ||
	    !is_date(one->since))
		return "the date is not like 2026-11-22";
	if (!take_field(&p, end, one->addr, sizeof one->addr) ||
	    !is_address(one->addr))
		return "the address is missing or too long";
	len = (size_t)(end - p);
	if (len > NAME_MAX_LOCAL)
		return "the name is too long";
	memcpy(one->name, p, len);
	one->name[len] = '\0';
	one->was[0] = '\0';
	if (!name_ok(one->name) && !name_was_ok(one->name))
		return "the name is missing or cannot be one";
	one->verified = strcmp(state, "verified") == 0;
	if (people_find_key(l, one->pk) >= 0)
		return "the key is there already";
	if (people_find_name(l, one->name) >= 0)
		return "the name is there already";
	if (people_find_addr(l, one->addr) >= 0)
		return "the address is there already";
	l->n++;
	return NULL;
}

int
people_parse(struct people *l, const char *text, size_t len, unsigned *line,
    const char **why)
{
	const size_t head = sizeof first_line - 1;
	const char *p = text, *end = text + len;

	l->n = 0;
	*line = 1;
	*why = "it does not say \"secchat peers 1\"";
	if (len < head || memcmp(text, first_line, head) != 0)
		return -ERR_FORMAT;
	for (p += head; p < end;) {
		const char *nl = memchr(p, '\n', (size_t)(end - p));

		++*line;
		*why = nl == NULL ? "it is cut off" : parse_line(l, p, nl);
		if (nl == NULL || *why != NULL)
			return -ERR_FORMAT;
		p = nl + 1;
	}
	put_aside_names(l);
	return 0;
}

/* ---- writing ---- */

size_t
people_format(char *out, const struct people *l)
{
	size_t at = sizeof first_line - 1;

	memcpy(out, first_line, at);
	for (size_t i = 0; i < l->n; i++) {
		const struct person *one = &l->p[i];
		char key[KEY_HEX + 1], line[PEER_LINE_MAX + 1];
		int n;

		hex_put(key, one->pk, 32);
		n = snprintf(line, sizeof line, "%s %s %s %s %s\n", key,
		    one->verified ? "verified" : "unverified", one->since,
		    one->addr, one->was[0] != '\0' ? one->was : one->name);
		memcpy(out + at, line, (size_t)n);
		at += (size_t)n;
	}
	return at;
}

/* ---- finding and changing ---- */

int
people_find_name(const struct people *l, const char *name)
{
	for (size_t i = 0; i < l->n; i++)
		if (strcmp(l->p[i].name, name) == 0)
			return (int)i;
	return -1;
}

int
people_find_key(const struct people *l, const uint8_t pk[32])
{
	for (size_t i = 0; i < l->n; i++)
		if (memcmp(l->p[i].pk, pk, 32) == 0)
			return (int)i;
	return -1;
}

int
people_find_addr(const struct people *l, const char *addr)
{
	for (size_t i = 0; i < l->n && strcmp(addr, nowhere) != 0; i++)
		if (strcmp(l->p[i].addr, addr) == 0)
			return (int)i;
	return -1;
}

int
people_find_like(const struct people *l, const char *name, int but)
{
	for (size_t i = 0; i < l->n; i++)
		if ((int)i != but && name_same(l->p[i].name, name))
			return (int)i;
	return -1;
}

void
people_call(struct people *l, size_t i, const char *name)
{
	snprintf(l->p[i].name, sizeof l->p[i].name, "%s", name);
	l->p[i].was[0] = '\0';
}

static int
is_free(const struct people *l, const char *name)
{
	return name_ok(name) && people_find_like(l, name, -1) < 0;
}

int
people_add(struct people *l, const uint8_t pk[32], const char *wanted,
    const char *claimed, uint64_t utc_ms)
{
	struct person *one = &l->p[l->n];
	time_t now = (time_t)(utc_ms / 1000);
	struct tm tm;

	if (l->n == PEERS_MAX)
		return -ERR_TOO_LONG;
	memset(one, 0, sizeof *one);
	memcpy(one->pk, pk, 32);
	memcpy(one->addr, nowhere, sizeof nowhere);
	if (gmtime_r(&now, &tm) == NULL ||
	    strftime(one->since, sizeof one->since, "%Y-%m-%d", &tm) == 0)
		memcpy(one->since, "1970-01-01", sizeof one->since);
	if (is_free(l, wanted))
		snprintf(one->name, sizeof one->name, "%s", wanted);
	else if (is_free(l, claimed))
		snprintf(one->name, sizeof one->name, "%s", claimed);
	else
		name_from_key(l, one->name, pk);
	return (int)l->n++;
}

int
people_reached(struct people *l, size_t i, const char *addr)
{
	int other = people_find_addr(l, addr);

	if (!is_address(addr) || other == (int)i)
		return 0;
	if (other >= 0)
		memcpy(l->p[other].addr, nowhere, sizeof nowhere);
	snprintf(l->p[i].addr, sizeof l->p[i].addr, "%s", addr);
	return 1;
}

void
people_remove(struct people *l, size_t i)
{
	l->n--;
	memmove(&l->p[i], &l->p[i + 1], (l->n - i) * sizeof l->p[0]);
}
