/*
 * What the supervisor and crypto say, and in which state they may.
 */
#include <stdio.h>
#include <string.h>

#include "secchat/text.h"
#include "secchat/util.h"
#include "tty.h"

/* A sentence of ours between rules. */
static void
event(struct tty *t, const char *text)
{
	view_event(&t->view, &t->paint, text);
	t->dirty = 1;
}

/* ---- supervisor ---- */

static void
on_start(void *ctx, struct reader *r, int fd)
{
	struct tty *t = ctx;
	char fingerprint[256];
	uint16_t saved_len;

	(void)fd;
	t->flags = get_u32(r);
	t->role = get_u8(r);
	t->mode = get_u8(r);
	(void)get_u32(r); /* the intro: the supervisor has shown it */
	(void)get_u8(r);
	get_str8(r, fingerprint, sizeof fingerprint);
	saved_len = get_u16(r);
	if (saved_len == sizeof t->saved) {
		get_copy(r, &t->saved, sizeof t->saved);
		t->raw = 1;
	} else if (saved_len != 0) {
		fatal("UI_START: %u bytes of terminal settings", saved_len);
	}
	get_str8(r, t->host, sizeof t->host);
	t->view.ascii = !t->utf8 || (t->flags & UIF_ASCII) != 0;
	t->view.color =
	    !t->no_color && !(t->flags & (UIF_NO_COLOR | UIF_PLAIN));
	tty_raw(t);
	t->state = TTY_WAIT;
	if (t->host[0] != '\0')
		tty_wait_status(t);
}

static void
on_listening(void *ctx, struct reader *r, int fd)
{
	struct tty *t = ctx;
	char addr[ADDR_TEXT_MAX + 1];

	(void)fd;
	get_str8(r, addr, sizeof addr);
	t->port = get_u16(r);
	get_str8(r, t->own, sizeof t->own);
	t->listening = 1;
	tty_wait_show(t);
}

static void
on_note(void *ctx, struct reader *r, int fd)
{
	struct tty *t = ctx;
	uint8_t kind = get_u8(r);
	size_t len;
	const uint8_t *text = get_rest(r, &len);

	(void)fd;
	if (text == NULL || paint_room(&t->paint) < PAINT_LINE)
		return;
	view_note(&t->view, &t->paint, kind == NOTE_WARN ? "warning:" : "",
	    text, len);
	t->dirty = 1;
}

/* A sentence behind its length. */
static void
get_sentence(struct reader *r, char out[SENTENCE_MAX + 1])
{
	size_t len = get_u16(r);

	if (len > SENTENCE_MAX)
		fatal("UI_END: a sentence of %zu bytes", len);
	get_copy(r, out, len);
	out[len] = '\0';
}

static void
on_end(void *ctx, struct reader *r, int fd)
{
	struct tty *t = ctx;

	(void)fd;
	(void)get_u8(r);  /* the exit code is the supervisor's */
	(void)get_u32(r); /* what is undelivered is still here */
	get_sentence(r, t->what);
	get_sentence(r, t->next);
	t->state = TTY_OVER;
}

static void
on_named(void *ctx, struct reader *r, int fd)
{
	struct tty *t = ctx;
	char name[NAME_MAX_LOCAL + 1];
	const uint8_t *text;
	size_t len;

	(void)fd;
	(void)get_u8(r); /* whether it is remembered */
	text = get_rest(r, &len);
	if (text == NULL)
		return;
	snprintf(name, sizeof name, "%.*s", (int)len, (const char *)text);
	tty_name(t, t->who, sizeof t->who, name);
}

#define EVER (IN(TTY_WAIT) | IN(TTY_CHAT) | IN(TTY_LEAVING))

/* clang-format off */
static const struct ipc_handler super_table[] = {
	{ IPC_UI_START,     IN(TTY_START), on_start },
	{ IPC_UI_LISTENING, EVER,          on_listening },
	{ IPC_UI_NOTE,      EVER,          on_note },
	{ IPC_UI_NAMED,     EVER,          on_named },
	{ IPC_UI_END,       EVER,          on_end },
};
/* clang-format on */

void
tty_on_super(struct tty *t, const struct ipc_msg *m)
{
	ipc_dispatch(
	    &t->super, m, super_table, ARRAY_LEN(super_table), t->state, t);
}

/* ---- crypto ---- */

static void
on_code(void *ctx, struct reader *r, int fd)
{
	struct tty *t = ctx;

	(void)fd;
	get_copy(r, t->code, CODE_TEXT);
	t->code[CODE_TEXT] = '\0';
	t->have_code = 1;
	if (t->waiting_shown && t->state == TTY_WAIT)
		tty_wait_new_code(t);
	else
		tty_wait_show(t);
}

static void
on_attempt(void *ctx, struct reader *r, int fd)
{
	struct tty *t = ctx;

	(void)fd;
	t->attempts = get_u32(r);
	if (t->state == TTY_WAIT)
		tty_wait_status(t);
}

/* How the other person is known: the middle of the prompt, and a clause. */
static const char *
trust(const struct tty *t, int verified, const char **clause)
{
	switch (t->mode) {
	case MODE_PASS:
		*clause = "both sides know the ";
		return t->flags & UIF_PASSPHRASE ? "passphrase" : "code";
	case MODE_KEY:
		*clause = "both sides have the ";
		return "key file";
	case MODE_PAIR:
		*clause = "both sides know the ";
		return t->flags & UIF_PASSPHRASE ? "passphrase" : "code";
	default:
		*clause = "the other side is ";
		if (verified)
			return "verified";
		return t->who[0] != '\0' ? "known" : "unverified";
	}
}

/* Whether a character draws like the rules and gutters of our own rows. */
static int
is_frame(uint32_t cp)
{
	return cp == '"' || cp == '|' || (cp >= 0x2500 && cp <= 0x257f);
}

void
tty_name(const struct tty *t, char *out, size_t cap, const char *name)
{
	char clean[256];
	size_t len = strlen(name), n = 0, used;

	for (size_t i = 0; i < len; i += used) {
		uint32_t cp = 0;

		used = utf8_next((const uint8_t *)name + i, len - i, &cp);
		if (n + used + 1 > sizeof clean)
			break;
		if (used == 0) {
			used = 1;
			clean[n++] = name[i];
		} else if (is_frame(cp) ||
			   (cp == '-' && i > 0 && name[i - 1] == '-')) {
			clean[n++] = '?';
		} else {
			memcpy(clean + n, name + i, used);
			n += used;
		}
	}
	text_line(out, cap, clean, n, t->view.ascii ? TEXT_ASCII : 0, NULL);
}

static void
greet(struct tty *t, const char *addr, const char *nick, int verified)
{
	const char *clause, *how = trust(t, verified, &clause);
	char line[SENTENCE_MAX], shown[NAME_SHOWN];

	if (verified)
		snprintf(t->prompt, sizeof t->prompt, "you> ");
	else
		snprintf(t->prompt, sizeof t->prompt, "you (%s)> ", how);
	snprintf(line, sizeof line, "connected to %s, %s%s", addr, clause, how);
	event(t, line);
	if (t->attempts > 0) {
		snprintf(line, sizeof line, "%u attempt%s failed before",
		    t->attempts, t->attempts == 1 ? "" : "s");
		event(t, line);
	}
	/* On one row, so that a name cannot look like a row of ours. */
	if (nick[0] == '\0' || t->view.cols < 80)
		return;
	tty_name(t, shown, sizeof shown, nick);
	snprintf(line, sizeof line, "they say that they are \"%s\"", shown);
	event(t, line);
}

/*
 * Somebody is there.  What was typed before, for whatever reason, must not
 * become a message: the line is empty and the terminal's queue is too.
 */
static void
on_connected(void *ctx, struct reader *r, int fd)
{
	struct tty *t = ctx;
	char addr[ADDR_TEXT_MAX + 1], nick[NICK_MAX + 1];
	char shown[ADDR_TEXT_MAX * 4];
	uint8_t mode = get_u8(r), suite = get_u8(r), verified = get_u8(r);

	(void)fd;
	(void)get_u32(r); /* epoch */
	get_str8(r, addr, sizeof addr);
	get_str8(r, nick, sizeof nick);
	if (t->state != TTY_WAIT)
		return;
	t->mode = mode;
	t->state = TTY_CHAT;
	tty_hint(t, "%s", "");
	text_line(shown, sizeof shown, addr, strlen(addr), TEXT_ASCII, NULL);
	greet(t, shown, nick, verified);
	if (suite == SUITE_2)
		event(t, "post-quantum hybrid (X25519 with ML-KEM-768) against "
			 "recording; authentication and later rekeys are "
			 "classical");
	tty_flush_input();
	keys_init(&t->keys);
	edit_reset(&t->edit);
}

static void
on_text(void *ctx, struct reader *r, int fd)
{
	struct tty *t = ctx;
	uint64_t mseq = get_u64(r);
	size_t len;
	const uint8_t *text = get_rest(r, &len);
	struct shown *s;

	(void)fd;
	if (text == NULL)
		return;
	if (mseq != t->received + 1)
		fatal("TEXT out of order");
	t->received = mseq;
	view_theirs(&t->view, &t->paint, tty_minute(), text, len);
	s = &t->shown[(t->shown_first + t->shown_count++) % WINDOW_MSGS];
	s->written = t->paint.added;
	s->mseq = mseq;
	t->dirty = 1;
}

static void
on_delivered(void *ctx, struct reader *r, int fd)
{
	struct tty *t = ctx;
	uint64_t mseq = get_u64(r);

	(void)fd;
	if (mseq < t->delivered || mseq > t->backlog.mseq)
		fatal("DELIVERED for what was not sent");
	t->delivered = mseq;
}

static void
on_status(void *ctx, struct reader *r, int fd)
{
	static const char *const links[] = {"waiting", "connected", "lost",
	    "reconnecting", "connected", "the other side has left"};
	struct tty *t = ctx;
	uint8_t link = get_u8(r);
	uint32_t epoch, undelivered, rtt;
	char line[160], ping[32] = "";

	(void)fd;
	(void)get_u8(r);
	epoch = get_u32(r);
	undelivered = get_u32(r);
	rtt = get_u32(r);
	if (rtt != UINT32_MAX)
		snprintf(ping, sizeof ping, ", answers in %u ms", rtt);
	snprintf(line, sizeof line,
	    "%s%s, keys of epoch %u, %u on the way, %zu waiting here",
	    link < ARRAY_LEN(links) ? links[link] : "?", ping, epoch,
	    undelivered, t->backlog.count - t->backlog.given);
	event(t, line);
}

static void
on_rekeyed(void *ctx, struct reader *r, int fd)
{
	static const char *const why[] = {
	    [REKEY_WHY_COUNT] = "enough messages",
	    [REKEY_WHY_TIME] = "time",
	    [REKEY_WHY_BYTES] = "enough bytes",
	    [REKEY_WHY_YOU] = "you asked",
	    [REKEY_WHY_PEER] = "the other side asked",
	};
	struct tty *t = ctx;
	uint32_t epoch = get_u32(r);
	uint8_t reason = get_u8(r);
	char line[128];

	(void)fd;
	if (reason >= ARRAY_LEN(why) || why[reason] == NULL)
		fatal("REKEYED for reason %u", reason);
	snprintf(line, sizeof line,
	    "new keys: epoch %u (%s), the old keys "
	    "are erased",
	    epoch, why[reason]);
	event(t, line);
}

static void
on_link_event(void *ctx, struct reader *r, int fd)
{
	static const char *const said[] = {
	    [LINKEV_LOST] = "connection lost",
	    [LINKEV_RETRY] = "trying to connect again",
	    [LINKEV_RESUMED] = "connected again",
	    [LINKEV_LEFT] = "the other person has left",
	};
	uint8_t ev = get_u8(r);

	(void)fd;
	(void)get_u8(r);
	(void)get_u32(r);
	if (ev < ARRAY_LEN(said) && said[ev] != NULL)
		event(ctx, said[ev]);
}

#define TALKING (IN(TTY_CHAT) | IN(TTY_LEAVING) | IN(TTY_OVER))
#define ALWAYS (EVER | IN(TTY_OVER))

/* clang-format off */
static const struct ipc_handler crypto_table[] = {
	{ IPC_CODE,       ALWAYS,  on_code },
	{ IPC_ATTEMPT,    ALWAYS,  on_attempt },
	{ IPC_CONNECTED,  ALWAYS & ~IN(TTY_CHAT), on_connected },
	{ IPC_TEXT,       TALKING, on_text },
	{ IPC_DELIVERED,  TALKING, on_delivered },
	{ IPC_STATUS,     TALKING, on_status },
	{ IPC_LINK_EVENT, ALWAYS,  on_link_event },
	{ IPC_REKEYED,    TALKING, on_rekeyed },
	{ IPC_VERIFY,     TALKING, tty_on_verify },
	{ IPC_PEER,       ALWAYS,  tty_on_peer },
};
/* clang-format on */

void
tty_on_crypto(struct tty *t, const struct ipc_msg *m)
{
	ipc_dispatch(
	    &t->crypto, m, crypto_table, ARRAY_LEN(crypto_table), t->state, t);
}
