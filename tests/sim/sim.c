/*
 * The simulated net and front end.
 */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "secchat/err.h"
#include "secchat/util.h"
#include "sim.h"

static void
stream_put(struct sim_stream *s, const uint8_t *p, size_t len)
{
	if (s->at > 0 && s->at == s->len)
		s->at = s->len = 0;
	if (s->len + len > s->cap) {
		s->cap = 2 * (s->len + len);
		s->p = realloc(s->p, s->cap);
		assert(s->p != NULL);
	}
	memcpy(s->p + s->len, p, len);
	s->len += len;
}

/* splitmix64: reproducible, and nobody takes it for a real generator. */
static void
sim_random(void *ctx, void *buf, size_t len)
{
	struct sim *sim = ctx;
	uint8_t *p = buf;

	while (len-- > 0) {
		uint64_t z = sim->seed += 0x9e3779b97f4a7c15u;

		z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
		z = (z ^ z >> 27) * 0x94d049bb133111ebu;
		*p++ = (uint8_t)(z ^ z >> 31);
	}
}

void
sim_inject(struct sim *sim, int who, enum ipc_link_id link, unsigned type,
    const void *body, size_t len)
{
	struct ipc_link l = {.id = link, .fd = -1, .self = ROLE_CRYPTO};
	struct ipc_msg m = {
	    .type = (uint16_t)type, .body = body, .len = len, .fd = -1};
	struct sim_side *side = &sim->side[who];

	side->e.now = sim->now;
	engine_on_message(&side->e, &l, &m);
	engine_tick(&side->e);
}

static void
conn_message(struct sim *sim, int who, unsigned type, uint32_t conn,
    const uint8_t *p, size_t len)
{
	static uint8_t body[4 + FRAME_CT_MAX];
	struct writer w;

	writer_init(&w, body, sizeof body);
	put_u32(&w, conn);
	put_bytes(&w, p, len);
	assert(writer_end(&w) == 0);
	sim_inject(sim, who, LINK_CRYPTO_NET, type, body, w.len);
}

static void
on_expect(struct sim_net *n, struct reader *r)
{
	uint32_t conn = get_u32(r);

	if (conn != n->conn)
		return;
	n->framing = get_u8(r);
	n->max = get_u32(r);
	n->n_allowed = get_u8(r);
	for (size_t i = 0; i < n->n_allowed; i++)
		n->allowed[i] = get_u32(r);
	n->armed = 1;
	assert(reader_end(r) == 0);
}

static void
from_engine_to_net(struct sim_side *side, unsigned type, struct reader *r)
{
	struct sim_net *n = &side->net;
	struct reader peek = *r;
	uint32_t conn = get_u32(&peek);
	const uint8_t *p;
	size_t len;

	if (type == IPC_EXPECT) {
		on_expect(n, r);
	} else if (type == IPC_FRAME_OUT && conn == n->conn) {
		p = get_rest(&peek, &len);
		stream_put(&n->out, p, len);
		n->uncredited++;
		side->frames_out++;
		assert(n->uncredited <= CREDIT_WINDOW);
	} else if (type == IPC_BULK_OUT && conn == n->conn) {
		p = get_rest(&peek, &len);
		stream_put(&n->out, p, len);
		n->bulk_uncredited++;
		assert(n->bulk_uncredited <= BULK_WINDOW);
	} else if (type == IPC_CONN_CLOSE && conn == n->conn) {
		n->closed_by_us = 1;
		n->failed = get_u8(&peek);
	} else if (type == IPC_CONN_PROMOTE && conn == n->conn) {
		n->promoted = 1;
	}
}

static void
on_text(struct sim_side *side, struct reader *r)
{
	uint64_t mseq = get_u64(r);
	size_t len;
	const uint8_t *p = get_rest(r, &len);

	side->out_of_order += mseq != side->received + 1;
	side->received = mseq;
	for (size_t i = 0; i < len; i++)
		side->text_sum = side->text_sum * 31 + p[i];
	memcpy(side->last_text, p, len);
	side->last_text_len = len;
}

static void
on_link_event(struct sim_side *side, struct reader *r)
{
	uint8_t event = get_u8(r), why = get_u8(r);
	uint32_t ms = get_u32(r);

	if (event == LINKEV_LOST) {
		side->lost_events++;
		side->lost_why = why;
	} else if (event == LINKEV_LEFT) {
		side->left_events++;
	} else if (event == LINKEV_RESUMED) {
		side->resumed_events++;
		side->resumed_ms = ms;
	}
}

static void
on_session(struct sim_side *side, struct reader *r)
{
	uint8_t event = get_u8(r);

	if (side->who == SIM_JOINER)
		side->wants_call =
		    event == SESSION_LOST || event == SESSION_RETRY;
}

/* The front end reads it and begins to count anew; sim_step answers. */
static void
on_restarted(struct sim_side *side, struct reader *r)
{
	side->restarted++;
	side->unconfirmed += get_u32(r);
	side->must_answer = 1;
	side->submitted = side->delivered = side->received = side->shown = 0;
}

/* What the engine tells its front end and the supervisor. */
static void
from_engine_to_people(struct sim_side *side, unsigned type, struct reader *r)
{
	switch (type) {
	case IPC_CONNECTED:
		side->connected++;
		break;
	case IPC_TEXT:
		on_text(side, r);
		break;
	case IPC_DELIVERED:
		side->delivered = get_u64(r);
		break;
	case IPC_REKEYED:
		side->rekeys++;
		side->epoch = get_u32(r);
		side->rekey_why = get_u8(r);
		break;
	case IPC_PEER_MET:
		side->met = get_u8(r);
		side->met_verified = get_u8(r);
		get_bytes(r, 32);
		get_copy(r, side->met_print, PRINT_LEN);
		get_str8(r, side->met_name, sizeof side->met_name);
		get_str8(r, side->met_other, sizeof side->met_other);
		break;
	case IPC_PEER:
		side->peer_told++;
		side->peer_known = get_u8(r);
		get_u8(r);
		get_bytes(r, FINGERPRINT_TEXT - 1);
		get_copy(r, side->safety, SAFETY_DIGITS);
		break;
	case IPC_VERIFY:
		side->verify_state = get_u8(r);
		side->verify_left = get_u8(r);
		get_copy(r, side->verify_read, SAS_HALF);
		break;
	case IPC_ATTEMPT:
		side->attempts = get_u32(r);
		break;
	case IPC_CODE:
		get_copy(r, side->code, CODE_TEXT);
		break;
	case IPC_WIRE:
		side->wires++;
		side->wire_mseq = get_u64(r);
		side->wire_total = get_u32(r);
		get_copy(r, side->wire_seen,
		    MIN(side->wire_total, (uint32_t)WIRE_SHOWN));
		break;
	case IPC_LINK_EVENT:
		on_link_event(side, r);
		break;
	case IPC_SESSION:
		on_session(side, r);
		break;
	case IPC_RESTARTED:
		on_restarted(side, r);
		break;
	case IPC_CRYPTO_END:
		side->ended++;
		side->end_error = get_u16(r);
		side->end_undelivered = get_u32(r);
		side->end_left = get_u8(r);
		break;
	default:
		break;
	}
}

static void
sim_send(void *ctx, enum ipc_link_id link, unsigned type, const void *head,
    size_t head_len, const void *body, size_t len)
{
	static uint8_t buf[IPC_BODY_MAX];
	struct sim_side *side = ctx;
	const struct ipc_row *row = ipc_row(type);
	struct reader r;

	assert(row != NULL && (row->from & ROLE_CRYPTO) &&
	       (row->links & ON(link)) && head_len + len >= row->min &&
	       head_len + len <= row->max && !row->fd);
	if (head_len > 0)
		memcpy(buf, head, head_len);
	if (len > 0)
		memcpy(buf + head_len, body, len);
	reader_init(&r, buf, head_len + len);
	if (link == LINK_CRYPTO_NET)
		from_engine_to_net(side, type, &r);
	else if (side->on_file != NULL &&
		 (link == LINK_CRYPTO_FILE || type == IPC_FILE_OFFERED ||
		     type == IPC_FILE_STATE))
		side->on_file(side, type, &r);
	else
		from_engine_to_people(side, type, &r);
}

static void
give_identity(struct sim_side *side)
{
	char text[KEYFILE_TEXT + 1];
	uint8_t sk[32];

	memset(sk, side->who == SIM_JOINER ? 1 : 2, sizeof sk);
	keyfile_format(text, sk);
	engine_identity_bytes(&side->e, (const uint8_t *)text, KEYFILE_TEXT);
	engine_identity_bytes(&side->e, NULL, 0);
}

void
sim_remember(struct sim *sim, int who, uint8_t flags, const char *name)
{
	uint8_t body[34 + NAME_MAX_LOCAL];
	struct writer w;

	writer_init(&w, body, sizeof body);
	put_u8(&w, flags);
	put_bytes(&w, sim->side[!who].keys.secret.s.pk, 32);
	put_str8(&w, name);
	sim_inject(sim, who, LINK_SUPER_CRYPTO, IPC_PEER_KNOWN, body, w.len);
}

void
sim_accept_new(struct sim *sim, int who)
{
	sim->side[who].e.start_flags = START_ACCEPT_NEW;
}

uint8_t sim_suite = SUITE_1;

static void
side_start(struct sim *sim, int who, uint8_t mode, const char *secret)
{
	struct sim_side *side = &sim->side[who];
	struct random_source rnd = {sim_random, sim};
	uint8_t start[14] = {(uint8_t)who, mode, sim_suite, SECRET_PASSPHRASE};

	side->sim = sim;
	side->who = who;
	engine_init(&side->e, &side->keys, &side->outbox, side->plain,
	    side->wire, rnd, sim_send, side);
	if (mode == MODE_KEY)
		start[3] = SECRET_KEYFILE;
	else if (mode == MODE_ID)
		start[3] = SECRET_NONE;
	else if (secret == NULL)
		start[3] = SECRET_MAKE_CODE;
	sim_inject(
	    sim, who, LINK_SUPER_CRYPTO, IPC_CRYPTO_START, start, sizeof start);
	if (mode_has_identity(mode))
		give_identity(side);
	if (mode != MODE_KEY)
		sim_inject(
		    sim, who, LINK_SUPER_CRYPTO, IPC_READ_SECRET, NULL, 0);
	if (secret != NULL && mode != MODE_ID) {
		engine_secret_bytes(
		    &side->e, (const uint8_t *)secret, strlen(secret));
		engine_secret_bytes(&side->e, (const uint8_t *)"\n", 0);
	}
}

struct sim *
sim_new(uint8_t mode, const char *joiner_secret, const char *host_secret,
    uint64_t seed)
{
	struct sim *sim = calloc(1, sizeof *sim);

	assert(sim != NULL);
	sim->seed = seed;
	sim->now = 1000000;
	side_start(sim, SIM_JOINER, mode, joiner_secret);
	side_start(sim, SIM_HOST, mode, host_secret);
	return sim;
}

void
sim_free(struct sim *sim)
{
	free(sim->side[0].net.out.p);
	free(sim->side[1].net.out.p);
	free(sim);
}

void
sim_connect(struct sim *sim)
{
	for (int who = 0; who < 2; who++) {
		struct sim_side *side = &sim->side[who];
		struct sim_stream out = side->net.out;
		uint8_t body[64];
		struct writer w;

		out.len = out.at = 0;
		memset(&side->net, 0, sizeof side->net);
		side->net.out = out;
		side->net.conn = ++side->conns;
		writer_init(&w, body, sizeof body);
		put_u32(&w, side->net.conn);
		put_u8(&w, who == SIM_HOST);
		put_u8(&w, 0);
		put_str8(&w, "192.0.2.1:5000");
		sim_inject(
		    sim, who, LINK_CRYPTO_NET, IPC_CONN_OPEN, body, w.len);
	}
}

void
sim_cut(struct sim *sim, uint8_t why)
{
	for (int who = 0; who < 2; who++) {
		struct sim_net *n = &sim->side[who].net;
		uint32_t conn = n->conn;

		n->conn = 0;
		if (conn != 0 && !n->closed_by_us)
			conn_message(sim, who, IPC_CONN_LOST, conn, &why, 1);
	}
}

static int
length_allowed(const struct sim_net *n, uint32_t len)
{
	for (size_t i = 0; i < n->n_allowed; i++)
		if (n->allowed[i] == len)
			return 1;
	return n->n_allowed == 0 && len <= n->max;
}

/* The next frame that `who` may be given from the other's stream. */
static int
cut_one(struct sim *sim, int who)
{
	struct sim_net *n = &sim->side[who].net;
	struct sim_stream *in = &sim->side[!who].net.out;
	size_t left = in->len - in->at;
	static uint8_t copy[FRAME_WIRE_MAX];
	size_t len, head = n->framing == FRAMING_U16 ? 2 : 0;
	const uint8_t *p;

	if (n->conn == 0 || n->closed_by_us || n->framing == 0 ||
	    (n->framing == FRAMING_RAW && !n->armed) || left < head)
		return 0;
	if (left == 0)
		return 0;
	p = in->p + in->at;
	len = head == 0 ? n->max : (size_t)(p[0] << 8 | p[1]);
	if (head > 0 && !length_allowed(n, (uint32_t)len)) {
		sim_cut(sim, LOST_LENGTH);
		return 1;
	}
	if (left < head + len)
		return 0;
	memcpy(copy, p + head, len);
	in->at += head + len;
	n->armed = 0;
	conn_message(sim, who, IPC_FRAME_IN, n->conn, copy, len);
	return 1;
}

/* Give back the credit of what has left; end of file after a close. */
static int
settle(struct sim *sim, int who)
{
	struct sim_side *side = &sim->side[who];
	struct sim_net *n = &side->net;
	uint8_t body[4];
	struct writer w;

	if (n->conn != 0 && n->promoted && n->out.at == n->out.len &&
	    n->uncredited > 0) {
		writer_init(&w, body, sizeof body);
		put_u32(&w, n->uncredited);
		n->uncredited = 0;
		conn_message(sim, who, IPC_CREDIT, n->conn, body, 4);
		return 1;
	}
	if (n->conn != 0 && n->out.at == n->out.len &&
	    n->bulk_uncredited >= BULK_WINDOW / 2) {
		writer_init(&w, body, sizeof body);
		put_u32(&w, n->bulk_uncredited);
		n->bulk_uncredited = 0;
		conn_message(sim, who, IPC_BULK_CREDIT, n->conn, body, 4);
		return 1;
	}
	if (n->conn != 0 && n->closed_by_us && n->out.at == n->out.len) {
		n->conn = 0;
		sim_cut(sim, LOST_EOF);
		return 1;
	}
	return 0;
}

void
sim_show(struct sim *sim, int who)
{
	struct sim_side *side = &sim->side[who];
	uint8_t body[8];
	struct writer w;

	if (side->received == side->shown)
		return;
	side->shown = side->received;
	writer_init(&w, body, sizeof body);
	put_u64(&w, side->shown);
	sim_inject(sim, who, LINK_UI_CRYPTO, IPC_UI_SHOWN, body, w.len);
}

int
sim_step_side(struct sim *sim, int who)
{
	struct sim_side *side = &sim->side[who];
	int moved = 0;

	if (side->must_answer) {
		side->must_answer = 0;
		sim_inject(sim, who, LINK_UI_CRYPTO, IPC_UI_RESTARTED, NULL, 0);
	}
	if (!sim->stalled)
		moved |= cut_one(sim, who) | settle(sim, who);
	if (!side->hold_shown && side->received != side->shown) {
		sim_show(sim, who);
		moved = 1;
	}
	return moved;
}

int
sim_step(struct sim *sim)
{
	int moved = sim_step_side(sim, 0);

	return sim_step_side(sim, 1) | moved;
}

void
sim_run(struct sim *sim)
{
	long i = 0;

	while (sim_step(sim))
		assert(++i < 10000000);
}

void
sim_pass(struct sim *sim, uint64_t ms)
{
	uint64_t end = sim->now + ms;

	sim_run(sim);
	for (long i = 0; i < 1000000; i++) {
		uint64_t at = MIN(engine_deadline(&sim->side[0].e),
		    engine_deadline(&sim->side[1].e));

		if (at > end)
			break;
		sim->now = MAX(sim->now, at);
		for (int who = 0; who < 2; who++) {
			sim->side[who].e.now = sim->now;
			engine_tick(&sim->side[who].e);
		}
		sim_run(sim);
	}
	sim->now = end;
}

int
sim_text(struct sim *sim, int who, const void *text, size_t len)
{
	struct sim_side *side = &sim->side[who];

	if (side->submitted - side->delivered >= WINDOW_MSGS ||
	    len > WINDOW_BYTES - (side->outbox.bytes - side->outbox.note_bytes))
		return 0;
	side->submitted++;
	sim_inject(sim, who, LINK_UI_CRYPTO, IPC_UI_SEND, text, len);
	return 1;
}

static void
swap(struct sim *sim, struct sim *other, int who)
{
	struct sim_side *side = &sim->side[who];
	struct sim_side *from = &other->side[who];
	struct sim_stream out = side->net.out;
	uint32_t conns = side->conns;

	memcpy(side, from, sizeof *side);
	side->sim = sim;
	side->net.out = out;
	side->conns = conns;
	side->e.keys = &side->keys;
	side->e.out = &side->outbox;
	side->e.plain = side->plain;
	side->e.wire = side->wire;
	side->e.send_ctx = side;
	memset(&from->net.out, 0, sizeof from->net.out);
}

void
sim_swap_joiner(struct sim *sim, struct sim *other)
{
	swap(sim, other, SIM_JOINER);
}

void
sim_swap_host(struct sim *sim, struct sim *other)
{
	swap(sim, other, SIM_HOST);
}

void
sim_quit(struct sim *sim, int who)
{
	uint8_t why = QUIT_USER;

	sim_inject(sim, who, LINK_SUPER_CRYPTO, IPC_CRYPTO_CLOSE, &why, 1);
}
