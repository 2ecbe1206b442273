/*
 * secchat-audit: `secchat audit`.  It starts a session or looks at one, from
 * outside, and is not confined: it has to fork, to trace and to read /proc.
 * It never has a key of the user's.  argv[1] is the path of secchat.
 */
#include "../src/audit/audit.h"
#include "secchat/util.h"

int
main(int argc, char **argv)
{
	log_init("secchat-audit");
	jail_early();
	return audit_main(argc, argv);
}
