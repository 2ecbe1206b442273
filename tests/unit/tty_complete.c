/*
 * Tab: what is added to a command that has begun, and what is listed.
 */
#include "../../src/tty/complete.h"
#include "check.h"
#include "secchat/util.h"

static const struct {
	const char *name, *usage;
} commands[] = {
    {"help", ""},
    {"history", "[find TEXT]"},
    {"prices", "[refresh | auto on|off | bar on|off]"},
    {"send", "FILE"},
    {"wire", "on|off"},
};

static const char *
name(size_t i)
{
	return i < ARRAY_LEN(commands) ? commands[i].name : NULL;
}

static const char *
usage(size_t i)
{
	return commands[i].usage;
}

/* clang-format off */
static const struct {
	const char *line, *add, *list;
} rows[] = {
	{ "/",              "",        "/help  /history  /prices  /send  /wire" },
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
	{ "/history f",     "ind ",    "" },
	{ "/history find T", "",       "" },
};
/* clang-format on */

int
main(void)
{
	static const struct complete_table table = {name, usage};

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
