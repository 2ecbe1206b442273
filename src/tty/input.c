/*
 * What the keyboard does: before the chat it can only end it, in the chat it
 * edits the line and sends it.
 */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "secchat/text.h"
#include "secchat/util.h"
#include "tty.h"

/* A paste without brackets comes in chunks this close together. */
#define PASTE_GAP_MS 40

/* What has come of one with brackets is shown when no more comes. */
#define PASTE_STALE_MS 1000

void
tty_hint(struct tty *t, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(t->hint, sizeof t->hint, fmt, ap);
	va_end(ap);
	t->dirty = 1;
	if (!t->view.plain)
		return;
	/* Nothing stands above the input there: it is a line. */
	if (t->hint[0] != '\0' && paint_room(&t->paint) > PAINT_LINE)
		view_note(&t->view, &t->paint, "", t->hint + 2,
		    MIN(strlen(t->hint + 2), (size_t)SENTENCE_MAX));
	t->hint[0] = '\0';
}

static void
no_hint(struct tty *t)
{
	if (t->hint[0] != '\0')
		tty_hint(t, "%s", "");
}

/* Whether something would be lost; then it is asked. */
static int
ask_to_leave(struct tty *t)
{
	size_t n = t->backlog.count;
	size_t files = transfers_count(&t->files, transfer_is_waited_for);

	if (n == 0 && files == 0)
		return 0;
	t->leave_asked = t->leave_when_delivered = 1;
	if (files == 0)
		tty_hint(t,
		    "  %zu message%s not delivered. Leave now? y leaves, n "
		    "stays; otherwise this ends when they are delivered",
		    n, n == 1 ? "" : "s");
	else if (n == 0)
		tty_hint(t,
		    "  %s still on %s way. Leave now? y, or /quit again, "
		    "leaves; n stays; otherwise this ends when %s there",
		    files == 1 ? "a file is" : "files are",
		    files == 1 ? "its" : "their",
		    files == 1 ? "it is" : "they are");
	else
		tty_hint(t,
		    "  %zu message%s and %zu file%s not delivered. Leave now? "
		    "y, or /quit again, leaves; n stays; otherwise this ends "
		    "when they are",
		    n, n == 1 ? "" : "s", files, files == 1 ? "" : "s");
	return 1;
}

void
tty_leave(struct tty *t, uint8_t why)
{
	size_t n = t->backlog.count;
	uint8_t body[5];
	struct writer w;

	if (t->state != TTY_WAIT && t->state != TTY_CHAT)
		return;
	if (!t->leave_asked && why == QUIT_USER && ask_to_leave(t))
		return;
	writer_init(&w, body, sizeof body);
	put_u8(&w, why);
	put_u32(&w, (uint32_t)(n - t->backlog.given + t->kept_back));
	ipc_send(&t->super, IPC_UI_QUIT, body, w.len);
	t->left = t->state == TTY_CHAT;
	t->state = TTY_LEAVING;
	edit_reset(&t->edit);
	tty_hint(t, "  leaving ...");
}

void
tty_leave_again(struct tty *t)
{
	if (t->state == TTY_CHAT && t->leave_when_delivered)
		(void)ask_to_leave(t);
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
	else if (key->type == KEY_SUSPEND)
		tty_suspend(t, 1);
	else if (is_q && chunk == 1 && !t->typed)
		tty_leave(t, QUIT_USER);
	else if (key->type == KEY_ENTER || key->type == KEY_NEWLINE)
		t->typed = 0;
	else if (key->type != KEY_NONE)
		t->typed = 1;
}

/* ---- the chat ---- */

/* Where there is another way for what is too long to be a message. */
static const char *
send_advice(const struct tty *t)
{
	return tty_is_command(t, "send", 4) ? "; /send FILE sends a file" : "";
}

static void
send_text(struct tty *t, const uint8_t *text, size_t len)
{
	if (len > TEXT_MAX) {
		tty_hint(t,
		    "  this text is %zu bytes long; at most %d can be "
		    "sent at once%s",
		    len, TEXT_MAX, send_advice(t));
		return;
	}
	if (t->anew || t->restarting) {
		t->anew = 0;
		tty_hint(t, "  this is another session by now; Enter again "
			    "sends it");
		return;
	}
	if (backlog_add(&t->backlog, text, len, tty_minute(), t->numbers + 1) <
	    0) {
		tty_hint(t, "  too much is waiting to be sent; this text "
			    "stays here until there is room");
		return;
	}
	t->numbers++;
	edit_accept(&t->edit);
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
	memcpy(line, t->plain + 1, len - 1);
	line[len - 1] = '\0';
	edit_accept(&t->edit);
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
	    !tty_is_command(t, (const char *)text + i + 1, len - i - 1))
		return 0;
	t->blank_asked = 1;
	tty_hint(t, "  a command has no blank before it; Enter again sends "
		    "this as a text");
	return 1;
}

/* $$ is a text of one dollar, since one alone asks for prices. */
static int
is_dollar(const uint8_t *text, size_t len)
{
	return len == 2 && text[0] == '$' && text[1] == '$';
}

static void
enter(struct tty *t)
{
	const uint8_t *text = t->plain;
	size_t len = edit_plain(&t->edit, t->plain);
	int one_row = memchr(text, '\n', len) == NULL;

	t->dirty = 1;
	if (t->verifying && (len == 0 || text[0] != '/')) {
		tty_verify_line(t, text, len);
		edit_reset(&t->edit);
	} else if (len == 0) {
		edit_accept(&t->edit);
	} else if (one_row && text[0] == '/' && (len == 1 || text[1] != '/')) {
		command(t, len);
	} else if (len == 1 && text[0] == '$') {
		edit_accept(&t->edit);
		tty_cmd_prices(t, "");
	} else if (!one_row || !is_slip(t, text, len)) {
		t->leave_asked = 0;
		if (one_row && (text[0] == '/' || is_dollar(text, len)))
			send_text(t, text + 1, len - 1);
		else
			send_text(t, text, len);
	}
}

/* Tab: the command that has begun. */
static void
complete(struct tty *t)
{
	const struct edit *e = &t->edit;
	struct completion c;
	char line[128];

	if (e->at == 0 || e->at >= sizeof line || e->text[0] != '/' ||
	    memchr(e->text, '\n', e->at) != NULL)
		return;
	memcpy(line, e->text, e->at);
	line[e->at] = '\0';
	tty_complete(t, &c, line);
	if (c.add[0] != '\0')
		(void)edit_insert(&t->edit, c.add, strlen(c.add));
	if (c.list[0] != '\0')
		tty_hint(t, "  %s", c.list);
	t->dirty = 1;
}

static void
act(struct tty *t, enum edit_action action)
{
	switch (action) {
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
	case EDIT_COMPLETE:
		complete(t);
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
	case EDIT_LOST:
		tty_hint(t,
		    "  this paste of %zu bytes does not fit; at most %d can "
		    "be sent at once%s",
		    t->edit.staged, TEXT_MAX, send_advice(t));
		break;
	}
}

/* y or n while it is asked whether to leave: 1 when it was the answer. */
static int
answer(struct tty *t, const struct key *key, size_t chunk)
{
	int yes = key->text[0] == 'y' || key->text[0] == 'Y';
	int no = key->text[0] == 'n' || key->text[0] == 'N';

	if (!t->leave_when_delivered || key->type != KEY_TEXT ||
	    key->len != 1 || chunk != 1 || t->edit.len > 0 || !(yes || no))
		return 0;
	t->leave_when_delivered = 0;
	if (yes) {
		tty_leave(t, QUIT_USER);
	} else {
		t->leave_asked = 0;
		tty_hint(t, "  you stay");
	}
	return 1;
}

static void
chat_key(struct tty *t, const struct key *key, size_t chunk)
{
	if (key->type == KEY_NONE || answer(t, key, chunk))
		return;
	no_hint(t);
	if (!t->view.plain)
		tty_line_begins(t);
	if (key->type != KEY_CANCEL && key->type != KEY_SUSPEND)
		t->leave_when_delivered = 0;
	if (key->type != KEY_ENTER)
		t->blank_asked = 0;
	if (key->type == KEY_SUSPEND) {
		tty_suspend(t, 1);
		return;
	}
	act(t, edit_key(&t->edit, key));
}

void
tty_key(struct tty *t, const struct key *key, size_t chunk)
{
	if (key->type != KEY_NONE)
		t->key_at = t->now;
	if (key->type == KEY_FOCUS_IN || key->type == KEY_FOCUS_OUT)
		tty_focus(t, key->type == KEY_FOCUS_IN);
	else if (t->state == TTY_CHAT)
		chat_key(t, key, chunk);
	else if (t->state == TTY_WAIT)
		waiting_key(t, key, chunk);
}

/* A paste without brackets has ended. */
static void
unmarked_end(struct tty *t)
{
	t->unmarked = 0;
	if (t->state == TTY_CHAT)
		act(t, edit_paste_end(&t->edit));
}

void
tty_input_goes_on(struct tty *t)
{
	t->escape_until = t->now + KEYS_ESCAPE_MS;
	t->stale_at = t->now + PASTE_STALE_MS;
	if (t->unmarked)
		t->paste_until = t->now + PASTE_GAP_MS;
}

void
tty_input(struct tty *t, const uint8_t *p, size_t len)
{
	size_t chunk = len;

	if (keys_chunk(&t->keys, p, len, t->now < t->paste_until)) {
		t->unmarked = 1;
		tty_line_begins(t);
		if (t->state == TTY_CHAT)
			edit_paste_begin(&t->edit);
	} else if (t->unmarked) {
		unmarked_end(t);
	}
	while (len > 0) {
		struct key key;
		size_t n = keys_next(&t->keys, p, len, &key);

		tty_key(t, &key, chunk);
		p += n;
		len -= n;
	}
	tty_input_goes_on(t);
}

uint64_t
tty_input_deadline(const struct tty *t)
{
	uint64_t when = CLOCK_NEVER;

	if (keys_pending(&t->keys))
		when = MIN(when, t->escape_until);
	if (t->unmarked)
		when = MIN(when, t->paste_until);
	else if (t->edit.pasting)
		when = MIN(when, t->stale_at);
	return when;
}

void
tty_input_due(struct tty *t)
{
	struct key key;

	if (keys_pending(&t->keys) && t->now >= t->escape_until) {
		keys_timeout(&t->keys, &key);
		tty_key(t, &key, 1);
	}
	if (t->unmarked && t->now >= t->paste_until) {
		unmarked_end(t);
	} else if (t->edit.pasting && !t->unmarked && t->now >= t->stale_at) {
		keys_stale(&t->keys);
		act(t, edit_paste_end(&t->edit));
	}
}

/* ---- the prompt ---- */

const char *
tty_prompt(struct tty *t, int narrow, char out[TTY_PROMPT_MAX])
{
	const struct edit *e = &t->edit;
	char query[TTY_PROMPT_MAX - 32];
	size_t from = 0, most = narrow ? 6 : sizeof query / 4;

	if (!e->searching)
		return narrow ? "> " : t->prompt;
	/* The end of what is looked for is being typed. */
	while (e->query_len - from > most)
		from += text_cluster(e->query + from, e->query_len - from);
	text_line(query, sizeof query, e->query + from, e->query_len - from,
	    t->view.ascii ? TEXT_ASCII : 0, NULL);
	snprintf(out, TTY_PROMPT_MAX, narrow ? "?%s> " : "%s `%s': ",
	    narrow      ? query
	    : e->failed ? "not found"
			: "sent before",
	    query);
	return out;
}
