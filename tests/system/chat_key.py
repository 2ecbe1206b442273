"""A chat with a shared key file, between two confined suites.

# users: root nobody
# seconds: 120
"""
import os
import stat
import subprocess

from secchat_test import (SAN, SECCHAT, check, check_equal, main, make_key,
                          pair, scratch, skip_part, wait_gone, wait_until)

LINES = 100000 if os.environ.get("SECCHAT_LONG") else 10000
WORKERS = {"crypto", "net", "script"}


def keygen():
    """44 characters and a line feed, 0600, and never written over."""
    path = make_key()
    with open(path, "rb") as f:
        text = f.read()
    check(len(text) in (44, 45) and len(text.strip()) == 44, "key", len(text))
    check_equal(stat.S_IMODE(os.stat(path).st_mode), 0o600, "mode")
    again = subprocess.run([SECCHAT, "keygen", path], capture_output=True,
                           check=False, stdin=subprocess.DEVNULL)
    check_equal(again.returncode, 3, "a second keygen")
    with open(path, "rb") as f:
        check_equal(f.read(), text, "the file after it")
    other = make_key(os.path.join(scratch(), "other.key"))
    with open(other, "rb") as f:
        check(f.read() != text, "two keys are the same")


def locked_down(suite):
    """What /proc says of each process, the supervisor among them."""
    if SAN:
        skip_part("sandbox: these programs are not confined")
        return
    wait_until(lambda: set(suite.workers()) == WORKERS,
               suite.role + " with its workers and nobody else")
    for p in suite.everyone():
        st = p.status()
        what = f"{suite.role}: {p.name}"
        check_equal(st["Seccomp"], "2", what + " Seccomp")
        check_equal(st["NoNewPrivs"], "1", what + " NoNewPrivs")
        for name in ("CapInh", "CapPrm", "CapEff", "CapAmb"):
            check_equal(int(st[name], 16), 0, f"{what} {name}")


def text_of(side, i):
    """Lines of many lengths, some with more than ASCII in them."""
    return f"{side} {i} " + ("ü" if i % 7 == 0 else "x") * (i % 300)


def ten_thousand_lines():
    """Both ways at once; in order, none lost, none twice, all confirmed."""
    h, j = pair(["--key", make_key()])
    for s in (h, j):
        locked_down(s)
    for i in range(1, LINES + 1):
        h.send(text_of("host", i), f"h{i}")
        j.send(text_of("joiner", i), f"j{i}")
    for s in (h, j):
        s.wait_count("message", LINES, 60)
        s.wait_count("delivered", LINES, 60)
    for s, other, ref in ((h, "joiner", "h"), (j, "host", "j")):
        got = s.has("message")
        check_equal([e["id"] for e in got], list(range(1, LINES + 1)), "ids")
        for i, e in enumerate(got, 1):
            check_equal(e["text"], text_of(other, i), f"text {i}")
            check_equal(e["from"], "peer", "from")
        check_equal([e["ref"] for e in s.has("delivered")],
                    [f"{ref}{i}" for i in range(1, LINES + 1)], "delivered")
    leave(j, h)


def leave(first, other):
    """One quits, both end in order, nobody is left."""
    everyone = first.everyone() + other.everyone()
    first.do("quit")
    for s in (first, other):
        check_equal(s.wait_exit(), 0, s.role + "'s exit status")
        check_equal(s.events[-1]["ev"], "end", "last event")
        check_equal((s.events[-1]["code"], s.events[-1]["undelivered"]),
                    (0, 0), "end")
        check_equal(s.stderr(), "", s.role + "'s stderr")
    wait_gone(everyone)


def what_connected_says():
    h, j = pair(["--key", make_key()])
    for s in (h, j):
        e = s.has("connected")[0]
        check_equal((e["mode"], e["suite"], e["epoch"]), ("key", 1, 0),
                    "connected")
        check_equal(s.events[0]["ev"], "intro", "first event")
        check_equal(s.events[0]["accepted"], True, "intro")
    check_equal(j.has("connected")[0]["addr"], h.addr, "the host's address")
    check("code" not in h.has("listening")[0], "a code in key mode")
    j.do("status")
    e = j.wait("status")
    check_equal((e["link"], e["mode"], e["undelivered"]), ("up", "key", 0),
                "status")
    leave(h, j)


def texts_as_they_are():
    """Awkward texts arrive unchanged; their line of JSON is plain ASCII."""
    texts = ["", " ", "a\nb\r\n", "\u202egnp.sh", "\x1b]0;x\x07\x1b[2J",
             "\U0001f469\u200d\U0001f4bb", "\x9b31m", "\\\"", "x" * 65499,
             "ü" * 32749]
    h, j = pair(["--key", make_key()])
    for i, text in enumerate(texts):
        j.send(text, f"t{i}")
    h.wait_count("message", len(texts))
    check_equal([e["text"] for e in h.has("message")], texts, "texts")
    check_equal([e["bytes"] for e in h.has("message")],
                [len(t.encode()) for t in texts], "bytes")
    check("bidi" in h.has("message")[3]["flags"], "bidi flag")
    check("c0" in h.has("message")[4]["flags"], "c0 flag")
    j.send("x" * 65500, "long")
    e = j.wait("error")
    check_equal((e["code"], e["ref"]), (2, "long"), "too long")
    wait_until(lambda: len(j.has("delivered")) == len(texts), "delivery")
    leave(h, j)


def end_of_input_leaves():
    h, j = pair(["--key", make_key()])
    for i in range(100):
        j.send(f"line {i}")
    j.close_stdin()
    check_equal(j.wait_exit(), 0, "joiner")
    check_equal(h.wait_exit(), 0, "host")
    check_equal(len(h.has("message")), 100, "messages")


main(keygen, ten_thousand_lines, what_connected_says, texts_as_they_are,
     end_of_input_leaves)
