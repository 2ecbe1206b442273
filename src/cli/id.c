/*
 * secchat id: this computer's identity.  The secret half is read and made by
 * secchat-identity; here are words and file names.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cli.h"
#include "secchat/err.h"
#include "secchat/util.h"

#define WRITTEN(expr) ((expr) == 0 ? EXIT_OK : EXIT_INTERNAL)

static int
has_identity(const struct store *st)
{
	return st->dir >= 0 &&
	       faccessat(st->dir, "identity", F_OK, AT_SYMLINK_NOFOLLOW) == 0;
}

static int
show_json(const char *print, const char *path, const char *name)
{
	const struct json_member m[] = {
	    {.name = "fingerprint", .text = print},
	    {.name = "file", .text = path},
	    {.name = "name", .text = name},
	};

	return WRITTEN(json_line(m, ARRAY_LEN(m)));
}

static int
show(const struct words *w)
{
	char tool[] = "secchat-identity", verb[] = "id-show", path[STORE_PATH];
	char *argv[] = {tool, verb, path, NULL};
	char print[PRINT_LEN + 2], name[NAME_MAX_LOCAL + 1];
	struct people_wrong wrong;
	struct store st;
	int code;

	if (store_open(&st, 0, &wrong) < 0 ||
	    own_name_load(&st, name, &wrong) < 0)
		return people_refuse(&wrong);
	if (!has_identity(&st) || store_file(path, &st, "identity") < 0) {
		say_error(err_text(ERR_IDENTITY_MISSING), NULL,
		    err_next(ERR_IDENTITY_MISSING));
		return EXIT_CONFIG;
	}
	code = super_identity_ask(argv, NULL, print, sizeof print);
	if (code != EXIT_OK)
		return code;
	print[strcspn(print, "\n")] = '\0';
	if (w->json)
		return show_json(print, path, name);
	if (say_line("%s", print) < 0 || say_line("file  %s", path) < 0)
		return EXIT_INTERNAL;
	return WRITTEN(say_line("name  %s", name[0] != '\0' ? name : "(none)"));
}

/* ---- new ---- */

/* Whether somebody types yes. */
static int
is_sure(void)
{
	static const char question[] =
	    "This computer has an identity. With another one, everybody who "
	    "remembers it\nwill refuse this computer until they forget it and "
	    "meet it again.\nType yes to go on: ";
	char answer[16];
	ssize_t n;

	signal(SIGINT, SIG_DFL);
	(void)fd_write_all(STDERR_FILENO, question, sizeof question - 1);
	n = read(STDIN_FILENO, answer, sizeof answer - 1);
	answer[n > 0 ? n : 0] = '\0';
	return strcmp(answer, "yes\n") == 0;
}

static int
make_new(const struct words *w)
{
	char print[PRINT_LEN + 2], kept[32];
	struct people_wrong wrong;
	struct store st;

	if (store_open(&st, 1, &wrong) < 0)
		return people_refuse(&wrong);
	if (has_identity(&st) && (w->no_input || !isatty(STDIN_FILENO))) {
		say_error("this computer has an identity",
		    "Another one is made only for somebody who says so at a "
		    "terminal.",
		    "Move the file away yourself; secchat id tells where.");
		return EXIT_CONFIG;
	}
	if (has_identity(&st) && !is_sure()) {
		say_error("nothing was changed", NULL, NULL);
		return EXIT_CONFIG;
	}
	if (super_identity_make(&st, 1, print, sizeof print, kept, &wrong) < 0)
		return people_refuse(&wrong);
	if (kept[0] != '\0' &&
	    say_line("the old one is %s/%s", st.path, kept) < 0)
		return EXIT_INTERNAL;
	return WRITTEN(say_line("%s", print));
}

/* ---- rename ---- */

static int
rename_it(const struct words *w)
{
	struct people_wrong wrong;
	const char *name = w->word[1];
	char what[SENTENCE_MAX], shown[NAME_IN_ROW];
	struct store st;

	if (name == NULL || (name[0] != '\0' && !name_ok(name))) {
		snprintf(what, sizeof what, "that cannot be a name: %s",
		    name != NULL ? name_wrong(name) : "");
		say_error(name == NULL ? "the name is missing" : what,
		    NAME_RULE, "Try: secchat id rename alice");
		return EXIT_USAGE;
	}
	if (store_open(&st, 1, &wrong) < 0 ||
	    own_name_save(&st, name, &wrong) < 0)
		return people_refuse(&wrong);
	if (name[0] == '\0')
		return WRITTEN(say_line("others are told no name"));
	name_in_row(shown, name);
	return WRITTEN(say_line("others are told the name %s", shown));
}

/* clang-format off */
static const struct verb verbs[] = {
	{ "show",   1, 1, show },
	{ "new",    1, 0, make_new },
	{ "rename", 2, 0, rename_it },
};
/* clang-format on */

int
run_id(const struct command *c, int argc, char **argv)
{
	return words_run(c, argc, argv, verbs, ARRAY_LEN(verbs));
}
