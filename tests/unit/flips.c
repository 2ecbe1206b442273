/*
 * One bit changed, anywhere in anything that two engines say to each other:
 * every bit of every handshake message in every mode and of RESUME, and every
 * bit of every type of frame of the smallest size, in both directions, is
 * given to a whole engine, which must lose the connection, show nothing and
 * go on being one; and one bit of every byte of the larger frames is given
 * to the chain that would open them.
 */
#include <stddef.h>
#include <stdlib.h>

#include "../sim/files.h"
#include "check.h"
#include "secchat/err.h"
#include "secchat/util.h"

static const char key_a[] = "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=";

/* ---- taking a simulation back to where it was ---- */

#define FIRST offsetof(struct sim_side, outbox)
#define SECOND (offsetof(struct sim_side, last_text) - REST)
#define REST offsetof(struct sim_side, sim)
#define STREAM_MAX 4096

static struct saved {
	uint8_t first[FIRST], second[SECOND];
	uint64_t out_first, out_next, texts, texts_done;
	size_t head, bytes, note_bytes;
	uint32_t notes;
	uint8_t stream[STREAM_MAX];
} saved[2];
static uint64_t saved_now;

static void
save(const struct sim *sim)
{
	saved_now = sim->now;
	for (int who = 0; who < 2; who++) {
		const struct sim_side *side = &sim->side[who];
		const struct sim_stream *out = &side->net.out;
		struct saved *s = &saved[who];

		memcpy(s->first, side, FIRST);
		memcpy(s->second, (const uint8_t *)side + REST, SECOND);
		s->out_first = side->outbox.first;
		s->out_next = side->outbox.next;
		s->head = side->outbox.head;
		s->bytes = side->outbox.bytes;
		s->texts = side->outbox.texts;
		s->texts_done = side->outbox.texts_done;
		s->notes = side->outbox.notes;
		s->note_bytes = side->outbox.note_bytes;
		CHECK(out->len <= STREAM_MAX);
		if (out->len > 0)
			memcpy(s->stream, out->p, out->len);
	}
}

static void
restore(struct sim *sim)
{
	sim->now = saved_now;
	for (int who = 0; who < 2; who++) {
		struct sim_side *side = &sim->side[who];
		struct sim_stream *out = &side->net.out;
		struct saved *s = &saved[who];
		uint8_t *p = out->p;
		size_t cap = out->cap;

		memcpy(side, s->first, FIRST);
		memcpy((uint8_t *)side + REST, s->second, SECOND);
		side->outbox.first = s->out_first;
		side->outbox.next = s->out_next;
		side->outbox.head = s->head;
		side->outbox.bytes = s->bytes;
		side->outbox.texts = s->texts;
		side->outbox.texts_done = s->texts_done;
		side->outbox.notes = s->notes;
		side->outbox.note_bytes = s->note_bytes;
		out->p = p;
		out->cap = cap;
		if (out->len > 0)
			memcpy(out->p, s->stream, out->len);
	}
}

/* ---- what comes next ---- */

static struct sim_stream *
towards(struct sim *sim, int who)
{
	return &sim->side[!who].net.out;
}

/* Length of the message that `who` reads next, with its L; 0: none whole. */
static size_t
next_message(struct sim *sim, int who)
{
	const struct sim_net *n = &sim->side[who].net;
	const struct sim_stream *in = towards(sim, who);
	size_t left = in->len - in->at, len;

	if (n->conn == 0 || n->closed_by_us || n->framing == 0 || left < 2)
		return 0;
	if (n->framing == FRAMING_RAW)
		return n->armed && left >= n->max ? n->max : 0;
	len = 2 + (size_t)(in->p[in->at] << 8 | in->p[in->at + 1]);
	return left >= len ? len : 0;
}

static void
give(struct sim *sim, int who, uint32_t conn, const uint8_t *p, size_t len)
{
	static uint8_t body[4 + FRAME_WIRE_MAX];
	struct writer w;

	writer_init(&w, body, sizeof body);
	put_u32(&w, conn);
	put_bytes(&w, p, len);
	sim_inject(sim, who, LINK_CRYPTO_NET, IPC_FRAME_IN, body, w.len);
}

/* ---- frames ---- */

static int seen[2][256]; /* by reader and type */

/* The type of the frame, as its reader will find it. */
static uint8_t
type_of(struct sim *sim, int who, const uint8_t *ct, size_t len)
{
	static uint8_t plain[FRAME_PLAIN_MAX];
	struct sim_side *side = &sim->side[who];
	struct chain copy;

	memcpy(&copy,
	    side->e.t.conn == side->net.conn ? &side->keys.trial.rx
					     : &side->keys.live.rx,
	    sizeof copy);
	CHECK(chain_open(&copy, plain, ct, len) == 0);
	return plain[0];
}

/*
 * The engine has lost its connection by it, and nothing else has happened.
 * Who was leaving anyway, or was told that the peer is, may be done.
 */
static void
check_lost(const struct sim *sim, int who, uint32_t conn)
{
	const struct sim_side *side = &sim->side[who];
	static struct sim_side before;

	memcpy(&before, saved[who].first, FIRST);
	memcpy((uint8_t *)&before + REST, saved[who].second, SECOND);
	CHECK(side->e.s.conn != conn && side->e.t.conn != conn);
	CHECK(side->received == before.received);
	CHECK(side->delivered == before.delivered);
	CHECK(side->connected == before.connected);
	CHECK(side->epoch == before.epoch);
	CHECK(
	    side->ended == before.ended || before.e.s.state >= SESSION_CLOSING);
	CHECK(
	    side->left_events == before.left_events || before.e.s.peer_closed);
}

/* Every bit of the frame that `who` reads next. */
static void
flip_frame(struct sim *sim, int who, size_t len)
{
	static uint8_t frame[2 + FRAME_CT_MAX];
	const struct sim_stream *in = towards(sim, who);
	uint32_t conn = sim->side[who].net.conn;
	uint8_t type;

	memset(frame, 0, sizeof frame);
	memcpy(frame, in->p + in->at, len);
	type = type_of(sim, who, frame + 2, len - 2);
	if (seen[who][type]++ > 0)
		return;
	save(sim);
	for (size_t bit = 0; bit < len * 8; bit++) {
		size_t l;

		frame[bit / 8] ^= (uint8_t)(1u << bit % 8);
		l = (size_t)(frame[0] << 8 | frame[1]);
		/* A length that there is not is net's, which knows the five. */
		if (frame_len_ok((uint32_t)l)) {
			give(sim, who, conn, frame + 2, l);
			check_lost(sim, who, conn);
			restore(sim);
		}
		frame[bit / 8] ^= (uint8_t)(1u << bit % 8);
	}
}

/* Move what there is to move, each new type only after its flips. */
static void
move(struct sim *sim)
{
	int moved;

	do {
		moved = 0;
		for (int who = 0; who < 2; who++) {
			size_t len = next_message(sim, who);

			if (len == 2 + 272 &&
			    sim->side[who].net.framing == FRAMING_U16)
				flip_frame(sim, who, len);
			moved |= sim_step_side(sim, who);
		}
	} while (moved);
}

/* The same, after a while in which nothing arrives. */
static void
move_later(struct sim *sim)
{
	sim->stalled = 1;
	sim_pass(sim, 100);
	sim->stalled = 0;
	move(sim);
}

/* One file each way that arrives, and one that is declined. */
static void
move_files(struct sim *sim, struct sim_files files[2])
{
	uint32_t fid;

	for (int who = 0; who < 2; who++) {
		fid = sim_offer(&files[who], 100);
		move_later(sim);
		sim_take(&files[!who], fid);
		for (int i = 0; i < 4; i++) {
			move_later(sim);
			(void)sim_files_step(&files[who]);
			(void)sim_files_step(&files[!who]);
		}
		CHECK(sim_file(&files[who], fid)->state == FILE_DONE);
		fid = sim_offer(&files[who], 100);
		move_later(sim);
		sim_stop(&files[!who], fid, FILE_WHY_DECLINED);
		move_later(sim);
	}
}

static void
every_frame(void)
{
	static struct sim_files files[2];
	struct sim *sim = sim_new(MODE_KEY, key_a, key_a, 1);

	for (int who = 0; who < 2; who++)
		sim_files_init(&files[who], sim, who);
	sim_connect(sim);
	move(sim);
	for (int who = 0; who < 2; who++) {
		CHECK(sim_text(sim, who, "a text", 6));
		move_later(sim);
		move_later(sim);
	}
	sim_inject(sim, 0, LINK_UI_CRYPTO, IPC_UI_REKEY, NULL, 0);
	move_later(sim);
	move_files(sim, files);
	sim_quit(sim, 0);
	sim_quit(sim, 1);
	move_later(sim);
	CHECK(sim->side[0].ended == 1 && sim->side[1].ended == 1);
	CHECK(sim->side[0].end_error == 0 && sim->side[1].end_error == 0);
	sim_free(sim);
	for (int who = 0; who < 2; who++)
		for (int type = FRAME_OPEN; type <= FRAME_FILE_ACK; type++)
			if (strcmp(frame_name((uint8_t)type), "?") != 0 &&
			    !CHECK(seen[who][type] > 0))
				printf("%s was not seen\n",
				    frame_name((uint8_t)type));
	printf("every bit of every type of frame\n");
}

/* ---- larger frames ---- */

static void
every_byte(void)
{
	static uint8_t plain[FRAME_PLAIN_MAX], wire[FRAME_WIRE_MAX],
	    got[FRAME_PLAIN_MAX];
	struct chain tx, rx, copy;
	uint8_t ck[32];

	memset(ck, 7, sizeof ck);
	chain_init(&tx, ck, 0, DIR_JH);
	chain_init(&rx, ck, 0, DIR_JH);
	for (size_t b = 1; b < ARRAY_LEN(frame_buckets); b++) {
		size_t len = frame_buckets[b] + FRAME_TAG, accepted = 0;

		CHECK(chain_seal(&tx, wire, plain, frame_buckets[b]) == 0);
		for (size_t i = 0; i < len; i++) {
			memcpy(&copy, &rx, sizeof copy);
			wire[2 + i] ^= (uint8_t)(1u << i % 8);
			if (chain_open(&copy, got, wire + 2, len) == 0)
				accepted++;
			wire[2 + i] ^= (uint8_t)(1u << i % 8);
		}
		CHECK(accepted == 0);
		CHECK(chain_open(&rx, got, wire + 2, len) == 0);
	}
	printf("every byte of the larger frames\n");
}

/* ---- handshakes ---- */

static struct sim *
fresh(uint8_t mode)
{
	struct sim *sim = mode == MODE_KEY
			      ? sim_new(mode, key_a, key_a, 1)
			      : sim_new(mode, "a phrase", "a phrase", 1);

	for (int who = 0; who < 2 && mode == MODE_ID; who++)
		sim_accept_new(sim, who);
	return sim;
}

/* How many connections both sides have opened. */
static int
opened(const struct sim *sim, int who)
{
	return sim->side[who].connected + sim->side[who].resumed_events;
}

/* Each bit of the message that `who` reads next; nobody may get through. */
static void
flip_message(struct sim *sim, int who, size_t len)
{
	static uint8_t message[HS_MSG_MAX];
	struct sim_stream *in = towards(sim, who);
	int before[2] = {opened(sim, 0), opened(sim, 1)};

	if (!CHECK(len <= sizeof message))
		return;
	memcpy(message, in->p + in->at, len);
	save(sim);
	for (size_t bit = 0; bit < len * 8; bit++) {
		in->p[in->at + bit / 8] ^= (uint8_t)(1u << bit % 8);
		for (int i = 0; i < 40 && sim_step(sim); i++)
			;
		CHECK(opened(sim, 0) == before[0]);
		CHECK(opened(sim, 1) == before[1]);
		restore(sim);
	}
	CHECK_MEM(message, in->p + in->at, len);
}

/* The whole handshake, each message only after its flips. */
static int
flip_handshake(struct sim *sim)
{
	int messages = 0, moved = 1;

	sim_connect(sim);
	while (moved) {
		moved = 0;
		for (int who = 0; who < 2; who++) {
			size_t len = next_message(sim, who);

			if (len > 0 &&
			    sim->side[who].net.framing == FRAMING_RAW) {
				flip_message(sim, who, len);
				messages++;
			}
			moved |= sim_step_side(sim, who);
		}
	}
	CHECK(opened(sim, 0) > 0 && opened(sim, 1) > 0);
	return messages;
}

static void
every_handshake(void)
{
	static const uint8_t modes[] = {
	    MODE_KEY, MODE_PASS, MODE_ID, MODE_PAIR};

	for (size_t m = 0; m < ARRAY_LEN(modes); m++) {
		struct sim *sim = fresh(modes[m]);
		int identity = modes[m] == MODE_ID || modes[m] == MODE_PAIR;

		CHECK(flip_handshake(sim) >= (identity ? 5 : 4));
		if (modes[m] == MODE_KEY) {
			sim_pass(sim, 100);
			sim_cut(sim, LOST_RESET);
			CHECK(flip_handshake(sim) >= 4);
		}
		sim_free(sim);
	}
	printf("every bit of every handshake\n");
}

int
main(void)
{
	if (noise_library_init() < 0)
		return 1;
	every_frame();
	every_byte();
	every_handshake();
	return check_end();
}
