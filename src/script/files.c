/*
 * Files: the commands about them, and the events.  Plain lines cannot answer
 * an offer, so where there are no commands each is declined at once: the
 * other person shall not wait for nobody.
 */
#include <stdio.h>
#include <string.h>

#include "command.h"
#include "script.h"
#include "secchat/err.h"
#include "secchat/text.h"
#include "secchat/util.h"

/* More offers than this are only counted, on standard error. */
#define DECLINED_NAMED 10

/* Between two events of one file that moves. */
#define PROGRESS_EVERY FILE_PROGRESS

/* ---- events ---- */

/* clang-format off */
static const struct {
	const char *why, *ours, *theirs;
} whys[] = {
[FILE_WHY_READ]    = { "read",    "it cannot be read any more",
		       "the other side cannot read it any more" },
[FILE_WHY_CHANGED] = { "changed", "it changed while it was sent",
		       "it changed over there while it was sent" },
[FILE_WHY_WRITE]   = { "write",   "the other side cannot write it",
		       "it cannot be written" },
[FILE_WHY_FULL]    = { "full",    "the other side's disk is full",
		       "the disk is full" },
[FILE_WHY_MANY]    = { "many",    "there are too many files at once",
		       "there are too many files at once" },
[FILE_WHY_ENDED]   = { "ended",   "the chat is over", "the chat is over" },
[FILE_WHY_NONE]    = { "none",    "there is nobody to send it to",
		       "it is not there any more" },
[FILE_WHY_PATH]    = { "path",    "it cannot be opened",
		       "it cannot be opened" },
};
/* clang-format on */

static void
show_why(struct script *s, const struct script_file *f)
{
	const struct file_news *n = &f->news;
	const char *why = "ended", *msg = "it came to nothing";

	if (n->why == FILE_WHY_DECLINED || n->why == FILE_WHY_CANCELLED) {
		int here =
		    f->stopping || (n->why == FILE_WHY_DECLINED && !n->ours);

		event_str(&s->ev, "why", here ? "you" : "peer");
		return;
	}
	if (n->why < ARRAY_LEN(whys) && whys[n->why].why != NULL) {
		why = whys[n->why].why;
		msg = n->ours ? whys[n->why].ours : whys[n->why].theirs;
	}
	event_str(&s->ev, "why", why);
	event_str(&s->ev, "msg", n->words[0] != '\0' ? n->words : msg);
}

static const char *
state_name(const struct file_news *n, uint8_t tell)
{
	switch (tell) {
	case TELL_OFFERED:
		return "offered";
	case TELL_ACCEPTED:
		return "accepted";
	case TELL_PROGRESS:
		return n->state == FILE_PAUSED ? "paused" : "progress";
	default:
		return n->state == FILE_DONE          ? "done"
		       : n->why == FILE_WHY_DECLINED  ? "declined"
		       : n->why == FILE_WHY_CANCELLED ? "cancelled"
						      : "failed";
	}
}

static void
show_progress(struct script *s, const struct file_news *n)
{
	event_uint(&s->ev, "rate", n->rate);
	if (n->left == FILE_LEFT_UNKNOWN)
		event_null(&s->ev, "left_s");
	else
		event_uint(&s->ev, "left_s", n->left);
}

/* What is told later than it was true has the numbers of then: an offer and
 * the beginning of a file have none of it. */
static void
show(struct script *s, const struct script_file *f, uint8_t tell)
{
	const struct file_news *n = &f->news;
	const char *state = state_name(n, tell);
	int over = tell == TELL_END;

	event_begin(&s->ev, "file");
	if (n->fid == 0)
		event_null(&s->ev, "n");
	else
		event_uint(&s->ev, "n", n->fid);
	event_str(&s->ev, "dir", n->ours ? "out" : "in");
	event_str(&s->ev, "state", state);
	event_str(&s->ev, "name", n->name);
	event_uint(&s->ev, "size", n->size);
	event_uint(&s->ev, "done", tell < TELL_PROGRESS ? 0 : n->done);
	if (tell == TELL_PROGRESS && n->state == FILE_MOVING)
		show_progress(s, n);
	if (n->path[0] != '\0' && (over || tell == TELL_OFFERED))
		event_str(&s->ev, "path", n->path);
	if (tell == TELL_OFFERED && n->state == FILE_OFFERED &&
	    n->words[0] != '\0')
		event_str(&s->ev, "msg", n->words);
	if (over && n->state != FILE_DONE)
		show_why(s, f);
	if (n->ours && f->ref.len != REF_NONE)
		event_bytes(&s->ev, "ref", f->ref.name, f->ref.len);
	else if (n->ours)
		event_null(&s->ev, "ref");
	event_end(&s->ev);
}

/* What is due of one: as much as there is room for; 0 when there was none. */
static int
show_due(struct script *s, struct script_file *f)
{
	static const uint8_t order[] = {
	    TELL_OFFERED, TELL_ACCEPTED, TELL_PROGRESS, TELL_END};

	for (size_t i = 0; i < ARRAY_LEN(order); i++) {
		if (!(f->tell & order[i]))
			continue;
		if (order[i] == TELL_PROGRESS && f->news.state == FILE_MOVING &&
		    s->now - f->told_at < PROGRESS_EVERY)
			continue;
		if (outring_room(&s->out) < ROOM_FILE)
			return 0;
		show(s, f, order[i]);
		f->tell &= (uint8_t)~order[i];
		f->told |= order[i];
		if (order[i] == TELL_PROGRESS)
			f->told_at = s->now;
	}
	return 1;
}

/* Nobody will say any more what became of it. */
static void
give_up(struct script_file *f)
{
	if (f->news.state >= FILE_DONE)
		return;
	f->news.state = FILE_STOPPED;
	f->news.why = FILE_WHY_ENDED;
	f->news.words[0] = '\0';
	f->tell &= (uint8_t)~TELL_PROGRESS;
	f->tell |= TELL_END;
}

int
script_show_files(struct script *s, int last)
{
	size_t i = 0;

	if (!script_json(s) || s->out_gone)
		return 1;
	while (i < s->files.count) {
		struct script_file *f = &s->files.item[i];

		if (last)
			give_up(f);
		if (!show_due(s, f))
			return 0;
		if (f->told & TELL_END)
			files_remove(&s->files, f);
		else
			i++;
	}
	return 1;
}

/* ---- UI_FILE ---- */

static void
stop(struct script *s, uint32_t fid, uint8_t why)
{
	uint8_t body[5];
	struct writer w;

	writer_init(&w, body, sizeof body);
	put_u32(&w, fid);
	put_u8(&w, why);
	ipc_send(&s->super, IPC_UI_FILE_STOP, body, w.len);
}

/* What is left in the link for what must always find room. */
#define KEPT 128

static void
decline(struct script *s, const struct file_news *n)
{
	char name[FILE_NAME_MAX * 2];

	if (n->state != FILE_OFFERED || n->ours || s->quit ||
	    ipc_room(&s->super) < KEPT + 5)
		return;
	stop(s, n->fid, FILE_WHY_DECLINED);
	if (++s->declined > DECLINED_NAMED)
		return;
	text_line(name, sizeof name, n->name, strlen(n->name),
	    s->flags & UIF_ASCII ? TEXT_ASCII : 0, NULL);
	log_line("the other side offered a file of %llu bytes, \"%s\"; it was "
		 "declined, since plain lines cannot take one (--json can)",
	    (unsigned long long)n->size, name);
}

void
script_on_file(void *ctx, struct reader *r, int fd)
{
	struct script *s = ctx;
	struct file_news n;
	char msg[64];

	(void)fd;
	if (file_news_get(r, &n) < 0)
		fatal("UI_FILE makes no sense");
	s->idle_since = s->now;
	if (!script_json(s)) {
		decline(s, &n);
		return;
	}
	/* A command that crossed: the file is as it was. */
	if (n.fid != 0 && n.state == FILE_STOPPED && n.why == FILE_WHY_NONE) {
		struct script_file *f = files_find(&s->files, n.fid);

		if (f != NULL)
			f->stopping = 0;
		snprintf(msg, sizeof msg, "file %u cannot be had so", n.fid);
		if (outring_room(&s->out) >= ROOM_SMALL)
			script_show_error(s, EXIT_USAGE,
			    n.words[0] != '\0' ? n.words : msg, "", 0, NULL, 0);
		return;
	}
	if (files_news(&s->files, &n) < 0)
		fatal("UI_FILE about file %u, which cannot be", n.fid);
}

/* ---- commands ---- */

static void
send_path(struct script *s, const struct command *c, struct script_file *f)
{
	uint8_t body[4 + FILE_PATH_MAX];
	struct writer w;

	if (++s->files.asks == 0)
		s->files.asks = 1;
	f->news.ours = 1;
	f->news.ask = s->files.asks;
	memcpy(f->news.path, c->text, c->text_len);
	if (c->ref != NULL) {
		f->ref.len = (uint8_t)c->ref_len;
		memcpy(f->ref.name, c->ref, c->ref_len);
	}
	writer_init(&w, body, sizeof body);
	put_u32(&w, f->news.ask);
	put_bytes(&w, c->text, c->text_len);
	ipc_send(&s->super, IPC_UI_FILE_SEND, body, w.len);
}

static void
send_accept(struct script *s, const struct command *c)
{
	uint8_t body[4 + FILE_AS_MAX];
	struct writer w;

	writer_init(&w, body, sizeof body);
	put_u32(&w, c->n);
	if (c->text_len > 0)
		put_bytes(&w, c->text, c->text_len);
	ipc_send(&s->super, IPC_UI_FILE_ACCEPT, body, w.len);
}

/* Whether it is offered to us; cancel also ends what is ours or moves. */
static int
fits(const struct script_file *f, enum command_what what)
{
	if (f->news.state == FILE_OFFERED && !f->news.ours)
		return 1;
	return what == COMMAND_CANCEL && f->news.state <= FILE_PAUSED;
}

/* Why a command cannot be obeyed now; NULL: it can. */
static const char *
hindrance(struct script *s, const struct command *c, const char **next)
{
	const struct script_file *f = files_find(&s->files, c->n);

	*next = "";
	if (s->flags & UIF_NO_FILES) {
		*next = "With --legacy there are only texts.";
		return "this chat has no files";
	}
	if (s->state != ST_CHAT) {
		*next = "Wait for the event \"connected\".";
		return "there is no chat yet";
	}
	if (ipc_room(&s->super) < KEPT + 4 + FILE_PATH_MAX)
		return "too much was asked for at once";
	if (c->what == COMMAND_SENDFILE) {
		*next = "Wait until one of them is done.";
		return files_ours(&s->files) < FILES_MAX
			   ? NULL
			   : "too many files of yours are under way";
	}
	if (f != NULL && fits(f, c->what))
		return NULL;
	*next = "The event \"file\" tells the numbers.";
	return c->what == COMMAND_CANCEL ? "no such file is under way"
					 : "no such file is offered";
}

const char *
script_file_command(
    struct script *s, const struct command *c, const char **next)
{
	const char *msg = hindrance(s, c, next);
	struct script_file *f;

	if (msg != NULL)
		return msg;
	if (c->what == COMMAND_SENDFILE) {
		f = files_add(&s->files);
		if (f == NULL)
			fatal("no room for a file of ours");
		send_path(s, c, f);
		return NULL;
	}
	if (c->what == COMMAND_ACCEPT) {
		send_accept(s, c);
		return NULL;
	}
	f = files_find(&s->files, c->n);
	f->stopping = 1;
	stop(s, c->n,
	    f->news.state == FILE_OFFERED && !f->news.ours
		? FILE_WHY_DECLINED
		: FILE_WHY_CANCELLED);
	return NULL;
}
