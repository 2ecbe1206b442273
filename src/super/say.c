/*
 * Words: errors, notes and the log.  Whatever others may have written, the
 * arguments of the command line and workers' lines among it, goes through the
 * text filter before it reaches a terminal or the log.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "internal.h"
#include "secchat/text.h"
#include "secchat/util.h"

#define LINE_CAP (2 * SENTENCE_MAX)

/* A line in rows, each with an indent and an end of its own. */
#define PAGE_CAP (2 * LINE_CAP)
#define INDENT 2

int
locale_is_utf8(void)
{
	static const char *const names[] = {"LC_ALL", "LC_CTYPE", "LANG"};

	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		const char *v = getenv(names[i]);

		if (v != NULL && v[0] != '\0')
			return strcasestr(v, "utf-8") != NULL ||
			       strcasestr(v, "utf8") != NULL;
	}
	return 0;
}

static unsigned
filter_flags(void)
{
	return locale_is_utf8() ? 0 : TEXT_ASCII;
}

/* The columns of the terminal behind fd, or 0 when it is none. */
static size_t
columns_of(int fd)
{
	struct winsize w;

	return ioctl(fd, TIOCGWINSZ, &w) == 0 ? w.ws_col : 0;
}

/*
 * Words that went through the filter, behind a head, in rows of so many
 * columns: a word, a fingerprint above all, is broken only where a whole row
 * does not hold it.  Returns the bytes.
 */
static size_t
break_rows(char page[PAGE_CAP], const char *head, const char *text, size_t cols)
{
	size_t at = (size_t)snprintf(page, PAGE_CAP, "%s", head), n;
	struct text_rows rows;

	text_rows_init(&rows, text, strlen(text), filter_flags() | TEXT_WORDS,
	    cols > at ? cols - at : 1, 0);
	while (PAGE_CAP - at > TEXT_ROW_MIN + INDENT + 1 &&
	       text_rows_next(
		   &rows, page + at, PAGE_CAP - at - INDENT - 1, &n, NULL)) {
		at += n;
		while (n-- > 0 && page[at - 1] == ' ')
			at--;
		page[at++] = '\n';
		rows.columns = MAX(MAX(cols, (size_t)INDENT) - INDENT,
		    (size_t)TEXT_COLUMNS_MIN);
		if (rows.open)
			at += (size_t)snprintf(
			    page + at, PAGE_CAP - at, "%*s", INDENT, "");
	}
	return at;
}

/* head, the filtered text and a newline in one write. */
static int
put_line(int fd, const char *head, const char *text)
{
	size_t used = strlen(head), cols = columns_of(fd), n;
	char line[LINE_CAP], page[PAGE_CAP];

	n = text_line(line, sizeof line - used - 1, text, strlen(text),
	    filter_flags(), NULL);
	if (cols > 0 && used + text_columns(line, n) > cols)
		n = break_rows(page, head, line, cols);
	else
		n = (size_t)snprintf(page, sizeof page, "%s%s\n", head, line);
	return fd_write_all(fd, page, n);
}

int
say_unwritten(void)
{
	char what[SENTENCE_MAX];

	snprintf(what, sizeof what, "cannot write to standard output: %s",
	    strerror(errno));
	say_error(what, NULL, "See whether there is room where it goes.");
	return EXIT_INTERNAL;
}

int
say_flush(void)
{
	return fflush(stdout) == 0 && !ferror(stdout) ? EXIT_OK
						      : say_unwritten();
}

int
say_line(const char *fmt, ...)
{
	char text[LINE_CAP];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof text, fmt, ap);
	va_end(ap);
	if (put_line(STDOUT_FILENO, "", text) == 0)
		return 0;
	(void)say_unwritten();
	return -ERR_SYS;
}

/*
 * A line for stderr, when it takes one within so many ms: a pipe that nobody
 * reads, or a terminal that was told to wait, must not keep us from the
 * workers and from those who want us to end.
 */
static void
put_stderr(const char *head, const char *text, int ms)
{
	struct pollfd p = {.fd = STDERR_FILENO, .events = POLLOUT};
	int n;

	do
		n = poll(&p, 1, ms);
	while (n < 0 && errno == EINTR);
	if (n == 1 && (p.revents & POLLOUT))
		(void)put_line(STDERR_FILENO, head, text);
}

void
say_error(const char *what, const char *why, const char *next)
{
	put_stderr("secchat: ", what, END_FLUSH);
	if (why != NULL && why[0] != '\0')
		put_stderr("  ", why, END_FLUSH);
	if (next != NULL && next[0] != '\0')
		put_stderr("  ", next, END_FLUSH);
}

void
note_plain(struct super *s, const char *fmt, ...)
{
	char text[SENTENCE_MAX];
	va_list ap;

	if (s->ui != PROC_SCRIPT || s->o->json || s->o->quiet)
		return;
	va_start(ap, fmt);
	vsnprintf(text, sizeof text, fmt, ap);
	va_end(ap);
	put_stderr("secchat: ", text, 0);
}

void
note(struct super *s, uint8_t kind, const char *fmt, ...)
{
	struct worker *w = &s->w[s->ui];
	int told = front_hears(s);
	char text[SENTENCE_MAX];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof text, fmt, ap);
	va_end(ap);
	if (!told || s->ui != PROC_TTY)
		put_stderr(kind == NOTE_WORKER ? "" : "secchat: ", text, 0);
	/* A terminal that does not take them gets no more of them; a program
	 * has them as events, too. */
	if (told && (s->ui == PROC_TTY || s->o->json) &&
	    ipc_room(&w->link) > sizeof text + 1)
		ipc_send2(&w->link, IPC_UI_NOTE, &kind, 1, text, strlen(text));
}

/* ---- the verdict ---- */

static void
copy(char out[SENTENCE_MAX], const char *in)
{
	snprintf(out, SENTENCE_MAX, "%s", in != NULL ? in : "");
}

void
verdict_set(struct super *s, int exit_code, const char *what, const char *why,
    const char *next)
{
	struct verdict *v = &s->v;

	if (v->over)
		return;
	v->over = 1;
	v->exit = exit_code;
	copy(v->what, what);
	copy(v->why, why);
	copy(v->next, next);
	log_event(s, "verdict: exit code %d, %s", exit_code, v->what);
}

void
verdict_death(struct super *s, int exit_code, const char *what, const char *why)
{
	struct verdict *v = &s->v;

	if (v->final && v->exit != EXIT_OK)
		return;
	v->over = 0;
	v->told = 0;
	verdict_set(s, exit_code, what, why,
	    exit_code == EXIT_INTERNAL
		? "To talk on, both sides start again: host, and join."
		: NULL);
}

/* A file that crypto could make nothing of: its name, or "". */
static void
bad_file(const struct super *s, int err, char path[STORE_PATH])
{
	path[0] = '\0';
	if (err == ERR_KEYFILE_FORMAT && s->o->key_path != NULL)
		snprintf(path, STORE_PATH, "%s", s->o->key_path);
	if (err == ERR_IDENTITY_FORMAT &&
	    store_file(path, &s->store, "identity") < 0)
		path[0] = '\0';
}

void
verdict_err(struct super *s, int err)
{
	char what[SENTENCE_MAX], path[STORE_PATH];

	err = err < 0 ? -err : err;
	if (!s->v.over)
		s->v.err = err;
	if (err == ERR_AUTH && s->source == SECRET_CODE && secret_is_typed(s)) {
		verdict_set(s, err_exit(err),
		    "this is not the code on their screen: authentication "
		    "failed",
		    "If it is, somebody is in between.",
		    "Read it once more from the other person's screen.");
		return;
	}
	bad_file(s, err, path);
	snprintf(what, sizeof what, "%.300s%s%s", path,
	    path[0] != '\0' ? ": " : "", err_text(err));
	verdict_set(s, err_exit(err), what, NULL, err_next(err));
}

/* ---- the log ---- */

/* Why it was not opened, from errno. */
static const char *
why_no_log(void)
{
	switch (errno) {
	case ELOOP:
		return "it is a link";
	case ENXIO: /* a socket, a FIFO that nobody reads */
	case ENODEV:
		return "it is not a regular file";
	default:
		return strerror(errno);
	}
}

/* What others own or may write is not ours to trust or to fill. */
static const char *
why_not_this_log(int fd)
{
	struct stat st;

	if (fstat(fd, &st) < 0)
		return strerror(errno);
	if (!S_ISREG(st.st_mode))
		return "it is not a regular file";
	if (st.st_uid != geteuid())
		return "it belongs to another user";
	if (st.st_mode & (S_IWGRP | S_IWOTH))
		return "other users can write to it";
	return NULL;
}

int
log_open(const char *path, const char **why)
{
	int fd = open(path,
	    O_WRONLY | O_APPEND | O_CREAT | O_NOFOLLOW | O_NOCTTY | O_NONBLOCK |
		O_CLOEXEC,
	    0600);

	if (fd < 0) {
		*why = why_no_log();
		return -ERR_SYS;
	}
	*why = why_not_this_log(fd);
	if (*why == NULL)
		return fd;
	fd_close(fd);
	return -ERR_SYS;
}

/*
 * What workers say is in it, and a captured one may say a great deal: there
 * is an end to what one run writes, and it is told.
 */
static int
log_is_full(struct super *s, const char *text)
{
	size_t n = sizeof "2026-01-01T00:00:00.000Z \n" - 1 + strlen(text);

	if (s->log_bytes > LOG_MAX)
		return 1;
	s->log_bytes += n;
	return 0;
}

/* Said once; what there is room for again is written again. */
static void
log_failed(struct super *s)
{
	int err = errno;

	if (s->log_failed)
		return;
	s->log_failed = 1;
	note(s, NOTE_WARN, "events are missing in the log %.300s: %s",
	    s->o->log_path, strerror(err));
}

void
log_event(struct super *s, const char *fmt, ...)
{
	char text[SENTENCE_MAX], head[48];
	struct timespec now;
	struct tm tm;
	va_list ap;
	size_t n;

	if (s->log < 0)
		return;
	va_start(ap, fmt);
	vsnprintf(text, sizeof text, fmt, ap);
	va_end(ap);
	if (log_is_full(s, text))
		return;
	if (s->log_bytes > LOG_MAX)
		snprintf(text, sizeof text,
		    "this run has written %d MiB here and writes no more",
		    LOG_MAX >> 20);
	(void)clock_gettime(CLOCK_REALTIME, &now);
	if (gmtime_r(&now.tv_sec, &tm) == NULL)
		return;
	n = strftime(head, sizeof head, "%Y-%m-%dT%H:%M:%S", &tm);
	snprintf(head + n, sizeof head - n, ".%03ldZ ", now.tv_nsec / 1000000);
	if (put_line(s->log, head, text) < 0)
		log_failed(s);
}
