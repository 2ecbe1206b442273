/*
 * Which message is legal in which state; the one connection, from its
 * beginning to its end.  There is no handshake in either format: whoever is
 * connected is the peer, and only what opens under the key is shown.
 */
#include <string.h>

#include "legacy.h"
#include "lib.h"
#include "secchat/err.h"
#include "secchat/util.h"

static void on_open(void *ctx, struct reader *r, int fd);
static void on_frame_in(void *ctx, struct reader *r, int fd);
static void on_conn_lost(void *ctx, struct reader *r, int fd);
static void on_credit(void *ctx, struct reader *r, int fd);
static void on_close(void *ctx, struct reader *r, int fd);

#define SERVING (IN(ENGINE_SERVING) | IN(ENGINE_OVER))

/* clang-format off */
static const struct ipc_handler from_super[] = {
	{ IPC_CRYPTO_START, IN(ENGINE_START),  legacy_on_start },
	{ IPC_READ_SECRET,  IN(ENGINE_SECRET), legacy_on_read },
	{ IPC_CRYPTO_CLOSE, IN_ANY,            on_close },
};

static const struct ipc_handler from_ui[] = {
	{ IPC_UI_SEND,      SERVING,           out_on_send },
	{ IPC_UI_SHOWN,     SERVING,           out_on_shown },
	{ IPC_UI_STATUS,    SERVING,           out_on_status },
	{ IPC_UI_REKEY,     SERVING,           out_on_rekey },
	{ IPC_UI_VERIFY,    SERVING,           out_on_absent },
	{ IPC_UI_WIRE,      SERVING,           out_on_absent },
};

static const struct ipc_handler from_net[] = {
	{ IPC_CONN_OPEN,    SERVING,           on_open },
	{ IPC_FRAME_IN,     SERVING,           on_frame_in },
	{ IPC_CONN_LOST,    SERVING,           on_conn_lost },
	{ IPC_CREDIT,       SERVING,           on_credit },
};
/* clang-format on */

void
legacy_init(struct engine *e, struct engine_keys *keys, struct outbox *q,
    vault_send_fn *send, void *send_ctx)
{
	memset(e, 0, sizeof *e);
	e->keys = keys;
	e->q = q;
	outbox_init(q);
	e->send = send;
	e->send_ctx = send_ctx;
	e->close_at = CLOCK_NEVER;
	e->derive_left = DERIVE_BURST;
}

void
legacy_on_message(
    struct engine *e, const struct ipc_link *l, const struct ipc_msg *m)
{
	if (l->id == LINK_SUPER_CRYPTO)
		ipc_dispatch(
		    l, m, from_super, ARRAY_LEN(from_super), e->state, e);
	else if (l->id == LINK_UI_CRYPTO)
		ipc_dispatch(l, m, from_ui, ARRAY_LEN(from_ui), e->state, e);
	else
		ipc_dispatch(l, m, from_net, ARRAY_LEN(from_net), e->state, e);
}

void
legacy_send(struct engine *e, enum ipc_link_id link, unsigned type,
    const void *body, size_t len)
{
	e->send(e->send_ctx, link, type, NULL, 0, body, len);
}

/* ---- its beginning ---- */

static void
close_conn(struct engine *e, uint32_t conn)
{
	vault_say_conn_close(e->send, e->send_ctx, conn, 0);
}

static void
expect(struct engine *e, uint8_t framing, uint32_t max)
{
	vault_say_expect(e->send, e->send_ctx, e->conn, framing, max);
}

/* To net it is no stranger's any more, who has only so much time. */
static void
promote(struct engine *e)
{
	uint8_t body[4];
	struct writer w;

	writer_init(&w, body, sizeof body);
	put_u32(&w, e->conn);
	legacy_send(e, LINK_CRYPTO_NET, IPC_CONN_PROMOTE, body, w.len);
	expect(e, FRAMING_U32, FRAME_IN_MAX);
}

/* From here on it is a chat. */
static void
begin(struct engine *e)
{
	uint8_t body[9 + ADDR_TEXT_MAX], event[5] = {SESSION_CONNECTED};
	struct writer w;

	e->live = 1;
	writer_init(&w, body, sizeof body);
	put_u8(&w, e->mode);
	put_u8(&w, SUITE_1);
	put_u8(&w, 0);
	put_u32(&w, 0);
	put_str8(&w, e->addr);
	put_str8(&w, "");
	legacy_send(e, LINK_UI_CRYPTO, IPC_CONNECTED, body, w.len);
	legacy_send(e, LINK_SUPER_CRYPTO, IPC_SESSION, event, sizeof event);
}

/*
 * "Send nothing for 1 s after the salt".  The key takes as long as it takes,
 * on a busy machine longer than a stranger has: so net is told before.
 */
static void
take_salt(struct engine *e, const uint8_t salt[GCM_SALT])
{
	promote(e);
	keyring_first(&e->keys->ring, salt);
	e->talk_at = e->now + QUIET;
	begin(e);
}

static void
send_salt(struct engine *e)
{
	uint8_t salt[GCM_SALT];

	lib_random(salt, sizeof salt);
	out_frame(e, salt, sizeof salt);
	take_salt(e, salt);
}

static void
on_open(void *ctx, struct reader *r, int fd)
{
	struct engine *e = ctx;
	uint32_t conn = get_u32(r);
	char addr[ADDR_TEXT_MAX + 1];

	(void)fd;
	(void)get_u8(r);
	(void)get_u8(r);
	get_str8(r, addr, sizeof addr);
	if (conn <= e->last_conn)
		fatal("net gave a number twice");
	e->last_conn = conn;
	if (e->state != ENGINE_SERVING)
		return;
	if (e->conn != 0 || e->closing) {
		close_conn(e, conn);
		return;
	}
	e->conn = conn;
	e->credit = CREDIT_WINDOW;
	memcpy(e->addr, addr, sizeof addr);
	if (e->mode == MODE_FERNET) {
		promote(e);
		begin(e);
	} else if (e->role == PEER_HOST) {
		send_salt(e);
	} else {
		expect(e, FRAMING_RAW, GCM_SALT);
	}
}

/* ---- frames in ---- */

/* Whether the frame holds the peer's new keys, good ones or not. */
static int
take_rekey(struct engine *e, const uint8_t *p, size_t len)
{
	size_t name = sizeof GCM_REKEY - 1;

	if (len < name || memcmp(p, GCM_REKEY, name) != 0)
		return 0;
	if (len != GCM_REKEY_LEN) {
		out_remark(e, ERR_LEGACY_REKEY);
		return 1;
	}
	keyring_received(&e->keys->ring, p + name);
	e->peer_count = 0;
	e->hold_until = 0;
	e->epoch++;
	e->rekeyed_for_ui = 1;
	e->rekey_why = REKEY_WHY_PEER;
	if (e->sent_at != 0 && e->now - e->sent_at < RECENT)
		out_remark(e, ERR_LEGACY_CROSSED);
	return 1;
}

/* A derivation, if one is due, has been allowed: legacy_reads_net. */
static int
open_gcm(struct engine *e, size_t len, uint8_t **text)
{
	struct keyring *ring = &e->keys->ring;

	if (++e->peer_count == REKEY_AFTER)
		e->hold_until = e->now + HOLD;
	if (len < GCM_HEAD)
		return -ERR_FORMAT;
	if (ring->pending && derive_take(e))
		keyring_settle(ring);
	*text = e->out;
	return keyring_open(ring, e->out, e->in, len);
}

static void
unreadable(struct engine *e, int err, size_t len)
{
	if (len == 0 || (err == -ERR_FORMAT && e->mode == MODE_GCM)) {
		out_remark(e, ERR_LEGACY_SHORT);
		return;
	}
	out_remark(e, ERR_LEGACY_UNREADABLE);
	if (++e->bad_row == KEY_WRONG)
		out_remark(e, ERR_LEGACY_KEY);
}

static void
take_frame(struct engine *e, const uint8_t *p, size_t len)
{
	uint8_t *text = NULL;
	int n;

	if (e->mode == MODE_GCM && take_rekey(e, p, len))
		return;
	memcpy(e->in, p, len);
	n = e->mode == MODE_GCM
		? open_gcm(e, len, &text)
		: fernet_open(e->in, len, &e->keys->fernet, &text);
	if (n < 0) {
		unreadable(e, n, len);
	} else {
		e->bad_row = 0;
		if (utf8_valid(text, (size_t)n))
			out_text(e, text, (size_t)n);
		else
			out_remark(e, ERR_LEGACY_UTF8);
	}
	wipe(e->in, len);
	if (n > 0)
		wipe(text, (size_t)n);
}

/* Whether it is the chat's; one that never was is net's fault. */
static int
is_ours(const struct engine *e, uint32_t conn)
{
	if (conn == 0 || conn > e->last_conn)
		fatal("net named a connection that it never announced");
	return e->state == ENGINE_SERVING && conn == e->conn;
}

static void
on_frame_in(void *ctx, struct reader *r, int fd)
{
	struct engine *e = ctx;
	uint32_t conn = get_u32(r);
	size_t len;
	const uint8_t *p = get_rest(r, &len);

	(void)fd;
	if (!is_ours(e, conn) || p == NULL)
		return;
	if (len > FRAME_IN_MAX || (!e->live && len != GCM_SALT))
		fatal("net cut what was not expected");
	if (e->live)
		take_frame(e, p, len);
	else
		take_salt(e, p);
}

static void
on_credit(void *ctx, struct reader *r, int fd)
{
	struct engine *e = ctx;
	uint32_t conn = get_u32(r), frames = get_u32(r);

	(void)fd;
	if (!is_ours(e, conn))
		return;
	if (frames > CREDIT_WINDOW - e->credit)
		fatal("net returned more credit than it was given");
	e->credit += frames;
}

/* ---- its end ---- */

void
legacy_end(struct engine *e, int error, int left)
{
	uint32_t undelivered = outbox_count(e->q);

	if (e->state == ENGINE_OVER)
		return;
	e->state = ENGINE_OVER;
	e->reading = 0;
	if (e->conn != 0)
		close_conn(e, e->conn);
	e->conn = 0;
	wipe(e->keys, sizeof *e->keys);
	outbox_wipe(e->q);
	vault_say_end(e->send, e->send_ctx, error, undelivered, left);
}

/* Neither format says goodbye: the end of the stream is all there is. */
static void
on_conn_lost(void *ctx, struct reader *r, int fd)
{
	struct engine *e = ctx;
	uint32_t conn = get_u32(r);
	uint8_t why = get_u8(r);

	(void)fd;
	if (!is_ours(e, conn))
		return;
	e->conn = 0;
	if (why == LOST_LENGTH)
		legacy_end(e, ERR_LEGACY_LENGTH, 0);
	else if (!e->live)
		legacy_end(e, ERR_LEGACY_NO_SALT, 0);
	else if (why == LOST_EOF || e->closing)
		legacy_end(e, ERR_NONE, why == LOST_EOF);
	else
		legacy_end(e, ERR_CONN_LOST, 0);
}

/* What waits is sent first, if that can still be done. */
static void
on_close(void *ctx, struct reader *r, int fd)
{
	struct engine *e = ctx;

	(void)fd;
	(void)get_u8(r);
	if (e->state == ENGINE_OVER || e->closing)
		return;
	e->closing = 1;
	e->close_at = e->now + CLOSE_WAIT;
	if (!e->live)
		legacy_end(e, ERR_NONE, 0);
}

/* ---- time ---- */

static void
earn(struct engine *e)
{
	while (e->derive_left < DERIVE_BURST && e->now >= e->derive_at) {
		e->derive_left++;
		e->derive_at += DERIVE_EVERY;
	}
}

int
derive_take(struct engine *e)
{
	if (e->derive_left == 0 || e->derived)
		return 0;
	e->derived = 1;
	if (e->derive_left == DERIVE_BURST)
		e->derive_at = e->now + DERIVE_EVERY;
	e->derive_left--;
	return 1;
}

static int
is_full(const struct engine *e)
{
	return e->received - e->shown >= FULL_MSGS || e->in_bytes >= FULL_BYTES;
}

int
legacy_reads_net(const struct engine *e)
{
	if (e->state != ENGINE_SERVING)
		return 1;
	return !is_full(e) &&
	       !(e->keys->ring.pending && (e->derive_left == 0 || e->derived));
}

void
legacy_tick(struct engine *e)
{
	if (e->state != ENGINE_SERVING)
		return;
	earn(e);
	if (e->live)
		out_pump(e);
	out_news(e);
	e->again = e->derived;
	e->derived = 0;
	if (e->closing && (outbox_count(e->q) == 0 || e->now >= e->close_at))
		legacy_end(e, ERR_NONE, 0);
}

uint64_t
legacy_deadline(const struct engine *e)
{
	uint64_t at = CLOCK_NEVER;

	if (e->state != ENGINE_SERVING)
		return at;
	if (e->again)
		return e->now;
	if (e->derive_left < DERIVE_BURST)
		at = e->derive_at;
	at = MIN(at, e->close_at);
	return MIN(at, out_deadline(e));
}
