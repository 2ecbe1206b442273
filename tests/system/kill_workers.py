"""What tests/system/kill_matrix leaves over: other deaths than those by KILL
and ABRT, with our own program at the other end; signals to the supervisor;
leaving with a worker that stands still.

# seconds: 120
"""
import signal

from secchat_test import (check, check_equal, host, main, make_key, pair,
                          wait_gone)

WORKERS = ("crypto", "net", "script")


def names_it(suite, worker, number):
    """The sentence: which worker, which signal."""
    said = suite.stderr() + " ".join(
        str(e.get("msg", "")) for e in suite.has("error"))
    check(f"secchat-{worker}" in said and str(number) in said,
          "not named:", worker, number, "in", said)


def killed_by_a_wild_pointer():
    other_signals((signal.SIGSEGV,))


def other_signals(numbers=(signal.SIGSYS, signal.SIGABRT)):
    """A worker that the sandbox or an assertion kills is named the same."""
    for number in numbers:
        h, j = pair(["--key", make_key()])
        everyone = h.everyone()
        h.workers()["crypto"].kill(number)
        check_equal(h.wait_exit(), 1, "host")
        names_it(h, "crypto", int(number))
        j.loses_the_link()
        wait_gone(everyone)


def signals_to_the_supervisor():
    """TERM and HUP end a chat in order: 143 here, 0 there."""
    for number in (signal.SIGTERM, signal.SIGHUP):
        h, j = pair(["--key", make_key()])
        everyone = h.everyone()
        h.proc.kill(number)
        check_equal(h.wait_exit(), 143, "host")
        check_equal(j.wait_exit(), 0, "joiner")
        wait_gone(everyone)
    h = host()
    everyone = h.everyone()
    h.proc.kill(signal.SIGINT)
    check_equal(h.wait_exit(), 130, "interrupted before a chat")
    wait_gone(everyone)


def stopped_worker():
    """A worker that hangs does not keep the suite from leaving."""
    for worker in WORKERS:
        h, j = pair(["--key", make_key()])
        everyone = h.everyone()
        h.workers()[worker].kill(signal.SIGSTOP)
        h.proc.kill(signal.SIGTERM)
        h.wait_exit(15)
        wait_gone(everyone)
        # a goodbye needs crypto and net
        if worker == "tty" or j.has("end") or j.has("left"):
            check_equal(j.wait_exit(30), 0, "joiner")
        else:
            j.loses_the_link()


main(killed_by_a_wild_pointer, other_signals, signals_to_the_supervisor,
     stopped_worker)
