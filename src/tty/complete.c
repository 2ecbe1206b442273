/*
 * Completing the word before the cursor.
 */
#include <stdio.h>
#include <string.h>

#include "complete.h"
#include "secchat/util.h"

/* The words that fit so far. */
struct found {
	struct completion *c;
	const char *prefix; /* what is there already */
	size_t prefix_len;
	size_t count;
	size_t common; /* bytes that all of them share */
	char first[COMPLETE_ADD];
};

static void
offer(struct found *f, const char *slash, const char *word, size_t len)
{
	size_t used = strlen(f->c->list), n = 0;

	if (len < f->prefix_len || len >= sizeof f->first ||
	    memcmp(word, f->prefix, f->prefix_len) != 0)
		return;
	if (f->count++ == 0) {
		memcpy(f->first, word, len);
		f->first[len] = '\0';
		f->common = len;
	}
	while (n < f->common && n < len && f->first[n] == word[n])
		n++;
	f->common = n;
	if (used + len + 4 < sizeof f->c->list)
		snprintf(f->c->list + used, sizeof f->c->list - used,
		    "%s%s%.*s", used > 0 ? "  " : "", slash, (int)len, word);
}

/* A word and only that: a blank goes behind it.  Several: what they share. */
static void
conclude(struct found *f)
{
	if (f->count == 0)
		return;
	snprintf(f->c->add, sizeof f->c->add, "%.*s%s",
	    (int)(f->common - f->prefix_len), f->first + f->prefix_len,
	    f->count == 1 ? " " : "");
	if (f->count == 1 || f->c->add[0] != '\0')
		f->c->list[0] = '\0';
}

/* Words that are to be typed so; others are names of what is. */
static int
is_lower(const char *word, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (!((word[i] >= 'a' && word[i] <= 'z') || word[i] == '-' ||
			(word[i] >= '0' && word[i] <= '9')))
			return 0;
	return len > 0;
}

/* Whether one of a place's words, "on|off", is this one. */
static int
place_has(const char *place, size_t len, const char *word, size_t word_len)
{
	while (len > 0) {
		size_t n = 0;

		while (n < len && place[n] != '|')
			n++;
		if (n == word_len && memcmp(place, word, n) == 0)
			return 1;
		place += MIN(n + 1, len);
		len -= MIN(n + 1, len);
	}
	return 0;
}

static void
offer_place(struct found *f, const char *place, size_t len)
{
	while (len > 0) {
		size_t n = 0;

		while (n < len && place[n] != '|')
			n++;
		if (is_lower(place, n))
			offer(f, "", place, n);
		place += MIN(n + 1, len);
		len -= MIN(n + 1, len);
	}
}

#define BETWEEN " []"

/* One form of what may stand behind a command, against what does. */
static void
try_form(struct found *f, const char *form, size_t form_len,
    const char *numbers, const char *typed)
{
	char text[128];
	const char *place = text;

	snprintf(text, sizeof text, "%.*s", (int)form_len, form);
	for (;;) {
		const char *words;
		size_t len, words_len, typed_len;

		place += strspn(place, BETWEEN);
		words = place;
		words_len = len = strcspn(place, BETWEEN);
		typed += strspn(typed, " ");
		typed_len = strcspn(typed, " ");
		if (len == 0)
			return;
		if (len == 1 && place[0] == 'N') {
			words = numbers;
			words_len = strlen(numbers);
		}
		if (typed[typed_len] == '\0') {
			f->prefix = typed;
			f->prefix_len = typed_len;
			offer_place(f, words, words_len);
			return;
		}
		if (!place_has(words, words_len, typed, typed_len))
			return;
		place += len;
		typed += typed_len;
	}
}

static void
behind(
    struct found *f, const char *usage, const char *numbers, const char *typed)
{
	const char *bar;

	f->prefix = typed + strlen(typed);
	while ((bar = strstr(usage, " | ")) != NULL) {
		try_form(f, usage, (size_t)(bar - usage), numbers, typed);
		usage = bar + 3;
	}
	try_form(f, usage, strlen(usage), numbers, typed);
}

void
complete_line(
    struct completion *c, const struct complete_table *table, const char *line)
{
	size_t len = strcspn(line + 1, " ");
	struct found f = {.c = c, .prefix = line + 1, .prefix_len = len};
	const char *name;

	c->add[0] = c->list[0] = '\0';
	for (size_t i = 0; (name = table->name(table->ctx, i)) != NULL; i++) {
		char numbers[COMPLETE_NUMBERS];

		if (name[0] == '\0')
			continue;
		if (line[1 + len] == '\0') {
			offer(&f, "/", name, strlen(name));
		} else if (strlen(name) == len &&
			   memcmp(name, line + 1, len) == 0) {
			table->numbers(table->ctx, i, numbers);
			behind(&f, table->usage(table->ctx, i), numbers,
			    line + 1 + len);
		}
	}
	conclude(&f);
}
