/*
 * The supervisor: it starts every process of a chat, joins them up, watches
 * them, shows the introduction and the prompts, and puts the terminal back.
 * It never holds a key, a passphrase, a code or a message: no message that
 * it may receive has room for one.
 */
#ifndef SECCHAT_SRC_SUPER_H
#define SECCHAT_SRC_SUPER_H

#include <stdint.h>

#include "secchat/people.h"
#include "secchat/prices.h"

/* What the command line asked for.  Strings are argv's. */
struct options {
	uint8_t role;                 /* PEER_HOST or PEER_JOINER */
	char host[HOST_TEXT_MAX + 1]; /* "" : all addresses */
	uint16_t port;

	uint8_t passphrase;        /* --passphrase: typed */
	int passphrase_fd;         /* -1: not given */
	int code_fd;               /* -1: not given */
	const char *key_path;      /* NULL: no key file */
	const char *crypto_worker; /* absolute, or NULL */
	const char *log_path;      /* NULL: no log */
	const char *config_path;   /* NULL: the usual one */
	const char *download_dir;  /* NULL: the user's */
	uint32_t accept_intro;     /* 0: not given */

	uint8_t id, pair;    /* --id; --pair, which sets both */
	uint8_t accept_new;  /* ID: an unknown key may come in */
	const char *name;    /* who the other one is, or NULL */
	uint32_t rekey_msgs; /* 0: as limits.h says */
	uint32_t rekey_ms;   /* 0: the same */

	uint8_t legacy;            /* MODE_FERNET, MODE_GCM, or 0 */
	uint8_t pq;                /* suite 2 */
	uint8_t wait;              /* --wait: call until somebody is there */
	uint32_t wait_ms;          /* and no longer than this; 0: without end */
	uint8_t prices, no_prices; /* from the start; never */
	uint8_t prices_sample;     /* their numbers are made up, and say so */
	uint8_t watch;             /* secchat prices: until somebody stops it */
	uint32_t prices_every;     /* seconds; 0: the least there is */
	char prices_host[HOST_TEXT_MAX + 1]; /* --prices-url, or "" */
	uint16_t prices_port;
	char prices_prefix[PRICE_PREFIX_MAX + 1]; /* "/x", or "" */
	const char *ca_path;                      /* NULL: the system's */
	char prices_key[PRICE_KEY_MAX + 1];       /* or "" */

	uint8_t proxy; /* PROXY_* */
	uint16_t proxy_port;
	char proxy_host[HOST_TEXT_MAX + 1]; /* or its path */

	uint8_t keep, json, no_input;
	uint8_t plain, ascii, no_color;
	uint8_t colors; /* COLORS_* */
	uint8_t quiet, verbose;
};

/*
 * `secchat prices`: ask, show, and with watch go on.  Returns the exit code.
 */
int super_prices(const struct options *o);

/* One chat, or with keep one after the other.  Returns the exit code. */
int super_run(const struct options *o);

/*
 * Become secchat-identity with these arguments, argv[1] being the command.
 * Returns only on failure, an exit code, having said why.
 */
int super_identity(char *const argv[]);

/*
 * Become secchat-audit with these words of the command line.  Returns only
 * on failure, an exit code, having said why.
 */
int super_audit(int argc, char *const argv[]);

/*
 * Run it as a child with the text `in` (NULL: none) as its input, and what
 * it prints in out (NULL: it goes to stdout), cut at cap and terminated.
 * Returns its exit code; what went wrong it has said itself.
 */
int super_identity_ask(
    char *const argv[], const char *in, char *out, size_t cap);

/*
 * Have this computer's identity made, unless there is one already; with
 * replace also then, the old one staying under another name, which kept
 * gets.  print gets the fingerprint, "" when nothing was made.  Whenever this
 * is cut off, there is the old identity or the new one.  0, or -ERR_CONFIG
 * with *w.
 */
int super_identity_make(const struct store *st, int replace, char *print,
    size_t print_cap, char kept[32], struct people_wrong *w);

/*
 * An error as people read it: what happened, why, what to do next; why and
 * next may be NULL or "".  To stderr, every line through the text filter.
 */
void say_error(const char *what, const char *why, const char *next);

/* For what stdout did not take, as errno has it: a sentence.  EXIT_INTERNAL. */
int say_unwritten(void);

/* What printf(3) made goes out now.  EXIT_OK, or as above. */
int say_flush(void);

/* A line of data on stdout, filtered as the others.  0, or -ERR_SYS when
 * that was said. */
int say_line(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

#endif
