/*
 * Who is remembered, and this computer's own name: the folder
 * $XDG_DATA_HOME/secchat, shared by the supervisor and the subcommands.
 * Nothing here is secret; the one secret of that folder, the file
 * "identity", is opened by whoever may read it and not by this code.
 *
 * The file "peers" is text.  Its first line is "secchat peers 1", every
 * other one a person:
 *
 *	KEY STATE DATE ADDRESS NAME
 *
 * KEY is the public key in 64 lower-case hex digits, STATE "verified" or
 * "unverified", DATE when they were first met (UTC), ADDRESS what was last
 * called to reach them, or "-".  NAME is the rest of the line.  Anything
 * else is an error with the number of its line; nothing is guessed.
 *
 * A NAME that can no longer be one (name.h) stays in the file until another
 * is chosen; the person is called by one made of the key meanwhile.
 */
#ifndef SECCHAT_PEOPLE_H
#define SECCHAT_PEOPLE_H

#include <stddef.h>
#include <stdint.h>

#include "limits.h"
#include "name.h"

struct person {
	uint8_t pk[32];
	uint8_t verified;
	char since[11];                /* "2026-11-22" */
	char addr[PEER_ADDR_MAX + 1];  /* "-": we have never called them */
	char name[NAME_MAX_LOCAL + 1]; /* can be one: name_ok */
	char was[NAME_MAX_LOCAL + 1];  /* in the file instead of it, or "" */
};

struct people {
	struct person p[PEERS_MAX];
	size_t n;
};

/* What is wrong, in words. */
struct people_wrong {
	char what[SENTENCE_MAX];
	char next[SENTENCE_MAX];
};

/* ---- the list (people.c) ---- */

/*
 * The whole of a peer file.  0, or -ERR_FORMAT with the number of the bad
 * line and what is wrong with it (borrowed, static).
 */
int people_parse(struct people *l, const char *text, size_t len, unsigned *line,
    const char **why);

/* Big enough for every list. */
#define PEER_LINE_MAX \
	(64 + 1 + 10 + 1 + 10 + 1 + PEER_ADDR_MAX + 1 + NAME_MAX_LOCAL + 1)
#define PEER_FILE_MAX (16 + PEERS_MAX * PEER_LINE_MAX)

/* The file's text, without a NUL; out holds PEER_FILE_MAX bytes.  Returns
 * its length. */
size_t people_format(char *out, const struct people *l);

/* Index of a person, or -1.  An address of "-" is nobody's. */
int people_find_name(const struct people *l, const char *name);
int people_find_key(const struct people *l, const uint8_t pk[32]);
int people_find_addr(const struct people *l, const char *addr);

/* Index of somebody whose name is taken for this one (name_same), or -1.  The
 * one at index `but` does not count; -1 where everybody does. */
int people_find_like(const struct people *l, const char *name, int but);

/* Call somebody by a name that can be one and is free. */
void people_call(struct people *l, size_t i, const char *name);

/*
 * A new person, met on the given day of UTC (milliseconds since 1970), with
 * `wanted` as name if that is a name and nobody has one like it, else
 * `claimed`, else one made of the key.  The index, or -ERR_TOO_LONG: PEERS_MAX
 * are there already.
 */
int people_add(struct people *l, const uint8_t pk[32], const char *wanted,
    const char *claimed, uint64_t utc_ms);

/*
 * They were reached at addr; others who were, are there no more.  1 when that
 * is new.  What cannot stand in the file is not remembered.
 */
int people_reached(struct people *l, size_t i, const char *addr);

/* Take one out. */
void people_remove(struct people *l, size_t i);

/* ---- the folder (store.c) ---- */

#define STORE_PATH 4096

struct store {
	int dir; /* -1: not there */
	char path[STORE_PATH];
};

/*
 * Find the folder and, with make, make it.  0 (without make also when it is
 * not there), or -ERR_CONFIG with *w: there is no place for it, it cannot be
 * opened, or others may write to it.
 */
int store_open(struct store *st, int make, struct people_wrong *w);
void store_close(struct store *st);

/* A file's path, to show and to open.  0 or -ERR_TOO_LONG. */
int store_file(char path[STORE_PATH], const struct store *st, const char *name);

/*
 * Keep others of us from writing, waiting two seconds for them to finish.  The
 * kernel takes the lock back from a program that was killed.  0, or
 * -ERR_CONFIG with *w.
 */
int store_lock(const struct store *st, struct people_wrong *w);
void store_unlock(const struct store *st);

/* The remembered people; nobody when there is no file.  0, or -ERR_CONFIG
 * with *w. */
int people_load(
    const struct store *st, struct people *l, struct people_wrong *w);

/*
 * Change the list as it stands on disk: lock, load into *l, change, write,
 * unlock.  The change returns 1 when there is something to write, 0 when not,
 * or a negative error, which is returned.  0, or -ERR_CONFIG with *w.
 */
typedef int people_change(struct people *l, void *ctx);
int people_update(const struct store *st, struct people *l,
    people_change *change, void *ctx, struct people_wrong *w);

/* This computer's own name, "" when it has none.  0, or -ERR_CONFIG with
 * *w.  name is "" after an error. */
int own_name_load(const struct store *st, char name[NAME_MAX_LOCAL + 1],
    struct people_wrong *w);
int own_name_save(
    const struct store *st, const char *name, struct people_wrong *w);

#endif
