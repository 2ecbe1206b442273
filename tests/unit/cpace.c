/*
 * CPace: the figures of draft-irtf-cfrg-cpace, the points that must be
 * refused, and what happens when two sides do not know the same.
 */
#include <sodium.h>

#include "secchat/err.h"
#include "secchat/noise.h"
#include "vectors.h"

/* One run of the draft; all hex. */
struct run {
	const char *prs, *ci, *sid, *g, *ya, *ada, *Ya, *yb, *adb, *Yb, *isk;
};

/* draft-irtf-cfrg-cpace, appendix B.3 (CPACE-RISTR255-SHA512). */
static const struct run draft = {
    .prs = "50617373776f7264",
    .ci = "0b415f696e69746961746f720b425f726573706f6e646572",
    .sid = "7e4b4791d6a8ef019b936c79fb7f2c57",
    .g = "222b6b195fe84b1652badb6f6a3ae3d24341e7306967f0b8115b40d5698c7e56",
    .ya = "da3d23700a9e5699258aef94dc060dfda5ebb61f02a5ea77fad53f4ff0976d08",
    .ada = "414461",
    .Ya = "d6bac480f2c386c394efc7c47adb9925dcd2630b64f240c50f8d0eec482b9157",
    .yb = "d2316b454718c35362d83d69df6320f38578ed5984651435e2949762d900b80d",
    .adb = "414462",
    .Yb = "3ea7e0b19560d7c0b0f5734f63b955286dfa8232b5ebe63324e2d9e7433f7258",
    .isk = "b69effbf61b51d56401c0f65601abe428de8206feaaf0e32198896dcae7b35cd"
	   "2b38950a39dfd5d4a79164614c2984f7daa460b588c1e80c3fa2068af7900447",
};

static void
test_run(const struct run *r)
{
	uint8_t prs[64], ci[64], sid[64], g[32], y[32], ada[16], adb[16];
	uint8_t isk_a[64], isk_b[64];
	size_t prs_len = unhex(prs, sizeof prs, r->prs);
	size_t ci_len = unhex(ci, sizeof ci, r->ci);
	size_t sid_len = unhex(sid, sizeof sid, r->sid);
	size_t ada_len = unhex(ada, sizeof ada, r->ada);
	size_t adb_len = unhex(adb, sizeof adb, r->adb);
	struct cpace a, b;

	cpace_generator(g, prs, prs_len, ci, ci_len, sid, sid_len);
	CHECK(same_hex(g, 32, r->g));
	unhex(y, 32, r->ya);
	CHECK(cpace_init(&a, g, y) == 0 && same_hex(a.share, 32, r->Ya));
	unhex(y, 32, r->yb);
	CHECK(cpace_init(&b, g, y) == 0 && same_hex(b.share, 32, r->Yb));
	CHECK(cpace_finish(isk_a, &a, 0, b.share, sid, sid_len, ada, ada_len,
		  adb, adb_len) == 0);
	CHECK(cpace_finish(isk_b, &b, 1, a.share, sid, sid_len, ada, ada_len,
		  adb, adb_len) == 0);
	CHECK(same_hex(isk_a, 64, r->isk) && same_hex(isk_b, 64, r->isk));
	cpace_wipe(&a);
	CHECK(sodium_is_zero((const uint8_t *)&a, sizeof a));
}

static int
takes_point(const char *hex)
{
	struct cpace cp = {.y = {2}};
	uint8_t peer[32], isk[64];

	unhex(peer, 32, hex);
	return cpace_finish(isk, &cp, 1, peer, NULL, 0, NULL, 0, NULL, 0) == 0;
}

/* The draft's appendix B.3.10, RFC 9496's A.2. */
static void
test_points(void)
{
	/* A valid point, with its lowest bit changed, and the identity. */
	CHECK(takes_point("2c3c6b8c4f3800e7aef6864025b4ed79bd599117e427c41bd47d"
			  "93d654b4a51c"));
	CHECK(!takes_point("2b3c6b8c4f3800e7aef6864025b4ed79bd599117e427c41bd47"
			   "d93d654b4a51c"));
	CHECK(!takes_point("000000000000000000000000000000000000000000000000000"
			   "0000000000000"));
	CHECK(!takes_point("ecfffffffffffffffffffffffffffffffffffffffffffffffff"
			   "fffffffffff7f"));
	printf("points: the draft's, and one that is not canonical\n");
}

static void
zeros(void *ctx, void *buf, size_t len)
{
	(void)ctx;
	memset(buf, 0, len);
}

/* A generator that gives zeros must not become a share. */
static void
test_scalar(void)
{
	struct random_source broken = {zeros, NULL};
	struct random_source system = {random_system, NULL};
	uint8_t g[32], y[32], top;
	struct cpace cp;

	cpace_generator(g, (const uint8_t *)"x", 1, NULL, 0, NULL, 0);
	cpace_scalar(y, broken);
	CHECK(cpace_init(&cp, g, y) == -ERR_AUTH);
	top = 0;
	for (int i = 0; i < 200; i++) {
		cpace_scalar(y, system);
		top |= y[31];
	}
	CHECK(top <= 0x10 && top != 0);
	printf("scalars: reduced, not zero\n");
}

/* Whatever the two sides do not share must change the key. */
static void
test_disagreement(void)
{
	struct random_source system = {random_system, NULL};
	uint8_t g[2][32], y[32], isk[4][64];
	struct cpace a, b, c;

	cpace_generator(g[0], (const uint8_t *)"one", 3, NULL, 0, NULL, 0);
	cpace_generator(g[1], (const uint8_t *)"two", 3, NULL, 0, NULL, 0);
	CHECK(memcmp(g[0], g[1], 32) != 0);
	cpace_scalar(y, system);
	CHECK(cpace_init(&a, g[0], y) == 0);
	cpace_scalar(y, system);
	CHECK(cpace_init(&b, g[0], y) == 0);
	CHECK(cpace_init(&c, g[1], y) == 0);
	cpace_finish(isk[0], &a, 0, b.share, y, 4, y, 3, y, 2);
	cpace_finish(isk[1], &b, 1, a.share, y, 4, y, 3, y, 2);
	CHECK_MEM(isk[0], isk[1], 64);
	cpace_finish(isk[2], &c, 1, a.share, y, 4, y, 3, y, 2);
	CHECK(memcmp(isk[0], isk[2], 64) != 0);
	cpace_finish(isk[3], &b, 0, a.share, y, 4, y, 3, y, 2);
	CHECK(memcmp(isk[0], isk[3], 64) != 0);
	cpace_finish(isk[3], &b, 1, a.share, y, 5, y, 3, y, 2);
	CHECK(memcmp(isk[0], isk[3], 64) != 0);
	cpace_finish(isk[3], &b, 1, a.share, y, 4, y, 2, y, 2);
	CHECK(memcmp(isk[0], isk[3], 64) != 0);
	cpace_finish(isk[3], &b, 1, a.share, y, 4, y, 3, y, 3);
	CHECK(memcmp(isk[0], isk[3], 64) != 0);
	printf("disagreement: secret, role, sid and both ADs change the key\n");
}

static void
test_vectors(void)
{
	json_t *root = vectors_load("cpace_ristretto255_sha512.json");
	json_t *v = json_object_get(root, "G_Coffee25519");
	json_t *p = json_object_get(root, "G_Coffee25519_points");
	struct run r = {
	    .prs = text_of(v, "PRS"),
	    .ci = text_of(v, "CI"),
	    .sid = text_of(v, "sid"),
	    .g = text_of(v, "g"),
	    .ya = text_of(v, "ya"),
	    .ada = text_of(v, "ADa"),
	    .Ya = text_of(v, "Ya"),
	    .yb = text_of(v, "yb"),
	    .adb = text_of(v, "ADb"),
	    .Yb = text_of(v, "Yb"),
	    .isk = text_of(v, "ISK_IR"),
	};
	json_t *valid;
	uint8_t s[32], x[32], k[32];

	if (root == NULL)
		return;
	test_run(&r);
	valid = json_object_get(p, "Valid");
	bytes_of(s, 32, valid, "s");
	bytes_of(x, 32, valid, "X");
	CHECK(crypto_scalarmult_ristretto255(k, s, x) == 0);
	CHECK(same_hex(k, 32, text_of(valid, "G.scalar_mult_vfy(s,X)")));
	CHECK(takes_point(text_of(valid, "X")));
	CHECK(!takes_point(text_of(p, "Invalid Y1")));
	CHECK(!takes_point(text_of(p, "Invalid Y2")));
	printf("cpace_ristretto255_sha512.json: one run, four points\n");
	json_decref(root);
}

/* Every encoding that is not a point, as a peer's share. */
static void
test_bad_encodings(void)
{
	json_t *root = vectors_load("ristretto255_libsodium.json"), *t;
	size_t i;

	json_array_foreach(json_object_get(root, "invalid_encodings"), i, t)
	    CHECK(!takes_point(json_string_value(t)));
	if (root != NULL)
		printf("ristretto255_libsodium.json: %zu bad shares\n", i);
	json_decref(root);
}

int
main(void)
{
	CHECK(noise_library_init() == 0);
	test_run(&draft);
	printf("the draft's run\n");
	test_points();
	test_scalar();
	test_disagreement();
	test_vectors();
	test_bad_encodings();
	return check_end();
}
