/*
 * What to think of what the search has found: keys belong into key memory, a
 * text to who shows it, and nothing anywhere else.
 */
#include <string.h>

#include "proof.h"
#include "secchat/util.h"

static uint32_t
bits_of(const struct proof *p, enum needle_kind kind)
{
	uint32_t bits = 0;

	for (size_t i = 0; i < p->l.len; i++)
		if (p->l.n[i].kind == kind)
			bits |= 1u << i;
	return bits;
}

static size_t
count(uint32_t bits)
{
	return (size_t)__builtin_popcount(bits);
}

static void
names_of(const struct proof *p, uint32_t bits, char *out, size_t cap)
{
	out[0] = '\0';
	for (size_t i = 0; i < p->l.len; i++)
		if (bits & 1u << i)
			snprintf(out + strlen(out), cap - strlen(out), "%s%s",
			    out[0] != '\0' ? ", " : "", p->l.n[i].name);
}

/* 1 when there is nothing to judge, and it has been said. */
static int
nothing_to_judge(struct audit *a, const struct check *c, const struct proof *p)
{
	if (p->problem[0] == '\0')
		return 0;
	found(a, c, "", p->verdict, "%s", p->problem);
	return 1;
}

void
check_canary_start(struct audit *a, const struct check *c)
{
	const struct proof *p = canary_prove(a);

	if (!nothing_to_judge(a, c, p))
		found(a, c, "", V_OK,
		    "three sessions: with a key file, with a passphrase, and "
		    "in an older program's format; %zu secrets, %zu texts and "
		    "%zu files, one sent and one received, are known",
		    count(bits_of(p, A_KEY)), count(bits_of(p, A_TEXT)),
		    count(bits_of(p, A_FILE)));
}

void
check_canary_control(struct audit *a, const struct check *c)
{
	const struct proof *p = canary_prove(a);
	uint32_t all =
	    bits_of(p, A_KEY) | bits_of(p, A_TEXT) | bits_of(p, A_FILE);
	char missed[200];

	if (nothing_to_judge(a, c, p))
		return;
	names_of(p, all & ~p->in_copy, missed, sizeof missed);
	if (missed[0] != '\0')
		found(a, c, "", V_FAIL,
		    "in a process that has them, not "
		    "found: %s",
		    missed);
	else
		found(a, c, "", V_OK,
		    "all of them are found in a process that has them");
	for (size_t i = 0; i < LOOKED_AT; i++)
		if (p->r[i].unreadable)
			found(a, c, p->r[i].program->name, V_NA,
			    "its memory cannot be read: the program is "
			    "installed unreadable; run this as root");
		else
			found(a, c, p->r[i].program->name,
			    p->r[i].control ? V_OK : V_FAIL,
			    "the path of its own program is %s",
			    p->r[i].control ? "found in it"
					    : "NOT found in it");
}

/* Where else than in key memory keys are. */
void
check_canary_keys(struct audit *a, const struct check *c)
{
	const struct proof *p = canary_prove(a);
	uint32_t keys = bits_of(p, A_KEY);

	if (nothing_to_judge(a, c, p))
		return;
	for (size_t i = 0; i < LOOKED_AT; i++) {
		const struct result *r = &p->r[i];
		const char *name = r->program->name;
		int is_crypto = strcmp(name, CRYPTO) == 0 ||
				strcmp(name, CRYPTO_LEGACY) == 0;
		uint32_t bad = r->memory.hits & keys;
		char names[200];

		if (!is_crypto)
			bad |= r->memory.in_key_memory & keys;
		names_of(p, bad, names, sizeof names);
		if (r->unreadable)
			found(a, c, name, V_NA, "its memory cannot be read");
		else if (bad != 0)
			found(a, c, name, V_FAIL, "%s, first in %s", names,
			    r->memory.where[A_KEY]);
		else if (r->memory.unreadable > 0)
			found(a, c, name, V_FAIL,
			    "a part of its memory cannot be read");
		else if (r->memory.in_key_memory & keys)
			found(a, c, name, V_WARN,
			    "in its locked key memory, where they belong, but "
			    "root can read that");
		else
			found(a, c, name, V_OK,
			    "none of %zu in any byte that can be read%s%s",
			    count(keys),
			    r->secret[0] != '\0' ? "; its key memory: " : "",
			    r->secret);
	}
}

/* What one program has in its memory and every other must not have. */
static void
judge_owned(struct audit *a, const struct check *c, enum needle_kind kind,
    const char *owner, const char *its, const char *after)
{
	const struct proof *p = canary_prove(a);
	uint32_t wanted = bits_of(p, kind);

	if (nothing_to_judge(a, c, p))
		return;
	for (size_t i = 0; i < LOOKED_AT; i++) {
		const struct result *r = &p->r[i];
		const char *name = r->program->name;
		uint32_t hits =
		    (r->memory.hits | r->memory.in_key_memory) & wanted;

		if (r->unreadable)
			found(a, c, name, V_NA, "its memory cannot be read");
		else if (hits == 0)
			found(a, c, name, V_OK, "not there");
		else if (strcmp(name, owner) == 0)
			found(a, c, name, V_OK, "there: %s", its);
		else
			found(a, c, name, V_FAIL, "there, in %s, after %s",
			    r->memory.where[kind], after);
	}
}

void
check_canary_text(struct audit *a, const struct check *c)
{
	judge_owned(
	    a, c, A_TEXT, FRONT, "it shows it", "it was shown and confirmed");
}

/* Crypto has each byte for a moment, and none when all is confirmed. */
void
check_canary_file(struct audit *a, const struct check *c)
{
	judge_owned(
	    a, c, A_FILE, FILES, "it reads and writes it", "it had arrived");
}

/* What should not have been on a link, or NULL when nothing was. */
static const char *
out_of_place(const struct proof *p, uint32_t *bits)
{
	uint32_t no_file = bits_of(p, A_KEY) | bits_of(p, A_TEXT);
	uint32_t none = no_file | bits_of(p, A_FILE);

	*bits = p->link[WATCH_SUPER].hits & none;
	if (*bits != 0)
		return "its link with the supervisor";
	*bits = p->link[WATCH_CRYPTO].hits & no_file;
	return *bits != 0 ? "its link with crypto" : NULL;
}

void
check_canary_links(struct audit *a, const struct check *c)
{
	const struct proof *p = canary_prove(a);
	uint32_t files = bits_of(p, A_FILE), bits;
	const char *where;
	char names[200];

	if (nothing_to_judge(a, c, p))
		return;
	where = out_of_place(p, &bits);
	names_of(p, bits, names, sizeof names);
	if (where != NULL)
		found(a, c, FILES, V_FAIL, "%s, on %s", names, where);
	else if (p->unseen != 0)
		found(a, c, FILES, V_NA, "its calls cannot be watched: %s",
		    strerror(p->unseen));
	else if ((p->link[WATCH_CRYPTO].hits & files) != files)
		found(a, c, FILES, V_FAIL,
		    "the files' own bytes were not seen on its links");
	else
		found(a, c, FILES, V_OK,
		    "%zu records, %zu bytes: no key and no text; the bytes of "
		    "both files with crypto, none with the supervisor",
		    p->records,
		    p->link[WATCH_SUPER].bytes + p->link[WATCH_CRYPTO].bytes);
}

static void
judge_scan(struct audit *a, const struct check *c, const struct proof *p,
    const struct result *r, const struct scan *s, int unread, const char *none)
{
	uint32_t bad = s->hits;
	enum needle_kind kind;
	char names[200];

	/* It may have a file open that has arrived a moment ago. */
	if (strcmp(r->program->name, FILES) == 0)
		bad &= ~bits_of(p, A_FILE);
	for (kind = A_KEY; kind < A_FILE && s->where[kind][0] == '\0';)
		kind++;
	names_of(p, bad, names, sizeof names);
	if (unread)
		found(a, c, r->program->name, V_NA, "they cannot be read");
	else if (bad != 0)
		found(a, c, r->program->name, V_FAIL, "%s, in %s", names,
		    s->where[kind]);
	else
		found(a, c, r->program->name, V_OK, "%s", none);
}

void
check_canary_words(struct audit *a, const struct check *c)
{
	const struct proof *p = canary_prove(a);

	if (nothing_to_judge(a, c, p))
		return;
	for (size_t i = 0; i < LOOKED_AT; i++)
		judge_scan(a, c, p, &p->r[i], &p->r[i].words,
		    p->r[i].words_unread,
		    "neither in its arguments nor in its environment");
}

void
check_canary_files(struct audit *a, const struct check *c)
{
	const struct proof *p = canary_prove(a);

	if (nothing_to_judge(a, c, p))
		return;
	for (size_t i = 0; i < LOOKED_AT; i++)
		judge_scan(a, c, p, &p->r[i], &p->r[i].files,
		    p->r[i].files_unread, "in no file that it has open");
}

static void
judge_core(struct audit *a, const struct check *c, const char *name, int cores)
{
	if (cores < 0)
		found(a, c, name, V_FAIL, "it could not be made to crash");
	else if (cores > 0)
		found(a, c, name, V_FAIL, "a crash left a dump in its folder");
	else
		found(a, c, name, V_OK,
		    "it was made to crash (SIGABRT) and left no dump in its "
		    "folder");
}

void
check_canary_core(struct audit *a, const struct check *c)
{
	const struct proof *p = canary_prove(a);

	if (nothing_to_judge(a, c, p))
		return;
	judge_core(a, c, CRYPTO, p->core);
	judge_core(a, c, CRYPTO_LEGACY, p->core_legacy);
}
