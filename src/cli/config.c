/*
 * The config file: what somebody would otherwise give as options each time.
 *
 *     # a remark
 *     name = value
 *
 * The names are those of the options whose row in options.c says CONF, and
 * the values what they take; an option without a value is yes or no, and a
 * file's name begins with / or ~/.  The command line is stronger: a setting
 * that it repeats, or that cannot be combined with it, is left out.  A
 * mistake in the file is an error with its line, never a setting that is
 * quietly missing.  No secret of a chat
 * has a place here; an API key for prices has, if nobody else can read it.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli.h"
#include "secchat/err.h"
#include "secchat/util.h"

#define SHOWN "%.160s"

/* Line 0: the file as a whole. */
__attribute__((format(printf, 5, 6))) static int
complain(struct complaint *c, const struct settings *s, unsigned line,
    const char *next, const char *fmt, ...)
{
	size_t at;
	va_list ap;

	if (line == 0)
		snprintf(c->what, sizeof c->what, SHOWN ": ", s->path);
	else
		snprintf(c->what, sizeof c->what, SHOWN ":%u: ", s->path, line);
	at = strlen(c->what);
	va_start(ap, fmt);
	vsnprintf(c->what + at, sizeof c->what - at, fmt, ap);
	va_end(ap);
	snprintf(c->next, sizeof c->next, "%s", next);
	return -ERR_CONFIG;
}

/* ---- lines ---- */

static int
is_blank(char ch)
{
	return ch == ' ' || ch == '\t' || ch == '\r';
}

/* Without the blanks around it. */
static char *
trim(char *s)
{
	size_t len;

	while (is_blank(*s))
		s++;
	for (len = strlen(s); len > 0 && is_blank(s[len - 1]); len--)
		s[len - 1] = '\0';
	return s;
}

static int
unknown(struct complaint *c, const struct settings *s, unsigned line,
    const char *name)
{
	const char *names[OPTIONS_MAX], *best;
	size_t n = 0;

	for (size_t i = 0; i < option_rows_len; i++)
		if (option_rows[i].commands & CONF)
			names[n++] = option_rows[i].name;
	for (size_t i = 0; i < option_rows_len; i++)
		if (strcmp(option_rows[i].name, name) == 0)
			return complain(c, s, line,
			    "Take it out, and write it behind the command.",
			    "\"%.40s\" is only an option of the command line",
			    name);
	best = suggest_word(name, names, n);
	if (best != NULL)
		return complain(c, s, line, "Try: man secchat.conf",
		    "unknown setting \"%.40s\". Did you mean \"%s\"?", name,
		    best);
	return complain(c, s, line, "Try: man secchat.conf",
	    "unknown setting \"%.40s\"", name);
}

static const struct option_row *
find(const char *name)
{
	for (size_t i = 0; i < option_rows_len; i++)
		if ((option_rows[i].commands & CONF) &&
		    strcmp(option_rows[i].name, name) == 0)
			return &option_rows[i];
	return NULL;
}

/* A file's name from the root on; what ~ is short for is written out. */
static int
take_path(struct settings *s, struct setting *t, struct complaint *c)
{
	const char *home = getenv("HOME");
	size_t left = sizeof s->paths - s->paths_len;
	char *out = s->paths + s->paths_len;
	int n;

	if (t->value[0] == '/')
		return 0;
	if (strncmp(t->value, "~/", 2) != 0)
		return complain(c, s, t->line,
		    "Write the whole path, from / or ~/ on.",
		    "\"%.80s\" depends on where you are", t->value);
	if (home == NULL || home[0] != '/')
		return complain(c, s, t->line, "Write the whole path.",
		    "there is no HOME for the ~ in \"%.80s\"", t->value);
	n = snprintf(out, left, "%s%s", home, t->value + 1);
	if (n < 0 || (size_t)n >= left)
		return complain(c, s, t->line, "Write shorter ones.",
		    "the file's name is too long");
	s->paths_len += (size_t)n + 1;
	t->value = out;
	return 0;
}

static int
is_file(const struct option_row *row)
{
	return row->type == OPT_PATH || row->type == OPT_ABSOLUTE;
}

/* An option takes "" for yes; a setting says it. */
static int
take_value(struct settings *s, struct setting *t, struct complaint *c)
{
	struct complaint why;
	struct options scratch;

	memset(&why, 0, sizeof why);
	memset(&scratch, 0, sizeof scratch);
	if (t->value[0] == '\0')
		return complain(c, s, t->line,
		    "Write it behind the =, or take the line out.",
		    "\"%s\" has no value", t->row->name);
	if (is_file(t->row) && take_path(s, t, c) < 0)
		return -ERR_CONFIG;
	if (options_set(&scratch, t->row, t->value, &why) == 0)
		return 0;
	return complain(c, s, t->line, why.next, "%s", why.what);
}

static int
take_line(struct settings *s, char *text, unsigned line, struct complaint *c)
{
	struct setting *t = &s->s[s->n];
	char *equals = strchr(text, '='), *name;

	text = trim(text);
	if (text[0] == '\0' || text[0] == '#')
		return 0;
	if (equals == NULL)
		return complain(c, s, line, "Write it as: name = value",
		    "there is no = in \"%.80s\"", text);
	*equals = '\0';
	name = trim(text);
	t->row = find(name);
	if (t->row == NULL)
		return unknown(c, s, line, name);
	for (size_t i = 0; i < s->n; i++)
		if (s->s[i].row == t->row)
			return complain(c, s, line, "Leave one of them out.",
			    "\"%s\" is set a second time; first on line %u",
			    name, s->s[i].line);
	t->value = trim(equals + 1);
	t->line = line;
	if (take_value(s, t, c) < 0)
		return -ERR_CONFIG;
	s->n++;
	return 0;
}

int
config_parse(struct settings *s, size_t len, struct complaint *c)
{
	char *at = s->text, *end;
	unsigned line = 0;
	int err = 0;

	s->n = s->paths_len = 0;
	s->text[len] = '\0';
	if (strlen(s->text) != len)
		return complain(c, s, 0, "Write it anew with a text editor.",
		    "there is a NUL byte in it");
	for (; at != NULL && err == 0; at = end) {
		end = strchr(at, '\n');
		if (end != NULL)
			*end++ = '\0';
		err = take_line(s, at, ++line, c);
	}
	return err;
}

/* ---- the file ---- */

/* Whether it is there at all: 1; 0 when only its folder is not ours to look
 * into. */
static int
is_there(const char *path)
{
	struct stat st;
	int saved = errno, there = stat(path, &st) == 0;

	errno = saved;
	return there;
}

static int
open_it(struct settings *s, int must, struct complaint *c)
{
	int fd = open(s->path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);

	if (fd >= 0)
		return fd;
	if (!must && (errno == ENOENT || errno == ENOTDIR ||
			 (errno == EACCES && !is_there(s->path))))
		return -1;
	if (errno == ENXIO) /* a socket */
		return complain(c, s, 0, "Name a text file: --config FILE",
		    "this is not a regular file");
	complain(c, s, 0,
	    must ? "Name a file that is there: --config FILE"
		 : "Make it readable, or name another: --config FILE",
	    "cannot open it: %s", strerror(errno));
	return -ERR_CONFIG;
}

/* What others may write is not what its owner wants. */
static int
check(struct settings *s, int fd, struct complaint *c)
{
	struct stat st;
	char next[256];

	if (fstat(fd, &st) < 0)
		return complain(c, s, 0, "", "%s", strerror(errno));
	if (!S_ISREG(st.st_mode))
		return complain(c, s, 0, "Name a text file: --config FILE",
		    "this is not a regular file");
	if (st.st_uid != geteuid() && st.st_uid != 0)
		return complain(c, s, 0, "Make a copy of your own.",
		    "it belongs to somebody else");
	if (st.st_mode & (S_IWGRP | S_IWOTH)) {
		snprintf(next, sizeof next, "Try: chmod go-w " SHOWN, s->path);
		return complain(c, s, 0, next, "other people can write to it");
	}
	if (st.st_size > CONFIG_MAX)
		return complain(c, s, 0, "Name a config file: --config FILE",
		    "it has more than %d bytes", CONFIG_MAX);
	return 0;
}

static int
read_it(struct settings *s, int fd, size_t *len, struct complaint *c)
{
	ssize_t n = 1;

	for (*len = 0; n > 0 && *len <= CONFIG_MAX; *len += (size_t)n) {
		n = read(fd, s->text + *len, sizeof s->text - 1 - *len);
		if (n < 0 && errno == EINTR)
			n = 0;
		else if (n < 0)
			return complain(c, s, 0, "Name another: --config FILE",
			    "cannot read it: %s", strerror(errno));
		else if (n == 0)
			break;
	}
	return 0;
}

/* A key for prices is nobody else's business. */
static int
check_key(struct settings *s, int fd, struct complaint *c)
{
	struct stat st;
	char next[256];

	for (size_t i = 0; i < s->n; i++) {
		if (s->s[i].row->type != OPT_KEY || fstat(fd, &st) < 0 ||
		    (st.st_mode & (S_IRGRP | S_IROTH)) == 0)
			continue;
		snprintf(next, sizeof next, "Try: chmod go-r " SHOWN, s->path);
		return complain(
		    c, s, s->s[i].line, next, "other people can read this key");
	}
	return 0;
}

int
config_load(struct settings *s, const char *path, struct complaint *c)
{
	char folder[CONFIG_PATH - sizeof "/config"];
	size_t len = 0;
	int fd, err;

	s->n = s->paths_len = 0;
	if (path != NULL)
		snprintf(s->path, sizeof s->path, "%s", path);
	else if (folder_path(
		     folder, sizeof folder, "XDG_CONFIG_HOME", ".config") == 0)
		snprintf(s->path, sizeof s->path, "%s/config", folder);
	else
		return 0;
	fd = open_it(s, path != NULL, c);
	if (fd < 0)
		return fd == -ERR_CONFIG ? fd : 0;
	err = check(s, fd, c);
	if (err == 0)
		err = read_it(s, fd, &len, c);
	if (err == 0)
		err = config_parse(s, len, c);
	if (err == 0)
		err = check_key(s, fd, c);
	fd_close(fd);
	return err;
}

/* ---- together with the command line ---- */

/* The settings by themselves may not contradict each other. */
static int
check_alone(const struct settings *s, const struct options *o,
    const struct command *cmd, struct complaint *c)
{
	struct options alone;
	struct complaint why;

	memset(&why, 0, sizeof why);
	memset(&alone, 0, sizeof alone);
	alone.role = o->role;
	alone.passphrase_fd = alone.code_fd = -1;
	for (size_t i = 0; i < s->n; i++) {
		const struct setting *t = &s->s[i];

		if (!(t->row->commands & cmd->mask))
			continue;
		(void)options_set(&alone, t->row, t->value, &why);
		if (options_conflict(&alone, &why) < 0)
			return complain(
			    c, s, t->line, why.next, "%s", why.what);
	}
	return 0;
}

/* Whether it means nothing without another one. */
static int
needs_another(const struct setting *t)
{
	struct options alone;
	struct complaint why;

	memset(&alone, 0, sizeof alone);
	alone.passphrase_fd = alone.code_fd = -1;
	(void)options_set(&alone, t->row, t->value, &why);
	return options_check(&alone, &why) < 0;
}

int
config_merge(struct options *o, const struct command *cmd, uint64_t seen,
    const struct settings *s, struct complaint *c)
{
	if (check_alone(s, o, cmd, c) < 0)
		return -ERR_CONFIG;
	for (int needy = 0; needy < 2; needy++)
		for (size_t i = 0; i < s->n; i++) {
			const struct setting *t = &s->s[i];
			struct options with = *o;
			struct complaint why;

			if (!(t->row->commands & cmd->mask) ||
			    (seen & OPTION_BIT(t->row)) ||
			    needs_another(t) != needy)
				continue;
			(void)options_set(&with, t->row, t->value, &why);
			if ((needy ? options_check(&with, &why)
				   : options_conflict(&with, &why)) == 0)
				*o = with;
		}
	return 0;
}
