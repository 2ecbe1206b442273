/*
 * Receiving: what the peer offers, under a name that can do no harm, written
 * to a file of its own, which gets that name when it is complete.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "internal.h"
#include "secchat/util.h"

/* No row for it: the peer is told, and nobody else. */
static void
turn_down(struct super *s, uint32_t fid)
{
	struct ipc_link *crypto = &s->w[PROC_CRYPTO].link;
	uint8_t body[5];
	struct writer w;

	log_event(s, "file %u: one too many", fid);
	writer_init(&w, body, sizeof body);
	put_u32(&w, fid);
	put_u8(&w, FILE_WHY_MANY);
	if (crypto->fd >= 0 && ipc_room(crypto) >= w.len)
		ipc_send(crypto, IPC_FILE_STOP, body, w.len);
}

void
files_on_offered(struct super *s, struct reader *r)
{
	uint32_t fid = get_u32(r);
	uint64_t size = get_u64(r);
	uint8_t len = get_u8(r);
	const uint8_t *name = get_bytes(r, len);
	struct transfer *t;

	if (name == NULL)
		return;
	if (fid == 0 || fid % 2 == s->files.next % 2 || size > INT64_MAX ||
	    transfer_find(s, fid) != NULL)
		fatal("crypto was offered file %u, which cannot be", fid);
	t = transfer_count(s, 0) < FILES_MAX ? transfer_new(s, 0) : NULL;
	if (t == NULL) {
		turn_down(s, fid);
		return;
	}
	t->fid = fid;
	t->size = size;
	t->state = FILE_OFFERED;
	t->known = 1;
	t->owes = OWES_SHOW;
	file_name_clean(t->name, name, len);
	files_target(s, t);
	(void)files_room(s, t);
	log_event(s, "file %u: offered to us, %llu bytes", fid,
	    (unsigned long long)size);
}

/* ---- accepting ---- */

/* The one that is offered, when there is one. */
static struct transfer *
only_offer(struct super *s)
{
	struct transfer *found = NULL;

	for (size_t i = 0; i < TRANSFERS; i++) {
		struct transfer *t = &s->files.t[i];

		if (!transfer_is_open(t) || t->ours || t->begun)
			continue;
		if (found != NULL)
			return NULL;
		found = t;
	}
	return found;
}

/* Which one is meant, or NULL after having said why none. */
static struct transfer *
find_offer(struct super *s, uint32_t fid)
{
	struct transfer *t = fid != 0 ? transfer_find(s, fid) : only_offer(s);

	if (t == NULL && fid == 0)
		files_refuse(s, 0, 0, FILE_WHY_NONE,
		    "which file? say its number; there is none, or more than "
		    "one, that is offered to you");
	else if (t == NULL)
		files_refuse(s, fid, 0, FILE_WHY_NONE,
		    "no file %u is offered to you", fid);
	else if (t->ours || t->begun)
		files_refuse(s, fid, 0, FILE_WHY_NONE, "file %u is %s", fid,
		    t->ours ? "your own" : "accepted already");
	return t == NULL || t->ours || t->begun ? NULL : t;
}

/* "." and "..", and whatever has a slash. */
static int
is_path(const uint8_t *as, size_t len)
{
	return memchr(as, '/', len) != NULL ||
	       (as[0] == '.' && (len == 1 || (len == 2 && as[1] == '.')));
}

/*
 * The name that the person here wants it to have: as it is or not at all,
 * since a file is not found under a name that was made of what one typed.
 */
static int
take_as(struct super *s, struct transfer *t, const uint8_t *as, size_t len)
{
	char name[FILE_NAME_MAX + 1];

	if (is_path(as, len)) {
		files_refuse(s, t->fid, 0, FILE_WHY_NONE,
		    "this is a path; say a name, under which it is saved in "
		    "the folder for files");
		return 0;
	}
	if (file_name_clean(name, as, len) != len ||
	    memcmp(name, as, len) != 0) {
		files_refuse(s, t->fid, 0, FILE_WHY_NONE,
		    "what comes is not saved under that name (no . - ~ or "
		    "blank before it, nothing that does not print, at most %d "
		    "bytes); %.40s would do",
		    FILE_NAME_MAX, name);
		return 0;
	}
	memcpy(t->name, name, len + 1);
	return 1;
}

/* There is room for it now, or this is said. */
static int
fits(struct super *s, struct transfer *t)
{
	if (files_room(s, t) == 0)
		return 1;
	files_refuse(s, t->fid, 0, FILE_WHY_NONE,
	    "%.100s; make room and accept it again, or decline it", t->words);
	return 0;
}

void
files_on_accept(struct super *s, struct reader *r)
{
	uint32_t fid = get_u32(r);
	size_t len;
	const uint8_t *as = get_rest(r, &len);
	struct transfer *t = as != NULL ? find_offer(s, fid) : NULL;

	if (t == NULL)
		return;
	if (len > 0 && !take_as(s, t, as, len))
		return;
	if (!fits(s, t))
		return;
	if (files_temp_make(s, t) < 0) {
		files_refuse(s, t->fid, 0, FILE_WHY_NONE,
		    s->files.folder[0] == '\0'
			? "there is no folder for files: --download-dir "
			  "names one"
			: "it cannot be saved in %.80s: %s",
		    s->files.folder, strerror(errno));
		return;
	}
	files_target(s, t);
	t->begun = 1;
	t->owes |= OWES_FD;
}

/* ---- the end ---- */

void
files_on_written(struct super *s, struct reader *r)
{
	struct transfer *t = transfer_find(s, get_u32(r));
	char words[FILE_WORDS];

	/* It may have been stopped at the same time. */
	if (t == NULL)
		return;
	if (t->ours || !t->there)
		fatal("secchat-file has written file %u", t->fid);
	t->there = 0;
	if (files_temp_keep(s, t) < 0) {
		snprintf(words, sizeof words,
		    "it is here but cannot get its name: %s", strerror(errno));
		transfer_stop(s, t, FILE_WHY_WRITE, words);
		return;
	}
	t->owes |= OWES_KEPT;
	transfer_finish(s, t);
}
