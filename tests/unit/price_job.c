/*
 * A captured or broken worker of prices: whatever it sends on its link, the
 * supervisor goes on and counts it as a failure; a right answer is taken.
 *
 * Run under the name of secchat-price or secchat-dial (by
 * tests/system/hangs.py) this program is such a worker itself: it does
 * what it should up to the moment that the last byte of its file names, says
 * so, and stands still.
 */
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "../../src/super/internal.h"
#include "check.h"
#include "secchat/fds.h"
#include "secchat/util.h"

static struct super s;
static struct options o;
static int theirs;

static uint32_t
chance(uint32_t below)
{
	return below - 1;
}

/* A supervisor that waits for an answer of this worker. */
static void
begin(enum proc_id id, enum ipc_link_id link)
{
	struct worker *w = &s.w[id];
	int pair[2];

	memset(&s, 0, sizeof s);
	run_init(&s, &o);
	fatal_hook(NULL);
	prices_init(&s.prices, 0, chance);
	CHECK(prices_look(&s.prices, clock_now_ms()) == DO_ASK);
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK | SOCK_CLOEXEC,
		0, pair) < 0)
		abort();
	theirs = pair[1];
	ipc_init(
	    &w->link, pair[0], link, ROLE_SUPER, w->queue, sizeof w->queue);
	w->state = WS_ASKED;
	s.job.state = id == PROC_PRICE ? JOB_PRICE : JOB_DIAL;
	s.job.by = s.job.dial_by = clock_now_ms() + 60000;
}

/* To the supervisor, or from a worker, whose end `theirs` is too. */
static void
send_record(uint32_t len, uint16_t type, const void *body, size_t n, int fd)
{
	static uint8_t record[70000];
	union {
		struct cmsghdr align;
		char buf[CMSG_SPACE(sizeof(int))];
	} control;
	struct iovec iov = {.iov_base = record};
	struct msghdr m = {.msg_iov = &iov, .msg_iovlen = 1};
	struct writer w;

	writer_init(&w, record, sizeof record);
	put_u32(&w, len);
	put_u16(&w, type);
	put_u16(&w, 0);
	put_bytes(&w, body, n);
	iov.iov_len = w.len;
	if (fd >= 0) {
		struct cmsghdr *c;

		m.msg_control = control.buf;
		m.msg_controllen = sizeof control.buf;
		c = CMSG_FIRSTHDR(&m);
		c->cmsg_level = SOL_SOCKET;
		c->cmsg_type = SCM_RIGHTS;
		c->cmsg_len = CMSG_LEN(sizeof fd);
		memcpy(CMSG_DATA(c), &fd, sizeof fd);
	}
	CHECK(sendmsg(theirs, &m, 0) == (ssize_t)w.len);
}

static void
send_msg(uint16_t type, const void *body, size_t n)
{
	send_record((uint32_t)(IPC_HEAD + n), type, body, n, -1);
}

/* It has been taken for what it is, and the other provider is next. */
static void
is_a_failure(enum proc_id id, const char *what)
{
	price_messages(&s, id);
	if (!CHECK(s.job.broken))
		printf("not noticed: %s\n", what);
	price_turn(&s);
	CHECK(s.job.state == JOB_LEAVING && s.job.pending);
	CHECK(s.prices.reason == PRICE_DIED &&
	      s.prices.provider == PRICE_BITFINEX);
	CHECK(!s.v.over);
	close(theirs);
}

static void
test_price_lies(void)
{
	static uint8_t body[66000];
	const char *why;

	for (int i = 0; i < 8; i++) {
		memset(body, 0, sizeof body);
		begin(PROC_PRICE, LINK_SUPER_PRICE);
		switch (i) {
		case 0:
			why = "a header that lies";
			send_record(999, IPC_PRICE_ANSWER, body, 95, -1);
			break;
		case 1:
			why = "no such type";
			send_msg(999, body, 0);
			break;
		case 2:
			why = "another sender's message";
			send_msg(IPC_UI_QUIT, body, 5);
			break;
		case 3:
			why = "too short";
			send_msg(IPC_PRICE_ANSWER, body, PRICE_ANSWER_SIZE - 1);
			break;
		case 4:
			why = "too long";
			send_msg(IPC_PRICE_ANSWER, body, 60000);
			break;
		case 5:
			why = "at the wrong moment";
			send_msg(IPC_READY, body, 9);
			break;
		case 6:
			why = "numbers that cannot be";
			memset(body, 0xff, sizeof body);
			send_msg(IPC_PRICE_ANSWER, body, PRICE_ANSWER_SIZE);
			break;
		default:
			why = "a descriptor";
			send_record(IPC_HEAD + PRICE_ANSWER_SIZE,
			    IPC_PRICE_ANSWER, body, PRICE_ANSWER_SIZE, theirs);
		}
		is_a_failure(PROC_PRICE, why);
	}
}

static void
test_dial_lies(void)
{
	uint8_t body[8] = {0};

	begin(PROC_PRICE_DIAL, LINK_SUPER_DIAL);
	send_msg(IPC_DIAL_OK, body, 2); /* without its socket */
	is_a_failure(PROC_PRICE_DIAL, "no descriptor");
	begin(PROC_PRICE_DIAL, LINK_SUPER_DIAL);
	send_msg(IPC_PRICE_ANSWER, body, 8);
	is_a_failure(PROC_PRICE_DIAL, "price's message");
}

/* Gone without a word, as after a signal. */
static void
test_dies(void)
{
	begin(PROC_PRICE, LINK_SUPER_PRICE);
	close(theirs);
	price_messages(&s, PROC_PRICE);
	price_turn(&s);
	CHECK(s.prices.reason == PRICE_DIED && s.job.pending && !s.v.over);
}

static void
test_hangs(void)
{
	begin(PROC_PRICE, LINK_SUPER_PRICE);
	s.w[PROC_PRICE].pid = 0x7fffff00; /* nobody's */
	s.job.by = clock_now_ms() - PRICE_GRACE;
	price_turn(&s);
	CHECK(s.prices.reason == PRICE_TIMEOUT && s.job.pending);
	CHECK(s.w[PROC_PRICE].killed && !s.v.over);
	close(theirs);
}

/*
 * Its end of the link and its death seen at once, or never started at all:
 * nothing more will be heard of it, so the next one is due now.
 */
static void
test_gone_at_once(void)
{
	begin(PROC_PRICE, LINK_SUPER_PRICE);
	close(theirs);
	price_messages(&s, PROC_PRICE);
	price_turn(&s);
	CHECK(s.job.state == JOB_LEAVING && s.w[PROC_PRICE].pid == 0);
	CHECK(price_deadline(&s) <= clock_now_ms());
	s.v.over = 1; /* nobody is asked any more, and nobody spins */
	price_turn(&s);
	CHECK(s.job.state == JOB_IDLE && price_deadline(&s) == CLOCK_NEVER);
	s.v.over = 0;
	CHECK(s.job.pending && price_deadline(&s) <= clock_now_ms());

	begin(PROC_PRICE, LINK_SUPER_PRICE);
	close(theirs);
	price_messages(&s, PROC_PRICE);
	s.w[PROC_PRICE_DIAL].pid = 0x7fffff00;
	price_turn(&s);
	CHECK(s.job.state == JOB_LEAVING);
	CHECK(price_deadline(&s) == CLOCK_NEVER); /* its end will wake us */
}

static void
answer(void)
{
	uint8_t body[PRICE_ANSWER_SIZE];
	struct price_answer a = {.status = PRICE_OK, .http = 200};
	struct writer w;

	a.coin[PRICE_BTC].has_price = 1;
	a.coin[PRICE_BTC].price.digits = 97120;
	writer_init(&w, body, sizeof body);
	price_answer_put(&w, &a);
	send_msg(IPC_PRICE_ANSWER, body, w.len);
}

/* The front end reads nothing at the moment: it gets its table later. */
static void
test_front_end_is_full(void)
{
	struct worker *ui = &s.w[PROC_SCRIPT];
	int pair[2];

	begin(PROC_PRICE, LINK_SUPER_PRICE);
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK | SOCK_CLOEXEC,
		0, pair) < 0)
		abort();
	ipc_init(&ui->link, pair[0], LINK_SUPER_UI, ROLE_SUPER, ui->queue,
	    sizeof ui->queue);
	s.ui = PROC_SCRIPT;
	s.front_told = 1;
	ui->state = WS_READY;
	ui->link.queue.len = ui->link.queue.cap - PRICE_TABLE_SIZE;
	answer();
	price_messages(&s, PROC_PRICE);
	price_turn(&s);
	CHECK(s.job.owed && recv(pair[1], s.record, sizeof s.record, 0) < 0);
	price_turn(&s);
	CHECK(s.job.owed);
	ui->link.queue.len = 0;
	price_turn(&s);
	CHECK(!s.job.owed && recv(pair[1], s.record, sizeof s.record, 0) > 0);
	price_turn(&s);
	CHECK(recv(pair[1], s.record, sizeof s.record, 0) < 0);
	close(pair[0]);
	close(pair[1]);
	close(theirs);
}

static void
test_right(void)
{
	begin(PROC_PRICE, LINK_SUPER_PRICE);
	answer();
	price_messages(&s, PROC_PRICE);
	price_turn(&s);
	CHECK(!s.job.broken && s.job.news && s.prices.have);
	CHECK(!s.prices.failed && !s.job.pending);
	close(theirs);
}

/* ---- a worker that stands still ---- */

static const char *me;

_Noreturn static void
stand_still(void)
{
	static const char here[] = "here\n";

	if (write(STDERR_FILENO, here, sizeof here - 1) < 0)
		_exit(3);
	for (;;)
		(void)poll(NULL, 0, -1);
}

static char
chosen_moment(void)
{
	int fd = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
	char moment = 0;

	if (fd < 0 || lseek(fd, -1, SEEK_END) < 0 || read(fd, &moment, 1) != 1)
		_exit(4);
	close(fd);
	return moment;
}

static void
read_question(void)
{
	struct pollfd p = {.fd = FD_SUPER, .events = POLLIN};
	static char buf[4096];

	while (poll(&p, 1, -1) < 0)
		;
	if (read(FD_SUPER, buf, sizeof buf) <= 0)
		_exit(5);
}

/* A connection on which nobody ever says anything. */
static void
hand_over(void)
{
	static const uint8_t body[2];
	int pair[2];

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) < 0)
		_exit(6);
	send_record(
	    IPC_HEAD + sizeof body, IPC_DIAL_OK, body, sizeof body, pair[0]);
}

static int
be_worker(void)
{
	static const uint8_t zeros[PRICE_ANSWER_SIZE];
	int dial = strcmp(me, "secchat-dial") == 0;
	char moment = chosen_moment();

	theirs = FD_SUPER;
	if (moment == 's') /* before it is ready */
		stand_still();
	send_msg(IPC_READY, zeros, 9);
	if (moment == 'r') /* ready */
		stand_still();
	read_question();
	if (moment == 'h') /* it has hung up */
		close(FD_SUPER);
	else if (moment == 'b') /* it has said what there is not */
		send_msg(IPC_READY, zeros, 9);
	else if (moment == 'n') /* it has answered: not reached */
		send_msg(IPC_DIAL_FAILED, zeros, 8);
	else if (moment == 'a' && dial) /* it has answered */
		hand_over();
	else if (moment == 'a')
		answer();
	stand_still(); /* or was only asked */
}

int
main(int argc, char **argv)
{
	me = argc > 0 ? argv[0] : "";
	if (strncmp(me, "secchat-", 8) == 0)
		return be_worker();
	test_price_lies();
	test_dial_lies();
	test_dies();
	test_gone_at_once();
	test_front_end_is_full();
	test_hangs();
	test_right();
	return check_end();
}
