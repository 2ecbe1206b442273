/*
 * users: root nobody
 *
 * The supervisor's part in moving files, with the test in the places of the
 * front end, of crypto and of secchat-file: who is told what, what is on the
 * disk when, and that nothing stays behind.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "../../src/super/internal.h"
#include "check.h"
#include "secchat/util.h"

static struct super s;
static struct options o;
static char top[] = "/tmp/files_super.XXXXXX", work[64];

/* Our ends of the supervisor's links. */
static struct ipc_link crypto, front, file;
static uint8_t queues[3][16384], record[IPC_RECORD_MAX + 1];

/* ---- the three others ---- */

static void
join_up(enum proc_id id, enum ipc_link_id link, uint8_t role,
    struct ipc_link *theirs, uint8_t *queue)
{
	struct worker *w = &s.w[id];
	int pair[2];

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK | SOCK_CLOEXEC,
		0, pair) < 0)
		abort();
	ipc_init(
	    &w->link, pair[0], link, ROLE_SUPER, w->queue, sizeof w->queue);
	ipc_init(theirs, pair[1], link, role, queue, sizeof queues[0]);
	w->pid = getpid();
	w->state = id == PROC_CRYPTO ? WS_SERVING : WS_READY;
}

/* A chat that goes on; a joiner's numbers are odd. */
static void
begin(void)
{
	memset(&s, 0, sizeof s);
	memset(&o, 0, sizeof o);
	o.role = PEER_JOINER;
	o.download_dir = work;
	run_init(&s, &o);
	fatal_hook(NULL);
	CHECK(files_prepare(&s) == 0);
	s.ui = PROC_SCRIPT;
	s.connected = s.front_told = 1;
	s.caps = CAP_FILES;
	join_up(
	    PROC_CRYPTO, LINK_SUPER_CRYPTO, ROLE_CRYPTO, &crypto, queues[0]);
	join_up(PROC_SCRIPT, LINK_SUPER_UI, ROLE_UI, &front, queues[1]);
	join_up(PROC_FILE, LINK_SUPER_FILE, ROLE_FILE, &file, queues[2]);
}

static void
over(void)
{
	files_end(&s);
	for (size_t i = 0; i < PROC_COUNT; i++) {
		fd_close(s.w[i].link.fd);
		s.w[i].link.fd = -1;
		s.w[i].pid = 0;
	}
	close(crypto.fd);
	close(front.fd);
	close(file.fd);
}

static void
turn(void)
{
	messages_take(&s, PROC_CRYPTO);
	messages_take(&s, PROC_SCRIPT);
	messages_take(&s, PROC_FILE);
	files_turn(&s);
}

static void
say_id(struct ipc_link *l, unsigned type, uint32_t fid)
{
	uint8_t body[4];
	struct writer w;

	writer_init(&w, body, sizeof body);
	put_u32(&w, fid);
	ipc_send(l, type, body, w.len);
	turn();
}

static void
say_send(uint32_t ask, const char *path)
{
	uint8_t body[4 + FILE_PATH_MAX];
	struct writer w;

	writer_init(&w, body, sizeof body);
	put_u32(&w, ask);
	put_bytes(&w, path, strlen(path));
	ipc_send(&front, IPC_UI_FILE_SEND, body, w.len);
	turn();
}

static void
say_accept(uint32_t fid, const char *as)
{
	uint8_t body[4 + 255];
	struct writer w;

	writer_init(&w, body, sizeof body);
	put_u32(&w, fid);
	put_bytes(&w, as, strlen(as));
	ipc_send(&front, IPC_UI_FILE_ACCEPT, body, w.len);
	turn();
}

static void
say_stop(uint32_t fid, uint8_t why)
{
	uint8_t body[5];
	struct writer w;

	writer_init(&w, body, sizeof body);
	put_u32(&w, fid);
	put_u8(&w, why);
	ipc_send(&front, IPC_UI_FILE_STOP, body, w.len);
	turn();
}

static void
say_offered(uint32_t fid, uint64_t size, const char *name)
{
	uint8_t body[13 + 255];
	struct writer w;

	writer_init(&w, body, sizeof body);
	put_u32(&w, fid);
	put_u64(&w, size);
	put_str8(&w, name);
	ipc_send(&crypto, IPC_FILE_OFFERED, body, w.len);
	turn();
}

static void
say_state(uint32_t fid, uint8_t state, uint8_t why, uint64_t done)
{
	uint8_t body[14];
	struct writer w;

	writer_init(&w, body, sizeof body);
	put_u32(&w, fid);
	put_u8(&w, state);
	put_u8(&w, why);
	put_u64(&w, done);
	ipc_send(&crypto, IPC_FILE_STATE, body, w.len);
	turn();
}

static void
say_failed(uint32_t fid, uint8_t why, uint32_t error)
{
	uint8_t body[9];
	struct writer w;

	writer_init(&w, body, sizeof body);
	put_u32(&w, fid);
	put_u8(&w, why);
	put_u32(&w, error);
	ipc_send(&file, IPC_FILE_FAILED, body, w.len);
	turn();
}

/* ---- what they are told ---- */

/* The next message of a link has this type; its body in *r. */
static int
next(struct ipc_link *l, unsigned type, struct reader *r, int *fd)
{
	struct ipc_msg m;
	int got = ipc_recv_fd(l, record, sizeof record, &m);

	if (got == 1)
		reader_init(r, m.body, m.len);
	*fd = got == 1 ? m.fd : -1;
	if (got == 1 && m.type != type)
		printf("type %u instead of %u\n", m.type, type);
	return got == 1 && m.type == type;
}

static int
quiet(struct ipc_link *l)
{
	struct ipc_msg m;

	return ipc_recv_fd(l, record, sizeof record, &m) == 0;
}

/* A message that is a number and no more than that, or a number and a byte. */
static int
told(struct ipc_link *l, unsigned type, uint32_t fid, int why)
{
	struct reader r;
	int fd;

	return next(l, type, &r, &fd) && get_u32(&r) == fid &&
	       (why < 0 || get_u8(&r) == why) && reader_end(&r) == 0;
}

/* FILE_READ or FILE_WRITE: the descriptor, or -1. */
static int
given(unsigned type, uint32_t fid, uint64_t size)
{
	struct reader r;
	int fd;

	if (!next(&file, type, &r, &fd))
		return -1;
	CHECK(get_u32(&r) == fid && get_u64(&r) == size);
	return fd;
}

static int
offered(uint32_t fid, uint64_t size, const char *name)
{
	struct reader r;
	char got[256];
	int fd, ok;

	if (!next(&crypto, IPC_FILE_OFFER, &r, &fd))
		return 0;
	ok = get_u32(&r) == fid && get_u64(&r) == size;
	get_str8(&r, got, sizeof got);
	return ok && reader_end(&r) == 0 && strcmp(got, name) == 0;
}

struct shown {
	uint32_t fid, ask, left;
	uint8_t ours, state, why;
	uint64_t size, done, rate;
	char name[256], words[256], path[FILE_PATH_MAX + 1];
};

static struct shown
shown(void)
{
	struct shown u = {0};
	struct reader r;
	const uint8_t *path;
	size_t len;
	int fd;

	if (!CHECK(next(&front, IPC_UI_FILE, &r, &fd)))
		return u;
	u.fid = get_u32(&r);
	u.ask = get_u32(&r);
	u.ours = get_u8(&r);
	u.state = get_u8(&r);
	u.why = get_u8(&r);
	u.size = get_u64(&r);
	u.done = get_u64(&r);
	u.rate = get_u64(&r);
	u.left = get_u32(&r);
	get_str8(&r, u.name, sizeof u.name);
	get_str8(&r, u.words, sizeof u.words);
	path = get_rest(&r, &len);
	CHECK(path != NULL);
	if (path != NULL)
		memcpy(u.path, path, len);
	return u;
}

static int
is_shown(uint32_t fid, uint8_t state, uint8_t why)
{
	struct shown u = shown();

	if (u.fid == fid && u.state == state && u.why == why)
		return 1;
	printf(
	    "file %u, state %u, why %u: %s\n", u.fid, u.state, u.why, u.words);
	return 0;
}

/* ---- the disk ---- */

static const char *
path_of(const char *name)
{
	static char path[4][256];
	static unsigned at;

	at = (at + 1) % 4;
	snprintf(path[at], sizeof path[at], "%s/%s", top, name);
	return path[at];
}

static void
make(const char *name, const char *text)
{
	int fd = open(path_of(name), O_WRONLY | O_CREAT | O_TRUNC, 0600);

	if (fd < 0 || write(fd, text, strlen(text)) < 0)
		abort();
	close(fd);
}

/* What a file of the folder for received ones holds, or NULL. */
static const char *
holds(const char *name)
{
	static char text[64];
	char path[256];
	struct stat st;
	ssize_t n;
	int fd;

	snprintf(path, sizeof path, "%s/%s", work, name);
	fd = open(path, O_RDONLY);
	if (fd < 0)
		return NULL;
	CHECK(fstat(fd, &st) == 0 && (st.st_mode & 0777) == 0600);
	n = read(fd, text, sizeof text - 1);
	close(fd);
	text[n > 0 ? n : 0] = '\0';
	return text;
}

/* How many files there are in it. */
static int
count(void)
{
	DIR *d = opendir(work);
	struct dirent *e;
	int n = 0;

	while (d != NULL && (e = readdir(d)) != NULL)
		n +=
		    strcmp(e->d_name, ".") != 0 && strcmp(e->d_name, "..") != 0;
	if (d != NULL)
		closedir(d);
	return n;
}

static void
empty(void)
{
	DIR *d = opendir(work);
	struct dirent *e;

	while (d != NULL && (e = readdir(d)) != NULL)
		(void)unlinkat(dirfd(d), e->d_name, 0);
	if (d != NULL)
		closedir(d);
}

/* ---- sending ---- */

/* Up to the offer. */
static void
send_one(uint32_t fid, const char *name, uint64_t size)
{
	struct shown u;
	int fd;

	say_send(7, path_of(name));
	fd = given(IPC_FILE_READ, fid, size);
	CHECK(fd >= 0 && (fcntl(fd, F_GETFL) & O_ACCMODE) == O_RDONLY);
	close(fd);
	CHECK(quiet(&crypto) && quiet(&front));
	say_id(&file, IPC_FILE_HAVE, fid);
	CHECK(offered(fid, size, name));
	u = shown();
	CHECK(u.fid == fid && u.ask == 7 && u.ours == 1 &&
	      u.state == FILE_OFFERED && u.why == 0 && u.size == size &&
	      u.left == UINT32_MAX && strcmp(u.name, name) == 0 &&
	      strcmp(u.path, path_of(name)) == 0);
}

static void
test_sending(void)
{
	struct shown u;

	begin();
	make("a.txt", "hello");
	send_one(1, "a.txt", 5);
	say_state(1, FILE_ACCEPTED, 0, 0);
	CHECK(is_shown(1, FILE_ACCEPTED, 0));
	say_state(1, FILE_MOVING, 0, 3);
	CHECK(shown().done == 3);
	say_state(1, FILE_PAUSED, 0, 3);
	CHECK(is_shown(1, FILE_PAUSED, 0));
	say_state(1, FILE_MOVING, 0, 4);
	CHECK(is_shown(1, FILE_MOVING, 0));
	say_state(1, FILE_DONE, 0, 5);
	CHECK(is_shown(1, FILE_DONE, 0));
	CHECK(told(&file, IPC_FILE_DROP, 1, -1));
	/* What crossed with the end. */
	say_state(1, FILE_STOPPED, FILE_WHY_CANCELLED, 0);
	say_failed(1, FILE_WHY_READ, EIO);
	say_id(&file, IPC_FILE_HAVE, 1);
	CHECK(quiet(&front) && quiet(&crypto) && quiet(&file));
	/* The next number, and every way that it can end. */
	send_one(3, "a.txt", 5);
	say_state(3, FILE_STOPPED, FILE_WHY_DECLINED, 0);
	CHECK(is_shown(3, FILE_STOPPED, FILE_WHY_DECLINED));
	CHECK(told(&file, IPC_FILE_DROP, 3, -1) && quiet(&crypto));
	CHECK(s.files.failed == 0);
	send_one(5, "a.txt", 5);
	say_stop(5, FILE_WHY_CANCELLED);
	CHECK(told(&crypto, IPC_FILE_STOP, 5, FILE_WHY_CANCELLED));
	CHECK(told(&file, IPC_FILE_DROP, 5, -1));
	CHECK(is_shown(5, FILE_STOPPED, FILE_WHY_CANCELLED));
	send_one(7, "a.txt", 5);
	say_state(7, FILE_ACCEPTED, 0, 0);
	CHECK(is_shown(7, FILE_ACCEPTED, 0) && s.files.failed == 0);
	say_failed(7, FILE_WHY_CHANGED, 0);
	CHECK(told(&crypto, IPC_FILE_STOP, 7, FILE_WHY_CHANGED));
	CHECK(is_shown(7, FILE_STOPPED, FILE_WHY_CHANGED));
	CHECK(quiet(&file) && s.files.failed == 1);
	CHECK(strstr(files_failed_next(&s), "kept. Send it again") != NULL);
	/* Before anybody was told its number. */
	say_send(9, path_of("a.txt"));
	close(given(IPC_FILE_READ, 9, 5));
	say_failed(9, FILE_WHY_READ, EIO);
	CHECK(is_shown(0, FILE_STOPPED, FILE_WHY_READ));
	CHECK(quiet(&crypto) && quiet(&file));
	say_send(9, path_of("a.txt"));
	close(given(IPC_FILE_READ, 11, 5));
	say_failed(11, FILE_WHY_CHANGED, 0);
	u = shown();
	CHECK(u.fid == 0 && u.why == FILE_WHY_CHANGED &&
	      strstr(u.words, "than its size says, or is being") != NULL);
	CHECK(quiet(&crypto) && quiet(&file));
	say_send(9, path_of("a.txt"));
	close(given(IPC_FILE_READ, 13, 5));
	say_stop(0, FILE_WHY_CANCELLED);
	CHECK(is_shown(0, FILE_STOPPED, FILE_WHY_CANCELLED));
	CHECK(told(&file, IPC_FILE_DROP, 13, -1) && quiet(&crypto));
	over();
}

static void
make_socket(const char *path)
{
	struct sockaddr_un a = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	snprintf(a.sun_path, sizeof a.sun_path, "%s", path);
	if (fd < 0 || bind(fd, (struct sockaddr *)&a, sizeof a) < 0)
		abort();
	close(fd);
}

static void
refused(const char *path, const char *word)
{
	struct shown u;

	say_send(8, path);
	u = shown();
	if (!CHECK(u.fid == 0 && u.ask == 8 && u.ours == 1 &&
		   u.state == FILE_STOPPED && u.why == FILE_WHY_PATH &&
		   strstr(u.words, word) != NULL))
		printf("%s: %s\n", path, u.words);
	CHECK(quiet(&file) && quiet(&crypto));
}

/* What is no file, and what must not leave. */
static void
test_paths(void)
{
	char home[] = "HOME", *saved = getenv(home);
	char long_path[FILE_PATH_MAX + 1];
	struct shown u;

	make("key", "a key");
	s.key = open(path_of("key"), O_RDONLY);
	begin();
	s.key = open(path_of("key"), O_RDONLY);
	CHECK(files_prepare(&s) == 0);
	(void)mkfifo(path_of("fifo"), 0600);
	make_socket(path_of("sock"));
	make("b", "bb");
	CHECK(symlink("b", path_of("link")) == 0);
	CHECK(symlink("key", path_of("keylink")) == 0);
	CHECK(symlink("loop", path_of("loop")) == 0);
	refused(top, "directory; pack it (tar czf");
	refused("/", "directory");
	refused(path_of("fifo"), "to a file and send that");
	refused(path_of("sock"), "socket");
	refused("/dev/null", "device");
	refused(path_of("nothing"), "no such file; ls shows");
	refused("nothing", "; a path elsewhere begins with / or ~/");
	refused(path_of("b/c"), "not a directory");
	refused(path_of("loop"), "symbolic links");
	refused(path_of("key"), "key");
	refused(path_of("keylink"), "key");
	memset(long_path, 'x', FILE_PATH_MAX);
	long_path[FILE_PATH_MAX] = '\0';
	refused(long_path, "too long");
	if (geteuid() != 0) {
		CHECK(chmod(path_of("b"), 0) == 0);
		refused(path_of("b"), "permission");
		CHECK(chmod(path_of("b"), 0600) == 0);
	}
	ipc_send(&front, IPC_UI_FILE_SEND, "\0\0\0\1b\0c", 7);
	turn();
	CHECK(shown().why == FILE_WHY_PATH);
	/* A link to a file is one, and ~ is home. */
	say_send(1, path_of("link"));
	close(given(IPC_FILE_READ, 1, 2));
	setenv(home, top, 1);
	say_send(2, "~/b");
	close(given(IPC_FILE_READ, 3, 2));
	say_id(&file, IPC_FILE_HAVE, 3);
	CHECK(offered(3, 2, "b"));
	u = shown();
	CHECK(strcmp(u.path, path_of("b")) == 0);
	if (saved != NULL)
		setenv(home, saved, 1);
	over();
	close(s.key);
	begin();
	s.w[PROC_CRYPTO].state = WS_DONE;
	say_send(1, path_of("b"));
	CHECK(is_shown(0, FILE_STOPPED, FILE_WHY_NONE));
	s.w[PROC_CRYPTO].state = WS_SERVING;
	s.caps = 0;
	say_send(1, path_of("b"));
	CHECK(is_shown(0, FILE_STOPPED, FILE_WHY_NONE));
	over();
}

static void
test_many(void)
{
	begin();
	make("c", "c");
	for (uint32_t i = 0; i < FILES_MAX; i++)
		send_one(1 + 2 * i, "c", 1);
	say_send(1, path_of("c"));
	CHECK(is_shown(0, FILE_STOPPED, FILE_WHY_MANY));
	say_state(5, FILE_STOPPED, FILE_WHY_DECLINED, 0);
	CHECK(is_shown(5, FILE_STOPPED, FILE_WHY_DECLINED));
	CHECK(told(&file, IPC_FILE_DROP, 5, -1));
	send_one(1 + 2 * FILES_MAX, "c", 1);
	/* Which one, is not clear. */
	say_stop(0, FILE_WHY_CANCELLED);
	CHECK(is_shown(0, FILE_STOPPED, FILE_WHY_NONE));
	say_stop(99, FILE_WHY_CANCELLED);
	CHECK(is_shown(99, FILE_STOPPED, FILE_WHY_NONE));
	say_stop(1, FILE_WHY_DECLINED);
	CHECK(is_shown(1, FILE_STOPPED, FILE_WHY_NONE));
	say_accept(1, "");
	CHECK(is_shown(1, FILE_STOPPED, FILE_WHY_NONE));
	CHECK(transfer_count(&s, 1) == FILES_MAX && quiet(&crypto));
	/* As many of theirs, and not one more. */
	for (uint32_t i = 1; i <= FILES_MAX; i++) {
		say_offered(2 * i, 1, "x");
		CHECK(is_shown(2 * i, FILE_OFFERED, 0));
	}
	say_offered(100, 1, "x");
	CHECK(told(&crypto, IPC_FILE_STOP, 100, FILE_WHY_MANY));
	CHECK(quiet(&front));
	over();
}

/* ---- receiving ---- */

static int
accept_one(uint32_t fid, const char *as, uint64_t size)
{
	int fd;

	say_accept(fid, as);
	fd = given(IPC_FILE_WRITE, fid, size);
	CHECK(fd >= 0 && quiet(&crypto) && count() > 0);
	say_id(&file, IPC_FILE_HAVE, fid);
	CHECK(told(&crypto, IPC_FILE_TAKE, fid, -1));
	CHECK(is_shown(fid, FILE_ACCEPTED, 0));
	return fd;
}

/* It arrives, and is called so. */
static void
receive(uint32_t fid, const char *name, const char *as, const char *want)
{
	struct shown u;
	int fd;

	say_offered(fid, 5, name);
	u = shown();
	CHECK(u.fid == fid && u.ours == 0 && u.state == FILE_OFFERED &&
	      u.size == 5);
	fd = accept_one(fid, as, 5);
	CHECK(write(fd, "hello", 5) == 5);
	close(fd);
	say_state(fid, FILE_MOVING, 0, 5);
	CHECK(is_shown(fid, FILE_MOVING, 0) && holds(want) == NULL);
	say_id(&file, IPC_FILE_WRITTEN, fid);
	CHECK(told(&crypto, IPC_FILE_KEPT, fid, -1));
	u = shown();
	CHECK(u.fid == fid && u.state == FILE_DONE && u.done == 5);
	if (!CHECK(strncmp(u.path, work, strlen(work)) == 0 &&
		   strcmp(u.path + strlen(work) + 1, want) == 0))
		printf("it is %s\n", u.path);
	CHECK(holds(want) != NULL && strcmp(holds(want), "hello") == 0);
	/* It is not asked to close what it has closed; DONE is shown once. */
	say_state(fid, FILE_DONE, 0, 5);
	CHECK(quiet(&file) && quiet(&front));
}

static void
test_receiving(void)
{
	empty();
	begin();
	receive(2, "a.txt", "", "a.txt");
	receive(4, "a.txt", "", "a-2.txt");
	receive(6, "../../.bashrc", "", "bashrc");
	receive(8, "x", "b.txt", "b.txt");
	receive(10, "-rf", "", "rf");
	CHECK(count() == 5);
	/* A name, not a path; then it is asked again. */
	say_offered(12, 5, "y");
	CHECK(is_shown(12, FILE_OFFERED, 0));
	say_accept(12, "sub/y");
	CHECK(is_shown(12, FILE_STOPPED, FILE_WHY_NONE));
	CHECK(quiet(&file) && count() == 5);
	/* Taken meanwhile. */
	say_accept(0, "");
	close(given(IPC_FILE_WRITE, 12, 5));
	say_id(&file, IPC_FILE_HAVE, 12);
	CHECK(told(&crypto, IPC_FILE_TAKE, 12, -1));
	CHECK(is_shown(12, FILE_ACCEPTED, 0));
	CHECK(symlink("nowhere", path_of("in/y")) == 0);
	say_id(&file, IPC_FILE_WRITTEN, 12);
	CHECK(told(&crypto, IPC_FILE_KEPT, 12, -1));
	CHECK(strstr(shown().path, "/y-2") != NULL);
	say_accept(12, "");
	CHECK(is_shown(12, FILE_STOPPED, FILE_WHY_NONE));
	CHECK(count() == 7);
	over();
}

/* A name that the person here chose is not changed without a word. */
static void
test_names_as(void)
{
	static const struct {
		const char *as, *word;
	} refused_as[] = {
	    {"..", "this is a path"},
	    {".", "this is a path"},
	    {"../x", "this is a path"},
	    {"/", "this is a path"},
	    {".bashrc", "; bashrc would do"},
	    {"-rf", "; rf would do"},
	    {"~x", "; x would do"},
	    {"a\\b", "; b would do"},
	    {"a\nb", "; a^Jb would do"},
	    {"a  b", "; a b would do"},
	    {"...", "; file would do"},
	};

	empty();
	begin();
	say_offered(2, 5, "mine");
	CHECK(is_shown(2, FILE_OFFERED, 0));
	for (size_t i = 0; i < ARRAY_LEN(refused_as); i++) {
		struct shown u;

		say_accept(2, refused_as[i].as);
		u = shown();
		if (!CHECK(u.fid == 2 && u.state == FILE_STOPPED &&
			   u.why == FILE_WHY_NONE &&
			   strstr(u.words, refused_as[i].word) != NULL))
			printf("%s: %s\n", refused_as[i].as, u.words);
		CHECK(quiet(&file) && count() == 0);
	}
	close(accept_one(2, "a b.txt", 5));
	over();
}

/* What cannot fit is said with the offer, and not begun. */
static void
test_room(void)
{
	struct shown u;

	empty();
	begin();
	say_offered(2, INT64_MAX, "huge");
	u = shown();
	CHECK(u.fid == 2 && u.state == FILE_OFFERED &&
	      strstr(u.words, "does not fit: it has 9.2 EB, and") != NULL);
	say_accept(2, "");
	u = shown();
	CHECK(u.fid == 2 && u.state == FILE_STOPPED && u.why == FILE_WHY_NONE);
	CHECK(strstr(u.words, "does not fit") != NULL &&
	      strstr(u.words, "make room and accept it again") != NULL);
	CHECK(quiet(&file) && quiet(&crypto) && count() == 0);
	/* It is still offered, and what fits is taken. */
	say_stop(2, FILE_WHY_DECLINED);
	CHECK(told(&crypto, IPC_FILE_STOP, 2, FILE_WHY_DECLINED));
	CHECK(is_shown(2, FILE_STOPPED, FILE_WHY_DECLINED));
	say_offered(4, 5, "small");
	u = shown();
	CHECK(u.fid == 4 && u.words[0] == '\0');
	close(accept_one(4, "", 5));
	/* What was promised to others is not there any more. */
	transfer_find(&s, 4)->size = INT64_MAX;
	say_offered(6, 5, "late");
	u = shown();
	CHECK(u.fid == 6 && strstr(u.words, "room for 0 bytes beside") != NULL);
	over();
}

static void
test_size_text(void)
{
	static const struct {
		uint64_t bytes;
		const char *text;
	} rows[] = {
	    {0, "0 bytes"},
	    {999, "999 bytes"},
	    {1000, "1.0 kB"},
	    {999999, "999.9 kB"},
	    {1000000, "1.0 MB"},
	    {5242880, "5.2 MB"},
	    {UINT64_MAX, "18.4 EB"},
	};
	char text[SIZE_TEXT];

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		file_size_text(text, rows[i].bytes);
		CHECK(strcmp(text, rows[i].text) == 0);
	}
}

/* An empty file is written as soon as it is there: crypto is still told that
 * it was taken, and first. */
static void
test_empty(void)
{
	uint8_t fid[4] = {0, 0, 0, 2};

	empty();
	begin();
	say_offered(2, 0, "nothing");
	CHECK(is_shown(2, FILE_OFFERED, 0));
	say_accept(2, "");
	close(given(IPC_FILE_WRITE, 2, 0));
	ipc_send(&file, IPC_FILE_HAVE, fid, sizeof fid);
	ipc_send(&file, IPC_FILE_WRITTEN, fid, sizeof fid);
	turn();
	CHECK(told(&crypto, IPC_FILE_TAKE, 2, -1));
	CHECK(told(&crypto, IPC_FILE_KEPT, 2, -1));
	CHECK(is_shown(2, FILE_DONE, 0) && count() == 1);
	over();
}

/* Somebody puts another file where the temporary was: that is not what came,
 * and nobody is told that it is. */
static void
test_replaced(void)
{
	char path[600];
	struct shown u;

	empty();
	begin();
	say_offered(2, 5, "mine");
	CHECK(is_shown(2, FILE_OFFERED, 0));
	close(accept_one(2, "", 5));
	snprintf(path, sizeof path, "%s/%s", work, transfer_find(&s, 2)->temp);
	CHECK(unlink(path) == 0 && symlink("/etc/passwd", path) == 0);
	say_id(&file, IPC_FILE_WRITTEN, 2);
	CHECK(told(&crypto, IPC_FILE_STOP, 2, FILE_WHY_WRITE));
	u = shown();
	CHECK(u.fid == 2 && u.state == FILE_STOPPED);
	over();
}

/* Every way in which it comes to nothing leaves nothing. */
static void
test_stopping(void)
{
	empty();
	begin();
	say_offered(2, 5, "a");
	CHECK(is_shown(2, FILE_OFFERED, 0) && count() == 0);
	say_stop(2, FILE_WHY_DECLINED);
	CHECK(told(&crypto, IPC_FILE_STOP, 2, FILE_WHY_DECLINED));
	CHECK(is_shown(2, FILE_STOPPED, FILE_WHY_DECLINED));
	say_offered(4, 5, "a");
	CHECK(is_shown(4, FILE_OFFERED, 0));
	close(accept_one(4, "", 5));
	say_accept(4, "");
	CHECK(is_shown(4, FILE_STOPPED, FILE_WHY_NONE) && count() == 1);
	say_stop(4, FILE_WHY_DECLINED);
	CHECK(is_shown(4, FILE_STOPPED, FILE_WHY_NONE) && count() == 1);
	say_stop(4, FILE_WHY_CANCELLED);
	CHECK(told(&crypto, IPC_FILE_STOP, 4, FILE_WHY_CANCELLED));
	CHECK(told(&file, IPC_FILE_DROP, 4, -1) && count() == 0);
	CHECK(is_shown(4, FILE_STOPPED, FILE_WHY_CANCELLED));
	CHECK(s.files.failed == 0);
	/* What crossed with it. */
	say_id(&file, IPC_FILE_WRITTEN, 4);
	say_failed(4, FILE_WHY_FULL, ENOSPC);
	say_state(4, FILE_MOVING, 0, 2);
	CHECK(quiet(&front) && quiet(&crypto) && quiet(&file));
	say_offered(6, 5, "a");
	CHECK(is_shown(6, FILE_OFFERED, 0));
	close(accept_one(6, "", 5));
	say_state(6, FILE_STOPPED, FILE_WHY_CANCELLED, 1);
	CHECK(is_shown(6, FILE_STOPPED, FILE_WHY_CANCELLED) && count() == 0);
	CHECK(told(&file, IPC_FILE_DROP, 6, -1) && quiet(&crypto));
	CHECK(s.files.failed == 1);
	CHECK(strstr(files_failed_next(&s), "Ask them to send it") != NULL);
	s.files.failed_ours = 1;
	s.files.failed++;
	CHECK(strstr(files_failed_next(&s), "Send yours again, and") != NULL);
	s.files.failed--;
	s.files.failed_ours = 0;
	say_offered(8, 5, "a");
	CHECK(is_shown(8, FILE_OFFERED, 0));
	close(accept_one(8, "", 5));
	say_failed(8, FILE_WHY_FULL, ENOSPC);
	CHECK(told(&crypto, IPC_FILE_STOP, 8, FILE_WHY_FULL));
	CHECK(is_shown(8, FILE_STOPPED, FILE_WHY_FULL) && count() == 0);
	CHECK(quiet(&file));
	/* The end of the session, and our own end. */
	say_offered(12, 5, "a");
	CHECK(is_shown(12, FILE_OFFERED, 0));
	close(accept_one(12, "", 5));
	CHECK(count() == 1);
	files_end(&s);
	CHECK(is_shown(12, FILE_STOPPED, FILE_WHY_ENDED) && count() == 0);
	CHECK(s.files.failed == 3);
	say_offered(14, 5, "a");
	CHECK(is_shown(14, FILE_OFFERED, 0));
	close(accept_one(14, "", 5));
	CHECK(count() == 1);
	files_abandon(&s);
	CHECK(count() == 0);
	over();
}

/* ---- nobody waits for anybody ---- */

static void
test_blocked(void)
{
	int n = 0;

	empty();
	begin();
	make("d", "d");
	/* A front end that does not read: what it hears later is the last. */
	send_one(1, "d", 1);
	for (int i = 0; i < 5000; i++)
		say_state(1, FILE_MOVING, 0, (uint64_t)(i & 1));
	CHECK(ipc_pending(&s.w[PROC_SCRIPT].link));
	say_state(1, FILE_DONE, 0, 1);
	CHECK(told(&file, IPC_FILE_DROP, 1, -1));
	while (n <= 3) {
		struct ipc_msg m;
		int got = ipc_recv(&front, record, sizeof record, &m);

		ipc_flush(&s.w[PROC_SCRIPT].link);
		turn();
		n += got == 0;
		if (!CHECK(got >= 0 && (got == 0 || m.type == IPC_UI_FILE)))
			break;
	}
	CHECK(record[8 + 3] == 1 && record[8 + 9] == FILE_DONE);
	/* A peer that offers and cancels for ever: bounded, and no word of it
	 * is too much for crypto. */
	for (uint32_t fid = 2; fid < 4000; fid += 2) {
		say_offered(fid, 1, "x");
		say_state(fid, FILE_STOPPED, FILE_WHY_CANCELLED, 0);
	}
	CHECK(transfer_count(&s, 0) == 0);
	/* secchat-file that does not read: files wait, and nothing breaks. */
	empty();
	for (int i = 0; i < 2000; i++) {
		struct ipc_msg m;

		say_send(1, path_of("d"));
		say_stop(0, FILE_WHY_CANCELLED);
		while (ipc_recv(&front, record, sizeof record, &m) == 1)
			ipc_flush(&s.w[PROC_SCRIPT].link);
	}
	say_send(1, path_of("d"));
	CHECK(s.files.waits);
	for (int i = 0; i < 20000; i++) {
		struct ipc_msg m;

		ipc_flush(&s.w[PROC_FILE].link);
		turn();
		if (ipc_recv_fd(&file, record, sizeof record, &m) != 1)
			break;
		fd_close(m.fd);
	}
	turn();
	CHECK(!s.files.waits && quiet(&file));
	over();
}

/* ---- the folder ---- */

static void
put(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);

	if (fd < 0 || write(fd, text, strlen(text)) < 0)
		abort();
	close(fd);
}

/* What files_prepare chooses with this text in user-dirs.dirs. */
static int
chosen(const char *text, const char *want)
{
	char path[128];
	int ok;

	snprintf(path, sizeof path, "%s/.config", top);
	(void)mkdir(path, 0700);
	snprintf(path, sizeof path, "%s/.config/user-dirs.dirs", top);
	(void)unlink(path);
	if (text != NULL)
		put(path, text);
	memset(&s, 0, sizeof s);
	memset(&o, 0, sizeof o);
	run_init(&s, &o);
	fatal_hook(NULL);
	CHECK(files_prepare(&s) == 0);
	ok = strcmp(s.files.folder, want) == 0;
	if (!ok)
		printf("the folder is %s\n", s.files.folder);
	return ok;
}

static int
refuses_folder(const char *dir)
{
	memset(&s, 0, sizeof s);
	memset(&o, 0, sizeof o);
	o.download_dir = dir;
	run_init(&s, &o);
	fatal_hook(NULL);
	return files_prepare(&s) == -ERR_CONFIG && s.v.exit == EXIT_CONFIG &&
	       s.v.what[0] != '\0' && s.v.next[0] != '\0';
}

static void
test_folder(void)
{
	setenv("HOME", top, 1);
	unsetenv("XDG_CONFIG_HOME");
	CHECK(chosen(NULL, top));
	CHECK(mkdir(path_of("Downloads"), 0700) == 0);
	CHECK(chosen(NULL, path_of("Downloads")));
	CHECK(chosen("# x\nXDG_DOWNLOAD_DIR=\"$HOME/In\"\n", path_of("In")));
	CHECK(chosen("XDG_DOWNLOAD_DIR=\"/srv/x y\"\n", "/srv/x y"));
	CHECK(chosen("  XDG_DOWNLOAD_DIR=\"$HOME/\"\n", top));
	CHECK(chosen("XDG_DOWNLOAD_DIR=\"$HOME\"\n", top));
	CHECK(
	    chosen("XDG_DOWNLOAD_DIR=\"$HOME/a\\\"b\\$\"\n", path_of("a\"b$")));
	/* What is written otherwise is no folder. */
	CHECK(chosen("XDG_DOWNLOAD_DIR=\"In\"\n", path_of("Downloads")));
	CHECK(chosen("XDG_DOWNLOAD_DIR=$HOME/In\n", path_of("Downloads")));
	CHECK(chosen("XDG_DOWNLOAD_DIR=\"$HOME/In\n", path_of("Downloads")));
	CHECK(chosen("XDG_DOWNLOAD_DIR=\"$HOMES/In\"\n", path_of("Downloads")));
	CHECK(chosen("XDG_MUSIC_DIR=\"$HOME/In\"\n", path_of("Downloads")));
	CHECK(chosen("", path_of("Downloads")));

	CHECK(refuses_folder(path_of("a.txt")));
	CHECK(refuses_folder(path_of("a.txt/x")));
	CHECK(refuses_folder(path_of("no/folder")));
	CHECK(refuses_folder("/dev/null"));
	if (geteuid() != 0)
		CHECK(refuses_folder("/"));
	o.download_dir = path_of("new//");
	memset(&s, 0, sizeof s);
	run_init(&s, &o);
	fatal_hook(NULL);
	CHECK(files_prepare(&s) == 0 &&
	      strcmp(s.files.folder, path_of("new")) == 0);
}

/* It is made when it is needed, and its last part alone. */
static void
test_made(void)
{
	struct stat st;

	snprintf(work, sizeof work, "%s/made", top);
	begin();
	receive(2, "a", "", "a");
	CHECK(stat(work, &st) == 0 && (st.st_mode & 0777) == 0700);
	over();
	begin();
	say_offered(2, 5, "a");
	CHECK(strstr(shown().path, "/made/a-2") != NULL);
	snprintf(s.files.folder, sizeof s.files.folder, "%s/no/no", top);
	say_accept(2, "");
	CHECK(is_shown(2, FILE_STOPPED, FILE_WHY_NONE));
	s.files.folder[0] = '\0';
	say_accept(2, "");
	CHECK(strstr(shown().words, "--download-dir") != NULL);
	CHECK(transfer_find(&s, 2) != NULL && quiet(&file));
	over();
}

/* What a killed one of us left; not what another still writes to. */
static void
test_leftovers(void)
{
	char held[128], left[128], other[128];
	int fd, fd2;

	snprintf(work, sizeof work, "%s/in", top);
	empty();
	begin();
	say_offered(2, 5, "a");
	CHECK(is_shown(2, FILE_OFFERED, 0));
	fd = accept_one(2, "", 5);
	snprintf(held, sizeof held, "%s/%s", work, transfer_find(&s, 2)->temp);
	snprintf(left, sizeof left, "%s/.secchat-0123456789abcdef.part", work);
	snprintf(other, sizeof other, "%s/.secchat-0123.part", work);
	put(left, "x");
	put(other, "x");
	/* Another secchat: what is left is removed, what is held is not. */
	s.files.cleaned = 0;
	say_offered(4, 5, "b");
	CHECK(is_shown(4, FILE_OFFERED, 0));
	fd2 = accept_one(4, "", 5);
	CHECK(access(left, F_OK) < 0);
	CHECK(access(other, F_OK) == 0 && access(held, F_OK) == 0);
	close(fd);
	close(fd2);
	over();
	CHECK(access(held, F_OK) < 0 && count() == 1);
}

static int
remove_one(const char *path, const struct stat *st, int kind, struct FTW *at)
{
	(void)st, (void)kind, (void)at;
	return remove(path);
}

int
main(void)
{
	if (mkdtemp(top) == NULL)
		abort();
	snprintf(work, sizeof work, "%s/in", top);
	if (mkdir(work, 0700) < 0)
		abort();
	test_sending();
	test_paths();
	test_many();
	test_receiving();
	test_names_as();
	test_room();
	test_size_text();
	test_empty();
	test_replaced();
	test_stopping();
	test_blocked();
	test_folder();
	test_made();
	test_leftovers();
	(void)nftw(top, remove_one, 16, FTW_DEPTH | FTW_PHYS);
	return check_end();
}
