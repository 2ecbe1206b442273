/*
 * How things look, as bytes: the gutter, the live area, the input row.  The
 * real terminal is followed by tests/system/terminal.py.
 */
#include <stdlib.h>

#include "../../src/tty/view.h"
#include "check.h"
#include "secchat/text.h"
#include "secchat/util.h"

static struct paint paint;
static struct edit edit;
static struct backlog backlog;

static struct view
view_of(unsigned cols)
{
	struct view v = {.cols = cols, .rows = 24};

	paint_init(&paint);
	return v;
}

static int
painted(const char *want)
{
	size_t len = strlen(want);

	if (paint.len == len && memcmp(paint.buf, want, len) == 0)
		return 1;
	printf("  got  \"%.*s\"\n  want \"%s\"\n", (int)paint.len, paint.buf,
	    want);
	return 0;
}

static void
show(struct view *v, enum message_kind kind, unsigned minute, const char *text)
{
	struct message m = {
	    kind, 7, minute, (const uint8_t *)text, strlen(text)};

	view_message(v, &paint, &m);
}

static void
theirs(struct view *v, const char *text)
{
	show(v, MESSAGE_THEIRS, 14 * 60 + 4, text);
}

static void
ours(struct view *v, const char *text, int undelivered)
{
	show(v, undelivered ? MESSAGE_LOST : MESSAGE_OURS, 5, text);
}

#define PAD "              " /* left of the gutter */

static void
test_theirs(void)
{
	struct view v = view_of(80);

	theirs(&v, "hi!\nsecond row\n");
	CHECK(painted(
	    "14:04 peer    \u2502 hi!\r\n" PAD "\u2502 second row\r\n"));

	v = view_of(40);
	theirs(&v, "one two three four fives");
	CHECK(painted("14:04 peer    \u2502 one two three four \r\n" PAD
		      "\u2502 fives\r\n"));

	v = view_of(39);
	theirs(&v, "hi\nthere");
	CHECK(painted("14:04 peer    \r\n\u2502 hi\r\n\u2502 there\r\n"));

	v = view_of(80);
	v.ascii = 1;
	theirs(&v, "\u00e9\u202e");
	CHECK(painted("14:04 peer    | <U+00E9><U+202E>\r\n" PAD
		      "(1 control character made visible: /raw 7)\r\n"));

	v = view_of(80);
	theirs(&v, "");
	CHECK(painted("14:04 peer    \u2502 \r\n"));

	v = view_of(80);
	v.color = 1;
	theirs(&v, "x");
	CHECK(
	    painted("14:04 \033[1;36mpeer   \033[m \033[2m\u2502 \033[mx\r\n"));
}

/* The largest that can come: it fits, and the rest is counted. */
static void
test_largest(void)
{
	static uint8_t text[TEXT_MAX];
	static const unsigned widths[] = {1, 15, 39, 40, 80, 500, 5000};
	static const char *const fills[] = {"a", "\n", "\xff", "\t", "\u4f60",
	    "a\u0301\u0301\u0301\u0301", "\U0001f600 ", "\u202e"};

	for (size_t f = 0; f < ARRAY_LEN(fills); f++) {
		size_t unit = strlen(fills[f]), len = TEXT_MAX / unit * unit;

		for (size_t i = 0; i < len; i++)
			text[i] = (uint8_t)fills[f][i % unit];
		for (size_t i = 0; i < ARRAY_LEN(widths); i++) {
			struct view v = view_of(widths[i]);

			struct message m = {MESSAGE_THEIRS, 1, 0, text, len};

			view_message(&v, &paint, &m);
			CHECK(paint.len > 0 && paint.len < PAINT_MESSAGE);
			paint_init(&paint);
			m.kind = MESSAGE_OURS;
			view_message(&v, &paint, &m);
			CHECK(paint.len > 0 && paint.len < PAINT_MESSAGE);
		}
	}
}

static void
test_ours(void)
{
	struct view v = view_of(80);

	ours(&v, "yes", 0);
	CHECK(painted("00:05 you  \u2713\u2713 \u2502 yes\r\n"));
	v = view_of(80);
	ours(&v, "no", 1);
	CHECK(painted("00:05 you  ?? \u2502 no\r\n"));
	v = view_of(80);
	ours(&v, "a\nb\nc\n", 0);
	CHECK(painted("00:05 you  \u2713\u2713 \u2502 a\r\n" PAD
		      "\u2502 b\r\n" PAD "\u2502 c\r\n"));
	v = view_of(80);
	ours(&v, "a\nb\nc\nd", 0);
	CHECK(painted("00:05 you  \u2713\u2713 \u2502 [4 lines, 7 B]  a\r\n"));
	v = view_of(80);
	v.ascii = 1;
	ours(&v, "yes", 0);
	CHECK(painted("00:05 you  ok | yes\r\n"));
}

static void
test_notes(void)
{
	struct view v = view_of(30);

	view_event(&v, &paint, "connection lost");
	CHECK(painted("\u2500\u2500 connection lost \u2500\u2500\r\n"));
	v = view_of(30);
	view_event(&v, &paint, "connection lost and found");
	CHECK(painted("\u2500\u2500 connection lost and \r\n   found "
		      "\u2500\u2500\r\n"));
	v = view_of(30);
	v.plain = 1;
	view_event(&v, &paint, "connection lost, and more words");
	CHECK(painted("* connection lost, and more \n  words\n"));
	v = view_of(40);
	view_item(&v, &paint, "/quit", "leave; Ctrl-C twice does the same");
	CHECK(painted("  /quit\r\n    leave; Ctrl-C twice does the same\r\n"));
	v = view_of(50);
	view_item(&v, &paint, "/quit", "leave; Ctrl-C twice does the same");
	CHECK(painted("  /quit                 leave; Ctrl-C twice does \r\n"
		      "                        the same\r\n"));
	v = view_of(30);
	view_note(&v, &paint, "warning:", "a\033[2Jb and some more things", 27);
	CHECK(
	    painted("  warning:\r\n  a^[[2Jb and some more \r\n  things\r\n"));
}

/*
 * A plain view cannot turn autowrap off, so what is beyond ASCII has to fit
 * though it were twice as wide: itself, not the whole row.
 */
static void
test_plain_width(void)
{
	struct view v = view_of(31);

	v.plain = 1;
	theirs(&v, "0123456789012345678");
	CHECK(painted("14:04 peer: 012345678901234567\n14:04 peer: 8\n"));
	v = view_of(31);
	v.plain = 1;
	theirs(&v, "\u00e9123456789012345678");
	CHECK(painted("14:04 peer: \u00e91234567890123456\n"
		      "14:04 peer: 78\n"));
	v = view_of(31);
	v.plain = 1;
	theirs(&v, "\u4f60\u4f60\u4f60\u4f60\u4f60");
	CHECK(painted("14:04 peer: \u4f60\u4f60\u4f60\u4f60\n"
		      "14:04 peer: \u4f60\n"));
	v = view_of(31);
	v.plain = 1;
	view_field(&v, &paint, "name", "caf\u00e9 with a hat");
	CHECK(painted("  name      caf\u00e9 with a hat\n"));
}

/* ---- the live area ---- */

/* Text in the line, the cursor `left` characters from its end. */
static void
type(const char *text, unsigned left)
{
	const struct key key = {.type = KEY_LEFT};

	edit_reset(&edit);
	edit.len = edit.at = strlen(text);
	memcpy(edit.text, text, edit.len);
	while (left-- > 0)
		edit_key(&edit, &key);
}

static void
test_input(void)
{
	struct live l = {.edit = &edit, .prompt = "you> ", .narrow = "> "};
	struct view v = view_of(80);

	type("hello", 2);
	view_live(&v, &paint, &l);
	CHECK(painted("you> hello\r\033[8C") && v.live == 1);
	paint_init(&paint);
	view_live(&v, &paint, &l);
	CHECK(painted("\r\033[Jyou> hello\r\033[8C"));

	/* What is wide, what joins, what cannot be shown; a row end. */
	v = view_of(80);
	type("\u4f60e\u0301\u2764\ufe0f\x1b\n\t", 0);
	view_live(&v, &paint, &l);
	CHECK(painted("you> \u4f60e\u0301\u2764^[\r\n       \r\033[7C"));
	CHECK(v.live == 2);
	paint_init(&paint);
	view_erase(&v, &paint);
	CHECK(painted("\r\033[1A\033[J"));

	/* Longer than the row; the cursor in the first of two. */
	v = view_of(46);
	type("0123456789012345678901234567890123456789abc", 0);
	view_live(&v, &paint, &l);
	CHECK(painted("you> 0123456789012345678901234567890123456789"
		      "\r\n     abc\r\033[8C"));
	v = view_of(46);
	type("0123456789012345678901234567890123456789abc", 43);
	view_live(&v, &paint, &l);
	CHECK(painted("you> 0123456789012345678901234567890123456789"
		      "\r\n     abc\033[1A\r\033[5C"));
	CHECK(v.live == 2 && v.cursor_row == 0);
	paint_init(&paint);
	view_erase(&v, &paint);
	CHECK(painted("\r\033[J"));

	/* Nothing is broken inside a character, wide or with a mark. */
	v = view_of(46);
	type("012345678901234567890123456789012345678\u4f60x", 0);
	view_live(&v, &paint, &l);
	CHECK(painted("you> 012345678901234567890123456789012345678"
		      "\r\n     \u4f60x\r\033[8C"));
	v = view_of(46);
	type("012345678901234567890123456789012345678x\u0301", 0);
	view_live(&v, &paint, &l);
	CHECK(painted("you> 012345678901234567890123456789012345678x\u0301"
		      "\r\033[45C"));

	/* More rows than a third of the terminal's: those at the cursor. */
	v = view_of(46);
	type("1\n2\n3\n4\n5\n6\n7\n8\n9\n10\n11", 2);
	view_live(&v, &paint, &l);
	CHECK(painted("\u2026    4\r\n     5\r\n     6\r\n     7\r\n"
		      "     8\r\n     9\r\n     10\r\n     11"
		      "\r\033[5C"));
	type("1\n2\n3\n4\n5\n6\n7\n8\n9\n10\n11", 15);
	paint_init(&paint);
	v.live = 0;
	view_live(&v, &paint, &l);
	CHECK(painted("you> 1\r\n     2\r\n     3\r\n     4\r\n"
		      "     5\r\n     6\r\n     7\r\n\u2026    8"
		      "\033[3A\r\033[5C"));

	v = view_of(30);
	type("narrow", 0);
	view_live(&v, &paint, &l);
	CHECK(painted("> narrow\r\033[8C"));
	for (unsigned cols = 1; cols < 200; cols++) {
		v = view_of(cols);
		type("\u4f60\u4f60\u4f60 and something else", cols % 20);
		view_live(&v, &paint, &l);
		CHECK(v.live <= INPUT_ROWS && paint.len < 512);
	}
}

static void
wait_with(const char *text)
{
	CHECK(backlog_add(
		  &backlog, (const uint8_t *)text, strlen(text), 65, 9) == 0);
}

static void
test_live(void)
{
	struct live l = {.edit = &edit,
	    .prompt = "you> ",
	    .narrow = "> ",
	    .backlog = &backlog};
	struct view v = view_of(60);

	type("", 0);
	backlog_init(&backlog);
	wait_with("see you at nine");
	wait_with("a text that is too long for the row");
	backlog_gave(&backlog);
	view_live(&v, &paint, &l);
	CHECK(painted("   \u22ef 01:05 not delivered yet: see you at nine\r\n"
		      "   \u22ef 01:05 waiting to be sent (9): a text that is "
		      "too long \r\nyou> \r\033[5C"));
	CHECK(v.live == 3);
	v = view_of(40);
	view_live(&v, &paint, &l);
	CHECK(painted("   \u22ef 01:05 see you at nine\r\n"
		      "   \u22ef 01:05 a text that is too long for \r\n"
		      "you> \r\033[5C"));

	wait_with("3");
	wait_with("4");
	wait_with("5");
	l.hint = "  a hint";
	paint_init(&paint);
	view_live(&v, &paint, &l);
	CHECK(v.live == 6 && memcmp(paint.buf, "\r\033[2A\033[J", 8) == 0);
	paint.buf[paint.len] = '\0';
	CHECK(strstr(paint.buf, "\u22ef 2 more\r\n  a hint\r\nyou> ") != NULL);

	/* A line that scrolls takes the live area away first. */
	paint_init(&paint);
	view_event(&v, &paint, "x");
	CHECK(painted("\r\033[5A\033[J\u2500\u2500 x \u2500\u2500\r\n"));
	CHECK(v.live == 0);

	/* Narrower: what was drawn has become higher where rows are broken,
	 * and nothing else is erased where they are not. */
	v = view_of(80);
	l.hint = NULL;
	type("a draft that is forty-five columns in a row..", 0);
	view_live(&v, &paint, &l);
	CHECK(v.live == 5 && v.cursor == 50);
	v.cols = 20;
	paint_init(&paint);
	view_erase(&v, &paint);
	CHECK(painted("\r\033[4A\033[J"));
	v = view_of(80);
	v.reflows = 1;
	view_live(&v, &paint, &l);
	v.cols = 20;
	paint_init(&paint);
	view_erase(&v, &paint);
	CHECK(painted("\r\033[12A\033[J"));
	l.hint = "  a hint";
	type("", 0);

	/* A low terminal shows fewer. */
	v = view_of(40);
	v.rows = 5;
	view_live(&v, &paint, &l);
	CHECK(v.live == 4);

	/* Before the chat: a status alone; leaving: no input. */
	v = view_of(40);
	l.backlog = NULL;
	l.edit = NULL;
	view_live(&v, &paint, &l);
	CHECK(painted("  a hint") && v.live == 1);
	l.hint = NULL;
	view_live(&v, &paint, &l);
	CHECK(v.live == 1);
}

int
main(void)
{
	test_theirs();
	test_largest();
	test_ours();
	test_notes();
	test_plain_width();
	test_input();
	test_live();
	return check_end();
}
