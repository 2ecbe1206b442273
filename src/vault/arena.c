/*
 * One mapping, made once, early; what it is made of is told to the caller,
 * who tells the user.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "secchat/ipc_msgs.h"
#include "secchat/util.h"
#include "secchat/vault.h"

/* Secret pages count against RLIMIT_MEMLOCK: take all that we may have. */
static void
raise_memlock(void)
{
	struct rlimit lim;

	if (getrlimit(RLIMIT_MEMLOCK, &lim) < 0 || lim.rlim_cur == lim.rlim_max)
		return;
	lim.rlim_cur = lim.rlim_max;
	(void)setrlimit(RLIMIT_MEMLOCK, &lim);
}

#ifdef SYS_memfd_secret

/* NULL where the kernel has none, was started without, or the limit says so. */
static void *
secret_pages(size_t size)
{
	int fd = (int)syscall(SYS_memfd_secret, O_CLOEXEC);
	void *p = MAP_FAILED;

	if (fd < 0)
		return NULL;
	if (ftruncate(fd, (off_t)size) == 0)
		p = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	fd_close(fd);
	if (p == MAP_FAILED)
		return NULL;
	if (madvise(p, size, MADV_DONTFORK) < 0) {
		(void)munmap(p, size);
		return NULL;
	}
	return p;
}

#else

static void *
secret_pages(size_t size)
{
	(void)size;
	return NULL;
}

#endif

void *
arena_new(size_t size, uint8_t *kind, arena_locked_fn *locked)
{
	/* The fallback ends at a guard page: a multiple of 16 is aligned. */
	size_t whole = (size + 15) & ~(size_t)15;
	void *p;

	*kind = KEYMEM_MEMFD_SECRET;
	if (whole < size)
		return NULL;
	raise_memlock();
	p = secret_pages(whole);
	if (p != NULL)
		return p;
	*kind = KEYMEM_SODIUM;
	p = locked(whole);
	if (p != NULL)
		wipe(p, whole);
	return p;
}

void
arena_wipe(void *p, size_t size)
{
	wipe(p, size);
}
