/*
 * Whole handshakes: the project's known answers to the byte, two machines
 * that talk to each other in every mode, and what each refuses.
 */
#include <sodium.h>

#include "data/secchat1.h"
#include "secchat/err.h"
#include "secchat/ipc_msgs.h"
#include "secchat/noise.h"
#include "vectors.h"

/* ---- two sides and the wire between them ---- */

/* Random bytes in the order in which the handshake asks for them. */
struct script {
	uint8_t bytes[128];
	size_t len, used;
};

static void
from_script(void *ctx, void *buf, size_t len)
{
	struct script *s = ctx;

	if (!CHECK(s->used + len <= s->len)) {
		memset(buf, 0, len);
		return;
	}
	memcpy(buf, s->bytes + s->used, len);
	s->used += len;
}

static void
script_add(struct script *s, int value, size_t len)
{
	memset(s->bytes + s->len, value, len);
	s->len += len;
}

/* A scalar of 31 equal bytes and a one, widened by zeros. */
static void
script_add_scalar(struct script *s, int value)
{
	script_add(s, value, 31);
	script_add(s, 1, 1);
	script_add(s, 0, 32);
}

enum {
	J,
	H
};

struct side {
	struct hs hs;
	struct hs_secret secret;
	struct script script;
	struct hs_config cfg;
};

struct talk {
	struct side side[2];
	uint8_t wire[2][256]; /* what each side has sent and nobody read */
	size_t wire_len[2];
	uint8_t log[2][256]; /* all that each side has sent */
	size_t log_len[2];
};

static int
has_cpace(uint8_t mode)
{
	return mode == MODE_PASS || mode == MODE_PAIR;
}

static int
has_statics(uint8_t mode)
{
	return mode == MODE_ID || mode == MODE_PAIR;
}

/* The inputs of the known answers. */
static void
known_inputs(struct talk *t, uint8_t mode)
{
	static const uint8_t prs[32] = {0x82, 0x73, 0xf5, 0x3b, 0x87, 0x5d,
	    0xb6, 0x8c, 0x08, 0xeb, 0x90, 0xd7, 0x19, 0x1d, 0x09, 0xb2, 0x23,
	    0x1c, 0xec, 0x0e, 0x2b, 0x28, 0xa1, 0x19, 0x22, 0xfd, 0xed, 0x2e,
	    0xf4, 0xde, 0x0e, 0x81};

	for (int i = J; i <= H; i++) {
		struct side *s = &t->side[i];

		memcpy(s->secret.prs, prs, 32);
		memset(s->secret.key, 0x99, 32);
		memset(s->secret.s.sk, i == J ? 0x77 : 0x88, 32);
		noise_keypair_derive(&s->secret.s);
		s->cfg.rnd.fn = from_script;
		s->cfg.rnd.ctx = &s->script;
		s->cfg.room = "lobby";
	}
	script_add(&t->side[J].script, 0x11, 32);
	script_add(&t->side[J].script, 0x33, 32);
	script_add(&t->side[H].script, 0x44, 32);
	if (has_cpace(mode)) {
		script_add_scalar(&t->side[J].script, 5);
		script_add_scalar(&t->side[H].script, 6);
	}
	script_add(&t->side[H].script, 0x22, 32);
}

static void
talk_init(struct talk *t, uint8_t mode, int known)
{
	memset(t, 0, sizeof *t);
	for (int i = J; i <= H; i++) {
		struct side *s = &t->side[i];

		s->cfg = (struct hs_config){
		    .role = i == J ? PEER_JOINER : PEER_HOST,
		    .mode = mode,
		    .suite = SUITE_1,
		    .room = "",
		    .secret = &s->secret,
		    .rnd = {random_system, NULL},
		};
		memset(s->secret.prs, 1, 32);
		memset(s->secret.key, 2, 32);
		noise_keypair_new(&s->secret.s, s->cfg.rnd);
	}
	if (known)
		known_inputs(t, mode);
}

/* hs_init of both sides; apart from talk_init so that tests can change the
 * secrets first. */
static void
talk_start(struct talk *t)
{
	for (int i = J; i <= H; i++)
		hs_init(&t->side[i].hs, &t->side[i].cfg);
}

static int
do_write(struct talk *t, int i)
{
	uint8_t out[256];
	size_t len;
	int e = hs_write(&t->side[i].hs, out, sizeof out, &len);

	if (e != 0)
		return e;
	memcpy(t->wire[i] + t->wire_len[i], out, len);
	t->wire_len[i] += len;
	memcpy(t->log[i] + t->log_len[i], out, len);
	t->log_len[i] += len;
	return 0;
}

static int
do_read(struct talk *t, int i)
{
	size_t want = hs_want(&t->side[i].hs);
	uint8_t *wire = t->wire[!i];
	int e = hs_read(&t->side[i].hs, wire, want);

	t->wire_len[!i] -= want;
	memmove(wire, wire + want, t->wire_len[!i]);
	return e;
}

/* One thing that can be done.  1 done, 0 nothing to do, or what failed. */
static int
talk_step(struct talk *t)
{
	for (int i = J; i <= H; i++) {
		const struct hs *hs = &t->side[i].hs;
		int e;

		if (hs_next(hs) == HS_WRITE)
			e = do_write(t, i);
		else if (hs_next(hs) == HS_READ && hs_want(hs) > 0 &&
			 t->wire_len[!i] >= hs_want(hs))
			e = do_read(t, i);
		else
			continue;
		return e == 0 ? 1 : e;
	}
	return 0;
}

static int
talk_run(struct talk *t)
{
	int e;

	while ((e = talk_step(t)) == 1)
		;
	return e;
}

static enum hs_next
state(const struct talk *t, int i)
{
	return hs_next(&t->side[i].hs);
}

static int
all_wiped(const struct hs *hs)
{
	struct hs copy;

	memcpy(&copy, hs, sizeof copy);
	copy.step = 0;
	return sodium_is_zero((const uint8_t *)&copy, sizeof copy);
}

/* ---- known answers ---- */

/* Where the answers come from: the table built in, or a file. */
struct source {
	const struct answer *table;
	const json_t *object;
};

static const char *
answer(const struct source *src, const char *key)
{
	if (src->object != NULL)
		return text_of(src->object, key);
	for (const struct answer *a = src->table; a->key != NULL; a++) {
		if (strcmp(a->key, key) == 0)
			return a->hex;
	}
	return "";
}

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
	    0, body, msg_put(body, 1, "hello", 5));
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
check_result(const struct source *src, const struct hs_result *res)
{
	uint8_t r_j[32];
	char sas[13], want[16];
	size_t n = 0;

	memset(r_j, 0x33, 32);
	CHECK(same_hex(res->h, 64, answer(src, "h")));
	CHECK(same_hex(res->root, 32, answer(src, "root0")));
	CHECK(same_hex(res->ck_jh, 32, answer(src, "ck_JH0")));
	CHECK(same_hex(res->ck_hj, 32, answer(src, "ck_HJ0")));
	CHECK(same_hex(res->rs, 32, answer(src, "rs0")));
	CHECK(same_hex(res->rid, 16, answer(src, "rid0")));
	CHECK(hs_commitment_ok(res, r_j));
	hs_sas(sas, res, r_j);
	/* The file prints the digits in groups. */
	for (const char *p = answer(src, "sas"); *p != '\0' && n < 15; p++) {
		if (*p != ' ')
			want[n++] = *p;
	}
	want[n] = '\0';
	CHECK(strcmp(sas, want) == 0);
}

/* The messages of one side, as one text. */
static void
check_log(const struct source *src, const struct talk *t, int i,
    const char *const *keys)
{
	char want[1024] = "";

	for (; *keys != NULL; keys++)
		strncat(
		    want, answer(src, *keys), sizeof want - strlen(want) - 1);
	CHECK(same_hex(t->log[i], t->log_len[i], want));
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
	check_log(src, &t, J, sent_j);
	check_log(src, &t, H, sent_h);
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

static void
test_agreement(uint8_t mode)
{
	struct hs_result j, h;
	char sas_j[13], sas_h[13];
	struct talk t;

	talk_init(&t, mode, 0);
	talk_start(&t);
	CHECK(talk_run(&t) == 0);
	CHECK(state(&t, J) == HS_DONE && state(&t, H) == HS_DONE);
	CHECK(hs_peer_proved(&t.side[J].hs) && hs_peer_proved(&t.side[H].hs));
	hs_finish(&t.side[J].hs, &j);
	hs_finish(&t.side[H].hs, &h);
	CHECK(all_wiped(&t.side[J].hs) && all_wiped(&t.side[H].hs));
	CHECK(state(&t, J) == HS_FAILED);
	CHECK(hs_commitment_ok(&h, j.r_j) && !hs_commitment_ok(&h, h.r_j));
	hs_sas(sas_j, &j, j.r_j);
	hs_sas(sas_h, &h, j.r_j);
	CHECK(strlen(sas_j) == 12 && strcmp(sas_j, sas_h) == 0);
	/* Only r_J is the joiner's own until OPEN. */
	memcpy(h.r_j, j.r_j, 32);
	CHECK_MEM(&j, &h, sizeof j);
	CHECK(j.has_s == has_statics(mode));
	if (j.has_s) {
		CHECK_MEM(j.s_j, t.side[J].secret.s.pk, 32);
		CHECK_MEM(j.s_h, t.side[H].secret.s.pk, 32);
	}
	hs_result_wipe(&j);
	CHECK(sodium_is_zero((const uint8_t *)&j, sizeof j));
}

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

/* ---- refusals ---- */

static void
test_wrong_secret(uint8_t mode)
{
	struct talk t;

	talk_init(&t, mode, 0);
	t.side[H].secret.prs[0] ^= 1;
	t.side[H].secret.key[31] ^= 0x80;
	talk_start(&t);
	CHECK(talk_run(&t) == -ERR_AUTH);
	/* The host found out, at F3, and has not answered it. */
	CHECK(state(&t, H) == HS_FAILED && all_wiped(&t.side[H].hs));
	CHECK(state(&t, J) == HS_READ && hs_want(&t.side[J].hs) >= 48);
	CHECK(!hs_peer_proved(&t.side[J].hs) && !hs_peer_proved(&t.side[H].hs));
	CHECK(t.wire_len[H] == 0);
}

/* A room of another name is another secret too. */
static void
test_wrong_room(void)
{
	struct talk t;

	talk_init(&t, MODE_PASS, 0);
	t.side[J].cfg.room = "elsewhere";
	talk_start(&t);
	CHECK(talk_run(&t) == -ERR_AUTH && state(&t, H) == HS_FAILED);
	printf("another room: refused\n");
}

/* Modes and suites that differ: the host says so, and nothing falls back. */
static void
test_wrong_mode(void)
{
	static const uint8_t all[] = {MODE_PASS, MODE_KEY, MODE_ID, MODE_PAIR};

	for (size_t i = 0; i < ARRAY_LEN(all); i++)
		for (size_t k = 0; k < ARRAY_LEN(all); k++) {
			struct talk t;

			talk_init(&t, all[i], 0);
			t.side[H].cfg.mode = all[k];
			talk_start(&t);
			CHECK(talk_run(&t) == (i == k ? 0 : -ERR_REFUSED_MODE));
			CHECK(i == k || state(&t, H) == HS_FAILED);
		}
	printf("unequal modes: refused\n");
}

/* What this version does not offer is refused before a byte is sent. */
static void
test_not_offered(void)
{
	static const struct {
		uint8_t mode, suite;
	} rows[] = {{MODE_KEY, SUITE_2}, {MODE_KEY, 0}, {0, SUITE_1},
	    {5, SUITE_1}, {MODE_RESUME, SUITE_1}, {0xff, 0xff}};
	uint8_t buf[HELLO_MIN];
	size_t len;

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct talk t;

		talk_init(&t, rows[i].mode, 0);
		t.side[J].cfg.suite = rows[i].suite;
		t.side[H].cfg.suite = rows[i].suite;
		talk_start(&t);
		CHECK(hs_write(&t.side[J].hs, buf, sizeof buf, &len) ==
		      -ERR_REFUSED_MODE);
		memset(buf, 0, sizeof buf);
		CHECK(hs_read(&t.side[H].hs, buf, sizeof buf) ==
		      -ERR_REFUSED_MODE);
		CHECK(state(&t, J) == HS_FAILED && state(&t, H) == HS_FAILED);
	}
	printf("modes and suites that are not offered: refused\n");
}

/* A joiner before its HELLO_H, given these bytes: the error. */
static int
joiner_hears(uint8_t mode, const uint8_t *in, size_t len)
{
	struct talk t;
	int e = 0;

	talk_init(&t, mode, 0);
	talk_start(&t);
	CHECK(do_write(&t, J) == 0);
	while (e == 0 && len > 0) {
		size_t want = MIN(hs_want(&t.side[J].hs), len);

		e = hs_read(&t.side[J].hs, in, want);
		in += want;
		len -= want;
	}
	CHECK(e == 0 || all_wiped(&t.side[J].hs));
	return e;
}

static void
test_answers(void)
{
	static const int errors[] = {ERR_REFUSED_VERSION, ERR_REFUSED_MODE,
	    ERR_REFUSED_BUSY, ERR_REFUSED_RESUME, ERR_REFUSED_RATE};
	struct hello h = {.mode = MODE_KEY, .suite = SUITE_1};
	uint8_t msg[HELLO_MIN];

	for (uint8_t i = 0; i < ARRAY_LEN(errors); i++) {
		refuse_put(msg, (uint8_t)(i + 1));
		CHECK(joiner_hears(MODE_KEY, msg, REFUSE_LEN) == -errors[i]);
	}
	memcpy(msg, "HTTP/1.1 400", 12);
	CHECK(joiner_hears(MODE_KEY, msg, 12) == -ERR_NOT_SECCHAT);
	hello_put(msg, &h);
	CHECK(joiner_hears(MODE_KEY, msg, sizeof msg) == 0);
	CHECK(joiner_hears(MODE_ID, msg, sizeof msg) == -ERR_REFUSED_MODE);
	msg[7] = 2;
	CHECK(joiner_hears(MODE_KEY, msg, sizeof msg) == -ERR_REFUSED_VERSION);
	h.sel = 1;
	hello_put(msg, &h);
	CHECK(joiner_hears(MODE_KEY, msg, sizeof msg) == -ERR_FORMAT);
	h.sel = 0;
	h.suite = SUITE_2;
	hello_put(msg, &h);
	CHECK(joiner_hears(MODE_KEY, msg, sizeof msg) == -ERR_REFUSED_MODE);
	for (size_t n = 1; n < HELLO_MIN; n++)
		CHECK(n == 12 || joiner_hears(MODE_KEY, msg, n) != 0);
	printf("answers to a joiner: refusals and strangers\n");
}

static void
test_hello_to_host(void)
{
	struct hello h = {.mode = MODE_KEY, .suite = SUITE_1};
	static const struct {
		size_t place;
		uint8_t value;
		int err;
	} rows[] = {
	    {0, 'X', ERR_NOT_SECCHAT},
	    {6, 't', ERR_NOT_SECCHAT},
	    {7, 2, ERR_REFUSED_VERSION},
	    {7, 0, ERR_REFUSED_VERSION},
	    {8, MODE_PASS, ERR_REFUSED_MODE},
	    {8, 0, ERR_REFUSED_MODE},
	    {9, SUITE_2, ERR_REFUSED_MODE},
	    {10, 1, ERR_FORMAT},
	    {11, 1, ERR_FORMAT},
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		uint8_t msg[HELLO_MIN];
		struct talk t;

		talk_init(&t, MODE_KEY, 0);
		talk_start(&t);
		hello_put(msg, &h);
		msg[rows[i].place] = rows[i].value;
		CHECK(hs_read(&t.side[H].hs, msg, sizeof msg) == -rows[i].err);
		CHECK(all_wiped(&t.side[H].hs));
	}
	printf("a joiner's HELLO: refusals\n");
}

/*
 * One bit of the whole conversation flipped, bit after bit: the handshake
 * never ends well on both sides with anything but equal keys, and the flip is
 * found by whoever reads next or, for what ID sends in the clear, by the side
 * that gets the next tag.
 */
static int
run_flipped(struct talk *t, int dir, size_t bit)
{
	size_t place = bit / 8;
	int e = 1;

	talk_start(t);
	while (e == 1) {
		size_t before = t->log_len[dir];

		e = talk_step(t);
		if (t->log_len[dir] > place && before <= place) {
			size_t back = t->log_len[dir] - place;

			t->wire[dir][t->wire_len[dir] - back] ^=
			    (uint8_t)(1 << bit % 8);
		}
	}
	return e;
}

static void
test_flips(uint8_t mode)
{
	size_t total[2];
	struct talk t;

	talk_init(&t, mode, 0);
	talk_start(&t);
	CHECK(talk_run(&t) == 0);
	total[J] = t.log_len[J];
	total[H] = t.log_len[H];
	for (int dir = J; dir <= H; dir++)
		for (size_t bit = 0; bit < total[dir] * 8; bit++) {
			talk_init(&t, mode, 0);
			CHECK(run_flipped(&t, dir, bit) < 0);
			CHECK(state(&t, J) == HS_FAILED ||
			      state(&t, H) == HS_FAILED);
		}
}

/* Every length but the one that was asked for, at every reading step. */
static void
test_wrong_lengths(uint8_t mode)
{
	struct talk t;

	talk_init(&t, mode, 0);
	talk_start(&t);
	do {
		for (int i = J; i <= H; i++) {
			struct hs copy;
			size_t want = hs_want(&t.side[i].hs);
			static const uint8_t zeros[512];

			if (want == 0)
				continue;
			for (size_t n = 0; n < want + 40; n++) {
				if (n == want)
					continue;
				memcpy(&copy, &t.side[i].hs, sizeof copy);
				CHECK(hs_read(&copy, zeros, n) == -ERR_FORMAT);
				CHECK(all_wiped(&copy));
			}
		}
	} while (talk_step(&t) == 1);
}

/* The peer's share is not a group element, or the identity. */
static void
test_bad_shares(void)
{
	for (int i = 0; i < 4; i++) {
		uint8_t fill = i % 2 ? 0xff : 0;
		struct talk t;

		talk_init(&t, MODE_PASS, 0);
		talk_start(&t);
		CHECK(talk_step(&t) == 1 && talk_step(&t) == 1 &&
		      talk_step(&t) == 1);
		if (i < 2) {
			memset(t.wire[H] + HELLO_MIN, fill, 32);
			CHECK(talk_run(&t) == -ERR_AUTH);
			CHECK(state(&t, J) == HS_FAILED);
			continue;
		}
		while (t.log_len[J] == HELLO_MIN)
			CHECK(talk_step(&t) == 1);
		memset(t.wire[J], fill, 32);
		CHECK(talk_run(&t) == -ERR_AUTH);
		CHECK(state(&t, H) == HS_FAILED);
	}
	printf("shares that are no points: refused\n");
}

/* An e of small order, where no tag protects it. */
static void
test_zero_ephemeral(void)
{
	struct talk t;

	talk_init(&t, MODE_ID, 0);
	talk_start(&t);
	while (t.log_len[J] <= HELLO_MIN)
		CHECK(talk_step(&t) == 1);
	memset(t.wire[J], 0, 32);
	CHECK(talk_run(&t) == -ERR_AUTH && state(&t, H) == HS_FAILED);
	printf("a point of small order: refused\n");
}

/* One's own messages sent back are not a peer's. */
static void
test_reflection(uint8_t mode)
{
	struct talk t;
	uint8_t hello[HELLO_MIN];
	int e;

	talk_init(&t, mode, 0);
	talk_start(&t);
	CHECK(do_write(&t, J) == 0);
	memcpy(hello, t.log[J], sizeof hello);
	e = hs_read(&t.side[J].hs, hello, 12);
	if (e == 0 && hs_want(&t.side[J].hs) == 32)
		e = hs_read(&t.side[J].hs, hello + 12, 32);
	if (e == 0 && hs_next(&t.side[J].hs) == HS_WRITE) {
		uint8_t *f3 = t.wire[J];
		uint8_t padded[128] = {0};

		t.wire_len[J] = 0;
		CHECK(do_write(&t, J) == 0);
		memcpy(padded, f3, t.wire_len[J]);
		e = hs_read(&t.side[J].hs, padded, hs_want(&t.side[J].hs));
		CHECK(e == -ERR_AUTH);
	}
	CHECK(!hs_peer_proved(&t.side[J].hs));
}

int
main(void)
{
	CHECK(noise_library_init() == 0);
	for (size_t i = 0; i < ARRAY_LEN(known); i++) {
		struct source src = {known[i].table, NULL};
		uint8_t mode = known[i].mode;

		test_known(&src, mode);
		test_agreement(mode);
		if (mode != MODE_ID)
			test_wrong_secret(mode);
		test_flips(mode);
		test_wrong_lengths(mode);
		test_reflection(mode);
		printf(
		    "%s: known answers, agreement, every bit, every length\n",
		    known[i].name);
	}
	test_known_file();
	test_lengths();
	test_proof_order();
	test_wrong_room();
	test_wrong_mode();
	test_not_offered();
	test_answers();
	test_hello_to_host();
	test_bad_shares();
	test_zero_ephemeral();
	return check_end();
}
