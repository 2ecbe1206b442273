/*
 * The attack strings of tests/data/attacks.tsv through the filter: what comes
 * out is what the file says, and harmless in every width.
 *
 *   attacks            the test
 *   attacks terminal   shows them on the terminal it is run on, for
 *                      tests/system/attacks.py: which, descriptor 4 says;
 *                      after each the cursor is asked for, and descriptor 3
 *                      gets its name, the row and column that were predicted
 *                      and found, and how many bytes the terminal typed that
 *                      nobody asked for
 */
#include <poll.h>
#include <termios.h>
#include <unistd.h>

#include "attacks.h"
#include "check.h"
#include "harmless.h"

#define ROWS_MAX 8 /* on the terminal; the rest is more of the same */
#define WIDTH 80

static struct attack all[ATTACKS_MAX];
static char out[4 * ATTACK_MAX], again[4 * ATTACK_MAX];

/* ---- through the function ---- */

static int
rows_are_harmless(const struct attack *a, unsigned flags, size_t width)
{
	struct text_rows r;
	size_t n, cols;
	int ok = 1;

	text_rows_init(&r, a->text, a->len, flags, width, TEXT_ROWS_MAX);
	while (text_rows_next(&r, out, sizeof out, &n, &cols))
		ok &= is_harmless(out, n) && cols == text_columns(out, n) &&
		      (width == 0 || cols <= width);
	ok &= r.rows <= TEXT_ROWS_MAX;
	text_rows_more(&r);
	return ok && r.left == 0;
}

static int
line_is_harmless(const struct attack *a, unsigned flags)
{
	size_t n = text_line(out, sizeof out, a->text, a->len, flags, NULL);
	size_t m = text_line(again, sizeof again, out, n, flags, NULL);

	return is_harmless(out, n) && out[n] == '\0' && n == m &&
	       memcmp(out, again, n) == 0;
}

static int
is_shown_as_expected(const struct attack *a)
{
	size_t n = text_line(out, sizeof out, a->text, a->len, 0, NULL);

	return n == a->shown_len && memcmp(out, a->shown, n) == 0;
}

/* Long ones are repetitions: for them fewer flags. */
#define LONG 4096

static void
test_attack(const struct attack *a)
{
	static const size_t widths[] = {0, 12, 30, 80, 200};
	unsigned step = a->len > LONG ? TEXT_REVEAL | TEXT_ASCII : 1;
	int ok = CHECK(is_shown_as_expected(a));

	for (unsigned flags = 0; flags < 8; flags += step) {
		ok &= CHECK(line_is_harmless(a, flags));
		for (size_t i = 0; i < ARRAY_LEN(widths); i++)
			ok &= CHECK(rows_are_harmless(a, flags, widths[i]));
	}
	if (!ok)
		printf("  attack %s\n", a->name);
}

/* The strings themselves are not harmless, or they would test nothing. */
static void
test_checker(size_t n)
{
	static const char *const harmless_as_they_are =
	    " spoof filename format json size width codepoint ";
	size_t seen = 0;

	for (size_t i = 0; i < n; i++) {
		if (!is_harmless((const char *)all[i].text, all[i].len))
			seen++;
		else if (strstr(harmless_as_they_are, all[i].class) == NULL)
			printf("  harmless as it is: %s\n", all[i].name);
	}
	CHECK(seen == 153);
}

/* ---- on a terminal ---- */

/* The next byte that the terminal sends; -1 when there is none in time. */
static int
terminal_byte(void)
{
	struct pollfd p = {STDIN_FILENO, POLLIN, 0};
	uint8_t byte;

	if (poll(&p, 1, 5000) != 1 || read(STDIN_FILENO, &byte, 1) != 1)
		return -1;
	return byte;
}

/* Whether it is ESC [ row ; column R. */
static int
is_position(const char *answer, unsigned *row, unsigned *col)
{
	char *end;

	if (answer[1] != '[')
		return 0;
	*row = (unsigned)strtoul(answer + 2, &end, 10);
	if (*end != ';')
		return 0;
	*col = (unsigned)strtoul(end + 1, &end, 10);
	return *end == 'R';
}

/* Where the cursor is, as the terminal answers; returns how many bytes came
 * before the answer. */
static size_t
ask_cursor(unsigned *row, unsigned *col)
{
	char text[4096];
	const char *answer;
	size_t n = 0;
	int byte;

	*row = *col = 0;
	if (write(STDOUT_FILENO, "\033[6n", 4) != 4)
		return 0;
	while (n < sizeof text - 1 && (byte = terminal_byte()) >= 0) {
		text[n++] = (char)byte;
		text[n] = '\0';
		answer = byte == 'R' ? strrchr(text, '\033') : NULL;
		if (answer != NULL && is_position(answer, row, col))
			return (size_t)(answer - text);
	}
	return n;
}

/* Show one from the top of the screen; how the last row should end. */
static void
show(const struct attack *a, size_t *rows, size_t *cols)
{
	struct text_rows r;
	size_t n;

	*rows = *cols = 0;
	fputs("\033[H\033[2J", stdout);
	text_rows_init(&r, a->text, a->len, 0, WIDTH - 1, ROWS_MAX);
	while (text_rows_next(&r, out, sizeof out, &n, cols)) {
		if (r.rows > 1)
			fputs("\r\n", stdout);
		fwrite(out, 1, n, stdout);
		++*rows;
	}
	fflush(stdout);
}

/* Without the filter: the test must see what it looks for. */
static void
show_raw(const struct attack *a)
{
	fputs("\033[H\033[2J", stdout);
	fwrite(a->text, 1, MIN(a->len, (size_t)4096), stdout);
	fflush(stdout);
}

static int
show_all(size_t count)
{
	FILE *say = fdopen(3, "w"), *hear = fdopen(4, "r");
	struct termios t;
	char line[64];

	if (say == NULL || hear == NULL || tcgetattr(STDIN_FILENO, &t) < 0)
		return 1;
	cfmakeraw(&t);
	tcsetattr(STDIN_FILENO, TCSANOW, &t);
	/* The number of one, behind an r when it is to be shown as it is. */
	while (fgets(line, sizeof line, hear) != NULL) {
		size_t rows = 0, cols = 0, typed, i;
		unsigned row, col;
		int raw = line[0] == 'r';

		i = strtoul(line + raw, NULL, 10);
		if (i >= count)
			return 1;
		if (raw)
			show_raw(&all[i]);
		else
			show(&all[i], &rows, &cols);
		typed = ask_cursor(&row, &col);
		fprintf(say, "%s %zu %zu %u %u %zu\n", all[i].name, rows, cols,
		    row, col - 1, typed);
		fflush(say);
	}
	return 0;
}

int
main(int argc, char **argv)
{
	size_t n = attacks_read(all);

	if (argc > 1 && strcmp(argv[1], "terminal") == 0)
		return show_all(n);
	CHECK(n == 173);
	for (size_t i = 0; i < n; i++)
		test_attack(&all[i]);
	test_checker(n);
	return check_end();
}
