/*
 * The front end: secchat-tty on a terminal, secchat-script for --json and for
 * pipes.  It is told how to show things, and at the end how it ended.
 */
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "internal.h"
#include "secchat/util.h"
#include "secchat/version.h"

/* What crypto has not got, so that the front end does not offer it. */
static uint32_t
lacking(const struct super *s)
{
	static const struct {
		uint32_t cap, flag;
	} rows[] = {
	    {CAP_RECEIPTS, UIF_NO_RECEIPTS},
	    {CAP_REKEY, UIF_NO_REKEY},
	    {CAP_VERIFY, UIF_NO_VERIFY},
	    {CAP_RESUME, UIF_NO_RESUME},
	    {CAP_FORWARD, UIF_NO_FORWARD},
	    {CAP_FILES, UIF_NO_FILES},
	};
	uint32_t out = 0;

	for (size_t i = 0; s->info && i < ARRAY_LEN(rows); i++)
		if (!(s->caps & rows[i].cap))
			out |= rows[i].flag;
	return out;
}

static uint32_t
flags(const struct super *s)
{
	const struct options *o = s->o;

	return (o->json ? UIF_JSON : 0u) | (o->quiet ? UIF_QUIET : 0u) |
	       (o->verbose ? UIF_VERBOSE : 0u) |
	       (o->no_color ? UIF_NO_COLOR : 0u) | (s->utf8 ? 0u : UIF_ASCII) |
	       (s->plain && !o->json ? UIF_PLAIN : 0u) |
	       (s->sandbox_missing != 0 ? UIF_SANDBOX_REDUCED : 0u) |
	       (s->source == SECRET_MAKE_CODE ? UIF_CODE_COMES : 0u) |
	       (s->source == SECRET_PASSPHRASE ? UIF_PASSPHRASE : 0u) |
	       (o->pq ? UIF_PQ : 0u) | lacking(s) |
	       (s->input != INPUT_WHOLE ? UIF_INSIDE : 0u) |
	       (o->colors == COLORS_EASTERN ? UIF_EASTERN : 0u) |
	       (o->colors == COLORS_BLUE_ORANGE ? UIF_BLUE_ORANGE : 0u);
}

static void
send_start(struct super *s)
{
	uint16_t saved_len = s->term_saved ? sizeof s->saved : 0;
	uint8_t body[1024];
	struct writer w;

	writer_init(&w, body, sizeof body);
	put_u32(&w, flags(s));
	put_u8(&w, s->o->role);
	put_u8(&w, s->mode);
	put_u32(&w, SECCHAT_INTRO);
	put_u8(&w, s->accepted);
	put_str8(&w, s->fingerprint);
	put_u16(&w, saved_len);
	put_bytes(&w, &s->saved, saved_len);
	put_str8(&w, s->o->role == PEER_JOINER ? s->o->host : "");
	put_u32(&w, s->chat);
	if (writer_end(&w) < 0)
		fatal("UI_START does not fit");
	ipc_send(&s->w[s->ui].link, IPC_UI_START, body, w.len);
}

int
front_start(struct super *s)
{
	struct worker *w = &s->w[s->ui];

	if (s->ui == PROC_TTY)
		s->term_touched = s->term_dirty = !s->plain;
	s->front_used = 1;
	s->front_told = 0;
	if (worker_start(s, (enum proc_id)s->ui, -1) < 0)
		return start_failed(s, proc_rows[s->ui].program);
	/* Also when the verdict is there already: it has to be told. */
	while (w->state == WS_STARTED)
		pump(s, CLOCK_NEVER, -1);
	if (w->state != WS_READY)
		return -ERR_WORKER;
	send_start(s);
	s->front_told = 1;
	if (s->ui == PROC_SCRIPT)
		s->input = INPUT_UNKNOWN;
	return s->v.over || s->signal != 0 ? -ERR_INTERRUPTED : 0;
}

int
front_hears(const struct super *s)
{
	const struct worker *w = &s->w[s->ui];

	return s->front_told && w->state == WS_READY && w->link.fd >= 0;
}

/* The port behind the last colon. */
static uint16_t
port_of(const char *addr)
{
	const char *colon = strrchr(addr, ':');

	return colon == NULL ? 0 : (uint16_t)strtoul(colon + 1, NULL, 10);
}

void
front_listening(struct super *s)
{
	uint8_t body[4 + 2 * ADDR_TEXT_MAX];
	struct writer w;

	writer_init(&w, body, sizeof body);
	put_str8(&w, s->dial_addr);
	put_u16(&w, port_of(s->dial_addr));
	put_str8(&w, s->dial_own[0] != '\0' ? s->dial_own : s->o->host);
	if (front_hears(s))
		ipc_send(&s->w[s->ui].link, IPC_UI_LISTENING, body, w.len);
	note_plain(s, "waiting on %s", s->dial_addr);
}

static void
put_sentence(struct writer *w, const char *text)
{
	size_t len = MIN(strlen(text), (size_t)SENTENCE_MAX);

	put_u16(w, (uint16_t)len);
	put_bytes(w, text, len);
}

static int
ui_is_gone(const struct super *s)
{
	return s->w[s->ui].pid == 0;
}

static int
stdout_hung_up(void)
{
	struct pollfd p = {.fd = STDOUT_FILENO, .events = POLLOUT};

	return poll(&p, 1, 0) > 0 && (p.revents & (POLLHUP | POLLERR)) != 0;
}

void
front_end(struct super *s)
{
	struct worker *w = &s->w[s->ui];
	uint64_t by = clock_now_ms() + DRAIN_WAIT;
	uint8_t body[9 + 2 * SENTENCE_MAX];
	char next[2 * SENTENCE_MAX];
	struct writer wr;

	if (w->link.fd < 0 || w->state != WS_READY)
		return;
	snprintf(next, sizeof next, "%s%s%s", s->v.why,
	    s->v.why[0] != '\0' && s->v.next[0] != '\0' ? " " : "", s->v.next);
	writer_init(&wr, body, sizeof body);
	put_u8(&wr, (uint8_t)s->v.exit);
	put_u32(&wr, s->v.undelivered);
	put_sentence(&wr, s->v.what);
	put_sentence(&wr, next);
	/* Who has long not read anything is not told this either; it is said
	 * on stderr. */
	if (ipc_room(&w->link) < wr.len)
		return;
	ipc_send(&w->link, IPC_UI_END, body, wr.len);
	w->state = WS_DONE;
	s->v.told = s->ui == PROC_TTY;
	while (!ui_is_gone(s) && clock_now_ms() < by)
		pump(s, by, -1);
	/* Who does not leave may not have shown it either, and on a terminal
	 * that has hung up nobody has. */
	if (!ui_is_gone(s) || stdout_hung_up())
		s->v.told = 0;
	if (s->ui == PROC_TTY && s->v.told)
		s->term_dirty = 0;
}
