/*
 * Fuzzes the command line: which command, and its words behind zero bytes.
 * What is taken keeps to its limits and to the rules about what goes with
 * what; what is not has words, none of which is a value that may be a secret.
 */
#include <assert.h>
#include <string.h>

#include "../../src/cli/cli.h"
#include "secchat/err.h"
#include "secchat/ipc_msgs.h"
#include "secchat/prices.h"
#include "secchat/util.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum {
	WORDS = 12
};

static void
check_host(const char *host)
{
	size_t len = strlen(host);

	assert(len <= HOST_TEXT_MAX);
	for (size_t i = 0; i < len; i++)
		assert((unsigned char)host[i] > ' ' &&
		       strchr("\x7f[]/", host[i]) == NULL);
}

static void
check_taken(const struct options *o, const struct command *cmd)
{
	struct complaint c;

	if (cmd->mask & CMD_CHAT) {
		check_host(o->host);
		assert(cmd->mask != CMD_JOIN || o->host[0] != '\0');
		assert(cmd->mask != CMD_JOIN || o->port > 0);
	}
	assert(o->rekey_msgs <= REKEY_EVERY_MAX);
	assert(o->rekey_ms <= 86400000 && o->wait_ms <= 86400000);
	assert(o->prices_every <= PRICE_EVERY_MAX);
	assert(o->colors < COLORS_COUNT && o->proxy <= PROXY_UNIX);
	assert(
	    o->proxy != PROXY_UNIX || strlen(o->proxy_host) <= PROXY_PATH_MAX);
	assert(o->proxy != PROXY_TCP || o->proxy_host[0] != '\0');
	assert(strlen(o->prices_key) <= PRICE_KEY_MAX);
	assert(o->prices_prefix[0] == '\0' || o->prices_prefix[0] == '/');
	assert(options_check(o, &c) == 0 && options_conflict(o, &c) == 0);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const names[] = {"host", "join", "prices"};
	static char text[4096];
	char *argv[WORDS + 1];
	const struct command *cmd;
	struct complaint c;
	struct options o;
	int argc = 0, err;

	if (size < 1 || size - 1 > sizeof text - 1)
		return 0;
	cmd = command_find(names[data[0] % ARRAY_LEN(names)]);
	memcpy(text, data + 1, size - 1);
	text[size - 1] = '\0';
	for (size_t at = 0; at < size - 1 && argc < WORDS;
	     at += strlen(text + at) + 1)
		argv[argc++] = text + at;
	argv[argc] = NULL;
	err = options_parse(&o, cmd, argc, argv, NULL, &c);
	if (err == 0)
		check_taken(&o, cmd);
	else
		assert(err == CLI_HELP || c.what[0] != '\0');
	return 0;
}
