"""A chat with a one-time code, and with a passphrase; wrong ones; and that
the secret is seen nowhere.

# users: root nobody
# seconds: 120
"""
import os
import re

from secchat_test import (Suite, check, check_equal, host, join, main, make_key,
                          pair, pump, scratch, wait_until)

LINES = 500
CODE = re.compile(r"^[bdfghjklmnprstvz][aiou][bdfghjklmnprstvz][aiou]"
                  r"[bdfghjklmnprstvz]-[bdfghjklmnprstvz][aiou]"
                  r"[bdfghjklmnprstvz][aiou][bdfghjklmnprstvz]$")


def another_code(code):
    """Well formed, and not the same."""
    return ("babad" if code[:5] != "babad" else "lusab") + code[5:]


def talk(h, j):
    h.wait("connected", mode="pass")
    j.wait("connected", mode="pass")
    for i in range(LINES):
        h.send(f"from host {i}")
        j.send(f"from joiner {i}")
    for s in (h, j):
        s.wait_count("message", LINES)
        s.wait_count("delivered", LINES)
    check_equal([e["text"] for e in h.has("message")],
                [f"from joiner {i}" for i in range(LINES)], "to the host")
    check_equal([e["text"] for e in j.has("message")],
                [f"from host {i}" for i in range(LINES)], "to the joiner")


def leave(j, h):
    j.do("quit")
    check_equal(j.wait_exit(), 0, "joiner")
    check_equal(h.wait_exit(), 0, "host")


def with_code(h):
    return h.has("listening")[0]["code"]


def code():
    h = host()
    check(CODE.match(with_code(h)), "not a code:", with_code(h))
    j = join(h, secret=with_code(h))
    talk(h, j)
    leave(j, h)


def code_as_people_write_it():
    """Case, spaces and hyphens do not matter."""
    h = host()
    j = join(h, secret=" " + with_code(h).upper().replace("-", "  ") + " ")
    h.wait("connected")
    j.wait("connected")
    leave(j, h)


def not_a_code():
    """Refused before any packet."""
    h = host()
    for text in ("", "hello", "lusab", "lusab-babax", "lusab-babad-lusab"):
        j = join(h, secret=text)
        check_equal(j.wait_exit(), 5, repr(text))
    check_equal(h.has("attempt"), [], "attempts")


def wrong_code():
    """It is counted, the host goes on waiting, and the right one gets in."""
    log = os.path.join(scratch(), "host.log")
    h = host("--log", log)
    for n in (1, 2):
        j = join(h, secret=another_code(with_code(h)))
        check_equal(j.wait_exit(), 5, "joiner")
        check_equal(j.events[-1]["code"], 5, "the event")
        h.wait("attempt", failed=n)
        check_equal(h.has("connected"), [], "connected")
    j = join(h, secret=with_code(h))
    talk(h, j)
    leave(j, h)
    with open(log, encoding="utf-8") as f:
        check(with_code(h) not in f.read(), "the code is in the log")


def code_is_used_up():
    """One chat, then the host has gone: the code opens nothing more."""
    h = host()
    j = join(h, secret=with_code(h))
    h.wait("connected")
    leave(j, h)
    j = join(h, secret=with_code(h))
    check_equal(j.wait_exit(), 4, "a second joiner")


def passphrase():
    secret = "correct horse battery stäple"
    h = host(secret=secret, flag="--passphrase-fd")
    check("code" not in h.has("listening")[0], "a code beside a passphrase")
    j = join(h, secret="correct horse battery staple", flag="--passphrase-fd")
    check_equal(j.wait_exit(), 5, "the wrong one")
    h.wait("attempt", failed=1)
    j = join(h, secret=secret, flag="--passphrase-fd")
    talk(h, j)
    leave(h, j)


def bad_passphrases():
    for text in ("", "tab\there", "\x1b[A", "x" * 1025):
        s = Suite("join", "127.0.0.1:1", secret=text, flag="--passphrase-fd")
        check_equal(s.wait_exit(), 5, repr(text[:20]))
        check_equal(s.has("connected"), [], "connected")


def other_mode():
    """A key against a code: REFUSE 2, said as unverified, exit 4."""
    h = host()
    j = join(h, "--key", make_key())
    check_equal(j.wait_exit(), 4, "joiner")
    check("unverified" in j.stderr() + str(j.events[-2:]), j.stderr())
    j = join(h, secret=with_code(h))
    h.wait("connected")
    leave(j, h)


def everything_seen(suites):
    """What others on this computer may read of these processes."""
    for s in suites:
        for p in s.everyone():
            for name in ("cmdline", "environ", "comm", "status"):
                yield f"{p} {name}", p.read(name) or b""
        yield s.role + " stderr", s.err


def seen_nowhere():
    """Neither argv nor environment nor stderr nor log hold the secret."""
    folder = scratch()
    h = host("--log", folder + "/h.log", "-v")
    wanted = with_code(h)
    j = join(h, "--log", folder + "/j.log", "-v", secret=wanted)
    h.wait("connected")
    j.wait("connected")
    h.send("a text that no log has")
    j.wait("message")
    bare = wanted.replace("-", "")
    seen = dict(everything_seen([h, j]))
    leave(j, h)
    pump(0)
    for name in ("h.log", "j.log"):
        with open(os.path.join(folder, name), "rb") as f:
            seen[name] = f.read()
        check(len(seen[name]) > 0, name, "is empty")
    for where, data in seen.items():
        for needle in (wanted, bare, "a text that no log"):
            check(needle.encode() not in data, needle, "is in", where)
    check(any(b"secchat" in d for d in seen.values()), "nothing was read")


def key_file_seen_nowhere():
    path = make_key()
    with open(path, "rb") as f:
        key = f.read().strip()
    h, j = pair(["--key", path, "-v"])
    for where, data in everything_seen([h, j]):
        check(key not in data, "the key is in", where)
    leave(j, h)


def attempts_from_one_address():
    """After five failures in a row the sixth is turned away (REFUSE 5),
    without being counted as a guess."""
    h = host()
    wrong = another_code(with_code(h))
    for n in range(1, 6):
        join(h, secret=wrong).wait_exit()
        h.wait("attempt", failed=n)
    j = join(h, secret=wrong)
    check_equal(j.wait_exit(), 4, "the sixth")
    wait_until(lambda: len(h.has("attempt")) == 5, "five attempts")
    check_equal(h.has("connected"), [], "connected")


main(code, code_as_people_write_it, not_a_code, wrong_code, code_is_used_up,
     passphrase, bad_passphrases, other_mode, seen_nowhere,
     key_file_seen_nowhere, attempts_from_one_address)
