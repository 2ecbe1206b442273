/*
 * The file of remembered people: its form to the letter, names, and that it
 * is the old one or the new one whoever is killed when, with nobody's record
 * lost.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "check.h"
#include "secchat/err.h"
#include "secchat/people.h"
#include "secchat/util.h"

#define DAY 1795305600000 /* 2026-11-22 */
#define HEAD "secchat peers 1\n"
#define KEY_A "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define KEY_B "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

static struct people list, other;

/* ---- names ---- */

/* Whoever is called so is still called so when the list is read again. */
static void
check_is_kept(const char *name)
{
	static char text[PEER_FILE_MAX];
	static const uint8_t pk[32] = {1};
	const char *why;
	unsigned line;
	size_t len;

	list.n = 0;
	CHECK(people_add(&list, pk, name, "", DAY) == 0);
	len = people_format(text, &list);
	if (!CHECK(people_parse(&other, text, len, &line, &why) == 0 &&
		   strcmp(other.p[0].name, name) == 0))
		printf("  %s\n", name);
}

static void
test_names(void)
{
	static const char *const good[] = {"bob", "Bob Smith", "b", "50", "a.b",
	    "Jos\u00e9", "\u674e\u5c0f\u9f99", "a\u0301", "O'Brien",
	    "J. R. Smith Jr.", "anna_b", "Jean-Luc", "peer-0a1b", "youssef",
	    "Kim You", "knower", "\u0e19\u0e49\u0e33", "\u05d3\u05d5\u05d3",
	    "\u0910\u0936\u094d", "\ubbfc\uc900", "\u0418\u0432\u0430\u043d",
	    "verity", "x1", "their"};
	static const char *const bad[] = {"", " ", " bob", "bob ", "a/b", "-x",
	    ".", "..", "a\nb", "a\tb", "a\x7f", "a\\b", "a\"b", "\xff",
	    "a\xc2\x80",
	    "a\xe2\x80\xae"
	    "b",
	    "a\xe2\x80\x8b",
	    "a\xc2\xa0"
	    "b",
	    "\xcc\x81", "\xee\x80\x80", "a\x1b[2J", "a\u00adb",
	    "\u06cc\u200c\u062e", "e\u0301\u0301\u0301\u0301\u0301",
	    /* signs, and where they stand */
	    "you  \u2713\u2713", "bob \u2714", "a\u2502", "a|b", "a:b", "a,b",
	    "a  b", "a- b", "a - b", "a--b", "a..b", "a.-b", "bob-", "bob'",
	    ".bob", "_", "'", "50%", "~", "$(reboot)", "a\u00b7b", "\U0001f600",
	    "a\u3000b", "\u2500\u2500 verified",
	    /* other letters in another shape */
	    "\uff42ob", "\U0001d41bob", "b\u2092b", "b\ufb01", "\u2163",
	    /* words of ours */
	    "you", "You", "YOU", "you, delivered", "you two", "you.two",
	    "alice verified", "alice_Known", "al UNVERIFIED ice", "secchat",
	    "warning", "unkn0wn", "ver1fied", "k\u043f\u043ewn",
	    "\u0443\u043eu", "\u028f\u1d0f\u1d1c", "yo\u00fc", "yo\u0301u",
	    "y\u03bfu", "SHA256 abc", "\u0443\u043e\u03c5 x"};
	char name[NAME_MAX_LOCAL + 2], quoted[NAME_QUOTED];

	for (size_t i = 0; i < ARRAY_LEN(good); i++)
		if (!CHECK(name_ok(good[i])))
			printf("  %s\n", good[i]);
	for (size_t i = 0; i < ARRAY_LEN(good); i++)
		check_is_kept(good[i]);
	for (size_t i = 0; i < ARRAY_LEN(bad); i++)
		if (!CHECK(!name_ok(bad[i])))
			printf("  number %zu\n", i);
	memset(name, 'a', sizeof name);
	name[NAME_MAX_LOCAL] = '\0';
	CHECK(name_ok(name));
	name_quote(quoted, name);
	CHECK(strcmp(quoted, name) == 0);
	name[NAME_MAX_LOCAL] = 'a';
	name[NAME_MAX_LOCAL + 1] = '\0';
	CHECK(!name_ok(name));
	name_quote(quoted, "Bob Smith");
	CHECK(strcmp(quoted, "'Bob Smith'") == 0);
	name_quote(quoted, "O'Brien");
	CHECK(strcmp(quoted, "\"O'Brien\"") == 0);
}

static void
test_alike(void)
{
	static const char *const same[][2] = {{"bob", "bob"}, {"bob", "BOB"},
	    {"Jos\u00e9", "jose"}, {"Jose\u0301", "Jos\u00c9"},
	    {"b\u043eb", "bob"}, {"Bob Smith", "bob-smith"}, {"b0b", "bob"},
	    {"bill", "bi11"},
	    {"\u0418\u0432\u0430\u043d", "\u0438\u0432\u0430\u043d"}};
	static const char *const not [][2] = {{"bob", "bo"}, {"bob", "rob"},
	    {"Bob Smith", "BobSmith"}, {"\u674e", "\u9f99"}};

	for (size_t i = 0; i < ARRAY_LEN(same); i++)
		if (!CHECK(name_same(same[i][0], same[i][1])))
			printf("  %s\n", same[i][0]);
	for (size_t i = 0; i < ARRAY_LEN(not ); i++)
		if (!CHECK(!name_same(not [i][0], not [i][1])))
			printf("  %s\n", not [i][0]);
}

/* Quoted or one word; and safe where it can be no name. */
static void
test_in_row(void)
{
	static const char *const rows[][2] = {{"bob", "bob"},
	    {"Bob Smith", "\"Bob Smith\""}, {"O'Brien", "\"O'Brien\""},
	    {"you", "\"you\""}, {"a:b (c)", "\"a?b ?c?\""},
	    {"\u2500\u2500 verified \u2713", "\"?? verified ?\""},
	    {"a\"b", "\"a?b\""}, {"\xff", "\"?\""}, {"", "\"\""}};
	char row[NAME_IN_ROW], name[NAME_MAX_LOCAL + 1];

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		name_in_row(row, rows[i][0]);
		if (!CHECK(strcmp(row, rows[i][1]) == 0))
			printf("  %s\n", row);
	}
	memset(name, ':', sizeof name);
	name[NAME_MAX_LOCAL] = '\0';
	name_in_row(row, name);
	CHECK(strlen(row) == NAME_MAX_LOCAL + 2);
}

/* ---- the text ---- */

/* clang-format off */
static const struct {
	const char *text;
	unsigned line;		/* 0: it is right */
	const char *why;
} texts[] = {
{ HEAD, 0, "" },
{ HEAD KEY_A " verified 2026-11-22 192.0.2.10:5000 bob\n", 0, "" },
{ HEAD KEY_A " unverified 2026-01-31 - Bob Smith\n"
       KEY_B " verified 2026-12-01 - carol\n", 0, "" },
{ HEAD KEY_A " verified 2026-11-22 [2001:db8::1]:5000 a\n", 0, "" },
{ "", 1, "secchat peers 1" },
{ "secchat peers 1", 1, "secchat peers 1" },
{ "secchat peers 2\n", 1, "secchat peers 1" },
{ "\n" HEAD, 1, "secchat peers 1" },
{ HEAD "\n", 2, "key" },
{ HEAD "# a remark\n", 2, "key" },
{ HEAD KEY_A " verified 2026-11-22 - bob", 2, "cut off" },
{ HEAD KEY_A " verified 2026-11-22 - bob\n\n", 3, "key" },
{ HEAD KEY_A "a verified 2026-11-22 - bob\n", 2, "key" },
{ HEAD " " KEY_A " verified 2026-11-22 - bob\n", 2, "key" },
{ HEAD "Aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
       " verified 2026-11-22 - bob\n", 2, "lower case" },
{ HEAD "gaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
       " verified 2026-11-22 - bob\n", 2, "key" },
{ HEAD KEY_A " Verified 2026-11-22 - bob\n", 2, "state" },
{ HEAD KEY_A "  verified 2026-11-22 - bob\n", 2, "state" },
{ HEAD KEY_A " verifiedverifiedverified 2026-11-22 - bob\n", 2, "state" },
{ HEAD KEY_A " verified 2026-13-22 - bob\n", 2, "date" },
{ HEAD KEY_A " verified 2026-00-22 - bob\n", 2, "date" },
{ HEAD KEY_A " verified 2026-11-32 - bob\n", 2, "date" },
{ HEAD KEY_A " verified 26-11-22 - bob\n", 2, "date" },
{ HEAD KEY_A " verified 2026-11-221 - bob\n", 2, "date" },
{ HEAD KEY_A " verified 2026-11-22 -\n", 2, "address" },
{ HEAD KEY_A " verified 2026-11-22  bob\n", 2, "address" },
{ HEAD KEY_A " verified 2026-11-22 a\x07 bob\n", 2, "address" },
{ HEAD KEY_A " verified 2026-11-22 a\xff bob\n", 2, "address" },
{ HEAD KEY_A " verified 2026-11-22 - \n", 2, "name" },
{ HEAD KEY_A " verified 2026-11-22 -  bob\n", 2, "name" },
{ HEAD KEY_A " verified 2026-11-22 - bob\r\n", 2, "name" },
{ HEAD KEY_A " verified 2026-11-22 - a/b\n", 2, "name" },
{ HEAD KEY_A " verified 2026-11-22 - bob\n"
       KEY_A " verified 2026-11-22 - carol\n", 3, "key is there" },
{ HEAD KEY_A " verified 2026-11-22 - bob\n"
       KEY_B " verified 2026-11-22 - bob\n", 3, "name is there" },
{ HEAD KEY_A " verified 2026-11-22 a:1 bob\n"
       KEY_B " verified 2026-11-22 a:1 carol\n", 3, "address is there" },
};
/* clang-format on */

static void
test_texts(void)
{
	static char out[PEER_FILE_MAX];

	for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
		size_t len = strlen(texts[i].text), n;
		const char *why = "";
		unsigned line = 0;
		int err = people_parse(&list, texts[i].text, len, &line, &why);

		if (texts[i].line != 0) {
			if (!CHECK(err == -ERR_FORMAT) ||
			    !CHECK(line == texts[i].line) ||
			    !CHECK(strstr(why, texts[i].why) != NULL))
				printf(
				    "  text %zu: line %u, %s\n", i, line, why);
			continue;
		}
		CHECK(err == 0);
		n = people_format(out, &list);
		CHECK(n == len && memcmp(out, texts[i].text, n) == 0);
	}
}

/* Names of an older list: it opens, shows others, and loses nothing. */
static void
test_older_names(void)
{
	static const char text[] =
	    HEAD KEY_A " verified 2026-11-22 - bob: home\n" KEY_B
		       " unverified 2026-11-22 - peer-aaaa\n";
	static char out[PEER_FILE_MAX];
	const char *why;
	unsigned line;
	size_t n;

	CHECK(people_parse(&list, text, sizeof text - 1, &line, &why) == 0);
	CHECK(list.n == 2 && strcmp(list.p[0].name, "peer-aaaaa") == 0);
	CHECK(strcmp(list.p[0].was, "bob: home") == 0);
	CHECK(strcmp(list.p[1].name, "peer-aaaa") == 0);
	CHECK(list.p[1].was[0] == '\0');
	n = people_format(out, &list);
	CHECK(n == sizeof text - 1 && memcmp(out, text, n) == 0);
	people_call(&list, 0, "bob");
	n = people_format(out, &list);
	CHECK(people_parse(&other, out, n, &line, &why) == 0);
	CHECK(strcmp(other.p[0].name, "bob") == 0 && other.p[0].was[0] == '\0');
}

static void
test_zero_byte(void)
{
	static const char text[] = HEAD KEY_A " verified 2026-11-22 - bo\0b\n";
	const char *why;
	unsigned line;

	CHECK(people_parse(&list, text, sizeof text - 1, &line, &why) ==
	      -ERR_FORMAT);
	CHECK(line == 2 && strstr(why, "zero") != NULL);
}

static void
key_of(uint8_t pk[32], unsigned i)
{
	memset(pk, 7, 32);
	pk[0] = (uint8_t)(i >> 8);
	pk[1] = (uint8_t)i;
}

/* The largest list there can be, and one person more. */
static void
test_full(void)
{
	static char out[PEER_FILE_MAX + PEER_LINE_MAX];
	char addr[PEER_ADDR_MAX + 1], name[NAME_MAX_LOCAL + 1];
	const char *why;
	unsigned line;
	uint8_t pk[32];
	size_t n;

	list.n = 0;
	memset(addr, 'h', sizeof addr - 1);
	memset(name, 'n', sizeof name - 1);
	addr[sizeof addr - 1] = name[sizeof name - 1] = '\0';
	for (unsigned i = 0; i < PEERS_MAX; i++) {
		snprintf(addr, 4, "%03u", i);
		snprintf(name, 4, "%03u", i);
		addr[3] = name[3] = 'x';
		key_of(pk, i);
		CHECK(people_add(&list, pk, name, "", DAY) == (int)i);
		CHECK(people_reached(&list, i, addr) == 1);
	}
	key_of(pk, PEERS_MAX);
	CHECK(people_add(&list, pk, "more", "", DAY) == -ERR_TOO_LONG);
	n = people_format(out, &list);
	CHECK(n <= PEER_FILE_MAX);
	CHECK(n == strlen(HEAD) + PEERS_MAX * PEER_LINE_MAX);
	CHECK(people_parse(&other, out, n, &line, &why) == 0);
	CHECK(other.n == PEERS_MAX);
	CHECK(strcmp(other.p[255].name, list.p[255].name) == 0);
	memcpy(out + n, HEAD KEY_A, 80);
	n += (size_t)sprintf(out + n, KEY_A " verified 2026-11-22 - z\n");
	CHECK(people_parse(&other, out, n, &line, &why) == -ERR_FORMAT);
	CHECK(line == PEERS_MAX + 2);
}

/* ---- changing the list ---- */

static void
test_changes(void)
{
	uint8_t a[32], b[32], c[32], d[32];

	list.n = 0;
	key_of(a, 1);
	key_of(b, 2);
	key_of(c, 3);
	key_of(d, 3);
	d[31] = 9;
	CHECK(people_add(&list, a, "bob", "robert", DAY) == 0);
	CHECK(strcmp(list.p[0].name, "bob") == 0);
	CHECK(strcmp(list.p[0].since, "2026-11-22") == 0);
	CHECK(!list.p[0].verified && strcmp(list.p[0].addr, "-") == 0);
	CHECK(people_add(&list, b, "bob", "robert", DAY) == 1);
	CHECK(strcmp(list.p[1].name, "robert") == 0);
	CHECK(people_add(&list, c, "", "a\x1b[2J", DAY) == 2);
	CHECK(strcmp(list.p[2].name, "peer-0003") == 0);
	CHECK(people_add(&list, d, "", "bob", DAY) == 3);
	CHECK(strcmp(list.p[3].name, "peer-00030") == 0);
	CHECK(people_find_name(&list, "robert") == 1);
	CHECK(people_find_name(&list, "Robert") == -1);
	CHECK(people_find_like(&list, "R0BERT", -1) == 1);
	CHECK(people_find_like(&list, "R0BERT", 1) == -1);
	CHECK(people_find_like(&list, "rupert", -1) == -1);
	CHECK(people_find_key(&list, c) == 2);

	CHECK(people_find_addr(&list, "-") == -1);
	CHECK(people_reached(&list, 0, "h:1") == 1);
	CHECK(people_reached(&list, 0, "h:1") == 0);
	CHECK(people_find_addr(&list, "h:1") == 0);
	CHECK(people_reached(&list, 1, "h:1") == 1);
	CHECK(people_find_addr(&list, "h:1") == 1);
	CHECK(strcmp(list.p[0].addr, "-") == 0);
	CHECK(people_reached(&list, 0, "a b") == 0);
	CHECK(people_reached(&list, 0, "a\xff") == 0);

	key_of(a, 4);
	CHECK(people_add(&list, a, "", "BOB", DAY) == 4);
	CHECK(strcmp(list.p[4].name, "peer-0004") == 0);
	key_of(a, 5);
	CHECK(people_add(
		  &list, a, "alice verified", "you  \u2713\u2713", DAY) == 5);
	CHECK(strcmp(list.p[5].name, "peer-0005") == 0);
	people_remove(&list, 5);
	people_remove(&list, 4);

	people_remove(&list, 1);
	CHECK(list.n == 3 && people_find_name(&list, "robert") == -1);
	CHECK(people_find_key(&list, d) == 2);
	people_remove(&list, 2);
	people_remove(&list, 0);
	CHECK(list.n == 1 && people_find_key(&list, c) == 0);
}

/* ---- the folder ---- */

static char home[] = "/tmp/people.XXXXXX";

static void
put(const struct store *st, const char *name, const char *text, mode_t mode)
{
	int fd;

	(void)unlinkat(st->dir, name, 0);
	fd = openat(st->dir, name, O_WRONLY | O_CREAT | O_EXCL, 0600);
	CHECK(fd >= 0 && fchmod(fd, mode) == 0);
	CHECK(fd_write_all(fd, text, strlen(text)) == 0 && close(fd) == 0);
}

static void
test_folder(void)
{
	struct people_wrong w;
	struct store st;
	struct stat s = {.st_mode = 0};

	CHECK(store_open(&st, 0, &w) == 0 && st.dir == -1);
	CHECK(people_load(&st, &list, &w) == 0 && list.n == 0);
	CHECK(store_open(&st, 1, &w) == 0 && st.dir >= 0);
	CHECK(fstat(st.dir, &s) == 0 && (s.st_mode & 0777) == 0700);
	CHECK(people_load(&st, &list, &w) == 0 && list.n == 0);
	CHECK(fchmod(st.dir, 0770) == 0);
	store_close(&st);
	CHECK(store_open(&st, 1, &w) == -ERR_CONFIG && st.dir == -1);
	CHECK(strstr(w.next, "chmod 700") != NULL);
	CHECK(chmod(st.path, 0700) == 0);
}

static void
test_refusals(void)
{
	static char big[PEER_FILE_MAX + 2];
	char name[NAME_MAX_LOCAL + 1];
	struct people_wrong w;
	struct store st;

	CHECK(store_open(&st, 1, &w) == 0);
	put(&st, "peers", HEAD, 0644);
	CHECK(people_load(&st, &list, &w) == -ERR_CONFIG);
	CHECK(strstr(w.next, "chmod 600") != NULL);
	put(&st, "peers", HEAD "x\n", 0600);
	CHECK(people_load(&st, &list, &w) == -ERR_CONFIG);
	CHECK(strstr(w.what, "/peers, line 2: ") != NULL);
	put(&st, "peers", "", 0600);
	CHECK(people_load(&st, &list, &w) == -ERR_CONFIG);
	memset(big, 'x', sizeof big - 1);
	put(&st, "peers", big, 0600);
	CHECK(people_load(&st, &list, &w) == -ERR_CONFIG);
	CHECK(strstr(w.what, "too long") != NULL);
	CHECK(unlinkat(st.dir, "peers", 0) == 0);
	CHECK(symlinkat("name", st.dir, "peers") == 0);
	CHECK(people_load(&st, &list, &w) == -ERR_CONFIG);
	CHECK(strstr(w.what, "regular") != NULL);
	CHECK(unlinkat(st.dir, "peers", 0) == 0);

	CHECK(own_name_load(&st, name, &w) == 0 && name[0] == '\0');
	CHECK(own_name_save(&st, "alice", &w) == 0);
	CHECK(own_name_load(&st, name, &w) == 0);
	CHECK(strcmp(name, "alice") == 0);
	CHECK(own_name_save(&st, "", &w) == 0);
	CHECK(own_name_load(&st, name, &w) == 0 && name[0] == '\0');
	put(&st, "name", "a/b\n", 0600);
	CHECK(own_name_load(&st, name, &w) == -ERR_CONFIG);
	CHECK(name[0] == '\0');
	put(&st, "name", "a\nb\n", 0600);
	CHECK(own_name_load(&st, name, &w) == -ERR_CONFIG);
	CHECK(unlinkat(st.dir, "name", 0) == 0);

	setenv("XDG_DATA_HOME", "/proc/self/nothing", 1);
	CHECK(store_open(&st, 1, &w) == -ERR_CONFIG);
	unsetenv("XDG_DATA_HOME");
	unsetenv("HOME");
	CHECK(store_open(&st, 1, &w) == -ERR_CONFIG);
	CHECK(strstr(w.next, "HOME") != NULL);
	setenv("XDG_DATA_HOME", home, 1);
}

/* ---- writers that are killed, and two at once ---- */

static int
add_numbered(struct people *l, void *ctx)
{
	uint8_t pk[32];

	key_of(pk, *(unsigned *)ctx);
	return people_add(l, pk, "", "", DAY) < 0 ? -ERR_TOO_LONG : 1;
}

/* Add people from `first` on, each told by a byte once it is on disk. */
static void
keep_adding(unsigned first, unsigned last, int told)
{
	struct people_wrong w;
	struct store st;

	if (store_open(&st, 0, &w) < 0)
		_exit(1);
	for (unsigned i = first; i < last; i++) {
		unsigned tries = 30;

		/* Under valgrind the others may keep the folder for long. */
		while (people_update(&st, &list, add_numbered, &i, &w) < 0)
			if (strstr(w.what, "is writing to") == NULL ||
			    tries-- == 0)
				_exit(2);
		if (write(told, "", 1) != 1)
			_exit(3);
	}
	_exit(0);
}

static size_t
count_told(int fd)
{
	char buf[256];
	size_t sum = 0;
	ssize_t n;

	while ((n = read(fd, buf, sizeof buf)) > 0)
		sum += (size_t)n;
	return sum;
}

/* One writer, killed after so many microseconds: what it said it had written
 * is there, and at most one more. */
static void
kill_one(const struct store *st, unsigned round)
{
	struct timespec pause = {0, (long)(round * 7919 % 5000) * 1000};
	struct people_wrong w;
	size_t before, told;
	int p[2];
	pid_t pid;

	CHECK(people_load(st, &list, &w) == 0);
	before = list.n;
	CHECK(pipe(p) == 0);
	pid = fork();
	if (pid == 0)
		keep_adding((unsigned)before, PEERS_MAX, p[1]);
	close(p[1]);
	nanosleep(&pause, NULL);
	CHECK(pid > 0 && kill(pid, SIGKILL) == 0);
	CHECK(waitpid(pid, NULL, 0) == pid);
	told = count_told(p[0]);
	close(p[0]);
	if (!CHECK(people_load(st, &list, &w) == 0))
		printf("  %s\n", w.what);
	CHECK(list.n == before + told || list.n == before + told + 1);
	for (size_t i = 0; i < list.n; i++) {
		uint8_t pk[32];

		key_of(pk, (unsigned)i);
		CHECK(people_find_key(&list, pk) == (int)i);
	}
	if (list.n > PEERS_MAX - 64)
		CHECK(unlinkat(st->dir, "peers", 0) == 0);
}

static void
test_killed(void)
{
	struct people_wrong w;
	struct store st;

	CHECK(store_open(&st, 1, &w) == 0);
	for (unsigned round = 0; round < 300; round++)
		kill_one(&st, round);
	(void)unlinkat(st.dir, "peers", 0);
	(void)unlinkat(st.dir, "peers.new", 0);
	store_close(&st);
}

#define EACH 40u

static void
test_two_at_once(void)
{
	int null = open("/dev/null", O_WRONLY);
	struct people_wrong w;
	struct store st;
	pid_t pid[3];
	int status;

	CHECK(store_open(&st, 1, &w) == 0);
	for (unsigned i = 0; i < ARRAY_LEN(pid); i++) {
		pid[i] = fork();
		if (pid[i] == 0)
			keep_adding(i * EACH, (i + 1) * EACH, null);
	}
	for (unsigned i = 0; i < ARRAY_LEN(pid); i++)
		CHECK(waitpid(pid[i], &status, 0) == pid[i] && status == 0);
	CHECK(people_load(&st, &list, &w) == 0);
	CHECK(list.n == ARRAY_LEN(pid) * EACH);

	/* Somebody who never lets go. */
	{
		struct store again;
		unsigned i = 999;

		CHECK(store_open(&again, 0, &w) == 0);
		CHECK(store_lock(&again, &w) == 0);
		CHECK(people_update(&st, &list, add_numbered, &i, &w) ==
		      -ERR_CONFIG);
		CHECK(strstr(w.what, "another secchat") != NULL);
		store_unlock(&again);
		CHECK(people_update(&st, &list, add_numbered, &i, &w) == 0);
		store_close(&again);
	}
	CHECK(unlinkat(st.dir, "peers", 0) == 0);
	store_close(&st);
	close(null);
}

int
main(void)
{
	char path[64];

	if (!CHECK(mkdtemp(home) != NULL))
		return check_end();
	setenv("XDG_DATA_HOME", home, 1);
	test_names();
	test_alike();
	test_in_row();
	test_older_names();
	test_texts();
	test_zero_byte();
	test_full();
	test_changes();
	test_folder();
	test_refusals();
	test_killed();
	test_two_at_once();
	snprintf(path, sizeof path, "%s/secchat", home);
	CHECK(rmdir(path) == 0 && rmdir(home) == 0);
	return check_end();
}
