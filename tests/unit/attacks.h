/*
 * Reads tests/data/attacks.tsv: strings that did something to a terminal or
 * to a person who read them, and how the filter shows each.
 */
#ifndef SECCHAT_TESTS_ATTACKS_H
#define SECCHAT_TESTS_ATTACKS_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "secchat/text.h"
#include "secchat/util.h"

#define ATTACKS_FILE "tests/data/attacks.tsv"
#define ATTACKS_MAX 400
#define ATTACK_MAX (1u << 20)

struct attack {
	char class[16], name[40];
	size_t len, shown_len;
	uint8_t *text; /* malloc */
	char *shown;   /* malloc; what text_line makes of it */
};

/* The UTF-8 of cp; it may be a surrogate, which has none. */
static inline size_t
attack_put(uint8_t *out, uint32_t cp)
{
	if (cp < 0x80) {
		out[0] = (uint8_t)cp;
		return 1;
	}
	if (cp < 0x800) {
		out[0] = (uint8_t)(0xc0 | cp >> 6);
		out[1] = (uint8_t)(0x80 | (cp & 63));
		return 2;
	}
	if (cp < 0x10000) {
		out[0] = (uint8_t)(0xe0 | cp >> 12);
		out[1] = (uint8_t)(0x80 | (cp >> 6 & 63));
		out[2] = (uint8_t)(0x80 | (cp & 63));
		return 3;
	}
	out[0] = (uint8_t)(0xf0 | cp >> 18);
	out[1] = (uint8_t)(0x80 | (cp >> 12 & 63));
	out[2] = (uint8_t)(0x80 | (cp >> 6 & 63));
	out[3] = (uint8_t)(0x80 | (cp & 63));
	return 4;
}

/* The notation of the file, up to end, into out; the bytes written. */
static inline size_t
attack_decode(uint8_t *out, const char *s, const char *end)
{
	size_t n = 0;
	char *next;

	while (s < end) {
		if (*s == '\\' && s[1] == 'x') {
			char hex[3] = {s[2], s[3], 0};

			out[n++] = (uint8_t)strtoul(hex, NULL, 16);
			s += 4;
		} else if (*s == '{') {
			n += attack_put(
			    out + n, (uint32_t)strtoul(s + 1, &next, 16));
			s = next + 1;
		} else if (*s == '(') {
			unsigned long times = strtoul(s + 1, &next, 10);
			const char *close = strchr(s, ')');
			size_t one = attack_decode(out + n, next + 1, close);

			if (one * times > ATTACK_MAX - n)
				abort();
			for (unsigned long i = 1; i < times; i++)
				memcpy(out + n + i * one, out + n, one);
			n += one * times;
			s = close + 1;
		} else {
			out[n++] = (uint8_t)*s++;
		}
	}
	return n;
}

static inline uint8_t *
attack_copy(const char *field, size_t *len)
{
	static uint8_t buf[ATTACK_MAX + 4096];
	uint8_t *copy;

	*len = attack_decode(buf, field, field + strlen(field));
	copy = malloc(*len + 1);
	if (copy == NULL)
		abort();
	memcpy(copy, buf, *len);
	copy[*len] = '\0';
	return copy;
}

/* All rows of the file; 0 when it cannot be read.  Nobody frees them. */
static inline size_t
attacks_read(struct attack all[ATTACKS_MAX])
{
	static char line[8192];
	FILE *f = fopen(ATTACKS_FILE, "r");
	size_t n = 0;

	while (f != NULL && n < ATTACKS_MAX &&
	       fgets(line, sizeof line, f) != NULL) {
		char *field[4], *rest = line;

		if (line[0] == '#')
			continue;
		line[strcspn(line, "\n")] = '\0';
		for (size_t i = 0; i < ARRAY_LEN(field); i++)
			if ((field[i] = strsep(&rest, "\t")) == NULL)
				abort();
		snprintf(all[n].class, sizeof all[n].class, "%s", field[0]);
		snprintf(all[n].name, sizeof all[n].name, "%s", field[1]);
		all[n].text = attack_copy(field[2], &all[n].len);
		all[n].shown = (char *)attack_copy(field[3], &all[n].shown_len);
		n++;
	}
	if (f != NULL)
		fclose(f);
	return n;
}

#endif
