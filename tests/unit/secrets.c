/*
 * Secrets as people hold them: key files, one-time codes, passphrases.
 */
#include <sodium.h>

#include "secchat/err.h"
#include "secchat/ipc_msgs.h"
#include "secchat/noise.h"
#include "vectors.h"

/* ---- key files ---- */

static const char counting[] = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";

static int
parse(uint8_t key[32], const char *text)
{
	return keyfile_parse(key, (const uint8_t *)text, strlen(text));
}

static void
test_keyfile(void)
{
	uint8_t key[32], again[32];
	char text[KEYFILE_TEXT + 1], line[KEYFILE_TEXT + 3];

	CHECK(strlen(counting) == KEYFILE_TEXT);
	CHECK(parse(key, counting) == 0);
	for (size_t i = 0; i < 32; i++)
		CHECK(key[i] == i);
	keyfile_format(text, key);
	CHECK(strcmp(text, counting) == 0);
	snprintf(line, sizeof line, "%s\n", counting);
	CHECK(parse(again, line) == 0);
	snprintf(line, sizeof line, "%s\r\n", counting);
	CHECK(parse(again, line) == 0);
	for (int i = 0; i < 1000; i++) {
		random_system(NULL, key, sizeof key);
		keyfile_format(text, key);
		CHECK(parse(again, text) == 0 && !memcmp(key, again, 32));
	}
	memset(key, 0xff, sizeof key);
	keyfile_format(text, key);
	CHECK(
	    strcmp(text, "__________________________________________8=") == 0);
	printf("key files: there and back\n");
}

/* One byte of a good file replaced: refused, or another key that is spelt so
 * and not otherwise. */
static void
check_byte(size_t place, uint8_t value)
{
	uint8_t text[KEYFILE_TEXT], key[32];
	char again[KEYFILE_TEXT + 1];
	int in_alphabet =
	    value != '\0' &&
	    strchr("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
		   "0123456789-_=",
		value) != NULL;

	memcpy(text, counting, sizeof text);
	text[place] = value;
	if (keyfile_parse(key, text, sizeof text) != 0)
		return;
	keyfile_format(again, key);
	CHECK(in_alphabet && memcmp(again, text, sizeof text) == 0);
}

static void
test_keyfile_refusals(void)
{
	static const char *const bad[] = {
	    "",
	    "\n",
	    "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8",  /* no = */
	    "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh9=", /* a bit */
	    "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8==",
	    "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8= ",
	    " AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=",
	    "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=\r",
	    "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=\n\n",
	    "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=\nx",
	    "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh==", /* 31 */
	    "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8A", /* 33 */
	    "AAECAwQFBgcICQoLDA0O+xAREhMUFRYXGBkaGxwdHh8=", /* std */
	    "AAECAwQFBgcICQoLDA0O/xAREhMUFRYXGBkaGxwdHh8=",
	    "AAECAwQFBgcICQoLDA0O\nxAREhMUFRYXGBkaGxwdHh8=",
	    "000102030405060708090a0b0c0d0e0f101112131415",
	    "correct horse battery staple",
	};
	uint8_t key[32];

	for (size_t i = 0; i < ARRAY_LEN(bad); i++)
		CHECK(parse(key, bad[i]) == -ERR_KEYFILE_FORMAT);
	/* Every byte that is not the right one, everywhere. */
	for (size_t i = 0; i < KEYFILE_TEXT; i++)
		for (int v = 0; v < 256; v++)
			check_byte(i, (uint8_t)v);
	printf("key files: %zu refusals\n", ARRAY_LEN(bad));
}

/* Figures of `printf %s ... | sha256sum` and its base64. */
static void
test_fingerprint(void)
{
	uint8_t sha[32], old[8];
	char text[FINGERPRINT_TEXT], line[KEYFILE_TEXT + 2];

	keyfile_fingerprint(sha, old, (const uint8_t *)counting, 44);
	CHECK(memcmp(sha, old, 8) == 0);
	CHECK(same_hex(sha, 32,
	    "905f28def18eaac05ae6f12b2c3452744afaf626da1343d57b395b544e0519b"
	    "6"));
	fingerprint_format(text, sha);
	CHECK(strcmp(text,
		  "SHA256:kF8o3vGOqsBa5vErLDRSdEr69ibaE0PVezlbVE4FGbY") == 0);
	snprintf(line, sizeof line, "%s\n", counting);
	keyfile_fingerprint(sha, old, (const uint8_t *)line, 45);
	CHECK(same_hex(sha, 32,
	    "905f28def18eaac05ae6f12b2c3452744afaf626da1343d57b395b544e0519b"
	    "6"));
	CHECK(same_hex(old, 8, "7d3a1c8c0fb3f26a"));
	printf("fingerprints\n");
}

/* ---- codes ---- */

/* arXiv 0901.4016 prints these addresses as proquints. */
static void
test_code(void)
{
	static const struct {
		uint32_t value;
		const char *text;
	} rows[] = {
	    {0x7f000001, "lusab-babad"},
	    {0x3f54dcc1, "gutih-tugad"},
	    {0x3f760723, "gutuk-bisog"},
	    {0x8c62c18d, "mudof-sakat"},
	    {0x40ff06c8, "haguz-biram"},
	    {0x801e342d, "mabiv-gibot"},
	    {0x93437702, "natag-lisaf"},
	    {0, "babab-babab"},
	    {0xffffffff, "zuzuz-zuzuz"},
	};
	uint8_t letters[CODE_LETTERS];
	char text[CODE_TEXT + 1];

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		code_format(text, rows[i].value);
		CHECK(strcmp(text, rows[i].text) == 0);
		CHECK(code_parse(
			  letters, (const uint8_t *)text, strlen(text)) == 0);
		CHECK(memcmp(letters, text, 5) == 0 &&
		      memcmp(letters + 5, text + 6, 5) == 0);
	}
	printf("codes: the paper's\n");
}

static int
code(const char *text)
{
	uint8_t letters[CODE_LETTERS];
	int e = code_parse(letters, (const uint8_t *)text, strlen(text));

	CHECK(e != 0 || memcmp(letters, "lusabbabad", 10) == 0);
	CHECK(e == 0 || sodium_is_zero(letters, sizeof letters));
	return e;
}

static void
test_code_typing(void)
{
	static const char *const good[] = {"lusabbabad", "LUSAB-BABAD",
	    "Lusab Babad", " l-u-s a b--babad ", "lusab-babad-"};
	static const struct {
		const char *text;
		int err;
	} bad[] = {{"", ERR_CODE_SHORT}, {"-", ERR_CODE_SHORT},
	    {"lusab", ERR_CODE_SHORT}, {"lusab-baba", ERR_CODE_SHORT},
	    {"lusab-babada", ERR_CODE_LONG}, {"lusab-babadb", ERR_CODE_LONG},
	    {"lusab-babadq", ERR_CODE_LONG}, {"lusab-babad\n", ERR_CODE_LONG},
	    {"lusab-babbb", ERR_CODE_LETTER}, {"lusab-bibed", ERR_CODE_LETTER},
	    {"cusab-babad", ERR_CODE_LETTER}, {"lusab_babad", ERR_CODE_LETTER},
	    {"lusab\tbabad", ERR_CODE_LETTER}, {"ulsab-babad", ERR_CODE_LETTER},
	    {"q", ERR_CODE_LETTER}, {"lusab-bab\xc3\xa4\x64", ERR_CODE_LETTER}};

	for (size_t i = 0; i < ARRAY_LEN(good); i++)
		CHECK(code(good[i]) == 0);
	for (size_t i = 0; i < ARRAY_LEN(bad); i++)
		CHECK(code(bad[i].text) == -bad[i].err);
	printf("codes: as people type them\n");
}

/* ---- passphrases ---- */

static int
phrase(const char *text, size_t len, uint8_t want)
{
	uint8_t warnings = 0xff;
	int e = phrase_check((const uint8_t *)text, len, &warnings);

	CHECK(e != 0 || warnings == want);
	return e;
}

static void
test_phrase(void)
{
	char line[SECRET_LINE_MAX + 1];

	CHECK(phrase("eightchr", 8, 0) == 0);
	CHECK(phrase("seven c", 7, WARN_SHORT) == 0);
	CHECK(phrase(" ", 1, WARN_SHORT) == 0);
	CHECK(
	    phrase("gr\xc3\xbc\xc3\x9f", 6, WARN_SHORT | WARN_NOT_ASCII) == 0);
	/* Eight characters, nine bytes; and seven that take eight. */
	CHECK(phrase("sch\xc3\xb6nste", 9, WARN_NOT_ASCII) == 0);
	CHECK(phrase("sch\xc3\xb6nst", 8, WARN_NOT_ASCII | WARN_SHORT) == 0);
	memset(line, 'a', sizeof line);
	CHECK(phrase(line, SECRET_LINE_MAX, 0) == 0);
	CHECK(phrase(line, SECRET_LINE_MAX + 1, 0) == -ERR_SECRET_LONG);
	CHECK(phrase("", 0, 0) == -ERR_SECRET_EMPTY);
	CHECK(phrase("passw\xffrd", 8, 0) == -ERR_SECRET_UTF8);
	CHECK(phrase("cut short \xc3", 11, 0) == -ERR_SECRET_UTF8);
	CHECK(phrase("\xed\xa0\x80 surrogate", 13, 0) == -ERR_SECRET_UTF8);
	CHECK(phrase("with\ttab", 8, 0) == -ERR_SECRET_CONTROL);
	CHECK(phrase("with\0nul", 8, 0) == -ERR_SECRET_CONTROL);
	CHECK(phrase("with\x7f"
		     "del",
		  8, 0) == -ERR_SECRET_CONTROL);
	CHECK(phrase("with\xc2\x85nel", 9, 0) == -ERR_SECRET_CONTROL);
	CHECK(phrase("line\n", 5, 0) == -ERR_SECRET_CONTROL);
	printf("passphrases: warnings and refusals\n");
}

int
main(void)
{
	CHECK(noise_library_init() == 0);
	test_keyfile();
	test_keyfile_refusals();
	test_fingerprint();
	test_code();
	test_code_typing();
	test_phrase();
	return check_end();
}
