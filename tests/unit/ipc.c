/*
 * The message table, both directions of its checks, the link queue, and the
 * facts about SOCK_SEQPACKET that src/ipc relies on: if a kernel changes one
 * of them, this test says so before a user does.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "check.h"
#include "secchat/err.h"
#include "secchat/ipc.h"
#include "secchat/util.h"

/* The smallest CRYPTO_START. */
#define START 14

static uint8_t record[IPC_RECORD_MAX + 1];
static uint8_t queue[4 * IPC_RECORD_MAX];

static void
pair(int fd[2])
{
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK | SOCK_CLOEXEC,
		0, fd) < 0) {
		perror("socketpair");
		exit(1);
	}
}

/* A super - crypto pair of links over a fresh socketpair. */
static void
links(struct ipc_link *super, struct ipc_link *crypto)
{
	int fd[2];

	pair(fd);
	ipc_init(
	    super, fd[0], LINK_SUPER_CRYPTO, ROLE_SUPER, queue, sizeof queue);
	ipc_init(crypto, fd[1], LINK_SUPER_CRYPTO, ROLE_CRYPTO, NULL, 0);
}

static void
unlinks(struct ipc_link *a, struct ipc_link *b)
{
	close(a->fd);
	close(b->fd);
}

/* ---- the facts ---- */

static void
fact_record_boundaries(void)
{
	int fd[2];
	char buf[16];

	pair(fd);
	CHECK(write(fd[0], "abc", 3) == 3 && write(fd[0], "de", 2) == 2);
	CHECK(read(fd[1], buf, sizeof buf) == 3);
	CHECK(read(fd[1], buf, sizeof buf) == 2);
	CHECK(read(fd[1], buf, sizeof buf) < 0 && errno == EAGAIN);
	close(fd[0]);
	close(fd[1]);
}

static void
fact_read_truncates_silently(void)
{
	int fd[2];
	char buf[4];

	pair(fd);
	CHECK(write(fd[0], "abcdef", 6) == 6 && write(fd[0], "x", 1) == 1);
	CHECK(read(fd[1], buf, 3) == 3);
	CHECK(read(fd[1], buf, sizeof buf) == 1 && buf[0] == 'x');
	close(fd[0]);
	close(fd[1]);
}

static void
fact_empty_record_looks_like_end(void)
{
	int fd[2];
	char buf[4];

	pair(fd);
	CHECK(send(fd[0], "", 0, 0) == 0);
	CHECK(read(fd[1], buf, sizeof buf) == 0);
	CHECK(write(fd[0], "x", 1) == 1);
	CHECK(read(fd[1], buf, sizeof buf) == 1);
	close(fd[0]);
	close(fd[1]);
}

static void
fact_records_survive_reset(void)
{
	int fd[2];
	char buf[4];
	ssize_t n;

	pair(fd);
	CHECK(write(fd[0], "a", 1) == 1); /* fd[0] will never be read */
	CHECK(write(fd[1], "b", 1) == 1);
	close(fd[1]); /* "a" unread: a reset */
	n = read(fd[0], buf, sizeof buf);
	CHECK(n < 0 && errno == ECONNRESET);
	CHECK(read(fd[0], buf, sizeof buf) == 1 && buf[0] == 'b');
	CHECK(read(fd[0], buf, sizeof buf) == 0);
	close(fd[0]);
}

static void
fact_largest_record(void)
{
	static uint8_t big[1 << 20];
	int fd[2], sndbuf = 0;
	socklen_t len = sizeof sndbuf;

	pair(fd);
	getsockopt(fd[0], SOL_SOCKET, SO_SNDBUF, &sndbuf, &len);
	CHECK(write(fd[0], big, IPC_RECORD_MAX) == IPC_RECORD_MAX);
	CHECK(read(fd[1], big, sizeof big) == IPC_RECORD_MAX);
	CHECK(write(fd[0], big, (size_t)sndbuf - 32) == sndbuf - 32);
	CHECK(read(fd[1], big, sizeof big) == sndbuf - 32);
	CHECK(write(fd[0], big, (size_t)sndbuf - 31) < 0 && errno == EMSGSIZE);
	close(fd[0]);
	close(fd[1]);
}

static void
fact_read_drops_descriptor(void)
{
	struct ipc_link net, super;
	struct ipc_msg m;
	int fd[2], p[2];
	char c;

	pair(fd);
	CHECK(pipe(p) == 0);
	ipc_init(
	    &super, fd[0], LINK_SUPER_NET, ROLE_SUPER, queue, sizeof queue);
	ipc_init(&net, fd[1], LINK_SUPER_NET, ROLE_NET, NULL, 0);
	ipc_send_fd(&super, IPC_NET_LISTENER, NULL, 0, p[1]);
	close(p[1]);
	CHECK(read(net.fd, record, sizeof record) == IPC_HEAD);
	/* The last copy of the write end died with the record. */
	CHECK(read(p[0], &c, 1) == 0);
	close(p[0]);

	CHECK(pipe(p) == 0);
	ipc_send_fd(&super, IPC_NET_LISTENER, NULL, 0, p[1]);
	close(p[1]);
	CHECK(ipc_recv_fd(&net, record, sizeof record, &m) == 1);
	CHECK(m.type == IPC_NET_LISTENER && m.fd >= 0);
	CHECK(fcntl(m.fd, F_GETFD) == FD_CLOEXEC);
	CHECK(write(m.fd, "x", 1) == 1 && read(p[0], &c, 1) == 1);
	close(m.fd);
	close(p[0]);
	unlinks(&super, &net);
}

/* CRYPTO_START without a name: the example of a message with a body. */
#define START_LEN 14

/* ---- links ---- */

static void
sends_and_receives(void)
{
	struct ipc_link super, crypto;
	struct ipc_msg m;
	static const uint8_t start[START_LEN] = {1, 2, 1, 1};

	links(&super, &crypto);
	CHECK(ipc_recv(&crypto, record, sizeof record, &m) == 0);
	ipc_send(&super, IPC_CRYPTO_START, start, sizeof start);
	ipc_send2(&super, IPC_CRYPTO_START, start, 1, start + 1, START_LEN - 1);
	for (int i = 0; i < 2; i++) {
		CHECK(ipc_recv(&crypto, record, sizeof record, &m) == 1);
		CHECK(m.type == IPC_CRYPTO_START && m.len == START_LEN);
		CHECK(m.fd == -1);
		CHECK_MEM(m.body, start, START_LEN);
	}
	close(super.fd);
	CHECK(ipc_recv(&crypto, record, sizeof record, &m) == -ERR_EOF);
	close(crypto.fd);
}

/* What does not fit the socket waits, and arrives in order. */
static void
queues_in_order(void)
{
	struct ipc_link ui, crypto;
	struct ipc_msg m;
	int fd[2], sent = 0, got = 0;
	static uint8_t text[TEXT_MAX];

	pair(fd);
	ipc_init(&ui, fd[0], LINK_UI_CRYPTO, ROLE_UI, queue, sizeof queue);
	ipc_init(&crypto, fd[1], LINK_UI_CRYPTO, ROLE_CRYPTO, NULL, 0);
	while (ipc_room(&ui) >= sizeof text && sent < 50) {
		text[0] = (uint8_t)sent++;
		ipc_send(&ui, IPC_UI_SEND, text, sizeof text);
	}
	CHECK(sent > 3 && ipc_pending(&ui));
	CHECK(ipc_events(&ui) == (POLLIN | POLLOUT));
	for (int i = 0; i < 100 && got < sent; i++) {
		while (ipc_recv(&crypto, record, sizeof record, &m) == 1)
			CHECK(m.len == sizeof text && m.body[0] == got++);
		ipc_flush(&ui);
	}
	CHECK(got == sent && !ipc_pending(&ui));
	CHECK(ipc_events(&ui) == POLLIN);
	unlinks(&ui, &crypto);
}

/* Whether nothing is left in the queue's storage of what has gone. */
static int
is_clean(const struct byteq *q)
{
	for (size_t i = 0; i < q->cap; i++)
		if (q->buf[i] != 0 && (i < q->first || i >= q->first + q->len))
			return 0;
	return 1;
}

/*
 * A queue that never runs empty, for long, with records of all sizes: in
 * order, complete, nothing left behind, never full before its room is used
 * up, and within a part of its storage while it is short.
 */
static void
queue_in_motion(void)
{
	struct ipc_link ui, crypto;
	struct ipc_msg m;
	static uint8_t text[TEXT_MAX];
	unsigned sent = 0, got = 0, seed = 1;
	int fd[2], small = IPC_RECORD_MAX;
	size_t most = 0;

	pair(fd);
	CHECK(setsockopt(fd[0], SOL_SOCKET, SO_SNDBUF, &small, sizeof small) ==
	      0);
	memset(queue, 0, sizeof queue);
	ipc_init(&ui, fd[0], LINK_UI_CRYPTO, ROLE_UI, queue, sizeof queue);
	ipc_init(&crypto, fd[1], LINK_UI_CRYPTO, ROLE_CRYPTO, NULL, 0);
	for (int i = 0; i < 4000; i++) {
		int full = i / 1000 == 2;
		size_t want = full ? sizeof queue - IPC_RECORD_MAX : 20000;
		size_t len;

		seed = seed * 1103515245 + 12345;
		len = 1 + seed / 65536 % (full ? sizeof text : 3000);
		while (ui.queue.len < want && ipc_room(&ui) >= len) {
			memset(text, (int)(1 + sent % 255), len);
			sent++;
			ipc_send(&ui, IPC_UI_SEND, text, len);
		}
		if (ipc_recv(&crypto, record, sizeof record, &m) == 1) {
			CHECK(m.body[0] == 1 + got % 255 &&
			      m.body[m.len - 1] == m.body[0]);
			got++;
		}
		ipc_flush(&ui);
		CHECK(ui.queue.len > 0 || i >= 3000);
		if (i % 50 == 0)
			CHECK(is_clean(&ui.queue));
		if (i < 2000)
			most = MAX(most, ui.queue.first + ui.queue.len);
	}
	CHECK(got > 2000 && most < 20000 + 2 * IPC_RECORD_MAX);
	unlinks(&ui, &crypto);
}

/* A reader that is gone is no error for the writer: it learns it by reading. */
static void
writer_survives_reader(void)
{
	struct ipc_link super, crypto;
	struct ipc_msg m;

	links(&super, &crypto);
	close(crypto.fd);
	ipc_send(&super, IPC_READ_SECRET, NULL, 0);
	CHECK(ipc_recv(&super, record, sizeof record, &m) == -ERR_EOF);
	close(super.fd);
}

/* ---- refusals: each in a child, which must end by fatal() ---- */

static int
ends_fatally(void (*fn)(void))
{
	int status = 0, p[2];
	char text[512] = "";
	ssize_t n;
	pid_t pid;

	if (pipe(p) < 0)
		return 0;
	pid = fork();
	if (pid == 0) {
		dup2(p[1], 2);
		fn();
		_exit(0);
	}
	close(p[1]);
	n = read(p[0], text, sizeof text - 1);
	close(p[0]);
	waitpid(pid, &status, 0);
	return WIFEXITED(status) && WEXITSTATUS(status) == EXIT_INTERNAL &&
	       n > 0 && strstr(text, "ipc ") != NULL;
}

static void
send_wrong_sender(void)
{
	struct ipc_link super, crypto;

	links(&super, &crypto);
	ipc_send(&super, IPC_CRYPTO_END, record, 7);
}

static void
send_wrong_link(void)
{
	struct ipc_link super, crypto;

	links(&super, &crypto);
	ipc_send(&super, IPC_UI_NOTE, record, 2);
}

static void
send_too_small(void)
{
	struct ipc_link super, crypto;

	links(&super, &crypto);
	ipc_send(&super, IPC_CRYPTO_START, record, START_LEN - 1);
}

static void
send_too_large(void)
{
	struct ipc_link super, crypto;

	links(&super, &crypto);
	ipc_send(
	    &super, IPC_CRYPTO_START, record, START_LEN + NAME_MAX_LOCAL + 1);
}

static void
send_without_descriptor(void)
{
	struct ipc_link l;
	int fd[2];

	pair(fd);
	ipc_init(&l, fd[0], LINK_SUPER_NET, ROLE_SUPER, queue, sizeof queue);
	ipc_send(&l, IPC_NET_LISTENER, NULL, 0);
}

static void
send_unwanted_descriptor(void)
{
	struct ipc_link super, crypto;

	links(&super, &crypto);
	ipc_send_fd(&super, IPC_READ_SECRET, NULL, 0, 1);
}

static void
send_past_queue(void)
{
	struct ipc_link l;
	int fd[2];

	pair(fd);
	ipc_init(&l, fd[0], LINK_UI_CRYPTO, ROLE_UI, queue, 1000);
	for (int i = 0; i < 100; i++)
		ipc_send(&l, IPC_UI_SEND, record, TEXT_MAX);
}

/* What a captured worker writes; the receiver is the supervisor. */
static const uint8_t *raw;
static size_t raw_len;

static void
receive_raw(void)
{
	struct ipc_link super, crypto;
	struct ipc_msg m;

	links(&super, &crypto);
	if (write(crypto.fd, raw, raw_len) != (ssize_t)raw_len)
		return;
	ipc_recv(&super, record, sizeof record, &m);
}

static int
refused(const void *bytes, size_t len)
{
	raw = bytes;
	raw_len = len;
	return ends_fatally(receive_raw);
}

static void
refuses_to_send(void)
{
	CHECK(ends_fatally(send_wrong_sender));
	CHECK(ends_fatally(send_wrong_link));
	CHECK(ends_fatally(send_too_small));
	CHECK(ends_fatally(send_too_large));
	CHECK(ends_fatally(send_without_descriptor));
	CHECK(ends_fatally(send_unwanted_descriptor));
	CHECK(ends_fatally(send_past_queue));
}

static void
refuses_to_receive(void)
{
	static uint8_t big[IPC_RECORD_MAX + 100];

	/* a good one first: a CRYPTO_END of 7 bytes */
	CHECK(!refused("\0\0\0\x0f\0\x10\0\0"
		       "\0\0"
		       "\0\0\0\0"
		       "\0",
	    15));
	CHECK(refused("\0\0\0\x0f", 4)); /* no header */
	CHECK(refused("\0\0\0\x10\0\x10\0\0"
		      "\0\0"
		      "\0\0\0\0"
		      "\0",
	    15));
	CHECK(refused("\0\0\0\x0e\0\x10\0\0"
		      "\0\0"
		      "\0\0\0\0"
		      "\0",
	    15));
	CHECK(refused("\0\0\0\x0f\0\x10\0\1"
		      "\0\0"
		      "\0\0\0\0"
		      "\0",
	    15));
	CHECK(refused("\0\0\0\x0f\xff\x10\0\0"
		      "\0\0"
		      "\0\0\0\0"
		      "\0",
	    15));
	CHECK(refused("\0\0\0\x0e\0\x10\0\0"
		      "\0\0"
		      "\0\0\0\0",
	    14));
	CHECK(refused("\0\0\0\x08\0\x0c\0\0", 8)); /* READ_SECRET back */
	CHECK(refused(big, sizeof big));
}

static void
table_is_sound(void)
{
	for (size_t i = 0; i < ipc_rows_len; i++) {
		const struct ipc_row *row = &ipc_rows[i];
		uint8_t a, b;

		CHECK(ipc_row(row->type) == row);
		CHECK(row->max <= IPC_BODY_MAX && row->min <= row->max);
		for (unsigned l = 0; l < LINK_COUNT; l++) {
			ipc_link_ends((enum ipc_link_id)l, &a, &b);
			CHECK(!(row->links & ON(l)) || (row->from & (a | b)));
			/* crypto never sends or receives a descriptor */
			CHECK(!(row->links & ON(l)) || !row->fd ||
			      ((a | b) & ROLE_CRYPTO) == 0);
		}
	}
	CHECK(ipc_row(0) == NULL && ipc_row(65535) == NULL);
}

/* ---- the dispatcher ---- */

static int handled;

static void
on_start(void *ctx, struct reader *r, int fd)
{
	(void)ctx;
	(void)fd;
	get_bytes(r, START_LEN);
	handled++;
}

static void
on_nothing(void *ctx, struct reader *r, int fd)
{
	(void)ctx;
	(void)r;
	(void)fd;
}

static const struct ipc_handler handlers[] = {
    {IPC_CRYPTO_START, IN(0), on_start},
    {IPC_READ_SECRET, IN(1), on_nothing},
};
static const struct ipc_handler leaves_bytes[] = {
    {IPC_CRYPTO_START, IN(0), on_nothing},
};

static const struct ipc_link a_link = {.id = LINK_SUPER_CRYPTO};
static const struct ipc_msg start_msg = {
    IPC_CRYPTO_START, record, START_LEN, -1};
static const struct ipc_msg close_msg = {IPC_CRYPTO_CLOSE, record, 1, -1};

static void
dispatch_wrong_state(void)
{
	ipc_dispatch(&a_link, &start_msg, handlers, 2, 1, NULL);
}

static void
dispatch_unknown(void)
{
	ipc_dispatch(&a_link, &close_msg, handlers, 2, 0, NULL);
}

static void
dispatch_left_over(void)
{
	ipc_dispatch(&a_link, &start_msg, leaves_bytes, 1, 0, NULL);
}

static void
dispatches(void)
{
	ipc_dispatch(&a_link, &start_msg, handlers, 2, 0, NULL);
	CHECK(handled == 1);
	CHECK(ends_fatally(dispatch_wrong_state));
	CHECK(ends_fatally(dispatch_unknown));
	CHECK(ends_fatally(dispatch_left_over));
}

/* ---- descriptors that nobody takes ---- */

/* The number that the next one opened gets. */
static int
next_fd(void)
{
	int fd = dup(STDIN_FILENO);

	close(fd);
	return fd;
}

/* A record of dial's with n descriptors, raw. */
static void
write_with(int link, uint16_t type, size_t n)
{
	uint8_t bytes[IPC_HEAD + 2] = {0, 0, 0, sizeof bytes, 0, 0};
	_Alignas(struct cmsghdr)
	    uint8_t control[CMSG_SPACE(8 * sizeof(int))] = {0};
	struct iovec iov = {.iov_base = bytes, .iov_len = sizeof bytes};
	struct msghdr msg = {.msg_iov = &iov,
	    .msg_iovlen = 1,
	    .msg_control = control,
	    .msg_controllen = CMSG_SPACE(n * sizeof(int))};
	struct cmsghdr *c = CMSG_FIRSTHDR(&msg);
	int fds[8] = {0};

	bytes[5] = (uint8_t)type;
	c->cmsg_level = SOL_SOCKET;
	c->cmsg_type = SCM_RIGHTS;
	c->cmsg_len = CMSG_LEN(n * sizeof(int));
	memcpy(CMSG_DATA(c), fds, n * sizeof(int));
	CHECK(sendmsg(link, &msg, 0) == (ssize_t)sizeof bytes);
}

/* Where a violation is an answer, what came with it does not stay open. */
static void
leaves_no_descriptor_open(void)
{
	struct ipc_link super, dial;
	struct ipc_msg m;
	int fd[2], free_fd;

	pair(fd);
	ipc_init(&super, fd[0], LINK_SUPER_DIAL, ROLE_SUPER, NULL, 0);
	ipc_init(&dial, fd[1], LINK_SUPER_DIAL, ROLE_DIAL, NULL, 0);
	free_fd = next_fd();
	for (size_t n = 2; n <= 8; n++) {
		write_with(dial.fd, IPC_DIAL_OK, n);
		CHECK(ipc_recv_any(&super, record, sizeof record, &m) ==
		      -ERR_FORMAT);
		CHECK(next_fd() == free_fd);
	}
	write_with(dial.fd, IPC_DIAL_FAILED, 1);
	CHECK(ipc_recv_any(&super, record, sizeof record, &m) == -ERR_FORMAT);
	CHECK(next_fd() == free_fd);
	/* Well formed, and at the wrong moment or for somebody else. */
	for (size_t n = 1; n <= 2; n++) {
		write_with(dial.fd, IPC_DIAL_OK, 1);
		CHECK(ipc_recv_any(&super, record, sizeof record, &m) == 1);
		m.type = n == 1 ? start_msg.type : m.type;
		CHECK(ipc_dispatch_any(&m, handlers, 2, 1, NULL) < 0);
		CHECK(next_fd() == free_fd);
	}
	unlinks(&super, &dial);
}

int
main(void)
{
	signal(SIGPIPE, SIG_IGN);
	fact_record_boundaries();
	fact_read_truncates_silently();
	fact_empty_record_looks_like_end();
	fact_records_survive_reset();
	fact_largest_record();
	fact_read_drops_descriptor();
	sends_and_receives();
	queues_in_order();
	queue_in_motion();
	writer_survives_reader();
	refuses_to_send();
	refuses_to_receive();
	table_is_sound();
	dispatches();
	leaves_no_descriptor_open();
	return check_end();
}
