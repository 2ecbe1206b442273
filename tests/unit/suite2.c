/*
 * Suite 2: X-Wing in the HELLOs and its secret in the psk.  Where libsodium
 * has no X-Wing only the schedule is tested, with a secret that is given.
 */
#include "../sim/sim.h"
#include "answers.h"
#include "data/suite2.h"
#include "secchat/err.h"
#include "secchat/reader.h"

static const char key[] = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=";

/* ---- the schedule, in every build ---- */

static json_t *
find_case(const json_t *root, const char *name)
{
	size_t i;
	json_t *c;

	json_array_foreach(json_object_get(root, "cases"), i, c)
	{
		if (strncmp(text_of(c, "name"), name, strlen(name)) == 0)
			return c;
	}
	return NULL;
}

/* The psk of KEY in suite 2, from the parts as the protocol writes it. */
static void
psk_of_key(uint8_t psk[32])
{
	static const uint8_t info[] = "secchat/1 psk\x02\x02";
	uint8_t ikm[80], part[32];
	struct writer w;

	writer_init(&w, ikm, sizeof ikm);
	memset(part, 0x99, 32);
	lv_put(&w, part, 32);
	memset(part, 0x55, 32);
	lv_put(&w, part, 32);
	hkdf_sha512(psk, 32, NULL, 0, ikm, w.len, info, sizeof info - 1);
}

static void
test_schedule(const json_t *c)
{
	static uint8_t prologue[HS_PROLOGUE_MAX];
	size_t prologue_len =
	    bytes_of(prologue, sizeof prologue, c, "prologue");
	uint8_t psk[32], msg[64], none[1], k1[32], k2[32], h[64];
	struct noise_state st[2];
	struct noise_keypair e[2];
	size_t len, none_len;

	psk_of_key(psk);
	CHECK(same_hex(psk, 32, text_of(c, "psk")));
	for (int i = J; i <= H; i++) {
		memset(e[i].sk, i == J ? 0x11 : 0x22, 32);
		noise_keypair_derive(&e[i]);
		noise_init(&st[i], NOISE_NNpsk0, i == J, prologue, prologue_len,
		    psk, NULL, &e[i]);
	}
	CHECK(noise_write(&st[J], msg, sizeof msg, &len, NULL, 0) == 0);
	CHECK(same_hex(msg, len, text_of(c, "F3")));
	CHECK(noise_read(&st[H], msg, len, none, 0, &none_len) == 0);
	CHECK(noise_write(&st[H], msg, sizeof msg, &len, NULL, 0) == 0);
	CHECK(same_hex(msg, len, text_of(c, "N2")));
	CHECK(noise_read(&st[J], msg, len, none, 0, &none_len) == 0);
	for (int i = J; i <= H; i++) {
		noise_split(&st[i], k1, k2, h);
		CHECK(same_hex(h, 64, text_of(c, "h")));
		CHECK(same_hex(k1, 32, text_of(c, "k1")));
		CHECK(same_hex(k2, 32, text_of(c, "k2")));
	}
	printf("the schedule of KEY, with a given KEM secret\n");
}

#ifdef crypto_kem_xwing_PUBLICKEYBYTES

/* ---- X-Wing ---- */

struct fixed {
	uint8_t bytes[64];
	size_t len;
};

static void
from_fixed(void *ctx, void *buf, size_t len)
{
	const struct fixed *f = ctx;

	CHECK(len == f->len);
	memcpy(buf, f->bytes, len);
}

static void
test_xwing(const json_t *c)
{
	static uint8_t pk[KEM_PK], ct[KEM_CT];
	uint8_t sk[KEM_SK], ss[2][KEM_SS];
	struct fixed f;
	struct random_source rnd = {from_fixed, &f};

	f.len = bytes_of(f.bytes, sizeof f.bytes, c, "seed");
	CHECK(kem_keypair(pk, sk, rnd) == 0);
	CHECK(same_hex(pk, 32, text_of(c, "ek_prefix32")));
	f.len = bytes_of(f.bytes, sizeof f.bytes, c, "randomness");
	CHECK(kem_enc(ct, ss[0], pk, rnd) == 0);
	CHECK(same_hex(ct, 26, text_of(c, "ct_prefix26")));
	CHECK(same_hex(ss[0], 32, text_of(c, "ss")));
	CHECK(kem_dec(ss[1], ct, sk) == 0);
	CHECK_MEM(ss[0], ss[1], sizeof ss[0]);
	ct[0] ^= 1;
	CHECK(kem_dec(ss[1], ct, sk) == 0);
	CHECK(memcmp(ss[0], ss[1], sizeof ss[0]) != 0);
}

static void
test_xwing_file(void)
{
	json_t *root = vectors_load("xwing_kat.json"), *c;
	size_t i;

	json_array_foreach(json_object_get(root, "tests"), i, c) test_xwing(c);
	if (root != NULL)
		printf("xwing_kat.json: %zu cases\n", i);
	json_decref(root);
}

/* ---- known answers ---- */

/* As known_inputs, with the seeds of the KEM where they are drawn. */
static void
pq_inputs(struct talk *t, uint8_t mode)
{
	struct script *j = &t->side[J].script, *h = &t->side[H].script;

	j->len = h->len = 0;
	script_add(j, 0x11, 32);
	script_add(j, 0x33, 32);
	script_add(j, 0x0a, 32);
	script_add(h, 0x44, 32);
	script_add(h, 0x0b, 64);
	if (has_cpace(mode)) {
		script_add_scalar(j, 5);
		script_add_scalar(h, 6);
	}
	script_add(h, 0x22, 32);
}

static void
pq_start(struct talk *t, uint8_t mode, int known)
{
	talk_init(t, mode, known);
	if (known)
		pq_inputs(t, mode);
	t->side[J].cfg.suite = t->side[H].cfg.suite = SUITE_2;
	talk_start(t);
}

static void
test_known(const struct source *src, uint8_t mode)
{
	static const char *const sent_j[] = {"HELLO_J", "F3", "N3", NULL};
	static const char *const sent_h[] = {"HELLO_H", "N2", NULL};
	int whole = src->object != NULL;
	size_t hello_h =
	    (size_t)HELLO_MIN + KEM_CT + (has_cpace(mode) ? 32 : 0);
	struct hs_result res;
	struct talk t;

	pq_start(&t, mode, 1);
	CHECK(talk_run(&t) == 0);
	for (int i = J; i <= H; i++) {
		const struct side *s = &t.side[i];

		CHECK(s->script.used == s->script.len);
		if (!CHECK(state(&t, i) == HS_DONE))
			return;
		hs_finish(&t.side[i].hs, &res);
		check_result(src, &res);
	}
	check_log(src, &t, J, sent_j, whole ? 0 : HELLO_MIN + KEM_PK);
	check_log(src, &t, H, sent_h, whole ? 0 : hello_h);
}

static void
test_known_both(const json_t *root)
{
	static const struct {
		uint8_t mode;
		const char *name;
		const struct answer *table;
	} rows[] = {{MODE_PASS, "PASS+X-Wing", answers_pass_pq},
	    {MODE_ID, "ID+X-Wing", answers_id_pq}};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct source table = {rows[i].table, NULL};
		struct source file = {NULL, NULL};

		test_known(&table, rows[i].mode);
		if (root == NULL)
			continue;
		file.object = find_case(root, rows[i].name);
		if (CHECK(file.object != NULL))
			test_known(&file, rows[i].mode);
	}
	printf("known answers\n");
}

/* ---- the machine ---- */

static const uint8_t all_modes[] = {MODE_PASS, MODE_KEY, MODE_ID, MODE_PAIR};

static void
test_modes(void)
{
	/* clang-format off */
	static const size_t joiner[] = { 1260 + 80, 1260 + 48, 1260 + 48 + 64,
		1260 + 80 + 64 };
	static const size_t host[] = { 1196 + 48, 1164 + 48, 1164 + 96,
		1196 + 96 };
	/* clang-format on */

	for (size_t i = 0; i < ARRAY_LEN(all_modes); i++) {
		struct talk t;

		check_agreement(all_modes[i], SUITE_2);
		pq_start(&t, all_modes[i], 0);
		CHECK(talk_run(&t) == 0);
		CHECK(t.log_len[J] == joiner[i] && t.log_len[H] == host[i]);
		for (int k = J; k <= H; k++) {
			const struct hs *hs = &t.side[k].hs;

			CHECK(sodium_is_zero(hs->kem_sk, sizeof hs->kem_sk));
			CHECK(sodium_is_zero(hs->kq, sizeof hs->kq));
		}
	}
	printf("all modes: agreement, lengths, nothing left of the KEM\n");
}

/* A psk of the KEM alone is no proof: anybody can make one. */
static void
test_proof(void)
{
	struct talk t;

	pq_start(&t, MODE_ID, 0);
	while (state(&t, H) != HS_DONE && talk_step(&t) == 1)
		CHECK(
		    hs_peer_proved(&t.side[H].hs) == (state(&t, H) == HS_DONE));
	CHECK(hs_peer_proved(&t.side[H].hs));
	printf("ID: a host knows who it is at the third message\n");
}

static void
test_unequal(void)
{
	for (size_t i = 0; i < ARRAY_LEN(all_modes); i++)
		for (int k = J; k <= H; k++) {
			struct talk t;

			talk_init(&t, all_modes[i], 0);
			t.side[k].cfg.suite = SUITE_2;
			talk_start(&t);
			CHECK(hs_want(&t.side[H].hs) == HELLO_MIN);
			CHECK(talk_run(&t) == -ERR_REFUSED_MODE);
			CHECK(all_wiped(&t.side[H].hs) && t.log_len[H] == 0);
		}
	printf("unequal suites: refused after 44 bytes\n");
}

/* One bit of either HELLO on the way: the first tag does not verify. */
static void
test_changed(void)
{
	static const size_t places[] = {HELLO_MIN, HELLO_MIN + 700,
	    HELLO_MIN + KEM_CT - 1, HELLO_MIN + KEM_PK - 1};

	for (size_t i = 0; i < ARRAY_LEN(all_modes); i++)
		for (size_t k = 0; k < 2 * ARRAY_LEN(places); k++) {
			size_t at = places[k / 2];
			int side = k % 2 == 0 ? J : H, e;
			struct talk t;

			pq_start(&t, all_modes[i], 0);
			while (t.log_len[side] == 0)
				talk_step(&t);
			if (at >= t.wire_len[side])
				continue;
			t.wire[side][at] ^= 1;
			e = talk_run(&t);
			CHECK(e == -ERR_AUTH || e == -ERR_FORMAT);
			CHECK(!hs_peer_proved(&t.side[H].hs));
			CHECK(state(&t, H) == HS_FAILED);
		}
	printf("a changed bit in a HELLO: refused\n");
}

/* A host that is sent these bytes for a KEM key: the error. */
static int
host_hears(int value, size_t from, size_t len)
{
	struct talk t;

	pq_start(&t, MODE_KEY, 0);
	CHECK(talk_step(&t) == 1);
	CHECK(t.wire_len[J] == HELLO_MIN + KEM_PK);
	memset(t.wire[J] + HELLO_MIN + from, value, len);
	CHECK(talk_step(&t) == 1);
	CHECK(hs_want(&t.side[H].hs) == KEM_PK);
	return talk_run(&t);
}

static void
test_bad_keys(void)
{
	/* 12-bit coefficients of 4095, above 3328; a point of small order. */
	CHECK(host_hears(0xff, 0, KEM_PK - 32) == -ERR_FORMAT);
	CHECK(host_hears(0xff, 0, 2) == -ERR_FORMAT);
	CHECK(host_hears(0, KEM_PK - 32, 32) == -ERR_FORMAT);
	printf("KEM keys that are none: refused\n");
}

/* ---- two engines ---- */

static void
test_engines(void)
{
	for (size_t i = 0; i < ARRAY_LEN(all_modes); i++) {
		uint8_t mode = all_modes[i];
		const char *secret = mode == MODE_KEY ? key : "same words";
		struct sim *sim = sim_new(mode, secret, secret, 5);

		if (mode == MODE_ID) {
			sim_remember(sim, SIM_JOINER, 0, "hostess");
			sim_remember(sim, SIM_HOST, 0, "jo");
		}
		sim_connect(sim);
		sim_pass(sim, 100);
		CHECK(sim->side[SIM_JOINER].connected == 1);
		CHECK(sim->side[SIM_HOST].connected == 1);
		CHECK(sim_text(sim, SIM_JOINER, "x", 1));
		sim_inject(
		    sim, SIM_HOST, LINK_UI_CRYPTO, IPC_UI_REKEY, NULL, 0);
		CHECK(sim_text(sim, SIM_HOST, "y", 1));
		sim_pass(sim, 100);
		for (int who = SIM_JOINER; who <= SIM_HOST; who++) {
			CHECK(sim->side[who].delivered == 1);
			CHECK(sim->side[who].epoch == 1);
		}
		sim_free(sim);
	}
	printf("two engines in every mode, with new keys in between\n");
}

/* ID in suite 2: the keys are looked at as in suite 1. */
static void
test_strangers(void)
{
	struct sim *sim = sim_new(MODE_ID, NULL, NULL, 5);

	sim_remember(sim, SIM_HOST, 0, "jo");
	sim_connect(sim);
	sim_pass(sim, 100);
	CHECK(sim->side[SIM_JOINER].end_error == ERR_PEER_UNKNOWN);
	CHECK(sim->side[SIM_HOST].met == 0 && sim->side[SIM_HOST].ended == 0);
	sim_free(sim);
	sim = sim_new(MODE_ID, NULL, NULL, 5);
	sim_remember(sim, SIM_JOINER, 0, "hostess");
	sim_connect(sim);
	sim_pass(sim, 100);
	CHECK(sim->side[SIM_HOST].connected == 0);
	CHECK(sim->side[SIM_JOINER].connected == 0);
	sim_free(sim);
	printf("ID: unknown keys are refused on both sides\n");
}

static void
test_with_xwing(const json_t *root)
{
	sim_suite = SUITE_2;
	test_engines();
	test_strangers();
	test_xwing_file();
	test_known_both(root);
	test_modes();
	test_proof();
	test_unequal();
	test_changed();
	test_bad_keys();
}

#else

/* Never the other suite instead: it fails before a byte is written. */
static void
test_refused(void)
{
	uint8_t buf[HELLO_MIN] = {0};
	struct talk t;
	size_t len;

	talk_init(&t, MODE_KEY, 0);
	t.side[J].cfg.suite = t.side[H].cfg.suite = SUITE_2;
	talk_start(&t);
	CHECK(!noise_has_suite(SUITE_2));
	CHECK(hs_write(&t.side[J].hs, buf, sizeof buf, &len) ==
	      -ERR_REFUSED_MODE);
	CHECK(hs_read(&t.side[H].hs, buf, sizeof buf) == -ERR_REFUSED_MODE);
	printf("a suite that is not there: refused\n");
}

/* The engine says so at once, and which library it has. */
static void
test_engine_refuses(void)
{
	struct sim *sim;

	sim_suite = SUITE_2;
	sim = sim_new(MODE_KEY, key, key, 5);
	for (int who = SIM_JOINER; who <= SIM_HOST; who++) {
		CHECK(sim->side[who].ended == 1);
		CHECK(sim->side[who].end_error == ERR_NO_PQ);
	}
	sim_free(sim);
	printf("an engine that is asked for it: refused\n");
}

static void
test_with_xwing(const json_t *root)
{
	char why[64];

	(void)root;
	(void)answers_pass_pq;
	(void)answers_id_pq;
	test_refused();
	test_engine_refuses();
	snprintf(why, sizeof why, "X-Wing: libsodium %s has none",
	    noise_library_version());
	SKIP(why);
}

#endif

int
main(void)
{
	json_t *root, *c;

	CHECK(noise_library_init() == 0);
	root = vectors_load("secchat1_selfgen.json");
	c = root == NULL ? NULL : find_case(root, "KEY+PQ");
	if (root != NULL && CHECK(c != NULL))
		test_schedule(c);
	test_with_xwing(root);
	json_decref(root);
	return check_end();
}
