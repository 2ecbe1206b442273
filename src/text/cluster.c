/*
 * What a person takes for one character: the extended grapheme clusters of
 * UAX #29.  A byte that is no UTF-8 is a cluster of its own.
 */
#include "secchat/util.h"
#include "text.h"
#include "unicode.h"

/* Classes that rules name together, as bits. */
#define BIT(class) (1u << (class))
#define IN(class, set) ((BIT(class) & (set)) != 0)
#define APART (BIT(GCB_CR) | BIT(GCB_LF) | BIT(GCB_CONTROL))
#define TAILS (BIT(GCB_EXTEND) | BIT(GCB_ZWJ) | BIT(GCB_SPACINGMARK))

/* clang-format off */
/* GB6 to GB8: what may follow within a Hangul syllable. */
static const uint16_t hangul[GCB_COUNT] = {
	[GCB_L]   = BIT(GCB_L) | BIT(GCB_V) | BIT(GCB_LV) | BIT(GCB_LVT),
	[GCB_LV]  = BIT(GCB_V) | BIT(GCB_T),
	[GCB_V]   = BIT(GCB_V) | BIT(GCB_T),
	[GCB_LVT] = BIT(GCB_T),
	[GCB_T]   = BIT(GCB_T),
};
/* clang-format on */

/* A code point as the rules see it. */
struct seen {
	size_t used;
	enum text_gcb class;
	int picture;
};

/* What the rules must remember of the cluster so far. */
struct memory {
	struct seen last;
	int halves;   /* 1: the flag halves before are odd in number */
	int pictures; /* 1: a picture and its marks; 2: and a ZWJ */
};

static struct seen
see(const uint8_t *p, size_t len)
{
	const struct text_char *c;
	struct seen s = {1, GCB_CONTROL, 0};
	uint32_t cp;

	s.used = text_code_point(p, len, &cp);
	if (cp != TEXT_INVALID_BYTE) {
		c = text_char(cp);
		s.class = c->gcb;
		s.picture = (c->bits & CHAR_PICTURE) != 0;
	}
	return s;
}

/* The code point that ends at p + at, which is not 0. */
static struct seen
see_before(const uint8_t *p, size_t at)
{
	static const struct seen byte = {1, GCB_CONTROL, 0};

	for (size_t n = 1; n <= 4 && n <= at; n++) {
		if ((p[at - n] & 0xc0) != 0x80) {
			struct seen s = see(p + at - n, n);

			return s.used == n ? s : byte;
		}
	}
	return byte;
}

/*
 * Whether b may belong to what a ends, whatever is before a.  Flag halves and
 * pictures may or may not.
 */
static int
may_join(const struct seen *a, const struct seen *b)
{
	if (a->class == GCB_CR && b->class == GCB_LF) /* GB3 */
		return 1;
	if (IN(a->class, APART) || IN(b->class, APART)) /* GB4, GB5 */
		return 0;
	if (IN(b->class, TAILS) || a->class == GCB_PREPEND) /* GB9, a, b */
		return 1;
	if (a->class == GCB_ZWJ && b->picture) /* GB11 */
		return 1;
	if (a->class == GCB_REGIONAL_INDICATOR) /* GB12, GB13 */
		return b->class == GCB_REGIONAL_INDICATOR;
	return IN(b->class, hangul[a->class]);
}

static int
joins(const struct memory *m, const struct seen *b)
{
	const struct seen *a = &m->last;

	if (!may_join(a, b))
		return 0;
	if (a->class == GCB_ZWJ && b->picture)
		return m->pictures == 2;
	if (a->class == GCB_REGIONAL_INDICATOR &&
	    b->class == GCB_REGIONAL_INDICATOR)
		return m->halves;
	return 1;
}

static void
begin(struct memory *m, const struct seen *s)
{
	m->last = *s;
	m->halves = s->class == GCB_REGIONAL_INDICATOR;
	m->pictures = s->picture;
}

static void
add(struct memory *m, const struct seen *s)
{
	if (s->class == GCB_REGIONAL_INDICATOR)
		m->halves = !m->halves;
	if (s->picture)
		m->pictures = 1;
	else if (m->pictures == 1 && s->class == GCB_ZWJ)
		m->pictures = 2;
	else if (s->class != GCB_EXTEND || m->pictures != 1)
		m->pictures = 0;
	m->last = *s;
}

size_t
text_cluster_next(const uint8_t *p, size_t len, size_t at)
{
	struct memory m;
	struct seen s;

	if (at >= len)
		return len;
	if (len - at > 1 && p[at] >= 0x20 && p[at] < 0x7f && p[at + 1] < 0x7f)
		return at + 1;
	s = see(p + at, len - at);
	begin(&m, &s);
	for (at += s.used; at < len; at += s.used) {
		s = see(p + at, len - at);
		if (!joins(&m, &s))
			break;
		add(&m, &s);
	}
	return at;
}

size_t
text_cluster_prev(const uint8_t *p, size_t len, size_t at)
{
	struct seen b;
	size_t safe = MIN(at, len), next;

	if (safe == 0)
		return 0;
	at = safe;
	/* Back to where a cluster begins whatever is before it, */
	b = see_before(p, safe);
	safe -= b.used;
	while (safe > 0) {
		struct seen a = see_before(p, safe);

		if (!may_join(&a, &b))
			break;
		b = a;
		safe -= a.used;
	}
	/* and forward again to the last one that begins before at. */
	while ((next = text_cluster_next(p, len, safe)) < at)
		safe = next;
	return safe;
}

size_t
text_cluster(const uint8_t *p, size_t len)
{
	return text_cluster_next(p, len, 0);
}

size_t
text_cluster_cols(
    const uint8_t *p, size_t len, size_t at, unsigned flags, size_t col)
{
	struct text_marks ignored = {0};
	struct text_flow flow = {0};
	size_t end = text_cluster_next(p, len, at), cols = 0;

	while (at < end) {
		struct text_unit u;

		text_place(&flow, &u, p + at, len - at, flags, &ignored);
		cols += u.kind == TEXT_TAB ? text_tab(col + cols) : u.cols;
		at += u.used;
	}
	return cols;
}
