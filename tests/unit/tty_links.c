/*
 * The front end's state under a clock of the test's own: the status row while
 * the connection is lost, the line about coming back, a session that begins
 * anew with a full backlog, and how commands are found.
 */
#include <sys/socket.h>
#include <unistd.h>

#include "../../src/tty/tty.h"
#include "check.h"
#include "secchat/util.h"

static struct tty t;
static int super_end, crypto_end;

static int
link_to(struct ipc_link *l, enum ipc_link_id id, void *queue, size_t cap)
{
	int sv[2];

	CHECK(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK, 0, sv) == 0);
	ipc_init(l, sv[0], id, ROLE_UI, queue, cap);
	return sv[1];
}

static void
begin(uint8_t role)
{
	if (super_end > 0) {
		close(super_end);
		close(crypto_end);
		close(t.super.fd);
		close(t.crypto.fd);
	}
	memset(&t, 0, sizeof t);
	super_end = link_to(
	    &t.super, LINK_SUPER_UI, t.super_queue, sizeof t.super_queue);
	crypto_end = link_to(
	    &t.crypto, LINK_UI_CRYPTO, t.crypto_queue, sizeof t.crypto_queue);
	paint_init(&t.paint);
	keys_init(&t.keys);
	edit_reset(&t.edit);
	backlog_init(&t.backlog);
	history_init(&t.history);
	t.view.cols = 80;
	t.view.rows = 24;
	t.role = role;
	t.mode = MODE_KEY;
	t.state = TTY_CHAT;
	t.rtt_ms = UINT32_MAX;
	t.now = 1000000;
	snprintf(t.addr, sizeof t.addr, "192.0.2.10:5000");
}

/* The type of the next message that was sent, or 0. */
static unsigned
sent(int fd)
{
	uint8_t record[256];
	ssize_t n = read(fd, record, sizeof record);

	return n < IPC_HEAD ? 0 : record[4] * 256u + record[5];
}

static void
from_crypto(unsigned type, const void *body, size_t len)
{
	struct ipc_msg m = {(uint16_t)type, body, len, -1};

	tty_on_crypto(&t, &m);
}

static void
link_event(uint8_t event, uint8_t why, uint32_t ms)
{
	uint8_t body[6];
	struct writer w;

	writer_init(&w, body, sizeof body);
	put_u8(&w, event);
	put_u8(&w, why);
	put_u32(&w, ms);
	from_crypto(IPC_LINK_EVENT, body, w.len);
}

static void
retry(uint32_t number, uint32_t ms, const char *why)
{
	uint8_t body[9 + 255];
	struct writer w;
	struct ipc_msg m = {IPC_UI_RETRY, body, 0, -1};

	writer_init(&w, body, sizeof body);
	put_u32(&w, number);
	put_u32(&w, ms);
	put_str8(&w, why);
	m.len = w.len;
	tty_on_super(&t, &m);
}

static void
delivered(uint64_t mseq)
{
	uint8_t body[8];
	struct writer w;

	writer_init(&w, body, sizeof body);
	put_u64(&w, mseq);
	from_crypto(IPC_DELIVERED, body, w.len);
}

static int
cell_is(enum status_cell i, const char *want)
{
	tty_status_update(&t);
	if (strcmp(t.cells[i].text, want) == 0)
		return 1;
	printf("  got \"%s\", want \"%s\"\n", t.cells[i].text, want);
	return 0;
}

/* What was painted has it; the paint is empty afterwards. */
static int
painted(const char *want)
{
	int has = memmem(t.paint.buf, t.paint.len, want, strlen(want)) != NULL;

	if (!has)
		printf("  \"%s\" is not in \"%.*s\"\n", want, (int)t.paint.len,
		    t.paint.buf);
	paint_took(&t.paint, t.paint.len);
	return has;
}

static void
give(const char *text)
{
	CHECK(backlog_add(&t.backlog, (const uint8_t *)text, strlen(text), 0,
		  ++t.numbers) == 0);
	backlog_gave(&t.backlog);
}

static void
test_countdown(void)
{
	begin(PEER_JOINER);
	CHECK(cell_is(CELL_WHO, "192.0.2.10") && cell_is(CELL_LINK, "epoch 0"));
	CHECK(tty_status_wake(&t) <= t.now + 60000);
	link_event(LINKEV_LOST, LOST_TIMEOUT, 600000);
	CHECK(painted("connection lost (no answer for 15 s)"));
	CHECK(cell_is(CELL_LINK, "RECONNECTING"));
	retry(3, 4000, "connection\033 refused");
	CHECK(cell_is(CELL_LINK, "RECONNECTING, try 3 in 4 s"));
	CHECK(cell_is(CELL_RTT, "connection^[ refused"));
	CHECK(t.cells[CELL_LINK].style == STYLE_WARN);
	CHECK(tty_status_wake(&t) == t.now + 1000);
	t.dirty = 0;
	t.now += 1;
	CHECK(cell_is(CELL_LINK, "RECONNECTING, try 3 in 4 s") && !t.dirty);
	t.now += 3998;
	CHECK(cell_is(CELL_LINK, "RECONNECTING, try 3 in 1 s") && t.dirty);
	t.now += 1;
	CHECK(cell_is(CELL_LINK, "RECONNECTING, try 3 now"));
	tty_cmd_retry(&t, "");
	CHECK(sent(super_end) == IPC_UI_REDIAL);
	link_event(LINKEV_RESUMED, 0, 52499);
	CHECK(painted("back after 52 s "));
	CHECK(cell_is(CELL_LINK, "epoch 0") && cell_is(CELL_RTT, ""));
	tty_cmd_retry(&t, "");
	CHECK(sent(super_end) == 0);

	begin(PEER_HOST);
	link_event(LINKEV_LOST, LOST_RESET, 580000);
	CHECK(painted("connection lost (it was reset)"));
	CHECK(cell_is(CELL_LINK, "WAITING for them, 9:40 left"));
	t.now += 580000;
	CHECK(cell_is(CELL_LINK, "WAITING for them, 0:00 left"));
	t.now += 1000;
	CHECK(cell_is(CELL_LINK, "WAITING for them, 0:00 left"));
	tty_cmd_retry(&t, "");
	CHECK(sent(super_end) == 0);
}

static void
test_back(void)
{
	begin(PEER_JOINER);
	give("one");
	give("two");
	link_event(LINKEV_LOST, LOST_EOF, 600000);
	link_event(LINKEV_RESUMED, 0, 61000);
	CHECK(tty_back(&t, 0) == 0);
	delivered(1);
	CHECK(tty_back(&t, 0) == 0);
	delivered(2);
	CHECK(tty_back(&t, 0) == 1 && t.lost.back == 0);
	CHECK(painted("back after 1 min 1 s \u00b7 2 waiting messages "
		      "delivered"));

	/* Not in time: then what is true. */
	begin(PEER_JOINER);
	give("one");
	give("two");
	link_event(LINKEV_LOST, LOST_EOF, 600000);
	link_event(LINKEV_RESUMED, 0, 1000);
	delivered(1);
	t.now += 5000;
	CHECK(tty_back(&t, 0) == 1);
	CHECK(painted("back after 1 s \u00b7 1 waiting message on the way"));
}

static void
test_restart(void)
{
	static char big[5000];
	static const uint8_t n[4];
	int rounds = 0;

	begin(PEER_JOINER);
	memset(big, 'x', sizeof big - 1);
	for (int i = 0; i < 300; i++)
		CHECK(backlog_add(&t.backlog, (uint8_t *)big, sizeof big - 1, 0,
			  ++t.numbers) == 0);
	for (int i = 0; i < 7; i++)
		backlog_gave(&t.backlog);
	t.verified = 1;
	t.delivered = t.received = t.told_mseq = t.shown_mseq = 5;
	from_crypto(IPC_RESTARTED, n, sizeof n);
	CHECK(painted("not delivered: 300"));
	while (!tty_restart(&t) && ++rounds < 100) {
		CHECK(sent(crypto_end) == 0);
		CHECK(painted("??"));
	}
	CHECK(rounds > 5 && t.backlog.count == 0 && t.backlog.mseq == 0);
	CHECK(t.received == 0 && t.delivered == 0 && t.told_mseq == 0);
	CHECK(
	    !t.verified && t.anew && t.abandoned == 300 && t.kept_back == 293);
	CHECK(sent(crypto_end) == IPC_UI_RESTARTED);
	CHECK(sent(crypto_end) == 0);
}

static void
command(const char *line)
{
	char copy[64];

	snprintf(copy, sizeof copy, "%s", line);
	t.hint[0] = '\0';
	tty_command(&t, copy);
}

static void
test_commands(void)
{
	begin(PEER_JOINER);
	command("st");
	CHECK(t.status_asked && t.status_said && t.hint[0] == '\0');
	command("rek");
	CHECK(t.rekey_asked);
	t.rekey_asked = 0;
	command("re");
	CHECK(!t.rekey_asked && strstr(t.hint, "/re can be several") != NULL);
	command("quti");
	CHECK(strstr(t.hint, "Did you mean /quit?") != NULL);
	command("rekey now");
	CHECK(!t.rekey_asked && strstr(t.hint, "nothing behind it") != NULL);
	command("rekey \t ");
	CHECK(t.rekey_asked);
	command("name");
	CHECK(strstr(t.hint, "/name NAME") != NULL);
	command("name  Ann Lee ");
	CHECK(strcmp(t.who, "\"Ann Lee\"") == 0 && sent(super_end) == 0);
	command("name a/b");
	command("name Ann  Lee");
	command("name you");
	CHECK(strcmp(t.who, "\"Ann Lee\"") == 0);
	CHECK(strcmp(t.view.peer, "Ann Lee") == 0);
	t.mode = MODE_ID;
	command("name known");
	CHECK(sent(super_end) == 0);
	command("name bob");
	CHECK(strcmp(t.who, "\"Ann Lee\"") == 0);
	CHECK(sent(super_end) == IPC_UI_NAME);
	command("wire on");
	CHECK(t.wire_on && sent(crypto_end) == IPC_UI_WIRE);
	command("wire maybe");
	CHECK(t.wire_on && sent(crypto_end) == 0);
	command("notify off");
	CHECK(t.silent);
	command("");
	CHECK(strstr(t.hint, "there is no /") != NULL);
}

int
main(void)
{
	test_countdown();
	test_back();
	test_restart();
	test_commands();
	return check_end();
}
