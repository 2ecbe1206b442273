/*
 * secchat-script: the front end for programs.  Descriptors: 0 and 1 are the
 * user's own, 2 goes to the supervisor, FD_SUPER and FD_UI_CRYPTO are its
 * links (include/secchat/fds.h).
 */
#include <jansson.h>

#include "../src/script/script.h"
#include "secchat/sandbox.h"
#include "secchat/util.h"

int
main(void)
{
	static struct script script;
	struct jail_report report;

	log_init("secchat-script");
	jail_early();
	/* jansson opens /dev/urandom for its hash seed: now or never. */
	json_object_seed(0);
	script_open_world(&script);
	jail_enter(&policy_script, NULL, 0, &report);
	return script_run(&script, &report);
}
