/*
 * `secchat prices`: the same processes and rules as in a chat, without one.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#include "internal.h"
#include "secchat/text.h"
#include "secchat/util.h"

/* Where the table goes. */
struct page {
	char text[8192];
	size_t len;
	unsigned rows; /* of the last one, on the screen */
	unsigned cols;
	uint8_t colors; /* ink is used, of this kind */
	int color, in_place;
	uint64_t seq;
};

static void
add(struct page *p, const char *text)
{
	size_t n = strlen(text);

	if (n > sizeof p->text - p->len)
		fatal("a table of prices without end");
	memcpy(p->text + p->len, text, n);
	p->len += n;
}

static void
put(void *ctx, enum price_ink ink, const char *text)
{
	struct page *p = ctx;

	if (text == NULL) {
		add(p, "\n");
		p->rows++;
		return;
	}
	if (p->color)
		add(p, price_ink_code(ink, p->colors));
	add(p, text);
	if (p->color && ink != INK_PLAIN)
		add(p, "\033[m");
}

static int
flush(struct page *p)
{
	int err = fd_write_all(STDOUT_FILENO, p->text, p->len);

	p->len = 0;
	return err;
}

static unsigned
columns(void)
{
	struct winsize w;

	if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &w) < 0 || w.ws_col < 20)
		return 80;
	return w.ws_col;
}

/* Nothing is left of the table that stands above the cursor. */
static void
erase(struct page *p)
{
	char up[24];

	if (p->in_place && p->rows > 0) {
		snprintf(up, sizeof up, "\r\033[%uA\033[J", p->rows);
		add(p, up);
	}
	p->rows = 0;
}

static int
show_rows(struct super *s, struct page *p, struct price_table *t)
{
	erase(p);
	p->cols = p->in_place ? columns() - 1 : 0;
	price_rows(t, p->cols, !s->utf8, put, p);
	if (t->flags & TABLE_ASKING && p->rows == 0) {
		add(p, " asking ...\n");
		p->rows = 1;
	}
	if (p->in_place) {
		add(p, " q stops\n");
		p->rows++;
	}
	return flush(p);
}

static int
show_json(struct page *p, const struct price_table *t)
{
	char members[PRICE_JSON_MAX], line[PRICE_JSON_MAX + 128], utc[40];
	struct timespec now;
	struct tm tm;

	(void)clock_gettime(CLOCK_REALTIME, &now);
	if (gmtime_r(&now.tv_sec, &tm) == NULL)
		memset(&tm, 0, sizeof tm);
	(void)strftime(utc, sizeof utc, "%Y-%m-%dT%H:%M:%S", &tm);
	price_json(members, t);
	snprintf(line, sizeof line,
	    "{\"v\":1,\"seq\":%llu,\"t\":\"%s.%03ldZ\",\"ev\":\"prices\"%s}\n",
	    (unsigned long long)++p->seq, utc, now.tv_nsec / 1000000, members);
	add(p, line);
	return flush(p);
}

/* What there is now.  0, or negative when nobody reads it any more. */
static int
show(struct super *s, struct page *p)
{
	struct price_table t;

	s->prices.show = SHOW_TABLE;
	prices_table(&s->prices, clock_now_ms(), clock_utc_ms(), &t);
	return s->o->json ? show_json(p, &t) : show_rows(s, p, &t);
}

static int
is_plain_terminal(void)
{
	const char *term = getenv("TERM");

	return term == NULL || term[0] == '\0' || strcmp(term, "dumb") == 0;
}

static void
page_init(struct super *s, struct page *p)
{
	const char *no_color = getenv("NO_COLOR");
	int tty = isatty(STDOUT_FILENO) && !s->o->plain && !is_plain_terminal();

	memset(p, 0, sizeof *p);
	p->color =
	    tty && !s->o->no_color && (no_color == NULL || no_color[0] == '\0');
	p->colors = s->o->colors;
	p->in_place = tty && s->o->watch && !s->o->json;
	s->utf8 = locale_is_utf8() && !s->o->ascii;
}

/* Keys come at once and are not shown; Ctrl-C still is a signal. */
static void
keys(struct super *s, const struct page *p)
{
	struct termios t;

	if (!p->in_place || !s->term_saved)
		return;
	t = s->saved;
	t.c_lflag &= ~(tcflag_t)(ICANON | ECHO);
	t.c_cc[VMIN] = 1;
	t.c_cc[VTIME] = 0;
	s->term_touched = 1;
	(void)tcsetattr(s->term, TCSANOW, &t);
}

/* Whether a q was typed, or the terminal has gone. */
static int
wants_to_stop(struct super *s)
{
	char key[64];
	ssize_t n = read(s->term, key, sizeof key);

	if (n < 0 && (errno == EINTR || errno == EAGAIN))
		return 0;
	return n <= 0 || memchr(key, 'q', (size_t)n) != NULL ||
	       memchr(key, 'Q', (size_t)n) != NULL;
}

static int
prepare(struct super *s, struct page *p)
{
	int err;

	s->null = open("/dev/null", O_RDWR | O_CLOEXEC);
	if (s->null < 0 || signals_init(s) < 0)
		fatal("cannot start: %s", strerror(errno));
	s->ui = PROC_SCRIPT; /* never started: notes go to stderr */
	page_init(s, p);
	if (p->in_place && !s->o->no_input)
		term_init(s);
	err = run_find_workers(s);
	if (err == 0)
		err = run_open_log(s);
	if (err == 0)
		err = price_prepare(s);
	if (err == 0)
		run_confine(s);
	return err;
}

/* Why there are none: no data, and so not for standard output. */
static void
say_none(struct super *s, struct page *p)
{
	char what[SENTENCE_MAX] = "no prices";
	struct price_table t;
	size_t len;

	prices_table(&s->prices, clock_now_ms(), clock_utc_ms(), &t);
	p->color = 0;
	price_rows(&t, 0, !s->utf8, put, p);
	for (len = 0; len < p->len && p->text[len] != '\n'; len++)
		;
	if (len > 1)
		snprintf(what, sizeof what, "%.*s", (int)len - 1, p->text + 1);
	say_error(what, NULL, NULL);
	p->len = 0;
}

static int
once(struct super *s, struct page *p)
{
	price_want(s, WANT_LOOK);
	while (!s->job.news && s->signal == 0)
		pump(s, CLOCK_NEVER, -1);
	if (s->signal != 0)
		return 0;
	if (s->o->json || s->prices.have)
		return show(s, p);
	say_none(s, p);
	return 0;
}

/* On a terminal also the seconds are counted. */
#define TICK 1000

static int
watch(struct super *s, struct page *p)
{
	int err = 0;

	keys(s, p);
	price_want(s, WANT_AUTO);
	while (s->signal == 0 && err == 0) {
		uint64_t next =
		    p->in_place ? clock_now_ms() + TICK : CLOCK_NEVER;

		if (p->in_place || s->job.news)
			err = show(s, p);
		s->job.news = 0;
		if (pump(s, next, s->term) && wants_to_stop(s))
			break;
	}
	return err;
}

static int
exit_code(const struct super *s, int err)
{
	if (s->v.over)
		return s->v.exit;
	if (s->signal == SIGTERM || s->signal == SIGHUP)
		return EXIT_TERM;
	/* Ctrl-C is how a watch ends; before the first answer it is not. */
	if (s->signal != 0 && !(s->o->watch && s->prices.have))
		return EXIT_INTERRUPT;
	if (err < 0)
		return EXIT_INTERNAL;
	return s->prices.have && !(s->prices.failed && !s->o->watch)
		   ? EXIT_OK
		   : EXIT_NO_PRICES;
}

int
super_prices(const struct options *o)
{
	static struct super s;
	struct page p;
	int err;

	run_init(&s, o);
	err = prepare(&s, &p);
	if (err == 0)
		err = o->watch ? watch(&s, &p) : once(&s, &p);
	worker_stop_all(&s);
	term_restore(&s);
	if (s.v.over)
		say_error(s.v.what, s.v.why, s.v.next);
	return exit_code(&s, err);
}
