/*
 * What may be a person's name, whoever chose it: the peer who claims it, or
 * the user with --name, /name, {"do":"name"} or secchat id rename.  Nothing
 * else in the suite decides that.
 *
 * A name is letters, their marks, and decimal digits of any script, and
 * between them single blanks, hyphens, dots, apostrophes and underscores (a
 * dot also at the end or before a blank, as in "J. R. Smith Jr.").  So it has
 * no sign that the program's own rows are drawn or divided with, and cannot
 * run over a column.  Letters that are others in another shape (wide,
 * mathematical, raised) are not in it, nor is a word that the program's own
 * rows use to say who somebody is or how they are known, however it is
 * written: "Verified", "verif1ed", and with letters of other scripts that look
 * like these.
 */
#ifndef SECCHAT_NAME_H
#define SECCHAT_NAME_H

#include "limits.h"

/* The rule for a person, as a sentence: what to do next. */
#define NAME_RULE                                                          \
	"A name has up to 64 bytes: letters and digits, and between them " \
	"single blanks, hyphens, dots, apostrophes or underscores."

/*
 * What keeps it from being a name, a clause of ours behind "cannot be a
 * name: "; NULL when it can be one.
 */
const char *name_wrong(const char *name);

/* Whether it can be a name. */
int name_ok(const char *name);

/*
 * Whether it could be one until the rule above: 1 to NAME_MAX_LOCAL bytes of
 * UTF-8 that are shown as they are, without / \ ' " and blanks at either end,
 * not "." or "..", not beginning with a hyphen.  Lists of people that were
 * written then have such names.
 */
int name_was_ok(const char *name);

/*
 * Whether a person takes one name for the other: without regard to case,
 * marks, which sign parts two words, and which of several letters that look
 * alike it is.
 */
int name_same(const char *a, const char *b);

/* A name that can be one as a word of a shell's command line: quoted where it
 * must be. */
#define NAME_QUOTED (NAME_MAX_LOCAL + 3)
void name_quote(char out[NAME_QUOTED], const char *name);

/*
 * A name within a row of ours: as it is when it is a single word, else in
 * double quotes, so that it cannot be read together with our words.  In one
 * that can be no name every other character is "?".
 */
#define NAME_IN_ROW (NAME_MAX_LOCAL + 3)
void name_in_row(char out[NAME_IN_ROW], const char *name);

#endif
