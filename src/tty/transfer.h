/*
 * Files that are offered or under way, and how they look in a row: numbers
 * for people, and which of them there is room for.  Pure: no clock, no
 * terminal.  Names have gone through the filter before they come here.
 */
#ifndef SECCHAT_TTY_TRANSFER_H
#define SECCHAT_TTY_TRANSFER_H

#include <stddef.h>
#include <stdint.h>

#include "secchat/limits.h"

/* A file's name as it is shown. */
#define FILE_SHOWN 512

struct transfer {
	uint32_t fid;
	uint8_t ours, state; /* FILE_OFFERED ... FILE_PAUSED */
	uint8_t stopping;    /* the person here ends it */
	uint8_t quarter;     /* of it was told in a line of its own */
	uint64_t size, done;
	uint64_t rate;    /* bytes a second, 0: not known */
	uint32_t left;    /* seconds, FILE_LEFT_UNKNOWN: not known */
	uint64_t began;   /* when it was accepted; 0: not yet */
	uint64_t told_at; /* when the last line about it was told */
	char name[FILE_SHOWN];
};

/* All that are not at their end, by number. */
#define TRANSFERS_MAX ((size_t)2 * FILES_MAX)
struct transfers {
	size_t count;
	struct transfer item[TRANSFERS_MAX];
};

/* The one with this number, or NULL. */
struct transfer *transfers_find(struct transfers *all, uint32_t fid);

/* A new one, all zero but its number; NULL: there are too many. */
struct transfer *transfers_add(struct transfers *all, uint32_t fid);

/* It is over. */
void transfers_remove(struct transfers *all, struct transfer *f);

/* It was accepted and moves, or will when there is a connection. */
int transfer_is_moving(const struct transfer *f);

/* Leaving now would cut it off: it is moving, or ours and not answered. */
int transfer_is_waited_for(const struct transfer *f);

/* Somebody offers it to us. */
int transfer_is_offered(const struct transfer *f);

/* "2, 4, 7": those that a predicate holds for, as many as there is room
 * for. */
void transfers_numbers(const struct transfers *all,
    int (*is)(const struct transfer *f), const char *between, char *out,
    size_t cap);

/* How many a predicate holds for. */
size_t transfers_count(
    const struct transfers *all, int (*is)(const struct transfer *f));

/*
 * The order in which they are shown: those that move, then those that others
 * offer, then ours, each by number.  out holds TRANSFERS_MAX.
 */
size_t transfers_order(
    const struct transfers *all, const struct transfer *out[TRANSFERS_MAX]);

/* ---- numbers for people ---- */

#define AMOUNT_TEXT 40

/* "999 B", "3.4 MB", in steps of 1000. */
void amount_text(char out[AMOUNT_TEXT], uint64_t bytes);

/* "3,565,158 bytes". */
void exact_text(char out[AMOUNT_TEXT], uint64_t bytes);

/* "2.1 of 3.4 MB", as long as it will ever be for this size. */
#define PART_TEXT (2 * AMOUNT_TEXT + 16)
void part_text(char out[PART_TEXT], uint64_t done, uint64_t size);

/* "5 s", "4:05 min", "2:10 h", "9 days". */
void time_text(char out[AMOUNT_TEXT], uint64_t seconds);

/* How much of it: 100 only when it is all. */
unsigned transfer_percent(const struct transfer *f);

/* "62 %, 2.1 of 3.4 MB, 290 kB/s, 5 s left", as far as it is known. */
#define TRANSFER_TEXT 160
void transfer_text(char out[TRANSFER_TEXT], const struct transfer *f);

/* ---- the row ---- */

/* Text, and behind it and a blank a bar of so many columns, of which the
 * first are full. */
struct transfer_row {
	char text[FILE_SHOWN + 256];
	size_t cols; /* of the text; with the blank and the bar at most those
			that were asked for */
	unsigned bar, full;
};

/* A row of at most cols columns (at least 1); the number has so many digits,
 * or more when it needs them. */
void transfer_row(struct transfer_row *row, const struct transfer *f,
    unsigned digits, size_t cols, int ascii);

/* How many digits a number has. */
unsigned transfer_digits(uint32_t fid);

#endif
