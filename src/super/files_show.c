/*
 * What the front end shows of a file: how it stands, how fast it is, how long
 * it takes, and why it is over.
 */
#include <stdio.h>
#include <string.h>

#include "internal.h"
#include "secchat/util.h"

/* The rate is that of the last this many ms, up to twice as many. */
#define RATE_OVER 2000

/* clang-format off */
static const struct {
	uint8_t why;
	const char *ours, *theirs; /* of files that are ours, and theirs */
} there[] = {
	/* what the other side says, or what happened there */
	{ FILE_WHY_DECLINED,  "they did not want it",
	                      "declined" },
	{ FILE_WHY_CANCELLED, "they cancelled it",
	                      "they cancelled it" },
	{ FILE_WHY_READ,      "it cannot be read",
	                      "it could not be read over there" },
	{ FILE_WHY_CHANGED,   "it changed while it was sent",
	                      "it changed over there while it was sent" },
	{ FILE_WHY_WRITE,     "it could not be written over there",
	                      "it cannot be written" },
	{ FILE_WHY_FULL,      "there is no room for it over there",
	                      "there is no room for it on the disk" },
	{ FILE_WHY_MANY,      "too many files at once",
	                      "too many files at once" },
	{ FILE_WHY_ENDED,     "the chat ended before it was there",
	                      "the chat ended before it was here" },
};
/* clang-format on */

const char *
file_why_text(uint8_t why, uint8_t ours, int here)
{
	if (here && why == FILE_WHY_DECLINED)
		return "declined";
	if (here && why == FILE_WHY_CANCELLED)
		return "cancelled";
	for (size_t i = 0; i < ARRAY_LEN(there); i++)
		if (there[i].why == why)
			return ours ? there[i].ours : there[i].theirs;
	return "it was stopped";
}

void
file_size_text(char out[SIZE_TEXT], uint64_t bytes)
{
	static const char *const units[] = {"kB", "MB", "GB", "TB", "PB", "EB"};
	size_t unit = 0;
	uint64_t tenths = bytes / 100;

	if (bytes < 1000) {
		snprintf(out, SIZE_TEXT, "%u bytes", (unsigned)bytes);
		return;
	}
	for (; tenths >= 10000 && unit + 1 < ARRAY_LEN(units); unit++)
		tenths /= 1000;
	snprintf(out, SIZE_TEXT, "%llu.%u %s",
	    (unsigned long long)(tenths / 10), (unsigned)(tenths % 10),
	    units[unit]);
}

/* Two marks, of which the older is as old as the rate looks back. */
void
transfer_progress(
    struct transfer *t, uint8_t state, uint64_t done, uint64_t now)
{
	if (state != FILE_MOVING || t->state != FILE_MOVING) {
		t->at[0] = t->at[1] = now;
		t->done_at[0] = t->done_at[1] = done;
	}
	if (state == FILE_MOVING && t->since == 0)
		t->since = now;
	if (now - t->at[1] >= RATE_OVER) {
		t->at[0] = t->at[1];
		t->done_at[0] = t->done_at[1];
		t->at[1] = now;
		t->done_at[1] = done;
	}
	t->state = state;
	t->done = done;
}

/* What went by faster says nothing about speed. */
#define RATE_LEAST 100

/* Bytes a second: at the end those of the whole; 0 when it is not known. */
static uint64_t
rate(const struct transfer *t, uint64_t now)
{
	uint64_t from = t->at[0], bytes = t->done - t->done_at[0];

	if (t->state == FILE_DONE && t->since != 0) {
		from = t->since;
		bytes = t->done;
	} else if (t->state != FILE_MOVING) {
		return 0;
	}
	if (bytes > UINT64_MAX / 1000)
		return 0;
	return now - from >= RATE_LEAST ? bytes * 1000 / (now - from) : 0;
}

static uint32_t
left(const struct transfer *t, uint64_t bytes_s)
{
	uint64_t s;

	if (t->state != FILE_MOVING || bytes_s == 0)
		return UINT32_MAX;
	s = (t->size - t->done) / bytes_s;
	return s < UINT32_MAX ? (uint32_t)s : UINT32_MAX;
}

void
transfer_show(struct super *s, const struct transfer *t)
{
	uint8_t head[TRANSFER_SHOWN];
	uint64_t bytes_s = rate(t, clock_now_ms());
	struct writer w;

	writer_init(&w, head, sizeof head);
	put_u32(&w, t->unheard ? 0 : t->fid);
	put_u32(&w, t->ask);
	put_u8(&w, t->ours);
	put_u8(&w, t->state);
	put_u8(&w, t->why);
	put_u64(&w, t->size);
	put_u64(&w, t->done);
	put_u64(&w, bytes_s);
	put_u32(&w, left(t, bytes_s));
	put_str8(&w, t->name);
	put_str8(&w, t->words);
	put_bytes(&w, t->path, strlen(t->path));
	if (writer_end(&w) < 0)
		fatal("UI_FILE does not fit");
	ipc_send(&s->w[s->ui].link, IPC_UI_FILE, head, w.len);
}
