/*
 * The secchat/1 handshake as a machine that asks for bytes and gives bytes:
 * HELLO both ways, CPace where the mode has a passphrase, then Noise.  What
 * is sent in which order is in two tables, one for each side; what a mode
 * consists of is in parts.c.
 *
 * Suite 2 makes both HELLOs longer by an X-Wing key and its answer, RESUME
 * makes the joiner's longer by the names of two secrets.  A host reads such a
 * HELLO_J in pieces, so that it can refuse what the first 44 bytes ask for; a
 * step whose length is zero is passed over.
 *
 * Random bytes are drawn in this order.  Joiner: e (32, the private key), r_J
 * (32), in RESUME with one secret a name that belongs to none (16) and, in
 * suite 2, the seed of its pair (32) for HELLO_J; y (64, reduced) for F3 in
 * PASS and PAIR.  Host: r_H (32), in suite 2 the seed of its answer
 * (64) and, in PASS and PAIR, y (64) for HELLO_H; e (32) for N2, and so only
 * after the joiner's first Noise message has verified.
 */
#include <assert.h>
#include <string.h>

#include "hs.h"
#include "secchat/err.h"
#include "secchat/ipc_msgs.h"
#include "secchat/reader.h"
#include "secchat/util.h"

#define STEP_FAILED 0xff

/* ---- the joiner's steps ---- */

/* The names of the secrets that it holds; one that belongs to none for one
 * that it has not got. */
static void
put_rids(struct hs *hs, uint8_t out[2 * RID_LEN])
{
	const struct resume_set *set = hs->cfg.resume;

	assert(set != NULL && set->n > 0);
	memcpy(out, set->e[0].rid, RID_LEN);
	if (set->n > 1)
		memcpy(out + RID_LEN, set->e[1].rid, RID_LEN);
	else
		hs_draw(hs, out + RID_LEN, RID_LEN);
}

static int
write_hello_j(struct hs *hs, uint8_t *out, size_t cap)
{
	struct hello h = {.mode = hs->cfg.mode, .suite = hs->cfg.suite};
	int e = 0;

	(void)cap;
	noise_keypair_new(&hs->e, hs->cfg.rnd);
	memcpy(hs->e_j, hs->e.pk, sizeof hs->e_j);
	hs_draw(hs, hs->r_j, sizeof hs->r_j);
	if (hs_mode_of(hs)->statics)
		memcpy(hs->s_j, hs->cfg.secret->s.pk, sizeof hs->s_j);
	commit_hash(hs->c, hs->r_j, hs->e_j, hs->s_j);
	memcpy(h.c_or_r, hs->c, sizeof h.c_or_r);
	hello_put(hs->hello_j, &h);
	if (hs_mode_of(hs)->resume)
		put_rids(hs, hs->hello_j + HELLO_MIN);
	if (hs_has_kem(hs))
		e = kem_keypair(
		    hs->hello_j + hs_kem_at(hs), hs->kem_sk, hs->cfg.rnd);
	hs->hello_j_len = hs_len_hello_j(hs);
	memcpy(out, hs->hello_j, hs->hello_j_len);
	return e;
}

static int
read_answer(struct hs *hs, const uint8_t *in, size_t len)
{
	memcpy(hs->hello_h, in, len);
	return answer_kind(in);
}

static int
read_hello_h(struct hs *hs, const uint8_t *in, size_t len)
{
	struct hello h;
	int e;

	memcpy(hs->hello_h + REFUSE_LEN, in, len);
	hs->hello_h_len = REFUSE_LEN + len;
	e = hello_get_host(&h, hs->hello_h);
	if (e != 0)
		return e;
	if (h.mode != hs->cfg.mode || h.suite != hs->cfg.suite)
		return -ERR_REFUSED_MODE;
	if (h.sel != 0 &&
	    (!hs_mode_of(hs)->resume || h.sel != 1 || hs->cfg.resume->n < 2))
		return -ERR_FORMAT;
	memcpy(hs->rid, hs->hello_j + HELLO_MIN + h.sel * RID_LEN,
	    hs_mode_of(hs)->resume ? RID_LEN : 0);
	memcpy(hs->r_h, h.c_or_r, sizeof hs->r_h);
	if (hs_has_kem(hs))
		e = kem_dec(hs->kq, hs->hello_h + HELLO_MIN, hs->kem_sk);
	wipe(hs->kem_sk, sizeof hs->kem_sk);
	return e;
}

static int
write_f3(struct hs *hs, uint8_t *out, size_t cap)
{
	size_t share = 0, len;

	if (hs_mode_of(hs)->cpace) {
		int e = hs_cpace_begin(hs);

		if (e != 0)
			return e;
		share = SHARE;
		memcpy(hs->y_j, hs->cp.share, SHARE);
		memcpy(out, hs->y_j, SHARE);
		e = hs_cpace_end(hs, hs->hello_h + hs_share_at(hs));
		if (e != 0)
			return e;
	}
	if (hs_noise_begin(hs, &hs->e) < 0)
		return -ERR_AUTH;
	return hs_noise_make(hs, out + share, cap - share, &len);
}

static int
read_n2(struct hs *hs, const uint8_t *in, size_t len)
{
	int e = hs_noise_take(hs, in, len);

	memcpy(hs->e_h, hs->noise.re, sizeof hs->e_h);
	memcpy(hs->s_h, hs->noise.rs, sizeof hs->s_h);
	return e;
}

static int
write_n3(struct hs *hs, uint8_t *out, size_t cap)
{
	size_t len;

	return hs_noise_make(hs, out, cap, &len);
}

/* ---- the host's steps ---- */

static int
read_hello_j(struct hs *hs, const uint8_t *in, size_t len)
{
	struct hello h;
	int e = hello_get_joiner(&h, in);

	if (e != 0)
		return e;
	if (h.mode == MODE_RESUME && hs->cfg.resume != NULL)
		hs->cfg.mode = MODE_RESUME;
	if (h.mode != hs->cfg.mode || h.suite != hs->cfg.suite)
		return -ERR_REFUSED_MODE;
	memcpy(hs->hello_j, in, len);
	hs->hello_j_len = len;
	memcpy(hs->c, h.c_or_r, sizeof hs->c);
	return 0;
}

/*
 * The newest secret that both hold.  Every pair is compared, the newest last,
 * so that the time does not tell which it was.
 */
static int
read_rids(struct hs *hs, const uint8_t *in, size_t len)
{
	const struct resume_set *set = hs->cfg.resume;
	int found = 0;

	for (size_t i = set->n; i-- > 0;) {
		for (uint8_t sel = 0; sel < 2; sel++) {
			if (sodium_memcmp(set->e[i].rid, in + sel * RID_LEN,
				RID_LEN) != 0)
				continue;
			found = 1;
			hs->sel = sel;
			memcpy(hs->rid, set->e[i].rid, RID_LEN);
		}
	}
	memcpy(hs->hello_j + HELLO_MIN, in, len);
	hs->hello_j_len += len;
	return found ? 0 : -ERR_REFUSED_RESUME;
}

static int
read_kem_pk(struct hs *hs, const uint8_t *in, size_t len)
{
	memcpy(hs->hello_j + hs_kem_at(hs), in, len);
	hs->hello_j_len += len;
	return 0;
}

static int
write_hello_h(struct hs *hs, uint8_t *out, size_t cap)
{
	struct hello h = {
	    .mode = hs->cfg.mode, .suite = hs->cfg.suite, .sel = hs->sel};
	int e = 0;

	(void)cap;
	hs_draw(hs, hs->r_h, sizeof hs->r_h);
	memcpy(h.c_or_r, hs->r_h, sizeof h.c_or_r);
	hello_put(hs->hello_h, &h);
	if (hs_has_kem(hs))
		e = kem_enc(hs->hello_h + HELLO_MIN, hs->kq,
		    hs->hello_j + hs_kem_at(hs), hs->cfg.rnd);
	if (e == 0 && hs_mode_of(hs)->cpace) {
		e = hs_cpace_begin(hs);
		memcpy(hs->hello_h + hs_share_at(hs), hs->cp.share, SHARE);
	}
	hs->hello_h_len = hs_len_hello_h(hs);
	memcpy(out, hs->hello_h, hs->hello_h_len);
	return e;
}

static int
read_f3(struct hs *hs, const uint8_t *in, size_t len)
{
	int e;

	if (hs_mode_of(hs)->cpace) {
		memcpy(hs->y_j, in, SHARE);
		in += SHARE;
		len -= SHARE;
		e = hs_cpace_end(hs, hs->y_j);
		if (e != 0)
			return e;
	}
	e = hs_noise_begin(hs, NULL);
	if (e != 0)
		return e;
	e = hs_noise_take(hs, in, len);
	memcpy(hs->e_j, hs->noise.re, sizeof hs->e_j);
	return e;
}

static int
write_n2(struct hs *hs, uint8_t *out, size_t cap)
{
	size_t len;

	noise_keypair_new(&hs->e, hs->cfg.rnd);
	noise_ephemeral(&hs->noise, &hs->e);
	memcpy(hs->e_h, hs->e.pk, sizeof hs->e_h);
	if (hs_mode_of(hs)->statics)
		memcpy(hs->s_h, hs->cfg.secret->s.pk, sizeof hs->s_h);
	return hs_noise_make(hs, out, cap, &len);
}

static int
read_n3(struct hs *hs, const uint8_t *in, size_t len)
{
	int e = hs_noise_take(hs, in, len);

	memcpy(hs->s_j, hs->noise.rs, sizeof hs->s_j);
	return e;
}

/* ---- the machine ---- */

struct step {
	enum hs_next next;
	size_t (*len)(const struct hs *hs);
	int (*read)(struct hs *hs, const uint8_t *in, size_t len);
	int (*write)(struct hs *hs, uint8_t *out, size_t cap);
};

/* A length of zero: this mode or suite has no such message. */
/* clang-format off */
static const struct step joiner_steps[] = {
	{ HS_WRITE, hs_len_hello_j,     NULL,         write_hello_j },
	{ HS_READ,  hs_len_answer,      read_answer,  NULL },
	{ HS_READ,  hs_len_answer_rest, read_hello_h, NULL },
	{ HS_WRITE, hs_len_f3,          NULL,         write_f3 },
	{ HS_READ,  hs_len_n2,          read_n2,      NULL },
	{ HS_WRITE, hs_len_n3,          NULL,         write_n3 },
};

static const struct step host_steps[] = {
	{ HS_READ,  hs_len_hello_first, read_hello_j, NULL },
	{ HS_READ,  hs_len_rids,        read_rids,    NULL },
	{ HS_READ,  hs_len_kem_pk,      read_kem_pk,  NULL },
	{ HS_WRITE, hs_len_hello_h,     NULL,         write_hello_h },
	{ HS_READ,  hs_len_f3,          read_f3,      NULL },
	{ HS_WRITE, hs_len_n2,          NULL,         write_n2 },
	{ HS_READ,  hs_len_n3,          read_n3,      NULL },
};
/* clang-format on */

enum {
	JOINER_N2 = 4,
	HOST_F3 = 4,
	HOST_N3 = 6
};

static size_t
step_count(const struct hs *hs)
{
	return hs->cfg.role == PEER_JOINER ? ARRAY_LEN(joiner_steps)
					   : ARRAY_LEN(host_steps);
}

static const struct step *
step_of(const struct hs *hs)
{
	return hs->cfg.role == PEER_JOINER ? &joiner_steps[hs->step]
					   : &host_steps[hs->step];
}

void
hs_init(struct hs *hs, const struct hs_config *cfg)
{
	assert(strlen(cfg->room) <= 255);
	memset(hs, 0, sizeof *hs);
	memcpy(&hs->cfg, cfg, sizeof hs->cfg);
}

enum hs_next
hs_next(const struct hs *hs)
{
	if (hs->step == STEP_FAILED)
		return HS_FAILED;
	if (hs->step == step_count(hs))
		return HS_DONE;
	return step_of(hs)->next;
}

size_t
hs_want(const struct hs *hs)
{
	return hs_next(hs) == HS_READ ? step_of(hs)->len(hs) : 0;
}

/* Move on, or wipe everything. */
static int
settle(struct hs *hs, int e)
{
	if (e != 0) {
		hs_wipe(hs);
		return e;
	}
	do
		hs->step++;
	while (hs->step < step_count(hs) && step_of(hs)->len(hs) == 0);
	return 0;
}

int
hs_read(struct hs *hs, const uint8_t *in, size_t len)
{
	assert(hs_next(hs) == HS_READ);
	if (hs_find_mode(&hs->cfg) == NULL)
		return settle(hs, -ERR_REFUSED_MODE);
	if (len != hs_want(hs))
		return settle(hs, -ERR_FORMAT);
	return settle(hs, step_of(hs)->read(hs, in, len));
}

int
hs_write(struct hs *hs, uint8_t *out, size_t cap, size_t *len)
{
	assert(hs_next(hs) == HS_WRITE);
	*len = 0;
	if (hs_find_mode(&hs->cfg) == NULL)
		return settle(hs, -ERR_REFUSED_MODE);
	*len = step_of(hs)->len(hs);
	assert(*len <= cap);
	return settle(hs, step_of(hs)->write(hs, out, cap));
}

uint8_t
hs_mode(const struct hs *hs)
{
	return hs->step == STEP_FAILED ? 0 : hs->cfg.mode;
}

int
hs_peer_proved(const struct hs *hs)
{
	if (hs->step == STEP_FAILED || hs_find_mode(&hs->cfg) == NULL)
		return 0;
	if (hs->cfg.role == PEER_JOINER)
		return hs->step > JOINER_N2;
	/* Without a psk the first Noise message proves nothing. */
	return hs->step > (hs->cfg.mode == MODE_ID ? HOST_N3 : HOST_F3);
}

void
hs_finish(struct hs *hs, struct hs_result *res)
{
	struct epoch e;
	uint8_t k[64];

	assert(hs_next(hs) == HS_DONE);
	noise_split(&hs->noise, k, k + 32, res->h);
	epoch_derive(&e, 0, res->h, sizeof res->h, k, sizeof k, NULL, NULL);
	wipe(k, sizeof k);
	memcpy(res->root, e.root, sizeof res->root);
	memcpy(res->ck_jh, e.ck_jh, sizeof res->ck_jh);
	memcpy(res->ck_hj, e.ck_hj, sizeof res->ck_hj);
	memcpy(res->rs, e.rs, sizeof res->rs);
	memcpy(res->rid, e.rid, sizeof res->rid);
	memcpy(res->used, hs->rid, sizeof res->used);
	res->resumed = hs_mode_of(hs)->resume;
	epoch_wipe(&e);
	memcpy(res->c, hs->c, sizeof res->c);
	memcpy(res->r_j, hs->r_j, sizeof res->r_j);
	memcpy(res->r_h, hs->r_h, sizeof res->r_h);
	memcpy(res->e_j, hs->e_j, sizeof res->e_j);
	memcpy(res->e_h, hs->e_h, sizeof res->e_h);
	memcpy(res->s_j, hs->s_j, sizeof res->s_j);
	memcpy(res->s_h, hs->s_h, sizeof res->s_h);
	res->has_s = hs_mode_of(hs)->statics;
	hs_wipe(hs);
}

void
hs_wipe(struct hs *hs)
{
	wipe(hs, sizeof *hs);
	hs->step = STEP_FAILED;
}

void
hs_result_wipe(struct hs_result *res)
{
	wipe(res, sizeof *res);
}
