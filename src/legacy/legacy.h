/*
 * The crypto worker for the two older formats, without its descriptors: what
 * the three links bring in goes through legacy_on_message, what goes out
 * leaves through one function pointer, time and randomness are handed in.
 * It speaks the messages of secchat-crypto and stands in its place.
 *
 *   secret.c   reads the key file or the passphrase
 *   engine.c   the one connection: its beginning, frames in, the end
 *   out.c      texts that wait, frames out, what the front end is told
 *   keyring.c  gcm: which key is sent with, which are tried
 *   formats.h  the bytes; lib.h  the algorithms
 *
 * docs/legacy.md is the specification.
 */
#ifndef SECCHAT_SRC_LEGACY_LEGACY_H
#define SECCHAT_SRC_LEGACY_LEGACY_H

#include "formats.h"
#include "secchat/ipc.h"
#include "secchat/vault.h"

enum engine_state {
	ENGINE_START,   /* nothing but CRYPTO_START */
	ENGINE_SECRET,  /* waiting for the secret */
	ENGINE_SERVING, /* it is there: waiting or chatting */
	ENGINE_OVER,    /* CRYPTO_END was sent; everything is wiped */
};

/* Times in ms, and numbers of docs/legacy.md. */
enum {
	QUIET = 1000,       /* after the salt nothing is sent */
	REKEY_AFTER = 20,   /* texts since one's own last new keys */
	HOLD = 2000,        /* for the peer's new keys that are due */
	DERIVE_BURST = 8,   /* derivations at once, of 90 ms each, */
	DERIVE_EVERY = 200, /* then one in so long */
	KEY_WRONG = 3,      /* unreadable in a row: another secret */
	RECENT = 2000,      /* sent so shortly before new keys: a warning */
	REMARK_EVERY = 1000,
	/* Unshown texts with which net is not read any more: a frame may
	 * become two texts, and the front end holds WINDOW_MSGS. */
	FULL_MSGS = WINDOW_MSGS - 4,
	FULL_BYTES = WINDOW_BYTES - 2 * FRAME_IN_MAX,
};

/* ---- keyring.c ---- */

/* gcm's keys.  All of it lies in the arena. */
struct keyring {
	uint8_t pass[SECRET_LINE_MAX + 1];
	size_t pass_len;
	struct gcm_key key[GCM_KEYS]; /* newest first */
	size_t n;
	struct gcm_key send;
	struct gcm_key own;  /* of our last new keys */
	uint8_t unconfirmed; /* no frame has opened under own yet */
	uint8_t contested;   /* the peer's new keys crossed ours */
	uint8_t pending;     /* a salt of the peer's, not derived yet: */
	uint8_t take;        /* and its key is to be sent with */
	uint8_t salt[GCM_SALT];
};

/* The first key, from the salt that the listening side chose. */
void keyring_first(struct keyring *r, const uint8_t salt[GCM_SALT]);

/* The peer's new keys came: kept as a salt, since a flood of them must not
 * cost a derivation each. */
void keyring_received(struct keyring *r, const uint8_t salt[GCM_SALT]);

/* Derive what is pending.  90 ms when there is something. */
void keyring_settle(struct keyring *r);

/* New keys of our own: 90 ms.  From here on they are sent with. */
void keyring_renew(struct keyring *r, const uint8_t salt[GCM_SALT]);

/* Open with each key in turn, newest first; the text's length or as
 * gcm_open. */
int keyring_open(
    struct keyring *r, uint8_t *out, const uint8_t *frame, size_t len);

/* ---- out.c ---- */

/* All secrets, in one place that the worker allocates. */
struct engine_keys {
	struct fernet_key fernet;
	struct keyring ring;
	uint8_t line[SECRET_LINE_MAX + 1];
};

/* One kind of remark: how often since the last, and when that was told. */
struct remark {
	uint32_t count;
	uint64_t at;
};
#define REMARKS (ERR_LEGACY_ABSENT - ERR_LEGACY_SHORT + 1)

struct engine {
	enum engine_state state;
	uint8_t role, mode, source;
	uint8_t key_memory;
	uint64_t now, utc; /* ms; set before every call */
	struct engine_keys *keys;
	vault_send_fn *send;
	void *send_ctx;

	size_t line_len;
	uint8_t reading;

	uint32_t conn, last_conn; /* 0: none */
	uint8_t live, closing;
	char addr[ADDR_TEXT_MAX + 1];
	uint32_t credit;
	uint64_t talk_at;  /* nothing is sent before */
	uint64_t close_at; /* when leaving gives up */

	/* gcm: counts since each side's own last new keys */
	uint32_t own_count, peer_count;
	uint64_t hold_until;
	uint8_t rekey_due, rekey_why;
	uint64_t sent_at; /* the last text; 0: none */
	uint32_t epoch;
	uint8_t rekeyed_for_ui;

	uint32_t derive_left;
	uint64_t derive_at; /* when the next is earned */
	uint8_t derived;    /* one in this round: the front end comes first */
	uint8_t again;      /* something may wait for the next round */

	uint32_t bad_row; /* unreadable since the last that was read */
	uint8_t ui_busy;
	struct remark remark[16];

	uint64_t received, shown; /* mseq of texts to the front end */
	uint32_t in_len[WINDOW_MSGS];
	size_t in_bytes;
	struct outbox *q; /* texts that net has not been given */
	uint8_t in[FRAME_IN_MAX], out[4 + FRAME_IN_MAX], text[TEXT_MAX];
};

/* Prepare an engine; keys (zeros) and q stay the caller's. */
void legacy_init(struct engine *e, struct engine_keys *keys, struct outbox *q,
    vault_send_fn *send, void *send_ctx);

/* One message of a link, already checked against the message table. */
void legacy_on_message(
    struct engine *e, const struct ipc_link *l, const struct ipc_msg *m);

/* Bytes of the secret (len 0: end of input); see e->reading. */
void legacy_secret_bytes(struct engine *e, const uint8_t *p, size_t len);

/* Send what can be sent; serve timers.  And when to call it again. */
void legacy_tick(struct engine *e);
uint64_t legacy_deadline(const struct engine *e);

/* Whether net's messages may be read now: not while the front end is full,
 * nor while a derivation has to be waited for. */
int legacy_reads_net(const struct engine *e);

/* ---- between its files ---- */

/* secret.c: the handlers of CRYPTO_START and READ_SECRET. */
void legacy_on_start(void *ctx, struct reader *r, int fd);

/* See legacy_on_start. */
void legacy_on_read(void *ctx, struct reader *r, int fd);

/* UI_SEND: a text waits its turn. */
void out_on_send(void *ctx, struct reader *r, int fd);

/* UI_SHOWN: room for more of theirs. */
void out_on_shown(void *ctx, struct reader *r, int fd);

/* UI_STATUS: the numbers, as far as these formats have them. */
void out_on_status(void *ctx, struct reader *r, int fd);

/* UI_REKEY: gcm's new keys; fernet has none. */
void out_on_rekey(void *ctx, struct reader *r, int fd);

/* What neither format has: a remark says so. */
void out_on_absent(void *ctx, struct reader *r, int fd);

/* One message with one body. */
void legacy_send(struct engine *e, enum ipc_link_id link, unsigned type,
    const void *body, size_t len);

/* ERR_*: over.  left: the other person went. */
void legacy_end(struct engine *e, int error, int left);

/* Everything that credit, hold and quiet allow. */
void out_pump(struct engine *e);
uint64_t out_deadline(const struct engine *e);

/* A frame's body as it is, behind its length if it has one. */
void out_frame(struct engine *e, const uint8_t *p, size_t len);

/* A text for the front end, in two parts when it is longer than it takes. */
void out_text(struct engine *e, const uint8_t *p, size_t len);

/* Count a remark; tell those that are due. */
void out_remark(struct engine *e, int error);
void out_news(struct engine *e);

/* A derivation may be made now: take it.  One a round, so that whoever types
 * waits for no more than that; of all that a peer can cause, so many a second.
 */
int derive_take(struct engine *e);

/* An arena_locked_fn without libsodium. */
void *legacy_locked(size_t size);

#endif
