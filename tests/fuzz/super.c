/*
 * The whole supervisor for the length of a chat: what captured workers may
 * tell it at any moment, what they write to their stderr, how they die, stop
 * and go on, beside a person's answers and signals.  Its processes and
 * descriptors are bookkeeping.  Whatever happens, the chat comes to an end
 * with an exit code, nobody is left behind, the terminal is as it was, and
 * nothing of what others said reaches stderr or the log but through the
 * filter.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../../src/super/internal.h"
#include "../unit/harmless.h"
#include "secchat/util.h"
#include "secchat/version.h"
#include "stage/stage.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define WRAPPED(ret, name, ...)         \
	ret __real_##name(__VA_ARGS__); \
	ret __wrap_##name(__VA_ARGS__); \
	ret __wrap_##name(__VA_ARGS__)

static struct super s;
static struct options o;

/* What the system cannot do now, as bits; the rest says why. */
static uint8_t failing;

enum {
	FAIL_SPAWN = 1,
	FAIL_PIPE = 2,
	FAIL_PAIR = 4,
	FAIL_OPEN = 8,
	FAIL_STAT = 16
};

static int
fails(uint8_t what)
{
	static const int errors[] = {
	    ENOENT, EACCES, EPERM, ENOTDIR, EMFILE, ENFILE, EIO, ELOOP};

	if (!(failing & what))
		return 0;
	errno = errors[failing >> 5];
	return 1;
}

/* ---- processes ---- */

enum {
	PIDS = 64,
	FIRST_PID = 1000
};

static struct process {
	int alive;
	int changed; /* status is to be told */
	int held;    /* by a debugger, which does not let us know */
	int status;
} process[PIDS];
static int processes, everybody_dies;

static struct process *
process_at(pid_t pid)
{
	if (pid < FIRST_PID || pid >= FIRST_PID + processes)
		stage_broken("process %d, which is none of ours", (int)pid);
	return &process[pid - FIRST_PID];
}

/* A death is told instead of what came before it. */
static void
change(struct process *p, int status)
{
	int ended = !WIFSTOPPED(p->status) && !WIFCONTINUED(p->status);

	if (!p->alive || (p->changed && ended))
		return;
	p->changed = 1;
	p->status = status;
}

pid_t __wrap_spawn(const struct spawn *sp);

pid_t
__wrap_spawn(const struct spawn *sp)
{
	(void)sp;
	if (processes == PIDS || fails(FAIL_SPAWN)) {
		errno = EAGAIN;
		return -ERR_SYS;
	}
	memset(&process[processes], 0, sizeof process[0]);
	process[processes].alive = 1;
	if (everybody_dies)
		change(&process[processes], 0);
	return FIRST_PID + processes++;
}

WRAPPED(pid_t, waitpid, pid_t pid, int *status, int flags)
{
	struct process *p;

	if (!stage.on)
		return __real_waitpid(pid, status, flags);
	p = process_at(pid);
	if (!p->changed && !(flags & WNOHANG))
		change(p, SIGKILL);
	if (!p->changed || p->held)
		return 0;
	p->changed = 0;
	*status = p->status;
	p->alive = WIFSTOPPED(p->status) || WIFCONTINUED(p->status);
	return pid;
}

/* One or two of them, which are read together. */
static void
signals_come(uint8_t sig, uint8_t other)
{
	static uint8_t bytes[64][64][2];
	struct prop *p = stage_at(s.signals);
	uint8_t *b = bytes[sig % 64][other % 64];
	size_t n = other != 0 ? 2 : 1;

	if (p == NULL || p->count == STAGE_QUEUE)
		return;
	b[0] = sig;
	b[1] = other;
	p->in[(p->first + p->count++) % STAGE_QUEUE] =
	    (struct stage_piece){.p = b, .n = n, .len = n};
}

static void
signal_comes(uint8_t sig)
{
	signals_come(sig, 0);
}

static int has_shell, background;

WRAPPED(int, kill, pid_t pid, int sig)
{
	if (!stage.on)
		return __real_kill(pid, sig);
	if (pid == 0) {
		/* In the background for a while, then at the terminal again. */
		if (has_shell)
			signal_comes(SIGCONT);
		if (has_shell > 1 && background++ > 2)
			has_shell = 1;
		return 0;
	}
	if (sig != SIGKILL)
		stage_broken("signal %d to process %d", sig, (int)pid);
	change(process_at(pid), SIGKILL);
	return 0;
}

/* ---- descriptors ---- */

static int
two(int fd[2], enum prop_kind kind)
{
	struct prop *a = stage_prop(-1, kind);
	struct prop *b = a == NULL ? NULL : stage_prop(-1, kind);

	if (b == NULL) {
		if (a != NULL)
			a->kind = PROP_NONE;
		errno = EMFILE;
		return -1;
	}
	fd[0] = a->fd;
	fd[1] = b->fd;
	return 0;
}

WRAPPED(int, pipe2, int fd[2], int flags)
{
	if (stage.on && fails(FAIL_PIPE))
		return -1;
	return stage.on ? two(fd, PROP_STREAM) : __real_pipe2(fd, flags);
}

WRAPPED(int, socketpair, int family, int type, int protocol, int fd[2])
{
	if (stage.on && fails(FAIL_PAIR))
		return -1;
	return stage.on ? two(fd, PROP_STREAM)
			: __real_socketpair(family, type, protocol, fd);
}

/* Now it is known whose end it is. */
void __real_ipc_init(struct ipc_link *l, int fd, enum ipc_link_id id,
    uint8_t self, void *queue, size_t cap);
void __wrap_ipc_init(struct ipc_link *l, int fd, enum ipc_link_id id,
    uint8_t self, void *queue, size_t cap);

void
__wrap_ipc_init(struct ipc_link *l, int fd, enum ipc_link_id id, uint8_t self,
    void *queue, size_t cap)
{
	struct prop *p = stage_at(fd);
	uint8_t a, b;

	ipc_link_ends(id, &a, &b);
	p->kind = PROP_LINK;
	p->link = id;
	p->from = a == self ? b : a;
	__real_ipc_init(l, fd, id, self, queue, cap);
}

WRAPPED(off_t, lseek, int fd, off_t at, int whence)
{
	return stage.on ? 0 : __real_lseek(fd, at, whence);
}

WRAPPED(pid_t, tcgetpgrp, int fd)
{
	(void)__real_tcgetpgrp;
	(void)fd;
	return has_shell > 1 ? 1 : s.group;
}

/* ---- files ---- */

static int disk_full, short_names;

/* Not the file that holds a key: on another disk, or beside it. */
static uint8_t other_file;

/* The folder for files has so much room. */
static uint64_t room = UINT64_MAX;

WRAPPED(int, statfs, const char *path, struct statfs *st)
{
	if (!stage.on)
		return __real_statfs(path, st);
	memset(st, 0, sizeof *st);
	st->f_bsize = 1;
	st->f_blocks = st->f_bfree = st->f_bavail = room;
	errno = EACCES;
	return room == UINT64_MAX ? -1 : 0;
}

WRAPPED(int, accepted_open, char path[PATH_CAP], int make)
{
	(void)__real_accepted_open;
	(void)make;
	path[0] = '\0';
	return -1;
}

WRAPPED(int, people_load, const struct store *st, struct people *l,
    struct people_wrong *w)
{
	(void)__real_people_load;
	(void)st, (void)l;
	snprintf(w->what, sizeof w->what, "it cannot be read");
	return disk_full > 1 ? -ERR_CONFIG : 0;
}

WRAPPED(int, people_update, const struct store *st, struct people *l,
    people_change *fn, void *ctx, struct people_wrong *w)
{
	int err = fn(l, ctx);

	(void)__real_people_update;
	(void)st;
	snprintf(w->what, sizeof w->what, "the disk is full");
	return err < 0 ? err : disk_full ? -ERR_CONFIG : 0;
}

/* What is behind every path: a file, no file, nothing at all. */
static uint8_t behind;

static int
look(struct stat *st)
{
	memset(st, 0, sizeof *st);
	st->st_mode = behind & 1 ? S_IFDIR : S_IFREG;
	st->st_size = behind & 4 ? 1000000 : 0;
	st->st_dev = other_file & 1;
	st->st_ino = other_file >> 1;
	errno = ENOENT;
	return fails(FAIL_STAT) || behind & 2 ? -1 : 0;
}

WRAPPED(int, stat, const char *path, struct stat *st)
{
	return stage.on ? look(st) : __real_stat(path, st);
}

WRAPPED(int, fstat, int fd, struct stat *st)
{
	/* A file that has become another one since it was looked at. */
	if (stage.on && behind & 8)
		behind = 1;
	return stage.on ? look(st) : __real_fstat(fd, st);
}

int __real_open(const char *path, int flags, ...);
int __wrap_open(const char *path, int flags, ...);

int
__wrap_open(const char *path, int flags, ...)
{
	struct prop *p;

	if (!stage.on)
		return __real_open(path, flags, 0);
	if (fails(FAIL_OPEN))
		return -1;
	p = stage_prop(-1, PROP_STREAM);
	errno = EMFILE;
	return p == NULL ? -1 : p->fd;
}

WRAPPED(int, files_temp_make, struct super *sup, struct transfer *t)
{
	struct prop *p = disk_full ? NULL : stage_prop(-1, PROP_STREAM);

	(void)__real_files_temp_make;
	(void)sup;
	errno = ENOSPC;
	if (p == NULL)
		return -ERR_SYS;
	t->fd = p->fd;
	snprintf(t->temp, sizeof t->temp, ".secchat-0.part");
	return 0;
}

WRAPPED(void, files_temp_remove, struct transfer *t)
{
	(void)__real_files_temp_remove;
	fd_close(t->fd);
	t->fd = -1;
	t->temp[0] = '\0';
}

WRAPPED(void, files_target, struct super *sup, struct transfer *t)
{
	(void)__real_files_target;
	(void)sup;
	snprintf(t->path, sizeof t->path, "/downloads/%s", t->name);
}

WRAPPED(int, files_temp_keep, struct super *sup, struct transfer *t)
{
	(void)__real_files_temp_keep;
	if (t->temp[0] == '\0')
		stage_broken("nothing is kept");
	errno = ENOSPC;
	if (disk_full)
		return -ERR_SYS;
	if (short_names)
		file_name_plain(t->name);
	__wrap_files_temp_remove(t);
	__wrap_files_target(sup, t);
	return 0;
}

/* ---- what is said ---- */

/* A line of the log or of stderr, in as many pieces as it took. */
static struct words {
	char text[8192];
	size_t len;
} words[2];

static void
on_words(struct prop *p, unsigned type, const uint8_t *b, size_t n)
{
	struct words *w = &words[p->fd == 2];

	(void)type;
	for (size_t i = 0; i < n; i++) {
		if (b[i] != '\n' && w->len < sizeof w->text) {
			w->text[w->len++] = (char)b[i];
			continue;
		}
		if (!is_harmless(w->text, w->len))
			stage_broken("said: %.*s", (int)w->len, w->text);
		stage_tell(w->text, w->len);
		w->len = 0;
	}
}

/* ---- acts ---- */

static void
one_dies(uint8_t how, uint8_t b)
{
	/* The last has no name: a real-time signal. */
	static const uint8_t signals[] = {
	    SIGKILL, SIGSEGV, SIGSYS, SIGABRT, SIGSTOP, 40};
	enum proc_id id = (enum proc_id)(b % PROC_COUNT);
	int sig = signals[b / PROC_COUNT % ARRAY_LEN(signals)];

	if (s.w[id].pid == 0)
		return;
	if (how == 0)
		change(process_at(s.w[id].pid), sig);
	else if (how == 1)
		change(process_at(s.w[id].pid), b / PROC_COUNT << 8);
	else if (how == 2)
		change(process_at(s.w[id].pid), sig << 8 | 0x7f);
	else
		change(process_at(s.w[id].pid), 0xffff);
	signal_comes(SIGCHLD);
}

/* As many people as can be remembered, with names as long as can be. */
static void
know_everybody(void)
{
	uint8_t key[32] = {8};
	char name[NAME_MAX_LOCAL + 1];

	for (uint8_t i = 0; s.people.n < PEERS_MAX; i++) {
		key[1] = i;
		snprintf(name, sizeof name, "%064u", i);
		if (people_add(&s.people, key, name, "", stage.utc) < 0)
			break;
	}
}

/* What else may be different from the beginning, or become so. */
static void
be_other(uint8_t what, uint8_t b)
{
	static const uint8_t other[32] = {9};

	switch (what) {
	case 12:
		failing = b;
		break;
	case 13:
		if (b & 1)
			s.people.n = 0;
		if (b & 2)
			(void)people_add(
			    &s.people, other, "carol", "", stage.utc);
		if (b & 4 && s.people.n > 0)
			snprintf(s.people.p[0].addr, sizeof s.people.p[0].addr,
			    "host.example:5000");
		if (b & 8)
			know_everybody();
		if (b & 16 && s.people.n > 0)
			s.people.p[0].verified = 1;
		break;
	case 14:
		o.no_prices = b & 1;
		snprintf(o.prices_host, sizeof o.prices_host, "%s",
		    b & 2 ? "prices.example" : "");
		o.prices_port = 8443;
		snprintf(o.prices_key, sizeof o.prices_key, "%s",
		    b & 4 ? "key" : "");
		o.crypto_worker = b & 8 ? "/other/worker" : NULL;
		o.accept_new = b >> 4 & 1;
		s.ca = b & 32 ? s.null : -1;
		s.files.secrets_len = b >> 6 & 1;
		break;
	default:
		o.code_fd = b & 1 ? s.null : -1;
		o.passphrase_fd = b & 2 ? s.null : -1;
		s.files.next = b & 4 ? UINT32_MAX - 1 - (o.role == PEER_HOST)
				     : s.files.next;
		short_names = b >> 3 & 1;
		snprintf(s.files.folder, sizeof s.files.folder, "%s",
		    b & 16 ? "/downloads" : "");
		room = b & 32 ? 100 : b & 64 ? 123456789 : UINT64_MAX;
		other_file = b >> 6;
		break;
	}
}

static void
act(uint8_t what, struct reader *r)
{
	static const uint8_t signals[] = {
	    SIGINT, SIGTERM, SIGHUP, SIGTSTP, SIGCONT};
	size_t n = ARRAY_LEN(signals);
	uint8_t b = get_u8(r), from;
	struct worker *w = &s.w[b % PROC_COUNT];
	struct prop *p = stage_at(what & 8 ? w->err : w->link.fd);
	struct prop nobody = {.kind = what & 8 ? PROP_STREAM : PROP_LINK};
	static const enum ipc_link_id links[PROC_COUNT] = {
	    [PROC_CRYPTO] = LINK_SUPER_CRYPTO,
	    [PROC_NET] = LINK_SUPER_NET,
	    [PROC_DIAL] = LINK_SUPER_DIAL,
	    [PROC_TTY] = LINK_SUPER_UI,
	    [PROC_SCRIPT] = LINK_SUPER_UI,
	    [PROC_PRICE_DIAL] = LINK_SUPER_DIAL,
	    [PROC_PRICE] = LINK_SUPER_PRICE,
	    [PROC_FILE] = LINK_SUPER_FILE,
	};

	nobody.link = links[b % PROC_COUNT];
	ipc_link_ends(nobody.link, &from, &nobody.from);

	if (what == 22) {
		if (w->pid != 0)
			process_at(w->pid)->held = b < PROC_COUNT;
		return;
	}
	if (what == 23) {
		signals_come(signals[b % n], signals[b / n % n]);
		return;
	}
	/* The same as at any prop, at one that is easily found; where nobody
	 * is, what they would have said. */
	if (what >= 16) {
		stage_act(p != NULL ? p : &nobody, what & 7, r);
		nobody.count = 0;
		return;
	}
	if (what >= 12) {
		be_other(what, b);
		return;
	}
	switch (what % 6) {
	case 4:
		if (signals[b % n] == SIGCONT)
			stopped_on_sigcont();
		signal_comes(signals[b % n]);
		break;
	case 5:
		has_shell = b & 3;
		disk_full = b >> 2 & 3;
		behind = b >> 4;
		break;
	default:
		one_dies(what % 6, b);
		break;
	}
}

static void
over(void)
{
	everybody_dies = 1;
	for (int i = 0; i < processes; i++)
		change(&process[i], 0);
}

/* ---- the command line ---- */

static int no_terminal;

static void
choose_options(struct reader *r)
{
	static const struct {
		uint8_t mode, source;
	} rows[] = {{MODE_PASS, SECRET_CODE}, {MODE_PASS, SECRET_MAKE_CODE},
	    {MODE_PASS, SECRET_PASSPHRASE}, {MODE_KEY, SECRET_KEYFILE},
	    {MODE_ID, SECRET_NONE}, {MODE_PAIR, SECRET_CODE},
	    {MODE_FERNET, SECRET_KEYFILE}, {MODE_GCM, SECRET_PASSPHRASE}};
	uint8_t b = get_u8(r), more = get_u8(r), row = more % ARRAY_LEN(rows);

	memset(&o, 0, sizeof o);
	o.passphrase_fd = o.code_fd = -1;
	o.role = b & 1;
	o.json = b >> 1 & 1;
	o.verbose = b >> 2 & 1;
	o.keep = b >> 3 & 1;
	o.wait = b >> 4 & 1;
	o.wait_ms = b >> 5 & 1 ? 30000 : 0;
	o.prices = b >> 6 & 1;
	o.accept_intro = b >> 7 & 1 ? SECCHAT_INTRO : 0;
	snprintf(o.host, sizeof o.host, "%s",
	    o.role      ? ""
	    : more & 32 ? "2001:db8::1"
			: "host.example");
	o.crypto_worker = more & 16 ? "/other/worker" : NULL;
	o.accept_new = more >> 6 & 1;
	no_terminal = more >> 3 & 1;
	o.port = 5000;
	s.mode = rows[row].mode;
	s.source = rows[row].source;
	o.id = s.mode == MODE_ID || s.mode == MODE_PAIR;
	o.pair = s.mode == MODE_PAIR;
	o.legacy = s.mode > MODE_PAIR ? s.mode : 0;
	b = get_u8(r);
	o.pq = b & 1;
	o.quiet = b >> 1 & 1;
	o.name = b & 4 ? "bob" : NULL;
	o.proxy = b & 8 ? PROXY_TCP : b & 16 ? PROXY_UNIX : PROXY_NONE;
	snprintf(o.proxy_host, sizeof o.proxy_host, "/proxy");
	s.ui = b & 32 && !o.json ? PROC_TTY : PROC_SCRIPT;
	s.plain = b >> 6 & 1;
	s.interactive = b >> 7 & 1;
}

static uint32_t
chance(uint32_t below)
{
	return below - 1;
}

static void
prepare(void)
{
	static const uint8_t pk[32] = {1};

	run_init(&s, &o);
	fatal_hook(NULL);
	snprintf(s.dir, sizeof s.dir, "/nowhere");
	s.null = stage_prop(10, PROP_STREAM)->fd;
	s.signals = stage_prop(11, PROP_STREAM)->fd;
	stage_at(s.signals)->stays = 1;
	stage_at(s.null)->stays = 1;
	s.term = stage_prop(12, PROP_STREAM)->fd;
	if (no_terminal)
		s.term = -1;
	s.log = stage_prop(13, PROP_STREAM)->fd;
	stage_at(s.log)->took = on_words;
	stage_prop(2, PROP_STREAM)->took = on_words;
	s.group = 77;
	term_save(&s);
	s.utf8 = 1;
	prices_init(&s.prices, 0, chance);
	files_reset(&s);
	if (o.id) {
		s.store.dir = 99;
		(void)people_add(&s.people, pk, "bob", "", stage.utc);
	}
}

/* As super_run does, but three at most. */
static void
chats(void)
{
	for (int i = 0; i < 3; i++) {
		chat_run(&s);
		chat_end(&s);
		if (s.v.exit < 0 || !s.v.over)
			stage_broken("no exit code");
		if (!run_again(&s))
			return;
	}
}

static void
check_end(void)
{
	for (int i = 0; i < processes; i++)
		if (process[i].alive && !process[i].changed)
			stage_broken("process %d is left", FIRST_PID + i);
	if (s.term_touched)
		stage_broken("the terminal is not as it was");
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	processes = everybody_dies = has_shell = background = failing = 0;
	disk_full = short_names = 0;
	behind = other_file = 0;
	room = UINT64_MAX;
	memset(&s, 0, sizeof s);
	words[0].len = words[1].len = 0;
	stage_begin(data, size);
	stage.self = "supervisor";
	stage.act = act;
	stage.over = over;
	choose_options(&stage.r);
	stage.on = 1;
	prepare();
	if (stage_enter()) {
		chats();
	} else if (stage_enter()) {
		/* What fatal() does last. */
		worker_stop_all(&s);
		term_restore(&s);
	}
	check_end();
	stage_leave();
	return 0;
}
