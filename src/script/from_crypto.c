/*
 * What comes from the crypto worker: a table of the messages it may send and
 * when.  A message at a moment that its sender knows to be wrong is fatal.
 */
#include <string.h>

#include "script.h"
#include "secchat/err.h"
#include "secchat/name.h"
#include "secchat/util.h"

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
	case MODE_FERNET:
		return "legacy-fernet";
	case MODE_GCM:
		return "legacy-gcm";
	default:
		fatal("mode %u is unknown", mode);
	}
}

static void
on_code(void *ctx, struct reader *r, int fd)
{
	struct script *s = ctx;

	(void)fd;
	get_copy(r, s->code, CODE_TEXT);
	s->code[CODE_TEXT] = '\0';
	if (!s->told_where) {
		script_show_listening(s);
	} else if (script_json(s)) {
		event_begin(&s->ev, "code");
		event_str(&s->ev, "code", s->code);
		event_end(&s->ev);
	}
}

/* Absent when this format has everything. */
static void
show_lacking(struct script *s)
{
	static const char *const names[] = {"receipts", "rekey", "verify",
	    "resume", "forward-secrecy", "files"};
	unsigned lacking = s->flags / UIF_NO_RECEIPTS & 63;

	_Static_assert(UIF_NO_FORWARD == UIF_NO_RECEIPTS << 4, "in this order");
	_Static_assert(UIF_NO_FILES == UIF_NO_RECEIPTS << 5, "and this");
	if (lacking != 0)
		event_flags(&s->ev, "lacks", lacking, names, ARRAY_LEN(names));
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
	s->link = LINKEV_UP;
	s->retrying = s->retry_held = 0;
	s->idle_since = s->now;
	if (!script_json(s) || r->failed)
		return;
	event_begin(&s->ev, "connected");
	event_uint(&s->ev, "chat", s->chat);
	event_str(&s->ev, "addr", addr);
	event_str(&s->ev, "mode", mode_name(mode));
	if (!(s->flags & UIF_NO_FORWARD))
		event_uint(&s->ev, "suite", suite);
	show_lacking(s);
	event_bool(&s->ev, "verified", verified);
	event_uint(&s->ev, "epoch", epoch);
	if (name_ok(name))
		event_str(&s->ev, "claimed", name);
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

		if (s->flags & UIF_NO_RECEIPTS)
			script_show_fate(s, "sent", ref, s->sendq.confirmed);
		else
			script_show_fate(
			    s, "delivered", ref, s->sendq.confirmed);
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
	event_str(&s->ev, "link", script_link_name(s, link));
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
	struct who *who = &s->who;
	char name[NAME_MAX_LOCAL + 1];

	(void)fd;
	who->known = get_u8(r) != 0;
	who->verified = get_u8(r) != 0;
	get_copy(r, who->print, PRINT_LEN);
	get_copy(r, who->safety, SAFETY_DIGITS);
	get_str8(r, name, sizeof name);
	get_str8(r, who->claimed, sizeof who->claimed);
	/* Whoever reads the events may show it beside words of its own. */
	if (!name_ok(who->claimed))
		who->claimed[0] = '\0';
	/* The supervisor may have been quicker with a new person's name. */
	if (name[0] != '\0')
		memcpy(who->name, name, sizeof name);
	who->met = 1;
	if (!r->failed)
		script_show_who(s);
}

static void
on_link(void *ctx, struct reader *r, int fd)
{
	struct script *s = ctx;
	uint8_t event = get_u8(r), why = get_u8(r);
	uint32_t ms = get_u32(r);

	(void)fd;
	script_link(s, event, why, ms);
}

static void
on_remark(void *ctx, struct reader *r, int fd)
{
	struct script *s = ctx;
	int error = get_u16(r);
	uint32_t count = get_u32(r);

	(void)fd;
	if (!script_json(s)) {
		log_line("%s (%u)%s%s", err_text(error), count,
		    err_next(error)[0] != '\0' ? ". " : "", err_next(error));
		return;
	}
	event_begin(&s->ev, "remark");
	event_str(&s->ev, "what", err_name(error));
	event_uint(&s->ev, "count", count);
	event_str(&s->ev, "msg", err_text(error));
	event_str(&s->ev, "next", err_next(error));
	event_end(&s->ev);
}

static void
on_restarted(void *ctx, struct reader *r, int fd)
{
	struct script *s = ctx;
	uint32_t unconfirmed = get_u32(r);

	(void)fd;
	script_restarted(s, unconfirmed);
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
	{ IPC_RESTARTED,  IN(ST_CHAT), on_restarted },
	{ IPC_REMARK,     IN(ST_CHAT), on_remark },
};
/* clang-format on */

void
script_on_crypto(struct script *s, const struct ipc_msg *m)
{
	ipc_dispatch(
	    &s->crypto, m, from_crypto, ARRAY_LEN(from_crypto), s->state, s);
}
