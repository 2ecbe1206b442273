/*
 * Whole texts: as one line, and as rows of a given width.
 */
#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "secchat/util.h"
#include "text.h"

/*
 * How much of a line may stay when the rest is cut off: up to a character
 * that has columns, so that none loses its marks, and not behind a ZWNJ that
 * has lost what it stood before.
 */
struct cut {
	size_t most; /* so that "..." still fits */
	size_t safe;
	int parts; /* 1: a ZWNJ since the last one that has columns */
};

static void
note_cut(struct cut *c, const struct text_unit *u, size_t n)
{
	if (u->cols > 0) {
		if (n <= c->most && !c->parts)
			c->safe = n;
		c->parts = 0;
	} else if (u->kind == TEXT_INVISIBLE && u->len > 0) {
		c->parts = 1;
	}
}

size_t
text_line(char *out, size_t cap, const void *in, size_t len, unsigned flags,
    struct text_marks *m)
{
	static const char dots[] = "...";
	struct cut cut = {.most = cap - sizeof dots};
	struct text_marks ignored = {0};
	struct text_flow flow = {0};
	struct text_unit u;
	const uint8_t *p = in;
	size_t n = 0, cols = 0;

	assert(cap >= 8);
	if (m == NULL)
		m = &ignored;
	for (; len > 0; p += u.used, len -= u.used) {
		text_place(&flow, &u, p, len, flags, m);
		if (u.kind == TEXT_TAB) {
			u.len = u.cols = text_tab(cols);
			memset(u.out, ' ', u.len);
		}
		note_cut(&cut, &u, n);
		if (n + u.len > cap - 1) {
			memcpy(out + cut.safe, dots, sizeof dots);
			m->cut = 1;
			return cut.safe + sizeof dots - 1;
		}
		memcpy(out + n, u.out, u.len);
		n += u.len;
		cols += u.cols;
	}
	out[n] = '\0';
	return n;
}

void
text_rows_init(struct text_rows *r, const void *in, size_t len, unsigned flags,
    size_t columns, size_t rows_max)
{
	memset(r, 0, sizeof *r);
	r->p = in;
	r->left = len;
	r->flags = flags;
	r->columns =
	    columns == 0 ? SIZE_MAX : MAX(columns, (size_t)TEXT_COLUMNS_MIN);
	r->rows_max = rows_max;
	r->open = 1;
}

/* A row under way, or a place where it could end. */
struct row {
	const uint8_t *p;
	size_t left, len, cols;
	struct text_marks marks;
};

static int
is_blank(const struct text_unit *u)
{
	return (u->kind == TEXT_BLANK && u->cp != 0xa0) || u->kind == TEXT_TAB;
}

static int
fits(const struct text_rows *r, size_t cap, const struct row *row,
    const struct text_unit *u)
{
	return u->len <= cap - row->len && u->cols <= r->columns - row->cols;
}

/* As much of a word in ASCII as there is room for. */
static void
take_run(const struct text_rows *r, struct text_flow *flow, char *out,
    size_t cap, struct row *row)
{
	size_t room = MIN(cap - row->len, r->columns - row->cols);
	size_t n = text_run(flow, row->p, MIN(row->left, room));

	if (out != NULL)
		memcpy(out + row->len, row->p, n);
	row->p += n;
	row->left -= n;
	row->len += n;
	row->cols += n;
}

/*
 * Fill one row from r; out may be NULL, then only the walk is done.  Leaves r
 * behind the row.  Blanks that hang over the end are left out, so that the
 * next row begins with a word.
 */
static void
fill(struct text_rows *r, char *out, size_t cap, struct row *row)
{
	struct text_flow flow = {0};
	struct row word = {.p = NULL};
	int full = 0;

	*row = (struct row){r->p, r->left, 0, 0, r->marks};
	while (row->left > 0) {
		struct text_marks before;
		struct text_unit u;

		if (!full)
			take_run(r, &flow, out, cap, row);
		if (row->left == 0)
			break;
		before = row->marks;
		text_place(&flow, &u, row->p, row->left, r->flags, &row->marks);
		if (u.kind == TEXT_TAB) {
			u.len = u.cols = text_tab(row->cols);
			memset(u.out, ' ', u.len);
		}
		if ((r->flags & TEXT_DOUBLE) && u.len > 0 &&
		    (uint8_t)u.out[0] >= 0x80)
			u.cols *= 2;
		if (u.kind != TEXT_BREAK && (full || !fits(r, cap, row, &u))) {
			full = is_blank(&u);
			if (!full) {
				row->marks = before;
				if (word.p != NULL &&
				    (r->flags & TEXT_WORDS ||
					word.cols > row->cols / 2))
					*row = word;
				break;
			}
			u.len = u.cols = 0;
		}
		row->p += u.used;
		row->left -= u.used;
		if (u.kind == TEXT_BREAK)
			break;
		if (out != NULL)
			memcpy(out + row->len, u.out, u.len);
		row->len += u.len;
		row->cols += u.cols;
		if (is_blank(&u))
			word = *row;
	}
	r->open = row->left > 0;
	r->p = row->p;
	r->left = row->left;
	r->marks = row->marks;
	r->rows++;
}

int
text_rows_next(
    struct text_rows *r, char *out, size_t cap, size_t *out_len, size_t *cols)
{
	struct row row;

	assert(cap >= TEXT_ROW_MIN);
	if (!r->open || (r->rows_max > 0 && r->rows >= r->rows_max))
		return 0;
	fill(r, out, cap, &row);
	*out_len = row.len;
	if (cols != NULL)
		*cols = row.cols;
	return 1;
}

size_t
text_rows_more(struct text_rows *r)
{
	size_t before = r->rows;

	while (r->open) {
		struct row row;

		fill(r, NULL, SIZE_MAX, &row);
	}
	return r->rows - before;
}

/* "N thing" or "N things", with a comma before all but the first. */
static size_t
remark(char *out, size_t cap, size_t at, uint32_t n, const char *one,
    const char *many)
{
	int len;

	if (n == 0)
		return at;
	len = snprintf(out + at, cap - at, "%s%u %s", at > 0 ? ", " : "", n,
	    n == 1 ? one : many);
	assert(len > 0 && (size_t)len < cap - at);
	return at + (size_t)len;
}

size_t
text_remark(char *out, size_t cap, const struct text_marks *m)
{
	size_t at = 0;

	assert(cap >= TEXT_REMARK_MAX);
	out[0] = '\0';
	at = remark(out, cap, at, m->controls + m->bidi + m->invisible,
	    "control character made visible",
	    "control characters made visible");
	at = remark(out, cap, at, m->hidden, "invisible character left out",
	    "invisible characters left out");
	at = remark(out, cap, at, m->invalid, "byte that is not UTF-8",
	    "bytes that are not UTF-8");
	return remark(
	    out, cap, at, m->crowded, "mark left out", "marks left out");
}
