/*
 * The bytes of files: asked of secchat-file when net has room for them, sealed
 * as they come, confirmed when they are written.  docs/protocol.md, "Files";
 * docs/ipc.md, "Files".
 */
#include <string.h>

#include "engine.h"
#include "secchat/err.h"
#include "secchat/util.h"

/*
 * Pieces fill a frame of one of these sizes.  A frame that took longer than
 * SLOW to leave for the network was too large, since a text may have to wait
 * for BULK_WINDOW of them; after QUICK_RUN times that net gave credit within
 * QUICK the next size is tried.
 */
static const uint32_t sizes[FILE_SIZES] = {
    FILE_CHUNK_MIN,
    4096 - FRAME_HEAD - FILE_HEAD,
    16384 - FRAME_HEAD - FILE_HEAD,
    FILE_CHUNK_MAX,
};
/* clang-format off */
enum { SLOW = 40, QUICK = 8, QUICK_RUN = 4 };

/* So much written is confirmed at once, less after so long: all files that
 * may move at once fit into the window so. */
enum { ACK_BYTES = FILE_WINDOW / 4, ACK_TIME = FILE_PROGRESS / 5 };
/* clang-format on */

/* ---- sending ---- */

/* The next of ours of which a piece may leave, in turn. */
static struct file_out *
next_out(struct files *f)
{
	for (unsigned k = 0; k < FILES_MAX; k++) {
		struct file_out *o = &f->out[(f->turn + k) % FILES_MAX];

		if (o->state != FILE_OPEN || !o->ready || o->dry ||
		    o->asked == o->size)
			continue;
		f->turn = (f->turn + k + 1) % FILES_MAX;
		return o;
	}
	return NULL;
}

/* What of ours was asked for and is not confirmed: the window. */
static uint64_t
outstanding(const struct files *f)
{
	uint64_t sum = 0;

	for (size_t n = 0; n < FILES_MAX; n++)
		if (f->out[n].state == FILE_OPEN && f->out[n].ready)
			sum += f->out[n].asked - f->out[n].acked;
	return sum;
}

static void
ask(struct engine *e, struct file_out *o, uint32_t len)
{
	struct files *f = &e->files;
	uint8_t body[16];
	struct writer w;

	f->want[(f->want_first + f->wants++) % FILE_WANTS] = (struct file_want){
	    .fid = o->fid, .conn = e->s.conn, .len = len, .at = o->asked};
	writer_init(&w, body, sizeof body);
	put_u32(&w, o->fid);
	put_u64(&w, o->asked);
	put_u32(&w, len);
	engine_send(e, LINK_CRYPTO_FILE, IPC_FILE_WANT, body, w.len);
	o->asked += len;
	e->s.bulk--;
}

void
bulk_want(struct engine *e)
{
	struct files *f = &e->files;
	struct session *s = &e->s;

	while (s->state == SESSION_LIVE && s->conn != 0 && !s->paused &&
	       s->bulk > 0 && f->wants < FILE_WANTS) {
		struct file_out *o;
		uint32_t len = sizes[f->size];

		if (outstanding(f) + len > FILE_WINDOW ||
		    (o = next_out(f)) == NULL)
			return;
		ask(e, o, (uint32_t)MIN(len, o->size - o->asked));
	}
}

/* Seal one piece, behind whatever text there is. */
static void
send_piece(
    struct engine *e, struct file_out *o, const uint8_t *body, size_t len)
{
	struct files *f = &e->files;

	session_pump(e);
	if (e->state != ENGINE_SERVING)
		return;
	o->sent += len - FILE_HEAD;
	f->left_at[(f->left_first + f->left++) % BULK_WINDOW] = e->now;
	session_send_piece(e, body, len);
}

void
bulk_on_chunk(void *ctx, struct reader *r, int fd)
{
	struct engine *e = ctx;
	struct files *f = &e->files;
	struct session *s = &e->s;
	struct file_want want = f->want[f->want_first];
	struct file_out *o;
	size_t len;
	const uint8_t *body = get_rest(r, &len);
	uint32_t fid;
	uint64_t at;

	(void)fd;
	if (f->wants == 0 || file_at_get(&fid, &at, body, FILE_HEAD) < 0 ||
	    fid != want.fid || at != want.at ||
	    (len != FILE_HEAD && len != FILE_HEAD + want.len))
		fatal("secchat-file answers what it was not asked");
	f->want_first = (f->want_first + 1) % FILE_WANTS;
	f->wants--;
	if (e->state != ENGINE_SERVING || s->conn != want.conn)
		return;
	o = bulk_find_out(f, fid);
	if (o != NULL && len == FILE_HEAD)
		o->dry = 1; /* the supervisor will say why */
	if (len > FILE_HEAD && o != NULL && o->state == FILE_OPEN && o->ready &&
	    at == o->sent && s->state == SESSION_LIVE && !s->paused)
		send_piece(e, o, body, len);
	else
		s->bulk++;
}

/*
 * How long the last of these frames took to leave.  Those before it have
 * waited for it in net, perhaps since another file.
 */
static void
judge(struct files *f, uint32_t frames, uint64_t now)
{
	unsigned last = (f->left_first + frames - 1) % BULK_WINDOW;
	uint64_t took = now - f->left_at[last];

	f->left_first = (last + 1) % BULK_WINDOW;
	f->left -= frames;
	f->quick = took <= QUICK ? f->quick + 1 : 0;
	if (took > SLOW && f->size > 0)
		f->size--;
	if (f->quick < QUICK_RUN || f->size + 1 >= FILE_SIZES)
		return;
	f->size++;
	f->quick = 0;
}

void
bulk_on_credit(void *ctx, struct reader *r, int fd)
{
	struct engine *e = ctx;
	uint32_t conn = engine_get_conn(e, r);
	uint32_t frames = get_u32(r);
	struct files *f = &e->files;

	(void)fd;
	if (conn != e->s.conn)
		return;
	if (frames > f->left)
		fatal("net returned credit for files that it was not given");
	e->s.bulk += frames;
	if (frames > 0)
		judge(f, frames, e->now);
}

/* ---- receiving ---- */

void
bulk_on_stored(void *ctx, struct reader *r, int fd)
{
	struct engine *e = ctx;
	uint32_t fid = get_u32(r);
	uint64_t at = get_u64(r);
	struct file_in *i = bulk_find_in(&e->files, fid);

	(void)fd;
	if (i == NULL || i->state != FILE_OPEN || i->kept)
		return;
	if (at < i->stored || at > i->got)
		fatal("secchat-file has written what it was not given");
	i->stored = at;
	bulk_tell(&i->news,
	    e->s.state == SESSION_SUSPENDED ? FILE_PAUSED : FILE_MOVING, 0);
}

/* The last byte is confirmed when all of them are kept. */
static uint64_t
may_confirm(const struct file_in *i)
{
	return i->kept || i->stored < i->size ? i->stored : i->size - 1;
}

/* What can be confirmed of a file now and is not. */
static uint64_t
more_of(const struct engine *e, const struct file_in *i)
{
	if (i->state != FILE_OPEN || i->accept_due || i->accept_at == 0 ||
	    i->accept_at >= e->s.next_out)
		return 0;
	return may_confirm(i) - i->acked;
}

/* When it is confirmed: a piece of the window at once, less after a while. */
static uint64_t
ack_at(const struct engine *e, const struct file_in *i)
{
	uint64_t more = more_of(e, i);

	if (more == 0)
		return CLOCK_NEVER;
	return i->ack_due || more >= ACK_BYTES ? 0 : i->acked_time + ACK_TIME;
}

uint64_t
bulk_deadline(const struct engine *e)
{
	uint64_t at = CLOCK_NEVER;

	for (size_t n = 0; n < FILES_MAX && e->s.state == SESSION_LIVE; n++)
		at = MIN(at, ack_at(e, &e->files.in[n]));
	return at;
}

size_t
bulk_next_ack(struct engine *e, uint8_t body[FILE_AT])
{
	struct files *f = &e->files;

	for (size_t n = 0; n < FILES_MAX; n++) {
		struct file_in *i = &f->in[n];

		if (e->now < ack_at(e, i))
			continue;
		i->ack_due = 0;
		i->acked = may_confirm(i);
		i->acked_time = e->now;
		return file_at_put(body, i->fid, i->acked);
	}
	return 0;
}
