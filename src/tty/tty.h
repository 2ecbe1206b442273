/*
 * secchat-tty: the front end on a terminal.  It holds the line being typed,
 * the texts that are not delivered yet and what is on its way to the screen;
 * no key, no file, no network.
 *
 *   keyboard -> keys -> edit -> backlog -> crypto, as the window allows
 *   crypto -> view -> paint -> terminal, then UI_SHOWN
 *
 * The terminal is blocking and shared with the shell, so it is written in
 * small pieces and only when poll says so.  While the paint buffer has no
 * room for a whole message, crypto's link is not read; the keyboard and the
 * supervisor always are.
 */
#ifndef SECCHAT_TTY_TTY_H
#define SECCHAT_TTY_TTY_H

#include <signal.h>
#include <stdint.h>
#include <termios.h>

#include "backlog.h"
#include "complete.h"
#include "edit.h"
#include "history.h"
#include "keys.h"
#include "pager.h"
#include "paint.h"
#include "secchat/ipc.h"
#include "secchat/limits.h"
#include "secchat/sandbox.h"
#include "view.h"

/* A local name after the filter, and "SHA256:" with 43 characters. */
#define TEXT_NAME_MAX 200
#define FINGERPRINT_MAX 50

enum tty_state {
	TTY_START, /* before UI_START */
	TTY_WAIT,  /* nobody is there yet: nothing can be typed */
	TTY_CHAT,
	TTY_LEAVING, /* UI_QUIT has been sent */
	TTY_OVER,    /* UI_END has come, or the supervisor died */
};

/*
 * What is written to the terminal at once: whole rows between "autowrap off"
 * and "autowrap on".  A row that is wider than we think is cut off at the
 * margin, and can never go on at the beginning of the next, where only rows
 * of ours begin; and whoever is killed between two pieces leaves the terminal
 * as it was.
 */
#define TTY_PIECE 4096

/* Microseconds that one write to a terminal that is full may take. */
#define TTY_WRITE_USEC 20000

/* A text is shown when this much has been written to the terminal. */
struct shown {
	uint64_t written;
	uint64_t mseq;
};

/* The connection between LOST and RESUMED, and the line that tells of its
 * coming back until it is shown. */
struct lost {
	int is;
	uint64_t gives_up; /* when the session is given up */
	uint32_t retry;    /* a joiner's call: which, 0: none yet; */
	uint64_t retry_at; /* when */
	char why[256];     /* why the last one failed, filtered */
	int back;          /* the line is due */
	uint64_t back_ms, back_until;
	uint64_t before, upto; /* mseq of the texts that waited */
	size_t waiting;        /* how many they were */
};

/* A text as it left for the network. */
struct sealed {
	uint64_t mseq; /* 0: none */
	uint32_t total;
	size_t len;
	uint8_t bytes[WIRE_SHOWN];
};

/* The status row, from left to right; later ones go first when there is no
 * room.  CELL_PRICE is free for whoever has something to put there. */
enum status_cell {
	CELL_WHO,
	CELL_LINK,
	CELL_RTT, /* or why the last call failed */
	CELL_PRICE,
	CELL_CLOCK,
	CELLS
};

enum focus {
	FOCUS_UNKNOWN,
	FOCUS_IN,
	FOCUS_OUT
};

/* A message that was shown lately. */
#define RECENT 8
struct recent {
	unsigned n;
	uint64_t at;
};

/* What one read of the keyboard gives at most: a terminal's queue. */
#define KEYBOARD_READ 4096

/*
 * What was typed while the size was not certain, in the pieces in which it
 * came.  That is 3 s at most, in which a key that is held down comes some 200
 * times, and a paste fills the terminal's queue a few times.  Where there is
 * no room for another read, the rest waits in the terminal.
 */
#define HELD_CHUNKS 256
#define HELD_BYTES (4 * KEYBOARD_READ)
struct held_chunk {
	uint64_t at;
	size_t len;
};
struct held {
	size_t count, len; /* len: of bytes[] */
	int stop;          /* what comes next is left in the terminal */
	struct held_chunk chunk[HELD_CHUNKS];
	uint8_t bytes[HELD_BYTES];
};

struct tty {
	enum tty_state state;
	struct ipc_link super, crypto;
	struct view view;
	struct paint paint;
	struct keys keys;
	struct edit edit;
	struct backlog backlog;
	struct history history;
	struct pager pager;
	unsigned numbers; /* messages on this screen so far */
	uint64_t now;     /* of this turn of the loop */

	/* the terminal */
	struct termios saved;
	int raw;      /* saved must be put back */
	size_t piece; /* of paint: so much is in wire */
	size_t wire_len, wire_at;
	char wire[TTY_PIECE + 16];
	int utf8, no_color; /* what the environment says */
	int dirty;          /* the live area must be drawn */
	uint64_t frame_at;  /* when it was drawn last */
	uint64_t released;  /* so much of paint may be written */
	int suspended;      /* the terminal is somebody else's */
	int tells_late;     /* of another size */
	int resizing;       /* its size is not certain: nothing is laid out */
	uint64_t resize_first, resize_until;
	struct held held;             /* typed meanwhile */
	struct recent recent[RECENT]; /* a ring */
	size_t recent_next;
	int keyboard_gone, crypto_gone;
	int unmarked;          /* a paste without brackets is coming in */
	uint64_t paste_until;  /* a chunk until then goes on */
	uint64_t stale_at;     /* what came of a paste with brackets is shown */
	uint64_t escape_until; /* then it was the Escape key alone */

	/* who is there */
	uint32_t flags; /* UIF_* */
	uint8_t role, mode;
	char host[HOST_TEXT_MAX + 1]; /* whom a joiner calls */
	char prompt[48];

	/* the waiting screen */
	int listening, have_code, waiting_shown;
	int typed; /* something other than q */
	uint16_t port;
	char own[ADDR_TEXT_MAX + 1]; /* this computer's address, or "" */
	char code[CODE_TEXT + 1];
	uint32_t attempts;
	char hint[HOST_TEXT_MAX + 256]; /* a sentence above the status row */
	uint64_t began;                 /* waiting, or calling */

	/* the chat */
	uint64_t received;               /* mseq of the last TEXT */
	uint64_t delivered;              /* mseq of the last DELIVERED */
	struct shown shown[WINDOW_MSGS]; /* a ring */
	size_t shown_first, shown_count;
	uint64_t shown_mseq;      /* written to the terminal */
	uint64_t told_mseq;       /* and crypto knows */
	int status_asked;         /* UI_STATUS is due */
	int status_out;           /* so many are not answered */
	int status_said;          /* the answer is to be shown */
	int rtt_tried;            /* crypto was asked once more for it */
	uint64_t status_at;       /* when it was asked last, or 0 */
	int leave_asked;          /* in spite of undelivered texts */
	int left;                 /* the chat, by the user's wish */
	int blank_asked;          /* a command behind a blank: said so */
	int leave_when_delivered; /* and nothing was typed since */
	int rekey_asked;
	int verifying;    /* the next line is six digits */
	int verify_asked; /* UI_VERIFY is due, with digits_len */
	uint8_t digits[SAS_HALF];
	size_t digits_len;
	char trusted_prompt[48];        /* the prompt outside of verifying */
	char who[TEXT_NAME_MAX];        /* the peer's local name, filtered */
	char safety[SAFETY_DIGITS + 1]; /* or "" */
	char print[FINGERPRINT_MAX + 1];
	char addr[4 * ADDR_TEXT_MAX]; /* filtered */
	int known, verified;
	uint32_t epoch, rtt_ms; /* ~0: not known */
	struct cell cells[CELLS];
	struct lost lost;
	int restarting;     /* RESTARTED has come, UI_RESTARTED has not gone */
	int anew;           /* the next Enter asks: it is another session */
	unsigned abandoned; /* texts of sessions that are over, */
	unsigned kept_back; /* and those of them that crypto never had */

	/* files */
	struct transfers files;
	uint64_t line_at;       /* the line that is typed was begun */
	uint64_t offers_at;     /* an offer came or was taken back, 0: none */
	uint64_t offer_gone_at; /* one was taken back, 0: none */
	uint64_t back_at;       /* the last of them was, */
	unsigned back;          /* and so many are, one soon after another */
	uint32_t asks;          /* what the last /send was called, */
	char asked[FILE_SHOWN]; /* and its path, filtered; */
	int asked_blanks;       /* a blank before it was taken for none of it */
	int blanks_cut;         /* so it is with the command that is obeyed */
	unsigned rekeys;        /* new keys while files moved, not told, */
	uint32_t rekeys_from;   /* and the epochs before and after them */
	uint32_t rekeys_to;

	/* the bell and /wire */
	enum focus focus;
	int silent; /* /notify off */
	uint64_t key_at, bell_at;
	int wire_on;
	struct sealed sealed[WINDOW_MSGS]; /* by mseq */

	/* the end */
	int died; /* the supervisor, without UI_END */
	char what[SENTENCE_MAX + 1], next[SENTENCE_MAX + 1];

	int plain_begun;         /* a line without its end has come */
	uint8_t plain[EDIT_MAX]; /* what Enter sends */
	int no_table;            /* the next UI_PRICES only changes the row */
	/* READY, UI_QUIT, and what asks for room, /send the most */
	uint8_t super_queue[512 + IPC_HEAD + 4 + FILE_PATH_MAX];
	uint8_t crypto_queue[IPC_RECORD_MAX + 256];
	uint8_t record[IPC_RECORD_MAX + 1];
};

/*
 * Before the lock-down: reads the environment and the time zone, and catches
 * SIGWINCH, which is let in only while the loop waits.
 */
void tty_open_world(struct tty *t);

/*
 * Serve from READY to the end on descriptors 0, 1, FD_SUPER and FD_UI_CRYPTO.
 * Returns the exit status: 0, 1 when the supervisor died, EXIT_UNDELIVERED
 * when texts were not delivered.
 */
int tty_run(struct tty *t, const struct jail_report *report);

/* ---- links.c: what comes from the other two processes ---- */

/* One message: hand it to its handler, or be fatal. */
void tty_on_super(struct tty *t, const struct ipc_msg *m);
void tty_on_crypto(struct tty *t, const struct ipc_msg *m);

/*
 * A name that somebody gave, filtered and cut to cap: without quotation
 * marks, rules and gutters, so that what stands behind it on the row cannot
 * be made up.
 */
#define NAME_SHOWN 32
void tty_name(const struct tty *t, char *out, size_t cap, const char *name);

/* What the other person is called here, as it was given. */
void tty_called(struct tty *t, const char *name);

/* A sentence of ours between rules, and so that nothing about coming back is
 * told after it. */
void tty_say(struct tty *t, const char *text);

/* ---- status.c: the status row ---- */

/* Make the cells anew; t->dirty when one is another. */
void tty_status_update(struct tty *t);

/* Where there is no status row: the next call in a line. */
void tty_status_retry(struct tty *t);

/* When they change by themselves. */
uint64_t tty_status_wake(const struct tty *t);

/* What /status says: crypto's view of the link, texts on the way. */
void tty_status_say(struct tty *t, uint8_t link, uint32_t on_the_way);

/* ---- lost.c: lost connections ---- */

/* UI_RETRY, LINK_EVENT and RESTARTED. */
void tty_on_retry(void *ctx, struct reader *r, int fd);
void tty_on_link_event(void *ctx, struct reader *r, int fd);
void tty_on_restarted(void *ctx, struct reader *r, int fd);

/* Tell of coming back, when it is time or now.  0: not yet, and delivered
 * texts wait for it. */
int tty_back(struct tty *t, int now);

/* Name what was not delivered, as far as there is room.  1: done, or there is
 * nothing to do. */
int tty_restart(struct tty *t);

/* /retry */
void tty_cmd_retry(struct tty *t, const char *arg);

/* ---- said.c: messages, and messages again ---- */

/* Show a message and remember it. */
void tty_show(struct tty *t, const struct message *m);

/* The i-th of the backlog. */
struct message tty_backlog_message(
    const struct tty *t, size_t i, enum message_kind kind);

/* /more */
void tty_cmd_more(struct tty *t, const char *arg);
/* /raw */
void tty_cmd_raw(struct tty *t, const char *arg);
/* /history */
void tty_cmd_history(struct tty *t, const char *arg);
/* /drop */
void tty_cmd_drop(struct tty *t, const char *arg);

/* ---- files.c: what becomes of files ---- */

/* UI_FILE. */
void tty_on_file(void *ctx, struct reader *r, int fd);

/* New keys, from one epoch to the next: 1 when they are told of later, since
 * files move and need them every few seconds. */
int tty_files_rekeyed(struct tty *t, uint32_t epoch, uint8_t why);

/* What /status says about them. */
void tty_files_say(struct tty *t);

/* Those that nobody has told the end of, at the end. */
void tty_files_end(struct tty *t);

/* ---- filecmd.c ---- */

/*
 * A key or a paste comes: when the line is empty, it begins now.  A bare
 * /accept means the offer that was there then.
 */
void tty_line_begins(struct tty *t);

/* /send, /accept, /decline, /cancel */
void tty_cmd_send(struct tty *t, const char *arg);
void tty_cmd_accept(struct tty *t, const char *arg);
void tty_cmd_decline(struct tty *t, const char *arg);
void tty_cmd_cancel(struct tty *t, const char *arg);

/*
 * A path or a name as it was typed, pasted or dropped: without the quotes
 * around it, or with a backslash before what is none of a letter or digit
 * taken off.  out holds cap bytes and a longer one is cut.  Returns the length
 * that it has.
 */
size_t tty_unquote(char *out, size_t cap, const char *typed);

/* ---- notify.c: the bell ---- */

/* The terminal is looked at, or not any more. */
void tty_focus(struct tty *t, int is_in);

/* Something has come: ring when nobody looks. */
void tty_ring(struct tty *t);

/* /notify */
void tty_cmd_notify(struct tty *t, const char *arg);

/* ---- prices.c: /prices ---- */

/* /prices, and $ alone */
void tty_cmd_prices(struct tty *t, const char *arg);

/* UI_PRICES. */
void tty_on_prices(void *ctx, struct reader *r, int fd);

/* ---- sealed.c: /wire ---- */

/* /wire */
void tty_cmd_wire(struct tty *t, const char *arg);

/* WIRE. */
void tty_on_wire(void *ctx, struct reader *r, int fd);

/* Under a text that is shown: its frame, if crypto passed it. */
void tty_show_sealed(struct tty *t, uint64_t mseq);

/* ---- wait.c: before somebody is there ---- */

/* Show what there is to show by now. */
void tty_wait_show(struct tty *t);

/* The code has been made anew, after too many wrong ones. */
void tty_wait_new_code(struct tty *t);

/* The row that counts failed attempts. */
void tty_wait_status(struct tty *t);

/* ---- input.c: what is typed ---- */

/* Bytes of the keyboard. */
void tty_input(struct tty *t, const uint8_t *p, size_t len);

/* When tty_input_due has something to do if nothing comes, and doing it: the
 * Escape key, the end of a paste. */
uint64_t tty_input_deadline(const struct tty *t);
void tty_input_due(struct tty *t);

/* Nobody knows when what comes next was typed: as if what came last had come
 * now. */
void tty_input_goes_on(struct tty *t);

/* What stands before the input; out may be used for it. */
#define TTY_PROMPT_MAX 192
const char *tty_prompt(struct tty *t, int narrow, char out[TTY_PROMPT_MAX]);

/* One key; chunk is how many bytes came with it. */
void tty_key(struct tty *t, const struct key *key, size_t chunk);

/* ---- plain.c ---- */

/* A line, or a part of one, where the view is plain. */
void tty_plain_input(struct tty *t, const uint8_t *p, size_t len);

/* ---- input.c again ---- */

/*
 * Leave; why is QUIT_*.  The user is asked once when texts are undelivered,
 * and left in peace when they are delivered before the answer.
 */
void tty_leave(struct tty *t, uint8_t why);

/* The screen was somebody else's: what was asked there is asked once more. */
void tty_leave_again(struct tty *t);

/* A sentence above the status row until the next key; "": none. */
void tty_hint(struct tty *t, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

/* ---- command.c ---- */

/* A line that begins with a slash, without it, NUL-terminated; it is cut into
 * word and argument in place. */
#define COMMAND_LINE_MAX 4224
void tty_command(struct tty *t, char *line);

/*
 * Tab: what becomes of a line that begins with a slash.  The lower-case words
 * that may stand behind a command are completed, and the numbers in the place
 * of an N.  Forms are separated by " | ", the words of one place by "|",
 * brackets mean nothing: "[refresh | auto on|off]".
 */
void tty_complete(const struct tty *t, struct completion *c, const char *line);

/* Whether a word, without its slash, is the whole name of a command that this
 * chat has. */
int tty_is_command(const struct tty *t, const char *word, size_t len);

/* ---- verify.c: comparing digits, and who somebody is ---- */

/* Begin: crypto is asked for the digits to read. */
void tty_verify_start(struct tty *t, const char *arg);

/* No digits are asked for any more. */
void tty_verify_stop(struct tty *t);

/* What to call the other person. */
void tty_cmd_name(struct tty *t, const char *arg);

/* The prompt, as it is outside of verifying, from what is known. */
void tty_set_prompt(struct tty *t);

/* The line that was typed while t->verifying. */
void tty_verify_line(struct tty *t, const uint8_t *text, size_t len);

/* VERIFY and PEER of crypto. */
void tty_on_verify(void *ctx, struct reader *r, int fd);
void tty_on_peer(void *ctx, struct reader *r, int fd);

/* What there is to compare: safety number and fingerprint. */
void tty_show_keys(struct tty *t, const char *arg);

/* ---- resize.c ---- */

/* SIGWINCH has come. */
void tty_resize_begin(struct tty *t);

/* A message with this number is being shown. */
void tty_resize_note(struct tty *t, unsigned n);

/* After some calm: the new size, what the old one may have cost, and what was
 * typed meanwhile. */
void tty_resize_due(struct tty *t);

/* ---- held.c: what is typed while the size is not certain ---- */

/* Whether the keyboard is to be read then. */
int tty_held_room(const struct tty *t);

/* Read it once and keep that; there is something to read, and room. */
void tty_held_read(struct tty *t);

/* The size is certain: what was kept is typed, each piece at the time at
 * which it came. */
void tty_held_give(struct tty *t);

/* ---- term.c: the only system calls on the terminal ---- */

/* Raw mode.  fatal() when 0 is not a terminal. */
void tty_raw(struct tty *t);

/* Put the settings of UI_START back, after everything is written. */
void tty_restore(struct tty *t);

/* The size, or 80 x 24 when the terminal does not know. */
void tty_size(struct view *v);

/* Forget what was typed ahead. */
void tty_flush_input(void);

/*
 * Ctrl-Z: leave the terminal alone and ask to be stopped; with touch 1 make
 * it as it was first.  Nothing is read from it, written to it or taken from
 * crypto until tty_resume.
 */
void tty_suspend(struct tty *t, int touch);

/* The terminal is ours: raw mode, its size, everything drawn again. */
void tty_resume(struct tty *t);

/* Write a piece, or what is left of one; poll has said that there is room. */
void tty_write(struct tty *t);

/* Write everything, waiting if need be. */
void tty_write_all(struct tty *t);

/* The minute of the day here and now. */
unsigned tty_minute(void);

#endif
