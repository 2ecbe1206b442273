/*
 * Keys to changes of the line.
 */
#include <string.h>

#include "edit.h"
#include "secchat/text.h"

void
edit_reset(struct edit *e)
{
	e->len = e->at = 0;
	e->cancels = 0;
}

/* Where the character before the cursor begins. */
static size_t
before(const struct edit *e)
{
	size_t last = 0, i = 0;

	while (i < e->at) {
		last = i;
		i += text_cluster(e->text + i, e->len - i);
	}
	return last;
}

static size_t
after(const struct edit *e)
{
	if (e->at == e->len)
		return e->at;
	return e->at + text_cluster(e->text + e->at, e->len - e->at);
}

static int
is_space(uint8_t b)
{
	return b == ' ' || b == '\n' || b == '\t';
}

/* Where the word before the cursor begins. */
static size_t
word_start(const struct edit *e)
{
	size_t i = e->at;

	while (i > 0 && is_space(e->text[i - 1]))
		i--;
	while (i > 0 && !is_space(e->text[i - 1]))
		i--;
	return i;
}

/*
 * A mark that comes to stand behind a base makes one character of the two:
 * the cursor goes behind it, so that it is between characters again.
 */
static void
settle(struct edit *e)
{
	size_t i = 0;

	if (e->at == e->len || e->text[e->at] < 0x80)
		return;
	while (i < e->at)
		i += text_cluster(e->text + i, e->len - i);
	e->at = i;
}

/* Take [from, to) out and leave the cursor there. */
static enum edit_action
cut(struct edit *e, size_t from, size_t to)
{
	if (from == to)
		return EDIT_NOTHING;
	memmove(e->text + from, e->text + to, e->len - to);
	e->len -= to - from;
	e->at = from;
	settle(e);
	return EDIT_CHANGED;
}

static enum edit_action
insert(struct edit *e, const uint8_t *p, size_t len)
{
	if (len > sizeof e->text - e->len)
		return EDIT_FULL;
	memmove(e->text + e->at + len, e->text + e->at, e->len - e->at);
	memcpy(e->text + e->at, p, len);
	e->len += len;
	e->at += len;
	settle(e);
	return EDIT_CHANGED;
}

static enum edit_action
move(struct edit *e, size_t to)
{
	if (to == e->at)
		return EDIT_NOTHING;
	e->at = to;
	return EDIT_CHANGED;
}

static enum edit_action
cancel(struct edit *e, int cancels)
{
	if (e->len > 0) {
		edit_reset(e);
		return EDIT_CHANGED;
	}
	e->cancels = cancels + 1;
	return e->cancels > 1 ? EDIT_LEAVE : EDIT_CANCEL;
}

enum edit_action
edit_key(struct edit *e, const struct key *key)
{
	int cancels = e->cancels;

	if (key->type != KEY_NONE)
		e->cancels = 0;
	switch (key->type) {
	case KEY_NONE:
	case KEY_SUSPEND: /* these are the caller's */
	case KEY_FOCUS_IN:
	case KEY_FOCUS_OUT:
		break;
	case KEY_TEXT:
		return insert(e, key->text, key->len);
	case KEY_NEWLINE:
		return insert(e, (const uint8_t *)"\n", 1);
	case KEY_ENTER:
		return EDIT_SEND;
	case KEY_BACKSPACE:
		return cut(e, before(e), e->at);
	case KEY_DELETE:
		if (key->ctrl_d && e->len == 0)
			return EDIT_LEAVE;
		return cut(e, e->at, after(e));
	case KEY_LEFT:
		return move(e, before(e));
	case KEY_RIGHT:
		return move(e, after(e));
	case KEY_HOME:
		return move(e, 0);
	case KEY_END:
		return move(e, e->len);
	case KEY_KILL_END:
		return cut(e, e->at, e->len);
	case KEY_KILL_START:
		return cut(e, 0, e->at);
	case KEY_KILL_WORD:
		return cut(e, word_start(e), e->at);
	case KEY_CLEAR:
		return EDIT_CLEAR;
	case KEY_CANCEL:
		return cancel(e, cancels);
	}
	return EDIT_NOTHING;
}
