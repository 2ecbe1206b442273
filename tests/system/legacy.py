"""Chats with the two older programs, in both roles: peers written from
docs/legacy.md (tests/interop/legacy.py) against the confined suite.

# seconds: 120
"""
import base64
import os
import struct
import subprocess
import sys
import threading

from secchat_test import (ROOT, SECCHAT, Suite, check, check_equal, host, join,
                          main, make_key, scratch, wait_until)

sys.path.insert(0, os.path.join(ROOT, "tests", "interop"))
try:
    import legacy
except ImportError as err:
    print("skipped: python3-cryptography is missing:", err)
    sys.exit(77)

PASS = "na\u00efve caf\u00e9 1984"
LINES = 500
GCM_LINES = 500 if os.environ.get("SECCHAT_LONG") else 100
PACED = 45  # new keys come twice on each side


def key_of(path):
    with open(path, "rb") as f:
        return f.read().strip()


def as_host(fmt, **kw):
    """Our host, and their joiner."""
    if fmt == "fernet":
        path = make_key()
        ours = host("--legacy", "fernet", "--key", path, **kw)
        return ours, legacy.FernetPeer(legacy.connect(ours.addr), key_of(path))
    ours = host("--legacy", "gcm", secret=PASS, flag="--passphrase-fd", **kw)
    return ours, legacy.GcmPeer(legacy.connect(ours.addr), PASS, False)


def as_joiner(fmt, **kw):
    """Our joiner, and their host."""
    door, addr = legacy.listen()
    door.settimeout(60)
    if fmt == "fernet":
        path = make_key(os.path.join(scratch(), "other.key"))
        ours = join(addr, "--legacy", "fernet", "--key", path, **kw)
        peer = legacy.FernetPeer(door.accept()[0], key_of(path))
    else:
        ours = join(addr, "--legacy", "gcm", secret=PASS,
                    flag="--passphrase-fd", **kw)
        peer = legacy.GcmPeer(door.accept()[0], PASS, True)
    door.close()
    return ours, peer


def lines_of(fmt):
    n = LINES if fmt == "fernet" else GCM_LINES
    return ([f"ours {i} \u00e9" for i in range(n)],
            [f"theirs {i} \u263a" for i in range(n)])


def start(fmt, make):
    """Many lines each way at once, so that new keys cross."""
    mine, yours = lines_of(fmt)
    ours, theirs = make(fmt)
    hello = ours.wait("connected")
    check_equal(hello["mode"], "legacy-" + fmt, "mode")
    check({"receipts", "verify", "resume", "forward-secrecy"} <=
          set(hello["lacks"]), hello)

    def talk():
        for i, line in enumerate(yours):
            theirs.send(line)
            # as people do, who wait for each other
            theirs.wait(lambda n=i: len(theirs.got) + theirs.bad >= n - 40,
                        "their reader")

    thread = threading.Thread(target=talk, daemon=True)
    thread.start()
    for i, line in enumerate(mine):
        ours.send(line, f"m{i}")
    return ours, theirs, thread


def finish(fmt, ours, theirs, thread):
    mine, yours = lines_of(fmt)
    n = len(mine)
    wait_until(lambda: not thread.is_alive(), "their sender", 100)
    ours.wait_count("message", n, 60)
    wait_until(lambda: len(theirs.got) + theirs.bad == n, "ours", 60)
    check_equal([e["text"] for e in ours.has("message")], yours,
                "what we read")
    # What was under way when they changed keys is lost over there, and no
    # more: two of theirs never find together again.
    lost = theirs.bad
    check(lost == 0 if fmt == "fernet" else lost <= n // 2, "lost", lost)
    check([x for x in mine if x in set(theirs.got)] == theirs.got, "order")
    # As people talk, who read before they write: nothing is lost at all.
    for i in range(PACED):
        ours.send(f"after {i}", f"a{i}")
        wait_until(lambda k=n + i + 1: len(theirs.got) + theirs.bad == k,
                   "a line of ours")
        theirs.send(f"then {i}")
        ours.wait_count("message", n + i + 1)
    check_equal(theirs.got[-PACED:], [f"after {i}" for i in range(PACED)],
                "lines at a person's pace")
    check_equal(theirs.bad, lost, "unreadable ones among them")
    check_equal(ours.has("delivered"), [], "claims of delivery")
    check_equal(ours.has("remark", what="ERR_LEGACY_UNREADABLE"), [],
                "what we could not read")
    if fmt == "gcm":
        print("their", theirs.renewed, "new keys, ours", theirs.rekeys,
              "lost over there", lost, "lost here 0", flush=True)
        check(theirs.renewed >= n // 20 and theirs.rekeys >= n // 20,
              "new keys")
    theirs.close()
    ours.wait("end")
    check_equal(ours.wait_exit(), 0, "exit code")


def both_roles(fmt):
    chats = [start(fmt, make) for make in (as_host, as_joiner)]
    for one in chats:
        finish(fmt, *one)


def fernet():
    both_roles("fernet")


def gcm():
    both_roles("gcm")


def remarked(ours, what):
    return ours.wait("remark", what=what)


def bad_frames():
    """What cannot be read is a remark, and the chat goes on; a length above
    64 KiB is the end of it."""
    for fmt in ("fernet", "gcm"):
        ours, theirs = as_host(fmt)
        ours.wait("connected")
        theirs.frame(b"")
        remarked(ours, "ERR_LEGACY_SHORT")
        theirs.frame(b"gAAAAA==" * 20)
        remarked(ours, "ERR_LEGACY_UNREADABLE")
        if fmt == "gcm":
            theirs.frame(legacy.REKEY + bytes(15))
            remarked(ours, "ERR_LEGACY_REKEY")
            theirs.frame(theirs.seal(b"\xff\xfe"))
        else:
            theirs.frame(theirs.fernet.encrypt(b"\xff\xfe"))
        remarked(ours, "ERR_LEGACY_UTF8")
        theirs.send("still here")
        check_equal(ours.wait("message")["text"], "still here", fmt)
        ours.do("rekey")
        ours.do("verify")
        remarked(ours, "ERR_LEGACY_ABSENT")
        theirs.raw(struct.pack(">I", 65537))
        check("64 KiB" in ours.wait("error")["msg"], "words")
        check_equal(ours.wait_exit(), 4, "exit code")
        theirs.close()


def wrong_secret():
    """Nobody can be told at the beginning: after three it is said."""
    ours, theirs = as_host("fernet")
    theirs.fernet = legacy.Fernet(legacy.Fernet.generate_key())
    ours.wait("connected")
    for i in range(3):
        theirs.send(f"{i}")
    remarked(ours, "ERR_LEGACY_KEY")
    check_equal(ours.has("message"), [], "what was shown")
    ours.send("hello")
    wait_until(lambda: theirs.bad == 1, "their side")
    theirs.close()
    ours.wait_exit()


def flood():
    """New keys without end cost what was allowed, and the front end is
    answered all the while; what follows is read."""
    ours, theirs = as_host("gcm")
    ours.wait("connected")
    crypto = ours.workers()["crypto-"]
    salts = [os.urandom(16) for _ in range(5000)]
    before = cpu(crypto)
    theirs.raw(b"".join(struct.pack(">I", 25) + legacy.REKEY + s
                        for s in salts))
    ours.do("status")
    ours.wait("status")
    theirs.key = legacy.derive(theirs.passphrase, salts[-1])
    theirs.send("after the flood")
    check_equal(ours.wait("message")["text"], "after the flood", "text")
    used = cpu(crypto) - before
    check(used < 2.0, "5000 new keys cost", used, "s")
    theirs.close()
    ours.wait_exit()


def cpu(proc):
    fields = proc.read("stat").decode().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def no_salt():
    """An older host that is busy accepts, and says nothing."""
    door, addr = legacy.listen()
    ours = join(addr, "--legacy", "gcm", secret=PASS, flag="--passphrase-fd")
    check("did not begin" in ours.wait("error")["msg"], "words")
    check_equal(ours.wait_exit(), 4, "exit code")
    door.close()


def long_texts():
    """The largest of theirs, and one of ours that goes as two."""
    ours, theirs = as_host("fernet")
    ours.wait("connected")
    theirs.send("t" * 49087)
    check_equal(len(ours.wait("message")["text"]), 49087, "theirs")
    text = "\u00fc" * 30000
    ours.send(text, "long")
    wait_until(lambda: len("".join(theirs.got)) == len(text), "ours")
    check_equal(("".join(theirs.got), len(theirs.got)), (text, 2), "two")
    theirs.close()
    ours.wait_exit()


def leaving():
    """They see an end of file, not a reset, and all of what we said."""
    for fmt in ("fernet", "gcm"):
        ours, theirs = as_joiner(fmt)
        ours.wait("connected")
        ours.send("last words", "w")
        ours.wait("sent", ref="w")
        ours.do("quit")
        check_equal(ours.wait_exit(), 0, "exit code")
        theirs.wait(lambda t=theirs: t.ended, "the end")
        check_equal(theirs.got, ["last words"], fmt)
        theirs.close()


def killed():
    """The worker's death ends the chat with its name; keys go with it."""
    ours, theirs = as_host("fernet")
    ours.wait("connected")
    ours.workers()["crypto-"].kill()
    check("secchat-crypto-legacy was killed" in ours.wait("error")["msg"],
          "words")
    check_equal(ours.wait_exit(), 1, "exit code")
    theirs.close()


def locked_down():
    ours, theirs = as_host("gcm")
    ours.wait("connected")
    ours.settled()
    check_equal(set(ours.workers()), {"crypto-", "net", "script"}, "workers")
    for p in ours.everyone():
        status = p.status()
        check_equal((status["Seccomp"], status["NoNewPrivs"]), ("2", "1"),
                    p.name)
    theirs.close()
    ours.wait_exit()


def has_bytes(proc, wanted):
    """Whether memory that root can read holds one of them; None: it could
    not be read at all."""
    read = 0
    with open(f"/proc/{proc.pid}/maps", encoding="ascii") as maps, \
            open(f"/proc/{proc.pid}/mem", "rb", buffering=0) as mem:
        for line in maps:
            span, perms = line.split()[:2]
            if not perms.startswith("rw"):
                continue
            low, high = (int(x, 16) for x in span.split("-"))
            try:
                data = os.pread(mem.fileno(), high - low, low)
            except OSError:     # memfd_secret, among others
                continue
            read += len(data)
            if any(w in data for w in wanted):
                return True
    return False if read else None


def canary():
    """After a chat's lines went both ways the key is in no process that root
    can search but, where there is no memfd_secret, crypto's."""
    if os.geteuid() != 0:
        print("skipped: only root can read the memory of others")
        return
    ours, theirs = as_host("fernet")
    ours.wait("connected")
    for i in range(5):
        theirs.send(f"theirs {i}")
        ours.send(f"ours {i}", f"r{i}")
        ours.wait("message")
        ours.wait("sent", ref=f"r{i}")
    raw = theirs.fernet._signing_key + theirs.fernet._encryption_key
    wanted = [raw[:16], raw[16:], base64.urlsafe_b64encode(raw)[:40]]
    for p in ours.everyone():
        found = has_bytes(p, wanted)
        check(found is not None, p.name, "was not searched")
        check(not found or "crypto" in p.name, "the key is in", p.name)
        if found:
            print("the key is in", p.name, flush=True)
    check(has_bytes(ours.everyone()[0], [b"secchat"]), "a positive control")
    theirs.close()
    ours.wait_exit()


def passphrases():
    """Letters beyond Latin-1 would end the older program."""
    ours = Suite("join", "--legacy", "gcm", "127.0.0.1:1",
                 secret="\u20ac 100", flag="--passphrase-fd")
    check("older program cannot take" in ours.wait("error")["msg"], "words")
    check_equal(ours.wait_exit(), 5, "exit code")


def refused():
    """What these formats have not got is refused by name."""
    for args in (["fernet"], ["gcm", "--key", "k"], ["fernet", "--pq"],
                 ["gcm", "--id"], ["gcm", "--keep"], ["other"],
                 ["fernet", "--passphrase"]):
        done = subprocess.run([SECCHAT, "host", "--legacy", *args],
                              capture_output=True, text=True, check=False,
                              stdin=subprocess.DEVNULL)
        check_equal(done.returncode, 2, f"{args}: {done.stderr}")
        check("legacy" in done.stderr, done.stderr)


def two_of_theirs():
    """Two older programs lose lines when their keys cross; not so ours."""
    door, addr = legacy.listen()
    made = []
    other = threading.Thread(target=lambda: made.append(
        legacy.GcmPeer(door.accept()[0], PASS, True)))
    other.start()
    a = legacy.GcmPeer(legacy.connect(addr), PASS, False)
    other.join(60)
    b = made[0]
    door.close()
    wait_until(lambda: a.key is not None, "the key")
    for i in range(60):
        # Both write before either has read: what is ordinary for people.
        with a.paused, b.paused:
            a.send(f"a{i}")
            b.send(f"b{i}")
        wait_until(lambda: len(a.got) + a.bad == i + 1 and
                   len(b.got) + b.bad == i + 1, "a pair of lines")
    print("between two of theirs:", a.bad + b.bad, "of 120 lost", flush=True)
    check(a.bad + b.bad > 0, "nothing was lost")
    a.close()
    b.close()


if __name__ == "__main__":
    main(fernet, gcm, bad_frames, wrong_secret, flood, no_salt, long_texts,
         leaving, killed, locked_down, canary, passphrases, refused,
         two_of_theirs)
