/*
 * The two older formats.  The first byte chooses.  As pure functions: the rest
 * is a key file, a passphrase, a token or a frame; what opens was sealed by
 * the key, and what is read back is what was sealed.  As the worker's engine,
 * in either format and role: the rest is what net, front end and supervisor
 * bring in any order, good frames and bad, new keys, and time; and what they
 * may not say, which ends in fatal(), here a jump.  PBKDF2 has one
 * round here (the Makefile's FUZZWRAP), so that new keys cost nothing.
 */
#include <assert.h>
#include <setjmp.h>
#include <stdint.h>
#include <string.h>

#include "../../src/legacy/legacy.h"
#include "../../src/legacy/lib.h"
#include "secchat/err.h"
#include "secchat/util.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static uint8_t in[FRAME_IN_MAX], out[FRAME_IN_MAX], back[FRAME_IN_MAX];

static void
as_base64(size_t len)
{
	int n = base64_get(out, in, len);

	if (n < 0)
		return;
	assert(BASE64_LEN((size_t)n) == len);
	base64_put(back, out, (size_t)n);
	assert(memcmp(back, in, len) == 0);
}

static void
as_text(const uint8_t iv[16], size_t len)
{
	struct fernet_key f;
	struct gcm_key g;
	uint8_t *text;
	size_t n;

	memset(&f, 3, sizeof f);
	memset(&g, 4, sizeof g);
	len = MIN(len, (size_t)FERNET_TEXT);
	n = fernet_seal(out, &f, 1, iv, in, len);
	assert(fernet_open(out, n, &f, &text) == (int)len);
	assert(memcmp(text, in, len) == 0);
	n = gcm_seal(out, &g, iv, in, len);
	assert(gcm_open(back, &g, out, n) == (int)len);
	assert(memcmp(back, in, len) == 0);
}

/* ---- the engine ---- */

/* A sibling breaks the rules. */
static jmp_buf end;
static int captured;

void __real_lib_pbkdf2(uint8_t *key, size_t key_len, const void *pass,
    size_t len, const uint8_t *salt, size_t salt_len, unsigned rounds);
void __wrap_lib_pbkdf2(uint8_t *key, size_t key_len, const void *pass,
    size_t len, const uint8_t *salt, size_t salt_len, unsigned rounds);

static struct world {
	struct engine e;
	struct engine_keys keys;
	struct outbox q;
	uint64_t began, derived;     /* ms; derivations since */
	uint64_t salted;             /* when there was a salt, or 0 */
	uint64_t texts;              /* given to the front end */
	uint32_t used;               /* credit */
	uint32_t since_rekey, ended; /* frames of ours; CRYPTO_END */
	size_t said;                 /* of in, that the peer has sealed */
} w;

void
__wrap_lib_pbkdf2(uint8_t *key, size_t key_len, const void *pass, size_t len,
    const uint8_t *salt, size_t salt_len, unsigned rounds)
{
	assert(rounds == GCM_ROUNDS);
	w.derived++;
	__real_lib_pbkdf2(key, key_len, pass, len, salt, salt_len, 1);
}

/* What leaves the engine for net. */
static void
look_at_frame(const uint8_t *p, size_t len)
{
	int gcm = w.e.mode == MODE_GCM;

	if (captured)
		return;
	w.used++;
	assert(w.used <= CREDIT_WINDOW);
	if (gcm && w.salted == 0) {
		assert(len == GCM_SALT);
		return;
	}
	/* Never an empty frame, and in gcm nothing in the first second. */
	assert(len > 4 && len <= 4 + FRAME_IN_MAX);
	assert((p[0] << 24 | p[1] << 16 | p[2] << 8 | p[3]) == (int)len - 4);
	if (!gcm)
		return;
	assert(w.e.now >= w.salted + QUIET);
	if (len == 4 + GCM_REKEY_LEN &&
	    memcmp(p + 4, GCM_REKEY, sizeof GCM_REKEY - 1) == 0)
		w.since_rekey = 0;
	else
		assert(++w.since_rekey <= REKEY_AFTER);
}

static void
on_send(void *ctx, enum ipc_link_id link, unsigned type, const void *head,
    size_t head_len, const void *body, size_t len)
{
	const struct ipc_row *row = ipc_row(type);

	(void)ctx;
	(void)head;
	assert(row != NULL && row->links & ON(link) &&
	       head_len + len >= row->min && head_len + len <= row->max);
	/* The front end may still be answered. */
	assert(!w.ended || link == LINK_UI_CRYPTO);
	if (type == IPC_FRAME_OUT)
		look_at_frame(body, len);
	else if (type == IPC_CONN_PROMOTE)
		w.salted = w.e.now;
	else if (type == IPC_CRYPTO_END)
		w.ended = 1;
	if (type != IPC_TEXT)
		return;
	w.texts++;
	if (captured)
		return;
	/* Nothing is shown but what was sealed under a key of the chat. */
	assert(w.texts - w.e.shown <= WINDOW_MSGS);
	assert(memmem(in, w.said, body, len) != NULL);
}

static void
bring(enum ipc_link_id link, unsigned type, const void *body, size_t len)
{
	const struct ipc_link l = {.fd = -1, .id = link, .self = ROLE_CRYPTO};
	const struct ipc_msg m = {(uint16_t)type, body, len, -1};

	legacy_on_message(&w.e, &l, &m);
}

void
fatal(const char *fmt, ...)
{
	(void)fmt;
	assert(captured);
	longjmp(end, 1);
}

/* Time passes, and the rest of a round. */
static void
tick(uint64_t ms)
{
	w.e.now += ms;
	w.e.utc += ms;
	legacy_tick(&w.e);
}

static void
put_number(unsigned type, enum ipc_link_id link, uint32_t conn, uint64_t n)
{
	uint8_t body[12];
	struct writer wr;

	writer_init(&wr, body, sizeof body);
	if (conn != 0)
		put_u32(&wr, conn);
	if (type == IPC_UI_SHOWN)
		put_u64(&wr, n);
	else if (type == IPC_CREDIT)
		put_u32(&wr, (uint32_t)n);
	else
		put_u8(&wr, (uint8_t)n);
	bring(link, type, body, wr.len);
}

static void
show_all(void)
{
	put_number(IPC_UI_SHOWN, LINK_UI_CRYPTO, 0, w.texts);
}

static void
frame_in(const uint8_t *p, size_t len)
{
	static uint8_t body[4 + FRAME_IN_MAX];

	/* Net waits for as long as it is not read. */
	for (int i = 0; !legacy_reads_net(&w.e); i++) {
		assert(i < 50);
		show_all();
		tick(DERIVE_EVERY);
	}
	if (!w.e.live)
		len = GCM_SALT;
	memset(body, 0, 4);
	body[3] = 1;
	memcpy(body + 4, p, len);
	bring(LINK_CRYPTO_NET, IPC_FRAME_IN, body, 4 + len);
}

/* Characters of one byte, or for what comes seldom of two. */
static void
fill(uint8_t *p, size_t len, uint8_t what, uint8_t n)
{
	memset(p, 'a' + n % 26, len);
	for (size_t i = 0; what >= 120 && i + 1 < len; i += 2)
		memcpy(p + i, "\xc3\xa9", 2);
}

/* A good frame of the peer's, under one of the keys that it may have. */
static void
good_frame(size_t which, size_t len)
{
	static const uint8_t iv[16];
	struct keyring *ring = &w.keys.ring;
	size_t n;

	if (w.e.state != ENGINE_SERVING || !w.e.live)
		return;
	if (w.e.mode == MODE_FERNET)
		len = MIN(len, (size_t)FERNET_TEXT);
	w.said = len;
	n = w.e.mode == MODE_FERNET
		? fernet_seal(out, &w.keys.fernet, 1, iv, in, len)
		: gcm_seal(out, &ring->key[which % ring->n], iv, in, len);
	frame_in(out, n);
}

/* Any message that the table allows, with any body. */
static size_t
sibling(uint8_t n, const uint8_t *p, size_t size)
{
	static const enum ipc_link_id links[] = {
	    LINK_SUPER_CRYPTO, LINK_UI_CRYPTO, LINK_CRYPTO_NET};
	enum ipc_link_id link = links[n % ARRAY_LEN(links)];
	static uint8_t body[IPC_BODY_MAX];
	const struct ipc_row *row;
	size_t len, want;

	if (size < 4)
		return size;
	row = &ipc_rows[p[0] % ipc_rows_len];
	want = (size_t)(p[1] << 8 | p[2]);
	len = MIN((size_t)p[3], size - 4);
	if (!(row->links & ON(link)) || row->from == ROLE_CRYPTO || row->fd ||
	    row->links & ON(LINK_CRYPTO_FILE))
		return 4 + len;
	captured = 1;
	want = MIN(MAX(MAX(len, want), row->min), row->max);
	memset(body, 'x', sizeof body);
	memcpy(body, p + 4, MIN(len, want));
	bring(link, row->type, body, want);
	return 4 + len;
}

static void
open_conn(uint8_t id)
{
	static const uint8_t rest[] = {0, 0, 1, 'a'};
	uint8_t body[8] = {0, 0, 0, id};

	memcpy(body + 4, rest, sizeof rest);
	bring(LINK_CRYPTO_NET, IPC_CONN_OPEN, body, sizeof body);
}

static void
start(uint8_t role, uint8_t mode)
{
	static const char file[] =
	    "cw_0x689RpI-jtRR7oE8h_eQsKImvJapLeSbXpwF4e4=";
	uint8_t body[14] = {role, mode, SUITE_1,
	    mode == MODE_GCM ? SECRET_PASSPHRASE : SECRET_KEYFILE};

	memset(&w, 0, sizeof w);
	legacy_init(&w.e, &w.keys, &w.q, on_send, NULL);
	w.e.now = w.began = 1000000;
	bring(LINK_SUPER_CRYPTO, IPC_CRYPTO_START, body, sizeof body);
	if (mode == MODE_GCM)
		bring(LINK_SUPER_CRYPTO, IPC_READ_SECRET, NULL, 0);
	legacy_secret_bytes(&w.e, (const uint8_t *)file, sizeof file - 1);
	legacy_secret_bytes(&w.e, NULL, 0);
	assert(w.e.state == ENGINE_SERVING);
	open_conn(1);
}

/* One thing that happens, told by two bytes and, for some, more. */
static size_t
happen(uint8_t what, uint8_t n, const uint8_t *p, size_t size)
{
	static const unsigned asks[] = {
	    IPC_UI_STATUS, IPC_UI_REKEY, IPC_UI_VERIFY};
	uint8_t rekey[GCM_REKEY_LEN] = GCM_REKEY;
	size_t len = MIN(size, (size_t)n);

	switch (what % 12) {
	case 0: /* a frame of any bytes */
		if (w.e.conn != 0)
			frame_in(p, w.e.live ? len : GCM_SALT);
		return w.e.live ? len : 0;
	case 1:
	case 2:
		memcpy(in, p, len);
		good_frame(what / 12, len);
		return len;
	case 3: /* a long one */
		fill(in, GCM_TEXT, what, n);
		good_frame(what / 12, MIN(n * 257u, (unsigned)GCM_TEXT));
		return 0;
	case 4: /* new keys, perhaps of another length */
		memset(rekey + sizeof GCM_REKEY - 1, n, GCM_SALT);
		if (w.e.conn != 0 && w.e.live)
			frame_in(rekey, n < 250 ? sizeof rekey : n % 25u);
		return 0;
	case 5: /* the front end keeps to its window, and to UTF-8 */
		fill(out, TEXT_MAX, what, what);
		len = (n < 200 ? n : n * 200u) & (what < 120 ? ~0u : ~1u);
		if (outbox_count(&w.q) < WINDOW_MSGS &&
		    len <= WINDOW_BYTES - w.q.bytes)
			bring(LINK_UI_CRYPTO, IPC_UI_SEND, out, len);
		return 0;
	case 6:
		show_all();
		return 0;
	case 7: /* net has written some */
		if (w.e.last_conn != 0) {
			len = MIN(w.used, (uint32_t)n);
			w.used -= (uint32_t)len;
			put_number(IPC_CREDIT, LINK_CRYPTO_NET, 1, len);
		}
		return 0;
	case 8:
		bring(LINK_UI_CRYPTO, asks[n % ARRAY_LEN(asks)], NULL, 0);
		return 0;
	case 9:
		w.e.ui_busy = n & 1;
		tick(n * 20u);
		return 0;
	case 10:
		if (n > 250)
			put_number(IPC_CRYPTO_CLOSE, LINK_SUPER_CRYPTO, 0, 0);
		return 0;
	default:
		if (n > 253)
			put_number(IPC_CONN_LOST, LINK_CRYPTO_NET, 1, n % 5);
		else if (n > 250 && w.e.last_conn < 200)
			open_conn((uint8_t)(w.e.last_conn + 1));
		else if (n > 200)
			return sibling(n, p, size);
		return 0;
	}
}

/* CRYPTO_START and the secret, which is all that there is, in pieces. */
static void
as_secret(const uint8_t *p, size_t size)
{
	memset(&w, 0, sizeof w);
	legacy_init(&w.e, &w.keys, &w.q, on_send, NULL);
	captured = 1;
	if (size < 16 || setjmp(end) != 0)
		return;
	bring(LINK_SUPER_CRYPTO, IPC_CRYPTO_START, p + 1, 14);
	for (unsigned i = 0; i < (p[0] & 3u); i++)
		bring(LINK_SUPER_CRYPTO, IPC_READ_SECRET, NULL, 0);
	legacy_secret_bytes(&w.e, p + 15, (size - 15) / 2);
	legacy_secret_bytes(&w.e, p + 15 + (size - 15) / 2, (size - 14) / 2);
	legacy_secret_bytes(&w.e, NULL, 0);
	tick(0);
}

static void
live(uint8_t role, uint8_t mode, const uint8_t *p, size_t size)
{
	static const uint8_t zeros[sizeof(struct engine_keys)];

	start(role, mode);
	/* An unreadable salt has no form: what is not live gets 16 bytes. */
	while (size >= 2 + GCM_SALT) {
		size_t n = happen(p[0], p[1], p + 2, size - 2 - GCM_SALT);

		/* Net is not read: somebody or something ends that. */
		assert(legacy_reads_net(&w.e) || w.texts > w.e.shown ||
		       legacy_deadline(&w.e) != CLOCK_NEVER);
		/* More may come in the same round. */
		if (p[0] < 240)
			tick(0);
		p += 2 + n;
		size -= 2 + n;
		assert(legacy_deadline(&w.e) == CLOCK_NEVER ||
		       w.e.state == ENGINE_SERVING);
	}
	if (captured)
		return;
	/* Eight at once, then one in so long; the first key is none of them. */
	assert(w.derived <=
	       1 + DERIVE_BURST + (w.e.now - w.began) / DERIVE_EVERY + 1);
	put_number(IPC_CRYPTO_CLOSE, LINK_SUPER_CRYPTO, 0, 0);
	tick(CLOSE_WAIT);
	assert(w.ended && w.e.state == ENGINE_OVER);
	assert(memcmp(&w.keys, zeros, sizeof zeros) == 0);
}

static void
as_engine(uint8_t role, uint8_t mode, const uint8_t *p, size_t size)
{
	if (setjmp(end) == 0)
		live(role, mode, p, size);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const uint8_t iv[16];
	static int ready;
	struct fernet_key f = {{0}, {0}};
	struct gcm_key g = {{0}};
	uint8_t *text;
	int n;

	if (!ready)
		assert(lib_prepare() == 0);
	ready = 1;
	if (size < 2 || size > FRAME_IN_MAX)
		return 0;
	captured = 0;
	memcpy(in, data + 1, size - 1);
	if (data[0] >= 250) {
		as_secret(data + 1, size - 1);
		return 0;
	}
	switch (data[0] % 10) {
	case 0:
		as_base64(size - 1);
		break;
	case 1:
		n = gcm_passphrase(in, size - 1);
		assert(n <= (int)size - 1);
		break;
	case 2:
		(void)fernet_key_parse(&f, in, size - 1);
		break;
	case 3: /* nobody can make one for a key that is not known */
		n = fernet_open(in, size - 1, &f, &text);
		assert(n < (int)size);
		break;
	case 4:
		n = gcm_open(out, &g, in, size - 1);
		assert(n < (int)size);
		break;
	case 5:
		as_text(iv, size - 1);
		break;
	default:
		as_engine(data[0] % 2 ? PEER_HOST : PEER_JOINER,
		    data[0] % 10 < 8 ? MODE_GCM : MODE_FERNET, data + 1,
		    size - 1);
	}
	return 0;
}
