"""--pq where the library has no X-Wing: an error that says so, never a chat
in the other suite."""
import socket
import subprocess

import sodium_next
from secchat_test import (DEADLINE, SECCHAT, Suite, Terminal, check,
                          check_equal, main, make_key, skip)

VERSION = sodium_next.system_version()
WORDS = ("--pq", sodium_next.NEEDED, "built with libsodium " + VERSION)


def run(*args):
    return subprocess.run(
        [SECCHAT, *args, "--accept-intro", "1", "--no-input"],
        capture_output=True, text=True, check=False, timeout=DEADLINE,
        stdin=subprocess.DEVNULL)


def on_the_command_line():
    """Both versions are in the words; nobody is called or waited for."""
    key = make_key()
    with socket.create_server(("127.0.0.1", 0)) as there:
        addr = f"127.0.0.1:{there.getsockname()[1]}"
        for args in (["host", "--pq", "--key", key, "127.0.0.1:0"],
                     ["host", "--pq", "--keep", "--key", key, "127.0.0.1:0"],
                     ["join", "--pq", "--key", key, addr]):
            done = run(*args)
            check_equal(done.returncode, 2, f"{args}: {done.stderr}")
            check(all(w in done.stderr for w in WORDS), args, done.stderr)
            check_equal(done.stdout, "", "stdout")
        there.setblocking(False)
        try:
            there.accept()
            check(False, "somebody was called")
        except BlockingIOError:
            pass


def as_events():
    s = Suite("host", "--pq", "--key", make_key(), "127.0.0.1:0")
    check_equal(s.wait_exit(), 2, "host --json")
    check(all(w in s.has("error")[0]["msg"] for w in WORDS), s.events)
    check_equal((s.count["listening"], s.events[-1]["code"]), (0, 2), "events")


def on_a_terminal():
    """Before the introduction and before a secret is asked for."""
    t = Terminal([SECCHAT, "join", "--pq", "127.0.0.1:1"])
    check_equal(t.wait_exit(), 2, "join")
    said = " ".join(t.plain().split())
    check(all(w in said for w in WORDS), said)
    check("Enter" not in said and "Code" not in said, said)
    check(t.is_restored(), "the terminal's settings")


if sodium_next.is_new(VERSION):
    skip(f"--pq without X-Wing: this libsodium is {VERSION}")
main(on_the_command_line, as_events, on_a_terminal)
