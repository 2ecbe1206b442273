/*
 * Tab: what is added to a command that has begun, and what is listed; a command
 * without a name is not to be had.
 */
#include "../../src/tty/complete.h"
#include "check.h"
#include "secchat/util.h"

static const struct {
	const char *name, *usage;
} commands[] = {
    {"", ""},
    {"accept", "[N] [as NAME]"},
    {"help", ""},
    {"history", "[find TEXT]"},
    {"prices", "[refresh | auto on|off | bar on|off]"},
    {"send", "FILE"},
    {"wire", "on|off"},
};

static const char *
name(const void *ctx, size_t i)
{
	CHECK(ctx == commands);
	return i < ARRAY_LEN(commands) ? commands[i].name : NULL;
}

static const char *
usage(const void *ctx, size_t i)
{
	(void)ctx;
	return commands[i].usage;
}

static void
numbers(const void *ctx, size_t i, char out[COMPLETE_NUMBERS])
{
	(void)ctx;
	strcpy(out, commands[i].name[0] == 'a' ? "2|14|16" : "");
}

/* clang-format off */
static const struct {
	const char *line, *add, *list;
} rows[] = {
	{ "/",              "",        "/accept  /help  /history  /prices  /send  /wire" },
	{ "/h",             "",        "/help  /history" },
	{ "/he",            "lp ",     "" },
	{ "/hi",            "story ",  "" },
	{ "/help",          " ",       "" },
	{ "/x",             "",        "" },
	{ "/help ",         "",        "" },
	{ "/wire ",         "o",       "" },
	{ "/wire o",        "",        "on  off" },
	{ "/wire of",       "f ",      "" },
	{ "/wire on ",      "",        "" },
	{ "/wir on",        "",        "" },
	{ "/prices ",       "",        "refresh  auto  bar" },
	{ "/prices a",      "uto ",    "" },
	{ "/prices auto ",  "o",       "" },
	{ "/prices  bar  of", "f ",    "" },
	{ "/prices x o",    "",        "" },
	{ "/prices refresh o", "",     "" },
	{ "/send ",         "",        "" },
	{ "/send F",        "",        "" },
	{ "/accept ",       "",        "2  14  16" },
	{ "/accept 1",      "",        "14  16" },
	{ "/accept 2",      " ",       "" },
	{ "/accept 3",      "",        "" },
	{ "/accept 14 ",    "as ",     "" },
	{ "/accept 3 ",     "",        "" },
	{ "/accept 14 as N", "",       "" },
	{ "/history f",     "ind ",    "" },
	{ "/history find T", "",       "" },
};
/* clang-format on */

int
main(void)
{
	static const struct complete_table table = {
	    commands, name, usage, numbers};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct completion c;

		complete_line(&c, &table, rows[i].line);
		if (!CHECK(strcmp(c.add, rows[i].add) == 0 &&
			   strcmp(c.list, rows[i].list) == 0))
			printf("  \"%s\": adds \"%s\", lists \"%s\"\n",
			    rows[i].line, c.add, c.list);
	}
	return check_end();
}
