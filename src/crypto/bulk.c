/*
 * Files, as the supervisor asks for them and is told of them, and what of
 * that goes to the peer.  docs/protocol.md, "Files".
 */
#include <string.h>

#include "engine.h"
#include "secchat/err.h"
#include "secchat/util.h"

struct file_out *
bulk_find_out(struct files *f, uint32_t fid)
{
	for (size_t i = 0; i < FILES_MAX; i++)
		if (f->out[i].fid == fid && f->out[i].state != FILE_FREE)
			return &f->out[i];
	return NULL;
}

struct file_in *
bulk_find_in(struct files *f, uint32_t fid)
{
	for (size_t i = 0; i < FILES_MAX; i++)
		if (f->in[i].fid == fid && f->in[i].state != FILE_FREE)
			return &f->in[i];
	return NULL;
}

int
bulk_is_ours(const struct engine *e, uint32_t fid)
{
	return (fid & 1) == (e->role == PEER_JOINER ? 1 : 0);
}

void
bulk_tell(struct file_news *n, uint8_t state, uint8_t why)
{
	if (n->state >= FILE_DONE)
		return;
	n->state = state;
	n->why = why;
}

uint64_t
bulk_in_flight(const struct files *f)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < FILES_MAX; i++)
		if (f->out[i].state == FILE_OPEN && f->out[i].ready)
			sum += f->out[i].sent - f->out[i].acked;
	return sum;
}

/* ---- what the supervisor asks for ---- */

static void
say_state(
    struct engine *e, uint32_t fid, uint8_t state, uint8_t why, uint64_t done)
{
	uint8_t body[14];
	struct writer w;

	writer_init(&w, body, sizeof body);
	put_u32(&w, fid);
	put_u8(&w, state);
	put_u8(&w, why);
	put_u64(&w, done);
	engine_send(e, LINK_SUPER_CRYPTO, IPC_FILE_STATE, body, w.len);
}

static struct file_out *
free_out(struct files *f)
{
	for (size_t i = 0; i < FILES_MAX; i++)
		if (f->out[i].state == FILE_FREE)
			return &f->out[i];
	return NULL;
}

/* Whether the session takes anything that is new. */
static int
takes_more(const struct engine *e)
{
	return e->state == ENGINE_SERVING && !e->s.close_due &&
	       (e->s.state == SESSION_LIVE || e->s.state == SESSION_SUSPENDED);
}

/*
 * The offer goes into the outbox at once, with its name, which is kept nowhere
 * else; without room there it comes to nothing.
 */
static void
offer(struct engine *e, const struct file_offer *what)
{
	struct file_out *o = free_out(&e->files);
	uint8_t rest[FILE_OFFER_MAX];

	if (!takes_more(e)) {
		say_state(e, what->fid, FILE_STOPPED, FILE_WHY_ENDED, 0);
		return;
	}
	if (o == NULL || outbox_put_note(e->out, FRAME_FILE_OFFER, rest,
			     offer_put(rest, what)) < 0) {
		say_state(e, what->fid, FILE_STOPPED, FILE_WHY_MANY, 0);
		return;
	}
	memset(o, 0, sizeof *o);
	o->fid = what->fid;
	o->size = what->size;
	o->state = FILE_ASKED;
}

void
bulk_on_offer(void *ctx, struct reader *r, int fd)
{
	struct engine *e = ctx;
	struct file_offer what = {.fid = get_u32(r), .size = get_u64(r)};

	(void)fd;
	what.name_len = get_u8(r);
	get_copy(r, what.name, what.name_len);
	if (r->failed || e->state == ENGINE_OVER)
		return;
	if (!bulk_is_ours(e, what.fid) || what.fid <= e->files.last_out)
		fatal("the supervisor gave a file a number of somebody else's");
	if (!utf8_valid(what.name, what.name_len))
		fatal("the supervisor offers a file by a name that is none");
	e->files.last_out = what.fid;
	offer(e, &what);
}

void
bulk_on_take(void *ctx, struct reader *r, int fd)
{
	struct engine *e = ctx;
	struct file_in *i = bulk_find_in(&e->files, get_u32(r));

	(void)fd;
	if (i == NULL || i->state != FILE_ASKED)
		return; /* the peer has just taken it back */
	i->state = FILE_OPEN;
	i->accept_due = 1;
}

void
bulk_on_kept(void *ctx, struct reader *r, int fd)
{
	struct engine *e = ctx;
	struct file_in *i = bulk_find_in(&e->files, get_u32(r));

	(void)fd;
	if (i == NULL || i->state != FILE_OPEN)
		return;
	if (i->got < i->size)
		fatal("the supervisor keeps a file that has not come");
	/* secchat-file has said so before, on another link. */
	i->stored = i->size;
	i->kept = i->ack_due = 1;
}

void
bulk_on_stop(void *ctx, struct reader *r, int fd)
{
	struct engine *e = ctx;
	uint32_t fid = get_u32(r);
	uint8_t why = get_u8(r);
	struct file_out *o = bulk_find_out(&e->files, fid);
	struct file_in *i = bulk_find_in(&e->files, fid);

	(void)fd;
	if (o != NULL && o->state != FILE_OVER) {
		o->state = FILE_OVER;
		o->due = FRAME_FILE_CANCEL;
		o->why = why;
		o->news.state = 0;
	}
	if (i != NULL && i->state != FILE_OVER) {
		i->state = FILE_OVER;
		i->stop_due = 1;
		i->why = why;
		i->news = (struct file_news){0};
	}
}

/* ---- what goes to the peer ---- */

void
bulk_end(struct file_out *o)
{
	o->state = FILE_OVER;
	o->due = FRAME_FILE_END;
	o->acked = o->size;
	bulk_tell(&o->news, FILE_DONE, 0);
}

static void
queue_out(struct engine *e, struct file_out *o)
{
	uint8_t rest[FILE_AT];
	size_t len = o->due == FRAME_FILE_END
			 ? file_at_put(rest, o->fid, o->size)
			 : file_stop_put(rest, o->fid, o->why);

	if (outbox_put_note(e->out, o->due, rest, len) < 0)
		return;
	o->due = 0;
	o->end_at = e->out->next - 1;
}

static void
queue_stop(struct engine *e, struct file_in *i)
{
	uint8_t rest[FILE_STOP_LEN];
	size_t len = file_stop_put(rest, i->fid, i->why);

	if (outbox_put_note(e->out, FRAME_FILE_CANCEL, rest, len) < 0)
		return;
	i->stop_due = 0;
}

/*
 * It confirms all that has come, as a FILE_ACK does: so that must have been
 * written first, and a file that needs nothing more, an empty one above all,
 * must have been kept.
 */
static void
queue_accept(struct engine *e, struct file_in *i)
{
	uint8_t rest[FILE_AT];
	size_t len = file_at_put(rest, i->fid, i->got);

	if (i->stored != i->got || (i->got == i->size && !i->kept) ||
	    outbox_put_note(e->out, FRAME_FILE_ACCEPT, rest, len) < 0)
		return;
	i->accept_due = i->ack_due = 0;
	i->acked = i->got;
	i->accept_at = e->out->next - 1;
}

void
bulk_queue(struct engine *e)
{
	struct files *f = &e->files;

	if (e->s.state < SESSION_SUSPENDED || e->s.close_sent)
		return;
	for (size_t n = 0; n < FILES_MAX; n++) {
		if (f->out[n].due != 0)
			queue_out(e, &f->out[n]);
		if (f->in[n].stop_due)
			queue_stop(e, &f->in[n]);
		if (f->in[n].accept_due && f->in[n].state == FILE_OPEN)
			queue_accept(e, &f->in[n]);
	}
}

/* ---- connections and sessions ---- */

/*
 * What was on its way in either direction is gone.  The peer begins again
 * where a FILE_ACCEPT says; one that it has not received is on its way again.
 */
void
bulk_resumed(struct engine *e, uint64_t rx_next)
{
	struct files *f = &e->files;

	for (size_t n = 0; n < FILES_MAX; n++) {
		struct file_in *i = &f->in[n];

		if (i->state != FILE_OPEN)
			continue;
		if (i->accept_at != 0 && i->accept_at < rx_next)
			i->accept_due = 1;
		bulk_tell(&i->news, FILE_MOVING, 0);
	}
}

void
bulk_lost(struct engine *e)
{
	struct files *f = &e->files;

	f->left = 0;
	for (size_t n = 0; n < FILES_MAX; n++) {
		if (f->out[n].state == FILE_OPEN && f->out[n].ready)
			bulk_tell(&f->out[n].news, FILE_PAUSED, 0);
		f->out[n].ready = 0;
		if (f->in[n].state == FILE_OPEN)
			bulk_tell(&f->in[n].news, FILE_PAUSED, 0);
	}
}

/* A file that goes no further: its end, if it is not known, or that. */
static void
say_last(struct engine *e, uint32_t fid, enum file_state state,
    const struct file_news *n, uint64_t done)
{
	if (n->offered || fid == 0)
		return;
	if (n->state >= FILE_DONE)
		say_state(e, fid, n->state, n->why, done);
	else if (state == FILE_ASKED || state == FILE_OPEN)
		say_state(e, fid, FILE_STOPPED, FILE_WHY_ENDED, done);
}

void
bulk_forget(struct engine *e)
{
	struct files *f = &e->files;

	for (size_t n = 0; n < FILES_MAX; n++) {
		const struct file_out *o = &f->out[n];
		const struct file_in *i = &f->in[n];

		say_last(e, o->fid, o->state, &o->news, o->acked);
		say_last(e, i->fid, i->state, &i->news, i->stored);
	}
	wipe(f->out, sizeof f->out);
	wipe(f->in, sizeof f->in);
	f->last_in = 0;
	f->left = 0;
}

/* ---- news ---- */

static void
say_offer(struct engine *e, struct file_in *i)
{
	uint8_t body[13 + 255];
	struct writer w;

	writer_init(&w, body, sizeof body);
	put_u32(&w, i->fid);
	put_u64(&w, i->size);
	put_u8(&w, i->name_len);
	put_bytes(&w, i->name, i->name_len);
	engine_send(e, LINK_SUPER_CRYPTO, IPC_FILE_OFFERED, body, w.len);
	i->news.offered = 0;
	wipe(i->name, sizeof i->name);
}

static void
say_news(struct engine *e, uint32_t fid, struct file_news *n, uint64_t done)
{
	if (n->state == 0 || (n->state == FILE_MOVING && e->now < n->next))
		return;
	say_state(e, fid, n->state, n->why, done);
	n->next = e->now + FILE_PROGRESS;
	n->state = 0;
}

/* A file is forgotten when its end was told and, one of ours, is known. */
void
bulk_news(struct engine *e)
{
	struct files *f = &e->files;

	if (e->super_busy)
		return;
	for (size_t n = 0; n < FILES_MAX; n++) {
		struct file_out *o = &f->out[n];
		struct file_in *i = &f->in[n];

		say_news(e, o->fid, &o->news, o->acked);
		if (i->news.offered && i->state != FILE_OVER)
			say_offer(e, i);
		else if (i->news.offered)
			i->news = (struct file_news){0}; /* nobody knows it */
		say_news(e, i->fid, &i->news, i->stored);
		if (o->state == FILE_OVER && o->news.state == 0 &&
		    o->due == 0 && o->end_at < e->out->first)
			*o = (struct file_out){0};
		if (i->state == FILE_OVER && i->news.state == 0 && !i->stop_due)
			*i = (struct file_in){0};
	}
}

uint64_t
bulk_news_at(const struct engine *e)
{
	const struct files *f = &e->files;
	uint64_t at = CLOCK_NEVER;

	if (e->super_busy)
		return at;
	for (size_t n = 0; n < FILES_MAX; n++) {
		if (f->out[n].news.state == FILE_MOVING)
			at = MIN(at, f->out[n].news.next);
		if (f->in[n].news.state == FILE_MOVING)
			at = MIN(at, f->in[n].news.next);
	}
	return at;
}

int
bulk_untold(const struct engine *e)
{
	const struct files *f = &e->files;

	for (size_t n = 0; n < FILES_MAX; n++)
		if (f->in[n].news.offered || f->in[n].news.state >= FILE_DONE ||
		    f->out[n].news.state >= FILE_DONE)
			return 1;
	return 0;
}
