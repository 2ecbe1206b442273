/*
 * Options that may not be combined, and those that mean nothing alone.
 */
#include <stdio.h>

#include "cli.h"
#include "secchat/err.h"
#include "secchat/ipc_msgs.h"
#include "secchat/util.h"

enum {
	F_KEY = 1,
	F_PASSPHRASE = 2,
	F_PASSPHRASE_FD = 4,
	F_CODE_FD = 8,
	F_KEEP = 16,
	F_JSON = 32,
	F_PLAIN = 64,
	F_QUIET = 128,
	F_VERBOSE = 256,
	F_ID = 512,        /* --id, with or without --pair */
	F_ID_ALONE = 1024, /* without */
	F_PAIR = 2048,
	F_ACCEPT_NEW = 4096,
	F_NAME = 8192,
	F_PRICES = 16384,
	F_NO_PRICES = 32768,
	F_SAMPLE = 65536,
	F_URL = 131072,
	F_FERNET = 1 << 18,
	F_GCM = 1 << 19,
	F_LEGACY = 1 << 20, /* either */
	F_PQ = 1 << 21,
	F_WAIT = 1 << 22,
	F_REKEY = 1 << 23
};

static unsigned
given(const struct options *o)
{
	return (o->key_path != NULL ? F_KEY : 0u) |
	       (o->passphrase ? F_PASSPHRASE : 0u) |
	       (o->passphrase_fd >= 0 ? F_PASSPHRASE_FD : 0u) |
	       (o->code_fd >= 0 ? F_CODE_FD : 0u) | (o->keep ? F_KEEP : 0u) |
	       (o->json ? F_JSON : 0u) | (o->plain ? F_PLAIN : 0u) |
	       (o->quiet ? F_QUIET : 0u) | (o->verbose ? F_VERBOSE : 0u) |
	       (o->id ? F_ID : 0u) | (o->id && !o->pair ? F_ID_ALONE : 0u) |
	       (o->pair ? F_PAIR : 0u) | (o->accept_new ? F_ACCEPT_NEW : 0u) |
	       (o->name != NULL ? F_NAME : 0u) | (o->prices ? F_PRICES : 0u) |
	       (o->no_prices ? F_NO_PRICES : 0u) |
	       (o->prices_sample ? F_SAMPLE : 0u) |
	       (o->prices_host[0] != '\0' ? F_URL : 0u) |
	       (o->legacy == MODE_FERNET ? F_FERNET : 0u) |
	       (o->legacy == MODE_GCM ? F_GCM : 0u) |
	       (o->legacy != 0 ? F_LEGACY : 0u) | (o->pq ? F_PQ : 0u) |
	       (o->wait ? F_WAIT : 0u) | (o->rekey_msgs != 0 ? F_REKEY : 0u);
}

/* clang-format off */
#define ONE_SECRET "A chat is protected by one secret."
#define ONE_PROOF "A key file and identities are two ways to know each other."
#define NO_SECRET "Known keys need no secret. For the first time there is --pair."
#define OLDER "The older programs have nothing like it."
#define LONG_WAIT "Somebody who waits long gives strangers many guesses."

static const struct {
	unsigned both;
	const char *what, *why;
} conflicts[] = {
{ F_KEY | F_PASSPHRASE,      "--key and --passphrase exclude each other",
  ONE_SECRET },
{ F_KEY | F_PASSPHRASE_FD,   "--key and --passphrase-fd exclude each other",
  ONE_SECRET },
{ F_KEY | F_CODE_FD,         "--key and --code-fd exclude each other",
  ONE_SECRET },
{ F_PASSPHRASE | F_CODE_FD,  "--passphrase and --code-fd exclude each other",
  ONE_SECRET },
{ F_PASSPHRASE_FD | F_CODE_FD,
  "--passphrase-fd and --code-fd exclude each other",
  ONE_SECRET },
{ F_PASSPHRASE | F_PASSPHRASE_FD,
  "--passphrase and --passphrase-fd exclude each other",
  "One asks at the terminal, the other reads a descriptor." },
{ F_KEEP | F_PASSPHRASE,     "--keep and --passphrase exclude each other",
  LONG_WAIT },
{ F_KEEP | F_PASSPHRASE_FD,  "--keep and --passphrase-fd exclude each other",
  LONG_WAIT },
{ F_KEY | F_PAIR,            "--key and --pair exclude each other",
  ONE_PROOF },
{ F_KEY | F_ID,              "--key and --id exclude each other",
  ONE_PROOF },
{ F_ID_ALONE | F_PASSPHRASE, "--id and --passphrase exclude each other",
  NO_SECRET },
{ F_ID_ALONE | F_PASSPHRASE_FD,
  "--id and --passphrase-fd exclude each other",
  NO_SECRET },
{ F_ID_ALONE | F_CODE_FD,    "--id and --code-fd exclude each other",
  NO_SECRET },
{ F_PAIR | F_ACCEPT_NEW,     "--pair and --accept-new exclude each other",
  "With --pair a new key is taken anyway, behind a code." },
{ F_JSON | F_PLAIN,          "--json and --plain exclude each other",
  "They are two forms of the same output." },
{ F_PRICES | F_NO_PRICES,    "--prices and --no-prices exclude each other", "" },
{ F_LEGACY | F_ID,           "--legacy and identities exclude each other",
  OLDER },
{ F_LEGACY | F_PQ,           "--legacy and --pq exclude each other", OLDER },
{ F_LEGACY | F_CODE_FD,      "--legacy and --code-fd exclude each other",
  OLDER },
{ F_LEGACY | F_REKEY,        "--legacy and --rekey-every exclude each other",
  "Fernet has no new keys; gcm makes them every 20 messages." },
{ F_LEGACY | F_WAIT,         "--legacy and --wait exclude each other",
  "An older program that is busy looks like one that is connected." },
{ F_LEGACY | F_KEEP,         "--legacy and --keep exclude each other",
  "An older format is for one chat at a time, asked for each time." },
{ F_FERNET | F_PASSPHRASE,
  "--legacy fernet and --passphrase exclude each other",
  "That format takes a key file." },
{ F_FERNET | F_PASSPHRASE_FD,
  "--legacy fernet and --passphrase-fd exclude each other",
  "That format takes a key file." },
{ F_GCM | F_KEY,             "--legacy gcm and --key exclude each other",
  "That format takes a passphrase." },
{ F_QUIET | F_VERBOSE,       "-q and -v exclude each other", "" },
};

static const struct {
	unsigned one, needs;
	const char *what, *why, *next;
} alone[] = {
{ F_ACCEPT_NEW, F_ID, "--accept-new needs --id",
  "Without identities there is no key that could be new.", "Add --id." },
{ F_FERNET,     F_KEY, "--legacy fernet needs --key",
  "That format takes a key file that both sides have.",
  "Add: --key secret.key" },
{ F_SAMPLE,     F_URL, "--prices-sample needs --prices-url",
  "The providers do not make their prices up.",
  "Name the server that does: --prices-url https://localhost:8443" },
{ F_NAME,       F_ID, "--name needs --id or --pair",
  "Only people with identities are remembered by a name.",
  "Add --id, or --pair when you meet for the first time." },
};
/* clang-format on */

static int
complain(
    struct complaint *c, const char *what, const char *why, const char *next)
{
	snprintf(c->what, sizeof c->what, "%s", what);
	snprintf(c->why, sizeof c->why, "%s", why);
	snprintf(c->next, sizeof c->next, "%s", next);
	return -ERR_USAGE;
}

int
options_conflict(const struct options *o, struct complaint *c)
{
	unsigned have = given(o);

	for (size_t i = 0; i < ARRAY_LEN(conflicts); i++)
		if ((have & conflicts[i].both) == conflicts[i].both)
			return complain(c, conflicts[i].what, conflicts[i].why,
			    "Leave one of them out.");
	return 0;
}

int
options_check(const struct options *o, struct complaint *c)
{
	unsigned have = given(o);

	if (options_conflict(o, c) < 0)
		return -ERR_USAGE;
	for (size_t i = 0; i < ARRAY_LEN(alone); i++)
		if ((have & alone[i].one) && !(have & alone[i].needs))
			return complain(
			    c, alone[i].what, alone[i].why, alone[i].next);
	return 0;
}
