/*
 * users: root nobody
 *
 * The parts of the audit that read what others have made: program files, the
 * memory of another process, texts of /proc, words of the command line.
 */
#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "../../src/audit/audit.h"
#include "../../src/audit/elf.h"
#include "../../src/audit/scan.h"
#include "check.h"
#include "secchat/util.h"

#define MIB (1u << 20)

/* ---- program files ---- */

static int
needs(const struct elf *e, const char *prefix)
{
	for (size_t i = 0; i < e->n; i++)
		if (strncmp(e->needed[i], prefix, strlen(prefix)) == 0)
			return 1;
	return 0;
}

static void
reads_a_program(void)
{
	static struct elf e;
	int fd = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);

	CHECK(fd >= 0 && elf_read(&e, fd) == 0);
	CHECK(needs(&e, "libc.so") && needs(&e, "libseccomp.so"));
	CHECK(!needs(&e, "libcurl-of-the-moon"));
	CHECK(e.pie && e.relro && e.now && e.stack_ok);
	CHECK(!e.write_run && !e.text_rel && !e.run_path);
	fd_close(fd);
}

/* Every beginning of it, and every byte of its headers changed. */
static void
refuses_what_is_none(void)
{
	static struct elf e;
	uint8_t head[4096];
	int fd = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
	ssize_t n = read(fd, head, sizeof head);
	int part;

	fd_close(fd);
	if (!CHECK(n == sizeof head))
		return;
	for (size_t len = 0; len <= sizeof head; len += 61) {
		part = memfd_create("part", MFD_CLOEXEC);
		CHECK(write(part, head, len) == (ssize_t)len);
		CHECK(elf_read(&e, part) < 0);
		fd_close(part);
	}
	for (size_t at = 0; at < 1024; at++) {
		part = memfd_create("part", MFD_CLOEXEC);
		head[at] ^= 0xff;
		CHECK(write(part, head, sizeof head) == sizeof head);
		head[at] ^= 0xff;
		(void)elf_read(&e, part);
		CHECK(e.n <= ELF_NEEDED);
		fd_close(part);
	}
}

/* ---- memory ---- */

/* So short that neither end is whole on one side of the middle. */
#define LEN 20u

/* Each time another, so that no earlier copy is in a later child. */
static uint8_t
byte_of(size_t i, size_t seed)
{
	return (uint8_t)((i + 1) * (2 * seed + 7) + i * i);
}

/* A child that has them where two reads meet, as far as `before` says. */
static pid_t
start_holder(size_t before)
{
	int ready[2];
	char byte = 0;
	pid_t pid;

	if (pipe(ready) < 0)
		return -1;
	pid = fork();
	if (pid == 0) {
		/* Shared, so that it is a mapping of its own. */
		uint8_t *p = mmap(NULL, 3 * MIB, PROT_READ | PROT_WRITE,
		    MAP_SHARED | MAP_ANONYMOUS, -1, 0);

		(void)prctl(PR_SET_DUMPABLE, 1, 0, 0, 0);
		(void)alarm(30);
		if (p == MAP_FAILED)
			_exit(1);
		for (size_t i = 0; i < LEN; i++)
			p[MIB - before + i] = byte_of(i, before);
		(void)!write(ready[1], &byte, 1);
		for (;;)
			(void)pause();
	}
	close(ready[1]);
	(void)!read(ready[0], &byte, 1);
	close(ready[0]);
	return pid;
}

#ifdef SECCHAT_UNCONFINED
enum {
	SANITIZED = 1
};
#else
enum {
	SANITIZED = 0
};
#endif

static void
finds_across_reads(void)
{
	if (SANITIZED)
		SKIP("a sanitizer maps more memory than can be read");
	for (size_t before = 0; before <= LEN && !SANITIZED; before++) {
		static struct needles l;
		uint8_t wanted[LEN], other[LEN];
		struct scan s = {0};
		pid_t pid = start_holder(before);

		for (size_t i = 0; i < LEN; i++) {
			wanted[i] = byte_of(i, before);
			other[i] = byte_of(i, before + 40);
		}
		l.len = 0;
		needle_add(&l, "other", other, LEN, 0);
		needle_add(&l, "wanted", wanted, LEN, 0);
		CHECK(l.len == 2);
		if (scan_memory(pid, &l, &s) < 0) {
			SKIP("this system lets nobody read a child's memory");
			before = LEN;
		} else {
			/* The second, and not the first. */
			CHECK(s.hits == 2);
			CHECK(s.bytes > 3 * MIB);
		}
		idle_end(pid);
	}
}

static void
needles_are_chosen(void)
{
	static struct needles l;
	uint8_t bytes[NEEDLE_LEN + 1] = {1};

	memset(bytes, 1, sizeof bytes);
	needle_add(&l, "short", bytes, SCAN_WINDOW - 1, 0);
	needle_add(&l, "long", bytes, sizeof bytes, 0);
	CHECK(l.len == 0);
	needle_add(&l, "good", bytes, 32, 0);
	needle_add(&l, "twice", bytes, 32, 0);
	CHECK(l.len == 1);
	memset(bytes + 16, 0, 16);
	needle_add(&l, "zeros", bytes, 32, 0);
	CHECK(l.len == 1);
}

/* ---- words ---- */

static void
status_texts(void)
{
	static const char text[] = "Name:\tx\nSeccomp:\t2\nSeccomp_filters:\t"
				   "3\nCapEff:\t00000000000000ff\n";
	char value[8];

	CHECK(status_number(text, "Seccomp", 10) == 2);
	CHECK(status_number(text, "Seccomp_filters", 10) == 3);
	CHECK(status_number(text, "CapEff", 16) == 255);
	CHECK(status_number(text, "Cap", 10) == -1);
	status_field(text, "Name", value, sizeof value);
	CHECK(strcmp(value, "x") == 0);
	status_field("", "Name", value, sizeof value);
	CHECK(strcmp(value, "") == 0);
}

static void
programs_by_name(void)
{
	CHECK(program_find("secchat") == &programs[0]);
	CHECK(strcmp(program_find("secchat-identit")->name,
		  "secchat-identity") == 0);
	CHECK(program_find("secchat-") == NULL);
	CHECK(program_find("secchat-c") == NULL);
	CHECK(program_find("") == NULL);
	for (size_t i = 0; i < programs_len; i++)
		CHECK(!programs[i].in_session ||
		      program_column(&programs[i]) >= 0);
}

static int
parse(struct options *o, const char *a, const char *b)
{
	char one[64], two[64];
	char *argv[] = {one, two, NULL};

	snprintf(one, sizeof one, "%s", a);
	snprintf(two, sizeof two, "%s", b != NULL ? b : "");
	return audit_options_parse(o, b != NULL ? 2 : 1, argv);
}

static void
command_lines(void)
{
	struct options o;

	/* Their complaints are not for the log of this test. */
	CHECK(dup2(open("/dev/null", O_WRONLY), 2) == 2);
	CHECK(parse(&o, "--json", "--strict") == 0 && o.json && o.strict);
	CHECK(parse(&o, "4711", NULL) == 0 && o.pid == 4711 && o.live);
	CHECK(parse(&o, "--policy", "secchat-net") == 0 && o.policy &&
	      o.program != NULL);
	CHECK(parse(&o, "--only", "keys.") == 0 && o.only != NULL);
	CHECK(parse(&o, "--only", "moon") < 0);
	CHECK(parse(&o, "--only", NULL) < 0);
	CHECK(parse(&o, "0", NULL) < 0);
	CHECK(parse(&o, "-1", NULL) < 0);
	CHECK(parse(&o, "1x", NULL) < 0);
	CHECK(parse(&o, "99999999999999999999", NULL) < 0);
	CHECK(parse(&o, "", NULL) < 0);
	CHECK(parse(&o, "--prove", "1") < 0);
}

/* Whatever somebody called a file reaches the report as plain ASCII. */
static void
evidence_is_filtered(void)
{
	static struct audit a;
	char text[2 * AU_EVIDENCE];

	found(&a, &checks[0], "", V_OK, "%s", "a\033[2J\342\200\256b\n\377");
	CHECK(strcmp(a.f[0].evidence, "a^[[2J<U+202E>b^J<FF>") == 0);
	memset(text, 'x', sizeof text - 1);
	text[sizeof text - 1] = '\0';
	found(&a, &checks[0], "", V_FAIL, "%s", text);
	CHECK(strlen(a.f[1].evidence) == AU_EVIDENCE - 1);
	CHECK(report_count(&a, V_OK) == 1 && report_count(&a, V_FAIL) == 1);
}

int
main(void)
{
	reads_a_program();
	refuses_what_is_none();
	finds_across_reads();
	needles_are_chosen();
	status_texts();
	programs_by_name();
	evidence_is_filtered();
	command_lines();
	return check_end();
}
