/*
 * The worker's surroundings.
 */
#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/sockios.h>
#include <poll.h>
#include <seccomp.h>
#include <signal.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../../src/crypto/worker.h"
#include "lone.h"
#include "secchat/err.h"
#include "secchat/fds.h"
#include "secchat/sandbox.h"
#include "secchat/util.h"

#define PATIENCE 10000 /* ms for anything at all */
#define QUEUE (4u << 20)

/* ---- random bytes ---- */

/* splitmix64, eight bytes at a time, straight to where they belong. */
void
lone_draw(uint64_t seed, int who, unsigned n, void *p, size_t len)
{
	uint8_t *out = p;
	uint64_t state = seed << 32 ^ (uint64_t)who << 24 ^ (uint64_t)n << 8;

	assert(len <= LONE_DRAW);
	for (size_t i = 0; i < len; i++) {
		uint64_t z = state + (i / 8 + 1) * 0x9e3779b97f4a7c15u;

		z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
		z = (z ^ z >> 27) * 0x94d049bb133111ebu;
		z ^= z >> 31;
		out[i] = (uint8_t)(z >> 8 * (i % 8));
	}
}

static void
peer_random(void *ctx, void *buf, size_t len)
{
	struct lone *l = ctx;

	lone_draw(l->seed, LONE_PEER, l->peer_draws++, buf, len);
}

static uint64_t worker_seed;
static unsigned worker_draws;

static const char *
random_name(void)
{
	return "known";
}

static uint32_t
random_number(void)
{
	uint32_t v;

	lone_draw(worker_seed, LONE_WORKER, worker_draws++, &v, sizeof v);
	return v;
}

static void
worker_random(void *const buf, const size_t len)
{
	lone_draw(worker_seed, LONE_WORKER, worker_draws++, buf, len);
}

static struct randombytes_implementation known_random = {
    .implementation_name = random_name,
    .random = random_number,
    .buf = worker_random,
};

/* ---- the worker's process ---- */

/* Its keys have to be in memory that can be looked at. */
static void
hide_memfd_secret(void)
{
#ifdef SYS_memfd_secret
	scmp_filter_ctx ctx = seccomp_init(SCMP_ACT_ALLOW);

	if (ctx == NULL)
		return;
	if (seccomp_rule_add(
		ctx, SCMP_ACT_ERRNO(ENOSYS), SYS_memfd_secret, 0) == 0)
		(void)seccomp_load(ctx);
	seccomp_release(ctx);
#endif
}

enum {
	W_SUPER,
	W_UI,
	W_NET,
	W_FILE, /* nobody at its other end */
	W_SECRET,
	W_IDENTITY,
	W_COUNT
};

static _Noreturn void
be_the_worker(const int fds[W_COUNT], uint64_t seed)
{
	static const int places[W_COUNT] = {FD_SUPER, FD_CRYPTO_UI,
	    FD_CRYPTO_NET, FD_CRYPTO_FILE, FD_SECRET, FD_IDENTITY};
	struct jail_report report;
	int high[W_COUNT];

	for (int i = 0; i < W_COUNT; i++)
		high[i] = fcntl(fds[i], F_DUPFD_CLOEXEC, 32);
	for (int i = 0; i < W_COUNT; i++)
		if (dup2(high[i], places[i]) < 0)
			_exit(1);
	closefrom(FD_CRYPTO_FILE + 1);
	log_init("lone worker");
	worker_seed = seed;
	randombytes_set_implementation(&known_random);
	hide_memfd_secret();
	crypto_worker_prepare();
	memset(&report, 0, sizeof report);
	_exit(crypto_worker_run(&report));
}

static void
make_pipe(int ours_and_theirs[2])
{
	int fds[2];

	assert(pipe2(fds, O_CLOEXEC) == 0);
	assert(fd_set_nonblock(fds[0], 1) == 0);
	ours_and_theirs[0] = fds[1];
	ours_and_theirs[1] = fds[0];
}

static void peer_send(void *ctx, enum ipc_link_id link, unsigned type,
    const void *head, size_t head_len, const void *body, size_t len);

struct lone *
lone_new(uint8_t mode, uint8_t role, uint64_t seed)
{
	static const struct {
		enum ipc_link_id id;
		uint8_t self;
	} ends[] = {{LINK_SUPER_CRYPTO, ROLE_SUPER}, {LINK_UI_CRYPTO, ROLE_UI},
	    {LINK_CRYPTO_NET, ROLE_NET}};
	int pairs[W_COUNT][2], theirs[W_COUNT];
	struct lone *l;
	pid_t pid;

	for (int i = 0; i <= W_FILE; i++)
		assert(socketpair(AF_UNIX,
			   SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0,
			   pairs[i]) == 0);
	make_pipe(pairs[W_SECRET]);
	make_pipe(pairs[W_IDENTITY]);
	for (int i = 0; i < W_COUNT; i++)
		theirs[i] = pairs[i][1];
	(void)fflush(stdout);
	pid = fork();
	assert(pid >= 0);
	if (pid == 0)
		be_the_worker(theirs, seed);
	l = calloc(1, sizeof *l);
	assert(l != NULL);
	for (int i = 0; i <= W_NET; i++) {
		struct ipc_link *links[] = {&l->super, &l->ui, &l->net};
		uint8_t *queue = malloc(QUEUE);

		assert(queue != NULL);
		ipc_init(links[i], pairs[i][0], ends[i].id, ends[i].self, queue,
		    QUEUE);
	}
	for (int i = 0; i < W_COUNT; i++)
		fd_close(theirs[i]);
	l->pid = pid;
	l->seed = seed;
	l->mode = mode;
	l->role = role;
	l->secret_fd = pairs[W_SECRET][0];
	l->identity_fd = pairs[W_IDENTITY][0];
	engine_init(&l->e, &l->keys, &l->outbox, l->plain, l->wire,
	    (struct random_source){peer_random, l}, peer_send, l);
	return l;
}

/* ---- messages ---- */

void
lone_send(struct lone *l, int who, enum ipc_link_id link, unsigned type,
    const void *body, size_t len)
{
	struct ipc_link here = {.id = link, .fd = -1, .self = ROLE_CRYPTO};
	struct ipc_msg m = {
	    .type = (uint16_t)type, .body = body, .len = len, .fd = -1};

	if (who == LONE_WORKER) {
		ipc_send(link == LINK_SUPER_CRYPTO ? &l->super
			 : link == LINK_UI_CRYPTO  ? &l->ui
						   : &l->net,
		    type, body, len);
		return;
	}
	l->e.now = clock_now_ms();
	engine_on_message(&l->e, &here, &m);
	engine_tick(&l->e);
}

static void
to_net(struct lone *l, int who, unsigned type, struct reader *r)
{
	struct lone_net *end = &l->ends[who], *other = &l->ends[!who];
	uint32_t conn = get_u32(r);
	const uint8_t *p;
	size_t len;

	if (conn != end->conn)
		return;
	switch (type) {
	case IPC_EXPECT:
		end->framing = get_u8(r);
		end->want = get_u32(r);
		break;
	case IPC_FRAME_OUT:
		p = get_rest(r, &len);
		assert(len <= sizeof other->in - other->in_len);
		memcpy(other->in + other->in_len, p, len);
		other->in_len += len;
		end->uncredited++;
		break;
	case IPC_CONN_PROMOTE:
		end->promoted = 1;
		break;
	case IPC_CONN_CLOSE:
		end->closed = 1;
		break;
	default:
		break;
	}
}

static void
to_people(struct lone_told *t, unsigned type, struct reader *r)
{
	switch (type) {
	case IPC_READY:
		t->ready++;
		break;
	case IPC_CRYPTO_INFO:
		t->info++;
		get_u32(r);
		t->key_memory = get_u8(r);
		break;
	case IPC_SECRET_READ:
		assert(get_u16(r) == 0);
		t->secret_read++;
		break;
	case IPC_CODE:
		t->code_made++;
		get_copy(r, t->code, CODE_TEXT);
		break;
	case IPC_CONNECTED:
		t->connected++;
		break;
	case IPC_TEXT:
		t->texts++;
		t->last_text = get_u64(r);
		break;
	case IPC_DELIVERED:
		t->delivered = (unsigned)get_u64(r);
		break;
	case IPC_REKEYED:
		t->rekeyed++;
		break;
	case IPC_CRYPTO_END:
		t->ended++;
		break;
	default:
		break;
	}
}

static void
said(struct lone *l, int who, enum ipc_link_id link, unsigned type,
    const void *body, size_t len)
{
	struct reader r;

	reader_init(&r, body, len);
	if (link == LINK_CRYPTO_NET)
		to_net(l, who, type, &r);
	else
		to_people(&l->told[who], type, &r);
}

static void
peer_send(void *ctx, enum ipc_link_id link, unsigned type, const void *head,
    size_t head_len, const void *body, size_t len)
{
	static uint8_t buf[IPC_BODY_MAX];

	if (head_len > 0)
		memcpy(buf, head, head_len);
	if (len > 0)
		memcpy(buf + head_len, body, len);
	said(ctx, LONE_PEER, link, type, buf, head_len + len);
}

static int
from_worker(struct lone *l, struct ipc_link *link)
{
	static uint8_t record[IPC_RECORD_MAX + 1];
	struct ipc_msg m;

	ipc_flush(link);
	if (ipc_recv(link, record, sizeof record, &m) != 1)
		return 0;
	said(l, LONE_WORKER, link->id, m.type, m.body, m.len);
	return 1;
}

/* ---- net and front end ---- */

static void
about_conn(struct lone *l, int who, unsigned type, const void *p, size_t len)
{
	static uint8_t body[4 + FRAME_WIRE_MAX];
	struct writer w;

	writer_init(&w, body, sizeof body);
	put_u32(&w, l->ends[who].conn);
	put_bytes(&w, p, len);
	assert(writer_end(&w) == 0);
	lone_send(l, who, LINK_CRYPTO_NET, type, body, w.len);
}

/* How many bytes the next message of that end takes, 0 when none is there. */
static size_t
next_len(const struct lone_net *end, size_t *head)
{
	size_t len = end->want;

	*head = end->framing == FRAMING_U16 ? 2 : 0;
	if (end->conn == 0 || end->left == 0 || end->framing == 0 ||
	    end->in_len < *head)
		return 0;
	if (*head > 0)
		len = (size_t)(end->in[0] << 8 | end->in[1]);
	return end->in_len >= *head + len ? len : 0;
}

static int
serve_net(struct lone *l, int who)
{
	static uint8_t copy[FRAME_WIRE_MAX];
	struct lone_net *end = &l->ends[who];
	uint8_t credit[4] = {0, 0, 0, (uint8_t)end->uncredited};
	size_t head, len = next_len(end, &head);

	if (end->promoted && end->uncredited > 0) {
		end->uncredited = 0;
		about_conn(l, who, IPC_CREDIT, credit, sizeof credit);
		return 1;
	}
	if (len > 0) {
		memcpy(copy, end->in + head, len);
		end->in_len -= head + len;
		memmove(end->in, end->in + head + len, end->in_len);
		if (head == 0)
			end->want = 0;
		end->left--;
		about_conn(l, who, IPC_FRAME_IN, copy, len);
		return 1;
	}
	if (end->conn != 0 && l->ends[!who].closed && end->in_len == 0) {
		uint8_t why = LOST_EOF;

		if (!end->closed)
			about_conn(l, who, IPC_CONN_LOST, &why, 1);
		end->conn = 0;
		return 1;
	}
	return 0;
}

static int
serve_front_end(struct lone *l, int who)
{
	struct lone_told *t = &l->told[who];
	uint8_t body[8];
	struct writer w;

	if (t->shown == t->last_text)
		return 0;
	t->shown = t->last_text;
	writer_init(&w, body, sizeof body);
	put_u64(&w, t->shown);
	lone_send(l, who, LINK_UI_CRYPTO, IPC_UI_SHOWN, body, w.len);
	return 1;
}

/* One thing that can be done now; whether there was one. */
static int
serve(struct lone *l)
{
	int moved = from_worker(l, &l->super) | from_worker(l, &l->net);

	if (!l->deaf)
		moved |= from_worker(l, &l->ui);
	for (int who = 0; who < 2; who++)
		moved |= serve_net(l, who) | serve_front_end(l, who);
	l->e.now = clock_now_ms();
	if (l->e.now >= engine_deadline(&l->e)) {
		engine_tick(&l->e);
		moved = 1;
	}
	return moved;
}

static void
wait_a_little(struct lone *l, uint64_t end)
{
	struct pollfd p[] = {{.fd = l->super.fd, .events = POLLIN},
	    {.fd = l->net.fd, .events = POLLIN},
	    {.fd = l->deaf ? -1 : l->ui.fd, .events = POLLIN}};

	(void)poll(p, ARRAY_LEN(p),
	    clock_poll_timeout(
		clock_now_ms(), MIN(end, engine_deadline(&l->e))));
}

int
lone_wait(struct lone *l, const unsigned *counter, unsigned n)
{
	uint64_t end = clock_now_ms() + PATIENCE;

	while (*counter < n) {
		if (clock_now_ms() >= end)
			return 0;
		if (!serve(l))
			wait_a_little(l, end);
	}
	return 1;
}

/* ---- what is asked of it ---- */

void
lone_begin(struct lone *l, int who, uint8_t source)
{
	uint8_t role = who == LONE_WORKER ? l->role : !l->role;
	uint8_t body[14] = {role, l->mode, SUITE_1, source, START_ACCEPT_NEW};

	lone_send(
	    l, who, LINK_SUPER_CRYPTO, IPC_CRYPTO_START, body, sizeof body);
}

static void
write_and_close(int *fd, const char *text)
{
	assert(fd_write_all(*fd, text, strlen(text)) == 0);
	fd_close(*fd);
	*fd = -1;
}

void
lone_secret(struct lone *l, int who, const char *text)
{
	if (who == LONE_WORKER) {
		write_and_close(&l->secret_fd, text);
		return;
	}
	engine_secret_bytes(&l->e, (const uint8_t *)text, strlen(text));
	engine_secret_bytes(&l->e, (const uint8_t *)text, 0);
}

void
lone_identity(struct lone *l, int who, const char *text)
{
	if (who == LONE_WORKER) {
		write_and_close(&l->identity_fd, text);
		return;
	}
	engine_identity_bytes(&l->e, (const uint8_t *)text, strlen(text));
	engine_identity_bytes(&l->e, NULL, 0);
}

void
lone_connect(struct lone *l)
{
	l->conns++;
	for (int who = 0; who < 2; who++) {
		uint8_t role = who == LONE_WORKER ? l->role : !l->role;
		uint8_t body[64];
		struct writer w;

		memset(&l->ends[who], 0, sizeof l->ends[who]);
		l->ends[who].conn = l->conns;
		l->ends[who].left = LONE_ALL;
		writer_init(&w, body, sizeof body);
		put_u8(&w, role == PEER_HOST);
		put_u8(&w, 0);
		put_str8(&w, "192.0.2.1:5000");
		about_conn(l, who, IPC_CONN_OPEN, body, w.len);
	}
}

static char
process_state(pid_t pid)
{
	char path[64], text[512];
	const char *p;
	ssize_t n;
	int fd;

	snprintf(path, sizeof path, "/proc/%d/stat", (int)pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	n = fd < 0 ? 0 : read(fd, text, sizeof text - 1);
	fd_close(fd);
	text[n > 0 ? n : 0] = '\0';
	p = strrchr(text, ')');
	return p != NULL && p[1] == ' ' ? p[2] : '?';
}

/* Whether the worker has read everything, and sleeps. */
static int
is_idle(struct lone *l)
{
	const struct ipc_link *links[] = {&l->super, &l->net, &l->ui};
	int unread = 0, n;

	for (size_t i = 0; i < ARRAY_LEN(links); i++) {
		if (ipc_pending(links[i]))
			return 0;
		if (ioctl(links[i]->fd, SIOCOUTQ, &n) == 0)
			unread += n;
	}
	return unread == 0 && process_state(l->pid) == 'S';
}

int
lone_stop(struct lone *l)
{
	uint64_t end = clock_now_ms() + PATIENCE;
	int status;

	while (clock_now_ms() < end) {
		if (serve(l))
			continue;
		if (!is_idle(l)) {
			(void)poll(NULL, 0, 1);
			continue;
		}
		if (kill(l->pid, SIGSTOP) < 0 ||
		    waitpid(l->pid, &status, WUNTRACED) != l->pid ||
		    !WIFSTOPPED(status))
			return 0;
		/* a timer may have woken it in between */
		if (!serve(l))
			return 1;
		lone_continue(l);
	}
	return 0;
}

void
lone_continue(struct lone *l)
{
	(void)kill(l->pid, SIGCONT);
}

int
lone_free(struct lone *l)
{
	struct ipc_link *links[] = {&l->super, &l->ui, &l->net};
	int status;

	for (size_t i = 0; i < ARRAY_LEN(links); i++) {
		fd_close(links[i]->fd);
		free(links[i]->queue.buf);
	}
	fd_close(l->secret_fd);
	fd_close(l->identity_fd);
	if (waitpid(l->pid, &status, 0) != l->pid)
		status = -1;
	free(l);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}
