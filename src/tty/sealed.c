/*
 * /wire: each text of ours as it left for the network, in hex, under the
 * text.  Crypto passes the sealed frames; without /wire it passes none.
 */
#include <stdio.h>
#include <string.h>

#include "secchat/util.h"
#include "tty.h"

void
tty_cmd_wire(struct tty *t, const char *arg)
{
	uint8_t on = strcmp(arg, "on") == 0;

	if (!on && strcmp(arg, "off") != 0) {
		tty_hint(t, "  /wire on, or /wire off; it is %s",
		    t->wire_on ? "on" : "off");
		return;
	}
	if (ipc_room(&t->crypto) < 64) {
		tty_hint(t, "  not now; try again");
		return;
	}
	t->wire_on = on;
	ipc_send(&t->crypto, IPC_UI_WIRE, &on, 1);
	tty_hint(t, "  %s",
	    on ? "what leaves from now on is shown as it is sealed"
	       : "sealed frames are not shown any more");
}

/* Sealed anew after a lost connection: the last one counts. */
void
tty_on_wire(void *ctx, struct reader *r, int fd)
{
	struct tty *t = ctx;
	uint64_t mseq = get_u64(r);
	struct sealed *s = &t->sealed[mseq % WINDOW_MSGS];
	uint32_t total = get_u32(r);
	size_t len;
	const uint8_t *p = get_rest(r, &len);

	(void)fd;
	if (p == NULL || mseq == 0 || mseq > t->backlog.mseq || len > total)
		fatal("WIRE for what was not sent");
	s->mseq = mseq;
	s->total = total;
	s->len = len;
	memcpy(s->bytes, p, len);
}

void
tty_show_sealed(struct tty *t, uint64_t mseq)
{
	struct sealed *s = &t->sealed[mseq % WINDOW_MSGS];
	char line[64 + 2 * WIRE_SHOWN + 8];
	size_t n;

	if (s->mseq != mseq)
		return;
	s->mseq = 0;
	n = (size_t)snprintf(line, sizeof line, "sealed, %u B: ", s->total);
	hex_put(line + n, s->bytes, s->len);
	n += 2 * s->len;
	if (s->len < s->total)
		snprintf(line + n, sizeof line - n, " ...");
	view_about(&t->view, &t->paint, line);
}
