/*
 * The one list that turns an error into words, advice and an exit code.
 */
#include "secchat/err.h"
#include "secchat/util.h"

struct err_row {
	const char *name;
	int exit;
	const char *text;
	const char *next;
};

#define E(code, ex, text, next) [code] = {#code, ex, text, next}

/* clang-format off */
static const struct err_row rows[ERR_MAX] = {
E(ERR_NONE,            EXIT_OK,       "nothing went wrong", ""),
E(ERR_INTERNAL,        EXIT_INTERNAL, "something happened that should not",
  "Please report it with the line above."),
E(ERR_USAGE,           EXIT_USAGE,    "the command line was not understood",
  "Try: secchat help"),
E(ERR_CONFIG,          EXIT_CONFIG,   "the configuration is not usable", ""),
E(ERR_EOF,             EXIT_NETWORK,  "the other end closed", ""),
E(ERR_AGAIN,           EXIT_INTERNAL, "not ready yet", ""),
E(ERR_TOO_LONG,        EXIT_USAGE,    "too long", ""),
E(ERR_FORMAT,          EXIT_NETWORK,  "malformed input", ""),
E(ERR_SYS,             EXIT_INTERNAL, "the system refused", ""),

E(ERR_KEYFILE_FORMAT,  EXIT_CONFIG,
  "the key file does not hold a key (44 base64url characters)",
  "Copy it again, or make a new one: secchat keygen NAME"),
E(ERR_KEYFILE_MODE,    EXIT_CONFIG,   "other users can read the key file",
  "Type: chmod 600 FILE. If somebody may have read it, make a new key."),
E(ERR_KEYFILE_OWNER,   EXIT_CONFIG,
  "the key file belongs to another user, who can read it",
  "Make a key of your own with: secchat keygen"),
E(ERR_KEYFILE_TYPE,    EXIT_CONFIG,   "the key file is not a regular file",
  "Name the file itself, not a link, folder or device."),
E(ERR_KEYFILE_OPEN,    EXIT_CONFIG,   "the key file cannot be opened",
  "Look at its folder and its permissions: ls -l FILE"),
E(ERR_KEYFILE_MISSING, EXIT_CONFIG,   "there is no such key file",
  "Make one with: secchat keygen FILE, and give the other person a copy."),
E(ERR_KEYFILE_EXISTS,  EXIT_CONFIG,   "the file is there already",
  "Choose another name; a key is never overwritten."),
E(ERR_SECRET_EMPTY,    EXIT_AUTH,     "nothing was typed",
  "Type the code or passphrase that you both know."),
E(ERR_SECRET_UTF8,     EXIT_AUTH,     "the passphrase is not valid UTF-8",
  "Use a terminal with a UTF-8 locale, or a passphrase of plain letters."),
E(ERR_SECRET_CONTROL,  EXIT_AUTH,
  "the passphrase has a control character in it",
  "Leave out tabs and other control characters."),
E(ERR_SECRET_LONG,     EXIT_AUTH,     "the secret is longer than 1024 bytes",
  "Use a shorter one."),
E(ERR_CODE_LETTER,     EXIT_AUTH,
  "this code has a letter or digit in a place where no code has it",
  "A code looks like lusab-babad, with a vowel second and fourth in each "
  "group, and never has c, e, q, w, x or y. Read it again from the other "
  "person's screen."),
E(ERR_CODE_SHORT,      EXIT_AUTH,
  "this code is too short: it has two groups of five letters",
  "It looks like lusab-babad. Read it again from the other person's screen."),
E(ERR_CODE_LONG,       EXIT_AUTH,
  "this code is too long: it has two groups of five letters",
  "It looks like lusab-babad. Read it again from the other person's screen."),

E(ERR_MEMORY,          EXIT_CONFIG,
  "there is too little memory to stretch a code or passphrase in",
  "It takes 64 MiB. End other programs, or raise the limit, as in: "
  "ulimit -v unlimited"),

E(ERR_LOOKUP,          EXIT_NETWORK,  "the name could not be looked up",
  "Check the spelling, or use the address in numbers."),
E(ERR_LOOKUP_BLOCKED,  EXIT_NETWORK,
  "name lookup was blocked by the sandbox",
  "Use the address in numbers."),
E(ERR_CONNECT,         EXIT_NETWORK,  "the connection could not be made",
  "The other side may not be running \"secchat host\", or a firewall is in "
  "the way."),
E(ERR_LISTEN,          EXIT_NETWORK,  "cannot wait on this address",
  "Choose another port, e.g. secchat host 5001."),
E(ERR_TIMEOUT,         EXIT_NETWORK,  "no answer in time",
  "The other side may be gone, or a firewall is in the way."),
E(ERR_PROXY,           EXIT_NETWORK,  "the proxy did not make the connection",
  "Check --proxy, and that the proxy runs and speaks SOCKS5."),
E(ERR_CONN_LOST,       EXIT_NETWORK,  "the connection was lost",
  "Start again when the network is back."),
E(ERR_CLOSED_EARLY,    EXIT_NETWORK,
  "the other side hung up without an answer",
  "It may be full or no secchat at all; check the address, then try again."),
E(ERR_NOT_SECCHAT,     EXIT_NETWORK,
  "what answers there is not a secchat host",
  "Check the address and the port."),
E(ERR_REFUSED_VERSION, EXIT_NETWORK,
  "the host says (unverified) that it speaks another version",
  "Use the same version of secchat on both sides."),
E(ERR_REFUSED_MODE,    EXIT_NETWORK,
  "the host says (unverified) that it was started in another mode",
  "Use the same of --key, --passphrase, --id, --pair or a code on both "
  "sides, and --pq on both or on neither."),
E(ERR_REFUSED_BUSY,    EXIT_NETWORK,
  "the host says (unverified) that it is busy with another chat",
  "Try again later."),
E(ERR_REFUSED_RESUME,  EXIT_NETWORK,
  "the host says (unverified) that it does not know this chat",
  "Start a new one."),
E(ERR_REFUSED_RATE,    EXIT_NETWORK,
  "the host says (unverified) that too many attempts failed from here",
  "Wait half a minute and try again."),

E(ERR_AUTH,            EXIT_AUTH,
  "authentication failed: another secret over there, or an attack",
  "Compare the secret with the other person and try again."),
E(ERR_AUTH_LIMIT,      EXIT_AUTH,
  "too many attempts failed; nobody is let in any more",
  "Start again with a new secret."),
E(ERR_IDENTITY_FORMAT, EXIT_CONFIG,
  "the identity file does not hold a key (44 base64url characters)",
  "Restore it, or make a new identity with: secchat id new"),
E(ERR_IDENTITY_MODE,   EXIT_CONFIG,   "other users can read the identity",
  "Type: chmod 600 FILE. If somebody may have read it: secchat id new"),
E(ERR_IDENTITY_OWNER,  EXIT_CONFIG,   "the identity belongs to another user",
  "Look whose it is: ls -l FILE"),
E(ERR_IDENTITY_TYPE,   EXIT_CONFIG,   "the identity is not a regular file",
  "Look at it: ls -l FILE"),
E(ERR_IDENTITY_OPEN,   EXIT_CONFIG,   "the identity cannot be opened",
  "Look at its folder and its permissions: ls -l FILE"),
E(ERR_IDENTITY_MISSING, EXIT_CONFIG,  "this computer has no identity yet",
  "It is made when it is first used, or with: secchat id new"),
E(ERR_PEER_UNKNOWN,    EXIT_AUTH,
  "this person's key is not remembered here",
  "Meet first with --pair on both sides, or take it as it comes with "
  "--accept-new."),
E(ERR_PEER_CHANGED,    EXIT_AUTH,
  "the key is not the one that is remembered for this person",
  "Ask them, by a way you trust, whether they have a new identity. Only then: "
  "secchat peers forget NAME, and meet again with --pair."),
E(ERR_PEER_SELF,       EXIT_AUTH,     "your own key came back from over there",
  "This is this computer, a copied identity, or somebody who reflects what "
  "you say."),
E(ERR_NOT_KNOWN_THERE, EXIT_AUTH,
  "the host hung up on this computer's identity",
  "It may not know you yet. Meet first with --pair on both sides."),
E(ERR_VERIFY_THERE,    EXIT_AUTH,
  "the other side ended the chat: the digits typed there were wrong",
  "Somebody may be in the middle. Start again and compare once more."),
E(ERR_VERIFY,          EXIT_AUTH,     "the digits were wrong three times",
  "Somebody may be in the middle. Start again and compare once more."),
E(ERR_VIOLATION,       EXIT_AUTH,
  "the other side broke the protocol inside a verified frame",
  "Its program is broken or changed; do not go on with it."),

E(ERR_UNDELIVERED,     EXIT_UNDELIVERED,
  "the chat ended with undelivered messages",
  "Send them again in another chat."),
E(ERR_INTRO,           EXIT_INTRO,    "the introduction was not accepted",
  "Nothing was sent."),
E(ERR_NO_PQ,           EXIT_USAGE,
  "--pq needs a newer libsodium, 1.0.22 or later",
  "Leave out --pq on both sides, or build secchat with such a libsodium."),
E(ERR_WORKER,          EXIT_INTERNAL, "a worker process died", ""),
E(ERR_LEGACY_LATIN1,   EXIT_AUTH,
  "the passphrase has a character that the older program cannot take",
  "It knows letters up to U+00FF alone: agree on a passphrase of those."),
E(ERR_LEGACY_NO_SALT,  EXIT_NETWORK,
  "the older program over there did not begin the chat",
  "It may be talking to somebody else, or be another program. Ask, and try "
  "again."),
E(ERR_LEGACY_LENGTH,   EXIT_NETWORK,
  "a message came that is longer than 64 KiB, or none of this format",
  "Ask the other person to send shorter ones, and call again."),
E(ERR_LEGACY_SHORT,    EXIT_NETWORK,  "an empty or broken message came", ""),
E(ERR_LEGACY_UNREADABLE, EXIT_AUTH,
  "a message came that cannot be read with this key", ""),
E(ERR_LEGACY_UTF8,     EXIT_NETWORK,  "a message came that is not UTF-8", ""),
E(ERR_LEGACY_KEY,      EXIT_AUTH,
  "nothing of what they send can be read: they probably have another secret",
  "Compare the key's fingerprint, or the passphrase; the older program makes "
  "a new secret.key when it finds none."),
E(ERR_LEGACY_REKEY,    EXIT_NETWORK,
  "new keys came that are not of the right length; the old ones stay", ""),
E(ERR_LEGACY_CROSSED,  EXIT_NETWORK,
  "the other side has changed keys; what you sent just before may be "
  "unreadable there", "Ask, and send it again."),
E(ERR_LEGACY_ABSENT,   EXIT_USAGE,    "this older format has nothing like it",
  ""),
E(ERR_INTERRUPTED,     EXIT_INTERRUPT, "interrupted", ""),
};
/* clang-format on */

static const struct err_row *
row(int err)
{
	static const struct err_row unknown = {
	    "ERR_?", EXIT_INTERNAL, "an unknown error", ""};

	if (err < 0)
		err = -err;
	return err < ERR_MAX && rows[err].name != NULL ? &rows[err] : &unknown;
}

const char *
err_text(int err)
{
	return row(err)->text;
}

const char *
err_next(int err)
{
	return row(err)->next;
}

int
err_exit(int err)
{
	return row(err)->exit;
}

const char *
err_name(int err)
{
	return row(err)->name;
}
