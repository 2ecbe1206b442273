/*
 * secchat-canary: the other person of `secchat audit --prove`.  It knows
 * secrets that were made for the purpose, tells the audit all keys that come
 * of them, and runs in the sandbox of secchat-crypto.
 *
 *   3  the audit     5  the connection     6  what to do
 */
#include "../src/canary/canary.h"
#include "secchat/noise.h"
#include "secchat/sandbox.h"
#include "secchat/util.h"

int
main(void)
{
	struct jail_report report;

	log_init("secchat-canary");
	jail_early();
	if (noise_library_init() < 0)
		fatal("libsodium does not start");
	jail_enter(&policy_crypto, NULL, 0, &report);
	return canary_run();
}
