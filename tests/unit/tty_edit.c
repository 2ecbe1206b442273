/*
 * The key decoder and the line editor: bytes in, a line and an action out.
 */
#include <stdlib.h>

#include "../../src/tty/edit.h"
#include "../../src/tty/keys.h"
#include "check.h"
#include "secchat/util.h"

/* ---- keys ---- */

/* Every key of the bytes as a letter: T text, N newline, and so on. */
static const char *
letters_of(struct keys *k, const char *in, size_t len)
{
	static const char letters[] = {
	    [KEY_TEXT] = 'T',
	    [KEY_ENTER] = 'E',
	    [KEY_NEWLINE] = 'N',
	    [KEY_BACKSPACE] = 'B',
	    [KEY_DELETE] = 'D',
	    [KEY_LEFT] = '<',
	    [KEY_RIGHT] = '>',
	    [KEY_HOME] = 'H',
	    [KEY_END] = '$',
	    [KEY_KILL_END] = 'k',
	    [KEY_KILL_START] = 'u',
	    [KEY_KILL_WORD] = 'w',
	    [KEY_CLEAR] = 'l',
	    [KEY_CANCEL] = 'c',
	    [KEY_SUSPEND] = 'z',
	};
	static char out[256];
	const uint8_t *p = (const uint8_t *)in;
	size_t n = 0;

	(void)keys_chunk(k, p, len, 0);
	while (len > 0) {
		struct key key;
		size_t used = keys_next(k, p, len, &key);

		CHECK(used > 0 || key.type != KEY_NONE);
		if (key.type != KEY_NONE)
			out[n++] = letters[key.type];
		p += used;
		len -= used;
	}
	out[n] = '\0';
	return out;
}

static int
keys_are(const char *in, size_t len, const char *want)
{
	struct keys k;
	const char *got;
	char split[256] = "";

	keys_init(&k);
	got = letters_of(&k, in, len);
	if (strcmp(got, want) != 0) {
		printf("  got \"%s\", want \"%s\"\n", got, want);
		return 0;
	}
	/* One byte at a time it is the same, except for what a chunk says. */
	keys_init(&k);
	for (size_t i = 0; i < len; i++)
		strcat(split, letters_of(&k, in + i, 1));
	if (strcmp(split, want) != 0)
		printf("  split \"%s\", want \"%s\"\n", split, want);
	return strcmp(split, want) == 0;
}

#define KEYS(in, want) CHECK(keys_are(in, sizeof(in) - 1, want))

static void
test_keys(void)
{
	KEYS("a\xc3\xa9\xe4\xbd\xa0\xf0\x9f\x98\x80", "TTTT");
	KEYS("\x01\x02\x03\x04\x05\x06\x08\x7f", "H<cD$>BB");
	KEYS("\x0b\x0c\x0d\x15\x17", "klEuw");
	KEYS("\x0a", "E");
	KEYS("\t\x0e\x10\x1a\x1c\x1f", "z");
	KEYS("\x1b[D\x1b[C\x1b[H\x1b[F\x1bOD\x1bOC\x1bOH\x1bOF", "<>H$<>H$");
	KEYS("\x1b[3~\x1b[1~\x1b[4~\x1b[7~\x1b[8~", "DH$H$");
	KEYS("\x1b[1;5D\x1b[3;2~", "<D");
	KEYS("\x1b\r", "N");
	/* Swallowed whole: unknown keys, mouse, cut off, absurdly long. */
	KEYS("\x1b[25~\x1b[15;3~\x1b[Z\x1bx\x1bOPa", "T");
	KEYS("\x1b[<0;10;10Mb", "T");
	KEYS("\x1b[12345678901234567890;1234567890Ac", "T");
	KEYS("\x1b\x1b[D", "<");
	KEYS("\x1b[\x01z", "HT");
	/* Broken characters come out as one U+FFFD each, and eat nothing. */
	KEYS("\xff\xfe", "TT");
	KEYS("\xe4\xbd\rx", "TET");
	KEYS("\xc3\x1b[D", "T<");
	KEYS("\xed\xa0\x80", "T");
}

static void
test_paste(void)
{
	struct keys k;

	KEYS("\x1b[200~a\nb\rc\r\nd\te\x1b[201~", "TNTNTNTTT");
	KEYS("\x1b[200~a\x03\x04\x15\x1b[31mb\x1b[Dc\x1b[201~\r", "TTTE");
	KEYS("\x1b[200~\n\n\n\x1b[201~\r", "NNNE");

	/* Several row ends in one read are a paste, one is Enter. */
	keys_init(&k);
	CHECK(strcmp(letters_of(&k, "a\rb\r\nc\r", 7), "TNTNTN") == 0);
	CHECK(strcmp(letters_of(&k, "d\r", 2), "TE") == 0);
	/* What goes on with one is one, whatever its size. */
	CHECK(keys_chunk(&k, (const uint8_t *)"x\r", 2, 1) == 1);
	CHECK(keys_chunk(&k, (const uint8_t *)"x\r", 2, 0) == 0);
}

static void
test_escape(void)
{
	struct keys k;

	keys_init(&k);
	letters_of(&k, "\x1b", 1);
	CHECK(keys_pending(&k));
	keys_timeout(&k);
	CHECK(!keys_pending(&k));
	CHECK(strcmp(letters_of(&k, "[D", 2), "TT") == 0);
	letters_of(&k, "\xe4", 1);
	CHECK(!keys_pending(&k));
	keys_timeout(&k);
	CHECK(strcmp(letters_of(&k, "\xbd\xa0", 2), "T") == 0);
}

/* ---- editing ---- */

/* Type, with '|' for the cursor in what comes out. */
static const char *
line_of(struct edit *e, const char *in, enum edit_action *last)
{
	static char out[512];
	const uint8_t *p = (const uint8_t *)in;
	size_t len = strlen(in);
	struct keys k;

	keys_init(&k);
	while (len > 0) {
		struct key key;
		size_t used = keys_next(&k, p, len, &key);

		*last = edit_key(e, &key);
		p += used;
		len -= used;
	}
	CHECK(e->len < sizeof out - 2);
	memcpy(out, e->text, e->at);
	out[e->at] = '|';
	memcpy(out + e->at + 1, e->text + e->at, e->len - e->at);
	out[e->len + 1] = '\0';
	return out;
}

static int
edits_to(const char *in, const char *want, enum edit_action action)
{
	static struct edit e;
	enum edit_action last = EDIT_NOTHING;
	const char *got;

	edit_reset(&e);
	got = line_of(&e, in, &last);
	if (strcmp(got, want) == 0 && last == action)
		return 1;
	printf(
	    "  got \"%s\" (%d), want \"%s\" (%d)\n", got, last, want, action);
	return 0;
}

#define EDIT(in, want) CHECK(edits_to(in, want, EDIT_CHANGED))
#define LEFT "\x02"
#define RIGHT "\x06"

static void
test_edit(void)
{
	EDIT("abc", "abc|");
	EDIT("abc" LEFT LEFT, "a|bc");
	EDIT("abc" LEFT LEFT "X", "aX|bc");
	EDIT("abc" LEFT LEFT RIGHT, "ab|c");
	EDIT("abc\x01", "|abc");
	EDIT("abc\x01\x05", "abc|");
	EDIT("abc\x7f", "ab|");
	EDIT("abc\x01\x04", "|bc");
	EDIT("abc" LEFT "\x0b", "ab|");
	EDIT("abc" LEFT "\x15", "|c");
	EDIT("one  two\x17", "one  |");
	EDIT("one  two \x17\x17", "|");
	EDIT("one\x1b\rtwo\x17", "one\n|");
	EDIT("abc\x03", "|");
	CHECK(edits_to("abc" RIGHT, "abc|", EDIT_NOTHING));
	CHECK(edits_to("\x7f", "|", EDIT_NOTHING));
	CHECK(edits_to("abc\r", "abc|", EDIT_SEND));
	CHECK(edits_to("abc\x0c", "abc|", EDIT_CLEAR));
	CHECK(edits_to("\x04", "|", EDIT_LEAVE));
	CHECK(edits_to("a\x04", "a|", EDIT_NOTHING));
	CHECK(edits_to("\x03", "|", EDIT_CANCEL));
	CHECK(edits_to("\x03\x03", "|", EDIT_LEAVE));
	CHECK(edits_to("a\x03\x03", "|", EDIT_CANCEL));
	CHECK(edits_to("\x03"
		       "a\x7f\x03",
	    "|", EDIT_CANCEL));
}

/* What looks like one character is moved over and deleted as one. */
static void
test_clusters(void)
{
	EDIT("e\u0301\u0300\x7f", "|");
	EDIT("ae\u0301b" LEFT LEFT, "a|e\u0301b");
	EDIT("\U0001f468\u200d\U0001f469\x7f", "|");
	EDIT("\u2764\ufe0fx" LEFT "\x7f", "|x");
	EDIT("\U0001f44d\U0001f3fd\x01\x04", "|");
	EDIT("\U0001f1e9\U0001f1ea" LEFT, "|\U0001f1e9\U0001f1ea");
	EDIT("a\x1b\r" LEFT, "a|\n");
	/* A mark put behind its base joins it: the cursor is not inside. */
	EDIT("ab" LEFT "\u0301", "a\u0301|b");
	EDIT("ab" LEFT "\u0301"
	     "\x06\x7f",
	    "a\u0301|");
	EDIT("e\u200b\u0301" LEFT "\x7f", "e\u0301|");
	EDIT("a\u0300" LEFT "e", "e|a\u0300");
}

static void
test_full(void)
{
	static struct edit e;
	const struct key key = {
	    .type = KEY_TEXT, .len = 4, .text = {0xf0, 0x9f, 0x98, 0x80}};

	edit_reset(&e);
	for (size_t i = 0; i < EDIT_MAX / 4; i++)
		CHECK(edit_key(&e, &key) == EDIT_CHANGED);
	CHECK(edit_key(&e, &key) == EDIT_FULL);
	CHECK(e.len == EDIT_MAX / 4 * 4 && e.at == e.len);
}

int
main(void)
{
	test_keys();
	test_paste();
	test_escape();
	test_edit();
	test_clusters();
	test_full();
	return check_end();
}
