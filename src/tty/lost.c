/*
 * A connection that is lost and comes back: what the person is told, and what
 * becomes of texts when the other program was started anew.
 */
#include <stdio.h>
#include <string.h>

#include "secchat/text.h"
#include "secchat/util.h"
#include "tty.h"

/* So long the line about coming back waits for what it tells of. */
#define BACK_PATIENCE 2000

/* ---- lost ---- */

static const char *
why_lost(uint8_t why)
{
	/* clang-format off */
	static const char *const said[] = {
		[LOST_EOF]     = "it was closed without a goodbye",
		[LOST_RESET]   = "it was reset",
		[LOST_LENGTH]  = "what came was no message",
		[LOST_EVICTED] = "it gave way to another",
	};
	/* clang-format on */

	if (why < ARRAY_LEN(said) && said[why] != NULL)
		return said[why];
	return "";
}

static void
on_lost(struct tty *t, uint8_t why, uint32_t ms)
{
	const char *said = why_lost(why);
	char line[128];

	t->lost.is = 1;
	t->lost.back = 0;
	t->lost.gives_up = t->now + ms;
	if (why == LOST_TIMEOUT)
		snprintf(line, sizeof line,
		    "connection lost (no answer for %d s)", LOST_AFTER / 1000);
	else
		snprintf(line, sizeof line, "connection lost%s%s%s",
		    said[0] != '\0' ? " (" : "", said,
		    said[0] != '\0' ? ")" : "");
	tty_say(t, line);
	tty_ring(t);
}

void
tty_on_retry(void *ctx, struct reader *r, int fd)
{
	struct tty *t = ctx;
	struct lost *l = &t->lost;
	char why[256];

	(void)fd;
	l->retry = get_u32(r);
	l->retry_at = t->now + get_u32(r);
	get_str8(r, why, sizeof why);
	text_line(l->why, sizeof l->why, why, strlen(why),
	    t->view.ascii ? TEXT_ASCII : 0, NULL);
	t->began = t->now;
	if (t->state == TTY_WAIT)
		tty_wait_status(t);
	else if (t->view.plain && t->lost.is)
		tty_status_retry(t);
}

/* ---- back ---- */

static void
duration(char out[32], uint64_t ms)
{
	unsigned s = (unsigned)((ms + 500) / 1000);

	if (s < 60)
		snprintf(out, 32, "%u s", s);
	else
		snprintf(out, 32, "%u min %u s", s / 60, s % 60);
}

static void
on_resumed(struct tty *t, uint32_t ms)
{
	struct lost *l = &t->lost;

	memset(l, 0, sizeof *l);
	l->back = 1;
	l->back_ms = ms;
	l->waiting = t->backlog.count;
	l->upto = t->backlog.mseq + t->backlog.count - t->backlog.given;
	l->before = t->backlog.mseq - t->backlog.given;
	l->back_until = t->now + BACK_PATIENCE;
	t->status_asked = 1;
	t->epoch = 0; /* docs/protocol.md, "Resume": on every connection */
	tty_back(t, 0);
}

/*
 * The line tells how many of the texts that waited are delivered: when all of
 * them are, or when something else has to be told, or after a while.  What
 * the peer writes never waits for it: both sides would wait for each other's
 * receipts.
 */
int
tty_back(struct tty *t, int now)
{
	struct lost *l = &t->lost;
	uint64_t done = MAX(t->delivered, l->before) - l->before;
	char line[160], time[32], rest[96] = "";

	if (!l->back)
		return 1;
	if (!now && t->delivered < l->upto && t->now < l->back_until)
		return 0;
	duration(time, l->back_ms);
	done = MIN(done, (uint64_t)l->waiting);
	if (done < l->waiting)
		snprintf(rest, sizeof rest,
		    " \u00b7 %zu waiting message%s on the way",
		    l->waiting - (size_t)done,
		    l->waiting - (size_t)done == 1 ? "" : "s");
	else if (l->waiting > 0)
		snprintf(rest, sizeof rest,
		    " \u00b7 %zu waiting message%s delivered", l->waiting,
		    l->waiting == 1 ? "" : "s");
	snprintf(line, sizeof line, "back after %s%s \u00b7 new keys, epoch 0",
	    time, rest);
	l->back = 0;
	tty_say(t, line);
	return 1;
}

void
tty_on_link_event(void *ctx, struct reader *r, int fd)
{
	struct tty *t = ctx;
	uint8_t ev = get_u8(r), why = get_u8(r);
	uint32_t ms = get_u32(r);

	(void)fd;
	if (ev == LINKEV_LOST)
		on_lost(t, why, ms);
	else if (ev == LINKEV_RESUMED)
		on_resumed(t, ms);
	else if (ev == LINKEV_LEFT)
		tty_say(t, "the other person has left");
}

/* ---- begun anew ---- */

void
tty_on_restarted(void *ctx, struct reader *r, int fd)
{
	struct tty *t = ctx;
	uint32_t unconfirmed = get_u32(r);
	size_t n = t->backlog.count;
	char line[160];

	(void)fd;
	(void)unconfirmed; /* those that crypto was given are still here */
	memset(&t->lost, 0, sizeof t->lost);
	t->restarting = 1;
	if (n == 0)
		snprintf(
		    line, sizeof line, "the other program was started anew");
	else
		snprintf(line, sizeof line,
		    "the other program was started anew; not delivered: %zu "
		    "message%s of yours",
		    n, n == 1 ? "" : "s");
	tty_say(t, line);
}

int
tty_restart(struct tty *t)
{
	if (!t->restarting)
		return 1;
	while (t->backlog.count > 0) {
		struct message m;

		if (paint_room(&t->paint) < PAINT_MESSAGE + PAINT_LINE)
			return 0;
		m = tty_backlog_message(t, 0, MESSAGE_LOST);
		tty_show(t, &m);
		t->abandoned++;
		t->kept_back += t->backlog.given == 0;
		backlog_pop(&t->backlog);
	}
	if (ipc_room(&t->crypto) < 64)
		return 0;
	backlog_init(&t->backlog);
	t->received = t->delivered = 0;
	t->shown_first = t->shown_count = 0;
	t->shown_mseq = t->told_mseq = 0;
	t->verified = 0;
	t->restarting = 0;
	t->anew = 1;
	if (t->verifying)
		tty_verify_stop(t);
	ipc_send(&t->crypto, IPC_UI_RESTARTED, NULL, 0);
	return 1;
}

/* ---- /retry ---- */

void
tty_cmd_retry(struct tty *t, const char *arg)
{
	(void)arg;
	if (!t->lost.is)
		tty_hint(t, "  the connection is up; there is nothing to try");
	else if (t->role == PEER_HOST)
		tty_hint(t, "  they call you; this side can only wait");
	else if (ipc_room(&t->super) < 64)
		tty_hint(t, "  not now; try again");
	else {
		ipc_send(&t->super, IPC_UI_REDIAL, NULL, 0);
		tty_hint(t, "  calling now ...");
	}
}
