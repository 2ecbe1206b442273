"""A dropped connection between two real suites: nothing is lost, nothing
comes twice, and what is said about it is true.

Between the two stands a relay whose cable can be cut, and that can refuse
calls for a while.  The faults in all their variety are in tests/faults.

# seconds: 120
# users: root nobody
"""
import os
import socket
import subprocess

from relay import Relay
from secchat_test import (check, check_equal, host, join, main, make_key,
                          scratch, skip_part, wait_gone, wait_until)


def code_of(h):
    return h.has("listening")[0]["code"]


def texts(s):
    return [e["text"] for e in s.has("message")]


def both(mode):
    """A chat through a relay: host, joiner, relay."""
    args = ["--key", make_key()] if mode == "key" else []
    h = host(*args)
    r = Relay(h.addr)
    j = join(r.addr, *args, secret=code_of(h) if mode == "code" else None)
    h.wait("connected")
    j.wait("connected")
    return h, j, r


def resumes():
    for mode in ("key", "code"):
        h, j, r = both(mode)
        for n in range(3):
            h.send(f"host {n} before")
            j.send(f"join {n} before")
            r.cut()
            for s in (h, j):
                s.wait("link", state="lost")
                s.send(f"{s.role} {n} while lost")
            j.do("retry")
            for s in (h, j):
                s.wait("link", state="resumed")
        for s, other in ((h, "join"), (j, "host")):
            wait_until(lambda s=s: len(texts(s)) == 6, "all texts")
            check_equal(texts(s), [f"{other} {n} {when}" for n in range(3)
                                   for when in ("before", "while lost")],
                        s.role)
            wait_until(lambda s=s: len(s.has("delivered")) == 6, "receipts")
        everyone = [*h.everyone(), *j.everyone()]
        j.do("quit")
        check_equal((j.wait_exit(), h.wait_exit()), (0, 0), "exit codes")
        wait_gone(everyone)
        r.end()


def calls_until_it_answers():
    """The network is away for a while; the joiner goes on by itself."""
    h, j, r = both("key")
    r.target = None
    r.cut()
    j.wait("link", state="lost")
    before = r.calls
    wait_until(lambda: r.calls >= before + 2, "two calls in vain", 30)
    r.target = h.addr
    j.do("retry")
    j.wait("link", state="resumed")
    check(len(j.has("link", state="retry")) >= 2, "tries are told")
    h.wait("link", state="resumed")
    h.send("still here")
    j.wait("message", text="still here")
    h.do("quit")
    check_equal((h.wait_exit(), j.wait_exit()), (0, 0), "exit codes")
    r.end()


def another_address():
    """The joiner comes back from other addresses."""
    h, j, r = both("code")
    for n in range(2, 5):
        r.source = f"127.0.0.{n}"
        r.cut()
        for s in (h, j):
            s.wait("link", state="lost")
        h.send(f"to {n}")
        j.do("retry")
        j.wait("message", text=f"to {n}")
        h.wait("link", state="resumed")
        check(not h.has("attempt"), "a RESUME is no guess")
    j.do("quit")
    check_equal((j.wait_exit(), h.wait_exit()), (0, 0), "exit codes")
    r.end()


def another_address_of_the_host():
    """The host's name leads elsewhere when it is looked up again."""
    if os.geteuid() != 0:
        skip_part("only root may put another /etc/hosts there")
        return
    if subprocess.run(["unshare", "--mount", "true"], check=False,
                      stderr=subprocess.DEVNULL).returncode != 0:
        skip_part("no mount namespace to put another /etc/hosts into")
        return
    key, name = make_key(), "pal.example"
    h = host("--key", key)
    first = Relay(h.addr, "127.0.0.1")
    second = Relay(h.addr, "127.0.0.2", first.port)
    hosts = os.path.join(scratch(), "hosts")

    def leads_to(address):
        with open(hosts, "w", encoding="ascii") as f:
            f.write(f"{address} {name}\n")

    leads_to("127.0.0.1")
    j = join(f"{name}:{first.port}", "--key", key, within=[
        "unshare", "--mount", "sh", "-c",
        'mount --bind "$0" /etc/hosts && exec "$@"', hosts])
    j.wait("connected")
    j.send("before")
    h.wait("message", text="before")
    leads_to("127.0.0.2")
    first.end()
    j.wait("link", state="lost")
    j.send("after")
    j.do("retry")
    h.wait("message", text="after")
    check(second.calls > 0, "the new address was called")
    j.do("quit")
    check_equal((j.wait_exit(), h.wait_exit()), (0, 0), "exit codes")
    second.end()


def started_anew():
    """The joiner's program dies; another one with the same secret gets in,
    and the host says what was not delivered."""
    h, j, r = both("code")
    h.send("first")
    j.wait("message", text="first")
    h.wait("delivered")
    j.proc.kill()
    j.wait_exit()
    h.wait("link", state="lost")
    h.send("for nobody")
    again = join(r.addr, secret=code_of(h))
    again.wait("connected")
    h.wait("undelivered")
    h.wait("connected")
    h.send("second")
    again.wait("message", text="second")
    check_equal(texts(again), ["second"], "the new one was sent")
    again.do("quit")
    check_equal(again.wait_exit(), 0, "joiner")
    check_equal(h.wait_exit(), 6, "host")
    r.end()


def leaves_while_lost():
    h, j, r = both("key")
    r.target = None     # before: it calls again within a second
    r.cut()
    j.wait("link", state="lost")
    j.wait("link", state="retry")
    j.send("never delivered")
    j.do("status")
    j.wait("status", link="retry", undelivered=1)
    j.do("quit")
    check_equal(j.wait_exit(), 6, "joiner")
    h.loses_the_link()
    r.end()


def waits_for_the_host():
    """join --wait: calls until somebody is there, and not for ever."""
    key = make_key()
    with socket.create_server(("127.0.0.1", 0)) as s:
        free = "127.0.0.1:%d" % s.getsockname()[1]
    j = join(free, "--key", key, "--wait")
    j.wait("link", state="retry")
    h = host("--key", key, addr=free)
    j.do("retry")
    j.wait("connected")
    j.do("quit")
    check_equal((j.wait_exit(), h.wait_exit()), (0, 0), "exit codes")
    j = join(free, "--key", key, "--wait=1s")
    check_equal(j.wait_exit(), 4, "gives up")
    check("refused" in j.stderr(), j.stderr())


def gives_up_while_it_calls():
    """The time of join --wait ends also while somebody who was called says
    nothing: a proxy that takes the call, and no more."""
    key = make_key()
    with socket.socket() as proxy:
        proxy.bind(("127.0.0.1", 0))
        port = proxy.getsockname()[1]
        j = join("192.0.2.1:5000", "--key", key, "--wait=3s", "--proxy",
                 f"socks5://127.0.0.1:{port}")
        j.wait("link", state="retry")
        proxy.listen()
        check_equal(j.wait_exit(), 4, "gives up")
        check("time of --wait" in j.stderr() or "refused" in j.stderr(),
              j.stderr())


main(resumes, calls_until_it_answers, another_address,
     another_address_of_the_host, started_anew, leaves_while_lost,
     waits_for_the_host, gives_up_while_it_calls)
