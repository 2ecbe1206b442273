/*
 * Who is remembered, from the supervisor's side: it reads the public records
 * and tells crypto, which compares; it writes what comes back.  The secret
 * half of this computer's identity passes from the file to crypto as a
 * descriptor.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "internal.h"
#include "secchat/keyfd.h"
#include "secchat/util.h"

static const char identity_file[] = "identity";

/* Strangers may come as often as they like; notes about them do not. */
#define TURNED_AWAY_EVERY 10000

static int
refuse(struct super *s, const struct people_wrong *w)
{
	verdict_set(s, EXIT_CONFIG, w->what, NULL, w->next);
	return -ERR_CONFIG;
}

/* ---- before the lock-down ---- */

static int
make_identity(struct super *s, const char *path)
{
	char print[PRINT_LEN + 2], kept[32];
	struct people_wrong w;

	if (super_identity_make(&s->store, 0, print, sizeof print, kept, &w) <
	    0)
		return refuse(s, &w);
	if (print[0] != '\0')
		note(s, NOTE_INFO, "made this computer's identity, %s, in %s",
		    print, path);
	return 0;
}

static int
open_identity(struct super *s)
{
	char path[STORE_PATH], what[SENTENCE_MAX], next[SENTENCE_MAX];
	int err = 0;

	if (store_file(path, &s->store, identity_file) < 0)
		return -ERR_TOO_LONG;
	s->identity = keyfd_open(path);
	if (s->identity == -ERR_KEYFILE_MISSING) {
		if (make_identity(s, path) < 0)
			return -ERR_CONFIG;
		s->identity = keyfd_open(path);
	}
	if (s->identity >= 0)
		return 0;
	err = keyfd_identity_error(s->identity);
	s->identity = -1;
	snprintf(what, sizeof what, "%.300s: %s", path,
	    err == -ERR_IDENTITY_OPEN ? strerror(errno) : err_text(err));
	keyfd_next(next, sizeof next, err, path);
	verdict_set(s, err_exit(err), what, NULL, next);
	return err;
}

/* --name of somebody who cannot come, or nobody at all who could. */
static int
check_expectations(struct super *s)
{
	const struct options *o = s->o;
	char what[SENTENCE_MAX];
	int like =
	    o->name != NULL ? people_find_like(&s->people, o->name, -1) : -1;

	if (like >= 0 && people_find_name(&s->people, o->name) < 0) {
		snprintf(what, sizeof what,
		    "\"%s\" looks like \"%s\", who is remembered", o->name,
		    s->people.p[like].name);
		verdict_set(s, EXIT_CONFIG, what, NULL,
		    "Say which is meant: that name to the letter, or one that "
		    "nobody can take for it.");
		return -ERR_CONFIG;
	}
	if (s->mode != MODE_ID || o->accept_new)
		return 0;
	if (o->name != NULL && people_find_name(&s->people, o->name) < 0) {
		snprintf(what, sizeof what,
		    "nobody called \"%s\" is remembered", o->name);
		verdict_set(s, EXIT_AUTH, what, "Who is, tells: secchat peers",
		    err_next(ERR_PEER_UNKNOWN));
		return -ERR_PEER_UNKNOWN;
	}
	if (s->people.n == 0 && o->role == PEER_HOST)
		note(s, NOTE_WARN,
		    "nobody is remembered yet, so nobody can come in; meet "
		    "first with --pair");
	return 0;
}

int
known_prepare(struct super *s)
{
	struct people_wrong w;

	if (store_open(&s->store, 1, &w) < 0)
		return refuse(s, &w);
	if (open_identity(s) < 0)
		return -ERR_CONFIG;
	if (own_name_load(&s->store, s->own_name, &w) < 0 ||
	    people_load(&s->store, &s->people, &w) < 0)
		return refuse(s, &w);
	return check_expectations(s);
}

/* ---- to crypto ---- */

/* What the joiner calls, as it stands in a record. */
static void
called(const struct super *s, char out[PEER_ADDR_MAX + 1])
{
	const char *host = s->o->host;
	int v6 = strchr(host, ':') != NULL;

	snprintf(out, PEER_ADDR_MAX + 1, "%s%s%s:%u", v6 ? "[" : "", host,
	    v6 ? "]" : "", s->o->port);
}

/* The one person who may come, or -1: --name says who, or the address. */
static int
expected(const struct super *s)
{
	char addr[PEER_ADDR_MAX + 1];

	if (s->o->name != NULL)
		return people_find_name(&s->people, s->o->name);
	if (s->o->role != PEER_JOINER)
		return -1;
	called(s, addr);
	return people_find_addr(&s->people, addr);
}

/* One record, when the link has room for it. */
static int
send_person(struct super *s, const struct person *p, uint8_t flags)
{
	struct ipc_link *crypto = &s->w[PROC_CRYPTO].link;
	uint8_t body[34 + NAME_MAX_LOCAL];
	struct writer w;

	writer_init(&w, body, sizeof body);
	put_u8(&w, flags);
	put_bytes(&w, p->pk, sizeof p->pk);
	put_str8(&w, p->name);
	while (!s->v.over && crypto->fd >= 0 && ipc_room(crypto) < w.len)
		pump(s, CLOCK_NEVER, -1);
	if (s->v.over || crypto->fd < 0)
		return -ERR_WORKER;
	ipc_send(crypto, IPC_PEER_KNOWN, body, w.len);
	return 0;
}

int
known_send(struct super *s)
{
	struct people_wrong wrong;
	int want, err = 0;

	if (people_load(&s->store, &s->people, &wrong) < 0)
		return refuse(s, &wrong);
	want = expected(s);
	for (size_t i = 0; err == 0 && i < s->people.n; i++) {
		const struct person *p = &s->people.p[i];
		int flags = (p->verified ? PEER_VERIFIED : 0) |
			    ((int)i == want ? PEER_EXPECTED : 0);

		err = send_person(s, p, (uint8_t)flags);
	}
	return err;
}

/* ---- from crypto ---- */

/* What a meeting changes in the list, as it stands on disk by now. */
static int
apply(struct people *l, void *ctx)
{
	struct super *s = ctx;
	struct met *m = &s->met;
	const char *wanted = s->o->name != NULL ? s->o->name : "";
	char addr[PEER_ADDR_MAX + 1];
	int i = people_find_key(l, m->pk), changed = 0;

	if (i < 0 && m->what != MET_NEW)
		return 0;
	if (i < 0) {
		i = people_add(l, m->pk, wanted, m->claimed, clock_utc_ms());
		if (i < 0)
			return i;
		changed = 1;
	}
	if (m->what == MET_VERIFIED && !l->p[i].verified) {
		l->p[i].verified = 1;
		changed = 1;
	}
	if (s->o->role == PEER_JOINER) {
		called(s, addr);
		changed |= people_reached(l, (size_t)i, addr);
	}
	snprintf(m->name, sizeof m->name, "%s", l->p[i].name);
	return changed;
}

/* A chat goes on when its record cannot be written; but the person is told. */
static void
remember(struct super *s)
{
	struct people_wrong w;
	char name[NAME_IN_ROW];
	int err = people_update(&s->store, &s->people, apply, s, &w);

	name_in_row(name, s->met.name);
	if (err == -ERR_TOO_LONG)
		note(s, NOTE_WARN,
		    "%d people are remembered and no more can be; "
		    "secchat peers forget NAME makes room",
		    PEERS_MAX);
	else if (err < 0)
		note(s, NOTE_WARN, "this meeting cannot be remembered: %s",
		    w.what);
	else if (s->met.what == MET_NEW)
		note(
		    s, NOTE_INFO, "%s is remembered as %s", s->met.print, name);
	else if (s->met.what == MET_VERIFIED)
		note(s, NOTE_INFO, "remembered as verified: %s", name);
	if (err < 0)
		return;
	s->here = 1;
	memcpy(s->here_pk, s->met.pk, sizeof s->here_pk);
	if (s->met.what == MET_NEW)
		known_tell_front(s, s->met.name);
}

static void
turn_away(struct super *s)
{
	const struct met *m = &s->met;
	uint64_t now = clock_now_ms();
	char name[NAME_IN_ROW];

	s->turned_away++;
	if (now < s->turned_at)
		return;
	s->turned_at = now + TURNED_AWAY_EVERY;
	log_event(s, "unknown people turned away: %u", s->turned_away);
	name_in_row(name, m->name);
	if (m->what == MET_CHANGED)
		note(s, NOTE_WARN,
		    "somebody was turned away: %s, another key than that of %s",
		    m->print, name);
	else
		note(s, NOTE_INFO,
		    "somebody who is not remembered was turned away: %s; "
		    "meet first with --pair",
		    m->print);
}

void
known_on_met(struct super *s, struct reader *r)
{
	struct met *m = &s->met;

	m->what = get_u8(r);
	(void)get_u8(r);
	get_copy(r, m->pk, sizeof m->pk);
	get_copy(r, m->print, PRINT_LEN);
	m->print[PRINT_LEN] = '\0';
	get_str8(r, m->name, sizeof m->name);
	get_str8(r, m->other, sizeof m->other);
	get_str8(r, m->claimed, sizeof m->claimed);
	if (r->failed || s->store.dir < 0 || m->what < MET_KNOWN ||
	    m->what > MET_CHANGED)
		fatal("crypto met somebody in an unknown way");
	if (m->what == MET_UNKNOWN || m->what == MET_CHANGED) {
		if (s->o->role == PEER_HOST)
			turn_away(s);
		return;
	}
	log_event(s, "met somebody (%u)", m->what);
	remember(s);
}

/* ---- refusals ---- */

static void
changed_verdict(struct super *s)
{
	const struct met *m = &s->met;
	int by_address = s->o->role == PEER_JOINER && s->o->name == NULL;
	char what[SENTENCE_MAX], why[SENTENCE_MAX], next[SENTENCE_MAX];
	char name[NAME_QUOTED];

	name_quote(name, m->name);
	snprintf(what, sizeof what,
	    "the key is not the one that is remembered for %s", name);
	snprintf(
	    why, sizeof why, "Remembered: %s, now: %s.", m->other, m->print);
	snprintf(next, sizeof next,
	    "Ask them, by a way you trust, whether they have a new identity. "
	    "Only then: secchat peers forget %s, and meet again with "
	    "--pair.%s",
	    name,
	    by_address ? " If this is somebody else, say who: --name NAME."
		       : "");
	verdict_set(s, EXIT_AUTH, what, why, next);
}

int
known_verdict(struct super *s, int err)
{
	char why[SENTENCE_MAX];

	if (err == ERR_PEER_CHANGED && s->met.what == MET_CHANGED) {
		changed_verdict(s);
		return 1;
	}
	if (err != ERR_PEER_UNKNOWN || s->met.what != MET_UNKNOWN)
		return 0;
	snprintf(why, sizeof why, "It is %s.", s->met.print);
	verdict_set(s, err_exit(err), err_text(err), why, err_next(err));
	return 1;
}
