/*
 * One-time codes: 32 bits as two proquints, groups of five letters that
 * people can say aloud (arXiv 0901.4016): consonant, vowel, consonant, vowel,
 * consonant, four or two bits each, the highest first.
 *
 * A code is a secret of 32 bits, so neither branches nor addresses depend on
 * one: a letter is found by looking at all of them.
 */
#include <string.h>

#include "internal.h"
#include "secchat/err.h"
#include "secchat/util.h"

#define GROUP 5

static const char consonants[] = "bdfghjklmnprstvz";
static const char vowels[] = "aiou";

/* Both for numbers below 2^31: 1 or 0. */
static uint32_t
is_below(uint32_t a, uint32_t b)
{
	return (a - b) >> 31;
}

static uint32_t
is_equal(uint32_t a, uint32_t b)
{
	return is_below(a ^ b, 1);
}

/* All ones for 1, zero for 0. */
static uint8_t
mask(uint32_t bit)
{
	return (uint8_t)(0 - bit);
}

static int
is_vowel_place(size_t i)
{
	return i % GROUP % 2 == 1;
}

/* The letters that may stand there. */
static const char *
letters_at(size_t place)
{
	return is_vowel_place(place) ? vowels : consonants;
}

static char
letter_of(size_t place, uint32_t value)
{
	const char *set = letters_at(place);
	uint8_t ch = 0;

	for (uint32_t i = 0; set[i] != '\0'; i++)
		ch |= mask(is_equal(i, value)) & (uint8_t)set[i];
	return (char)ch;
}

static uint32_t
letter_fits(size_t place, uint32_t letter)
{
	uint32_t any = 0;

	for (const char *set = letters_at(place); *set != '\0'; set++)
		any |= is_equal((uint8_t)*set, letter);
	return any;
}

static void
group_format(char out[GROUP], uint32_t bits16)
{
	unsigned shift = 16;

	for (size_t i = 0; i < GROUP; i++) {
		uint32_t most = is_vowel_place(i) ? 3 : 15;

		shift -= is_vowel_place(i) ? 2 : 4;
		out[i] = letter_of(i, bits16 >> shift & most);
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

static uint32_t
lower_case(uint32_t ch)
{
	uint32_t upper = is_below(ch, 'Z' + 1) & ~is_below(ch, 'A');

	return ch + upper * ('a' - 'A');
}

/* What is wrong, without a branch on it: the first of these that is 1. */
static int
complain(uint32_t letter, uint32_t more, uint32_t less)
{
	more &= ~letter;
	less &= ~letter & ~more;
	return -(int)(letter * ERR_CODE_LETTER + more * ERR_CODE_LONG +
		      less * ERR_CODE_SHORT);
}

/* Every character is offered to all ten places; only the next one takes it,
 * and none takes a separator. */
int
code_parse(uint8_t letters[CODE_LETTERS], const uint8_t *text, size_t len)
{
	uint32_t n = 0, good, wrong = 0, more = 0;

	memset(letters, 0, CODE_LETTERS);
	for (size_t i = 0; i < len; i++) {
		uint32_t ch = lower_case(text[i]), taken = 0, full, left;
		uint32_t skip = is_equal(ch, ' ') | is_equal(ch, '-');

		for (size_t p = 0; p < CODE_LETTERS; p++) {
			uint32_t here = ~skip & is_equal(n, (uint32_t)p) &
					letter_fits(p, ch);

			letters[p] |= mask(here) & (uint8_t)ch;
			taken |= here;
		}
		left = 1 & ~(taken | skip);
		full = is_equal(n, CODE_LETTERS);
		wrong |= left & ~full;
		more |= left & full;
		n += taken;
	}
	good = is_equal(n, CODE_LETTERS) & ~wrong & ~more;
	for (size_t p = 0; p < CODE_LETTERS; p++)
		letters[p] &= mask(good);
	return complain(wrong, more, is_below(n, CODE_LETTERS));
}
