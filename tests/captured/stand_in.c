/*
 * A captured worker: under a worker's name, in a copy of the build tree, it
 * stands in that worker's place, with that worker's descriptors and under the
 * filter that it inherits, and does what the test tells it to (captured.py).
 *
 * What it is told comes on a TCP connection, since that is what the inherited
 * filter lets everybody have; the port is in the file `port` beside the
 * program.  Whatever its links bring goes to the test, byte for byte, so that
 * it can be recorded and searched.
 *
 *	stand_in --table    the message table as text, a line each
 *
 * The test's orders and our reports have the same head: u8 what, u8 link (the
 * number of its descriptor), u8 n, u8 kind, u32 count, u32 length, and so many
 * bytes.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/socket.h>
#include <unistd.h>

#include "secchat/fds.h"
#include "secchat/ipc.h"
#include "secchat/util.h"

#define HEAD 12
#define FDS_MAX 8 /* descriptors that one record carries */
#define RECORD_CAP (4 * IPC_RECORD_MAX)
#define LOW 3  /* the links are at 3, 4 and 5 */
#define HIGH 6 /* what is behind them are files */

/* What is being sent on a link until all of it has gone. */
struct job {
	uint32_t left, sent;
	uint8_t n, kind;
	size_t len;
	uint8_t record[RECORD_CAP];
};

static struct {
	int control;
	int stays; /* also when the supervisor has gone */
	uint8_t open[HIGH], quiet[HIGH];
	struct job job[HIGH];
	uint16_t port;
} me = {.control = -1};

struct order {
	uint8_t what, link, n, kind;
	uint32_t count, len;
};

/* ---- the test's end ---- */

_Noreturn static void
leave(int code)
{
	_exit(code);
}

static void
put_all(const void *p, size_t len)
{
	if (fd_write_all(me.control, p, len) < 0)
		leave(0); /* the test is over */
}

static void
get_all(void *p, size_t len)
{
	uint8_t *at = p;

	while (len > 0) {
		ssize_t n = read(me.control, at, len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			leave(0);
		at += n;
		len -= (size_t)n;
	}
}

static void
report(uint8_t what, uint8_t link, uint8_t n, uint32_t count, const void *p,
    size_t len)
{
	uint8_t head[HEAD];
	struct writer w;

	writer_init(&w, head, sizeof head);
	put_u8(&w, what);
	put_u8(&w, link);
	put_u8(&w, n);
	put_u8(&w, 0);
	put_u32(&w, count);
	put_u32(&w, (uint32_t)len);
	put_all(head, sizeof head);
	put_all(p, len);
}

/* The number in the file `port` beside the program. */
static uint16_t
read_port(void)
{
	const char *self = (const char *)getauxval(AT_EXECFN);
	const char *slash = strrchr(self, '/');
	char path[4096], text[8] = "";
	int fd;

	snprintf(path, sizeof path, "%.*s/port",
	    slash == NULL ? 1 : (int)(slash - self),
	    slash == NULL ? "." : self);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0 || read(fd, text, sizeof text - 1) <= 0)
		leave(40);
	fd_close(fd);
	return (uint16_t)strtoul(text, NULL, 10);
}

static int
tcp_socket(void)
{
	return socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
}

static int
call_test(void)
{
	struct sockaddr_in a = {.sin_family = AF_INET,
	    .sin_port = htons(me.port),
	    .sin_addr = {htonl(INADDR_LOOPBACK)}};
	int fd = tcp_socket();

	if (fd < 0 || connect(fd, (struct sockaddr *)&a, sizeof a) < 0)
		return -1;
	return fd;
}

/* ---- forged descriptors ---- */

static int
half_of_pair(int type)
{
	static int pair[2];

	return socketpair(AF_UNIX, type, 0, pair) < 0 ? -1 : pair[0];
}

static int
half_of_pipe(int which)
{
	static int pair[2];

	return pipe2(pair, O_CLOEXEC) < 0 ? -1 : pair[which];
}

static int
listening(void)
{
	struct sockaddr_in a = {
	    .sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
	int fd = tcp_socket();

	if (fd < 0 || bind(fd, (struct sockaddr *)&a, sizeof a) < 0 ||
	    listen(fd, 4) < 0)
		return -1;
	return fd;
}

/* Something to pass that is, or is not, what the receiver expects. */
static int
forge(uint8_t kind, int link)
{
	switch (kind) {
	case 'p':
		return half_of_pipe(0);
	case 'w':
		return half_of_pipe(1);
	case 'u':
		return half_of_pair(SOCK_STREAM);
	case 's':
		return half_of_pair(SOCK_SEQPACKET);
	case 'l':
		return link;
	case 't':
		return tcp_socket();
	case 'L':
		return listening();
	case 'c':
		return call_test();
	case 'd':
		return open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	default:
		return STDIN_FILENO;
	}
}

/* ---- the links ---- */

/* One record out, with what rides along.  1 when the socket is full. */
static int
is_full(int link, const struct job *j)
{
	union {
		struct cmsghdr align;
		uint8_t buf[CMSG_SPACE(FDS_MAX * sizeof(int))];
	} control = {.buf = {0}};
	struct iovec iov = {.iov_len = j->len};
	struct msghdr msg = {.msg_iov = &iov, .msg_iovlen = 1};
	int fds[FDS_MAX] = {STDIN_FILENO}, again;
	struct cmsghdr *c;

	memcpy(&iov.iov_base, &(const void *){j->record}, sizeof(void *));
	if (j->n > 0) {
		msg.msg_control = control.buf;
		msg.msg_controllen = CMSG_SPACE(j->n * sizeof(int));
		c = CMSG_FIRSTHDR(&msg);
		c->cmsg_level = SOL_SOCKET;
		c->cmsg_type = SCM_RIGHTS;
		c->cmsg_len = CMSG_LEN(j->n * sizeof(int));
		for (size_t i = 0; i < j->n; i++)
			fds[i] = forge(j->kind, link);
		memcpy(CMSG_DATA(c), fds, j->n * sizeof(int));
	}
	again = sendmsg(link, &msg, MSG_NOSIGNAL) < 0 &&
		(errno == EAGAIN || errno == ENOBUFS || errno == EINTR);
	for (size_t i = 0; i < j->n; i++)
		if (fds[i] != STDIN_FILENO && fds[i] != link)
			fd_close(fds[i]);
	return again;
}

static void
send_some(uint8_t link)
{
	struct job *j = &me.job[link];

	while (j->left > 0 && !is_full(link, j)) {
		j->left--;
		j->sent++;
	}
	if (j->left == 0)
		report('D', link, 0, j->sent, NULL, 0);
}

static void
take_record(uint8_t link)
{
	static uint8_t record[RECORD_CAP];
	_Alignas(struct cmsghdr)
	    uint8_t control[CMSG_SPACE(FDS_MAX * sizeof(int))];
	struct iovec iov = {.iov_base = record, .iov_len = sizeof record};
	struct msghdr msg = {.msg_iov = &iov,
	    .msg_iovlen = 1,
	    .msg_control = control,
	    .msg_controllen = sizeof control};
	ssize_t n = recvmsg(link, &msg, MSG_CMSG_CLOEXEC);

	if (n < 0 && (errno == EAGAIN || errno == EINTR || errno == ECONNRESET))
		return;
	if (n > 0) {
		report('R', link, CMSG_FIRSTHDR(&msg) != NULL, 0, record,
		    (size_t)n);
		return;
	}
	report('E', link, 0, 0, NULL, 0);
	me.open[link] = 0;
	if (link == FD_SUPER && !me.stays)
		leave(0);
}

/* All that is in a file that we were handed. */
static void
tell_file(int fd)
{
	uint8_t text[2048];
	size_t len = 0;
	ssize_t n;

	while (len < sizeof text &&
	       (n = read(fd, text + len, sizeof text - len)) > 0)
		len += (size_t)n;
	report('K', (uint8_t)fd, 0, 0, text, len);
}

/* ---- the orders ---- */

static void
begin_job(const struct order *o)
{
	struct job *j = &me.job[o->link];

	j->left = o->count;
	j->sent = 0;
	j->n = MIN(o->n, (uint8_t)FDS_MAX);
	j->kind = o->kind;
	j->len = o->len;
	get_all(j->record, o->len);
	send_some(o->link);
}

static void
obey(void)
{
	uint8_t head[HEAD];
	struct order o;
	struct reader r;

	get_all(head, sizeof head);
	reader_init(&r, head, sizeof head);
	o.what = get_u8(&r);
	o.link = get_u8(&r);
	o.n = get_u8(&r);
	o.kind = get_u8(&r);
	o.count = get_u32(&r);
	o.len = get_u32(&r);
	if (o.len > RECORD_CAP || (o.what != 'K' && o.link >= HIGH))
		leave(41);
	switch (o.what) {
	case 'S': /* this record, so many times */
		begin_job(&o);
		break;
	case 'H': /* one half of a link, or both */
		(void)shutdown(o.link, o.n);
		break;
	case 'C':
		fd_close(o.link);
		me.open[o.link] = 0;
		break;
	case 'P': /* read it no more, or again */
		me.quiet[o.link] = o.n;
		break;
	case 'T': /* stay when asked to leave */
		me.stays = 1;
		break;
	case 'K':
		tell_file(o.link);
		break;
	case 'W': /* last words */
		get_all(me.job[LOW].record, o.len);
		(void)fd_write_all(STDERR_FILENO, me.job[LOW].record, o.len);
		break;
	default:
		leave((int)o.count);
	}
}

static short
events_of(int link)
{
	return (short)((me.quiet[link] ? 0 : POLLIN) |
		       (me.job[link].left > 0 ? POLLOUT : 0));
}

static void
serve(void)
{
	struct pollfd p[HIGH + 1] = {{.fd = me.control, .events = POLLIN}};

	for (int i = LOW; i < HIGH; i++)
		p[i] = (struct pollfd){
		    .fd = me.open[i] && events_of(i) != 0 ? i : -1,
		    .events = events_of(i)};
	p[1].fd = p[2].fd = p[HIGH].fd = -1;
	if (poll(p, HIGH, -1) < 0)
		return;
	if (p[0].revents != 0)
		obey();
	for (uint8_t i = LOW; i < HIGH; i++) {
		if (p[i].revents & POLLOUT && me.job[i].left > 0)
			send_some(i);
		if (me.open[i] && !me.quiet[i] && p[i].revents & ~POLLOUT)
			take_record(i);
	}
}

/* Whether a descriptor is one of our links: a socket that nobody waits on.  Of
 * what a socket can be asked the filter lets only this through. */
static int
is_link(int fd)
{
	int err = 0;
	socklen_t len = sizeof err;

	return getsockopt(fd, SOL_SOCKET, SO_ERROR, &err, &len) == 0 &&
	       fcntl(fd, F_GETFL) & O_NONBLOCK;
}

static int
stand_in(const char *name)
{
	char hello[64];

	me.port = read_port();
	me.control = call_test();
	if (me.control < 0)
		leave(42);
	for (int i = LOW; i < HIGH; i++)
		me.open[i] = (uint8_t)is_link(i);
	snprintf(hello, sizeof hello, "%s %d", name, (int)getpid());
	report('H', 0, 0, 0, hello, strlen(hello));
	for (;;)
		serve();
}

/* ---- the table ---- */

static int
print_table(void)
{
	for (size_t i = 0; i < ipc_rows_len; i++) {
		const struct ipc_row *r = &ipc_rows[i];

		printf("row %s %u %u %u %u %u %u\n", r->name, r->type, r->from,
		    r->links, r->min, r->max, r->fd);
	}
	for (int l = 0; l < LINK_COUNT; l++) {
		uint8_t a, b;

		ipc_link_ends((enum ipc_link_id)l, &a, &b);
		printf("link %d %u %u %s\n", l, a, b,
		    ipc_link_name((enum ipc_link_id)l));
	}
	printf("record %d\n", IPC_RECORD_MAX);
	return 0;
}

int
main(int argc, char **argv)
{
	if (argc > 0 && strncmp(argv[0], "secchat-", 8) == 0)
		return stand_in(argv[0]);
	return print_table();
}
