/*
 * The one request, by libcurl, with everything taken away from it that it
 * does not need: it cannot look a name up, make a socket, follow a redirect,
 * decompress, keep a cookie, obey an environment variable or read a file.
 */
#include <curl/curl.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>
#include <unistd.h>

#include "price.h"
#include "secchat/err.h"
#include "secchat/util.h"

/* Every secchat says the same, and what many others say. */
#define USER_AGENT "curl/7.88.1"

/* An address that nobody has (RFC 5737): the socket is connected already. */
#define NOWHERE "192.0.2.1"

/* What newer libcurls (8.6) say of headers that go beyond a bound of theirs;
 * their own name for it is not in the headers of older ones. */
#define TOO_LARGE 100

/*
 * What OpenSSL says of a chain (X509_V_*).  UNSPECIFIED is what libcurl leaves
 * when the chain was good and its own look at the name was not.
 */
enum {
	UNSPECIFIED = 1,
	NOT_YET_VALID = 9,
	HAS_EXPIRED = 10,
	OTHER_NAME = 62,
	OTHER_ADDRESS = 64
};

static CURLM *multi;
static CURL *easy;
static struct curl_blob ca;

struct fetch {
	const struct price_request *q;
	int fd; /* -1: it is the library's */
	char body[PRICE_BODY_MAX];
	size_t len, head;
	int too_big, encoded;
	struct curl_slist *headers, *pin;
};

/* ---- before the lock-down ---- */

/* The whole file, or nothing when there is none or it is too large. */
static void
read_ca(int fd)
{
	uint8_t *p = malloc(PRICE_CA_MAX);
	size_t len = 0;
	ssize_t n = 1;

	if (p == NULL)
		fatal("no memory for certificates");
	while (n > 0 && len < PRICE_CA_MAX) {
		n = read(fd, p + len, PRICE_CA_MAX - len);
		if (n < 0 && errno == EINTR)
			n = 1;
		else if (n > 0)
			len += (size_t)n;
	}
	fd_close(fd);
	if (n < 0 || len == PRICE_CA_MAX)
		len = 0;
	ca.data = p;
	ca.len = len;
	ca.flags = CURL_BLOB_NOCOPY;
}

/* Times are compared in UTC; without a zone in TZ libc would look for the
 * computer's in a file, again and again. */
static void
fix_zone(void)
{
	if (setenv("TZ", "UTC0", 1) < 0)
		fatal("no memory for the environment");
	tzset();
}

void
price_open_world(int fd)
{
	read_ca(fd);
	fix_zone();
	if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK ||
	    (multi = curl_multi_init()) == NULL ||
	    (easy = curl_easy_init()) == NULL)
		fatal("the HTTPS library cannot start");
}

/* ---- what the library calls ---- */

static size_t
on_body(char *p, size_t size, size_t n, void *ctx)
{
	struct fetch *f = ctx;

	(void)size; /* 1 */
	if (n > sizeof f->body - f->len) {
		f->too_big = 1;
		return 0;
	}
	memcpy(f->body + f->len, p, n);
	f->len += n;
	return n;
}

/* Counted, and nothing kept: the library keeps the three that we ask for. */
static size_t
on_header(char *p, size_t size, size_t n, void *ctx)
{
	static const char encoding[] = "content-encoding:";
	struct fetch *f = ctx;

	(void)size;
	f->head += n;
	if (f->head > PRICE_HEAD_MAX) {
		f->too_big = 1;
		return 0;
	}
	if (n >= sizeof encoding - 1 &&
	    strncasecmp(p, encoding, sizeof encoding - 1) == 0)
		f->encoded = 1;
	return n;
}

static curl_socket_t
on_open(void *ctx, curlsocktype purpose, struct curl_sockaddr *addr)
{
	struct fetch *f = ctx;
	int fd = f->fd;

	(void)purpose;
	(void)addr;
	f->fd = -1;
	return fd;
}

static int
on_sockopt(void *ctx, curl_socket_t fd, curlsocktype purpose)
{
	(void)ctx;
	(void)fd;
	(void)purpose;
	return CURL_SOCKOPT_ALREADY_CONNECTED;
}

/* ---- the request ---- */

static int
is_numeric(const char *host)
{
	return strchr(host, ':') != NULL ||
	       host[strspn(host, "0123456789.")] == '\0';
}

/* The one address that the host has here; NULL when it needs none. */
static struct curl_slist *
pinned(const struct price_request *q)
{
	char line[HOST_TEXT_MAX + 40];

	if (is_numeric(q->host))
		return NULL;
	snprintf(line, sizeof line, "%s:%u:" NOWHERE, q->host, q->port);
	return curl_slist_append(NULL, line);
}

static void
make_url(char *out, size_t cap, const struct price_request *q)
{
	const char *path = provider_rows[q->provider].path;
	int v6 = strchr(q->host, ':') != NULL;
	char port[8] = "";

	if (q->port != 443)
		snprintf(port, sizeof port, ":%u", q->port);
	snprintf(out, cap, "https://%s%s%s%s%s%s", v6 ? "[" : "", q->host,
	    v6 ? "]" : "", port, q->prefix, path);
}

static struct curl_slist *
headers(const struct price_request *q)
{
	char line[PRICE_KEY_MAX + 40];
	struct curl_slist *l =
	    curl_slist_append(NULL, "Accept: application/json");

	if (q->provider != PRICE_COINGECKO || q->key[0] == '\0')
		return l;
	snprintf(line, sizeof line, "x-cg-demo-api-key: %s", q->key);
	l = curl_slist_append(l, line);
	wipe(line, sizeof line);
	return l;
}

/* clang-format off */
/* Switches that say no, or the least that is needed. */
static const struct {
	CURLoption option;
	long value;
} numbers[] = {
	{ CURLOPT_NOSIGNAL,              1 },
	{ CURLOPT_HAPPY_EYEBALLS_TIMEOUT_MS, 1 }, /* it waits so long for
	                                    a second address */
	{ CURLOPT_FOLLOWLOCATION,        0 },
	{ CURLOPT_SSL_VERIFYPEER,        1 },
	{ CURLOPT_SSL_VERIFYHOST,        2 },
	{ CURLOPT_SSLVERSION,            CURL_SSLVERSION_TLSv1_2 },
	{ CURLOPT_SSL_SESSIONID_CACHE,   0 },
	{ CURLOPT_HTTP_VERSION,          CURL_HTTP_VERSION_1_1 },
	{ CURLOPT_HTTP_CONTENT_DECODING, 0 },
	{ CURLOPT_HTTP09_ALLOWED,        0 },
	{ CURLOPT_MAXFILESIZE,           PRICE_BODY_MAX },
	{ CURLOPT_FORBID_REUSE,          1 },
	{ CURLOPT_NETRC,                 CURL_NETRC_IGNORED },
	{ CURLOPT_TCP_NODELAY,           0 },
	{ CURLOPT_TCP_KEEPALIVE,         0 },
	{ CURLOPT_PATH_AS_IS,            1 },
	{ CURLOPT_DISALLOW_USERNAME_IN_URL, 1 },
};

static const struct {
	CURLoption option;
	const char *value;
} strings[] = {
	{ CURLOPT_PROTOCOLS_STR, "https" },
	{ CURLOPT_PROXY,         "" },  /* http_proxy is not obeyed */
	{ CURLOPT_USERAGENT,     USER_AGENT },
};
/* clang-format on */

static int
set_fixed(void)
{
	CURLcode bad = CURLE_OK;

	for (size_t i = 0; i < ARRAY_LEN(numbers); i++)
		bad |=
		    curl_easy_setopt(easy, numbers[i].option, numbers[i].value);
	for (size_t i = 0; i < ARRAY_LEN(strings); i++)
		bad |=
		    curl_easy_setopt(easy, strings[i].option, strings[i].value);
	bad |= curl_easy_setopt(easy, CURLOPT_CAINFO, NULL);
	bad |= curl_easy_setopt(easy, CURLOPT_CAPATH, NULL);
	bad |= curl_easy_setopt(easy, CURLOPT_CAINFO_BLOB, &ca);
	return bad == CURLE_OK ? 0 : -ERR_INTERNAL;
}

static int
set_request(struct fetch *f, const char *url)
{
	CURLcode bad = CURLE_OK;

	bad |= curl_easy_setopt(easy, CURLOPT_URL, url);
	bad |= curl_easy_setopt(easy, CURLOPT_HTTPHEADER, f->headers);
	bad |= curl_easy_setopt(easy, CURLOPT_RESOLVE, f->pin);
	bad |=
	    curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, (long)f->q->timeout_ms);
	bad |= curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, on_body);
	bad |= curl_easy_setopt(easy, CURLOPT_WRITEDATA, f);
	bad |= curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, on_header);
	bad |= curl_easy_setopt(easy, CURLOPT_HEADERDATA, f);
	bad |= curl_easy_setopt(easy, CURLOPT_OPENSOCKETFUNCTION, on_open);
	bad |= curl_easy_setopt(easy, CURLOPT_OPENSOCKETDATA, f);
	bad |= curl_easy_setopt(easy, CURLOPT_SOCKOPTFUNCTION, on_sockopt);
	return bad == CURLE_OK ? 0 : -ERR_INTERNAL;
}

/* Until it is done.  0 with its result, or -ERR_EOF: nobody waits for it. */
static int
perform(int link, CURLcode *result)
{
	int running = 1, left;
	CURLMsg *m;

	if (curl_multi_add_handle(multi, easy) != CURLM_OK)
		return 0;
	while (running) {
		struct curl_waitfd w = {.fd = link, .events = CURL_WAIT_POLLIN};

		if (curl_multi_perform(multi, &running) != CURLM_OK)
			return 0;
		if (!running)
			break;
		if (curl_multi_poll(multi, &w, 1, PRICE_WHOLE, NULL) !=
		    CURLM_OK)
			return 0;
		/* After the request nothing comes but the end. */
		if (w.revents != 0)
			return -ERR_EOF;
	}
	m = curl_multi_info_read(multi, &left);
	if (m != NULL && m->msg == CURLMSG_DONE)
		*result = m->data.result;
	return 0;
}

/* ---- the result ---- */

static long
info(CURLINFO what)
{
	long v = 0;

	return curl_easy_getinfo(easy, what, &v) == CURLE_OK ? v : 0;
}

static enum price_status
cert_status(void)
{
	long v = info(CURLINFO_SSL_VERIFYRESULT);

	if (v <= UNSPECIFIED || v == OTHER_NAME || v == OTHER_ADDRESS)
		return PRICE_NAME;
	return v == HAS_EXPIRED || v == NOT_YET_VALID ? PRICE_EXPIRED
						      : PRICE_CERT;
}

/* Why there is no whole answer. */
static enum price_status
failure(const struct fetch *f, CURLcode result)
{
	if (f->too_big)
		return PRICE_TOO_BIG;
	switch ((int)result) {
	case CURLE_PEER_FAILED_VERIFICATION:
		return cert_status();
	case CURLE_SSL_CONNECT_ERROR:
	case CURLE_SSL_CIPHER:
		return PRICE_TLS;
	case CURLE_SSL_CACERT_BADFILE:
		return PRICE_NO_CA;
	case CURLE_OPERATION_TIMEDOUT:
		return PRICE_TIMEOUT;
	case CURLE_PARTIAL_FILE:
	case CURLE_RECV_ERROR:
	case CURLE_SEND_ERROR:
	case CURLE_GOT_NOTHING:
		return PRICE_CUT;
	case CURLE_FILESIZE_EXCEEDED:
	case TOO_LARGE:
		return PRICE_TOO_BIG;
	case CURLE_UNSUPPORTED_PROTOCOL:
	case CURLE_WEIRD_SERVER_REPLY:
	case CURLE_BAD_CONTENT_ENCODING:
		return PRICE_PROTOCOL;
	default:
		return PRICE_INTERNAL;
	}
}

static int
is_json(void)
{
	static const char json[] = "application/json";
	const char *type = NULL;
	size_t n = sizeof json - 1;

	if (curl_easy_getinfo(easy, CURLINFO_CONTENT_TYPE, &type) != CURLE_OK ||
	    type == NULL || strncasecmp(type, json, n) != 0)
		return 0;
	return type[n] == '\0' || type[n] == ';' || type[n] == ' ';
}

static uint32_t
retry_after(void)
{
	curl_off_t s = 0;

	if (curl_easy_getinfo(easy, CURLINFO_RETRY_AFTER, &s) != CURLE_OK ||
	    s <= 0)
		return 0;
	return s < PRICE_RETRY_MAX ? (uint32_t)s : PRICE_RETRY_MAX;
}

/* Status, then content type, then the body. */
static void
conclude(const struct fetch *f, CURLcode result, struct price_answer *a)
{
	long http = info(CURLINFO_RESPONSE_CODE);

	a->http = (uint16_t)http;
	a->retry_s = retry_after();
	if (http == 429 || http == 418)
		a->status = PRICE_RATE;
	else if (http >= 301 && http <= 308 && http != 304)
		a->status = PRICE_REDIRECT;
	else if (http >= 200 && http != 200)
		a->status = PRICE_HTTP;
	else if (result != CURLE_OK)
		a->status = (uint8_t)failure(f, result);
	else if (http != 200)
		a->status = PRICE_PROTOCOL;
	else if (!is_json())
		a->status = PRICE_TYPE;
	else if (f->encoded)
		a->status = PRICE_ENCODED;
	else
		price_parse(
		    (enum price_provider)f->q->provider, f->body, f->len, a);
}

/* The process ends with the answer, so what the library holds is not freed. */
int
price_fetch(
    const struct price_request *q, int fd, int link, struct price_answer *a)
{
	static struct fetch f;
	CURLcode result = CURLE_FAILED_INIT;
	char url[HOST_TEXT_MAX + PRICE_PREFIX_MAX + 256];
	int err = 0;

	memset(a, 0, sizeof *a);
	memset(&f, 0, sizeof f);
	f.q = q;
	f.fd = fd;
	a->status = PRICE_NO_CA;
	if (ca.len == 0)
		return 0;
	make_url(url, sizeof url, q);
	f.headers = headers(q);
	f.pin = pinned(q);
	if (set_fixed() == 0 && set_request(&f, url) == 0)
		err = perform(link, &result);
	conclude(&f, result, a);
	return err;
}
