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

/* The row as it is drawn, cut at the \r before the cursor is placed. */
static void
draw(unsigned cols)
{
	struct view v = {.cols = cols, .rows = 24};
	struct live l = {.edit = &edit, .prompt = "you> "};
	const char *end;

	paint_init(&paint);
	view_live(&v, &paint, &l);
	end = memchr(paint.buf, '\r', paint.len);
	assert(v.live == 1 && end != NULL);
	assert(text_columns(paint.buf, (size_t)(end - paint.buf)) < cols);
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
