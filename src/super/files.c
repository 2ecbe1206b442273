/*
 * The table of files: how each stands, what its end means, and what others
 * have still to be told.
 */
#include <errno.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "internal.h"
#include "secchat/util.h"

/* ---- rows ---- */

int
transfer_is_open(const struct transfer *t)
{
	return t->row != 0 && t->state != FILE_DONE && t->state != FILE_STOPPED;
}

struct transfer *
transfer_find(struct super *s, uint32_t fid)
{
	for (size_t i = 0; i < TRANSFERS; i++) {
		struct transfer *t = &s->files.t[i];

		if (transfer_is_open(t) && t->fid == fid)
			return t;
	}
	return NULL;
}

size_t
transfer_count(const struct super *s, uint8_t ours)
{
	size_t n = 0;

	for (size_t i = 0; i < TRANSFERS; i++)
		n += transfer_is_open(&s->files.t[i]) &&
		     s->files.t[i].ours == ours;
	return n;
}

struct transfer *
transfer_new(struct super *s, uint8_t ours)
{
	for (size_t i = 0; i < TRANSFERS; i++) {
		struct transfer *t = &s->files.t[i];

		if (t->row != 0)
			continue;
		memset(t, 0, sizeof *t);
		t->row = ++s->files.rows;
		t->ours = ours;
		t->fd = t->dir = -1;
		return t;
	}
	return NULL;
}

/* ---- their ends ---- */

static void
end(struct transfer *t, uint8_t state)
{
	/* An empty file may be done before crypto knows that it was taken. */
	if (state != FILE_DONE)
		t->owes &= (uint8_t) ~(OWES_FD | OWES_OFFER | OWES_TAKE);
	if (t->there)
		t->owes |= OWES_DROP;
	t->there = 0;
	t->state = state;
	t->owes |= OWES_SHOW;
	files_temp_remove(t);
}

void
transfer_stop(
    struct super *s, struct transfer *t, uint8_t why, const char *words)
{
	int offered = t->known && !(t->owes & OWES_OFFER);

	if (!transfer_is_open(t))
		return;
	log_event(s, "file %u: stopped at %llu of %llu (%u)", t->fid,
	    (unsigned long long)t->done, (unsigned long long)t->size, why);
	if (offered)
		t->owes |= OWES_STOP;
	t->unheard = t->state == 0;
	if (t->begun) {
		s->files.failed++;
		s->files.failed_ours += t->ours;
	}
	end(t, FILE_STOPPED);
	t->why = why;
	snprintf(t->words, sizeof t->words, "%s", words);
}

void
transfer_finish(struct super *s, struct transfer *t)
{
	log_event(s, "file %u: complete, %llu bytes", t->fid,
	    (unsigned long long)t->size);
	t->done = t->size;
	end(t, FILE_DONE);
}

void
files_refuse(struct super *s, uint32_t fid, uint32_t ask, uint8_t why,
    const char *fmt, ...)
{
	struct transfer *t = transfer_new(s, fid == 0);
	va_list ap;

	/* Whoever does not read answers gets no more of them. */
	if (t == NULL)
		return;
	t->state = FILE_STOPPED;
	t->fid = fid;
	t->ask = ask;
	t->why = why;
	t->owes = OWES_SHOW;
	va_start(ap, fmt);
	vsnprintf(t->words, sizeof t->words, fmt, ap);
	va_end(ap);
}

void
files_end(struct super *s)
{
	struct worker *ui = &s->w[s->ui];

	for (size_t i = 0; i < TRANSFERS; i++) {
		struct transfer *t = &s->files.t[i];

		t->known = 0;
		if (transfer_is_open(t))
			transfer_stop(s, t, FILE_WHY_ENDED,
			    file_why_text(FILE_WHY_ENDED, t->ours, 0));
		/* What comes after it has to fit, too. */
		if ((t->owes & OWES_SHOW) && front_hears(s) &&
		    ipc_room(&ui->link) > TRANSFER_SHOWN + 4 * SENTENCE_MAX)
			transfer_show(s, t);
		t->owes = 0;
		t->row = 0;
	}
}

void
files_reset(struct super *s)
{
	s->files.next = s->o->role == PEER_HOST ? 2 : 1;
	s->files.failed = s->files.failed_ours = 0;
	s->files.cleaned = s->files.warned = 0;
}

void
files_abandon(struct super *s)
{
	for (size_t i = 0; i < TRANSFERS; i++)
		if (s->files.t[i].row != 0)
			files_temp_remove(&s->files.t[i]);
}

void
files_failed_text(const struct super *s, char *out, size_t cap)
{
	if (s->files.failed == 1)
		snprintf(out, cap, "a file transfer did not finish");
	else
		snprintf(out, cap, "%u file transfers did not finish",
		    s->files.failed);
}

const char *
files_failed_next(const struct super *s)
{
	if (s->files.failed_ours == 0)
		return "What had come of it is not kept. Ask them to send it "
		       "again.";
	if (s->files.failed_ours == s->files.failed)
		return "What had come of it is not kept. Send it again.";
	return "What had come of them is not kept. Send yours again, and ask "
	       "for theirs.";
}

/* ---- what the front end, crypto and file say of any of them ---- */

/* The one that is meant by no number. */
static struct transfer *
the_only_one(struct super *s, int declined)
{
	struct transfer *found = NULL;

	for (size_t i = 0; i < TRANSFERS; i++) {
		struct transfer *t = &s->files.t[i];
		int waits = !t->ours && !t->begun;

		if (!transfer_is_open(t) || waits != declined)
			continue;
		if (found != NULL)
			return NULL;
		found = t;
	}
	return found;
}

void
files_on_stop(struct super *s, struct reader *r)
{
	uint32_t fid = get_u32(r);
	uint8_t why = get_u8(r);
	int declined = why == FILE_WHY_DECLINED;
	struct transfer *t =
	    fid != 0 ? transfer_find(s, fid) : the_only_one(s, declined);

	if (!declined && why != FILE_WHY_CANCELLED)
		fatal("the front end stops a file because of %u", why);
	if (t == NULL && fid == 0)
		files_refuse(s, 0, 0, FILE_WHY_NONE,
		    "which file? say its number; there is none, or more than "
		    "one, %s",
		    declined ? "that is offered to you" : "under way");
	else if (t == NULL)
		files_refuse(s, fid, 0, FILE_WHY_NONE,
		    "no file %u is offered or under way", fid);
	else if (declined && (t->ours || t->begun))
		files_refuse(s, fid, 0, FILE_WHY_NONE,
		    "file %u is not offered to you any more, it is under way: "
		    "cancel it",
		    t->fid);
	if (t == NULL || (declined && (t->ours || t->begun)))
		return;
	/* Not wanting it any more is no failure. */
	if (!t->ours && !t->begun)
		why = FILE_WHY_DECLINED;
	t->begun = 0;
	transfer_stop(s, t, why, file_why_text(why, t->ours, 1));
}

static int
is_reason(uint8_t why)
{
	return (why >= FILE_WHY_DECLINED && why <= FILE_WHY_MANY) ||
	       why == FILE_WHY_ENDED;
}

void
files_on_state(struct super *s, struct reader *r)
{
	uint32_t fid = get_u32(r);
	uint8_t state = get_u8(r), why = get_u8(r);
	uint64_t done = get_u64(r);
	struct transfer *t = transfer_find(s, fid);

	if (state < FILE_OFFERED || state > FILE_STOPPED)
		fatal("crypto says that file %u is in state %u", fid, state);
	/* It may have been stopped here at the same time. */
	if (t == NULL || !t->known)
		return;
	if (done > t->size)
		fatal("crypto has moved more of file %u than there is", fid);
	if (state == FILE_STOPPED) {
		why = is_reason(why) ? why : FILE_WHY_CANCELLED;
		t->known = 0;
		transfer_stop(s, t, why, file_why_text(why, t->ours, 0));
	} else if (state == FILE_DONE && t->ours) {
		transfer_finish(s, t);
	} else if (state != FILE_DONE && (t->ours || t->begun)) {
		if (state == FILE_ACCEPTED || state == FILE_MOVING)
			t->begun = 1;
		transfer_progress(t, state, done, clock_now_ms());
		t->owes |= OWES_SHOW;
	}
}

void
files_on_have(struct super *s, struct reader *r)
{
	struct transfer *t = transfer_find(s, get_u32(r));

	if (t == NULL)
		return;
	if (t->there != 1)
		fatal("secchat-file has file %u, %s", t->fid,
		    t->there == 0 ? "which it was not given" : "says it again");
	t->there = 2;
	t->known = 1;
	t->owes |= (t->ours ? OWES_OFFER : OWES_TAKE) | OWES_SHOW;
	t->state = t->ours ? FILE_OFFERED : FILE_ACCEPTED;
	log_event(s, "file %u: %s, %llu bytes", t->fid,
	    t->ours ? "offered" : "accepted", (unsigned long long)t->size);
}

/* What secchat-file could not do, for people. */
static void
failed_words(
    char out[FILE_WORDS], const struct transfer *t, uint8_t why, uint32_t error)
{
	if (error == EFBIG)
		snprintf(out, FILE_WORDS,
		    "the folder's file system takes no file that large");
	else if (t->state == 0 && why == FILE_WHY_CHANGED)
		/* Never offered; files of /proc say that they are empty. */
		snprintf(out, FILE_WORDS,
		    "it has more in it than its size says, or is being "
		    "written now; make a copy (cp) and send that");
	else if (error == 0 || why == FILE_WHY_FULL)
		snprintf(out, FILE_WORDS, "%s", file_why_text(why, t->ours, 1));
	else
		snprintf(out, FILE_WORDS, "%s: %s",
		    file_why_text(why, t->ours, 1), strerror((int)error));
}

void
files_on_failed(struct super *s, struct reader *r)
{
	struct transfer *t = transfer_find(s, get_u32(r));
	uint8_t why = get_u8(r);
	uint32_t error = get_u32(r);
	char words[FILE_WORDS];

	if (why < FILE_WHY_READ || why > FILE_WHY_FULL)
		fatal("secchat-file fails because of %u", why);
	if (t == NULL)
		return;
	if (!t->there)
		fatal("secchat-file fails with file %u, which it was not given",
		    t->fid);
	t->there = 0;
	failed_words(words, t, why, error);
	transfer_stop(s, t, why, words);
}

/* ---- telling them ---- */

/* A descriptor cannot wait in our queue, so it waits here. */
static int
takes_now(const struct ipc_link *l)
{
	struct pollfd p = {.fd = l->fd, .events = POLLOUT};

	return !ipc_pending(l) && poll(&p, 1, 0) == 1 && (p.revents & POLLOUT);
}

static void
pass(struct super *s, struct transfer *t)
{
	struct ipc_link *l = &s->w[PROC_FILE].link;
	uint8_t body[12];
	struct writer w;

	writer_init(&w, body, sizeof body);
	put_u32(&w, t->fid);
	put_u64(&w, t->size);
	ipc_send_fd(
	    l, t->ours ? IPC_FILE_READ : IPC_FILE_WRITE, body, w.len, t->fd);
	t->there = 1;
	t->owes &= (uint8_t)~OWES_FD;
	if (!t->ours)
		return;
	fd_close(t->fd);
	t->fd = -1;
}

/* The first file starts it. */
static struct worker *
file_worker(struct super *s, const struct transfer *t)
{
	struct worker *w = &s->w[PROC_FILE];

	if (w->pid == 0 && (t->owes & OWES_FD) && !s->v.over &&
	    s->halves[LINK_CRYPTO_FILE] >= 0 &&
	    worker_start(s, PROC_FILE, -1) < 0)
		(void)start_failed(s, proc_rows[PROC_FILE].program);
	return w->pid > 0 && w->link.fd >= 0 ? w : NULL;
}

static void
pay_file(struct super *s, struct transfer *t)
{
	struct worker *w = file_worker(s, t);

	if (w == NULL) {
		t->owes &= (uint8_t) ~(OWES_FD | OWES_DROP);
		return;
	}
	if (w->state != WS_READY)
		return;
	/* Those behind one that waits wait, too. */
	if ((t->owes & OWES_FD) && !s->files.waits && takes_now(&w->link))
		pass(s, t);
	if ((t->owes & OWES_DROP) && ipc_room(&w->link) >= 4) {
		uint8_t body[4];
		struct writer wr;

		writer_init(&wr, body, sizeof body);
		put_u32(&wr, t->fid);
		ipc_send(&w->link, IPC_FILE_DROP, body, wr.len);
		t->owes &= (uint8_t)~OWES_DROP;
	}
	s->files.waits |= (t->owes & (OWES_FD | OWES_DROP)) != 0;
}

#define OWES_CRYPTO (OWES_OFFER | OWES_TAKE | OWES_KEPT | OWES_STOP)

/* The next thing that crypto is owed; 0 when it is nothing. */
static unsigned
next_for_crypto(struct transfer *t, struct writer *w)
{
	unsigned what = t->owes & OWES_CRYPTO;
	unsigned bit = what & -what;

	put_u32(w, t->fid);
	t->owes &= (uint8_t)~bit;
	switch (bit) {
	case OWES_OFFER:
		put_u64(w, t->size);
		put_str8(w, t->name);
		return IPC_FILE_OFFER;
	case OWES_TAKE:
		return IPC_FILE_TAKE;
	case OWES_KEPT:
		return IPC_FILE_KEPT;
	case OWES_STOP:
		put_u8(w, t->why);
		return IPC_FILE_STOP;
	default:
		return 0;
	}
}

static void
pay_crypto(struct super *s, struct transfer *t)
{
	struct worker *crypto = &s->w[PROC_CRYPTO];
	uint8_t body[13 + FILE_NAME_MAX];
	struct writer w;

	if (crypto->link.fd < 0 || s->crypto_ended)
		t->owes &= (uint8_t)~OWES_CRYPTO;
	while (
	    (t->owes & OWES_CRYPTO) && ipc_room(&crypto->link) >= sizeof body) {
		unsigned type;

		writer_init(&w, body, sizeof body);
		type = next_for_crypto(t, &w);
		ipc_send(&crypto->link, type, body, w.len);
	}
}

static void
pay_front(struct super *s, struct transfer *t)
{
	struct worker *ui = &s->w[s->ui];

	if (ui->link.fd < 0 || ui->state == WS_DONE)
		t->owes &= (uint8_t)~OWES_SHOW;
	if (!(t->owes & OWES_SHOW) || !front_hears(s) ||
	    ipc_pending(&ui->link) || ipc_room(&ui->link) < TRANSFER_SHOWN)
		return;
	transfer_show(s, t);
	t->owes &= (uint8_t)~OWES_SHOW;
}

/* In the order in which they began: numbers must rise as crypto sees them. */
static struct transfer *
next_row(struct super *s, uint64_t row)
{
	struct transfer *found = NULL;

	for (size_t i = 0; i < TRANSFERS; i++) {
		struct transfer *t = &s->files.t[i];

		if (t->row > row && (found == NULL || t->row < found->row))
			found = t;
	}
	return found;
}

void
files_turn(struct super *s)
{
	struct transfer *t;

	s->files.waits = 0;
	for (uint64_t row = 0; (t = next_row(s, row)) != NULL;) {
		row = t->row;
		if (t->owes & (OWES_FD | OWES_DROP))
			pay_file(s, t);
		if (t->owes & OWES_CRYPTO)
			pay_crypto(s, t);
		if (t->owes & OWES_SHOW)
			pay_front(s, t);
		if (!transfer_is_open(t) && t->owes == 0)
			t->row = 0;
	}
}
