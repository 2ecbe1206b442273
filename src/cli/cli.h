/*
 * The command line: a table of subcommands, a table of options, and the words
 * that both of them make for help and for mistakes.
 */
#ifndef SECCHAT_SRC_CLI_H
#define SECCHAT_SRC_CLI_H

#include <stddef.h>
#include <stdint.h>

#include "../super/super.h"

/* All of the program: argv in, exit code out. */
int cli_main(int argc, char **argv);

/* ---- subcommands (commands.c) ---- */

/* Masks, for the options' column of commands. */
enum {
	CMD_HOST = 1,
	CMD_JOIN = 2,
	CMD_KEYGEN = 4,
	CMD_FINGERPRINT = 8,
	CMD_HELP = 16,
	CMD_ID = 32,
	CMD_PEERS = 64
};
#define CMD_CHAT (CMD_HOST | CMD_JOIN)

struct command {
	const char *name;
	const char *args; /* as help shows them */
	uint8_t mask;
	int (*run)(const struct command *c, int argc, char **argv);
	const char *does;     /* one line */
	const char *examples; /* lines, each "command  # remark" */
	const char *more;     /* further help, or NULL */
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
	OPT_PATH,
	OPT_ABSOLUTE
};

struct option_row {
	const char *name; /* without "--" */
	char letter;      /* or 0 */
	const char *arg;  /* NULL: takes none; "[=X]": may, behind = */
	uint8_t commands; /* CMD_* mask */
	uint8_t type;     /* enum option_type */
	size_t at;        /* offset in struct options */
	const char *help;
};

extern const struct option_row option_rows[];
extern const size_t option_rows_len;

/* What is wrong with a command line, in words. */
struct complaint {
	char what[256];
	char why[256];
	char next[256];
};

#define CLI_HELP 1

/*
 * The options and the operand of host and join.  0; CLI_HELP when help was
 * asked for; -ERR_USAGE with *c filled in.  Opens nothing; a descriptor's
 * number is checked to be one that is open.
 */
int options_parse(struct options *o, const struct command *cmd, int argc,
    char **argv, struct complaint *c);

/* What may not be combined (conflicts.c).  0 or -ERR_USAGE. */
int options_check(const struct options *o, struct complaint *c);

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
	int no_input;
};

/*
 * Take the words of a command line apart; options that say how a chat is
 * shown mean nothing here.  0; CLI_HELP after having helped; -ERR_USAGE after
 * having said what is wrong.
 */
int words_parse(
    struct words *w, const struct command *cmd, int argc, char **argv);

/* A word of a command, how many words there may be with it, who obeys. */
struct verb {
	const char *word;
	size_t words; /* at most, itself included */
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

/* ---- where to (target.c) ---- */

#define DEFAULT_PORT 5000

/* host's operand: [[ADDR:]PORT], NULL for none.  0 or -ERR_USAGE. */
int target_host(struct options *o, const char *arg, struct complaint *c);

/* join's: HOST[:PORT], HOST a name, IPv4, [IPv6] or bare IPv6. */
int target_join(struct options *o, const char *arg, struct complaint *c);

/* ---- help (help.c) ---- */

/* To stdout: of everything, or of one command. */
void help_all(void);
void help_command(const struct command *c);

#endif
