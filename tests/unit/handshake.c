/*
 * Whole handshakes: the project's known answers to the byte, and two machines
 * that talk to each other in every mode.
 */
#include "answers.h"
#include "data/secchat1.h"
#include "secchat/err.h"
#include "talk.h"

/* ---- known answers ---- */

static void
check_frame(struct chain *tx, struct chain *rx, const char *want, uint8_t type,
    uint64_t ack, const uint8_t *body, size_t body_len)
{
	static uint8_t plain[FRAME_PLAIN_MAX], wire[FRAME_WIRE_MAX];
	size_t len = frame_put(plain, type, ack, body, body_len);
	struct frame f;

	CHECK(chain_seal(tx, wire, plain, len) == 0);
	CHECK(same_hex(wire, len + 2 + FRAME_TAG, want));
	CHECK(chain_open(rx, plain, wire + 2, len + FRAME_TAG) == 0);
	CHECK(frame_get(&f, plain, len) == 0 && f.type == type);
}

static void
check_frames(const struct source *src, const struct hs_result *j,
    const struct hs_result *h)
{
	struct open_body open_j = {.rx_next = 1, .tx_next = 1};
	struct open_body open_h = {.rx_next = 1, .tx_next = 1};
	struct rekey_body rekey = {.epoch = 1};
	struct noise_keypair x;
	struct chain jh[2], hj[2];
	static uint8_t body[FRAME_BODY_MAX];

	chain_init(&jh[0], j->ck_jh, 0, DIR_JH);
	chain_init(&jh[1], h->ck_jh, 0, DIR_JH);
	chain_init(&hj[0], h->ck_hj, 0, DIR_HJ);
	chain_init(&hj[1], j->ck_hj, 0, DIR_HJ);
	memcpy(open_j.r, j->r_j, 32);
	check_frame(&jh[0], &jh[1], answer(src, "frame_J_OPEN"), FRAME_OPEN, 0,
	    body, open_put(body, &open_j));
	check_frame(&jh[0], &jh[1], answer(src, "frame_J_MSG_hello"), FRAME_MSG,
	    0, body, numbered_put(body, 1, "hello", 5));
	check_frame(&hj[0], &hj[1], answer(src, "frame_H_OPEN"), FRAME_OPEN, 0,
	    body, open_put(body, &open_h));
	check_frame(
	    &hj[0], &hj[1], answer(src, "frame_H_ACK"), FRAME_ACK, 1, NULL, 0);
	memset(x.sk, 0x61, 32);
	noise_keypair_derive(&x);
	memcpy(rekey.x, x.pk, 32);
	check_frame(&jh[0], &jh[1], answer(src, "frame_J_REKEY"), FRAME_REKEY,
	    0, body, rekey_put(body, &rekey));
}

static void
check_epoch1(const struct source *src, const struct hs_result *res)
{
	struct epoch cur = {.n = 0}, next;
	struct noise_keypair x_j, x_h;

	memcpy(cur.root, res->root, 32);
	memset(x_j.sk, 0x61, 32);
	memset(x_h.sk, 0x62, 32);
	noise_keypair_derive(&x_j);
	noise_keypair_derive(&x_h);
	CHECK(epoch_next(&next, &cur, &x_j, x_h.pk, x_j.pk, x_h.pk) == 0);
	CHECK(same_hex(next.root, 32, answer(src, "epoch1_root")));
	CHECK(same_hex(next.ck_jh, 32, answer(src, "epoch1_ck_JH")));
	CHECK(same_hex(next.ck_hj, 32, answer(src, "epoch1_ck_HJ")));
	CHECK(same_hex(next.rs, 32, answer(src, "epoch1_rs")));
	CHECK(same_hex(next.rid, 16, answer(src, "epoch1_rid")));
}

static void
test_known(const struct source *src, uint8_t mode)
{
	static const char *const sent_j[] = {"HELLO_J", "F3", "N3", NULL};
	static const char *const sent_h[] = {"HELLO_H", "N2", NULL};
	struct hs_result res[2];
	struct talk t;

	talk_init(&t, mode, 1);
	talk_start(&t);
	CHECK(talk_run(&t) == 0);
	for (int i = J; i <= H; i++) {
		const struct side *s = &t.side[i];

		CHECK(s->script.used == s->script.len);
		if (!CHECK(state(&t, i) == HS_DONE))
			return;
		hs_finish(&t.side[i].hs, &res[i]);
		check_result(src, &res[i]);
	}
	check_log(src, &t, J, sent_j, 0);
	check_log(src, &t, H, sent_h, 0);
	check_frames(src, &res[J], &res[H]);
	check_epoch1(src, &res[J]);
}

/* clang-format off */
static const struct known {
	const char *name;
	uint8_t mode;
	const struct answer *table;
} known[] = {
	{ "PASS", MODE_PASS, answers_pass },
	{ "KEY",  MODE_KEY,  answers_key },
	{ "ID",   MODE_ID,   answers_id },
	{ "PAIR", MODE_PAIR, answers_pair },
};
/* clang-format on */

static void
test_known_file(void)
{
	json_t *root = vectors_load("secchat1_selfgen.json"), *c;
	size_t i, n = 0;

	json_array_foreach(json_object_get(root, "cases"), i,
	    c) for (size_t k = 0; k < ARRAY_LEN(known);
		    k++) if (!strcmp(text_of(c, "name"), known[k].name))
	{
		struct source src = {NULL, c};

		test_known(&src, known[k].mode);
		n++;
	}
	CHECK(root == NULL || n == ARRAY_LEN(known));
	if (root != NULL)
		printf("secchat1_selfgen.json: %zu cases\n", n);
	json_decref(root);
}

/* ---- agreement ---- */

/* Who knows what, and when: with a shared secret the joiner proves it first,
 * with identities alone the host does. */
static void
test_proof_order(void)
{
	static const struct {
		uint8_t mode;
		size_t host_knows_after; /* messages of the joiner */
	} rows[] = {
	    {MODE_PASS, 2}, {MODE_KEY, 2}, {MODE_ID, 3}, {MODE_PAIR, 2}};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct talk t;
		size_t sent = 0, before;

		talk_init(&t, rows[i].mode, 0);
		talk_start(&t);
		do {
			before = t.log_len[J];
			if (!hs_peer_proved(&t.side[H].hs))
				CHECK(!hs_peer_proved(&t.side[J].hs) ||
				      rows[i].mode == MODE_ID);
			else
				CHECK(sent >= rows[i].host_knows_after);
			if (talk_step(&t) != 1)
				break;
			sent += t.log_len[J] != before;
		} while (1);
		CHECK(hs_peer_proved(&t.side[H].hs));
	}
	printf("the order of proofs\n");
}

/* The bytes on the wire, as the protocol prints them. */
static void
test_lengths(void)
{
	static const struct {
		uint8_t mode;
		size_t joiner, host;
	} rows[] = {
	    {MODE_PASS, 44 + 80, 76 + 48},
	    {MODE_KEY, 44 + 48, 44 + 48},
	    {MODE_ID, 44 + 32 + 64, 44 + 96},
	    {MODE_PAIR, 44 + 80 + 64, 76 + 96},
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct talk t;

		talk_init(&t, rows[i].mode, 0);
		talk_start(&t);
		CHECK(talk_run(&t) == 0);
		CHECK(t.log_len[J] == rows[i].joiner);
		CHECK(t.log_len[H] == rows[i].host);
	}
	printf("lengths on the wire\n");
}

int
main(void)
{
	CHECK(noise_library_init() == 0);
	for (size_t i = 0; i < ARRAY_LEN(known); i++) {
		struct source src = {known[i].table, NULL};

		test_known(&src, known[i].mode);
		check_agreement(known[i].mode, SUITE_1);
		printf("%s: known answers, agreement\n", known[i].name);
	}
	test_known_file();
	test_lengths();
	test_proof_order();
	return check_end();
}
