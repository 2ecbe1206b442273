/*
 * What the peer says about files.  A number that has never been is a
 * violation; one whose file is over here is not, since both sides may end a
 * file and their words cross.  docs/protocol.md, "Files".
 */
#include <string.h>

#include "engine.h"
#include "secchat/err.h"
#include "secchat/util.h"

/* Whether there has been such a number, of ours or of the peer's. */
static int
has_been(const struct engine *e, uint32_t fid)
{
	const struct files *f = &e->files;

	return fid != 0 &&
	       fid <= (bulk_is_ours(e, fid) ? f->last_out : f->last_in);
}

static struct file_in *
free_in(struct files *f)
{
	for (size_t i = 0; i < FILES_MAX; i++)
		if (f->in[i].state == FILE_FREE)
			return &f->in[i];
	return NULL;
}

static int
on_offer(struct engine *e, const uint8_t *rest, size_t len)
{
	struct files *f = &e->files;
	struct file_in *i = free_in(f);
	struct file_offer o;

	if (offer_get(&o, rest, len) < 0 || bulk_is_ours(e, o.fid) ||
	    o.fid <= f->last_in || o.fid > INT32_MAX || o.size > INT64_MAX ||
	    i == NULL)
		return -ERR_VIOLATION;
	f->last_in = o.fid;
	memset(i, 0, sizeof *i);
	i->fid = o.fid;
	i->size = o.size;
	i->state = FILE_ASKED;
	i->name_len = o.name_len;
	memcpy(i->name, o.name, o.name_len);
	i->news.offered = 1;
	return 0;
}

/*
 * From here on, or from here again.  An offset behind what was confirmed would
 * be a file that came to nothing there; one beyond what was sent never was.
 */
static int
on_accept(struct engine *e, const uint8_t *rest, size_t len)
{
	struct file_out *o;
	uint32_t fid;
	uint64_t at;

	if (file_at_get(&fid, &at, rest, len) < 0 || !bulk_is_ours(e, fid) ||
	    !has_been(e, fid))
		return -ERR_VIOLATION;
	o = bulk_find_out(&e->files, fid);
	if (o == NULL || o->state == FILE_OVER)
		return 0;
	if (at < o->acked || at > o->sent || o->ready)
		return -ERR_VIOLATION;
	bulk_tell(
	    &o->news, o->state == FILE_ASKED ? FILE_ACCEPTED : FILE_MOVING, 0);
	o->state = FILE_OPEN;
	o->ready = 1;
	o->asked = o->sent = o->acked = at;
	if (at == o->size)
		bulk_end(o);
	return 0;
}

/* What only the other end of a file can know is taken for a change of mind:
 * nobody tells us about our own disk, or what we have declined. */
static uint8_t
reason_of_peer(uint8_t why, int ours)
{
	int can_be = ours ? why == FILE_WHY_DECLINED || why == FILE_WHY_WRITE ||
				why == FILE_WHY_FULL || why == FILE_WHY_MANY
			  : why == FILE_WHY_READ || why == FILE_WHY_CHANGED;

	return can_be ? why : FILE_WHY_CANCELLED;
}

static int
on_cancel(struct engine *e, const uint8_t *rest, size_t len)
{
	struct file_out *o;
	struct file_in *i;
	uint32_t fid;
	uint8_t why;

	if (file_stop_get(&fid, &why, rest, len) < 0 || !has_been(e, fid))
		return -ERR_VIOLATION;
	why = reason_of_peer(why, bulk_is_ours(e, fid));
	o = bulk_find_out(&e->files, fid);
	i = bulk_find_in(&e->files, fid);
	if (o != NULL && o->state != FILE_OVER) {
		o->state = FILE_OVER;
		bulk_tell(&o->news, FILE_STOPPED, why);
	}
	if (i != NULL && i->state != FILE_OVER) {
		i->state = FILE_OVER;
		bulk_tell(&i->news, FILE_STOPPED, why);
	}
	return 0;
}

/* Legal only when our FILE_ACK has said that all of it is kept. */
static int
on_end(struct engine *e, const uint8_t *rest, size_t len)
{
	struct file_in *i;
	uint32_t fid;
	uint64_t size;

	if (file_at_get(&fid, &size, rest, len) < 0 || bulk_is_ours(e, fid) ||
	    !has_been(e, fid))
		return -ERR_VIOLATION;
	i = bulk_find_in(&e->files, fid);
	if (i == NULL || i->state == FILE_OVER)
		return 0;
	if (!i->kept || i->acked != i->size || size != i->size)
		return -ERR_VIOLATION;
	i->state = FILE_OVER;
	i->accept_due = 0;
	bulk_tell(&i->news, FILE_DONE, 0);
	return 0;
}

int
bulk_numbered(struct engine *e, uint8_t type, const uint8_t *rest, size_t len)
{
	switch (type) {
	case FRAME_FILE_OFFER:
		return on_offer(e, rest, len);
	case FRAME_FILE_ACCEPT:
		return on_accept(e, rest, len);
	case FRAME_FILE_CANCEL:
		return on_cancel(e, rest, len);
	case FRAME_FILE_END:
		return on_end(e, rest, len);
	default:
		return -ERR_VIOLATION;
	}
}

/* Bytes of the peer's files that have come and are not confirmed. */
static uint64_t
unconfirmed(const struct files *f)
{
	uint64_t sum = 0;

	for (size_t n = 0; n < FILES_MAX; n++)
		if (f->in[n].state == FILE_OPEN)
			sum += f->in[n].got - f->in[n].acked;
	return sum;
}

/* Whether our FILE_ACCEPT has left on this connection. */
static int
may_come(const struct engine *e, const struct file_in *i)
{
	return i->state == FILE_OPEN && !i->accept_due && i->accept_at != 0 &&
	       i->accept_at < e->s.next_out;
}

/*
 * What was on its way of files that are over has left the window, but not the
 * queue to a disk that stands still.  One that finds no room there any more
 * ends, and the chat goes on.
 */
static void
give_up(struct file_in *i)
{
	i->state = FILE_OVER;
	i->stop_due = 1;
	i->why = FILE_WHY_WRITE;
	bulk_tell(&i->news, FILE_STOPPED, FILE_WHY_WRITE);
}

/*
 * A piece goes to secchat-file as it is: body and message are the same bytes.
 * Small pieces are refused, since each waits with a header of its own.
 */
int
bulk_on_data(struct engine *e, const struct frame *f)
{
	struct file_in *i;
	const uint8_t *data;
	uint32_t fid;
	uint64_t at;
	size_t len;

	if (file_data_get(&fid, &at, &data, &len, f) < 0 ||
	    bulk_is_ours(e, fid) || !has_been(e, fid))
		return -ERR_VIOLATION;
	i = bulk_find_in(&e->files, fid);
	if (i == NULL || i->state == FILE_OVER || e->s.close_due)
		return 0;
	if (!may_come(e, i) || at != i->got || len > i->size - i->got ||
	    (len < FILE_CHUNK_MIN && len < i->size - i->got) ||
	    unconfirmed(&e->files) + len > FILE_WINDOW)
		return -ERR_VIOLATION;
	if (e->file_full) {
		give_up(i);
		return 0;
	}
	i->got += len;
	engine_send(e, LINK_CRYPTO_FILE, IPC_FILE_STORE, f->body, f->body_len);
	return 0;
}

int
bulk_on_ack(struct engine *e, const struct frame *f)
{
	struct file_out *o;
	uint32_t fid;
	uint64_t at;

	if (file_at_get(&fid, &at, f->body, f->body_len) < 0 ||
	    !bulk_is_ours(e, fid) || !has_been(e, fid))
		return -ERR_VIOLATION;
	o = bulk_find_out(&e->files, fid);
	if (o == NULL || o->state == FILE_OVER)
		return 0;
	if (!o->ready || at < o->acked || at > o->sent)
		return -ERR_VIOLATION;
	o->acked = at;
	bulk_tell(&o->news, FILE_MOVING, 0);
	if (at == o->size)
		bulk_end(o);
	return 0;
}
