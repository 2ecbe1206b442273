/*
 * The session of `secchat audit --prove` in an older program's format.  Its
 * keys are the key file's own bytes and nothing else, so that no algorithm is
 * needed to know them, and the other person can be a suite of ours.
 */
#include <poll.h>
#include <string.h>
#include <unistd.h>

#include "proof.h"
#include "secchat/err.h"
#include "secchat/util.h"

/* The value of a character of base64url; one that is none has no bits. */
static uint32_t
six_bits(char c)
{
	static const char set[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				  "abcdefghijklmnopqrstuvwxyz0123456789-_";
	const char *at = c != '\0' ? strchr(set, c) : NULL;

	return at != NULL ? (uint32_t)(at - set) : 0;
}

/* docs/legacy.md, "fernet": 16 bytes to sign, 16 to encrypt. */
void
older_needles(struct needles *l, const char key[KEYFILE_TEXT + 1])
{
	uint8_t raw[KEYFILE_TEXT / 4 * 3];

	for (size_t i = 0; i < KEYFILE_TEXT; i += 4) {
		uint32_t v = 0;

		for (size_t j = 0; j < 4; j++)
			v = v << 6 | six_bits(key[i + j]);
		for (size_t j = 0; j < 3; j++)
			raw[i / 4 * 3 + j] = (uint8_t)(v >> (16 - 8 * j));
	}
	needle_add(l, "fernet-sign", raw, 16, A_KEY);
	needle_add(l, "fernet-encrypt", raw + 16, 16, A_KEY);
	wipe(raw, sizeof raw);
}

static int
start_joiner(const struct audit *a, struct suite *s, const char *dir,
    const char *key, unsigned port)
{
	char addr[32];
	const char *argv[] = {"secchat", "join", "--legacy", "fernet", "--key",
	    key, "--accept-intro", "1", "--no-input", "--json", addr, NULL};
	const struct suite_start how = {
	    .program = a->secchat, .argv = argv, .folder = dir, .pass = -1};

	snprintf(addr, sizeof addr, "127.0.0.1:%u", port);
	return suite_start(s, &how);
}

/* The text is on the host's screen. */
static int
wait_screen(struct suite *host, const char *text, uint64_t until)
{
	char buf[8192];
	size_t len = 0, keep = strlen(text) - 1;

	while (clock_now_ms() < until) {
		struct pollfd p = {.fd = host->out, .events = POLLIN};
		ssize_t n;

		audit_leave_if_asked();
		(void)poll(&p, 1, 100);
		n = read(host->out, buf + len, sizeof buf - len);
		if (n <= 0)
			continue;
		len += (size_t)n;
		if (memmem(buf, len, text, strlen(text)) != NULL)
			return 0;
		if (len > keep) {
			memmove(buf, buf + len - keep, keep);
			len = keep;
		}
	}
	return -ERR_TIMEOUT;
}

/* It has nothing more to do: what it shows next it was told. */
static int
wait_idle(struct suite *host, pid_t pid, uint64_t until)
{
	char status[AU_PROC_TEXT], state[32];

	while (clock_now_ms() < until) {
		audit_leave_if_asked();
		suite_drain(host);
		if (proc_read(pid, "status", status, sizeof status) < 0)
			return -ERR_SYS;
		status_field(status, "State", state, sizeof state);
		if (state[0] == 'S')
			return 0;
		(void)poll(NULL, 0, 2);
	}
	return -ERR_TIMEOUT;
}

int
older_talk(const struct audit *a, const struct older *o)
{
	uint64_t until = clock_now_ms() + AU_START;
	char line[256];
	int err = start_joiner(a, o->joiner, o->dir, o->key, o->port);

	if (err == 0)
		err = suite_event(o->joiner, "connected", until);
	snprintf(
	    line, sizeof line, "{\"do\":\"send\",\"text\":\"%s\"}\n", o->text);
	if (err == 0)
		err = fd_write_all(o->joiner->in, line, strlen(line));
	if (err == 0)
		err = wait_screen(o->host, o->text, until);
	if (err == 0)
		err = wait_idle(o->host,
		    proc_child_named(o->host->pid, CRYPTO_LEGACY), until);
	return err;
}
