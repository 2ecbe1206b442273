/*
 * Everything is read through one function that keeps to the file's length.
 */
#include <elf.h>
#include <string.h>
#include <unistd.h>

#include "elf.h"
#include "secchat/err.h"

#define HEADERS_MAX 64
#define DYNAMIC_MAX 512

struct file {
	int fd;
	Elf64_Phdr ph[HEADERS_MAX];
	size_t ph_len;
};

static int
get(const struct file *f, uint64_t at, void *out, size_t len)
{
	return pread(f->fd, out, len, (off_t)at) == (ssize_t)len ? 0
								 : -ERR_FORMAT;
}

/* Where an address of the loaded program is in the file. */
static int
offset_of(const struct file *f, uint64_t addr, uint64_t *at)
{
	for (size_t i = 0; i < f->ph_len; i++) {
		const Elf64_Phdr *p = &f->ph[i];

		if (p->p_type == PT_LOAD && addr >= p->p_vaddr &&
		    addr - p->p_vaddr < p->p_filesz) {
			*at = addr - p->p_vaddr + p->p_offset;
			return 0;
		}
	}
	return -ERR_FORMAT;
}

static int
read_headers(struct file *f, struct elf *e)
{
	Elf64_Ehdr h;

	if (get(f, 0, &h, sizeof h) < 0 ||
	    memcmp(h.e_ident, ELFMAG, SELFMAG) != 0 ||
	    h.e_ident[EI_CLASS] != ELFCLASS64 ||
	    h.e_phentsize != sizeof(Elf64_Phdr) || h.e_phnum > HEADERS_MAX)
		return -ERR_FORMAT;
	f->ph_len = h.e_phnum;
	if (get(f, h.e_phoff, f->ph, f->ph_len * sizeof *f->ph) < 0)
		return -ERR_FORMAT;
	e->pie = h.e_type == ET_DYN;
	for (size_t i = 0; i < f->ph_len; i++) {
		const Elf64_Phdr *p = &f->ph[i];

		if (p->p_type == PT_GNU_RELRO)
			e->relro = 1;
		if (p->p_type == PT_GNU_STACK)
			e->stack_ok = !(p->p_flags & PF_X);
		if (p->p_type == PT_LOAD && (p->p_flags & PF_W) &&
		    (p->p_flags & PF_X))
			e->write_run = 1;
	}
	return 0;
}

static int
add_needed(const struct file *f, struct elf *e, uint64_t name)
{
	char *out;
	ssize_t n;

	if (e->n >= ELF_NEEDED)
		return -ERR_FORMAT;
	out = e->needed[e->n];
	n = pread(f->fd, out, ELF_NAME, (off_t)name);
	if (n <= 0 || memchr(out, '\0', (size_t)n) == NULL)
		return -ERR_FORMAT;
	e->n++;
	return 0;
}

static int
read_dynamic(const struct file *f, struct elf *e, const Elf64_Phdr *ph)
{
	Elf64_Dyn d[DYNAMIC_MAX];
	size_t n = ph->p_filesz / sizeof *d;
	uint64_t strings = 0;
	int have = 0;

	if (n > DYNAMIC_MAX || get(f, ph->p_offset, d, n * sizeof *d) < 0)
		return -ERR_FORMAT;
	for (size_t i = 0; i < n; i++)
		if (d[i].d_tag == DT_STRTAB)
			have = offset_of(f, d[i].d_un.d_ptr, &strings) == 0;
	for (size_t i = 0; i < n && d[i].d_tag != DT_NULL; i++) {
		uint64_t v = d[i].d_un.d_val;

		if (d[i].d_tag == DT_NEEDED &&
		    (!have || add_needed(f, e, strings + v) < 0))
			return -ERR_FORMAT;
		if (d[i].d_tag == DT_BIND_NOW ||
		    (d[i].d_tag == DT_FLAGS && (v & DF_BIND_NOW)) ||
		    (d[i].d_tag == DT_FLAGS_1 && (v & DF_1_NOW)))
			e->now = 1;
		if (d[i].d_tag == DT_TEXTREL ||
		    (d[i].d_tag == DT_FLAGS && (v & DF_TEXTREL)))
			e->text_rel = 1;
		if (d[i].d_tag == DT_RPATH || d[i].d_tag == DT_RUNPATH)
			e->run_path = 1;
	}
	return 0;
}

int
elf_read(struct elf *e, int fd)
{
	struct file f = {.fd = fd};

	memset(e, 0, sizeof *e);
	if (read_headers(&f, e) < 0)
		return -ERR_FORMAT;
	for (size_t i = 0; i < f.ph_len; i++)
		if (f.ph[i].p_type == PT_DYNAMIC)
			return read_dynamic(&f, e, &f.ph[i]);
	return -ERR_FORMAT;
}
