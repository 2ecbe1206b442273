/*
 * Where the programs of a sanitizer build write their reports.  Workers have
 * an environment with nothing of it in it, and their stderr is a pipe that
 * the supervisor reads, so the options are built in and the reports go into
 * files: REPORTS/PROGRAM.PID, where the folder "reports" stands beside that
 * of the program (tests/run makes one for each test).  Without the folder they
 * go to stderr.  Linked into nothing but programs of `make SAN=...`.
 *
 * This runs before anything else does, the sanitizer's own functions
 * included: so it calls none of the C library's that are watched.
 */
#include <stddef.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "secchat/util.h"

#define UNWATCHED __attribute__((no_sanitize("address", "undefined")))

enum {
	PATH_LEN = 512
};

const char *__asan_default_options(void);
const char *__ubsan_default_options(void);

/* The path of the program, then that of its reports. */
static char program[PATH_LEN];
static char options[2 * PATH_LEN];

UNWATCHED static size_t
append(size_t at, const char *text, size_t len)
{
	for (size_t i = 0; i < len && at < sizeof options - 1; i++)
		options[at++] = text[i];
	options[at] = '\0';
	return at;
}

UNWATCHED static size_t
append_text(size_t at, const char *text)
{
	size_t len = 0;

	while (text[len] != '\0')
		len++;
	return append(at, text, len);
}

/* How long the part of `path` before its last slash is; 0: there is none. */
UNWATCHED static size_t
folder_len(const char *path, size_t len)
{
	while (len > 0 && path[len - 1] != '/')
		len--;
	return len > 0 ? len - 1 : 0;
}

UNWATCHED static const char *
with_report_path(const char *first)
{
	static const char folder[] = "/reports";
	long len = syscall(
	    SYS_readlink, "/proc/self/exe", program, sizeof program - 1);
	size_t bin, top, at, path;

	at = append_text(0, first);
	if (len <= 0)
		return options;
	bin = folder_len(program, (size_t)len);
	top = folder_len(program, bin);
	at = append_text(at, ":log_path=");
	path = at;
	at = append(at, program, top);
	at = append(at, folder, sizeof folder - 1);
	if (syscall(SYS_access, options + path, W_OK) != 0) {
		options[path - sizeof ":log_path=" + 1] = '\0';
		return options;
	}
	(void)append(at, program + bin, (size_t)len - bin);
	return options;
}

UNWATCHED const char *
__asan_default_options(void)
{
	return with_report_path("abort_on_error=1"
				":detect_stack_use_after_return=1");
}

UNWATCHED const char *
__ubsan_default_options(void)
{
	return with_report_path("halt_on_error=1:abort_on_error=1"
				":print_stacktrace=1");
}
