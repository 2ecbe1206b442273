/*
 * Two crypto engines that hold the right keys, and all that can happen to
 * them: texts, new keys, digits, lost and further connections, time, a
 * program started anew; a peer that seals frames as it likes, bytes changed,
 * dropped and repeated on the way; and at last siblings that say anything.
 *
 * Whatever the peer does: no fatal(), no text out of order, twice or changed,
 * none confirmed that was not sent, and nothing unasked.  Whatever siblings
 * do: handled, or fatal().
 */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "../sim/files.h"
#include "../sim/sim.h"
#include "secchat/util.h"
#include "stage/stage.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct sim *sim;

/* A mistake planted with FUZZ_BUG, to show that it is found: a receipt is
 * taken for one text more than it confirms. */
void __real_outbox_ack(struct outbox *o, uint64_t mseq);
void __wrap_outbox_ack(struct outbox *o, uint64_t mseq);

void
__wrap_outbox_ack(struct outbox *o, uint64_t mseq)
{
	if (getenv("FUZZ_BUG") != NULL && mseq + 1 < o->next)
		mseq++;
	__real_outbox_ack(o, mseq);
}

/* What a peer that holds the keys writes into its next OPEN. */
static struct lie {
	uint8_t told, what, value;
} lies[2];

size_t __real_frame_put(uint8_t *plain, uint8_t type, uint64_t ack,
    const void *body, size_t body_len);
size_t __wrap_frame_put(uint8_t *plain, uint8_t type, uint64_t ack,
    const void *body, size_t body_len);

/* In the body, byte `what` is another one; or the header is. */
enum {
	LIE_TYPE = 250,
	LIE_ACK,
	LIE_FLAGS,
	LIE_SHORT
};

size_t
__wrap_frame_put(uint8_t *plain, uint8_t type, uint64_t ack, const void *body,
    size_t body_len)
{
	static uint8_t other[FRAME_BODY_MAX];
	struct lie *lie = sim == NULL                   ? NULL
			  : plain == sim->side[0].plain ? &lies[0]
			  : plain == sim->side[1].plain ? &lies[1]
							: NULL;
	size_t len;

	if (lie == NULL || !lie->told || type != FRAME_OPEN)
		return __real_frame_put(plain, type, ack, body, body_len);
	lie->told = 0;
	memcpy(other, body, body_len);
	if (lie->what < LIE_TYPE)
		other[lie->what % body_len] ^= lie->value;
	else if (lie->what == LIE_TYPE)
		type = lie->value;
	else if (lie->what == LIE_ACK)
		ack ^= lie->value;
	else if (lie->what == LIE_SHORT)
		body_len -= lie->value % body_len;
	len = __real_frame_put(plain, type, ack, other, body_len);
	plain[1] = lie->what == LIE_FLAGS ? lie->value : 0;
	return len;
}

static struct sim_files files[2];
static struct reader in;
static int captured; /* a sibling has broken a rule: fatal() may be */
static int forged;   /* so has a peer that holds the keys */
static int anew;     /* a program was started anew */
static int beside;   /* connections that nobody has seen end */
static uint8_t mode;
static uint64_t steps;
static uint8_t stale[2 * FRAME_WIRE_MAX]; /* what was on its way once */
static size_t stale_len;

static const char key[] = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=";

/* As many of n bytes of the input as there are. */
static const uint8_t *
input(size_t *n)
{
	in.failed = 0;
	*n = MIN(*n, in.left);
	return get_bytes(&in, *n);
}

/* ---- promises ---- */

static void
check(void)
{
	for (int who = 0; who < 2; who++) {
		const struct sim_side *me = &sim->side[who];
		const struct sim_side *peer = &sim->side[!who];

		if (me->out_of_order)
			stage_broken("a text out of order");
		if (captured)
			continue;
		if (files[who].wrong)
			stage_broken("what a file cannot be");
		/* Of its own file a peer may send what it likes. */
		if (files[who].other && !forged)
			stage_broken("wrong bytes of a file");
		if (me->delivered > me->submitted)
			stage_broken("confirmed what was never sent");
		if (me->ended > 1)
			stage_broken("it ended twice");
		/* Who begins anew counts anew. */
		if (!forged && !anew && me->delivered > peer->shown)
			stage_broken("confirmed what was never shown");
	}
}

/* ---- what goes over the wire ---- */

static void
put_stream(int who, const uint8_t *p, size_t len)
{
	struct sim_stream *s = &sim->side[who].net.out;

	if (len > s->cap - s->len) {
		s->cap = 2 * (s->len + len);
		s->p = realloc(s->p, s->cap);
		assert(s->p != NULL);
	}
	if (len > 0)
		memcpy(s->p + s->len, p, len);
	s->len += len;
}

/* A frame with any plaintext, under the key that is next. */
static void
seal(int who, const uint8_t *plain, size_t len)
{
	static uint8_t wire[FRAME_WIRE_MAX];
	struct conn_keys *k = &sim->side[who].keys.live;

	if (sim->side[who].e.state != ENGINE_SERVING ||
	    sim->side[who].e.s.state < SESSION_LIVE)
		return;
	forged = 1;
	if (chain_seal(&k->tx, wire, plain, len) == 0)
		put_stream(who, wire, len + FRAME_TAG + 2);
}

static void
put_place(struct writer *w, const struct files *f)
{
	for (size_t n = 0; n < FILES_MAX; n++) {
		if (f->in[n].state != FILE_OPEN)
			continue;
		put_u32(w, f->in[n].fid);
		put_u64(w, f->in[n].got);
		return;
	}
}

/* The fields that have to fit, so that what follows them is looked at. */
static void
forge_frame(int who)
{
	static uint8_t plain[FRAME_PLAIN_MAX], body[FRAME_BODY_MAX];
	const struct session *s = &sim->side[who].e.s;
	uint8_t type = get_u8(&in), how = get_u8(&in);
	size_t n = get_u8(&in), len = how & 1 ? get_u16(&in) : 0;
	const uint8_t *p;
	struct writer w;

	writer_init(&w, body, sizeof body);
	if (how & 2) /* numbers of texts and files, of epochs */
		put_u64(&w, s->next_out + (how >> 6));
	if (how & 4)
		put_u32(&w, sim->side[who].keys.live.cur.n + (how >> 6));
	if ((how & 0x18) == 0x10) /* where the peer's first file has come to */
		put_place(&w, &sim->side[!who].e.files);
	p = input(&n);
	put_bytes(&w, p, n);
	if (w.len < len)
		put_zeros(&w, MIN(len, sizeof body) - w.len);
	len = frame_put(plain, type,
	    how & 8      ? s->received + (how >> 4 & 3)
	    : how & 0x20 ? 0
			 : s->shown,
	    body, w.len);
	if (len > 0)
		seal(who, plain, len);
}

/* No frame at all, but the right size. */
static void
forge_plain(int who)
{
	static uint8_t plain[FRAME_PLAIN_MAX];
	size_t len = frame_buckets[get_u8(&in) % 5], n = get_u8(&in);
	const uint8_t *p = input(&n);

	memset(plain, 0, len);
	memcpy(plain, p, MIN(n, len));
	seal(who, plain, len);
}

/* What is under way is changed, cut, doubled, kept or comes back. */
static void
harm(int who)
{
	struct sim_stream *s = &sim->side[who].net.out;
	size_t left = s->len - s->at, at = get_u16(&in);
	uint8_t how = get_u8(&in), b = get_u8(&in);
	uint8_t *p;

	if (how % 5 == 4)
		put_stream(who, stale, stale_len);
	if (left == 0 || sim->side[who].net.conn == 0)
		return;
	p = s->p + s->at;
	switch (how % 5) {
	case 0:
		p[at % left] ^= b != 0 ? b : 1;
		break;
	case 1:
		s->len -= at == UINT16_MAX ? left : at % left;
		break;
	case 2:
		memmove(p, p + at % left, left - at % left);
		s->len -= at % left;
		break;
	case 3:
		stale_len = MIN(left, sizeof stale);
		memcpy(stale, p, stale_len);
		break;
	default:
		break;
	}
}

/* The cable is cut, and both see it, or only one does as yet. */
static void
cut(int who, uint8_t how)
{
	struct sim_net *n = &sim->side[who].net;
	uint8_t body[5] = {0};

	if (!(how & 0x80)) {
		sim_cut(sim, (uint8_t)(1 + how % LOST_EVICTED));
		return;
	}
	if (n->conn == 0 || n->closed_by_us)
		return;
	body[2] = (uint8_t)(n->conn >> 8);
	body[3] = (uint8_t)n->conn;
	body[4] = (uint8_t)(1 + how % LOST_EVICTED);
	n->conn = 0;
	sim_inject(sim, who, LINK_CRYPTO_NET, IPC_CONN_LOST, body, sizeof body);
}

static void
garbage(int who)
{
	size_t n = get_u8(&in);
	const uint8_t *p = input(&n);

	if (sim->side[who].net.conn != 0)
		put_stream(who, p, n);
}

/* ---- siblings ---- */

static const enum ipc_link_id links[] = {
    LINK_SUPER_CRYPTO, LINK_UI_CRYPTO, LINK_CRYPTO_NET, LINK_CRYPTO_FILE};

/* A message that the table allows, with any body. */
static void
sibling(int who)
{
	static uint8_t body[IPC_BODY_MAX];
	enum ipc_link_id link = links[get_u8(&in) % ARRAY_LEN(links)];
	const struct ipc_row *row = &ipc_rows[get_u8(&in) % ipc_rows_len];
	size_t n = get_u8(&in), len = get_u16(&in);
	const uint8_t *p;

	if (!(row->links & ON(link)) || row->from == ROLE_CRYPTO || row->fd)
		return;
	captured = 1;
	sim->side[who].on_file = NULL;
	len = MIN(MAX(MAX(len, n), row->min), row->max);
	memset(body, 0, sizeof body);
	p = input(&n);
	memcpy(body, p, MIN(n, len));
	sim_inject(sim, who, link, row->type, body, len);
}

/* ---- what people do ---- */

static void
text(int who)
{
	static char text_of[TEXT_MAX];
	size_t len = get_u16(&in);

	memset(text_of, 'x', sizeof text_of);
	if (sim->side[who].connected && !sim->side[who].ended)
		(void)sim_text(sim, who, text_of, MIN(len, sizeof text_of));
}

static void
verify(int who)
{
	const struct sim_side *peer = &sim->side[!who];
	uint8_t how = get_u8(&in);
	const char *digits = how & 1   ? peer->verify_read
			     : how & 2 ? sim->side[who].verify_read
				       : "000000";

	if (sim->side[who].connected && !sim->side[who].ended)
		sim_inject(sim, who, LINK_UI_CRYPTO, IPC_UI_VERIFY, digits,
		    how & 4 || digits[0] == '\0' ? 0 : SAS_HALF);
}

static void
ask(int who)
{
	static const unsigned types[] = {IPC_UI_REKEY, IPC_UI_STATUS};
	uint8_t how = get_u8(&in);

	if (!sim->side[who].connected || sim->side[who].ended)
		return;
	if (how & 2)
		sim_inject(sim, who, LINK_UI_CRYPTO, IPC_UI_WIRE,
		    &(uint8_t){how & 1}, 1);
	else
		sim_inject(sim, who, LINK_UI_CRYPTO, types[how & 1], NULL, 0);
}

/* ---- the beginning ---- */

static struct sim *
new_sim(uint8_t how, uint64_t seed)
{
	static const uint8_t modes[] = {
	    MODE_KEY, MODE_PASS, MODE_ID, MODE_PAIR};
	const char *secret = "lusab-babad";
	char code[CODE_TEXT + 1];
	struct sim *new;

	mode = modes[how & 3];
	if (mode == MODE_KEY) {
		secret = key;
	} else if (how & 4 && mode != MODE_ID) {
		/* The host makes the same code again. */
		new = sim_new(mode, secret, NULL, seed);
		memcpy(code, new->side[SIM_HOST].code, sizeof code);
		sim_free(new);
		secret = code;
	}
	new = sim_new(mode, how & 128 ? "babad-lusab" : secret,
	    secret == code ? NULL : secret, seed);
	for (int who = 0; who < 2; who++) {
		if (mode_has_identity(mode) && (how & 8 << who))
			sim_remember(new, who,
			    how & 32 ? PEER_VERIFIED | PEER_EXPECTED : 0,
			    "bob");
		if (how & 64)
			sim_accept_new(new, who);
	}
	return new;
}

/* One program is started anew, the other is not. */
static void
restart(int who)
{
	struct sim *other;

	stage.on = 0;
	other = new_sim(get_u8(&in), ++steps);
	stage.on = 1;
	other->now = sim->now;
	if (other->side[0].e.mode != sim->side[0].e.mode) {
		sim_free(other);
		return;
	}
	anew = 1;
	sim_cut(sim, LOST_RESET);
	other->side[who].on_file = NULL;
	if (who == SIM_HOST)
		sim_swap_host(sim, other);
	else
		sim_swap_joiner(sim, other);
	sim->side[who].e.rnd.ctx = sim;
	sim_files_init(&files[who], sim, who);
	sim_free(other);
}

/* ---- files ---- */

/* How many of one direction are not over. */
static size_t
open_files(const struct sim_files *f, int ours)
{
	size_t n = 0;

	for (size_t i = 0; i < f->len; i++)
		n += f->file[i].state < FILE_DONE &&
		     !f->file[i].stopped_by_us && f->file[i].offered == !ours;
	return n;
}

/* What a supervisor and a secchat-file that keep the rules may say. */
static void
file(int who)
{
	struct sim_files *f = &files[who];
	uint8_t what = get_u8(&in), n = get_u8(&in);
	struct sim_file *one = f->len > 0 ? &f->file[n % f->len] : NULL;

	if (!sim->side[who].connected || sim->side[who].ended || captured)
		return;
	if (what % 5 == 0 && f->len < SIM_FILES / 2 &&
	    open_files(f, 1) < FILES_MAX)
		(void)sim_offer(f, (uint64_t)n << (what >> 4));
	else if (what % 5 == 1)
		for (int i = 0; i <= n; i++)
			(void)(sim_files_step(&files[0]) |
			       sim_files_step(&files[1]) | sim_step(sim));
	else if (what % 5 == 2)
		f->hold ^= 1;
	else if (one == NULL || one->stopped_by_us || one->state >= FILE_DONE)
		return;
	else if (what % 5 == 3 && one->offered && !one->taken)
		sim_take(f, one->fid);
	else if (what % 5 == 4)
		sim_stop(f, one->fid,
		    one->offered && !one->taken ? FILE_WHY_DECLINED
						: FILE_WHY_CANCELLED);
}

/* ---- what programs are started with, and what takes long to come ---- */

#define SETS 14

/* Somebody else's public key is remembered. */
static void
remember_other(int who, uint8_t flags, uint8_t n)
{
	struct engine *e = &sim->side[who].e;
	struct known_peer *p = &e->known[e->known_len];

	if (e->known_len == PEERS_MAX)
		return;
	e->known_len++;
	p->flags = flags;
	memset(p->pk, n, sizeof p->pk);
	strcpy(p->name, "bob");
}

static void
be(int who, uint8_t n)
{
	struct noise_keypair *s = &sim->side[who].keys.secret.s;

	if (sim->side[who].e.state != ENGINE_SERVING)
		return;
	memset(s->sk, n, sizeof s->sk);
	noise_keypair_derive(s);
}

static void
set(int who)
{
	struct engine *e = &sim->side[who].e;
	uint8_t what = get_u8(&in), n = get_u8(&in);

	switch (what % SETS) {
	case 0:
		e->start_flags |= n;
		break;
	case 1:
		strcpy(e->own_name, n == 0 ? "" : n & 1 ? "bob" : "eve");
		break;
	case 2:
		e->rekey_msgs = n + 1u;
		break;
	case 3:
		e->rekey_ms = n * 100u;
		break;
	case 4:
		e->ui_busy = n & 1;
		break;
	case 5:
		e->super_busy = n & 1;
		break;
	case 6:
		e->file_full = n & 1;
		break;
	case 7:
		e->failures = e->source == SECRET_PASSPHRASE
				  ? (uint32_t)PASSPHRASE_FAILURES_MAX
				  : (uint32_t)CODE_FAILURES_MAX;
		e->failures -= n & 1;
		break;
	case 8:
		e->s.epoch_bytes = REKEY_BYTES - 1;
		break;
	case 9:
		be(who, 1 + n % 4);
		break;
	case 10:
		remember_other(who, 0, n);
		break;
	case 11:
		remember_other(who, PEER_EXPECTED, n);
		break;
	case 12:
		lies[who] = (struct lie){1, n, get_u8(&in)};
		forged = 1;
		break;
	default:
		/* A net that has not told yet what has left. */
		e->s.credit = n % 16;
		sim->side[who].net.uncredited = 0;
		break;
	}
}

/* ---- acts ---- */

enum {
	STEP,
	RUN,
	TEXT,
	TIME,
	CUT,
	CONNECT,
	ASK,
	VERIFY,
	QUIT,
	FRAME,
	PLAIN,
	HARM,
	GARBAGE,
	SIBLING,
	HOLD,
	RESTART,
	FILE_ACT,
	SET,
	ACTS
};

static void
act(uint8_t b)
{
	int who = b >> 7;
	uint8_t v;

	switch ((b & 63) % ACTS) {
	case STEP:
		(void)sim_step(sim);
		break;
	case RUN:
		sim_run(sim);
		break;
	case TEXT:
		text(who);
		break;
	case TIME:
		v = get_u8(&in);
		sim_pass(sim, (uint64_t)(v & 15) << (v >> 4));
		break;
	case CUT:
		cut(who, get_u8(&in));
		break;
	case CONNECT:
		/* Now and then beside one that is there still. */
		if (!(b & 64) || ++beside > 3)
			sim_cut(sim, LOST_EOF);
		sim_connect(sim);
		break;
	case ASK:
		ask(who);
		break;
	case VERIFY:
		verify(who);
		break;
	case QUIT:
		sim_quit(sim, who);
		break;
	case FRAME:
		forge_frame(who);
		break;
	case PLAIN:
		forge_plain(who);
		break;
	case HARM:
		harm(who);
		break;
	case GARBAGE:
		garbage(who);
		break;
	case SIBLING:
		sibling(who);
		break;
	case HOLD:
		sim->side[who].hold_shown ^= 1;
		sim->stalled ^= b >> 6 & 1;
		break;
	case FILE_ACT:
		file(who);
		break;
	case SET:
		set(who);
		break;
	default:
		restart(who);
		break;
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (noise_library_init() < 0)
		abort();
	stage_begin(NULL, 0);
	stage.self = "crypto";
	reader_init(&in, data, size);
	captured = forged = anew = beside = 0;
	stale_len = 0;
	memset(lies, 0, sizeof lies);
	sim = new_sim(get_u8(&in), steps = 1);
	for (int who = 0; who < 2; who++)
		sim_files_init(&files[who], sim, who);
	if (stage_enter()) {
		sim_connect(sim);
		for (int n = 0; in.left > 0 && n < 400; n++) {
			act(get_u8(&in));
			in.failed = 0;
			check();
		}
		sim_pass(sim, 700000);
		check();
	} else if (!captured) {
		stage_broken("the peer made it fatal: %s", stage.last_words);
	}
	stage_leave();
	sim_free(sim);
	return 0;
}
