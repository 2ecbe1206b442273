/*
 * The props, the acts, and waiting.
 */
#include <assert.h>
#include <errno.h>
#include <limits.h>
#include <netinet/in.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "secchat/util.h"
#include "stage.h"

/* Waits after the end of the input: far more than any program needs. */
#define WAITS_MAX 100000

/* Waits for nothing in no time, one behind the other: nobody needs so many. */
#define EMPTY_MAX 100

struct stage stage;

void
stage_broken(const char *fmt, ...)
{
	va_list ap;

	stage.on = 0;
	va_start(ap, fmt);
	(void)fputs("broken: ", stderr);
	(void)vfprintf(stderr, fmt, ap);
	(void)fputc('\n', stderr);
	va_end(ap);
	abort();
}

/* ---- props ---- */

void
stage_begin(const uint8_t *data, size_t size)
{
	memset(&stage, 0, sizeof stage);
	reader_init(&stage.r, data, size);
	stage.now = 1000000;
	stage.cols = 80;
	stage.rows = 24;
	stage.utc = 1767225600000; /* 2026-01-01 */
}

void
stage_tell(const char *line, size_t len)
{
	int on = stage.on;

	stage.on = 0;
	if (getenv("STAGE_WORDS") != NULL)
		(void)fprintf(stderr, "  %.*s\n", (int)len, line);
	stage.on = on;
}

void
stage_leave(void)
{
	stage.on = 0;
	/* For who wants to know how far an input gets. */
	if (getenv("STAGE_WORDS") != NULL)
		(void)fprintf(stderr, "%s\n",
		    stage.last_words[0] != '\0' ? stage.last_words : "-");
}

struct prop *
stage_at(int fd)
{
	for (size_t i = 0; i < STAGE_PROPS; i++)
		if (stage.prop[i].kind != PROP_NONE && stage.prop[i].fd == fd)
			return &stage.prop[i];
	return NULL;
}

struct prop *
stage_prop(int fd, enum prop_kind kind)
{
	for (size_t i = 0; i < STAGE_PROPS; i++) {
		struct prop *p = &stage.prop[i];

		if (p->kind != PROP_NONE)
			continue;
		memset(p, 0, sizeof *p);
		p->kind = kind;
		p->fd = fd >= 0 ? fd : STAGE_FIRST + (int)i;
		return p;
	}
	return NULL;
}

struct prop *
stage_link(int fd, enum ipc_link_id link, uint8_t from)
{
	struct prop *p = stage_prop(fd, PROP_LINK);

	assert(p != NULL);
	p->link = link;
	p->from = from;
	return p;
}

unsigned
stage_open(void)
{
	unsigned n = 0;

	for (size_t i = 0; i < STAGE_PROPS; i++)
		n += stage.prop[i].kind != PROP_NONE &&
		     stage.prop[i].fd >= STAGE_FIRST;
	return n;
}

/* ---- acts ---- */

static void
add(struct prop *p, const struct stage_piece *piece)
{
	if (p->count < STAGE_QUEUE && !p->ended)
		p->in[(p->first + p->count++) % STAGE_QUEUE] = *piece;
}

/* Bytes of the input, and how long they are to become by repetition. */
static struct stage_piece
get_piece(struct reader *r, size_t len)
{
	size_t n = get_u8(r);
	struct stage_piece piece = {.n = MIN(n, r->left), .len = len};

	piece.p = get_bytes(r, piece.n);
	return piece;
}

/* The n-th row of the table that the other end may send on this link. */
static const struct ipc_row *
nth_row(const struct prop *p, unsigned n)
{
	const struct ipc_row *mine[64];
	unsigned count = 0;

	for (size_t i = 0; i < ipc_rows_len; i++)
		if ((ipc_rows[i].from & p->from) &&
		    (ipc_rows[i].links & ON(p->link)) && count < 64)
			mine[count++] = &ipc_rows[i];
	assert(count > 0);
	return mine[n % count];
}

/*
 * A message as the table allows it: the bytes are its body, filled up with
 * zeros where they are too few, or repeated where it is to be long.
 */
static void
act_message(struct prop *p, struct reader *r, int is_long)
{
	const struct ipc_row *row = nth_row(p, get_u8(r));
	size_t want = is_long ? get_u16(r) : 0;
	struct stage_piece m = get_piece(r, 0);

	m.len = MIN(MAX(MAX(m.n, want), row->min), row->max);
	m.n = MIN(m.n, m.len);
	m.type = row->type;
	m.fd = row->fd;
	m.zeros = !is_long;
	add(p, &m);
}

/* Any record at all. */
static void
act_record(struct prop *p, struct reader *r)
{
	uint8_t how = get_u8(r);
	struct stage_piece m = get_piece(r, 0);

	m.len = how & 1 ? get_u16(r) : m.n;
	m.fd = (how & 6) == 6;
	if (m.len > 0)
		add(p, &m);
}

static void
act_bytes(struct prop *p, struct reader *r, int is_long)
{
	size_t times = is_long ? 1 + get_u16(r) % 4096 : 1;
	struct stage_piece m = get_piece(r, 0);

	m.len = m.n * times;
	if (m.len > 0)
		add(p, &m);
}

static void
act_caller(struct prop *p, struct reader *r)
{
	static const struct stage_piece caller = {.len = 1};
	uint8_t from = get_u8(r);
	struct sockaddr_in *in4 = (void *)&p->who;

	memset(&p->who, 0, sizeof p->who);
	if (from & 0x80) {
		p->who.sin6_family = AF_INET6;
		p->who.sin6_addr.s6_addr[0] = 0x20;
		p->who.sin6_addr.s6_addr[7] = from & 7;
		p->who.sin6_addr.s6_addr[15] = from;
		p->who.sin6_port = from;
	} else {
		in4->sin_family = AF_INET;
		in4->sin_addr.s_addr = htonl(0x7f000000u | (from & 15));
		in4->sin_port = from;
	}
	add(p, &caller);
}

/*
 * The kernel has no memory, or accepting goes wrong: as much of accept4(2)
 * as a descriptor that is there can bring about, whatever it is.
 */
static void
act_failure(struct prop *p, struct reader *r)
{
	static const int writing[] = {ENOBUFS, ENOMEM};
	static const int accepting[] = {ECONNABORTED, EPROTO, EMFILE, ENFILE,
	    ENOBUFS, ENOMEM, EINVAL, ENOTSOCK, EOPNOTSUPP};
	unsigned n = get_u8(r), why = get_u8(r);

	if (p->kind != PROP_LISTENER && !p->socket)
		return;
	p->fails = n;
	p->error = p->socket ? writing[why % ARRAY_LEN(writing)]
			     : accepting[why % ARRAY_LEN(accepting)];
}

static void
time_passes(uint64_t ms)
{
	stage.now += ms;
	stage.utc += ms;
}

/* What can happen at a prop. */
enum {
	ACT_MESSAGE, /* or a caller, or bytes */
	ACT_LONG,
	ACT_RECORD, /* or a failure */
	ACT_FULL,
	ACT_MOST, /* bytes in one write, or records between two waits */
	ACT_END,  /* in order, or reset, or nothing is heard for too long */
	ACT_TIME,
	ACT_OWN,
	ACTS
};

/* Time where no prop can be: no time at all passes between the next acts. */
#define AT_ONCE 31

void
stage_act(struct prop *p, unsigned what, struct reader *r)
{
	static const int resets[] = {0, ECONNRESET, 0, ETIMEDOUT};

	switch (what) {
	case ACT_MESSAGE:
	case ACT_LONG:
		if (p->kind == PROP_LINK)
			act_message(p, r, what == ACT_LONG);
		else if (p->kind == PROP_STREAM)
			act_bytes(p, r, what == ACT_LONG);
		else if (p->kind == PROP_LISTENER)
			act_caller(p, r);
		break;
	case ACT_RECORD:
		if (p->kind == PROP_LINK)
			act_record(p, r);
		else
			act_failure(p, r);
		break;
	case ACT_FULL:
		p->full = get_u8(r);
		break;
	case ACT_MOST:
		p->room = p->most = get_u8(r);
		break;
	case ACT_END:
		p->ended = 1;
		p->reset = resets[get_u8(r) % ARRAY_LEN(resets)];
		break;
	default:
		break;
	}
}

/* One act.  0: the input is used up. */
static int
act(void)
{
	struct reader *r = &stage.r;
	unsigned what, where;
	uint8_t b;

	if (r->left == 0)
		return 0;
	b = get_u8(r);
	what = b % ACTS;
	where = b / ACTS;
	if (what == ACT_TIME && where == AT_ONCE) {
		stage.at_once = get_u8(r) % STAGE_QUEUE;
	} else if (what == ACT_TIME) {
		b = get_u8(r);
		time_passes((uint64_t)(b & 15) << (b >> 4));
	} else if (what == ACT_OWN) {
		if (stage.act != NULL)
			stage.act((uint8_t)where, r);
	} else {
		/* The where-th of those that are there. */
		for (size_t i = 0; i < STAGE_PROPS; i++) {
			struct prop *p = &stage.prop[i];

			if (p->kind != PROP_NONE && where-- == 0) {
				stage_act(p, what, r);
				break;
			}
		}
	}
	r->failed = 0;
	return 1;
}

static void
everybody_hangs_up(void)
{
	for (size_t i = 0; i < STAGE_PROPS; i++) {
		stage.prop[i].ended |= !stage.prop[i].stays;
		stage.prop[i].full = stage.prop[i].fails = 0;
	}
	if (stage.over != NULL)
		stage.over();
}

void
stage_signal(int sig)
{
	if (sig > 0 && sig < 65 && stage.handler[sig] != NULL)
		stage.handler[sig](sig);
}

/* ---- waiting ---- */

static short
revents(const struct pollfd *w)
{
	const struct prop *p = w->fd < 0 ? NULL : stage_at(w->fd);
	short ev = 0;

	if (w->fd < 0)
		return 0;
	if (p == NULL)
		return POLLNVAL;
	if (p->count > 0 || p->ended || (p->fails > 0 && !p->socket))
		ev |= w->events & POLLIN;
	if ((p->full == 0 &&
		(p->kind != PROP_LINK || p->room > 0 || p->most == 0)) ||
	    (p->ended && p->kind != PROP_STREAM))
		ev |= w->events & POLLOUT;
	if (p->ended && p->kind == PROP_LINK)
		ev |= POLLHUP;
	if (p->reset)
		ev |= POLLERR | POLLHUP;
	return ev;
}

static int
look(struct pollfd *p, nfds_t n)
{
	int some = 0;

	for (nfds_t i = 0; i < n; i++) {
		p[i].revents = revents(&p[i]);
		some += p[i].revents != 0;
	}
	return some;
}

static void
let_drain(void)
{
	for (size_t i = 0; i < STAGE_PROPS; i++) {
		struct prop *p = &stage.prop[i];

		if (p->full > 0)
			p->full--;
		p->room = p->most;
	}
}

int
stage_wait(struct pollfd *p, nfds_t n, int timeout_ms)
{
	uint64_t until =
	    timeout_ms < 0 ? CLOCK_NEVER : stage.now + (uint64_t)timeout_ms;
	int some, more;

	do {
		more = act();
		for (; more && stage.at_once > 0; stage.at_once--)
			more = act();
		if (!more)
			everybody_hangs_up();
		let_drain();
		some = look(p, n);
		if (some > 0)
			break;
		if (stage.news != NULL && stage.news()) {
			errno = EINTR;
			return -1;
		}
	} while (more && stage.now < until);
	if (!more && ++stage.waits > WAITS_MAX)
		stage_broken("it goes on and on after the end");
	/* Looking whether there is room, at one descriptor, is not waiting. */
	if (n > 1)
		stage.empty =
		    some == 0 && timeout_ms == 0 ? stage.empty + 1 : 0;
	if (stage.empty > EMPTY_MAX)
		stage_broken("it runs in circles instead of waiting");
	if (some == 0 && until == CLOCK_NEVER)
		stage_broken("it waits for ever when everybody has gone");
	if (some == 0 && stage.now < until)
		time_passes(until - stage.now);
	return some;
}
