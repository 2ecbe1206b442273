/*
 * File names that others chose: a table of them and what becomes of each,
 * every string that ever did something to a terminal, and what must hold of
 * whatever comes out.
 */
#include "../../src/super/files.h"
#include "attacks.h"
#include "check.h"
#include "secchat/text.h"
#include "secchat/util.h"

#define X10 "xxxxxxxxxx"
#define X100 X10 X10 X10 X10 X10 X10 X10 X10 X10 X10
#define E5 "\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9"
#define E50 E5 E5 E5 E5 E5 E5 E5 E5 E5 E5
#define SPACES "               "

/* clang-format off */
static const struct {
	const char *in, *out;
} names[] = {
	{ "a.txt",                  "a.txt" },
	{ "two words.pdf",          "two words.pdf" },
	{ "con",                    "con" },
	{ "",                       "file" },
	{ ".",                      "file" },
	{ "..",                     "file" },
	{ "...",                    "file" },
	{ "/",                      "file" },
	{ "//",                     "file" },
	{ "a/",                     "file" },
	{ "-",                      "file" },
	{ " ",                      "file" },
	{ ". -.~ ",                 "file" },
	{ "/etc/passwd",            "passwd" },
	{ "../../.ssh/authorized_keys", "authorized_keys" },
	{ "C:\\Users\\x\\a.doc",    "a.doc" },
	{ "..\\..\\a",              "a" },
	{ "-rf",                    "rf" },
	{ "--help",                 "help" },
	{ ".bashrc",                "bashrc" },
	{ ".-.-x",                  "x" },
	{ "~root",                  "root" },
	{ " a ",                    "a" },
	{ "a.",                     "a." },
	{ "\xc3\xa9t\xc3\xa9.txt",  "\xc3\xa9t\xc3\xa9.txt" },
	{ "\xf0\x9f\x98\x80.png",   "\xf0\x9f\x98\x80.png" },
	{ "\xff\xfe",               "<FF><FE>" },
	{ "a\nb",                   "a^Jb" },
	{ "a\rb",                   "a^Mb" },
	{ "\x1b]0;x\x07",           "^[]0;x^G" },
	{ "\xe2\x80\x8b.bashrc",    "bashrc" },
	{ ".\xcc\x81x",             "<U+0301>x" },
	{ "\xe2\x80\xae" "gpj.exe", "<U+202E>gpj.exe" },
	{ "a\xe2\x80\xae" "txt.exe", "a<U+202E>txt.exe" },
	{ "\x1c.txt",               "^_.txt" },
	{ "a\tb",                   "a b" },
	{ "invoice.pdf            .sh", "invoice.pdf .sh" },
	/* cut: the ending stays, and no character is broken */
	{ X100 X100,                X100 X100 },
	{ X100 X100 "y",            X100 X100 },
	{ X100 X100 X100 ".jpeg",   X100 X10 X10 X10 X10 X10 X10 X10 X10 X10 "xxxxx.jpeg" },
	{ "a" E50 E50 ".txt",       "a" E50 E5 E5 E5 E5 E5 E5 E5 E5 E5 "\xc3\xa9\xc3\xa9.txt" },
	{ X100 X100 X100 ".tar.gz", X100 X10 X10 X10 X10 X10 X10 X10 X10 X10 "xxx.tar.gz" },
	{ X100 X100 X100 ".zip.gz", X100 X10 X10 X10 X10 X10 X10 X10 X10 X10 "xxxxxxx.gz" },
	{ X100 X100 ".an ending with blanks", X100 X100 },
	{ X100 X100 ".aaaaaaaaaaaaaaaaaaaaa", X100 X100 },
};

/* The n-th name to try. */
static const struct {
	const char *name;
	unsigned n;
	const char *out;
} tried[] = {
	{ "a.txt",    0,    "a.txt" },
	{ "a.txt",    1,    "a.txt" },
	{ "a.txt",    2,    "a-2.txt" },
	{ "a",        2,    "a-2" },
	{ "a.tar.xz", 2,    "a-2.tar.xz" },
	{ "x.tar",    2,    "x-2.tar" },
	{ "tar.gz",   2,    "tar-2.gz" },
	{ "a.b.c",    3,    "a.b-3.c" },
	{ "a.",       2,    "a-2." },
	{ "a. b",     2,    "a. b-2" },
	{ "file",     1000, "file-1000" },
};
/* clang-format on */

/* Of any name that comes out. */
static int
is_good(const char *name, size_t len)
{
	struct text_marks m = {0};
	char again[FILE_NAME_MAX + 1], shown[8 * FILE_NAME_MAX];

	return len > 0 && len <= FILE_NAME_MAX && strlen(name) == len &&
	       strpbrk(name, "/\\") == NULL &&
	       strchr(".-~ ", name[0]) == NULL && name[len - 1] != ' ' &&
	       utf8_valid((const uint8_t *)name, len) &&
	       text_line(shown, sizeof shown, name, len, 0, &m) == len &&
	       strcmp(shown, name) == 0 &&
	       file_name_clean(again, name, len) == len &&
	       strcmp(again, name) == 0;
}

static void
check_name(const void *in, size_t len)
{
	char out[FILE_NAME_MAX + 1];
	size_t n = file_name_clean(out, in, len);

	if (!CHECK(is_good(out, n)))
		printf("\"%.80s\" gives \"%s\"\n", (const char *)in, out);
}

static void
test_table(void)
{
	char out[FILE_NAME_MAX + 1], name[FILE_NAME_TRIED];

	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		(void)file_name_clean(out, names[i].in, strlen(names[i].in));
		if (!CHECK(strcmp(out, names[i].out) == 0))
			printf("\"%s\" gives \"%s\"\n", names[i].in, out);
		check_name(names[i].in, strlen(names[i].in));
	}
	for (size_t i = 0; i < ARRAY_LEN(tried); i++) {
		file_name_try(name, tried[i].name, tried[i].n);
		CHECK(strcmp(name, tried[i].out) == 0);
	}
	CHECK(file_name_clean(out, "a\0b", 3) == 4 && strcmp(out, "a^@b") == 0);
	/* Blanks that are left at the end by the cut. */
	check_name(X100 X100 SPACES "y", 216);
	check_name(
	    X100 X10 X10 X10 X10 X10 X10 X10 X10 X10 SPACES "y.txt", 210);
	memset(out, 'x', FILE_NAME_MAX);
	file_name_try(name, X100 X100, 1000);
	CHECK(strlen(name) == 205);
}

/* clang-format off */
static const struct {
	const char *in, *out;
} plain[] = {
	{ "a.txt",              "a.txt" },
	{ "a:b?.txt",           "a_b_.txt" },
	{ "\u00e9t\u00e9.tar.gz", "_t_.tar.gz" },
	{ "a b",                "a_b" },
	{ "\u4f60\u597d",       "__" },
	{ X100 "y",             X100 },
	{ X100 X10 ".txt",
	  X10 X10 X10 X10 X10 X10 X10 X10 X10 "xxxxxx.txt" },
};
/* clang-format on */

static void
test_plain(void)
{
	char name[FILE_NAME_MAX + 1], again[FILE_NAME_MAX + 1];

	for (size_t i = 0; i < ARRAY_LEN(plain); i++) {
		snprintf(name, sizeof name, "%s", plain[i].in);
		file_name_plain(name);
		if (!CHECK(strcmp(name, plain[i].out) == 0))
			printf("\"%s\" gives \"%s\"\n", plain[i].in, name);
		memcpy(again, name, sizeof again);
		file_name_plain(again);
		CHECK(strcmp(name, again) == 0);
	}
}

/* As they are, hidden in a path, before an ending, and cut anywhere. */
static void
test_attacks(void)
{
	static struct attack all[ATTACKS_MAX];
	static char mixed[70000];
	size_t n = attacks_read(all);

	CHECK(n > 100);
	for (size_t i = 0; i < n; i++) {
		size_t len = MIN(all[i].len, 60000u);

		check_name(all[i].text, len);
		snprintf(mixed, sizeof mixed, "../.");
		memcpy(mixed + 4, all[i].text, len);
		memcpy(mixed + 4 + len, ".txt", 4);
		check_name(mixed, len + 8);
		for (size_t cut = 1; cut < MIN(len, 40u); cut++)
			check_name(all[i].text, cut);
	}
}

static void
test_chance(void)
{
	static const char pieces[] = "./-~ \\a\xcc\x81\xe2\x80\xae\xf0\x9f\x98";
	uint8_t name[300];
	uint32_t x = 1;

	for (int i = 0; i < 20000; i++) {
		size_t len = (size_t)(i % 300);

		for (size_t k = 0; k < len; k++) {
			x = x * 1664525 + 1013904223;
			name[k] =
			    (x >> 16) % 4 == 0
				? (uint8_t)(x >> 24)
				: (uint8_t)pieces[(x >> 18) % sizeof pieces];
		}
		check_name(name, len);
	}
}

int
main(void)
{
	test_table();
	test_plain();
	test_attacks();
	test_chance();
	return check_end();
}
