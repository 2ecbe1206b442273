/*
 * Every eighth byte of each needle begins a word of eight; any sixteen bytes
 * of a needle contain such a word whole.  So each place in the other memory
 * costs one look into a bitmap of words, and where that says yes, the words
 * are compared and the run of equal bytes is measured.
 */
#include <assert.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "scan.h"
#include "secchat/util.h"

#define WORD 8
#define SLOTS (1u << 16) /* more than there are words */
#define MAP_MAX (256u << 20)

struct needle {
	const char *name, *form;
	uint8_t bytes[SCAN_LONGEST];
	size_t len;
};

/* A word of a needle, in the chain of its slot. */
struct word {
	uint32_t needle, offset, next;
};

static struct needle *needles;
static struct word *words;
static size_t needles_len, needles_cap, words_len, words_cap;
static uint32_t slots[SLOTS]; /* index + 1 of the first word, or 0 */

static uint32_t
slot_of(const uint8_t *p)
{
	uint64_t v;

	memcpy(&v, p, sizeof v);
	return (uint32_t)(v * 0x9e3779b97f4a7c15u >> 48);
}

static void *
grown(void *p, size_t len, size_t *cap, size_t size)
{
	if (len < *cap)
		return p;
	*cap = 2 * *cap + 64;
	p = realloc(p, *cap * size);
	assert(p != NULL);
	return p;
}

static void
add_word(uint32_t needle, uint32_t offset)
{
	uint32_t *slot = &slots[slot_of(needles[needle].bytes + offset)];

	words = grown(words, words_len, &words_cap, sizeof *words);
	words[words_len++] = (struct word){needle, offset, *slot};
	*slot = (uint32_t)words_len;
}

static int
is_zero(const uint8_t *p, size_t len)
{
	return len == 0 || (p[0] == 0 && memcmp(p, p + 1, len - 1) == 0);
}

static int
is_known(const void *p, size_t len)
{
	for (size_t i = 0; i < needles_len; i++)
		if (needles[i].len == len &&
		    memcmp(needles[i].bytes, p, len) == 0)
			return 1;
	return 0;
}

static void
add_form(const char *name, const char *form, const uint8_t *p, size_t len)
{
	struct needle *n;

	needles = grown(needles, needles_len, &needles_cap, sizeof *needles);
	n = &needles[needles_len];
	n->name = name;
	n->form = form;
	n->len = len;
	memcpy(n->bytes, p, len);
	for (uint32_t at = 0; at + WORD <= len; at += WORD) {
		add_word((uint32_t)needles_len, at);
		if (len < SCAN_WINDOW)
			break;
	}
	needles_len++;
}

/* SHA-512 reads its input as big-endian words. */
static void
swap(uint8_t *p, size_t len)
{
	for (size_t at = 0; at + WORD <= len; at += WORD) {
		for (size_t i = 0; i < WORD / 2; i++) {
			uint8_t b = p[at + i];

			p[at + i] = p[at + WORD - 1 - i];
			p[at + WORD - 1 - i] = b;
		}
	}
}

void
scan_add(const char *name, const void *p, size_t len)
{
	static const struct {
		const char *form;
		uint8_t pad, swapped;
	} forms[] = {
	    {"", 0, 0},
	    {" as big-endian words", 0, 1},
	    {" in HMAC's inner pad", 0x36, 0},
	    {" in HMAC's inner pad, as words", 0x36, 1},
	    {" in HMAC's outer pad", 0x5c, 0},
	    {" in HMAC's outer pad, as words", 0x5c, 1},
	};
	uint8_t changed[SCAN_LONGEST];

	assert(len >= WORD && len <= SCAN_LONGEST);
	if (is_zero(p, len) || is_known(p, len))
		return;
	for (size_t f = 0; f < ARRAY_LEN(forms); f++) {
		memcpy(changed, p, len);
		for (size_t i = 0; i < len; i++)
			changed[i] ^= forms[f].pad;
		if (forms[f].swapped)
			swap(changed, len);
		add_form(name, forms[f].form, changed, len);
		if (len < SCAN_WINDOW)
			break;
	}
}

void
scan_clear(void)
{
	needles_len = words_len = 0;
	memset(slots, 0, sizeof slots);
}

size_t
scan_count(void)
{
	return needles_len;
}

/* ---- one mapping ---- */

struct found {
	struct scan_hit *hits;
	int n;
	const char *mapping;
	uintptr_t base;
};

/* The run of equal bytes around a word of a needle that is at buf + at. */
static void
measure(struct found *out, const uint8_t *buf, size_t len, size_t at,
    const struct word *w)
{
	const struct needle *n = &needles[w->needle];
	size_t from = w->offset, to = from;
	struct scan_hit *hit = &out->hits[out->n];

	while (to < n->len && at + to - w->offset < len &&
	       n->bytes[to] == buf[at + to - w->offset])
		to++;
	while (from > 0 && at + from > w->offset &&
	       n->bytes[from - 1] == buf[at + from - 1 - w->offset])
		from--;
	/* too short, or counted with an earlier word */
	if (to - from < MIN(n->len, SCAN_WINDOW) || w->offset - from >= WORD)
		return;
	if (out->n++ >= SCAN_HITS)
		return;
	hit->name = n->name;
	hit->form = n->form;
	hit->at = out->base + at - w->offset;
	hit->from = from;
	hit->len = to - from;
	snprintf(hit->mapping, sizeof hit->mapping, "%s", out->mapping);
}

static void
search(struct found *out, const uint8_t *buf, size_t len)
{
	for (size_t at = 0; at + WORD <= len; at++) {
		uint32_t i = slots[slot_of(buf + at)];

		for (; i != 0; i = words[i - 1].next) {
			const struct word *w = &words[i - 1];

			if (memcmp(needles[w->needle].bytes + w->offset,
				buf + at, WORD) == 0)
				measure(out, buf, len, at, w);
		}
	}
}

/* ---- the process ---- */

static int
open_proc(pid_t pid, const char *name, int flags)
{
	char path[64];

	snprintf(path, sizeof path, "/proc/%d/%s", (int)pid, name);
	return open(path, flags | O_CLOEXEC);
}

static FILE *
open_maps(pid_t pid)
{
	int fd = open_proc(pid, "maps", O_RDONLY);

	return fd < 0 ? NULL : fdopen(fd, "r");
}

/* Take "from-to rw.. offset device inode  name" apart: whether it is rw. */
static int
take_line(char *line, uintptr_t *from, uintptr_t *to, char name[64])
{
	char *p;

	line[strcspn(line, "\n")] = '\0';
	*from = strtoul(line, &p, 16);
	*to = strtoul(*p == '-' ? p + 1 : p, &p, 16);
	if (strncmp(p, " rw", 3) != 0)
		return 0;
	for (int field = 0; field < 4; field++) {
		p += strspn(p, " ");
		p += strcspn(p, " ");
	}
	snprintf(name, 64, "%.63s", p + strspn(p, " "));
	return 1;
}

/* The next mapping that can be read and written: 1, or 0 at the end. */
static int
next_mapping(FILE *maps, uintptr_t *from, uintptr_t *to, char name[64])
{
	char line[512];

	while (fgets(line, sizeof line, maps) != NULL)
		if (take_line(line, from, to, name))
			return 1;
	return 0;
}

int
scan_process(pid_t pid, struct scan_hit *hits, size_t *bytes)
{
	struct found out = {.hits = hits};
	FILE *maps = open_maps(pid);
	int mem = open_proc(pid, "mem", O_RDONLY);
	uintptr_t to;
	char name[64];
	int readable = 0;

	*bytes = 0;
	while (maps != NULL && mem >= 0 &&
	       next_mapping(maps, &out.base, &to, name)) {
		size_t len = to - out.base;
		uint8_t *buf = len < MAP_MAX ? malloc(len) : NULL;
		ssize_t n;

		assert(buf != NULL);
		out.mapping = name[0] != '\0' ? name : "(no name)";
		n = pread(mem, buf, len, (off_t)out.base);
		if (n == (ssize_t)len) {
			readable = 1;
			*bytes += len;
			search(&out, buf, len);
		} else {
			readable = -1;
		}
		free(buf);
		if (readable < 0)
			break;
	}
	if (maps != NULL)
		(void)fclose(maps);
	fd_close(mem);
	return readable > 0 ? out.n : -1;
}

uintptr_t
scan_mapping(pid_t pid, const char *wanted)
{
	FILE *maps = open_maps(pid);
	uintptr_t from, to;
	char name[64];
	int found = 0;

	while (maps != NULL && !found && next_mapping(maps, &from, &to, name))
		found = strcmp(name, wanted) == 0;
	if (maps != NULL)
		(void)fclose(maps);
	return found ? from : 0;
}

int
scan_peek(pid_t pid, uintptr_t at, void *p, size_t len)
{
	int mem = open_proc(pid, "mem", O_RDONLY);
	ssize_t n = mem < 0 ? -1 : pread(mem, p, len, (off_t)at);

	fd_close(mem);
	return n == (ssize_t)len;
}

int
scan_poke(pid_t pid, uintptr_t at, const void *p, size_t len)
{
	int mem = open_proc(pid, "mem", O_RDWR);
	ssize_t n = mem < 0 ? -1 : pwrite(mem, p, len, (off_t)at);

	fd_close(mem);
	return n == (ssize_t)len;
}
