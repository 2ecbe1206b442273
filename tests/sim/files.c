#include "files.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "secchat/util.h"

/* The byte of a file at an offset. */
static uint8_t
byte_of(uint32_t fid, uint64_t at)
{
	uint64_t x = (at / 7 + 1) * 0x9e3779b97f4a7c15u ^ fid * 2654435761u;

	return (uint8_t)(x >> 56 ^ at);
}

struct sim_file *
sim_file(struct sim_files *f, uint32_t fid)
{
	for (size_t i = 0; i < f->len; i++)
		if (f->file[i].fid == fid)
			return &f->file[i];
	return NULL;
}

/* A peer that was started anew counts from one again: what was is over. */
static struct sim_file *
add(struct sim_files *f, uint32_t fid, uint64_t size)
{
	struct sim_file *one = sim_file(f, fid);

	if (one == NULL)
		one = &f->file[f->len++];
	else
		f->wrong += one->state < FILE_DONE;
	assert(f->len <= SIM_FILES);
	memset(one, 0, sizeof *one);
	one->fid = fid;
	one->size = size;
	return one;
}

static void
say(struct sim_files *f, enum ipc_link_id link, unsigned type, uint32_t fid,
    const void *more, size_t len)
{
	static uint8_t body[FILE_HEAD + FILE_CHUNK_MAX];
	struct writer w;

	writer_init(&w, body, sizeof body);
	put_u32(&w, fid);
	put_bytes(&w, more, len);
	assert(!w.failed);
	sim_inject(f->sim, f->who, link, type, body, w.len);
}

/* ---- what the engine says ---- */

static void
on_store(struct sim_files *f, struct reader *r)
{
	struct sim_file *one = sim_file(f, get_u32(r));
	uint64_t at = get_u64(r);
	size_t len;
	const uint8_t *p = get_rest(r, &len);

	assert(one != NULL);
	f->wrong += !one->taken || at != one->done || at + len > one->size;
	for (size_t i = 0; i < len; i++)
		f->other += p[i] != byte_of(one->fid, at + i);
	one->done = at + len;
	f->pieces++;
	f->moved += len;
}

static void
on_want(struct sim_files *f, struct reader *r)
{
	struct sim_want *w = &f->want[f->wants++];

	assert(f->wants <= FILE_WANTS);
	w->fid = get_u32(r);
	w->at = get_u64(r);
	w->len = get_u32(r);
}

static void
on_state(struct sim_files *f, struct reader *r)
{
	struct sim_file *one = sim_file(f, get_u32(r));
	uint8_t state = get_u8(r), why = get_u8(r);
	uint64_t done = get_u64(r);

	assert(one != NULL && (one->state < FILE_DONE || why != 0));
	f->wrong += done > one->size || one->state >= FILE_DONE ||
		    (state == FILE_DONE && done != one->size);
	one->state = state;
	one->why = why;
}

static void
on_message(struct sim_side *side, unsigned type, struct reader *r)
{
	struct sim_files *f = side->file_ctx;
	uint32_t fid;

	if (type == IPC_FILE_STORE) {
		on_store(f, r);
	} else if (type == IPC_FILE_WANT) {
		on_want(f, r);
	} else if (type == IPC_FILE_STATE) {
		on_state(f, r);
	} else {
		assert(type == IPC_FILE_OFFERED);
		fid = get_u32(r);
		add(f, fid, get_u64(r))->offered = 1;
	}
}

void
sim_files_init(struct sim_files *f, struct sim *sim, int who)
{
	memset(f, 0, sizeof *f);
	f->sim = sim;
	f->who = who;
	sim->side[who].on_file = on_message;
	sim->side[who].file_ctx = f;
}

/* ---- what it is told ---- */

uint32_t
sim_offer(struct sim_files *f, uint64_t size)
{
	uint32_t fid = f->who == SIM_JOINER ? 1 : 2;
	uint8_t more[8 + 1 + 32];
	char name[32];
	struct writer w;

	for (size_t i = 0; i < f->len; i++)
		if ((f->file[i].fid & 1) == (fid & 1) && f->file[i].fid >= fid)
			fid = f->file[i].fid + 2;
	add(f, fid, size);
	snprintf(name, sizeof name, "file %u", fid);
	writer_init(&w, more, sizeof more);
	put_u64(&w, size);
	put_str8(&w, name);
	say(f, LINK_SUPER_CRYPTO, IPC_FILE_OFFER, fid, more, w.len);
	return fid;
}

/* An empty file is on the disk as soon as it is there. */
static void
keep(struct sim_files *f, struct sim_file *one)
{
	if (one->kept || one->stored < one->size)
		return;
	one->kept = 1;
	say(f, LINK_SUPER_CRYPTO, IPC_FILE_KEPT, one->fid, NULL, 0);
}

void
sim_take(struct sim_files *f, uint32_t fid)
{
	struct sim_file *one = sim_file(f, fid);

	one->taken = 1;
	say(f, LINK_SUPER_CRYPTO, IPC_FILE_TAKE, fid, NULL, 0);
	keep(f, one);
}

void
sim_stop(struct sim_files *f, uint32_t fid, uint8_t why)
{
	sim_file(f, fid)->stopped_by_us = 1;
	say(f, LINK_SUPER_CRYPTO, IPC_FILE_STOP, fid, &why, 1);
}

static int
answer(struct sim_files *f)
{
	static uint8_t more[8 + FILE_CHUNK_MAX];
	struct sim_want w = f->want[0];
	struct sim_file *one = sim_file(f, w.fid);
	struct writer out;

	if (f->wants == 0)
		return 0;
	memmove(f->want, f->want + 1, --f->wants * sizeof f->want[0]);
	assert(w.len <= FILE_CHUNK_MAX && w.at + w.len <= one->size);
	writer_init(&out, more, sizeof more);
	put_u64(&out, w.at);
	for (uint32_t i = 0; i < w.len; i++)
		more[8 + i] = byte_of(w.fid, w.at + i);
	say(f, LINK_CRYPTO_FILE, IPC_FILE_CHUNK, w.fid, more,
	    8 + (one->stopped_by_us || one->broken ? 0 : w.len));
	return 1;
}

static int
write_out(struct sim_files *f)
{
	uint8_t at[8];
	struct writer w;

	for (size_t i = 0; i < f->len; i++) {
		struct sim_file *one = &f->file[i];

		if (one->stored == one->done || one->stopped_by_us ||
		    one->state == FILE_STOPPED)
			continue;
		one->stored = one->done;
		writer_init(&w, at, sizeof at);
		put_u64(&w, one->stored);
		say(f, LINK_CRYPTO_FILE, IPC_FILE_STORED, one->fid, at, 8);
		keep(f, one);
		return 1;
	}
	return 0;
}

int
sim_files_step(struct sim_files *f)
{
	if (f->hold)
		return 0;
	return answer(f) | write_out(f);
}
