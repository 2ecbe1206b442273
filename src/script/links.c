/*
 * What comes from the supervisor and from the crypto worker: for each a
 * table of the messages it may send and when.  A message at a moment that
 * its sender knows to be wrong is fatal.
 */
#include <string.h>

#include "script.h"
#include "secchat/err.h"
#include "secchat/util.h"

/* "SHA256:" and 43 characters. */
#define PRINT_TEXT 50

#define RUNNING (IN(ST_WAIT) | IN(ST_CHAT))

static const char *
mode_name(uint8_t mode)
{
	switch (mode) {
	case MODE_PASS:
		return "pass";
	case MODE_KEY:
		return "key";
	case MODE_ID:
		return "id";
	case MODE_PAIR:
		return "pair";
	default:
		fatal("mode %u is unknown", mode);
	}
}

/* clang-format off */
static const char *const link_names[] = {
	[LINKEV_WAITING] = "waiting",
	[LINKEV_UP]      = "up",
	[LINKEV_LOST]    = "lost",
	[LINKEV_RETRY]   = "retry",
	[LINKEV_RESUMED] = "resumed",
	[LINKEV_LEFT]    = "left",
};
static const char *const note_kinds[] = {
	[NOTE_INFO]   = "info",
	[NOTE_WARN]   = "warn",
	[NOTE_WORKER] = "worker",
};
/* clang-format on */

static const char *
link_name(uint8_t link)
{
	if (link >= ARRAY_LEN(link_names))
		fatal("link state %u is unknown", link);
	return link_names[link];
}

/* A string behind two bytes of length, cut to cap - 1. */
static void
get_sentence(struct reader *r, char *out, size_t cap)
{
	size_t len = get_u16(r);
	const uint8_t *p = get_bytes(r, len);

	if (p == NULL || len >= cap)
		len = 0;
	if (len > 0)
		memcpy(out, p, len);
	out[len] = '\0';
}

/* ---- from the supervisor ---- */

static void
on_start(void *ctx, struct reader *r, int fd)
{
	char print[256], host[256];
	struct script *s = ctx;
	uint32_t intro;
	uint8_t accepted;

	(void)fd;
	s->flags = get_u32(r);
	(void)get_u8(r); /* peer role */
	(void)get_u8(r); /* mode: CONNECTED says it again */
	intro = get_u32(r);
	accepted = get_u8(r);
	get_str8(r, print, sizeof print);
	(void)get_bytes(r, get_u16(r)); /* terminal settings: we set none */
	get_str8(r, host, sizeof host);
	s->state = ST_WAIT;
	if (!script_json(s))
		return;
	event_begin(&s->ev, "intro");
	event_uint(&s->ev, "n", intro);
	event_bool(&s->ev, "accepted", accepted);
	if (print[0] != '\0')
		event_str(&s->ev, "fingerprint", print);
	event_end(&s->ev);
}

/* Tell where we listen, as soon as the code, if one comes, is there, too. */
static void
show_listening(struct script *s)
{
	int code_comes = (s->flags & UIF_CODE_COMES) != 0;

	if (!s->listening || (code_comes && s->code[0] == '\0'))
		return;
	s->listening = 0;
	s->told_where = 1;
	if (!script_json(s))
		return;
	event_begin(&s->ev, "listening");
	event_str(&s->ev, "addr", s->addr);
	event_uint(&s->ev, "port", s->port);
	if (s->hint[0] != '\0')
		event_str(&s->ev, "hint", s->hint);
	if (code_comes)
		event_str(&s->ev, "code", s->code);
	event_end(&s->ev);
}

static void
on_listening(void *ctx, struct reader *r, int fd)
{
	struct script *s = ctx;

	(void)fd;
	get_str8(r, s->addr, sizeof s->addr);
	s->port = get_u16(r);
	get_str8(r, s->hint, sizeof s->hint);
	s->listening = 1;
	show_listening(s);
}

/* While stdout is stalled notes are left out: they are news, not data. */
static void
on_note(void *ctx, struct reader *r, int fd)
{
	struct script *s = ctx;
	uint8_t kind = get_u8(r);
	size_t len;
	const uint8_t *text = get_rest(r, &len);

	(void)fd;
	if (kind < NOTE_INFO || kind >= ARRAY_LEN(note_kinds))
		fatal("note of unknown kind %u", kind);
	if (!script_json(s) || outring_room(&s->out) < ROOM_SMALL)
		return;
	event_begin(&s->ev, "note");
	event_str(&s->ev, "kind", note_kinds[kind]);
	event_bytes(&s->ev, "text", text, len);
	event_end(&s->ev);
}

static void
on_end(void *ctx, struct reader *r, int fd)
{
	struct script *s = ctx;

	(void)fd;
	s->end.code = get_u8(r);
	s->end.undelivered = get_u32(r);
	get_sentence(r, s->end.what, sizeof s->end.what);
	get_sentence(r, s->end.next, sizeof s->end.next);
	s->ended = 1;
}

/* clang-format off */
static const struct ipc_handler from_super[] = {
	{ IPC_UI_START,     IN(ST_START), on_start },
	{ IPC_UI_LISTENING, RUNNING,      on_listening },
	{ IPC_UI_NOTE,      RUNNING,      on_note },
	{ IPC_UI_END,       IN_ANY,       on_end },
};
/* clang-format on */

void
script_on_super(struct script *s, const struct ipc_msg *m)
{
	ipc_dispatch(
	    &s->super, m, from_super, ARRAY_LEN(from_super), s->state, s);
}

/* ---- from the crypto worker ---- */

static void
on_code(void *ctx, struct reader *r, int fd)
{
	struct script *s = ctx;

	(void)fd;
	get_copy(r, s->code, CODE_TEXT);
	s->code[CODE_TEXT] = '\0';
	if (!s->told_where) {
		show_listening(s);
	} else if (script_json(s)) {
		event_begin(&s->ev, "code");
		event_str(&s->ev, "code", s->code);
		event_end(&s->ev);
	}
}

static void
on_connected(void *ctx, struct reader *r, int fd)
{
	char addr[ADDR_TEXT_MAX + 1], name[NICK_MAX + 1];
	struct script *s = ctx;
	uint8_t mode = get_u8(r), suite = get_u8(r), verified = get_u8(r);
	uint32_t epoch = get_u32(r);

	(void)fd;
	get_str8(r, addr, sizeof addr);
	get_str8(r, name, sizeof name);
	s->state = ST_CHAT;
	s->idle_since = s->now;
	if (!script_json(s) || r->failed)
		return;
	event_begin(&s->ev, "connected");
	event_str(&s->ev, "addr", addr);
	event_str(&s->ev, "mode", mode_name(mode));
	event_uint(&s->ev, "suite", suite);
	event_bool(&s->ev, "verified", verified);
	event_uint(&s->ev, "epoch", epoch);
	if (name[0] != '\0')
		event_str(&s->ev, "name", name);
	event_end(&s->ev);
}

static void
on_text(void *ctx, struct reader *r, int fd)
{
	struct script *s = ctx;
	uint64_t mseq = get_u64(r);
	size_t len;
	const uint8_t *text = get_rest(r, &len);

	(void)fd;
	if (mseq != s->last_text + 1)
		fatal("text %llu after text %llu", (unsigned long long)mseq,
		    (unsigned long long)s->last_text);
	s->last_text = mseq;
	if (!s->out_gone)
		script_show_text(s, mseq, text, len);
}

static void
on_delivered(void *ctx, struct reader *r, int fd)
{
	struct script *s = ctx;
	uint64_t mseq = get_u64(r);

	(void)fd;
	if (mseq <= s->sendq.confirmed || mseq > s->sendq.sent)
		fatal("text %llu delivered, of %llu sent",
		    (unsigned long long)mseq,
		    (unsigned long long)s->sendq.sent);
	s->idle_since = s->now;
	while (s->sendq.confirmed < mseq) {
		const struct ref *ref = sendq_confirm(&s->sendq);

		if (!script_json(s))
			continue;
		event_begin(&s->ev, "delivered");
		if (ref->len == REF_NONE)
			event_null(&s->ev, "ref");
		else
			event_bytes(&s->ev, "ref", ref->name, ref->len);
		event_uint(&s->ev, "id", s->sendq.confirmed);
		event_end(&s->ev);
	}
}

/* Undelivered is our own count: it knows what still waits here. */
static void
on_status(void *ctx, struct reader *r, int fd)
{
	struct script *s = ctx;
	uint8_t link = get_u8(r), mode = get_u8(r);
	uint32_t epoch = get_u32(r), rtt_ms;

	(void)fd;
	(void)get_u32(r);
	rtt_ms = get_u32(r);
	s->status_out = 0;
	if (!script_json(s))
		return;
	event_begin(&s->ev, "status");
	event_str(&s->ev, "link", link_name(link));
	event_uint(&s->ev, "epoch", epoch);
	event_uint(&s->ev, "undelivered", sendq_undelivered(&s->sendq));
	if (rtt_ms == UINT32_MAX)
		event_null(&s->ev, "rtt_ms");
	else
		event_uint(&s->ev, "rtt_ms", rtt_ms);
	event_str(&s->ev, "mode", mode_name(mode));
	event_end(&s->ev);
}

static void
on_attempt(void *ctx, struct reader *r, int fd)
{
	struct script *s = ctx;
	uint32_t failed = get_u32(r);

	(void)fd;
	if (!script_json(s))
		return;
	event_begin(&s->ev, "attempt");
	event_uint(&s->ev, "failed", failed);
	event_end(&s->ev);
}

static void
on_rekeyed(void *ctx, struct reader *r, int fd)
{
	static const char *const names[] = {
	    [REKEY_WHY_COUNT] = "count",
	    [REKEY_WHY_TIME] = "time",
	    [REKEY_WHY_BYTES] = "bytes",
	    [REKEY_WHY_YOU] = "you",
	    [REKEY_WHY_PEER] = "peer",
	};
	struct script *s = ctx;
	uint32_t epoch = get_u32(r);
	uint8_t why = get_u8(r);

	(void)fd;
	if (why >= ARRAY_LEN(names) || names[why] == NULL)
		fatal("new keys for reason %u", why);
	if (!script_json(s))
		return;
	event_begin(&s->ev, "rekey");
	event_uint(&s->ev, "epoch", epoch);
	event_str(&s->ev, "why", names[why]);
	event_end(&s->ev);
}

static void
on_verify(void *ctx, struct reader *r, int fd)
{
	static const char *const names[] = {
	    [VERIFY_ASK] = "ask",
	    [VERIFY_OK] = "ok",
	    [VERIFY_WRONG] = "wrong",
	    [VERIFY_OWN] = "own",
	};
	struct script *s = ctx;
	uint8_t state = get_u8(r), left = get_u8(r);
	const uint8_t *read = get_bytes(r, SAS_HALF);

	(void)fd;
	if (state >= ARRAY_LEN(names) || names[state] == NULL)
		fatal("verification in state %u", state);
	if (!script_json(s) || read == NULL)
		return;
	event_begin(&s->ev, "verify");
	event_bytes(&s->ev, "read", read, SAS_HALF);
	event_str(&s->ev, "state", names[state]);
	event_uint(&s->ev, "left", left);
	event_end(&s->ev);
}

static void
on_peer(void *ctx, struct reader *r, int fd)
{
	struct script *s = ctx;
	uint8_t known = get_u8(r), verified = get_u8(r);
	const uint8_t *print = get_bytes(r, PRINT_TEXT);
	const uint8_t *safety = get_bytes(r, SAFETY_DIGITS);
	char name[NAME_MAX_LOCAL + 1];

	(void)fd;
	get_str8(r, name, sizeof name);
	if (!script_json(s) || r->failed)
		return;
	event_begin(&s->ev, "peer");
	event_str(&s->ev, "name", name);
	event_bytes(&s->ev, "fingerprint", print, PRINT_TEXT);
	event_bytes(&s->ev, "safety", safety, SAFETY_DIGITS);
	event_bool(&s->ev, "known", known);
	event_bool(&s->ev, "verified", verified);
	event_end(&s->ev);
}

static void
on_link(void *ctx, struct reader *r, int fd)
{
	struct script *s = ctx;
	uint8_t link = get_u8(r);

	(void)fd;
	(void)get_u8(r);
	(void)get_u32(r);
	if (!script_json(s))
		return;
	event_begin(&s->ev, "link");
	event_str(&s->ev, "state", link_name(link));
	event_end(&s->ev);
}

/* clang-format off */
static const struct ipc_handler from_crypto[] = {
	{ IPC_CODE,       IN(ST_WAIT), on_code },
	{ IPC_CONNECTED,  IN(ST_WAIT), on_connected },
	{ IPC_TEXT,       IN(ST_CHAT), on_text },
	{ IPC_DELIVERED,  IN(ST_CHAT), on_delivered },
	{ IPC_STATUS,     RUNNING,     on_status },
	{ IPC_ATTEMPT,    RUNNING,     on_attempt },
	{ IPC_LINK_EVENT, RUNNING,     on_link },
	{ IPC_REKEYED,    IN(ST_CHAT), on_rekeyed },
	{ IPC_VERIFY,     IN(ST_CHAT), on_verify },
	{ IPC_PEER,       RUNNING,     on_peer },
};
/* clang-format on */

void
script_on_crypto(struct script *s, const struct ipc_msg *m)
{
	ipc_dispatch(
	    &s->crypto, m, from_crypto, ARRAY_LEN(from_crypto), s->state, s);
}
