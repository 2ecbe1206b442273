/*
 * secchat-crypto: holds every secret of a chat, and nothing else.  It can
 * open no file, make no socket and receive no descriptor; it reads its secret
 * from the one descriptor it was started with.
 *
 *   3  the supervisor        4  the front end (text)
 *   5  net (ciphertext)      6  the secret: key file, terminal or -fd
 */
#include "../src/crypto/worker.h"
#include "secchat/noise.h"
#include "secchat/sandbox.h"
#include "secchat/util.h"

int
main(void)
{
	struct jail_report report;

	log_init("secchat-crypto");
	jail_early();
	if (noise_library_init() < 0)
		fatal("libsodium does not start");
	crypto_worker_prepare();
	jail_enter(&policy_crypto, NULL, 0, &report);
	return crypto_worker_run(&report);
}
