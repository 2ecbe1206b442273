/*
 * secchat-script: the front end for programs.  It takes the terminal's place
 * for --json (events out, commands in) and for plain pipes (lines out, lines
 * in).  It holds plaintext and no key, and moves texts between standard
 * input, standard output and the crypto worker with everything bounded:
 *
 *   stdin -> lines (feed) -> sendq -> crypto, as the window allows
 *   crypto -> events or rows (outring) -> stdout, then UI_SHOWN
 *
 * While sendq is full stdin is not read.  While outring has no room for a
 * whole text the crypto worker's link is not read; commands and the
 * supervisor still are.
 */
#ifndef SECCHAT_SCRIPT_SCRIPT_H
#define SECCHAT_SCRIPT_SCRIPT_H

#include <stdint.h>

#include "event.h"
#include "feed.h"
#include "file.h"
#include "outring.h"
#include "secchat/ipc.h"
#include "secchat/limits.h"
#include "secchat/sandbox.h"
#include "sendq.h"

/* A tabulator becomes eight blanks, and nothing becomes more. */
#define ROW_MAX (8 * TEXT_MAX + 64)

/* Room that outring must have before something is read that may need it. */
#define ROOM_END ((size_t)16384)  /* kept for what cannot wait */
#define ROOM_SMALL (2 * ROOM_END) /* an error of a command, a note */
#define ROOM_REF ((size_t)(6 * REF_MAX + 128)) /* what one text came to */
#define ROOM_FILE \
	(ROOM_END + EVENT_SIZE(FILE_PATH_MAX + FILE_NAME_MAX + 256 + REF_MAX))
#define ROOM_CRYPTO (ROOM_SMALL + ROW_MAX + EVENT_SMALL)

/* What a confirmation of the whole window makes is no more than a text. */
_Static_assert(EVENT_SIZE(TEXT_MAX) <= ROW_MAX + EVENT_SMALL, "texts");
_Static_assert(ROOM_REF *WINDOW_MSGS <= ROW_MAX, "refs");
_Static_assert(EVENT_SIZE(2 * SENTENCE_MAX) <= ROOM_END / 2, "the end");
_Static_assert(ROOM_CRYPTO <= EVENT_RING, "the ring");
_Static_assert(ROOM_FILE <= ROOM_CRYPTO, "files");

#define RETRY_WHY_MAX 255

/* Room in sendq for whatever one more read of stdin can bring: empty lines
 * are the worst, a head for each byte. */
#define ROOM_LINES (COMMAND_MAX + FEED_CHUNK * (SENDQ_HEAD + 1))
_Static_assert(ROOM_LINES <= READ_AHEAD / 2, "read ahead");

enum script_state {
	ST_START,
	ST_WAIT,
	ST_CHAT
};

/* A try to connect again, as the supervisor announced it. */
struct retry {
	uint32_t try, in_ms;
	char why[RETRY_WHY_MAX + 1];
};

/* Who it is, where there are identities. */
struct who {
	uint8_t met; /* crypto has told */
	uint8_t known, verified;
	char print[PRINT_LEN + 1], safety[SAFETY_DIGITS + 1];
	char name[NAME_MAX_LOCAL + 1], claimed[NICK_MAX + 1];
};

struct script {
	enum script_state state;
	uint8_t role;       /* PEER_HOST or PEER_JOINER */
	uint8_t link;       /* LINKEV_WAITING, _UP or _LOST */
	uint8_t retrying;   /* another try was announced */
	uint8_t retry_held; /* before the loss itself was heard of */
	struct retry retry;
	struct who who;
	uint8_t redial_wanted; /* a UI_REDIAL is due */
	uint8_t name_wanted;   /* bytes of name: a UI_NAME is due */
	char name[NAME_MAX_LOCAL];
	uint8_t prices_wanted;    /* WANT_*: a UI_ASK_PRICES is; or 0 */
	uint8_t restarted_wanted; /* a UI_RESTARTED is due */
	uint32_t lost_texts;      /* of a session that is over */
	uint32_t stale;           /* texts that wait, of such a session */
	uint32_t given_back;      /* and such that do not wait any more */
	size_t columns;           /* of the terminal that rows go to; 0: none */
	uint32_t flags;           /* UIF_* */
	uint32_t chat;            /* which one: from 1, and rising */
	uint8_t out_gone;         /* nobody reads stdout */
	uint8_t quit;             /* UI_QUIT has been sent */
	uint8_t ended;            /* UI_END has come */
	uint8_t super_gone, crypto_gone;
	uint8_t listening;  /* UI_LISTENING not yet told */
	uint8_t told_where; /* it has been */
	uint8_t in_waits;   /* lines read and not yet used */
	uint8_t status_out; /* a UI_STATUS is not yet answered */
	uint32_t status_wanted;
	uint8_t rekey_wanted;
	uint8_t verify_wanted; /* a UI_VERIFY is due */
	uint8_t verify_len;    /* its digits: none, or all */
	uint8_t digits[SAS_HALF];
	uint32_t refused;    /* plain lines that cannot be sent */
	uint32_t declined;   /* files, where nobody can take them */
	uint64_t idle_since; /* last progress of the drain */
	uint64_t now;
	uint64_t last_text;    /* mseq of the text received last */
	uint64_t told;         /* mseq of the last UI_SHOWN */
	uint64_t tell_at;      /* no other before, of few texts */
	uint64_t told_written; /* bytes that had left then */
	uint16_t port;
	char addr[ADDR_TEXT_MAX + 1], hint[ADDR_TEXT_MAX + 1];
	char code[CODE_TEXT + 1];
	struct {
		uint8_t code;
		uint32_t undelivered;
		char what[SENTENCE_MAX + 1], next[SENTENCE_MAX + 1];
	} end;
	struct ipc_link super, crypto;
	/* READY, two UI_QUIT, UI_INPUT, two UI_STREAM, one of each wish, a
	 * file's path */
	uint8_t super_queue[192 + IPC_HEAD + 4 + FILE_PATH_MAX];
	uint8_t crypto_queue[IPC_RECORD_MAX]; /* one record */
	uint8_t record[IPC_RECORD_MAX + 1];
	char row[ROW_MAX];
	struct events ev;
	struct outring out;
	struct feed in;
	struct sendq sendq;
	struct script_files files;
};

/* Before the lock-down: what was typed ahead for somebody else is dropped,
 * and whether standard output is a terminal is found out. */
void script_open_world(struct script *s);

/*
 * Serve from READY to the end on descriptors 0, 1, FD_SUPER and
 * FD_UI_CRYPTO, after script_open_world.  Returns the exit status: 0, 1
 * when the supervisor has gone without a word, or EXIT_UNDELIVERED when texts
 * were not delivered, among them those that crypto was never given, or when
 * standard output did not take what it should have.
 */
int script_run(struct script *s, const struct jail_report *report);

/* Send crypto what it may have now: confirmations, a question, texts. */
void script_feed_crypto(struct script *s);

/* ---- from_super.c, from_crypto.c: what comes from the others ---- */

/* One message of the supervisor's, or of crypto's (only when there is room for
 * what it makes on stdout). */
void script_on_super(struct script *s, const struct ipc_msg *m);
void script_on_crypto(struct script *s, const struct ipc_msg *m);

/* Tell where we listen, once, as soon as the code, if one comes, is there. */
void script_show_listening(struct script *s);

/* ---- link.c: the connection ---- */

/* A connection is lost (why: LOST_* or 0; ms until it is given up), or is
 * back, or otherwise changed: LINKEV_*. */
void script_link(struct script *s, uint8_t event, uint8_t why, uint32_t ms);

/* Another try was announced. */
void script_retry(struct script *s, const struct retry *retry);

/* The other program was started anew: so many texts that crypto had are not
 * confirmed and never will be. */
void script_restarted(struct script *s, uint32_t unconfirmed);

/* "up", "lost", "retry" or "waiting", as crypto's link state is and as we
 * know of another try. */
const char *script_link_name(const struct script *s, uint8_t link);

/* ---- lines.c: what comes on standard input ---- */

/* Use every line that has been read, as far as there is room for errors. */
void script_lines(struct script *s);

/*
 * The same when the chat is over; then give up the line whose end has not come
 * and tell the supervisor where standard input was left.  Returns whether that
 * was done; with all 1 it is, and errors that there is no room for are left
 * out.
 */
int script_last_lines(struct script *s, int all);

/*
 * Ask the supervisor to end the chat, once.  Texts that the window has room
 * for are given to crypto before; none is afterwards.
 */
void script_quit(struct script *s, uint8_t why);

/* UI_QUIT itself: so many texts are lost that crypto never had. */
void script_tell_quit(struct script *s, uint8_t why, uint32_t lost);

/* ---- files.c: files ---- */

/* UI_FILE. */
void script_on_file(void *ctx, struct reader *r, int fd);

/*
 * Write the events of files that are due, as far as there is room; at the end
 * (last 1) also those of files whose end nobody has told.  Returns whether
 * nothing is left to write.
 */
int script_show_files(struct script *s, int last);

/* A command about files.  NULL; or why it cannot be obeyed now, and in *next
 * what to do, both static. */
struct command;
const char *script_file_command(
    struct script *s, const struct command *c, const char **next);

/* ---- show.c: what goes to standard output ---- */

/* A text of the peer, in the form that was asked for.  There is room. */
void script_show_text(
    struct script *s, uint64_t mseq, const uint8_t *text, size_t len);

/* An error event: where it stands (line and ref may be 0 and NULL). */
void script_show_error(struct script *s, int code, const char *msg,
    const char *next, uint64_t line, const char *ref, size_t ref_len);

/* The event of a text that was confirmed or will never be: its name, and its
 * number or 0.  There is room for ROOM_REF bytes. */
void script_show_fate(
    struct script *s, const char *ev, const struct ref *ref, uint64_t id);

/* The event of who it is, as far as it is known. */
void script_show_who(struct script *s);

/* The events of UI_END; nothing without --json. */
void script_show_end(struct script *s);

/* Whether stdin and stdout speak JSON. */
static inline int
script_json(const struct script *s)
{
	return (s->flags & UIF_JSON) != 0;
}

#endif
