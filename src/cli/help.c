/*
 * Help, made from the tables: examples first, then what there is.
 */
#include <stdio.h>
#include <string.h>

#include "cli.h"
#include "secchat/util.h"

/* Lines of a text, each behind two blanks. */
static void
put_indented(const char *text)
{
	while (*text != '\0') {
		size_t n = strcspn(text, "\n");

		printf("  %.*s\n", (int)n, text);
		text += n + (text[n] == '\n');
	}
}

/* clang-format off */
/* Options that mean something else where there is no chat. */
static const struct {
	uint16_t commands;
	const char *name, *help;
} elsewhere[] = {
{ CMD_PRICES, "json",     "a JSON object for each refresh, for programs" },
{ CMD_PRICES, "no-input", "with --watch, no key stops it: Ctrl-C does" },
{ CMD_PRICES, "plain",    "no colours; with --watch, table after table" },
};
/* clang-format on */

static const char *
help_of(const struct option_row *row, const struct command *c)
{
	for (size_t i = 0; i < ARRAY_LEN(elsewhere); i++)
		if ((elsewhere[i].commands & c->mask) &&
		    strcmp(elsewhere[i].name, row->name) == 0)
			return elsewhere[i].help;
	return row->help;
}

static void
put_option(const struct option_row *row, const struct command *c)
{
	const char *arg = row->arg != NULL ? row->arg : "";
	char left[48];

	snprintf(left, sizeof left, "%s%c%s--%s%s%s",
	    row->letter != 0 ? "-" : " ", row->letter != 0 ? row->letter : ' ',
	    row->letter != 0 ? ", " : "  ", row->name,
	    arg[0] == '\0' || arg[0] == '[' ? "" : " ", arg);
	printf("  %-26s%s\n", left, help_of(row, c));
}

int
help_command(const struct command *c)
{
	printf("secchat %s: %s\n\nExamples\n", c->name, c->does);
	put_indented(c->examples);
	printf("\nUsage\n  secchat %s %s\n\n", c->name, c->args);
	if (c->more != NULL)
		printf("%s\n", c->more);
	printf("Options\n");
	if (c->options != NULL)
		put_indented(c->options);
	for (size_t i = 0; i < option_rows_len; i++)
		if ((option_rows[i].commands & c->mask) &&
		    !(option_rows[i].commands & CONF_ONLY))
			put_option(&option_rows[i], c);
	return say_flush();
}

int
help_all(void)
{
	printf("secchat: a private chat between two computers\n\nExamples\n");
	put_indented("secchat host            # wait; shows a code to tell the "
		     "other person\n"
		     "secchat join 192.0.2.10 # call; asks for that code\n");
	printf("\nCommands\n");
	for (size_t i = 0; i < commands_len; i++)
		printf("  %-12s%-28s%s\n", commands[i].name, commands[i].args,
		    commands[i].does);
	printf("\n  secchat help COMMAND tells more. secchat --version prints "
	       "the version.\n\n"
	       "Exit codes\n"
	       "  0 ok   1 internal   2 usage   3 configuration   4 network   "
	       "5 wrong secret\n"
	       "  6 undelivered messages   7 introduction not accepted   "
	       "8 no sandbox\n"
	       "  9 audit failed   10 no prices   11 a file did not arrive\n"
	       "  130 Ctrl-C   143 terminated\n");
	return say_flush();
}
