/*
 * What the keyboard does: before the chat it can only end it, in the chat it
 * edits the line and sends it.
 */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "secchat/util.h"
#include "tty.h"

/* A paste without brackets comes in chunks this close together. */
#define PASTE_GAP_MS 40

void
tty_hint(struct tty *t, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(t->status, sizeof t->status, fmt, ap);
	va_end(ap);
	t->dirty = 1;
}

static void
no_hint(struct tty *t)
{
	if (t->status[0] != '\0')
		tty_hint(t, "%s", "");
}

void
tty_leave(struct tty *t, uint8_t why)
{
	size_t n = t->backlog.count;
	uint8_t body[5];
	struct writer w;

	if (t->state != TTY_WAIT && t->state != TTY_CHAT)
		return;
	if (n > 0 && !t->leave_asked && why == QUIT_USER) {
		t->leave_asked = t->leave_when_delivered = 1;
		tty_hint(t,
		    "  %zu message%s not delivered; leaving as soon as they "
		    "are delivered; /quit again to leave now, any other key "
		    "stays",
		    n, n == 1 ? "" : "s");
		return;
	}
	writer_init(&w, body, sizeof body);
	put_u8(&w, why);
	put_u32(&w, (uint32_t)(n - t->backlog.given));
	ipc_send(&t->super, IPC_UI_QUIT, body, w.len);
	t->left = t->state == TTY_CHAT;
	t->state = TTY_LEAVING;
	edit_reset(&t->edit);
	tty_hint(t, "  leaving ...");
}

/* ---- before the chat ---- */

/*
 * Only Ctrl-C, and q where it stands alone: letters that are typed ahead by
 * mistake must do nothing.
 */
static void
waiting_key(struct tty *t, const struct key *key, size_t chunk)
{
	int is_q = key->type == KEY_TEXT && key->len == 1 &&
		   (key->text[0] == 'q' || key->text[0] == 'Q');

	if (key->type == KEY_CANCEL)
		tty_leave(t, QUIT_INTERRUPT);
	else if (is_q && chunk == 1 && !t->typed)
		tty_leave(t, QUIT_USER);
	else if (key->type == KEY_ENTER || key->type == KEY_NEWLINE)
		t->typed = 0;
	else if (key->type != KEY_NONE)
		t->typed = 1;
}

/* ---- the chat ---- */

/* The line without row ends behind it. */
static size_t
trimmed(const struct edit *e)
{
	size_t len = e->len;

	while (len > 0 && e->text[len - 1] == '\n')
		len--;
	return len;
}

static void
send_text(struct tty *t, const uint8_t *text, size_t len)
{
	if (len > TEXT_MAX) {
		tty_hint(t,
		    "  this text is %zu bytes long; at most %d can be "
		    "sent at once",
		    len, TEXT_MAX);
		return;
	}
	if (backlog_add(&t->backlog, text, len, tty_minute()) < 0) {
		tty_hint(t, "  too much is waiting to be sent; this text "
			    "stays here until there is room");
		return;
	}
	edit_reset(&t->edit);
}

static void
command(struct tty *t, size_t len)
{
	char line[COMMAND_LINE_MAX];

	if (len > sizeof line) {
		tty_hint(
		    t, "  a command is not that long; // sends it as text");
		return;
	}
	memcpy(line, t->edit.text + 1, len - 1);
	line[len - 1] = '\0';
	edit_reset(&t->edit);
	tty_command(t, line);
}

/* " /quit" is a slip more often than a text: Enter alone does not send it. */
static int
is_slip(struct tty *t, const uint8_t *text, size_t len)
{
	size_t i = 0;

	while (i < len && text[i] == ' ')
		i++;
	if (i == 0 || i == len || text[i] != '/' || t->blank_asked ||
	    !tty_is_command((const char *)text + i + 1, len - i - 1))
		return 0;
	t->blank_asked = 1;
	tty_hint(t, "  a command has no blank before it; Enter again sends "
		    "this as a text");
	return 1;
}

static void
enter(struct tty *t)
{
	const uint8_t *text = t->edit.text;
	size_t len = trimmed(&t->edit);
	int one_row = memchr(text, '\n', len) == NULL;

	t->dirty = 1;
	if (t->verifying && (len == 0 || text[0] != '/')) {
		tty_verify_line(t, text, len);
		edit_reset(&t->edit);
	} else if (len == 0) {
		edit_reset(&t->edit);
	} else if (one_row && text[0] == '/' && (len == 1 || text[1] != '/')) {
		command(t, len);
	} else if (!one_row || !is_slip(t, text, len)) {
		t->leave_asked = 0;
		if (one_row && text[0] == '/')
			send_text(t, text + 1, len - 1);
		else
			send_text(t, text, len);
	}
}

static void
chat_key(struct tty *t, const struct key *key)
{
	if (key->type == KEY_NONE)
		return;
	no_hint(t);
	if (key->type != KEY_CANCEL)
		t->leave_when_delivered = 0;
	if (key->type != KEY_ENTER)
		t->blank_asked = 0;
	if (key->type == KEY_SUSPEND) {
		tty_hint(t, "  suspending is not available yet; /quit leaves");
		return;
	}
	switch (edit_key(&t->edit, key)) {
	case EDIT_NOTHING:
		break;
	case EDIT_CHANGED:
		t->dirty = 1;
		break;
	case EDIT_SEND:
		enter(t);
		break;
	case EDIT_CLEAR:
		if (paint_room(&t->paint) > PAINT_LINE)
			view_clear(&t->view, &t->paint);
		t->dirty = 1;
		break;
	case EDIT_CANCEL:
		tty_hint(t, "  Ctrl-C again to leave");
		break;
	case EDIT_LEAVE:
		tty_leave(t, QUIT_USER);
		break;
	case EDIT_FULL:
		tty_hint(t, "  the line is full");
		break;
	}
}

void
tty_input(struct tty *t, const uint8_t *p, size_t len)
{
	size_t chunk = len;

	if (keys_chunk(&t->keys, p, len, t->now < t->paste_until))
		t->paste_until = t->now + PASTE_GAP_MS;
	while (len > 0) {
		struct key key;
		size_t n = keys_next(&t->keys, p, len, &key);

		if (t->state == TTY_CHAT)
			chat_key(t, &key);
		else if (t->state == TTY_WAIT)
			waiting_key(t, &key, chunk);
		p += n;
		len -= n;
	}
}
