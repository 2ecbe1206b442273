/*
 * secchat peers: who is remembered.  Fingerprints and safety numbers are
 * computed by secchat-identity, which is asked about all of them at once.
 */
#include <stdio.h>
#include <string.h>

#include "cli.h"
#include "secchat/err.h"
#include "secchat/keyfd.h"
#include "secchat/util.h"

#define ANSWER_LINE (PRINT_LEN + 1 + SAFETY_DIGITS + 1)

/* Too large for the stack. */
static struct people people;
static char question[PEERS_MAX * 65 + 1];
static char answer[PEERS_MAX * ANSWER_LINE + 1];

static int
load(struct store *st)
{
	struct people_wrong wrong;

	if (store_open(st, 0, &wrong) < 0 ||
	    people_load(st, &people, &wrong) < 0)
		return people_refuse(&wrong);
	return EXIT_OK;
}

/* What secchat-identity prints about these people, a line each, into answer;
 * with the identity's path also safety numbers. */
static int
ask(const struct person *p, size_t n, char *identity)
{
	char tool[] = "secchat-identity", verb[] = "pk-print";
	char *argv[] = {tool, verb, identity, NULL};

	for (size_t i = 0; i < n; i++) {
		hex_put(question + 65 * i, p[i].pk, sizeof p[i].pk);
		question[65 * i + 64] = '\n';
	}
	question[65 * n] = '\0';
	return super_identity_ask(argv, question, answer, sizeof answer);
}

static const char *
state(const struct person *p)
{
	return p->verified ? "verified" : "unverified";
}

/* line: fingerprint and, where there is one, safety number. */
static int
put_json(const struct person *p, const char *line, int safety)
{
	char print[PRINT_LEN + 1], digits[SAFETY_DIGITS + 1];
	const struct json_member m[] = {
	    {.name = "name", .text = p->name},
	    {.name = "verified", .yes = p->verified},
	    {.name = "met", .text = p->since},
	    {.name = "addr", .text = p->addr},
	    {.name = "fingerprint", .text = print},
	    {.name = "safety", .text = digits},
	};
	const struct json_member was = {.name = "was", .text = p->was};
	struct json_member all[ARRAY_LEN(m) + 1];
	size_t n = ARRAY_LEN(m) - !safety;

	snprintf(print, sizeof print, "%.*s", PRINT_LEN, line);
	if (safety)
		snprintf(digits, sizeof digits, "%.*s", (int)SAFETY_DIGITS,
		    line + PRINT_LEN + 1);
	memcpy(all, m, n * sizeof m[0]);
	if (p->was[0] != '\0')
		all[n++] = was;
	return json_line(all, n);
}

/* The name comes last: nothing of ours stands behind what somebody claimed. */
static int
put_row(const struct person *p, const char *line, size_t widest)
{
	char name[NAME_IN_ROW], was[NAME_IN_ROW] = "";

	name_in_row(name, p->name);
	if (p->was[0] != '\0')
		name_in_row(was, p->was);
	return say_line("%-10s  %s  %.*s  %-*s  %s%s%s", state(p), p->since,
	    PRINT_LEN, line, (int)widest, p->addr, name,
	    was[0] != '\0' ? ", once " : "", was);
}

/* One a line, for completions. */
static int
list_names(void)
{
	int err = 0;

	for (size_t i = 0; i < people.n && err == 0; i++)
		err = say_line("%s", people.p[i].name);
	return err == 0 ? EXIT_OK : EXIT_INTERNAL;
}

static int
list(const struct words *w)
{
	const char *line = answer;
	size_t widest = 0;
	struct store st;
	int code = load(&st);

	if (code != EXIT_OK)
		return code;
	if (w->quiet && !w->json)
		return list_names();
	if (people.n == 0) {
		say_error("nobody is remembered yet", NULL,
		    "Meet somebody: secchat host --pair, secchat join --pair");
		return EXIT_OK;
	}
	code = ask(people.p, people.n, NULL);
	for (size_t i = 0; i < people.n; i++)
		widest = MAX(widest, strlen(people.p[i].addr));
	for (size_t i = 0; i < people.n && code == EXIT_OK; i++) {
		const struct person *p = &people.p[i];

		if ((w->json ? put_json(p, line, 0)
			     : put_row(p, line, widest)) < 0)
			code = EXIT_INTERNAL;
		line += strcspn(line, "\n");
		line += *line == '\n';
	}
	return code;
}

/* The one that a word names, or -1 after having said that there is none. */
static int
find(const char *name)
{
	const char *names[PEERS_MAX], *best;
	char what[SENTENCE_MAX];
	int i = people_find_name(&people, name);

	if (i >= 0)
		return i;
	for (size_t n = 0; n < people.n; n++)
		names[n] = people.p[n].name;
	best = suggest_word(name, names, people.n);
	snprintf(what, sizeof what,
	    "nobody called \"%.80s\" is remembered%s%s%s", name,
	    best != NULL ? ". Did you mean \"" : "", best != NULL ? best : "",
	    best != NULL ? "\"?" : "");
	say_error(what, NULL, "Try: secchat peers");
	return -1;
}

static int
name_missing(const struct words *w)
{
	char next[64];

	if (w->word[1] != NULL)
		return 0;
	snprintf(next, sizeof next, "Try: secchat peers %s NAME", w->word[0]);
	say_error("who is missing", NULL, next);
	return 1;
}

static int
has_identity(const struct store *st, char path[STORE_PATH])
{
	int fd = store_file(path, st, "identity") < 0 ? -1 : keyfd_open(path);

	fd_close(fd);
	return fd >= 0;
}

static int
show_safety(const char *digits)
{
	char spaced[SAFETY_DIGITS * 6 / 5 + 1];
	size_t at = 0;

	for (size_t i = 0; i < SAFETY_DIGITS; i += 5)
		at += (size_t)snprintf(spaced + at, sizeof spaced - at,
		    "%s%.5s", i == 0 ? "" : " ", digits + i);
	return say_line("safety number  %s", spaced);
}

static int
show(const struct words *w)
{
	char path[STORE_PATH];
	const struct person *p;
	char name[NAME_IN_ROW];
	struct store st;
	int i, mine, code;

	if (name_missing(w))
		return EXIT_USAGE;
	code = load(&st);
	if (code != EXIT_OK)
		return code;
	i = find(w->word[1]);
	if (i < 0)
		return EXIT_CONFIG;
	p = &people.p[i];
	mine = has_identity(&st, path);
	code = ask(p, 1, mine ? path : NULL);
	if (code != EXIT_OK)
		return code;
	if (w->json)
		return put_json(p, answer, mine) < 0 ? EXIT_INTERNAL : EXIT_OK;
	if (p->was[0] != '\0') {
		name_in_row(name, p->was);
		if (say_line("once called    %s", name) < 0)
			return EXIT_INTERNAL;
	}
	name_in_row(name, p->name);
	if (say_line("name           %s", name) < 0 ||
	    say_line("state          %s", state(p)) < 0 ||
	    say_line("first met      %s", p->since) < 0 ||
	    say_line("last called    %s", p->addr) < 0 ||
	    say_line("fingerprint    %.*s", PRINT_LEN, answer) < 0 ||
	    (mine && show_safety(answer + PRINT_LEN + 1) < 0))
		return EXIT_INTERNAL;
	return EXIT_OK;
}

static int
take_out(struct people *l, void *ctx)
{
	int i = people_find_name(l, ctx);

	if (i < 0)
		return 0;
	people_remove(l, (size_t)i);
	return 1;
}

static int
forget(const struct words *w)
{
	char name[NAME_MAX_LOCAL + 1], shown[NAME_IN_ROW];
	struct people_wrong wrong;
	struct store st;
	int i, code;

	if (name_missing(w))
		return EXIT_USAGE;
	code = load(&st);
	if (code != EXIT_OK)
		return code;
	i = find(w->word[1]);
	if (i < 0)
		return EXIT_CONFIG;
	snprintf(name, sizeof name, "%s", people.p[i].name);
	code = ask(&people.p[i], 1, NULL);
	if (code != EXIT_OK)
		return code;
	if (people_update(&st, &people, take_out, name, &wrong) < 0)
		return people_refuse(&wrong);
	name_in_row(shown, name);
	return say_line("forgot %.*s, who was %s", PRINT_LEN, answer, shown) < 0
		   ? EXIT_INTERNAL
		   : EXIT_OK;
}

/* clang-format off */
static const struct verb verbs[] = {
	{ "list",   1, 1, list },
	{ "show",   2, 1, show },
	{ "forget", 2, 0, forget },
};
/* clang-format on */

int
run_peers(const struct command *c, int argc, char **argv)
{
	return words_run(c, argc, argv, verbs, ARRAY_LEN(verbs));
}
