/*
 * Lines that begin with a slash.
 */
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "secchat/text.h"
#include "secchat/util.h"
#include "tty.h"

static void on_help(struct tty *t, const char *arg);
static void on_status(struct tty *t, const char *arg);
static void on_rekey(struct tty *t, const char *arg);
static void on_clear(struct tty *t, const char *arg);
static void on_quit(struct tty *t, const char *arg);

/* What stands behind a command's word. */
enum argument {
	NOTHING,
	MAY, /* something, or nothing: arg is "" */
	MUST
};

/* A command about files that takes no number. */
static int
any_file(const struct transfer *f)
{
	return f != NULL;
}

/* clang-format off */
static const struct {
	const char *name;
	const char *usage;	/* of what stands behind it, "" for nothing */
	enum argument argument;
	void (*fn)(struct tty *t, const char *arg);
	const char *help;
	/* which files its number can be of; with UIF_NO_FILES there is no such
	 * command */
	int (*files)(const struct transfer *f);
} commands[] = {
{ "help",    "",             NOTHING, on_help,          "this list", NULL },
{ "verify",  "",             NOTHING, tty_verify_start, "compare six and six digits with the other", NULL },
{ "keys",    "",             NOTHING, tty_show_keys,    "fingerprint and safety number", NULL },
{ "rekey",   "",             NOTHING, on_rekey,         "new keys now", NULL },
{ "status",  "",             NOTHING, on_status,        "the connection, its keys, what is on its way", NULL },
{ "send",    "FILE",         MUST,    tty_cmd_send,     "offer a file to the other person", any_file },
{ "accept",  "[N] [as NAME]", MAY,    tty_cmd_accept,   "take file N that they offer", transfer_is_offered },
{ "decline", "[N]",          MAY,     tty_cmd_decline,  "do not take file N", transfer_is_offered },
{ "cancel",  "[N]",          MAY,     tty_cmd_cancel,   "stop file N, yours or theirs", transfer_is_waited_for },
{ "more",    "[N]",          MAY,     tty_cmd_more,     "the rest of message N", NULL },
{ "raw",     "[N]",          MAY,     tty_cmd_raw,      "message N with all but ASCII as code points", NULL },
{ "history", "[find TEXT]",  MAY,     tty_cmd_history,  "what was said, and its numbers", NULL },
{ "drop",    "[N]",          MAY,     tty_cmd_drop,     "take back message N, which waits here", NULL },
{ "retry",   "",             NOTHING, tty_cmd_retry,    "call again now", NULL },
{ "name",    "NAME",         MUST,    tty_cmd_name,     "what to call the other person", NULL },
{ "wire",    "on|off",       MAY,     tty_cmd_wire,     "show what you send as it is sealed", NULL },
{ "notify",  "[on|off]",     MAY,     tty_cmd_notify,   "the bell, for when you look elsewhere", NULL },
{ "prices",  "[refresh | auto on|off | bar on|off]", MAY, tty_cmd_prices, "BTC ETH SOL DOGE in dollars; $ does the same", NULL },
{ "clear",   "",             NOTHING, on_clear,         "empty the screen", NULL },
{ "quit",    "",             NOTHING, on_quit,          "leave; Ctrl-C twice does the same", NULL },
};
/* clang-format on */

/* Whether this chat's format has no such thing. */
static int
lacks(const struct tty *t, size_t i)
{
	return commands[i].files != NULL && (t->flags & UIF_NO_FILES) != 0;
}

static void
on_help(struct tty *t, const char *arg)
{
	char word[48];

	(void)arg;
	for (size_t i = 0; i < ARRAY_LEN(commands); i++) {
		const char *usage = commands[i].usage;

		if (lacks(t, i))
			continue;
		snprintf(word, sizeof word, "/%s%s%s", commands[i].name,
		    usage[0] != '\0' ? " " : "", usage);
		view_item(&t->view, &t->paint, word, commands[i].help);
	}
	view_item(&t->view, &t->paint, "//text",
	    "send a text that begins with a slash");
	view_item(&t->view, &t->paint, "$$", "send a single $ as text");
	view_item(&t->view, &t->paint, "Alt+Enter",
	    "a new line in the text; Enter sends it");
}

static void
on_status(struct tty *t, const char *arg)
{
	(void)arg;
	t->status_asked = t->status_said = 1;
}

static void
on_rekey(struct tty *t, const char *arg)
{
	(void)arg;
	if (t->lost.is)
		tty_hint(t, "  there is no connection; the next one has new "
			    "keys in any case");
	else
		t->rekey_asked = 1;
}

static void
on_clear(struct tty *t, const char *arg)
{
	(void)arg;
	view_clear(&t->view, &t->paint);
}

static void
on_quit(struct tty *t, const char *arg)
{
	(void)arg;
	tty_leave(t, QUIT_USER);
}

/* The one command that begins so, or SIZE_MAX; one that this chat has not got
 * only by its whole name. */
static size_t
find(const struct tty *t, const char *word)
{
	size_t found = SIZE_MAX, len = strlen(word);

	for (size_t i = 0; i < ARRAY_LEN(commands); i++) {
		if (strncmp(commands[i].name, word, len) != 0)
			continue;
		if (len == strlen(commands[i].name))
			return i;
		if (lacks(t, i))
			continue;
		if (found != SIZE_MAX)
			return SIZE_MAX;
		found = i;
	}
	return len > 0 ? found : SIZE_MAX;
}

static int
begins_several(const struct tty *t, const char *word)
{
	size_t n = 0;

	for (size_t i = 0; i < ARRAY_LEN(commands); i++)
		n += !lacks(t, i) &&
		     strncmp(commands[i].name, word, strlen(word)) == 0;
	return word[0] != '\0' && n > 1;
}

static void
unknown(struct tty *t, const char *word)
{
	const char *names[ARRAY_LEN(commands)], *near;
	char shown[40];
	size_t n = 0;

	for (size_t i = 0; i < ARRAY_LEN(commands); i++)
		if (!lacks(t, i))
			names[n++] = commands[i].name;
	near = suggest_word(word, names, n);
	text_line(shown, sizeof shown, word, strlen(word), 0, NULL);
	if (begins_several(t, word))
		tty_hint(t, "  /%s can be several; Tab lists them", shown);
	else if (near != NULL)
		tty_hint(
		    t, "  there is no /%s. Did you mean /%s?", shown, near);
	else
		tty_hint(t,
		    "  there is no /%s. /help lists what there is; "
		    "//%s sends it as text",
		    shown, shown);
}

int
tty_is_command(const struct tty *t, const char *word, size_t len)
{
	for (size_t i = 0; i < ARRAY_LEN(commands); i++)
		if (!lacks(t, i) && len == strlen(commands[i].name) &&
		    memcmp(commands[i].name, word, len) == 0)
			return 1;
	return 0;
}

/* ---- for Tab ---- */

static const char *
name_of(const void *ctx, size_t i)
{
	const struct tty *t = ctx;

	if (i >= ARRAY_LEN(commands))
		return NULL;
	return lacks(t, i) ? "" : commands[i].name;
}

static const char *
usage_of(const void *ctx, size_t i)
{
	(void)ctx;
	return commands[i].usage;
}

static void
numbers_of(const void *ctx, size_t i, char out[COMPLETE_NUMBERS])
{
	const struct tty *t = ctx;

	out[0] = '\0';
	if (commands[i].files != NULL)
		transfers_numbers(
		    &t->files, commands[i].files, "|", out, COMPLETE_NUMBERS);
}

void
tty_complete(const struct tty *t, struct completion *c, const char *line)
{
	const struct complete_table table = {t, name_of, usage_of, numbers_of};

	complete_line(c, &table, line);
}

/* ---- a line ---- */

/* Whether what stands behind the word is what the command takes. */
static int
fits(struct tty *t, size_t i, const char *arg)
{
	const char *name = commands[i].name;

	if (lacks(t, i)) {
		tty_hint(t,
		    "  there is no /%s here: the older programs have no "
		    "files; //%s ... sends it as text",
		    name, name);
		return 0;
	}
	if (commands[i].argument == NOTHING && arg[0] != '\0') {
		tty_hint(t,
		    "  /%s takes nothing behind it; //%s ... sends it as text",
		    name, name);
		return 0;
	}
	if (commands[i].argument == MUST && arg[0] == '\0') {
		tty_hint(t, "  /%s %s: %s", name, commands[i].usage,
		    commands[i].help);
		return 0;
	}
	return 1;
}

void
tty_command(struct tty *t, char *line)
{
	char word[32];
	size_t len = strcspn(line, " \t"), i;
	char *arg = line + len + strspn(line + len, " \t");
	size_t arg_len = strlen(arg);

	t->blanks_cut = arg - line > (ptrdiff_t)len + 1;
	while (arg_len > 0 && strchr(" \t", arg[arg_len - 1]) != NULL)
		arg[--arg_len] = '\0';
	snprintf(
	    word, sizeof word, "%.*s", (int)MIN(len, sizeof word - 1), line);
	i = find(t, word);
	if (len >= sizeof word || i == SIZE_MAX)
		unknown(t, word);
	else if (fits(t, i, arg) &&
		 (paint_room(&t->paint) > PAINT_LINE || i == find(t, "quit")))
		commands[i].fn(t, arg);
}
