/*
 * Two crypto engines in one process, connected by a net and a front end that
 * are only bookkeeping, under a clock that the test moves.  The engines are
 * the program's own code; what is simulated speaks the real IPC messages.
 */
#ifndef SECCHAT_TESTS_SIM_H
#define SECCHAT_TESTS_SIM_H

#include "../../src/crypto/engine.h"

enum {
	SIM_JOINER = PEER_JOINER,
	SIM_HOST = PEER_HOST
};

/* Bytes on their way, a growing buffer with a read position. */
struct sim_stream {
	uint8_t *p;
	size_t len, cap, at;
};

/* One side's end of the present connection, as its net worker sees it. */
struct sim_net {
	uint32_t conn; /* 0: none */
	uint8_t framing;
	uint32_t max, allowed[8];
	uint8_t n_allowed;
	int armed; /* raw: an EXPECT is waiting */
	int promoted, closed_by_us, failed;
	uint32_t uncredited, bulk_uncredited;
	struct sim_stream out; /* towards the other side */
};

struct sim_side {
	struct engine e;
	struct engine_keys keys;
	struct outbox outbox;
	uint8_t plain[FRAME_PLAIN_MAX], wire[FRAME_WIRE_MAX];
	struct sim *sim;
	int who;
	struct sim_net net;
	uint32_t conns; /* how many there have been */

	/* what the front end and the supervisor were told */
	int connected, ended, end_error, end_left, lost_events, left_events;
	int resumed_events, restarted, wants_call, must_answer;
	uint32_t resumed_ms, unconfirmed;
	uint8_t lost_why;
	uint32_t end_undelivered, attempts, frames_out;
	uint32_t rekeys, epoch;
	uint8_t rekey_why;
	uint64_t delivered, received, shown, submitted;
	uint64_t text_sum; /* over all texts received */
	int out_of_order, hold_shown;
	uint8_t met, met_verified; /* PEER_MET */
	char met_print[FINGERPRINT_TEXT], met_other[FINGERPRINT_TEXT];
	char met_name[NAME_MAX_LOCAL + 1];
	uint8_t peer_told, peer_known; /* PEER */
	char safety[SAFETY_DIGITS + 1];
	uint8_t verify_state, verify_left;
	char verify_read[SAS_HALF + 1];
	char code[CODE_TEXT + 1];
	uint64_t wire_mseq; /* WIRE */
	uint32_t wire_total, wires;
	uint8_t wire_seen[WIRE_SHOWN];
	uint8_t last_text[TEXT_MAX];
	size_t last_text_len;

	/* What is said about files; nobody hears it where this is NULL. */
	void (*on_file)(struct sim_side *side, unsigned type, struct reader *r);
	void *file_ctx;
};

struct sim {
	struct sim_side side[2];
	uint64_t now;
	uint64_t seed; /* of the random bytes */
	int stalled;   /* the network moves nothing */
};

/* What sim_new starts its engines with; SUITE_1 unless a test says else. */
extern uint8_t sim_suite;

/*
 * Fresh engines with a key file or a passphrase each; in ID and PAIR each has
 * an identity of 32 bytes 1 (the joiner) or 2 (the host), in ID `secret` is
 * not used.
 */
struct sim *sim_new(uint8_t mode, const char *joiner_secret,
    const char *host_secret, uint64_t seed);
void sim_free(struct sim *sim);

/* A new TCP connection from the joiner to the host. */
void sim_connect(struct sim *sim);

/* Move at most one frame in each direction; whether anything moved. */
int sim_step(struct sim *sim);

/* The same for what comes to one side. */
int sim_step_side(struct sim *sim, int who);

/* Move everything until nothing moves any more (bounded). */
void sim_run(struct sim *sim);

/* Let ms milliseconds pass, serving every deadline on the way. */
void sim_pass(struct sim *sim, uint64_t ms);

/* The cable is cut: both nets report why. */
void sim_cut(struct sim *sim, uint8_t why);

/* A text from one side's front end; 0 when the window has no room. */
int sim_text(struct sim *sim, int who, const void *text, size_t len);

/* The front end confirms all it has been given. */
void sim_show(struct sim *sim, int who);

/* A message from the supervisor, front end or net of one side. */
void sim_inject(struct sim *sim, int who, enum ipc_link_id link, unsigned type,
    const void *body, size_t len);

/* One side remembers the other's identity, under flags PEER_*. */
void sim_remember(struct sim *sim, int who, uint8_t flags, const char *name);

/* Take whatever identity comes (ID). */
void sim_accept_new(struct sim *sim, int who);

/* One side's process is gone, and the fresh one of another simulation takes
 * its place. */
void sim_swap_joiner(struct sim *sim, struct sim *other);
void sim_swap_host(struct sim *sim, struct sim *other);

/* Orderly leaving, as the supervisor asks for it. */
void sim_quit(struct sim *sim, int who);

#endif
