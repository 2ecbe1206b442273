/*
 * /prices, $ and what they show: the table or a line among the texts, and a
 * cell of the status row.  The numbers come from the supervisor; every word
 * beside them is a constant of src/quote.
 */
#include <string.h>

#include "secchat/prices.h"
#include "secchat/util.h"
#include "tty.h"
#include "view_internal.h"

/* clang-format off */
static const struct {
	const char *arg;
	uint8_t want;
	const char *hint; /* what Enter has done, or NULL: it will show */
} wants[] = {
	{ "",         WANT_LOOK,    NULL },
	{ "refresh",  WANT_REFRESH, NULL },
	{ "auto on",  WANT_AUTO,    NULL },
	{ "auto off", WANT_NO_AUTO, "prices are not refreshed any more" },
	{ "bar on",   WANT_BAR,     "the status row shows a price, when there is one" },
	{ "bar off",  WANT_NO_BAR,  "the status row shows no price any more" },
};

static const enum style styles[] = {
	[INK_PLAIN] = STYLE_NORMAL,
	[INK_DIM]   = STYLE_DIM,
	[INK_UP]    = STYLE_GOOD,
	[INK_DOWN]  = STYLE_BAD,
	[INK_WARN]  = STYLE_WARN,
};
/* clang-format on */

/* With one blank between its words. */
static void
squeeze(char *out, size_t cap, const char *arg)
{
	size_t n = 0;

	for (; *arg != '\0' && n < cap - 1; arg++)
		if (*arg != ' ' || (n > 0 && out[n - 1] != ' '))
			out[n++] = *arg;
	out[n] = '\0';
}

void
tty_cmd_prices(struct tty *t, const char *arg)
{
	char words[32];

	squeeze(words, sizeof words, arg);
	for (size_t i = 0; i < ARRAY_LEN(wants); i++) {
		if (strcmp(words, wants[i].arg) != 0)
			continue;
		if (ipc_room(&t->super) < 64) {
			tty_hint(t, "  not now; try again");
			return;
		}
		ipc_send(&t->super, IPC_UI_ASK_PRICES, &wants[i].want, 1);
		t->no_table = wants[i].want == WANT_NO_AUTO;
		if (wants[i].hint != NULL)
			tty_hint(t, "  %s", wants[i].hint);
		return;
	}
	tty_hint(t, "  /prices, /prices refresh, /prices auto on|off, or "
		    "/prices bar on|off");
}

static void
put(void *ctx, enum price_ink ink, const char *text)
{
	struct tty *t = ctx;

	if (text == NULL) {
		view_end_row(&t->view, &t->paint);
		return;
	}
	if (ink != INK_PLAIN)
		view_style(&t->view, &t->paint, styles[ink]);
	paint_str(&t->paint, text);
	if (ink != INK_PLAIN)
		view_style(&t->view, &t->paint, STYLE_NORMAL);
}

static void
set_cell(struct tty *t, const struct price_table *table)
{
	struct cell *c = &t->cells[CELL_PRICE];
	const struct quote *btc = &table->coin[PRICE_BTC];
	char bar[PRICE_BAR_TEXT];

	price_bar(bar, table, t->view.ascii);
	memcpy(c->text, bar, strlen(bar) + 1);
	c->style = STYLE_NORMAL;
	if (!(table->flags & TABLE_VALUES) || (table->flags & TABLE_FAILED))
		c->style = STYLE_DIM;
	else if (btc->has_change && btc->change != 0)
		c->style = btc->change > 0 ? STYLE_GOOD : STYLE_BAD;
	t->dirty = 1;
}

void
tty_on_prices(void *ctx, struct reader *r, int fd)
{
	struct tty *t = ctx;
	struct price_table table;

	(void)fd;
	if (price_table_get(r, &table) < 0)
		fatal("UI_PRICES makes no sense");
	set_cell(t, &table);
	if (table.show == SHOW_STATE || t->no_table ||
	    paint_room(&t->paint) < PAINT_LINE) {
		t->no_table = 0;
		return;
	}
	view_erase(&t->view, &t->paint);
	price_rows(&table, t->view.cols > 1 ? t->view.cols - 1 : 1,
	    t->view.ascii, put, t);
}
