/*
 * Locked memory where the kernel has no memfd_secret (src/vault), without
 * libsodium: between guard pages, so that running over its end is a fault.
 */
#include <stdint.h>
#include <sys/mman.h>
#include <unistd.h>

#include "legacy.h"

void *
legacy_locked(size_t size)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE), whole;
	uint8_t *p;

	if (size > SIZE_MAX - 3 * page)
		return NULL;
	whole = (size + page - 1) / page * page;
	p = mmap(NULL, whole + 2 * page, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS,
	    -1, 0);
	if (p == MAP_FAILED)
		return NULL;
	if (mprotect(p + page, whole, PROT_READ | PROT_WRITE) < 0 ||
	    mlock(p + page, whole) < 0) {
		(void)munmap(p, whole + 2 * page);
		return NULL;
	}
	(void)madvise(p + page, whole, MADV_DONTDUMP);
	return p + page + whole - size;
}
