/*
 * secchat-identity: secchat keygen and secchat fingerprint.  It runs alone
 * in the user's terminal; descriptors 0, 1 and 2 are the user's own.
 */
#include "../src/identity/identity.h"
#include "secchat/err.h"
#include "secchat/util.h"

int
main(int argc, char **argv)
{
	static struct identity id;
	struct jail_report report;

	log_init("secchat");
	jail_early();
	identity_open_world();
	if (identity_parse(&id, argc, argv) < 0)
		return EXIT_USAGE;
	if (noise_library_init() < 0)
		fatal("libsodium cannot be initialised");
	jail_enter(&policy_identity, &id.reach, 1, &report);
	return id.run(&id);
}
