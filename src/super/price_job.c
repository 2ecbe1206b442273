/*
 * Asking one provider: dial connects, a fresh secchat-price asks on that
 * socket, and both are gone before the next one is asked.  Whatever goes
 * wrong with them, a lie, a death or silence, is an answer that says so: the
 * chat does not notice.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "internal.h"
#include "secchat/util.h"

int
price_is(enum proc_id id)
{
	return id == PROC_PRICE_DIAL || id == PROC_PRICE;
}

/* ---- where ---- */

static const char *
host_of(const struct super *s)
{
	return s->o->prices_host[0] != '\0'
		   ? s->o->prices_host
		   : provider_rows[s->prices.provider].host;
}

static uint16_t
port_of(const struct super *s)
{
	return s->o->prices_host[0] != '\0' ? s->o->prices_port : 443;
}

/* ---- its end ---- */

static void
end_worker(struct super *s, enum proc_id id, int now)
{
	struct worker *w = &s->w[id];

	if (w->pid <= 0)
		return;
	worker_dismiss(w);
	if (now && !w->killed)
		worker_kill(s, id);
}

/*
 * Show what there is: to the front end, or to whoever waits (prices_cmd.c).
 * A front end that does not read at the moment gets it when it does.
 */
static void
show(struct super *s)
{
	struct worker *w = &s->w[s->ui];
	uint8_t body[PRICE_TABLE_SIZE];
	struct price_table t;
	struct writer wr;

	s->job.news = 1;
	s->job.owed = 0;
	if (!front_hears(s))
		return;
	if (ipc_room(&w->link) < sizeof body) {
		s->job.owed = 1;
		return;
	}
	prices_table(&s->prices, clock_now_ms(), clock_utc_ms(), &t);
	writer_init(&wr, body, sizeof body);
	price_table_put(&wr, &t);
	ipc_send(&w->link, IPC_UI_PRICES, body, wr.len);
}

static void
say_once(struct super *s)
{
	struct prices *m = &s->prices;
	char every[SPAN_TEXT];

	if (m->say_off != 0)
		note(s, NOTE_WARN,
		    "prices: %s is not asked again before the next start (HTTP "
		    "%u)%s",
		    provider_rows[m->say_off - 1].name, m->off_http,
		    m->off_http == 401 && s->o->prices_key[0] != '\0'
			? "; is prices-key in the config file right?"
			: "");
	span_text(every, m->every_ms / 1000);
	if (m->say_slowed && m->auto_on)
		note(s, NOTE_WARN,
		    "prices: too many requests for %s; from here on every %s",
		    provider_rows[m->failed_by].name, every);
	m->say_off = 0;
	if (m->auto_on)
		m->say_slowed = 0;
}

static void
obey(struct super *s, enum prices_do what)
{
	if (what == DO_ASK)
		s->job.pending = 1;
	else if (what == DO_SHOW)
		show(s);
}

static void
finish(struct super *s, const struct price_answer *a, int kill_it)
{
	struct price_job *job = &s->job;

	log_event(s, "prices: %s: %s", provider_rows[s->prices.provider].name,
	    price_status_word(a->status));
	fd_close(job->fd);
	job->fd = -1;
	job->state = JOB_LEAVING;
	end_worker(s, PROC_PRICE_DIAL, kill_it);
	end_worker(s, PROC_PRICE, kill_it);
	obey(s, prices_answered(&s->prices, clock_now_ms(), clock_utc_ms(), a));
	say_once(s);
}

static void
fail(struct super *s, enum price_status why)
{
	struct price_answer a = {.status = (uint8_t)why};

	finish(s, &a, 1);
}

/* ---- what the two say ---- */

static void
on_ready(void *ctx, struct reader *r, int fd)
{
	struct price_from *f = ctx;
	uint32_t applied = get_u32(r), missing = get_u32(r);

	(void)fd;
	(void)get_u8(r);
	f->s->w[f->id].state = WS_READY;
	f->s->sandbox_missing |= missing;
	log_event(f->s, "%s is ready (applied %#x, missing %#x)",
	    proc_rows[f->id].program, applied, missing);
}

static void
on_dial_ok(void *ctx, struct reader *r, int fd)
{
	struct price_from *f = ctx;
	char text[ADDR_TEXT_MAX + 1];

	get_str8(r, text, sizeof text);
	get_str8(r, text, sizeof text);
	fd_close(f->s->job.fd);
	f->s->job.fd = fd;
	f->s->w[f->id].state = WS_SERVING;
}

static void
on_dial_failed(void *ctx, struct reader *r, int fd)
{
	struct price_from *f = ctx;
	char text[ADDR_TEXT_MAX + 1];
	uint16_t err = get_u16(r);

	(void)fd;
	(void)get_u32(r);
	(void)get_u8(r);
	get_str8(r, text, sizeof text);
	f->s->w[f->id].state = WS_SERVING;
	f->s->job.dial_error = err != ERR_NONE ? err : ERR_INTERNAL;
}

static void
on_answer(void *ctx, struct reader *r, int fd)
{
	struct price_from *f = ctx;
	struct price_job *job = &f->s->job;

	(void)fd;
	job->answered = 1;
	if (price_answer_get(r, &job->answer) < 0)
		job->broken = 1;
	f->s->w[f->id].state = WS_SERVING;
}

/* clang-format off */
static const struct ipc_handler dial_table[] = {
	{ IPC_READY,        IN(WS_STARTED), on_ready },
	{ IPC_DIAL_OK,      IN(WS_ASKED),   on_dial_ok },
	{ IPC_DIAL_FAILED,  IN(WS_ASKED),   on_dial_failed },
};
static const struct ipc_handler price_table[] = {
	{ IPC_READY,        IN(WS_STARTED), on_ready },
	{ IPC_PRICE_ANSWER, IN(WS_ASKED),   on_answer },
};
/* clang-format on */

/* More than either of them ever says. */
#define TURN_MAX 4

void
price_messages(struct super *s, enum proc_id id)
{
	int dial = id == PROC_PRICE_DIAL;
	struct worker *w = &s->w[id];
	struct price_from f = {.s = s, .id = id};
	struct ipc_msg m = {.fd = -1};
	int got = 0;

	for (int i = 0; i < TURN_MAX && w->link.fd >= 0; i++) {
		got = ipc_recv_any(&w->link, s->record, sizeof s->record, &m);
		if (got != 1)
			break;
		if (ipc_dispatch_any(&m, dial ? dial_table : price_table,
			dial ? ARRAY_LEN(dial_table) : ARRAY_LEN(price_table),
			w->state, &f) < 0) {
			got = -ERR_FORMAT;
			break;
		}
	}
	if (got == -ERR_FORMAT) {
		s->job.broken = 1;
		log_event(
		    s, "%s broke the message table", proc_rows[id].program);
	}
	if (got < 0)
		worker_hung_up(w);
}

/* ---- the steps ---- */

static void
ask_dial(struct super *s)
{
	dial_ask(
	    s, &s->w[PROC_PRICE_DIAL], DIAL_CONNECT, port_of(s), host_of(s));
}

static enum price_status
dial_status(const struct super *s)
{
	switch (s->job.dial_error) {
	case ERR_LOOKUP:
	case ERR_LOOKUP_BLOCKED:
		return PRICE_LOOKUP;
	case ERR_PROXY:
		return PRICE_PROXY;
	case ERR_TIMEOUT:
		return PRICE_CONNECT_TIMEOUT;
	default:
		return PRICE_CONNECT;
	}
}

static void
start_price(struct super *s)
{
	struct price_job *job = &s->job;

	if (s->ca >= 0)
		(void)lseek(s->ca, 0, SEEK_SET);
	job->state = JOB_PRICE;
	if (worker_start(s, PROC_PRICE, job->fd) < 0)
		fail(s, PRICE_DIED);
	fd_close(job->fd);
	job->fd = -1;
}

static void
ask_price(struct super *s, uint64_t now)
{
	uint8_t body[10 + HOST_TEXT_MAX + PRICE_PREFIX_MAX + PRICE_KEY_MAX];
	struct worker *w = &s->w[PROC_PRICE];
	struct writer wr;

	writer_init(&wr, body, sizeof body);
	put_u8(&wr, s->prices.provider);
	put_u32(&wr, s->job.by > now ? (uint32_t)(s->job.by - now) : 1);
	put_u16(&wr, port_of(s));
	put_str8(&wr, host_of(s));
	put_str8(&wr, s->o->prices_prefix);
	put_str8(
	    &wr, s->prices.provider == PRICE_COINGECKO ? s->o->prices_key : "");
	ipc_send(&w->link, IPC_PRICE_REQUEST, body, wr.len);
	wipe(body, sizeof body);
	w->state = WS_ASKED;
}

static void
turn_dial(struct super *s, uint64_t now)
{
	struct worker *w = &s->w[PROC_PRICE_DIAL];

	if (s->job.broken)
		fail(s, PRICE_DIED);
	else if (s->job.fd >= 0)
		start_price(s);
	else if (s->job.dial_error != 0)
		fail(s, dial_status(s));
	else if (w->pid == 0 || w->link.fd < 0)
		fail(s, PRICE_DIED);
	else if (now >= s->job.dial_by)
		fail(s, PRICE_CONNECT_TIMEOUT);
	else if (w->state == WS_READY)
		ask_dial(s);
}

static void
turn_price(struct super *s, uint64_t now)
{
	struct worker *w = &s->w[PROC_PRICE];

	if (s->job.broken)
		fail(s, PRICE_DIED);
	else if (s->job.answered)
		finish(s, &s->job.answer, 0);
	else if (w->pid == 0 || w->link.fd < 0)
		fail(s, PRICE_DIED);
	else if (now >= s->job.by + PRICE_GRACE)
		fail(s, PRICE_TIMEOUT);
	else if (w->state == WS_READY)
		ask_price(s, now);
}

static void
start(struct super *s, uint64_t now)
{
	struct price_job *job = &s->job;

	*job = (struct price_job){.fd = -1,
	    .state = JOB_DIAL,
	    .news = job->news,
	    .owed = job->owed,
	    .by = now + PRICE_WHOLE,
	    .dial_by = now + PRICE_DIAL_TIME};
	price_notice(s);
	if (worker_start(s, PROC_PRICE_DIAL, -1) < 0)
		fail(s, PRICE_DIED);
}

static int
both_are_gone(const struct super *s)
{
	return s->w[PROC_PRICE_DIAL].pid == 0 && s->w[PROC_PRICE].pid == 0;
}

/* Nobody is asked any more. */
static int
is_over(const struct super *s)
{
	return s->v.over || s->signal != 0 || s->stopping;
}

void
price_turn(struct super *s)
{
	struct price_job *job = &s->job;
	uint64_t now = clock_now_ms();

	if (job->state == JOB_DIAL)
		turn_dial(s, now);
	else if (job->state == JOB_PRICE)
		turn_price(s, now);
	else if (job->state == JOB_LEAVING && both_are_gone(s))
		job->state = JOB_IDLE;
	if (s->o->prices && s->connected && !s->price_started) {
		s->price_started = s->prices.bar_on = 1;
		price_want(s, WANT_AUTO);
	}
	if (job->owed)
		show(s);
	if (job->state != JOB_IDLE || is_over(s))
		return;
	if (!job->pending)
		obey(s, prices_tick(&s->prices, now));
	if (job->pending)
		start(s, now);
}

uint64_t
price_deadline(const struct super *s)
{
	switch (s->job.state) {
	case JOB_DIAL:
		return s->job.dial_by;
	case JOB_PRICE:
		return s->job.by + PRICE_GRACE;
	case JOB_LEAVING:
		/* Who is gone already says so no more: they may have been given
		 * up for that, or never been started. */
		return both_are_gone(s) ? 0 : CLOCK_NEVER;
	case JOB_IDLE:
	default:
		if (is_over(s))
			return CLOCK_NEVER;
		return s->job.pending ? 0 : prices_deadline(&s->prices);
	}
}

/* ---- what is wanted ---- */

void
price_want(struct super *s, uint8_t what)
{
	struct prices *m = &s->prices;
	uint64_t now = clock_now_ms();

	if (s->o->no_prices) {
		note(s, NOTE_WARN,
		    "prices are switched off in this chat (--no-prices)");
		return;
	}
	switch (what) {
	case WANT_LOOK:
		obey(s, prices_look(m, now));
		break;
	case WANT_REFRESH:
		obey(s, prices_refresh(m, now));
		break;
	case WANT_AUTO:
	case WANT_NO_AUTO:
		obey(s, prices_auto(m, now, what == WANT_AUTO));
		break;
	case WANT_BAR:
	case WANT_NO_BAR:
		obey(s, prices_bar(m, now, what == WANT_BAR));
		break;
	default:
		fatal("prices: %u is wanted", what);
	}
}

/* ---- at the start ---- */

/* Where Linux systems keep the certificates that they trust. */
static const char *const ca_files[] = {
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/pki/tls/certs/ca-bundle.crt",
    "/etc/ssl/ca-bundle.pem",
    "/etc/ssl/cert.pem",
};

static int
open_ca(const char *path)
{
	int fd = open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	struct stat st;

	if (fd < 0 || (fstat(fd, &st) == 0 && S_ISREG(st.st_mode)))
		return fd;
	fd_close(fd);
	errno = ENXIO;
	return -1;
}

int
price_prepare(struct super *s)
{
	const struct options *o = s->o;
	char what[SENTENCE_MAX];

	prices_init(&s->prices, o->prices_every, NULL);
	s->prices.colors = o->colors;
	s->prices.flags =
	    (uint8_t)((o->prices_host[0] != '\0' ? TABLE_OTHER : 0) |
		      (o->prices_sample ? TABLE_SAMPLE : 0));
	s->job.fd = -1;
	if (o->ca_path != NULL) {
		s->ca = open_ca(o->ca_path);
		if (s->ca >= 0)
			return 0;
		snprintf(what, sizeof what, "--ca-file: %.300s: %s", o->ca_path,
		    errno == ENXIO ? "this is not a regular file"
				   : strerror(errno));
		verdict_set(s, EXIT_CONFIG, what, NULL,
		    "Name a file of certificates in PEM form.");
		return -ERR_CONFIG;
	}
	for (size_t i = 0; i < ARRAY_LEN(ca_files) && s->ca < 0; i++)
		s->ca = open_ca(ca_files[i]);
	return 0;
}
