/*
 * What goes out: texts that wait until they may be sealed, new keys before
 * them when those are due, and what the front end is told.  Neither format
 * has receipts: DELIVERED means here that net has taken a text, and the
 * worker's capability bits say so.
 */
#include <string.h>

#include "legacy.h"
#include "lib.h"
#include "secchat/err.h"
#include "secchat/util.h"

_Static_assert(REMARKS <= ARRAY_LEN(((struct engine *)0)->remark), "remark");

/* ---- the texts that wait ---- */

void
out_on_send(void *ctx, struct reader *r, int fd)
{
	struct engine *e = ctx;
	size_t len;
	const uint8_t *p = get_rest(r, &len);

	(void)fd;
	if (e->state != ENGINE_SERVING || p == NULL)
		return;
	if (!utf8_valid(p, len))
		fatal("the front end sent a text that is not UTF-8");
	if (outbox_put(e->q, p, len) < 0)
		fatal("the front end sent more than the window holds");
}

/* At most cap of len bytes, whole characters. */
static size_t
cut(const uint8_t *p, size_t len, size_t cap)
{
	if (len <= cap)
		return len;
	while (cap > 0 && (p[cap] & 0xc0) == 0x80)
		cap--;
	return cap;
}

/* ---- frames ---- */

void
out_frame(struct engine *e, const uint8_t *p, size_t len)
{
	uint8_t head[4];
	struct writer w;

	writer_init(&w, head, sizeof head);
	put_u32(&w, e->conn);
	e->credit--;
	e->send(
	    e->send_ctx, LINK_CRYPTO_NET, IPC_FRAME_OUT, head, w.len, p, len);
}

/* The length before the len bytes that are in e->out + 4. */
static void
send_out(struct engine *e, size_t len)
{
	struct writer w;

	writer_init(&w, e->out, 4);
	put_u32(&w, (uint32_t)len);
	out_frame(e, e->out, 4 + len);
}

static void
seal_one(struct engine *e, const uint8_t *p, size_t len)
{
	uint8_t nonce[16];
	size_t n;

	lib_random(nonce, sizeof nonce);
	n = e->mode == MODE_GCM
		? gcm_seal(e->out + 4, &e->keys->ring.send, nonce, p, len)
		: fernet_seal(e->out + 4, &e->keys->fernet, e->utc / 1000,
		      nonce, p, len);
	send_out(e, n);
	if (e->mode == MODE_GCM && ++e->own_count >= REKEY_AFTER &&
	    !e->rekey_due)
		e->rekey_due = REKEY_WHY_COUNT;
}

/* Never an empty text: the older programs end at it, or go deaf. */
static void
send_text(struct engine *e)
{
	size_t cap =
	    e->mode == MODE_FERNET ? (size_t)FERNET_TEXT : (size_t)TEXT_MAX;
	uint64_t mseq = e->q->first;
	size_t len = outbox_get(e->q, mseq, e->text), done = 0;
	uint8_t body[8];
	struct writer w;

	while (done < len) {
		size_t n = cut(e->text + done, len - done, cap);

		seal_one(e, e->text + done, n);
		done += n;
	}
	wipe(e->text, len);
	outbox_ack(e->q, mseq);
	e->sent_at = e->now;
	writer_init(&w, body, sizeof body);
	put_u64(&w, mseq);
	legacy_send(e, LINK_UI_CRYPTO, IPC_DELIVERED, body, w.len);
}

static void
send_rekey(struct engine *e)
{
	uint8_t salt[GCM_SALT];
	struct writer w;

	lib_random(salt, sizeof salt);
	writer_init(&w, e->out + 4, GCM_REKEY_LEN);
	put_bytes(&w, GCM_REKEY, sizeof GCM_REKEY - 1);
	put_bytes(&w, salt, sizeof salt);
	keyring_renew(&e->keys->ring, salt);
	send_out(e, w.len);
	e->rekey_why = e->rekey_due ? e->rekey_due : REKEY_WHY_PEER;
	e->rekey_due = 0;
	e->own_count = 0;
	e->epoch++;
	e->rekeyed_for_ui = 1;
}

/*
 * What has to be done to the keys before a text, or because it is due: 1 when
 * there is nothing more, 0 when it has to wait.
 */
static int
keys_ready(struct engine *e)
{
	struct keyring *ring = &e->keys->ring;

	if (e->mode != MODE_GCM)
		return 1;
	if (e->rekey_due || (ring->contested && outbox_count(e->q) > 0)) {
		if (!derive_take(e))
			return 0;
		send_rekey(e);
	}
	if (outbox_count(e->q) > 0 && ring->pending && ring->take) {
		if (!derive_take(e))
			return 0;
		keyring_settle(ring);
	}
	return 1;
}

/* A text may become two frames, and new keys before it are one. */
#define CREDIT_NEEDED 3

void
out_pump(struct engine *e)
{
	while (e->now >= e->talk_at && e->now >= e->hold_until &&
	       e->credit >= CREDIT_NEEDED && keys_ready(e) &&
	       e->credit >= CREDIT_NEEDED - 1 && outbox_count(e->q) > 0)
		send_text(e);
}

uint64_t
out_deadline(const struct engine *e)
{
	uint64_t at = CLOCK_NEVER;

	if (e->live && (outbox_count(e->q) > 0 || e->rekey_due)) {
		if (e->now < e->talk_at)
			at = MIN(at, e->talk_at);
		if (e->now < e->hold_until)
			at = MIN(at, e->hold_until);
	}
	for (size_t i = 0; i < REMARKS && !e->ui_busy; i++)
		if (e->remark[i].count > 0)
			at = MIN(at, e->remark[i].at);
	return at;
}

/* ---- for the front end ---- */

static void
one_text(struct engine *e, const uint8_t *p, size_t len)
{
	uint8_t head[8];
	struct writer w;

	e->received++;
	e->in_len[e->received % WINDOW_MSGS] = (uint32_t)len;
	e->in_bytes += len;
	writer_init(&w, head, sizeof head);
	put_u64(&w, e->received);
	e->send(e->send_ctx, LINK_UI_CRYPTO, IPC_TEXT, head, w.len, p, len);
}

void
out_text(struct engine *e, const uint8_t *p, size_t len)
{
	size_t n = cut(p, len, TEXT_MAX);

	one_text(e, p, n);
	if (n < len)
		one_text(e, p + n, len - n);
}

void
out_on_shown(void *ctx, struct reader *r, int fd)
{
	struct engine *e = ctx;
	uint64_t upto = get_u64(r);

	(void)fd;
	if (upto > e->received)
		fatal("the front end has shown what it was not given");
	while (e->shown < upto)
		e->in_bytes -= e->in_len[++e->shown % WINDOW_MSGS];
}

void
out_on_status(void *ctx, struct reader *r, int fd)
{
	struct engine *e = ctx;

	(void)r;
	(void)fd;
	vault_say_status(e->send, e->send_ctx,
	    e->live ? LINKEV_UP : LINKEV_WAITING, e->mode, e->epoch,
	    outbox_count(e->q), UINT32_MAX);
}

void
out_on_rekey(void *ctx, struct reader *r, int fd)
{
	struct engine *e = ctx;

	(void)r;
	(void)fd;
	if (e->mode != MODE_GCM)
		out_remark(e, ERR_LEGACY_ABSENT);
	else if (e->live)
		e->rekey_due = REKEY_WHY_YOU;
}

void
out_on_absent(void *ctx, struct reader *r, int fd)
{
	size_t len;

	(void)fd;
	(void)get_rest(r, &len);
	out_remark(ctx, ERR_LEGACY_ABSENT);
}

void
out_remark(struct engine *e, int error)
{
	struct remark *m = &e->remark[error - ERR_LEGACY_SHORT];

	m->count += m->count < UINT32_MAX;
}

/* A flood of one kind becomes one line a second, with its number. */
void
out_news(struct engine *e)
{
	uint8_t body[6];
	struct writer w;

	if (e->ui_busy || !e->live)
		return;
	if (e->rekeyed_for_ui) {
		e->rekeyed_for_ui = 0;
		writer_init(&w, body, sizeof body);
		put_u32(&w, e->epoch);
		put_u8(&w, e->rekey_why);
		legacy_send(e, LINK_UI_CRYPTO, IPC_REKEYED, body, w.len);
	}
	for (size_t i = 0; i < REMARKS; i++) {
		struct remark *m = &e->remark[i];

		if (m->count == 0 || e->now < m->at)
			continue;
		writer_init(&w, body, sizeof body);
		put_u16(&w, (uint16_t)(ERR_LEGACY_SHORT + i));
		put_u32(&w, m->count);
		legacy_send(e, LINK_UI_CRYPTO, IPC_REMARK, body, w.len);
		m->count = 0;
		m->at = e->now + REMARK_EVERY;
	}
}
