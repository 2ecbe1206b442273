/*
 * Fuzzes what stands inside a verified frame: the plaintext as it is, and the
 * same bytes as the body of a well-made frame, so that the decoders are
 * reached.  What a decoder accepts must encode to the same bytes.
 */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

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
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static uint8_t buf[FRAME_PLAIN_MAX];
	uint8_t *plain;
	size_t len;

	check_plain(data, size);
	if (size == 0)
		return 0;
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
