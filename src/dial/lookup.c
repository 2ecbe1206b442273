/*
 * Names to addresses.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <netdb.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "dial.h"
#include "secchat/err.h"
#include "secchat/util.h"

/* What the resolver reads; without one of them it asks the wrong server. */
/* clang-format off */
static const char *const resolver_files[] = {
	"/etc/resolv.conf", "/etc/hosts", "/etc/nsswitch.conf"};
/* clang-format on */

static int
refused(int error)
{
	return error == EACCES || error == EPERM;
}

/*
 * Whether the sandbox was in the way.  The resolver treats a file that it may
 * not read like one that is not there, so the error it returns says little.
 */
static int
is_blocked(int eai, int error)
{
	if (eai == EAI_SYSTEM && refused(error))
		return 1;
	for (size_t i = 0; i < ARRAY_LEN(resolver_files); i++) {
		int fd = open(resolver_files[i], O_RDONLY | O_CLOEXEC);

		if (fd < 0 && refused(errno))
			return 1;
		fd_close(fd);
	}
	return 0;
}

static int
fail(struct answer *a, int eai, int error)
{
	a->err = is_blocked(eai, error) ? ERR_LOOKUP_BLOCKED : ERR_LOOKUP;
	a->eai = eai < 0 ? -eai : eai;
	a->sys = eai == EAI_SYSTEM ? error : 0;
	return -a->err;
}

/*
 * The number of an interface; 0 when there is none of this name.  libc's own
 * if_nametoindex asks through a local socket, which the sandbox refuses.
 */
static uint32_t
interface_index(const char *name)
{
	struct ifreq ifr;
	size_t len = strlen(name);
	int fd = socket(AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	int index = 0;

	memset(&ifr, 0, sizeof ifr);
	if (len > 0 && len < sizeof ifr.ifr_name) {
		memcpy(ifr.ifr_name, name, len);
		if (fd >= 0 && ioctl(fd, SIOCGIFINDEX, &ifr) == 0)
			index = ifr.ifr_ifindex;
	}
	fd_close(fd);
	return index > 0 ? (uint32_t)index : 0;
}

/* Decimal digits only; 0 for anything else. */
static uint32_t
scope_number(const char *s)
{
	uint64_t v = 0;

	for (; *s >= '0' && *s <= '9' && v <= UINT32_MAX; s++)
		v = v * 10 + (uint64_t)(*s - '0');
	return *s == '\0' && v <= UINT32_MAX ? (uint32_t)v : 0;
}

/* "ADDRESS%SCOPE": 0 when it is not one. */
static int
scoped(struct targets *t, const char *host, const char *percent, uint16_t port)
{
	struct sockaddr_in6 *in6 = &t->t[0].in6;
	char ip[INET6_ADDRSTRLEN] = "";
	size_t len = (size_t)(percent - host);

	if (len >= sizeof ip)
		return 0;
	memcpy(ip, host, len);
	memset(&t->t[0], 0, sizeof t->t[0]);
	in6->sin6_family = AF_INET6;
	in6->sin6_port = htons(port);
	in6->sin6_scope_id = scope_number(percent + 1);
	if (in6->sin6_scope_id == 0)
		in6->sin6_scope_id = interface_index(percent + 1);
	t->t[0].len = sizeof *in6;
	t->n = 1;
	return in6->sin6_scope_id != 0 &&
	       inet_pton(AF_INET6, ip, &in6->sin6_addr) == 1;
}

static void
take(struct targets *t, const struct addrinfo *ai, uint16_t port)
{
	struct target *to = &t->t[t->n];

	if (ai->ai_family != AF_INET && ai->ai_family != AF_INET6)
		return;
	memset(to, 0, sizeof *to);
	memcpy(&to->sa, ai->ai_addr, MIN(ai->ai_addrlen, sizeof to->in6));
	to->len = ai->ai_addrlen;
	if (ai->ai_family == AF_INET)
		to->in.sin_port = htons(port);
	else
		to->in6.sin6_port = htons(port);
	t->n++;
}

int
dial_lookup(
    struct targets *t, const char *host, uint16_t port, struct answer *a)
{
	const struct addrinfo hints = {
	    .ai_socktype = SOCK_STREAM, .ai_protocol = IPPROTO_TCP};
	const char *percent = strchr(host, '%');
	struct addrinfo *list = NULL;
	int eai;

	t->n = 0;
	if (percent != NULL)
		return scoped(t, host, percent, port) ? 0
						      : fail(a, EAI_NONAME, 0);
	errno = 0;
	eai = getaddrinfo(host, NULL, &hints, &list);
	if (eai != 0)
		return fail(a, eai, errno);
	for (struct addrinfo *i = list; i != NULL && t->n < TARGETS_MAX;
	     i = i->ai_next)
		take(t, i, port);
	freeaddrinfo(list);
	return t->n > 0 ? 0 : fail(a, EAI_NONAME, 0);
}
