/*
 * What becomes of files, as the person is told: offers with all that there is
 * to decide by, before anything is written; facts at the end; and between
 * them the rows of the live area, or a line now and then where views are
 * plain.
 */
#include <stdio.h>
#include <string.h>

#include "secchat/filenews.h"
#include "secchat/text.h"
#include "secchat/util.h"
#include "tty.h"

/* Where views are plain: no more than one line about a file in so long. */
#define TELL_EVERY_MS 10000

/* Narrower rows name a file by its number alone, so that no name goes on in
 * the first column. */
#define NAME_COLS 64

/* What somebody else wrote, or the file system has, in one row. */
static void
clean(const struct tty *t, char *out, size_t cap, const char *text)
{
	text_line(
	    out, cap, text, strlen(text), t->view.ascii ? TEXT_ASCII : 0, NULL);
}

/* Whoever is on the other side. */
static const char *
they(const struct tty *t)
{
	return t->who[0] != '\0' ? t->who : "the other person";
}

/* file 2 "holiday.jpg" */
#define LABEL_TEXT (NAME_SHOWN + 32)
static void
label(const struct tty *t, char out[LABEL_TEXT], const struct transfer *f)
{
	char name[NAME_SHOWN];

	tty_name(t, name, sizeof name, f->name);
	if (t->view.cols < NAME_COLS && !t->view.plain)
		snprintf(out, LABEL_TEXT, "file %u", f->fid);
	else
		snprintf(out, LABEL_TEXT, "file %u \"%s\"", f->fid, name);
}

static void
field(struct tty *t, const char *word, const char *what)
{
	if (what[0] != '\0')
		view_field(&t->view, &t->paint, word, what);
}

static void
field_path(struct tty *t, const char *word, const char *path)
{
	char shown[FIELD_MAX];

	clean(t, shown, sizeof shown, path);
	field(t, word, shown);
}

/* "3.4 MB (3,565,158 bytes)" */
#define SIZE_TEXT (2 * AMOUNT_TEXT + 4)
static void
whole_size(char out[SIZE_TEXT], uint64_t size)
{
	char amount[AMOUNT_TEXT], exact[AMOUNT_TEXT];

	amount_text(amount, size);
	exact_text(exact, size);
	if (size < 1000)
		snprintf(out, SIZE_TEXT, "%s", exact);
	else
		snprintf(out, SIZE_TEXT, "%s (%s)", amount, exact);
}

/* ---- offers ---- */

static void
show_offer(struct tty *t, const struct transfer *f, const struct file_news *n)
{
	char word[32], size[SIZE_TEXT], line[TEXT_NAME_MAX + 64];
	char how[128];

	snprintf(line, sizeof line, "%s offers you a file", they(t));
	tty_say(t, line);
	snprintf(word, sizeof word, "file %u", f->fid);
	field(t, word, f->name);
	whole_size(size, f->size);
	field(t, "size", size);
	field_path(t, "goes to", n->path);
	field_path(t, "room", n->words);
	snprintf(how, sizeof how,
	    "/accept %u, /accept %u as NAME, or /decline %u; nothing is "
	    "written before",
	    f->fid, f->fid, f->fid);
	field(t, "answer", how);
	tty_ring(t);
}

static void
show_our_offer(struct tty *t, const struct transfer *f)
{
	char line[LABEL_TEXT + SIZE_TEXT + 32], size[SIZE_TEXT];
	char name[LABEL_TEXT];

	label(t, name, f);
	whole_size(size, f->size);
	snprintf(line, sizeof line, "%s is offered \u00b7 %s", name, size);
	tty_say(t, line);
}

/* ---- offers that are taken back ---- */

/* So many are shown as others are; after so long a calm they are again. */
#define BACK_SHOWN 3
#define BACK_CALM_MS 60000

/* Whether another one would only push the chat off the screen. */
static int
is_loop(struct tty *t)
{
	if (t->now - t->back_at >= BACK_CALM_MS)
		t->back = 0;
	return t->back >= BACK_SHOWN;
}

/*
 * An offer was taken back before it was answered.  After a few of them they
 * are counted, in a line for twice as many each time: that is 29 lines for
 * all that a number can count.  1: that is all there is to say.
 */
static int
taken_back(struct tty *t, int room)
{
	char line[TEXT_NAME_MAX + 192];
	int counts = is_loop(t);

	t->back_at = t->now;
	t->back += t->back < INT32_MAX;
	if (!counts || !room || (t->back & (t->back - 1)) != 0)
		return counts;
	snprintf(line, sizeof line,
	    "%s has offered %u files and taken them back; such offers are "
	    "only counted now%s",
	    they(t), t->back,
	    t->view.plain ? ", and /status lists what is offered" : "");
	tty_say(t, line);
	return 1;
}

/* ---- the end ---- */

/* "3.4 MB in 12 s · 290 kB/s", from accepting to the end. */
static void
how_fast(char out[4 * AMOUNT_TEXT], uint64_t size, uint64_t ms)
{
	char amount[AMOUNT_TEXT], span[AMOUNT_TEXT], rate[AMOUNT_TEXT];

	amount_text(amount, size);
	if (size == 0 || ms < 1000) {
		snprintf(out, (size_t)4 * AMOUNT_TEXT, "%s%s", amount,
		    size == 0 ? "" : " in less than a second");
		return;
	}
	if (ms < 10000)
		snprintf(span, sizeof span, "%u.%u s", (unsigned)ms / 1000,
		    (unsigned)ms % 1000 / 100);
	else
		time_text(span, (ms + 500) / 1000);
	amount_text(rate,
	    size > UINT64_MAX / 1000 ? size / ms * 1000 : size * 1000 / ms);
	snprintf(out, (size_t)4 * AMOUNT_TEXT, "%s in %s \u00b7 %s/s", amount,
	    span, rate);
}

static void
show_done(struct tty *t, const struct transfer *f, const char *path)
{
	char line[LABEL_TEXT + 4 * AMOUNT_TEXT + 64], fast[4 * AMOUNT_TEXT];

	how_fast(fast, f->size, f->began > 0 ? t->now - f->began : 0);
	snprintf(line, sizeof line, "file %u is %s \u00b7 %s", f->fid,
	    f->ours ? "there, all of it" : "here, all of it", fast);
	tty_say(t, line);
	if (f->ours)
		field_path(t, "sent", path[0] != '\0' ? path : f->name);
	else
		field_path(t, "saved as", path);
}

/* Why one has come to nothing when no person wanted that, and what to do. */
/* clang-format off */
static const struct {
	const char *ours, *theirs, *next, *their_next;
} failures[] = {
[FILE_WHY_READ] = {
  "it cannot be read any more", "they cannot read it any more",
  "look at it, and /send it again", "ask them to send it again" },
[FILE_WHY_CHANGED] = {
  "it changed while it was sent", "it changed over there while it was sent",
  "/send it again when nothing writes to it", "ask them to send it again" },
[FILE_WHY_WRITE] = {
  "they cannot write it", "it cannot be written here",
  "ask them what is wrong with their folder", "look at the folder, and ask them to send it again" },
[FILE_WHY_FULL] = {
  "their disk is full", "the disk is full",
  "ask them to make room, and /send it again", "make room, and ask them to send it again" },
[FILE_WHY_MANY] = {
  "there are too many files at once", "there are too many files at once",
  "/send it again when others are done", "ask them to send it again when others are done" },
[FILE_WHY_ENDED] = {
  "the chat with that program is over", "the chat with that program is over",
  "/send it again", "ask them to send it again; nothing of it is kept" },
};
/* clang-format on */

static void
show_failed(struct tty *t, const struct transfer *f, const struct file_news *n)
{
	char line[LABEL_TEXT + 2 * FILE_SHOWN], name[LABEL_TEXT];
	char said[FILE_SHOWN];
	const char *words = "it came to nothing", *next = "";

	if (n->why < ARRAY_LEN(failures) && failures[n->why].ours != NULL) {
		words =
		    f->ours ? failures[n->why].ours : failures[n->why].theirs;
		next = f->ours ? failures[n->why].next
			       : failures[n->why].their_next;
	}
	clean(t, said, sizeof said, n->words);
	label(t, name, f);
	snprintf(line, sizeof line, "%s failed: %s", name,
	    said[0] != '\0' ? said : words);
	tty_say(t, line);
	/* Nobody can act on it when everything is over. */
	if (t->state == TTY_CHAT)
		field(t, "next", next);
}

static void
show_stopped(struct tty *t, const struct transfer *f, const struct file_news *n)
{
	char line[TEXT_NAME_MAX + LABEL_TEXT + 64], name[LABEL_TEXT];
	const char *what =
	    n->why == FILE_WHY_DECLINED ? "declined" : "cancelled";
	const char *who = they(t);

	if (n->why != FILE_WHY_DECLINED && n->why != FILE_WHY_CANCELLED) {
		show_failed(t, f, n);
		return;
	}
	if (f->stopping || (n->why == FILE_WHY_DECLINED && !f->ours))
		who = "you";
	label(t, name, f);
	if (transfer_is_moving(f))
		snprintf(line, sizeof line, "%s %s %s at %u %%%s", who, what,
		    name, transfer_percent(f),
		    f->ours ? "" : "; nothing of it is kept");
	else
		snprintf(line, sizeof line, "%s %s %s", who, what, name);
	tty_say(t, line);
}

/* It never was one: /send could not open it, or there are too many. */
static void
show_refused(struct tty *t, const struct file_news *n)
{
	char line[FILE_SHOWN + 64], said[FILE_SHOWN];

	clean(t, said, sizeof said, n->words);
	snprintf(line, sizeof line, "not sent: %s",
	    said[0] != '\0'           ? said
	    : n->why == FILE_WHY_MANY ? "there are too many files at once"
				      : "it cannot be opened");
	tty_say(t, line);
	if (n->ask != t->asks)
		return;
	field(t, "file", t->asked);
	if (t->asked_blanks && n->why == FILE_WHY_PATH)
		field(t, "next",
		    "a name that begins or ends with a blank stands in quotes: "
		    "/send ' NAME'");
}

/* ---- between ---- */

/* Where there is no live area: it begins, and a quarter of it is done. */
static void
tell_progress(struct tty *t, struct transfer *f, int begins)
{
	char line[LABEL_TEXT + TRANSFER_TEXT + 64], name[LABEL_TEXT];
	char how[TRANSFER_TEXT];
	unsigned quarter = transfer_percent(f) / 25;

	if (!t->view.plain)
		return;
	label(t, name, f);
	if (begins) {
		snprintf(line, sizeof line, "%s %s", name,
		    f->ours ? "was accepted and is on its way"
			    : "is on its way to you");
	} else {
		if (quarter <= f->quarter || quarter > 3 ||
		    t->now - f->told_at < TELL_EVERY_MS)
			return;
		transfer_text(how, f);
		snprintf(line, sizeof line, "%s: %s", name, how);
	}
	f->quarter = (uint8_t)quarter;
	f->told_at = t->now;
	tty_say(t, line);
}

int
tty_files_rekeyed(struct tty *t, uint32_t epoch, uint8_t why)
{
	if (why == REKEY_WHY_YOU ||
	    transfers_count(&t->files, transfer_is_moving) == 0)
		return 0;
	if (t->rekeys++ == 0)
		t->rekeys_from = epoch - 1;
	t->epoch = t->rekeys_to = epoch;
	return 1;
}

/* Nothing moves any more: what was not told meanwhile. */
static void
tell_rekeys(struct tty *t)
{
	char line[160], times[24] = "once";

	if (t->rekeys == 0 ||
	    transfers_count(&t->files, transfer_is_moving) > 0)
		return;
	if (t->rekeys > 1)
		snprintf(times, sizeof times, "%u times", t->rekeys);
	snprintf(line, sizeof line,
	    "new keys %s while files moved: epoch %u \u2192 %u \u00b7 old "
	    "keys erased on both sides",
	    times, t->rekeys_from, t->rekeys_to);
	t->rekeys = 0;
	tty_say(t, line);
}

/* ---- UI_FILE ---- */

static void
take_numbers(struct tty *t, struct transfer *f, const struct file_news *n)
{
	f->ours = n->ours;
	f->size = n->size;
	f->done = n->done;
	f->rate = n->rate;
	f->left = n->left;
	clean(t, f->name, sizeof f->name, n->name);
	t->dirty = 1;
}

static void
show_end(struct tty *t, const struct transfer *f, const struct file_news *n)
{
	if (n->state == FILE_DONE)
		show_done(t, f, n->path);
	else
		show_stopped(t, f, n);
}

/* f: as it was until now, or NULL. */
static int
is_taken_back(const struct transfer *f, const struct file_news *n)
{
	return !n->ours && n->state == FILE_STOPPED &&
	       n->why == FILE_WHY_CANCELLED && (f == NULL || !f->stopping);
}

static void
on_over(struct tty *t, struct transfer *f, const struct file_news *n)
{
	struct transfer unseen = {.fid = n->fid, .state = FILE_OFFERED};
	int room = paint_room(&t->paint) > PAINT_LINE;
	int quiet = 0;

	if (f != NULL && transfer_is_offered(f) && !f->stopping)
		t->offers_at = t->offer_gone_at = t->now;
	if ((f == NULL || transfer_is_offered(f)) && is_taken_back(f, n))
		quiet = taken_back(t, room);
	/* It began and ended while nothing could be told. */
	if (f == NULL)
		f = &unseen;
	take_numbers(t, f, n);
	if (room && !quiet)
		show_end(t, f, n);
	if (f == &unseen)
		return;
	transfers_remove(&t->files, f);
	if (room)
		tell_rekeys(t);
}

static void
on_changed(struct tty *t, struct transfer *f, const struct file_news *n)
{
	int is_new = f == NULL, room = paint_room(&t->paint) > PAINT_LINE;
	int begins;

	if (is_new)
		f = transfers_add(&t->files, n->fid);
	if (f == NULL)
		fatal("UI_FILE: more than %zu files", TRANSFERS_MAX);
	take_numbers(t, f, n);
	f->state = n->state;
	if (is_new && transfer_is_offered(f))
		t->offers_at = t->now;
	if (is_new && room && f->ours)
		show_our_offer(t, f);
	else if (is_new && room && !is_loop(t))
		show_offer(t, f, n);
	if (f->state == FILE_OFFERED)
		return;
	begins = f->began == 0;
	if (begins)
		f->began = t->now;
	if (room)
		tell_progress(t, f, begins);
}

/* A command that could not be obeyed: the file is as it was. */
static void
on_not_so(struct tty *t, struct transfer *f, const struct file_news *n)
{
	char line[FILE_SHOWN + 64], said[FILE_SHOWN];

	if (f != NULL)
		f->stopping = 0;
	if (paint_room(&t->paint) <= PAINT_LINE)
		return;
	clean(t, said, sizeof said, n->words);
	snprintf(line, sizeof line, "file %u: %s", n->fid,
	    said[0] != '\0' ? said : "not any more");
	tty_say(t, line);
}

void
tty_on_file(void *ctx, struct reader *r, int fd)
{
	struct tty *t = ctx;
	struct file_news n;
	struct transfer *f;

	(void)fd;
	if (file_news_get(r, &n) < 0)
		fatal("UI_FILE makes no sense");
	f = transfers_find(&t->files, n.fid);
	if (f != NULL && f->ours != n.ours && n.why != FILE_WHY_NONE)
		fatal("UI_FILE: file %u goes the other way now", n.fid);
	if (n.fid == 0) {
		if (paint_room(&t->paint) > PAINT_LINE)
			show_refused(t, &n);
	} else if (n.state == FILE_STOPPED && n.why == FILE_WHY_NONE) {
		on_not_so(t, f, &n);
	} else if (n.state == FILE_DONE || n.state == FILE_STOPPED) {
		on_over(t, f, &n);
	} else {
		on_changed(t, f, &n);
	}
}

/* ---- /status, and the end ---- */

void
tty_files_say(struct tty *t)
{
	const struct transfer *order[TRANSFERS_MAX];
	size_t n = transfers_order(&t->files, order);

	for (size_t i = 0; i < n; i++) {
		char line[FILE_SHOWN + TRANSFER_TEXT + 16], word[32];
		char how[TRANSFER_TEXT];

		if (paint_room(&t->paint) < PAINT_LINE)
			return;
		snprintf(word, sizeof word, "file %u", order[i]->fid);
		transfer_text(how, order[i]);
		snprintf(line, sizeof line, "%s %s: %s",
		    order[i]->ours ? "to them," : "to you,", how,
		    order[i]->name);
		field(t, word, line);
	}
}

void
tty_files_end(struct tty *t)
{
	for (size_t i = 0; i < t->files.count; i++) {
		const struct transfer *f = &t->files.item[i];
		char line[LABEL_TEXT + 64], name[LABEL_TEXT];

		if (!transfer_is_waited_for(f))
			continue;
		label(t, name, f);
		snprintf(line, sizeof line, "%s was cut off at %u %%", name,
		    transfer_percent(f));
		view_event(&t->view, &t->paint, line);
		tty_write_all(t);
	}
}
