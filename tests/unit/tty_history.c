/*
 * What was shown and is shown again: the ring keeps the newest whole, /more
 * and /raw leave nothing out.
 */
#include "../../src/tty/pager.h"
#include "check.h"
#include "secchat/util.h"

static struct history h;
static struct pager pager;
static struct paint paint;
static uint8_t text[TEXT_MAX];

/* A message that can be recognised by its number. */
static struct message
message(unsigned n, size_t len)
{
	memset(text, 'a' + (int)(n % 26), len);
	if (len >= sizeof n)
		memcpy(text, &n, sizeof n);
	return (struct message){
	    n % 2 ? MESSAGE_THEIRS : MESSAGE_OURS, n, n % 1440, text, len};
}

static void
test_ring(void)
{
	unsigned oldest = 1;
	struct message m;

	history_init(&h);
	CHECK(history_find(&h, 0, &m) == 0 && history_find(&h, 1, &m) == 0);
	for (unsigned n = 1; n <= 600; n++) {
		size_t len = n * 7919 % TEXT_MAX;
		struct message new = message(n, n % 3 ? n % 100 : len);
		size_t total = 0;

		history_add(&h, &new);
		CHECK(history_find(&h, 0, &m) && m.n == n);
		CHECK(history_get(&h, 0).n >= oldest);
		oldest = history_get(&h, 0).n;
		for (size_t i = 0; n % 60 == 0 && i < h.count; i++) {
			struct message want;

			m = history_get(&h, i);
			CHECK(m.n == oldest + i && m.minute == m.n % 1440);
			total += m.len;
			want = message(m.n, m.len);
			CHECK(memcmp(m.text, want.text, m.len) == 0);
		}
		CHECK(total <= HISTORY_BYTES);
	}
	CHECK(h.count > 20 && history_find(&h, oldest - 1, &m) == 0);
	CHECK(history_find(&h, oldest, &m) == 1);
	history_init(&h);
	for (unsigned n = 1; n <= HISTORY_MSGS + 5; n++) {
		m = message(n, 3);
		history_add(&h, &m);
	}
	CHECK(h.count == HISTORY_MSGS && history_get(&h, 0).n == 6);
}

static void
test_find(void)
{
	struct message m = {.text = (const uint8_t *)"Hello W\xc3\xb6rld"};

	m.len = strlen((const char *)m.text);
	CHECK(history_has(&m, "") && history_has(&m, "hello w"));
	CHECK(history_has(&m, "w\xc3\xb6RLD") && history_has(&m, "D"));
	CHECK(!history_has(&m, "worlds") && !history_has(&m, "helloo"));
	m.len = 0;
	CHECK(history_has(&m, "") && !history_has(&m, "a"));
}

/* All that the pager paints, as one text. */
static const char *
paged(struct view *v, enum pager_kind kind, const char *s)
{
	static char out[1 << 20];
	struct message m = {
	    MESSAGE_THEIRS, 1, 0, (const uint8_t *)s, strlen(s)};
	size_t len = 0;

	pager_start(&pager, v, kind, &m);
	do {
		paint_init(&paint);
		pager_step(&pager, v, &paint, &h);
		CHECK(paint_room(&paint) > PAINT_LINE);
		memcpy(out + len, paint.buf, paint.len);
		len += paint.len;
	} while (pager.kind != PAGER_NONE && len < sizeof out - PAINT_CAP);
	out[len] = '\0';
	return out;
}

#define PAD "              \u2502 "

static void
test_pager(void)
{
	struct view v = {.cols = 48, .rows = 24};
	static char rows[45 * 2 + 1], big[30000];
	const char *got;
	size_t n = 0;

	for (int i = 0; i < 45; i++)
		memcpy(rows + 2 * i, i < 40 ? "x\n" : "y\n", 2);
	CHECK(
	    strcmp(paged(&v, PAGER_MORE, rows), PAD
		"y\r\n" PAD "y\r\n" PAD "y\r\n" PAD "y\r\n" PAD "y\r\n") == 0);
	CHECK(strcmp(paged(&v, PAGER_MORE, "short"), "") == 0);
	CHECK(strcmp(paged(&v, PAGER_ALL, "one\ntwo"),
		  "00:00 peer    \u2502 one\r\n" PAD "two\r\n") == 0);
	CHECK(strcmp(paged(&v, PAGER_RAW, "a\u202e\x1b\n\u00e9<"), PAD
		  "a<U+202E><U+001B><U+000A>\r\n" PAD "<U+00E9><\r\n") == 0);
	CHECK(strcmp(paged(&v, PAGER_RAW, ""), PAD "\r\n") == 0);

	/* More than the buffer holds: in pieces, none of it left out. */
	memset(big, '\n', sizeof big - 1);
	got = paged(&v, PAGER_ALL, big);
	for (const char *p = got; (p = strstr(p, "\r\n")) != NULL; p += 2)
		n++;
	CHECK(n == sizeof big - 1);
}

static void
test_list(void)
{
	struct view v = {.cols = 60, .rows = 24};
	struct message m;

	history_init(&h);
	for (unsigned n = 1; n <= 30; n++) {
		m = message(n, 0);
		m.text = (const uint8_t *)(n == 7 ? "found me" : "not this");
		m.len = 8;
		history_add(&h, &m);
	}
	CHECK(pager_list(&pager, &h, "") == 30 - LIST_MAX);
	CHECK(pager_list(&pager, &h, "nowhere") == 0 && pager.list_len == 0);
	CHECK(pager_list(&pager, &h, "FOUND") == 0 && pager.list_len == 1);
	paint_init(&paint);
	pager_step(&pager, &v, &paint, &h);
	paint.buf[paint.len] = '\0';
	CHECK(strcmp(paint.buf, "   7 00:07 peer    \u2502 found me\r\n") == 0);
	CHECK(pager.kind == PAGER_NONE);
}

int
main(void)
{
	test_ring();
	test_find();
	test_pager();
	test_list();
	return check_end();
}
