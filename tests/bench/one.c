/*
 * Crypto and net in one process: what the separation of the two costs is what
 * this saves.  It stands in secchat-crypto's place, with pass.c in that of
 * secchat-net, and is made of the same archives: the linker leads poll and
 * the functions of the link between the two here, and what one says to the
 * other waits in memory.  What net hears of the supervisor comes through
 * pass.c on crypto's descriptor for net.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "../../sandbox/rows.h"
#include "../../src/crypto/worker.h"
#include "../../src/net/net.h"
#include "secchat/err.h"
#include "secchat/fds.h"
#include "secchat/noise.h"
#include "secchat/sandbox.h"
#include "secchat/util.h"
#include "secchat/vault.h"

/* ---- the link in memory ---- */

/* One direction: records one behind the other. */
static struct mail {
	size_t start, end;
	uint8_t buf[4 << 20];
} to_net, to_crypto;

static struct net net;

struct record {
	size_t len;
	unsigned type;
};

static int
is_inner(const struct ipc_link *l)
{
	return l->id == LINK_CRYPTO_NET;
}

static struct mail *
sent_by(const struct ipc_link *l)
{
	return l->self == ROLE_NET ? &to_crypto : &to_net;
}

static struct mail *
read_by(const struct ipc_link *l)
{
	return l->self == ROLE_NET ? &to_net : &to_crypto;
}

static int
has_mail(const struct mail *m)
{
	return m->start < m->end;
}

static void
put_part(struct mail *m, const void *p, size_t len)
{
	if (len > sizeof m->buf - m->end)
		fatal("nobody reads what crypto and net tell each other");
	if (len > 0)
		memcpy(m->buf + m->end, p, len);
	m->end += len;
}

/* The names that the linker gives the real functions. */
void __real_ipc_send2(struct ipc_link *l, unsigned type, const void *head,
    size_t head_len, const void *body, size_t len);
void __wrap_ipc_send2(struct ipc_link *l, unsigned type, const void *head,
    size_t head_len, const void *body, size_t len);
void __wrap_ipc_send(
    struct ipc_link *l, unsigned type, const void *body, size_t len);
int __real_ipc_recv(
    struct ipc_link *l, uint8_t *buf, size_t cap, struct ipc_msg *m);
int __wrap_ipc_recv(
    struct ipc_link *l, uint8_t *buf, size_t cap, struct ipc_msg *m);
int __real_poll(struct pollfd *p, nfds_t n, int timeout);
int __wrap_poll(struct pollfd *p, nfds_t n, int timeout);
int __wrap___poll_chk(struct pollfd *p, nfds_t n, int timeout, size_t size);

void
__wrap_ipc_send2(struct ipc_link *l, unsigned type, const void *head,
    size_t head_len, const void *body, size_t len)
{
	struct record r = {head_len + len, type};
	struct mail *m = sent_by(l);

	if (!is_inner(l)) {
		__real_ipc_send2(l, type, head, head_len, body, len);
		return;
	}
	put_part(m, &r, sizeof r);
	put_part(m, head, head_len);
	put_part(m, body, len);
}

void
__wrap_ipc_send(struct ipc_link *l, unsigned type, const void *body, size_t len)
{
	__wrap_ipc_send2(l, type, NULL, 0, body, len);
}

int
__wrap_ipc_recv(struct ipc_link *l, uint8_t *buf, size_t cap, struct ipc_msg *m)
{
	struct mail *in = read_by(l);
	struct record r;

	if (!is_inner(l))
		return __real_ipc_recv(l, buf, cap, m);
	if (!has_mail(in))
		return 0;
	memcpy(&r, in->buf + in->start, sizeof r);
	memcpy(buf, in->buf + in->start + sizeof r, r.len);
	in->start += sizeof r + r.len;
	if (in->start == in->end)
		in->start = in->end = 0;
	*m = (struct ipc_msg){
	    .type = (uint16_t)r.type, .body = buf, .len = r.len, .fd = -1};
	return 1;
}

/* ---- one loop ---- */

#define FDS_MAX (VAULT_LINKS + 1 + POLL_MAX)

/* Crypto waits: net has its turn until crypto has something to do. */
int
__wrap_poll(struct pollfd *p, nfds_t n, int timeout)
{
	uint64_t now = clock_now_ms();
	uint64_t until = timeout < 0 ? CLOCK_NEVER : now + (uint64_t)timeout;
	struct pollfd all[FDS_MAX];
	int found = 0;

	if (n + POLL_MAX > FDS_MAX)
		fatal("crypto waits for more than expected");
	do {
		struct pollfd *ours = all + n;
		uint64_t due;

		memcpy(all, p, n * sizeof *p);
		for (nfds_t i = 0; i < n; i++)
			if (all[i].fd == FD_CRYPTO_NET)
				all[i].fd = -1;
		net.now = now;
		due = MIN(until, net_prepare(&net, ours));
		ours[POLL_CRYPTO].fd = -1;
		if (has_mail(&to_net) || has_mail(&to_crypto))
			due = now;
		if (__real_poll(
			all, n + POLL_MAX, clock_poll_timeout(now, due)) < 0)
			return -1;
		now = clock_now_ms();
		ours[POLL_CRYPTO].revents = has_mail(&to_net) ? POLLIN : 0;
		/* The supervisor is gone. */
		if (net_turn(&net, ours, now) || net.super_gone)
			exit(0);
		found = 0;
		for (nfds_t i = 0; i < n; i++) {
			p[i].revents = all[i].revents;
			if (p[i].fd == FD_CRYPTO_NET)
				p[i].revents =
				    has_mail(&to_crypto) ? POLLIN : 0;
			found += p[i].revents != 0;
		}
	} while (found == 0 && now < until);
	return found;
}

/* What _FORTIFY_SOURCE makes of it. */
int
__wrap___poll_chk(struct pollfd *p, nfds_t n, int timeout, size_t size)
{
	if (size < n * sizeof *p)
		fatal("poll has less room than it was told");
	return __wrap_poll(p, n, timeout);
}

/* ---- under both policies ---- */

/* clang-format off */
static const struct policy_row own[] = {
	ALLOW_IF(recvmsg, "sockets come here", IS(0, FD_CRYPTO_NET)),
};
static const size_t own_len = ARRAY_LEN(own);
/* clang-format on */

#define TABLES_MAX 16

static void
enter(struct jail_report *report)
{
	static const struct policy *const both[] = {
	    &policy_crypto, &policy_net};
	const struct policy_row *tables[TABLES_MAX] = {own};
	const size_t *lens[TABLES_MAX] = {&own_len};
	struct policy policy = policy_crypto;
	size_t n = 1;

	for (size_t i = 0; i < ARRAY_LEN(both); i++) {
		for (size_t k = 0; both[i]->tables[k] != NULL; k++) {
			if (both[i]->tables[k] == sandbox_base && i > 0)
				continue;
			if (n + 1 == TABLES_MAX)
				fatal("more tables than expected");
			tables[n] = both[i]->tables[k];
			lens[n++] = both[i]->table_lens[k];
		}
	}
	policy.tables = tables;
	policy.table_lens = lens;
	policy.limits.nofile = 32;
	jail_enter(&policy, NULL, 0, report);
}

int
main(void)
{
	struct jail_report report;

	log_init("secchat-crypto");
	jail_early();
	if (noise_library_init() < 0)
		fatal("libsodium does not start");
	crypto_worker_prepare();
	net_init(&net, FD_CRYPTO_NET, -1, &net_limits_default);
	net.now = clock_now_ms();
	enter(&report);
	return crypto_worker_run(&report);
}
