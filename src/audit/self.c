/*
 * The session with itself: every program of the suite as a living process.
 *
 *   host      supervisor, crypto, net, script: waits, and is called
 *   joiner    the same with secchat-tty, on a terminal that is ours
 *   caller    calls a listener whose queue is full, so that dial stays
 *   identity  waits for public keys on its standard input
 *
 * The first two have one key file, the caller, which never gets as far as
 * closing it, has another; both are made for the purpose, in a folder of
 * their own.  Nothing of the user's is read or written.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <unistd.h>

#include "audit.h"
#include "secchat/err.h"
#include "secchat/limits.h"
#include "secchat/util.h"
#include "self.h"

#define NAME_CAP (AU_PATH + 32)

enum {
	HOST,
	JOINER,
	CALLER,
	IDENTITY,
	SUITES
};

static const char *const logs[SUITES] = {"host.log", "join.log", "call.log"};

struct self {
	struct suite s[SUITES];
	int full[4]; /* the listener, and who fills its queue */
	char full_addr[32];
	char dir[AU_PATH];
	char key[NAME_CAP], other_key[NAME_CAP];
};

static struct self self = {.full = {-1, -1, -1, -1}};

/* ---- the folder ---- */

static void
file_of(const char *dir, const char *name, char out[NAME_CAP])
{
	snprintf(out, NAME_CAP, "%.4000s/%.80s", dir, name);
}

int
self_folder(char dir[AU_PATH])
{
	const char *tmp = getenv("TMPDIR");

	snprintf(dir, AU_PATH, "%.3000s/secchat-audit.XXXXXX",
	    tmp != NULL && tmp[0] == '/' ? tmp : "/tmp");
	return mkdtemp(dir) == NULL ? -ERR_SYS : 0;
}

void
self_remove(const char *dir)
{
	static const char *const names[] = {"host.log", "join.log", "call.log",
	    "secret.key", "other.key", "sent", "received", "secchat/intro",
	    "secchat"};
	char path[NAME_CAP];

	if (dir[0] == '\0')
		return;
	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		file_of(dir, names[i], path);
		if (unlink(path) < 0)
			(void)rmdir(path);
	}
	(void)rmdir(dir);
}

int
self_write_file(const char *path, const char *text, size_t len, size_t times)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	int err = fd < 0 ? -ERR_SYS : 0;

	while (err == 0 && times-- > 0)
		err = fd_write_all(fd, text, len);
	fd_close(fd);
	return err;
}

int
self_write_key(const char *path, const char text[KEYFILE_TEXT])
{
	return self_write_file(path, text, KEYFILE_TEXT, 1);
}

/* 44 characters as a key file has them: 42 that may be any, one whose low
 * two bits are zero, and the padding. */
static int
make_key(const char *path)
{
	static const char set[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				  "abcdefghijklmnopqrstuvwxyz0123456789-_";
	uint8_t rnd[KEYFILE_TEXT];
	char text[KEYFILE_TEXT];

	if (getrandom(rnd, sizeof rnd, 0) != sizeof rnd)
		return -ERR_SYS;
	for (size_t i = 0; i < sizeof text; i++)
		text[i] = set[rnd[i] & 63];
	text[KEYFILE_TEXT - 2] = set[rnd[KEYFILE_TEXT - 2] & 60];
	text[KEYFILE_TEXT - 1] = '=';
	return self_write_key(path, text);
}

/* ---- a listener that takes nobody ---- */

static int
loopback(int flags)
{
	return socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | flags, 0);
}

static int
make_full(struct self *s)
{
	struct sockaddr_in a = {
	    .sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
	socklen_t len = sizeof a;

	s->full[0] = loopback(0);
	if (s->full[0] < 0 ||
	    bind(s->full[0], (struct sockaddr *)&a, len) < 0 ||
	    listen(s->full[0], 0) < 0 ||
	    getsockname(s->full[0], (struct sockaddr *)&a, &len) < 0)
		return -ERR_SYS;
	for (size_t i = 1; i < ARRAY_LEN(s->full); i++) {
		s->full[i] = loopback(SOCK_NONBLOCK);
		(void)connect(s->full[i], (struct sockaddr *)&a, len);
	}
	snprintf(s->full_addr, sizeof s->full_addr, "127.0.0.1:%u",
	    ntohs(a.sin_port));
	return 0;
}

/* ---- the suites ---- */

static int
start_secchat(const struct audit *a, struct self *s, int which,
    const char *verb, const char *addr)
{
	char log[NAME_CAP];
	int tty = which == JOINER;
	const char *key = which == CALLER ? s->other_key : s->key;
	const char *argv[] = {"secchat", verb, "--key", key, "--accept-intro",
	    "1", "--log", log, addr, tty ? NULL : "--no-input", "--json", NULL};
	const struct suite_start how = {.program = a->secchat,
	    .argv = argv,
	    .folder = s->dir,
	    .tty = tty,
	    .pass = -1};

	file_of(s->dir, logs[which], log);
	return suite_start(&s->s[which], &how);
}

static int
start_identity(const struct audit *a, struct self *s)
{
	static const char *const argv[] = {
	    "secchat-identity", "pk-print", NULL};
	char path[AU_PATH];
	const struct suite_start how = {
	    .program = path, .argv = argv, .folder = s->dir, .pass = -1};

	program_path(a, program_find("secchat-identity"), path);
	return suite_start(&s->s[IDENTITY], &how);
}

/* A process has entered its sandbox: it has all its filters. */
static int
is_confined(pid_t pid, const char *program)
{
	char status[AU_PROC_TEXT];

	return pid > 0 &&
	       proc_read(pid, "status", status, sizeof status) == 0 &&
	       status_number(status, "Seccomp_filters", 10) >=
		   program_find(program)->filters;
}

/* No descriptor announces it: look every 2 ms. */
static int
wait_worker(struct self *s, int which, const char *program, uint64_t until)
{
	for (;;) {
		pid_t pid = which == IDENTITY
				? s->s[which].pid
				: proc_child_named(s->s[which].pid, program);

		if (is_confined(pid, program))
			return pid;
		if (clock_now_ms() >= until)
			return -ERR_TIMEOUT;
		audit_leave_if_asked();
		suite_drain(&s->s[JOINER]);
		(void)poll(NULL, 0, 2);
	}
}

/* ---- what they said of themselves ---- */

/* The number behind a word of a line. */
static int
line_number(const char *line, const char *word, uint32_t *out)
{
	const char *end = strchr(line, '\n'), *at = strstr(line, word);

	if (end == NULL || at == NULL || at > end)
		return 0;
	*out = (uint32_t)strtoul(at + strlen(word), NULL, 16);
	return 1;
}

/* "NAME is ready (applied 0xfff, missing 0x0)" in a log. */
static void
take_report(const struct self *s, int which, struct process *p)
{
	char path[NAME_CAP], text[AU_PROC_TEXT], want[64];
	const char *at;
	size_t len = 0;
	int fd;

	file_of(s->dir, logs[which], path);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return;
	for (ssize_t n = 1; n > 0 && len < sizeof text - 1;) {
		n = read(fd, text + len, sizeof text - 1 - len);
		len += n > 0 ? (size_t)n : 0;
	}
	fd_close(fd);
	text[len] = '\0';
	snprintf(want, sizeof want, "%s",
	    p->program == &programs[0] ? "supervisor confined"
				       : p->program->name);
	for (at = strstr(text, want); at != NULL; at = strstr(at + 1, want))
		if (line_number(at, "(applied ", &p->report.applied) &&
		    line_number(at, "missing ", &p->report.missing))
			p->told = 1;
}

/* A process is confined a moment before the supervisor has its word. */
static void
wait_report(struct self *s, int which, struct process *p, uint64_t until)
{
	take_report(s, which, p);
	while (!p->told && clock_now_ms() < until) {
		audit_leave_if_asked();
		suite_drain(&s->s[JOINER]);
		(void)poll(NULL, 0, 2);
		take_report(s, which, p);
	}
}

int
self_key_memory(const struct self *s)
{
	char path[NAME_CAP], line[512];
	int kind = -1;
	FILE *f;

	file_of(s->dir, logs[HOST], path);
	f = fopen(path, "re");
	while (f != NULL && fgets(line, sizeof line, f) != NULL) {
		if (strstr(line, "keys are in memfd_secret") != NULL)
			kind = 1;
		else if (strstr(line, "keys are in locked memory") != NULL)
			kind = 0;
	}
	if (f != NULL)
		(void)fclose(f);
	return kind;
}

const char *
self_key(const struct self *s)
{
	return s->key;
}

/* ---- all of it ---- */

static int
trouble(struct audit *a, const struct self *s, int which, const char *what)
{
	char msg[160] = "";

	if (which < SUITES)
		suite_field(&s->s[which], "msg", msg, sizeof msg);
	snprintf(a->problem, sizeof a->problem, "%s%s%s", what,
	    msg[0] != '\0' ? ": " : "", msg);
	return -ERR_SYS;
}

/* The caller comes last, when everybody else is there: its dial stays no
 * longer than a connect may take (CONNECT_TIMEOUT). */
/* clang-format off */
static const struct {
	int which;
	const char *program;
} shown[] = {
	{ HOST,     "secchat-crypto" },
	{ HOST,     "secchat-net" },
	{ JOINER,   "secchat-tty" },
	{ HOST,     "secchat-script" },
	{ IDENTITY, "secchat-identity" },
	{ CALLER,   "secchat-dial" },
};
/* clang-format on */

static int
take_processes(struct audit *a, struct self *s, uint64_t until)
{
	if (!process_add(a, s->s[HOST].pid))
		return trouble(a, s, SUITES, "the host is gone");
	wait_report(s, HOST, &a->p[0], until);
	for (size_t i = 0; i < ARRAY_LEN(shown); i++) {
		pid_t pid;
		char what[64];

		if (shown[i].which == CALLER &&
		    start_secchat(a, s, CALLER, "join", s->full_addr) < 0)
			return trouble(
			    a, s, SUITES, "no process could be started");
		pid = wait_worker(s, shown[i].which, shown[i].program, until);
		snprintf(what, sizeof what, "%s did not confine itself",
		    shown[i].program);
		if (pid <= 0 || !process_add(a, pid))
			return trouble(a, s, SUITES, what);
		if (shown[i].which != IDENTITY)
			wait_report(
			    s, shown[i].which, &a->p[a->p_len - 1], until);
	}
	for (int i = HOST; i <= CALLER; i++)
		strangers_note(a, s->s[i].pid);
	return 0;
}

int
self_start(struct audit *a)
{
	uint64_t until = clock_now_ms() + AU_START;
	struct self *s = &self;
	char addr[64];

	a->self = s;
	if (self_folder(s->dir) < 0)
		return trouble(a, s, SUITES, "no folder for temporary files");
	file_of(s->dir, "secret.key", s->key);
	file_of(s->dir, "other.key", s->other_key);
	if (make_key(s->key) < 0 || make_key(s->other_key) < 0)
		return trouble(a, s, SUITES, "no key file could be made");
	if (start_identity(a, s) < 0 ||
	    start_secchat(a, s, HOST, "host", "127.0.0.1:0") < 0)
		return trouble(a, s, SUITES, "no process could be started");
	if (make_full(s) < 0)
		return trouble(a, s, SUITES, "no listener on the loopback");
	if (suite_event(&s->s[HOST], "listening", until) < 0)
		return trouble(a, s, HOST, "the host does not wait");
	suite_field(&s->s[HOST], "addr", addr, sizeof addr);
	if (start_secchat(a, s, JOINER, "join", addr) < 0)
		return trouble(a, s, SUITES, "no terminal could be made");
	if (suite_event(&s->s[HOST], "connected", until) < 0)
		return trouble(a, s, HOST, "the two did not connect");
	return take_processes(a, s, until);
}

void
self_end(struct audit *a)
{
	struct self *s = a->self;

	if (s == NULL)
		return;
	for (int i = 0; i < SUITES; i++)
		suite_dismiss(&s->s[i]);
	for (int i = 0; i < SUITES; i++)
		suite_end(&s->s[i]);
	for (size_t i = 0; i < ARRAY_LEN(s->full); i++) {
		fd_close(s->full[i]);
		s->full[i] = -1;
	}
	self_remove(s->dir);
	a->self = NULL;
}
