/*
 * `secchat prices`, and the values of the options that say where prices come
 * from and how they get here.
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli.h"
#include "secchat/err.h"
#include "secchat/ipc_msgs.h"
#include "secchat/util.h"

__attribute__((format(printf, 3, 4))) static int
complain(struct complaint *c, const char *next, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(c->what, sizeof c->what, fmt, ap);
	va_end(ap);
	snprintf(c->next, sizeof c->next, "%s", next);
	return -ERR_USAGE;
}

/* ---- numbers ---- */

/* A number in [least, most], of at most five digits; -1 when it is none. */
static long
number(const char *s, size_t len, long least, long most)
{
	long v = 0;

	if (len == 0 || len > 5)
		return -1;
	for (size_t i = 0; i < len; i++) {
		if (s[i] < '0' || s[i] > '9')
			return -1;
		v = v * 10 + (s[i] - '0');
	}
	return v >= least && v <= most ? v : -1;
}

int
set_every(struct options *o, const char *value, struct complaint *c)
{
	long s =
	    number(value, strlen(value), PRICE_FLOOR / 1000, PRICE_EVERY_MAX);

	if (s < 0)
		return complain(c,
		    "The providers have new prices once a minute. Try: "
		    "--prices-every 60",
		    "--prices-every: \"%.80s\" is not a number of seconds from "
		    "%d to %d",
		    value, PRICE_FLOOR / 1000, PRICE_EVERY_MAX);
	o->prices_every = (uint32_t)s;
	return 0;
}

/* ---- hosts ---- */

/* What a host's name or address may consist of. */
static int
is_host(const char *s, size_t len)
{
	static const char set[] = "abcdefghijklmnopqrstuvwxyz"
				  "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				  "0123456789-._:";

	return len > 0 && len <= HOST_TEXT_MAX && strspn(s, set) >= len;
}

/*
 * HOST, HOST:PORT, [V6] or [V6]:PORT, len bytes of it; port stays as it is
 * when none is there.  0 or -ERR_USAGE.
 */
static int
take_host(
    const char *s, size_t len, char host[HOST_TEXT_MAX + 1], uint16_t *port)
{
	const char *end = s + len, *name = s, *colon;
	size_t n;

	if (len > 0 && s[0] == '[') {
		name = s + 1;
		colon = memchr(s, ']', len);
		if (colon == NULL)
			return -ERR_USAGE;
		n = (size_t)(colon - name);
		colon++;
		if (memchr(name, ':', n) == NULL)
			return -ERR_USAGE;
	} else {
		colon = memchr(s, ':', len);
		if (colon == NULL)
			colon = end;
		n = (size_t)(colon - name);
	}
	if (!is_host(name, n))
		return -ERR_USAGE;
	if (colon < end) {
		long v =
		    number(colon + 1, (size_t)(end - colon - 1), 1, UINT16_MAX);

		if (*colon != ':' || v < 0)
			return -ERR_USAGE;
		*port = (uint16_t)v;
	}
	memcpy(host, name, n);
	host[n] = '\0';
	return 0;
}

/* Characters that may stand in a path as they are. */
static int
is_path(const char *s)
{
	for (; *s != '\0'; s++)
		if (*s <= ' ' || *s > '~' || strchr("?#\\\"<>{}|^`", *s))
			return 0;
	return 1;
}

int
set_prices_url(struct options *o, const char *value, struct complaint *c)
{
	static const char https[] = "https://";
	const char *next = "Try: --prices-url https://prices.example.org, or "
			   "with a port or path behind it";
	const char *host = value + sizeof https - 1, *path;
	size_t len;

	if (strncmp(value, "http://", 7) == 0)
		return complain(c, next,
		    "--prices-url: only https is asked, nothing that others "
		    "can read or change");
	if (strncmp(value, https, sizeof https - 1) != 0)
		return complain(c, next,
		    "--prices-url: \"%.80s\" does not begin with https://",
		    value);
	path = strchr(host, '/');
	len = path != NULL ? (size_t)(path - host) : strlen(host);
	o->prices_port = 443;
	if (take_host(host, len, o->prices_host, &o->prices_port) < 0)
		return complain(c, next,
		    "--prices-url: \"%.80s\" has no usable host", value);
	snprintf(o->prices_prefix, sizeof o->prices_prefix, "%s",
	    path != NULL ? path : "");
	len = strlen(o->prices_prefix);
	if (path != NULL && (strlen(path) > PRICE_PREFIX_MAX || !is_path(path)))
		return complain(c, next,
		    "--prices-url: the path of \"%.80s\" cannot be used",
		    value);
	/* Each provider's own path begins with one. */
	if (len > 0 && o->prices_prefix[len - 1] == '/')
		o->prices_prefix[len - 1] = '\0';
	return 0;
}

/* A wrong one is not repeated: it may be nearly right. */
int
set_prices_key(struct options *o, const char *value, struct complaint *c)
{
	size_t len = strlen(value), good = 0;

	while (value[good] > ' ' && value[good] <= '~')
		good++;
	if (len == 0 || len > PRICE_KEY_MAX || good < len)
		return complain(c, "Copy it again from the provider's page.",
		    "prices-key: this is not a key of 1 to %d letters, digits "
		    "and signs",
		    PRICE_KEY_MAX);
	memcpy(o->prices_key, value, len + 1);
	return 0;
}

int
set_proxy(struct options *o, const char *value, struct complaint *c)
{
	static const char net[] = "socks5://", local[] = "socks5:";
	const char *next = "Try: --proxy socks5://127.0.0.1:9050, or --proxy "
			   "socks5:/run/tor/socks";
	const char *path = value + sizeof local - 1;

	if (strncmp(value, net, sizeof net - 1) == 0) {
		value += sizeof net - 1;
		if (strchr(value, '@') != NULL)
			return complain(c, next,
			    "--proxy: a name and password are not supported, "
			    "and others could read them here");
		o->proxy_port = 1080;
		if (take_host(value, strlen(value), o->proxy_host,
			&o->proxy_port) < 0)
			return complain(c, next,
			    "--proxy: \"%.80s\" has no usable host and port",
			    value);
		o->proxy = PROXY_TCP;
		return 0;
	}
	if (strncmp(value, local, sizeof local - 1) != 0)
		return complain(
		    c, next, "--proxy: \"%.80s\" is not a SOCKS5 proxy", value);
	if (path[0] != '/' || strlen(path) > PROXY_PATH_MAX)
		return complain(c, next,
		    "--proxy: the socket's path begins with / and has up to %d "
		    "bytes: \"%.80s\"",
		    PROXY_PATH_MAX, path);
	o->proxy = PROXY_UNIX;
	o->proxy_port = 0;
	snprintf(o->proxy_host, sizeof o->proxy_host, "%s", path);
	return 0;
}

/* ---- the command ---- */

int
run_prices(const struct command *c, int argc, char **argv)
{
	return run_with_options(c, argc, argv, super_prices);
}
