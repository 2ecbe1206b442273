/*
 * A dial that was asked and says nothing: given up when its time is over, and
 * not before; what it has said by then counts; time in which nobody could do
 * anything does not.  Its end is the end of a chat only where no other call
 * follows.
 */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "../../src/super/internal.h"
#include "check.h"
#include "secchat/util.h"

static struct super s;
static struct options o;
static int theirs;

#define DIAL (&s.w[PROC_DIAL])

/* Somebody who does nothing, in dial's place. */
static pid_t
a_process(void)
{
	pid_t pid = fork();

	if (pid < 0)
		abort();
	if (pid == 0)
		for (;;)
			(void)poll(NULL, 0, -1);
	return pid;
}

/* A supervisor that has asked, and waits until `by`. */
static void
begin(uint8_t role, uint64_t by)
{
	int pair[2];

	memset(&s, 0, sizeof s);
	memset(&o, 0, sizeof o);
	o.role = role;
	run_init(&s, &o);
	fatal_hook(NULL);
	s.dial_error = role == PEER_HOST ? ERR_LISTEN : ERR_CONNECT;
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK | SOCK_CLOEXEC,
		0, pair) < 0)
		abort();
	theirs = pair[1];
	ipc_init(&DIAL->link, pair[0], LINK_SUPER_DIAL, ROLE_SUPER, DIAL->queue,
	    sizeof DIAL->queue);
	DIAL->state = WS_ASKED;
	DIAL->gone_by = DIAL->go_on_by = CLOCK_NEVER;
	DIAL->answer_by = by;
	DIAL->pid = a_process();
}

/* It is ended if nobody did it yet, and collected. */
static void
end(void)
{
	if (DIAL->pid > 0)
		(void)kill(DIAL->pid, SIGKILL);
	while (DIAL->pid != 0) {
		(void)poll(NULL, 0, 1);
		worker_reap(&s);
	}
	close(theirs);
}

static void
answer(void)
{
	static const uint8_t record[IPC_HEAD + 8] = {
	    0, 0, 0, sizeof record, 0, IPC_DIAL_FAILED, 0, 0, 0, ERR_LOOKUP};

	CHECK(write(theirs, record, sizeof record) == sizeof record);
}

static int
why_is(const char *want)
{
	char why[160];

	call_why(&s, why, sizeof why);
	return strcmp(why, want) == 0;
}

static void
test_not_yet(void)
{
	begin(PEER_JOINER, clock_now_ms() + 3600000);
	(void)pump(&s, 0, -1);
	CHECK(DIAL->state == WS_ASKED && !DIAL->killed && !s.v.over);
	end();
}

static void
test_too_late(void)
{
	begin(PEER_JOINER, clock_now_ms());
	(void)pump(&s, 0, -1);
	CHECK(DIAL->state == WS_SERVING && DIAL->killed);
	CHECK(DIAL->link.fd < 0); /* an answer now would be nobody's */
	CHECK(s.dial_error == ERR_TIMEOUT && !s.dial_ok && !s.v.over);
	CHECK(why_is("secchat-dial did not answer within 60 seconds"));
	end();
	CHECK(!s.v.over && !s.v.worker_died);
	call_verdict(&s);
	CHECK(s.v.exit == EXIT_NETWORK);

	begin(PEER_HOST, clock_now_ms());
	(void)pump(&s, 0, -1);
	CHECK(s.dial_error == ERR_LISTEN && !s.v.over);
	end();
	call_verdict(&s);
	CHECK(s.v.exit == EXIT_NETWORK);
}

/* What lay in the socket when its time was over. */
static void
test_just_in_time(void)
{
	begin(PEER_JOINER, clock_now_ms());
	snprintf(s.dial_why, sizeof s.dial_why, "it says nothing");
	answer();
	(void)pump(&s, 0, -1);
	CHECK(DIAL->state == WS_SERVING && !DIAL->killed);
	CHECK(s.dial_error == ERR_LOOKUP && s.dial_why[0] == '\0');
	CHECK(why_is(err_text(ERR_LOOKUP)));
	end();
}

static void
test_nobody_could(void)
{
	begin(PEER_JOINER, clock_now_ms());
	stopped_on_sigcont(); /* we were stopped ourselves */
	stopped_look(&s, clock_now_ms());
	CHECK(DIAL->answer_by > clock_now_ms() + DIAL_ANSWER / 2);
	DIAL->answer_by = clock_now_ms();
	stopped_by_signal(&s, PROC_DIAL, SIGSTOP);
	(void)pump(&s, 0, -1);
	CHECK(DIAL->state == WS_ASKED && !DIAL->killed);
	stopped_goes_on(&s, PROC_DIAL);
	CHECK(DIAL->answer_by > clock_now_ms() + DIAL_ANSWER / 2);
	end();
}

/* Killed before it has answered. */
static void
dies(int calls_again, int waits)
{
	begin(PEER_JOINER, CLOCK_NEVER);
	s.redial.wanted = (uint8_t)calls_again;
	o.wait = (uint8_t)waits;
	end();
	CHECK(why_is("secchat-dial was killed by signal 9 (KILL)"));
	CHECK(!s.v.over == (calls_again || waits));
}

static void
test_dies(void)
{
	dies(0, 0);
	CHECK(s.v.worker_died == 2 && s.v.exit == EXIT_INTERNAL);
	CHECK(strstr(s.v.what, "secchat-dial was killed by signal 9"));
	dies(1, 0);
	dies(0, 1);

	/* A host calls nobody. */
	begin(PEER_HOST, CLOCK_NEVER);
	o.wait = 1;
	end();
	CHECK(s.v.worker_died == 2);

	/* Who has answered is not needed any more. */
	begin(PEER_JOINER, CLOCK_NEVER);
	answer();
	end();
	CHECK(!s.v.over && s.dial_error == ERR_LOOKUP);
}

int
main(void)
{
	test_not_yet();
	test_too_late();
	test_just_in_time();
	test_nobody_could();
	test_dies();
	return check_end();
}
