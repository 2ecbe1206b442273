/*
 * What the frames carry, both ways.  A decoder is given a frame whose header
 * frame_get has accepted; what it refuses is a rule broken inside a verified
 * frame.
 */
#include <string.h>

#include "secchat/err.h"
#include "secchat/reader.h"
#include "secchat/util.h"
#include "secchat/wire.h"

static void
body_writer(struct writer *w, uint8_t *body)
{
	writer_init(w, body, FRAME_BODY_MAX);
}

static size_t
body_end(const struct writer *w)
{
	return w->failed ? 0 : w->len;
}

static void
body_reader(struct reader *r, const struct frame *f)
{
	reader_init(r, f->body, f->body_len);
}

static int
verdict(const struct reader *r)
{
	return reader_end(r) == 0 ? 0 : -ERR_VIOLATION;
}

size_t
open_put(uint8_t *body, const struct open_body *o)
{
	struct writer w;

	body_writer(&w, body);
	put_bytes(&w, o->r, sizeof o->r);
	put_u64(&w, o->rx_next);
	put_u64(&w, o->tx_next);
	put_u32(&w, o->caps);
	put_u8(&w, o->nick_len);
	put_bytes(&w, o->nick, o->nick_len);
	return body_end(&w);
}

int
open_get(struct open_body *o, const struct frame *f)
{
	struct reader r;

	memset(o, 0, sizeof *o);
	body_reader(&r, f);
	get_copy(&r, o->r, sizeof o->r);
	o->rx_next = get_u64(&r);
	o->tx_next = get_u64(&r);
	o->caps = get_u32(&r);
	o->nick_len = get_u8(&r);
	get_copy(&r, o->nick, o->nick_len);
	if (o->caps != 0 || !utf8_valid(o->nick, o->nick_len))
		return -ERR_VIOLATION;
	return verdict(&r);
}

size_t
numbered_put(uint8_t *body, uint64_t mseq, const void *rest, size_t len)
{
	struct writer w;

	body_writer(&w, body);
	put_u64(&w, mseq);
	put_bytes(&w, rest, len);
	return body_end(&w);
}

int
numbered_get(
    uint64_t *mseq, const uint8_t **rest, size_t *len, const struct frame *f)
{
	struct reader r;

	body_reader(&r, f);
	*mseq = get_u64(&r);
	*rest = get_rest(&r, len);
	return *rest == NULL ? -ERR_VIOLATION : verdict(&r);
}

int
msg_get(
    uint64_t *mseq, const uint8_t **text, size_t *len, const struct frame *f)
{
	int err = numbered_get(mseq, text, len, f);

	return err == 0 && !utf8_valid(*text, *len) ? -ERR_VIOLATION : err;
}

size_t
ping_put(uint8_t *body, uint64_t value)
{
	struct writer w;

	body_writer(&w, body);
	put_u64(&w, value);
	return body_end(&w);
}

int
ping_get(uint64_t *value, const struct frame *f)
{
	struct reader r;

	body_reader(&r, f);
	*value = get_u64(&r);
	return verdict(&r);
}

size_t
close_put(uint8_t *body, const struct close_body *c)
{
	struct writer w;

	body_writer(&w, body);
	put_u8(&w, c->reason);
	put_u64(&w, c->tx_next);
	return body_end(&w);
}

int
close_get(struct close_body *c, const struct frame *f)
{
	struct reader r;

	body_reader(&r, f);
	c->reason = get_u8(&r);
	c->tx_next = get_u64(&r);
	return verdict(&r);
}

size_t
rekey_put(uint8_t *body, const struct rekey_body *rk)
{
	struct writer w;

	body_writer(&w, body);
	put_u32(&w, rk->epoch);
	put_bytes(&w, rk->x, sizeof rk->x);
	return body_end(&w);
}

int
rekey_get(struct rekey_body *rk, const struct frame *f)
{
	struct reader r;

	body_reader(&r, f);
	rk->epoch = get_u32(&r);
	get_copy(&r, rk->x, sizeof rk->x);
	return verdict(&r);
}

size_t
switch_put(uint8_t *body, uint32_t epoch)
{
	struct writer w;

	body_writer(&w, body);
	put_u32(&w, epoch);
	return body_end(&w);
}

int
switch_get(uint32_t *epoch, const struct frame *f)
{
	struct reader r;

	body_reader(&r, f);
	*epoch = get_u32(&r);
	return verdict(&r);
}
