/*
 * Files that are offered, moving or just over, as the crypto worker sees
 * them: numbers, offsets and credits.  It has neither their names (but while
 * an offer passes) nor their descriptors, and keeps none of their bytes.
 * docs/protocol.md, "Files".
 *
 * What is offered, accepted, stopped and ended is numbered like a text and
 * goes through the outbox.  Bytes are asked of secchat-file one piece at a
 * time, when net has room for the frame, and sealed as they come; so a text
 * that is typed meanwhile waits for BULK_WINDOW frames at the most.
 */
#ifndef SECCHAT_CRYPTO_BULK_H
#define SECCHAT_CRYPTO_BULK_H

#include "secchat/ipc.h"
#include "secchat/wire.h"

struct engine;

enum file_state {
	FILE_FREE,
	FILE_ASKED, /* offered, not accepted */
	FILE_OPEN,  /* accepted; what may move depends on the connection */
	FILE_OVER,  /* its end is on its way, or not told yet */
};

/* What the supervisor has to be told, when it has read what was before. */
struct file_news {
	uint8_t state; /* FILE_*, or 0: nothing */
	uint8_t why;
	uint8_t offered; /* and before that, that there is an offer */
	uint64_t next;   /* progress: not before */
};

/* One of ours. */
struct file_out {
	uint32_t fid;
	enum file_state state;
	uint8_t ready; /* the peer has accepted it on this connection */
	uint8_t dry;   /* secchat-file has no more of it */
	uint8_t due;   /* FILE_OFFER, _CANCEL or _END is to be queued */
	uint8_t why;   /* of the FILE_CANCEL */
	uint64_t size;
	uint64_t asked;  /* up to here secchat-file was asked */
	uint64_t sent;   /* up to here it was sealed */
	uint64_t acked;  /* up to here the peer has confirmed */
	uint64_t end_at; /* mseq of what ended it, or 0 */
	struct file_news news;
};

/* One of the peer's. */
struct file_in {
	uint32_t fid;
	enum file_state state;
	uint8_t accept_due, stop_due, ack_due;
	uint8_t kept; /* it is on the disk under its name */
	uint8_t why;  /* of the FILE_CANCEL */
	uint64_t size;
	uint64_t got;                /* up to here it has come */
	uint64_t stored;             /* up to here it is written */
	uint64_t acked;              /* up to here we have confirmed */
	uint64_t acked_time;         /* when */
	uint64_t accept_at;          /* mseq of the last FILE_ACCEPT, or 0 */
	uint8_t name_len, name[255]; /* until the supervisor was told */
	struct file_news news;
};

/* A piece that secchat-file was asked for. */
struct file_want {
	uint32_t fid, conn, len;
	uint64_t at;
};

/* clang-format off */
enum { FILE_WANTS = 2 * BULK_WINDOW, FILE_SIZES = 4 };
/* clang-format on */

struct files {
	struct file_out out[FILES_MAX];
	struct file_in in[FILES_MAX];
	uint32_t last_out, last_in; /* highest numbers so far */
	unsigned turn;              /* whose piece is next */
	struct file_want want[FILE_WANTS];
	unsigned want_first, wants;

	/* how large pieces are: as large as leave quickly */
	unsigned size, quick;
	uint64_t left_at[BULK_WINDOW]; /* when frames were handed to net */
	unsigned left_first, left;
};

/* ---- bulk.c  ---- */

/* The supervisor: offer one, take one, stop one, one is on the disk. */
void bulk_on_offer(void *ctx, struct reader *r, int fd);
void bulk_on_take(void *ctx, struct reader *r, int fd);
void bulk_on_stop(void *ctx, struct reader *r, int fd);
void bulk_on_kept(void *ctx, struct reader *r, int fd);

/* The session has a connection again; the peer has what is before rx_next. */
void bulk_resumed(struct engine *e, uint64_t rx_next);

/* It has none any more. */
void bulk_lost(struct engine *e);

/* The session is over, or another begins: so are all its files. */
void bulk_forget(struct engine *e);

/* Queue what is due, as far as there is room. */
void bulk_queue(struct engine *e);

/* Tell the supervisor. */
void bulk_news(struct engine *e);

/* When it is to be told of progress that was too early, or CLOCK_NEVER. */
uint64_t bulk_news_at(const struct engine *e);

/* Whether something was not told that the peer may believe to be known. */
int bulk_untold(const struct engine *e);

/* The number of unfinished bytes on their way to the peer. */
uint64_t bulk_in_flight(const struct files *f);

/* ---- bulk_peer.c: 0 or -ERR_VIOLATION ---- */

/* A numbered frame that is not a repeat: what follows its mseq. */
int bulk_numbered(
    struct engine *e, uint8_t type, const uint8_t *rest, size_t len);

/* FILE_DATA and FILE_ACK. */
int bulk_on_data(struct engine *e, const struct frame *f);
int bulk_on_ack(struct engine *e, const struct frame *f);

/* ---- bulk_move.c ---- */

/* secchat-file: a piece that was asked for; what is written. */
void bulk_on_chunk(void *ctx, struct reader *r, int fd);
void bulk_on_stored(void *ctx, struct reader *r, int fd);

/* Net has taken so many frames of files of this connection. */
void bulk_on_credit(void *ctx, struct reader *r, int fd);

/* Ask for pieces, as many as may leave. */
void bulk_want(struct engine *e);

/* When the next FILE_ACK is due, or CLOCK_NEVER. */
uint64_t bulk_deadline(const struct engine *e);

/* A FILE_ACK that is due: its body, FILE_AT bytes.  0: none. */
size_t bulk_next_ack(struct engine *e, uint8_t body[FILE_AT]);

/* ---- shared by the three ---- */

/* One of ours, one of the peer's, that is not forgotten, or NULL. */
struct file_out *bulk_find_out(struct files *f, uint32_t fid);
struct file_in *bulk_find_in(struct files *f, uint32_t fid);

/* Whether a number may be one of ours: the joiner's are odd. */
int bulk_is_ours(const struct engine *e, uint32_t fid);

/* The state to be told, unless a later one is. */
void bulk_tell(struct file_news *n, uint8_t state, uint8_t why);

/* All of it is there: FILE_END. */
void bulk_end(struct file_out *o);

#endif
