/*
 * The status row: who is there, how the connection is, what time it is.  Each
 * cell is made from what is known now and compared with what is shown, so
 * that whoever changes something need not think of the row.
 */
#include <stdio.h>
#include <string.h>

#include "secchat/util.h"
#include "tty.h"

/* Columns below which the row does not hold all that there is to say. */
#define NARROW 60

/* The same in other clothes, for terminals without UTF-8. */
static const char *
check_sign(const struct tty *t)
{
	return t->view.ascii ? "+" : "\u2714";
}

static void
set(struct tty *t, enum status_cell i, enum style style, const char *text)
{
	struct cell *c = &t->cells[i];

	if (c->style == style && strcmp(c->text, text) == 0)
		return;
	c->style = style;
	snprintf(c->text, sizeof c->text, "%s", text);
	t->dirty = 1;
}

static void
set_who(struct tty *t)
{
	char name[CELL_TEXT], text[CELL_TEXT];
	char *port;

	snprintf(
	    name, sizeof name, "%.200s", t->who[0] != '\0' ? t->who : t->addr);
	port = strrchr(name, ':');
	if (t->who[0] == '\0' && port != NULL)
		*port = '\0';

	if (t->verified)
		snprintf(text, sizeof text, "%s verified %.200s", check_sign(t),
		    name);
	else
		snprintf(text, sizeof text, "%s%.200s",
		    t->known ? "known " : "", name);
	set(t, CELL_WHO, t->verified ? STYLE_GOOD : STYLE_NORMAL, text);
}

/* "9:40", rounded up, so that 0:00 is the end. */
static void
minutes(char out[16], uint64_t ms)
{
	uint64_t s = (ms + 999) / 1000;

	snprintf(out, 16, "%u:%02u", (unsigned)MIN(s / 60, 9999u),
	    (unsigned)(s % 60));
}

static uint64_t
left(uint64_t now, uint64_t then)
{
	return then > now ? then - now : 0;
}

/* A joiner calls again; a host can only wait for them. */
static void
lost_text(const struct tty *t, char *out, size_t cap)
{
	const struct lost *l = &t->lost;
	uint64_t s = (left(t->now, l->retry_at) + 999) / 1000;
	char time[16];

	minutes(time, left(t->now, l->gives_up));
	if (t->role == PEER_HOST)
		snprintf(out, cap, "WAITING for them, %s left", time);
	else if (l->retry == 0)
		snprintf(out, cap, "RECONNECTING");
	else if (s == 0)
		snprintf(out, cap, "RECONNECTING, try %u now", l->retry);
	else
		snprintf(out, cap, "RECONNECTING, try %u in %u s", l->retry,
		    (unsigned)MIN(s, 99999u));
}

static void
set_link(struct tty *t)
{
	char text[CELL_TEXT];

	if (t->lost.is) {
		lost_text(t, text, sizeof text);
		set(t, CELL_LINK, STYLE_WARN, text);
		set(t, CELL_RTT, STYLE_DIM, t->lost.why);
		return;
	}
	snprintf(text, sizeof text, "%sepoch %u",
	    t->flags & UIF_NO_FORWARD ? "LEGACY, " : "", t->epoch);
	set(t, CELL_LINK, t->flags & UIF_NO_FORWARD ? STYLE_WARN : STYLE_NORMAL,
	    text);
	text[0] = '\0';
	if (t->rtt_ms != UINT32_MAX)
		snprintf(text, sizeof text, "%u ms", t->rtt_ms);
	set(t, CELL_RTT, STYLE_NORMAL, text);
}

/* Crypto asks the peer for the round trip when it is asked itself: one second
 * later it knows. */
#define RTT_AFTER_MS 1000

static uint64_t
rtt_due(const struct tty *t)
{
	if (t->rtt_ms != UINT32_MAX || t->rtt_tried || t->status_at == 0 ||
	    t->lost.is)
		return CLOCK_NEVER;
	return t->status_at + RTT_AFTER_MS;
}

void
tty_status_retry(struct tty *t)
{
	char line[2 * CELL_TEXT + 16], text[CELL_TEXT];
	const char *why = t->lost.why;

	lost_text(t, text, sizeof text);
	snprintf(line, sizeof line, "%s%s%s%s", text,
	    why[0] != '\0' ? " (" : "", why, why[0] != '\0' ? ")" : "");
	tty_say(t, line);
}

void
tty_status_update(struct tty *t)
{
	unsigned minute;
	char clock[16];

	if (t->state != TTY_CHAT && t->state != TTY_LEAVING)
		return;
	if (t->now >= rtt_due(t))
		t->rtt_tried = t->status_asked = 1;
	minute = tty_minute();
	set_who(t);
	set_link(t);
	/* Where there is room for little, that the connection is lost. */
	if (t->lost.is && t->view.cols < NARROW) {
		struct cell link = t->cells[CELL_LINK];

		t->cells[CELL_LINK] = t->cells[CELL_WHO];
		t->cells[CELL_WHO] = link;
	}
	snprintf(clock, sizeof clock, "%02u:%02u", minute / 60, minute % 60);
	set(t, CELL_CLOCK, STYLE_NORMAL, clock);
}

uint64_t
tty_status_wake(const struct tty *t)
{
	if (t->view.plain || t->state != TTY_CHAT)
		return CLOCK_NEVER;
	if (t->lost.is)
		return t->now + 1000 - t->now % 1000;
	return MIN(rtt_due(t), t->now + 60000 - clock_utc_ms() % 60000);
}

/* A lost connection, and what is being done about it. */
static void
say_lost(const struct tty *t, char *out, size_t cap)
{
	const struct lost *l = &t->lost;
	uint64_t s = (left(t->now, l->retry_at) + 999) / 1000;
	char time[16];

	minutes(time, left(t->now, l->gives_up));
	if (t->role == PEER_HOST)
		snprintf(
		    out, cap, "not connected: they have %s to come back", time);
	else if (l->retry == 0)
		snprintf(out, cap, "not connected");
	else if (s == 0)
		snprintf(out, cap, "not connected: calling, try %u", l->retry);
	else
		snprintf(out, cap, "not connected: try %u in %u s", l->retry,
		    (unsigned)MIN(s, 99999u));
}

/* Texts that are not delivered: without a connection none is on the way. */
static void
say_texts(
    const struct tty *t, char *out, size_t cap, int lost, uint32_t on_the_way)
{
	size_t waiting = t->backlog.count - t->backlog.given;
	size_t n = lost ? on_the_way + waiting : on_the_way;
	const char *s = n == 1 ? "" : "s";

	if (on_the_way + waiting == 0)
		snprintf(out, cap, "all texts %s",
		    t->flags & UIF_NO_RECEIPTS ? "sent" : "delivered");
	else if (lost)
		snprintf(out, cap, "%zu text%s waiting here", n, s);
	else
		snprintf(out, cap, "%zu text%s on the way, %zu waiting here", n,
		    s, waiting);
}

/* What /status says, once crypto has told the numbers. */
void
tty_status_say(struct tty *t, uint8_t link, uint32_t on_the_way)
{
	char line[SENTENCE_MAX], how[CELL_TEXT], texts[80];
	int lost = t->lost.is || link == LINKEV_LOST || link == LINKEV_RETRY;

	if (lost) {
		say_lost(t, how, sizeof how);
	} else if (link == LINKEV_LEFT || link == LINKEV_WAITING) {
		snprintf(how, sizeof how, "link closed");
	} else if (t->rtt_ms != UINT32_MAX) {
		snprintf(how, sizeof how, "link up \u00b7 %u ms", t->rtt_ms);
	} else {
		snprintf(how, sizeof how, "link up");
	}
	say_texts(t, texts, sizeof texts, lost, on_the_way);
	snprintf(line, sizeof line, "%s \u00b7 epoch %u \u00b7 %s \u00b7 %s",
	    how, t->epoch,
	    t->flags & UIF_NO_FORWARD
		? "LEGACY: no forward secrecy, no receipts, no verification"
	    : t->verified ? "verified"
			  : "not verified",
	    texts);
	tty_say(t, line);
	tty_files_say(t);
}
