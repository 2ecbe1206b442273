/*
 * Slots, states and deadlines.
 */
#include <assert.h>
#include <string.h>

#include "secchat/err.h"
#include "secchat/ipc_msgs.h"
#include "secchat/util.h"
#include "slots.h"

/* clang-format off */
const struct net_limits net_limits_default = {
	.half_open        = HALF_OPEN_MAX,
	.per_source       = HALF_OPEN_PER_SOURCE,
	.hello_ms         = HELLO_TIMEOUT,
	.heard_ms         = HEARD_PATIENCE,
	.handshake_ms     = HANDSHAKE_TIMEOUT,
	.close_ms         = 2000,
	.leave_ms         = 1000,
	.accept_pause_ms  = 100,
	.counters_ms      = 1000,
	.failed_burst     = FAILED_BURST,
	.failed_refill_ms = FAILED_REFILL,
};
/* clang-format on */

_Static_assert((int)SMALL_IN >= (int)HS_MSG_MAX, "a handshake message fits");
_Static_assert((int)BIG_IN >= 4 + (int)FRAME_IN_MAX, "a frame fits");

void
slots_init(struct slots *s, const struct net_limits *lim)
{
	assert(lim->half_open + BIG_BUFS <= NET_CONNS);
	s->lim = *lim;
	s->next_id = 1;
	s->gone_next = 0;
	memset(s->gone, 0, sizeof s->gone);
	memset(s->conn, 0, sizeof s->conn);
	for (size_t i = 0; i < NET_CONNS; i++)
		s->conn[i].fd = -1;
	/* Not their memory: what nobody writes to costs nothing. */
	for (size_t i = 0; i < BIG_BUFS; i++)
		s->big[i].used = 0;
}

/* A slot that strangers compete for. */
static int
is_small(const struct conn *c)
{
	return c->state != CONN_FREE && c->big == NULL;
}

/* The places that a source has, or with NULL all that are taken. */
static unsigned
places(const struct slots *s, const struct source *src)
{
	unsigned n = 0;

	for (size_t i = 0; i < NET_CONNS; i++)
		if (is_small(&s->conn[i]) &&
		    (src == NULL || source_is(&s->conn[i].source, src)))
			n++;
	return n;
}

/* Whether the next message of one who was heard is late. */
static int
is_late(const struct slots *s, const struct conn *c, uint64_t now)
{
	return c->expect.framing != 0 && now - c->asked_at >= s->lim.heard_ms;
}

/*
 * How readily c gives way to one of src, which has this many places; 0: not.
 * Who has no more places than src is given the time to say HELLO in, or those
 * who come again at once, from two addresses, would push out everybody.
 */
static unsigned
readiness(const struct slots *s, const struct conn *c, const struct source *src,
    unsigned same, uint64_t now)
{
	unsigned n = places(s, &c->source);

	if (c->state == CONN_CLOSING)
		return NET_CONNS + 2;
	if (!c->heard && (n > same || source_is(&c->source, src)))
		return NET_CONNS + 1;
	return n > same + 1 || is_late(s, c, now) ? n : 0;
}

/* Who gives way to one of src: somebody of src alone, or anybody. */
static struct conn *
first_to_go(struct slots *s, const struct source *src, int alone, unsigned same,
    uint64_t now)
{
	struct conn *best = NULL;
	unsigned most = 0;

	for (size_t i = 0; i < NET_CONNS; i++) {
		struct conn *c = &s->conn[i];
		unsigned ready;

		if (!is_small(c) || (alone && !source_is(&c->source, src)))
			continue;
		ready = readiness(s, c, src, same, now);
		if (ready > most ||
		    (ready == most && best != NULL && c->id < best->id)) {
			best = c;
			most = ready;
		}
	}
	return best;
}

enum admit
slots_admit(struct slots *s, const struct source *src, uint64_t now,
    struct conn **victim)
{
	unsigned same = places(s, src);
	int has_share = same >= s->lim.per_source;

	*victim = first_to_go(s, src, has_share, same, now);
	if (!has_share && places(s, NULL) < s->lim.half_open)
		return ADMIT_FREE;
	if (*victim != NULL)
		return ADMIT_EVICT;
	return has_share ? ADMIT_SOURCE_FULL : ADMIT_FULL;
}

int
slots_unanswered(const struct slots *s)
{
	for (size_t i = 0; i < NET_CONNS; i++) {
		const struct conn *c = &s->conn[i];

		if (c->state == CONN_HALF && c->inbound && !c->heard &&
		    c->expect.framing == 0)
			return 1;
	}
	return 0;
}

static struct big *
take_big(struct slots *s)
{
	for (size_t i = 0; i < BIG_BUFS; i++) {
		if (s->big[i].used)
			continue;
		s->big[i].used = 1;
		return &s->big[i];
	}
	return NULL;
}

static struct conn *
free_slot(struct slots *s)
{
	for (size_t i = 0; i < NET_CONNS; i++)
		if (s->conn[i].state == CONN_FREE)
			return &s->conn[i];
	return NULL;
}

static void
use_buffers(struct conn *c)
{
	struct big *b = c->big;

	c->in.buf = b != NULL ? b->in : c->small;
	c->in.cap = b != NULL ? sizeof b->in : SMALL_IN;
	if (b != NULL)
		outq_init(&c->out, b->out, sizeof b->out);
	else
		outq_init(&c->out, c->small + SMALL_IN, SMALL_OUT);
}

struct conn *
slots_take(struct slots *s, const struct source *src, int fd, uint64_t now)
{
	struct conn *c = free_slot(s);
	struct big *big = NULL;

	if (c == NULL || s->next_id == 0)
		return NULL;
	if (src == NULL && (big = take_big(s)) == NULL)
		return NULL;
	memset(c, 0, sizeof *c);
	c->id = s->next_id++;
	c->state = CONN_HALF;
	c->fd = fd;
	c->inbound = src != NULL;
	if (src != NULL)
		c->source = *src;
	c->big = big;
	use_buffers(c);
	c->hello_by = now + s->lim.hello_ms;
	c->promote_by = now + s->lim.handshake_ms;
	c->close_by = CLOCK_NEVER;
	return c;
}

struct conn *
slots_find(struct slots *s, uint32_t id)
{
	for (size_t i = 0; i < NET_CONNS; i++)
		if (s->conn[i].state != CONN_FREE && s->conn[i].id == id)
			return &s->conn[i];
	return NULL;
}

int
slots_issued(const struct slots *s, uint32_t id)
{
	return id != 0 && (s->next_id == 0 || id < s->next_id);
}

const struct source *
slots_source(struct slots *s, uint32_t id)
{
	struct conn *c = slots_find(s, id);

	if (c != NULL)
		return c->inbound ? &c->source : NULL;
	for (size_t i = 0; i < NET_CONNS; i++)
		if (s->gone[i].id == id)
			return &s->gone[i].source;
	return NULL;
}

struct conn *
slots_closing_big(struct slots *s)
{
	struct conn *best = NULL;

	for (size_t i = 0; i < NET_CONNS; i++) {
		struct conn *c = &s->conn[i];

		if (c->state == CONN_CLOSING && c->big != NULL &&
		    (best == NULL || c->id < best->id))
			best = c;
	}
	return best;
}

int
slots_promote(struct slots *s, struct conn *c)
{
	struct inbuf *in = &c->in;
	size_t len = in->end - in->start;

	if (c->big == NULL) {
		c->big = take_big(s);
		if (c->big == NULL)
			return -ERR_AGAIN;
		memcpy(c->big->in, in->buf + in->start, len);
		*in = (struct inbuf){c->big->in, sizeof c->big->in, 0, len};
		outq_move(&c->out, c->big->out, sizeof c->big->out);
	}
	c->state = CONN_LIVE;
	c->hello_by = c->promote_by = CLOCK_NEVER;
	return 0;
}

int
slots_expect(
    struct slots *s, struct conn *c, const struct expect *e, uint64_t now)
{
	int raw = e->framing == FRAMING_RAW;

	if (raw && e->max > c->in.cap)
		return -ERR_TOO_LONG;
	c->expect = *e;
	c->asked_at = now;
	if (c->state == CONN_HALF)
		c->hello_by = raw ? now + s->lim.hello_ms : CLOCK_NEVER;
	return 0;
}

void
slots_delivered(struct conn *c)
{
	c->heard = 1;
	if (c->expect.framing != FRAMING_RAW)
		return;
	c->expect.framing = 0;
	c->hello_by = CLOCK_NEVER;
}

void
slots_closing(struct slots *s, struct conn *c, uint64_t now)
{
	c->state = CONN_CLOSING;
	c->expect.framing = 0;
	c->hello_by = c->promote_by = CLOCK_NEVER;
	c->close_by = now + s->lim.close_ms;
}

void
slots_free(struct slots *s, struct conn *c)
{
	if (c->state == CONN_HALF && c->inbound && c->heard) {
		s->gone[s->gone_next] = (struct gone){c->id, c->source};
		s->gone_next = (s->gone_next + 1) % NET_CONNS;
	}
	if (c->big != NULL)
		c->big->used = 0;
	c->state = CONN_FREE;
	c->big = NULL;
	c->fd = -1;
}

uint64_t
conn_deadline(const struct conn *c)
{
	if (c->state == CONN_FREE)
		return CLOCK_NEVER;
	return MIN(c->close_by, MIN(c->hello_by, c->promote_by));
}

uint64_t
slots_deadline(const struct slots *s)
{
	uint64_t first = CLOCK_NEVER;

	for (size_t i = 0; i < NET_CONNS; i++)
		first = MIN(first, conn_deadline(&s->conn[i]));
	return first;
}

struct conn *
slots_expired(struct slots *s, uint64_t now)
{
	for (size_t i = 0; i < NET_CONNS; i++)
		if (conn_deadline(&s->conn[i]) <= now)
			return &s->conn[i];
	return NULL;
}
