/*
 * One audit from the command line to the exit code.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "audit.h"
#include "secchat/err.h"
#include "secchat/util.h"

static struct audit audit;
static pid_t main_process;

/* Where this program and the workers are. */
static int
find_folder(struct audit *a)
{
	ssize_t n = readlink("/proc/self/exe", a->dir, sizeof a->dir - 1);
	char *slash;

	if (n <= 0)
		return -ERR_SYS;
	a->dir[n] = '\0';
	slash = strrchr(a->dir, '/');
	if (slash == NULL)
		return -ERR_SYS;
	*slash = '\0';
	return 0;
}

static void
open_programs(struct audit *a)
{
	char path[AU_PATH];

	for (size_t i = 0; i < programs_len; i++) {
		program_path(a, &programs[i], path);
		a->sums[i].fd = open(path, O_RDONLY | O_CLOEXEC);
	}
	(void)sums_make(a, a->sums, programs_len, a->sodium);
}

static volatile sig_atomic_t asked;

static void
on_signal(int sig)
{
	asked = sig;
}

/* Without SA_RESTART: what waits has to look. */
static void
leave_on_signals(void)
{
	static const int signals[] = {SIGINT, SIGTERM, SIGHUP};
	struct sigaction sa = {.sa_handler = on_signal};

	main_process = getpid();
	(void)set_signals(signals, ARRAY_LEN(signals), &sa);
}

void
audit_leave_if_asked(void)
{
	if (asked == 0 || getpid() != main_process)
		return;
	self_end(&audit);
	canary_end();
	_exit(asked == SIGINT ? EXIT_INTERRUPT : EXIT_TERM);
}

static int
is_wanted(const struct audit *a, const struct check *c)
{
	return (c->when & a->when) != 0 &&
	       (a->o->only == NULL ||
		   strncmp(c->id, a->o->only, strlen(a->o->only)) == 0);
}

/* Whether any check that is wanted looks at this. */
static int
any_wants(const struct audit *a, unsigned of)
{
	for (size_t i = 0; i < checks_len; i++)
		if (is_wanted(a, &checks[i]) && (checks[i].when & of))
			return 1;
	return 0;
}

/* Of those that are wanted, the ones that wait for the self-test or not. */
static void
run_those(struct audit *a, unsigned of_acts)
{
	for (size_t i = 0; i < checks_len; i++) {
		audit_leave_if_asked();
		if (is_wanted(a, &checks[i]) &&
		    (checks[i].when & OF_ACTS) == of_acts)
			checks[i].run(a, &checks[i]);
	}
}

/* First what looks at living processes, of which dial leaves after a while;
 * then what waits for the self-test. */
static void
run_checks(struct audit *a)
{
	const struct check *start = check_find("session.start");

	/* A session that is not there is never passed over. */
	if ((a->problem[0] != '\0' || a->strangers[0] != '\0') &&
	    !is_wanted(a, start))
		start->run(a, start);
	run_those(a, 0);
	run_those(a, OF_ACTS);
}

/* code, or another one when what was printed did not go out. */
static int
printed(int code, const char *what)
{
	if (fflush(stdout) == 0 && !ferror(stdout))
		return code;
	audit_complain(
	    NULL, "%s could not be written: %s", what, strerror(errno));
	return EXIT_INTERNAL;
}

static int
conclude(const struct audit *a)
{
	int bad = report_count(a, V_FAIL) > 0 ||
		  (a->o->strict && report_count(a, V_WARN) > 0);

	return printed(bad ? EXIT_AUDIT : EXIT_OK, "the report");
}

/* What there is to look at.  0 or an exit code. */
static int
prepare(struct audit *a)
{
	if (any_wants(a, OF_FILES))
		open_programs(a);
	if (a->when == WHEN_LIVE) {
		int code = live_find(a);

		if (code != 0)
			return code;
	}
	/* The session first: the acts want all processors. */
	if (a->when == WHEN_SELF && any_wants(a, OF_SESSION))
		(void)self_start(a);
	if (any_wants(a, OF_ACTS))
		selftest_start(a);
	return 0;
}

int
audit_main(int argc, char **argv)
{
	static struct options o;
	struct audit *a = &audit;
	int code;

	if (argc < 2) {
		audit_complain(NULL, "this is started by \"secchat audit\"");
		return EXIT_USAGE;
	}
	snprintf(a->secchat, sizeof a->secchat, "%s", argv[1]);
	if (audit_options_parse(&o, argc - 2, argv + 2) < 0)
		return EXIT_USAGE;
	if (o.policy) {
		code = print_policy(&o);
		return printed(code, "the policy");
	}
	a->o = &o;
	a->root = geteuid() == 0;
	a->when = o.prove ? WHEN_PROVE : o.live ? WHEN_LIVE : WHEN_SELF;
	if (!any_wants(a, ~0u)) {
		audit_complain("Try it with or without --prove.",
		    "no check of this kind of audit has an id that begins "
		    "with \"%.40s\"",
		    o.only);
		return EXIT_USAGE;
	}
	if (find_folder(a) < 0) {
		audit_complain(
		    NULL, "/proc/self/exe cannot be read: %s", strerror(errno));
		return EXIT_INTERNAL;
	}
	leave_on_signals();
	(void)prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
	code = prepare(a);
	if (code != 0)
		return code;
	run_checks(a);
	selftest_wait(a);
	audit_leave_if_asked();
	self_end(a);
	if (o.json)
		print_json(a);
	else
		print_table(a);
	return conclude(a);
}
