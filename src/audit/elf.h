/*
 * What a program's file says of itself: the part of `readelf -dlW` that the
 * audit needs, of 64-bit files in this machine's byte order.
 */
#ifndef SECCHAT_SRC_AUDIT_ELF_H
#define SECCHAT_SRC_AUDIT_ELF_H

#include <stddef.h>
#include <stdint.h>

#define ELF_NEEDED 32
#define ELF_NAME 64

struct elf {
	char needed[ELF_NEEDED][ELF_NAME];
	size_t n;
	uint8_t pie;        /* position independent */
	uint8_t relro, now; /* bound at start, read-only afterwards */
	uint8_t stack_ok;   /* a stack that cannot be run */
	uint8_t write_run;  /* a segment that is both */
	uint8_t text_rel;   /* relocations in code */
	uint8_t run_path;   /* RPATH or RUNPATH */
};

/* Read an open file.  0, or -ERR_FORMAT: it is no such file, or broken. */
int elf_read(struct elf *e, int fd);

#endif
