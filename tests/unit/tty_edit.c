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
	/* clang-format off */
	static const char letters[KEY_TYPES] = {
		[KEY_TEXT] = 'T',       [KEY_ENTER] = 'E',
		[KEY_NEWLINE] = 'N',    [KEY_TAB] = 't',
		[KEY_BACKSPACE] = 'B',  [KEY_DELETE] = 'D',
		[KEY_LEFT] = '<',       [KEY_RIGHT] = '>',
		[KEY_WORD_LEFT] = '(',  [KEY_WORD_RIGHT] = ')',
		[KEY_HOME] = 'H',       [KEY_END] = '$',
		[KEY_FIRST] = '[',      [KEY_LAST] = ']',
		[KEY_UP] = '^',         [KEY_DOWN] = 'v',
		[KEY_KILL_END] = 'k',   [KEY_KILL_START] = 'u',
		[KEY_KILL_BLANK] = 'w', [KEY_KILL_LEFT] = 'b',
		[KEY_KILL_RIGHT] = 'd', [KEY_YANK] = 'y',
		[KEY_YANK_NEXT] = 'Y',  [KEY_SWAP] = 's',
		[KEY_UNDO] = '_',       [KEY_QUOTE] = 'q',
		[KEY_SEARCH] = 'r',     [KEY_GIVE_UP] = 'g',
		[KEY_ESCAPE] = 'e',     [KEY_CLEAR] = 'l',
		[KEY_CANCEL] = 'c',     [KEY_SUSPEND] = 'z',
		[KEY_FOCUS_IN] = 'i',   [KEY_FOCUS_OUT] = 'o',
		[KEY_PASTE] = '{',      [KEY_PASTE_END] = '}',
	};
	/* clang-format on */
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

/* clang-format off */
static void
test_keys(void)
{
	KEYS("a\xc3\xa9\xe4\xbd\xa0\xf0\x9f\x98\x80", "TTTT");
	KEYS("\x01\x02\x03\x04\x05\x06\x07\x08\x09", "H<cD$>gBt");
	KEYS("\x0a", "E");
	KEYS("\x0b\x0c\x0e\x10\x12\x14\x15\x16", "klv^rsuq");
	KEYS("\x0d", "E");
	KEYS("\x17\x19\x1a\x1f\x7f", "wyz_B");
	KEYS("\x0f\x11\x13\x1c\x1d\x1e", "");
	KEYS("\x18\x15", "_");
	KEYS("\x18\x05\x18qa\x18\x1b[D", "T<");
	KEYS("\x1b[A\x1b[B\x1b[C\x1b[D\x1b[H\x1b[F", "^v><H$");
	KEYS("\x1bOA\x1bOB\x1bOC\x1bOD\x1bOH\x1bOF", "^v><H$");
	KEYS("\x1b[3~\x1b[1~\x1b[4~\x1b[7~\x1b[8~", "DH$H$");
	/* With Shift they are the same; with Alt and Ctrl they go further. */
	KEYS("\x1b[1;2D\x1b[3;2~\x1b[1;2A", "<D^");
	KEYS("\x1b[1;5D\x1b[1;5C\x1b[1;3D\x1b[1;3C", "()()");
	KEYS("\x1bOd\x1bOc\x1b[1;5H\x1b[1;5F\x1b[3;5~", "()[]d");
	KEYS("\x1b\x62\x1b\x66\x1b\x64\x1by\x1b\x7f\x1b\x08", "()dYbb");
	KEYS("\x1b\x42\x1b\x46\x1b\x44\x1bY", "()dY");
	KEYS("\x1b\r", "N");
	KEYS("\x1b[I\x1b[O", "io");
	/* Swallowed whole: unknown keys, answers, mouse, cut off, too long. */
	KEYS("\x1b[25~\x1b[15;3~\x1b[Z\x1bx\x1bOPa", "T");
	KEYS("\x1b[?1;2c\x1b[>0;276;0c\x1b[24;80Ra", "T");
	KEYS("\x1b[<0;10;10Mb", "T");
	KEYS("\x1b[12345678901234567890;1234567890Qc", "T");
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

	KEYS("\x1b[200~a\nb\rc\r\nd\te\x1b[201~", "{TNTNTNTTT}");
	KEYS("\x1b[200~a\x03\x04\x15\x18\x15\x1b[31mb\x1b[Dc\x1b[201~\r",
	    "{TTT}E");
	KEYS("\x1b[200~\n\n\n\x1b[201~\r", "{NNN}E");

	/* Several row ends in one read are a paste, one is Enter; no byte of
	 * it is a key. */
	keys_init(&k);
	CHECK(strcmp(letters_of(&k, "a\rb\r\nc\r", 7), "TNTNTN") == 0);
	CHECK(strcmp(letters_of(&k, "a\x03\x1b[D\x15\r\x1a\r", 9), "TNN") == 0);
	CHECK(strcmp(letters_of(&k, "d\r", 2), "TE") == 0);
	/* What goes on with one is one, whatever its size. */
	CHECK(keys_chunk(&k, (const uint8_t *)"x\r", 2, 1) == 1);
	CHECK(keys_chunk(&k, (const uint8_t *)"x\r", 2, 0) == 0);

	/* A lone Ctrl-C ends a paste whose end is lost, but not sooner. */
	keys_init(&k);
	CHECK(strcmp(letters_of(&k, "\x1b[200~abc", 9), "{TTT") == 0);
	CHECK(strcmp(letters_of(&k, "\x03", 1), "") == 0);
	keys_stale(&k);
	CHECK(strcmp(letters_of(&k, "x\x03", 2), "T") == 0);
	keys_stale(&k);
	CHECK(strcmp(letters_of(&k, "\x03", 1), "c") == 0);
	CHECK(strcmp(letters_of(&k, "\r", 1), "E") == 0);
}
/* clang-format on */

static void
test_escape(void)
{
	struct keys k;
	struct key key;

	keys_init(&k);
	letters_of(&k, "\x1b", 1);
	CHECK(keys_pending(&k));
	keys_timeout(&k, &key);
	CHECK(key.type == KEY_ESCAPE && !keys_pending(&k));
	CHECK(strcmp(letters_of(&k, "[D", 2), "TT") == 0);
	letters_of(&k, "\x1b[1;", 4);
	keys_timeout(&k, &key);
	CHECK(key.type == KEY_NONE && !keys_pending(&k));
	letters_of(&k, "\xe4", 1);
	CHECK(!keys_pending(&k));
	keys_timeout(&k, &key);
	CHECK(key.type == KEY_NONE);
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

	edit_wipe(&e);
	got = line_of(&e, in, &last);
	if (strcmp(got, want) == 0 && last == action)
		return 1;
	printf(
	    "  got \"%s\" (%d), want \"%s\" (%d)\n", got, last, want, action);
	return 0;
}

#define LEFT "\x02"
#define RIGHT "\x06"

/* clang-format off */
#define UP "\x10"
#define DOWN "\x0e"
#define END "\x05"
#define HOME "\x01"
#define ALT "\x1b"
#define UNDO "\x1f"
#define YANK "\x19"
#define PASTE(text) "\x1b[200~" text "\x1b[201~"
#define FAMILY "\U0001f468\u200d\U0001f469\u200d\U0001f467"
#define FLAG "\U0001f1e9\U0001f1ea"
#define THUMB "\U0001f44d\U0001f3fd"
#define E_MARKS "e\u0301\u0323"
#define HAN "\u4f60"
#define SHALOM "\u05e9\u05dc\u05d5\u05dd"
#define CHIP "\x01" "1\n2\n3\n4" "\x02"

/* What is typed, and what the line is then, with | for the cursor. */
static const struct {
	const char *in, *want;
} edits[] = {
	/* moving by characters */
	{ "abc",                            "abc|" },
	{ "abc" LEFT LEFT,                  "a|bc" },
	{ "abc" LEFT LEFT "X",              "aX|bc" },
	{ "abc" LEFT LEFT RIGHT,            "ab|c" },
	{ "abc" ALT "[D" ALT "[D" ALT "[C", "ab|c" },
	{ HAN "x" LEFT LEFT,                "|" HAN "x" },
	{ "a" FAMILY "b" LEFT LEFT,         "a|" FAMILY "b" },
	{ "a" FAMILY "b" HOME RIGHT RIGHT,  "a" FAMILY "|b" },
	{ "a" E_MARKS "b" LEFT LEFT,        "a|" E_MARKS "b" },
	{ "a" E_MARKS "b" HOME RIGHT RIGHT, "a" E_MARKS "|b" },
	{ FLAG FLAG LEFT,                   FLAG "|" FLAG },
	{ THUMB LEFT,                       "|" THUMB },
	{ SHALOM LEFT,                      "\u05e9\u05dc\u05d5|\u05dd" },
	{ "\u2764\ufe0fx" LEFT LEFT,        "|\u2764\ufe0fx" },
	/* lines */
	{ "abc" HOME,                       "|abc" },
	{ "abc" HOME END,                   "abc|" },
	{ "ab" ALT "\rcd" HOME,             "ab\n|cd" },
	{ "ab" ALT "\rcd" UP END,           "ab|\ncd" },
	{ "ab" ALT "\rcd" ALT "[1;5H",      "|ab\ncd" },
	{ "ab" ALT "\rcd" ALT "[1;5H" ALT "[1;5F", "ab\ncd|" },
	{ "abc" ALT "\rd" ALT "\refg" UP UP,      "abc|\nd\nefg" },
	{ "abc" ALT "\rd" ALT "\refg" UP UP LEFT DOWN DOWN, "abc\nd\nef|g" },
	{ HAN HAN ALT "\rabcd" LEFT LEFT UP,      HAN "|" HAN "\nabcd" },
	{ "a" ALT "\r" LEFT,                "a|\n" },
	/* words */
	{ "one two-3" ALT "b",              "one two-|3" },
	{ "one two-3" ALT "b" ALT "b",      "one |two-3" },
	{ "one two" ALT "b" ALT "b" ALT "f", "one| two" },
	{ "one two" HOME ALT "[1;5C" ALT "[1;5C" ALT "[1;5D", "one |two" },
	{ "one " SHALOM ALT "b",            "one |" SHALOM },
	{ "na\u00efve " HAN HAN ALT "b",    "na\u00efve |" HAN HAN },
	/* deleting */
	{ "abc\x7f",                        "ab|" },
	{ "abc\x08",                        "ab|" },
	{ "abc" HOME "\x04",                "|bc" },
	{ "abc" HOME ALT "[3~",             "|bc" },
	{ E_MARKS "\x7f",                   "|" },
	{ FAMILY "\x7f",                    "|" },
	{ FLAG FLAG "\x7f",                 FLAG "|" },
	{ THUMB HOME "\x04",                "|" },
	{ "\u2764\ufe0fx" LEFT "\x7f",      "|x" },
	{ SHALOM "\x7f",                    "\u05e9\u05dc\u05d5|" },
	{ "ab" ALT "\rcd" HOME "\x7f",      "ab|cd" },
	/* a mark that comes to its base joins it: the cursor is not inside */
	{ "ab" LEFT "\u0301",               "a\u0301|b" },
	{ "ab" LEFT "\u0301" RIGHT "\x7f",  "a\u0301|" },
	{ "e" ALT "\r\u0301" LEFT "\x7f",   "e\u0301|" },
	{ "a\u0300" LEFT "e",               "e|a\u0300" },
	/* killing */
	{ "abc" LEFT "\x0b",                "ab|" },
	{ "abc" LEFT "\x15",                "|c" },
	{ "one  two\x17",                   "one  |" },
	{ "one  two \x17\x17",              "|" },
	{ "one two-3\x17",                  "one |" },
	{ "one two-3" ALT "\x7f",           "one two-|" },
	{ "one two-3" HOME ALT "d",         "| two-3" },
	{ "one" ALT "\rtwo\x17",            "one\n|" },
	{ "ab" ALT "\rcd" UP "\x0b",        "ab|cd" },
	{ "ab" ALT "\rcd" HOME "\x15",      "ab|cd" },
	{ "ab" ALT "\rcd" UP HOME "\x0b",   "|\ncd" },
	/* and back */
	{ "abc" LEFT "\x0b" HOME YANK,      "c|ab" },
	{ "one two\x17\x17" YANK,           "one two|" },
	{ "one two" HOME ALT "d" ALT "d" YANK YANK, "one twoone two|" },
	{ "one two" ALT "\x7f" "x" ALT "\x7f" YANK, "one x|" },
	{ "one two" ALT "\x7f" "x" ALT "\x7f" YANK ALT "y", "one two|" },
	{ "one two" ALT "\x7f" "x" ALT "\x7f" YANK ALT "y" ALT "y", "one x|" },
	{ "a" ALT "y",                      "a|" },
	{ YANK,                             "|" },
	/* swapping */
	{ "abc\x14",                        "acb|" },
	{ "abc" LEFT "\x14",                "acb|" },
	{ "abc" HOME "\x14",                "|abc" },
	{ "a" FAMILY "\x14",                FAMILY "a|" },
	{ E_MARKS HAN "\x14",               HAN E_MARKS "|" },
	{ "a" ALT "\rb\x14",                "a\nb|" },
	/* undoing */
	{ "one two" UNDO,                   "one |" },
	{ "one two" UNDO UNDO,              "|" },
	{ "one two" UNDO UNDO UNDO,         "|" },
	{ "one two\x17" UNDO,               "one two|" },
	{ "one two\x17\x18\x15",            "one two|" },
	{ "abc" HOME "\x0b" UNDO,           "|abc" },
	{ "abc\x14" UNDO,                   "abc|" },
	{ "abc" LEFT "\x7f" UNDO,           "ab|c" },
	{ "abc\x03" UNDO,                   "abc|" },
	{ "abc\x17" YANK YANK UNDO,         "abc|" },
	{ "a\x17" "b\x17" YANK ALT "y" UNDO, "b|" },
	/* quoting */
	{ "a\x16\tb",                       "a\tb|" },
	{ "a\x16\rb",                       "a\nb|" },
	{ "a\x16" "b\x16\x01" "c",          "c|ab" },
	/* pastes */
	{ "x" PASTE("one\ntwo") "y",        "xone\ntwoy|" },
	{ "x" PASTE("one\ntwo") UNDO,       "x|" },
	{ "xy" LEFT PASTE("1\n2\n3\n4") "z", "x" CHIP "z|y" },
	{ "xy" LEFT PASTE("1\n2\n3\n4") "\x7f", "x|y" },
	{ "xy" LEFT PASTE("1\n2\n3\n4") LEFT, "x|" CHIP "y" },
	{ "x" PASTE("1\n2\n3\n4") HOME RIGHT RIGHT, "x" CHIP "|" },
	{ "x" PASTE("1\n2\n3\n4") "y" HOME, "|x" CHIP "y" },
	{ "x" PASTE("1\n2\n3\n4") UNDO,     "x|" },
	{ "x" PASTE("1\n2\n3\n4") "\x7f" UNDO, "x" CHIP "|" },
	{ "x" PASTE("1\n2\n3\n4") "\x17" YANK, "x" CHIP "|" },
	{ "x" PASTE("1\n2\n3\n4") "\x14",   CHIP "x|" },
	{ PASTE("1\n2\n3\n"),               "1\n2\n3\n|" },
	{ PASTE("\x01" "a\x02" "b\x03\x15"), "ab|" },
	{ PASTE(""),                        "|" },
	{ "abc\x03",                        "|" },
};
/* clang-format on */

static void
test_edit(void)
{
	static struct edit e;

	for (size_t i = 0; i < sizeof edits / sizeof edits[0]; i++) {
		enum edit_action last;
		const char *got;

		edit_wipe(&e);
		got = line_of(&e, edits[i].in, &last);
		if (!CHECK(strcmp(got, edits[i].want) == 0))
			printf("  row %zu: got \"%s\", want \"%s\"\n", i, got,
			    edits[i].want);
	}
}

static void
test_actions(void)
{
	CHECK(edits_to("abc" RIGHT, "abc|", EDIT_NOTHING));
	CHECK(edits_to("\x7f", "|", EDIT_NOTHING));
	CHECK(edits_to("abc\r", "abc|", EDIT_SEND));
	CHECK(edits_to("abc\t", "abc|", EDIT_COMPLETE));
	CHECK(edits_to("abc\x0c", "abc|", EDIT_CLEAR));
	CHECK(edits_to("\x04", "|", EDIT_LEAVE));
	CHECK(edits_to("a\x04", "a|", EDIT_NOTHING));
	CHECK(edits_to("\x03", "|", EDIT_CANCEL));
	CHECK(edits_to("\x03\x03", "|", EDIT_LEAVE));
	CHECK(edits_to("a\x03\x03", "|", EDIT_CANCEL));
	CHECK(edits_to("\x03"
		       "a\x7f\x03",
	    "|", EDIT_CANCEL));
	CHECK(edits_to("a\x07", "a|", EDIT_NOTHING));
	CHECK(edits_to("a\x1a", "a|", EDIT_NOTHING));
}

/* ---- what was sent before ---- */

static struct edit edit;

/* Type into the same line as before. */
static int
goes_to(const char *in, const char *want, enum edit_action action)
{
	enum edit_action last = EDIT_NOTHING;
	const char *got = line_of(&edit, in, &last);

	if (strcmp(got, want) == 0 && last == action)
		return 1;
	printf(
	    "  got \"%s\" (%d), want \"%s\" (%d)\n", got, last, want, action);
	return 0;
}

#define NOW(in, want) CHECK(goes_to(in, want, EDIT_CHANGED))

static void
sent(const char *text)
{
	enum edit_action last;

	line_of(&edit, text, &last);
	edit_accept(&edit);
}

static void
test_history(void)
{
	edit_wipe(&edit);
	CHECK(goes_to(UP, "|", EDIT_NOTHING));
	CHECK(goes_to(DOWN, "|", EDIT_NOTHING));
	sent("first");
	sent("second");
	sent("second");
	sent("");
	NOW("dra" LEFT UP, "second|");
	NOW(UP, "first|");
	CHECK(goes_to(UP, "first|", EDIT_NOTHING));
	NOW(DOWN, "second|");
	NOW(DOWN, "dr|a");
	CHECK(goes_to(DOWN, "dr|a", EDIT_NOTHING));
	/* A change of what was sent before can be taken back, and the draft
	 * is there after something else was sent. */
	NOW(UP "!" UP, "first|");
	NOW(UNDO, "second!|");
	edit_accept(&edit);
	NOW(UP, "second!|");
	NOW(UP, "dra|");
	NOW(UP, "second|");
	NOW("\x03", "|");

	/* In several lines the cursor moves first. */
	sent("a" ALT "\rb");
	NOW("x" UP, "a\nb|");
	NOW(UP, "a|\nb");
	NOW(UP, "second!|");
	NOW(DOWN, "a\nb|");
	NOW(DOWN, "x|");
	NOW("\x03", "|");
	sent(PASTE("1\n2\n3\n4"));
	NOW(UP, CHIP "|");
	edit_wipe(&edit);
	CHECK(goes_to(UP, "|", EDIT_NOTHING));
	for (size_t i = 0; i < sizeof edit; i++)
		if (((const char *)&edit)[i] == '4')
			FAIL("what was sent is still in memory");
}

/* The history is bounded, in items and in bytes. */
static void
test_history_bound(void)
{
	struct key big = {.type = KEY_TEXT, .len = 1, .text = "x"};
	char text[16];

	edit_wipe(&edit);
	for (int i = 0; i < HISTORY_ITEMS + 10; i++) {
		snprintf(text, sizeof text, "text %d", i);
		sent(text);
	}
	CHECK(edit.history.count == HISTORY_ITEMS);
	for (int n = 0; n < 6; n++) {
		edit_paste_begin(&edit);
		big.text[0] = (uint8_t)('a' + n);
		for (int i = 0; i < TEXT_MAX; i++)
			edit_key(&edit, &big);
		CHECK(edit_paste_end(&edit) == EDIT_CHANGED);
		edit_accept(&edit);
	}
	CHECK(edit.history.count == SHELF_BYTES / TEXT_MAX);
	CHECK(edit.history.used <= SHELF_BYTES);
}

#define SEARCH "\x12"
#define LEAVE "\x07"

static const char *
shown(void)
{
	static char out[256];
	struct edit_text t = edit_shown(&edit);

	snprintf(out, sizeof out, "%.*s|%.*s", (int)t.at, (const char *)t.p,
	    (int)(t.len - t.at), (const char *)t.p + t.at);
	return out;
}

static void
test_search(void)
{
	edit_wipe(&edit);
	sent("make check");
	sent("e\u0301clair");
	sent("make bench");
	NOW("draft" SEARCH, "draft|");
	NOW("make", "draft|");
	CHECK(edit.searching && strcmp(shown(), "|make bench") == 0);
	NOW(" c", "draft|");
	CHECK(strcmp(shown(), "|make check") == 0);
	NOW("z", "draft|");
	CHECK(edit.failed && strcmp(shown(), "|make check") == 0);
	NOW("\x7f\x7f\x7f", "draft|");
	CHECK(!edit.failed && strcmp(shown(), "|make bench") == 0);
	NOW(SEARCH, "draft|");
	CHECK(strcmp(shown(), "|make check") == 0);
	NOW(SEARCH, "draft|");
	CHECK(edit.failed && strcmp(shown(), "|make check") == 0);
	NOW(LEAVE, "draft|");
	CHECK(!edit.searching);
	/* Keys of the line take what was found; Down has the draft. */
	NOW(SEARCH "bench" END, "make bench|");
	NOW(DOWN, "draft|");
	NOW(SEARCH "bench" ALT "b", "|make bench");
	NOW(DOWN, "draft|");
	CHECK(goes_to(SEARCH "check\r", "make |check", EDIT_SEND));
	NOW(DOWN DOWN DOWN, "draft|");
	/* Nothing was found: Enter does not send the draft. */
	NOW(SEARCH "zebra\r", "draft|");
	CHECK(!edit.searching);
	NOW(SEARCH "\x03", "draft|");
	NOW(SEARCH "\u0301" END, "e\u0301clair|");
	NOW(DOWN DOWN SEARCH "\u0301" LEFT, "|e\u0301clair");
	NOW(DOWN DOWN SEARCH "\u0301" RIGHT, "e\u0301|clair");
	NOW(DOWN DOWN SEARCH "check" PASTE("ed"), "make ed|check");
	sent("\x03" PASTE("1\n2\n3\n4"));
	NOW(SEARCH "3" END, CHIP "|");
	NOW(DOWN SEARCH "3" LEFT, "|" CHIP);
}

/* ---- bounds ---- */

static void
test_full(void)
{
	static struct edit e;
	const struct key key = {
	    .type = KEY_TEXT, .len = 4, .text = {0xf0, 0x9f, 0x98, 0x80}};

	edit_wipe(&e);
	for (size_t i = 0; i < EDIT_MAX / 4; i++)
		CHECK(edit_key(&e, &key) == EDIT_CHANGED);
	CHECK(edit_key(&e, &key) == EDIT_FULL);
	CHECK(e.len == EDIT_MAX / 4 * 4 && e.at == e.len);

	/* A paste is put as a whole or not at all. */
	edit_paste_begin(&e);
	edit_key(&e, &key);
	CHECK(edit_paste_end(&e) == EDIT_LOST && e.staged == 4);
	CHECK(e.len == EDIT_MAX / 4 * 4);
	edit_wipe(&e);
	edit_paste_begin(&e);
	for (size_t i = 0; i < EDIT_MAX; i++)
		edit_key(&e, &key);
	CHECK(edit_paste_end(&e) == EDIT_LOST && e.staged == EDIT_MAX * 4);
	CHECK(e.len == 0);
	CHECK(edit_key(&e, &key) == EDIT_CHANGED && e.len == 4);
}

static void
test_plain(void)
{
	static uint8_t out[EDIT_MAX];
	enum edit_action last;

	edit_wipe(&edit);
	line_of(&edit, "a" PASTE("1\n2\n3\n4\n") "b" ALT "\r", &last);
	CHECK(edit_plain(&edit, out) == 10 &&
	      memcmp(out, "a1\n2\n3\n4\nb", 10) == 0);
}

int
main(void)
{
	test_keys();
	test_paste();
	test_escape();
	test_edit();
	test_actions();
	test_history();
	test_history_bound();
	test_search();
	test_full();
	test_plain();
	return check_end();
}
