/*
 * Whether our code's branches and addresses depend on secrets.  Runs under
 * Memcheck (tests/system/constant_time.py starts it so) and prints one line a
 * case.  First come small functions that must be complained about: a test
 * that cannot see them sees nothing.  Then the forms in which people hold
 * secrets, and two whole engines in every mode, with every secret and every
 * random byte marked.
 */
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../sim/sim.h"
#include "ct.h"
#include "secchat/err.h"
#include "secchat/util.h"

static int failed;
static const char *now; /* the case that runs */

static void
must(int ok, const char *what)
{
	if (!ok) {
		printf("%s: %s\n", now, what);
		failed = 1;
	}
}

#define MUST(cond) must((cond) != 0, #cond)

static void
fill(void *p, size_t len)
{
	static uint8_t next;
	uint8_t *byte = p;

	for (size_t i = 0; i < len; i++)
		byte[i] = (uint8_t)(next += 101);
	ct_secret(p, len);
}

/* ---- controls: what must be seen ---- */

static volatile unsigned seen;

static void
control_memcmp(void)
{
	uint8_t key[32], guess[32] = {0};

	fill(key, sizeof key);
	if (memcmp(key, guess, sizeof key) == 0)
		seen++;
}

static void
control_branch(void)
{
	uint8_t key[32];

	fill(key, sizeof key);
	if (key[7] & 1)
		seen++;
}

static void
control_index(void)
{
	static const char table[] = "0123456789abcdef";
	uint8_t key[32];

	fill(key, sizeof key);
	seen += (unsigned)((const volatile char *)table)[key[3] & 15];
}

/* Secrecy must survive the key schedule, or nothing below means much. */
static void
control_hash(void)
{
	uint8_t key[32], out[160];

	fill(key, sizeof key);
	hkdf_sha512(out, sizeof out, NULL, 0, key, sizeof key, NULL, 0);
	if (out[159] & 1)
		seen++;
}

/* ---- secrets as people hold them ---- */

static void
key_file(void)
{
	char text[KEYFILE_TEXT + 2];
	uint8_t key[32], again[32], sha256[32], old[8];

	fill(key, sizeof key);
	keyfile_format(text, key);
	MUST(ct_is_secret(text, 42));
	/* the last character is always the same */
	ct_public(CT_FORMAT, text + KEYFILE_TEXT - 1, 1);
	text[KEYFILE_TEXT] = '\n';
	MUST(keyfile_parse(again, (uint8_t *)text, sizeof text - 1) == 0);
	MUST(ct_is_secret(again, sizeof again));
	keyfile_fingerprint(sha256, old, (uint8_t *)text, sizeof text - 1);
	text[9] = '!';
	MUST(keyfile_parse(again, (uint8_t *)text, sizeof text - 1) ==
	     -ERR_KEYFILE_FORMAT);
}

static void
code_of(const char *typed, int want)
{
	uint8_t text[64], letters[CODE_LETTERS];
	size_t len = strlen(typed);

	memcpy(text, typed, len);
	ct_secret(text, len);
	MUST(code_parse(letters, text, len) == want);
	MUST(want != 0 || ct_is_secret(letters + 1, 1));
	ct_public(CT_FORMAT, letters, sizeof letters);
	MUST(want != 0 || memcmp(letters, "lusabbabad", CODE_LETTERS) == 0);
}

static void
code(void)
{
	char text[CODE_TEXT + 1];
	uint32_t value;

	fill(&value, sizeof value);
	code_format(text, value);
	MUST(ct_is_secret(text, 1));
	code_of("lusab-babad", 0);
	code_of(" LUSAB bab-ad", 0);
	code_of("lusab-baba", -ERR_CODE_SHORT);
	code_of("lusab-babaq", -ERR_CODE_LETTER);
	code_of("lusab-babadd", -ERR_CODE_LONG);
}

static void
phrase_of(const char *typed, int want)
{
	uint8_t text[64], warnings;
	size_t len = strlen(typed);

	memcpy(text, typed, len);
	ct_secret(text, len);
	MUST(phrase_check(text, len, &warnings) == want);
}

static void
passphrase(void)
{
	phrase_of("correct horse battery staple", 0);
	phrase_of("gr\xc3\xbc\xc3\x9f"
		  "e \xe2\x82\xac",
	    0);
	phrase_of("broken \xc3", -ERR_SECRET_UTF8);
	phrase_of("bell \a", -ERR_SECRET_CONTROL);
}

/* In a chat r_J is known when it comes to this; here it is not. */
static void
commitment(void)
{
	struct hs_result res;
	uint8_t r_j[32];

	fill(&res, sizeof res);
	fill(r_j, sizeof r_j);
	MUST(!hs_commitment_ok(&res, r_j));
}

/* ---- two engines ---- */

static vault_send_fn *deliver;

/* Every random byte is secret, but for the value of a PING. */
static void
secret_random(void *ctx, void *buf, size_t len)
{
	(void)ctx;
	fill(buf, len);
	if (len == 8)
		ct_public(CT_PING, buf, len);
}

/* What goes to net is public from then on. */
static void
send_in_public(void *ctx, enum ipc_link_id link, unsigned type,
    const void *head, size_t head_len, const void *body, size_t len)
{
	if (link == LINK_CRYPTO_NET)
		ct_public(CT_WIRE, body, len);
	deliver(ctx, link, type, head, head_len, body, len);
}

static struct sim *
secret_sim(uint8_t mode, const char *joiner, const char *host)
{
	struct random_source rnd = {secret_random, NULL};
	struct sim *sim = sim_new(mode, joiner, host, 1);

	for (int who = 0; who < 2; who++) {
		struct sim_side *side = &sim->side[who];

		deliver = side->e.send;
		side->e.send = send_in_public;
		side->e.rnd = rnd;
		ct_secret(side->keys.secret.prs, 32);
		ct_secret(side->keys.secret.key, 32);
		ct_secret(side->keys.secret.s.sk, 32);
		if (mode == MODE_ID)
			sim_accept_new(sim, who);
	}
	return sim;
}

static const char key_a[] = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=";
static const char key_b[] = "AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE=";

static void
keys_are_secret(const struct engine_keys *k)
{
	MUST(ct_is_secret(k->live.tx.ck, sizeof k->live.tx.ck));
	MUST(ct_is_secret(k->live.rx.ck, sizeof k->live.rx.ck));
	MUST(ct_is_secret(k->live.cur.root, sizeof k->live.cur.root));
	MUST(ct_is_secret(k->live.cur.rs, sizeof k->live.cur.rs));
	MUST(ct_is_secret(k->live.sas, 12));
}

static void
compare_digits(struct sim *sim)
{
	uint8_t typed[SAS_HALF] = {'0', '0', '0', '0', '0', '0'};

	sim_inject(sim, SIM_HOST, LINK_UI_CRYPTO, IPC_UI_VERIFY, typed, 0);
	sim_inject(
	    sim, SIM_HOST, LINK_UI_CRYPTO, IPC_UI_VERIFY, typed, sizeof typed);
	MUST(sim->side[SIM_HOST].verify_state == VERIFY_WRONG);
	memcpy(typed, sim->side[SIM_JOINER].keys.live.sas + SAS_HALF, SAS_HALF);
	sim_inject(
	    sim, SIM_HOST, LINK_UI_CRYPTO, IPC_UI_VERIFY, typed, sizeof typed);
	MUST(sim->side[SIM_HOST].verify_state == VERIFY_OK);
}

/* Texts both ways over a few epochs, the digits, and an orderly end. */
static void
chat(uint8_t mode)
{
	const char *secret = mode == MODE_KEY ? key_a : "a good passphrase";
	struct sim *sim = secret_sim(mode, secret, secret);
	uint8_t text[32];

	sim_connect(sim);
	sim_run(sim);
	MUST(sim->side[0].connected == 1 && sim->side[1].connected == 1);
	for (int i = 0; i < 50; i++) {
		memset(text, 'a' + i % 26, sizeof text);
		ct_secret(text, sizeof text);
		MUST(sim_text(sim, i & 1, text, sizeof text));
		sim_run(sim);
	}
	MUST(sim->side[0].rekeys == 2 && sim->side[1].rekeys == 2);
	MUST(sim->side[0].received == 25 && sim->side[1].received == 25);
	keys_are_secret(&sim->side[0].keys);
	keys_are_secret(&sim->side[1].keys);
	compare_digits(sim);
	sim_quit(sim, SIM_JOINER);
	sim_pass(sim, 5000);
	MUST(sim->side[0].ended == 1 && sim->side[1].ended == 1);
	sim_free(sim);
}

/* A host that makes its own code. */
static void
code_made(void)
{
	struct sim *sim = secret_sim(MODE_PASS, "lusab-babad", NULL);

	secret_make_code(&sim->side[SIM_HOST].e);
	MUST(ct_is_secret(sim->side[SIM_HOST].code, 5));
	MUST(ct_is_secret(sim->side[SIM_HOST].keys.secret.prs, 32));
	sim_free(sim);
}

static void
wrong_secret(uint8_t mode)
{
	const char *host = mode == MODE_KEY ? key_b : "another passphrase";
	const char *joiner = mode == MODE_KEY ? key_a : "a good passphrase";
	struct sim *sim = secret_sim(mode, joiner, host);

	sim_connect(sim);
	sim_run(sim);
	MUST(sim->side[0].end_error == ERR_AUTH);
	MUST(sim->side[1].attempts == 1 && sim->side[1].connected == 0);
	sim_free(sim);
}

/* clang-format off */
static const struct test {
	const char *name;
	void (*fn)(void);
	void (*in)(uint8_t mode);
	uint8_t mode;
	uint8_t control;	/* must be complained about */
} tests[] = {
	{ "control_memcmp", control_memcmp, NULL, 0, 1 },
	{ "control_branch", control_branch, NULL, 0, 1 },
	{ "control_index",  control_index,  NULL, 0, 1 },
	{ "control_hash",   control_hash,   NULL, 0, 1 },
	{ "key_file",       key_file,       NULL, 0, 0 },
	{ "code",           code,           NULL, 0, 0 },
	{ "code_made",      code_made,      NULL, 0, 0 },
	{ "passphrase",     passphrase,     NULL, 0, 0 },
	{ "commitment",     commitment,     NULL, 0, 0 },
	{ "chat_pass",      NULL, chat, MODE_PASS, 0 },
	{ "chat_key",       NULL, chat, MODE_KEY,  0 },
	{ "chat_id",        NULL, chat, MODE_ID,   0 },
	{ "chat_pair",      NULL, chat, MODE_PAIR, 0 },
	{ "wrong_pass",     NULL, wrong_secret, MODE_PASS, 0 },
	{ "wrong_key",      NULL, wrong_secret, MODE_KEY,  0 },
	{ "wrong_pair",     NULL, wrong_secret, MODE_PAIR, 0 },
};
/* clang-format on */

static int
run(const struct test *t)
{
	unsigned before = ct_complaints(), new;

	failed = 0;
	now = t->name;
	ct_mark(t->name);
	if (t->fn != NULL)
		t->fn();
	else
		t->in(t->mode);
	new = ct_complaints() - before;
	if ((new > 0) != t->control)
		failed = 1;
	printf("%s %s: %u complaints%s\n", failed ? "FAILED" : "ok", t->name,
	    new, t->control ? ", as it must" : "");
	return failed;
}

/* A reason that nothing needs is a hole that nobody looks at. */
static int
list_reasons(void)
{
	int unused = 0;

	for (int i = 0; i < CT_REASON_COUNT; i++) {
		printf("public: %-8s %6u times: %s\n", ct_name(i), ct_used(i),
		    ct_why(i));
		unused += ct_used(i) == 0;
	}
	return unused;
}

int
main(void)
{
	int bad = 0;

	setvbuf(stdout, NULL, _IOLBF, 0);
	if (!ct_watched()) {
		printf("skipped: not started under valgrind\n");
		return 77;
	}
	if (noise_library_init() < 0)
		return 1;
	for (size_t i = 0; i < ARRAY_LEN(tests); i++)
		bad += run(&tests[i]);
	bad += list_reasons();
	return bad > 0;
}
