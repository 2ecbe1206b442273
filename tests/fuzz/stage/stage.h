/*
 * A whole program of the suite as a fuzz target.  It runs its own loop on
 * descriptors that are only bookkeeping and under a clock that does not run:
 * the linker leads its system calls here (STAGEWRAP in the Makefile), and what
 * its siblings, its peer and its person do is read from the fuzzer's input.
 *
 * The input is a list of acts.  Each time the program waits, one act or more
 * is done: a message comes on a link, bytes on a stream, time passes, an end
 * hangs up or stops reading; one act says that those behind it come at once.
 * When the input is used up everybody hangs up, and the program must come to
 * its end.
 */
#ifndef SECCHAT_TESTS_STAGE_H
#define SECCHAT_TESTS_STAGE_H

#include <poll.h>
#include <netinet/in.h>
#include <setjmp.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

#include "secchat/ipc.h"

enum {
	STAGE_PROPS = 40,
	STAGE_QUEUE = 72, /* messages, or pieces of bytes, that wait */
	STAGE_FIRST = 100 /* descriptors that the program gets by itself */
};

enum prop_kind {
	PROP_NONE,
	PROP_LINK,    /* messages */
	PROP_STREAM,  /* bytes both ways */
	PROP_LISTENER /* callers */
};

/* A message or a piece of bytes: p over and over, until it is len long. */
struct stage_piece {
	const uint8_t *p;
	size_t n, len;
	unsigned type; /* of a message; 0: the bytes are the whole record */
	uint8_t fd;    /* a descriptor rides along */
	uint8_t zeros; /* p once, then zeros */
};

struct prop {
	enum prop_kind kind;
	int fd;
	enum ipc_link_id link;
	uint8_t from; /* ROLE_* of the other end */
	struct stage_piece in[STAGE_QUEUE];
	unsigned first, count;
	size_t taken;    /* of the first piece */
	unsigned full;   /* it takes nothing, so many times */
	size_t most;     /* bytes that one write takes; 0: all */
	size_t room;     /* of a link with that: records until then */
	unsigned fails;  /* so many calls fail, of this error: */
	int error;       /* of a socket's writing, or of accept4 */
	int ended;       /* by the other end, behind what waits */
	int stays;       /* also when everybody hangs up */
	int socket;      /* what goes wrong is told to who writes, too */
	int reset, told; /* not in order, of which error; it is known */
	struct sockaddr_in6 who; /* a listener's next caller */

	/* What the program writes: of a link each record without its head,
	 * of a stream each piece.  May be NULL. */
	void (*took)(struct prop *p, unsigned type, const uint8_t *b, size_t n);
	/* The same of a message on a link, as the program reads it. */
	void (*gave)(struct prop *p, unsigned type, const uint8_t *b, size_t n);
};

struct stage {
	int on;
	jmp_buf end; /* where fatal() leads */
	struct reader r;
	uint64_t now, utc;
	unsigned waits;       /* since the input was used up */
	unsigned at_once;     /* acts that come before the program looks */
	unsigned empty;       /* waits that were none */
	const char *self;     /* what the program calls itself in a complaint */
	char last_words[512]; /* of fatal() */
	struct prop prop[STAGE_PROPS];

	/* the terminal, and who is called when a signal comes */
	uint16_t cols, rows;
	uint8_t no_terminal;
	void (*handler[65])(int sig);

	/* An act of the target's own, and news for who waits: whether it is
	 * to be waited for no longer.  May be NULL. */
	void (*act)(uint8_t what, struct reader *r);
	int (*news)(void);
	/* The program got a descriptor, from a listener or on a record. */
	void (*came)(struct prop *p);
	/* The input is used up, and everybody has hung up.  May be NULL. */
	void (*over)(void);
};

extern struct stage stage;

/* An empty stage, and the acts that will be done on it. */
void stage_begin(const uint8_t *data, size_t size);

/* A descriptor of this number (or -1: any) is there from now on. */
struct prop *stage_prop(int fd, enum prop_kind kind);

/* The same for the other end of a link, where somebody in that role sits. */
struct prop *stage_link(int fd, enum ipc_link_id link, uint8_t from);

/* The prop at a descriptor, or NULL. */
struct prop *stage_at(int fd);

/* How many descriptors there are that the program got by itself. */
unsigned stage_open(void);

/*
 * What the program does from here on is on the stage: 1; 0 when it has ended
 * by fatal().  stage_leave comes behind either.
 */
#define stage_enter() (stage.on = 1, setjmp(stage.end) == 0)
void stage_leave(void);

/* A line that the program has written, for who sets STAGE_WORDS. */
void stage_tell(const char *line, size_t len);

/* An act of this number at a prop, as the input has them. */
void stage_act(struct prop *p, unsigned what, struct reader *r);

/* A signal comes, if the program wants to know. */
void stage_signal(int sig);

/* Wait as poll(2) does. */
int stage_wait(struct pollfd *p, nfds_t n, int timeout_ms);

/* A rule of ours is broken: say which, and abort. */
_Noreturn void stage_broken(const char *fmt, ...)
    __attribute__((format(printf, 1, 2)));

#endif
