/*
 * Where to wait and whom to call, taken apart without looking anything up.
 */
#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

#include "cli.h"
#include "secchat/err.h"

static int
bad(struct complaint *c, const char *arg, const char *why, const char *next)
{
	snprintf(c->what, sizeof c->what, "\"%.160s\" is not an address", arg);
	snprintf(c->why, sizeof c->why, "%s", why);
	snprintf(c->next, sizeof c->next, "%s", next);
	return -ERR_USAGE;
}

/* Decimal digits, 0 to 65535.  -1 for anything else. */
static int
parse_port(const char *s)
{
	int v = 0;

	if (*s == '\0' || strlen(s) > 5)
		return -1;
	for (; *s != '\0'; s++) {
		if (*s < '0' || *s > '9')
			return -1;
		v = v * 10 + (*s - '0');
	}
	return v <= 65535 ? v : -1;
}

static int
set_host(struct options *o, const char *s, size_t len)
{
	if (len == 0 || len > HOST_TEXT_MAX)
		return -1;
	for (size_t i = 0; i < len; i++)
		if ((unsigned char)s[i] <= ' ' || s[i] == '\x7f' ||
		    s[i] == '[' || s[i] == ']' || s[i] == '/')
			return -1;
	memcpy(o->host, s, len);
	o->host[len] = '\0';
	return 0;
}

/*
 * HOST, HOST:PORT, [IPv6], [IPv6]:PORT or an IPv6 address by itself, which
 * is what has more than one colon.  *port is the text behind the colon, or
 * NULL.
 */
static int
split(struct options *o, const char *arg, const char **port)
{
	const char *colon = strrchr(arg, ':'), *end;

	*port = NULL;
	if (arg[0] == '[') {
		end = strchr(arg, ']');
		if (end == NULL || (end[1] != '\0' && end[1] != ':'))
			return -1;
		*port = end[1] == ':' ? end + 2 : NULL;
		return set_host(o, arg + 1, (size_t)(end - arg - 1));
	}
	if (colon == NULL || strchr(arg, ':') != colon)
		return set_host(o, arg, strlen(arg));
	*port = colon + 1;
	return set_host(o, arg, (size_t)(colon - arg));
}

static int
set_port(struct options *o, const char *text, int least)
{
	int port = parse_port(text);

	if (port < least)
		return -1;
	o->port = (uint16_t)port;
	return 0;
}

/*
 * An address in numbers that is none would go to the name servers, which
 * know it as little as we do.
 */
static const char *
wrong_numbers(const char *host)
{
	struct in6_addr v6;
	struct in_addr v4;
	char plain[HOST_TEXT_MAX + 1];

	if (strchr(host, ':') != NULL) {
		/* without the scope: fe80::1%eth0 */
		snprintf(
		    plain, sizeof plain, "%.*s", (int)strcspn(host, "%"), host);
		return inet_pton(AF_INET6, plain, &v6) == 1
			   ? NULL
			   : "With more than one colon it would be IPv6, as "
			     "in 2001:db8::1, and this is none.";
	}
	if (host[0] == '\0' || host[strspn(host, "0123456789.")] != '\0' ||
	    inet_aton(host, &v4) == 1)
		return NULL;
	return "In numbers it has four of them, each from 0 to 255.";
}

int
target_host(struct options *o, const char *arg, struct complaint *c)
{
	const char *why = "The port is a number from 0 to 65535, and 0 lets "
			  "the system choose.";
	const char *next = "Try: secchat host 5001, or secchat host "
			   "127.0.0.1:5001";
	const char *port, *wrong;

	o->host[0] = '\0';
	o->port = DEFAULT_PORT;
	if (arg == NULL)
		return 0;
	if (arg[0] == ':' && arg[1] != ':')
		port = arg + 1;
	else
		port = arg[strspn(arg, "0123456789")] == '\0' ? arg : NULL;
	if (port != NULL)
		return set_port(o, port, 0) < 0 ? bad(c, arg, why, next) : 0;
	if (split(o, arg, &port) < 0 ||
	    (port != NULL && set_port(o, port, 0) < 0))
		return bad(c, arg, why, next);
	wrong = wrong_numbers(o->host);
	return wrong != NULL ? bad(c, arg, wrong, next) : 0;
}

int
target_join(struct options *o, const char *arg, struct complaint *c)
{
	const char *why = "It is a name or address, and behind a colon a port "
			  "from 1 to 65535.";
	const char *next = "Try: secchat join 192.0.2.10:5000, or secchat "
			   "join [2001:db8::1]:5000";
	const char *port, *wrong;

	o->port = DEFAULT_PORT;
	if (split(o, arg, &port) < 0 ||
	    (port != NULL && set_port(o, port, 1) < 0))
		return bad(c, arg, why, next);
	wrong = wrong_numbers(o->host);
	return wrong != NULL ? bad(c, arg, wrong, next) : 0;
}
