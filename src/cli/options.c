/*
 * The options of host and join: one table that help prints, and that the
 * parser and the config file's read.
 */
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cli.h"
#include "secchat/err.h"
#include "secchat/ipc_msgs.h"
#include "secchat/util.h"

#define AT(field) offsetof(struct options, field)

/* clang-format off */
const struct option_row option_rows[] = {
/* name             letter  argument commands          type          where           what it does */
{ "key",               0,   "FILE",  CMD_CHAT | CONF,  OPT_PATH,     AT(key_path),
  "a key file that both sides have a copy of" },
{ "passphrase",        0,   NULL,    CMD_CHAT | CONF,  OPT_SET,      AT(passphrase),
  "a passphrase that both know, typed hidden" },
{ "passphrase-fd",     0,   "N",     CMD_CHAT,         OPT_FD,       AT(passphrase_fd),
  "read it as one line from descriptor N" },
{ "code-fd",           0,   "N",     CMD_JOIN,         OPT_FD,       AT(code_fd),
  "read the host's code from descriptor N" },
{ "id",                0,   NULL,    CMD_CHAT | CONF,  OPT_SET,      AT(id),
  "with this computer's identity, to people it knows" },
{ "pair",              0,   NULL,    CMD_CHAT,         OPT_SET,      AT(pair),
  "meet for the first time: --id behind a code" },
{ "accept-new",        0,   NULL,    CMD_CHAT | CONF,  OPT_SET,      AT(accept_new),
  "--id: take an unknown key as it comes" },
{ "name",              0,   "NAME",  CMD_CHAT,         OPT_NAME,     AT(name),
  "who the other person is, and nobody else" },
{ "rekey-every",       0,   "N[,DUR]", CMD_CHAT | CONF,  OPT_REKEY,    AT(rekey_msgs),
  "new keys after N messages, or DUR: 90s 10m 1h" },
{ "pq",                0,   NULL,    CMD_CHAT | CONF,  OPT_SET,      AT(pq),
  "add a post-quantum key exchange; both sides need it" },
{ "wait",              0,   "[=DUR]", CMD_JOIN | CONF,  OPT_WAIT,     AT(wait),
  "keep calling until the host is there, or for DUR" },
{ "keep",              0,   NULL,    CMD_HOST | CONF,  OPT_SET,      AT(keep),
  "after a chat wait for the next one" },
{ "accept-intro",      0,   "N",     CMD_CHAT,         OPT_NUMBER,   AT(accept_intro),
  "accept introduction number N without asking" },
{ "json",              0,   NULL,    CMD_SHOW,         OPT_SET,      AT(json),
  "events on stdout, commands on stdin, as JSON" },
{ "no-input",          0,   NULL,    CMD_SHOW | CONF,  OPT_SET,      AT(no_input),
  "never ask; fail instead" },
{ "plain",             0,   NULL,    CMD_SHOW | CONF,  OPT_SET,      AT(plain),
  "as in a pipe: your lines go out, theirs come in" },
{ "ascii",             0,   NULL,    CMD_SHOW | CONF,  OPT_SET,      AT(ascii),
  "show nothing but ASCII" },
{ "no-color",          0,   NULL,    CMD_SHOW | CONF,  OPT_SET,      AT(no_color),
  "no colours; so does NO_COLOR" },
{ "colors",            0,   "NAME",  CMD_SHOW | CONF,  OPT_COLORS,   AT(colors),
  "western, eastern or blue-orange: what is up, and down" },
{ "quiet",            'q',  NULL,    CMD_SHOW | CONF,  OPT_SET,      AT(quiet),
  "fewer words" },
{ "verbose",          'v',  NULL,    CMD_SHOW | CONF,  OPT_SET,      AT(verbose),
  "tell what each process does" },
{ "log",               0,   "FILE",  CMD_SHOW | CONF,  OPT_PATH,     AT(log_path),
  "append events to FILE; no texts, no keys" },
{ "config",            0,   "FILE",  CMD_SHOW,         OPT_PATH,     AT(config_path),
  "read settings from FILE, not from the usual one" },
{ "download-dir",      0,   "DIR",   CMD_CHAT | CONF,  OPT_PATH,     AT(download_dir),
  "where received files go, instead of the download folder" },
{ "prices",            0,   NULL,    CMD_CHAT | CONF,  OPT_SET,      AT(prices),
  "prices from the start, again and again, in the status row" },
{ "no-prices",         0,   NULL,    CMD_CHAT | CONF,  OPT_SET,      AT(no_prices),
  "never ask for prices, whatever is typed" },
{ "watch",             0,   NULL,    CMD_PRICES,       OPT_SET,      AT(watch),
  "go on until q or Ctrl-C" },
{ "prices-every",      0,   "S",     CMD_SHOW | CONF,  OPT_EVERY,    AT(prices_every),
  "seconds between two refreshes, at least 30" },
{ "prices-url",        0,   "URL",   CMD_SHOW | CONF,  OPT_URL,      AT(prices_host),
  "ask this server in each provider's place" },
{ "prices-sample",     0,   NULL,    CMD_SHOW,         OPT_SET,      AT(prices_sample),
  "that server makes its prices up: label them SAMPLE" },
{ "prices-key",        0,   "KEY",   CMD_SHOW | CONF | CONF_ONLY, OPT_KEY, AT(prices_key),
  "" },
{ "ca-file",           0,   "FILE",  CMD_SHOW | CONF,  OPT_PATH,     AT(ca_path),
  "the certificates to trust, instead of the system's" },
{ "proxy",             0,   "PROXY", CMD_JOIN | CMD_PRICES | CONF, OPT_PROXY, AT(proxy),
  "socks5://HOST:PORT or socks5:PATH, which looks names up" },
{ "legacy",            0,   "FORMAT", CMD_CHAT,        OPT_LEGACY,   AT(legacy),
  "fernet or gcm: talk to an older program, with less safety" },
{ "crypto-worker",     0,   "PATH",  CMD_CHAT,         OPT_ABSOLUTE, AT(crypto_worker),
  "another program in secchat-crypto's place" },
{ "help",             'h',  NULL,    CMD_ANY,
  OPT_HELP, 0, "this text" },
};
/* clang-format on */
const size_t option_rows_len = ARRAY_LEN(option_rows);

__attribute__((format(printf, 3, 4))) static int
complain(struct complaint *c, const char *next, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(c->what, sizeof c->what, fmt, ap);
	va_end(ap);
	snprintf(c->next, sizeof c->next, "%s", next);
	return -ERR_USAGE;
}

/* ---- values ---- */

/* A decimal number up to max, or -1. */
static int64_t
parse_number(const char *s, uint32_t max)
{
	uint64_t v = 0;

	if (*s == '\0' || strlen(s) > 10)
		return -1;
	for (; *s != '\0'; s++) {
		if (*s < '0' || *s > '9')
			return -1;
		v = v * 10 + (uint64_t)(*s - '0');
	}
	return v <= max ? (int64_t)v : -1;
}

static int
set_fd(int *field, const char *name, const char *value, struct complaint *c)
{
	int64_t n = parse_number(value, INT32_MAX);
	char next[80];
	int flags;

	snprintf(next, sizeof next,
	    "Open it in the shell, as in: --%s 3 3< FILE", name);
	if (n < 0 || n == STDOUT_FILENO || n == STDERR_FILENO)
		return complain(c, next,
		    "--%s: \"%.80s\" is not a descriptor to read from", name,
		    value);
	flags = fcntl((int)n, F_GETFL);
	if (flags < 0 || (flags & O_ACCMODE) == O_WRONLY)
		return complain(c, next,
		    "--%s: descriptor %d is not open for reading", name,
		    (int)n);
	*field = (int)n;
	return 0;
}

static int
set_name(const char **field, const char *value, struct complaint *c)
{
	if (!name_ok(value))
		return complain(c, NAME_RULE,
		    "--name: \"%.80s\" cannot be a name: %s", value,
		    name_wrong(value));
	*field = value;
	return 0;
}

/* "90s", "10m", "1h" in milliseconds, up to a day; or -1. */
static int64_t
parse_duration(const char *s)
{
	static const char units[] = "smh";
	static const uint32_t unit_ms[] = {1000, 60000, 3600000};
	size_t len = strlen(s);
	char number[12];
	const char *unit;
	int64_t n;

	if (len < 2 || len > sizeof number)
		return -1;
	unit = strchr(units, s[len - 1]);
	snprintf(number, sizeof number, "%.*s", (int)len - 1, s);
	n = parse_number(number, 86400);
	if (unit == NULL || n <= 0)
		return -1;
	n *= unit_ms[unit - units];
	return n <= 86400000 ? n : -1;
}

static int
set_rekey(struct options *o, const char *value, struct complaint *c)
{
	const char *comma = strchr(value, ',');
	size_t len = comma != NULL ? (size_t)(comma - value) : strlen(value);
	int64_t n, ms = 0;
	char number[12];

	snprintf(number, sizeof number, "%.*s", (int)MIN(len, 11u), value);
	n = parse_number(number, REKEY_EVERY_MAX);
	if (comma != NULL)
		ms = parse_duration(comma + 1);
	if (n <= 0 || ms < 0)
		return complain(c,
		    "It is a number up to 1000000, and perhaps a time up to a "
		    "day. Try: --rekey-every 20,10m",
		    "--rekey-every: \"%.80s\" is not understood", value);
	o->rekey_msgs = (uint32_t)n;
	o->rekey_ms = (uint32_t)ms;
	return 0;
}

/* Without a word: "" is how an option is given that takes no value. */
static int
is_yes(const char *value)
{
	return value[0] == '\0' || strcmp(value, "yes") == 0;
}

/* What was meant to be a value may be a secret: it is not repeated. */
static int
set_flag(
    uint8_t *field, const char *name, const char *value, struct complaint *c)
{
	if (!is_yes(value) && strcmp(value, "no") != 0)
		return complain(c, "Write yes or no, and nothing else.",
		    "--%s: the value can only be yes or no", name);
	*field = is_yes(value) != 0;
	return 0;
}

/* Yes is without end. */
static int
set_wait(struct options *o, const char *value, struct complaint *c)
{
	int no = strcmp(value, "no") == 0;
	int64_t ms = no || is_yes(value) ? 0 : parse_duration(value);

	if (ms < 0)
		return complain(c,
		    "It is a number with s, m or h, up to a day. Try: "
		    "--wait=30s, or --wait alone",
		    "--wait: \"%.80s\" is not a time", value);
	o->wait = !no;
	o->wait_ms = (uint32_t)ms;
	return 0;
}

static int
set_colors(uint8_t *field, const char *value, struct complaint *c)
{
	static const char *const names[] = {
	    [COLORS_WESTERN] = "western",
	    [COLORS_EASTERN] = "eastern",
	    [COLORS_BLUE_ORANGE] = "blue-orange",
	};

	for (size_t i = 0; i < ARRAY_LEN(names); i++)
		if (strcmp(value, names[i]) == 0) {
			*field = (uint8_t)i;
			return 0;
		}
	return complain(c, "It is western, eastern or blue-orange.",
	    "--colors: \"%.80s\" is none of the schemes", value);
}

static int
set_legacy(uint8_t *field, const char *value, struct complaint *c)
{
	if (strcmp(value, "fernet") == 0)
		*field = MODE_FERNET;
	else if (strcmp(value, "gcm") == 0)
		*field = MODE_GCM;
	else
		return complain(c,
		    "It is fernet (with a key file) or gcm (with a "
		    "passphrase).",
		    "--legacy: \"%.80s\" is none of the older formats", value);
	return 0;
}

int
options_set(struct options *o, const struct option_row *row, const char *value,
    struct complaint *c)
{
	void *field = (char *)o + row->at;
	int64_t n;

	switch ((enum option_type)row->type) {
	case OPT_SET:
		return set_flag(field, row->name, value, c);
	case OPT_HELP:
		return CLI_HELP;
	case OPT_FD:
		return set_fd(field, row->name, value, c);
	case OPT_NUMBER:
		n = parse_number(value, UINT32_MAX);
		if (n <= 0)
			return complain(c, "Try: --accept-intro 1",
			    "--%s: \"%.80s\" is not a number from 1 on",
			    row->name, value);
		*(uint32_t *)field = (uint32_t)n;
		return 0;
	case OPT_NAME:
		return set_name(field, value, c);
	case OPT_REKEY:
		return set_rekey(o, value, c);
	case OPT_WAIT:
		return set_wait(o, value, c);
	case OPT_COLORS:
		return set_colors(field, value, c);
	case OPT_LEGACY:
		return set_legacy(field, value, c);
	case OPT_EVERY:
		return set_every(o, value, c);
	case OPT_URL:
		return set_prices_url(o, value, c);
	case OPT_KEY:
		return set_prices_key(o, value, c);
	case OPT_PROXY:
		return set_proxy(o, value, c);
	case OPT_ABSOLUTE:
		if (value[0] != '/')
			return complain(c, "Write the whole path, from / on.",
			    "--%s: \"%.80s\" is not an absolute path",
			    row->name, value);
		break;
	case OPT_PATH:
		if (value[0] == '\0')
			return complain(c, "Name one.",
			    "--%s: the name is empty", row->name);
		break;
	}
	*(const char **)field = value;
	return 0;
}

/* ---- finding them ---- */

/* Whether this command line may have it. */
static int
is_for(const struct option_row *row, const struct command *cmd)
{
	return (row->commands & cmd->mask) && !(row->commands & CONF_ONLY);
}

static int
unknown(struct complaint *c, const struct command *cmd, const char *arg,
    const char *name)
{
	const char *names[ARRAY_LEN(option_rows)], *best;
	size_t n = 0;
	char next[64];

	for (size_t i = 0; i < option_rows_len; i++)
		if (is_for(&option_rows[i], cmd))
			names[n++] = option_rows[i].name;
	best = suggest_word(name, names, n);
	snprintf(next, sizeof next, "Try: secchat help %s", cmd->name);
	for (size_t i = 0; i < option_rows_len; i++)
		if (strcmp(option_rows[i].name, name) == 0)
			return complain(c, next,
			    "--%s is not an option of \"secchat %s\"", name,
			    cmd->name);
	if (best != NULL)
		return complain(c, next,
		    "unknown option \"%.80s\". Did you "
		    "mean \"--%s\"?",
		    arg, best);
	return complain(c, next, "unknown option \"%.80s\"", arg);
}

static const struct option_row *
find_long(const struct command *cmd, const char *name, size_t len)
{
	for (size_t i = 0; i < option_rows_len; i++) {
		const struct option_row *row = &option_rows[i];

		if (is_for(row, cmd) && strlen(row->name) == len &&
		    memcmp(row->name, name, len) == 0)
			return row;
	}
	return NULL;
}

static const struct option_row *
find_letter(const struct command *cmd, char letter)
{
	for (size_t i = 0; i < option_rows_len; i++)
		if ((option_rows[i].commands & cmd->mask) &&
		    option_rows[i].letter == letter)
			return &option_rows[i];
	return NULL;
}

/* The command line while it is walked. */
struct walk {
	struct options *o;
	const struct command *cmd;
	struct complaint *c;
	char **argv;
	int argc, i;
	uint64_t seen; /* OPTION_BIT */
	const char *operand;
	int only_operands; /* after "--" */
};

_Static_assert(ARRAY_LEN(option_rows) <= OPTIONS_MAX, "OPTION_BIT");

static int
apply(struct walk *w, const struct option_row *row, const char *value)
{
	uint64_t bit = OPTION_BIT(row);

	if (row->arg != NULL && (w->seen & bit))
		return complain(w->c, "Leave one of them out.",
		    "--%s is given twice", row->name);
	w->seen |= bit;
	return options_set(w->o, row, value, w->c);
}

/* Whether a word behind it is none of its own. */
static int
may_be_bare(const struct option_row *row)
{
	return row->arg == NULL || row->arg[0] == '[';
}

/* --name, --name=value or --name value. */
static int
take_long(struct walk *w, const char *arg)
{
	const char *name = arg + 2, *equals = strchr(name, '=');
	size_t len = equals != NULL ? (size_t)(equals - name) : strlen(name);
	const struct option_row *row = find_long(w->cmd, name, len);
	char word[40];

	if (row == NULL) {
		snprintf(word, sizeof word, "%.*s", (int)MIN(len, 39u), name);
		return unknown(w->c, w->cmd, arg, word);
	}
	if (row->type == OPT_HELP && equals != NULL)
		return complain(w->c, "Leave out what follows the =.",
		    "--%s takes no value", row->name);
	if (equals == NULL && may_be_bare(row))
		return apply(w, row, "");
	if (equals != NULL && equals[1] == '\0' && may_be_bare(row))
		return complain(w->c, "Write it behind the =, or leave it out.",
		    "--%s= needs a value", row->name);
	if (equals != NULL)
		return apply(w, row, equals + 1);
	if (w->i + 1 == w->argc)
		return complain(w->c, "Write it behind the option.",
		    "--%s needs a value: %s", row->name, row->arg);
	return apply(w, row, w->argv[++w->i]);
}

static int
take_letters(struct walk *w, const char *arg)
{
	for (const char *p = arg + 1; *p != '\0'; p++) {
		const struct option_row *row = find_letter(w->cmd, *p);
		int err;

		if (row == NULL)
			return unknown(w->c, w->cmd, arg, arg + 1);
		err = apply(w, row, "");
		if (err != 0)
			return err;
	}
	return 0;
}

static int
take_operand(struct walk *w, const char *arg)
{
	if (w->operand != NULL && w->o->wait && parse_duration(w->operand) > 0)
		return complain(w->c, "A space would make it the HOST.",
		    "the time stands behind an equals sign: --wait=%.12s",
		    w->operand);
	if (w->operand != NULL)
		return complain(w->c,
		    "Put quotes around what belongs "
		    "together.",
		    "one argument too many: \"%.80s\"", arg);
	w->operand = arg;
	return 0;
}

static int
take_one(struct walk *w)
{
	const char *arg = w->argv[w->i];

	if (w->only_operands || arg[0] != '-' || arg[1] == '\0')
		return take_operand(w, arg);
	if (strcmp(arg, "--") == 0) {
		w->only_operands = 1;
		return 0;
	}
	return arg[1] == '-' ? take_long(w, arg) : take_letters(w, arg);
}

static void
defaults(struct options *o, const struct command *cmd)
{
	memset(o, 0, sizeof *o);
	o->role = cmd->mask == CMD_HOST ? PEER_HOST : PEER_JOINER;
	o->passphrase_fd = o->code_fd = -1;
}

int
options_parse(struct options *o, const struct command *cmd, int argc,
    char **argv, struct settings *s, struct complaint *c)
{
	struct walk w = {
	    .o = o, .cmd = cmd, .c = c, .argv = argv, .argc = argc};
	int err;

	memset(c, 0, sizeof *c);
	defaults(o, cmd);
	for (w.i = 0; w.i < argc; w.i++) {
		err = take_one(&w);
		if (err != 0)
			return err;
	}
	o->id |= o->pair;
	if (s != NULL) {
		err = config_load(s, o->config_path, c);
		if (err == 0)
			err = config_merge(o, cmd, w.seen, s, c);
		if (err < 0)
			return err;
	}
	if (cmd->mask == CMD_PRICES) {
		if (w.operand != NULL)
			return complain(c, "Try: secchat help prices",
			    "\"secchat prices\" takes no argument: \"%.80s\"",
			    w.operand);
		return options_check(o, c);
	}
	if (cmd->mask == CMD_HOST)
		err = target_host(o, w.operand, c);
	else if (w.operand == NULL)
		return complain(c, "Try: secchat join 192.0.2.10",
		    "whom to call is missing: HOST");
	else
		err = target_join(o, w.operand, c);
	return err < 0 ? err : options_check(o, c);
}
