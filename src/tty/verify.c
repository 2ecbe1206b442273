/*
 * Comparing six and six digits while both people hear each other, and what is
 * known about the other person's key.  Which digits are right only crypto
 * knows; this file shows what it says.
 */
#include <stdio.h>
#include <string.h>

#include "secchat/name.h"
#include "secchat/util.h"
#include "tty.h"

void
tty_verify_stop(struct tty *t)
{
	t->verifying = 0;
	memcpy(t->prompt, t->trusted_prompt, sizeof t->prompt);
	t->dirty = 1;
}

void
tty_verify_start(struct tty *t, const char *arg)
{
	(void)arg;
	if (t->flags & UIF_NO_VERIFY) {
		tty_say(t, "this older format has nothing to compare");
		return;
	}
	if (t->lost.is) {
		tty_hint(t, "  the digits belong to a connection, and there "
			    "is none; /verify again when it is back");
		return;
	}
	t->verify_asked = 1;
	t->digits_len = 0;
}

/* The six digits of a line, blanks and hyphens left out; 0 when it has
 * anything else. */
static size_t
only_digits(uint8_t out[SAS_HALF], const uint8_t *text, size_t len)
{
	size_t n = 0;

	for (size_t i = 0; i < len; i++) {
		if (text[i] == ' ' || text[i] == '-')
			continue;
		if (text[i] < '0' || text[i] > '9' || n == SAS_HALF)
			return 0;
		out[n++] = text[i];
	}
	return n == SAS_HALF ? n : 0;
}

void
tty_verify_line(struct tty *t, const uint8_t *text, size_t len)
{
	if (len == 0) {
		tty_verify_stop(t);
		tty_hint(t, "  not compared; /verify starts again");
		return;
	}
	t->digits_len = only_digits(t->digits, text, len);
	if (t->digits_len == 0)
		tty_hint(t, "  these are not six digits; Enter alone stops");
	else
		t->verify_asked = 1;
}

void
tty_on_verify(void *ctx, struct reader *r, int fd)
{
	struct tty *t = ctx;
	uint8_t state = get_u8(r), left = get_u8(r);
	const uint8_t *read = get_bytes(r, SAS_HALF);
	char line[160];

	(void)fd;
	if (read == NULL)
		return;
	switch (state) {
	case VERIFY_ASK:
		snprintf(line, sizeof line,
		    "read these six digits to them: "
		    "%.3s\u00a0%.3s, and type the six that they read",
		    (const char *)read, (const char *)read + 3);
		tty_say(t, line);
		if (!t->verifying)
			memcpy(t->trusted_prompt, t->prompt,
			    sizeof t->trusted_prompt);
		t->verifying = 1;
		snprintf(t->prompt, sizeof t->prompt, "their six digits> ");
		break;
	case VERIFY_OK:
		t->verified = 1;
		tty_verify_stop(t);
		tty_set_prompt(t);
		tty_say(t, "verified: nobody is in between");
		break;
	case VERIFY_OWN:
		tty_say(t, "these are the digits that you read; type theirs");
		break;
	case VERIFY_WRONG:
		snprintf(line, sizeof line,
		    "these digits are wrong; %u %s "
		    "left, then the chat ends",
		    left, left == 1 ? "try" : "tries");
		tty_say(t, line);
		break;
	default:
		fatal("VERIFY in state %u", state);
	}
}

void
tty_on_peer(void *ctx, struct reader *r, int fd)
{
	struct tty *t = ctx;
	uint8_t known = get_u8(r), verified = get_u8(r);
	char name[NAME_MAX_LOCAL + 1], claimed[NICK_MAX + 1];
	char line[SENTENCE_MAX];

	(void)fd;
	get_copy(r, t->print, FINGERPRINT_MAX);
	get_copy(r, t->safety, SAFETY_DIGITS);
	get_str8(r, name, sizeof name);
	get_str8(r, claimed, sizeof claimed); /* CONNECTED says it again */
	/* The supervisor may have been quicker with a new person's name. */
	if (name[0] != '\0')
		tty_called(t, name);
	t->known = known != 0;
	t->verified = verified != 0;
	if (t->state == TTY_CHAT)
		tty_set_prompt(t);
	if (known)
		snprintf(line, sizeof line, "%s %s",
		    verified ? "verified, this is"
			     : "met before, not verified (/verify), this is",
		    t->who);
	else
		snprintf(line, sizeof line,
		    "somebody new: compare with "
		    "/verify while you hear or see them");
	tty_say(t, line);
}

static void
row(struct tty *t, const char *text)
{
	view_note(&t->view, &t->paint, "", text, strlen(text));
}

void
tty_show_keys(struct tty *t, const char *arg)
{
	char line[SAFETY_DIGITS * 2];
	size_t at = 0;

	(void)arg;
	if (t->safety[0] == '\0') {
		tty_say(t, "no identities in this chat; /verify compares "
			   "digits of it");
		return;
	}
	snprintf(line, sizeof line, "their key %s", t->print);
	row(t, line);
	at = (size_t)snprintf(line, sizeof line, "safety number");
	for (size_t i = 0; i < SAFETY_DIGITS; i += 5)
		at += (size_t)snprintf(
		    line + at, sizeof line - at, " %.5s", t->safety + i);
	row(t, line);
	row(t, "it is the same on both screens, whenever you two meet");
	t->dirty = 1;
}

/*
 * With identities the supervisor writes it down, and answers; without, it is
 * what this chat's rows say, and nothing else.
 */
void
tty_cmd_name(struct tty *t, const char *arg)
{
	size_t len = strlen(arg);

	if (!name_ok(arg)) {
		char line[SENTENCE_MAX];

		snprintf(line, sizeof line, "this cannot be a name: %s. %s",
		    name_wrong(arg), NAME_RULE);
		tty_say(t, line);
	} else if (t->mode != MODE_ID && t->mode != MODE_PAIR) {
		tty_called(t, arg);
		tty_hint(t,
		    "  they are called %s in this chat; only people met with "
		    "--pair or --id are remembered",
		    t->who);
	} else if (ipc_room(&t->super) < IPC_HEAD + NAME_MAX_LOCAL) {
		tty_hint(t, "  not now; try again");
	} else {
		ipc_send(&t->super, IPC_UI_NAME, arg, len);
	}
}
