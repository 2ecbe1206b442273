/*
 * Two people's crypto and net workers, without their processes: the program's
 * own state machines on fake sockets under a clock that the test moves.  The
 * front ends and supervisors around them are bookkeeping that notices every
 * broken promise.
 */
#ifndef SECCHAT_TESTS_WORLD_H
#define SECCHAT_TESTS_WORLD_H

#include "../../src/crypto/engine.h"
#include "../../src/net/net.h"

enum {
	NAME_LEN = 160,
	TEXTS_MAX = 64 /* of one person in one session */
};

struct person {
	struct world *world;
	int who; /* PEER_* */
	struct engine engine;
	struct engine_keys keys;
	struct outbox outbox;
	uint8_t plain[FRAME_PLAIN_MAX], wire[FRAME_WIRE_MAX];
	struct ipc_link to_net; /* crypto's end */
	uint8_t *queue;
	struct net net;
	int links[4]; /* fake descriptors: net's and ours */

	/* what the front end and the supervisor were told */
	int connected, ended, end_error, end_left;
	uint32_t end_undelivered;
	int is_lost;      /* LOST was said and RESUMED was not */
	int wants_call;   /* a joiner's supervisor has to call */
	uint64_t call_at; /* and when */
	uint32_t lost, resumed, rekeyed, calls;
	uint64_t submitted, delivered, received, shown;
	uint32_t len[TEXTS_MAX + 1]; /* of the texts it has submitted */
};

struct world {
	struct person p[2];
	uint64_t now, seed, random;
	int listener;
	int early_fault;       /* before the joiner had connected */
	int answers;           /* whether calls are answered */
	uint64_t steps, idle;  /* in a row, in which nothing happened */
	char broken[NAME_LEN]; /* the first promise that was not kept, or "" */
};

/* A new pair with a common secret, in this mode; all follows from seed. */
void world_init(struct world *w, uint8_t mode, uint64_t seed);
void world_free(struct world *w);

/* A random number below n. */
uint64_t world_random(struct world *w, uint64_t n);

/* One thing happens, or the clock moves on; 0: nothing can happen any more. */
void world_step(struct world *w);

/* The joiner calls. */
void world_call(struct world *w);

/* A text of this length; 0 when the window or the test has no room. */
int world_text(struct world *w, int who, size_t len);

/* The front end asks for new keys, or to leave. */
void world_rekey(struct world *w, int who);
void world_quit(struct world *w, int who);

/* Something goes wrong with the network. */
void world_fault(struct world *w);

/* Whether everything that was submitted is delivered, nobody waits, and no
 * cut cable is left to be noticed. */
int world_settled(const struct world *w);

/* Note a broken promise. */
void world_broken(struct world *w, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

#endif
