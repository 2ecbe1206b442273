/*
 * What workers may tell the supervisor, in which of their states, and what it
 * does about it.  Nothing here carries a secret or a text.
 */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "internal.h"
#include "secchat/util.h"

/* A handler's context: whose message it is. */
struct from {
	struct super *s;
	enum proc_id id;
	struct worker *w;
};

static void
on_ready(void *ctx, struct reader *r, int fd)
{
	struct from *f = ctx;
	uint32_t applied = get_u32(r), missing = get_u32(r);
	uint8_t unconfined = get_u8(r);
	const char *program = proc_program(f->s, f->id);

	(void)fd;
	f->w->state = WS_READY;
	f->s->sandbox_missing |= missing;
	log_event(f->s, "%s is ready (applied %#x, missing %#x)%s", program,
	    applied, missing, unconfined ? " UNCONFINED" : "");
	if (unconfined && f->id == PROC_CRYPTO)
		note(f->s, NOTE_WARN,
		    "this is a test build: the processes are not confined");
	if (!f->s->o->verbose)
		return;
	note(f->s, NOTE_INFO, "%s is ready, process %d", program,
	    (int)f->w->pid);
	for (uint32_t bit = 1; bit != 0; bit <<= 1)
		if (missing & bit)
			note(f->s, NOTE_WARN, "%s: not available here: %s",
			    program, jail_bit_name(bit));
}

/* Base64 without padding, as ssh-keygen prints fingerprints. */
static void
base64_put(char *out, const uint8_t *in, size_t len)
{
	static const char set[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				  "abcdefghijklmnopqrstuvwxyz0123456789+/";
	uint32_t bits = 0;
	unsigned have = 0;

	for (size_t i = 0; i < len; i++) {
		bits = bits << 8 | in[i];
		for (have += 8; have >= 6; have -= 6)
			*out++ = set[bits >> (have - 6) & 63];
	}
	if (have > 0)
		*out++ = set[bits << (6 - have) & 63];
	*out = '\0';
}

/* Never the other suite instead. */
static void
no_pq(struct super *s, const char *library)
{
	char what[SENTENCE_MAX];

	snprintf(what, sizeof what,
	    "%s; this secchat was built with libsodium %s", err_text(ERR_NO_PQ),
	    library);
	verdict_set(s, err_exit(ERR_NO_PQ), what, NULL, err_next(ERR_NO_PQ));
}

static void
on_crypto_info(void *ctx, struct reader *r, int fd)
{
	struct from *f = ctx;
	struct super *s = f->s;
	uint8_t sha[32], old[8];
	char library[LIBRARY_TEXT + 1];
	uint8_t has;

	(void)fd;
	s->caps = get_u32(r);
	s->keymem = get_u8(r);
	log_event(s, "keys are in %s",
	    s->keymem == KEYMEM_MEMFD_SECRET ? "memfd_secret"
					     : "locked memory");
	has = get_u8(r);
	get_copy(r, sha, sizeof sha);
	get_copy(r, old, sizeof old);
	get_str8(r, library, sizeof library);
	s->info = 1;
	if (s->o->pq && !(s->caps & CAP_PQ))
		no_pq(s, library);
	if (!has)
		return;
	f->w->state = WS_SERVING;
	memcpy(s->fingerprint, "SHA256:", 7);
	base64_put(s->fingerprint + 7, sha, sizeof sha);
	hex_put(s->old_print, old, sizeof old);
}

static void
on_secret_read(void *ctx, struct reader *r, int fd)
{
	struct from *f = ctx;

	(void)fd;
	f->s->secret_error = get_u16(r);
	f->s->secret_warnings = get_u8(r);
	f->w->state = WS_SERVING;
}

static void
on_session(void *ctx, struct reader *r, int fd)
{
	struct from *f = ctx;
	uint8_t event = get_u8(r);
	uint32_t value = get_u32(r);

	(void)fd;
	if (event == SESSION_CONNECTED) {
		redial_over(f->s);
		/* Another session: perhaps with somebody else. */
		f->s->chat += f->s->connected;
		f->s->connected = 1;
		note_plain(f->s, "connected");
		log_event(f->s, "connected");
	} else if (event == SESSION_LOST) {
		note_plain(f->s, "connection lost; %s",
		    f->s->o->role == PEER_HOST ? "waiting for them to call"
					       : "calling again");
		log_event(f->s, "connection lost, %u ms left", value);
		redial_want(f->s, "");
	} else if (event == SESSION_RETRY) {
		redial_want(f->s, err_text((int)value));
	} else if (event == SESSION_RESUMED) {
		redial_over(f->s);
		note_plain(f->s, "connected again");
		log_event(f->s, "connected again after %u ms", value);
	} else if (event == SESSION_ATTEMPT_FAILED) {
		log_event(f->s, "failed attempts: %u", value);
	} else {
		fatal("unknown session event %u", event);
	}
}

static void
on_peer_met(void *ctx, struct reader *r, int fd)
{
	struct from *f = ctx;

	(void)fd;
	known_on_met(f->s, r);
}

/* What was not delivered counts for more than why. */
static void
lost_with_texts(struct super *s)
{
	char what[SENTENCE_MAX];

	snprintf(what, sizeof what, "%s, and %u message%s not delivered",
	    err_text(ERR_CONN_LOST), s->v.undelivered,
	    s->v.undelivered == 1 ? " was" : "s were");
	verdict_set(s, EXIT_UNDELIVERED, what, NULL, err_next(ERR_CONN_LOST));
}

static void
on_crypto_end(void *ctx, struct reader *r, int fd)
{
	struct from *f = ctx;
	struct super *s = f->s;
	int err = get_u16(r);

	(void)fd;
	s->v.undelivered += get_u32(r);
	s->peer_left = get_u8(r);
	s->crypto_ended = 1;
	f->w->state = WS_DONE;
	log_event(s, "the session ended: %s, %u undelivered, peer left %u",
	    err_name(err), s->v.undelivered, s->peer_left);
	if (s->peer_left)
		note_plain(s, "the other person has left");
	if (err == ERR_CONN_LOST && s->v.undelivered > 0)
		lost_with_texts(s);
	else if (err != ERR_NONE && !known_verdict(s, err))
		verdict_err(s, err);
}

static void
on_net_counters(void *ctx, struct reader *r, int fd)
{
	struct from *f = ctx;
	uint32_t n[5];

	(void)fd;
	for (size_t i = 0; i < ARRAY_LEN(n); i++)
		n[i] = get_u32(r);
	log_event(f->s,
	    "connections: %u accepted, %u evicted, %u timed out, "
	    "%u over the limit, %u without a slot",
	    n[0], n[1], n[2], n[3], n[4]);
}

static void
on_dial_ok(void *ctx, struct reader *r, int fd)
{
	struct from *f = ctx;
	struct super *s = f->s;

	get_str8(r, s->dial_addr, sizeof s->dial_addr);
	get_str8(r, s->dial_own, sizeof s->dial_own);
	s->dial_fd = fd;
	s->dial_ok = 1;
	s->dial_why[0] = '\0';
	f->w->state = WS_SERVING;
}

static void
on_dial_failed(void *ctx, struct reader *r, int fd)
{
	struct from *f = ctx;
	struct super *s = f->s;

	(void)fd;
	s->dial_error = get_u16(r);
	s->dial_errno = get_u32(r);
	s->dial_eai = get_u8(r);
	get_str8(r, s->dial_addr, sizeof s->dial_addr);
	if (s->dial_error == ERR_NONE)
		s->dial_error = ERR_INTERNAL;
	s->dial_why[0] = '\0';
	f->w->state = WS_SERVING;
}

static void
on_ui_quit(void *ctx, struct reader *r, int fd)
{
	struct from *f = ctx;
	struct super *s = f->s;
	uint8_t why = get_u8(r);

	(void)fd;
	s->v.undelivered += get_u32(r);
	if (why == QUIT_NOBODY)
		return;
	s->v.user_left = why;
	log_event(s, "the front end asks to leave (%u)", why);
}

static void
on_ui_input(void *ctx, struct reader *r, int fd)
{
	struct from *f = ctx;

	(void)fd;
	f->s->input = get_u8(r) != 0 ? INPUT_INSIDE : INPUT_WHOLE;
}

/* The first counts: what fails then may do so because of it. */
static void
on_ui_stream(void *ctx, struct reader *r, int fd)
{
	struct from *f = ctx;
	struct verdict *v = &f->s->v;
	uint8_t stream = get_u8(r);

	(void)fd;
	if (v->stream_failed)
		return;
	v->stream_failed = 1;
	v->stream = stream;
	v->stream_errno = (int)get_u32(r);
}

static void
on_ui_name(void *ctx, struct reader *r, int fd)
{
	struct from *f = ctx;
	char name[NAME_MAX_LOCAL + 1];
	size_t len;
	const uint8_t *text = get_rest(r, &len);

	(void)fd;
	if (text == NULL)
		return;
	snprintf(name, sizeof name, "%.*s", (int)len, (const char *)text);
	known_rename(f->s, name);
}

static void
on_ui_suspend(void *ctx, struct reader *r, int fd)
{
	struct from *f = ctx;

	(void)r, (void)fd;
	f->s->stop_ready = 1;
}

static void
on_ui_redial(void *ctx, struct reader *r, int fd)
{
	struct from *f = ctx;

	(void)r;
	(void)fd;
	redial_now(f->s);
}

static void
on_ask_prices(void *ctx, struct reader *r, int fd)
{
	struct from *f = ctx;

	(void)fd;
	price_want(f->s, get_u8(r));
}

/* ---- files (files.c, files_send.c, files_receive.c) ---- */

#define FILES_HANDLER(name)                                             \
	static void on_file_##name(void *ctx, struct reader *r, int fd) \
	{                                                               \
		struct from *f = ctx;                                   \
                                                                        \
		(void)fd;                                               \
		files_on_##name(f->s, r);                               \
	}

FILES_HANDLER(send)
FILES_HANDLER(accept)
FILES_HANDLER(stop)
FILES_HANDLER(offered)
FILES_HANDLER(state)
FILES_HANDLER(have)
FILES_HANDLER(failed)
FILES_HANDLER(written)

#define STARTED IN(WS_STARTED)
#define SERVING IN(WS_SERVING)
#define LATER (IN(WS_READY) | IN(WS_ASKED) | IN(WS_SERVING))

/* clang-format off */
static const struct ipc_handler crypto_table[] = {
	{ IPC_READY,        STARTED,                        on_ready },
	{ IPC_CRYPTO_INFO,  IN(WS_READY),                   on_crypto_info },
	{ IPC_SECRET_READ,  IN(WS_ASKED),                   on_secret_read },
	{ IPC_SESSION,      SERVING,                        on_session },
	{ IPC_PEER_MET,     SERVING,                        on_peer_met },
	{ IPC_FILE_OFFERED, SERVING,                        on_file_offered },
	{ IPC_FILE_STATE,   SERVING,                        on_file_state },
	{ IPC_CRYPTO_END,   LATER,                          on_crypto_end },
};
static const struct ipc_handler net_table[] = {
	{ IPC_READY,        STARTED,                        on_ready },
	{ IPC_NET_COUNTERS, IN(WS_READY),                   on_net_counters },
};
static const struct ipc_handler dial_table[] = {
	{ IPC_READY,        STARTED,                        on_ready },
	{ IPC_DIAL_OK,      IN(WS_ASKED),                   on_dial_ok },
	{ IPC_DIAL_FAILED,  IN(WS_ASKED),                   on_dial_failed },
};
static const struct ipc_handler tty_table[] = {
	{ IPC_READY,        STARTED,                        on_ready },
	{ IPC_UI_QUIT,      IN(WS_READY) | IN(WS_DONE),     on_ui_quit },
	{ IPC_UI_ASK_PRICES, IN(WS_READY) | IN(WS_DONE),    on_ask_prices },
	{ IPC_UI_NAME,      IN(WS_READY) | IN(WS_DONE),     on_ui_name },
	{ IPC_UI_REDIAL,    IN(WS_READY) | IN(WS_DONE),     on_ui_redial },
	{ IPC_UI_FILE_SEND, IN(WS_READY) | IN(WS_DONE),     on_file_send },
	{ IPC_UI_FILE_ACCEPT, IN(WS_READY) | IN(WS_DONE),   on_file_accept },
	{ IPC_UI_FILE_STOP, IN(WS_READY) | IN(WS_DONE),     on_file_stop },
	{ IPC_UI_SUSPEND,   IN(WS_READY) | IN(WS_DONE),     on_ui_suspend },
};
static const struct ipc_handler script_table[] = {
	{ IPC_READY,        STARTED,                        on_ready },
	{ IPC_UI_QUIT,      IN(WS_READY) | IN(WS_DONE),     on_ui_quit },
	{ IPC_UI_INPUT,     IN(WS_DONE),                    on_ui_input },
	{ IPC_UI_STREAM,    IN(WS_READY) | IN(WS_DONE),     on_ui_stream },
	{ IPC_UI_ASK_PRICES, IN(WS_READY) | IN(WS_DONE),    on_ask_prices },
	{ IPC_UI_NAME,      IN(WS_READY) | IN(WS_DONE),     on_ui_name },
	{ IPC_UI_REDIAL,    IN(WS_READY) | IN(WS_DONE),     on_ui_redial },
	{ IPC_UI_FILE_SEND, IN(WS_READY) | IN(WS_DONE),     on_file_send },
	{ IPC_UI_FILE_ACCEPT, IN(WS_READY) | IN(WS_DONE),   on_file_accept },
	{ IPC_UI_FILE_STOP, IN(WS_READY) | IN(WS_DONE),     on_file_stop },
};
static const struct ipc_handler file_table[] = {
	{ IPC_READY,        STARTED,                        on_ready },
	{ IPC_FILE_HAVE,    IN(WS_READY),                   on_file_have },
	{ IPC_FILE_WRITTEN, IN(WS_READY),                   on_file_written },
	{ IPC_FILE_FAILED,  IN(WS_READY),                   on_file_failed },
};

static const struct {
	const struct ipc_handler *rows;
	size_t n;
} tables[PROC_COUNT] = {
	[PROC_CRYPTO] = { crypto_table, ARRAY_LEN(crypto_table) },
	[PROC_NET]    = { net_table,    ARRAY_LEN(net_table) },
	[PROC_DIAL]   = { dial_table,   ARRAY_LEN(dial_table) },
	[PROC_TTY]    = { tty_table,    ARRAY_LEN(tty_table) },
	[PROC_SCRIPT] = { script_table, ARRAY_LEN(script_table) },
	[PROC_FILE]   = { file_table,   ARRAY_LEN(file_table) },
};
/* clang-format on */

/* Only dial may send a descriptor; read(2) drops any other. */
static int
receive(struct super *s, enum proc_id id, struct ipc_msg *m)
{
	struct ipc_link *l = &s->w[id].link;

	if (id == PROC_DIAL)
		return ipc_recv_fd(l, s->record, sizeof s->record, m);
	return ipc_recv(l, s->record, sizeof s->record, m);
}

/* Bounded, so that one worker that never stops cannot keep us here. */
#define TURN_MAX 64

void
messages_take(struct super *s, enum proc_id id)
{
	struct worker *w = &s->w[id];
	struct from f = {.s = s, .id = id, .w = w};
	struct ipc_msg m = {.fd = -1};
	int got = 0;

	if (price_is(id)) {
		price_messages(s, id);
		return;
	}
	for (int i = 0; i < TURN_MAX && w->link.fd >= 0; i++) {
		got = receive(s, id, &m);
		if (got != 1)
			break;
		ipc_dispatch(
		    &w->link, &m, tables[id].rows, tables[id].n, w->state, &f);
	}
	/* It is leaving; why, its exit status will tell. */
	if (got == -ERR_EOF)
		worker_hung_up(w);
}
