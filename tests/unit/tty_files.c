/*
 * What is told of files, under a clock of the test's own: lines in plain
 * views, the largest names and paths there are, a terminal that takes nothing,
 * and UI_FILE itself, whole and cut short.
 */
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../../src/tty/tty.h"
#include "check.h"
#include "secchat/err.h"
#include "secchat/filenews.h"
#include "secchat/util.h"

static struct tty t;
static int super_end = -1;

static void
begin(int plain, unsigned cols)
{
	int sv[2];

	if (super_end >= 0) {
		close(super_end);
		close(t.super.fd);
	}
	memset(&t, 0, sizeof t);
	CHECK(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK, 0, sv) == 0);
	super_end = sv[1];
	ipc_init(&t.super, sv[0], LINK_SUPER_UI, ROLE_UI, t.super_queue,
	    sizeof t.super_queue);
	paint_init(&t.paint);
	edit_reset(&t.edit);
	backlog_init(&t.backlog);
	t.view.cols = cols;
	t.view.rows = 24;
	t.view.plain = plain;
	t.state = TTY_CHAT;
	t.now = 1000000;
	t.focus = FOCUS_OUT;
}

static size_t
put_news(uint8_t *body, size_t cap, const struct file_news *n)
{
	struct writer w;

	writer_init(&w, body, cap);
	put_u32(&w, n->fid);
	put_u32(&w, n->ask);
	put_u8(&w, n->ours);
	put_u8(&w, n->state);
	put_u8(&w, n->why);
	put_u64(&w, n->size);
	put_u64(&w, n->done);
	put_u64(&w, n->rate);
	put_u32(&w, n->left);
	put_str8(&w, n->name);
	put_str8(&w, n->words);
	put_bytes(&w, n->path, strlen(n->path));
	CHECK(writer_end(&w) == 0);
	return w.len;
}

static void
news(const struct file_news *n)
{
	static uint8_t body[IPC_BODY_MAX];
	struct ipc_msg m = {IPC_UI_FILE, body, 0, -1};

	m.len = put_news(body, sizeof body, n);
	tty_on_super(&t, &m);
}

static struct file_news
file(uint32_t fid, uint8_t state, uint64_t done)
{
	struct file_news n = {.fid = fid,
	    .ours = fid % 2 != 0,
	    .state = state,
	    .size = 4000000,
	    .done = done,
	    .left = FILE_LEFT_UNKNOWN,
	    .name = "a.bin",
	    .path = "/d/a.bin"};

	return n;
}

static void
tell(uint32_t fid, uint8_t state, uint64_t done)
{
	struct file_news n = file(fid, state, done);

	news(&n);
}

/* Whether exactly this is painted, or with want "" nothing is; the paint is
 * empty afterwards. */
static int
painted(const char *want)
{
	int is = want[0] == '\0' ? t.paint.len == 0
				 : memmem(t.paint.buf, t.paint.len, want,
				       strlen(want)) != NULL;

	if (!is)
		printf("  \"%s\" is not in \"%.*s\"\n", want, (int)t.paint.len,
		    t.paint.buf);
	paint_took(&t.paint, t.paint.len);
	return is;
}

/* A line at each quarter, no sooner than ten seconds after the last. */
static void
test_quarters(void)
{
	begin(1, 80);
	tell(2, FILE_OFFERED, 0);
	CHECK(painted("\a"));
	tell(2, FILE_ACCEPTED, 0);
	CHECK(painted("* file 2 \"a.bin\" is on its way to you\n"));
	t.now += 5000;
	tell(2, FILE_MOVING, 1200000);
	CHECK(painted(""));
	t.now += 5000;
	tell(2, FILE_MOVING, 1300000);
	CHECK(painted("* file 2 \"a.bin\": 32 %, 1.3 of 4.0 MB\n"));
	t.now += 60000;
	tell(2, FILE_MOVING, 1900000);
	CHECK(painted(""));
	tell(2, FILE_MOVING, 2000000);
	CHECK(painted("* file 2 \"a.bin\": 50 %, 2.0 of 4.0 MB\n"));
	t.now += 9999;
	tell(2, FILE_MOVING, 3000000);
	CHECK(painted(""));
	t.now += 1;
	tell(2, FILE_PAUSED, 3000000);
	CHECK(painted("75 %, 3.0 of 4.0 MB, paused (no connection)\n"));
	t.now += 60000;
	tell(2, FILE_MOVING, 4000000);
	CHECK(painted(""));
	tell(2, FILE_DONE, 4000000);
	CHECK(painted("* file 2 is here, all of it \u00b7 4.0 MB in 2:20 min "
		      "\u00b7 28.6 kB/s\n  saved as  /d/a.bin\n"));
	CHECK(t.files.count == 0);
	/* Where there is a live area nothing scrolls. */
	begin(0, 80);
	tell(1, FILE_OFFERED, 0);
	paint_took(&t.paint, t.paint.len);
	for (uint64_t done = 0; done < 4000000; done += 100000) {
		t.now += 20000;
		tell(1, FILE_MOVING, done);
	}
	CHECK(painted("") && t.dirty);
}

static void
fill_with(char *out, size_t cap, const char *unit)
{
	size_t n = 0, len = strlen(unit);

	while (n + len < cap) {
		memcpy(out + n, unit, len);
		n += len;
	}
	out[n] = '\0';
}

/* The largest that can come fits, in every width; no name begins a row. */
static void
test_largest(void)
{
	static const char *const units[] = {"x", "\u00e9", "\u4f60",
	    "\U0001f600", "\xff", "\x1b", "\u202e", " "};
	static const unsigned widths[] = {1, 13, 20, 40, 80, 300};

	for (size_t u = 0; u < ARRAY_LEN(units); u++)
		for (size_t i = 0; i < 4 * ARRAY_LEN(widths); i++) {
			struct file_news n = file(2, FILE_OFFERED, 0);

			begin(i % 2 != 0, widths[i / 4]);
			t.view.ascii = i / 2 % 2 != 0;
			n.size = INT64_MAX;
			fill_with(n.name, sizeof n.name, units[u]);
			fill_with(n.words, sizeof n.words, units[u]);
			fill_with(n.path, sizeof n.path, units[u]);
			fill_with(t.who, sizeof t.who, "W");
			paint_took(&t.paint, t.paint.len);
			news(&n);
			CHECK(t.paint.len > 0 && t.paint.len < PAINT_LINE);
			CHECK(
			    memmem(t.paint.buf, t.paint.len, "\nx", 2) == NULL);
			n.state = FILE_DONE;
			paint_took(&t.paint, t.paint.len);
			news(&n);
			CHECK(t.paint.len > 0 && t.paint.len < PAINT_LINE);
			n.state = FILE_STOPPED;
			n.why = FILE_WHY_WRITE;
			paint_took(&t.paint, t.paint.len);
			news(&n);
			CHECK(t.paint.len > 0 && t.paint.len < PAINT_LINE);
		}
}

/* A terminal that takes nothing: what cannot be told is kept all the same. */
static void
test_stalled(void)
{
	size_t len;

	begin(0, 80);
	while (paint_room(&t.paint) > PAINT_LINE)
		paint_str(&t.paint, "x");
	len = t.paint.len;
	for (uint32_t fid = 1; fid <= TRANSFERS_MAX; fid++)
		tell(fid, FILE_OFFERED, 0);
	CHECK(t.files.count == TRANSFERS_MAX);
	for (uint32_t fid = 1; fid <= TRANSFERS_MAX; fid++) {
		tell(fid, FILE_MOVING, 1);
		tell(fid, FILE_DONE, 4000000);
	}
	CHECK(t.files.count == 0 && t.paint.len == len);
}

/* What a message does to it: its exit status. */
static int
after(const struct ipc_msg *m)
{
	pid_t pid = fork();
	int status = -1;

	if (pid == 0) {
		close(STDERR_FILENO);
		tty_on_super(&t, m);
		_exit(0);
	}
	CHECK(pid > 0 && waitpid(pid, &status, 0) == pid);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

/* A supervisor that makes no sense ends it, whatever of it that is. */
static void
test_nonsense(void)
{
	uint8_t body[512];
	struct ipc_msg m = {IPC_UI_FILE, body, 0, -1};
	struct file_news n = file(2, FILE_OFFERED, 0);
	size_t len = put_news(body, sizeof body, &n);

	begin(0, 80);
	for (m.len = 0; m.len < len - strlen(n.path); m.len++)
		CHECK(after(&m) == EXIT_INTERNAL);
	m.len = len;
	CHECK(after(&m) == 0);
	body[len - 1] = '\0';
	CHECK(after(&m) == EXIT_INTERNAL);

	n.done = n.size + 1;
	m.len = put_news(body, sizeof body, &n);
	CHECK(after(&m) == EXIT_INTERNAL);
	n = file(0, FILE_OFFERED, 0);
	m.len = put_news(body, sizeof body, &n);
	CHECK(after(&m) == EXIT_INTERNAL);
	/* The other way than before; one more than there can be. */
	tell(2, FILE_OFFERED, 0);
	n = file(2, FILE_MOVING, 0);
	n.ours = 1;
	m.len = put_news(body, sizeof body, &n);
	CHECK(after(&m) == EXIT_INTERNAL);
	for (uint32_t fid = 3; t.files.count < TRANSFERS_MAX; fid++)
		tell(fid, FILE_MOVING, 0);
	n = file(999, FILE_MOVING, 0);
	m.len = put_news(body, sizeof body, &n);
	CHECK(after(&m) == EXIT_INTERNAL);
}

/* New keys while files move: told when the last of them is over. */
static void
test_rekeys(void)
{
	begin(0, 200);
	CHECK(tty_files_rekeyed(&t, 1, REKEY_WHY_BYTES) == 0);
	tell(1, FILE_OFFERED, 0);
	CHECK(tty_files_rekeyed(&t, 2, REKEY_WHY_BYTES) == 0);
	tell(1, FILE_MOVING, 0);
	tell(2, FILE_MOVING, 0);
	CHECK(tty_files_rekeyed(&t, 3, REKEY_WHY_PEER) == 1 && t.epoch == 3);
	CHECK(tty_files_rekeyed(&t, 4, REKEY_WHY_YOU) == 0);
	CHECK(tty_files_rekeyed(&t, 5, REKEY_WHY_BYTES) == 1 && t.epoch == 5);
	paint_took(&t.paint, t.paint.len);
	tell(2, FILE_DONE, 4000000);
	CHECK(memmem(t.paint.buf, t.paint.len, "new keys", 8) == NULL);
	/* By now it may be another session. */
	t.epoch = 0;
	tell(1, FILE_STOPPED, 0);
	CHECK(painted("new keys 2 times while files moved: epoch 2 \u2192 5 "
		      "\u00b7 old keys erased on both sides"));
	tell(1, FILE_MOVING, 0);
	tell(1, FILE_DONE, 4000000);
	CHECK(memmem(t.paint.buf, t.paint.len, "new keys", 8) == NULL);
}

/* ---- which offer a bare /accept means ---- */

static void
type(const char *text)
{
	for (const char *p = text; *p != '\0'; p++)
		tty_input(&t, (const uint8_t *)p, 1);
}

/* The file that the supervisor was asked about, 0: it was not. */
static uint32_t
asked_about(void)
{
	static uint8_t record[IPC_RECORD_MAX + 1];
	static struct ipc_link l;
	struct reader r;
	struct ipc_msg m;

	ipc_init(&l, super_end, LINK_SUPER_UI, ROLE_SUPER, t.record,
	    sizeof t.record);
	if (ipc_recv_fd(&l, record, sizeof record, &m) != 1)
		return 0;
	reader_init(&r, m.body, m.len);
	return get_u32(&r);
}

static int
hinted(const char *want)
{
	int is = strstr(t.hint, want) != NULL;

	if (!is)
		printf("  \"%s\" is not in \"%s\"\n", want, t.hint);
	return is;
}

static void
offer(uint32_t fid, const char *name)
{
	struct file_news n = file(fid, FILE_OFFERED, 0);

	snprintf(n.name, sizeof n.name, "%s", name);
	news(&n);
}

static void
take_back(uint32_t fid)
{
	struct file_news n = file(fid, FILE_STOPPED, 0);

	n.why = FILE_WHY_CANCELLED;
	news(&n);
}

/* The one that was on the screen when the line was begun, or none. */
static void
test_swapped(void)
{
	begin(0, 80);
	offer(2, "holiday.jpg");
	t.now += 2000;
	type("/accept\r");
	CHECK(asked_about() == 2);
	take_back(2);
	/* While it is typed. */
	offer(4, "holiday.jpg");
	t.now += 2000;
	type("/acc");
	t.now += 1;
	take_back(4);
	offer(6, "evil.desktop");
	t.now += 60000;
	type("ept\r");
	CHECK(asked_about() == 0);
	CHECK(hinted("\"evil.desktop\" is file 6; /accept 6 means it"));
	type("/decline 6\r");
	CHECK(asked_about() == 6);
	/* By then nobody has seen it. */
	begin(0, 80);
	offer(2, "a");
	t.now += 999;
	type("/decline\r");
	CHECK(asked_about() == 0 && hinted("/decline 2 means it"));
	t.now += 1;
	type("/decline\r");
	CHECK(asked_about() == 2);
	/* One of two goes, and the line is begun before that is seen. */
	begin(0, 80);
	offer(2, "a");
	offer(4, "b");
	t.now += 5000;
	take_back(2);
	t.now += 999;
	type("/accept");
	t.now += 5000;
	type("\r");
	CHECK(asked_about() == 0 && hinted("\"b\" is file 4"));
	type("/accept\r");
	CHECK(asked_about() == 4);
	/* What ends by one's own wish is no change. */
	begin(0, 80);
	offer(2, "a");
	offer(4, "b");
	t.now += 5000;
	type("/decline 2\r");
	CHECK(asked_about() == 2);
	t.now += 5000;
	type("/acc");
	take_back(2);
	type("\r");
	CHECK(asked_about() == 4);
}

static void
plain_line(const char *line)
{
	tty_plain_input(&t, (const uint8_t *)line, strlen(line));
}

/* Where the terminal edits the line nobody knows when it was begun. */
static void
test_swapped_plain(void)
{
	begin(1, 80);
	offer(2, "a");
	t.now += 5000;
	plain_line("/accept\n");
	CHECK(asked_about() == 2);
	take_back(2);
	offer(4, "b");
	t.now += 60000;
	plain_line("/accept\n");
	CHECK(asked_about() == 0);
	CHECK(painted("\"b\" is file 4; /accept 4 means it"));
	plain_line("/accept\n");
	CHECK(asked_about() == 4);
}

/* How often something is painted; the paint is empty afterwards. */
static size_t
times_painted(const char *what)
{
	const char *p = t.paint.buf, *end = p + t.paint.len;
	size_t n = 0, len = strlen(what);

	while ((p = memmem(p, (size_t)(end - p), what, len)) != NULL) {
		p += len;
		n++;
	}
	paint_took(&t.paint, t.paint.len);
	return n;
}

/* Offers and their ends, again and again: three are shown, the others are
 * counted, and an answer is possible all the time. */
static void
test_taken_back(void)
{
	for (int plain = 0; plain < 2; plain++) {
		size_t rows = 0, bells = 0;

		begin(plain, 80);
		for (uint32_t fid = 2; fid <= 2000; fid += 2) {
			t.now += 50;
			offer(fid, "a");
			CHECK(t.files.count == 1);
			take_back(fid);
			for (size_t i = 0; i < t.paint.len; i++) {
				rows += t.paint.buf[i] == '\n';
				bells += t.paint.buf[i] == '\a';
			}
			if (fid == 6)
				CHECK(times_painted("offers you") == 3);
			if (fid == 16)
				CHECK(painted("has offered 8 files and taken"));
			if (fid > 6)
				CHECK(times_painted("offers you") == 0);
		}
		CHECK(t.back == 1000 && bells <= 6 && rows < 100);
		offer(2002, "b");
		CHECK(times_painted("offers you") == 0 && t.files.count == 1);
		t.now += 2000;
		if (!plain) {
			type("/accept 2002\r");
			CHECK(asked_about() == 2002);
		}
		/* After a calm they are shown again, and counted from one. */
		t.now += 60000;
		offer(2004, "c");
		CHECK(times_painted("offers you") == 1);
		take_back(2004);
		CHECK(times_painted("cancelled file 2004") == 1 && t.back == 1);
	}
	/* What is declined here, or was accepted, is no such thing. */
	begin(0, 80);
	for (uint32_t fid = 2; fid < 40; fid += 2) {
		offer(fid, "a");
		transfers_find(&t.files, fid)->stopping = fid % 4 == 0;
		if (fid % 4 != 0)
			tell(fid, FILE_MOVING, 1);
		take_back(fid);
		CHECK(t.back == 0 && times_painted("offers you") == 1);
	}
}

int
main(void)
{
	test_quarters();
	test_largest();
	test_stalled();
	test_nonsense();
	test_rekeys();
	test_swapped();
	test_taken_back();
	test_swapped_plain();
	return check_end();
}
