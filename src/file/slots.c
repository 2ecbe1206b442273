/*
 * The files that are open, by number: as many as both directions may have.
 */
#include <unistd.h>

#include "file.h"
#include "secchat/reader.h"
#include "secchat/util.h"

struct slot *
slot_find(struct file *f, uint32_t fid)
{
	for (size_t i = 0; i < SLOTS; i++)
		if (f->slots[i].use != SLOT_FREE && f->slots[i].fid == fid)
			return &f->slots[i];
	return NULL;
}

struct slot *
slot_take(
    struct file *f, enum slot_use use, uint32_t fid, int fd, uint64_t size)
{
	if (slot_find(f, fid) != NULL)
		fatal("file %u is here already", fid);
	for (size_t i = 0; i < SLOTS; i++) {
		struct slot *s = &f->slots[i];

		if (s->use != SLOT_FREE)
			continue;
		*s = (struct slot){
		    .use = use, .fid = fid, .fd = fd, .size = size};
		return s;
	}
	fatal("file %u is one too many", fid);
}

void
slot_drop(struct slot *s)
{
	fd_close(s->fd);
	s->fd = -1;
	s->use = SLOT_FREE;
}

void
slot_fail(struct file *f, struct slot *s, uint8_t why, int error)
{
	uint8_t body[9];
	struct writer w;

	writer_init(&w, body, sizeof body);
	put_u32(&w, s->fid);
	put_u8(&w, why);
	put_u32(&w, (uint32_t)error);
	slot_drop(s);
	ipc_send(&f->super, IPC_FILE_FAILED, body, w.len);
}
