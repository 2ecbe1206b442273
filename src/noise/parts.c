/*
 * What handshakes are made of: the table of modes, CPace, the psk, Noise, and
 * the lengths that follow from mode and suite.
 */
#include <assert.h>
#include <string.h>

#include "hs.h"
#include "secchat/err.h"
#include "secchat/ipc_msgs.h"
#include "secchat/reader.h"
#include "secchat/util.h"

#define CI_MAX 320
#define PROLOGUE_LABEL "secchat/1"
#define CI_HOST "secchat/1 host"
#define CI_JOINER "secchat/1 joiner"

/* What each mode is made of. */
/* clang-format off */
static const struct mode modes[] = {
	{ MODE_PASS,   NOISE_NNpsk0, NOISE_NNpsk0, 1, 0, 0, 0 },
	{ MODE_KEY,    NOISE_NNpsk0, NOISE_NNpsk0, 0, 1, 0, 0 },
	{ MODE_ID,     NOISE_XX,     NOISE_XXpsk0, 0, 0, 1, 0 },
	{ MODE_PAIR,   NOISE_XXpsk0, NOISE_XXpsk0, 1, 0, 1, 0 },
	{ MODE_RESUME, NOISE_NNpsk0, NOISE_NNpsk0, 0, 0, 0, 1 },
};
/* clang-format on */

const struct mode *
hs_find_mode(const struct hs_config *cfg)
{
	for (size_t i = 0; i < ARRAY_LEN(modes); i++) {
		if (modes[i].mode != cfg->mode)
			continue;
		if (!noise_has_suite(cfg->suite) ||
		    (modes[i].resume && cfg->resume == NULL))
			return NULL;
		return &modes[i];
	}
	return NULL;
}

const struct mode *
hs_mode_of(const struct hs *hs)
{
	const struct mode *m = hs_find_mode(&hs->cfg);

	assert(m != NULL);
	return m;
}

int
hs_has_kem(const struct hs *hs)
{
	return hs->cfg.suite == SUITE_2;
}

static enum noise_pattern
pattern_of(const struct hs *hs)
{
	return hs_has_kem(hs) ? hs_mode_of(hs)->with_kem
			      : hs_mode_of(hs)->pattern;
}

/* How much of HELLO_H stands before the host's share. */
size_t
hs_share_at(const struct hs *hs)
{
	return (size_t)HELLO_MIN + (hs_has_kem(hs) ? KEM_CT : 0);
}

void
hs_draw(struct hs *hs, void *out, size_t len)
{
	hs->cfg.rnd.fn(hs->cfg.rnd.ctx, out, len);
}

/* ---- CPace and Noise, the same on both sides ---- */

static void
cpace_sid(const struct hs *hs, uint8_t sid[64])
{
	memcpy(sid, hs->c, 32);
	memcpy(sid + 32, hs->r_h, 32);
}

int
hs_cpace_begin(struct hs *hs)
{
	const char *room = hs->cfg.room;
	uint8_t ci[CI_MAX], sid[64], g[32], y[32];
	struct writer w;
	int e;

	writer_init(&w, ci, sizeof ci);
	lv_put(&w, CI_HOST, strlen(CI_HOST));
	lv_put(&w, CI_JOINER, strlen(CI_JOINER));
	lv_put(&w, room, strlen(room));
	assert(writer_end(&w) == 0);
	cpace_sid(hs, sid);
	cpace_generator(g, hs->cfg.secret->prs, sizeof hs->cfg.secret->prs, ci,
	    w.len, sid, sizeof sid);
	cpace_scalar(y, hs->cfg.rnd);
	e = cpace_init(&hs->cp, g, y);
	wipe(g, sizeof g);
	wipe(y, sizeof y);
	return e;
}

int
hs_cpace_end(struct hs *hs, const uint8_t peer[SHARE])
{
	uint8_t sid[64];
	int e;

	cpace_sid(hs, sid);
	e = cpace_finish(hs->isk, &hs->cp, hs->cfg.role == PEER_JOINER, peer,
	    sid, sizeof sid, hs->hello_h, hs_share_at(hs), hs->hello_j,
	    hs->hello_j_len);
	cpace_wipe(&hs->cp);
	return e;
}

static size_t
make_prologue(const struct hs *hs, uint8_t *out, size_t cap)
{
	struct writer w;

	writer_init(&w, out, cap);
	put_bytes(&w, PROLOGUE_LABEL, strlen(PROLOGUE_LABEL));
	put_bytes(&w, hs->hello_j, hs->hello_j_len);
	put_bytes(&w, hs->hello_h, hs->hello_h_len);
	if (hs_mode_of(hs)->cpace)
		put_bytes(&w, hs->y_j, sizeof hs->y_j);
	assert(writer_end(&w) == 0);
	return w.len;
}

const struct resume_secret *
resume_find(const struct resume_set *set, const uint8_t rid[RID_LEN])
{
	const struct resume_secret *found = NULL;

	for (size_t i = 0; i < set->n; i++)
		if (sodium_memcmp(set->e[i].rid, rid, RID_LEN) == 0)
			found = &set->e[i];
	return found;
}

/* P, "the secret of the mode"; NULL and a length of 0 where it has none. */
static const uint8_t *
mode_secret(const struct hs *hs, size_t *len)
{
	const struct mode *m = hs_mode_of(hs);
	const struct resume_secret *held;

	*len = 0;
	if (m->cpace) {
		*len = sizeof hs->isk;
		return hs->isk;
	}
	if (m->key) {
		*len = sizeof hs->cfg.secret->key;
		return hs->cfg.secret->key;
	}
	held = m->resume ? resume_find(hs->cfg.resume, hs->rid) : NULL;
	if (held == NULL)
		return NULL;
	*len = sizeof held->rs;
	return held->rs;
}

/*
 * The psk of this handshake, from what it has: 1, or 0: its pattern has none.
 * -ERR_AUTH: the secret of a RESUME has gone since its HELLO_J, when another
 * connection went on with it.
 */
static int
make_psk(const struct hs *hs, uint8_t psk[32])
{
	const struct mode *m = hs_mode_of(hs);
	size_t p_len, kq_len = hs_has_kem(hs) ? sizeof hs->kq : 0;
	const uint8_t *p = mode_secret(hs, &p_len);

	if (p == NULL && m->resume)
		return -ERR_AUTH;
	if (p_len + kq_len == 0)
		return 0;
	psk_derive(psk, p, p_len, hs->kq, kq_len, m->mode, hs->cfg.suite);
	return 1;
}

int
hs_noise_begin(struct hs *hs, const struct noise_keypair *e)
{
	uint8_t prologue[HS_PROLOGUE_MAX], psk[32];
	size_t len = make_prologue(hs, prologue, sizeof prologue);
	int has_psk = make_psk(hs, psk);

	if (has_psk < 0)
		return has_psk;
	noise_init(&hs->noise, pattern_of(hs), hs->cfg.role == PEER_JOINER,
	    prologue, len, has_psk ? psk : NULL,
	    hs_mode_of(hs)->statics ? &hs->cfg.secret->s : NULL, e);
	wipe(psk, sizeof psk);
	wipe(hs->isk, sizeof hs->isk);
	wipe(hs->kq, sizeof hs->kq);
	return 0;
}

/* Noise messages carry nothing but themselves. */
int
hs_noise_take(struct hs *hs, const uint8_t *in, size_t len)
{
	uint8_t none[1];
	size_t none_len;

	return noise_read(&hs->noise, in, len, none, 0, &none_len);
}

int
hs_noise_make(struct hs *hs, uint8_t *out, size_t cap, size_t *len)
{
	return noise_write(&hs->noise, out, cap, len, NULL, 0);
}

/* ---- lengths; every one follows from mode and suite ---- */

size_t
hs_len_hello_first(const struct hs *hs)
{
	(void)hs;
	return HELLO_MIN;
}

size_t
hs_len_rids(const struct hs *hs)
{
	return hs_mode_of(hs)->resume ? (size_t)2 * RID_LEN : 0;
}

size_t
hs_len_kem_pk(const struct hs *hs)
{
	return hs_has_kem(hs) ? KEM_PK : 0;
}

/* Where the joiner's public key stands in HELLO_J. */
size_t
hs_kem_at(const struct hs *hs)
{
	return HELLO_MIN + hs_len_rids(hs);
}

size_t
hs_len_hello_j(const struct hs *hs)
{
	return hs_kem_at(hs) + hs_len_kem_pk(hs);
}

size_t
hs_len_hello_h(const struct hs *hs)
{
	return hs_share_at(hs) + (hs_mode_of(hs)->cpace ? SHARE : 0);
}

size_t
hs_len_answer(const struct hs *hs)
{
	(void)hs;
	return REFUSE_LEN;
}

size_t
hs_len_answer_rest(const struct hs *hs)
{
	return hs_len_hello_h(hs) - REFUSE_LEN;
}

size_t
hs_len_f3(const struct hs *hs)
{
	return (hs_mode_of(hs)->cpace ? SHARE : 0) +
	       noise_message_len(pattern_of(hs), 0, 0);
}

size_t
hs_len_n2(const struct hs *hs)
{
	return noise_message_len(pattern_of(hs), 1, 0);
}

size_t
hs_len_n3(const struct hs *hs)
{
	return hs_mode_of(hs)->statics ? noise_message_len(pattern_of(hs), 2, 0)
				       : 0;
}
