/*
 * The key canary: two sessions, with a key file and with a passphrase, in
 * which every secret is known, because the other person is secchat-canary,
 * which tells them.  Then every byte that can be read of every process of
 * the host is searched for them.
 *
 * Root may read all of it.  An ordinary user may not, since no process is
 * dumpable; so the host is started in a user namespace of this user's own,
 * which makes the user as strong as root towards it.
 */
#include <arpa/inet.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "audit.h"
#include "scan.h"
#include "secchat/fds.h"
#include "secchat/util.h"
#include "self.h"

#define NAME_CAP (AU_PATH + 32)
#define ORDER_CAP 512
#define CRYPTO "secchat-crypto"
#define FRONT "secchat-tty"

enum {
	BY_KEY,
	BY_PASSPHRASE,
	SESSIONS
};

/* What was found in one program's processes, of all sessions. */
struct result {
	const struct program *program;
	struct scan memory, words, files;
	uint8_t control;    /* the path of its program was found */
	uint8_t unreadable; /* its memory, as a whole */
	uint8_t words_unread, files_unread;
	char secret[160]; /* what became of reading secret memory */
};

static const char *const looked_at[] = {
    "secchat", CRYPTO, "secchat-net", FRONT};

static struct proof {
	int done;
	enum verdict verdict; /* of canary.start */
	char problem[ORDER_CAP];
	struct needles l;
	char dir[AU_PATH], key[NAME_CAP], log[NAME_CAP];
	struct suite host;
	pid_t canary;
	int link, connection;
	struct result r[ARRAY_LEN(looked_at)];
	uint32_t in_copy; /* needles found in a copy of this process */
	int core;         /* files that a crash of crypto left; -1: unknown */
} proof = {.link = -1, .connection = -1, .core = -1};

static int
trouble(struct proof *p, enum verdict v, const char *what)
{
	p->verdict = v;
	snprintf(p->problem, sizeof p->problem, "%s", what);
	return -ERR_SYS;
}

/* ---- secrets ---- */

static int
random_text(char *out, size_t len)
{
	static const char set[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				  "abcdefghijklmnopqrstuvwxyz0123456789-_";
	uint8_t rnd[64];

	if (len > sizeof rnd || getrandom(rnd, len, 0) != (ssize_t)len)
		return -ERR_SYS;
	for (size_t i = 0; i < len; i++)
		out[i] = set[rnd[i] & 63];
	out[len] = '\0';
	return 0;
}

/* What canary is told, and the needles that are known before. */
static int
make_order(struct proof *p, int which, char order[ORDER_CAP],
    char secret[KEYFILE_TEXT + 1])
{
	char text[65];

	if (random_text(secret, KEYFILE_TEXT) < 0 || random_text(text, 40) < 0)
		return -ERR_SYS;
	if (which == BY_KEY) {
		/* The last of 43 characters has two bits to spare. */
		secret[KEYFILE_TEXT - 2] = 'A';
		secret[KEYFILE_TEXT - 1] = '=';
	}
	needle_add(&p->l, which == BY_KEY ? "key-file-text" : "passphrase",
	    secret, KEYFILE_TEXT, 0);
	needle_add(&p->l, "text", text, strlen(text), 1);
	snprintf(order, ORDER_CAP, "%s\n%s\n%s\n",
	    which == BY_KEY ? "key" : "passphrase", secret, text);
	return 0;
}

/* ---- the host ---- */

static int
line_pipe(const char *line)
{
	int p[2];

	if (pipe2(p, O_CLOEXEC) < 0)
		return -1;
	(void)fd_write_all(p[1], line, strlen(line));
	fd_close(p[1]);
	return p[0];
}

static int
start_host(const struct audit *a, struct proof *p, int which, char *secret)
{
	char fd[16], line[KEYFILE_TEXT + 2];
	const char *argv[] = {"secchat", "host",
	    which == BY_KEY ? "--key" : "--passphrase-fd",
	    which == BY_KEY ? p->key : fd, "--accept-intro", "1", "--log",
	    p->log, "127.0.0.1:0", NULL};
	struct suite_start how = {.program = a->secchat,
	    .argv = argv,
	    .folder = p->dir,
	    .tty = 1,
	    .owned = !a->root,
	    .pass = -1};
	int err;

	snprintf(fd, sizeof fd, "%d", SUITE_PASSED);
	snprintf(line, sizeof line, "%s\n", secret);
	if (which == BY_KEY && self_write_key(p->key, secret) < 0)
		return -ERR_SYS;
	if (which == BY_PASSPHRASE)
		how.pass = line_pipe(line);
	err = suite_start(&p->host, &how);
	fd_close(how.pass);
	return err;
}

/* The port that it waits on, from its log; 0 while there is none. */
static unsigned
waiting_on(const struct proof *p)
{
	char line[512];
	unsigned port = 0;
	FILE *f = fopen(p->log, "re");

	while (f != NULL && fgets(line, sizeof line, f) != NULL) {
		const char *at = strstr(line, "waiting on 127.0.0.1:");

		if (at != NULL)
			port = (unsigned)strtoul(
			    at + strlen("waiting on 127.0.0.1:"), NULL, 10);
	}
	if (f != NULL)
		(void)fclose(f);
	return port;
}

static int
wait_host(struct proof *p, unsigned *port)
{
	uint64_t until = clock_now_ms() + AU_START;
	int status;

	while ((*port = waiting_on(p)) == 0) {
		suite_drain(&p->host);
		if (waitpid(p->host.pid, &status, WNOHANG) == p->host.pid) {
			p->host.pid = 0;
			return WIFEXITED(status) &&
				       WEXITSTATUS(status) == SUITE_CANNOT
				   ? trouble(p, V_NA,
					 "this user gets no user namespace, "
					 "without which only root can read "
					 "the memory: run this as root")
				   : trouble(p, V_FAIL, "the host has ended");
		}
		if (clock_now_ms() > until)
			return trouble(p, V_FAIL, "the host does not wait");
		(void)poll(NULL, 0, 2);
	}
	return 0;
}

/* ---- the other person ---- */

static int
call_host(struct proof *p, unsigned port)
{
	struct sockaddr_in a = {.sin_family = AF_INET,
	    .sin_port = htons((uint16_t)port),
	    .sin_addr = {htonl(INADDR_LOOPBACK)}};

	p->connection = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	return p->connection < 0 || connect(p->connection,
					(struct sockaddr *)&a, sizeof a) < 0
		   ? -ERR_CONNECT
		   : 0;
}

static void
become_canary(const struct audit *a, int link, int connection, int order)
{
	char path[AU_PATH], name[] = "secchat-canary";
	char *argv[] = {name, NULL}, *envp[] = {NULL};
	int null = open("/dev/null", O_RDWR);
	int high[] = {fcntl(link, F_DUPFD, 40), fcntl(connection, F_DUPFD, 40),
	    fcntl(order, F_DUPFD, 40)};

	program_path(a, program_find(name), path);
	if (null < 0 || dup2(null, 0) < 0 || dup2(null, 1) < 0 ||
	    dup2(null, 2) < 0 || dup2(high[0], FD_SUPER) < 0 ||
	    dup2(high[1], FD_CRYPTO_NET) < 0 || dup2(high[2], FD_SECRET) < 0)
		return;
	(void)close_range(FD_SECRET + 1, ~0u, 0);
	(void)close(4);
	(void)execve(path, argv, envp);
}

static int
start_canary(const struct audit *a, struct proof *p, const char *order)
{
	int pair[2], fd = line_pipe(order);

	if (fd < 0 ||
	    socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) < 0)
		return -ERR_SYS;
	p->link = pair[0];
	p->canary = fork();
	if (p->canary == 0) {
		become_canary(a, pair[1], p->connection, fd);
		_exit(EXIT_INTERNAL);
	}
	fd_close(pair[1]);
	fd_close(fd);
	return p->canary < 0 ? -ERR_SYS : 0;
}

/* "NAME HEX" */
static void
take_secret(struct proof *p, const char *line)
{
	uint8_t bytes[NEEDLE_LEN];
	const char *hex = strchr(line, ' ');
	char name[32];
	size_t len;

	if (hex == NULL)
		return;
	snprintf(name, sizeof name, "%.*s", (int)(hex - line), line);
	hex++;
	len = strlen(hex) / 2;
	if (len <= sizeof bytes && hex_get(bytes, len, hex, 2 * len) == 0)
		needle_add(&p->l, name, bytes, len, 0);
}

/* Everything that canary has to say, while the host's screen is read. */
static int
listen_to_canary(struct proof *p)
{
	uint64_t until = clock_now_ms() + 2 * AU_START;
	char line[ORDER_CAP];
	size_t len = 0;

	for (;;) {
		struct pollfd fds[] = {{.fd = p->link, .events = POLLIN},
		    {.fd = p->host.out, .events = POLLIN}};
		char c;

		if (clock_now_ms() > until)
			return trouble(p, V_FAIL, "the canary does not answer");
		(void)poll(fds, 2, 100);
		suite_drain(&p->host);
		while (fds[0].revents != 0 &&
		       recv(p->link, &c, 1, MSG_DONTWAIT) == 1) {
			if (c != '\n') {
				if (len < sizeof line - 1)
					line[len++] = c;
				continue;
			}
			line[len] = '\0';
			len = 0;
			if (strcmp(line, "done") == 0)
				return 0;
			if (strncmp(line, "error", 5) == 0)
				return trouble(p, V_FAIL, line);
			take_secret(p, line);
		}
		if (fds[0].revents & POLLHUP)
			return trouble(p, V_FAIL, "the canary has ended");
	}
}

/* ---- the search ---- */

/* The last of several: it says where the first trace of all was. */
static void
merge(struct scan *all, const struct scan *one)
{
	if (all->hits == 0)
		memcpy(all->where, one->where, sizeof all->where);
	all->hits |= one->hits;
	all->in_key_memory |= one->in_key_memory;
	all->bytes += one->bytes;
	all->unreadable += one->unreadable;
}

static const char *
word(ssize_t n)
{
	return n > 0 ? "read" : strerrorname_np(errno);
}

/* A debugger's eyes; the process stands still for a moment. */
static const char *
peek(pid_t pid, uintptr_t at)
{
	const char *text;
	int status;

	if (ptrace(PTRACE_SEIZE, pid, NULL, NULL) < 0)
		return strerrorname_np(errno);
	text = "nothing";
	if (ptrace(PTRACE_INTERRUPT, pid, NULL, NULL) == 0 &&
	    waitpid(pid, &status, __WALL) == pid) {
		errno = 0;
		(void)ptrace(PTRACE_PEEKDATA, pid, (void *)at, NULL);
		text = errno != 0 ? strerrorname_np(errno) : "read";
	}
	(void)ptrace(PTRACE_DETACH, pid, NULL, NULL);
	return text;
}

static void
try_secret(struct result *r, pid_t pid, uintptr_t at)
{
	char byte[16], path[64], vm[24], mem[24];
	struct iovec here = {byte, sizeof byte};
	struct iovec there = {(void *)at, sizeof byte};
	int fd;

	snprintf(vm, sizeof vm, "%s",
	    word(process_vm_readv(pid, &here, 1, &there, 1, 0)));
	snprintf(path, sizeof path, "/proc/%d/mem", (int)pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	snprintf(mem, sizeof mem, "%s",
	    word(fd < 0 ? -1 : pread(fd, byte, sizeof byte, (off_t)at)));
	fd_close(fd);
	snprintf(r->secret, sizeof r->secret,
	    "process_vm_readv %s, /proc/PID/mem %s, PTRACE_PEEKDATA %s", vm,
	    mem, peek(pid, at));
}

/* Its own path, which the kernel puts on every stack. */
static int
finds_itself(const struct audit *a, const struct program *program, pid_t pid)
{
	char path[AU_PATH];
	struct needles own = {.len = 0};
	struct scan s = {0};
	size_t len;

	program_path(a, program, path);
	len = strlen(path);
	needle_add(&own, "path",
	    path + (len > NEEDLE_LEN ? len - NEEDLE_LEN : 0),
	    MIN(len, (size_t)NEEDLE_LEN), 1);
	return scan_memory(pid, &own, &s) == 0 && s.hits != 0;
}

static void
search_process(
    const struct audit *a, struct proof *p, struct result *r, pid_t pid)
{
	struct scan s = {0};

	if (scan_memory(pid, &p->l, &s) < 0)
		r->unreadable = 1;
	merge(&r->memory, &s);
	if (s.secret != 0)
		try_secret(r, pid, s.secret);
	r->control = (uint8_t)finds_itself(a, r->program, pid);
	memset(&s, 0, sizeof s);
	if (scan_file(pid, "environ", &p->l, &s) < 0 ||
	    scan_file(pid, "cmdline", &p->l, &s) < 0)
		r->words_unread = 1;
	merge(&r->words, &s);
	memset(&s, 0, sizeof s);
	if (scan_files(pid, &p->l, &s) < 0)
		r->files_unread = 1;
	merge(&r->files, &s);
}

static pid_t
child_named(pid_t parent, const char *name)
{
	pid_t pids[16];
	size_t n = proc_children(parent, pids, ARRAY_LEN(pids));
	char comm[32];

	for (size_t i = 0; i < n; i++) {
		if (proc_read(pids[i], "comm", comm, sizeof comm) < 0)
			continue;
		comm[strcspn(comm, "\n")] = '\0';
		if (strcmp(comm, name) == 0)
			return pids[i];
	}
	return 0;
}

static int
search_all(const struct audit *a, struct proof *p)
{
	for (size_t i = 0; i < ARRAY_LEN(looked_at); i++) {
		pid_t pid = i == 0 ? p->host.pid
				   : child_named(p->host.pid, looked_at[i]);

		p->r[i].program = program_find(looked_at[i]);
		if (pid <= 0)
			return trouble(p, V_FAIL, "a process was not there");
		search_process(a, p, &p->r[i], pid);
	}
	return 0;
}

/* ---- the end ---- */

/* Files in the folder of the session whose name is that of a dump. */
static int
count_cores(const char *dir)
{
	DIR *d = opendir(dir);
	struct dirent *e;
	int n = 0;

	while (d != NULL && (e = readdir(d)) != NULL)
		n += strstr(e->d_name, "core") != NULL;
	if (d != NULL)
		(void)closedir(d);
	return n;
}

static void
crash_crypto(struct proof *p)
{
	uint64_t until = clock_now_ms() + AU_START;
	pid_t pid = child_named(p->host.pid, CRYPTO);
	int status;

	if (pid <= 0 || kill(pid, SIGABRT) < 0)
		return;
	while (waitpid(p->host.pid, &status, WNOHANG) == 0) {
		if (clock_now_ms() > until)
			return;
		suite_drain(&p->host);
		(void)poll(NULL, 0, 2);
	}
	p->host.pid = 0;
	p->core = count_cores(p->dir);
}

static void
hang_up(struct proof *p)
{
	fd_close(p->link);
	fd_close(p->connection);
	p->link = p->connection = -1;
	if (p->canary > 0)
		while (waitpid(p->canary, NULL, 0) < 0 && errno == EINTR)
			;
	p->canary = 0;
	suite_end(&p->host);
	self_remove(p->dir);
	p->dir[0] = '\0';
}

void
canary_end(void)
{
	hang_up(&proof);
}

static int
one_session(const struct audit *a, struct proof *p, int which)
{
	char order[ORDER_CAP], secret[KEYFILE_TEXT + 1];
	unsigned port;
	int err;

	if (self_folder(p->dir) < 0)
		return trouble(p, V_FAIL, "no folder for temporary files");
	snprintf(p->key, sizeof p->key, "%s/secret.key", p->dir);
	snprintf(p->log, sizeof p->log, "%s/host.log", p->dir);
	if (make_order(p, which, order, secret) < 0 ||
	    start_host(a, p, which, secret) < 0)
		return trouble(p, V_FAIL, "no process could be started");
	err = wait_host(p, &port);
	if (err == 0 &&
	    (call_host(p, port) < 0 || start_canary(a, p, order) < 0))
		err = trouble(p, V_FAIL, "the host cannot be reached");
	if (err == 0)
		err = listen_to_canary(p);
	if (err == 0)
		err = search_all(a, p);
	if (err == 0 && which == SESSIONS - 1)
		crash_crypto(p);
	return err;
}

/* This process has every secret: a copy of it shows that they are seen. */
static void
search_copy(struct proof *p)
{
	struct scan s = {0};
	pid_t pid = idle_child(1);

	if (pid > 0 && scan_memory(pid, &p->l, &s) == 0)
		p->in_copy = s.hits;
	idle_end(pid);
}

static struct proof *
prove(const struct audit *a)
{
	struct proof *p = &proof;
	int err = 0;

	for (int which = 0; !p->done && err == 0 && which < SESSIONS; which++) {
		err = one_session(a, p, which);
		if (which == SESSIONS - 1 && err == 0)
			search_copy(p);
		hang_up(p);
	}
	p->done = 1;
	return p;
}

/* ---- findings ---- */

static uint32_t
bits_of(const struct proof *p, int text)
{
	uint32_t bits = 0;

	for (size_t i = 0; i < p->l.len; i++)
		if (p->l.n[i].is_text == text)
			bits |= 1u << i;
	return bits;
}

static size_t
count(uint32_t bits)
{
	return (size_t)__builtin_popcount(bits);
}

static void
names_of(const struct proof *p, uint32_t bits, char *out, size_t cap)
{
	out[0] = '\0';
	for (size_t i = 0; i < p->l.len; i++)
		if (bits & 1u << i)
			snprintf(out + strlen(out), cap - strlen(out), "%s%s",
			    out[0] != '\0' ? ", " : "", p->l.n[i].name);
}

/* 1 when there is nothing to judge, and it has been said. */
static int
nothing_to_judge(struct audit *a, const struct check *c, const struct proof *p)
{
	if (p->problem[0] == '\0')
		return 0;
	found(a, c, "", p->verdict, "%s", p->problem);
	return 1;
}

void
check_canary_start(struct audit *a, const struct check *c)
{
	const struct proof *p = prove(a);

	if (!nothing_to_judge(a, c, p))
		found(a, c, "", V_OK,
		    "two sessions, with a key file and with a passphrase; %zu "
		    "secrets and %zu texts are known",
		    count(bits_of(p, 0)), count(bits_of(p, 1)));
}

void
check_canary_control(struct audit *a, const struct check *c)
{
	const struct proof *p = prove(a);
	uint32_t all = bits_of(p, 0) | bits_of(p, 1);
	char missed[200];

	if (nothing_to_judge(a, c, p))
		return;
	names_of(p, all & ~p->in_copy, missed, sizeof missed);
	if (missed[0] != '\0')
		found(a, c, "", V_FAIL,
		    "in a process that has them, not "
		    "found: %s",
		    missed);
	else
		found(a, c, "", V_OK,
		    "all of them are found in a process that has them");
	for (size_t i = 0; i < ARRAY_LEN(p->r); i++)
		if (p->r[i].unreadable)
			found(a, c, p->r[i].program->name, V_NA,
			    "its memory cannot be read: the program is "
			    "installed unreadable; run this as root");
		else
			found(a, c, p->r[i].program->name,
			    p->r[i].control ? V_OK : V_FAIL,
			    "the path of its own program is %s",
			    p->r[i].control ? "found in it"
					    : "NOT found in it");
}

/* Where else than in key memory keys are. */
void
check_canary_keys(struct audit *a, const struct check *c)
{
	const struct proof *p = prove(a);
	uint32_t keys = bits_of(p, 0);

	if (nothing_to_judge(a, c, p))
		return;
	for (size_t i = 0; i < ARRAY_LEN(p->r); i++) {
		const struct result *r = &p->r[i];
		const char *name = r->program->name;
		int is_crypto = strcmp(name, CRYPTO) == 0;
		uint32_t bad = r->memory.hits & keys;
		char names[200];

		if (!is_crypto)
			bad |= r->memory.in_key_memory & keys;
		names_of(p, bad, names, sizeof names);
		if (r->unreadable)
			found(a, c, name, V_NA, "its memory cannot be read");
		else if (bad != 0)
			found(a, c, name, V_FAIL, "%s, first in %s", names,
			    r->memory.where);
		else if (r->memory.unreadable > 0)
			found(a, c, name, V_FAIL,
			    "a part of its memory cannot be read");
		else if (r->memory.in_key_memory & keys)
			found(a, c, name, V_WARN,
			    "in its locked key memory, where they belong, but "
			    "root can read that");
		else
			found(a, c, name, V_OK,
			    "none of %zu in any byte that can be read%s%s",
			    count(keys),
			    r->secret[0] != '\0' ? "; its key memory: " : "",
			    r->secret);
	}
}

void
check_canary_text(struct audit *a, const struct check *c)
{
	const struct proof *p = prove(a);
	uint32_t texts = bits_of(p, 1);

	if (nothing_to_judge(a, c, p))
		return;
	for (size_t i = 0; i < ARRAY_LEN(p->r); i++) {
		const struct result *r = &p->r[i];
		const char *name = r->program->name;
		uint32_t hits =
		    (r->memory.hits | r->memory.in_key_memory) & texts;

		if (r->unreadable)
			found(a, c, name, V_NA, "its memory cannot be read");
		else if (hits == 0)
			found(a, c, name, V_OK, "not there");
		else if (strcmp(name, FRONT) == 0)
			found(a, c, name, V_OK, "there: it shows it");
		else
			found(a, c, name, V_FAIL,
			    "there, in %s, after it was shown and confirmed",
			    r->memory.where);
	}
}

static void
judge_scan(struct audit *a, const struct check *c, const struct proof *p,
    const struct result *r, const struct scan *s, int unread, const char *none)
{
	char names[200];

	names_of(p, s->hits, names, sizeof names);
	if (unread)
		found(a, c, r->program->name, V_NA, "they cannot be read");
	else if (s->hits != 0)
		found(a, c, r->program->name, V_FAIL, "%s, in %s", names,
		    s->where);
	else
		found(a, c, r->program->name, V_OK, "%s", none);
}

void
check_canary_words(struct audit *a, const struct check *c)
{
	const struct proof *p = prove(a);

	if (nothing_to_judge(a, c, p))
		return;
	for (size_t i = 0; i < ARRAY_LEN(p->r); i++)
		judge_scan(a, c, p, &p->r[i], &p->r[i].words,
		    p->r[i].words_unread,
		    "neither in its arguments nor in its environment");
}

void
check_canary_files(struct audit *a, const struct check *c)
{
	const struct proof *p = prove(a);

	if (nothing_to_judge(a, c, p))
		return;
	for (size_t i = 0; i < ARRAY_LEN(p->r); i++)
		judge_scan(a, c, p, &p->r[i], &p->r[i].files,
		    p->r[i].files_unread, "in no file that it has open");
}

void
check_canary_core(struct audit *a, const struct check *c)
{
	const struct proof *p = prove(a);

	if (nothing_to_judge(a, c, p))
		return;
	if (p->core < 0)
		found(a, c, CRYPTO, V_FAIL, "it could not be made to crash");
	else if (p->core > 0)
		found(
		    a, c, CRYPTO, V_FAIL, "a crash left a dump in its folder");
	else
		found(a, c, CRYPTO, V_OK,
		    "it was made to crash (SIGABRT) and left no dump in its "
		    "folder");
}
