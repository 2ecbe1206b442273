/*
 * Socket addresses to text.
 */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdint.h>
#include <stdio.h>

#include "secchat/addr.h"

/* sockaddr is cast by way of void: the caller's storage is aligned. */
static const struct sockaddr_in *
in4(const struct sockaddr *sa)
{
	return (const void *)sa;
}

static const struct sockaddr_in6 *
in6(const struct sockaddr *sa)
{
	return (const void *)sa;
}

const void *
addr_ipv4(const struct sockaddr *sa)
{
	if (sa->sa_family == AF_INET)
		return &in4(sa)->sin_addr;
	if (sa->sa_family == AF_INET6 &&
	    IN6_IS_ADDR_V4MAPPED(&in6(sa)->sin6_addr))
		return in6(sa)->sin6_addr.s6_addr + 12;
	return NULL;
}

/* Port in host order; 0 for families without one. */
static unsigned
port_of(const struct sockaddr *sa)
{
	if (sa->sa_family == AF_INET)
		return ntohs(in4(sa)->sin_port);
	if (sa->sa_family == AF_INET6)
		return ntohs(in6(sa)->sin6_port);
	return 0;
}

void
addr_host_text(char out[ADDR_TEXT_MAX + 1], const struct sockaddr *sa)
{
	char ip[INET6_ADDRSTRLEN] = "";
	uint32_t scope = 0;

	if (addr_ipv4(sa) != NULL) {
		inet_ntop(AF_INET, addr_ipv4(sa), ip, sizeof ip);
	} else if (sa->sa_family == AF_INET6) {
		inet_ntop(AF_INET6, &in6(sa)->sin6_addr, ip, sizeof ip);
		scope = in6(sa)->sin6_scope_id;
	}
	if (scope != 0)
		snprintf(out, ADDR_TEXT_MAX + 1, "%s%%%u", ip, scope);
	else
		snprintf(out, ADDR_TEXT_MAX + 1, "%s", ip);
}

void
addr_text(char out[ADDR_TEXT_MAX + 1], const struct sockaddr *sa)
{
	char host[ADDR_TEXT_MAX + 1];
	int v4 = addr_ipv4(sa) != NULL;

	_Static_assert(
	    INET6_ADDRSTRLEN + sizeof "[%4294967295]:65535" <= ADDR_TEXT_MAX,
	    "an address fits");
	out[0] = '\0';
	if (!v4 && sa->sa_family != AF_INET6)
		return;
	addr_host_text(host, sa);
	snprintf(out, ADDR_TEXT_MAX + 1, v4 ? "%.56s:%u" : "[%.56s]:%u", host,
	    port_of(sa));
}
