/*
 * Fuzzes the keyboard: whatever bytes come in whatever chunks, the line stays
 * valid UTF-8 within its bound, the cursor stays between characters, and the
 * input row stays inside the terminal.  A first byte gives the width, and a
 * zero byte ends a chunk.
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

static int
is_between(const struct edit *e)
{
	size_t i = 0;

	while (i < e->at)
		i += text_cluster(e->text + i, e->len - i);
	return i == e->at;
}

static void
chunk(struct keys *k, const uint8_t *p, size_t len)
{
	(void)keys_chunk(k, p, len, len & 1);
	while (len > 0) {
		struct key key;
		size_t n = keys_next(k, p, len, &key);

		assert(n <= len && (n > 0 || key.type != KEY_NONE));
		if (edit_key(&edit, &key) == EDIT_SEND)
			edit_reset(&edit);
		p += n;
		len -= n;
	}
	assert(edit.at <= edit.len && edit.len <= sizeof edit.text);
	assert(utf8_valid(edit.text, edit.len));
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
	struct live l = {.edit = &edit, .prompt = "you> "};
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
	unsigned cols;

	if (size == 0)
		return 0;
	cols = 8 + data[0];
	data++;
	size--;
	keys_init(&k);
	edit_reset(&edit);
	while (size > 0) {
		const uint8_t *zero = memchr(data, 0, size);
		size_t len = zero == NULL ? size : (size_t)(zero - data);

		chunk(&k, data, len);
		assert(is_between(&edit));
		draw(cols);
		keys_timeout(&k);
		data += MIN(len + 1, size);
		size -= MIN(len + 1, size);
	}
	return 0;
}
