/*
 * Looking for known bytes in everything that can be read of a process.
 */
#ifndef SECCHAT_SRC_AUDIT_SCAN_H
#define SECCHAT_SRC_AUDIT_SCAN_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

enum {
	NEEDLES = 32,
	NEEDLE_LEN = 128,
	SCAN_WINDOW = 16 /* either end of a longer one is enough */
};

enum needle_kind {
	A_KEY,
	A_TEXT, /* what people wrote, which a front end has */
	A_FILE, /* of a file's bytes, which secchat-file has */
	KINDS
};

struct needle {
	char name[32];
	uint8_t bytes[NEEDLE_LEN];
	size_t len;
	enum needle_kind kind;
};

struct needles {
	struct needle n[NEEDLES];
	size_t len;
};

/* What was found: bits of needles, and where the first of each kind was. */
struct scan {
	uint32_t hits;
	uint32_t in_key_memory; /* of these, in memory that is made for keys */
	char where[KINDS][64];
	size_t bytes;      /* how many could be read */
	size_t unreadable; /* mappings that could not, but should */
	uintptr_t secret;  /* where secret memory is mapped, or 0 */
	size_t secret_len;
};

/* Another needle; left out are those that are there already, those shorter
 * than a window, and those that begin or end with zeros. */
void needle_add(struct needles *l, const char *name, const void *p, size_t len,
    enum needle_kind kind);

/* Every byte that is mapped.  0, or -ERR_SYS: it cannot be read at all. */
int scan_memory(pid_t pid, const struct needles *l, struct scan *out);

/*
 * The addresses at the beginning of a line of maps or smaps.  What follows
 * them, or NULL: it is another line.
 */
const char *scan_range(const char *line, uintptr_t *from, uintptr_t *to);

/* A file of /proc/PID by name ("environ").  0 or -ERR_SYS. */
int scan_file(
    pid_t pid, const char *name, const struct needles *l, struct scan *out);

/* These bytes, which are said to be from there. */
void scan_bytes(const void *p, size_t len, const struct needles *l,
    const char *where, struct scan *out);

/* Every regular file that it has open.  0 or -ERR_SYS. */
int scan_files(pid_t pid, const struct needles *l, struct scan *out);

#endif
