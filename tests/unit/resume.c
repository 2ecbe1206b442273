/*
 * Sessions that lose their connection and go on: cut at every step of a chat
 * with texts and new keys, in every mode, and cut again while they resume;
 * who is let in meanwhile and who is not; and what is said at the end.  Two
 * engines under a clock of the test's own.
 */
#include <stdlib.h>

#include "../sim/sim.h"
#include "check.h"
#include "secchat/err.h"
#include "secchat/util.h"
#include "secchat/wire.h"

static const char key_a[] = "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=";

static struct sim *
fresh(uint8_t mode)
{
	struct sim *sim;

	if (mode == MODE_KEY)
		return sim_new(mode, key_a, key_a, 1);
	sim = sim_new(mode, "correct horse", "correct horse", 1);
	if (mode == MODE_ID) {
		sim_accept_new(sim, 0);
		sim_accept_new(sim, 1);
	}
	return sim;
}

static struct sim *
connected(uint8_t mode)
{
	struct sim *sim = fresh(mode);

	sim_connect(sim);
	sim_run(sim);
	CHECK(sim->side[0].connected == 1 && sim->side[1].connected == 1);
	sim_pass(sim, 100);
	return sim;
}

static void
say(struct sim *sim, int who, int n)
{
	char text[32];

	for (int i = 0; i < n; i++) {
		snprintf(text, sizeof text, "%d says %d", who, i);
		CHECK(sim_text(sim, who, text, strlen(text)));
	}
}

/* Everything that was said has arrived, once and in order, and both know. */
static void
all_is_well(struct sim *sim)
{
	for (int who = 0; who < 2; who++) {
		struct sim_side *side = &sim->side[who];

		CHECK(side->ended == 0 && side->out_of_order == 0);
		CHECK(side->e.s.state == SESSION_LIVE);
		CHECK(side->delivered == side->submitted);
		CHECK(side->received == sim->side[!who].submitted);
		CHECK(side->e.keys->resume.n == 1);
		CHECK(side->e.lost_at == CLOCK_NEVER);
	}
	CHECK_MEM(sim->side[0].keys.resume.e[0].rs,
	    sim->side[1].keys.resume.e[0].rs, 32);
}

/* The supervisor of the joiner calls until there is a connection. */
static void
call_again(struct sim *sim)
{
	for (int i = 0; i < 20 && sim->side[0].wants_call; i++) {
		sim->side[0].wants_call = 0;
		sim_connect(sim);
		sim_run(sim);
	}
	sim_pass(sim, 1000);
}

/*
 * Texts both ways with new keys asked for, cut after `first` steps; the next
 * connection is cut after `second`, and then it is left alone.
 */
static void
cut_after(uint8_t mode, int first, int second)
{
	struct sim *sim = connected(mode);

	say(sim, 0, 5);
	sim_inject(sim, first & 1, LINK_UI_CRYPTO, IPC_UI_REKEY, NULL, 0);
	say(sim, 1, 5);
	for (int i = 0; i < first; i++)
		sim_step(sim);
	sim_cut(sim, LOST_RESET);
	say(sim, 0, 2);
	CHECK(sim->side[0].lost_events == 1 && sim->side[1].lost_events == 1);
	CHECK(sim->side[0].wants_call);
	sim_connect(sim);
	for (int i = 0; i < second; i++)
		sim_step(sim);
	sim_cut(sim, LOST_EOF);
	say(sim, 1, 2);
	call_again(sim);
	all_is_well(sim);
	CHECK(sim->side[0].connected == 1 && sim->side[1].connected == 1);
	CHECK(sim->side[0].resumed_events == sim->side[0].lost_events);
	sim_quit(sim, 0);
	sim_pass(sim, 1000);
	CHECK(sim->side[1].end_left && sim->side[1].end_error == 0);
	CHECK(sim->side[0].ended == 1 && sim->side[0].end_error == 0);
	sim_free(sim);
}

/* Only one side notices: the host's connection still looks alive. */
static void
one_side_notices(uint8_t mode, int steps)
{
	struct sim *sim = connected(mode);
	uint8_t lost[5] = {0, 0, 0, 1, LOST_RESET};

	say(sim, 0, 3);
	say(sim, 1, 3);
	for (int i = 0; i < steps; i++)
		sim_step(sim);
	sim_inject(sim, 0, LINK_CRYPTO_NET, IPC_CONN_LOST, lost, sizeof lost);
	CHECK(sim->side[0].lost_events == 1 && sim->side[1].lost_events == 0);
	CHECK(sim->side[1].e.s.state == SESSION_LIVE);
	call_again(sim);
	all_is_well(sim);
	CHECK(sim->side[1].resumed_events == 1);
	sim_free(sim);
}

/* What one side has sent last and the other has not read: taken off the
 * cable. */
static size_t
intercept(struct sim *sim, int who, uint8_t *frame, size_t max)
{
	struct sim_stream *out = &sim->side[who].net.out;
	size_t len = out->len - out->at;

	CHECK(len <= max);
	memcpy(frame, out->p + out->at, len);
	out->at = out->len;
	return len;
}

/* It arrives after all: a message of the handshake, or what is behind the
 * length of a frame. */
static void
arrive(struct sim *sim, int who, uint32_t conn, const uint8_t *p, size_t len)
{
	uint8_t body[4 + FRAME_WIRE_MAX];
	struct writer w;

	writer_init(&w, body, sizeof body);
	put_u32(&w, conn);
	put_bytes(&w, p, len);
	sim_inject(sim, who, LINK_CRYPTO_NET, IPC_FRAME_IN, body, w.len);
}

static void
lose(struct sim *sim, int who, uint32_t conn)
{
	uint8_t body[5] = {0, 0, 0, (uint8_t)conn, LOST_RESET};

	sim->side[who].net.conn = 0;
	sim_inject(sim, who, LINK_CRYPTO_NET, IPC_CONN_LOST, body, sizeof body);
}

/*
 * The joiner gives a connection up in the middle of a rekey, and the next one
 * fails when it has the new secret and the host has not its OPEN.  What it had
 * sent on the first arrives only now: the host must be done with that, since
 * a SWITCH would make it forget the only secret that both have.
 */
static void
late_switch(void)
{
	static uint8_t rekey[2048], answer[2048], last[2048];
	struct sim *sim = connected(MODE_KEY);
	size_t rekey_len, answer_len, last_len;
	uint32_t old = sim->side[1].e.s.conn;

	sim_inject(sim, 0, LINK_UI_CRYPTO, IPC_UI_REKEY, NULL, 0);
	rekey_len = intercept(sim, 0, rekey, sizeof rekey);
	sim_inject(sim, 1, LINK_UI_CRYPTO, IPC_UI_REKEY, NULL, 0);
	answer_len = intercept(sim, 1, answer, sizeof answer);
	arrive(sim, 0, old, answer + 2, answer_len - 2);
	last_len = intercept(sim, 0, last, sizeof last);
	CHECK(sim->side[0].keys.resume.n == 2);
	lose(sim, 0, old);
	sim->side[0].wants_call = 0;
	sim_connect(sim);
	while (sim->side[1].e.t.conn == 0)
		CHECK(sim_step(sim));
	(void)intercept(sim, 1, answer, sizeof answer);
	arrive(sim, 0, old + 1, answer, 48);
	CHECK(sim->side[0].keys.resume.n == 1);
	lose(sim, 1, old + 1);
	arrive(sim, 1, old, rekey + 2, rekey_len - 2);
	arrive(sim, 1, old, last + 2, last_len - 2);
	lose(sim, 0, old + 1);
	say(sim, 0, 2);
	say(sim, 1, 2);
	call_again(sim);
	all_is_well(sim);
	sim_free(sim);
}

/* Cut in the first handshake and before OPEN. */
static void
cut_early(uint8_t mode, int steps)
{
	struct sim *sim = fresh(mode);

	sim_connect(sim);
	for (int i = 0; i < steps; i++)
		sim_step(sim);
	sim_cut(sim, LOST_RESET);
	CHECK(sim->side[1].ended == 0);
	CHECK(sim->side[1].lost_events == sim->side[1].connected);
	if (sim->side[0].ended == 0) {
		call_again(sim);
		CHECK(sim->side[0].connected == 1);
		CHECK(sim->side[1].connected == 1);
		say(sim, 0, 3);
		say(sim, 1, 3);
		sim_pass(sim, 1000);
		all_is_well(sim);
	}
	sim_free(sim);
}

/* Ten minutes, and it is over; what was not delivered is counted. */
static void
nobody_comes(void)
{
	struct sim *sim = connected(MODE_KEY);

	sim_cut(sim, LOST_EOF);
	say(sim, 1, 3);
	sim_pass(sim, SUSPEND_TIME - 1);
	CHECK(sim->side[0].ended == 0 && sim->side[1].ended == 0);
	sim_pass(sim, 2);
	for (int who = 0; who < 2; who++) {
		CHECK(sim->side[who].end_error == ERR_CONN_LOST);
		CHECK(sim->side[who].end_undelivered == (who ? 3 : 0));
	}
	sim_free(sim);
}

/* A host whose visitor never opened waits for anybody again. */
static void
never_opened(void)
{
	struct sim *sim = fresh(MODE_KEY);

	sim_connect(sim);
	while (sim->side[1].e.t.conn == 0)
		CHECK(sim_step(sim));
	sim_cut(sim, LOST_RESET);
	CHECK(sim->side[1].e.keys->resume.n == 1);
	sim_pass(sim, SUSPEND_TIME + 1);
	CHECK(sim->side[1].ended == 0 && sim->side[1].lost_events == 0);
	CHECK(sim->side[1].e.keys->resume.n == 0);
	sim_free(sim);
}

/*
 * The joiner's program was started anew: a full handshake with the same secret
 * while the host waits ends the old session, says what of it is lost, and
 * begins a new one.
 */
static void
started_anew(uint8_t mode)
{
	struct sim *sim = connected(mode), *other = fresh(mode);
	struct sim_side *host = &sim->side[1];

	say(sim, 1, 2);
	sim_pass(sim, 100);
	sim_cut(sim, LOST_EOF);
	say(sim, 1, 4);
	/* another process takes the joiner's place */
	sim_swap_joiner(sim, other);
	sim_connect(sim);
	sim_run(sim);
	CHECK(host->restarted == 1 && host->unconfirmed == 4);
	CHECK(host->connected == 2 && host->resumed_events == 0);
	say(sim, 0, 3);
	say(sim, 1, 3);
	sim_pass(sim, 1000);
	all_is_well(sim);
	sim_quit(sim, 1);
	sim_pass(sim, 1000);
	CHECK(host->end_undelivered == 4);
	sim_free(sim);
	sim_free(other);
}

/* What the front end sent before it knew belongs to the old session. */
static void
sent_too_early(void)
{
	struct sim *sim = connected(MODE_KEY), *other = fresh(MODE_KEY);
	struct sim_side *host = &sim->side[1];

	sim_cut(sim, LOST_EOF);
	sim_swap_joiner(sim, other);
	sim_connect(sim);
	while (host->restarted == 0)
		CHECK(sim_step(sim));
	CHECK(host->must_answer);
	sim_inject(sim, 1, LINK_UI_CRYPTO, IPC_UI_SEND, "old", 3);
	sim_pass(sim, 1000);
	CHECK(sim->side[0].received == 0);
	CHECK(host->e.unconfirmed == 1);
	say(sim, 1, 1);
	sim_pass(sim, 1000);
	CHECK(sim->side[0].received == 1);
	CHECK(sim->side[0].last_text_len == strlen("1 says 0"));
	sim_free(sim);
	sim_free(other);
}

/*
 * Both computers sleep for a minute and no timer is served meanwhile.  When the
 * network has forgotten the connection they find out and go on; when it has
 * not, nothing happened.
 */
static void
both_asleep(int forgotten)
{
	struct sim *sim = connected(MODE_KEY);

	say(sim, 0, 2);
	sim->stalled = 1;
	sim->now += 60000;
	sim->stalled = forgotten;
	say(sim, 1, 2);
	sim_pass(sim, LOST_AFTER + 1000);
	CHECK(sim->side[1].lost_events == forgotten);
	CHECK(sim->side[0].lost_events == forgotten);
	sim->stalled = 0;
	if (forgotten)
		call_again(sim);
	all_is_well(sim);
	sim_free(sim);
}

/* Who leaves while there is no connection leaves at once, and says what of. */
static void
leave_while_lost(void)
{
	struct sim *sim = connected(MODE_PASS);

	sim_cut(sim, LOST_EOF);
	say(sim, 0, 2);
	sim_quit(sim, 0);
	CHECK(sim->side[0].ended == 1 && sim->side[0].end_error == 0);
	CHECK(sim->side[0].end_undelivered == 2);
	sim_free(sim);
}

/* What was left in order cannot be resumed. */
static void
left_is_left(void)
{
	struct sim *sim = connected(MODE_KEY);

	sim->stalled = 1;
	sim_quit(sim, 1);
	CHECK(sim->side[1].e.keys->resume.n == 0);
	sim_cut(sim, LOST_EOF);
	CHECK(sim->side[1].ended == 1);
	CHECK(sim->side[0].ended == 0 && sim->side[0].lost_events == 1);
	sim_free(sim);
}

/* A RESUME of a session that is not there is refused, and never counted. */
static void
unknown_resume(void)
{
	struct sim *sim = connected(MODE_PASS), *host = fresh(MODE_PASS);

	sim_cut(sim, LOST_EOF);
	sim_swap_host(sim, host);
	sim_connect(sim);
	sim_run(sim);
	CHECK(sim->side[0].wants_call && sim->side[0].ended == 0);
	CHECK(sim->side[1].attempts == 0 && sim->side[1].connected == 0);
	sim_free(sim);
	sim_free(host);
}

/* Verified once is verified; the digits are those of the new connection. */
static void
verified_survives(void)
{
	struct sim *sim = connected(MODE_PASS);
	char before[13];

	memcpy(before, sim->side[0].keys.live.sas, sizeof before);
	sim_inject(sim, 0, LINK_UI_CRYPTO, IPC_UI_VERIFY, before + SAS_HALF, 0);
	sim_inject(sim, 0, LINK_UI_CRYPTO, IPC_UI_VERIFY, before, SAS_HALF);
	CHECK(sim->side[0].verify_state == VERIFY_OK);
	sim_cut(sim, LOST_EOF);
	call_again(sim);
	CHECK(sim->side[0].e.s.verified);
	CHECK(memcmp(before, sim->side[0].keys.live.sas, 12) != 0);
	CHECK_MEM(sim->side[0].keys.live.sas, sim->side[1].keys.live.sas, 12);
	sim_free(sim);
}

/* Somebody at the host's door who begins anew; whether they may stay. */
static int
begins(struct sim *sim, const char *addr)
{
	struct hello h = {.mode = MODE_KEY, .suite = SUITE_1};
	struct engine *e = &sim->side[1].e;
	uint32_t id = ++sim->side[1].conns;
	uint8_t body[7 + ADDR_TEXT_MAX], hello[HELLO_MIN];
	struct writer w;

	writer_init(&w, body, sizeof body);
	put_u32(&w, id);
	put_u8(&w, 1);
	put_u8(&w, 0);
	put_str8(&w, addr);
	sim_inject(sim, 1, LINK_CRYPTO_NET, IPC_CONN_OPEN, body, w.len);
	hello_put(hello, &h);
	arrive(sim, 1, id, hello, sizeof hello);
	for (size_t i = 0; i < ARRAY_LEN(e->conns); i++)
		if (e->conns[i].id == id)
			return 1;
	return 0;
}

static unsigned
at_the_door(struct sim *sim)
{
	unsigned n = 0;

	for (size_t i = 0; i < NET_CONNS; i++)
		n += sim->side[1].e.conns[i].id != 0;
	return n;
}

/*
 * A host that waits for a session to go on: who begins anew never has all the
 * places of a source, or all there are.  One that waits for anybody lets net
 * count.
 */
static void
a_place_is_left(void)
{
	static const struct {
		const char *addr;
		unsigned then;
	} rows[] = {
	    {"192.0.2.1:1", 1},
	    {"192.0.2.1:2", 1},
	    {"[2001:db8::1]:1", 2},
	    {"[2001:db8::2]:1", 2}, /* the same /64 */
	    {"192.0.2.2:1", 3},
	    {"192.0.2.3:1", 3},
	    {"192.0.2.3:2", 3},
	};
	struct sim *sim = fresh(MODE_KEY);

	for (unsigned i = 0; i < HALF_OPEN_PER_SOURCE; i++) {
		CHECK(begins(sim, "192.0.2.1:1"));
		CHECK(at_the_door(sim) == i + 1);
	}
	sim_free(sim);

	sim = connected(MODE_KEY);
	CHECK(!begins(sim, rows[0].addr)); /* busy */
	sim_cut(sim, LOST_EOF);
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		CHECK(begins(sim, rows[i].addr));
		CHECK(at_the_door(sim) == rows[i].then);
	}
	call_again(sim);
	all_is_well(sim);
	CHECK(sim->side[1].resumed_events == 1 && at_the_door(sim) == 0);
	sim_free(sim);
}

int
main(void)
{
	static const uint8_t modes[] = {
	    MODE_KEY, MODE_PASS, MODE_ID, MODE_PAIR};

	if (noise_library_init() < 0)
		return 1;
	for (size_t m = 0; m < ARRAY_LEN(modes); m++) {
		/* Argon2id takes its time. */
		int slow = modes[m] == MODE_PASS || modes[m] == MODE_PAIR;
		int all = modes[m] == MODE_KEY;

		for (int first = 0; first < 24; first += slow ? 11 : 1)
			for (int second = 0; second < 9; second += slow  ? 8
								   : all ? 1
									 : 4)
				cut_after(modes[m], first, second);
		for (int steps = 0; steps < 12; steps += slow ? 5 : 1) {
			one_side_notices(modes[m], steps);
			cut_early(modes[m], steps);
		}
		started_anew(modes[m]);
	}
	printf("cut at every step, in every mode\n");
	late_switch();
	nobody_comes();
	never_opened();
	sent_too_early();
	both_asleep(0);
	both_asleep(1);
	leave_while_lost();
	left_is_left();
	unknown_resume();
	verified_survives();
	a_place_is_left();
	printf("waiting, leaving, starting anew\n");
	return check_end();
}
