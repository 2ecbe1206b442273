/*
 * What the supervisor and crypto say, and in which state they may.
 */
#include <stdio.h>
#include <string.h>

#include "secchat/err.h"
#include "secchat/name.h"
#include "secchat/text.h"
#include "secchat/util.h"
#include "tty.h"

void
tty_say(struct tty *t, const char *text)
{
	(void)tty_back(t, 1);
	view_event(&t->view, &t->paint, text);
	t->dirty = 1;
}

/* ---- supervisor ---- */

static const char not_utf8[] =
    "The locale (LANG, LC_ALL) does not say that this terminal shows UTF-8: "
    "other characters than ASCII are written as <U+00E9>.";

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
	(void)get_u32(r); /* which chat: a person sees who is there */
	t->view.ascii = !t->utf8 || (t->flags & UIF_ASCII) != 0;
	t->view.plain = (t->flags & UIF_PLAIN) != 0;
	t->view.no_receipts = (t->flags & UIF_NO_RECEIPTS) != 0;
	t->view.color =
	    !t->no_color && !t->view.plain && (t->flags & UIF_NO_COLOR) == 0;
	t->view.scheme = t->flags & UIF_EASTERN       ? SCHEME_EASTERN
			 : t->flags & UIF_BLUE_ORANGE ? SCHEME_BLUE_ORANGE
						      : SCHEME_WESTERN;
	tty_raw(t);
	t->state = TTY_WAIT;
	t->began = t->now;
	if (!t->utf8)
		view_note(&t->view, &t->paint, "", not_utf8, strlen(not_utf8));
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

static void
on_pause(void *ctx, struct reader *r, int fd)
{
	(void)fd;
	tty_suspend(ctx, get_u8(r) == 0);
}

static void
on_resume(void *ctx, struct reader *r, int fd)
{
	struct tty *t = ctx;
	uint8_t stopped = get_u8(r);

	(void)fd;
	tty_resume(t);
	if (!stopped)
		tty_hint(t, "  there is no shell to come back from");
	tty_leave_again(t);
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
	tty_called(t, name);
}

#define EVER (IN(TTY_WAIT) | IN(TTY_CHAT) | IN(TTY_LEAVING))

/* clang-format off */
static const struct ipc_handler super_table[] = {
	{ IPC_UI_START,     IN(TTY_START), on_start },
	{ IPC_UI_LISTENING, EVER,          on_listening },
	{ IPC_UI_NOTE,      EVER,          on_note },
	{ IPC_UI_PRICES,    EVER,          tty_on_prices },
	{ IPC_UI_RETRY,     EVER,          tty_on_retry },
	{ IPC_UI_NAMED,     EVER,          on_named },
	{ IPC_UI_FILE,      EVER,          tty_on_file },
	{ IPC_UI_END,       EVER,          on_end },
	{ IPC_UI_PAUSE,     EVER,          on_pause },
	{ IPC_UI_RESUME,    EVER,          on_resume },
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
trust(const struct tty *t, const char **clause)
{
	if (t->flags & UIF_NO_FORWARD) {
		*clause = "";
		return "LEGACY: no forward secrecy";
	}
	switch (t->mode) {
	case MODE_KEY:
		*clause = "both sides have the ";
		return "key file";
	case MODE_PASS:
	case MODE_PAIR:
		*clause = "both sides know the ";
		return t->flags & UIF_PASSPHRASE ? "passphrase" : "code";
	default:
		*clause = "the other side is ";
		return t->verified ? "verified"
		       : t->known  ? "known"
				   : "unverified";
	}
}

void
tty_set_prompt(struct tty *t)
{
	const char *clause, *how = trust(t, &clause);
	char *prompt = t->verifying ? t->trusted_prompt : t->prompt;

	if (t->verified)
		snprintf(prompt, sizeof t->prompt, "you> ");
	else
		snprintf(prompt, sizeof t->prompt, "you (%s)> ", how);
	t->dirty = 1;
}

/* Whether a character draws like the rules and gutters of our own rows. */
static int
is_frame(uint32_t cp)
{
	return cp == '|' || (cp >= 0x2500 && cp <= 0x257f);
}

/* Such a one as the filter spells others: "<U+2502>". */
#define SPELLED 9

void
tty_name(const struct tty *t, char *out, size_t cap, const char *name)
{
	char clean[256];
	size_t len = strlen(name), n = 0, used;

	for (size_t i = 0; i < len; i += used) {
		uint32_t cp = 0;

		used = utf8_next((const uint8_t *)name + i, len - i, &cp);
		if (n + SPELLED > sizeof clean)
			break;
		if (used == 0) {
			used = 1;
			clean[n++] = name[i];
		} else if (cp == '"') {
			clean[n++] = '\'';
		} else if (is_frame(cp) ||
			   (cp == '-' && i > 0 && name[i - 1] == '-')) {
			n += (size_t)snprintf(
			    clean + n, SPELLED, "<U+%04X>", (unsigned)cp);
		} else {
			memcpy(clean + n, name + i, used);
			n += used;
		}
	}
	text_line(out, cap, clean, n, t->view.ascii ? TEXT_ASCII : 0, NULL);
}

void
tty_called(struct tty *t, const char *name)
{
	char shown[NAME_IN_ROW] = "";

	if (name[0] != '\0' && !name_ok(name))
		fatal("the other person is called by what cannot be a name");
	tty_name(t, t->view.peer, sizeof t->view.peer, name);
	if (name[0] != '\0')
		name_in_row(shown, name);
	text_line(t->who, sizeof t->who, shown, strlen(shown),
	    t->view.ascii ? TEXT_ASCII : 0, NULL);
	t->dirty = 1;
}

static void
greet(struct tty *t, const char *nick, int anew)
{
	const char *clause, *how = trust(t, &clause);
	char line[SENTENCE_MAX], shown[NAME_SHOWN], time[32] = "";
	uint64_t ms = t->now - t->began;

	/* How long a host has waited says nothing. */
	if (t->role == PEER_JOINER && !anew && ms < 10000)
		snprintf(time, sizeof time, " in %u ms", (unsigned)ms);
	snprintf(line, sizeof line, "connected %s%s%s \u00b7 %s%s",
	    anew                   ? "anew to "
	    : t->role == PEER_HOST ? "with "
				   : "to ",
	    t->addr, time, clause, how);
	tty_say(t, line);
	if (t->attempts > 0) {
		snprintf(line, sizeof line, "%u attempt%s failed before",
		    t->attempts, t->attempts == 1 ? "" : "s");
		tty_say(t, line);
	}
	/* On one row, so that a name cannot look like a row of ours. */
	if (nick[0] == '\0' || (t->view.cols < 80 && !t->view.plain))
		return;
	if (!name_ok(nick)) {
		tty_say(t, "what they call themselves cannot be a name; "
			   "/name NAME gives them one");
		return;
	}
	tty_name(t, shown, sizeof shown, nick);
	snprintf(line, sizeof line, "they say that they are \"%s\"", shown);
	tty_say(t, line);
}

/*
 * Somebody is there.  What was typed before, for whatever reason, must not
 * become a message: the line is empty and the terminal's queue is too.  Only
 * when the other program was started anew what is being typed stays, and
 * Enter asks before it is sent.
 */
static void
on_connected(void *ctx, struct reader *r, int fd)
{
	struct tty *t = ctx;
	char addr[ADDR_TEXT_MAX + 1], nick[NICK_MAX + 1];
	int anew = t->anew && t->state == TTY_CHAT;
	uint8_t mode = get_u8(r), suite = get_u8(r);

	(void)fd;
	t->verified = get_u8(r) != 0;
	t->epoch = get_u32(r);
	get_str8(r, addr, sizeof addr);
	get_str8(r, nick, sizeof nick);
	if (t->state == TTY_CHAT && !anew)
		fatal("CONNECTED twice");
	if (t->state != TTY_WAIT && !anew)
		return;
	t->mode = mode;
	t->state = TTY_CHAT;
	t->rtt_ms = UINT32_MAX;
	t->status_asked = 1;
	tty_hint(t, "%s", "");
	text_line(
	    t->addr, sizeof t->addr, addr, strlen(addr), TEXT_ASCII, NULL);
	tty_set_prompt(t);
	greet(t, nick, anew);
	if (suite == SUITE_2)
		tty_say(t, "post-quantum hybrid (X25519 with ML-KEM-768) "
			   "against recording; authentication and later "
			   "rekeys are classical");
	tty_ring(t);
	if (anew)
		return;
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
	struct message m = {
	    MESSAGE_THEIRS, t->numbers + 1, tty_minute(), text, len};
	struct shown *s;

	(void)fd;
	if (text == NULL)
		return;
	if (mseq != t->received + 1)
		fatal("TEXT out of order");
	t->received = mseq;
	t->numbers++;
	(void)tty_back(t, 1);
	tty_show(t, &m);
	tty_ring(t);
	s = &t->shown[(t->shown_first + t->shown_count++) % WINDOW_MSGS];
	s->written = t->paint.added;
	s->mseq = mseq;
}

/* While texts go to and fro the row is as fresh as this. */
#define STATUS_AGE_MS 30000

static void
on_delivered(void *ctx, struct reader *r, int fd)
{
	struct tty *t = ctx;
	uint64_t mseq = get_u64(r);

	(void)fd;
	if (mseq < t->delivered || mseq > t->backlog.mseq)
		fatal("DELIVERED for what was not sent");
	t->delivered = mseq;
	if (t->now - t->status_at >= STATUS_AGE_MS)
		t->status_asked = 1;
}

/* Asked for by /status, or for the status row alone. */
static void
on_status(void *ctx, struct reader *r, int fd)
{
	struct tty *t = ctx;
	uint8_t link = get_u8(r);
	uint32_t undelivered;

	(void)fd;
	(void)get_u8(r);
	t->epoch = get_u32(r);
	undelivered = get_u32(r);
	t->rtt_ms = get_u32(r);
	if (t->status_out == 0)
		fatal("STATUS unasked");
	t->status_out--;
	if (t->status_said && t->status_out == 0) {
		t->status_said = 0;
		tty_status_say(t, link, undelivered);
	}
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
	unsigned minute;
	char line[160];

	(void)fd;
	if (reason >= ARRAY_LEN(why) || why[reason] == NULL)
		fatal("REKEYED for reason %u", reason);
	if (tty_files_rekeyed(t, epoch, reason))
		return;
	minute = tty_minute();
	snprintf(line, sizeof line,
	    "%02u:%02u new keys: epoch %u \u2192 %u (%s) \u00b7 %s",
	    minute / 60, minute % 60, epoch - 1, epoch, why[reason],
	    t->flags & UIF_NO_FORWARD ? "made in clear from the same secret"
				      : "old keys erased on both sides");
	t->epoch = epoch;
	tty_say(t, line);
}

static void
on_remark(void *ctx, struct reader *r, int fd)
{
	struct tty *t = ctx;
	int error = get_u16(r);
	uint32_t count = get_u32(r);
	char line[SENTENCE_MAX], times[32] = "";

	(void)fd;
	if (count > 1)
		snprintf(times, sizeof times, " (%u times)", count);
	snprintf(line, sizeof line, "%s%s%s%s", err_text(error), times,
	    err_next(error)[0] != '\0' ? ". " : "", err_next(error));
	tty_say(t, line);
}

#define TALKING (IN(TTY_CHAT) | IN(TTY_LEAVING) | IN(TTY_OVER))
#define ALWAYS (EVER | IN(TTY_OVER))

/* clang-format off */
static const struct ipc_handler crypto_table[] = {
	{ IPC_CODE,       ALWAYS,  on_code },
	{ IPC_ATTEMPT,    ALWAYS,  on_attempt },
	{ IPC_CONNECTED,  ALWAYS,  on_connected },
	{ IPC_TEXT,       TALKING, on_text },
	{ IPC_DELIVERED,  TALKING, on_delivered },
	{ IPC_STATUS,     TALKING, on_status },
	{ IPC_LINK_EVENT, ALWAYS,  tty_on_link_event },
	{ IPC_REKEYED,    TALKING, on_rekeyed },
	{ IPC_VERIFY,     TALKING, tty_on_verify },
	{ IPC_PEER,       ALWAYS,  tty_on_peer },
	{ IPC_RESTARTED,  TALKING, tty_on_restarted },
	{ IPC_WIRE,       TALKING, tty_on_wire },
	{ IPC_REMARK,     TALKING, on_remark },
};
/* clang-format on */

void
tty_on_crypto(struct tty *t, const struct ipc_msg *m)
{
	ipc_dispatch(
	    &t->crypto, m, crypto_table, ARRAY_LEN(crypto_table), t->state, t);
}
