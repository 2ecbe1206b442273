/*
 * Pastes: kept apart until they are complete, then put into the line as one
 * change, a long one as one character.  Nothing in them is a key.
 */
#include <string.h>

#include "edit_internal.h"
#include "secchat/util.h"

void
edit_paste_begin(struct edit *e)
{
	if (e->pasting)
		return;
	e->pasting = 1;
	e->staged = e->stage_len = 1;
	e->stage[0] = CHIP_OPEN;
}

/* One character of a paste; what is too much is only counted. */
void
paste_add(struct edit *e, const uint8_t *p, size_t len)
{
	e->staged += len;
	/* One byte stays free for the closing mark. */
	if (e->staged != e->stage_len + len ||
	    len >= sizeof e->stage - e->stage_len)
		return;
	memcpy(e->stage + e->stage_len, p, len);
	e->stage_len += len;
}

enum edit_action
edit_paste_end(struct edit *e)
{
	enum edit_action action = EDIT_CHANGED;
	size_t from = 1, len = e->stage_len;

	if (!e->pasting)
		return EDIT_NOTHING;
	e->pasting = 0;
	e->group++;
	e->last = e->run = RUN_OTHER;
	if (edit_lines(e->stage + 1, len - 1) > CHIP_LINES) {
		e->stage[len++] = CHIP_CLOSE;
		from = 0;
	}
	if (e->staged != e->stage_len ||
	    line_put(e, e->at, e->stage + from, len - from) < 0)
		action = EDIT_LOST;
	else if (len == from)
		action = EDIT_NOTHING;
	e->staged--;
	wipe(e->stage, len);
	e->stage_len = 0;
	return action;
}

size_t
edit_plain(const struct edit *e, uint8_t *out)
{
	size_t len = 0;

	for (size_t i = 0; i < e->len; i++)
		if (e->text[i] != CHIP_OPEN && e->text[i] != CHIP_CLOSE)
			out[len++] = e->text[i];
	while (len > 0 && out[len - 1] == '\n')
		len--;
	return len;
}
