/*
 * What comes from the supervisor: a table of the messages it may send and
 * when.
 */
#include <string.h>

#include "script.h"
#include "secchat/prices.h"
#include "secchat/err.h"
#include "secchat/util.h"

#define RUNNING (IN(ST_WAIT) | IN(ST_CHAT))

/* clang-format off */
static const char *const note_kinds[] = {
	[NOTE_INFO]   = "info",
	[NOTE_WARN]   = "warn",
	[NOTE_WORKER] = "worker",
};
/* clang-format on */

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

static void
on_start(void *ctx, struct reader *r, int fd)
{
	char print[256], host[256];
	struct script *s = ctx;
	uint32_t intro;
	uint8_t accepted;

	(void)fd;
	s->flags = get_u32(r);
	s->role = get_u8(r);
	(void)get_u8(r); /* mode: CONNECTED says it again */
	intro = get_u32(r);
	accepted = get_u8(r);
	get_str8(r, print, sizeof print);
	(void)get_bytes(r, get_u16(r)); /* terminal settings: we set none */
	get_str8(r, host, sizeof host);
	s->chat = get_u32(r);
	s->state = ST_WAIT;
	if (s->flags & UIF_INSIDE)
		feed_begin_inside(&s->in);
	if (!script_json(s))
		return;
	event_begin(&s->ev, "intro");
	event_uint(&s->ev, "chat", s->chat);
	event_uint(&s->ev, "n", intro);
	event_bool(&s->ev, "accepted", accepted);
	if (print[0] != '\0')
		event_str(&s->ev, "fingerprint", print);
	event_end(&s->ev);
}

void
script_show_listening(struct script *s)
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
	script_show_listening(s);
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

static void
on_retry(void *ctx, struct reader *r, int fd)
{
	struct script *s = ctx;
	struct retry retry = {.try = get_u32(r), .in_ms = get_u32(r)};

	(void)fd;
	get_str8(r, retry.why, sizeof retry.why);
	script_retry(s, &retry);
}

/* What the person who came is called here, perhaps since now. */
static void
on_named(void *ctx, struct reader *r, int fd)
{
	struct script *s = ctx;
	const uint8_t *name;
	size_t len;

	(void)fd;
	(void)get_u8(r); /* whether it is remembered */
	name = get_rest(r, &len);
	memcpy(s->who.name, name, len);
	s->who.name[len] = '\0';
	if (s->who.met)
		script_show_who(s);
}

/* While stdout is stalled they are left out, as notes are. */
static void
on_prices(void *ctx, struct reader *r, int fd)
{
	char members[PRICE_JSON_MAX];
	struct script *s = ctx;
	struct price_table t;

	(void)fd;
	if (price_table_get(r, &t) < 0)
		fatal("UI_PRICES makes no sense");
	if (!script_json(s) || outring_room(&s->out) < ROOM_SMALL)
		return;
	price_json(members, &t);
	event_begin(&s->ev, "prices");
	event_members(&s->ev, members);
	event_end(&s->ev);
}

/* clang-format off */
static const struct ipc_handler from_super[] = {
	{ IPC_UI_START,     IN(ST_START), on_start },
	{ IPC_UI_LISTENING, RUNNING,      on_listening },
	{ IPC_UI_NOTE,      RUNNING,      on_note },
	{ IPC_UI_RETRY,     RUNNING,      on_retry },
	{ IPC_UI_PRICES,    RUNNING,      on_prices },
	{ IPC_UI_NAMED,     RUNNING,      on_named },
	{ IPC_UI_FILE,      RUNNING,      script_on_file },
	{ IPC_UI_END,       IN_ANY,       on_end },
};
/* clang-format on */

void
script_on_super(struct script *s, const struct ipc_msg *m)
{
	ipc_dispatch(
	    &s->super, m, from_super, ARRAY_LEN(from_super), s->state, s);
}
