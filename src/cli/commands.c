/*
 * The subcommands: what `secchat help` lists is this table.
 */
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>

#include "cli.h"
#include "secchat/err.h"
#include "secchat/util.h"
#include "secchat/version.h"

static int run_chat(const struct command *c, int argc, char **argv);
static int run_identity(const struct command *c, int argc, char **argv);
static int run_audit(const struct command *c, int argc, char **argv);
static int run_help(const struct command *c, int argc, char **argv);

/* clang-format off */
const struct command commands[] = {
{ "host", "[options] [[ADDR:]PORT]", CMD_HOST, run_chat,
  "wait for one person",
  "secchat host                       # on port 5000; shows a code to tell\n"
  "secchat host 5001                  # on another port\n"
  "secchat host --key secret.key      # for who has a copy of the key file\n"
  "secchat host --passphrase          # for who knows the passphrase\n"
  "secchat host --pair                # meet once with a code, then:\n"
  "secchat host --id                  # for people you have met\n",
  "The person who joins needs the same secret: the code on the host's screen,\n"
  "the passphrase, or a copy of the key file. With --id both are recognised\n"
  "by their keys.\n",
  NULL },
{ "join", "[options] HOST[:PORT]", CMD_JOIN, run_chat,
  "call one person",
  "secchat join 192.0.2.10            # asks for the code\n"
  "secchat join pc.example.org:5001   # by name, on another port\n"
  "secchat join [2001:db8::1]:5000    # IPv6\n"
  "secchat join --wait 192.0.2.10     # until the host is there\n"
  "secchat join --key secret.key 192.0.2.10\n"
  "secchat join --pair --name bob 192.0.2.10  # then: join --id\n"
  "echo hi | secchat join --code-fd 3 --accept-intro 1 192.0.2.10 3< code\n",
  NULL, NULL },
{ "keygen", "[FILE]", CMD_KEYGEN, run_identity,
  "make a key file to share (default secret.key)",
  "secchat keygen                     # makes secret.key, never overwrites\n"
  "secchat keygen for-bob.key\n",
  "Give the other person a copy in a way that nobody else can read.\n",
  NULL },
{ "fingerprint", "[FILE]", CMD_FINGERPRINT, run_identity,
  "print a key file's fingerprint",
  "secchat fingerprint secret.key     # both sides print the same\n",
  NULL, NULL },
{ "id", "[show | new | rename NAME]", CMD_ID, run_id,
  "this computer's identity",
  "secchat id                         # its fingerprint, and where it is\n"
  "secchat id show --json             # the same for programs\n"
  "secchat id new                     # another one; the old one is kept\n"
  "secchat id rename alice            # what others are told\n",
  "An identity is made when it is first used. Others remember its public half\n"
  "and refuse another in its place.\n",
  "    --json                show: an object a line, for programs\n"
  "    --no-input            new: never ask; fail instead\n" },
{ "peers", "[list | show P | forget P]", CMD_PEERS, run_peers,
  "remembered people",
  "secchat peers                      # everybody\n"
  "secchat peers -q                   # their names alone\n"
  "secchat peers list --json          # an object a line, for programs\n"
  "secchat peers show bob             # with the safety number\n"
  "secchat peers forget bob           # to meet again with --pair\n",
  "The safety number is the same on both sides, whenever you two meet.\n",
  "-q, --quiet               list: the names alone\n"
  "    --json                list, show: an object a line, for programs\n" },
{ "audit", "[options] [PID]", CMD_AUDIT, run_audit,
  "show what keeps the keys, with evidence",
  "secchat audit                      # of a session with itself\n"
  "secchat audit --live               # of the one that is running\n"
  "secchat audit 4711                 # of the one with this process\n"
  "secchat audit --prove              # search every process for known keys\n"
  "secchat audit --policy secchat-net # what it may do, and why\n"
  "sudo secchat audit                 # root sees more\n",
  NULL,
  "    --live                of the session that is running\n"
  "    --prove               search every process for known keys\n"
  "    --policy [PROGRAM]    what each program may do, and why\n"
  "    --only ID             checks whose id begins so: --only keys.\n"
  "    --json                one object with a list of findings\n"
  "    --strict              what this system lacks is a failure (code 9)\n"
  "    --plain               one line a finding, no colours\n"
  "    --no-color            no colours; so does NO_COLOR\n" },
{ "prices", "[options]", CMD_PRICES, run_prices,
  "BTC ETH SOL DOGE in dollars, with the change of a day",
  "secchat prices                     # once\n"
  "secchat prices --watch             # every 30 seconds; q stops\n"
  "secchat prices --json              # for programs\n"
  "secchat prices --proxy socks5://127.0.0.1:9050\n",
  "api.coingecko.com is asked over HTTPS, or api-pub.bitfinex.com or\n"
  "api.kraken.com when it does not answer. They see this computer's address\n"
  "and the time; the local network sees their names. In a chat: /prices.\n",
  NULL },
{ "help", "[COMMAND]", CMD_HELP, run_help,
  "explain a command",
  "secchat help join\n",
  NULL, NULL },
};
/* clang-format on */
const size_t commands_len = ARRAY_LEN(commands);

const struct command *
command_find(const char *name)
{
	for (size_t i = 0; i < commands_len; i++)
		if (strcmp(commands[i].name, name) == 0)
			return &commands[i];
	return NULL;
}

static int
asks_for_help(int argc, char **argv)
{
	for (int i = 0; i < argc && strcmp(argv[i], "--") != 0; i++)
		if (strcmp(argv[i], "-h") == 0 ||
		    strcmp(argv[i], "--help") == 0)
			return 1;
	return 0;
}

int
run_with_options(const struct command *c, int argc, char **argv,
    int (*run)(const struct options *o))
{
	static struct settings settings;
	struct complaint wrong;
	struct options o;
	int err = options_parse(&o, c, argc, argv, &settings, &wrong);

	if (err == CLI_HELP)
		return help_command(c);
	if (err < 0) {
		say_error(wrong.what, wrong.why, wrong.next);
		return err_exit(err);
	}
	return run(&o);
}

static int
run_chat(const struct command *c, int argc, char **argv)
{
	return run_with_options(c, argc, argv, super_run);
}

/* secchat-identity has its own command line: all of it goes there. */
static int
run_identity(const struct command *c, int argc, char **argv)
{
	if (asks_for_help(argc, argv))
		return help_command(c);
	return super_identity(argv - 2);
}

/* And so has secchat-audit. */
static int
run_audit(const struct command *c, int argc, char **argv)
{
	if (asks_for_help(argc, argv))
		return help_command(c);
	return super_audit(argc, argv);
}

static int
no_such_command(const char *name)
{
	char what[SENTENCE_MAX];
	const char *names[ARRAY_LEN(commands)];
	const char *best;

	for (size_t i = 0; i < commands_len; i++)
		names[i] = commands[i].name;
	best = suggest_word(name, names, commands_len);
	if (best != NULL)
		snprintf(what, sizeof what,
		    "unknown command \"%.80s\". Did "
		    "you mean \"%s\"?",
		    name, best);
	else
		snprintf(what, sizeof what, "unknown command \"%.80s\"", name);
	say_error(what, NULL, "Try: secchat help");
	return EXIT_USAGE;
}

/* What does not belong there would go unnoticed. */
static int
one_too_many(const char *arg, const char *next)
{
	char what[SENTENCE_MAX];

	snprintf(what, sizeof what, "one argument too many: \"%.80s\"", arg);
	say_error(what, NULL, next);
	return EXIT_USAGE;
}

static int
run_help(const struct command *c, int argc, char **argv)
{
	const struct command *about = c;

	if (argc > 1 && !asks_for_help(argc, argv))
		return one_too_many(argv[1], "Try: secchat help COMMAND");
	if (argc > 0 && !asks_for_help(argc, argv)) {
		about = command_find(argv[0]);
		if (about == NULL)
			return no_such_command(argv[0]);
	}
	if (argc == 0)
		return help_all();
	return help_command(about);
}

/* clang-format off */
/* What the processes of a chat need, each of them or together. */
static const struct need {
	int limit;
	rlim_t least;
	const char *what, *next;
} needs[] = {
	/* pipes and links between all of them, and some more */
	{ RLIMIT_NOFILE, 64,
	    "files may be open at once",
	    "Raise the limit, as in: ulimit -Hn 1024" },
	/* the largest thing on a stack is a path */
	{ RLIMIT_STACK, 256 << 10,
	    "bytes may be on a stack",
	    "Raise the limit, as in: ulimit -Hs 8192" },
};
/* clang-format on */

/* What the system allows, and not the shell alone, is used. */
static int
is_enough(const struct need *n)
{
	char what[SENTENCE_MAX];
	struct rlimit r;

	if (getrlimit((unsigned)n->limit, &r) < 0 || r.rlim_cur >= n->least)
		return 1;
	r.rlim_cur = MIN(r.rlim_max, n->least);
	(void)setrlimit((unsigned)n->limit, &r);
	if (r.rlim_cur == n->least)
		return 1;
	snprintf(what, sizeof what, "only %ju %s here, and secchat needs %ju",
	    (uintmax_t)r.rlim_max, n->what, (uintmax_t)n->least);
	say_error(what, NULL, n->next);
	return 0;
}

static int
has_enough(void)
{
	for (size_t i = 0; i < ARRAY_LEN(needs); i++)
		if (!is_enough(&needs[i]))
			return 0;
	return 1;
}

/* What is written nowhere would count as delivered over there. */
static int
no_stdout(void)
{
	say_error("standard output is closed: nobody could read what comes",
	    NULL, "Leave it open, or say that nobody will: >/dev/null");
	return EXIT_CONFIG;
}

int
cli_main(int argc, char **argv, int has_stdout)
{
	const struct command *c;

	if (argc < 2) {
		say_error("what to do is missing",
		    "secchat host waits for somebody, secchat join calls.",
		    "Try: secchat help");
		return EXIT_USAGE;
	}
	if (strcmp(argv[1], "--version") == 0 && argc > 2)
		return one_too_many(argv[2], "Try: secchat --version");
	if (strcmp(argv[1], "--version") == 0) {
		printf("secchat %s (%s)%s\n", SECCHAT_VERSION, SECCHAT_PROTOCOL,
		    SECCHAT_BUILD);
		return say_flush();
	}
	if (strcmp(argv[1], "-h") == 0 || strcmp(argv[1], "--help") == 0)
		return help_all();
	c = command_find(argv[1]);
	if (c == NULL)
		return no_such_command(argv[1]);
	if (!has_stdout && (c->mask & CMD_CHAT))
		return no_stdout();
	if (!has_enough())
		return EXIT_CONFIG;
	return c->run(c, argc - 2, argv + 2);
}
