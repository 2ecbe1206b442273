/*
 * Who is let in, who gives way, and when whose time is up: the decisions about
 * strangers, without a socket and with time as an argument.
 */
#include <stdlib.h>

#include "../../src/net/slots.h"
#include "check.h"
#include "secchat/err.h"
#include "secchat/ipc_msgs.h"
#include "secchat/util.h"

static struct slots s;
static uint64_t now;

static const struct expect hello = {.framing = FRAMING_RAW, .max = 44};
static const struct expect stream = {.framing = FRAMING_U16, .max = 65535};

static struct source
person(unsigned i)
{
	struct source src = {.kind = 4};

	src.bytes[3] = (uint8_t)i;
	return src;
}

static void
fresh(void)
{
	slots_init(&s, &net_limits_default);
	now = 1000000;
}

/* Let somebody in as the loop does.  Returns what happened; the evicted
 * one's number in *evicted. */
static enum admit
arrive(unsigned who, uint32_t *evicted, struct conn **c)
{
	struct source src = person(who);
	struct conn *victim;
	enum admit v = slots_admit(&s, &src, now, &victim);

	*evicted = 0;
	*c = NULL;
	if (v == ADMIT_EVICT) {
		*evicted = victim->id;
		slots_free(&s, victim);
	}
	if (v == ADMIT_FREE || v == ADMIT_EVICT) {
		*c = slots_take(&s, &src, -1, now);
		CHECK(*c != NULL);
		CHECK(slots_expect(&s, *c, &hello, now) == 0);
	}
	return v;
}

static void
test_admission(void)
{
	struct conn *c[8];
	uint32_t evicted;

	fresh();
	for (unsigned i = 0; i < HALF_OPEN_MAX; i++)
		CHECK(arrive(i, &evicted, &c[i]) == ADMIT_FREE);
	CHECK(c[0]->id == 1 && c[3]->id == 4);
	slots_delivered(c[0]);
	CHECK(arrive(9, &evicted, &c[4]) == ADMIT_EVICT && evicted == 2);
	CHECK(slots_find(&s, 2) == NULL && slots_find(&s, 1) == c[0]);
	slots_delivered(c[2]);
	slots_delivered(c[3]);
	slots_delivered(c[4]);
	CHECK(arrive(10, &evicted, &c[5]) == ADMIT_FULL);
	/* One that crypto has let go gives way before all others. */
	slots_closing(&s, c[3], now);
	CHECK(arrive(10, &evicted, &c[5]) == ADMIT_EVICT && evicted == 4);
	/* A promoted one makes room. */
	CHECK(slots_promote(&s, c[0]) == 0);
	CHECK(arrive(11, &evicted, &c[6]) == ADMIT_FREE);
}

static void
test_per_source(void)
{
	struct conn *c[8];
	uint32_t evicted;

	fresh();
	CHECK(arrive(1, &evicted, &c[0]) == ADMIT_FREE);
	CHECK(arrive(2, &evicted, &c[1]) == ADMIT_FREE);
	CHECK(arrive(2, &evicted, &c[2]) == ADMIT_FREE);
	/* Its own oldest, although somebody else's is older. */
	CHECK(arrive(2, &evicted, &c[3]) == ADMIT_EVICT && evicted == 2);
	slots_delivered(c[2]);
	slots_delivered(c[3]);
	CHECK(arrive(2, &evicted, &c[4]) == ADMIT_SOURCE_FULL);
	CHECK(arrive(3, &evicted, &c[4]) == ADMIT_FREE);
	/* Promoted connections are not counted. */
	CHECK(slots_promote(&s, c[2]) == 0);
	CHECK(arrive(2, &evicted, &c[5]) == ADMIT_FREE);
}

/* Somebody says HELLO; crypto has answered and expects the next message. */
static struct conn *
greets(unsigned who)
{
	struct conn *c;
	uint32_t evicted;

	arrive(who, &evicted, &c);
	if (!CHECK(c != NULL))
		exit(1);
	slots_delivered(c);
	CHECK(slots_expect(&s, c, &hello, now) == 0);
	return c;
}

/* Who said HELLO and nothing more has a second, and then gives way. */
static void
test_late(void)
{
	struct conn *c, *thinking;
	uint32_t evicted;

	fresh();
	for (unsigned i = 0; i < HALF_OPEN_MAX; i++)
		(void)greets(i);
	now += HEARD_PATIENCE - 1;
	CHECK(arrive(9, &evicted, &c) == ADMIT_FULL);
	now++;
	CHECK(arrive(9, &evicted, &c) == ADMIT_EVICT && evicted == 1);
	/* Of late ones and a silent one, the silent one. */
	CHECK(arrive(10, &evicted, &c) == ADMIT_EVICT && evicted == 5);
	slots_delivered(c);
	/* Nobody waits for what crypto still has to judge. */
	thinking = c;
	now += HEARD_PATIENCE;
	CHECK(arrive(11, &evicted, &c) == ADMIT_EVICT && evicted == 2);
	slots_delivered(c);
	CHECK(arrive(12, &evicted, &c) == ADMIT_EVICT && evicted == 3);
	slots_delivered(c);
	CHECK(arrive(13, &evicted, &c) == ADMIT_EVICT && evicted == 4);
	slots_delivered(c);
	CHECK(arrive(14, &evicted, &c) == ADMIT_FULL);
	/* The second begins with every message that is expected. */
	CHECK(slots_expect(&s, thinking, &hello, now) == 0);
	now += HEARD_PATIENCE - 1;
	CHECK(arrive(14, &evicted, &c) == ADMIT_FULL);
	now++;
	CHECK(arrive(14, &evicted, &c) == ADMIT_EVICT);
	CHECK(evicted == 6);
}

/* The same within the share of a source: its own, and nobody else. */
static void
test_late_source(void)
{
	struct conn *c;
	uint32_t evicted;

	fresh();
	(void)greets(1);
	now += HEARD_PATIENCE;
	(void)greets(2);
	(void)greets(2);
	CHECK(arrive(2, &evicted, &c) == ADMIT_SOURCE_FULL);
	now += HEARD_PATIENCE;
	CHECK(arrive(2, &evicted, &c) == ADMIT_EVICT && evicted == 2);
}

/*
 * Two sources that renew all they have before the second is over: others come
 * in at once, and stay while they are in time.
 */
static void
test_squatters(void)
{
	struct conn *right, *c;
	uint32_t evicted;

	fresh();
	for (unsigned i = 0; i < 50; i++) {
		now += HEARD_PATIENCE - 1;
		for (size_t k = 0; k < NET_CONNS; k++)
			slots_free(&s, &s.conn[k]);
		for (unsigned k = 0; k < HALF_OPEN_MAX; k++)
			(void)greets(1 + k % 2);
		CHECK(arrive(3, &evicted, &right) == ADMIT_EVICT);
		CHECK(evicted == right->id - 4);
		/* Who comes again at once does not get in before his HELLO. */
		CHECK(arrive(1, &evicted, &c) == ADMIT_FULL);
		CHECK(arrive(2, &evicted, &c) == ADMIT_SOURCE_FULL);
		slots_delivered(right);
		CHECK(slots_expect(&s, right, &hello, now) == 0);
		CHECK(arrive(1, &evicted, &c) == ADMIT_FULL);
		CHECK(arrive(2, &evicted, &c) == ADMIT_SOURCE_FULL);
		/* Late, and yet those who have two places go first. */
		now += HEARD_PATIENCE;
		CHECK(arrive(1, &evicted, &c) == ADMIT_EVICT);
		CHECK(evicted == right->id - 3);
	}
}

/* Who has not said HELLO and no more places than the newcomer has a second;
 * of the newcomer's own source, none. */
static void
test_silent(void)
{
	struct conn *right, *c;
	uint32_t evicted, id;

	fresh();
	(void)greets(1);
	(void)greets(2);
	(void)greets(2);
	if (!CHECK(arrive(3, &evicted, &right) == ADMIT_FREE))
		return;
	id = right->id;
	CHECK(arrive(1, &evicted, &c) == ADMIT_FULL);
	now += HEARD_PATIENCE - 1;
	CHECK(arrive(1, &evicted, &c) == ADMIT_FULL);
	CHECK(arrive(3, &evicted, &c) == ADMIT_EVICT);
	CHECK(evicted == id);
	CHECK(arrive(4, &evicted, &c) == ADMIT_EVICT);
	CHECK(evicted == id + 1);
	for (size_t i = 0; i < NET_CONNS; i++)
		if (s.conn[i].state != CONN_FREE && s.conn[i].heard)
			s.conn[i].asked_at = now + 1; /* not late yet */
	now++;
	CHECK(arrive(1, &evicted, &c) == ADMIT_FULL);
	now += HEARD_PATIENCE - 1;
	CHECK(arrive(1, &evicted, &c) == ADMIT_EVICT);
	CHECK(evicted == id + 2);
}

static void
test_answered(void)
{
	struct source src = person(1);
	struct conn *c;

	fresh();
	CHECK(!slots_unanswered(&s));
	c = slots_take(&s, &src, -1, now);
	CHECK(slots_unanswered(&s));
	CHECK(slots_expect(&s, c, &hello, now) == 0);
	CHECK(!slots_unanswered(&s));
	slots_delivered(c);
	CHECK(!slots_unanswered(&s));
	CHECK(slots_take(&s, NULL, -1, now) != NULL);
	CHECK(!slots_unanswered(&s));
	c = slots_take(&s, &src, -1, now);
	slots_closing(&s, c, now);
	CHECK(!slots_unanswered(&s));
}

static void
test_deadlines(void)
{
	struct source src = person(1);
	struct conn *c;
	uint64_t t0;

	fresh();
	t0 = now;
	CHECK(slots_deadline(&s) == CLOCK_NEVER);
	c = slots_take(&s, &src, -1, now);
	CHECK(slots_deadline(&s) == t0 + HELLO_TIMEOUT);
	now += 100;
	CHECK(slots_expect(&s, c, &hello, now) == 0);
	CHECK(slots_deadline(&s) == now + HELLO_TIMEOUT);
	CHECK(slots_expired(&s, now + HELLO_TIMEOUT - 1) == NULL);
	CHECK(slots_expired(&s, now + HELLO_TIMEOUT) == c);
	/* While crypto thinks, only the whole handshake is timed. */
	slots_delivered(c);
	CHECK(c->expect.framing == 0);
	CHECK(slots_deadline(&s) == t0 + HANDSHAKE_TIMEOUT);
	now += 4900;
	CHECK(slots_expect(&s, c, &hello, now) == 0);
	CHECK(slots_deadline(&s) == t0 + HANDSHAKE_TIMEOUT);
	/* A stream before the promotion. */
	CHECK(slots_expect(&s, c, &stream, now) == 0);
	slots_delivered(c);
	CHECK(c->expect.framing == FRAMING_U16);
	CHECK(slots_deadline(&s) == t0 + HANDSHAKE_TIMEOUT);
	CHECK(slots_promote(&s, c) == 0);
	CHECK(slots_deadline(&s) == CLOCK_NEVER);
	CHECK(slots_expect(&s, c, &hello, now) == 0);
	CHECK(slots_deadline(&s) == CLOCK_NEVER);
	slots_closing(&s, c, now);
	CHECK(slots_deadline(&s) == now + net_limits_default.close_ms);
	slots_free(&s, c);
	CHECK(slots_deadline(&s) == CLOCK_NEVER);
}

static void
test_buffers(void)
{
	struct source src = person(1);
	const struct expect most = {.framing = FRAMING_RAW, .max = SMALL_IN};
	const struct expect more = {
	    .framing = FRAMING_RAW, .max = SMALL_IN + 1};
	struct conn *c, *dialled;
	size_t len;

	fresh();
	CHECK(sizeof c->small == PREAUTH_BUF);
	c = slots_take(&s, &src, -1, now);
	CHECK(slots_expect(&s, c, &most, now) == 0);
	CHECK(slots_expect(&s, c, &more, now) == -ERR_TOO_LONG);
	memcpy(c->in.buf, "..waiting", 9);
	c->in.start = 2;
	c->in.end = 9;
	CHECK(outq_put(&c->out, OUTQ_CHAT, "..queued", 8) == 0);
	outq_wrote(&c->out, 2);
	dialled = slots_take(&s, NULL, -1, now);
	CHECK(dialled->in.cap == BIG_IN && !dialled->inbound);
	CHECK(slots_promote(&s, c) == 0);
	CHECK(c->in.cap == BIG_IN && c->in.end - c->in.start == 7);
	CHECK_MEM(c->in.buf + c->in.start, "waiting", 7);
	CHECK_MEM(outq_peek(&c->out, &len), "queued", 6);
	CHECK(len == 6 && c->out.bytes.cap == BIG_OUT);
	/* There are two large buffers. */
	CHECK(slots_take(&s, NULL, -1, now) == NULL);
	CHECK(slots_closing_big(&s) == NULL);
	c = slots_take(&s, &src, -1, now);
	CHECK(slots_promote(&s, c) == -ERR_AGAIN && c->state == CONN_HALF);
	slots_closing(&s, dialled, now);
	CHECK(slots_closing_big(&s) == dialled);
	slots_free(&s, dialled);
	CHECK(slots_promote(&s, c) == 0);
}

static void
test_numbers(void)
{
	struct source src = person(1);
	struct conn *c;

	fresh();
	CHECK(!slots_issued(&s, 0) && !slots_issued(&s, 1));
	c = slots_take(&s, &src, -1, now);
	CHECK(slots_issued(&s, 1) && !slots_issued(&s, 2));
	slots_free(&s, c);
	CHECK(slots_issued(&s, 1) && slots_find(&s, 1) == NULL);
	/* The last number there is, and nobody after it. */
	s.next_id = UINT32_MAX;
	c = slots_take(&s, &src, -1, now);
	CHECK(c->id == UINT32_MAX && slots_issued(&s, UINT32_MAX));
	CHECK(slots_take(&s, &src, -1, now) == NULL);
	CHECK(!slots_issued(&s, 0) && slots_issued(&s, 5));
}

/*
 * A stranger who was heard and hangs up is still known when crypto's verdict
 * comes, whatever others do meanwhile: here they come, speak and go as fast as
 * crypto's order of messages lets them.
 */
static void
test_gone(void)
{
	struct conn *c, *other[HALF_OPEN_MAX];
	uint32_t evicted, id;

	fresh();
	arrive(200, &evicted, &c);
	if (!CHECK(c != NULL))
		return;
	id = c->id;
	for (unsigned i = 0; i < HALF_OPEN_MAX - 1; i++)
		arrive(i, &evicted, &other[i]);
	slots_delivered(c);
	slots_free(&s, c);
	/* Those who were there already speak and go. */
	for (unsigned i = 0; i < HALF_OPEN_MAX - 1; i++) {
		slots_delivered(other[i]);
		slots_free(&s, other[i]);
	}
	/* Silent ones leave no trace, however many. */
	for (unsigned i = 0; i < 1000; i++) {
		arrive(i % 200, &evicted, &c);
		slots_free(&s, c);
	}
	CHECK(slots_source(&s, id) != NULL &&
	      slots_source(&s, id)->bytes[3] == 200);
	CHECK(slots_source(&s, 999) == NULL);
}

/* Random arrivals, words and departures keep every limit. */
static void
test_random(void)
{
	fresh();
	srand(4);
	for (int step = 0; step < 100000; step++) {
		struct conn *c = &s.conn[rand() % NET_CONNS];
		unsigned half = 0, of[6] = {0};
		uint32_t evicted;

		now += (uint64_t)(rand() % 400);
		switch (rand() % 6) {
		case 0:
		case 1:
			arrive((unsigned)rand() % 6, &evicted, &c);
			break;
		case 2:
			if (c->state == CONN_HALF && c->expect.framing)
				slots_delivered(c);
			break;
		case 3:
			if (c->state == CONN_HALF && c->heard)
				(void)slots_promote(&s, c);
			break;
		case 4:
			if (c->state == CONN_LIVE)
				slots_closing(&s, c, now);
			break;
		default:
			if (c->state != CONN_FREE && rand() % 4 == 0)
				slots_free(&s, c);
		}
		while ((c = slots_expired(&s, now)) != NULL)
			slots_free(&s, c);
		for (size_t i = 0; i < NET_CONNS; i++) {
			c = &s.conn[i];
			if (c->state == CONN_FREE || c->big != NULL)
				continue;
			half++;
			of[c->source.bytes[3]]++;
			if (c->state == CONN_HALF)
				CHECK(c->promote_by <= now + HANDSHAKE_TIMEOUT);
		}
		CHECK(half <= HALF_OPEN_MAX);
		for (size_t i = 0; i < ARRAY_LEN(of); i++)
			CHECK(of[i] <= HALF_OPEN_PER_SOURCE);
	}
}

int
main(void)
{
	test_admission();
	test_per_source();
	test_late();
	test_late_source();
	test_squatters();
	test_silent();
	test_answered();
	test_deadlines();
	test_buffers();
	test_numbers();
	test_gone();
	test_random();
	return check_end();
}
