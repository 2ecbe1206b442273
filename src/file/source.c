/*
 * Files that are sent.  What the other side gets is the file as it was when
 * it was offered, or nothing: a file that changes meanwhile is given up before
 * its last byte leaves.
 */
#include <errno.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "file.h"
#include "secchat/reader.h"
#include "secchat/util.h"

#define CHUNK_HEAD 12

_Static_assert(IPC_HEAD + CHUNK_HEAD + FILE_CHUNK_MAX <= IPC_RECORD_MAX,
    "a chunk fits where its question was");

/*
 * libc's fstat is newfstatat, which takes a path as well; this program is
 * allowed nothing that does.  The kernel's struct stat is libc's on every
 * machine with 64 bits.
 */
_Static_assert(sizeof(long) == 8, "struct stat of fstat");

static int
look(int fd, struct stat *st)
{
	return syscall(SYS_fstat, fd, st) == 0 ? 0 : -1;
}

/* All of len bytes at at, unless the file ends before.  How many, or -1. */
static ssize_t
read_at(int fd, uint8_t *out, size_t len, uint64_t at)
{
	size_t done = 0;

	while (done < len) {
		ssize_t n =
		    pread(fd, out + done, len - done, (off_t)(at + done));

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -1;
		if (n == 0)
			break;
		done += (size_t)n;
	}
	return (ssize_t)done;
}

/* Whether there is something behind the size: files of /proc say 0. */
static int
goes_on(const struct slot *s)
{
	uint8_t byte;

	return read_at(s->fd, &byte, 1, s->size) == 1;
}

static int
is_the_same(const struct slot *s, const struct stat *st)
{
	return (uint64_t)st->st_size == s->size &&
	       st->st_mtim.tv_sec == s->changed.tv_sec &&
	       st->st_mtim.tv_nsec == s->changed.tv_nsec;
}

void
source_open(struct file *f, struct slot *s)
{
	uint8_t body[4];
	struct stat st;
	struct writer w;

	if (look(s->fd, &st) < 0) {
		slot_fail(f, s, FILE_WHY_READ, errno);
		return;
	}
	s->changed = st.st_mtim;
	if (!S_ISREG(st.st_mode) || !is_the_same(s, &st) || goes_on(s)) {
		slot_fail(f, s, FILE_WHY_CHANGED, 0);
		return;
	}
	writer_init(&w, body, sizeof body);
	put_u32(&w, s->fid);
	ipc_send(&f->super, IPC_FILE_HAVE, body, w.len);
}

/* The bytes into out; 0 when they are not to be had, and why is told. */
static size_t
take(struct file *f, struct slot *s, uint8_t *out, uint64_t at, uint32_t len)
{
	ssize_t n = read_at(s->fd, out, len, at);
	struct stat st;

	if (n < 0 || look(s->fd, &st) < 0) {
		slot_fail(f, s, FILE_WHY_READ, errno);
		return 0;
	}
	if ((size_t)n != len || !is_the_same(s, &st) ||
	    (at + len == s->size && goes_on(s))) {
		slot_fail(f, s, FILE_WHY_CHANGED, 0);
		return 0;
	}
	return len;
}

void
source_answer(struct file *f, uint32_t fid, uint64_t at, uint32_t len)
{
	struct slot *s = slot_find(f, fid);
	uint8_t head[CHUNK_HEAD], *data = f->record + IPC_HEAD + CHUNK_HEAD;
	size_t got = 0;
	struct writer w;

	if (len == 0 || len > FILE_CHUNK_MAX)
		fatal("crypto wants %u bytes", len);
	if (s != NULL &&
	    (s->use != SLOT_READ || at > s->size || len > s->size - at))
		fatal("crypto wants what file %u has not got", fid);
	if (s != NULL)
		got = take(f, s, data, at, len);
	writer_init(&w, head, sizeof head);
	put_u32(&w, fid);
	put_u64(&w, at);
	ipc_send2(&f->crypto, IPC_FILE_CHUNK, head, w.len, data, got);
}
