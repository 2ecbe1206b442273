/*
 * A whole answer of a provider, as the server's bytes: status line, headers,
 * body, through the real library without TLS.  The first byte says whose it
 * is and how the bytes come.  Whatever comes out is a record that the
 * supervisor takes, and nothing is sent but one request.
 */
#include <assert.h>
#include <curl/curl.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "../../src/price/price.h"
#include "secchat/util.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/*
 * ---- the library's handles, which the program never gives back ----
 * They are new ones each time: it makes one request, and what a second one
 * on the same handle would meet is no concern of it.
 */

static CURL *easy;
static CURLM *multi;
static void *certificates;
static struct curl_slist *lists[4];
static size_t lists_len;

CURLcode __real_curl_easy_setopt(CURL *h, CURLoption option, ...);
CURLcode __wrap_curl_easy_setopt(CURL *h, CURLoption option, ...);
CURLMcode __real_curl_multi_add_handle(CURLM *m, CURL *h);
CURLMcode __wrap_curl_multi_add_handle(CURLM *m, CURL *h);

/* http in the place of https; all else as it is asked for. */
CURLcode
__wrap_curl_easy_setopt(CURL *h, CURLoption option, ...)
{
	char url[1024];
	va_list ap;
	void *p;
	long n;

	va_start(ap, option);
	if (option < CURLOPTTYPE_OBJECTPOINT) {
		n = va_arg(ap, long);
		va_end(ap);
		return __real_curl_easy_setopt(h, option, n);
	}
	p = va_arg(ap, void *);
	va_end(ap);
	if (option == CURLOPT_HTTPHEADER || option == CURLOPT_RESOLVE)
		lists[lists_len++] = p;
	if (option == CURLOPT_CAINFO_BLOB)
		certificates = ((struct curl_blob *)p)->data;
	if (option == CURLOPT_PROTOCOLS_STR)
		return __real_curl_easy_setopt(h, option, "http");
	if (option != CURLOPT_URL)
		return __real_curl_easy_setopt(h, option, p);
	assert(strncmp(p, "https://", 8) == 0);
	snprintf(url, sizeof url, "http://%s", (const char *)p + 8);
	return __real_curl_easy_setopt(h, option, url);
}

CURLMcode
__wrap_curl_multi_add_handle(CURLM *m, CURL *h)
{
	multi = m;
	easy = h;
	return __real_curl_multi_add_handle(m, h);
}

static void
give_back(void)
{
	(void)curl_multi_remove_handle(multi, easy);
	curl_easy_cleanup(easy);
	(void)curl_multi_cleanup(multi);
	free(certificates);
	while (lists_len > 0)
		curl_slist_free_all(lists[--lists_len]);
}

/* ---- one answer ---- */

static void
check_request(int fd)
{
	char text[8192];
	ssize_t n = read(fd, text, sizeof text - 1);

	/* Who closes with unread bytes resets the connection. */
	text[n > 0 ? n : 0] = '\0';
	if (n > 0)
		assert(strncmp(text, "GET /", 5) == 0 &&
		       strstr(text, "\r\n\r\n") == text + n - 4);
}

static void
check_answer(struct price_answer *a)
{
	uint8_t body[PRICE_ANSWER_SIZE];
	struct price_answer again;
	struct reader r;
	struct writer w;

	writer_init(&w, body, sizeof body);
	price_answer_put(&w, a);
	assert(writer_end(&w) == 0 && w.len == sizeof body);
	reader_init(&r, body, sizeof body);
	assert(price_answer_get(&r, &again) == 0);
	assert(a->retry_s <= PRICE_RETRY_MAX);
}

/*
 * The library connects once more, to an address that nobody has, and gets the
 * answer that bin/secchat-price.c gives.  The system must not hear of it: a
 * socket that the other end has reset by then is not connected any more, and
 * would call that address.
 */
int
connect(int fd, __CONST_SOCKADDR_ARG sa, socklen_t len)
{
	(void)fd;
	(void)sa;
	(void)len;
	errno = EINPROGRESS;
	return -1;
}

/* Two ends of a TCP connection: the library wants no other. */
static void
tcp_pair(int fd[2])
{
	static int listener = -1;
	static struct sockaddr_in to;
	socklen_t len = sizeof to;
	struct linger gone = {.l_onoff = 1};

	if (listener < 0) {
		listener = socket(AF_INET, SOCK_STREAM, 0);
		to.sin_family = AF_INET;
		to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
		if (bind(listener, (void *)&to, sizeof to) < 0 ||
		    listen(listener, 8) < 0 ||
		    getsockname(listener, (void *)&to, &len) < 0)
			abort();
	}
	fd[0] = socket(AF_INET, SOCK_STREAM, 0);
	if (syscall(SYS_connect, fd[0], &to, sizeof to) < 0)
		abort();
	fd[1] = accept4(listener, NULL, NULL, SOCK_NONBLOCK);
	if (fd[1] < 0 || fd_set_nonblock(fd[0], 1) < 0)
		abort();
	/* No thousands of connections that have just ended. */
	(void)setsockopt(fd[1], SOL_SOCKET, SO_LINGER, &gone, sizeof gone);
}

static void
start(void)
{
	static const char ca[] = "not looked at";
	int fd = memfd_create("ca", MFD_CLOEXEC);

	assert(fd >= 0 && write(fd, ca, sizeof ca) > 0 &&
	       lseek(fd, 0, SEEK_SET) == 0);
	price_open_world(fd);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct price_request q = {.timeout_ms = 2000, .port = 5000};
	struct price_answer a;
	int peer[2], link[2], err;

	if (size < 1 || size > (PRICE_BODY_MAX + PRICE_HEAD_MAX))
		return 0;
	start();
	q.provider = data[0] % PRICE_PROVIDERS;
	snprintf(q.host, sizeof q.host, "%s",
	    data[0] & 8    ? "127.0.0.1"
	    : data[0] & 16 ? "::1"
			   : "p.example");
	snprintf(q.key, sizeof q.key, "%s", data[0] & 32 ? "key" : "");
	snprintf(q.prefix, sizeof q.prefix, "%s", data[0] & 64 ? "/x" : "");
	if (socketpair(AF_UNIX, SOCK_SEQPACKET, 0, link) < 0)
		abort();
	tcp_pair(peer);
	if (send(peer[1], data + 1, size - 1, MSG_NOSIGNAL) < 0 && size > 1)
		abort();
	(void)shutdown(peer[1], SHUT_WR);
	if (data[0] & 128)
		(void)shutdown(link[1], SHUT_WR);
	err = price_fetch(&q, peer[0], link[0], &a);
	give_back();
	if (err == 0)
		check_answer(&a);
	check_request(peer[1]);
	fd_close(peer[1]);
	fd_close(link[0]);
	fd_close(link[1]);
	return 0;
}
