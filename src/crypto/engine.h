/*
 * The crypto worker without its descriptors: what the three links bring in
 * goes through engine_on_message, what goes out leaves through one function
 * pointer, time and randomness are handed in.  The program connects it to
 * real sockets (worker.c); tests and simulations connect two of them to each
 * other under a clock of their own.
 *
 *   secret.c   reads the secret, or makes the one-time code
 *   door.c     connections that are not yet a chat: handshakes, refusals,
 *              the count of failed attempts
 *   trial.c    the one whose handshake has finished, until its OPEN
 *   resume.c   what a session that lost its connection goes on with
 *   session.c  the one chat: frames in; beside it what opens it, what is
 *              asked of it, its timers, and session_out.c, frames out
 *   bulk.c     files: what is offered and how it stands; beside it
 *              bulk_peer.c, what the peer says of them, and bulk_move.c,
 *              their bytes
 *
 * What the peer has not confirmed waits in the outbox (secchat/vault.h).
 * Every key lies in struct engine_keys, which the worker puts into its key
 * arena.  docs/protocol.md is the specification.
 */
#ifndef SECCHAT_CRYPTO_ENGINE_H
#define SECCHAT_CRYPTO_ENGINE_H

#include "bulk.h"
#include "secchat/ipc.h"
#include "secchat/noise.h"
#include "secchat/vault.h"

/* Which messages are legal when: the receiver's states. */
enum engine_state {
	ENGINE_START,   /* nothing but CRYPTO_START */
	ENGINE_SECRET,  /* waiting for READ_SECRET, or for the line */
	ENGINE_SERVING, /* the secret is there: waiting or chatting */
	ENGINE_OVER,    /* CRYPTO_END was sent; everything is wiped */
};

/* The chat's own states. */
enum session_state {
	SESSION_NONE,      /* no peer's OPEN has verified */
	SESSION_SUSPENDED, /* it has lost its connection */
	SESSION_LIVE,
	SESSION_CLOSING, /* we have sent CLOSE, or are about to */
	SESSION_LEFT,    /* the peer's CLOSE was verified */
};

/* A remembered person, as the supervisor told us. */
struct known_peer {
	uint8_t flags; /* PEER_* */
	uint8_t pk[32];
	char name[NAME_MAX_LOCAL + 1];
};

/* Whose key somebody has proved. */
struct who {
	int peer;       /* index in known[], or -1 */
	uint8_t is_new; /* to be remembered after its OPEN */
	uint8_t pk[32];
};

/* A connection in its handshake. */
struct door_conn {
	uint32_t id;     /* 0: free */
	uint8_t heard;   /* HELLO_J has been judged */
	uint8_t limited; /* its address has failed too often */
	uint8_t resume;  /* it goes on with a session: never counted */
	uint8_t written; /* handshake messages we have sent */
	struct who who;
	char addr[ADDR_TEXT_MAX + 1];
};

/* The connection whose handshake has finished and whose OPEN has not come. */
struct trial {
	uint32_t conn;    /* 0: none */
	uint32_t session; /* that it goes on with, or the number of a new one */
	uint32_t credit;
	uint64_t ack;     /* that our OPEN carried */
	uint64_t give_up; /* when it counts as lost */
	char addr[ADDR_TEXT_MAX + 1];
};

/* The keys of a connection. */
struct conn_keys {
	struct hs_result result;
	struct chain tx, rx;
	struct epoch cur, next; /* next: between REKEY and SWITCH */
	struct noise_keypair x; /* of our REKEY that is out */
	uint8_t peer_x[32];
	char sas[13];
};

/* All secrets, in one place that the worker allocates. */
struct engine_keys {
	struct hs_secret secret;
	struct hs hs[NET_CONNS];
	struct conn_keys live, trial;
	struct resume_set resume;
	uint8_t line[SECRET_LINE_MAX + 1];
};

struct session {
	enum session_state state;
	uint32_t no;   /* which of this engine's, from 1 */
	uint32_t conn; /* 0: none */
	char addr[ADDR_TEXT_MAX + 1];
	uint32_t credit; /* frames net will take */
	uint32_t bulk;   /* frames of files that may still be asked for */
	/*
	 * Another connection goes on with the session and has not opened:
	 * this one is neither read nor written any more.
	 */
	uint8_t paused;

	/* what is to be sent, besides texts */
	uint8_t pong_due, ping_due, ack_due, close_due, close_ack_due;
	uint64_t pong_value;

	/* numbers; see "Acknowledgement" */
	uint64_t sent;                /* highest mseq ever transmitted */
	uint64_t next_out;            /* mseq of the next MSG */
	uint64_t acked;               /* highest ack the peer has written */
	uint64_t received;            /* highest contiguous mseq received */
	uint64_t shown;               /* highest that is confirmed here */
	uint64_t ack_written;         /* last ack we have put in a frame */
	uint64_t texts_in;            /* texts among those received */
	uint64_t texts_ok;            /* that the front end confirmed */
	uint64_t told;                /* texts the last DELIVERED named */
	size_t untold;                /* bytes of texts that it did not */
	uint64_t texts_shown;         /* texts among those confirmed here */
	uint32_t in_len[WINDOW_MSGS]; /* unconfirmed ones, by mseq: a text's
					 length, or IN_NOTE */
	size_t in_bytes;

	/* time */
	uint64_t last_rx;
	uint64_t waiting_since; /* something outstanding, or NEVER */
	uint64_t ack_at;        /* when an ACK is due, or NEVER */
	uint64_t tell_at;       /* no DELIVERED before, of few texts */
	uint64_t ping_sent;     /* when, or NEVER: none outstanding */
	uint64_t ping_value;
	uint64_t close_at;      /* when closing gives up, or NEVER */
	uint64_t busy_probe_at; /* no BUSY probe before */
	uint32_t rtt_ms;

	uint8_t close_sent, close_acked, close_ack_sent;
	uint8_t peer_closed;
	uint8_t close_reason; /* CLOSE_*, of our CLOSE */
	int end_error;        /* what closing ends with */

	/* rekey; see "Ratchet" */
	uint8_t rekey_due, rekey_sent, rekey_got, switch_due, switch_sent,
	    switch_got;
	uint8_t rekey_why;    /* REKEY_WHY_* */
	uint32_t epoch_msgs;  /* MSG frames of both directions */
	uint64_t epoch_bytes; /* frames of both directions */
	uint64_t epoch_since;
	uint64_t rekey_at; /* when an unanswered REKEY gives up */

	uint8_t verified;    /* digits compared, or known as such */
	uint8_t verify_left; /* tries */
	struct who who;
};

/* in_len: it is about a file, and confirmed without the front end. */
#define IN_NOTE UINT32_MAX

/* Why a CLOSE was sent; the peer's person is told. */
enum {
	CLOSE_LEAVING = 0,
	CLOSE_DIGITS_WRONG = 1
};

struct engine {
	enum engine_state state;
	uint8_t role, mode, suite, source; /* CRYPTO_START */
	uint8_t start_flags;
	char own_name[NAME_MAX_LOCAL + 1];
	uint64_t now; /* set before every call */
	struct engine_keys *keys;
	struct random_source rnd;
	vault_send_fn *send;
	void *send_ctx;
	uint8_t key_memory;            /* KEYMEM_*, for CRYPTO_INFO */
	uint32_t rekey_msgs, rekey_ms; /* when to rekey by itself */

	size_t line_len; /* of keys->line */
	uint8_t reading; /* a line or key file is wanted */
	uint8_t reading_identity;

	struct known_peer known[PEERS_MAX];
	size_t known_len;

	struct door_conn conns[NET_CONNS];
	uint32_t last_conn; /* highest id seen */
	uint32_t failures;

	/*
	 * News of which only the latest counts.  While something waits in the
	 * queue to their reader (the owner of the links says so before each
	 * call) they wait too, so that no peer and no stranger can fill it.
	 */
	uint8_t ui_busy, super_busy;
	/* Likewise: no room for what one record of net may bring of files. */
	uint8_t file_full;
	uint8_t wire_on; /* the front end shows what is sealed */
	uint8_t attempt_for_ui, attempt_for_super, rekeyed_for_ui;

	struct session s;
	struct files files;
	struct trial t;
	uint32_t sessions;    /* how many there have been */
	struct who newcomer;  /* whose session has not opened yet */
	uint64_t lost_at;     /* no connection since, or CLOCK_NEVER */
	uint8_t called_anew;  /* a joiner's second full handshake */
	uint8_t ui_behind;    /* RESTARTED is not answered yet */
	uint32_t unconfirmed; /* texts of sessions that are over */
	struct outbox *out;
	uint8_t *plain; /* FRAME_PLAIN_MAX */
	uint8_t *wire;  /* FRAME_WIRE_MAX */
};

/*
 * Prepare an engine.  keys, out and the two buffers stay the caller's and
 * must outlive it; all else is filled in by messages.
 */
void engine_init(struct engine *e, struct engine_keys *keys, struct outbox *out,
    uint8_t *plain, uint8_t *wire, struct random_source rnd,
    vault_send_fn *send, void *send_ctx);

/*
 * One message that came on a link, already checked against the message
 * table.  fatal() when it is not legal in the present state.
 */
void engine_on_message(
    struct engine *e, const struct ipc_link *l, const struct ipc_msg *m);

/* Whatever can be sent now is sent; timers that have run out are served. */
void engine_tick(struct engine *e);

/* When engine_tick must be called next, or CLOCK_NEVER. */
uint64_t engine_deadline(const struct engine *e);

/* ---- secret.c ---- */

/*
 * Bytes of the secret (len 0: end of input).  Takes what it needs and clears
 * e->reading when it has all: SECRET_READ, or for a key file CRYPTO_INFO, has
 * then been sent.
 */
void engine_secret_bytes(struct engine *e, const uint8_t *p, size_t len);

/* The same for the identity file on FD_IDENTITY. */
void engine_identity_bytes(struct engine *e, const uint8_t *p, size_t len);

/* A new one-time code: derive it, show it. */
void secret_make_code(struct engine *e);

/* The handlers of CRYPTO_START and READ_SECRET. */
void secret_on_start(void *ctx, struct reader *r, int fd);
void secret_on_read(void *ctx, struct reader *r, int fd);

/* ---- door.c ---- */

/* CONN_OPEN: a stranger, or the connection a joiner dialled. */
void door_on_open(void *ctx, struct reader *r, int fd);

/* A record of a connection that is not the session's.  Unknown numbers are
 * those of connections given up: ignored. */
void door_frame(struct engine *e, uint32_t conn, const uint8_t *p, size_t len);
void door_lost(struct engine *e, uint32_t conn, uint8_t why);

/* Close every connection that is still at the door. */
void door_close_all(struct engine *e);

/* ---- trial.c ("Resume") ---- */

/*
 * The handshake of c has finished and e->keys->trial.result is filled.  OPEN
 * is sent.
 */
void trial_begin(struct engine *e, const struct door_conn *c);

/* What its connection brings, and its end. */
void trial_frame(struct engine *e, const uint8_t *ct, size_t len);
void trial_lost(struct engine *e, uint8_t why);

/* Close it and forget its keys; nobody is told. */
void trial_drop(struct engine *e);

/* Serve its timer; the timer's next moment. */
void trial_tick(struct engine *e);
uint64_t trial_deadline(const struct engine *e);

/* ---- resume.c ("Resume") ---- */

/* Of this session hold what a and b (or NULL) left, and nothing else. */
void resume_hold(struct engine *e, uint32_t session, const struct epoch *a,
    const struct epoch *b);

/* Of this session hold the secret named `used`, and what a left. */
void resume_accept(struct engine *e, uint32_t session, const struct epoch *a,
    const uint8_t used[RID_LEN]);

/* Forget all other sessions than this one (0: and this one). */
void resume_only(struct engine *e, uint32_t session);

/*
 * No connection any more, for the reason LOST_*: the session waits for
 * another one.  Nothing when it waits already.
 */
void resume_suspend(struct engine *e, uint8_t why);

/* A joiner's call came to nothing, for the reason ERR_*: call again. */
void resume_retry(struct engine *e, int err);

/* There is a connection again. */
void resume_over(struct engine *e);

/* When waiting is over, and what happens then. */
uint64_t resume_deadline(const struct engine *e);
void resume_tick(struct engine *e);

/* ---- session.c, session_open.c, _asked.c, _time.c, _out.c ---- */

/* The trial's OPEN has verified: its connection is the session's now. */
int session_open(struct engine *e, const struct frame *f);

/* What the session's connection brings, and its end for the reason LOST_*. */
void session_frame(struct engine *e, const uint8_t *ct, size_t len);
void session_lost(struct engine *e, uint8_t why);

/*
 * "ack = highest contiguous mseq the front end confirmed": never above what
 * was sent, never going back.  0 or -ERR_VIOLATION.
 */
int session_take_ack(struct engine *e, uint64_t ack);

/* DELIVERED to the front end, if there is news; when it must be, or NEVER. */
void session_tell(struct engine *e);
uint64_t session_tell_at(const struct engine *e);

/* Whether the peer owes us anything; while it does, silence is a loss. */
int session_outstanding(const struct engine *e);

/* Confirm, in their order, what was shown and what needs no showing. */
void session_confirm(struct engine *e);

/* Seal a piece of a file at once; body is that of FILE_DATA. */
void session_send_piece(struct engine *e, const uint8_t *body, size_t len);

/* Close the connection ourselves: it is dead, or cannot be trusted. */
void session_drop(struct engine *e, uint8_t why);
void session_on_send(void *ctx, struct reader *r, int fd);
void session_on_shown(void *ctx, struct reader *r, int fd);
void session_on_rekey(void *ctx, struct reader *r, int fd);
void session_on_status(void *ctx, struct reader *r, int fd);
void session_on_wire(void *ctx, struct reader *r, int fd);
void session_on_close(void *ctx, struct reader *r, int fd);
void session_on_restarted(void *ctx, struct reader *r, int fd);

/* A CLOSE whose answer is not waited for, so that the peer does not wait for
 * somebody who will not come back. */
void session_say_goodbye(struct engine *e);

/* Ask the peer for a sign of life, at most every BUSY_PING_EVERY. */
void session_probe(struct engine *e);

/* Leave in order, and end with that error (ERR_NONE: none). */
void session_leave(struct engine *e, uint8_t reason, int error);

/* Send what is due and what the credit allows. */
void session_pump(struct engine *e);

/* Put the trial's OPEN into e->plain; its length. */
size_t session_put_open(struct engine *e);

/* Tell net how frames are cut from now on, and which lengths there are. */
void session_expect(struct engine *e, uint32_t conn);

/* Serve timers; their next moment. */
void session_tick(struct engine *e);
uint64_t session_deadline(const struct engine *e);

/*
 * The session is over for good: error 0 or ERR_*, left when the peer said
 * CLOSE.  Closes the connection, sends CRYPTO_END, wipes every secret.
 */
void session_end(struct engine *e, int error, int left);

/* ---- peers.c ("Identities") ---- */

/* Whether a mode has identities. */
int mode_has_identity(uint8_t mode);

/* PEER_KNOWN: somebody to be remembered. */
void peers_on_known(void *ctx, struct reader *r, int fd);

/*
 * The key that the peer has just proved: 0 when it may come in, with *who
 * filled, or -ERR_PEER_*.  The supervisor is told of whoever may not.
 */
int peers_check(struct engine *e, struct who *who, const uint8_t pk[32]);

/*
 * After the peer's OPEN: a new one that claims the name of somebody else is
 * -ERR_PEER_CHANGED; otherwise front end and supervisor are told who it is.
 */
int peers_met(struct engine *e, const char *claimed);

/* The digits were right: the supervisor remembers it. */
void peers_verified(struct engine *e);

/* ---- verify.c ("Verification") ---- */

/* UI_VERIFY: show our digits, or compare the typed ones. */
void verify_on_ui(void *ctx, struct reader *r, int fd);

/* ---- rekey.c ("Ratchet") ---- */

/* Epoch 0 from k->result, which keeps only what verification needs. */
void rekey_first(const struct engine *e, struct conn_keys *k);

/* The session's connection is new: nothing of the last one's counts. */
void rekey_begin(struct engine *e);

/* Ask for new keys, for a REKEY_WHY_* reason; no-op while one is under way. */
void rekey_want(struct engine *e, uint8_t why);

/* A frame of so many bytes went by, a MSG or another. */
void rekey_count(struct engine *e, size_t wire_len, int is_msg);

/* The handlers of REKEY and SWITCH: 0, or -ERR_VIOLATION, -ERR_AUTH. */
int rekey_on_rekey(struct engine *e, const struct frame *f);
int rekey_on_switch(struct engine *e, const struct frame *f);

/* Our X for REKEY{n+1}; what follows once both have been exchanged. */
int rekey_make(struct engine *e, struct rekey_body *out);

/* Our SWITCH has been sealed: the next frame uses the new chain. */
void rekey_switched(struct engine *e);

/* The time trigger and its deadline. */
void rekey_tick(struct engine *e);
uint64_t rekey_deadline(const struct engine *e);

/* ---- shared little things ---- */

/* Send a message with one body. */
void engine_send(struct engine *e, enum ipc_link_id link, unsigned type,
    const void *body, size_t len);

/* Tell the news that are due, to whoever has read what was before. */
void engine_news(struct engine *e);

/* A connection's number in a message of net's: one that it has announced. */
uint32_t engine_get_conn(struct engine *e, struct reader *r);

/* Tell net to close a connection. */
void engine_conn_close(struct engine *e, uint32_t conn, int failed);

#endif
