/*
 * One-time codes: 32 bits as two proquints, groups of five letters that
 * people can say aloud (arXiv 0901.4016): consonant, vowel, consonant, vowel,
 * consonant, four or two bits each, the highest first.
 */
#include <string.h>

#include "internal.h"
#include "secchat/err.h"
#include "secchat/util.h"

#define GROUP 5

static const char consonants[] = "bdfghjklmnprstvz";
static const char vowels[] = "aiou";

static int
is_vowel_place(size_t i)
{
	return i % GROUP % 2 == 1;
}

static void
group_format(char out[GROUP], uint32_t bits16)
{
	unsigned shift = 16;

	for (size_t i = 0; i < GROUP; i++) {
		if (is_vowel_place(i)) {
			shift -= 2;
			out[i] = vowels[bits16 >> shift & 3];
		} else {
			shift -= 4;
			out[i] = consonants[bits16 >> shift & 15];
		}
	}
}

void
code_format(char out[CODE_TEXT + 1], uint32_t value)
{
	group_format(out, value >> 16);
	out[GROUP] = '-';
	group_format(out + GROUP + 1, value & 0xffff);
	out[CODE_TEXT] = '\0';
}

static int
letter_fits(size_t place, uint8_t letter)
{
	const char *set = is_vowel_place(place) ? vowels : consonants;

	return letter != '\0' && strchr(set, letter) != NULL;
}

int
code_parse(uint8_t letters[CODE_LETTERS], const uint8_t *text, size_t len)
{
	size_t n = 0;

	for (size_t i = 0; i < len; i++) {
		uint8_t ch = text[i];

		if (ch == ' ' || ch == '-')
			continue;
		if (ch >= 'A' && ch <= 'Z')
			ch = (uint8_t)(ch - 'A' + 'a');
		if (n == CODE_LETTERS || !letter_fits(n, ch))
			goto bad;
		letters[n++] = ch;
	}
	if (n == CODE_LETTERS)
		return 0;
bad:
	wipe(letters, CODE_LETTERS);
	return -ERR_CODE_FORMAT;
}
