/*
 * Tables that more than one program needs.  What a program needs alone stands
 * in that program's own file.
 */
#include <sys/random.h>

#include "rows.h"

/* clang-format off */
const struct policy_row sandbox_link[] = {
	ALLOW_IF(read,   "messages of the supervisor", IS(0, FD_SUPER)),
	ALLOW_IF(writev, "messages to the supervisor", IS(0, FD_SUPER)),
	ALLOW(poll,  "the loop waits"),
	ALLOW(ppoll, "the loop waits; machines without poll"),
	ALLOW(clock_gettime, "time, where the vDSO has to ask the kernel"),
};
const size_t sandbox_link_len = ARRAY_LEN(sandbox_link);

const struct policy_row sandbox_front[] = {
	ALLOW_IF(read,   "what the user types or sends in", IS(0, 0)),
	ALLOW_IF(write,  "what the user sees", IS(0, 1)),
	ALLOW_IF(read,   "messages of crypto", IS(0, FD_UI_CRYPTO)),
	ALLOW_IF(writev, "messages to crypto", IS(0, FD_UI_CRYPTO)),
};
const size_t sandbox_front_len = ARRAY_LEN(sandbox_front);

const struct policy_row sandbox_random[] = {
	ALLOW_IF(getrandom, "keys and nonces",
	    ONLY(2, GRND_NONBLOCK | GRND_RANDOM)),
};
const size_t sandbox_random_len = ARRAY_LEN(sandbox_random);

const struct policy_row sandbox_crypto[] = {
	ALLOW_IF(read,   "messages of the front end", IS(0, FD_CRYPTO_UI)),
	ALLOW_IF(writev, "messages to the front end", IS(0, FD_CRYPTO_UI)),
	ALLOW_IF(read,   "messages of net",           IS(0, FD_CRYPTO_NET)),
	ALLOW_IF(writev, "messages to net",           IS(0, FD_CRYPTO_NET)),
	ALLOW_IF(read,   "the key file or the typed line", IS(0, FD_SECRET)),
	ALLOW_IF(close,  "the secret has been read",  IS(0, FD_SECRET)),
	ALLOW_IF(close,  "the end of a link",         IS(0, FD_SUPER)),
	ALLOW_IF(close,  "the end of a link",         IS(0, FD_CRYPTO_UI)),
	ALLOW_IF(close,  "the end of a link",         IS(0, FD_CRYPTO_NET)),
};
const size_t sandbox_crypto_len = ARRAY_LEN(sandbox_crypto);
/* clang-format on */
