/*
 * The two older formats: algorithms and tokens against published vectors,
 * each field of a frame refused when it is wrong, and which key is sent with
 * when new keys cross.
 */
#include <stdlib.h>

#include "../../src/legacy/legacy.h"
#include "../../src/legacy/lib.h"
#include "check.h"
#include "secchat/err.h"
#include "secchat/util.h"

/* The Fernet specification's generate.json. */
static const char spec_key[] = "cw_0x689RpI-jtRR7oE8h_eQsKImvJapLeSbXpwF4e4=";
static const char spec_token[] =
    "gAAAAAAdwJ6wAAECAwQFBgcICQoLDA0ODy021cpGVWKZ_eEwCGM4BLLF_5CV9dOP"
    "mrhuVUPgJobwOz7JcbmrR64jVmpU4IwqDA==";
#define SPEC_TIME 499162800

static uint8_t out[FRAME_IN_MAX], in[FRAME_IN_MAX];

static int
parse(const char *text, size_t len)
{
	struct fernet_key k;

	return fernet_key_parse(&k, (const uint8_t *)text, len);
}

static void
key_files(void)
{
	char text[64];

	CHECK(parse(spec_key, 44) == 0);
	for (int i = 0; i < 3; i++) {
		static const char *const ends[] = {"\n", "\r\n", "\r"};
		int n = snprintf(text, sizeof text, "%s%s", spec_key, ends[i]);

		CHECK(parse(text, (size_t)n) == 0);
	}
	CHECK(parse(spec_key, 43) == -ERR_KEYFILE_FORMAT);
	snprintf(text, sizeof text, "%s\n\n", spec_key);
	CHECK(parse(text, 46) == -ERR_KEYFILE_FORMAT);
	for (size_t i = 0; i < 44; i++) {
		memcpy(text, spec_key, 45);
		text[i] = '+';
		CHECK(parse(text, 44) == -ERR_KEYFILE_FORMAT);
	}
	/* A second spelling of the same bytes. */
	memcpy(text, spec_key, 45);
	text[42] = '5';
	CHECK(parse(text, 44) == -ERR_KEYFILE_FORMAT);
}

/*
 * The Fernet specification's invalid.json, in its order.  Two are refused
 * there for their time alone, which the older program does not look at; their
 * text is empty.
 */
/* clang-format off */
static const struct {
	const char *token;
	int got;
} spec_invalid[] = {
	/* incorrect MAC */
	{ "gAAAAAAdwJ6xAAECAwQFBgcICQoLDA0OD3HkMATM5lFqGaerZ-fWPAl1-szkFVzX"
	  "TuGb4hR8AKtwcaX1YdykQUFBQUFBQUFBQQ==", -ERR_AUTH },
	/* too short */
	{ "gAAAAAAdwJ6xAAECAwQFBgcICQoLDA0OD3HkMATM5lFqGaerZ-fWPA==",
	  -ERR_FORMAT },
	/* invalid base64 */
	{ "%%%%%%%%%%%%%AECAwQFBgcICQoLDA0OD3HkMATM5lFqGaerZ-fWPAl1-szkFVzX"
	  "TuGb4hR8AKtwcaX1YdykRtfsH-p1YsUD2Q==", -ERR_FORMAT },
	/* payload size not multiple of block size */
	{ "gAAAAAAdwJ6xAAECAwQFBgcICQoLDA0OD3HkMATM5lFqGaerZ-fWPOm73QeoCk9u"
	  "Gib28Xe5vz6oxq5nmxbx_v7mrfyudzUm", -ERR_FORMAT },
	/* payload padding error */
	{ "gAAAAAAdwJ6xAAECAwQFBgcICQoLDA0ODz4LEpdELGQAad7aNEHbf-JkLPIpuiYR"
	  "LQ3RtXatOYREu2FWke6CnJNYIbkuKNqOhw==", -ERR_FORMAT },
	/* far-future TS */
	{ "gAAAAAAdwStRAAECAwQFBgcICQoLDA0OD3HkMATM5lFqGaerZ-fWPAnja1xKYyhd"
	  "-Y6mSkTOyTGJmw2Xc2a6kBd-iX9b_qXQcw==", 0 },
	/* expired TTL */
	{ "gAAAAAAdwJ6xAAECAwQFBgcICQoLDA0OD3HkMATM5lFqGaerZ-fWPAl1-szkFVzX"
	  "TuGb4hR8AKtwcaX1YdykRtfsH-p1YsUD2Q==", 0 },
	/* incorrect IV (causes padding error) */
	{ "gAAAAAAdwJ6xBQECAwQFBgcICQoLDA0OD3HkMATM5lFqGaerZ-fWPAkLhFLHpGtD"
	  "BRLRTZeUfWgHSv49TF2AUEZ1TIvcZjK1zQ==", -ERR_FORMAT },
};
/* clang-format on */

static void
specification(void)
{
	struct fernet_key k;
	uint8_t *text;

	CHECK(fernet_key_parse(&k, (const uint8_t *)spec_key, 44) == 0);
	for (size_t i = 0; i < ARRAY_LEN(spec_invalid); i++) {
		size_t len = strlen(spec_invalid[i].token);
		int got;

		memcpy(in, spec_invalid[i].token, len);
		got = fernet_open(in, len, &k, &text);
		if (!CHECK(got == spec_invalid[i].got))
			printf("%zu: %d\n", i, got);
	}
}

static void
unhex(uint8_t *to, const char *hex)
{
	CHECK(hex_get(to, strlen(hex) / 2, hex, strlen(hex)) == 0);
}

/*
 * RFC 7914, section 11, its second; the first, and those of the other
 * algorithms, are what lib_prepare computes at every start.
 */
static void
pbkdf2(void)
{
	uint8_t got[64], want[64];

	unhex(want,
	    "4ddcd8f60b98be21830cee5ef22701f9641a4418d04c0414aeff08876b34ab56"
	    "a1d425a1225833549adb841b51c9b3176a272bdebba1d078478f62b397f33c8d");
	lib_pbkdf2(got, 64, "Password", 8, (const uint8_t *)"NaCl", 4, 80000);
	CHECK_MEM(got, want, 64);
}

/* McGrew and Viega, "The Galois/Counter Mode of Operation", appendix B, test
 * cases 1 and 3: those of AES-128 without associated data that lib_prepare
 * has not. */
static void
gcm_cases(void)
{
	struct gcm_key k;
	uint8_t nonce[12] = {0}, text[64], want[GCM_HEAD + 64], back[64];

	memset(&k, 0, sizeof k);
	memset(want, 0, 12);
	unhex(want + 12, "58e2fccefa7e3061367f1d57a4e7455a");
	CHECK(gcm_seal(out, &k, nonce, text, 0) == GCM_HEAD);
	CHECK_MEM(out, want, GCM_HEAD);
	unhex(k.k, "feffe9928665731c6d6a8f9467308308");
	unhex(nonce, "cafebabefacedbaddecaf888");
	unhex(text,
	    "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a72"
	    "1c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b391aafd255");
	memcpy(want, nonce, 12);
	unhex(want + 12, "4d5c2af327cd64a62cf35abd2ba6fab4");
	unhex(want + GCM_HEAD,
	    "42831ec2217774244b7221b784d0d49ce3aa212f2c02a4e035c17e2329aca12e"
	    "21d514b25466931c7d8f6a5aac84aa051ba30b396a0aac973d58e091473f5985");
	CHECK(gcm_seal(out, &k, nonce, text, 64) == sizeof want);
	CHECK_MEM(out, want, sizeof want);
	CHECK(gcm_open(back, &k, want, sizeof want) == 64);
	CHECK_MEM(back, text, 64);
	for (size_t i = 0; i < sizeof want; i++) {
		want[i] ^= 1;
		CHECK(gcm_open(back, &k, want, sizeof want) == -ERR_AUTH);
		want[i] ^= 1;
	}
}

/* What opening a changed copy of the published token says. */
static int
open_changed(const struct fernet_key *k, size_t at, char c, size_t len)
{
	uint8_t *text;

	memcpy(in, spec_token, sizeof spec_token);
	if (at < sizeof spec_token)
		in[at] = (uint8_t)c;
	return fernet_open(in, len, k, &text);
}

static void
tokens(void)
{
	size_t len = sizeof spec_token - 1;
	struct fernet_key k;
	uint8_t iv[16], *text;

	CHECK(fernet_key_parse(&k, (const uint8_t *)spec_key, 44) == 0);
	for (uint8_t i = 0; i < 16; i++)
		iv[i] = i;
	CHECK(fernet_seal(
		  out, &k, SPEC_TIME, iv, (const uint8_t *)"hello", 5) == len);
	CHECK_MEM(out, spec_token, len);
	memcpy(in, spec_token, len);
	CHECK(fernet_open(in, len, &k, &text) == 5);
	CHECK_MEM(text, "hello", 5);
	for (size_t i = 0; i < len; i++) {
		char c = spec_token[i] == 'A' ? 'B' : 'A';

		CHECK(open_changed(&k, i, c, len) < 0);
		CHECK(open_changed(&k, i, '*', len) == -ERR_FORMAT);
		CHECK(open_changed(&k, sizeof spec_token, 0, i) == -ERR_FORMAT);
	}
	/* version 0x84; the last byte of the MAC */
	CHECK(open_changed(&k, 0, 'h', len) == -ERR_FORMAT);
	CHECK(open_changed(&k, len - 4, 'B', len) == -ERR_AUTH);
}

static void
largest(void)
{
	struct fernet_key k;
	uint8_t *text, *big = calloc(1, FERNET_TEXT);
	size_t n;

	if (!CHECK(big != NULL))
		return;
	memset(&k, 7, sizeof k);
	memset(big, 'x', FERNET_TEXT);
	n = fernet_seal(out, &k, 1, big, big, FERNET_TEXT);
	CHECK(n == 65528);
	CHECK(fernet_open(out, n, &k, &text) == FERNET_TEXT);
	CHECK_MEM(text, big, FERNET_TEXT);
	free(big);
}

/* Padding that is wrong under a MAC that is right. */
static void
padding(void)
{
	static const uint8_t last[] = {0, 17, 2, 255};
	struct fernet_key k;
	uint8_t raw[FERNET_HEAD + 16 + 32], *text;

	memset(&k, 9, sizeof k);
	for (size_t i = 0; i < sizeof last; i++) {
		memset(raw, 0, sizeof raw);
		raw[0] = 0x80;
		raw[FERNET_HEAD + 15] = last[i];
		lib_cbc(1, k.seal, raw + 9, raw + FERNET_HEAD, 16,
		    raw + FERNET_HEAD);
		lib_hmac(
		    raw + FERNET_HEAD + 16, k.sign, 16, raw, FERNET_HEAD + 16);
		base64_put(in, raw, sizeof raw);
		CHECK(fernet_open(in, BASE64_LEN(sizeof raw), &k, &text) ==
		      -ERR_FORMAT);
	}
}

static void
passphrases(void)
{
	uint8_t line[16];

	memcpy(line, "caf\xc3\xa9 ", 6);
	CHECK(gcm_passphrase(line, 6) == 5);
	CHECK_MEM(line, "caf\xe9 ", 5);
	memcpy(line, "\xe2\x82\xac", 3);
	CHECK(gcm_passphrase(line, 3) == -ERR_LEGACY_LATIN1);
	memcpy(line, "a\xff", 2);
	CHECK(gcm_passphrase(line, 2) == -ERR_SECRET_UTF8);
	CHECK(gcm_passphrase(line, 0) == -ERR_SECRET_EMPTY);
}

/* ---- keys that cross ---- */

static struct keyring ring;
static struct gcm_key theirs[3];
static uint8_t salt[4][GCM_SALT];

static int
opens(const struct gcm_key *k)
{
	uint8_t frame[GCM_HEAD + 2], text[2];
	size_t n = gcm_seal(frame, k, salt[3], (const uint8_t *)"ab", 2);

	return keyring_open(&ring, text, frame, n) == 2;
}

static int
sends_with(const struct gcm_key *k)
{
	return memcmp(&ring.send, k, sizeof *k) == 0;
}

static void
crossing(void)
{
	uint8_t text[2], frame[GCM_HEAD] = {0};
	struct gcm_key first, wrong = {{1}};

	for (size_t i = 0; i < 4; i++)
		memset(salt[i], (int)i + 1, GCM_SALT);
	memcpy(ring.pass, "secret", ring.pass_len = 6);
	for (size_t i = 0; i < 3; i++)
		gcm_derive(&theirs[i], ring.pass, 6, salt[i]);
	keyring_first(&ring, salt[0]);
	first = ring.send;
	CHECK(sends_with(&theirs[0]) && opens(&first) && !opens(&wrong));

	/* Theirs alone: taken, but derived only when it is needed. */
	keyring_received(&ring, salt[1]);
	CHECK(ring.pending && sends_with(&first));
	keyring_settle(&ring);
	CHECK(!ring.pending && sends_with(&theirs[1]) && opens(&first));

	/* Ours, then theirs: contested until fresh ones of ours. */
	keyring_renew(&ring, salt[2]);
	CHECK(ring.unconfirmed && sends_with(&theirs[2]));
	keyring_received(&ring, salt[3]);
	CHECK(ring.contested);
	keyring_settle(&ring);
	CHECK(sends_with(&theirs[2]) && opens(&theirs[1]) && ring.contested);
	/* A frame under ours shows that they have it. */
	CHECK(opens(&theirs[2]) && !ring.contested && !ring.unconfirmed);
	CHECK(keyring_open(&ring, text, frame, GCM_HEAD - 1) == -ERR_FORMAT);
}

/* ---- the engine under a clock of ours ---- */

static struct engine e;
static struct engine_keys keys;
static struct outbox texts;
static struct {
	unsigned frames, rekeys, texts, remarks;
	unsigned promoted, keys_then; /* IPC_CONN_PROMOTE */
	uint8_t salt[GCM_SALT];
} seen;

static void
on_send(void *ctx, enum ipc_link_id link, unsigned type, const void *head,
    size_t head_len, const void *body, size_t len)
{
	const uint8_t *p = body;

	(void)ctx;
	(void)link;
	(void)head;
	(void)head_len;
	seen.texts += type == IPC_TEXT;
	seen.remarks += type == IPC_REMARK;
	if (type == IPC_CONN_PROMOTE) {
		seen.promoted++;
		seen.keys_then += (unsigned)keys.ring.n;
	}
	if (type != IPC_FRAME_OUT)
		return;
	if (len == GCM_SALT)
		memcpy(seen.salt, p, len);
	else if (len == 4 + GCM_REKEY_LEN)
		seen.rekeys++;
	else
		seen.frames++;
}

static void
bring(enum ipc_link_id id, unsigned type, const void *body, size_t len)
{
	const struct ipc_link l = {.fd = -1, .id = id, .self = ROLE_CRYPTO};
	const struct ipc_msg m = {(uint16_t)type, body, len, -1};

	legacy_on_message(&e, &l, &m);
}

static void
frame_in(const void *p, size_t len)
{
	static uint8_t body[4 + FRAME_IN_MAX] = {0, 0, 0, 1};

	memcpy(body + 4, p, len);
	bring(LINK_CRYPTO_NET, IPC_FRAME_IN, body, 4 + len);
}

static void
say(int n)
{
	for (int i = 0; i < n; i++)
		bring(LINK_UI_CRYPTO, IPC_UI_SEND, "hi", 2);
}

/* Rounds until nothing is due at this moment; how many keys were derived in
 * the worst of them. */
static uint32_t
rounds(uint64_t ms)
{
	uint32_t worst = 0;

	e.now += ms;
	do {
		uint8_t credit[8] = {
		    0, 0, 0, 1, 0, 0, 0, (uint8_t)(CREDIT_WINDOW - e.credit)};
		uint32_t left = e.derive_left;

		bring(LINK_CRYPTO_NET, IPC_CREDIT, credit, sizeof credit);
		legacy_tick(&e);
		if (left > e.derive_left)
			worst = MAX(worst, left - e.derive_left);
	} while (legacy_deadline(&e) <= e.now || e.credit < CREDIT_WINDOW);
	return worst;
}

/* A gcm host with its joiner, at the moment of the salt. */
static void
start_gcm(void)
{
	static const uint8_t conn[] = {0, 0, 0, 1, 0, 0, 1, 'a'};
	uint8_t start[14] = {PEER_HOST, MODE_GCM, SUITE_1, SECRET_PASSPHRASE};

	memset(&keys, 0, sizeof keys);
	memset(&seen, 0, sizeof seen);
	legacy_init(&e, &keys, &texts, on_send, NULL);
	e.now = 1000000;
	bring(LINK_SUPER_CRYPTO, IPC_CRYPTO_START, start, sizeof start);
	bring(LINK_SUPER_CRYPTO, IPC_READ_SECRET, NULL, 0);
	legacy_secret_bytes(&e, (const uint8_t *)"secret\n", 7);
	bring(LINK_CRYPTO_NET, IPC_CONN_OPEN, conn, sizeof conn);
}

static void
rekey_in(uint8_t n)
{
	uint8_t body[GCM_REKEY_LEN] = GCM_REKEY;

	memset(body + sizeof GCM_REKEY - 1, n, GCM_SALT);
	frame_in(body, sizeof body);
}

/* Net gives a stranger only so long: it hears of the chat before the key is
 * derived, which may take longer. */
static void
promoted_first(void)
{
	start_gcm();
	CHECK(seen.promoted == 1 && seen.keys_then == 0 && keys.ring.n == 1);
}

/* "Send nothing for 1 s after the salt": neither texts nor new keys. */
static void
quiet(void)
{
	start_gcm();
	bring(LINK_UI_CRYPTO, IPC_UI_REKEY, NULL, 0);
	say(3);
	(void)rounds(QUIET - 1);
	CHECK(seen.frames == 0 && seen.rekeys == 0);
	CHECK(legacy_deadline(&e) == e.now + 1);
	(void)rounds(1);
	CHECK(seen.frames == 3 && seen.rekeys == 1);
}

/* Ours after the 20th text; and for the peer's, after its 20th frame, we wait
 * for two seconds at most. */
static void
twenty(void)
{
	uint8_t frame[GCM_HEAD + 2];
	size_t n;

	start_gcm();
	(void)rounds(QUIET);
	say(REKEY_AFTER - 1);
	(void)rounds(0);
	CHECK(seen.frames == REKEY_AFTER - 1 && seen.rekeys == 0);
	say(1);
	(void)rounds(0);
	CHECK(seen.frames == REKEY_AFTER && seen.rekeys == 1);
	n = gcm_seal(frame, &keys.ring.send, salt[0], (const uint8_t *)"yo", 2);
	for (unsigned i = 0; i < REKEY_AFTER - 1; i++)
		frame_in(frame, n);
	say(1);
	(void)rounds(0);
	CHECK(seen.texts == REKEY_AFTER - 1 && seen.frames == REKEY_AFTER + 1);
	frame_in(frame, n);
	say(1);
	(void)rounds(HOLD - 1);
	CHECK(seen.frames == REKEY_AFTER + 1);
	(void)rounds(1);
	CHECK(seen.frames == REKEY_AFTER + 2);
	/* With its new keys there is nothing to wait for. */
	rekey_in(1);
	for (unsigned i = 0; i < REKEY_AFTER; i++)
		frame_in(frame, n);
	say(1);
	(void)rounds(0);
	CHECK(seen.frames == REKEY_AFTER + 2);
	rekey_in(2);
	(void)rounds(0);
	CHECK(seen.frames == REKEY_AFTER + 3);
}

/* One a round, so many at once, so many a second; a flood is one. */
static void
derivations(void)
{
	uint8_t junk[GCM_HEAD] = {0};
	unsigned n = 0;

	start_gcm();
	(void)rounds(QUIET);
	for (unsigned i = 0; i < 1000; i++)
		rekey_in((uint8_t)i);
	CHECK(e.derive_left == DERIVE_BURST && legacy_reads_net(&e));
	while (legacy_reads_net(&e) && n <= DERIVE_BURST) {
		frame_in(junk, sizeof junk);
		rekey_in((uint8_t)n++);
		CHECK(e.derived == 1 && !legacy_reads_net(&e));
		CHECK(rounds(0) <= 1);
	}
	CHECK(n == DERIVE_BURST && e.derive_left == 0);
	CHECK(legacy_deadline(&e) <= e.now + DERIVE_EVERY);
	(void)rounds(DERIVE_EVERY);
	CHECK(legacy_reads_net(&e));
	/* One remark a second of each kind, with its number. */
	CHECK(seen.remarks <= 4);
}

int
main(void)
{
	if (!CHECK(lib_prepare() == 0))
		return check_end();
	key_files();
	tokens();
	largest();
	padding();
	passphrases();
	crossing();
	specification();
	pbkdf2();
	gcm_cases();
	promoted_first();
	quiet();
	twenty();
	derivations();
	return check_end();
}
