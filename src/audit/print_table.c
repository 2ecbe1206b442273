/*
 * The report for people.  Findings of one check that say the same are one
 * line; the command that shows it by hand stands below.
 */
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "audit.h"
#include "secchat/text.h"
#include "secchat/util.h"

#define WIDTH 80
#define WIDTH_MAX 160
#define INDENT 7 /* behind the verdict */
#define SUBJECT 18

struct look {
	int color;
	size_t width; /* 0: lines are not broken */
};

/* clang-format off */
static const char *const colors[] = {
	[V_OK] = "\033[32m", [V_NA] = "\033[2m", [V_WARN] = "\033[33m",
	[V_FAIL] = "\033[1;31m",
};

static const struct {
	const char *prefix, *title;
} sections[] = {
	{ "machine.",  "This machine" },
	{ "program.",  "The programs, as they lie on disk" },
	{ "session.",  "The processes of a session" },
	{ "process.",  "What the kernel shows of each of them" },
	{ "outside.",  "Trying to get in, as another program of the same user" },
	{ "keys.",     "Where keys are" },
	{ "filter.",   "The filters that are in force" },
	{ "selftest.", "The policies, tried by what they forbid" },
	{ "terminal.", "The terminal" },
	{ "files.",    "Files of this user" },
	{ "canary.",   "A session with known secrets, searched byte by byte" },
	{ "keymem.",   "Who can read memory for keys, on this kernel" },
};
/* clang-format on */

static struct look
choose_look(const struct audit *a)
{
	const char *term = getenv("TERM"), *none = getenv("NO_COLOR");
	int tty = isatty(STDOUT_FILENO);
	struct look l = {0, WIDTH};
	struct winsize w;

	if (a->o->plain) {
		l.width = 0;
		return l;
	}
	if (tty && ioctl(STDOUT_FILENO, TIOCGWINSZ, &w) == 0 && w.ws_col > 0)
		l.width = MIN(MAX((size_t)w.ws_col, 40u), WIDTH_MAX);
	l.color = tty && !a->o->no_color && (none == NULL || *none == '\0') &&
		  term != NULL && strcmp(term, "dumb") != 0;
	return l;
}

static void
put_colored(const struct look *l, const char *color, const char *text)
{
	printf(
	    "%s%s%s", l->color ? color : "", text, l->color ? "\033[0m" : "");
}

/* A text from this column on, its further rows below its beginning. */
static void
put_wrapped(const struct look *l, size_t column, const char *text)
{
	char row[AU_EVIDENCE + TEXT_ROW_MIN];
	struct text_rows r;
	size_t len;
	int first = 1;

	if (l->width == 0) {
		printf("%s\n", text);
		return;
	}
	text_rows_init(&r, text, strlen(text), TEXT_ASCII | TEXT_WORDS,
	    l->width - column, 0);
	while (text_rows_next(&r, row, sizeof row, &len, NULL)) {
		while (len > 0 && row[len - 1] == ' ')
			len--;
		printf("%*s%.*s\n", first ? 0 : (int)column, "", (int)len, row);
		first = 0;
	}
}

static size_t
section_of(const struct check *c)
{
	size_t i = 0;

	while (
	    i + 1 < ARRAY_LEN(sections) &&
	    strncmp(c->id, sections[i].prefix, strlen(sections[i].prefix)) != 0)
		i++;
	return i;
}

static int
says_the_same(const struct finding *a, const struct finding *b)
{
	return a->verdict == b->verdict &&
	       strcmp(a->evidence, b->evidence) == 0;
}

/* How many of the findings from `from` to `to` say what number i says, when
 * it is the first of them; else 0. */
static size_t
group(const struct audit *a, size_t from, size_t to, size_t i)
{
	size_t n = 0;

	for (size_t k = from; k < i; k++)
		if (says_the_same(&a->f[k], &a->f[i]))
			return 0;
	for (size_t k = i; k < to; k++)
		n += says_the_same(&a->f[k], &a->f[i]) ? 1 : 0;
	return n;
}

static void
put_subjects(const struct audit *a, size_t from, size_t to, size_t i, size_t n,
    char *out, size_t cap)
{
	out[0] = '\0';
	if (n == to - from && n > 1) {
		snprintf(out, cap, "all %zu", n);
		return;
	}
	for (size_t k = i; k < to; k++) {
		const char *name = a->f[k].subject;

		if (!says_the_same(&a->f[k], &a->f[i]))
			continue;
		/* "secchat-crypto, -net, -tty" */
		if (out[0] != '\0' && strncmp(name, "secchat-", 8) == 0)
			name += 7;
		snprintf(out + strlen(out), cap - strlen(out), "%s%s",
		    out[0] != '\0' ? ", " : "", name);
	}
}

static void
put_group(const struct audit *a, const struct look *l, size_t from, size_t to,
    size_t i, size_t n)
{
	const struct finding *f = &a->f[i];
	char subjects[400], line[AU_EVIDENCE + 420];

	put_subjects(a, from, to, i, n, subjects, sizeof subjects);
	printf("  ");
	put_colored(l, colors[f->verdict], verdict_word(f->verdict));
	printf("%*s", (int)(INDENT - 2 - strlen(verdict_word(f->verdict))), "");
	snprintf(line, sizeof line, "%s%s%s", subjects,
	    subjects[0] != '\0' ? ": " : "", f->evidence);
	put_wrapped(l, INDENT, line);
}

/* Findings from..to are of one check. */
static void
put_check(const struct audit *a, const struct look *l, size_t from, size_t to)
{
	const struct check *c = a->f[from].check;
	char line[400];

	put_colored(l, "\033[1m", c->id);
	printf("%*s", (int)(MAX(strlen(c->id) + 2, 22u) - strlen(c->id)), "");
	put_wrapped(l, MAX(strlen(c->id) + 2, 22u), c->what);
	for (size_t i = from; i < to; i++) {
		size_t n = group(a, from, to, i);

		if (n > 0)
			put_group(a, l, from, to, i, n);
	}
	snprintf(line, sizeof line, "$ %s", c->how);
	printf("%*s", INDENT, "");
	put_wrapped(l, INDENT + 2, line);
}

static void
put_heading(const struct audit *a, const struct look *l)
{
	static const char *const whats[] = {
	    [WHEN_SELF] = "a session with itself",
	    [WHEN_LIVE] = "a session that is running",
	    [WHEN_PROVE] = "a session with known secrets"};
	char line[300];

	snprintf(line, sizeof line,
	    "secchat audit: how keys are handled in %s, seen %s",
	    whats[a->when],
	    a->root ? "as root" : "as an ordinary user (root sees more)");
	put_wrapped(l, 0, line);
}

void
print_table(const struct audit *a)
{
	struct look l = choose_look(a);
	size_t section = SIZE_MAX, next;
	char line[300];

	put_heading(a, &l);
	for (size_t i = 0; i < a->f_len; i = next) {
		size_t s = section_of(a->f[i].check);

		for (next = i;
		     next < a->f_len && a->f[next].check == a->f[i].check;
		     next++)
			;
		if (s != section) {
			printf("\n");
			put_colored(&l, "\033[1;4m", sections[s].title);
			printf("\n");
		}
		section = s;
		put_check(a, &l, i, next);
	}
	printf("\n");
	snprintf(line, sizeof line,
	    "%zu ok, %zu warn, %zu fail, %zu not available here.%s",
	    report_count(a, V_OK), report_count(a, V_WARN),
	    report_count(a, V_FAIL), report_count(a, V_NA),
	    " docs/audit.md says what each line shows and what it cannot. "
	    "Whoever is root and runs code in a process has its keys.");
	put_wrapped(&l, 0, line);
}
