/*
 * The supervisor: it starts every process of a chat, joins them up, watches
 * them, shows the introduction and the prompts, and puts the terminal back.
 * It never holds a key, a passphrase, a code or a message: no message that
 * it may receive has room for one.
 */
#ifndef SECCHAT_SRC_SUPER_H
#define SECCHAT_SRC_SUPER_H

#include <stdint.h>

#include "secchat/limits.h"

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
	uint32_t accept_intro;     /* 0: not given */

	uint8_t pq; /* suite 2 */
	uint8_t keep, json, no_input;
	uint8_t plain, ascii, no_color;
	uint8_t quiet, verbose;
};

/* One chat, or with keep one after the other.  Returns the exit code. */
int super_run(const struct options *o);

/*
 * Become secchat-identity with these arguments, argv[1] being the command.
 * Returns only on failure, an exit code, having said why.
 */
int super_identity(char *const argv[]);

/*
 * An error as people read it: what happened, why, what to do next; why and
 * next may be NULL or "".  To stderr, every line through the text filter.
 */
void say_error(const char *what, const char *why, const char *next);

#endif
