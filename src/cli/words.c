/*
 * Command lines of a few words, for the subcommands that are no chat.
 */
#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "cli.h"
#include "secchat/err.h"
#include "secchat/util.h"

#define VERBS_MAX 8

/* What every command takes and means nothing here. */
static const char *const ignored[] = {
    "--plain", "--ascii", "--no-color", "-q", "--quiet", "-v", "--verbose"};

static int
refuse(const struct command *cmd, const char *what)
{
	char next[64];

	snprintf(next, sizeof next, "Try: secchat help %s", cmd->name);
	say_error(what, NULL, next);
	return -ERR_USAGE;
}

static int
is_ignored(const char *arg)
{
	for (size_t i = 0; i < ARRAY_LEN(ignored); i++)
		if (strcmp(arg, ignored[i]) == 0)
			return 1;
	return 0;
}

static int
take_option(struct words *w, const struct command *cmd, const char *arg)
{
	static const char *const options[] = {"json", "no-input", "help"};
	char what[SENTENCE_MAX];
	const char *best;

	w->quiet |= strcmp(arg, "-q") == 0 || strcmp(arg, "--quiet") == 0;
	if (is_ignored(arg))
		return 0;
	if (strcmp(arg, "--no-input") == 0) {
		w->no_input = 1;
		return 0;
	}
	if (strcmp(arg, "-h") == 0 || strcmp(arg, "--help") == 0)
		return CLI_HELP;
	if (strcmp(arg, "--json") == 0) {
		w->json = 1;
		return 0;
	}
	best = suggest_word(arg + 2 * (strncmp(arg, "--", 2) == 0), options,
	    ARRAY_LEN(options));
	if (best != NULL)
		snprintf(what, sizeof what,
		    "unknown option \"%.80s\". Did you mean \"--%s\"?", arg,
		    best);
	else
		snprintf(what, sizeof what, "unknown option \"%.80s\"", arg);
	return refuse(cmd, what);
}

int
words_parse(struct words *w, const struct command *cmd, int argc, char **argv)
{
	char what[SENTENCE_MAX];
	int options = 1, err = 0;

	memset(w, 0, sizeof *w);
	for (int i = 0; i < argc && err == 0; i++) {
		if (options && strcmp(argv[i], "--") == 0) {
			options = 0;
		} else if (options && argv[i][0] == '-' && argv[i][1] != 0) {
			err = take_option(w, cmd, argv[i]);
		} else if (w->n == WORDS_MAX) {
			snprintf(what, sizeof what,
			    "one argument too many: \"%.80s\"", argv[i]);
			err = refuse(cmd, what);
		} else {
			w->word[w->n++] = argv[i];
		}
	}
	return err;
}

int
words_unknown(const struct command *cmd, const char *word,
    const char *const *names, size_t n)
{
	const char *best = suggest_word(word, names, n);
	char what[SENTENCE_MAX];

	if (best != NULL)
		snprintf(what, sizeof what,
		    "unknown word \"%.80s\". Did you mean \"secchat %s %s\"?",
		    word, cmd->name, best);
	else
		snprintf(what, sizeof what, "unknown word \"%.80s\"", word);
	(void)refuse(cmd, what);
	return EXIT_USAGE;
}

int
people_refuse(const struct people_wrong *w)
{
	say_error(w->what, NULL, w->next);
	return EXIT_CONFIG;
}

static int
no_json(const struct command *cmd, const char *word)
{
	char what[SENTENCE_MAX];

	snprintf(what, sizeof what, "--json means nothing to \"%s %s\"",
	    cmd->name, word);
	(void)refuse(cmd, what);
	return EXIT_USAGE;
}

int
words_run(const struct command *cmd, int argc, char **argv,
    const struct verb *verbs, size_t n)
{
	const char *names[VERBS_MAX];
	struct words w;
	int err = words_parse(&w, cmd, argc, argv);

	assert(n <= VERBS_MAX);
	if (err != 0)
		return err == CLI_HELP ? help_command(cmd) : EXIT_USAGE;
	if (w.n == 0)
		w.word[w.n++] = verbs[0].word;
	for (size_t i = 0; i < n; i++) {
		names[i] = verbs[i].word;
		if (strcmp(w.word[0], verbs[i].word) != 0)
			continue;
		if (w.n > verbs[i].words)
			return words_unknown(cmd, w.word[1], NULL, 0);
		if (w.json && !verbs[i].json)
			return no_json(cmd, verbs[i].word);
		return verbs[i].run(&w);
	}
	return words_unknown(cmd, w.word[0], names, n);
}
