/*
 * One line of commands: a JSON object whose "do" says what is wanted.  A
 * pure function from bytes to a command or to an error in words; it needs
 * jansson and nothing else.
 */
#ifndef SECCHAT_SCRIPT_COMMAND_H
#define SECCHAT_SCRIPT_COMMAND_H

#include <stddef.h>
#include <stdint.h>

enum command_what {
	COMMAND_SEND,
	COMMAND_STATUS,
	COMMAND_REKEY,
	COMMAND_VERIFY,
	COMMAND_RETRY,
	COMMAND_NAME,
	COMMAND_PRICES,
	COMMAND_SENDFILE,
	COMMAND_ACCEPT,
	COMMAND_DECLINE,
	COMMAND_CANCEL,
	COMMAND_QUIT
};

struct command {
	enum command_what what;
	const char *ref; /* NULL: none; at most REF_MAX bytes */
	size_t ref_len;
	/* _SEND: at most TEXT_MAX bytes, valid UTF-8 without NUL; _NAME:
	 * NAME_MAX_LOCAL; _SENDFILE: a path of at most FILE_PATH_MAX; _ACCEPT:
	 * a name of at most FILE_AS_MAX, or none */
	const char *text;
	size_t text_len;
	uint32_t n;         /* _ACCEPT, _DECLINE, _CANCEL: a file's number */
	const char *digits; /* COMMAND_VERIFY: SAS_HALF digits, or NULL */
	uint8_t want;       /* COMMAND_PRICES: WANT_* */
	uint32_t chat;      /* the one that it is for; 0: whichever it is */
	char msg[256];      /* what is wrong, when something is; may */
	char next[256];     /* hold pieces of the line */
	void *json;         /* owns what ref and text point at */
};

/* What a file system takes for a name. */
#define FILE_AS_MAX 255

/*
 * Parse a line (at most COMMAND_MAX bytes).  0; or -ERR_FORMAT, -ERR_USAGE
 * or -ERR_TOO_LONG with c->msg and c->next set, and with c->ref when the
 * line had a good one.  Call command_free in any case.
 */
int command_parse(struct command *c, const uint8_t *line, size_t len);
void command_free(struct command *c);

#endif
