"""Chats with the two older programs, in both roles: peers written from
docs/legacy.md (tests/interop/legacy.py) against the confined suite.

# seconds: 300
"""
import base64
import os
import struct
import subprocess
import sys
import threading
import time

from secchat_test import (BIN, ROOT, SECCHAT, SLOWER, Suite, Terminal,
                          check, check_equal, host, join, main, make_key,
                          scratch, wait_until)

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


def as_host(fmt, patient=False, then=None, **kw):
    """Our host, and their joiner.  then(ours): as soon as it is connected,
    while theirs makes its key."""
    if fmt == "fernet":
        path = make_key()
        ours = host("--legacy", "fernet", "--key", path, **kw)
        return ours, legacy.FernetPeer(legacy.connect(ours.addr), key_of(path))
    ours = host("--legacy", "gcm", secret=PASS, flag="--passphrase-fd", **kw)
    return ours, gcm_peer(ours, legacy.connect(ours.addr), False, patient,
                          then)


def gcm_peer(ours, sock, listening, patient, then):
    made = []
    other = threading.Thread(target=lambda: made.append(
        legacy.GcmPeer(sock, PASS, listening, patient=patient)))
    other.start()
    if then:
        ours.wait("connected")
        then(ours)
    wait_until(lambda: not other.is_alive(), "their key")
    return made[0]


def as_joiner(fmt, patient=False, then=None, **kw):
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
        peer = gcm_peer(ours, door.accept()[0], True, patient, then)
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
    ours.wait_count("message", n, 60 * SLOWER)
    wait_until(lambda: len(theirs.got) + theirs.bad == n, "ours",
               60 * SLOWER)
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


def token_of(theirs, **changes):
    """A token of theirs with something wrong in it, under a MAC that is right
    unless that is what is wrong."""
    from cryptography.hazmat.primitives.ciphers import (Cipher, algorithms,
                                                        modes)
    from cryptography.hazmat.primitives.hmac import HMAC
    f = theirs.fernet
    head = changes.get("version", b"\x80") + bytes(8) + bytes(16)
    enc = Cipher(algorithms.AES(f._encryption_key),
                 modes.CBC(bytes(16))).encryptor()
    body = enc.update(b"boo".ljust(15, b"-") + changes.get("pad", b"\1"))
    body = body[:changes.get("size", 16)]
    mac = HMAC(f._signing_key, legacy.SHA256())
    mac.update(head + body)
    token = head + body + mac.finalize()
    if "mac" in changes:
        token = token[:-1] + bytes([token[-1] ^ 1])
    return base64.urlsafe_b64encode(token)


def flipped(sealed, at):
    return sealed[:at] + bytes([sealed[at] ^ 1]) + sealed[at + 1:]


def bad_of(fmt, theirs):
    """Each row of "Bad input" in docs/legacy.md that a chat survives: what
    comes, and the remark."""
    yield b"", "SHORT"
    if fmt == "fernet":
        good = theirs.fernet.encrypt(b"boo")
        for frame in (b"gAAAAA==" * 20, b"*" + good[1:], good[:-1],
                      good.replace(b"=", b"A"), good + b"\n", good * 2,
                      token_of(theirs, version=b"\x81"),
                      token_of(theirs, pad=b"\0"),
                      token_of(theirs, pad=b"\x11"),
                      token_of(theirs, pad=b"\2"),
                      token_of(theirs, size=15),
                      token_of(theirs, size=0),
                      token_of(theirs, mac=1), b"x", bytes(65536)):
            yield frame, "UNREADABLE"
        yield theirs.fernet.encrypt(b"boo \xff\xfe"), "UTF8"
        yield theirs.fernet.encrypt(b"boo \xed\xa0\x80"), "UTF8"
        return
    good = theirs.seal(b"boo")
    for n in (1, 11, 12, 27):
        yield good[:n], "SHORT"
    # nonce, tag, text
    for frame in (flipped(good, 0), flipped(good, 12), flipped(good, 28),
                  good[:-1], good + b"\0", bytes(28), bytes(65536)):
        yield frame, "UNREADABLE"
    for n in (0, 1, 15, 17, 1000):
        yield legacy.REKEY + os.urandom(n), "REKEY"
    yield theirs.seal(b"boo \xff\xfe"), "UTF8"


def bad_frames():
    """What cannot be read is a remark, and the chat goes on; a length above
    64 KiB is the end of it."""
    for fmt in ("fernet", "gcm"):
        ours, theirs = as_host(fmt)
        ours.wait("connected")
        told = {}
        for i, (frame, what) in enumerate(bad_of(fmt, theirs)):
            theirs.frame(frame)
            told[what] = told.get(what, 0) + 1
            theirs.send(f"still here {i}")
            check_equal(ours.wait("message", text=f"still here {i}")["text"],
                        f"still here {i}", fmt)
        for what, n in told.items():
            wait_until(lambda w=what, k=n: sum(
                e["count"] for e in ours.has("remark", what="ERR_LEGACY_" + w))
                == k, f"{n} remarks {what}")
        check_equal(ours.has("remark", what="ERR_LEGACY_KEY"), [],
                    "three in a row")
        check(not any("boo" in e["text"] for e in ours.has("message")),
              "shown")
        ours.do("rekey")
        ours.do("verify")
        remarked(ours, "ERR_LEGACY_ABSENT")
        theirs.raw(struct.pack(">I", 65537))
        check("64 KiB" in ours.wait("error")["msg"], "words")
        check_equal(ours.wait_exit(), 4, "exit code")
        theirs.close()


def wrong_secret():
    """Nobody can be told at the beginning: after three in a row it is said,
    and not before."""
    for fmt, make in (("fernet", as_host), ("gcm", as_host),
                      ("gcm", as_joiner)):
        ours, theirs = make(fmt)
        ours.wait("connected")
        if fmt == "fernet":
            theirs.fernet = legacy.Fernet(legacy.Fernet.generate_key())
        else:
            wait_until(lambda t=theirs: t.key is not None, "their key")
            theirs.key = legacy.derive(b"another", theirs.salt)
        for i in range(2):
            theirs.send(f"{i}")
        wait_until(lambda o=ours: sum(e["count"] for e in o.has(
            "remark", what="ERR_LEGACY_UNREADABLE")) == 2, "two remarks")
        check_equal(ours.has("remark", what="ERR_LEGACY_KEY"), [], "two")
        theirs.send("third")
        remarked(ours, "ERR_LEGACY_KEY")
        check_equal(ours.has("message"), [], "what was shown")
        ours.send("hello")
        wait_until(lambda t=theirs: t.bad == 1, "their side")
        theirs.close()
        ours.wait_exit()


def our_rekey():
    """/rekey: fresh keys go out before the next text, and both read on."""
    for make in (as_host, as_joiner):
        ours, theirs = make("gcm")
        ours.wait("connected")
        for i in range(3):
            ours.do("rekey")
            ours.wait_count("rekey", i + 1)
            ours.send(f"ours {i}")
            theirs.wait(lambda t=theirs, k=i: len(t.got) == k + 1, "ours")
            theirs.send(f"theirs {i}")
            ours.wait("message", text=f"theirs {i}")
        check_equal((theirs.rekeys, theirs.bad), (3, 0), "their count")
        check_equal([e["why"] for e in ours.has("rekey")], ["you"] * 3,
                    "reasons")
        theirs.close()
        ours.wait_exit()


def early():
    """The older program reads before it has its key: a text that comes then
    is lost, and new keys end its reader.  Ours sends neither in the second
    after the salt, however fast one types."""
    door, addr = legacy.listen()
    made = []
    other = threading.Thread(target=lambda: made.append(legacy.GcmPeer(
        legacy.connect(addr), PASS, False,
        think=lambda p: p.wait(lambda: p.ended, "the end of a reader"))))
    other.start()
    fast = legacy.GcmPeer(door.accept()[0], PASS, True)
    door.close()
    fast.send("too early")
    fast.rekey()
    other.join(60)
    slow = made[0]
    check_equal((slow.dead, slow.got, slow.bad), (True, [], 1),
                "what an early text and early keys do to it")
    fast.close()
    slow.close()
    texts = [f"typed at once {i}" for i in range(25)]
    for make in (as_host, as_joiner):
        start = time.monotonic()
        ours, theirs = make("gcm", patient=True, then=(
            lambda s: [s.do("rekey"), *map(s.send, texts)]))
        theirs.wait(lambda t=theirs: len(t.got) + t.bad >= len(texts) or
                    t.ended, "all of ours")
        check_equal((theirs.got, theirs.bad, theirs.dead), (texts, 0, False),
                    "what they read")
        check(theirs.first_at - start >= 1, "the first after only",
              theirs.first_at - start, "s")
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


def alternating():
    """New keys before every line: each costs a derivation, of which there
    are so many at once and a few a second then; meanwhile the front end is
    answered, and no line is lost."""
    ours, theirs = as_host("gcm")
    ours.wait("connected")
    crypto = ours.workers()["crypto-"]
    before, n = cpu(crypto), 20
    frames = []
    for i in range(n):
        theirs.salt = os.urandom(16)
        theirs.key = legacy.derive(theirs.passphrase, theirs.salt)
        frames += [legacy.REKEY + theirs.salt, theirs.seal(b"line %d" % i)]
    started = time.monotonic()
    for frame in frames:
        theirs.frame(frame)
    asked = 0
    while len(ours.has("message")) < n:
        asked += 1
        ours.do("status")
        ours.wait_count("status", asked)
        check(time.monotonic() < started + 60 * SLOWER,
              "it takes too long")
    took = time.monotonic() - started
    check_equal([e["text"] for e in ours.has("message")],
                [f"line {i}" for i in range(n)], "lines")
    # Eight at once, then one in 200 ms: less would be more than is allowed.
    check(took > (n - 8 - 1) * 0.2, n, "derivations in", took, "s")
    print(n, "new keys and lines:", round(took, 1), "s,",
          round(cpu(crypto) - before, 1), "s of it computing;", asked,
          "questions answered meanwhile", flush=True)
    theirs.close()
    ours.wait_exit()


def screen():
    """The same at a terminal: what is typed shows while keys are made."""
    ours = Terminal([SECCHAT, "host", "--accept-intro", "1", "--legacy", "gcm",
                     "127.0.0.1:0"])
    ours.expect(r"[Pp]assphrase.*: ")
    ours.type("abc\r")
    port = ours.expect(r"Waiting on port (\d+)\.").group(1)
    theirs = legacy.GcmPeer(legacy.connect("127.0.0.1:" + port), "abc", False)
    ours.expect(r"you \(LEGACY: no forward secrecy\)> ")
    for i in range(15):
        theirs.rekey()
        theirs.frame(theirs.seal(b"line %d" % i))
    ours.type("typed meanwhile")
    ours.expect("typed meanwhile")
    ours.expect("line 14")
    ours.type("\r")
    theirs.wait(lambda: theirs.got == ["typed meanwhile"], "what was typed")
    ours.type("/rekey\r/verify\r")
    ours.expect("fresh keys|new keys")
    theirs.close()
    ours.expect("has left")
    check_equal(ours.wait_exit(), 0, "exit code")


def swapped():
    """--crypto-worker: this worker by hand, the modern one where it cannot
    serve, and what is no worker at all."""
    here = BIN + "/"
    key = make_key()
    ours = host("--legacy", "fernet", "--key", key, "--crypto-worker",
                here + "secchat-crypto-legacy")
    theirs = legacy.FernetPeer(legacy.connect(ours.addr), key_of(key))
    theirs.send("by hand")
    check_equal(ours.wait("message")["text"], "by hand", "text")
    theirs.close()
    ours.wait_exit()
    plain = os.path.join(scratch(), "plain")
    with open(plain, "w", encoding="ascii") as f:
        f.write("no program\n")
    script = os.path.join(scratch(), "script")
    with open(script, "w", encoding="ascii") as f:
        f.write("#!/bin/sh\n")
    os.chmod(script, 0o755)
    for mode in (["--legacy", "fernet"], []):
        other = "secchat-crypto" + ("" if mode else "-legacy")
        for path, code, what in (
                (plain + "x", 3, "No such file"), (plain, 3, "ermission"),
                ("/", 3, "Is a directory"), ("/dev/null", 3, "ermission"),
                (plain + "/x", 3, "Not a directory"),
                (script, 1, "What ran is"), ("/bin/true", 1, "What ran is"),
                (here + other, 1, "has not got"),
                (here + "secchat-net", 1, "It last said")):
            done = subprocess.run(
                [SECCHAT, "host", *mode, "--key", key, "--accept-intro", "1",
                 "--no-input", "--crypto-worker", path, "127.0.0.1:0"],
                capture_output=True, text=True, check=False,
                stdin=subprocess.DEVNULL, timeout=60)
            check_equal(done.returncode, code, f"{path}: {done.stderr}")
            check(what in done.stderr and path in done.stderr and
                  done.stderr.count("\n") >= 2, path, done.stderr)


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
    for fmt in ("fernet", "gcm"):
        ours, theirs = as_host(fmt)
        ours.wait("connected")
        for i in range(25):     # new keys come on the way
            theirs.send(f"theirs {i}")
            ours.wait("message", text=f"theirs {i}")
            ours.send(f"ours {i}", f"r{i}")
            theirs.wait(lambda t=theirs, k=i: len(t.got) + t.bad == k + 1,
                        "ours")
        if fmt == "fernet":
            raw = theirs.fernet._signing_key + theirs.fernet._encryption_key
            wanted = [raw[:16], raw[16:], base64.urlsafe_b64encode(raw)[:40]]
        else:
            check(len(theirs.keys) > 2, "there were no new keys")
            wanted = [*theirs.keys, PASS.encode("latin-1"), PASS.encode()]
        search(ours, wanted)
        theirs.close()
        ours.wait_exit()


def search(ours, wanted):
    for p in ours.everyone():
        found = has_bytes(p, wanted)
        check(found is not None, p.name, "was not searched")
        check(not found or "crypto" in p.name, "a key is in", p.name)
        if found:
            print("a key is in", p.name, flush=True)
    check(has_bytes(ours.everyone()[0], [b"secchat"]), "a positive control")


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
    main(fernet, gcm, bad_frames, wrong_secret, our_rekey, early, flood,
         alternating, screen, no_salt, long_texts, leaving, killed, swapped,
         locked_down, canary, passphrases, refused, two_of_theirs)
