/*
 * The four Noise patterns: against the published sets of other programs, and
 * what they refuse.
 */
#include <sodium.h>

#include "secchat/err.h"
#include "secchat/noise.h"
#include "vectors.h"

static const char *const names[NOISE_PATTERNS] = {
    [NOISE_NN] = "Noise_NN_25519_ChaChaPoly_SHA512",
    [NOISE_NNpsk0] = "Noise_NNpsk0_25519_ChaChaPoly_SHA512",
    [NOISE_XX] = "Noise_XX_25519_ChaChaPoly_SHA512",
    [NOISE_XXpsk0] = "Noise_XXpsk0_25519_ChaChaPoly_SHA512",
};

static const char *const files[] = {
    "noise_cacophony_25519_ChaChaPoly_SHA512.json",
    "noise_snow_25519_ChaChaPoly_SHA512.json",
    "noise_flynn_25519_ChaChaPoly_SHA512.json",
};

static int
is_xx(unsigned pattern)
{
	return pattern == NOISE_XX || pattern == NOISE_XXpsk0;
}

static int
has_psk(unsigned pattern)
{
	return pattern == NOISE_NNpsk0 || pattern == NOISE_XXpsk0;
}

/* ---- published vectors ---- */

static void
init_from(
    struct noise_state *st, unsigned pattern, int initiator, const json_t *v)
{
	const char *side = initiator ? "init" : "resp";
	struct noise_keypair s, e;
	uint8_t prologue[128], psk[32];
	char key[32];
	size_t len;

	snprintf(key, sizeof key, "%s_prologue", side);
	len = bytes_of(prologue, sizeof prologue, v, key);
	snprintf(key, sizeof key, "%s_ephemeral", side);
	bytes_of(e.sk, 32, v, key);
	noise_keypair_derive(&e);
	if (is_xx(pattern)) {
		snprintf(key, sizeof key, "%s_static", side);
		bytes_of(s.sk, 32, v, key);
		noise_keypair_derive(&s);
	}
	if (has_psk(pattern)) {
		snprintf(key, sizeof key, "%s_psks", side);
		unhex(psk, 32,
		    json_string_value(
			json_array_get(json_object_get(v, key), 0)));
	}
	noise_init(st, pattern, initiator, prologue, len,
	    has_psk(pattern) ? psk : NULL, is_xx(pattern) ? &s : NULL, &e);
}

static void
transport(const uint8_t k[32], uint8_t n, const json_t *msg)
{
	uint8_t nonce[12] = {0, 0, 0, 0, n}, plain[256], ct[256];
	size_t len = bytes_of(plain, sizeof plain, msg, "payload");
	unsigned long long ct_len;

	crypto_aead_chacha20poly1305_ietf_encrypt(
	    ct, &ct_len, plain, len, NULL, 0, NULL, nonce, k);
	CHECK(same_hex(ct, (size_t)ct_len, text_of(msg, "ciphertext")));
}

static void
run_vector(unsigned pattern, const json_t *v, int starts_over)
{
	const json_t *messages = json_object_get(v, "messages"), *msg;
	const char *hash = text_of(v, "handshake_hash");
	struct noise_state side[2]; /* 0 the initiator */
	uint8_t k[2][32], k_resp[2][32], h[64], h_resp[64], n[2] = {0, 0};
	size_t i, first = 0;

	init_from(&side[0], pattern, 1, v);
	init_from(&side[1], pattern, 0, v);
	json_array_foreach(messages, i, msg)
	{
		struct noise_state *from = &side[i % 2], *to = &side[!(i % 2)];
		uint8_t payload[256], wire[512], got[256];
		size_t len, wire_len, got_len;

		if (noise_finished(&side[0]))
			break;
		len = bytes_of(payload, sizeof payload, msg, "payload");
		CHECK(noise_write(from, wire, sizeof wire, &wire_len, payload,
			  len) == 0);
		CHECK(same_hex(wire, wire_len, text_of(msg, "ciphertext")));
		CHECK(noise_read(
			  to, wire, wire_len, got, sizeof got, &got_len) == 0);
		CHECK(got_len == len && memcmp(got, payload, len) == 0);
		first = i + 1;
	}
	CHECK(noise_finished(&side[0]) && noise_finished(&side[1]));
	noise_split(&side[0], k[0], k[1], h);
	noise_split(&side[1], k_resp[0], k_resp[1], h_resp);
	CHECK_MEM(k, k_resp, sizeof k);
	CHECK_MEM(h, h_resp, sizeof h);
	CHECK(*hash == '\0' || same_hex(h, sizeof h, hash));
	for (i = first; i < json_array_size(messages); i++) {
		size_t dir = (starts_over ? i - first : i) % 2;

		transport(k[dir], n[dir]++, json_array_get(messages, i));
	}
}

static void
test_vectors(const char *file)
{
	json_t *root = vectors_load(file), *v;
	int starts_over = strstr(file, "flynn") != NULL;
	size_t i, n = 0;

	json_array_foreach(json_object_get(root, "vectors"), i,
	    v) for (unsigned p = 0; p < NOISE_PATTERNS;
		    p++) if (!strcmp(names[p], text_of(v, "protocol_name")))
	{
		run_vector(p, v, starts_over);
		n++;
	}
	if (root != NULL) {
		CHECK(n > 0);
		printf("%s: %zu vectors\n", file, n);
	}
	json_decref(root);
}

/* ---- without vectors: agreement, lengths, refusals ---- */

struct pair {
	struct noise_state j, h;
};

static const struct random_source rnd = {random_system, NULL};

static void
pair_init(struct pair *p, unsigned pattern)
{
	uint8_t psk[32];
	struct noise_keypair s, e;

	random_system(NULL, psk, sizeof psk);
	for (int initiator = 0; initiator < 2; initiator++) {
		noise_keypair_new(&s, rnd);
		noise_keypair_new(&e, rnd);
		noise_init(initiator ? &p->j : &p->h, pattern, initiator,
		    "prologue", 8, has_psk(pattern) ? psk : NULL,
		    is_xx(pattern) ? &s : NULL, initiator ? &e : NULL);
	}
	/* A responder may choose its ephemeral pair late. */
	noise_ephemeral(&p->h, &e);
}

/* Messages up to `stop`, honestly.  Returns the next one's length. */
static size_t
pair_run(struct pair *p, unsigned stop, uint8_t *wire, size_t cap)
{
	size_t len = 0, got_len;
	uint8_t got[8];

	for (unsigned i = 0; !noise_finished(&p->j); i++) {
		struct noise_state *from = i % 2 ? &p->h : &p->j;
		struct noise_state *to = i % 2 ? &p->j : &p->h;

		CHECK(noise_write(from, wire, cap, &len, "pay", 3) == 0);
		CHECK(len == noise_message_len(from->pattern, i, 3));
		if (i == stop)
			return len;
		CHECK(
		    noise_read(to, wire, len, got, sizeof got, &got_len) == 0);
		CHECK(got_len == 3 && memcmp(got, "pay", 3) == 0);
	}
	return 0;
}

static void
test_agreement(unsigned pattern)
{
	uint8_t k[4][32], h[2][64], wire[256];
	struct pair p;

	pair_init(&p, pattern);
	pair_run(&p, 9, wire, sizeof wire);
	noise_split(&p.j, k[0], k[1], h[0]);
	noise_split(&p.h, k[2], k[3], h[1]);
	CHECK_MEM(k[0], k[2], 64);
	CHECK_MEM(h[0], h[1], 64);
	CHECK(memcmp(k[0], k[1], 32) != 0);
	if (is_xx(pattern)) {
		CHECK_MEM(p.j.rs, p.h.s.pk, 32);
		CHECK_MEM(p.h.rs, p.j.s.pk, 32);
	}
	noise_wipe(&p.j);
	CHECK(sodium_is_zero((const uint8_t *)&p.j, sizeof p.j));
}

/* The sizes that the protocol prints. */
static void
test_lengths(void)
{
	CHECK(noise_message_len(NOISE_NN, 0, 0) == 32);
	CHECK(noise_message_len(NOISE_NN, 1, 0) == 48);
	CHECK(noise_message_len(NOISE_NNpsk0, 0, 0) == 48);
	CHECK(noise_message_len(NOISE_NNpsk0, 1, 0) == 48);
	CHECK(noise_message_len(NOISE_XX, 0, 0) == 32);
	CHECK(noise_message_len(NOISE_XX, 1, 0) == 96);
	CHECK(noise_message_len(NOISE_XX, 2, 0) == 64);
	CHECK(noise_message_len(NOISE_XXpsk0, 0, 0) == 48);
	CHECK(noise_message_len(NOISE_XXpsk0, 1, 0) == 96);
	CHECK(noise_message_len(NOISE_XXpsk0, 2, 5) == 69);
	printf("lengths: ten messages\n");
}

/* Whether `to` takes it, on a copy, so that the real one stays. */
static int
try_read(const struct noise_state *to, const uint8_t *in, size_t len)
{
	struct noise_state copy;
	uint8_t got[8];
	size_t got_len;

	memcpy(&copy, to, sizeof copy);
	return noise_read(&copy, in, len, got, sizeof got, &got_len);
}

static void
test_refusals(unsigned pattern, unsigned message)
{
	uint8_t wire[256], zero[32] = {0};
	const struct noise_state *to;
	struct pair p;
	size_t len, bare;
	/* A message in the clear is only found out by the next one. */
	int clear = message == 0 && !has_psk(pattern);

	pair_init(&p, pattern);
	len = pair_run(&p, message, wire, sizeof wire);
	to = message % 2 ? &p.j : &p.h;
	bare = noise_message_len(pattern, message, 0);
	CHECK(try_read(to, wire, len) == 0);
	for (size_t i = 0; i < len * 8 && !clear; i++) {
		wire[i / 8] ^= (uint8_t)(1 << i % 8);
		/* X25519 does not look at the top bit of a point, but the
		 * transcript does. */
		CHECK(try_read(to, wire, len) == -ERR_AUTH);
		wire[i / 8] ^= (uint8_t)(1 << i % 8);
	}
	for (size_t n = 0; n < len; n++) {
		int e = try_read(to, wire, n);

		CHECK(n < bare ? e == -ERR_FORMAT : clear || e == -ERR_AUTH);
	}
	CHECK(try_read(to, wire, bare + 9) == -ERR_FORMAT);
	memcpy(wire, zero, 32);
	CHECK(clear || try_read(to, wire, len) == -ERR_AUTH);
}

/* A first message in the clear may carry a point of small order: then the
 * answer's Diffie-Hellman is all zero, and writing it is refused. */
static void
test_zero_point(void)
{
	uint8_t wire[256] = {0}, got[8];
	size_t len;
	struct pair p;

	pair_init(&p, NOISE_XX);
	CHECK(noise_read(&p.h, wire, 32, got, sizeof got, &len) == 0);
	CHECK(noise_write(&p.h, wire, sizeof wire, &len, NULL, 0) == -ERR_AUTH);
	printf("points of small order: refused\n");
}

int
main(void)
{
	CHECK(noise_library_init() == 0);
	for (size_t i = 0; i < ARRAY_LEN(files); i++)
		test_vectors(files[i]);
	test_lengths();
	for (unsigned p = 0; p < NOISE_PATTERNS; p++) {
		test_agreement(p);
		for (unsigned m = 0; m < (is_xx(p) ? 3u : 2u); m++)
			test_refusals(p, m);
		printf("%s: agreement and refusals\n", names[p]);
	}
	test_zero_point();
	return check_end();
}
