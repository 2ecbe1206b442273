/*
 * Two engines chat under a clock of the test's own: handshake, window,
 * acknowledgement, loss, leaving, and every violation that a verified frame
 * can commit.
 */
#include <stdlib.h>

#include "../sim/sim.h"
#include "check.h"
#include "secchat/err.h"
#include "secchat/util.h"

static const char key_a[] = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=";
static const char key_b[] = "AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE=";

static struct sim *
connected(uint8_t mode)
{
	const char *secret = mode == MODE_KEY ? key_a : "a good passphrase";
	struct sim *sim = sim_new(mode, secret, secret, 1);

	sim_connect(sim);
	sim_run(sim);
	CHECK(sim->side[0].connected == 1 && sim->side[1].connected == 1);
	return sim;
}

static void
chats(uint8_t mode)
{
	struct sim *sim = connected(mode);
	char text[32];

	for (int i = 0; i < 1000; i++) {
		snprintf(text, sizeof text, "line %d", i);
		CHECK(sim_text(sim, i & 1, text, strlen(text)));
		if (i % 7 == 0)
			sim_run(sim);
	}
	sim_pass(sim, 1000);
	for (int who = 0; who < 2; who++) {
		CHECK(sim->side[who].received == 500);
		CHECK(sim->side[who].delivered == 500);
		CHECK(sim->side[who].out_of_order == 0);
		CHECK(sim->side[who].ended == 0);
	}
	sim_free(sim);
}

static void
largest_and_empty_texts(void)
{
	static uint8_t big[TEXT_MAX];
	struct sim *sim = connected(MODE_KEY);

	memset(big, 'x', sizeof big);
	CHECK(sim_text(sim, 0, big, sizeof big));
	sim_run(sim);
	CHECK(sim->side[1].last_text_len == sizeof big);
	CHECK_MEM(sim->side[1].last_text, big, sizeof big);
	CHECK(sim_text(sim, 1, "", 0));
	sim_pass(sim, 100);
	CHECK(sim->side[0].received == 1);
	CHECK(sim->side[0].last_text_len == 0);
	CHECK(sim->side[0].delivered == 1 && sim->side[1].delivered == 1);
	sim_free(sim);
}

/* /wire: the front end is shown what is sealed, when it asks and reads. */
static void
sealed_frames_shown(void)
{
	static uint8_t big[TEXT_MAX];
	struct sim *sim = connected(MODE_KEY);
	struct sim_side *s = &sim->side[0];

	CHECK(sim_text(sim, 0, "one", 3));
	sim_run(sim);
	CHECK(s->wires == 0);
	sim_inject(sim, 0, LINK_UI_CRYPTO, IPC_UI_WIRE, "\x01", 1);
	CHECK(sim_text(sim, 0, "two", 3));
	CHECK(s->wires == 1 && s->wire_mseq == 2);
	CHECK(s->wire_total == 2u + s->wire[0] * 256u + s->wire[1]);
	CHECK_MEM(s->wire_seen, s->wire, s->wire_total);
	sim_run(sim);
	CHECK(sim_text(sim, 0, big, sizeof big));
	CHECK(s->wires == 2 && s->wire_total == FRAME_WIRE_MAX);
	sim_run(sim);
	s->e.ui_busy = 1;
	CHECK(sim_text(sim, 0, "four", 4));
	CHECK(s->wires == 2);
	s->e.ui_busy = 0;
	sim_inject(sim, 0, LINK_UI_CRYPTO, IPC_UI_WIRE, "\0", 1);
	CHECK(sim_text(sim, 0, "five", 4));
	sim_run(sim);
	CHECK(s->wires == 2 && sim->side[1].received == 5);
	sim_free(sim);
}

/* A peer whose screen has stopped: the window fills, nothing is lost. */
static void
window_fills(void)
{
	struct sim *sim = connected(MODE_KEY);
	int sent = 0;

	sim->side[1].hold_shown = 1;
	while (sim_text(sim, 0, "text", 4))
		sent++;
	sim_pass(sim, 60000);
	CHECK(sent == WINDOW_MSGS);
	CHECK(sim->side[1].received == WINDOW_MSGS);
	CHECK(sim->side[0].delivered == 0 && sim->side[0].ended == 0);
	sim->side[1].hold_shown = 0;
	sim_pass(sim, 1000);
	CHECK(sim->side[0].delivered == WINDOW_MSGS);
	sim_free(sim);
}

/* A network that takes nothing: credit runs out, memory does not grow. */
static void
network_stalls(void)
{
	struct sim *sim = connected(MODE_KEY);
	uint32_t before = sim->side[0].frames_out;

	sim->stalled = 1;
	for (int i = 0; i < WINDOW_MSGS; i++)
		CHECK(sim_text(sim, 0, "text", 4));
	CHECK(sim->side[0].frames_out - before == CREDIT_WINDOW);
	sim->stalled = 0;
	sim_pass(sim, 1000);
	CHECK(sim->side[0].delivered == WINDOW_MSGS);
	sim_free(sim);
}

static void
silence_is_loss(void)
{
	struct sim *sim = connected(MODE_KEY);

	/* idle for hours: PINGs keep it alive */
	sim_pass(sim, 4 * 3600 * 1000);
	CHECK(sim->side[0].ended == 0 && sim->side[1].ended == 0);
	/* then the network swallows everything: 60 s and 15 s */
	sim->stalled = 1;
	sim_pass(sim, PING_IDLE + LOST_AFTER - 1000);
	CHECK(sim->side[0].lost_events == 0);
	sim_pass(sim, 2000);
	CHECK(sim->side[0].lost_events == 1 && sim->side[0].ended == 0);
	CHECK(sim->side[0].lost_why == LOST_TIMEOUT);
	/* and nobody comes again */
	sim_pass(sim, SUSPEND_TIME - 2000);
	CHECK(sim->side[0].ended == 0);
	sim_pass(sim, 4000);
	CHECK(sim->side[0].ended == 1);
	CHECK(sim->side[0].end_error == ERR_CONN_LOST);
	sim_free(sim);

	sim = connected(MODE_KEY);
	sim->stalled = 1;
	sim_text(sim, 0, "x", 1);
	sim_pass(sim, LOST_AFTER - 100);
	CHECK(sim->side[0].lost_events == 0);
	sim_pass(sim, 200);
	CHECK(sim->side[0].lost_events == 1);
	sim_pass(sim, SUSPEND_TIME);
	CHECK(sim->side[0].ended == 1 && sim->side[0].end_undelivered == 1);
	sim_free(sim);
}

static void
end_of_file_is_loss(void)
{
	struct sim *sim = connected(MODE_KEY);

	sim_cut(sim, LOST_EOF);
	for (int who = 0; who < 2; who++) {
		CHECK(sim->side[who].lost_events == 1);
		CHECK(sim->side[who].lost_why == LOST_EOF);
		CHECK(sim->side[who].ended == 0);
		CHECK(!sim->side[who].left_events);
	}
	sim_free(sim);
}

static void
leaving(int who)
{
	struct sim *sim = connected(MODE_KEY);

	sim_text(sim, 0, "last words", 10);
	sim_text(sim, 1, "mine too", 8);
	sim_quit(sim, who);
	sim_pass(sim, 1000);
	for (int i = 0; i < 2; i++) {
		CHECK(sim->side[i].ended == 1);
		CHECK(sim->side[i].end_error == 0);
		CHECK(sim->side[i].end_undelivered == 0);
		CHECK(sim->side[i].received == 1);
		CHECK(sim->side[i].end_left == (i != who));
	}
	sim_free(sim);
}

static void
leaving_at_once(void)
{
	struct sim *sim = connected(MODE_KEY);

	sim->stalled = 1;
	sim_quit(sim, 0);
	sim_quit(sim, 1);
	sim->stalled = 0;
	sim_pass(sim, 1000);
	for (int i = 0; i < 2; i++) {
		CHECK(sim->side[i].ended == 1);
		CHECK(sim->side[i].end_error == 0);
	}
	sim_free(sim);
}

/* Who leaves while the handshake ends still says so. */
static void
leaving_early(void)
{
	struct sim *sim = sim_new(MODE_KEY, key_a, key_a, 1);

	sim_connect(sim);
	for (int i = 0; i < 8 && !sim->side[1].net.promoted; i++)
		sim_step(sim);
	CHECK(sim->side[1].e.t.conn != 0);
	sim_quit(sim, 1);
	sim_pass(sim, 1000);
	CHECK(sim->side[0].end_left && sim->side[0].end_error == 0);
	CHECK(sim->side[1].ended == 1 && sim->side[1].end_error == 0);
	sim_free(sim);

	/* and gives up when the peer never opens */
	sim = sim_new(MODE_KEY, key_a, key_a, 1);
	sim_connect(sim);
	for (int i = 0; i < 8 && !sim->side[1].net.promoted; i++)
		sim_step(sim);
	sim->stalled = 1;
	sim_quit(sim, 1);
	sim_pass(sim, CLOSE_WAIT + 100);
	CHECK(sim->side[1].ended == 1 && sim->side[1].end_error == 0);
	sim_free(sim);
}

static void
leaving_a_dead_network(void)
{
	struct sim *sim = connected(MODE_KEY);

	sim->stalled = 1;
	sim_text(sim, 0, "x", 1);
	sim_quit(sim, 0);
	sim_pass(sim, CLOSE_WAIT - 100);
	CHECK(sim->side[0].ended == 0);
	sim_pass(sim, 200);
	CHECK(sim->side[0].ended == 1);
	CHECK(sim->side[0].end_error == 0);
	CHECK(sim->side[0].end_undelivered == 1);
	sim_free(sim);
}

/* After the end nothing secret is left in the engine's memory. */
static void
wiped_at_the_end(void)
{
	struct sim *sim = connected(MODE_KEY);
	const uint8_t *p = (const uint8_t *)&sim->side[0].keys;
	uint8_t sum = 0;

	sim_text(sim, 0, "plaintext", 9);
	sim_run(sim);
	sim_quit(sim, 0);
	sim_pass(sim, 1000);
	for (size_t i = 0; i < sizeof sim->side[0].keys; i++)
		sum |= p[i];
	CHECK(sum == 0);
	sum = 0;
	for (size_t i = 0; i < sizeof sim->side[0].outbox.ring; i++)
		sum |= sim->side[0].outbox.ring[i];
	for (size_t i = 0; i < sizeof sim->side[0].plain; i++)
		sum |= sim->side[0].plain[i];
	CHECK(sum == 0);
	sim_free(sim);
}

/* ---- strangers and wrong secrets ---- */

static void
wrong_secret(uint8_t mode)
{
	int key = mode == MODE_KEY;
	struct sim *sim = sim_new(mode, key ? key_b : "wrong passphrase",
	    key ? key_a : "right passphrase", 7);

	sim_connect(sim);
	sim_run(sim);
	CHECK(sim->side[SIM_JOINER].end_error == ERR_AUTH);
	CHECK(sim->side[SIM_HOST].ended == 0);
	CHECK(sim->side[SIM_HOST].attempts == 1);
	CHECK(sim->side[SIM_HOST].connected == 0);
	CHECK(sim->side[SIM_HOST].net.failed == !key);
	sim_free(sim);
}

static void
wrong_code_then_right(void)
{
	struct sim *sim = sim_new(MODE_PASS, "lusab-babad", NULL, 3);
	struct sim *again;

	CHECK(strlen(sim->side[SIM_HOST].code) == CODE_TEXT);
	sim_connect(sim);
	sim_run(sim);
	CHECK(sim->side[SIM_HOST].attempts == 1);
	CHECK(sim->side[SIM_HOST].e.s.state == SESSION_NONE);
	sim_free(sim);

	/* the joiner's passphrase is typed as the host's code reads */
	again = sim_new(MODE_PASS, "x", NULL, 3);
	CHECK(again->side[SIM_HOST].e.state == ENGINE_SERVING);
	sim_free(again);
}

static void
inbound(struct sim *sim, uint32_t conn)
{
	uint8_t body[16];
	struct writer w;

	writer_init(&w, body, sizeof body);
	put_u32(&w, conn);
	put_u8(&w, 1);
	put_u8(&w, 0);
	put_str8(&w, "x");
	sim_inject(sim, SIM_HOST, LINK_CRYPTO_NET, IPC_CONN_OPEN, body, w.len);
}

static void
stranger_says(struct sim *sim, uint32_t conn, const uint8_t *p, size_t len)
{
	uint8_t body[4 + HS_MSG_MAX];
	struct writer w;

	writer_init(&w, body, sizeof body);
	put_u32(&w, conn);
	put_bytes(&w, p, len);
	sim_inject(sim, SIM_HOST, LINK_CRYPTO_NET, IPC_FRAME_IN, body, w.len);
}

/* Garbage, another version, another mode; then the right person comes. */
static void
strangers(void)
{
	struct sim *sim = sim_new(MODE_KEY, key_a, key_a, 9);
	struct hello h = {.mode = MODE_KEY, .suite = 1};
	uint8_t hello[HELLO_MIN];
	uint32_t conn = 0;

	for (int i = 0; i < 300; i++) {
		uint8_t lost[5];
		struct writer w;

		hello_put(hello, &h);
		hello[i % HELLO_MIN] ^= (uint8_t)(1 + i / HELLO_MIN);
		inbound(sim, ++conn);
		stranger_says(sim, conn, hello, sizeof hello);
		writer_init(&w, lost, sizeof lost);
		put_u32(&w, conn);
		put_u8(&w, LOST_EOF);
		sim_inject(
		    sim, SIM_HOST, LINK_CRYPTO_NET, IPC_CONN_LOST, lost, w.len);
	}
	CHECK(sim->side[SIM_HOST].ended == 0);
	sim->side[SIM_HOST].conns = conn;
	sim_connect(sim);
	sim_run(sim);
	CHECK(sim->side[SIM_HOST].connected == 1);
	sim_free(sim);
}

static void
busy_is_refused(void)
{
	struct sim *sim = connected(MODE_KEY);
	struct hello h = {.mode = MODE_KEY, .suite = 1};
	uint8_t hello[HELLO_MIN];

	hello_put(hello, &h);
	inbound(sim, 2);
	stranger_says(sim, 2, hello, sizeof hello);
	sim_pass(sim, 100);
	CHECK(sim->side[SIM_HOST].ended == 0);
	CHECK(sim_text(sim, 0, "still here", 10));
	sim_pass(sim, 100);
	CHECK(sim->side[0].delivered == 1);
	sim_free(sim);
}

/* ---- violations: frames sealed with the right keys, wrong inside ---- */

static void
hostile_frame(
    struct sim *sim, uint8_t type, uint64_t ack, const void *body, size_t len)
{
	static uint8_t plain[FRAME_PLAIN_MAX], record[4 + FRAME_WIRE_MAX];
	struct sim_side *bad = &sim->side[0];
	size_t n = frame_put(plain, type, ack, body, len);
	struct writer w;

	CHECK(chain_seal(&bad->keys.live.tx, record + 2, plain, n) == 0);
	writer_init(&w, record, 4);
	put_u32(&w, sim->side[1].net.conn);
	sim_inject(
	    sim, 1, LINK_CRYPTO_NET, IPC_FRAME_IN, record, 4 + n + FRAME_TAG);
}

static void
hostile_msg(struct sim *sim, uint64_t mseq, const char *text)
{
	static uint8_t body[FRAME_BODY_MAX];

	hostile_frame(sim, FRAME_MSG, 0, body,
	    numbered_put(body, mseq, text, strlen(text)));
}

#define VIOLATES(act)                                           \
	do {                                                    \
		struct sim *sim = connected(MODE_KEY);          \
		sim_pass(sim, 100);                             \
		act;                                            \
		CHECK(sim->side[1].ended == 1);                 \
		CHECK(sim->side[1].end_error == ERR_VIOLATION); \
		CHECK(sim->side[1].received == 0);              \
		sim_free(sim);                                  \
	} while (0)

#define KEEPS(act)                                     \
	do {                                           \
		struct sim *sim = connected(MODE_KEY); \
		sim_pass(sim, 100);                    \
		act;                                   \
		CHECK(sim->side[1].ended == 0);        \
		sim_free(sim);                         \
	} while (0)

static void
violations(void)
{
	uint8_t body[64] = {0};
	struct close_body c = {0, 5};
	struct open_body o = {.rx_next = 1, .tx_next = 1};

	KEEPS(hostile_msg(sim, 1, "fine"));
	KEEPS(hostile_frame(sim, FRAME_PING, 0, body, ping_put(body, 9)));
	KEEPS(hostile_frame(sim, FRAME_ACK, 0, NULL, 0));
	VIOLATES(hostile_msg(sim, 2, "gap"));
	VIOLATES(hostile_msg(sim, 0, "zero"));
	VIOLATES(hostile_msg(sim, 1, "\xff"));
	VIOLATES(hostile_msg(sim, 1, "\xed\xa0\x80"));
	VIOLATES(hostile_msg(sim, WINDOW_MSGS + 1, "far"));
	VIOLATES(hostile_frame(sim, FRAME_ACK, 1, NULL, 0));
	VIOLATES(hostile_frame(sim, FRAME_PONG, 0, body, ping_put(body, 9)));
	VIOLATES(hostile_frame(sim, FRAME_OPEN, 0, body, open_put(body, &o)));
	VIOLATES(hostile_frame(sim, FRAME_CLOSE, 0, body, close_put(body, &c)));
	VIOLATES(hostile_frame(sim, FRAME_CLOSE_ACK, 0, NULL, 0));
	VIOLATES(hostile_frame(sim, 0x7f, 0, NULL, 0));
	VIOLATES(hostile_frame(sim, FRAME_FILE_DATA, 0, body, 20));
	VIOLATES(hostile_frame(sim, FRAME_ACK, 0, body, 3));
}

/* An ack may not go back, a repeat is dropped and acknowledged again. */
static void
ack_rules(void)
{
	struct sim *sim = connected(MODE_KEY);

	sim_text(sim, 1, "one", 3);
	sim_text(sim, 1, "two", 3);
	sim_pass(sim, 100);
	CHECK(sim->side[1].delivered == 2);
	hostile_frame(sim, FRAME_ACK, 1, NULL, 0);
	CHECK(sim->side[1].end_error == ERR_VIOLATION);
	sim_free(sim);

	sim = connected(MODE_KEY);
	sim_text(sim, 0, "one", 3);
	sim_pass(sim, 100);
	hostile_msg(sim, 1, "one again");
	CHECK(sim->side[1].ended == 0 && sim->side[1].received == 1);
	CHECK(sim->side[1].last_text_len == 3);
	sim_free(sim);
}

/* Nothing but OPEN before OPEN. */
static void
early_message(void)
{
	struct sim *sim = sim_new(MODE_KEY, key_a, key_a, 1);

	sim_connect(sim);
	/* the host has finished its handshake and waits for OPEN */
	for (int i = 0; i < 8 && !sim->side[1].net.promoted; i++)
		sim_step(sim);
	CHECK(sim->side[1].net.promoted && !sim->side[1].connected);
	chain_init(&sim->side[0].keys.live.tx, sim->side[1].keys.trial.rx.ck, 0,
	    DIR_JH);
	hostile_msg(sim, 1, "early");
	CHECK(sim->side[1].end_error == ERR_VIOLATION);
	CHECK(sim->side[1].received == 0 && sim->side[1].connected == 0);
	sim_free(sim);
}

/* ---- rekey ---- */

static void
epochs_equal(struct sim *sim, uint32_t n, uint8_t why0, uint8_t why1)
{
	CHECK(sim->side[0].epoch == n && sim->side[1].epoch == n);
	CHECK(sim->side[0].rekey_why == why0);
	CHECK(sim->side[1].rekey_why == why1);
	CHECK_MEM(sim->side[0].keys.live.cur.root,
	    sim->side[1].keys.live.cur.root, 32);
	CHECK(sim->side[0].ended == 0 && sim->side[1].ended == 0);
}

static void
rekey_triggers(void)
{
	struct sim *sim = connected(MODE_KEY);
	static uint8_t big[TEXT_MAX];
	uint8_t old_root[32];

	memcpy(old_root, sim->side[0].keys.live.cur.root, 32);
	sim_inject(sim, 0, LINK_UI_CRYPTO, IPC_UI_REKEY, NULL, 0);
	sim_pass(sim, 100);
	epochs_equal(sim, 1, REKEY_WHY_YOU, REKEY_WHY_PEER);
	CHECK(memcmp(old_root, sim->side[0].keys.live.cur.root, 32) != 0);
	/* both at once */
	sim->stalled = 1;
	sim_inject(sim, 0, LINK_UI_CRYPTO, IPC_UI_REKEY, NULL, 0);
	sim_inject(sim, 1, LINK_UI_CRYPTO, IPC_UI_REKEY, NULL, 0);
	sim_inject(sim, 1, LINK_UI_CRYPTO, IPC_UI_REKEY, NULL, 0);
	sim->stalled = 0;
	sim_pass(sim, 100);
	epochs_equal(sim, 2, REKEY_WHY_YOU, REKEY_WHY_YOU);
	/* by count: 20 of both directions together */
	for (int i = 0; i < 19; i++)
		sim_text(sim, i & 1, "x", 1);
	sim_pass(sim, 100);
	CHECK(sim->side[0].epoch == 2);
	sim_text(sim, 0, "x", 1);
	sim_pass(sim, 100);
	CHECK(sim->side[0].epoch == 3 && sim->side[1].epoch == 3);
	/* by time, but only with traffic */
	sim_pass(sim, 2 * REKEY_TIME);
	CHECK(sim->side[0].epoch == 3);
	sim_text(sim, 0, "x", 1);
	sim_pass(sim, 2 * REKEY_TIME);
	CHECK(sim->side[0].epoch == 4 && sim->side[0].rekeys == 4);
	/* by bytes */
	sim->side[0].e.rekey_msgs = sim->side[1].e.rekey_msgs = 1 << 30;
	for (int i = 0; i < 300; i++) {
		sim_text(sim, 0, big, sizeof big);
		sim_run(sim);
	}
	sim_pass(sim, 100);
	CHECK(sim->side[0].epoch == 5 && sim->side[1].epoch == 5);
	CHECK(sim->side[0].delivered == sim->side[1].received);
	sim_free(sim);
}

/* A front end that reads nothing is told of the last of many rekeys. */
static void
rekeys_to_a_stopped_screen(void)
{
	struct sim *sim = connected(MODE_KEY);

	sim->side[1].e.ui_busy = 1;
	for (int i = 0; i < 100; i++) {
		sim_inject(sim, 0, LINK_UI_CRYPTO, IPC_UI_REKEY, NULL, 0);
		sim_pass(sim, 10);
	}
	CHECK(sim->side[0].rekeys == 100 && sim->side[1].rekeys == 0);
	sim->side[1].e.ui_busy = 0;
	sim_text(sim, 0, "x", 1);
	sim_pass(sim, 100);
	CHECK(sim->side[1].rekeys == 1 && sim->side[1].epoch == 100);
	sim_free(sim);
}

static void
rekey_under_load(void)
{
	unsigned lines = getenv("SECCHAT_LONG") != NULL ? 400000 : 2000;
	struct sim *sim = connected(MODE_PASS);

	sim->side[0].e.rekey_msgs = sim->side[1].e.rekey_msgs = 5;
	for (unsigned i = 0; i < lines; i++) {
		while (!sim_text(sim, i & 1, "line", 4))
			sim_step(sim);
		if (i % 3 == 0)
			sim_step(sim);
	}
	sim_pass(sim, 1000);
	CHECK(sim->side[0].received == lines / 2);
	CHECK(sim->side[1].received == lines / 2);
	CHECK(sim->side[0].out_of_order + sim->side[1].out_of_order == 0);
	CHECK(sim->side[0].epoch == sim->side[1].epoch);
	CHECK(sim->side[0].epoch > 20);
	sim_free(sim);
}

static void
hostile_rekey(struct sim *sim, uint32_t epoch, uint8_t first)
{
	struct rekey_body r = {.epoch = epoch, .x = {first, 9, 9}};
	uint8_t body[64];

	hostile_frame(sim, FRAME_REKEY, 0, body, rekey_put(body, &r));
}

static void
hostile_switch(struct sim *sim, uint32_t epoch)
{
	uint8_t body[8];

	hostile_frame(sim, FRAME_SWITCH, 0, body, switch_put(body, epoch));
}

static void
zero_point(struct sim *sim)
{
	struct rekey_body r = {.epoch = 1};
	uint8_t body[64];

	hostile_frame(sim, FRAME_REKEY, 0, body, rekey_put(body, &r));
}

static void
rekey_violations(void)
{
	KEEPS(hostile_rekey(sim, 1, 9));
	VIOLATES(hostile_rekey(sim, 0, 9));
	VIOLATES(hostile_rekey(sim, 2, 9));
	VIOLATES(hostile_switch(sim, 1));
	VIOLATES((hostile_rekey(sim, 1, 9), hostile_rekey(sim, 1, 9)));
	VIOLATES((hostile_rekey(sim, 1, 9), hostile_switch(sim, 2)));
	VIOLATES(zero_point(sim));
}

/* A REKEY that is never answered drops the connection. */
static void
rekey_unanswered(void)
{
	struct sim *sim = connected(MODE_KEY);

	sim_pass(sim, 100);
	sim->stalled = 1;
	sim_inject(sim, 1, LINK_UI_CRYPTO, IPC_UI_REKEY, NULL, 0);
	for (int i = 0; i < REKEY_WAIT / 1000; i++) {
		CHECK(sim->side[1].lost_events == 0);
		hostile_frame(sim, FRAME_ACK, 0, NULL, 0);
		sim_pass(sim, 1000);
	}
	CHECK(sim->side[1].lost_events == 1);
	sim_free(sim);
}

/* ---- identities ---- */

static struct sim *
identities(uint8_t mode, const char *code_j, const char *code_h)
{
	return sim_new(mode, code_j, code_h, 5);
}

static void
both_meet(struct sim *sim, int expect)
{
	sim_connect(sim);
	sim_pass(sim, 100);
	CHECK(sim->side[0].connected == expect);
	CHECK(sim->side[1].connected == expect);
}

static void
id_known_and_unknown(void)
{
	struct sim *sim = identities(MODE_ID, NULL, NULL);

	sim_remember(sim, 0, PEER_VERIFIED, "hostess");
	sim_remember(sim, 1, 0, "jo");
	both_meet(sim, 1);
	CHECK(sim->side[0].met == MET_KNOWN && sim->side[0].met_verified);
	CHECK(sim->side[1].met == MET_KNOWN && !sim->side[1].met_verified);
	CHECK(sim->side[0].peer_known && sim->side[1].peer_known);
	CHECK(strcmp(sim->side[0].safety, sim->side[1].safety) == 0);
	CHECK(strlen(sim->side[0].safety) == SAFETY_DIGITS);
	CHECK(sim_text(sim, 0, "x", 1));
	sim_pass(sim, 100);
	CHECK(sim->side[0].delivered == 1);
	sim_free(sim);

	/* the joiner does not know the host: stop before its own key leaves */
	sim = identities(MODE_ID, NULL, NULL);
	sim_remember(sim, 1, 0, "jo");
	both_meet(sim, 0);
	CHECK(sim->side[0].end_error == ERR_PEER_UNKNOWN);
	CHECK(sim->side[0].met == MET_UNKNOWN && sim->side[1].met == 0);
	CHECK(sim->side[1].ended == 0);
	sim_free(sim);

	/* the host does not know the joiner: it goes on waiting */
	sim = identities(MODE_ID, NULL, NULL);
	sim_remember(sim, 0, 0, "hostess");
	both_meet(sim, 0);
	CHECK(sim->side[0].end_error == ERR_NOT_KNOWN_THERE);
	CHECK(sim->side[1].met == MET_UNKNOWN && sim->side[1].ended == 0);
	CHECK(sim->side[1].attempts == 0);
	sim_free(sim);

	/* trust on first use, when both say so */
	sim = identities(MODE_ID, NULL, NULL);
	sim_accept_new(sim, 0);
	sim_accept_new(sim, 1);
	both_meet(sim, 1);
	CHECK(sim->side[0].met == MET_NEW && sim->side[1].met == MET_NEW);
	CHECK(!sim->side[0].peer_known && !sim->side[0].e.s.verified);
	sim_free(sim);
}

static void
id_changed(void)
{
	struct sim *sim = identities(MODE_ID, NULL, NULL);
	uint8_t body[40] = {PEER_EXPECTED, 9, 9};
	char print[FINGERPRINT_TEXT];

	/* "bob" is expected, and somebody else answers */
	body[33] = 3;
	memcpy(body + 34, "bob", 3);
	sim_inject(sim, 0, LINK_SUPER_CRYPTO, IPC_PEER_KNOWN, body, 37);
	sim_remember(sim, 0, 0, "mallory");
	sim_remember(sim, 1, 0, "jo");
	both_meet(sim, 0);
	CHECK(sim->side[0].end_error == ERR_PEER_CHANGED);
	CHECK(sim->side[0].met == MET_CHANGED);
	CHECK(sim->side[1].ended == 0);
	CHECK(strcmp(sim->side[0].met_name, "bob") == 0);
	pk_fingerprint(print, sim->side[1].e.keys->secret.s.pk);
	CHECK(strcmp(sim->side[0].met_print, print) == 0);
	pk_fingerprint(print, body + 1);
	CHECK(strcmp(sim->side[0].met_other, print) == 0);
	sim_free(sim);

	/* the same at a waiting host: a stranger must not end it */
	sim = identities(MODE_ID, NULL, NULL);
	sim_inject(sim, 1, LINK_SUPER_CRYPTO, IPC_PEER_KNOWN, body, 37);
	sim_remember(sim, 0, 0, "hostess");
	both_meet(sim, 0);
	CHECK(sim->side[1].ended == 0 && sim->side[1].met == MET_CHANGED);
	sim_free(sim);

	/* but behind a code it is the person: full stop */
	sim = identities(MODE_PAIR, "same words", "same words");
	sim_inject(sim, 1, LINK_SUPER_CRYPTO, IPC_PEER_KNOWN, body, 37);
	both_meet(sim, 0);
	CHECK(sim->side[1].end_error == ERR_PEER_CHANGED);
	CHECK(sim->side[1].received == 0);
	sim_free(sim);
}

static void
pairing(void)
{
	struct sim *sim = identities(MODE_PAIR, "same words", "same words");

	both_meet(sim, 1);
	CHECK(sim->side[0].met == MET_NEW && sim->side[1].met == MET_NEW);
	CHECK(sim_text(sim, 1, "x", 1));
	sim_pass(sim, 100);
	CHECK(sim->side[1].delivered == 1);
	sim_free(sim);

	sim = identities(MODE_PAIR, "same words", "other words");
	both_meet(sim, 0);
	CHECK(sim->side[0].end_error == ERR_AUTH);
	CHECK(sim->side[1].attempts == 1 && sim->side[1].ended == 0);
	sim_free(sim);

	/* somebody new claims the name of somebody remembered */
	sim = identities(MODE_PAIR, "same words", "same words");
	memcpy(sim->side[0].e.own_name, "bob", 4);
	{
		uint8_t body[40] = {0, 9, 9};

		body[33] = 3;
		memcpy(body + 34, "bob", 3);
		sim_inject(sim, 1, LINK_SUPER_CRYPTO, IPC_PEER_KNOWN, body, 37);
	}
	sim_connect(sim);
	sim_pass(sim, 100);
	CHECK(sim->side[1].end_error == ERR_PEER_CHANGED);
	CHECK(sim->side[1].connected == 0);
	sim_free(sim);
}

/* ---- comparing digits ---- */

static void
type_digits(struct sim *sim, int who, const char *digits)
{
	sim_inject(
	    sim, who, LINK_UI_CRYPTO, IPC_UI_VERIFY, digits, strlen(digits));
}

static void
verifying(uint8_t mode)
{
	struct sim *sim = sim_new(mode, mode == MODE_KEY ? key_a : "words",
	    mode == MODE_KEY ? key_a : "words", 1);
	char joiner[7], host[7];

	if (mode == MODE_ID) {
		sim_accept_new(sim, 0);
		sim_accept_new(sim, 1);
	}
	both_meet(sim, 1);
	type_digits(sim, 0, "");
	type_digits(sim, 1, "");
	CHECK(sim->side[0].verify_state == VERIFY_ASK);
	CHECK(sim->side[0].verify_left == VERIFY_TRIES);
	memcpy(joiner, sim->side[0].verify_read, 7);
	memcpy(host, sim->side[1].verify_read, 7);
	CHECK(strcmp(joiner, host) != 0);
	type_digits(sim, 0, joiner);
	CHECK(sim->side[0].verify_state == VERIFY_OWN);
	CHECK(sim->side[0].verify_left == VERIFY_TRIES);
	type_digits(sim, 0, &"0000000"[1]);
	CHECK(sim->side[0].verify_state == VERIFY_WRONG);
	CHECK(sim->side[0].verify_left == VERIFY_TRIES - 1);
	type_digits(sim, 0, host);
	CHECK(sim->side[0].verify_state == VERIFY_OK);
	CHECK(sim->side[0].e.s.verified && !sim->side[1].e.s.verified);
	CHECK(sim->side[0].met == (mode_has_identity(mode) ? MET_VERIFIED : 0));
	type_digits(sim, 1, joiner);
	CHECK(sim->side[1].verify_state == VERIFY_OK);
	sim_free(sim);
}

static void
three_misses(void)
{
	struct sim *sim = connected(MODE_KEY);

	for (int i = 0; i < VERIFY_TRIES; i++) {
		CHECK(sim->side[0].ended == 0);
		type_digits(sim, 0, "000000");
	}
	sim_pass(sim, 1000);
	CHECK(sim->side[0].end_error == ERR_VERIFY);
	CHECK(sim->side[1].end_error == ERR_VERIFY_THERE);
	sim_free(sim);
}

/* ---- damaged frames lose the connection and show nothing ---- */

static void
damage(size_t at, uint8_t bit)
{
	struct sim *sim = connected(MODE_KEY);
	struct sim_stream *out = &sim->side[0].net.out;

	sim_pass(sim, 100);
	sim->stalled = 1;
	sim_text(sim, 0, "secret text", 11);
	CHECK(out->len - out->at == 274);
	out->p[out->at + at] ^= bit;
	sim->stalled = 0;
	sim_run(sim);
	CHECK(sim->side[1].received == 0);
	/* a longer length waits for bytes that never come: silence */
	if (sim->side[1].lost_events == 0)
		CHECK(at < 2);
	CHECK(sim->side[1].ended == 0);
	sim_free(sim);
}

int
main(void)
{
	if (noise_library_init() < 0)
		return 1;
	chats(MODE_KEY);
	chats(MODE_PASS);
	largest_and_empty_texts();
	sealed_frames_shown();
	window_fills();
	network_stalls();
	silence_is_loss();
	end_of_file_is_loss();
	leaving(0);
	leaving(1);
	leaving_at_once();
	leaving_early();
	leaving_a_dead_network();
	wiped_at_the_end();
	wrong_secret(MODE_KEY);
	wrong_secret(MODE_PASS);
	wrong_code_then_right();
	strangers();
	busy_is_refused();
	violations();
	ack_rules();
	early_message();
	id_known_and_unknown();
	id_changed();
	pairing();
	verifying(MODE_KEY);
	verifying(MODE_PASS);
	verifying(MODE_ID);
	verifying(MODE_PAIR);
	three_misses();
	rekey_triggers();
	rekeys_to_a_stopped_screen();
	rekey_under_load();
	rekey_violations();
	rekey_unanswered();
	for (size_t at = 0; at < 274; at++)
		damage(at, (uint8_t)(1u << at % 8));
	return check_end();
}
