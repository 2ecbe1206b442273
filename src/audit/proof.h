/*
 * What the sessions with known secrets have shown: made in canary.c, searched
 * in search.c, judged in canary_find.c.
 */
#ifndef SECCHAT_SRC_AUDIT_PROOF_H
#define SECCHAT_SRC_AUDIT_PROOF_H

#include "audit.h"
#include "links.h"
#include "scan.h"
#include "secchat/limits.h"
#include "suite.h"

#define PROOF_PROBLEM 512
#define CRYPTO "secchat-crypto"
#define CRYPTO_LEGACY "secchat-crypto-legacy"
#define FRONT "secchat-tty"
#define FILES "secchat-file"

enum {
	LOOKED_AT = 6 /* programs: secchat, both cryptos, net, tty, file */
};

/* What was found in one program's processes, of all sessions. */
struct result {
	const struct program *program;
	struct scan memory, words, files;
	uint8_t control;    /* the path of its program was found */
	uint8_t unreadable; /* its memory, as a whole */
	uint8_t words_unread, files_unread;
	char secret[160]; /* what became of reading secret memory */
};

struct proof {
	enum verdict verdict; /* of canary.start */
	char problem[PROOF_PROBLEM];
	struct needles l;
	struct result r[LOOKED_AT];
	struct scan link[WATCHED]; /* of secchat-file, while a file moved */
	size_t records;            /* on both */
	int unseen;                /* errno: they could not be watched */
	uint32_t in_copy;          /* needles found in a copy of this process */
	int core, core_legacy;     /* files that a crash of either crypto left;
				      -1: unknown */
};

/* Have the sessions, once; later calls return the same. */
const struct proof *canary_prove(const struct audit *a);

/* Search one process for the needles; what is found is added to *r. */
void search_process(const struct audit *a, const struct needles *l,
    struct result *r, pid_t pid);

/* Add what one of several scans has found. */
void scan_merge(struct scan *all, const struct scan *one);

/* Bits of the needles that are found in a copy of this process, which has
 * them all. */
uint32_t search_copy(const struct needles *l);

/* ---- older.c ---- */

/* The session in an older format: a host that waits, and who is to join it. */
struct older {
	struct suite *host, *joiner;
	const char *dir, *key; /* the joiner's folder, the key file */
	unsigned port;
	const char *text; /* what is said; nothing that JSON would escape */
};

/* The keys of a key file of that format. */
void older_needles(struct needles *l, const char key[KEYFILE_TEXT + 1]);

/* Have the text said: 0 when the host's screen has it and its crypto worker
 * waits for something else, or negative.  The joiner is the caller's to end.
 */
int older_talk(const struct audit *a, const struct older *o);

#endif
