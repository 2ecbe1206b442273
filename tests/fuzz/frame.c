/*
 * Fuzzes what stands inside a verified frame: the plaintext as it is, and the
 * same bytes as the body of a well-made frame, so that the decoders are
 * reached.  What a decoder accepts must encode to the same bytes.
 */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "secchat/noise.h"
#include "secchat/util.h"
#include "secchat/wire.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static uint8_t again[FRAME_BODY_MAX];

static void
same(const struct frame *f, size_t len)
{
	assert(len == f->body_len && memcmp(again, f->body, len) == 0);
}

static void
check_msg(const struct frame *f)
{
	const uint8_t *text;
	uint64_t mseq;
	size_t len;

	if (msg_get(&mseq, &text, &len, f) != 0)
		return;
	assert(len <= TEXT_MAX && utf8_valid(text, len));
	same(f, numbered_put(again, mseq, text, len));
}

static void
check_open(const struct frame *f)
{
	struct open_body o;

	if (open_get(&o, f) != 0)
		return;
	assert(o.caps == 0 && utf8_valid(o.nick, o.nick_len));
	same(f, open_put(again, &o));
}

static void
check_small(const struct frame *f)
{
	struct close_body c;
	struct rekey_body rk;
	uint64_t v;
	uint32_t n;

	if (ping_get(&v, f) == 0)
		same(f, ping_put(again, v));
	if (close_get(&c, f) == 0)
		same(f, close_put(again, &c));
	if (rekey_get(&rk, f) == 0)
		same(f, rekey_put(again, &rk));
	if (switch_get(&n, f) == 0)
		same(f, switch_put(again, n));
}

/* What stands behind a file's frame's number, or is all of it. */
static void
check_file(const uint8_t *rest, size_t len)
{
	struct file_offer o;
	uint32_t fid;
	uint64_t at;
	uint8_t why;

	if (offer_get(&o, rest, len) == 0) {
		assert(utf8_valid(o.name, o.name_len));
		assert(offer_put(again, &o) == len);
		assert(memcmp(again, rest, len) == 0);
	}
	if (file_at_get(&fid, &at, rest, len) == 0) {
		assert(file_at_put(again, fid, at) == len);
		assert(memcmp(again, rest, len) == 0);
	}
	if (file_stop_get(&fid, &why, rest, len) == 0) {
		assert(file_stop_put(again, fid, why) == len);
		assert(memcmp(again, rest, len) == 0);
	}
}

static void
check_data(const struct frame *f)
{
	const uint8_t *data;
	uint32_t fid;
	uint64_t at;
	size_t len;

	check_file(f->body, f->body_len);
	if (f->body_len > 8)
		check_file(f->body + 8, f->body_len - 8);
	if (file_data_get(&fid, &at, &data, &len, f) != 0)
		return;
	assert(len <= FILE_CHUNK_MAX && data >= f->body &&
	       data + len == f->body + f->body_len);
	memcpy(again + file_at_put(again, fid, at), data, len);
	same(f, FILE_HEAD + len);
}

/* Every decoder, whatever the type: each must stand any bytes. */
static void
check_plain(const uint8_t *plain, size_t len)
{
	static uint8_t second[FRAME_PLAIN_MAX];
	struct frame f;

	if (frame_get(&f, plain, len) != 0)
		return;
	assert(f.body_len <= len - FRAME_HEAD);
	assert(frame_name(f.type)[0] != '?');
	assert(frame_put(second, f.type, f.ack, f.body, f.body_len) == len);
	assert(memcmp(second, plain, len) == 0);
	check_msg(&f);
	check_open(&f);
	check_small(&f);
	check_data(&f);
}

/* Who has no key can make nothing that opens, of whatever length. */
static void
check_sealed(const uint8_t *ct, size_t len)
{
	static uint8_t plain[FRAME_PLAIN_MAX], wire[FRAME_WIRE_MAX];
	static const uint8_t ck[32] = {9};
	struct chain c;

	chain_init(&c, ck, 1, DIR_JH);
	assert(chain_open(&c, plain, ct, len) < 0 && c.i == 0);
	/* A chain at its end seals and opens nothing more. */
	c.i = UINT64_C(1) << 32;
	assert(chain_open(&c, plain, ct, len) < 0);
	assert(chain_seal(&c, wire, plain, frame_buckets[0]) < 0);
	chain_wipe(&c);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static uint8_t buf[FRAME_PLAIN_MAX];
	uint8_t *plain;
	size_t len;

	check_plain(data, size);
	check_sealed(data, size);
	if (size == 0)
		return 0;
	assert(frame_name(data[0])[0] != '\0');
	len = frame_put(buf, data[0], size, data + 1, size - 1);
	if (len == 0)
		return 0;
	/* An exact copy, so that a sanitizer sees one byte too far. */
	plain = malloc(len);
	assert(plain != NULL);
	memcpy(plain, buf, len);
	check_plain(plain, len);
	free(plain);
	return 0;
}
