/*
 * What the bench throws to and fro, the same for everybody compared:
 *
 *   ball ping ASK TELL [json]     lines out on 1, back in on 0
 *   ball echo [json]              the other side of it
 *   ball tcp-ping ASK TELL PORT   the same over a bare socket
 *   ball tcp-echo                 prints its port
 *   ball source BYTES             so many bytes to 1, 64 KiB at a time
 *   ball sink                     reads 0 to its end
 *
 * A ping reads "COUNT BYTES" from descriptor ASK and answers with one line on
 * descriptor TELL: p50 p90 p99 mean max, in microseconds.  With `json` lines
 * are secchat's commands and events (secchat-json(7)).
 */
#include <arpa/inet.h>
#include <errno.h>
#include <inttypes.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "took.h"

#define LINE_MAX_OUT 65536

static int in = 0, out = 1, ask, result, json;
static char line[LINE_MAX_OUT + 64];
static size_t line_len;
static char got[1 << 20];
static size_t got_len;

static void
die(const char *what)
{
	fprintf(stderr, "ball: %s: %s\n", what, strerror(errno));
	exit(1);
}

static void
put_all(int fd, const char *p, size_t len)
{
	while (len > 0) {
		ssize_t n = write(fd, p, len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			die("write");
		p += n;
		len -= (size_t)n;
	}
}

/* A line of so many bytes, its end included. */
static void
make_line(size_t bytes)
{
	static char text[LINE_MAX_OUT];

	memset(text, 'x', bytes - 1);
	text[bytes - 1] = '\0';
	line_len = (size_t)snprintf(line, sizeof line,
	    json ? "{\"do\":\"send\",\"text\":\"%s\"}\n" : "%s\n", text);
}

/* Whether a line is a text of the peer, and not an event about another one. */
static int
is_text(const char *p, size_t len)
{
	static const char mark[] = "\"ev\":\"message\"";

	return !json || memmem(p, len, mark, sizeof mark - 1) != NULL;
}

/* Texts in what has come; a line that is not complete stays. */
static unsigned
take_lines(void)
{
	char *p = got, *end;
	unsigned n = 0;

	while ((end = memchr(p, '\n', got_len - (size_t)(p - got))) != NULL) {
		n += is_text(p, (size_t)(end - p)) ? 1 : 0;
		p = end + 1;
	}
	got_len -= (size_t)(p - got);
	memmove(got, p, got_len);
	return n;
}

/* Wait for more; 0 at the end. */
static int
take_more(unsigned *texts)
{
	ssize_t n;

	do
		n = read(in, got + got_len, sizeof got - got_len);
	while (n < 0 && errno == EINTR);
	if (n <= 0)
		return 0;
	got_len += (size_t)n;
	*texts = take_lines();
	return 1;
}

static void
tell(void)
{
	char text[TOOK_LINE];

	put_all(result, text, took_line(text));
}

static void
play(size_t count)
{
	took_clear();
	for (size_t i = 0; i < count; i++) {
		uint64_t start = took_now();
		unsigned texts = 0;

		put_all(out, line, line_len);
		while (texts == 0)
			if (!take_more(&texts))
				die("the line ended");
		took_since(start);
	}
}

static int
ping(void)
{
	FILE *control = fdopen(ask, "r");
	char order[64];

	if (control == NULL)
		die("ASK");
	while (fgets(order, sizeof order, control) != NULL) {
		char *end;
		size_t count = strtoul(order, &end, 10);
		size_t bytes = strtoul(end, NULL, 10);

		if (count < 1 || count > TOOK_MAX || bytes < 1 ||
		    bytes > LINE_MAX_OUT)
			die("count or size");
		make_line(bytes);
		play(count);
		tell();
	}
	return 0;
}

/* Plain lines go back as they are, texts of events as a text of 63 bytes. */
static int
echo(void)
{
	unsigned texts;

	make_line(64);
	for (;;) {
		ssize_t n;

		if (json) {
			if (!take_more(&texts))
				return 0;
			for (; texts > 0; texts--)
				put_all(out, line, line_len);
			continue;
		}
		n = read(in, got, sizeof got);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return 0;
		put_all(out, got, (size_t)n);
	}
}

static int
tcp(struct sockaddr_in *a, uint16_t port)
{
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	if (fd < 0)
		die("socket");
	memset(a, 0, sizeof *a);
	a->sin_family = AF_INET;
	a->sin_port = htons(port);
	a->sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	return fd;
}

/* Small writes leave at once, as in every chat. */
static void
at_once(int fd)
{
	int on = 1;

	if (setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on) < 0)
		die("TCP_NODELAY");
	in = out = fd;
}

static int
tcp_echo(void)
{
	struct sockaddr_in a;
	socklen_t len = sizeof a;
	int fd = tcp(&a, 0);

	if (bind(fd, (struct sockaddr *)&a, sizeof a) < 0 ||
	    listen(fd, 1) < 0 || getsockname(fd, (struct sockaddr *)&a, &len))
		die("listen");
	printf("%u\n", ntohs(a.sin_port));
	fflush(stdout);
	fd = accept(fd, NULL, NULL);
	if (fd < 0)
		die("accept");
	at_once(fd);
	return echo();
}

static int
tcp_ping(uint16_t port)
{
	struct sockaddr_in a;
	int fd = tcp(&a, port);

	if (connect(fd, (struct sockaddr *)&a, sizeof a) < 0)
		die("connect");
	at_once(fd);
	return ping();
}

static int
source(uint64_t left)
{
	static char block[65536];

	memset(block, 'x', sizeof block);
	while (left > 0) {
		size_t n = left < sizeof block ? (size_t)left : sizeof block;

		put_all(1, block, n);
		left -= n;
	}
	return 0;
}

static int
sink(void)
{
	ssize_t n;

	do
		n = read(0, got, sizeof got);
	while (n > 0 || (n < 0 && errno == EINTR));
	return n < 0;
}

static int
usage(void)
{
	fprintf(stderr, "usage: ball ping ASK TELL [json] | echo [json] |\n"
			"       tcp-ping ASK TELL PORT | tcp-echo |\n"
			"       source BYTES | sink\n");
	return 2;
}

int
main(int argc, char **argv)
{
	const char *what = argc > 1 ? argv[1] : "";
	int pings = strstr(what, "ping") != NULL && argc > 3;
	int at = pings ? 4 : 2;
	const char *more = argc > at ? argv[at] : "";

	if (pings) {
		ask = (int)strtol(argv[2], NULL, 10);
		result = (int)strtol(argv[3], NULL, 10);
	}
	json = strcmp(more, "json") == 0;
	if (strcmp(what, "ping") == 0 && pings)
		return ping();
	if (strcmp(what, "tcp-ping") == 0 && pings)
		return tcp_ping((uint16_t)strtoul(more, NULL, 10));
	if (strcmp(what, "echo") == 0)
		return echo();
	if (strcmp(what, "tcp-echo") == 0)
		return tcp_echo();
	if (strcmp(what, "source") == 0)
		return source(strtoull(more, NULL, 10));
	if (strcmp(what, "sink") == 0)
		return sink();
	return usage();
}
