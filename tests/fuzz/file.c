/*
 * The whole of secchat-file: what a captured supervisor or crypto worker may
 * ask it, with files that change, end early or cannot be written.  It reads
 * and writes nothing but the descriptors that it was given, within the size
 * that was named, and closes each once it is done with it.
 */
#include <errno.h>
#include <signal.h>
#include <stdarg.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "../../src/file/file.h"
#include "../wrapped.h"
#include "secchat/fds.h"
#include "secchat/util.h"
#include "stage/stage.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct file file;

/* What the disk is like, for every file. */
static struct {
	uint64_t size;
	uint8_t changed, no_file, no_stat, no_read, no_write, no_sync, bits;
	uint8_t no_pace;
} disk;

static int
is_ours(int fd)
{
	if (!stage.on)
		return 0;
	if (stage_at(fd) == NULL || fd < STAGE_FIRST)
		stage_broken("descriptor %d, which it was never given", fd);
	return 1;
}

static ssize_t
fail(int error)
{
	errno = error;
	return -1;
}

WRAPPED(ssize_t, pread, int fd, void *buf, size_t len, off_t at)
{
	size_t left;

	if (!is_ours(fd))
		return __real_pread(fd, buf, len, at);
	if (disk.no_read)
		return fail(EIO);
	/* Longer than it says. */
	if ((uint64_t)at >= disk.size && disk.bits & 4)
		return 1;
	left =
	    (uint64_t)at < disk.size ? (size_t)(disk.size - (uint64_t)at) : 0;
	left = MIN(left, disk.bits & 1 ? (size_t)1000 : len);
	memset(buf, 7, MIN(left, len));
	return (ssize_t)MIN(left, len);
}

WRAPPED(
    ssize_t, __pread_chk, int fd, void *buf, size_t len, off_t at, size_t size)
{
	(void)size;
	return __wrap_pread(fd, buf, len, at);
}

WRAPPED(ssize_t, pwrite, int fd, const void *buf, size_t len, off_t at)
{
	if (!is_ours(fd))
		return __real_pwrite(fd, buf, len, at);
	if (disk.no_write)
		return fail(disk.no_write & 4   ? EFBIG
			    : disk.no_write & 1 ? ENOSPC
						: EIO);
	return (ssize_t)(disk.bits & 2 ? MIN(len, (size_t)1000) : len);
}

WRAPPED(int, fsync, int fd)
{
	if (!is_ours(fd))
		return __real_fsync(fd);
	return disk.no_sync ? (int)fail(disk.no_sync & 1 ? EIO : EDQUOT) : 0;
}

WRAPPED(int, sync_file_range, int fd, off_t at, off_t n, unsigned how)
{
	static const int errors[] = {0, EIO, ENOSPC, EDQUOT, ENOSYS};

	if (!is_ours(fd))
		return __real_sync_file_range(fd, at, n, how);
	errno = errors[disk.no_pace];
	return disk.no_pace ? -1 : 0;
}

long __real_syscall(long number, ...);
long __wrap_syscall(long number, ...);

long
__wrap_syscall(long number, ...)
{
	struct stat *st;
	va_list ap;
	int fd;

	va_start(ap, number);
	fd = va_arg(ap, int);
	st = va_arg(ap, struct stat *);
	va_end(ap);
	if (!stage.on)
		return __real_syscall(number, fd, st);
	if (number != SYS_fstat || !is_ours(fd))
		stage_broken("system call %ld", number);
	memset(st, 0, sizeof *st);
	st->st_mode = disk.no_file ? S_IFIFO : S_IFREG;
	st->st_size = (off_t)disk.size;
	st->st_mtim.tv_sec = disk.changed & 127;
	st->st_mtim.tv_nsec = disk.changed >> 7;
	return disk.no_stat ? fail(EIO) : 0;
}

/* The disk becomes another one. */
static void
act(uint8_t what, struct reader *r)
{
	uint8_t b = get_u8(r);

	switch (what & 7) {
	case 0:
		disk.size = (uint64_t)b << (get_u8(r) & 31);
		break;
	case 1:
		disk.changed = b;
		break;
	case 2:
		disk.no_file = b & 1;
		disk.no_stat = b >> 1 & 1;
		break;
	case 3:
		disk.no_read = b & 1;
		break;
	case 4:
		disk.no_write = b & 7;
		break;
	case 5:
		disk.no_sync = b & 3;
		disk.no_pace = (b >> 2 & 7) % 5;
		break;
	default:
		disk.bits = b;
		break;
	}
}

/* A piece is all that was asked for, or nothing. */
static void
to_crypto(struct prop *p, unsigned type, const uint8_t *b, size_t n)
{
	(void)p, (void)b;
	if (type == IPC_FILE_CHUNK && n - 12 > FILE_CHUNK_MAX)
		stage_broken("a piece of %zu bytes", n);
	if (stage_open() > SLOTS + 1)
		stage_broken("%u files are open", stage_open());
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	stage_begin(data, size);
	stage.self = "file";
	stage.act = act;
	memset(&disk, 0, sizeof disk);
	memset(&file, 0, sizeof file);
	for (size_t i = 0; i < SLOTS; i++)
		file.slots[i].fd = -1;
	(void)stage_link(FD_SUPER, LINK_SUPER_FILE, ROLE_SUPER);
	stage_link(FD_FILE_CRYPTO, LINK_CRYPTO_FILE, ROLE_CRYPTO)->took =
	    to_crypto;
	if (stage_enter()) {
		file_init(&file, FD_SUPER, FD_FILE_CRYPTO);
		(void)file_run(&file);
	}
	stage_leave();
	return 0;
}
