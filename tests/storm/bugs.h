/*
 * Mistakes that people make with resumable sessions, each of which the storm
 * must find.  The linker leads calls between the files of src/crypto through
 * here (--wrap in the Makefile).
 */
#ifndef SECCHAT_TESTS_BUGS_H
#define SECCHAT_TESTS_BUGS_H

#include "world.h"

enum bug {
	BUG_NONE,
	BUG_DROP_EARLY,    /* the old secret goes when the next is derived */
	BUG_NO_RESEND,     /* what was not acknowledged is not sent again */
	BUG_HOST_FORGETS,  /* the secret that a RESUME rests on, at F3 */
	BUG_ACK_AT_DECRYPT /* what was decrypted counts as shown */
};

extern enum bug bug;

/* Its name, and what it is; NULL behind the last. */
const char *bug_name(enum bug b);
const char *bug_text(enum bug b);

/* What a step does when it is that kind of bug. */
void bug_step(struct world *w);

#endif
