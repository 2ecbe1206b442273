/*
 * Files that are received: written in order, and on the disk before anybody
 * is told that they are complete.
 */
#include <errno.h>
#include <fcntl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "file.h"
#include "secchat/reader.h"
#include "secchat/util.h"

/* So much of a file is given to the disk at once. */
#define PART ((uint64_t)4 << 20)

/* The errno that means that there is no room. */
static uint8_t
why_of(int error)
{
	return error == ENOSPC || error == EDQUOT || error == EFBIG
		   ? FILE_WHY_FULL
		   : FILE_WHY_WRITE;
}

static void
tell_super(struct file *f, unsigned type, uint32_t fid)
{
	uint8_t body[4];
	struct writer w;

	writer_init(&w, body, sizeof body);
	put_u32(&w, fid);
	ipc_send(&f->super, type, body, w.len);
}

/* Everything is written; whether the disk has it, the disk must say. */
static void
finish(struct file *f, struct slot *s)
{
	uint32_t fid = s->fid;

	if (fsync(s->fd) < 0) {
		slot_fail(f, s, why_of(errno), errno);
		return;
	}
	slot_drop(s);
	tell_super(f, IPC_FILE_WRITTEN, fid);
}

void
sink_open(struct file *f, struct slot *s)
{
	tell_super(f, IPC_FILE_HAVE, s->fid);
	if (s->size == 0)
		finish(f, s);
}

static int
write_at(int fd, const uint8_t *data, size_t len, uint64_t at)
{
	while (len > 0) {
		ssize_t n = pwrite(fd, data, len, (off_t)at);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return -1;
		data += n;
		at += (uint64_t)n;
		len -= (size_t)n;
	}
	return 0;
}

/* 0, or -1: the disk has failed, which fsync would not say once more.
 * Where there is no such call, or the file system has not got it, fsync does
 * all of it. */
static int
write_out(int fd, uint64_t at, unsigned how)
{
#ifdef SYS_sync_file_range
	if (sync_file_range(fd, (off_t)at, (off_t)PART, how) < 0)
		return errno == EIO || errno == ENOSPC || errno == EDQUOT ? -1
									  : 0;
#else
	(void)fd;
	(void)at;
	(void)how;
#endif
	return 0;
}

/*
 * What has come goes to the disk while more comes, and of a file no more than
 * two parts are not there yet: so neither a write nor the fsync at the end
 * keeps the other files waiting for longer than the disk takes for those.
 */
static int
keep_pace(struct slot *s)
{
	uint64_t at = s->out;

	if (s->next - at < PART)
		return 0;
	s->out += PART;
	if (write_out(s->fd, at, SYNC_FILE_RANGE_WRITE) < 0)
		return -1;
	if (at == 0)
		return 0;
	return write_out(s->fd, at - PART,
	    SYNC_FILE_RANGE_WAIT_BEFORE | SYNC_FILE_RANGE_WRITE |
		SYNC_FILE_RANGE_WAIT_AFTER);
}

static void
tell_crypto(struct file *f, struct slot *s)
{
	uint8_t body[12];
	struct writer w;

	writer_init(&w, body, sizeof body);
	put_u32(&w, s->fid);
	put_u64(&w, s->next);
	s->told = 1;
	ipc_send(&f->crypto, IPC_FILE_STORED, body, w.len);
}

void
sink_store(
    struct file *f, uint32_t fid, uint64_t at, const uint8_t *data, size_t len)
{
	struct slot *s = slot_find(f, fid);

	if (s == NULL)
		return;
	if (s->use != SLOT_WRITE || at != s->next || len == 0 ||
	    len > s->size - at)
		fatal("crypto stores what file %u has no place for", fid);
	s->next += len;
	if (write_at(s->fd, data, len, at) < 0 || keep_pace(s) < 0) {
		slot_fail(f, s, why_of(errno), errno);
		return;
	}
	s->told = 0;
	if (s->next < s->size)
		return;
	tell_crypto(f, s);
	finish(f, s);
}

void
sink_tell(struct file *f)
{
	for (size_t i = 0; i < SLOTS; i++) {
		struct slot *s = &f->slots[i];

		if (s->use == SLOT_WRITE && s->next > 0 && !s->told)
			tell_crypto(f, s);
	}
}
