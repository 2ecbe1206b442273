"""One side stops reading: nothing grows without bound, and the other side
still obeys.

# seconds: 120
"""
import time

from secchat_test import (check, check_equal, main, make_key, pair, pump,
                          wait_gone, wait_until)

TEXT = "b" * 1000
MANY = 10000            # more than pipe, rings and windows hold together
GROWTH_KB = 8192        # sum of everything that limits.h lets a worker keep


def resident(*suites):
    return {f"{s.role} {name}": p.rss_kb()
            for s in suites for name, p in s.workers().items()}


def stall(h, j):
    """The host sends until nothing moves any more."""
    j.paused = True
    for i in range(MANY):
        h.send(TEXT, f"r{i}")
    seen, since = -1, time.monotonic()
    while time.monotonic() - since < 1.0:
        pump(0.1)
        now = (len(h.has("delivered")), len(h.out))
        if now != seen:
            seen, since = now, time.monotonic()
    check(h.out, "all of it was taken: nothing is stalled")
    check(len(h.has("delivered")) < MANY, "all of it was delivered")


def grown(before, *suites):
    for name, kb in resident(*suites).items():
        up = kb - before[name]
        print(f"  {name}: {before[name]} KiB, {up:+} KiB")
        check(up <= GROWTH_KB, name, "grew by", up, "KiB")


def bounded_and_whole():
    """Memory stays bounded; when the reader goes on, nothing is missing."""
    h, j = pair(["--key", make_key()])
    before = resident(h, j)
    stall(h, j)
    grown(before, h, j)
    j.send("the other direction")       # is not stalled
    check_equal(h.wait("message")["text"], "the other direction", "text")
    j.paused = False
    wait_until(lambda: len(h.has("delivered")) == MANY, "the rest", 60)
    check_equal([e["id"] for e in j.has("message")],
                list(range(1, MANY + 1)), "ids")
    h.do("quit")
    check_equal((h.wait_exit(), j.wait_exit()), (0, 0), "exit codes")


def window_full(h, j):
    """The window full, and stdin still read: fewer than the read-ahead."""
    j.paused = True
    sent = 0
    while sent < MANY:
        for _ in range(50):
            h.send(TEXT, f"r{sent}")
            sent += 1
        wait_until(lambda: not h.out, "the host to take its input")
        before = len(h.has("delivered"))
        h.do("status")
        e = h.wait("status")
        if e["undelivered"] >= 300 and len(h.has("delivered")) == before:
            return sent
    check(False, "the window does not fill")


def quit_with_a_full_window():
    """status and quit are obeyed; the count is right; exit 6."""
    h, j = pair(["--key", make_key()])
    everyone = h.everyone()
    sent = window_full(h, j)
    h.do("status")
    e = h.wait("status")
    check_equal(e["link"], "up", "link")
    h.do("quit")
    started = time.monotonic()
    check_equal(h.wait_exit(30), 6, "host")
    print(f"  left after {time.monotonic() - started:.2f} s")
    delivered = len(h.has("delivered"))
    check_equal(h.events[-1]["undelivered"], sent - delivered, "undelivered")
    wait_gone(everyone)
    j.paused = False
    j.wait_exit()
    check(len(j.has("message")) >= delivered, "confirmed but not shown")


def stalled_side_quits():
    """Who does not read may still say quit."""
    h, j = pair(["--key", make_key()])
    stall(h, j)
    j.do("quit")
    pump(0.5)
    j.paused = False
    check(j.wait_exit(30) == 0, "joiner ended with", j.popen.returncode)
    check_equal(h.wait_exit(30), 6, "host")


def own_stdout_stalled():
    """The sender's own stdout is stalled: its texts still go out."""
    h, j = pair(["--key", make_key()])
    h.paused = True
    for i in range(200):
        h.send(f"line {i}")
    j.wait_count("message", 200)
    h.paused = False
    h.wait_count("delivered", 200)
    h.do("quit")
    check_equal((h.wait_exit(), j.wait_exit()), (0, 0), "exit codes")


main(bounded_and_whole, quit_with_a_full_window, stalled_side_quits,
     own_stdout_stalled)
