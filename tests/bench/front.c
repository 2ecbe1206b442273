/*
 * A front end that does nothing: it stands in secchat-script's place in a
 * copied build tree and talks with crypto as a front end does, so that what a
 * round trip costs is measured between front ends.  A joiner pings, a host
 * sends back what it gets.  On 0 it reads "COUNT BYTES", on 1 it prints
 * "listening ADDRESS", "connected" and, for each command, how long the texts
 * took to come back (took.h).  It runs under secchat-script's policy.
 */
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "secchat/fds.h"
#include "secchat/ipc.h"
#include "secchat/sandbox.h"
#include "secchat/util.h"
#include "took.h"

/* Messages of one link in a turn, as in secchat-script. */
#define TURN 64

enum {
	P_CONTROL,
	P_SUPER,
	P_CRYPTO,
	P_MAX
};

static struct front {
	struct ipc_link super, crypto;
	uint8_t super_queue[64], crypto_queue[IPC_RECORD_MAX];
	uint8_t record[IPC_RECORD_MAX + 1];
	uint8_t text[TEXT_MAX];
	uint8_t role;
	uint64_t sent_at;
	uint64_t shown, told, tell_at; /* as in secchat-script */
	size_t left, bytes;            /* of a command */
	int connected, done;
} front;

static void
say(const char *text, size_t len)
{
	if (write(STDOUT_FILENO, text, len) != (ssize_t)len)
		fatal("standard output: %s", strerror(errno));
}

static void
send_text(struct front *f)
{
	f->sent_at = took_now();
	ipc_send(&f->crypto, IPC_UI_SEND, f->text, f->bytes);
}

/* What was shown is told as secchat-script does it. */
static void
tell_shown(struct front *f)
{
	uint64_t now = clock_now_ms();
	uint8_t body[8];
	struct writer w;

	if (f->told == f->shown ||
	    (now < f->tell_at && f->shown - f->told < ACK_BATCH))
		return;
	f->told = f->shown;
	f->tell_at = now + TELL_EVERY;
	writer_init(&w, body, sizeof body);
	put_u64(&w, f->told);
	ipc_send(&f->crypto, IPC_UI_SHOWN, body, w.len);
}

static void
on_text(struct front *f, const struct ipc_msg *m)
{
	char line[TOOK_LINE];

	f->shown++;
	if (f->role == PEER_HOST) {
		ipc_send(&f->crypto, IPC_UI_SEND, m->body + 8, m->len - 8);
		return;
	}
	took_since(f->sent_at);
	if (--f->left > 0)
		send_text(f);
	else
		say(line, took_line(line));
}

static void
on_crypto(struct front *f, const struct ipc_msg *m)
{
	static const char connected[] = "connected\n";

	if (m->type == IPC_TEXT)
		on_text(f, m);
	if (m->type != IPC_CONNECTED)
		return;
	f->connected = 1;
	say(connected, sizeof connected - 1);
}

static void
on_super(struct front *f, const struct ipc_msg *m)
{
	char addr[ADDR_TEXT_MAX + 1], line[ADDR_TEXT_MAX + 32];
	struct reader r;
	int n;

	reader_init(&r, m->body, m->len);
	if (m->type == IPC_UI_START) {
		(void)get_u32(&r);
		f->role = get_u8(&r);
	} else if (m->type == IPC_UI_LISTENING) {
		get_str8(&r, addr, sizeof addr);
		n = snprintf(line, sizeof line, "listening %s\n", addr);
		say(line, (size_t)n);
	} else if (m->type == IPC_UI_END) {
		f->done = 1;
	}
}

/* What asks for the end is the end of standard input. */
static void
on_control(struct front *f)
{
	char line[64];
	ssize_t n = read(STDIN_FILENO, line, sizeof line - 1);
	uint8_t quit[5] = {QUIT_EOF};
	char *end;

	if (n <= 0) {
		f->connected = 0;
		ipc_send(&f->super, IPC_UI_QUIT, quit, sizeof quit);
		return;
	}
	line[n] = '\0';
	f->left = strtoul(line, &end, 10);
	f->bytes = strtoul(end, NULL, 10);
	if (f->left < 1 || f->bytes < 1 || f->bytes > TEXT_MAX)
		fatal("what is \"%s\"?", line);
	took_clear();
	memset(f->text, 'x', f->bytes);
	send_text(f);
}

static void
read_link(struct front *f, struct ipc_link *l,
    void (*on)(struct front *f, const struct ipc_msg *m))
{
	unsigned came = 0, most = ipc_turn(l, TURN);
	struct ipc_msg m;
	int r = 1;

	for (; came < most; came++) {
		r = ipc_recv(l, f->record, sizeof f->record, &m);
		if (r <= 0)
			break;
		on(f, &m);
	}
	ipc_turned(l, came);
	if (r < 0 && l == &f->super)
		f->done = 1;
	if (r < 0)
		l->fd = -1;
}

static void
serve(struct front *f)
{
	struct pollfd p[P_MAX] = {
	    [P_CONTROL] = {f->connected && f->left == 0 ? STDIN_FILENO : -1,
		POLLIN, 0},
	    [P_SUPER] = {f->super.fd, ipc_events(&f->super), 0},
	    [P_CRYPTO] = {f->crypto.fd, ipc_events(&f->crypto), 0},
	};

	if (poll(p, P_MAX,
		clock_poll_timeout(clock_now_ms(),
		    f->told < f->shown ? f->tell_at : CLOCK_NEVER)) < 0 &&
	    errno != EINTR)
		fatal("poll: %s", strerror(errno));
	if (p[P_SUPER].revents & POLLOUT)
		ipc_flush(&f->super);
	if (p[P_CRYPTO].revents & POLLOUT)
		ipc_flush(&f->crypto);
	if (p[P_SUPER].revents & ~POLLOUT)
		read_link(f, &f->super, on_super);
	if (p[P_CRYPTO].revents & ~POLLOUT)
		read_link(f, &f->crypto, on_crypto);
	if (p[P_CONTROL].revents != 0)
		on_control(f);
	tell_shown(f);
}

int
main(void)
{
	struct front *f = &front;
	struct jail_report report;

	log_init("secchat-script");
	jail_early();
	jail_enter(&policy_script, NULL, 0, &report);
	ipc_init(&f->super, FD_SUPER, LINK_SUPER_UI, ROLE_UI, f->super_queue,
	    sizeof f->super_queue);
	ipc_init(&f->crypto, FD_UI_CRYPTO, LINK_UI_CRYPTO, ROLE_UI,
	    f->crypto_queue, sizeof f->crypto_queue);
	ipc_send_ready(&f->super, &report);
	while (!f->done)
		serve(f);
	return 0;
}
