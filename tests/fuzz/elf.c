/*
 * Fuzzes what the audit reads of a program's file: whatever it is, the names
 * that come of it are terminated and not too many.
 */
#include <assert.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "../../src/audit/elf.h"
#include "secchat/util.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct elf e;
	int fd = memfd_create("program", MFD_CLOEXEC);

	if (fd < 0 || write(fd, data, size) != (ssize_t)size) {
		fd_close(fd);
		return 0;
	}
	(void)elf_read(&e, fd);
	assert(e.n <= ELF_NEEDED);
	for (size_t i = 0; i < e.n; i++)
		assert(memchr(e.needed[i], '\0', ELF_NAME) != NULL);
	fd_close(fd);
	return 0;
}
