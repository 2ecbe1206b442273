/*
 * The config file: what is understood, what is refused and with which words,
 * and that the command line is stronger.
 */
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../../src/cli/cli.h"
#include "check.h"
#include "secchat/err.h"
#include "secchat/util.h"

static struct settings s;

static int
parse(const char *text, struct complaint *c)
{
	memset(c, 0, sizeof *c);
	snprintf(s.path, sizeof s.path, "FILE");
	snprintf(s.text, sizeof s.text, "%s", text);
	return config_parse(&s, strlen(text), c);
}

/* clang-format off */
static const struct {
	const char *text, *what, *next;
} bad[] = {
{ "jsn = yes",             "FILE:1: unknown setting \"jsn\"",  "man" },
{ "kepe = yes",            "Did you mean \"keep\"?",           "man" },
{ "\n# x\n  asci = yes\n", "FILE:3: unknown setting \"asci\". Did you mean \"ascii\"?", "man" },
{ "json = yes",            "\"json\" is only an option of",    "behind the command" },
{ "code-fd = 3",           "\"code-fd\" is only",              "behind" },
{ "passphrase-fd = 3",     "\"passphrase-fd\" is only",        "behind" },
{ "crypto-worker = /x",    "\"crypto-worker\" is only",        "behind" },
{ "config = /x",           "\"config\" is only",               "behind" },
{ "accept-intro = 1",      "\"accept-intro\" is only",         "behind" },
{ "help = yes",            "\"help\" is only",                 "behind" },
{ "keep",                  "FILE:1: there is no = in \"keep\"", "name = value" },
{ "keep yes",              "there is no =",                    "name = value" },
{ "--keep = yes",          "unknown setting \"--keep\"",       "man" },
{ "= yes",                 "unknown setting \"\"",             "man" },
{ "keep =",                "\"keep\" has no value",            "behind the =" },
{ "keep = \t\r",           "\"keep\" has no value",            "behind the =" },
{ "keep = 1",              "FILE:1: --keep: the value can only be yes or no", "yes or no" },
{ "keep = Yes",            "yes or no",                        "" },
{ "keep = yes # remark",   "yes or no",                        "" },
{ "keep = yes\nkeep = no", "FILE:2: \"keep\" is set a second time; first on line 1", "Leave one" },
{ "key = secret.key",      "depends on where you are",         "whole path" },
{ "key = ~bob/k",          "depends on where you are",         "whole path" },
{ "log = ./log",           "depends on where you are",         "whole path" },
{ "rekey-every = 0",       "FILE:1: --rekey-every: \"0\"",     "20,10m" },
{ "rekey-every = many",    "\"many\"",                         "20,10m" },
{ "wait = 30",             "\"30\"",                           "--wait=30s" },
{ "\xff\xfe = 1",          "unknown setting",                  "man" },
};

static const struct {
	const char *config, *line;
	const char *key;	/* of the outcome */
	int id, keep, plain, quiet, verbose, wait_ms, msgs;
} merges[] = {
/* config, command line               key   id k  p  q  v  wait   msgs */
{ "",                     "host",     NULL, 0, 0, 0, 0, 0, 0,     0 },
{ "\n\n \t\r\n#x=y\n # y", "host",    NULL, 0, 0, 0, 0, 0, 0,     0 },
{ "keep = yes",           "host",     NULL, 0, 1, 0, 0, 0, 0,     0 },
{ "keep=yes\r\n",         "host",     NULL, 0, 1, 0, 0, 0, 0,     0 },
{ "keep = yes",           "join h",   NULL, 0, 0, 0, 0, 0, 0,     0 },
{ "keep = yes",           "host --keep=no", NULL, 0, 0, 0, 0, 0, 0, 0 },
{ "keep = no",            "host --keep", NULL, 0, 1, 0, 0, 0, 0,  0 },
{ "keep = yes",           "host --passphrase", NULL, 0, 0, 0, 0, 0, 0, 0 },
{ "wait = 30s",           "join h",   NULL, 0, 0, 0, 0, 0, 30000, 0 },
{ "wait = 30s",           "host",     NULL, 0, 0, 0, 0, 0, 0,     0 },
{ "wait = 30s",           "join --wait=1h h", NULL, 0, 0, 0, 0, 0, 3600000, 0 },
{ "key = /a b/c",         "host",     "/a b/c", 0, 0, 0, 0, 0, 0, 0 },
{ "key = /a=b",           "host",     "/a=b", 0, 0, 0, 0, 0, 0,   0 },
{ "key = ~/k",            "host",     "/home/x/k", 0, 0, 0, 0, 0, 0, 0 },
{ "key = /a",             "host --key /b", "/b", 0, 0, 0, 0, 0, 0, 0 },
{ "key = /a",             "host --id", NULL, 1, 0, 0, 0, 0, 0,    0 },
{ "key = /a",             "host --pair", NULL, 1, 0, 0, 0, 0, 0,  0 },
{ "key = /a",             "join --code-fd 0 h", NULL, 0, 0, 0, 0, 0, 0, 0 },
{ "id = yes",             "join h",   NULL, 1, 0, 0, 0, 0, 0,     0 },
{ "id = yes",             "host --id=no", NULL, 0, 0, 0, 0, 0, 0, 0 },
{ "id = yes",             "host --key /b", "/b", 0, 0, 0, 0, 0, 0, 0 },
{ "quiet = yes",          "host",     NULL, 0, 0, 0, 1, 0, 0,     0 },
{ "quiet = yes",          "host -v",  NULL, 0, 0, 0, 0, 1, 0,     0 },
{ "plain = yes",          "host --json", NULL, 0, 0, 0, 0, 0, 0,  0 },
{ "rekey-every = 5,1m",   "host",     NULL, 0, 0, 0, 0, 0, 0,     5 },
};
/* clang-format on */

static void
test_bad(void)
{
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		struct complaint c;
		int err = parse(bad[i].text, &c);

		if (!CHECK(err == -ERR_CONFIG) ||
		    !CHECK(strstr(c.what, bad[i].what) != NULL) ||
		    !CHECK(strstr(c.next, bad[i].next) != NULL))
			printf("  %s: %d, %s / %s\n", bad[i].text, err, c.what,
			    c.next);
	}
}

/* A value may be a secret that somebody put in the wrong place. */
static void
test_no_echo(void)
{
	struct complaint c;

	CHECK(parse("passphrase = hunter2", &c) == -ERR_CONFIG);
	CHECK(strstr(c.what, "hunter2") == NULL);
}

/* What the file makes of a command line; the file is a real one. */
static int
outcome(struct options *o, const char *config, const char *line,
    struct complaint *c)
{
	static char copy[512], path[128];
	const char *folder = getenv("TMPDIR");
	char *argv[8] = {NULL};
	int argc = 0, err, fd;

	snprintf(path, sizeof path, "%.100s/config-test.%d",
	    folder != NULL ? folder : "/tmp", (int)getpid());
	fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
	CHECK(fd >= 0 && fd_write_all(fd, config, strlen(config)) == 0);
	fd_close(fd);
	snprintf(copy, sizeof copy, "%.100s --config %s", line, path);
	for (char *w = strtok(copy, " "); w != NULL; w = strtok(NULL, " "))
		argv[argc++] = w;
	memset(c, 0, sizeof *c);
	err =
	    options_parse(o, command_find(argv[0]), argc - 1, argv + 1, &s, c);
	unlink(path);
	return err;
}

static int
same(const char *a, const char *b)
{
	return a == NULL || b == NULL ? a == b : strcmp(a, b) == 0;
}

static void
test_merge(void)
{
	setenv("HOME", "/home/x", 1);
	for (size_t i = 0; i < ARRAY_LEN(merges); i++) {
		struct complaint c;
		struct options o;
		int err = outcome(&o, merges[i].config, merges[i].line, &c);

		if (!CHECK(err == 0 && same(o.key_path, merges[i].key)) ||
		    !CHECK(o.id == merges[i].id && o.keep == merges[i].keep &&
			   o.plain == merges[i].plain) ||
		    !CHECK(o.quiet == merges[i].quiet &&
			   o.verbose == merges[i].verbose) ||
		    !CHECK((int)o.wait_ms == merges[i].wait_ms &&
			   (int)o.rekey_msgs == merges[i].msgs))
			printf("  %s + %s: %d %s\n", merges[i].config,
			    merges[i].line, err, c.what);
	}
}

/* What needs another option finds it in the file or on the command line, in
 * whatever order, and is left out where it means nothing. */
static void
test_needs(void)
{
	struct complaint c;
	struct options o;

	CHECK(outcome(&o, "accept-new = yes\nid = yes", "host", &c) == 0);
	CHECK(o.id && o.accept_new);
	CHECK(outcome(&o, "accept-new = yes", "host --id", &c) == 0);
	CHECK(o.id && o.accept_new);
	CHECK(outcome(&o, "accept-new = yes", "host", &c) == 0);
	CHECK(!o.id && !o.accept_new);
	CHECK(outcome(&o, "accept-new = yes", "host --pair", &c) == 0);
	CHECK(o.pair && !o.accept_new);
	CHECK(outcome(&o, "id = yes", "host --accept-new", &c) == 0);
	CHECK(o.id && o.accept_new);
	CHECK(outcome(&o, "", "host --accept-new", &c) == -ERR_USAGE);
}

/* A file that contradicts itself, for the command that it does so for. */
static void
test_contradiction(void)
{
	struct complaint c;
	struct options o;

	CHECK(outcome(&o, "key = /a\n\nid = yes", "host", &c) == -ERR_CONFIG);
	CHECK(strstr(c.what, ":3: --key and --id exclude") != NULL);
	CHECK(
	    outcome(&o, "keep=yes\npassphrase=yes", "host", &c) == -ERR_CONFIG);
	CHECK(outcome(&o, "keep=yes\npassphrase=yes", "join h", &c) == 0);
	CHECK(o.passphrase && !o.keep);
}

static void
test_long(void)
{
	static char text[CONFIG_MAX + 2];
	struct complaint c;

	memset(text, '#', CONFIG_MAX);
	CHECK(parse(text, &c) == 0 && s.n == 0);
	memset(text, 'x', CONFIG_MAX);
	CHECK(parse(text, &c) == -ERR_CONFIG);
	memcpy(text, "key = /", 7);
	CHECK(parse(text, &c) == 0 && s.n == 1);
	memcpy(text, "key = ~/", 8);
	CHECK(parse(text, &c) == -ERR_CONFIG);
	CHECK(strstr(c.what, "too long") != NULL);
	unsetenv("HOME");
	CHECK(parse("key = ~/x", &c) == -ERR_CONFIG);
	CHECK(strstr(c.what, "no HOME") != NULL);
}

int
main(void)
{
	test_bad();
	test_no_echo();
	test_merge();
	test_needs();
	test_contradiction();
	test_long();
	return check_end();
}
