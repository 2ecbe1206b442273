/*
 * The key decoder: a small machine fed byte by byte.
 */
#include <string.h>

#include "keys.h"
#include "secchat/util.h"

enum {
	GROUND,
	CHARACTER,
	ESCAPE,
	CSI,
	SS3,
	CTRL_X
};

enum {
	ESC = 0x1b,
	DEL = 0x7f
};

#define CTRL(c) ((c)&31)

/* clang-format off */
static const struct {
	uint8_t byte;
	enum key_type type;
} controls[] = {
	{ CTRL('A'), KEY_HOME },       { CTRL('B'), KEY_LEFT },
	{ CTRL('C'), KEY_CANCEL },     { CTRL('D'), KEY_DELETE },
	{ CTRL('E'), KEY_END },        { CTRL('F'), KEY_RIGHT },
	{ CTRL('G'), KEY_GIVE_UP },    { CTRL('H'), KEY_BACKSPACE },
	{ '\t',      KEY_TAB },        { '\n',      KEY_ENTER },
	{ CTRL('K'), KEY_KILL_END },   { CTRL('L'), KEY_CLEAR },
	{ '\r',      KEY_ENTER },      { CTRL('N'), KEY_DOWN },
	{ CTRL('P'), KEY_UP },         { CTRL('R'), KEY_SEARCH },
	{ CTRL('T'), KEY_SWAP },       { CTRL('U'), KEY_KILL_START },
	{ CTRL('V'), KEY_QUOTE },      { CTRL('W'), KEY_KILL_BLANK },
	{ CTRL('Y'), KEY_YANK },       { CTRL('Z'), KEY_SUSPEND },
	{ CTRL('_'), KEY_UNDO },       { DEL,       KEY_BACKSPACE },
}, alts[] = {
	{ 'b',       KEY_WORD_LEFT },  { 'B',       KEY_WORD_LEFT },
	{ 'f',       KEY_WORD_RIGHT }, { 'F',       KEY_WORD_RIGHT },
	{ 'd',       KEY_KILL_RIGHT }, { 'D',       KEY_KILL_RIGHT },
	{ 'y',       KEY_YANK_NEXT },  { 'Y',       KEY_YANK_NEXT },
	{ DEL,       KEY_KILL_LEFT },  { CTRL('H'), KEY_KILL_LEFT },
	{ '\r',      KEY_NEWLINE },    { '\n',      KEY_NEWLINE },
};

/*
 * What follows ESC [ or ESC O, modifiers left away; and what the key does
 * with Ctrl or Alt, where that is something else.
 */
static const struct {
	const char *seq;
	enum key_type type, with_ctrl;
} sequences[] = {
	{ "A",  KEY_UP,       KEY_UP },
	{ "B",  KEY_DOWN,     KEY_DOWN },
	{ "C",  KEY_RIGHT,    KEY_WORD_RIGHT },
	{ "D",  KEY_LEFT,     KEY_WORD_LEFT },
	{ "H",  KEY_HOME,     KEY_FIRST },
	{ "F",  KEY_END,      KEY_LAST },
	{ "c",  KEY_WORD_RIGHT, KEY_WORD_RIGHT }, /* rxvt, with Ctrl */
	{ "d",  KEY_WORD_LEFT,  KEY_WORD_LEFT },
	{ "1~", KEY_HOME,     KEY_FIRST },
	{ "3~", KEY_DELETE,   KEY_KILL_RIGHT },
	{ "4~", KEY_END,      KEY_LAST },
	{ "7~", KEY_HOME,     KEY_FIRST },
	{ "8~", KEY_END,      KEY_LAST },
	{ "I",  KEY_FOCUS_IN,  KEY_FOCUS_IN },
	{ "O",  KEY_FOCUS_OUT, KEY_FOCUS_OUT },
};
/* clang-format on */

void
keys_init(struct keys *k)
{
	memset(k, 0, sizeof *k);
}

int
keys_chunk(struct keys *k, const uint8_t *p, size_t len, int more)
{
	static const char open[] = "\033[200~", close[] = "\033[201~";
	const size_t bracket = sizeof open - 1;
	size_t ends = 0, outside = 0;
	int inside = k->paste;

	if (k->stale && k->paste && len == 1 && p[0] == CTRL('C'))
		k->paste = 0;
	k->stale = 0;
	for (size_t i = 0; i < len; i++) {
		if (len - i >= bracket && memcmp(p + i, open, bracket) == 0)
			inside = 1;
		if (len - i >= bracket && memcmp(p + i, close, bracket) == 0)
			inside = 0;
		outside += !inside;
		ends += !inside && (p[i] == '\n' || p[i] == '\r');
	}
	k->several =
	    ends > 1 || outside > KEYS_TYPED_MAX || (more && !k->paste);
	return k->several;
}

static void
text_key(struct key *key, const void *p, size_t len)
{
	key->type = KEY_TEXT;
	key->len = len;
	memcpy(key->text, p, len);
}

/* What cannot be a character comes out as U+FFFD. */
static void
broken_key(struct key *key)
{
	text_key(key, "\xef\xbf\xbd", 3);
}

/* How long a character with this first byte is; 0 when it cannot be one. */
static size_t
length_of(uint8_t first)
{
	if (first >= 0xc2 && first <= 0xdf)
		return 2;
	if (first >= 0xe0 && first <= 0xef)
		return 3;
	return first >= 0xf0 && first <= 0xf4 ? 4 : 0;
}

/* The key of a control character, outside and inside a paste. */
static void
control(struct keys *k, uint8_t b, struct key *key)
{
	int row_end = b == '\r' || b == '\n';

	if (b == '\t' && (k->paste || k->several)) {
		text_key(key, &b, 1);
	} else if (row_end && (k->paste || k->several)) {
		key->type = k->cr && b == '\n' ? KEY_NONE : KEY_NEWLINE;
		k->cr = b == '\r';
	} else if (!k->paste && !k->several) {
		for (size_t i = 0; i < ARRAY_LEN(controls); i++)
			if (controls[i].byte == b)
				key->type = controls[i].type;
		key->ctrl_d = b == CTRL('D');
		if (b == CTRL('X'))
			k->state = CTRL_X;
	}
}

/* A byte where nothing has begun. */
static void
ground(struct keys *k, uint8_t b, struct key *key)
{
	if (b != '\n')
		k->cr = 0;
	if (b == ESC) {
		k->state = ESCAPE;
	} else if (b < 0x20 || b == DEL) {
		control(k, b, key);
	} else if (b < 0x80) {
		text_key(key, &b, 1);
	} else if (length_of(b) == 0) {
		broken_key(key);
	} else {
		k->state = CHARACTER;
		k->seq[0] = b;
		k->len = 1;
	}
}

/*
 * A character beyond ASCII goes on.  Returns whether b was taken; a broken
 * character comes out as one U+FFFD and b is looked at again.
 */
static int
character(struct keys *k, uint8_t b, struct key *key)
{
	uint32_t cp;

	if ((b & 0xc0) != 0x80) {
		k->state = GROUND;
		broken_key(key);
		return 0;
	}
	k->seq[k->len++] = b;
	if (k->len < length_of(k->seq[0]))
		return 1;
	k->state = GROUND;
	if (utf8_next(k->seq, k->len, &cp) == k->len)
		text_key(key, k->seq, k->len);
	else
		broken_key(key);
	return 1;
}

/* The second number of "1;5D": how it is more than 1 says Ctrl and others. */
static int
has_modifier(const struct keys *k)
{
	const uint8_t *semicolon = memchr(k->seq, ';', k->len);
	const uint8_t *end = k->seq + k->len;

	/* 2 is Shift alone; 3 and above have Alt or Ctrl. */
	return semicolon != NULL && semicolon + 1 < end &&
	       semicolon[1] >= '3' && semicolon[1] <= '9';
}

/* "1;5D" is "D", "3;2~" is "3~". */
static void
sequence_end(struct keys *k, struct key *key)
{
	char name[sizeof k->seq + 1] = "";
	size_t n = 0, i = 0;
	uint8_t last = k->seq[k->len - 1];

	k->state = GROUND;
	while (last == '~' && i < k->len - 1 && k->seq[i] != ';')
		name[n++] = (char)k->seq[i++];
	name[n++] = (char)last;
	name[n] = '\0';
	if (strcmp(name, "200~") == 0 || strcmp(name, "201~") == 0) {
		k->paste = name[2] == '0';
		k->cr = 0;
		key->type = k->paste ? KEY_PASTE : KEY_PASTE_END;
		return;
	}
	/* With one of "<=>?" it is an answer of the terminal's. */
	if (k->paste || k->several || (k->seq[0] >= '<' && k->seq[0] <= '?'))
		return;
	for (i = 0; i < ARRAY_LEN(sequences); i++)
		if (strcmp(name, sequences[i].seq) == 0)
			key->type = has_modifier(k) ? sequences[i].with_ctrl
						    : sequences[i].type;
}

/* Inside ESC [ ...: returns whether b was taken. */
static int
sequence(struct keys *k, uint8_t b, struct key *key)
{
	if (b < 0x20 || b > 0x7e) {
		k->state = GROUND;
		return 0;
	}
	/* A longer one is none of ours, but its end must still be found. */
	if (k->len == sizeof k->seq)
		k->len--;
	k->seq[k->len++] = b;
	if (k->state == SS3 || b >= 0x40)
		sequence_end(k, key);
	return 1;
}

/* After ESC: returns whether b was taken. */
static int
escape(struct keys *k, uint8_t b, struct key *key)
{
	k->len = 0;
	k->state = b == '[' ? CSI : b == 'O' ? SS3 : GROUND;
	if (k->state != GROUND)
		return 1;
	if (k->paste || k->several || b == ESC)
		return 0;
	for (size_t i = 0; i < ARRAY_LEN(alts); i++)
		if (alts[i].byte == b)
			key->type = alts[i].type;
	return b < 0x80;
}

/* After Ctrl-X, which begins longer commands elsewhere: one is known, the
 * letter of another is not text. */
static int
after_ctrl_x(struct keys *k, uint8_t b, struct key *key)
{
	k->state = GROUND;
	if (b == CTRL('U'))
		key->type = KEY_UNDO;
	return b < 0x80 && b != ESC && b != '\r' && b != CTRL('C');
}

size_t
keys_next(struct keys *k, const uint8_t *p, size_t len, struct key *key)
{
	size_t i = 0;

	memset(key, 0, sizeof *key);
	while (i < len && key->type == KEY_NONE) {
		int taken = 1;

		switch (k->state) {
		case GROUND:
			ground(k, p[i], key);
			break;
		case CHARACTER:
			taken = character(k, p[i], key);
			break;
		case ESCAPE:
			taken = escape(k, p[i], key);
			break;
		case CTRL_X:
			taken = after_ctrl_x(k, p[i], key);
			break;
		default:
			taken = sequence(k, p[i], key);
			break;
		}
		i += (size_t)taken;
	}
	return i;
}

int
keys_pending(const struct keys *k)
{
	return k->state == ESCAPE || k->state == CSI || k->state == SS3;
}

void
keys_timeout(struct keys *k, struct key *key)
{
	memset(key, 0, sizeof *key);
	if (!keys_pending(k))
		return;
	if (k->state == ESCAPE && !k->paste)
		key->type = KEY_ESCAPE;
	k->state = GROUND;
}

void
keys_stale(struct keys *k)
{
	k->stale = 1;
}
