/*
 * Addresses to sources.
 */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>

#include "secchat/addr.h"
#include "secchat/source.h"

static void
set(struct source *s, uint8_t kind, const void *bytes)
{
	memset(s, 0, sizeof *s);
	s->kind = kind;
	memcpy(s->bytes, bytes, kind == 4 ? 4 : sizeof s->bytes);
}

void
source_of(struct source *s, const struct sockaddr *sa)
{
	const void *v4 = addr_ipv4(sa);
	const struct sockaddr_in6 *in6 = (const void *)sa;

	if (v4 != NULL)
		set(s, 4, v4);
	else if (sa->sa_family == AF_INET6)
		set(s, 6, in6->sin6_addr.s6_addr);
	else
		memset(s, 0, sizeof *s);
}

void
source_of_text(struct source *s, const char *text)
{
	int v6 = text[0] == '[';
	char host[ADDR_TEXT_MAX + 1];
	uint8_t bytes[16];

	memset(s, 0, sizeof *s);
	snprintf(host, sizeof host, "%.*s",
	    (int)strcspn(text + v6, v6 ? "]%" : ":"), text + v6);
	if (inet_pton(v6 ? AF_INET6 : AF_INET, host, bytes) == 1)
		set(s, v6 ? 6 : 4, bytes);
}

int
source_is(const struct source *a, const struct source *b)
{
	return a->kind == b->kind &&
	       memcmp(a->bytes, b->bytes, sizeof a->bytes) == 0;
}
