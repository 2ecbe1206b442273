/*
 * Which known name somebody probably meant: the optimal string alignment
 * distance, small words only.
 */
#include <string.h>

#include "secchat/util.h"

#define WORD_MAX 31
#define DISTANCE_MAX 2

static size_t
least(size_t a, size_t b)
{
	return MIN(a, b);
}

/* Letters to insert, remove, replace or swap to make b of a. */
static size_t
distance(const char *a, size_t a_len, const char *b, size_t b_len)
{
	size_t rows[3][WORD_MAX + 1];

	for (size_t j = 0; j <= b_len; j++)
		rows[0][j] = j;
	for (size_t i = 1; i <= a_len; i++) {
		const size_t *two = rows[(i + 1) % 3];
		const size_t *one = rows[(i - 1) % 3];
		size_t *row = rows[i % 3];

		row[0] = i;
		for (size_t j = 1; j <= b_len; j++) {
			row[j] = least(one[j], row[j - 1]) + 1;
			row[j] =
			    least(row[j], one[j - 1] + (a[i - 1] != b[j - 1]));
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] &&
			    a[i - 2] == b[j - 1])
				row[j] = least(row[j], two[j - 2] + 1);
		}
	}
	return rows[a_len % 3][b_len];
}

const char *
suggest_word(const char *word, const char *const *names, size_t n)
{
	size_t len = strlen(word), best = DISTANCE_MAX + 1;
	const char *found = NULL;

	if (len > WORD_MAX)
		return NULL;
	for (size_t i = 0; i < n; i++) {
		size_t name_len = strlen(names[i]), d;

		if (name_len > WORD_MAX)
			continue;
		d = distance(word, len, names[i], name_len);
		if (d < best && d < name_len) {
			best = d;
			found = names[i];
		}
	}
	return found;
}
