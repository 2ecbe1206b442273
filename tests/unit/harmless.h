/*
 * What may come out of the text filter, written down a second time and by
 * hand, apart from the filter's own tables: it is what the tests and the
 * fuzzer hold its output against.
 */
#ifndef SECCHAT_TESTS_HARMLESS_H
#define SECCHAT_TESTS_HARMLESS_H

#include <stddef.h>
#include <stdint.h>

#include "secchat/text.h"
#include "secchat/util.h"

struct harmless_range {
	uint32_t first, last;
};

/* clang-format off */
static const struct harmless_range harmless_never[] = {
	{ 0x00, 0x1f },       { 0x7f, 0xa0 },       { 0xad, 0xad },
	{ 0x334, 0x338 },     { 0x34f, 0x34f },     { 0x488, 0x489 },
	{ 0x600, 0x605 },     { 0x61c, 0x61c },     { 0x6dd, 0x6dd },
	{ 0x70f, 0x70f },     { 0x890, 0x891 },     { 0x8e2, 0x8e2 },
	{ 0x115f, 0x11ff },   { 0x1680, 0x1680 },   { 0x17b4, 0x17b5 },
	{ 0x180b, 0x180f },   { 0x1abe, 0x1abe },   { 0x1cd4, 0x1cd4 },
	{ 0x1ce2, 0x1ce8 },   { 0x2000, 0x200b },   { 0x200e, 0x200f },
	{ 0x2028, 0x202f },   { 0x205f, 0x206f },   { 0x20d2, 0x20d3 },
	{ 0x20d8, 0x20da },   { 0x20dd, 0x20e0 },   { 0x20e2, 0x20e6 },
	{ 0x20ea, 0x20eb },   { 0x2800, 0x2800 },   { 0x2e3a, 0x2e3b },
	{ 0x3000, 0x3000 },   { 0x3164, 0x3164 },   { 0xa670, 0xa672 },
	{ 0xd7b0, 0xf8ff },   { 0xfdd0, 0xfdef },   { 0xfdfd, 0xfdfd },
	{ 0xfe00, 0xfe0f },   { 0xfeff, 0xfeff },   { 0xffa0, 0xffa0 },
	{ 0xfff0, 0xfffc },   { 0xfffe, 0xffff },   { 0x10a39, 0x10a39 },
	{ 0x110bd, 0x110bd }, { 0x110cd, 0x110cd }, { 0x12031, 0x12031 },
	{ 0x12219, 0x12219 }, { 0x1242b, 0x1242b },
	{ 0x13430, 0x1343f }, { 0x16af0, 0x16af4 }, { 0x1bc9e, 0x1bc9e },
	{ 0x1bca0, 0x1bca3 }, { 0x1d167, 0x1d169 }, { 0x1d173, 0x1d17a },
	{ 0x1fffe, 0x1ffff }, { 0x2fffe, 0x2ffff }, { 0xe0000, 0x10ffff },
};

/* Scripts whose letters join: Arabic and its neighbours, Mongolian, ... */
static const struct harmless_range harmless_joining[] = {
	{ 0x620, 0x8ff },     { 0x1807, 0x18aa },   { 0xa840, 0xa872 },
	{ 0x10ac0, 0x10aff }, { 0x10b80, 0x10bff }, { 0x10d00, 0x10d23 },
	{ 0x10f30, 0x10fff }, { 0x1e900, 0x1e94b },
};

/* The signs that take a vowel away, India to Java. */
static const struct harmless_range harmless_virama[] = {
	{ 0x94d, 0x94d },     { 0x9cd, 0x9cd },     { 0xa4d, 0xa4d },
	{ 0xacd, 0xacd },     { 0xb4d, 0xb4d },     { 0xbcd, 0xbcd },
	{ 0xc4d, 0xc4d },     { 0xccd, 0xccd },     { 0xd3b, 0xd3c },
	{ 0xd4d, 0xd4d },     { 0xdca, 0xdca },     { 0xe3a, 0xe3a },
	{ 0xeba, 0xeba },     { 0xf84, 0xf84 },     { 0x1039, 0x103a },
	{ 0x1714, 0x1715 },   { 0x1734, 0x1734 },   { 0x17d2, 0x17d2 },
	{ 0x1a60, 0x1a60 },   { 0x1b44, 0x1b44 },   { 0x1baa, 0x1bab },
	{ 0x1bf2, 0x1bf3 },   { 0x2d7f, 0x2d7f },   { 0xa806, 0xa806 },
	{ 0xa82c, 0xa82c },   { 0xa8c4, 0xa8c4 },   { 0xa953, 0xa953 },
	{ 0xa9c0, 0xa9c0 },   { 0xaaf6, 0xaaf6 },   { 0xabed, 0xabed },
	{ 0x10a3f, 0x10a3f }, { 0x11046, 0x11046 }, { 0x11070, 0x11070 },
	{ 0x1107f, 0x1107f }, { 0x110b9, 0x110b9 }, { 0x11133, 0x11134 },
	{ 0x111c0, 0x111c0 }, { 0x11235, 0x11235 }, { 0x112ea, 0x112ea },
	{ 0x1134d, 0x1134d }, { 0x11442, 0x11442 }, { 0x114c2, 0x114c2 },
	{ 0x115bf, 0x115bf }, { 0x1163f, 0x1163f }, { 0x116b6, 0x116b6 },
	{ 0x1172b, 0x1172b }, { 0x11839, 0x11839 }, { 0x1193d, 0x1193e },
	{ 0x119e0, 0x119e0 }, { 0x11a34, 0x11a34 }, { 0x11a47, 0x11a47 },
	{ 0x11a99, 0x11a99 }, { 0x11c3f, 0x11c3f }, { 0x11d44, 0x11d45 },
	{ 0x11d97, 0x11d97 }, { 0x11f41, 0x11f42 },
};
/* clang-format on */

static inline int
harmless_in(const struct harmless_range *t, size_t n, uint32_t cp)
{
	for (size_t i = 0; i < n; i++)
		if (cp >= t[i].first && cp <= t[i].last)
			return 1;
	return 0;
}
#define HARMLESS_IN(table, cp) harmless_in((table), ARRAY_LEN(table), (cp))

static inline int
is_bad(uint32_t cp)
{
	return HARMLESS_IN(harmless_never, cp);
}

/* The next character that is no mark, at p; 0 at the end. */
static inline uint32_t
harmless_next(const uint8_t *p, size_t len)
{
	while (len > 0) {
		uint32_t cp = 0;
		size_t n = utf8_next(p, len, &cp);

		if (n == 0 || text_width(cp) != 0)
			return cp;
		p += n;
		len -= n;
	}
	return 0;
}

/*
 * Valid UTF-8, nothing bad in it, every mark on a base and never five of
 * them, flags whole, ZWNJ and ZWJ only where their scripts have them.  The end
 * of a row may have parted ZWNJ from its letter.
 */
static inline int
is_harmless(const char *s, size_t len)
{
	const uint8_t *p = (const uint8_t *)s;
	uint32_t base = ' ', last = ' ';
	unsigned marks = 0, halves = 0;

	while (len > 0) {
		uint32_t cp, next;
		size_t n = utf8_next(p, len, &cp);

		if (n == 0 || is_bad(cp))
			return 0;
		p += n;
		len -= n;
		if (cp >= 0x1f1e6 && cp <= 0x1f1ff)
			halves++;
		else if (halves % 2 == 1)
			return 0;
		if (cp == 0x200c || cp == 0x200d) {
			next = harmless_next(p, len);
			if (!HARMLESS_IN(harmless_virama, last) &&
			    !(cp == 0x200c &&
				HARMLESS_IN(harmless_joining, base) &&
				(next == 0 ||
				    HARMLESS_IN(harmless_joining, next))))
				return 0;
		} else if (text_width(cp) == 0) {
			if (base == ' ' || ++marks > 4)
				return 0;
		} else {
			if (text_width(cp) < 0)
				return 0;
			base = cp;
			marks = 0;
		}
		last = cp;
	}
	return halves % 2 == 0;
}

#endif
