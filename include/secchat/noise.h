/*
 * The cryptography of secchat/1: Noise, CPace, the key schedule, the message
 * chains, and the forms in which people hold secrets.  Only compositions of
 * libsodium's primitives.  Together with src/crypto the only code that
 * includes sodium.h.  The paragraphs named are those of docs/protocol.md.
 *
 * Every struct here that holds a secret lives where its owner puts it (the
 * crypto worker: in its key arena), is never copied by assignment, and has a
 * _wipe that leaves no byte of it.  Random bytes come through a function
 * pointer, so that tests and the simulation can choose them.
 */
#ifndef SECCHAT_NOISE_H
#define SECCHAT_NOISE_H

#include <stddef.h>
#include <stdint.h>

#include "limits.h"
#include "wire.h"

/* Fill buf with len random bytes. */
typedef void random_fn(void *ctx, void *buf, size_t len);

struct random_source {
	random_fn *fn;
	void *ctx;
};

/* libsodium's generator. */
void random_system(void *ctx, void *buf, size_t len);

/* sodium_init(); must come before everything else.  0 or -ERR_INTERNAL. */
int noise_library_init(void);

/* Whether this program was compiled with what a suite needs (kem.c). */
int noise_has_suite(uint8_t suite);

/* The libsodium that it was compiled with, as in "1.0.18". */
const char *noise_library_version(void);

/* ---- hashes (kdf.c; "Notation") ---- */

/* HKDF-SHA512, RFC 5869.  An empty salt is 64 zero bytes.  out_len <= 255*64;
 * ikm and out may not overlap. */
void hkdf_sha512(uint8_t *out, size_t out_len, const uint8_t *salt,
    size_t salt_len, const uint8_t *ikm, size_t ikm_len, const uint8_t *info,
    size_t info_len);

/* Append LEB128(len) and the bytes: CPace's prepend_len and lv_cat. */
struct writer;
void lv_put(struct writer *w, const void *p, size_t len);

/* ---- Noise (symmetric.c, noise.c): revision 34, 25519_ChaChaPoly_SHA512 - */

enum noise_pattern {
	NOISE_NN,
	NOISE_NNpsk0,
	NOISE_XX,
	NOISE_XXpsk0,
	NOISE_PATTERNS
};

struct noise_keypair {
	uint8_t sk[32];
	uint8_t pk[32];
};

struct noise_state {
	uint8_t pattern;
	uint8_t initiator;
	uint8_t message; /* index of the next message */
	uint8_t has_key;
	uint8_t has_s;
	uint8_t has_e;
	uint64_t n;
	uint8_t k[32];
	uint8_t ck[64];
	uint8_t h[64];
	uint8_t psk[32];
	struct noise_keypair s, e;
	uint8_t rs[32], re[32];
};

/*
 * Begin a handshake.  psk and s are NULL where the pattern has none; e is
 * the ephemeral pair, chosen by the caller; a responder may leave it NULL and
 * give it with noise_ephemeral before it writes, so that a stranger's first
 * message costs no key generation.  Copies what it is given.
 */
void noise_init(struct noise_state *st, enum noise_pattern pattern,
    int initiator, const void *prologue, size_t prologue_len,
    const uint8_t psk[32], const struct noise_keypair *s,
    const struct noise_keypair *e);

/* The ephemeral pair, where noise_init had none. */
void noise_ephemeral(struct noise_state *st, const struct noise_keypair *e);

/* Message length with a payload of payload_len for message number i. */
size_t noise_message_len(
    enum noise_pattern pattern, unsigned i, size_t payload_len);

/* The next message, ours to write.  *out_len becomes its length.
 * 0, or -ERR_AUTH when a Diffie-Hellman result is all zero.  After an error
 * of either function the state serves for nothing but noise_wipe. */
int noise_write(struct noise_state *st, uint8_t *out, size_t cap,
    size_t *out_len, const void *payload, size_t payload_len);

/* The next message, the peer's.  payload holds what the message carries.
 * 0, -ERR_FORMAT (length), -ERR_AUTH (tag or point). */
int noise_read(struct noise_state *st, const uint8_t *in, size_t len,
    uint8_t *payload, size_t cap, size_t *payload_len);

/* Whether the last message has been written or read. */
int noise_finished(const struct noise_state *st);

/* Split(): the two transport keys (initiator to responder first) and h. */
void noise_split(const struct noise_state *st, uint8_t k1[32], uint8_t k2[32],
    uint8_t h[64]);

void noise_wipe(struct noise_state *st);

/* A fresh X25519 pair. */
void noise_keypair_new(struct noise_keypair *kp, struct random_source rnd);

/* The public key of kp->sk into kp->pk. */
void noise_keypair_derive(struct noise_keypair *kp);

/* ---- CPace (cpace.c): CPACE-RISTR255-SHA512, "Modes PASS and PAIR" ---- */

struct cpace {
	uint8_t y[32];     /* our secret scalar */
	uint8_t share[32]; /* Y, what is sent */
};

/* Generator and share.  y is a scalar below the group order, chosen by
 * cpace_scalar.  CI and sid as in the protocol. */
void cpace_generator(uint8_t g[32], const uint8_t *prs, size_t prs_len,
    const uint8_t *ci, size_t ci_len, const uint8_t *sid, size_t sid_len);
void cpace_scalar(uint8_t y[32], struct random_source rnd);
int cpace_init(struct cpace *cp, const uint8_t g[32], const uint8_t y[32]);

/*
 * ISK = H(lv(DSI,sid,K) || lv(Ya,ADa) || lv(Yb,ADb)).  is_b says which share
 * is ours.  0, or -ERR_AUTH: the peer's share is not a group element, or K is
 * the identity.
 */
int cpace_finish(uint8_t isk[64], const struct cpace *cp, int is_b,
    const uint8_t peer[32], const uint8_t *sid, size_t sid_len,
    const uint8_t *ada, size_t ada_len, const uint8_t *adb, size_t adb_len);

void cpace_wipe(struct cpace *cp);

/* PRS: Argon2id13 of a passphrase or code, once, before it is used.
 * 0 or -ERR_MEMORY (64 MiB could not be had). */
int prs_derive(
    uint8_t prs[32], const uint8_t *pass, size_t pass_len, const char *room);

/* ---- X-Wing (kem.c; "Suite 2"), only where noise_has_suite(SUITE_2) ---- */

/* A pair from 32 random bytes.  0 or -ERR_INTERNAL. */
int kem_keypair(
    uint8_t pk[KEM_PK], uint8_t sk[KEM_SK], struct random_source rnd);

/* A secret for the holder of pk, from 64 random bytes, and what carries it.
 * 0, or -ERR_FORMAT: pk is no public key. */
int kem_enc(uint8_t ct[KEM_CT], uint8_t ss[KEM_SS], const uint8_t pk[KEM_PK],
    struct random_source rnd);

/* The secret that ct carries; for a changed ct another one, not an error.
 * 0, or -ERR_AUTH: the X25519 part is all zero. */
int kem_dec(
    uint8_t ss[KEM_SS], const uint8_t ct[KEM_CT], const uint8_t sk[KEM_SK]);

/* ---- handshake (handshake.c; "Handshake bytes") ---- */

/* The secret of a mode: exactly one of these is used. */
struct hs_secret {
	uint8_t prs[32];        /* PASS, PAIR */
	uint8_t key[32];        /* KEY: the file */
	struct noise_keypair s; /* ID, PAIR */
};

/*
 * What sessions that lost their connection can be resumed with, the newest
 * first ("Resume").  `session` is the owner's name for the session.
 */
struct resume_set {
	uint8_t n;
	struct resume_secret {
		uint8_t rs[32];
		uint8_t rid[RID_LEN];
		uint32_t session;
	} e[RESUME_SECRETS];
};

struct hs_config {
	uint8_t role; /* PEER_JOINER or PEER_HOST */
	uint8_t mode; /* MODE_* as on the command line; a joiner: or RESUME */
	uint8_t suite;
	/*
	 * Borrowed until hs_wipe; NULL: RESUME is a mode like any other that
	 * is not this one.  A host looks into it at HELLO_J and again at F3.
	 * A joiner offers the first and, if there is one, the second.
	 */
	const struct resume_set *resume;
	const char *room;               /* "" */
	const struct hs_secret *secret; /* borrowed until hs_wipe */
	struct random_source rnd;
};

#define HS_PROLOGUE_MAX (9 + 2 * HS_MSG_MAX + 32)

/* One handshake in progress.  Everything in it may be secret. */
struct hs {
	struct hs_config cfg;
	uint8_t step;
	uint8_t hello_j[HS_MSG_MAX];
	uint8_t hello_h[HS_MSG_MAX];
	size_t hello_j_len, hello_h_len;
	uint8_t y_j[32];
	uint8_t r_j[32], r_h[32], c[32];
	uint8_t rid[RID_LEN], sel; /* RESUME: what both sides hold */
	uint8_t isk[64];
	uint8_t kem_sk[KEM_SK], kq[KEM_SS]; /* suite 2 */
	struct cpace cp;
	struct noise_keypair e;
	struct noise_state noise;
	uint8_t e_j[32], e_h[32], s_j[32], s_h[32]; /* for c and SAS */
};

/* Keys and public facts that a finished handshake leaves. */
struct hs_result {
	uint8_t h[64];    /* channel binding */
	uint8_t root[32]; /* epoch 0, as are the rest */
	uint8_t ck_jh[32], ck_hj[32];
	uint8_t rs[32], rid[RID_LEN];
	uint8_t used[RID_LEN]; /* RESUME: the secret that it rests on */
	uint8_t resumed;       /* whether it was RESUME */
	uint8_t c[32], r_j[32], r_h[32];
	uint8_t e_j[32], e_h[32];
	uint8_t s_j[32], s_h[32]; /* zero in NN */
	uint8_t has_s;
};

void hs_init(struct hs *hs, const struct hs_config *cfg);

/*
 * What the state machine wants next.  HS_READ: give exactly hs_want(hs) bytes
 * of the peer's to hs_read.  HS_WRITE: call hs_write and send what it made.
 * HS_DONE: call hs_finish.  A joiner reads its HELLO_H in two pieces (the
 * first 12 bytes tell a REFUSE), a host its HELLO_J likewise where the suite
 * makes it longer than 44; the machine asks for them one after the other.
 */
enum hs_next {
	HS_READ,
	HS_WRITE,
	HS_DONE,
	HS_FAILED
};
enum hs_next hs_next(const struct hs *hs);
size_t hs_want(const struct hs *hs);

/*
 * Errors of both: -ERR_NOT_SECCHAT, -ERR_REFUSED_* (a joiner: what the host
 * said, unverified; a host: -ERR_REFUSED_VERSION, _MODE and _RESUME mean that
 * it should answer with that REFUSE), -ERR_FORMAT, -ERR_AUTH.  After an
 * error the state is HS_FAILED and everything in it is wiped.
 */
int hs_read(struct hs *hs, const uint8_t *in, size_t len);
int hs_write(struct hs *hs, uint8_t *out, size_t cap, size_t *len);

/*
 * The mode of the handshake: cfg.mode, or at a host that has read a RESUME's
 * HELLO_J, MODE_RESUME.  0 after a failure.
 */
uint8_t hs_mode(const struct hs *hs);

/* Whether the peer has proved the secret to us (host: at N1, i.e. F3). */
int hs_peer_proved(const struct hs *hs);

/* Split, derive epoch 0 into *res, wipe hs.  Only when HS_DONE. */
void hs_finish(struct hs *hs, struct hs_result *res);

void hs_wipe(struct hs *hs);
void hs_result_wipe(struct hs_result *res);

/* The secret of that name, or NULL.  Constant time in the names. */
const struct resume_secret *resume_find(
    const struct resume_set *set, const uint8_t rid[RID_LEN]);

/*
 * The joiner's commitment: whether c of this handshake opens to r_j
 * ("Verification").  Constant time.  1 or 0.
 */
int hs_commitment_ok(const struct hs_result *res, const uint8_t r_j[32]);

/* Twelve digits and a NUL; r_j from the joiner's OPEN. */
void hs_sas(char out[13], const struct hs_result *res, const uint8_t r_j[32]);

/* ---- chains and epochs (chain.c, epoch.c; "Transport frame", "Ratchet") - */

enum {
	DIR_JH = 0,
	DIR_HJ = 1
};

/* One direction of one epoch: a key for every frame. */
struct chain {
	uint8_t ck[32];
	uint64_t i; /* number of the next frame */
	uint32_t epoch;
	uint8_t dir;
};

void chain_init(
    struct chain *c, const uint8_t ck[32], uint32_t epoch, uint8_t dir);

/* Seal plain into wire = u16 L || ct (2 + plain_len + 16 bytes).  plain may be
 * wire + 2, and nothing of it is left then; else the two may not overlap.
 * Steps the chain and wipes the message key.
 * 0, or -ERR_VIOLATION after 2^32 frames. */
int chain_seal(
    struct chain *c, uint8_t *wire, const uint8_t *plain, size_t plain_len);

/* Open ct (without its length) into plain (ct_len - 16).  Only a frame that
 * verifies steps the chain.  0, or -ERR_AUTH. */
int chain_open(
    struct chain *c, uint8_t *plain, const uint8_t *ct, size_t ct_len);

void chain_wipe(struct chain *c);

/* What an epoch's key material is cut into. */
struct epoch {
	uint32_t n;
	uint8_t root[32];
	uint8_t ck_jh[32], ck_hj[32];
	uint8_t rs[32], rid[RID_LEN];
};

/* Epoch n+1 from epoch n, our fresh pair and the peer's X.
 * 0, or -ERR_AUTH when X25519 gives all zero. */
int epoch_next(struct epoch *next, const struct epoch *cur,
    const struct noise_keypair *x, const uint8_t peer_x[32],
    const uint8_t x_j[32], const uint8_t x_h[32]);

void epoch_wipe(struct epoch *e);

/* ---- secrets as people hold them (keyfile.c, code.c, phrase.c) ---- */

/*
 * A key file's bytes: 44 base64url characters, or 44 and a newline (LF or
 * CR LF).  0 or -ERR_KEYFILE_FORMAT.  Constant time over the characters.
 */
int keyfile_parse(uint8_t key[32], const uint8_t *text, size_t len);
void keyfile_format(char text[KEYFILE_TEXT + 1], const uint8_t key[32]);

/* SHA-256 of the 44 characters, and the first 8 bytes of SHA-256 over the
 * file as it stands (the older program's fingerprint, in hex). */
void keyfile_fingerprint(
    uint8_t sha256[32], uint8_t old[8], const uint8_t *text, size_t len);

/* "SHA256:" and 43 base64 characters, and a NUL: 51 bytes. */
#define FINGERPRINT_TEXT 51
void fingerprint_format(char out[FINGERPRINT_TEXT], const uint8_t sha256[32]);

/*
 * The safety number of two identities: 60 digits and a NUL, the same on both
 * sides ("Safety number").  Costs about 10,400 SHA-512 blocks.
 */
void safety_number(char out[SAFETY_DIGITS + 1], const uint8_t ours[32],
    const uint8_t theirs[32]);

/* One person's half of it: 30 digits and a NUL.  id is the stable
 * identifier, "secchat/1" for everybody in this protocol. */
void safety_half(
    char out[SAFETY_DIGITS / 2 + 1], const uint8_t pk[32], const char *id);

/* SHA-256 of a public key, and the same as fingerprint_format prints it. */
void pk_sha256(uint8_t sha256[32], const uint8_t pk[32]);
void pk_fingerprint(char out[FINGERPRINT_TEXT], const uint8_t pk[32]);

/* A one-time code from 32 random bits: two proquints with a hyphen. */
void code_format(char out[CODE_TEXT + 1], uint32_t value);

/* The ten letters of what somebody typed: case, spaces and hyphens do not
 * matter.  0 or -ERR_CODE_*. */
int code_parse(uint8_t letters[CODE_LETTERS], const uint8_t *text, size_t len);

/* A passphrase as typed: not empty, valid UTF-8, no control characters.
 * 0 or -ERR_SECRET_*; *warnings gets WARN_* bits. */
int phrase_check(const uint8_t *text, size_t len, uint8_t *warnings);

#endif
