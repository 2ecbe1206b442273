/*
 * The world: who is told what, what may happen next, and what must never be.
 */
#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fake.h"
#include "secchat/err.h"
#include "secchat/util.h"
#include "world.h"

static const char key[] = "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=\n";

#define QUEUE_CAP (3u << 20)
/* So many in a row cannot all have looked in the wrong place. */
#define IDLE_STEPS 300

void
world_broken(struct world *w, const char *fmt, ...)
{
	va_list ap;

	if (w->broken[0] != '\0')
		return;
	va_start(ap, fmt);
	vsnprintf(w->broken, sizeof w->broken, fmt, ap);
	va_end(ap);
}

/* splitmix64: reproducible, and nobody takes it for a real generator. */
static uint64_t
next(uint64_t *state)
{
	uint64_t z = *state += 0x9e3779b97f4a7c15u;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
	z = (z ^ z >> 27) * 0x94d049bb133111ebu;
	return z ^ z >> 31;
}

uint64_t
world_random(struct world *w, uint64_t n)
{
	return next(&w->random) % n;
}

static void
random_bytes(void *ctx, void *buf, size_t len)
{
	struct world *w = ctx;
	uint8_t *p = buf;

	while (len-- > 0)
		*p++ = (uint8_t)next(&w->seed);
}

/* ---- texts: what they say follows from who, which and how long ---- */

static void
make_text(uint8_t *p, size_t len, int who, uint64_t mseq)
{
	for (size_t i = 0; i < len; i++)
		p[i] = (uint8_t)('a' + (i + (size_t)who * 7 + mseq * 3) % 26);
}

static void
on_text(struct person *p, struct reader *r)
{
	static uint8_t want[TEXT_MAX];
	struct person *from = &p->world->p[!p->who];
	uint64_t mseq = get_u64(r);
	size_t len;
	const uint8_t *text = get_rest(r, &len);

	if (mseq != p->received + 1 || mseq > from->submitted) {
		world_broken(p->world, "%d was given text %lu after %lu",
		    p->who, (unsigned long)mseq, (unsigned long)p->received);
		return;
	}
	make_text(want, len, !p->who, mseq);
	if (len != from->len[mseq] || memcmp(text, want, len) != 0)
		world_broken(p->world, "%d was given a forged text %lu", p->who,
		    (unsigned long)mseq);
	p->received = mseq;
}

static void
on_delivered(struct person *p, struct reader *r)
{
	uint64_t mseq = get_u64(r);

	if (mseq <= p->delivered || mseq > p->world->p[!p->who].shown)
		world_broken(p->world,
		    "%d was told that %lu are delivered, %lu are shown", p->who,
		    (unsigned long)mseq,
		    (unsigned long)p->world->p[!p->who].shown);
	p->delivered = mseq;
}

static void
on_link_event(struct person *p, struct reader *r)
{
	uint8_t event = get_u8(r);

	(void)get_u8(r);
	(void)get_u32(r);
	if (event == LINKEV_LOST) {
		if (p->is_lost)
			world_broken(p->world, "%d lost it twice", p->who);
		p->is_lost = 1;
		p->lost++;
	} else if (event == LINKEV_RESUMED) {
		p->is_lost = 0;
		p->resumed++;
	}
}

/* As src/super/redial.c, with another idea of how long to wait. */
static void
on_session(struct person *p, struct reader *r)
{
	struct world *w = p->world;
	uint8_t event = get_u8(r);

	if (p->who != PEER_JOINER)
		return;
	p->wants_call = event == SESSION_LOST || event == SESSION_RETRY;
	p->call_at = w->now + 1 + world_random(w, 4000);
}

static void
to_people(struct person *p, unsigned type, struct reader *r)
{
	switch (type) {
	case IPC_CONNECTED:
		p->connected++;
		p->is_lost = 0;
		if (p->connected > 1)
			world_broken(p->world, "%d connected twice", p->who);
		break;
	case IPC_TEXT:
		on_text(p, r);
		break;
	case IPC_DELIVERED:
		on_delivered(p, r);
		break;
	case IPC_REKEYED:
		p->rekeyed++;
		break;
	case IPC_LINK_EVENT:
		on_link_event(p, r);
		break;
	case IPC_SESSION:
		on_session(p, r);
		break;
	case IPC_RESTARTED:
		world_broken(p->world, "%d began anew", p->who);
		break;
	case IPC_CRYPTO_END:
		p->ended++;
		p->wants_call = 0;
		p->end_error = get_u16(r);
		p->end_undelivered = get_u32(r);
		p->end_left = get_u8(r);
		break;
	default:
		break;
	}
}

static void
from_engine(void *ctx, enum ipc_link_id link, unsigned type, const void *head,
    size_t head_len, const void *body, size_t len)
{
	static uint8_t buf[IPC_BODY_MAX];
	struct person *p = ctx;
	struct reader r;

	if (link == LINK_CRYPTO_NET) {
		ipc_send2(&p->to_net, type, head, head_len, body, len);
		return;
	}
	if (head_len > 0)
		memcpy(buf, head, head_len);
	if (len > 0)
		memcpy(buf + head_len, body, len);
	reader_init(&r, buf, head_len + len);
	to_people(p, type, &r);
}

/* ---- beginning and end ---- */

static void
say(struct person *p, enum ipc_link_id link, unsigned type, const void *body,
    size_t len)
{
	struct ipc_link l = {.id = link, .fd = -1, .self = ROLE_CRYPTO};
	struct ipc_msg m = {
	    .type = (uint16_t)type, .body = body, .len = len, .fd = -1};

	p->engine.now = p->world->now;
	engine_on_message(&p->engine, &l, &m);
	engine_tick(&p->engine);
}

static void
start_crypto(struct person *p, uint8_t mode)
{
	struct random_source rnd = {random_bytes, p->world};
	uint8_t start[14] = {(uint8_t)p->who, mode, SUITE_1,
	    mode == MODE_KEY  ? SECRET_KEYFILE
	    : mode == MODE_ID ? SECRET_NONE
			      : SECRET_PASSPHRASE,
	    START_ACCEPT_NEW};
	char identity[KEYFILE_TEXT + 1];
	uint8_t sk[32];

	engine_init(&p->engine, &p->keys, &p->outbox, p->plain, p->wire, rnd,
	    from_engine, p);
	say(p, LINK_SUPER_CRYPTO, IPC_CRYPTO_START, start, sizeof start);
	if (mode_has_identity(mode)) {
		memset(sk, 1 + p->who, sizeof sk);
		keyfile_format(identity, sk);
		engine_identity_bytes(
		    &p->engine, (const uint8_t *)identity, KEYFILE_TEXT);
		engine_identity_bytes(&p->engine, NULL, 0);
	}
	if (mode != MODE_KEY)
		say(p, LINK_SUPER_CRYPTO, IPC_READ_SECRET, NULL, 0);
	if (mode != MODE_ID) {
		engine_secret_bytes(
		    &p->engine, (const uint8_t *)key, sizeof key - 1);
		engine_secret_bytes(&p->engine, NULL, 0);
	}
	assert(p->engine.state == ENGINE_SERVING);
}

static void
start(struct world *w, int who, uint8_t mode)
{
	struct person *p = &w->p[who];
	uint8_t *queue = p->queue;

	memset(p, 0, sizeof *p);
	p->world = w;
	p->who = who;
	p->queue = queue != NULL ? queue : malloc(QUEUE_CAP);
	assert(p->queue != NULL);
	fake_link(&p->links[0]);
	fake_link(&p->links[2]);
	net_init(&p->net, p->links[0], p->links[2], &net_limits_default);
	p->net.now = w->now;
	ipc_init(&p->to_net, p->links[3], LINK_CRYPTO_NET, ROLE_CRYPTO,
	    p->queue, QUEUE_CAP);
	if (who == PEER_HOST)
		p->net.listener = w->listener;
	start_crypto(p, mode);
}

void
world_init(struct world *w, uint8_t mode, uint64_t seed)
{
	w->now = 1000000;
	w->seed = seed;
	w->random = ~seed;
	w->steps = w->idle = 0;
	w->answers = 1;
	w->early_fault = 0;
	w->broken[0] = '\0';
	fake_reset_all();
	w->listener = fake_listener();
	start(w, PEER_JOINER, mode);
	start(w, PEER_HOST, mode);
}

void
world_free(struct world *w)
{
	fake_reset_all();
	free(w->p[0].queue);
	free(w->p[1].queue);
	w->p[0].queue = w->p[1].queue = NULL;
}

/* ---- what people do ---- */

void
world_call(struct world *w)
{
	struct person *p = &w->p[PEER_JOINER];
	int fd = w->answers ? fake_connect(w->listener) : -1;

	p->wants_call = 0;
	p->calls++;
	if (fd >= 0) {
		net_add_dialled(&p->net, fd, "192.0.2.1:5000");
	} else {
		p->wants_call = 1;
		p->call_at = w->now + 1 + world_random(w, 4000);
	}
}

int
world_text(struct world *w, int who, size_t len)
{
	static uint8_t text[TEXT_MAX];
	struct person *p = &w->p[who];

	if (!p->connected || p->ended || p->submitted == TEXTS_MAX ||
	    p->engine.s.state == SESSION_LEFT ||
	    p->outbox.bytes + len > sizeof p->outbox.ring)
		return 0;
	p->submitted++;
	p->len[p->submitted] = (uint32_t)len;
	make_text(text, len, who, p->submitted);
	say(p, LINK_UI_CRYPTO, IPC_UI_SEND, text, len);
	return 1;
}

void
world_rekey(struct world *w, int who)
{
	if (w->p[who].connected && !w->p[who].ended)
		say(&w->p[who], LINK_UI_CRYPTO, IPC_UI_REKEY, NULL, 0);
}

void
world_quit(struct world *w, int who)
{
	uint8_t why = QUIT_USER;

	if (!w->p[who].ended)
		say(&w->p[who], LINK_SUPER_CRYPTO, IPC_CRYPTO_CLOSE, &why, 1);
}

/* The front end shows some of what it was given, and says so. */
static int
show(struct person *p)
{
	uint64_t n = p->received - p->shown;
	uint8_t body[8];
	struct writer w;

	if (n == 0 || p->ended)
		return 0;
	p->shown += 1 + world_random(p->world, n);
	if (p->shown < p->engine.s.shown)
		return 1; /* a planted bug has confirmed it already */
	writer_init(&w, body, sizeof body);
	put_u64(&w, p->shown);
	say(p, LINK_UI_CRYPTO, IPC_UI_SHOWN, body, w.len);
	return 1;
}

/* ---- what machines do ---- */

static int
turn_net(struct person *p)
{
	struct pollfd fds[POLL_MAX];
	uint64_t until = net_prepare(&p->net, fds);
	int ready = 0;

	for (size_t i = 0; i < POLL_MAX; i++) {
		fds[i].revents =
		    fds[i].fd < 0 ? 0 : fake_revents(fds[i].fd, fds[i].events);
		ready |= fds[i].revents != 0;
	}
	if (!ready && until > p->world->now)
		return 0;
	(void)net_turn(&p->net, fds, p->world->now);
	return 1;
}

static int
turn_crypto(struct person *p)
{
	static uint8_t record[IPC_RECORD_MAX + 1];
	struct ipc_msg m;
	int did = 0;

	p->engine.now = p->world->now;
	if (ipc_pending(&p->to_net))
		did = fake_revents(p->to_net.fd, POLLOUT) != 0;
	if (did)
		ipc_flush(&p->to_net);
	if (engine_deadline(&p->engine) <= p->world->now) {
		engine_tick(&p->engine);
		did = 1;
	}
	if (ipc_recv(&p->to_net, record, sizeof record, &m) == 1) {
		engine_on_message(&p->engine, &p->to_net, &m);
		engine_tick(&p->engine);
		did = 1;
	}
	return did;
}

/* Bytes arrive somewhere. */
static int
arrive(struct world *w)
{
	int fds[FAKE_MAX], n = fake_streams(fds);
	size_t part =
	    world_random(w, 3) == 0 ? 1 + world_random(w, 300) : FAKE_STREAM;

	if (n == 0)
		return 0;
	return fake_arrive(fds[world_random(w, (uint64_t)n)], part);
}

/*
 * A host that forgets what the joiner still has, or the other way round,
 * strands both: while the session can go on there is a common secret.
 */
static void
check_secrets(struct world *w)
{
	const struct resume_set *a = &w->p[0].keys.resume;
	const struct resume_set *b = &w->p[1].keys.resume;
	int common = 0;

	for (int i = 0; i < 2; i++)
		if (!w->p[i].connected || w->p[i].ended ||
		    w->p[i].engine.s.state > SESSION_LIVE)
			return;
	for (size_t i = 0; i < a->n; i++)
		for (size_t k = 0; k < b->n; k++)
			common |= memcmp(a->e[i].rs, b->e[k].rs, 32) == 0;
	if (!common)
		world_broken(w, "there is no common secret");
}

static void
move_clock(struct world *w)
{
	uint64_t at = CLOCK_NEVER;

	for (int i = 0; i < 2; i++) {
		struct pollfd fds[POLL_MAX];

		at = MIN(at, engine_deadline(&w->p[i].engine));
		at = MIN(at, net_prepare(&w->p[i].net, fds));
		if (w->p[i].wants_call)
			at = MIN(at, w->p[i].call_at);
	}
	if (at == CLOCK_NEVER)
		at = w->now + 1000;
	w->now = MAX(w->now, at);
}

void
world_step(struct world *w)
{
	struct person *p = &w->p[world_random(w, 2)];
	int did = 0;

	w->steps++;
	switch (world_random(w, 8)) {
	case 0:
	case 1:
		did = turn_net(p);
		break;
	case 2:
	case 3:
		did = turn_crypto(p);
		break;
	case 4:
	case 5:
		did = arrive(w);
		break;
	case 6:
		did = show(p);
		break;
	default:
		w->now += world_random(w, 3);
		break;
	}
	if (w->p[0].wants_call && w->now >= w->p[0].call_at) {
		world_call(w);
		did = 1;
	}
	/* Nothing to do wherever we look: something waits for the clock. */
	w->idle = did ? 0 : w->idle + 1;
	if (w->idle > IDLE_STEPS) {
		w->idle = 0;
		move_clock(w);
	}
	check_secrets(w);
}

void
world_fault(struct world *w)
{
	int fds[FAKE_MAX], n = fake_streams(fds);
	int fd;

	if (n == 0)
		return;
	w->early_fault |= !w->p[PEER_JOINER].connected;
	fd = fds[world_random(w, (uint64_t)n)];
	switch (world_random(w, 6)) {
	case 0: /* this end hears it, the other does not */
	case 1:
		fake_cut(fd, 1);
		break;
	case 2: /* both do */
		for (int i = 0; i < n; i++)
			fake_cut(fds[i], 1);
		break;
	case 3: /* nobody does: silence */
		fake_cut(fd, 0);
		break;
	default:
		(void)fake_damage(fd, next(&w->random));
		break;
	}
}

int
world_settled(const struct world *w)
{
	if (fake_any_cut())
		return 0;
	for (int i = 0; i < 2; i++) {
		const struct person *p = &w->p[i];

		if (!p->connected || p->is_lost || p->ended ||
		    p->delivered != p->submitted ||
		    p->engine.s.state != SESSION_LIVE)
			return 0;
	}
	return 1;
}
