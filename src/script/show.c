/*
 * What standard output gets: events with --json, else the peer's rows and
 * nothing else.
 */
#include <stdio.h>

#include "script.h"
#include "secchat/text.h"
#include "secchat/util.h"

/* What a text holds that a program may want to know before it shows it. */
enum {
	HAS_C0 = 1,
	HAS_C1 = 2,
	HAS_BIDI = 4,
	HAS_INVISIBLE = 8,
	HAS_BYTES = 16
};
static const char *const flag_names[] = {
    "c0", "c1", "bidi", "invisible", "bytes"};

static unsigned
text_flags(const uint8_t *p, size_t len)
{
	unsigned flags = 0;
	struct text_unit u;

	for (; len > 0; p += u.used, len -= u.used) {
		text_unit(&u, p, len, 0);
		if (u.kind == TEXT_CONTROL)
			flags |= u.cp >= 0x80 ? HAS_C1 : HAS_C0;
		else if (u.kind == TEXT_BIDI)
			flags |= HAS_BIDI;
		else if (u.kind == TEXT_INVISIBLE)
			flags |= HAS_INVISIBLE;
		else if (u.kind == TEXT_INVALID)
			flags |= HAS_BYTES;
	}
	return flags;
}

static void
show_event(struct script *s, uint64_t mseq, const uint8_t *text, size_t len)
{
	event_begin(&s->ev, "message");
	event_uint(&s->ev, "id", mseq);
	event_str(&s->ev, "from", "peer");
	event_bytes(&s->ev, "text", text, len);
	event_flags(&s->ev, "flags", text_flags(text, len), flag_names,
	    ARRAY_LEN(flag_names));
	event_uint(&s->ev, "bytes", len);
	event_end(&s->ev);
}

/*
 * On a terminal a row says whose it is and ends before the margin, so that it
 * cannot look like a line of ours.
 */
#define PREFIX "peer | "

static void
show_on_terminal(struct script *s, const uint8_t *text, size_t len)
{
	unsigned flags = s->flags & UIF_ASCII ? TEXT_ASCII : 0;
	struct text_rows rows;
	char more[64];
	size_t n;

	text_rows_init(&rows, text, len, flags, s->columns - sizeof PREFIX, 0);
	while (outring_room(&s->out) >= ROOM_SMALL &&
	       text_rows_next(&rows, s->row, ROOM_END / 2, &n, NULL)) {
		outring_put(&s->out, PREFIX, sizeof PREFIX - 1);
		outring_put(&s->out, s->row, n);
		outring_put(&s->out, "\n", 1);
	}
	if ((n = text_rows_more(&rows)) == 0)
		return;
	n = (size_t)snprintf(
	    more, sizeof more, "%s... %zu more rows\n", PREFIX, n);
	outring_put(&s->out, more, n);
}

static void
show_rows(struct script *s, const uint8_t *text, size_t len)
{
	unsigned flags = s->flags & UIF_ASCII ? TEXT_ASCII : 0;
	struct text_rows rows;
	size_t n;

	text_rows_init(&rows, text, len, flags, 0, 0);
	while (text_rows_next(&rows, s->row, sizeof s->row, &n, NULL)) {
		outring_put(&s->out, s->row, n);
		outring_put(&s->out, "\n", 1);
	}
}

void
script_show_text(
    struct script *s, uint64_t mseq, const uint8_t *text, size_t len)
{
	if (script_json(s))
		show_event(s, mseq, text, len);
	else if (s->columns > 0)
		show_on_terminal(s, text, len);
	else
		show_rows(s, text, len);
	outring_mark(&s->out, mseq);
}

void
script_show_error(struct script *s, int code, const char *msg, const char *next,
    uint64_t line, const char *ref, size_t ref_len)
{
	event_begin(&s->ev, "error");
	event_uint(&s->ev, "code", (uint64_t)code);
	event_str(&s->ev, "msg", msg);
	event_str(&s->ev, "next", next);
	if (line > 0)
		event_uint(&s->ev, "line", line);
	if (ref != NULL)
		event_bytes(&s->ev, "ref", ref, ref_len);
	event_end(&s->ev);
}

void
script_show_fate(
    struct script *s, const char *ev, const struct ref *ref, uint64_t id)
{
	if (!script_json(s))
		return;
	event_begin(&s->ev, ev);
	if (ref->len == REF_NONE)
		event_null(&s->ev, "ref");
	else
		event_bytes(&s->ev, "ref", ref->name, ref->len);
	if (id == 0)
		event_null(&s->ev, "id");
	else
		event_uint(&s->ev, "id", id);
	event_end(&s->ev);
}

void
script_show_who(struct script *s)
{
	const struct who *who = &s->who;

	if (!script_json(s) || outring_room(&s->out) < ROOM_SMALL)
		return;
	event_begin(&s->ev, "peer");
	event_str(&s->ev, "name", who->name);
	event_str(&s->ev, "claimed", who->claimed);
	event_str(&s->ev, "fingerprint", who->print);
	event_str(&s->ev, "safety", who->safety);
	event_bool(&s->ev, "known", who->known);
	event_bool(&s->ev, "verified", who->verified);
	event_end(&s->ev);
}

void
script_show_end(struct script *s)
{
	if (!script_json(s))
		return;
	if (s->end.code != 0 && s->end.what[0] != '\0')
		script_show_error(
		    s, s->end.code, s->end.what, s->end.next, 0, NULL, 0);
	event_begin(&s->ev, "end");
	event_uint(&s->ev, "code", s->end.code);
	event_uint(&s->ev, "undelivered", s->end.undelivered);
	event_end(&s->ev);
}
