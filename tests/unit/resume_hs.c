/*
 * The RESUME handshake: the known answer to the byte, which of several secrets
 * is taken, and everything that must not be.
 */
#include "answers.h"
#include "data/resume.h"
#include "secchat/err.h"
#include "talk.h"

static struct resume_set sets[2];

/* A secret that is told apart by one byte. */
static void
add(int i, uint8_t value, uint32_t session)
{
	struct resume_secret *e = &sets[i].e[sets[i].n++];

	memset(e->rs, value, sizeof e->rs);
	memset(e->rid, value, sizeof e->rid);
	e->session = session;
}

/* Both sides ready, with the secrets that were added. */
static void
begin(struct talk *t, uint8_t host_mode)
{
	talk_init(t, MODE_RESUME, 0);
	t->side[H].cfg.mode = host_mode;
	t->side[J].cfg.resume = &sets[J];
	t->side[H].cfg.resume = &sets[H];
	talk_start(t);
}

static void
forget(void)
{
	memset(sets, 0, sizeof sets);
}

/* ---- the known answer ---- */

static void
test_known(const struct source *src)
{
	static const char *const sent_j[] = {"HELLO_J", "F3", NULL};
	static const char *const sent_h[] = {"HELLO_H", "N2", NULL};
	static const char rs[] = "c16ce31eadca9b6ad7bad88d805d33e744c76a7654"
				 "060d2f73412780a98c3496";
	static const char rid[] = "c657d3185a7820419e01dadb13157d02";
	struct hs_result res[2];
	struct talk t;

	forget();
	talk_init(&t, MODE_RESUME, 0);
	for (int i = J; i <= H; i++) {
		add(i, 0, 1);
		sodium_hex2bin(sets[i].e[0].rs, 32, rs, 64, NULL, NULL, NULL);
		sodium_hex2bin(
		    sets[i].e[0].rid, RID_LEN, rid, 32, NULL, NULL, NULL);
		t.side[i].cfg.resume = &sets[i];
		t.side[i].cfg.room = "lobby";
		t.side[i].cfg.rnd.fn = from_script;
		t.side[i].cfg.rnd.ctx = &t.side[i].script;
	}
	t.side[H].cfg.mode = MODE_PASS;
	script_add(&t.side[J].script, 0x11, 32);
	script_add(&t.side[J].script, 0x33, 32);
	script_add(&t.side[J].script, 0xcc, RID_LEN);
	script_add(&t.side[H].script, 0x44, 32);
	script_add(&t.side[H].script, 0x22, 32);
	talk_start(&t);
	CHECK(talk_run(&t) == 0);
	for (int i = J; i <= H; i++) {
		CHECK(t.side[i].script.used == t.side[i].script.len);
		if (!CHECK(state(&t, i) == HS_DONE))
			return;
		hs_finish(&t.side[i].hs, &res[i]);
		check_result(src, &res[i]);
		CHECK(res[i].resumed && !res[i].has_s);
		CHECK_MEM(res[i].used, sets[i].e[0].rid, RID_LEN);
	}
	check_log(src, &t, J, sent_j, 0);
	check_log(src, &t, H, sent_h, 0);
}

static void
test_known_file(void)
{
	json_t *root = vectors_load("secchat1_selfgen.json"), *c;
	size_t i, n = 0;

	json_array_foreach(json_object_get(root, "cases"), i, c)
	{
		struct source src = {NULL, c};

		if (strncmp(text_of(c, "name"), "RESUME", 6) != 0)
			continue;
		test_known(&src);
		n++;
	}
	CHECK(root == NULL || n == 1);
	json_decref(root);
}

/* ---- which one is taken ---- */

/*
 * The joiner's one or two, the host's up to four, newest first, and the one
 * that both must come to; 0: none.
 */
/* clang-format off */
static const struct {
	uint8_t joiner[2], host[4], taken;
} choices[] = {
	{ { 5 },    { 5 },          5 },
	{ { 6, 5 }, { 6, 5 },       6 },
	{ { 6, 5 }, { 5 },          5 },
	{ { 5 },    { 6, 5 },       5 },
	{ { 6, 5 }, { 5, 4 },       5 },
	{ { 5, 6 }, { 6, 5 },       6 },  /* the host's idea of newest */
	{ { 5 },    { 9, 8, 7, 5 }, 5 },
	{ { 7, 5 }, { 9, 8, 7, 5 }, 7 },
	{ { 6, 5 }, { 4, 3 },       0 },
	{ { 5 },    { 0 },          0 },
};
/* clang-format on */

static void
fill(int i, const uint8_t *values, size_t n)
{
	for (size_t k = 0; k < n && values[k] != 0; k++)
		add(i, values[k], values[k]);
}

static void
test_choice(uint8_t suite)
{
	for (size_t i = 0; i < ARRAY_LEN(choices); i++) {
		uint8_t taken = choices[i].taken;
		struct hs_result j, h;
		struct talk t;
		int e;

		forget();
		fill(J, choices[i].joiner, 2);
		fill(H, choices[i].host, 4);
		begin(&t, MODE_ID);
		t.side[J].cfg.suite = t.side[H].cfg.suite = suite;
		talk_start(&t);
		e = talk_run(&t);
		if (taken == 0) {
			CHECK(e == -ERR_REFUSED_RESUME);
			CHECK(hs_mode(&t.side[H].hs) == 0);
			continue;
		}
		CHECK(e == 0 && state(&t, J) == HS_DONE);
		CHECK(hs_mode(&t.side[H].hs) == MODE_RESUME);
		CHECK(hs_peer_proved(&t.side[J].hs));
		CHECK(hs_peer_proved(&t.side[H].hs));
		hs_finish(&t.side[J].hs, &j);
		hs_finish(&t.side[H].hs, &h);
		CHECK_MEM(j.rs, h.rs, 32);
		CHECK(j.used[0] == taken && h.used[0] == taken);
	}
}

/* ---- what must not be ---- */

/* The host has lost the secret between HELLO and F3. */
static void
test_gone_at_f3(void)
{
	struct talk t;

	forget();
	add(J, 5, 1);
	add(H, 5, 1);
	begin(&t, MODE_KEY);
	while (t.log_len[H] == 0)
		CHECK(talk_step(&t) == 1);
	sets[H].n = 0;
	CHECK(talk_run(&t) == -ERR_AUTH);
	CHECK(state(&t, H) == HS_FAILED && all_wiped(&t.side[H].hs));
}

/* The same name, another secret: F3 does not verify. */
static void
test_other_secret(void)
{
	struct talk t;

	forget();
	add(J, 5, 1);
	add(H, 5, 1);
	sets[H].e[0].rs[31] ^= 1;
	begin(&t, MODE_KEY);
	CHECK(talk_run(&t) == -ERR_AUTH);
	CHECK(state(&t, H) == HS_FAILED);
}

/* sel = 1 from a host, where the joiner's second name was random; sel = 2. */
static void
test_wrong_sel(void)
{
	for (uint8_t sel = 1; sel <= 2; sel++) {
		struct talk t;

		forget();
		add(J, 5, 1);
		if (sel == 2)
			add(J, 4, 1);
		add(H, 5, 1);
		begin(&t, MODE_KEY);
		while (t.wire_len[H] == 0)
			CHECK(talk_step(&t) == 1);
		t.wire[H][10] = sel;
		CHECK(talk_run(&t) == -ERR_FORMAT);
		CHECK(state(&t, J) == HS_FAILED);
	}
}

/* A host that has no sessions at all: a mode that is not its own. */
static void
test_no_sessions(void)
{
	struct talk t;

	forget();
	add(J, 5, 1);
	begin(&t, MODE_KEY);
	t.side[H].cfg.resume = NULL;
	talk_start(&t);
	CHECK(talk_run(&t) == -ERR_REFUSED_MODE);
}

int
main(void)
{
	struct source src = {answers_resume, NULL};

	CHECK(noise_library_init() == 0);
	test_known(&src);
	test_known_file();
	printf("RESUME: known answer\n");
	test_choice(SUITE_1);
	if (noise_has_suite(SUITE_2))
		test_choice(SUITE_2);
	printf("the newest that both have\n");
	test_gone_at_f3();
	test_other_secret();
	test_wrong_sel();
	test_no_sessions();
	printf("what must not be\n");
	return check_end();
}
