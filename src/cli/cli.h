/*
 * The command line: a table of subcommands, a table of options, and the words
 * that both of them make for help and for mistakes.
 */
#ifndef SECCHAT_SRC_CLI_H
#define SECCHAT_SRC_CLI_H

#include <stddef.h>
#include <stdint.h>

#include "../super/super.h"

/* All of the program: argv in, exit code out.  has_stdout: whether standard
 * output was open at the start; without it there is no chat. */
int cli_main(int argc, char **argv, int has_stdout);

/* ---- subcommands (commands.c) ---- */

/* Masks, for the options' column of commands. */
enum {
	CMD_HOST = 1,
	CMD_JOIN = 2,
	CMD_KEYGEN = 4,
	CMD_FINGERPRINT = 8,
	CMD_HELP = 16,
	CMD_ID = 32,
	CMD_PEERS = 64,
	CMD_AUDIT = 128,
	CMD_PRICES = 256,
	CONF_ONLY = 0x4000, /* in the config file, and nowhere else */
	CONF = 0x8000 /* beside commands: it may stand in the config file */
};
#define CMD_CHAT (CMD_HOST | CMD_JOIN)
#define CMD_SHOW (CMD_CHAT | CMD_PRICES)
#define CMD_ANY (CONF_ONLY - 1)

struct command {
	const char *name;
	const char *args; /* as help shows them */
	uint16_t mask;
	int (*run)(const struct command *c, int argc, char **argv);
	const char *does;     /* one line */
	const char *examples; /* lines, each "command  # remark" */
	const char *more;     /* further help, or NULL */
	const char *options;  /* those beside the table's, in lines, or NULL */
};

extern const struct command commands[];
extern const size_t commands_len;

/* NULL when there is none of that name. */
const struct command *command_find(const char *name);

/* ---- options (options.c) ---- */

enum option_type {
	OPT_SET,
	OPT_HELP,
	OPT_FD,
	OPT_NUMBER,
	OPT_NAME,
	OPT_REKEY,
	OPT_WAIT,
	OPT_COLORS,
	OPT_LEGACY,
	OPT_PATH,
	OPT_ABSOLUTE,
	OPT_EVERY,
	OPT_URL,
	OPT_KEY,
	OPT_PROXY
};

struct option_row {
	const char *name;  /* without "--" */
	char letter;       /* or 0 */
	const char *arg;   /* NULL: takes none; "[=X]": may, behind = */
	uint16_t commands; /* CMD_* mask, and CONF */
	uint8_t type;      /* enum option_type */
	size_t at;         /* offset in struct options */
	const char *help;
};

#define OPTIONS_MAX 64
#define OPTION_BIT(row) ((uint64_t)1 << ((row)-option_rows))

extern const struct option_row option_rows[];
extern const size_t option_rows_len;

/* What is wrong with a command line, in words. */
struct complaint {
	char what[512];
	char why[256];
	char next[256];
};

#define CLI_HELP 1

struct settings;

/*
 * The options and the operand of host and join, and with s what the config
 * file adds to them; *s must live as long as *o, which points into it.  0;
 * CLI_HELP when help was asked for; -ERR_USAGE or -ERR_CONFIG with *c filled
 * in.  Opens the config file and nothing else; a descriptor's number is
 * checked to be one that is open.
 */
int options_parse(struct options *o, const struct command *cmd, int argc,
    char **argv, struct settings *s, struct complaint *c);

/*
 * One option gets its value; one that takes none has "", "yes" or "no".  0,
 * CLI_HELP, or -ERR_USAGE with *c filled in.  A value that is text is
 * borrowed.
 */
int options_set(struct options *o, const struct option_row *row,
    const char *value, struct complaint *c);

/* What may not be combined (conflicts.c).  0 or -ERR_USAGE. */
int options_conflict(const struct options *o, struct complaint *c);

/* The same, and what means nothing alone. */
int options_check(const struct options *o, struct complaint *c);

/* ---- the config file (config.c) ---- */

#define CONFIG_MAX 16384 /* bytes of a config file */
#define CONFIG_PATH 4096

/* A line of it, read. */
struct setting {
	const struct option_row *row;
	const char *value; /* in text or paths */
	unsigned line;
};

struct settings {
	size_t n;
	struct setting s[OPTIONS_MAX];
	char path[CONFIG_PATH]; /* where it was looked for */
	char text[CONFIG_MAX + 2];
	size_t paths_len;
	char paths[2 * CONFIG_PATH]; /* file names without ~ */
};

/*
 * The settings in path, or, when that is NULL, in $XDG_CONFIG_HOME/secchat/
 * config or ~/.config/secchat/config, which may be missing.  0, or
 * -ERR_CONFIG with *c filled in: it cannot be read, others can write to it,
 * a line is not understood.
 */
int config_load(struct settings *s, const char *path, struct complaint *c);

/* The same from the len bytes, at most CONFIG_MAX + 1, in s->text. */
int config_parse(struct settings *s, size_t len, struct complaint *c);

/*
 * Add to the options of a command what the settings say and the command line
 * does not: neither itself (seen: the rows that it gave) nor by what cannot be
 * combined with it.  0, or -ERR_CONFIG: the settings contradict themselves.
 */
int config_merge(struct options *o, const struct command *cmd, uint64_t seen,
    const struct settings *s, struct complaint *c);

/*
 * For a command of host, join or prices: its options and the configuration
 * are read, and it is run with them; or help, or what is wrong with them.
 */
int run_with_options(const struct command *c, int argc, char **argv,
    int (*run)(const struct options *o));

/* ---- prices and proxies (prices.c) ---- */

/* `secchat prices`. */
int run_prices(const struct command *c, int argc, char **argv);

/*
 * Values of options: --prices-every, --prices-url (https alone), the config
 * file's prices-key, --proxy.  0 or -ERR_USAGE with *c filled in.
 */
int set_every(struct options *o, const char *value, struct complaint *c);
int set_prices_url(struct options *o, const char *value, struct complaint *c);
int set_prices_key(struct options *o, const char *value, struct complaint *c);
int set_proxy(struct options *o, const char *value, struct complaint *c);

/* ---- identities (id.c, peers.c) ---- */

/* `secchat id` and `secchat peers`: the words behind the command.  Both return
 * the program's exit code, having said what went wrong. */
int run_id(const struct command *c, int argc, char **argv);

/* See run_id. */
int run_peers(const struct command *c, int argc, char **argv);

/* The words of a command that takes few options (words.c). */
#define WORDS_MAX 2
struct words {
	const char *word[WORDS_MAX + 1]; /* NULL at the end */
	size_t n;
	int no_input, json, quiet;
};

/*
 * Take the words of a command line apart; options that say how a chat is
 * shown mean nothing here.  0; CLI_HELP when help was asked for; -ERR_USAGE
 * after having said what is wrong.
 */
int words_parse(
    struct words *w, const struct command *cmd, int argc, char **argv);

/* A word of a command, how many words there may be with it, who obeys. */
struct verb {
	const char *word;
	size_t words; /* at most, itself included */
	int json;     /* whether --json means something to it */
	int (*run)(const struct words *w);
};

/* Take the command line apart and obey its verb; without one, the first of
 * the n.  Returns the program's exit code. */
int words_run(const struct command *cmd, int argc, char **argv,
    const struct verb *verbs, size_t n);

/* The word is none of the command's: said, with what was probably meant.
 * Returns EXIT_USAGE. */
int words_unknown(const struct command *cmd, const char *word,
    const char *const *names, size_t n);

/* Say what is wrong with the folder.  Returns EXIT_CONFIG. */
int people_refuse(const struct people_wrong *w);

/* ---- one JSON object a line (json.c) ---- */

/* A text, or, where that is NULL, a truth. */
struct json_member {
	const char *name, *text;
	int yes;
};

/* The object with these members, on stdout.  0, or -ERR_SYS when it was
 * said that it cannot be written. */
int json_line(const struct json_member *m, size_t n);

/* ---- where to (target.c) ---- */

#define DEFAULT_PORT 5000

/* host's operand: [[ADDR:]PORT], NULL for none.  0 or -ERR_USAGE. */
int target_host(struct options *o, const char *arg, struct complaint *c);

/* join's: HOST[:PORT], HOST a name, IPv4, [IPv6] or bare IPv6. */
int target_join(struct options *o, const char *arg, struct complaint *c);

/* ---- help (help.c) ---- */

/* To stdout: of everything, or of one command.  The exit code. */
int help_all(void);
int help_command(const struct command *c);

#endif
