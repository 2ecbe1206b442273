/*
 * The table of docs/sandbox.md, "Key memory", on this kernel: somebody holds
 * a page of each kind, and everybody who might looks for it.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "audit.h"
#include "keymem.h"
#include "secchat/util.h"

int
keymem_secret_fd(void)
{
#ifdef SYS_memfd_secret
	return (int)syscall(SYS_memfd_secret, O_CLOEXEC);
#else
	return -1;
#endif
}

void *
keymem_secret(size_t size)
{
	int fd = keymem_secret_fd();
	void *p = MAP_FAILED;

	if (fd >= 0 && ftruncate(fd, (off_t)size) == 0)
		p = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	fd_close(fd);
	return p == MAP_FAILED ? NULL : p;
}

void *
keymem_locked(size_t size)
{
	void *p = mmap(NULL, size, PROT_READ | PROT_WRITE,
	    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (p == MAP_FAILED)
		return NULL;
	(void)mlock(p, size);
	(void)madvise(p, size, MADV_DONTDUMP);
	return p;
}
