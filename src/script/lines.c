/*
 * Standard input: commands with --json, else one line, one message.
 *
 * A plain line that cannot be sent (too long, not UTF-8, a NUL in it) is
 * reported with its number and left out as a whole; the lines behind it are
 * sent.  It counts as a text that was not delivered, so the program's exit
 * code is 6 and not 0.
 *
 * What is read belongs to this chat and to no other.  When the chat ends, a
 * send that had no turn yet is one that was not delivered; a line whose end
 * has not come is reported and given up, and whoever reads on, with --keep,
 * is told to pass over the rest of it: the next person is somebody else.
 */
#include <stdio.h>
#include <string.h>

#include "command.h"
#include "script.h"
#include "secchat/err.h"
#include "secchat/util.h"

/* More refused lines than this are only counted. */
#define REFUSALS_NAMED 10

void
script_tell_quit(struct script *s, uint8_t why, uint32_t lost)
{
	uint8_t body[5];
	struct writer w;

	writer_init(&w, body, sizeof body);
	put_u8(&w, why);
	put_u32(&w, lost);
	ipc_send(&s->super, IPC_UI_QUIT, body, w.len);
}

void
script_quit(struct script *s, uint8_t why)
{
	if (s->quit || s->ended)
		return;
	s->tell_at = 0;
	script_feed_crypto(s);
	s->quit = 1;
	if (s->refused > REFUSALS_NAMED)
		log_line("%u input lines in all were not sent", s->refused);
	script_tell_quit(s, why, s->sendq.waiting + s->refused + s->given_back);
}

static void
refuse(struct script *s, const char *why)
{
	s->refused++;
	if (s->refused <= REFUSALS_NAMED)
		log_line("input line %llu was not sent: %s",
		    (unsigned long long)s->in.line, why);
}

static void
plain_line(struct script *s, const uint8_t *line, size_t len)
{
	if (!utf8_valid(line, len))
		refuse(s, "it is not valid UTF-8");
	else if (memchr(line, '\0', len) != NULL)
		refuse(s, "it has a NUL byte in it");
	else
		sendq_put(&s->sendq, NULL, 0, line, len);
}

static int
is_blank(const uint8_t *line, size_t len)
{
	static const uint8_t blanks[] = {' ', '\t', '\r'};

	while (len > 0 && memchr(blanks, line[len - 1], sizeof blanks) != NULL)
		len--;
	return len == 0;
}

/* Whether what is wrong with a line could be told. */
static int
has_room(const struct script *s)
{
	return !script_json(s) || outring_room(&s->out) >= ROOM_SMALL;
}

/* What is wrong with a command; at the very end there may be no room. */
static void
wrong(struct script *s, const char *msg, const char *next, const char *ref,
    size_t ref_len)
{
	if (has_room(s))
		script_show_error(
		    s, EXIT_USAGE, msg, next, s->in.line, ref, ref_len);
}

/* A command that was understood and cannot be obeyed now. */
static void
not_now(struct script *s, const char *msg, const char *next)
{
	wrong(s, msg, next, NULL, 0);
}

/* Whether there is somebody; else an error event says that there is not. */
static int
in_chat(struct script *s)
{
	if (s->state == ST_CHAT && s->link == LINKEV_UP)
		return 1;
	if (s->state == ST_CHAT)
		not_now(s, "the connection is lost",
		    "Wait for the event \"link\" with the state "
		    "\"resumed\".");
	else
		not_now(s, "there is no chat yet",
		    "Wait for the event \"connected\".");
	return 0;
}

/* Call at once instead of waiting for the next try. */
static void
retry(struct script *s)
{
	if (s->role == PEER_HOST)
		not_now(s, "a host is called, it does not call",
		    "Wait for the other side to call again.");
	else if (!s->retrying && s->link != LINKEV_LOST)
		not_now(s, "there is nothing to try again",
		    "Wait for the event \"link\" with the state \"lost\" "
		    "or \"retry\".");
	else
		s->redial_wanted = 1;
}

/* One at a time: what was wrong must be known before the next try. */
static void
verify(struct script *s, const struct command *c)
{
	if (s->verify_wanted) {
		not_now(s, "a verify is under way",
		    "Wait for the event \"verify\".");
		return;
	}
	s->verify_wanted = 1;
	s->verify_len = c->digits != NULL ? SAS_HALF : 0;
	if (c->digits != NULL)
		memcpy(s->digits, c->digits, SAS_HALF);
}

static void
file_command(struct script *s, const struct command *c)
{
	const char *next, *msg = script_file_command(s, c, &next);

	if (msg != NULL)
		wrong(s, msg, next, c->ref, c->ref_len);
}

/* One that was read and had no turn before the end still counts. */
static void
quit(struct script *s)
{
	if (!s->ended) {
		script_quit(s, QUIT_USER);
		return;
	}
	s->quit = 1;
	script_tell_quit(s, QUIT_USER, 0);
}

static void
obey(struct script *s, const struct command *c)
{
	switch (c->what) {
	case COMMAND_SEND:
		sendq_put(&s->sendq, c->ref, c->ref_len, c->text, c->text_len);
		break;
	case COMMAND_STATUS:
		s->status_wanted++;
		break;
	case COMMAND_REKEY:
		if (in_chat(s))
			s->rekey_wanted = 1;
		break;
	case COMMAND_VERIFY:
		if (in_chat(s))
			verify(s, c);
		break;
	case COMMAND_NAME:
		if (in_chat(s)) {
			s->name_wanted = (uint8_t)c->text_len;
			memcpy(s->name, c->text, c->text_len);
		}
		break;
	case COMMAND_RETRY:
		retry(s);
		break;
	case COMMAND_PRICES:
		s->prices_wanted = c->want;
		break;
	case COMMAND_SENDFILE:
	case COMMAND_ACCEPT:
	case COMMAND_DECLINE:
	case COMMAND_CANCEL:
		file_command(s, c);
		break;
	case COMMAND_QUIT:
		quit(s);
		break;
	}
}

/* Whether a command is for this chat; else an error event says that not. */
static int
is_for_this(struct script *s, const struct command *c)
{
	char msg[80];

	if (c->chat == 0 || c->chat == s->chat)
		return 1;
	snprintf(msg, sizeof msg, "the command is for chat %u, and this is %u",
	    c->chat, s->chat);
	wrong(s, msg,
	    "Nothing was done. Whoever is here now may be somebody else.",
	    c->ref, c->ref_len);
	return 0;
}

static void
json_line(struct script *s, const uint8_t *line, size_t len)
{
	struct command c;

	if (is_blank(line, len))
		return;
	if (command_parse(&c, line, len) < 0)
		wrong(s, c.msg, c.next, c.ref, c.ref_len);
	else if (is_for_this(s, &c))
		obey(s, &c);
	command_free(&c);
}

static void
long_line(struct script *s)
{
	if (script_json(s))
		not_now(s, "the line is too long",
		    "A command has at most 523992 bytes.");
	else
		refuse(s, "a message has at most 65499 bytes");
}

_Static_assert(COMMAND_MAX == 523992 && TEXT_MAX == 65499, "the words above");

/* With all 1 also those whose errors there is no room for. */
static void
use_lines(struct script *s, int all)
{
	size_t max = script_json(s) ? COMMAND_MAX : TEXT_MAX;

	while (!s->quit && (all || has_room(s))) {
		const uint8_t *line;
		size_t len;
		int r = feed_next(&s->in, max, &line, &len);

		s->in_waits = r != 0;
		if (r == 0)
			return;
		if (r < 0)
			long_line(s);
		else if (script_json(s))
			json_line(s, line, len);
		else
			plain_line(s, line, len);
	}
}

void
script_lines(struct script *s)
{
	use_lines(s, 0);
}

/* Who has asked to leave does not want to know. */
static void
give_up_line(struct script *s)
{
	if (!feed_give_up(&s->in) || s->quit)
		return;
	if (script_json(s))
		not_now(s, "the chat ended before the end of the line came",
		    "What comes of it now is passed over. Give the command "
		    "again.");
	else
		refuse(s,
		    "the chat ended before its end came; what comes of it "
		    "now is passed over");
}

int
script_last_lines(struct script *s, int all)
{
	uint8_t inside;

	use_lines(s, all);
	if (!all && !s->quit && !has_room(s))
		return 0;
	give_up_line(s);
	inside = (uint8_t)feed_is_inside(&s->in);
	ipc_send(&s->super, IPC_UI_INPUT, &inside, 1);
	return 1;
}
