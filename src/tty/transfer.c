/*
 * The table of files, and one of them as a row.
 */
#include <stdio.h>
#include <string.h>

#include "secchat/filenews.h"
#include "secchat/ipc_msgs.h"
#include "secchat/text.h"
#include "secchat/util.h"
#include "transfer.h"

/* ---- the table ---- */

struct transfer *
transfers_find(struct transfers *all, uint32_t fid)
{
	for (size_t i = 0; i < all->count; i++)
		if (all->item[i].fid == fid)
			return &all->item[i];
	return NULL;
}

struct transfer *
transfers_add(struct transfers *all, uint32_t fid)
{
	size_t at = all->count;

	if (all->count == TRANSFERS_MAX)
		return NULL;
	while (at > 0 && all->item[at - 1].fid > fid) {
		all->item[at] = all->item[at - 1];
		at--;
	}
	all->count++;
	memset(&all->item[at], 0, sizeof all->item[at]);
	all->item[at].fid = fid;
	return &all->item[at];
}

void
transfers_remove(struct transfers *all, struct transfer *f)
{
	size_t at = (size_t)(f - all->item);

	all->count--;
	memmove(f, f + 1, (all->count - at) * sizeof *f);
}

int
transfer_is_moving(const struct transfer *f)
{
	return f->state != FILE_OFFERED;
}

int
transfer_is_waited_for(const struct transfer *f)
{
	return transfer_is_moving(f) || f->ours;
}

int
transfer_is_offered(const struct transfer *f)
{
	return f->state == FILE_OFFERED && !f->ours;
}

void
transfers_numbers(const struct transfers *all,
    int (*is)(const struct transfer *f), const char *between, char *out,
    size_t cap)
{
	size_t len = 0;

	out[0] = '\0';
	for (size_t i = 0; i < all->count && len + 16 < cap; i++)
		if (is(&all->item[i]))
			len += (size_t)snprintf(out + len, cap - len, "%s%u",
			    len > 0 ? between : "", all->item[i].fid);
}

size_t
transfers_count(
    const struct transfers *all, int (*is)(const struct transfer *f))
{
	size_t n = 0;

	for (size_t i = 0; i < all->count; i++)
		n += is(&all->item[i]) != 0;
	return n;
}

size_t
transfers_order(
    const struct transfers *all, const struct transfer *out[TRANSFERS_MAX])
{
	size_t n = 0;

	for (int turn = 0; turn < 3; turn++)
		for (size_t i = 0; i < all->count; i++) {
			const struct transfer *f = &all->item[i];
			int its = transfer_is_moving(f) ? 0 : 1 + f->ours;

			if (its == turn)
				out[n++] = f;
		}
	return n;
}

/* ---- numbers for people ---- */

static const char *const units[] = {"B", "kB", "MB", "GB", "TB", "PB", "EB"};

/* An amount in a unit, or in tenths of it, rounded. */
static uint64_t
in_unit(uint64_t bytes, size_t unit, unsigned parts)
{
	uint64_t of = 1;

	if (unit == 0)
		return bytes * parts;
	for (size_t i = 1; i < unit; i++)
		of *= 1000;
	of *= 1000 / parts;
	return bytes / of + (bytes % of >= of / 2);
}

/* The unit in which an amount has at most three digits before its point. */
static size_t
unit_of(uint64_t bytes)
{
	size_t unit = 0;

	while (unit + 1 < ARRAY_LEN(units) && in_unit(bytes, unit, 1) >= 1000)
		unit++;
	return unit;
}

/* Whether an amount is written without a point: "340", not "3.4". */
static int
is_whole(uint64_t bytes, size_t unit)
{
	return unit == 0 || in_unit(bytes, unit, 10) >= 1000;
}

static void
scaled(char out[AMOUNT_TEXT], uint64_t bytes, size_t unit, int whole)
{
	uint64_t n = in_unit(bytes, unit, whole ? 1 : 10);

	if (whole)
		snprintf(out, AMOUNT_TEXT, "%llu", (unsigned long long)n);
	else
		snprintf(out, AMOUNT_TEXT, "%llu.%u",
		    (unsigned long long)(n / 10), (unsigned)(n % 10));
}

void
amount_text(char out[AMOUNT_TEXT], uint64_t bytes)
{
	size_t unit = unit_of(bytes), len;

	scaled(out, bytes, unit, is_whole(bytes, unit));
	len = strlen(out);
	snprintf(out + len, AMOUNT_TEXT - len, " %s", units[unit]);
}

void
exact_text(char out[AMOUNT_TEXT], uint64_t bytes)
{
	char digits[24];
	size_t len, n = 0;

	snprintf(digits, sizeof digits, "%llu", (unsigned long long)bytes);
	len = strlen(digits);
	for (size_t i = 0; i < len; i++) {
		if (i > 0 && (len - i) % 3 == 0)
			out[n++] = ',';
		out[n++] = digits[i];
	}
	snprintf(out + n, AMOUNT_TEXT - n, " byte%s", bytes == 1 ? "" : "s");
}

void
part_text(char out[PART_TEXT], uint64_t done, uint64_t size)
{
	char part[AMOUNT_TEXT], all[AMOUNT_TEXT];
	size_t unit = unit_of(size);
	int whole = is_whole(size, unit);

	scaled(part, done, unit, whole);
	scaled(all, size, unit, whole);
	snprintf(out, PART_TEXT, "%*s of %s %s", (int)strlen(all), part, all,
	    units[unit]);
}

void
time_text(char out[AMOUNT_TEXT], uint64_t seconds)
{
	unsigned minutes = (unsigned)(MIN(seconds, (uint64_t)UINT32_MAX) / 60);
	unsigned hours = minutes / 60;

	if (seconds < 60)
		snprintf(out, AMOUNT_TEXT, "%u s", (unsigned)seconds);
	else if (minutes < 60)
		snprintf(out, AMOUNT_TEXT, "%u:%02u min", minutes,
		    (unsigned)(seconds % 60));
	else if (hours < 48)
		snprintf(out, AMOUNT_TEXT, "%u:%02u h", hours, minutes % 60);
	else
		snprintf(out, AMOUNT_TEXT, "%u days", hours / 24);
}

unsigned
transfer_percent(const struct transfer *f)
{
	if (f->size == 0)
		return 0;
	if (f->size > UINT64_MAX / 100)
		return (unsigned)MIN(
		    f->done / (f->size / 100), f->done < f->size ? 99u : 100u);
	return (unsigned)(f->done * 100 / f->size);
}

/* " (" and so on: what there is of a moving file beside its name. */
static void
speed_text(char rate[AMOUNT_TEXT + 4], char left[AMOUNT_TEXT],
    const struct transfer *f)
{
	rate[0] = left[0] = '\0';
	if (f->state != FILE_MOVING)
		return;
	if (f->rate > 0) {
		amount_text(rate, f->rate);
		memcpy(rate + strlen(rate), "/s", 3);
	}
	if (f->left != FILE_LEFT_UNKNOWN)
		time_text(left, f->left);
}

void
transfer_text(char out[TRANSFER_TEXT], const struct transfer *f)
{
	char part[PART_TEXT], rate[AMOUNT_TEXT + 4], left[AMOUNT_TEXT];
	char size[AMOUNT_TEXT];

	amount_text(size, f->size);
	part_text(part, f->done, f->size);
	speed_text(rate, left, f);
	if (f->state == FILE_OFFERED)
		snprintf(out, TRANSFER_TEXT, "offered, %s", size);
	else
		snprintf(out, TRANSFER_TEXT, "%u %%, %s%s%s%s%s%s%s",
		    transfer_percent(f), part + strspn(part, " "),
		    rate[0] != '\0' ? ", " : "", rate,
		    left[0] != '\0' ? ", " : "", left,
		    left[0] != '\0' ? " left" : "",
		    f->state == FILE_PAUSED ? ", paused (no connection)" : "");
}

/* ---- the row ---- */

/* Columns of a name beside other things. */
#define NAME_LEAST 10
#define NAME_MOST 40

/* The shortest bar that says more than the number, and the longest. */
#define BAR_LEAST 8
#define BAR_MOST 40

/* Rows narrower than this have short words. */
#define ROW_SHORT 64

#define PARTS_MAX 3

/* A growing text; what does not fit is left out. */
static void
add(struct transfer_row *row, const char *s)
{
	size_t len = strlen(row->text);

	snprintf(row->text + len, sizeof row->text - len, "%s", s);
	row->cols += text_columns(s, strlen(s));
}

static void
pad(struct transfer_row *row, size_t cols)
{
	while (row->cols < cols)
		add(row, " ");
}

/* As much of a name as cols hold; a sign for the rest. */
static void
add_name(struct transfer_row *row, const char *name, size_t cols, int ascii)
{
	const char *more = ascii ? "..." : "\u2026";
	size_t len = strlen(name), more_cols = ascii ? 3 : 1, at = 0, used = 0;
	char cut[FILE_SHOWN];

	if (text_columns(name, len) <= cols) {
		add(row, name);
		return;
	}
	if (cols <= more_cols)
		return;
	while (at < len) {
		size_t n = text_cluster((const uint8_t *)name + at, len - at);
		size_t wide = text_columns(name + at, n);

		if (used + wide > cols - more_cols)
			break;
		used += wide;
		at += n;
	}
	snprintf(cut, sizeof cut, "%.*s", (int)at, name);
	add(row, cut);
	add(row, more);
}

/* Number and direction, and how it stands: what every row has. */
static void
add_lead(struct transfer_row *row, const struct transfer *f, unsigned digits,
    size_t cols, int ascii)
{
	char lead[64];
	const char *way = ascii     ? (f->ours ? "->" : "<-")
			  : f->ours ? "\u2191"
				    : "\u2193";

	snprintf(lead, sizeof lead, " %*u %s ", (int)digits, f->fid, way);
	add(row, lead);
	if (f->state == FILE_OFFERED) {
		add(row, "offered");
		return;
	}
	snprintf(lead, sizeof lead, "%3u %%", transfer_percent(f));
	add(row, lead);
	if (f->state == FILE_PAUSED)
		add(row,
		    cols < ROW_SHORT ? " paused" : " paused: no connection");
}

/* What there is to say behind the name, the most important first; widths
 * do not change from one moment to the next. */
static size_t
make_parts(char parts[PARTS_MAX][PART_TEXT], const struct transfer *f)
{
	char rate[AMOUNT_TEXT + 4], left[AMOUNT_TEXT];
	size_t size = sizeof parts[0];

	if (f->state == FILE_OFFERED) {
		amount_text(parts[0], f->size);
		if (f->ours)
			snprintf(parts[1], size, "waits for an answer");
		else
			snprintf(parts[1], size, "/accept %u or /decline %u",
			    f->fid, f->fid);
		return 2;
	}
	part_text(parts[0], f->done, f->size);
	if (f->state != FILE_MOVING)
		return 1;
	speed_text(rate, left, f);
	snprintf(parts[1], size, "%8s", rate);
	snprintf(
	    parts[2], size, "%8s%s", left, left[0] != '\0' ? " left" : "     ");
	return 3;
}

/* A number of any length has to leave something of the row. */
static void
cut_to(struct transfer_row *row, size_t cols)
{
	char whole[sizeof row->text];

	if (row->cols <= cols)
		return;
	memcpy(whole, row->text, sizeof whole);
	row->text[0] = '\0';
	row->cols = 0;
	add_name(row, whole, cols, 1);
}

static void
add_bar(struct transfer_row *row, const struct transfer *f, size_t cols)
{
	if (f->state == FILE_OFFERED || cols < row->cols + 2 + BAR_LEAST)
		return;
	row->bar = (unsigned)MIN(cols - row->cols - 2, (size_t)BAR_MOST);
	row->full = row->bar * transfer_percent(f) / 100;
	add(row, " ");
}

/* How much of what is left over the name has, if a bar wants the rest. */
static size_t
name_share(const struct transfer *f, size_t spare)
{
	size_t share = spare;

	if (f->state != FILE_OFFERED && spare - spare / 3 >= 2 + BAR_LEAST)
		share = spare / 3;
	return MIN(share, (size_t)NAME_MOST - NAME_LEAST);
}

unsigned
transfer_digits(uint32_t fid)
{
	unsigned n = 1;

	while ((fid /= 10) > 0)
		n++;
	return n;
}

void
transfer_row(struct transfer_row *row, const struct transfer *f,
    unsigned digits, size_t cols, int ascii)
{
	char parts[PARTS_MAX][PART_TEXT];
	size_t n = make_parts(parts, f), kept = 0, used, name;

	memset(row, 0, sizeof *row);
	add_lead(row, f, digits, cols, ascii);
	cut_to(row, cols);
	used = row->cols + 2 + NAME_LEAST;
	while (kept < n && used + 2 + strlen(parts[kept]) <= cols)
		used += 2 + strlen(parts[kept++]);
	name = cols > row->cols + 2 ? cols - row->cols - 2 : 0;
	if (kept > 0)
		name = NAME_LEAST + name_share(f, cols - used);
	if (name == 0)
		return;
	add(row, "  ");
	used = row->cols + name;
	add_name(row, f->name, name, ascii);
	for (size_t i = 0; i < kept; i++) {
		pad(row, used);
		add(row, "  ");
		add(row, parts[i]);
		used = row->cols;
	}
	if (kept > 0)
		add_bar(row, f, cols);
}
