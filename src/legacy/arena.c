/*
 * Memory for keys, without libsodium: memfd_secret where the kernel has it
 * (nobody reads those pages on behalf of others), else locked pages.
 */
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "legacy.h"
#include "secchat/util.h"

static void *
secret_pages(size_t size)
{
	void *p = MAP_FAILED;
#ifdef SYS_memfd_secret
	int fd = (int)syscall(SYS_memfd_secret, O_CLOEXEC);

	if (fd >= 0 && ftruncate(fd, (off_t)size) == 0)
		p = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	fd_close(fd);
#else
	(void)size;
#endif
	return p == MAP_FAILED ? NULL : p;
}

void *
legacy_arena_new(size_t size, uint8_t *kind)
{
	struct rlimit lim;
	void *p;

	/* Secret pages count against it: take all that we may have. */
	if (getrlimit(RLIMIT_MEMLOCK, &lim) == 0 &&
	    lim.rlim_cur != lim.rlim_max) {
		lim.rlim_cur = lim.rlim_max;
		(void)setrlimit(RLIMIT_MEMLOCK, &lim);
	}
	*kind = KEYMEM_MEMFD_SECRET;
	p = secret_pages(size);
	if (p != NULL)
		return p;
	*kind = KEYMEM_SODIUM;
	p = mmap(NULL, size, PROT_READ | PROT_WRITE,
	    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (p == MAP_FAILED || mlock(p, size) < 0)
		return NULL;
	(void)madvise(p, size, MADV_DONTDUMP);
	return p;
}
