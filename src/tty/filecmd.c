/*
 * /send, /accept, /decline and /cancel: from what was typed to what the
 * supervisor is asked.  A command without a number means the only file that
 * it can be about, and is made certain here, so that another one that comes
 * meanwhile is not meant by it.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "secchat/text.h"
#include "secchat/util.h"
#include "tty.h"

/* ---- quotes ---- */

static int
is_plain_letter(char c)
{
	return (c >= '0' && c <= '9') ||
	       ((c | 0x20) >= 'a' && (c | 0x20) <= 'z') ||
	       ((unsigned char)c & 0x80) != 0;
}

/* What a backslash stands before, or 0 where it is a letter of its own. */
static char
escaped(const char *p, char quote)
{
	if (p[0] != '\\' || quote == '\'')
		return 0;
	/* A blank at the end of a line is cut off before we see it. */
	if (p[1] == '\0')
		return quote == '\0' ? ' ' : 0;
	if (quote == '"')
		return strchr("\"\\$`", p[1]) != NULL ? p[1] : 0;
	return is_plain_letter(p[1]) ? 0 : p[1];
}

/* The quote that stands around all of it, or 0: what a shell would have
 * quoted, 'it'\''s.txt' among them. */
static char
quote_around(const char *typed, size_t len)
{
	char quote = typed[0];

	if (len < 2 || (quote != '\'' && quote != '"') ||
	    typed[len - 1] != quote)
		return 0;
	return quote;
}

/* ---- a shell's word ---- */

struct word {
	char *out;
	size_t cap, n;
	const char *p;
};

static void
put(struct word *w, char c)
{
	if (w->n + 1 < w->cap)
		w->out[w->n] = c;
	w->n++;
}

/* What a digit of this base is worth, or -1. */
static int
digit(char c, int base)
{
	int n = c >= '0' && c <= '9'   ? c - '0'
		: c >= 'a' && c <= 'f' ? c - 'a' + 10
		: c >= 'A' && c <= 'F' ? c - 'A' + 10
				       : base;

	return n < base ? n : -1;
}

/* A byte by its number; 0 is none that a path has. */
static int
put_number(struct word *w, int base, int most)
{
	int value = 0, used = 0;

	for (; used < most && digit(*w->p, base) >= 0; used++)
		value = value * base + digit(*w->p++, base);
	if (value == 0 || value > 255)
		return 0;
	put(w, (char)value);
	return 1;
}

/* Behind a backslash within $'...': bytes that nobody can type. */
static int
put_code(struct word *w)
{
	static const char from[] = "abefnrtv\\'\"?";
	static const char to[] = "\a\b\033\f\n\r\t\v\\'\"?";
	const char *at = *w->p != '\0' ? strchr(from, *w->p) : NULL;

	if (*w->p == 'x') {
		w->p++;
		return put_number(w, 16, 2);
	}
	if (at == NULL)
		return put_number(w, 8, 3);
	put(w, to[at - from]);
	w->p++;
	return 1;
}

/* Up to the quote that ends this part; codes: it began with $'. */
static int
take_quoted(struct word *w, char quote, int codes)
{
	while (*w->p != '\0') {
		char c = *w->p++;

		if (c == quote)
			return 1;
		if (c == '\\' && codes) {
			if (!put_code(w))
				return 0;
		} else if (c == '\\' && escaped(w->p - 1, quote) != 0) {
			put(w, *w->p++);
		} else {
			put(w, c);
		}
	}
	return 0;
}

/*
 * A word of parts as a shell reads and ls writes it, 'caf'$'\351''.txt': so
 * a name that is not UTF-8 can be said.  0 when it is something else.
 */
static int
take_word(struct word *w)
{
	if (strstr(w->p, "$'") == NULL || strchr("'\"$", w->p[0]) == NULL)
		return 0;
	while (*w->p != '\0') {
		int codes = strncmp(w->p, "$'", 2) == 0;
		char c = w->p[codes];

		if (c == '\'' || c == '"') {
			w->p += 1 + codes;
			if (!take_quoted(w, c, codes))
				return 0;
		} else if (c == ' ' || c == '\t') {
			return 0;
		} else {
			w->p += c == '\\' && w->p[1] != '\0';
			put(w, *w->p++);
		}
	}
	return 1;
}

size_t
tty_unquote(char *out, size_t cap, const char *typed)
{
	struct word w = {.out = out, .cap = cap, .p = typed};
	size_t len = strlen(typed), n = 0;
	char quote = quote_around(typed, len);
	const char *p = typed + (quote != 0), *end = typed + len - (quote != 0);

	if (take_word(&w)) {
		out[MIN(w.n, cap - 1)] = '\0';
		return w.n;
	}
	while (p < end) {
		char c = *p;

		if (quote == '\'' && end - p >= 4 &&
		    strncmp(p, "'\\''", 4) == 0) {
			c = '\'';
			p += 4;
		} else if (escaped(p, quote) != 0 && p + 1 <= end) {
			c = escaped(p, quote);
			p += p[1] == '\0' ? 1 : 2;
		} else {
			p++;
		}
		if (n + 1 < cap)
			out[n] = c;
		n++;
	}
	out[MIN(n, cap - 1)] = '\0';
	return n;
}

/* What a file system takes for a name. */
#define NAME_BYTES_MAX 255

/* ---- /send ---- */

static int
has_room(struct tty *t, size_t len)
{
	if (ipc_room(&t->super) >= len + 64)
		return 1;
	tty_hint(t, "  not now; try again");
	return 0;
}

void
tty_cmd_send(struct tty *t, const char *arg)
{
	uint8_t body[4 + FILE_PATH_MAX];
	char path[FILE_PATH_MAX + 1];
	size_t len = tty_unquote(path, sizeof path, arg);
	struct writer w;

	if (len == 0 || len > FILE_PATH_MAX) {
		tty_hint(t, "  %s",
		    len == 0 ? "/send FILE: a file's path is missing"
			     : "no path is that long");
		return;
	}
	if (!has_room(t, sizeof body))
		return;
	if (++t->asks == 0)
		t->asks = 1;
	text_line(t->asked, sizeof t->asked, path, len,
	    t->view.ascii ? TEXT_ASCII : 0, NULL);
	t->asked_blanks = t->blanks_cut;
	writer_init(&w, body, sizeof body);
	put_u32(&w, t->asks);
	put_bytes(&w, path, len);
	ipc_send(&t->super, IPC_UI_FILE_SEND, body, w.len);
}

/* ---- numbers ---- */

/* The number that an argument begins with, what follows it in *rest; 0 when
 * there is none, UINT32_MAX when it is too large. */
static uint32_t
leading_number(const char *arg, const char **rest)
{
	char *end;
	unsigned long n;

	*rest = arg;
	if (arg[0] < '0' || arg[0] > '9')
		return 0;
	n = strtoul(arg, &end, 10);
	if (*end != '\0' && *end != ' ' && *end != '\t')
		return 0;
	*rest = end + strspn(end, " \t");
	return n == 0 || n > UINT32_MAX ? UINT32_MAX : (uint32_t)n;
}

/*
 * The file that is meant: number n, or with n 0 the only one that `is` holds
 * for.  NULL and a hint when there is no such one: `none` says that there is
 * nothing at all, `is_not` what this one is not.
 */
static struct transfer *
meant(struct tty *t, uint32_t n, int (*is)(const struct transfer *f),
    const char *none, const char *is_not)
{
	struct transfer *f = n > 0 ? transfers_find(&t->files, n) : NULL;
	char numbers[COMPLETE_NUMBERS];

	if (f != NULL && is(f))
		return f;
	transfers_numbers(&t->files, is, ", ", numbers, sizeof numbers);
	if (numbers[0] == '\0')
		tty_hint(t, "  %s", none);
	else if (n == 0 && strchr(numbers, ',') == NULL)
		return transfers_find(
		    &t->files, (uint32_t)strtoul(numbers, NULL, 10));
	else if (n == 0)
		tty_hint(t, "  which one? There are %s", numbers);
	else
		tty_hint(t, "  file %u %s; there %s %s", n, is_not,
		    strchr(numbers, ',') == NULL ? "is" : "are", numbers);
	return NULL;
}

/* ---- which offer was meant ---- */

/* What is newer than this nobody has read. */
#define GLANCE_MS 1000

void
tty_line_begins(struct tty *t)
{
	const struct edit *e = &t->edit;

	if (e->len == 0 && !e->searching && !e->pasting)
		t->line_at = t->now;
}

/*
 * Whether the offers that are there now are others than when the line was
 * begun, or than anybody can have seen by then.  Where the terminal edits the
 * line itself it may be as old as the last one; what came meanwhile has not
 * become another as long as none was taken back.
 */
static int
offers_are_others(const struct tty *t)
{
	uint64_t gone = t->offer_gone_at;

	if (t->offers_at == 0)
		return 0;
	if (t->now - t->offers_at < GLANCE_MS)
		return 1;
	if (t->view.plain)
		return gone != 0 && gone >= t->line_at;
	return t->offers_at >= t->line_at ||
	       (gone != 0 && gone + GLANCE_MS > t->line_at);
}

/*
 * The offer that is meant, as meant() has it.  Without a number it is the one
 * that was on the screen when the line was begun: the other person may take
 * an offer back and make another one while it is typed.
 */
static struct transfer *
meant_offer(struct tty *t, uint32_t n, const char *word)
{
	struct transfer *f = meant(t, n, transfer_is_offered,
	    "no file is offered to you now", "is not offered to you");
	char name[NAME_SHOWN];

	if (f == NULL || n > 0 || !offers_are_others(t))
		return f;
	tty_name(t, name, sizeof name, f->name);
	tty_hint(t,
	    "  the offers have changed just now: \"%s\" is file %u; /%s %u "
	    "means it",
	    name, f->fid, word, f->fid);
	return NULL;
}

/* ---- /accept ---- */

/* "as NAME": the name; NULL when it is something else; "" when it is
 * nothing. */
static const char *
name_behind_as(const char *rest)
{
	if (rest[0] == '\0')
		return rest;
	if (strncmp(rest, "as", 2) != 0 || (rest[2] != ' ' && rest[2] != '\t'))
		return NULL;
	return rest + 3 + strspn(rest + 3, " \t");
}

void
tty_cmd_accept(struct tty *t, const char *arg)
{
	const char *rest, *typed;
	uint32_t n = leading_number(arg, &rest);
	uint8_t body[4 + NAME_BYTES_MAX];
	char name[NAME_BYTES_MAX + 1];
	size_t len;
	struct transfer *f;
	struct writer w;

	typed = name_behind_as(rest);
	if (typed == NULL) {
		tty_hint(t, "  /accept, /accept N, or /accept N as NAME");
		return;
	}
	len = tty_unquote(name, sizeof name, typed);
	if (len > NAME_BYTES_MAX) {
		tty_hint(
		    t, "  a file's name has at most %d bytes", NAME_BYTES_MAX);
		return;
	}
	f = meant_offer(t, n, "accept");
	if (f == NULL || !has_room(t, sizeof body))
		return;
	writer_init(&w, body, sizeof body);
	put_u32(&w, f->fid);
	put_bytes(&w, name, len);
	ipc_send(&t->super, IPC_UI_FILE_ACCEPT, body, w.len);
}

/* ---- /decline and /cancel ---- */

static void
stop(struct tty *t, struct transfer *f, uint8_t why)
{
	uint8_t body[5];
	struct writer w;

	if (!has_room(t, sizeof body))
		return;
	f->stopping = 1;
	writer_init(&w, body, sizeof body);
	put_u32(&w, f->fid);
	put_u8(&w, why);
	ipc_send(&t->super, IPC_UI_FILE_STOP, body, w.len);
}

void
tty_cmd_decline(struct tty *t, const char *arg)
{
	const char *rest;
	uint32_t n = leading_number(arg, &rest);
	struct transfer *f = n > 0 ? transfers_find(&t->files, n) : NULL;

	if (rest[0] != '\0') {
		tty_hint(t, "  /decline, or /decline N");
	} else if (f != NULL && transfer_is_waited_for(f)) {
		tty_hint(
		    t, "  file %u is under way; /cancel %u stops it", n, n);
	} else {
		f = meant_offer(t, n, "decline");
		if (f != NULL)
			stop(t, f, FILE_WHY_DECLINED);
	}
}

void
tty_cmd_cancel(struct tty *t, const char *arg)
{
	const char *rest;
	uint32_t n = leading_number(arg, &rest);
	struct transfer *f = n > 0 ? transfers_find(&t->files, n) : NULL;

	if (rest[0] != '\0') {
		tty_hint(t, "  /cancel, or /cancel N");
		return;
	}
	if (f != NULL && transfer_is_offered(f)) {
		stop(t, f, FILE_WHY_DECLINED);
		return;
	}
	f = meant(t, n, transfer_is_waited_for, "no file is under way",
	    "is not under way");
	if (f != NULL)
		stop(t, f, FILE_WHY_CANCELLED);
}
