/*
 * Which message is legal in which state, and who handles it.
 */
#include <string.h>

#include "engine.h"
#include "secchat/err.h"
#include "secchat/util.h"

static void on_frame_in(void *ctx, struct reader *r, int fd);
static void on_conn_lost(void *ctx, struct reader *r, int fd);
static void on_credit(void *ctx, struct reader *r, int fd);

#define SERVING (IN(ENGINE_SERVING) | IN(ENGINE_OVER))

/* clang-format off */
static const struct ipc_handler from_super[] = {
	{ IPC_CRYPTO_START, IN(ENGINE_START),  secret_on_start },
	{ IPC_PEER_KNOWN,   IN(ENGINE_SECRET) | IN(ENGINE_SERVING),
	                                       peers_on_known },
	{ IPC_READ_SECRET,  IN(ENGINE_SECRET), secret_on_read },
	{ IPC_CRYPTO_CLOSE, IN_ANY,            session_on_close },
	{ IPC_FILE_OFFER,   SERVING,           bulk_on_offer },
	{ IPC_FILE_TAKE,    SERVING,           bulk_on_take },
	{ IPC_FILE_STOP,    SERVING,           bulk_on_stop },
	{ IPC_FILE_KEPT,    SERVING,           bulk_on_kept },
};

/* The front end cannot know that the session has just ended. */
static const struct ipc_handler from_ui[] = {
	{ IPC_UI_SEND,      SERVING,           session_on_send },
	{ IPC_UI_SHOWN,     SERVING,           session_on_shown },
	{ IPC_UI_STATUS,    SERVING,           session_on_status },
	{ IPC_UI_REKEY,     SERVING,           session_on_rekey },
	{ IPC_UI_VERIFY,    SERVING,           verify_on_ui },
	{ IPC_UI_WIRE,      SERVING,           session_on_wire },
	{ IPC_UI_RESTARTED, SERVING,           session_on_restarted },
};

static const struct ipc_handler from_net[] = {
	{ IPC_CONN_OPEN,    SERVING,           door_on_open },
	{ IPC_FRAME_IN,     SERVING,           on_frame_in },
	{ IPC_CONN_LOST,    SERVING,           on_conn_lost },
	{ IPC_CREDIT,       SERVING,           on_credit },
	{ IPC_BULK_CREDIT,  SERVING,           bulk_on_credit },
};

static const struct ipc_handler from_file[] = {
	{ IPC_FILE_CHUNK,   SERVING,           bulk_on_chunk },
	{ IPC_FILE_STORED,  SERVING,           bulk_on_stored },
};
/* clang-format on */

void
engine_init(struct engine *e, struct engine_keys *keys, struct outbox *out,
    uint8_t *plain, uint8_t *wire, struct random_source rnd,
    vault_send_fn *send, void *send_ctx)
{
	memset(e, 0, sizeof *e);
	e->state = ENGINE_START;
	e->keys = keys;
	e->out = out;
	e->plain = plain;
	e->wire = wire;
	e->rnd = rnd;
	e->send = send;
	e->send_ctx = send_ctx;
	e->rekey_msgs = REKEY_MSGS;
	e->rekey_ms = REKEY_TIME;
	e->lost_at = e->s.close_at = CLOCK_NEVER;
	outbox_init(out);
}

void
engine_on_message(
    struct engine *e, const struct ipc_link *l, const struct ipc_msg *m)
{
	switch (l->id) {
	case LINK_SUPER_CRYPTO:
		ipc_dispatch(
		    l, m, from_super, ARRAY_LEN(from_super), e->state, e);
		break;
	case LINK_UI_CRYPTO:
		ipc_dispatch(l, m, from_ui, ARRAY_LEN(from_ui), e->state, e);
		break;
	case LINK_CRYPTO_NET:
		ipc_dispatch(l, m, from_net, ARRAY_LEN(from_net), e->state, e);
		break;
	case LINK_CRYPTO_FILE:
		ipc_dispatch(
		    l, m, from_file, ARRAY_LEN(from_file), e->state, e);
		break;
	case LINK_SUPER_NET:
	case LINK_SUPER_UI:
	case LINK_SUPER_DIAL:
	case LINK_SUPER_PRICE:
	case LINK_SUPER_FILE:
	case LINK_COUNT:
		fatal("message on a link that crypto has not got");
	}
}

uint32_t
engine_get_conn(struct engine *e, struct reader *r)
{
	uint32_t conn = get_u32(r);

	if (conn == 0 || conn > e->last_conn)
		fatal("net named a connection that it never announced");
	return conn;
}

static void
on_frame_in(void *ctx, struct reader *r, int fd)
{
	struct engine *e = ctx;
	uint32_t conn = engine_get_conn(e, r);
	size_t len;
	const uint8_t *p = get_rest(r, &len);

	(void)fd;
	if (e->state != ENGINE_SERVING)
		return;
	if (conn == e->s.conn)
		session_frame(e, p, len);
	else if (conn == e->t.conn)
		trial_frame(e, p, len);
	else
		door_frame(e, conn, p, len);
}

static void
on_conn_lost(void *ctx, struct reader *r, int fd)
{
	struct engine *e = ctx;
	uint32_t conn = engine_get_conn(e, r);
	uint8_t why = get_u8(r);

	(void)fd;
	if (e->state != ENGINE_SERVING)
		return;
	if (conn == e->s.conn)
		session_lost(e, why);
	else if (conn == e->t.conn)
		trial_lost(e, why);
	else
		door_lost(e, conn, why);
}

static void
on_credit(void *ctx, struct reader *r, int fd)
{
	struct engine *e = ctx;
	uint32_t conn = engine_get_conn(e, r);
	uint32_t frames = get_u32(r);

	uint32_t *credit = conn == e->s.conn   ? &e->s.credit
			   : conn == e->t.conn ? &e->t.credit
					       : NULL;

	(void)fd;
	if (credit == NULL)
		return;
	if (frames > CREDIT_WINDOW - *credit)
		fatal("net returned more credit than it was given");
	*credit += frames;
}

/* Everything that may leave now, texts before files. */
static void
move(struct engine *e)
{
	bulk_news(e);
	session_confirm(e);
	bulk_queue(e);
	session_pump(e);
	if (e->state == ENGINE_SERVING)
		bulk_want(e);
}

void
engine_tick(struct engine *e)
{
	if (e->state == ENGINE_SERVING)
		trial_tick(e);
	if (e->state == ENGINE_SERVING)
		resume_tick(e);
	if (e->state == ENGINE_SERVING)
		session_tick(e);
	if (e->state == ENGINE_SERVING)
		move(e);
	engine_news(e);
}

uint64_t
engine_deadline(const struct engine *e)
{
	uint64_t at;

	if (e->state != ENGINE_SERVING)
		return CLOCK_NEVER;
	at = MIN(trial_deadline(e), resume_deadline(e));
	return MIN(at, MIN(session_deadline(e), bulk_news_at(e)));
}

void
engine_send(struct engine *e, enum ipc_link_id link, unsigned type,
    const void *body, size_t len)
{
	e->send(e->send_ctx, link, type, NULL, 0, body, len);
}

void
engine_news(struct engine *e)
{
	uint8_t body[5];
	struct writer w;

	if (e->state == ENGINE_OVER)
		return;
	if (e->rekeyed_for_ui && !e->ui_busy) {
		e->rekeyed_for_ui = 0;
		writer_init(&w, body, sizeof body);
		put_u32(&w, e->keys->live.cur.n);
		put_u8(&w, e->s.rekey_why);
		engine_send(e, LINK_UI_CRYPTO, IPC_REKEYED, body, w.len);
	}
	writer_init(&w, body, sizeof body);
	put_u8(&w, SESSION_ATTEMPT_FAILED);
	put_u32(&w, e->failures);
	if (e->attempt_for_ui && !e->ui_busy) {
		e->attempt_for_ui = 0;
		engine_send(e, LINK_UI_CRYPTO, IPC_ATTEMPT, body + 1, 4);
	}
	if (e->attempt_for_super && !e->super_busy) {
		e->attempt_for_super = 0;
		engine_send(e, LINK_SUPER_CRYPTO, IPC_SESSION, body, w.len);
	}
}

void
engine_conn_close(struct engine *e, uint32_t conn, int failed)
{
	vault_say_conn_close(e->send, e->send_ctx, conn, failed);
}
