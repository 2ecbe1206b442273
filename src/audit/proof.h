/*
 * What the sessions with known secrets have shown: made in canary.c, searched
 * in search.c, judged in canary_find.c.
 */
#ifndef SECCHAT_SRC_AUDIT_PROOF_H
#define SECCHAT_SRC_AUDIT_PROOF_H

#include "audit.h"
#include "scan.h"
#include "suite.h"

#define PROOF_PROBLEM 512
#define CRYPTO "secchat-crypto"
#define FRONT "secchat-tty"

enum {
	LOOKED_AT = 4 /* programs: secchat, crypto, net, tty */
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
	uint32_t in_copy; /* needles found in a copy of this process */
	int core;         /* files that a crash of crypto left; -1: unknown */
};

/* Have the sessions, once; later calls return the same. */
const struct proof *canary_prove(const struct audit *a);

/* Search one process for the needles; what is found is added to *r. */
void search_process(const struct audit *a, const struct needles *l,
    struct result *r, pid_t pid);

/* Bits of the needles that are found in a copy of this process, which has
 * them all. */
uint32_t search_copy(const struct needles *l);

#endif
