/*
 * What may be a person's name: something that looks on every screen like what
 * it is, like nothing of ours, and can be typed behind a command.
 */
#include <stdio.h>
#include <string.h>

#include "secchat/name.h"
#include "secchat/text.h"
#include "secchat/util.h"
#include "unicode.h"

/* ---- characters ---- */

enum part {
	PART_BASE,  /* a letter or a digit */
	PART_MARK,  /* belongs to the one before */
	PART_SIGN,  /* may stand between two words */
	PART_OTHER, /* cannot be in a name */
};

static const char signs[] = " -._'";

static enum part
part_of(uint32_t cp)
{
	const struct text_char *c = text_char(cp);

	if (cp < 0x80 && cp != 0 && strchr(signs, (int)cp) != NULL)
		return PART_SIGN;
	if (c->bits & (CHAR_DRESSED | CHAR_IGNORABLE))
		return PART_OTHER;
	switch (c->category) {
	case CAT_LU:
	case CAT_LL:
	case CAT_LT:
	case CAT_LM:
	case CAT_LO:
	case CAT_ND:
		return PART_BASE;
	case CAT_MN:
	case CAT_MC:
		return PART_MARK;
	default:
		return PART_OTHER;
	}
}

/* The character at *p, which is valid UTF-8, and behind it; 0 at the end. */
static uint32_t
next(const char **p)
{
	uint32_t cp = 0;

	if (**p != '\0')
		*p += utf8_next((const uint8_t *)*p, strlen(*p), &cp);
	return cp;
}

/* ---- what looks alike ---- */

/* clang-format off */
static const struct {
	uint16_t first, last;
	char as;
} looks[] = {
	/* a letter that is one stroke, a zero */
	{ '0', '0', 'o' }, { '1', '1', 'i' }, { 'L', 'L', 'i' },
	{ 'l', 'l', 'i' },
	/* Latin letters with something at them */
	{ 0x00c0, 0x00c5, 'a' }, { 0x00c7, 0x00c7, 'c' }, { 0x00c8, 0x00cb, 'e' },
	{ 0x00cc, 0x00cf, 'i' }, { 0x00d1, 0x00d1, 'n' }, { 0x00d2, 0x00d6, 'o' },
	{ 0x00d8, 0x00d8, 'o' }, { 0x00d9, 0x00dc, 'u' }, { 0x00dd, 0x00dd, 'y' },
	{ 0x00e0, 0x00e5, 'a' }, { 0x00e7, 0x00e7, 'c' }, { 0x00e8, 0x00eb, 'e' },
	{ 0x00ec, 0x00ef, 'i' }, { 0x00f1, 0x00f1, 'n' }, { 0x00f2, 0x00f6, 'o' },
	{ 0x00f8, 0x00f8, 'o' }, { 0x00f9, 0x00fc, 'u' }, { 0x00fd, 0x00fd, 'y' },
	{ 0x00ff, 0x00ff, 'y' }, { 0x0100, 0x0105, 'a' }, { 0x0106, 0x010d, 'c' },
	{ 0x010e, 0x0111, 'd' }, { 0x0112, 0x011b, 'e' }, { 0x011c, 0x0123, 'g' },
	{ 0x0124, 0x0127, 'h' }, { 0x0128, 0x0131, 'i' }, { 0x0134, 0x0135, 'j' },
	{ 0x0136, 0x0138, 'k' }, { 0x0139, 0x0142, 'i' }, { 0x0143, 0x0149, 'n' },
	{ 0x014c, 0x0151, 'o' }, { 0x0154, 0x0159, 'r' }, { 0x015a, 0x0161, 's' },
	{ 0x0162, 0x0167, 't' }, { 0x0168, 0x0173, 'u' }, { 0x0174, 0x0175, 'w' },
	{ 0x0176, 0x0178, 'y' }, { 0x0179, 0x017e, 'z' }, { 0x01a0, 0x01a1, 'o' },
	{ 0x01af, 0x01b0, 'u' }, { 0x01b3, 0x01b4, 'y' }, { 0x01cd, 0x01ce, 'a' },
	{ 0x01cf, 0x01d0, 'i' }, { 0x01d1, 0x01d2, 'o' }, { 0x01d3, 0x01dc, 'u' },
	{ 0x01f8, 0x01f9, 'n' }, { 0x0200, 0x0203, 'a' }, { 0x0204, 0x0207, 'e' },
	{ 0x0208, 0x020b, 'i' }, { 0x020c, 0x020f, 'o' }, { 0x0210, 0x0213, 'r' },
	{ 0x0214, 0x0217, 'u' }, { 0x0218, 0x0219, 's' }, { 0x021a, 0x021b, 't' },
	{ 0x0226, 0x0227, 'a' }, { 0x0228, 0x0229, 'e' }, { 0x022a, 0x0231, 'o' },
	{ 0x0232, 0x0233, 'y' }, { 0x1e00, 0x1e01, 'a' }, { 0x1e02, 0x1e07, 'b' },
	{ 0x1e08, 0x1e09, 'c' }, { 0x1e0a, 0x1e13, 'd' }, { 0x1e14, 0x1e1d, 'e' },
	{ 0x1e1e, 0x1e1f, 'f' }, { 0x1e20, 0x1e21, 'g' }, { 0x1e22, 0x1e2b, 'h' },
	{ 0x1e2c, 0x1e2f, 'i' }, { 0x1e30, 0x1e35, 'k' }, { 0x1e36, 0x1e3d, 'i' },
	{ 0x1e3e, 0x1e43, 'm' }, { 0x1e44, 0x1e4b, 'n' }, { 0x1e4c, 0x1e53, 'o' },
	{ 0x1e54, 0x1e57, 'p' }, { 0x1e58, 0x1e5f, 'r' }, { 0x1e60, 0x1e69, 's' },
	{ 0x1e6a, 0x1e71, 't' }, { 0x1e72, 0x1e7b, 'u' }, { 0x1e7c, 0x1e7f, 'v' },
	{ 0x1e80, 0x1e89, 'w' }, { 0x1e8a, 0x1e8d, 'x' }, { 0x1e8e, 0x1e8f, 'y' },
	{ 0x1e90, 0x1e95, 'z' }, { 0x1ea0, 0x1eb7, 'a' }, { 0x1eb8, 0x1ec7, 'e' },
	{ 0x1ec8, 0x1ecb, 'i' }, { 0x1ecc, 0x1ee3, 'o' }, { 0x1ee4, 0x1ef1, 'u' },
	{ 0x1ef2, 0x1ef9, 'y' },
	/* small capitals and letters of phonetic writing */
	{ 0x0251, 0x0251, 'a' }, { 0x0261, 0x0262, 'g' }, { 0x0269, 0x026a, 'i' },
	{ 0x0274, 0x0274, 'n' }, { 0x0275, 0x0275, 'o' }, { 0x0280, 0x0280, 'r' },
	{ 0x028b, 0x028b, 'u' }, { 0x028f, 0x028f, 'y' }, { 0x0299, 0x0299, 'b' },
	{ 0x029c, 0x029c, 'h' }, { 0x029f, 0x029f, 'i' }, { 0x1d00, 0x1d00, 'a' },
	{ 0x1d04, 0x1d04, 'c' }, { 0x1d05, 0x1d05, 'd' }, { 0x1d07, 0x1d07, 'e' },
	{ 0x1d0a, 0x1d0a, 'j' }, { 0x1d0b, 0x1d0b, 'k' }, { 0x1d0d, 0x1d0d, 'm' },
	{ 0x1d0f, 0x1d0f, 'o' }, { 0x1d18, 0x1d18, 'p' }, { 0x1d1b, 0x1d1b, 't' },
	{ 0x1d1c, 0x1d1c, 'u' }, { 0x1d20, 0x1d20, 'v' }, { 0x1d21, 0x1d21, 'w' },
	{ 0x1d22, 0x1d22, 'z' }, { 0xa730, 0xa730, 'f' }, { 0xa731, 0xa731, 's' },
	/* Greek */
	{ 0x0386, 0x0386, 'a' }, { 0x0388, 0x0388, 'e' }, { 0x0391, 0x0391, 'a' },
	{ 0x0392, 0x0392, 'b' }, { 0x0395, 0x0395, 'e' }, { 0x0396, 0x0396, 'z' },
	{ 0x0397, 0x0397, 'h' }, { 0x0399, 0x0399, 'i' }, { 0x039a, 0x039a, 'k' },
	{ 0x039c, 0x039c, 'm' }, { 0x039d, 0x039d, 'n' }, { 0x039f, 0x039f, 'o' },
	{ 0x03a1, 0x03a1, 'p' }, { 0x03a4, 0x03a4, 't' }, { 0x03a5, 0x03a5, 'y' },
	{ 0x03a7, 0x03a7, 'x' }, { 0x03ac, 0x03ac, 'a' }, { 0x03ad, 0x03ad, 'e' },
	{ 0x03af, 0x03af, 'i' }, { 0x03b1, 0x03b1, 'a' }, { 0x03b3, 0x03b3, 'y' },
	{ 0x03b5, 0x03b5, 'e' }, { 0x03b9, 0x03b9, 'i' }, { 0x03ba, 0x03ba, 'k' },
	{ 0x03bd, 0x03bd, 'v' }, { 0x03bf, 0x03bf, 'o' }, { 0x03c1, 0x03c1, 'p' },
	{ 0x03c4, 0x03c4, 't' }, { 0x03c5, 0x03c5, 'u' }, { 0x03c7, 0x03c7, 'x' },
	{ 0x03cc, 0x03cc, 'o' }, { 0x03cd, 0x03cd, 'u' }, { 0x03f3, 0x03f3, 'j' },
	/* Cyrillic */
	{ 0x0430, 0x0430, 'a' }, { 0x0432, 0x0432, 'b' }, { 0x0435, 0x0435, 'e' },
	{ 0x043a, 0x043a, 'k' }, { 0x043c, 0x043c, 'm' }, { 0x043d, 0x043d, 'h' },
	{ 0x043e, 0x043e, 'o' }, { 0x043f, 0x043f, 'n' }, { 0x0440, 0x0440, 'p' },
	{ 0x0441, 0x0441, 'c' }, { 0x0442, 0x0442, 't' }, { 0x0443, 0x0443, 'y' },
	{ 0x0445, 0x0445, 'x' }, { 0x0451, 0x0451, 'e' }, { 0x0455, 0x0455, 's' },
	{ 0x0456, 0x0457, 'i' }, { 0x0458, 0x0458, 'j' }, { 0x0474, 0x0475, 'v' },
	{ 0x04ae, 0x04b1, 'y' }, { 0x04ba, 0x04bb, 'h' }, { 0x04c0, 0x04c0, 'i' },
	{ 0x04cf, 0x04cf, 'i' }, { 0x0500, 0x0501, 'd' }, { 0x051a, 0x051b, 'q' },
	{ 0x051c, 0x051d, 'w' },
	/* Armenian */
	{ 0x0555, 0x0555, 'o' }, { 0x0566, 0x0566, 'q' }, { 0x0570, 0x0570, 'h' },
	{ 0x0578, 0x0578, 'n' }, { 0x057d, 0x057d, 'u' }, { 0x0581, 0x0581, 'g' },
	{ 0x0585, 0x0585, 'o' },
};

/* Capitals and by how much their small letters are further on. */
static const struct {
	uint16_t first, last, by;
} capitals[] = {
	{ 'A', 'Z', 32 }, { 0x00c0, 0x00de, 32 }, { 0x0391, 0x03a9, 32 },
	{ 0x0400, 0x040f, 80 }, { 0x0410, 0x042f, 32 },
};
/* clang-format on */

static uint32_t
look(uint32_t cp)
{
	for (size_t i = 0; i < ARRAY_LEN(looks); i++)
		if (cp >= looks[i].first && cp <= looks[i].last)
			return (uint8_t)looks[i].as;
	return cp;
}

/* One character for all that look like it. */
static uint32_t
folded(uint32_t cp)
{
	uint32_t as = look(cp);

	for (size_t i = 0; as == cp && i < ARRAY_LEN(capitals); i++)
		if (cp >= capitals[i].first && cp <= capitals[i].last)
			return look(cp + capitals[i].by);
	return as;
}

/* The next that counts in a comparison, folded; any sign is a blank. */
static uint32_t
next_folded(const char **p)
{
	uint32_t cp;

	do
		cp = next(p);
	while (cp != 0 && part_of(cp) == PART_MARK);
	return cp != 0 && part_of(cp) == PART_SIGN ? ' ' : folded(cp);
}

int
name_same(const char *a, const char *b)
{
	uint32_t one, other;

	do {
		one = next_folded(&a);
		other = next_folded(&b);
	} while (one == other && one != 0);
	return one == other;
}

/* ---- words of ours ---- */

/* Who a row is from, or what is known of somebody: `first` where only the
 * name's first word could be taken for it. */
static const struct {
	const char *word;
	int first;
} ours[] = {
    {"you", 1},
    {"secchat", 1},
    {"warning", 1},
    {"error", 1},
    {"they", 1},
    {"somebody", 1},
    {"nobody", 1},
    {"verified", 0},
    {"unverified", 0},
    {"known", 0},
    {"unknown", 0},
    {"changed", 0},
    {"unchanged", 0},
    {"remembered", 0},
    {"trusted", 0},
    {"untrusted", 0},
    {"delivered", 0},
    {"undelivered", 0},
    {"legacy", 0},
    {"epoch", 0},
    {"fingerprint", 0},
    {"sha256", 0},
};

/* Whether the word at p, up to a sign or the end, looks like ours. */
static int
is_word(const char *p, const char *word)
{
	uint32_t one, other;

	do {
		one = next_folded(&p);
		other = next_folded(&word);
		if (other == 0)
			return one == 0 || one == ' ';
	} while (one == other);
	return 0;
}

static int
has_word_of_ours(const char *name)
{
	const char *p = name, *word = name;

	for (;;) {
		for (size_t i = 0; i < ARRAY_LEN(ours); i++)
			if ((word == name || !ours[i].first) &&
			    is_word(word, ours[i].word))
				return 1;
		p = word + strcspn(word, signs);
		if (*p == '\0')
			return 0;
		word = p + 1;
	}
}

/* ---- names ---- */

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

/* Signs part words, and do so alone; only a dot may end one. */
static int
is_sign_in_place(char before, const char *sign)
{
	char after = sign[1];
	int ends = after == '\0' || strchr(signs, after) != NULL;

	if (before == '\0' || (before != '.' && strchr(signs, before) != NULL))
		return 0;
	if (before == '.' && *sign != ' ')
		return 0;
	return !ends || (*sign == '.' && (after == '\0' || after == ' '));
}

const char *
name_wrong(const char *name)
{
	size_t len = strlen(name);
	const char *p = name;

	if (len == 0)
		return "it is empty";
	if (len > NAME_MAX_LOCAL)
		return "it has more than 64 bytes";
	if (!shows_as_it_is(name, len))
		return "it has something in it that a terminal does not show "
		       "as it is";
	while (*p != '\0') {
		const char *at = p;
		enum part part = part_of(next(&p));

		if (part == PART_OTHER)
			return "it has a sign in it that is no letter or digit "
			       "and none of - _ . ' and a blank";
		if (part == PART_SIGN &&
		    !is_sign_in_place(at > name ? at[-1] : '\0', at))
			return "its blanks and signs do not stand singly "
			       "between letters or digits";
	}
	if (has_word_of_ours(name))
		return "a word in it is one that secchat's own rows begin "
		       "with, or say how somebody is known with";
	return NULL;
}

int
name_ok(const char *name)
{
	return name_wrong(name) == NULL;
}

int
name_was_ok(const char *name)
{
	size_t len = strlen(name);

	return len > 0 && len <= NAME_MAX_LOCAL && name[0] != '-' &&
	       name[0] != ' ' && name[len - 1] != ' ' &&
	       strpbrk(name, "/\\'\"") == NULL && strcmp(name, ".") != 0 &&
	       strcmp(name, "..") != 0 && shows_as_it_is(name, len);
}

void
name_quote(char out[NAME_QUOTED], const char *name)
{
	const char *quote = strchr(name, '\'') != NULL  ? "\""
			    : strchr(name, ' ') != NULL ? "'"
							: "";

	snprintf(
	    out, NAME_QUOTED, "%s%.*s%s", quote, NAME_MAX_LOCAL, name, quote);
}

void
name_in_row(char out[NAME_IN_ROW], const char *name)
{
	size_t n = 0, len = strnlen(name, NAME_MAX_LOCAL), used;
	int ok = name_ok(name);

	if (ok && strpbrk(name, " '") == NULL) {
		snprintf(out, NAME_IN_ROW, "%s", name);
		return;
	}
	out[n++] = '"';
	for (size_t i = 0; i < len; i += used) {
		uint32_t cp = 0;

		used = utf8_next((const uint8_t *)name + i, len - i, &cp);
		if (used != 0 && part_of(cp) != PART_OTHER) {
			memcpy(out + n, name + i, used);
			n += used;
		} else {
			used = MAX(used, (size_t)1);
			out[n++] = '?';
		}
	}
	out[n++] = '"';
	out[n] = '\0';
}
