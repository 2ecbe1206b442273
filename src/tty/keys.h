/*
 * Bytes from the terminal to keys.  Everything a terminal may send is
 * swallowed whole, so that no half of an unknown key becomes text, and only
 * valid UTF-8 comes out.
 */
#ifndef SECCHAT_TTY_KEYS_H
#define SECCHAT_TTY_KEYS_H

#include <stddef.h>
#include <stdint.h>

enum key_type {
	KEY_NONE, /* nothing to do with it */
	KEY_TEXT, /* one character */
	KEY_ENTER,
	KEY_NEWLINE, /* Alt+Enter, or a row end inside a paste */
	KEY_TAB,
	KEY_BACKSPACE,
	KEY_DELETE, /* also Ctrl-D */
	KEY_LEFT,
	KEY_RIGHT,
	KEY_WORD_LEFT, /* Alt-B, Ctrl-Left */
	KEY_WORD_RIGHT,
	KEY_HOME, /* of the line */
	KEY_END,
	KEY_FIRST, /* of the whole text: Ctrl-Home */
	KEY_LAST,
	KEY_UP,
	KEY_DOWN,
	KEY_KILL_END,   /* Ctrl-K */
	KEY_KILL_START, /* Ctrl-U */
	KEY_KILL_BLANK, /* Ctrl-W: back to a blank */
	KEY_KILL_LEFT,  /* Alt-Backspace: a word */
	KEY_KILL_RIGHT, /* Alt-D */
	KEY_YANK,       /* Ctrl-Y */
	KEY_YANK_NEXT,  /* Alt-Y */
	KEY_SWAP,       /* Ctrl-T */
	KEY_UNDO,       /* Ctrl-_, Ctrl-X Ctrl-U */
	KEY_QUOTE,      /* Ctrl-V */
	KEY_SEARCH,     /* Ctrl-R */
	KEY_GIVE_UP,    /* Ctrl-G */
	KEY_ESCAPE,     /* alone */
	KEY_CLEAR,      /* Ctrl-L */
	KEY_CANCEL,     /* Ctrl-C */
	KEY_SUSPEND,    /* Ctrl-Z */
	KEY_FOCUS_IN,   /* the terminal tells that it is being looked at, */
	KEY_FOCUS_OUT,  /* or not any more */
	KEY_PASTE,      /* what follows is one, */
	KEY_PASTE_END,  /* up to here */
	KEY_TYPES
};

struct key {
	enum key_type type;
	int ctrl_d; /* KEY_DELETE came as Ctrl-D */
	size_t len;
	uint8_t text[4]; /* KEY_TEXT */
};

struct keys {
	int state;
	int paste;       /* between the terminal's paste brackets */
	int several;     /* row ends are text: see keys_chunk */
	int stale;       /* nothing has come for long */
	int cr;          /* the last byte of a paste was CR */
	size_t len;      /* of seq */
	uint8_t seq[16]; /* an escape sequence or a character begun */
};

/* Start afresh: forget what has begun. */
void keys_init(struct keys *k);

/*
 * Tell what one read(2) brought, before its bytes are given to keys_next.
 * With more than one row end outside paste brackets, or longer than anybody
 * types, or when it goes on with such a chunk (more: the caller judges by
 * time), it is a paste of a terminal that does not mark pastes, and its row
 * ends do not send anything.  Returns whether it is.
 */
#define KEYS_TYPED_MAX 512
int keys_chunk(struct keys *k, const uint8_t *p, size_t len, int more);

/*
 * Take bytes until there is a key or nothing is left; returns how many were
 * taken, which may be 0 when *key is the end of something broken off.
 */
size_t keys_next(struct keys *k, const uint8_t *p, size_t len, struct key *key);

/*
 * Whether an escape sequence has begun.  When nothing follows within
 * KEYS_ESCAPE_MS it was the Escape key: call keys_timeout, which says so.
 */
#define KEYS_ESCAPE_MS 50
int keys_pending(const struct keys *k);
void keys_timeout(struct keys *k, struct key *key);

/*
 * Nothing has come for long although a paste has not ended: its end may be
 * lost, and a lone Ctrl-C will end it.
 */
void keys_stale(struct keys *k);

#endif
