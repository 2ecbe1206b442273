/*
 * Layer 0: what every program of the suite may use.  Nothing here allocates,
 * and logging needs no system call but write(2), so that a confined worker
 * can say why it is about to die.
 */
#ifndef SECCHAT_UTIL_H
#define SECCHAT_UTIL_H

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#define ARRAY_LEN(a) (sizeof(a) / sizeof((a)[0]))
#define MIN(a, b) ((a) < (b) ? (a) : (b))
#define MAX(a, b) ((a) > (b) ? (a) : (b))

/* ---- logging and dying (log.c) ---- */

/* The program's name, put before every line.  Borrowed for ever. */
void log_init(const char *program);

/* One line to descriptor 2: "NAME: text\n", cut at STDERR_LINE_MAX. */
void log_line(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* The same with a va_list. */
void log_vline(const char *fmt, va_list ap)
    __attribute__((format(printf, 1, 0)));

/*
 * A sibling process broke a rule, or the system failed us beyond repair.
 * Writes one line and ends the process with _exit(EXIT_INTERNAL).
 */
_Noreturn void fatal(const char *fmt, ...)
    __attribute__((format(printf, 1, 2)));

/*
 * What fatal() does first, at most once: for the one process that others
 * depend on.  NULL: nothing.
 */
void fatal_hook(void (*fn)(void));

/* ---- signals (signals.c) ---- */

struct sigaction;

/*
 * Install sa for n signals, but not for a SIGHUP that whoever started us
 * ignores (nohup); then unblock all there are, since what was blocked before
 * exec would never be heard of.  0 or -ERR_SYS.
 */
int set_signals(const int *which, size_t n, const struct sigaction *sa);

/* ---- time (clock.c) ---- */

/*
 * Where time comes from.  now_ms never runs backwards and is unrelated to the
 * calendar.  The workers' loops pass the value down; nothing below a loop
 * reads a clock, so that a test can drive the same code with its own time.
 */
uint64_t clock_now_ms(void);

/* Milliseconds since 1970 in UTC: to show, never to compute with. */
uint64_t clock_utc_ms(void);

/* A moment that never comes. */
#define CLOCK_NEVER UINT64_MAX

/*
 * The timeout for poll(2) until `deadline`: -1 for CLOCK_NEVER, 0 when it has
 * passed, at most INT_MAX.
 */
int clock_poll_timeout(uint64_t now, uint64_t deadline);

/* ---- descriptors (fd.c) ---- */

/* Close unless negative; never touches errno. */
void fd_close(int fd);

/* Set or clear O_NONBLOCK, or FD_CLOEXEC.  0 or -ERR_SYS. */
int fd_set_nonblock(int fd, int on);
int fd_set_cloexec(int fd, int on);

/*
 * Write all of buf to a blocking descriptor; retries EINTR and short writes.
 * 0 or -ERR_SYS.
 */
int fd_write_all(int fd, const void *buf, size_t len);

struct iovec;

/*
 * Send n pieces as one message on a UNIX socket, and a copy of a descriptor
 * with it (pass.c).  The kernel counts the descriptors of a user's that are on
 * their way, of all programs together, against this process's limit
 * (ETOOMANYREFS): somebody else's are waited for, at most a second.  0, or the
 * errno of sendmsg.
 */
int fd_pass(int sock, struct iovec *iov, size_t n, int fd);

/* ---- folders of our own (folder.c) ---- */

/*
 * The program's folder below an XDG variable, or, when that is not an
 * absolute path, below $HOME: "$var/secchat", "$HOME/below_home/secchat".
 * 0, or -ERR_SYS with path "": there is neither.
 */
int folder_path(
    char *path, size_t cap, const char *var, const char *below_home);

/* Make the folder and those above it, for nobody else; whether that worked
 * folder_open tells.  path is the same afterwards. */
void folder_make(char *path);

/* A descriptor of the folder, or -ERR_SYS. */
int folder_open(const char *path);

/*
 * A file of the folder gets a new text, readable by its owner alone.
 * Whatever happens meanwhile, it holds the old text or the new one; a link in
 * its place is replaced.  Two that do so at once must hold a lock.
 * 0 or -ERR_SYS.
 */
int folder_replace(int dir, const char *name, const void *text, size_t len);

/*
 * All of a file that belongs to us or to root and that nobody else can read
 * or write.  0, or -ERR_SYS (errno says why), -ERR_KEYFILE_TYPE, _OWNER,
 * _MODE, -ERR_TOO_LONG: cap bytes or more.
 */
int folder_read(int dir, const char *name, void *buf, size_t cap, size_t *len);

/* ---- hex and base64url (hex.c) ---- */

/* Lower-case hex of len bytes and a NUL: out holds 2 * len + 1. */
void hex_put(char *out, const uint8_t *in, size_t len);

/* Exactly len bytes from 2 * len hex digits.  0 or -ERR_FORMAT. */
int hex_get(uint8_t *out, size_t len, const char *in, size_t in_len);

/* ---- UTF-8 (utf8.c) ---- */

/*
 * Length of the one valid UTF-8 sequence at s (RFC 3629: no surrogates, no
 * overlong forms, at most U+10FFFF) with its code point in *cp, or 0.
 */
size_t utf8_next(const uint8_t *s, size_t len, uint32_t *cp);

/* Whether all of it is valid.  The empty text is. */
int utf8_valid(const uint8_t *s, size_t len);

/* ---- "did you mean" (suggest.c) ---- */

/*
 * The name most like a mistyped word: at most two letters missing, extra,
 * wrong or swapped, and not all of them.  NULL when none is, or the word is
 * longer than 31 bytes.  One of names, borrowed.
 */
const char *suggest_word(const char *word, const char *const *names, size_t n);

/* ---- wiping (wipe.c) ---- */

/* Overwrite with zeros in a way the compiler may not remove. */
void wipe(void *p, size_t len);

#endif
