/*
 * The command line: every option and operand that is right, every one that
 * is wrong, and that a wrong one says what to do.
 */
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "../../src/cli/cli.h"
#include "check.h"
#include "secchat/err.h"
#include "secchat/ipc_msgs.h"
#include "secchat/util.h"

#define WORDS 8

/* A command line as one string, cut at blanks; returns options_parse's. */
static int
parse(struct options *o, struct complaint *c, const char *text)
{
	static char copy[1024];
	char *argv[WORDS + 1] = {NULL};
	const struct command *cmd;
	int argc = 0;

	snprintf(copy, sizeof copy, "%s", text);
	for (char *w = strtok(copy, " "); w != NULL && argc < WORDS;
	     w = strtok(NULL, " "))
		argv[argc++] = w;
	cmd = argc > 0 ? command_find(argv[0]) : NULL;
	if (cmd == NULL)
		return -ERR_INTERNAL;
	return options_parse(o, cmd, argc - 1, argv + 1, NULL, c);
}

/* clang-format off */
static const struct {
	const char *line, *host;
	int port;
} targets[] = {
{ "host",                          "",                5000 },
{ "host 5001",                     "",                5001 },
{ "host 0",                        "",                0 },
{ "host :7",                       "",                7 },
{ "host 127.0.0.1:0",              "127.0.0.1",       0 },
{ "host 127.0.0.1",                "127.0.0.1",       5000 },
{ "host [::1]:65535",              "::1",             65535 },
{ "host ::1",                      "::1",             5000 },
{ "join example.org",              "example.org",     5000 },
{ "join example.org:1",            "example.org",     1 },
{ "join 192.0.2.10:5000",          "192.0.2.10",      5000 },
{ "join [2001:db8::1]",            "2001:db8::1",     5000 },
{ "join [2001:db8::1]:80",         "2001:db8::1",     80 },
{ "join 2001:db8::1",              "2001:db8::1",     5000 },
{ "join fe80::1%eth0",             "fe80::1%eth0",    5000 },
{ "join -- -x",                    "-x",              5000 },
};

static const struct {
	const char *line;
	const char *what;	/* the complaint has this in it */
	const char *next;
} mistakes[] = {
{ "join",                          "HOST",            "Try: secchat join" },
{ "join a b",                      "\"b\"",           "quotes" },
{ "join a:",                       "\"a:\"",          "Try:" },
{ "join a:0",                      "\"a:0\"",         "Try:" },
{ "join a:65536",                  "\"a:65536\"",     "Try:" },
{ "join a:-1",                     "\"a:-1\"",        "Try:" },
{ "join a:1x",                     "\"a:1x\"",        "Try:" },
{ "join [::1",                     "\"[::1\"",        "Try:" },
{ "join [::1]x",                   "\"[::1]x\"",      "Try:" },
{ "join []:1",                     "\"[]:1\"",        "Try:" },
{ "join :5000",                    "\":5000\"",       "Try:" },
{ "join a/b",                      "\"a/b\"",         "Try:" },
{ "host 65536",                    "\"65536\"",       "Try:" },
{ "host 99999999999999999999",     "9999",            "Try:" },
{ "host :",                        "\":\"",           "Try:" },
{ "host --jsn",                    "\"--json\"",      "secchat help host" },
{ "host --passphrse",              "\"--passphrase\"", "help" },
{ "host --nothing-like-it",        "nothing-like-it", "help" },
{ "host --code-fd 0",              "not an option",   "help" },
{ "join --keep a",                 "not an option",   "help" },
{ "host -x",                       "\"-x\"",          "help" },
{ "host --json=1",                 "yes or no",       "" },
{ "host --json=",                  "needs a value",   "leave it out" },
{ "host --passphrase=hunter2",     "yes or no",       "" },
{ "host --help=yes",               "no value",        "" },
{ "host --key",                    "needs a value",   "" },
{ "host --key=",                   "empty",           "" },
{ "host --key a --key b",          "twice",           "" },
{ "host --key a --passphrase",     "--key",           "Leave one" },
{ "host --key a --passphrase-fd 0", "--key",          "Leave one" },
{ "join --key a --code-fd 0 x",    "--key",           "Leave one" },
{ "join --passphrase --code-fd 0 x", "--passphrase",  "Leave one" },
{ "join --passphrase-fd 0 --code-fd 0 x", "--passphrase-fd", "Leave one" },
{ "host --passphrase --passphrase-fd 0", "--passphrase", "Leave one" },
{ "host --keep --passphrase",      "--keep",          "Leave one" },
{ "host --keep --passphrase-fd 0", "--keep",          "Leave one" },
{ "host --key a --id",             "--id",            "Leave one" },
{ "host --id --key a",             "A key file and identities", "Leave one" },
{ "host --key a --pair",           "--pair",          "Leave one" },
{ "host --id --passphrase",        "--id",            "Leave one" },
{ "host --id --passphrase-fd 0",   "--id",            "Leave one" },
{ "join --id --code-fd 0 x",       "--code-fd",       "Leave one" },
{ "host --pair --accept-new",      "--accept-new",    "Leave one" },
{ "host --accept-new",             "--accept-new needs --id", "Add --id" },
{ "host --name bob",               "--name needs",    "Add --id" },
{ "host --key a --name bob",       "--name needs",    "Add --id" },
{ "host --keep --pair --passphrase", "--keep",        "Leave one" },
{ "host --id --name a/b",          "no letter",       "letters and digits" },
{ "host --id --name=",             "\"\"",            "64 bytes" },
{ "host --id --name --pair",       "\"--pair\"",      "64 bytes" },
{ "host --id --name known",        "rows",            "letters and digits" },
{ "host --id --name a:b",          "no letter",       "letters and digits" },
{ "host --id --name a --name b",   "twice",           "" },
{ "host --colors red",           "\"red\"",         "blue-orange" },
{ "host --rekey-every 0",          "\"0\"",           "20,10m" },
{ "host --rekey-every 1000001",    "\"1000001\"",     "20,10m" },
{ "host --rekey-every 4294967297", "4294967297",      "20,10m" },
{ "host --rekey-every 20,",        "\"20,\"",         "20,10m" },
{ "host --rekey-every ,10m",       "\",10m\"",        "20,10m" },
{ "host --rekey-every 10m",        "\"10m\"",         "20,10m" },
{ "host --rekey-every 20,10",      "\"20,10\"",       "20,10m" },
{ "host --rekey-every 20,0s",      "\"20,0s\"",       "20,10m" },
{ "host --rekey-every 20,m",       "\"20,m\"",        "20,10m" },
{ "host --rekey-every 20,10d",     "\"20,10d\"",      "20,10m" },
{ "host --rekey-every 20,25h",     "\"20,25h\"",      "20,10m" },
{ "host --rekey-every 20,86401s",  "\"20,86401s\"",   "20,10m" },
{ "host --rekey-every 20,-1s",     "\"20,-1s\"",      "20,10m" },
{ "host --rekey-every 20,4294967297s", "20,4294967297s", "20,10m" },
{ "host --rekey-every 20,1s,2",    "\"20,1s,2\"",     "20,10m" },
{ "host --wait",                   "not an option",   "help" },
{ "join --wait",                   "HOST",            "Try:" },
{ "join --wait= a",                "needs a value",   "leave it out" },
{ "join --wait=0s a",              "\"0s\"",          "--wait=30s" },
{ "join --wait=30 a",              "\"30\"",          "--wait=30s" },
{ "join --wait=25h a",             "\"25h\"",         "--wait=30s" },
{ "join --wait=-1s a",             "\"-1s\"",         "--wait=30s" },
{ "join --wait=1s --wait=2s a",    "twice",           "" },
{ "join --wait 5m a",              "--wait=5m",       "space" },
{ "host --json --plain",           "--json",          "Leave one" },
{ "host -qv",                      "-q",              "Leave one" },
{ "host --passphrase-fd 1",        "\"1\"",           "Open it" },
{ "host --passphrase-fd -1",       "\"-1\"",          "Open it" },
{ "host --passphrase-fd x",        "\"x\"",           "Open it" },
{ "host --passphrase-fd 4294967296", "4294967296",    "Open it" },
{ "host --passphrase-fd 999",      "not open",        "Open it" },
{ "host --accept-intro 0",         "\"0\"",           "Try:" },
{ "host --accept-intro 4294967296", "4294967296",     "Try:" },
{ "host --accept-intro one",       "\"one\"",         "Try:" },
{ "host --crypto-worker a",        "\"a\"",           "whole path" },
};
/* clang-format on */

static void
test_targets(void)
{
	for (size_t i = 0; i < ARRAY_LEN(targets); i++) {
		struct complaint c;
		struct options o = {.port = 0};

		if (!CHECK(parse(&o, &c, targets[i].line) == 0) ||
		    !CHECK(strcmp(o.host, targets[i].host) == 0) ||
		    !CHECK(o.port == targets[i].port))
			printf(
			    "  %s: %s %d\n", targets[i].line, o.host, o.port);
	}
}

static void
test_mistakes(void)
{
	for (size_t i = 0; i < ARRAY_LEN(mistakes); i++) {
		struct complaint c;
		struct options o = {.port = 0};
		int err = parse(&o, &c, mistakes[i].line);

		if (!CHECK(err == -ERR_USAGE) ||
		    !CHECK(strstr(c.what, mistakes[i].what) != NULL ||
			   strstr(c.why, mistakes[i].what) != NULL) ||
		    !CHECK(strstr(c.next, mistakes[i].next) != NULL))
			printf("  %s: %d, %s / %s\n", mistakes[i].line, err,
			    c.what, c.next);
	}
}

static void
test_options(void)
{
	struct complaint c;
	struct options o;

	CHECK(parse(&o, &c, "host") == 0 && o.role == PEER_HOST);
	CHECK(o.passphrase_fd == -1 && o.code_fd == -1);
	CHECK(o.key_path == NULL && o.log_path == NULL && !o.json);
	CHECK(parse(&o, &c, "join h --key=k --json --log l") == 0);
	CHECK(o.role == PEER_JOINER && o.json == 1);
	CHECK(strcmp(o.key_path, "k") == 0 && strcmp(o.log_path, "l") == 0);
	CHECK(parse(&o, &c, "join --code-fd 0 --accept-intro 7 h -v") == 0);
	CHECK(o.code_fd == 0 && o.accept_intro == 7 && o.verbose == 1);
	CHECK(parse(&o, &c, "host --crypto-worker /a/b --keep") == 0);
	CHECK(strcmp(o.crypto_worker, "/a/b") == 0 && o.keep == 1);
	CHECK(parse(&o, &c, "host -h") == CLI_HELP);
	CHECK(parse(&o, &c, "join --help") == CLI_HELP);
}

static void
test_identities(void)
{
	struct complaint c;
	struct options o;

	CHECK(parse(&o, &c, "host") == 0 && !o.id && !o.pair);
	CHECK(!o.accept_new && o.name == NULL);
	CHECK(o.rekey_msgs == 0 && o.rekey_ms == 0);
	CHECK(parse(&o, &c, "host --id") == 0 && o.id && !o.pair);
	CHECK(parse(&o, &c, "host --pair") == 0 && o.id && o.pair);
	CHECK(parse(&o, &c, "host --id --pair --passphrase") == 0 && o.pair);
	CHECK(parse(&o, &c, "join --pair --code-fd 0 --name bob h") == 0);
	CHECK(o.code_fd == 0 && strcmp(o.name, "bob") == 0);
	CHECK(parse(&o, &c, "host --id --accept-new --keep") == 0);
	CHECK(o.accept_new && o.keep);
}

/* clang-format off */
static const struct {
	const char *value;
	uint32_t msgs, ms;
} rekeys[] = {
	{ "1",           1,       0 },
	{ "5",           5,       0 },
	{ "1000000",     1000000, 0 },
	{ "20,10m",      20,      600000 },
	{ "20,600s",     20,      600000 },
	{ "20,1h",       20,      3600000 },
	{ "20,24h",      20,      86400000 },
	{ "20,86400s",   20,      86400000 },
	{ "20,1s",       20,      1000 },
};
/* clang-format on */

static void
test_rekey_every(void)
{
	for (size_t i = 0; i < ARRAY_LEN(rekeys); i++) {
		struct complaint c;
		struct options o;
		char line[64];

		snprintf(line, sizeof line, "host --rekey-every %s",
		    rekeys[i].value);
		if (!CHECK(parse(&o, &c, line) == 0) ||
		    !CHECK(o.rekey_msgs == rekeys[i].msgs) ||
		    !CHECK(o.rekey_ms == rekeys[i].ms))
			printf("  %s\n", line);
	}
}

/* The time stands behind an equals sign: a word of its own is the host. */
static void
test_wait(void)
{
	struct complaint c;
	struct options o;

	CHECK(parse(&o, &c, "join h") == 0 && !o.wait && o.wait_ms == 0);
	CHECK(parse(&o, &c, "join --wait h") == 0 && o.wait);
	CHECK(o.wait_ms == 0 && strcmp(o.host, "h") == 0);
	CHECK(parse(&o, &c, "join --wait=30s h") == 0 && o.wait);
	CHECK(o.wait_ms == 30000);
	CHECK(parse(&o, &c, "join h --wait=1h") == 0 && o.wait_ms == 3600000);
	CHECK(parse(&o, &c, "join --wait 30s") == 0 && o.wait_ms == 0);
	CHECK(strcmp(o.host, "30s") == 0);
}

/* A name as long as may be, and one longer. */
static void
test_long_names(void)
{
	char line[400] = "join ";
	struct complaint c;
	struct options o;

	memset(line + 5, 'a', HOST_TEXT_MAX);
	CHECK(parse(&o, &c, line) == 0 && strlen(o.host) == HOST_TEXT_MAX);
	line[5 + HOST_TEXT_MAX] = 'a';
	CHECK(parse(&o, &c, line) == -ERR_USAGE);
}

/* Only what can be read is a descriptor to read from. */
static void
test_write_only_descriptor(void)
{
	struct complaint c;
	struct options o;
	char line[64];
	int fd = open("/dev/null", O_WRONLY);

	snprintf(line, sizeof line, "host --passphrase-fd %d", fd);
	CHECK(fd > 2 && parse(&o, &c, line) == -ERR_USAGE);
	close(fd);
}

/* The tables themselves: every command and option once. */
static void
test_tables(void)
{
	for (size_t i = 0; i < commands_len; i++)
		CHECK(command_find(commands[i].name) == &commands[i]);
	CHECK(command_find("jion") == NULL && command_find("") == NULL);
	for (size_t i = 0; i < option_rows_len; i++)
		for (size_t j = 0; j < i; j++)
			CHECK(strcmp(option_rows[i].name,
				  option_rows[j].name) != 0);
}

int
main(void)
{
	test_targets();
	test_mistakes();
	test_options();
	test_identities();
	test_rekey_every();
	test_wait();
	test_long_names();
	test_write_only_descriptor();
	test_tables();
	return check_end();
}
