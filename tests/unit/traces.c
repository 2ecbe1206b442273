/*
 * Secrets leave no trace.  The crypto worker's own loop runs in a process of
 * its own, with random bytes that are known here; after each step of a chat
 * in which a secret has served its purpose the process is stopped, and all
 * the memory that it can read and write (heap, stack, static data, its key
 * arena) is searched, from outside, for any 16 bytes in a row of
 *
 *   key file and its text, passphrase, code, PRS, identity
 *   every random byte it has drawn: e, y, x (r_J and r_H are sent)
 *   CPace's scalar, generator, K and ISK; the psk; Diffie-Hellman results
 *   Noise's ck and k after each message; k1 and k2
 *   root, rs and every chain and message key of every epoch; HKDF's PRK
 *   texts, in both directions
 *
 * as they are and in the forms in which SHA-512 and HMAC copy them.  What a
 * chat still needs is expected, at its place in the key arena and nowhere
 * else; and there it must be found, or the search is blind.  A planted copy in
 * each kind of memory must be found too.  Registers are not looked at, nor
 * what the kernel holds.
 *
 * The secrets are computed here, by two handshake machines that draw the same
 * random bytes, after the worker's process has been split off: it cannot have
 * them from us.
 */
#include <sodium.h>
#include <stddef.h>
#include <stdlib.h>

#include "../sim/lone.h"
#include "../sim/scan.h"
#include "check.h"
#include "secchat/err.h"
#include "secchat/util.h"

#define DRAWS 48 /* more than a worker draws in one chat */
#define STEPS 40 /* frames of one direction and epoch */
#define TEXT_LEN 3000
#define MARKER_EVERY 1468
#define MANY_TEXTS 14
#define MANY_LEN 65000

/* clang-format off */
static const struct run {
	const char *name;
	uint8_t mode, role, source;
} runs[] = {
	{ "KEY, joiner",       MODE_KEY,  PEER_JOINER, SECRET_KEYFILE },
	{ "KEY, host",         MODE_KEY,  PEER_HOST,   SECRET_KEYFILE },
	{ "PASS, joiner",      MODE_PASS, PEER_JOINER, SECRET_CODE },
	{ "PASS, host's code", MODE_PASS, PEER_HOST,   SECRET_MAKE_CODE },
	{ "ID, joiner",        MODE_ID,   PEER_JOINER, SECRET_NONE },
	{ "ID, host",          MODE_ID,   PEER_HOST,   SECRET_NONE },
	{ "PAIR, joiner",      MODE_PAIR, PEER_JOINER, SECRET_PASSPHRASE },
	{ "PAIR, host",        MODE_PAIR, PEER_HOST,   SECRET_PASSPHRASE },
};
/* clang-format on */

#define AT(member) offsetof(struct engine_keys, member)
#define OUTBOX SIZE_MAX /* a place outside the arena */

/* What may be found, and where; for one search. */
static struct {
	const char *name;
	size_t at;
	int seen;
} expected[24];
static size_t expected_len;

static struct lone *lone;
static const struct run *run;
static uint64_t seed;
static uintptr_t arena;      /* where struct engine_keys lies over there */
static char secret_text[64]; /* of this run: file, code or passphrase */

static void
expect(const char *name, size_t at)
{
	expected[expected_len].name = name;
	expected[expected_len].at = at;
	expected[expected_len].seen = 0;
	expected_len++;
	CHECK(expected_len < ARRAY_LEN(expected));
}

static int
is_joiner(void)
{
	return run->role == PEER_JOINER;
}

static int
has_code(void)
{
	return run->mode == MODE_PASS || run->mode == MODE_PAIR;
}

static int
has_identity(void)
{
	return mode_has_identity(run->mode);
}

/*
 * A host is first tried by two who do not know the secret: one leaves in the
 * handshake, the other guesses wrong.
 */
static unsigned
strangers(void)
{
	return is_joiner() || run->mode == MODE_ID ? 0 : 2;
}

/* ---- searching ---- */

static int
is_expected(const struct scan_hit *hit)
{
	for (size_t i = 0; i < expected_len; i++) {
		size_t at = expected[i].at;

		if (strcmp(expected[i].name, hit->name) != 0 ||
		    hit->form[0] != '\0')
			continue;
		if (at == OUTBOX ? !expected[i].seen : hit->at == arena + at) {
			expected[i].seen = 1;
			return 1;
		}
	}
	return 0;
}

/* Search, with the process stopped; what was expected is forgotten. */
static void
look(const char *when)
{
	struct scan_hit hits[SCAN_HITS];
	size_t bytes;
	int n = scan_process(lone->pid, hits, &bytes), bad = 0;

	CHECK(n >= 0 && bytes > (1u << 20));
	for (int i = 0; i < MIN(n, SCAN_HITS); i++) {
		const struct scan_hit *h = &hits[i];
		size_t at = h->at - arena;

		if (is_expected(h)) {
			CHECK(1);
			continue;
		}
		bad++;
		if (bad > 12)
			continue;
		printf("  %s, %s: %s%s, %zu bytes from %zu, at ", run->name,
		    when, h->name, h->form, h->len, h->from);
		if (at < sizeof(struct engine_keys))
			printf("%zu of the arena\n", at);
		else
			printf(
			    "%#lx in %s\n", (unsigned long)h->at, h->mapping);
	}
	if (!CHECK(bad == 0))
		printf("  %s, %s: %d traces\n", run->name, when, bad);
	for (size_t i = 0; i < expected_len; i++)
		if (!CHECK(expected[i].seen))
			printf("  %s, %s: %s is not at %zu\n", run->name, when,
			    expected[i].name, expected[i].at);
	expected_len = 0;
}

static void
stop_and_look(const char *when)
{
	if (!CHECK(lone_stop(lone))) {
		printf("  %s, %s: it does not come to rest\n", run->name, when);
		return;
	}
	look(when);
	lone_continue(lone);
}

/* ---- what is secret ---- */

/* A chain from its first key, and the key of each of its frames. */
static void
add_chain(const uint8_t first[32])
{
	static const uint8_t one = 1, two = 2;
	uint8_t ck[32], mk[32];

	memcpy(ck, first, sizeof ck);
	for (int i = 0; i < STEPS; i++) {
		scan_add("chain key", ck, sizeof ck);
		crypto_auth(mk, &one, 1, ck);
		scan_add("message key", mk, sizeof mk);
		crypto_auth(ck, &two, 1, ck);
	}
}

static void
add_prk(const uint8_t *salt, size_t salt_len, const uint8_t *ikm, size_t len)
{
	crypto_auth_hmacsha512_state st;
	uint8_t prk[64];

	crypto_auth_hmacsha512_init(&st, salt, salt_len);
	crypto_auth_hmacsha512_update(&st, ikm, len);
	crypto_auth_hmacsha512_final(&st, prk);
	scan_add("HKDF's PRK", prk, sizeof prk);
}

/* X25519 of two sides' keys: one side's secret, the other's public half. */
static void
add_shared(const uint8_t sk[32], const uint8_t pk[32])
{
	uint8_t shared[32];

	if (crypto_scalarmult(shared, sk, pk) == 0)
		scan_add("Diffie-Hellman result", shared, sizeof shared);
}

/*
 * The order in which a worker draws: its own code; r_H and y for each
 * stranger; then e and r_J, or r_H, and y.
 */
static unsigned
draw_of_handshake(void)
{
	return (run->source == SECRET_MAKE_CODE) +
	       strangers() * (has_code() ? 2 : 1);
}

static unsigned
draw_of_y(void)
{
	return draw_of_handshake() + (is_joiner() ? 2 : 1);
}

/* r_J and r_H are not secret: they are sent, and digits are made of them. */
static int
is_sent(unsigned draw)
{
	unsigned first = run->source == SECRET_MAKE_CODE;

	if (strangers() == 0)
		return draw + 1 == draw_of_y();
	return draw >= first && draw < draw_of_y() &&
	       (draw - first) % (has_code() ? 2 : 1) == 0;
}

static void
add_draws(void)
{
	uint8_t draw[LONE_DRAW], scalar[32];

	for (unsigned i = 0; i < DRAWS; i++) {
		if (is_sent(i))
			continue;
		lone_draw(seed, LONE_WORKER, i, draw, sizeof draw);
		scan_add("random bytes", draw, sizeof draw);
		crypto_core_ristretto255_scalar_reduce(scalar, draw);
		scan_add("scalar", scalar, sizeof scalar);
	}
}

/* ---- the handshake, once more and in sight ---- */

struct half {
	struct hs hs;
	struct hs_secret secret;
	int who;
	unsigned draws;
};

static void
half_random(void *ctx, void *buf, size_t len)
{
	struct half *h = ctx;

	lone_draw(seed, h->who, h->draws++, buf, len);
}

static void
half_init(struct half *h, int who)
{
	struct hs_config cfg = {
	    .role = who == LONE_WORKER ? run->role : !run->role,
	    .mode = run->mode,
	    .suite = SUITE_1,
	    .room = "",
	    .secret = &h->secret,
	    .rnd = {half_random, h},
	};

	memset(h, 0, sizeof *h);
	h->who = who;
	memcpy(&h->secret, &lone->keys.secret, sizeof h->secret);
	if (who == LONE_WORKER) {
		lone_draw(seed, 2, 1, h->secret.s.sk, 32);
		noise_keypair_derive(&h->secret.s);
		h->draws = draw_of_handshake();
	}
	hs_init(&h->hs, &cfg);
}

static void
add_half(const struct half *h)
{
	const struct noise_state *n = &h->hs.noise;

	/* before the first key the ck is the protocol's name */
	if (!n->has_key)
		return;
	scan_add("Noise ck", n->ck, sizeof n->ck);
	scan_add("Noise k", n->k, sizeof n->k);
	scan_add("psk", n->psk, sizeof n->psk);
}

/* CPace between the two, whose shares are on the wire. */
static void
add_cpace(const struct half *w, const uint8_t y[32])
{
	const struct hs *hs = &w->hs;
	uint8_t ci[64], sid[64], g[32], k[32], isk[64];
	const uint8_t *y_h = hs->hello_h + HELLO_MIN;
	struct cpace cp;
	struct writer out;

	writer_init(&out, ci, sizeof ci);
	lv_put(&out, "secchat/1 host", 14);
	lv_put(&out, "secchat/1 joiner", 16);
	lv_put(&out, "", 0);
	memcpy(sid, hs->c, 32);
	memcpy(sid + 32, hs->r_h, 32);
	cpace_generator(g, w->secret.prs, 32, ci, out.len, sid, sizeof sid);
	scan_add("CPace generator", g, sizeof g);
	CHECK(cpace_init(&cp, g, y) == 0);
	CHECK_MEM(cp.share, is_joiner() ? hs->y_j : y_h, 32);
	CHECK(crypto_scalarmult_ristretto255(
		  k, y, is_joiner() ? y_h : hs->y_j) == 0);
	scan_add("CPace K", k, sizeof k);
	CHECK(cpace_finish(isk, &cp, is_joiner(), is_joiner() ? y_h : hs->y_j,
		  sid, sizeof sid, hs->hello_h, HELLO_MIN, hs->hello_j,
		  HELLO_MIN) == 0);
	scan_add("ISK", isk, sizeof isk);
}

/* Everything at the moment when both are done. */
static void
add_end(struct half *w, struct half *p)
{
	uint8_t k[64], h[64];
	struct hs_result res;

	add_shared(w->hs.e.sk, p->hs.e.pk);
	if (has_identity()) {
		add_shared(w->hs.e.sk, p->secret.s.pk);
		add_shared(w->secret.s.sk, p->hs.e.pk);
	}
	noise_split(&w->hs.noise, k, k + 32, h);
	scan_add("k1", k, 32);
	scan_add("k2", k + 32, 32);
	add_prk(h, sizeof h, k, sizeof k);
	hs_finish(&w->hs, &res);
	scan_add("root", res.root, sizeof res.root);
	scan_add("rs", res.rs, sizeof res.rs);
	add_chain(res.ck_jh);
	add_chain(res.ck_hj);
}

/* The scalar that the worker is going to draw, from its wide form. */
static void
worker_scalar(uint8_t y[32])
{
	uint8_t wide[64];

	lone_draw(seed, LONE_WORKER, draw_of_y(), wide, sizeof wide);
	crypto_core_ristretto255_scalar_reduce(y, wide);
}

static void
add_handshake(void)
{
	struct half *half = calloc(2, sizeof *half);
	struct half *w = &half[LONE_WORKER], *p = &half[LONE_PEER];
	uint8_t msg[HS_MSG_MAX], y[32];
	size_t len = 0;
	int cpace_done = !has_code();

	if (half == NULL)
		abort();
	half_init(w, LONE_WORKER);
	half_init(p, LONE_PEER);
	while (hs_next(&w->hs) != HS_DONE || hs_next(&p->hs) != HS_DONE) {
		struct half *a = hs_next(&w->hs) == HS_WRITE ? w : p;
		struct half *b = a == w ? p : w;

		if (!CHECK(hs_write(&a->hs, msg, sizeof msg, &len) == 0))
			break;
		for (size_t at = 0; at < len;) {
			size_t want = hs_want(&b->hs);

			if (!CHECK(hs_read(&b->hs, msg + at, want) == 0))
				break;
			at += want;
		}
		add_half(w);
		add_half(p);
		if (!cpace_done && w->hs.noise.message > 0) {
			worker_scalar(y);
			add_cpace(w, y);
			cpace_done = 1;
		}
	}
	add_end(w, p);
	free(half);
}

/*
 * The peer has new keys: from its epoch before, its last random bytes and
 * those of the worker's that fit, everything that led to them.
 */
static void
add_rekey(const struct epoch *before)
{
	struct noise_keypair ours, theirs;
	struct epoch next;
	uint8_t shared[32];
	int found = 0;

	lone_draw(seed, LONE_PEER, lone->peer_draws - 1, ours.sk, 32);
	noise_keypair_derive(&ours);
	for (unsigned i = 0; i < DRAWS && !found; i++) {
		lone_draw(seed, LONE_WORKER, i, theirs.sk, 32);
		noise_keypair_derive(&theirs);
		CHECK(epoch_next(&next, before, &ours, theirs.pk,
			  is_joiner() ? theirs.pk : ours.pk,
			  is_joiner() ? ours.pk : theirs.pk) == 0);
		found = memcmp(next.root, lone->keys.live.next.root, 32) == 0;
	}
	CHECK(found && crypto_scalarmult(shared, ours.sk, theirs.pk) == 0);
	scan_add("Diffie-Hellman result", shared, sizeof shared);
	add_prk(before->root, 32, shared, sizeof shared);
	scan_add("new root", next.root, sizeof next.root);
	scan_add("new rs", next.rs, sizeof next.rs);
	add_chain(next.ck_jh);
	add_chain(next.ck_hj);
}

/* ---- what is to be expected for as long as a chat lasts ---- */

static void
expect_secret(void)
{
	if (has_code())
		expect("PRS", AT(secret.prs));
	if (run->mode == MODE_KEY)
		expect("key file", AT(secret.key));
	if (has_identity())
		expect("identity", AT(secret.s.sk));
}

/* The epoch's own copy of rs, and the newest that can resume the chat. */
static void
expect_epoch(const char *root, const char *rs, const char *resume_rs)
{
	expect_secret();
	expect(root, AT(live.cur.root));
	expect(rs, AT(live.cur.rs));
	expect(resume_rs, AT(resume.e[0].rs));
	expect("chain key", AT(live.tx.ck));
	expect("chain key", AT(live.rx.ck));
}

/* ---- the steps ---- */

/* The place of the arena: where the only copy of a secret lies. */
static void
find_arena(const char *name, size_t at)
{
	struct scan_hit hits[SCAN_HITS];
	size_t bytes;
	int n = scan_process(lone->pid, hits, &bytes);

	arena = 0;
	for (int i = 0; i < MIN(n, SCAN_HITS); i++)
		if (strcmp(hits[i].name, name) == 0 &&
		    hits[i].form[0] == '\0' && hits[i].len == 32 &&
		    (arena == 0 || hits[i].mapping[0] == '('))
			arena = hits[i].at - at;
	CHECK(arena != 0);
}

static void
make_secrets(void)
{
	uint8_t bytes[32];
	uint32_t v;

	lone_draw(seed, 2, 0, bytes, sizeof bytes);
	memcpy(&v, bytes, sizeof v);
	switch (run->source) {
	case SECRET_KEYFILE:
		keyfile_format(secret_text, bytes);
		scan_add("key file", bytes, sizeof bytes);
		scan_add("key file's text", secret_text, KEYFILE_TEXT);
		break;
	case SECRET_PASSPHRASE:
		hex_put(secret_text, bytes, 24);
		scan_add("passphrase", secret_text, strlen(secret_text));
		break;
	case SECRET_MAKE_CODE:
		lone_draw(seed, LONE_WORKER, 0, &v, sizeof v);
		code_format(secret_text, v);
		break;
	default:
		code_format(secret_text, v);
		break;
	}
	if (run->source == SECRET_CODE || run->source == SECRET_MAKE_CODE) {
		uint8_t letters[CODE_LETTERS];

		CHECK(code_parse(letters, (const uint8_t *)secret_text,
			  CODE_TEXT) == 0);
		scan_add("code", secret_text, CODE_TEXT);
		scan_add("code's letters", letters, CODE_LETTERS);
	}
}

static void
give_identities(void)
{
	char text[KEYFILE_TEXT + 1];
	uint8_t sk[32];

	lone_draw(seed, 2, 1, sk, sizeof sk);
	scan_add("identity", sk, sizeof sk);
	keyfile_format(text, sk);
	scan_add("identity's text", text, KEYFILE_TEXT);
	lone_identity(lone, LONE_WORKER, text);
	lone_draw(seed, 2, 2, sk, sizeof sk);
	keyfile_format(text, sk);
	lone_identity(lone, LONE_PEER, text);
}

/* Both sides read their secrets; the worker is then stopped. */
static int
read_secrets(void)
{
	struct lone_told *told = lone->told;
	uint8_t theirs =
	    run->source == SECRET_MAKE_CODE ? SECRET_CODE : run->source;

	CHECK(lone_wait(lone, &told[LONE_WORKER].ready, 1));
	make_secrets();
	lone_begin(lone, LONE_WORKER, run->source);
	lone_begin(lone, LONE_PEER, theirs);
	if (has_identity())
		give_identities();
	if (run->source == SECRET_KEYFILE)
		lone_secret(lone, LONE_WORKER, secret_text);
	CHECK(lone_wait(lone, &told[LONE_WORKER].info, 1));
	if (told[LONE_WORKER].key_memory == KEYMEM_MEMFD_SECRET) {
		SKIP("the key memory cannot be made visible");
		return 0;
	}
	if (run->source != SECRET_KEYFILE) {
		lone_send(lone, LONE_WORKER, LINK_SUPER_CRYPTO, IPC_READ_SECRET,
		    NULL, 0);
		lone_send(lone, LONE_PEER, LINK_SUPER_CRYPTO, IPC_READ_SECRET,
		    NULL, 0);
		if (has_code() && run->source != SECRET_MAKE_CODE) {
			char line[80];

			snprintf(line, sizeof line, "%s\n", secret_text);
			lone_secret(lone, LONE_WORKER, line);
		}
		CHECK(lone_wait(lone, &told[LONE_WORKER].secret_read, 1));
	}
	if (run->source != SECRET_NONE)
		lone_secret(lone, LONE_PEER, secret_text);
	scan_add("PRS", lone->keys.secret.prs, 32);
	add_draws();
	return 1;
}

static void
plant(uintptr_t at, const char *where, const char *name)
{
	uint8_t before[32], copy[32];
	struct scan_hit hits[SCAN_HITS];
	int found = 0, n;
	size_t bytes;

	lone_draw(seed, 2, 0, copy, sizeof copy);
	CHECK(scan_peek(lone->pid, at, before, sizeof before));
	/* half of it, at an odd place */
	CHECK(scan_poke(lone->pid, at + 3, copy + 5, SCAN_WINDOW));
	n = scan_process(lone->pid, hits, &bytes);
	for (int i = 0; i < MIN(n, SCAN_HITS); i++)
		found += strcmp(hits[i].name, name) == 0 &&
			 hits[i].at + hits[i].from == at + 3 &&
			 strcmp(hits[i].mapping, where) == 0;
	if (!CHECK(found == 1))
		printf("  a planted copy in %s is not found\n", where);
	CHECK(scan_poke(lone->pid, at, before, sizeof before));
}

/* A search that would not see it proves nothing. */
static void
plant_everywhere(void)
{
	static const char *const where[] = {"[heap]", "[stack]"};

	for (size_t i = 0; i < ARRAY_LEN(where); i++) {
		uintptr_t at = scan_mapping(lone->pid, where[i]);

		CHECK(at != 0);
		plant(at + 64, where[i], "key file");
	}
	plant(arena + AT(line), "(no name)", "key file");
}

static void
secret_is_read(void)
{
	CHECK(lone_stop(lone));
	if (run->mode == MODE_KEY)
		find_arena("key file", AT(secret.key));
	else if (has_code())
		find_arena("PRS", AT(secret.prs));
	else
		find_arena("identity", AT(secret.s.sk));
	expect_secret();
	look("when the secret was read");
	if (run == runs)
		plant_everywhere();
	lone_continue(lone);
}

/* Begin a message from net about a new connection. */
static void
stranger_put(struct writer *w, uint8_t *body, size_t cap)
{
	writer_init(w, body, cap);
	put_u32(w, lone->conns);
}

static void
stranger_send(unsigned type, const struct writer *w)
{
	lone_send(lone, LONE_WORKER, LINK_CRYPTO_NET, type, w->p, w->len);
}

/* A connection, and a HELLO_J on it. */
static void
stranger_comes(void)
{
	struct hello hello = {.mode = run->mode, .suite = SUITE_1};
	uint8_t body[64], hello_j[HELLO_MIN];
	struct writer w;

	lone->conns++;
	stranger_put(&w, body, sizeof body);
	put_u8(&w, 1);
	put_u8(&w, 0);
	put_str8(&w, "192.0.2.2:5000");
	stranger_send(IPC_CONN_OPEN, &w);
	hello_put(hello_j, &hello);
	stranger_put(&w, body, sizeof body);
	put_bytes(&w, hello_j, sizeof hello_j);
	stranger_send(IPC_FRAME_IN, &w);
}

/* A share that is a point, and a Noise message with a wrong tag. */
static void
stranger_guesses(void)
{
	uint8_t body[4 + 80], f3[80];
	size_t share = has_code() ? 32 : 0;
	struct writer w;

	memset(f3, 9, sizeof f3);
	if (has_code())
		crypto_scalarmult_ristretto255_base(f3, f3 + 32);
	stranger_put(&w, body, sizeof body);
	put_bytes(&w, f3, share + 48);
	stranger_send(IPC_FRAME_IN, &w);
}

static void
turn_strangers_away(void)
{
	uint8_t body[5];
	struct writer w;

	stranger_comes();
	CHECK(lone_stop(lone));
	lone_continue(lone);
	stranger_put(&w, body, sizeof body);
	put_u8(&w, LOST_EOF);
	stranger_send(IPC_CONN_LOST, &w);
	expect_secret();
	stop_and_look("a stranger left");
	stranger_comes();
	stranger_guesses();
	expect_secret();
	stop_and_look("a stranger guessed wrong");
}

/*
 * A joiner has sent F3 and waits for N2, a host has sent HELLO_H and waits
 * for F3.
 */
static void
in_the_handshake(void)
{
	int waits = is_joiner() ? LONE_PEER : LONE_WORKER;

	add_handshake();
	lone_connect(lone);
	lone->ends[waits].left = 1;
	expect_secret();
	if (!is_joiner() && has_code())
		expect("scalar", AT(hs[0].cp.y));
	if (is_joiner()) {
		expect("random bytes", AT(hs[0].e.sk));
		expect("random bytes", AT(hs[0].noise.e.sk));
		if (has_identity())
			expect("identity", AT(hs[0].noise.s.sk));
	}
	if (is_joiner() && run->mode != MODE_ID) {
		expect("psk", AT(hs[0].noise.psk));
		expect("Noise ck", AT(hs[0].noise.ck));
		expect("Noise k", AT(hs[0].noise.k));
	}
	stop_and_look("in the handshake");
	lone->ends[waits].left = LONE_ALL;
}

static void
connect_them(void)
{
	CHECK(lone_wait(lone, &lone->told[LONE_WORKER].connected, 1));
	CHECK(lone_wait(lone, &lone->told[LONE_PEER].connected, 1));
	expect_epoch("root", "rs", "rs");
	stop_and_look("connected");
}

/* A text in which the same 64 new bytes come again and again;
 * returns how often. */
static int
make_text(char *text, size_t len, unsigned which)
{
	uint8_t bytes[32];
	char marker[65];
	int n = 0;

	lone_draw(seed, 3, which, bytes, sizeof bytes);
	hex_put(marker, bytes, sizeof bytes);
	scan_add("text", marker, 64);
	memset(text, '.', len);
	for (size_t at = 0; at + 64 <= len; at += MARKER_EVERY, n++)
		memcpy(text + at, marker, 64);
	return n;
}

static void
send_a_text(void)
{
	char text[TEXT_LEN];
	int markers = make_text(text, sizeof text, 0);

	lone->ends[LONE_PEER].left = 0;
	lone_send(
	    lone, LONE_WORKER, LINK_UI_CRYPTO, IPC_UI_SEND, text, sizeof text);
	expect_epoch("root", "rs", "rs");
	for (int i = 0; i < markers; i++)
		expect("text", OUTBOX);
	stop_and_look("a text was sent");
	lone->ends[LONE_PEER].left = LONE_ALL;
	CHECK(lone_wait(lone, &lone->told[LONE_WORKER].delivered, 1));
	expect_epoch("root", "rs", "rs");
	stop_and_look("a text was confirmed");
}

static void
receive_a_text(void)
{
	char text[TEXT_LEN];

	make_text(text, sizeof text, 1);
	lone_send(
	    lone, LONE_PEER, LINK_UI_CRYPTO, IPC_UI_SEND, text, sizeof text);
	CHECK(lone_wait(lone, &lone->told[LONE_PEER].delivered, 1));
	expect_epoch("root", "rs", "rs");
	stop_and_look("a text came and was confirmed");
}

/* The front end reads nothing for a while: texts wait for it. */
static void
receive_many(void)
{
	static char text[MANY_LEN];
	unsigned before = lone->told[LONE_WORKER].texts;

	lone->deaf = 1;
	make_text(text, sizeof text, 2);
	for (int i = 0; i < MANY_TEXTS; i++)
		lone_send(lone, LONE_PEER, LINK_UI_CRYPTO, IPC_UI_SEND, text,
		    sizeof text);
	CHECK(lone_stop(lone));
	lone_continue(lone);
	lone->deaf = 0;
	CHECK(lone_wait(
	    lone, &lone->told[LONE_WORKER].texts, before + MANY_TEXTS));
	CHECK(lone_wait(
	    lone, &lone->told[LONE_PEER].delivered, before + MANY_TEXTS));
	expect_epoch("root", "rs", "rs");
	stop_and_look("many texts had to wait");
}

/* Asked for, half of the way, done. */
static void
new_keys(void)
{
	struct epoch before;

	memcpy(&before, &lone->keys.live.cur, sizeof before);
	lone->ends[LONE_PEER].left = 0;
	lone_send(lone, LONE_WORKER, LINK_UI_CRYPTO, IPC_UI_REKEY, NULL, 0);
	expect_epoch("root", "rs", "rs");
	expect("random bytes", AT(live.x.sk));
	stop_and_look("new keys were asked for");

	/* both REKEYs have arrived, no SWITCH */
	lone->ends[LONE_PEER].left = lone->ends[LONE_WORKER].left = 1;
	CHECK(lone_stop(lone));
	add_rekey(&before);
	expect_epoch("root", "rs", "new rs");
	expect("rs", AT(resume.e[1].rs));
	expect("new root", AT(live.next.root));
	expect("new rs", AT(live.next.rs));
	expect("chain key",
	    is_joiner() ? AT(live.next.ck_hj) : AT(live.next.ck_jh));
	look("one direction has new keys");
	lone_continue(lone);

	lone->ends[LONE_PEER].left = lone->ends[LONE_WORKER].left = LONE_ALL;
	CHECK(lone_wait(lone, &lone->told[LONE_WORKER].rekeyed, 1));
	CHECK(lone_wait(lone, &lone->told[LONE_PEER].rekeyed, 1));
	expect_epoch("new root", "new rs", "new rs");
	stop_and_look("new keys are in use");
}

static void
leave(void)
{
	uint8_t why = QUIT_USER;

	lone_send(
	    lone, LONE_WORKER, LINK_SUPER_CRYPTO, IPC_CRYPTO_CLOSE, &why, 1);
	CHECK(lone_wait(lone, &lone->told[LONE_WORKER].ended, 1));
	stop_and_look("the chat is over");
}

static void
one_run(const struct run *r)
{
	run = r;
	seed = 1000 + (uint64_t)(r - runs);
	scan_clear();
	lone = lone_new(r->mode, r->role, seed);
	if (read_secrets()) {
		secret_is_read();
		if (strangers() > 0)
			turn_strangers_away();
		in_the_handshake();
		connect_them();
		send_a_text();
		receive_a_text();
		receive_many();
		new_keys();
		leave();
	}
	printf("%s: %zu things looked for\n", r->name, scan_count());
	CHECK(lone_free(lone) == 0);
}

#ifdef __SANITIZE_ADDRESS__
enum {
	SANITIZED = 1
};
#else
enum {
	SANITIZED = 0
};
#endif

int
main(void)
{
	if (noise_library_init() < 0)
		return 1;
	if (SANITIZED)
		SKIP("a sanitizer keeps copies of its own");
	for (size_t i = 0; i < ARRAY_LEN(runs) && !SANITIZED; i++)
		one_run(&runs[i]);
	return check_end();
}
