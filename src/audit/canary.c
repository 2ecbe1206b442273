/*
 * The key canary: sessions in which every secret is known.  With a key file
 * and with a passphrase the other person is secchat-canary, which tells them;
 * in an older program's format (older.c) the key file has them all.  Every byte
 * that can be read of every process of the host is searched for them.
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
#include <sys/random.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "audit.h"
#include "proof.h"
#include "secchat/fds.h"
#include "secchat/util.h"
#include "self.h"

#define NAME_CAP (AU_PATH + 32)
#define ORDER_CAP 512

/* The file that moves: a text again and again. */
#define PATTERN 64
#define PATTERNS 4000

enum {
	BY_KEY,
	BY_PASSPHRASE,
	BY_OLDER, /* an older program's format, with a key file */
	SESSIONS
};

static const char *const looked_at[LOOKED_AT] = {
    "secchat", CRYPTO, CRYPTO_LEGACY, "secchat-net", FRONT, FILES};

/* The session that is running. */
static struct running {
	char dir[AU_PATH], key[NAME_CAP], log[NAME_CAP];
	char text[41], pattern[PATTERN + 1];
	struct suite host, joiner;
	struct watch watch; /* of secchat-file */
	pid_t canary;
	int link, connection;
} now = {.link = -1, .connection = -1};

static struct proof proof = {.core = -1, .core_legacy = -1};

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
	static const char *const names[SESSIONS] = {
	    "key-file-text", "passphrase", "older-key-file-text"};

	if (random_text(secret, KEYFILE_TEXT) < 0 ||
	    random_text(now.text, sizeof now.text - 1) < 0 ||
	    random_text(now.pattern, PATTERN) < 0)
		return -ERR_SYS;
	if (which != BY_PASSPHRASE) {
		/* The last of 43 characters has two bits to spare. */
		secret[KEYFILE_TEXT - 2] = 'A';
		secret[KEYFILE_TEXT - 1] = '=';
	}
	needle_add(&p->l, names[which], secret, KEYFILE_TEXT, A_KEY);
	if (which == BY_OLDER)
		older_needles(&p->l, secret);
	else
		needle_add(&p->l, "file", now.pattern, PATTERN, A_FILE);
	needle_add(&p->l, "text", now.text, strlen(now.text), A_TEXT);
	snprintf(order, ORDER_CAP, "%s\n%s\n%s\n%s\n%d\n",
	    which == BY_KEY ? "key" : "passphrase", secret, now.text,
	    now.pattern, PATTERN * PATTERNS);
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
start_host(const struct audit *a, int which, char *secret)
{
	char fd[16], line[KEYFILE_TEXT + 2];
	int by_line = which == BY_PASSPHRASE;
	const char *argv[] = {"secchat", "host",
	    by_line ? "--passphrase-fd" : "--key", by_line ? fd : now.key,
	    "--accept-intro", "1", "--log", now.log, "127.0.0.1:0",
	    which == BY_OLDER ? "--legacy" : NULL, "fernet", NULL};
	struct suite_start how = {.program = a->secchat,
	    .argv = argv,
	    .folder = now.dir,
	    .tty = 1,
	    .owned = !a->root,
	    .pass = -1};
	int err;

	snprintf(fd, sizeof fd, "%d", SUITE_PASSED);
	snprintf(line, sizeof line, "%s\n", secret);
	if (!by_line && self_write_key(now.key, secret) < 0)
		return -ERR_SYS;
	if (by_line)
		how.pass = line_pipe(line);
	err = suite_start(&now.host, &how);
	fd_close(how.pass);
	return err;
}

/* The number behind these words in its log; 0 while they are not there. */
static unsigned
logged(const char *words)
{
	char line[512];
	unsigned number = 0;
	FILE *f = fopen(now.log, "re");

	while (f != NULL && fgets(line, sizeof line, f) != NULL) {
		const char *at = strstr(line, words);

		if (at != NULL)
			number =
			    (unsigned)strtoul(at + strlen(words), NULL, 10);
	}
	if (f != NULL)
		(void)fclose(f);
	return number;
}

static int
wait_host(struct proof *p, unsigned *port)
{
	uint64_t until = clock_now_ms() + AU_START;
	int status;

	while ((*port = logged("waiting on 127.0.0.1:")) == 0) {
		suite_drain(&now.host);
		if (waitpid(now.host.pid, &status, WNOHANG) == now.host.pid) {
			now.host.pid = 0;
			return WIFEXITED(status) &&
				       WEXITSTATUS(status) == SUITE_CANNOT
				   ? trouble(p, V_NA,
					 "this user gets no user namespace, "
					 "without which only root can read "
					 "the memory: run this as root")
				   : trouble(p, V_FAIL, "the host has ended");
		}
		audit_leave_if_asked();
		if (clock_now_ms() > until)
			return trouble(p, V_FAIL, "the host does not wait");
		(void)poll(NULL, 0, 2);
	}
	return 0;
}

/* ---- the other person ---- */

static int
call_host(unsigned port)
{
	struct sockaddr_in a = {.sin_family = AF_INET,
	    .sin_port = htons((uint16_t)port),
	    .sin_addr = {htonl(INADDR_LOOPBACK)}};

	now.connection = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	return now.connection < 0 || connect(now.connection,
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
start_canary(const struct audit *a, const char *order)
{
	int pair[2], fd = line_pipe(order);

	if (fd < 0 ||
	    socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) < 0)
		return -ERR_SYS;
	now.link = pair[0];
	now.canary = fork();
	if (now.canary == 0) {
		become_canary(a, pair[1], now.connection, fd);
		_exit(EXIT_INTERNAL);
	}
	fd_close(pair[1]);
	fd_close(fd);
	return now.canary < 0 ? -ERR_SYS : 0;
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
		needle_add(&p->l, name, bytes, len, A_KEY);
}

/* What canary has to say until this word, while the host's screen is read. */
static int
listen_to_canary(struct proof *p, const char *word)
{
	uint64_t until = clock_now_ms() + 2 * AU_START;
	char line[ORDER_CAP];
	size_t len = 0;

	for (;;) {
		struct pollfd fds[] = {{.fd = now.link, .events = POLLIN},
		    {.fd = now.host.out, .events = POLLIN}};
		char c;

		if (clock_now_ms() > until)
			return trouble(p, V_FAIL, "the canary does not answer");
		(void)poll(fds, 2, 100);
		audit_leave_if_asked();
		suite_drain(&now.host);
		while (fds[0].revents != 0 &&
		       recv(now.link, &c, 1, MSG_DONTWAIT) == 1) {
			if (c != '\n') {
				if (len < sizeof line - 1)
					line[len++] = c;
				continue;
			}
			line[len] = '\0';
			len = 0;
			if (strcmp(line, word) == 0)
				return 0;
			if (strncmp(line, "error", 5) == 0)
				return trouble(p, V_FAIL, line);
			take_secret(p, line);
		}
		if (fds[0].revents & POLLHUP)
			return trouble(p, V_FAIL, "the canary has ended");
	}
}

/* Whether this session has it: one of the two that take the secret, and
 * files, which the older formats have not got. */
static int
is_absent(const char *name, int which)
{
	if (which == BY_OLDER)
		return strcmp(name, CRYPTO) == 0 || strcmp(name, FILES) == 0;
	return strcmp(name, CRYPTO_LEGACY) == 0;
}

static int
search_all(const struct audit *a, struct proof *p, int which)
{
	for (size_t i = 0; i < ARRAY_LEN(looked_at); i++) {
		pid_t pid = i == 0
				? now.host.pid
				: proc_child_named(now.host.pid, looked_at[i]);

		if (is_absent(looked_at[i], which))
			continue;
		p->r[i].program = program_find(looked_at[i]);
		if (pid <= 0)
			return trouble(p, V_FAIL, "a process was not there");
		search_process(a, &p->l, &p->r[i], pid);
	}
	return 0;
}

/* ---- a file ---- */

static int
type(const char *command)
{
	return fd_write_all(now.host.out, command, strlen(command));
}

static int
wait_logged(const char *words)
{
	uint64_t until = clock_now_ms() + AU_START;

	while (logged(words) == 0) {
		suite_drain(&now.host);
		audit_leave_if_asked();
		if (clock_now_ms() > until)
			return -ERR_TIMEOUT;
		(void)poll(NULL, 0, 2);
	}
	return 0;
}

/* The host offers one, or accepts canary's. */
static int
agree(int which)
{
	char path[NAME_CAP];

	snprintf(path, sizeof path, "%s/sent", now.dir);
	if (which == BY_KEY)
		return self_write_file(path, now.pattern, PATTERN, PATTERNS) < 0
			   ? -ERR_SYS
			   : type("/send sent\r");
	return wait_logged("file 1: offered to us, ") < 0 ? -ERR_TIMEOUT
							  : type("/accept 1\r");
}

/* Search what was seen on the links, now that every secret is known. */
static void
search_links(struct proof *p)
{
	static const char *const names[WATCHED] = {
	    "its link with the supervisor", "its link with crypto"};
	const struct watched *seen = now.watch.seen;

	p->records += seen->records;
	if (p->unseen == 0)
		p->unseen = seen->error;
	for (int i = 0; i < WATCHED; i++) {
		struct scan s = {0};

		scan_bytes(seen->link[i].bytes, seen->link[i].len, &p->l,
		    names[i], &s);
		scan_merge(&p->link[i], &s);
	}
}

/*
 * One way in one session, the other in the other.  It moves when secchat-file
 * is watched, and everything is searched when it has arrived.
 */
static int
move_file(struct proof *p, int which)
{
	pid_t pid;
	int err;

	if (agree(which) < 0)
		return trouble(p, V_FAIL, "a file could not be offered");
	err = listen_to_canary(p, "ready");
	if (err < 0)
		return err;
	pid = proc_child_named(now.host.pid, FILES);
	if (pid <= 0 || watch_start(&now.watch, pid) < 0 ||
	    fd_write_all(now.link, "", 1) < 0)
		return trouble(p, V_FAIL, "who moves files cannot be watched");
	err = listen_to_canary(p, "done");
	if (err == 0 && wait_logged(which == BY_KEY ? "file 2: complete, "
						    : "file 1: complete, ") < 0)
		err = trouble(p, V_FAIL, "a file did not arrive");
	watch_stop(&now.watch);
	if (err == 0)
		search_links(p);
	return err;
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
crash_crypto(const char *name, int *cores)
{
	uint64_t until = clock_now_ms() + AU_START;
	pid_t pid = proc_child_named(now.host.pid, name);
	int status;

	if (pid <= 0 || kill(pid, SIGABRT) < 0)
		return;
	while (waitpid(now.host.pid, &status, WNOHANG) == 0) {
		if (clock_now_ms() > until)
			return;
		suite_drain(&now.host);
		(void)poll(NULL, 0, 2);
	}
	now.host.pid = 0;
	*cores = count_cores(now.dir);
}

void
canary_end(void)
{
	fd_close(now.link);
	fd_close(now.connection);
	now.link = now.connection = -1;
	if (now.canary > 0)
		while (waitpid(now.canary, NULL, 0) < 0 && errno == EINTR)
			;
	now.canary = 0;
	watch_free(&now.watch);
	suite_kill(&now.joiner);
	suite_kill(&now.host);
	self_remove(now.dir);
	now.dir[0] = '\0';
}

/* The text is said, and every secret of the session known. */
static int
talk(const struct audit *a, struct proof *p, int which, const char *order,
    unsigned port)
{
	const struct older o = {
	    &now.host, &now.joiner, now.dir, now.key, port, now.text};

	if (which == BY_OLDER)
		return older_talk(a, &o) < 0
			   ? trouble(p, V_FAIL,
				 "the text of the older format did not arrive")
			   : 0;
	if (call_host(port) < 0 || start_canary(a, order) < 0)
		return trouble(p, V_FAIL, "the host cannot be reached");
	return listen_to_canary(p, "said");
}

static int
one_session(const struct audit *a, struct proof *p, int which)
{
	char order[ORDER_CAP], secret[KEYFILE_TEXT + 1];
	unsigned port;
	int err;

	if (self_folder(now.dir) < 0)
		return trouble(p, V_FAIL, "no folder for temporary files");
	snprintf(now.key, sizeof now.key, "%s/secret.key", now.dir);
	snprintf(now.log, sizeof now.log, "%s/host.log", now.dir);
	if (make_order(p, which, order, secret) < 0 ||
	    start_host(a, which, secret) < 0)
		return trouble(p, V_FAIL, "no process could be started");
	err = wait_host(p, &port);
	if (err == 0)
		err = talk(a, p, which, order, port);
	if (err == 0 && which != BY_OLDER)
		err = move_file(p, which);
	if (err == 0)
		err = search_all(a, p, which);
	if (err == 0 && which == BY_PASSPHRASE)
		crash_crypto(CRYPTO, &p->core);
	if (err == 0 && which == BY_OLDER)
		crash_crypto(CRYPTO_LEGACY, &p->core_legacy);
	return err;
}

const struct proof *
canary_prove(const struct audit *a)
{
	static int done;
	struct proof *p = &proof;
	int err = 0;

	for (int which = 0; !done && err == 0 && which < SESSIONS; which++) {
		err = one_session(a, p, which);
		if (which == SESSIONS - 1 && err == 0)
			p->in_copy = search_copy(&p->l);
		canary_end();
	}
	done = 1;
	return p;
}
