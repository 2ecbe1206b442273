/*
 * Fuzzes the keyboard: whatever bytes come in whatever chunks, the line stays
 * valid UTF-8 within its bound, the marks of pastes stay in pairs, the cursor
 * stays between characters, nothing but text is ever sent, undoing everything
 * leaves nothing, and the rows of the input stay inside the terminal.  The
 * first byte gives the width; a zero byte ends a chunk, two mean that time
 * has passed.
 */
#include <assert.h>
#include <string.h>

#include "../../src/tty/keys.h"
#include "../../src/tty/view.h"
#include "secchat/text.h"
#include "secchat/util.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct edit edit;
static struct paint paint;
static int whole; /* everything can be undone */

static int
is_between(const struct edit *e)
{
	size_t i = 0;

	while (i < e->at)
		i = edit_next(e->text, e->len, i);
	return i == e->at;
}

/* Every mark that opens a chip is followed by one that closes it. */
static int
is_paired(const struct edit *e)
{
	int open = 0;

	for (size_t i = 0; i < e->len; i++) {
		if (e->text[i] == CHIP_OPEN && open++ != 0)
			return 0;
		if (e->text[i] == CHIP_CLOSE && --open != 0)
			return 0;
	}
	return open == 0;
}

static void
sent(void)
{
	static uint8_t out[EDIT_MAX];
	size_t len = edit_plain(&edit, out);

	assert(len <= edit.len && utf8_valid(out, len));
	for (size_t i = 0; i < len; i++)
		assert(out[i] >= 0x20 || out[i] == '\n' || out[i] == '\t');
	edit_accept(&edit);
}

static void
one_key(const struct key *key)
{
	if (edit_key(&edit, key) == EDIT_SEND) {
		sent();
		whole = 1;
	}
	assert(edit.at <= edit.len && edit.len <= sizeof edit.text);
	/* From here on the oldest changes may be forgotten. */
	if (edit.undo.count == SHELF_ITEMS || edit.undo.used > SHELF_BYTES / 2)
		whole = 0;
}

static void
chunk(struct keys *k, const uint8_t *p, size_t len)
{
	if (keys_chunk(k, p, len, len & 1))
		edit_paste_begin(&edit);
	while (len > 0) {
		struct key key;
		size_t n = keys_next(k, p, len, &key);

		assert(n <= len && (n > 0 || key.type != KEY_NONE));
		one_key(&key);
		p += n;
		len -= n;
	}
}

static void
time_passes(struct keys *k)
{
	struct key key;

	keys_timeout(k, &key);
	one_key(&key);
	keys_stale(k);
	(void)edit_paste_end(&edit);
}

static void
check(void)
{
	struct edit_text t = edit_shown(&edit);

	assert(utf8_valid(edit.text, edit.len));
	assert(is_paired(&edit) && is_between(&edit));
	assert(t.at <= t.len);
}

static void
undo_everything(void)
{
	const struct key leave = {.type = KEY_GIVE_UP};
	const struct key undo = {.type = KEY_UNDO};

	(void)edit_paste_end(&edit);
	edit_key(&edit, &leave);
	while (edit_key(&edit, &undo) == EDIT_CHANGED)
		assert(edit.len <= sizeof edit.text);
	assert(edit.len == 0 || !whole);
}

/* Columns of a row, without the sequences in it. */
static size_t
columns(const char *row, const char *end)
{
	static char text[sizeof paint.buf];
	size_t len = 0;

	while (row < end) {
		if (row[0] == '\033')
			while (row < end && !(*row >= 'A' && *row <= 'Z'))
				row++;
		else
			text[len++] = *row;
		row++;
	}
	return text_columns(text, len);
}

/* Every row stays inside the terminal, and the cursor among the rows. */
static void
draw(unsigned cols)
{
	struct view v = {.cols = cols, .rows = 24};
	struct live l = {.edit = &edit, .prompt = "you> ", .narrow = "> "};
	const char *at = paint.buf, *end;
	unsigned rows = 0;

	paint_init(&paint);
	view_live(&v, &paint, &l);
	end = paint.buf + paint.len;
	while (at < end) {
		const char *cr = memchr(at, '\r', (size_t)(end - at));

		assert(columns(at, cr == NULL ? end : cr) < cols);
		rows += cr != NULL;
		at = cr == NULL ? end : cr + 2;
	}
	assert(v.live == rows && v.cursor_row < v.live && v.cursor < cols);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct keys k;
	unsigned cols, chunks = 0;

	if (size == 0)
		return 0;
	cols = 8 + data[0];
	data++;
	size--;
	keys_init(&k);
	edit_reset(&edit);
	whole = 1;
	shelf_reset(&edit.history, HISTORY_ITEMS);
	shelf_reset(&edit.kills, KILL_ITEMS);
	while (size > 0) {
		const uint8_t *zero = memchr(data, 0, size);
		size_t len = zero == NULL ? size : (size_t)(zero - data);

		if (len == 0)
			time_passes(&k);
		else
			chunk(&k, data, len);
		check();
		/* Drawing takes most of the time: at first, and at the end. */
		if (chunks++ < 16 || len + 1 >= size)
			draw(cols);
		data += MIN(len + 1, size);
		size -= MIN(len + 1, size);
	}
	undo_everything();
	return 0;
}
