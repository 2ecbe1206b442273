/*
 * What the two programs that hold a chat's secrets do alike: secchat-crypto
 * and secchat-crypto-legacy, which takes its place.  Memory for keys, texts
 * that wait, how a secret is read, the messages about all this, and the loop
 * that connects an engine to its links.  No algorithm is in here, so that
 * each of the two links the library of its own algorithms and no other.
 */
#ifndef SECCHAT_VAULT_H
#define SECCHAT_VAULT_H

#include <stddef.h>
#include <stdint.h>

#include "ipc.h"
#include "limits.h"

/* ---- arena.c: memory for keys ---- */

/*
 * Where the kernel has memfd_secret, pages that it cannot itself read on
 * behalf of others: not through ptrace's peek, /proc/PID/mem or
 * process_vm_readv, not even for root, and not into a core dump.  Else what
 * the caller's library has: locked, between guard pages, left out of dumps.
 * Neither helps against root who runs code inside the process.
 */

/* sodium_malloc or its like: locked memory that ends at a guard page. */
typedef void *arena_locked_fn(size_t size);

/*
 * size bytes of zeros, aligned for any type, for as long as the process
 * lives; no child inherits memfd_secret pages.  *kind says what it is, one of
 * KEYMEM_*.  NULL when there is no memory at all.  Call before jail_enter:
 * the system calls are not allowed afterwards, and a file size limit of 0
 * would kill.
 */
void *arena_new(size_t size, uint8_t *kind, arena_locked_fn *locked);

/* Erase it.  It stays mapped, so a late reader finds zeros and not a fault. */
void arena_wipe(void *p, size_t size);

/* ---- outbox.c: what is numbered, on its way out ---- */

/* clang-format off */
enum {
	OUTBOX_NOTES     = 64,                  /* beside the texts          */
	OUTBOX_NOTE_LEN  = 268,                 /* an offer with its name    */
	OUTBOX_SLOTS     = WINDOW_MSGS + OUTBOX_NOTES,
};
/* clang-format on */

/*
 * Texts that have been accepted from the front end and are not done with (by
 * the peer's acknowledgement, or where there is none by net's taking them): at
 * most WINDOW_MSGS of them and WINDOW_BYTES in all.  Between them notes of
 * crypto's own, short and few, which are confirmed in the same way: those
 * about files.  All are numbered 1, 2, ... (mseq) for as long as the session
 * lives, over however many connections; the texts are counted by themselves,
 * since the front end knows of no others.  Plaintext lives here and nowhere
 * else on its way out; what is done with is wiped.
 */
struct outbox {
	uint64_t first;      /* mseq of the oldest in it */
	uint64_t next;       /* mseq the next one will get */
	uint64_t texts;      /* how many texts there have been */
	uint64_t texts_done; /* and how many of them are done with */
	uint32_t notes;      /* that are in it */
	size_t head, bytes;  /* ring of their bytes */
	size_t note_bytes;   /* of them, those of notes */
	struct outbox_slot {
		uint32_t at, len; /* where */
		uint8_t note;     /* a note's type, 0: a text */
		uint64_t nth;     /* a text: the how manieth */
	} slot[OUTBOX_SLOTS];     /* by mseq modulo OUTBOX_SLOTS */
	uint8_t ring[WINDOW_BYTES + OUTBOX_NOTES * OUTBOX_NOTE_LEN];
};

void outbox_init(struct outbox *o);

/* Append a text.  0, or -ERR_TOO_LONG when the window has no room for it. */
int outbox_put(struct outbox *o, const uint8_t *text, size_t len);

/*
 * Append a note of that type, at most OUTBOX_NOTE_LEN bytes.  0, or
 * -ERR_TOO_LONG when there are OUTBOX_NOTES already.
 */
int outbox_put_note(
    struct outbox *o, uint8_t type, const uint8_t *p, size_t len);

/* What mseq is (it must be in it): a note's type, or 0 for a text, which is
 * the *nth one. */
uint8_t outbox_type(const struct outbox *o, uint64_t mseq, uint64_t *nth);

/* Copy mseq (which must be in it) out; returns its length. */
size_t outbox_get(const struct outbox *o, uint64_t mseq, uint8_t *out);

/* Everything up to and with mseq is done with: wipe and forget it. */
void outbox_ack(struct outbox *o, uint64_t mseq);

/* How many texts are in it. */
uint32_t outbox_count(const struct outbox *o);

void outbox_wipe(struct outbox *o);

/* ---- say.c: messages ---- */

/* Where an engine's messages go: the same arguments as ipc_send2. */
typedef void vault_send_fn(void *ctx, enum ipc_link_id link, unsigned type,
    const void *head, size_t head_len, const void *body, size_t len);

/* What CRYPTO_INFO tells before the intro is shown. */
struct vault_info {
	uint32_t caps;      /* CAP_* */
	uint8_t key_memory; /* KEYMEM_* */
	uint8_t has_key;    /* the two fingerprints below are of a key */
	uint8_t sha256[32];
	uint8_t old[8];      /* the form of the older programs */
	const char *library; /* its version, or "" */
};

/* Send it. */
void vault_say_info(
    vault_send_fn *send, void *ctx, const struct vault_info *info);

/* SECRET_READ: error 0 or ERR_* (of either sign); warnings WARN_*. */
void vault_say_read(
    vault_send_fn *send, void *ctx, int error, uint8_t warnings);

/* CONN_CLOSE; failed: whoever called did not know the secret. */
void vault_say_conn_close(
    vault_send_fn *send, void *ctx, uint32_t conn, int failed);

/* EXPECT: how net cuts from now on, FRAMING_*; any length up to max. */
void vault_say_expect(vault_send_fn *send, void *ctx, uint32_t conn,
    uint8_t framing, uint32_t max);

/* STATUS: what UI_STATUS asked for; link LINKEV_*, rtt_ms or ~0. */
void vault_say_status(vault_send_fn *send, void *ctx, uint8_t link,
    uint8_t mode, uint32_t epoch, uint32_t undelivered, uint32_t rtt_ms);

/*
 * CRYPTO_END: over for good, with error 0 or ERR_* and so many texts that
 * nobody has got.  left: the other person went, which the front end is told.
 */
void vault_say_end(
    vault_send_fn *send, void *ctx, int error, uint32_t undelivered, int left);

/* ---- gather.c: a secret's bytes ---- */

/*
 * Take n bytes of a secret (0: end of input) from the source SECRET_* into
 * line, which holds SECRET_LINE_MAX + 1 and *len so far.  1 when it is all
 * there: a key file as far as it goes, a line without its end.  What is too
 * long fills the line, and is for the caller to refuse.
 */
int vault_gather(
    uint8_t *line, size_t *len, uint8_t source, const uint8_t *p, size_t n);

/* ---- loop.c ---- */

/* One link: its descriptor, messages served before others get their turn, and
 * room for what its socket does not take at once. */
struct vault_port {
	enum ipc_link_id id;
	int fd;
	unsigned batch;
	void *queue;
	size_t queue_len;
};

/* The engine, as its loop sees it.  ctx is vault's. */
struct vault_engine {
	/* The time in ms, before anything of a round is served. */
	void (*set_time)(void *ctx, uint64_t now);

	/* Whether a link may be read now. */
	int (*reads)(const void *ctx, enum ipc_link_id id);

	/* One message, already checked against the message table. */
	void (*on_message)(
	    void *ctx, const struct ipc_link *l, const struct ipc_msg *m);

	/* Bytes of the secret; whether they are wanted; whether a key file is
	 * read at one go; whether FD_SECRET has served its purpose. */
	void (*secret_bytes)(void *ctx, const uint8_t *p, size_t len);
	int (*secret_wanted)(const void *ctx);
	int (*secret_is_file)(const void *ctx);
	int (*secret_finished)(const void *ctx);

	/* Everything has been served: send what can be sent, and timers. */
	void (*tick)(void *ctx);
	uint64_t (*deadline)(const void *ctx);
};

#define VAULT_LINKS 8

struct vault {
	const struct vault_engine *engine;
	void *ctx;
	struct ipc_link link[VAULT_LINKS];
	unsigned batch[VAULT_LINKS];
	size_t len;
	int secret_fd;
	uint8_t record[IPC_RECORD_MAX + 1];
};

/*
 * Open the ports, which are served in their order; the supervisor's is the
 * last.  READY is for the caller to send.  The queues stay the caller's.
 */
void vault_init(struct vault *v, const struct vault_engine *engine, void *ctx,
    const struct vault_port *ports, size_t n);

/* The link of that name; it must be one of the ports. */
struct ipc_link *vault_link(struct vault *v, enum ipc_link_id id);

/* A vault_send_fn, with the vault as ctx: to the link, if it is still there. */
void vault_send(void *ctx, enum ipc_link_id id, unsigned type, const void *head,
    size_t head_len, const void *body, size_t len);

/* Serve until the supervisor closes its end.  No call blocks but poll. */
void vault_serve(struct vault *v);

#endif
