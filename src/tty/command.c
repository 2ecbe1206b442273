/*
 * Lines that begin with a slash.
 */
#include <stdio.h>
#include <string.h>

#include "secchat/text.h"
#include "secchat/util.h"
#include "tty.h"

static void on_help(struct tty *t);
static void on_status(struct tty *t);
static void on_rekey(struct tty *t);
static void on_clear(struct tty *t);
static void on_quit(struct tty *t);

/* clang-format off */
static const struct {
	const char *name;
	void (*fn)(struct tty *t);
	const char *help;
} commands[] = {
	{ "help",   on_help,   "this list" },
	{ "status", on_status, "the connection, its keys, what is on its way" },
	{ "verify", tty_verify_start, "compare six and six digits with the other" },
	{ "keys",   tty_show_keys, "fingerprint and safety number" },
	{ "rekey",  on_rekey,  "new keys now" },
	{ "clear",  on_clear,  "empty the screen" },
	{ "quit",   on_quit,   "leave; Ctrl-C twice does the same" },
};
/* clang-format on */

static void
on_help(struct tty *t)
{
	char word[32];

	for (size_t i = 0; i < ARRAY_LEN(commands); i++) {
		snprintf(word, sizeof word, "/%s", commands[i].name);
		view_item(&t->view, &t->paint, word, commands[i].help);
	}
	view_item(&t->view, &t->paint, "//text",
	    "send a text that begins with a slash");
	view_item(&t->view, &t->paint, "Alt+Enter",
	    "a new line in the text; Enter sends it");
}

static void
on_status(struct tty *t)
{
	t->status_asked = 1;
}

static void
on_rekey(struct tty *t)
{
	t->rekey_asked = 1;
}

static void
on_clear(struct tty *t)
{
	view_clear(&t->view, &t->paint);
}

static void
on_quit(struct tty *t)
{
	tty_leave(t, QUIT_USER);
}

/* The one command that begins so, or SIZE_MAX. */
static size_t
find(const char *word)
{
	size_t found = SIZE_MAX, len = strlen(word);

	for (size_t i = 0; i < ARRAY_LEN(commands); i++) {
		if (strncmp(commands[i].name, word, len) != 0)
			continue;
		if (len == strlen(commands[i].name))
			return i;
		if (found != SIZE_MAX)
			return SIZE_MAX;
		found = i;
	}
	return len > 0 ? found : SIZE_MAX;
}

static void
unknown(struct tty *t, const char *word)
{
	const char *names[ARRAY_LEN(commands)], *near;
	char shown[40];

	for (size_t i = 0; i < ARRAY_LEN(commands); i++)
		names[i] = commands[i].name;
	near = suggest_word(word, names, ARRAY_LEN(names));
	text_line(shown, sizeof shown, word, strlen(word), 0, NULL);
	if (near != NULL)
		tty_hint(
		    t, "  there is no /%s. Did you mean /%s?", shown, near);
	else
		tty_hint(t,
		    "  there is no /%s. /help lists what there is; "
		    "//%s sends it as text",
		    shown, shown);
}

int
tty_is_command(const char *word, size_t len)
{
	for (size_t i = 0; i < ARRAY_LEN(commands); i++)
		if (len == strlen(commands[i].name) &&
		    memcmp(commands[i].name, word, len) == 0)
			return 1;
	return 0;
}

void
tty_command(struct tty *t, const char *line)
{
	char word[32];
	size_t len = strcspn(line, " \t"), i;

	snprintf(
	    word, sizeof word, "%.*s", (int)MIN(len, sizeof word - 1), line);
	i = find(word);
	if (len >= sizeof word || i == SIZE_MAX)
		unknown(t, word);
	else if (line[len + strspn(line + len, " \t")] != '\0')
		tty_hint(t,
		    "  /%s takes nothing behind it; //%s ... sends it "
		    "as text",
		    commands[i].name, commands[i].name);
	else if (paint_room(&t->paint) > PAINT_LINE || i == find("quit"))
		commands[i].fn(t);
}
