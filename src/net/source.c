/*
 * Addresses to sources.
 */
#include <netinet/in.h>
#include <string.h>

#include "secchat/addr.h"
#include "source.h"

void
source_of(struct source *s, const struct sockaddr *sa)
{
	const void *v4 = addr_ipv4(sa);

	memset(s, 0, sizeof *s);
	if (v4 != NULL) {
		s->kind = 4;
		memcpy(s->bytes, v4, 4);
	} else if (sa->sa_family == AF_INET6) {
		const struct sockaddr_in6 *in6 = (const void *)sa;

		s->kind = 6;
		memcpy(s->bytes, in6->sin6_addr.s6_addr, 8);
	}
}

int
source_is(const struct source *a, const struct source *b)
{
	return a->kind == b->kind &&
	       memcmp(a->bytes, b->bytes, sizeof a->bytes) == 0;
}
