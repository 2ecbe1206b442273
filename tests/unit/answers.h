/*
 * What a handshake has to come to, from a table in the source or from a file
 * of known answers, for the tests of both suites.
 */
#ifndef SECCHAT_TESTS_ANSWERS_H
#define SECCHAT_TESTS_ANSWERS_H

#include "data/answer.h"
#include "talk.h"
#include "vectors.h"

/* Where the answers come from: the table built in, or a file. */
struct source {
	const struct answer *table;
	const json_t *object;
};

static inline const char *
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

static inline void
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

/* The messages of one side, as one text, behind the first `from` bytes. */
static inline void
check_log(const struct source *src, const struct talk *t, int i,
    const char *const *keys, size_t from)
{
	static char want[2 * sizeof t->log[0] + 1];

	want[0] = '\0';
	for (; *keys != NULL; keys++)
		strncat(
		    want, answer(src, *keys), sizeof want - strlen(want) - 1);
	CHECK(same_hex(t->log[i] + from, t->log_len[i] - from, want));
}

/* Two machines that do not fail have the same keys, and nothing is left. */
static inline void
check_agreement(uint8_t mode, uint8_t suite)
{
	struct hs_result j, h;
	char sas_j[13], sas_h[13];
	struct talk t;

	talk_init(&t, mode, 0);
	t.side[J].cfg.suite = t.side[H].cfg.suite = suite;
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

#endif
