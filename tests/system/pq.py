"""Suite 2: with --pq both ends do a post-quantum key exchange, or stop.

Debian's libsodium has no X-Wing yet, so all of this is a second build, with a
newer one; tests/system/no_pq.py is about the first.

# seconds: 300
"""
import os
import socket
import subprocess
import time

import secchat_test
import sodium_next
from secchat_test import (ROOT, Terminal, check, check_equal, connect, host,
                          join, main, make_key, pair, read_to_end, wait_gone,
                          wait_until)

import secchat1 as sc

PK, CT = 1216, 1120
KEY = 2
UNITS = ("suite2", "handshake", "refusals", "engine")
WORKERS = {"crypto", "net", "script"}


def with_newer():
    """From here on `secchat` is the build with the newer libsodium."""
    if not with_newer.done:
        with_newer.lock = sodium_next.lock()
        version = sodium_next.prepare()
        started = time.monotonic()
        bin_dir = sodium_next.build(*("unit/" + u for u in UNITS),
                                    "fuzz/hello")
        print(f"libsodium {version}, built in "
              f"{time.monotonic() - started:.1f} s")
        with_newer.done = os.path.join(bin_dir, "secchat")
    secchat_test.SECCHAT = with_newer.done


with_newer.done = None


def unit_tests():
    """The known answers, and what else has to hold with both suites."""
    with_newer()
    for name in UNITS:
        done = subprocess.run(
            [os.path.join(ROOT, sodium_next.OBJ, "unit", name)], text=True,
            capture_output=True, check=False, stdin=subprocess.DEVNULL)
        check_equal(done.returncode, 0, f"{name}: {done.stdout[-2000:]}")
        for line in done.stdout.splitlines():
            if line.startswith("skipped: ") or name == "suite2":
                print(line)
    done = subprocess.run(
        [os.path.join(ROOT, sodium_next.OBJ, "fuzz/hello"),
         os.path.join(ROOT, "tests/fuzz/corpus/hello")],
        capture_output=True, text=True, check=False)
    check_equal(done.returncode, 0, done.stdout + done.stderr)


def confined(s):
    """The newer library's needs are those of the older one."""
    wait_until(lambda: set(s.workers()) == WORKERS, s.role + "'s workers")
    for p in s.everyone():
        check_equal(p.status()["Seccomp"], "2", f"{s.role}: {p.name}")


def talk(h, j, mode):
    """A chat of some length with new keys in between, to its end."""
    for s in (h, j):
        e = s.has("connected")[0]
        check_equal((e["mode"], e["suite"], e["epoch"]), (mode, 2, 0),
                    "connected")
        confined(s)
    for i in range(60):
        h.send(f"host {i}", f"h{i}")
        j.send("x" * (i * 37 % 3000) + "ü", f"j{i}")
    j.do("rekey")
    for s in (h, j):
        s.wait_count("message", 60)
        s.wait_count("delivered", 60)
        s.wait("rekey")
        check_equal([e["id"] for e in s.has("message")],
                    list(range(1, 61)), "ids")
    everyone = h.everyone() + j.everyone()
    j.do("quit")
    for s in (j, h):
        check_equal(s.wait_exit(), 0, s.role)
        check_equal(s.stderr(), "", s.role + "'s stderr")
    wait_gone(everyone)


def with_code(*options):
    h = host("--pq", *options)
    code = h.has("listening")[0]["code"]
    j = join(h, "--pq", *options, secret=code)
    for s in (h, j):
        s.wait("connected")
    return h, j


def chats():
    """Every mode, through confined processes."""
    with_newer()
    talk(*pair(["--pq", "--key", make_key()]), "key")
    talk(*with_code(), "pass")
    talk(*pair(["--pq"], secret="correct horse", flag="--passphrase-fd"),
         "pass")


def wrong_secrets():
    """The other suite changes nothing about who is let in."""
    with_newer()
    h = host("--pq", "--key", make_key())
    j = join(h, "--pq", "--key", make_key())
    check_equal(j.wait_exit(), 5, j.stderr())
    h.wait("attempt")
    h = host("--pq")
    j = join(h, "--pq", secret="lusab-babad")
    check_equal(j.wait_exit(), 5, j.stderr())
    h.wait("attempt")
    j = join(h, "--pq", secret=h.has("listening")[0]["code"])
    j.wait("connected")


def unequal_suites():
    """One end with --pq and one without: refused in words that name it, and
    the host waits on for somebody else."""
    with_newer()
    key = make_key()
    for ours, theirs in ((["--pq"], []), ([], ["--pq"])):
        h = host(*ours, "--key", key)
        for _ in range(5):
            j = join(h, *theirs, "--key", key)
            check_equal(j.wait_exit(), 4, "joiner")
            e = j.has("error")[0]
            check("unverified" in e["msg"], e)
            check("--pq" in e["next"], e)
        check_equal((h.count["connected"], h.count["attempt"]), (0, 0),
                    "what the host saw")
        j = join(h, *ours, "--key", key)
        for s in (h, j):
            check_equal(s.wait("connected")["suite"], 2 if ours else 1,
                        "suite")


def hello(suite, key):
    return sc.hello(KEY, suite, bytes(32)) + key


def on_the_wire():
    """The longer HELLOs, whole and in pieces; a refusal needs 44 bytes."""
    with_newer()
    h = host("--pq", "--key", make_key())
    fine = bytes(PK - 32) + b"\x09" + bytes(31)
    for pieces in ((1260,), (44, 1216), (1, 43, 1, 1214, 1)):
        with connect(h.addr) as sock:
            data = hello(2, fine)
            for n in pieces:
                sock.sendall(data[:n])
                data = data[n:]
            got = sock.recv(44 + CT, socket.MSG_WAITALL)
            check_equal(len(got), 44 + CT, "HELLO_H")
            check_equal(got[:12], sc.hello(KEY, 2, b""), "HELLO_H")
    with connect(h.addr) as sock:       # coefficients that are too large
        sock.sendall(hello(2, b"\xff" * (PK - 32) + fine[-32:]))
        check_equal(read_to_end(sock), b"", "answer to a bad key")
    for suite in (1, 3):
        with connect(h.addr) as sock:
            sock.sendall(hello(suite, b""))
            check_equal(read_to_end(sock), b"SECCHAT\0\2\1\0\0", "REFUSE")
    check_equal(h.count["attempt"], 0, "attempts")


def what_the_terminal_says():
    """The waiting screen has --pq in the other person's command; a chat says
    what suite 2 is and what it is not."""
    with_newer()
    key = make_key()
    t = Terminal([with_newer.done, "host", "--accept-intro", "1", "--pq",
                  "--key", key, "127.0.0.1:0"], cols=120,
                 env={"TERM": "xterm", "LANG": "C.UTF-8"})
    port = t.expect(r"Waiting on port (\d+)\..*secchat join --pq --key")[1]
    j = join(f"127.0.0.1:{port}", "--pq", "--key", key)
    t.expect(r"post-quantum hybrid \(X25519 with ML-KEM-768\)")
    t.expect(r"authentication and later rekeys are\s+classical")
    j.wait("connected")
    j.do("quit")
    check_equal(t.wait_exit(), 0, "host")


main(unit_tests, chats, wrong_secrets, unequal_suites, on_the_wire,
     what_the_terminal_says)
