/*
 * secchat-crypto-legacy: takes secchat-crypto's place to talk with the two
 * older programs (docs/legacy.md).  It holds the secret and decrypted text,
 * and can open no file, make no socket and receive no descriptor.
 *
 *   3  the supervisor        4  the front end (text)
 *   5  net (ciphertext)      6  the secret: key file, terminal or -fd
 *   8  secchat-file, which these formats have no use for: closed at once
 */
#include <unistd.h>

#include "../src/legacy/worker.h"
#include "secchat/fds.h"
#include "secchat/sandbox.h"
#include "secchat/util.h"

int
main(void)
{
	struct jail_report report;

	log_init("secchat-crypto-legacy");
	jail_early();
	(void)close(FD_CRYPTO_FILE);
	legacy_worker_prepare();
	jail_enter(&policy_crypto_legacy, NULL, 0, &report);
	return legacy_worker_run(&report);
}
