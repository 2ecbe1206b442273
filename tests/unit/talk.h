/*
 * Two handshake machines and the wire between them, for the tests of the
 * handshake: one step at a time, with a log of all that was sent.
 */
#ifndef SECCHAT_TESTS_TALK_H
#define SECCHAT_TESTS_TALK_H

#include <sodium.h>

#include "check.h"
#include "secchat/ipc_msgs.h"
#include "secchat/noise.h"

/* Random bytes in the order in which the handshake asks for them. */
struct script {
	uint8_t bytes[192];
	size_t len, used;
};

static inline void
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

static inline void
script_add(struct script *s, int value, size_t len)
{
	memset(s->bytes + s->len, value, len);
	s->len += len;
}

/* A scalar of 31 equal bytes and a one, widened by zeros. */
static inline void
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
	uint8_t wire[2][2048]; /* what each side has sent and nobody read */
	size_t wire_len[2];
	uint8_t log[2][2048]; /* all that each side has sent */
	size_t log_len[2];
};

static inline int
has_cpace(uint8_t mode)
{
	return mode == MODE_PASS || mode == MODE_PAIR;
}

static inline int
has_statics(uint8_t mode)
{
	return mode == MODE_ID || mode == MODE_PAIR;
}

/* The inputs of the known answers. */
static inline void
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

static inline void
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
static inline void
talk_start(struct talk *t)
{
	for (int i = J; i <= H; i++)
		hs_init(&t->side[i].hs, &t->side[i].cfg);
}

static inline int
do_write(struct talk *t, int i)
{
	uint8_t out[HS_MSG_MAX];
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

static inline int
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
static inline int
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

static inline int
talk_run(struct talk *t)
{
	int e;

	while ((e = talk_step(t)) == 1)
		;
	return e;
}

static inline enum hs_next
state(const struct talk *t, int i)
{
	return hs_next(&t->side[i].hs);
}

static inline int
all_wiped(const struct hs *hs)
{
	struct hs copy;

	memcpy(&copy, hs, sizeof copy);
	copy.step = 0;
	return sodium_is_zero((const uint8_t *)&copy, sizeof copy);
}

#endif
