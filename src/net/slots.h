/*
 * The connections of secchat-net: which slot each one has, in what state it
 * is and when its time is up.  Everything that decides about strangers is
 * here and in limit.c, without a socket and with the caller's clock, so that
 * tests and a simulation can drive it.
 *
 * A stranger costs one small buffer of PREAUTH_BUF.  The two large buffers are
 * for connections that crypto has promoted and for dialled ones.
 */
#ifndef SECCHAT_NET_SLOTS_H
#define SECCHAT_NET_SLOTS_H

#include <stddef.h>
#include <stdint.h>

#include "cutter.h"
#include "outq.h"
#include "secchat/limits.h"
#include "secchat/source.h"

/* clang-format off */
enum conn_state {
	CONN_FREE = 0,
	CONN_HALF,      /* open, not yet promoted: deadlines run            */
	CONN_LIVE,      /* promoted                                         */
	CONN_CLOSING,   /* crypto has let go: flush, say goodbye, forget    */
};

/* Production takes these from limits.h; tests choose their own. */
struct net_limits {
	unsigned half_open;             /* strangers at once                */
	unsigned per_source;            /* of one source at once            */
	uint32_t hello_ms;              /* for each expected raw message    */
	uint32_t heard_ms;              /* a heard one waits, then may go   */
	uint32_t handshake_ms;          /* from the beginning to promotion  */
	uint32_t close_ms;              /* to flush and say goodbye         */
	uint32_t leave_ms;              /* the same when net itself leaves  */
	uint32_t accept_pause_ms;       /* when no descriptor is left       */
	uint32_t counters_ms;           /* between two NET_COUNTERS         */
	uint32_t failed_burst;
	uint32_t failed_refill_ms;
};

extern const struct net_limits net_limits_default;

enum {
	BIG_BUFS    = 2,
	SMALL_IN    = 1536,
	SMALL_OUT   = PREAUTH_BUF - SMALL_IN,
	BIG_IN      = 2 * FRAME_WIRE_MAX,       /* several frames a read    */
	BIG_OUT     = OUTQ_FRAMES * FRAME_WIRE_MAX,
};
/* clang-format on */

/* What was read and not yet delivered. */
struct inbuf {
	uint8_t *buf;
	size_t cap;
	size_t start, end;
};

struct big {
	int used;
	uint8_t in[BIG_IN];
	uint8_t out[BIG_OUT];
};

struct conn {
	uint32_t id;   /* from 1, never used again */
	uint8_t state; /* enum conn_state */
	uint8_t inbound;
	uint8_t heard;        /* something was delivered to crypto */
	uint8_t ended;        /* LOST_*: nothing more can be read */
	uint8_t broken;       /* nothing more can be written */
	uint8_t blocked;      /* the socket is full; wait for POLLOUT */
	uint8_t shut;         /* our end of file has been sent */
	int fd;               /* -1 in tests without sockets */
	struct source source; /* of an inbound one */
	uint64_t hello_by;    /* deadlines, or CLOCK_NEVER */
	uint64_t promote_by;
	uint64_t asked_at; /* when crypto last expected something */
	uint64_t close_by;
	struct expect expect;
	struct inbuf in;
	struct outq out;
	struct big *big;
	uint8_t small[PREAUTH_BUF];
};

/* A stranger that was lost while crypto may still be judging it. */
struct gone {
	uint32_t id;
	struct source source;
};

struct slots {
	struct net_limits lim;
	uint32_t next_id;
	struct conn conn[NET_CONNS];
	struct big big[BIG_BUFS];
	struct gone gone[NET_CONNS];
	unsigned gone_next;
};

void slots_init(struct slots *s, const struct net_limits *lim);

enum admit {
	ADMIT_FREE,        /* there is a slot */
	ADMIT_EVICT,       /* there is one when *victim goes */
	ADMIT_SOURCE_FULL, /* its source has enough already */
	ADMIT_FULL,        /* nobody gives way */
};

/*
 * May a stranger from src come in?  When there is no place, somebody gives
 * way: one of the same source when that has its share, else anybody.  In this
 * order, and of equals the oldest:
 *
 * 1. a connection that crypto has let go;
 * 2. one that was not heard yet;
 * 3. one that was heard, when its next message is heard_ms late, or its
 *    source would still have as many places as the newcomer's without it.
 *    The source that has more places goes first.
 *
 * The first half of 3 is for those who say HELLO and no more.  A right person
 * needs one round trip from HELLO_H to F3 and next to no time to compute it,
 * or about four when a packet is lost, since TCP waits three before it repeats
 * one that early (RFC 6298, section 2).  So a second lets in every link of
 * 250 ms, and slower ones too, unless all places are taken and none of those
 * who waited is older, or of a fuller source.
 *
 * The second half is against those who take a new place before the second is
 * over: as long as one source has two places and the newcomer's has none,
 * there is room for him at once.  Who has one place and came in time cannot
 * lose it like that, so that this is no way to drive out the right one.
 */
enum admit slots_admit(struct slots *s, const struct source *src, uint64_t now,
    struct conn **victim);

/*
 * Whether crypto has not said yet what it expects of the last stranger.  The
 * next one waits in the kernel meanwhile: so nobody is evicted who was never
 * asked, however quickly strangers come, and crypto sets the pace.
 */
int slots_unanswered(const struct slots *s);

/*
 * Take a slot for a connection that begins now; the descriptor becomes the
 * slot's.  src NULL: dialled, takes a large buffer.  NULL when there is none,
 * or no more numbers.
 */
struct conn *slots_take(
    struct slots *s, const struct source *src, int fd, uint64_t now);

/* The connection of this number, or NULL: gone already, or never there. */
struct conn *slots_find(struct slots *s, uint32_t id);

/* Whether this number was ever given out. */
int slots_issued(const struct slots *s, uint32_t id);

/*
 * Who a connection is or was, for counting a failure; NULL for dialled ones
 * and for those that were forgotten.  See slots_free about why none that
 * matters is.
 */
const struct source *slots_source(struct slots *s, uint32_t id);

/* A connection on a large buffer that is closing, the oldest, or NULL. */
struct conn *slots_closing_big(struct slots *s);

/* Move to a large buffer and stop the deadlines.  0, or -ERR_AGAIN: none. */
int slots_promote(struct slots *s, struct conn *c);

/* Crypto expects something: 0, or -ERR_TOO_LONG, more than the buffer. */
int slots_expect(
    struct slots *s, struct conn *c, const struct expect *e, uint64_t now);

/* Something was delivered. */
void slots_delivered(struct conn *c);

/* Crypto has let go. */
void slots_closing(struct slots *s, struct conn *c, uint64_t now);

/*
 * Forget a connection; the caller has closed its descriptor.  The source of a
 * stranger who was heard is kept for a while: crypto may still find that what
 * it said was wrong, and a stranger must not escape the limit by hanging up at
 * once.  NET_CONNS such rows are enough: a row can only be pushed out by
 * strangers who were heard later.  Of those, fewer than NET_CONNS were there
 * already; and for one that came later, crypto has answered its CONN_OPEN,
 * which it reads after everything the lost one had said.
 */
void slots_free(struct slots *s, struct conn *c);

/* When the time of this connection is up. */
uint64_t conn_deadline(const struct conn *c);

/* The earliest of them all, or CLOCK_NEVER. */
uint64_t slots_deadline(const struct slots *s);

/* A connection whose time is up, or NULL. */
struct conn *slots_expired(struct slots *s, uint64_t now);

#endif
