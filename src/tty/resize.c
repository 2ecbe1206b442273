/*
 * Another size of the window.  Rows are laid out for one width, and what a
 * narrower terminal gets of them is cut at its margin; so between the first
 * word of a change and some calm nothing is laid out, and what was written
 * just before that word is written again.  What is typed meanwhile is kept
 * (held.c).
 *
 * Some terminals tell late: tmux 3.3 changes a pane at once and says so after
 * up to 250 ms when it has changed it shortly before.
 */
#include "secchat/text.h"
#include "secchat/util.h"
#include "tty.h"

#define CALM_MS 60
#define CALM_LATE_MS 300

/* Somebody who pulls at the window for longer sees what there is. */
#define HOLD_MAX_MS 3000

/* What was written so long before the first word may have been cut. */
#define RECENT_MS 100

/* More than what stands on a row beside the text. */
#define BESIDE 24

void
tty_resize_begin(struct tty *t)
{
	if (!t->resizing)
		t->resize_first = t->now;
	t->resizing = 1;
	t->resize_until = MIN(t->now + (t->tells_late ? CALM_LATE_MS : CALM_MS),
	    t->resize_first + HOLD_MAX_MS);
}

void
tty_resize_note(struct tty *t, unsigned n)
{
	t->recent[t->recent_next++ % RECENT] =
	    (struct recent){.n = n, .at = t->now};
}

/* Messages that the margin may have cut. */
static void
show_again(struct tty *t)
{
	int told = 0;

	for (size_t i = 0; i < RECENT; i++) {
		const struct recent *r =
		    &t->recent[(t->recent_next + i) % RECENT];
		struct message m;

		if (r->n == 0 || r->at + RECENT_MS < t->resize_first ||
		    !history_find(&t->history, r->n, &m) ||
		    m.len + BESIDE <= t->view.cols ||
		    paint_room(&t->paint) < PAINT_MESSAGE + PAINT_LINE)
			continue;
		if (!told)
			view_event(&t->view, &t->paint,
			    "the window is narrower now; once more");
		told = 1;
		view_message(&t->view, &t->paint, &m);
	}
}

void
tty_resize_due(struct tty *t)
{
	unsigned before = t->view.cols;

	if (!t->resizing || t->now < t->resize_until)
		return;
	t->resizing = 0;
	tty_size(&t->view);
	if (t->view.cols < before && !t->suspended)
		show_again(t);
	t->dirty = 1;
	tty_held_give(t);
}
