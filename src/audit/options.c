/*
 * The command line of secchat audit.
 */
#include <ctype.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "audit.h"
#include "secchat/err.h"
#include "secchat/text.h"
#include "secchat/util.h"

#define LINE_CAP 600

static void
put_line(const char *head, const char *text)
{
	char line[LINE_CAP];
	size_t n = (size_t)snprintf(line, sizeof line, "%s", head);

	n += text_line(line + n, sizeof line - n - 1, text, strlen(text),
	    TEXT_ASCII, NULL);
	line[n++] = '\n';
	(void)fd_write_all(STDERR_FILENO, line, n);
}

void
audit_complain(const char *next, const char *fmt, ...)
{
	char text[LINE_CAP];
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(text, sizeof text, fmt, ap);
	va_end(ap);
	put_line("secchat: ", text);
	if (next != NULL)
		put_line("  ", next);
}

void
audit_say(const char *fmt, ...)
{
	char text[LINE_CAP];
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(text, sizeof text, fmt, ap);
	va_end(ap);
	put_line("", text);
}

#define AT(field) offsetof(struct options, field)

/* clang-format off */
static const struct {
	const char *name;
	size_t at;
} flags[] = {
	{ "--json",     AT(json) },
	{ "--strict",   AT(strict) },
	{ "--prove",    AT(prove) },
	{ "--policy",   AT(policy) },
	{ "--live",     AT(live) },
	{ "--plain",    AT(plain) },
	{ "--no-color", AT(no_color) },
};

/* What every command takes and means nothing here. */
static const char *const ignored[] = {
	"--ascii", "--no-input", "-q", "--quiet", "-v", "--verbose",
};
/* clang-format on */

static int
take_flag(struct options *o, const char *arg)
{
	for (size_t i = 0; i < ARRAY_LEN(flags); i++)
		if (strcmp(arg, flags[i].name) == 0) {
			*((uint8_t *)o + flags[i].at) = 1;
			return 0;
		}
	for (size_t i = 0; i < ARRAY_LEN(ignored); i++)
		if (strcmp(arg, ignored[i]) == 0)
			return 0;
	if (strcmp(arg, "--only") == 0) {
		audit_complain("The ids are in the report, as in: --only keys.",
		    "--only needs a value: the beginning of an id");
		return -ERR_USAGE;
	}
	audit_complain(
	    "Try: secchat help audit", "unknown option \"%.80s\"", arg);
	return -ERR_USAGE;
}

static int
take_word(struct options *o, const char *arg)
{
	char *end;
	long n = strtol(arg, &end, 10);

	if (o->policy && o->program == NULL) {
		o->program = arg;
		return 0;
	}
	if (isdigit((unsigned char)arg[0]) && *end == '\0' && n > 0 &&
	    n < 1 << 30 && o->pid == 0) {
		o->pid = (pid_t)n;
		o->live = 1;
		return 0;
	}
	audit_complain("Name one process of a session: secchat audit PID",
	    "\"%.80s\" is not understood", arg);
	return -ERR_USAGE;
}

static int
is_prefix(const char *text)
{
	for (size_t i = 0; i < checks_len; i++)
		if (strncmp(checks[i].id, text, strlen(text)) == 0)
			return 1;
	return 0;
}

int
audit_options_parse(struct options *o, int argc, char **argv)
{
	memset(o, 0, sizeof *o);
	for (int i = 0; i < argc; i++) {
		int err = 0;

		if (strcmp(argv[i], "--only") == 0 && i + 1 < argc)
			o->only = argv[++i];
		else if (argv[i][0] == '-')
			err = take_flag(o, argv[i]);
		else
			err = take_word(o, argv[i]);
		if (err < 0)
			return err;
	}
	if (o->only != NULL && !is_prefix(o->only)) {
		audit_complain("The ids are in the report, as in: --only keys.",
		    "no check has an id that begins with \"%.40s\"", o->only);
		return -ERR_USAGE;
	}
	if (o->policy + o->prove + o->live > 1) {
		audit_complain("Leave one of them out.",
		    "--policy, --prove and a running session exclude each "
		    "other");
		return -ERR_USAGE;
	}
	return 0;
}
