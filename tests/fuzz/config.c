/*
 * Fuzzes the config file: read, and put together with each command's line.
 * What is taken points into the file's own text, no row twice; what is not
 * has words.
 */
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../src/cli/cli.h"
#include "secchat/err.h"
#include "secchat/util.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct settings s;

static int
is_inside(const char *p)
{
	return (p >= s.text && p < s.text + sizeof s.text) ||
	       (p >= s.paths && p < s.paths + sizeof s.paths);
}

static void
check_taken(void)
{
	uint64_t seen = 0;

	assert(s.n <= option_rows_len && s.paths_len <= sizeof s.paths);
	for (size_t i = 0; i < s.n; i++) {
		assert(s.s[i].row->commands & CONF);
		assert(!(seen & OPTION_BIT(s.s[i].row)));
		assert(is_inside(s.s[i].value) && s.s[i].value[0] != '\0');
		seen |= OPTION_BIT(s.s[i].row);
	}
}

static void
merge(const char *name, uint64_t seen)
{
	const struct command *cmd = command_find(name);
	struct complaint c = {.what = ""};
	struct options o;

	memset(&o, 0, sizeof o);
	o.passphrase_fd = o.code_fd = -1;
	if (config_merge(&o, cmd, seen, &s, &c) < 0)
		assert(c.what[0] != '\0');
	else
		assert(options_check(&o, &c) == 0);
	assert(o.passphrase_fd == -1 && o.code_fd == -1 && !o.json);
	assert(o.crypto_worker == NULL && o.accept_intro == 0);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct complaint c = {.what = ""};

	if (size > CONFIG_MAX)
		return 0;
	/* Whoever has none, or one that is no path, has no ~ either. */
	if (size % 8 == 7)
		unsetenv("HOME");
	else
		setenv("HOME", size % 8 == 6 ? "home" : "/home/x", 1);
	snprintf(s.path, sizeof s.path, "FILE");
	memcpy(s.text, data, size);
	if (config_parse(&s, size, &c) < 0) {
		assert(c.what[0] != '\0');
		return 0;
	}
	check_taken();
	merge("host", 0);
	merge("join", 0);
	if (s.n > 0)
		merge("join", OPTION_BIT(s.s[0].row));
	return 0;
}
