/*
 * Files between two engines: offered, taken, declined, stopped by either side
 * at any moment, several at once, over connections that are cut, with texts
 * and new keys between them; what a peer must not say about a file, and what
 * a worker must not.  No byte is wrong, twice or missing, and both sides know
 * how every file ended.
 */
#include <stdlib.h>

#include "../sim/files.h"
#include "check.h"
#include "secchat/err.h"
#include "secchat/util.h"

static const char key_a[] = "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=";

static struct sim_files files[2];

static struct sim *
connected(void)
{
	struct sim *sim = sim_new(MODE_KEY, key_a, key_a, 1);

	sim_files_init(&files[0], sim, 0);
	sim_files_init(&files[1], sim, 1);
	sim_connect(sim);
	sim_run(sim);
	CHECK(sim->side[0].connected == 1 && sim->side[1].connected == 1);
	sim_pass(sim, 100);
	return sim;
}

static int
step(struct sim *sim)
{
	int moved = sim_step(sim);

	moved |= sim_files_step(&files[0]);
	return sim_files_step(&files[1]) | moved;
}

static void
run(struct sim *sim)
{
	for (int i = 0; i < 200; i++) {
		for (int n = 0; n < 100000 && step(sim); n++)
			;
		sim_pass(sim, 10);
	}
}

static void
end(struct sim *sim)
{
	for (int who = 0; who < 2; who++) {
		CHECK(files[who].wrong == 0);
		CHECK(files[who].other == 0);
		CHECK(sim->side[who].out_of_order == 0);
		CHECK(sim->side[who].delivered == sim->side[who].submitted);
	}
	sim_free(sim);
}

/* ---- one file ---- */

static void
test_sizes(void)
{
	static const uint64_t sizes[] = {0, 1, 999, 1000, 1001, 65495, 65496,
	    FILE_WINDOW, FILE_WINDOW + 1, 5 * FILE_WINDOW + 17};
	struct sim *sim = connected();

	for (size_t i = 0; i < ARRAY_LEN(sizes); i++) {
		int who = i & 1;
		uint32_t fid = sim_offer(&files[who], sizes[i]);
		struct sim_file *ours, *theirs;

		CHECK(fid == 1 + (uint32_t)i);
		run(sim);
		theirs = sim_file(&files[!who], fid);
		CHECK(theirs != NULL && theirs->offered &&
		      theirs->size == sizes[i]);
		if (theirs == NULL)
			break;
		sim_take(&files[!who], fid);
		run(sim);
		ours = sim_file(&files[who], fid);
		CHECK(ours->state == FILE_DONE && theirs->state == FILE_DONE);
		CHECK(theirs->kept && theirs->stored == sizes[i]);
	}
	CHECK(sim_text(sim, 0, "still here", 10));
	run(sim);
	CHECK(sim->side[1].received == 1 && sim->side[0].delivered == 1);
	/* Nobody holds anything of them any more. */
	for (int n = 0; n < FILES_MAX; n++) {
		CHECK(sim->side[0].e.files.out[n].state == FILE_FREE);
		CHECK(sim->side[1].e.files.in[n].state == FILE_FREE);
	}
	end(sim);
}

static void
test_declined(void)
{
	struct sim *sim = connected();
	uint32_t fid = sim_offer(&files[0], 5000);

	run(sim);
	sim_stop(&files[1], fid, FILE_WHY_DECLINED);
	run(sim);
	CHECK(sim_file(&files[0], fid)->state == FILE_STOPPED);
	CHECK(sim_file(&files[0], fid)->why == FILE_WHY_DECLINED);
	CHECK(files[0].pieces == 0 && files[1].pieces == 0);
	end(sim);
}

/* Either side ends it after so many steps; the other hears why. */
static void
stop_after(int who, int steps)
{
	uint8_t why = who == 0 ? FILE_WHY_READ : FILE_WHY_FULL;
	struct sim *sim = connected();
	uint32_t fid = sim_offer(&files[0], 3 * FILE_WINDOW);
	struct sim_file *other;

	run(sim);
	sim_take(&files[1], fid);
	for (int i = 0; i < steps; i++)
		step(sim);
	sim_stop(&files[who], fid, why);
	run(sim);
	other = sim_file(&files[!who], fid);
	CHECK(other->state == FILE_DONE ||
	      (other->state == FILE_STOPPED && other->why == why));
	fid = sim_offer(&files[0], 100);
	run(sim);
	sim_take(&files[1], fid);
	run(sim);
	CHECK(sim_file(&files[0], fid)->state == FILE_DONE);
	end(sim);
}

/* A reason that is the other side's to have is a change of mind. */
static void
test_reasons(void)
{
	static const uint8_t heard[2][8] = {
	    {0, 2, 2, FILE_WHY_READ, FILE_WHY_CHANGED, 2, 2, 2},
	    {0, FILE_WHY_DECLINED, 2, 2, 2, FILE_WHY_WRITE, FILE_WHY_FULL,
		FILE_WHY_MANY},
	};
	struct sim *sim = connected();

	for (int who = 0; who < 2; who++)
		for (unsigned why = 1; why <= FILE_WHY_MANY; why++) {
			uint32_t fid = sim_offer(&files[0], 5000);

			run(sim);
			sim_stop(&files[who], fid, (uint8_t)why);
			run(sim);
			CHECK(
			    sim_file(&files[!who], fid)->state == FILE_STOPPED);
			CHECK(sim_file(&files[!who], fid)->why ==
			      heard[who][why]);
		}
	end(sim);
}

/* As many as there may be, at once, in both directions; and one more. */
static void
test_many(void)
{
	struct sim *sim = connected();
	uint32_t fid[2];

	for (int i = 0; i < FILES_MAX; i++)
		for (int who = 0; who < 2; who++)
			sim_offer(&files[who], 70000 + (uint64_t)i);
	for (int who = 0; who < 2; who++)
		fid[who] = sim_offer(&files[who], 10);
	run(sim);
	for (int who = 0; who < 2; who++) {
		CHECK(sim_file(&files[who], fid[who])->why == FILE_WHY_MANY);
		CHECK(sim_file(&files[!who], fid[who]) == NULL);
		for (uint32_t n = 1 + (uint32_t)!who; n < fid[!who]; n += 2)
			sim_take(&files[who], n);
	}
	run(sim);
	for (int who = 0; who < 2; who++)
		for (size_t n = 0; n < files[who].len; n++)
			CHECK(files[who].file[n].state == FILE_DONE ||
			      files[who].file[n].why == FILE_WHY_MANY);
	end(sim);
}

/* A disk that stands still: no more than the window, and the chat goes on. */
static void
test_slow_disk(void)
{
	struct sim *sim = connected();
	uint32_t fid = sim_offer(&files[0], 4 * FILE_WINDOW);

	run(sim);
	sim_take(&files[1], fid);
	files[1].hold = 1;
	run(sim);
	CHECK(files[1].moved <= FILE_WINDOW);
	CHECK(files[1].moved > FILE_WINDOW - FILE_CHUNK_MAX);
	CHECK(sim_text(sim, 0, "hello", 5) && sim_text(sim, 1, "yes", 3));
	sim_pass(sim, 40000);
	CHECK(sim->side[0].delivered == 1 && sim->side[1].delivered == 1);
	CHECK(sim->side[0].lost_events == 0 && sim->side[1].lost_events == 0);
	files[1].hold = 0;
	run(sim);
	CHECK(sim_file(&files[0], fid)->state == FILE_DONE);
	end(sim);
}

/* A network that stands still: no more than the frames of one window are
 * sealed, and the loss is noticed although nothing else is outstanding. */
static void
test_stalled_net(void)
{
	struct sim *sim = connected();
	uint32_t fid = sim_offer(&files[0], 4 * FILE_WINDOW);

	run(sim);
	sim_take(&files[1], fid);
	for (int i = 0; i < 30; i++)
		step(sim);
	sim->stalled = 1;
	run(sim);
	CHECK(sim->side[0].net.bulk_uncredited == BULK_WINDOW);
	sim_pass(sim, 2 * LOST_AFTER);
	CHECK(sim->side[0].lost_events == 1);
	CHECK(sim_file(&files[0], fid)->state == FILE_PAUSED);
	sim_free(sim);
}

/* A supervisor that does not read: what it has not been told of is not
 * confirmed, so that no peer can offer and take back without end. */
static void
test_busy_supervisor(void)
{
	struct sim *sim = connected();
	uint32_t fid = 0;

	sim->side[1].e.super_busy = 1;
	for (int i = 0; i < FILES_MAX; i++) {
		fid = sim_offer(&files[0], 100);
		sim_stop(&files[0], fid, FILE_WHY_CANCELLED);
	}
	run(sim);
	fid = sim_offer(&files[0], 100);
	CHECK(sim_file(&files[0], fid)->why == FILE_WHY_MANY);
	CHECK(files[1].len == 0 && sim->side[0].e.s.acked == 0);
	sim->side[1].e.super_busy = 0;
	sim_inject(sim, 1, LINK_UI_CRYPTO, IPC_UI_STATUS, NULL, 0); /* wake */
	run(sim);
	/* Nobody was told of what was over by then. */
	CHECK(files[1].len == 0 && sim->side[0].e.s.acked == 2 * FILES_MAX);
	fid = sim_offer(&files[0], 100);
	run(sim);
	sim_take(&files[1], fid);
	run(sim);
	CHECK(sim_file(&files[0], fid)->state == FILE_DONE);
	end(sim);
}

/* ---- a peer that breaks the rules ---- */

/* Seal a frame by the engine's own keys, as no engine would. */
static void
send_false(struct sim *sim, int who, uint8_t type, const void *body, size_t len)
{
	struct engine *e = &sim->side[who].e;
	struct sim_stream *out = &sim->side[who].net.out;
	size_t n = frame_put(e->plain, type, e->s.shown, body, len);

	CHECK(chain_seal(&e->keys->live.tx, e->wire, e->plain, n) == 0);
	if (out->len + n + FRAME_TAG + 2 > out->cap) {
		out->cap = out->len + n + FRAME_TAG + 2;
		out->p = realloc(out->p, out->cap);
	}
	memcpy(out->p + out->len, e->wire, n + FRAME_TAG + 2);
	out->len += n + FRAME_TAG + 2;
}

/* What the joiner says before; the host has taken a file of 3000 bytes (1),
 * declined one (3), has an offer (5), and offers one itself (2). */
static struct sim *
prepared(void)
{
	struct sim *sim = connected();

	for (int i = 0; i < 3; i++)
		sim_offer(&files[0], 3000);
	sim_offer(&files[1], 3000);
	files[0].hold = 1;
	run(sim);
	sim_take(&files[1], 1);
	sim_stop(&files[1], 3, FILE_WHY_DECLINED);
	run(sim);
	return sim;
}

struct false_one {
	const char *what;
	uint8_t type;
	uint8_t numbered;
	uint32_t fid;
	uint64_t at;
	size_t more; /* bytes of data, of a name, of a reason */
	int ends;
};

static const struct false_one false_ones[] = {
    {"a piece as it should be", FRAME_FILE_DATA, 0, 1, 0, 1000, 0},
    {"a piece that leaves a hole", FRAME_FILE_DATA, 0, 1, 1, 1000, 1},
    {"a piece behind the end", FRAME_FILE_DATA, 0, 1, 0, 3001, 1},
    {"a small piece", FRAME_FILE_DATA, 0, 1, 0, 999, 1},
    {"no piece", FRAME_FILE_DATA, 0, 1, 0, 0, 1},
    {"a piece of a declined file", FRAME_FILE_DATA, 0, 3, 0, 1000, 0},
    {"a piece of an offered file", FRAME_FILE_DATA, 0, 5, 0, 1000, 1},
    {"a piece of no file", FRAME_FILE_DATA, 0, 7, 0, 1000, 1},
    {"a piece of the host's file", FRAME_FILE_DATA, 0, 2, 0, 1000, 1},
    {"a piece of file 0", FRAME_FILE_DATA, 0, 0, 0, 1000, 1},
    {"an offer as it should be", FRAME_FILE_OFFER, 1, 7, 10, 5, 0},
    {"an offer without a name", FRAME_FILE_OFFER, 1, 7, 10, 0, 0},
    {"an offer of an old number", FRAME_FILE_OFFER, 1, 5, 10, 5, 1},
    {"an offer of an even number", FRAME_FILE_OFFER, 1, 8, 10, 5, 1},
    {"an offer of a number beyond any", FRAME_FILE_OFFER, 1, 0xffffffff, 10, 5,
	1},
    {"an offer of a size beyond any", FRAME_FILE_OFFER, 1, 7, UINT64_MAX, 5, 1},
    {"a cancelled file again", FRAME_FILE_CANCEL, 1, 3, 0, 1, 0},
    {"an offer taken back", FRAME_FILE_CANCEL, 1, 5, 0, 1, 0},
    {"the host's offer declined", FRAME_FILE_CANCEL, 1, 2, 0, 1, 0},
    {"a file cancelled that never was", FRAME_FILE_CANCEL, 1, 7, 0, 1, 1},
    {"a host's file cancelled that never was", FRAME_FILE_CANCEL, 1, 4, 0, 1,
	1},
    {"the host's file accepted", FRAME_FILE_ACCEPT, 1, 2, 0, 0, 0},
    {"accepted beyond its beginning", FRAME_FILE_ACCEPT, 1, 2, 1, 0, 1},
    {"one's own file accepted", FRAME_FILE_ACCEPT, 1, 1, 0, 0, 1},
    {"accepted what never was", FRAME_FILE_ACCEPT, 1, 4, 0, 0, 1},
    {"confirmed what was not sent", FRAME_FILE_ACK, 0, 2, 0, 0, 1},
    {"confirmed what never was", FRAME_FILE_ACK, 0, 4, 0, 0, 1},
    {"confirmed one's own", FRAME_FILE_ACK, 0, 1, 0, 0, 1},
    {"an end before all has come", FRAME_FILE_END, 1, 1, 3000, 0, 1},
    {"the end of a declined file", FRAME_FILE_END, 1, 3, 3000, 0, 0},
    {"the end of an offer", FRAME_FILE_END, 1, 5, 3000, 0, 1},
    {"the end of what never was", FRAME_FILE_END, 1, 7, 3000, 0, 1},
    {"the end of the host's", FRAME_FILE_END, 1, 2, 3000, 0, 1},
};

static void
test_false(const struct false_one *f)
{
	struct sim *sim = prepared();
	static uint8_t body[FRAME_BODY_MAX];
	static const uint8_t zeros[4096];
	struct writer w;

	writer_init(&w, body, sizeof body);
	if (f->numbered)
		put_u64(&w, sim->side[0].e.s.sent + 1);
	put_u32(&w, f->fid);
	if (f->type == FRAME_FILE_CANCEL)
		put_u8(&w, FILE_WHY_CANCELLED);
	else
		put_u64(&w, f->at);
	if (f->type == FRAME_FILE_OFFER)
		put_u8(&w, (uint8_t)f->more);
	if (f->type == FRAME_FILE_OFFER || f->type == FRAME_FILE_DATA)
		put_bytes(&w, zeros, f->more);
	send_false(sim, 0, f->type, body, w.len);
	sim_step(sim);
	if (!CHECK((sim->side[1].ended != 0) == f->ends))
		printf("  (%s)\n", f->what);
	if (f->ends)
		CHECK(sim->side[1].end_error == ERR_VIOLATION);
	sim_free(sim);
}

/* More than the window at once, in pieces of any size. */
static void
test_overflow(void)
{
	static uint8_t body[FRAME_BODY_MAX];
	struct sim *sim = connected();
	uint32_t fid = sim_offer(&files[0], 4 * FILE_WINDOW);
	uint64_t at = 0;

	files[0].hold = 1;
	run(sim);
	sim_take(&files[1], fid);
	run(sim);
	files[1].hold = 1;
	for (int i = 0; i < 18 && !sim->side[1].ended; i++) {
		(void)file_at_put(body, fid, at);
		send_false(
		    sim, 0, FRAME_FILE_DATA, body, FILE_HEAD + FILE_CHUNK_MAX);
		at += FILE_CHUNK_MAX;
		sim_step(sim);
		CHECK(sim->side[1].ended == (at > FILE_WINDOW));
	}
	CHECK(sim->side[1].end_error == ERR_VIOLATION);
	sim_free(sim);
}

/* ---- everything at once, by chance ---- */

static uint64_t state;

static uint64_t
chance(uint64_t n)
{
	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return state % n;
}

static void
text(struct sim *sim)
{
	char words[32];
	int who = (int)chance(2);

	snprintf(words, sizeof words, "text %u", (unsigned)chance(1000));
	if (sim->side[who].e.s.state != SESSION_NONE && !sim->side[who].ended)
		(void)sim_text(sim, who, words, strlen(words));
}

/* Take, decline or stop something, or offer it. */
static void
wish(struct sim *sim)
{
	static const uint32_t most[] = {1, 3000, 100000, 3 * FILE_WINDOW};
	int who = (int)chance(2);
	struct sim_files *f = &files[who];
	struct sim_file *one = f->len > 0 ? &f->file[chance(f->len)] : NULL;

	if (chance(3) == 0 && f->len + files[!who].len < SIM_FILES) {
		sim_offer(f, chance(most[chance(4)]));
	} else if (one != NULL && one->offered && !one->taken &&
		   !one->stopped_by_us && one->state == 0 && chance(4) > 0) {
		sim_take(f, one->fid);
	} else if (one != NULL && chance(8) == 0 && one->state < FILE_DONE &&
		   !one->stopped_by_us && !one->kept) {
		sim_stop(f, one->fid, FILE_WHY_CANCELLED);
	}
	if (chance(10) == 0)
		sim_inject(sim, who, LINK_UI_CRYPTO, IPC_UI_REKEY, NULL, 0);
}

static void
cut(struct sim *sim)
{
	uint8_t lost[5] = {0};
	struct writer w;

	writer_init(&w, lost, sizeof lost);
	put_u32(&w, sim->side[0].net.conn);
	put_u8(&w, LOST_RESET);
	if (chance(3) > 0)
		sim_cut(sim, LOST_RESET);
	else if (sim->side[0].net.conn != 0) /* the host has not noticed */
		sim_inject(sim, 0, LINK_CRYPTO_NET, IPC_CONN_LOST, lost, 5);
	if (chance(2))
		sim_pass(sim, chance(3000));
}

/* However it went, both know the same of every file, or one has stopped it
 * when it was through already. */
static void
judge(uint64_t seed)
{
	for (int who = 0; who < 2; who++) {
		for (size_t i = 0; i < files[who].len; i++) {
			const struct sim_file *a = &files[who].file[i], *b;

			b = sim_file(&files[!who], a->fid);
			if (a->offered)
				continue;
			if (a->state == FILE_DONE)
				CHECK(b != NULL && b->kept &&
				      b->stored == a->size);
			else if (!CHECK(a->state == FILE_STOPPED ||
					a->stopped_by_us))
				printf("  (seed %llu, file %u: %u)\n",
				    (unsigned long long)seed, a->fid, a->state);
			if (b != NULL &&
			    !CHECK(b->state >= FILE_DONE || b->stopped_by_us))
				printf("  (seed %llu, file %u there: %u)\n",
				    (unsigned long long)seed, a->fid, b->state);
		}
	}
}

static void
by_chance(uint64_t seed)
{
	struct sim *sim = connected();

	state = seed * 0x9e3779b97f4a7c15u + 1;
	for (int i = 0; i < 3000; i++) {
		if (chance(60) == 0)
			wish(sim);
		if (chance(40) == 0)
			text(sim);
		if (chance(250) == 0)
			cut(sim);
		if (chance(20) == 0)
			sim_pass(sim, chance(60));
		if (sim->side[0].wants_call && chance(10) == 0) {
			sim->side[0].wants_call = 0;
			sim_connect(sim);
		}
		if (chance(2))
			sim_step_side(sim, (int)chance(2));
		if (chance(2))
			(void)sim_files_step(&files[chance(2)]);
	}
	for (int i = 0; i < 20; i++) {
		if (sim->side[0].wants_call) {
			sim->side[0].wants_call = 0;
			sim_connect(sim);
		}
		run(sim);
		for (int who = 0; who < 2; who++)
			for (size_t n = 0; n < files[who].len; n++) {
				struct sim_file *one = &files[who].file[n];

				if (one->offered && !one->taken &&
				    !one->stopped_by_us && one->state == 0)
					sim_take(&files[who], one->fid);
			}
	}
	CHECK(!sim->side[0].ended && !sim->side[1].ended);
	judge(seed);
	end(sim);
}

int
main(int argc, char *argv[])
{
	uint64_t rounds = argc > 1 ? strtoull(argv[1], NULL, 10) : 60;

	test_sizes();
	test_declined();
	for (int n = 0; n < 60; n += 7) {
		stop_after(0, n);
		stop_after(1, n);
	}
	test_reasons();
	test_many();
	test_slow_disk();
	test_stalled_net();
	test_busy_supervisor();
	for (size_t i = 0; i < ARRAY_LEN(false_ones); i++)
		test_false(&false_ones[i]);
	test_overflow();
	for (uint64_t seed = 1; seed <= rounds; seed++)
		by_chance(seed);
	return check_end();
}
