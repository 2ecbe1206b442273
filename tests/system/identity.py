"""Identities: meeting, being recognised, being refused, and the files that
remember it.

# users: root nobody
# seconds: 300
"""
import os
import re
import shutil
import stat
import subprocess
import time

from secchat_test import (SECCHAT, Terminal, check, check_equal, host,
                          join, main, pump, scratch, skip_part, wait_until)

PRINT = r"SHA256:[A-Za-z0-9+/]{43}"
LINES = 20000 if os.environ.get("SECCHAT_LONG") else 1000


PEERS_MAX = 256


# ---- people ---------------------------------------------------------------

class Person:
    """A computer with a folder of its own."""

    def __init__(self):
        self.data = scratch()
        self.env = {"XDG_DATA_HOME": self.data}
        self.folder = os.path.join(self.data, "secchat")

    def path(self, name):
        return os.path.join(self.folder, name)

    def read(self, name):
        with open(self.path(name), encoding="utf-8") as f:
            return f.read()

    def write(self, name, text, mode=0o600):
        os.makedirs(self.folder, 0o700, exist_ok=True)
        with open(self.path(name), "w", encoding="utf-8") as f:
            f.write(text)
        os.chmod(self.path(name), mode)

    def run(self, *args, env=None, **kw):
        return subprocess.run(
            [SECCHAT, *args], stdin=subprocess.DEVNULL, capture_output=True,
            text=True, check=False, timeout=30,
            env={**os.environ, **self.env, **(env or {})}, **kw)

    def ok(self, *args):
        done = self.run(*args)
        check_equal(done.returncode, 0, f"{args}: {done.stderr}")
        return done.stdout

    def fingerprint(self):
        return self.ok("id").split()[0]

    def peers(self):
        """name: [key, state, date, address], as the file has it."""
        head, *lines = self.read("peers").splitlines()
        check_equal(head, "secchat peers 1", "first line")
        return {line.split(" ", 4)[4]: line.split(" ", 4)[:4]
                for line in lines}

    def host(self, *args, **kw):
        return host(*args, env=self.env, **kw)

    def join(self, s, *args, **kw):
        return join(s, *args, env=self.env, **kw)


def code_of(h):
    return h.has("listening")[0]["code"]


def leave(first, other, codes=(0, 0)):
    first.do("quit")
    check_equal((first.wait_exit(), other.wait_exit()), codes, "exit codes")


def talk(h, j):
    """Both are connected, and texts pass both ways."""
    for s in (h, j):
        s.wait("connected")
    h.send("from the host")
    j.send("from the joiner")
    check_equal(j.wait("message")["text"], "from the host", "text")
    check_equal(h.wait("message")["text"], "from the joiner", "text")


def meet(a, b, host_args=(), join_args=()):
    """a waits and b calls, for the first time; the host's and the joiner's
    events."""
    h = a.host("--pair", *host_args)
    j = b.join(h, "--pair", *join_args, secret=code_of(h))
    talk(h, j)
    leave(j, h)
    return h, j


def friends():
    """Two who have met: a calls b "bob", b calls a "alice"."""
    a, b = Person(), Person()
    meet(a, b, ["--name", "bob"], ["--name", "alice"])
    return a, b


def ended_with_error(s, *fragments):
    """Exit 5, said as an event, with these words in it."""
    check_equal(s.wait_exit(), 5, s.role)
    e = s.has("error")[-1]
    check_equal(e["code"], 5, "error event")
    said = e["msg"] + " " + e["next"]
    for fragment in fragments:
        check(fragment in said, repr(fragment), "is not in", said)
    check(not s.has("message") and not s.has("connected"), "a chat began")


# ---- meeting --------------------------------------------------------------

def first_contact():
    a, b = Person(), Person()
    h, j = meet(a, b, ["--name", "bob"])
    for who, s, other in ((a, h, j), (b, j, h)):
        check_equal(stat.S_IMODE(os.stat(who.folder).st_mode), 0o700, "mode")
        for name in ("identity", "peers"):
            mode = stat.S_IMODE(os.stat(who.path(name)).st_mode)
            check_equal(mode, 0o600, name)
        check(re.fullmatch(r"[A-Za-z0-9_-]{43}=", who.read("identity")),
              "the identity file")
        check("made this computer's identity, " + who.fingerprint() in
              s.stderr(), "not said:", s.stderr())
        check_equal(s.has("connected")[0]["mode"], "pair", "mode")
        e, f = s.has("peer")[0], other.has("peer")[0]
        check_equal((e["known"], e["verified"]), (False, False), "peer")
        check_equal(e["safety"], f["safety"], "safety number")
        check(re.fullmatch(r"\d{60}", e["safety"]), e["safety"])
    check_equal(h.has("peer")[0]["fingerprint"], b.fingerprint(), "b's key")
    check_equal(j.has("peer")[0]["fingerprint"], a.fingerprint(), "a's key")
    check_equal(a.peers()["bob"][1::2], ["unverified", "-"], "a's record")
    (name, record), = b.peers().items()
    check_equal(name, "peer-" + record[0][:4], "a name made of the key")
    check_equal(record[3], h.addr, "the address that b called")
    check(b.fingerprint() + " is remembered as bob\n" in h.stderr(),
          h.stderr())


def names_as_events():
    """What somebody new calls himself is told as claimed, then the name that
    he is remembered by, and another one that a script chooses."""
    a, b = Person(), Person()
    b.ok("id", "rename", "bob")
    h = a.host("--pair")
    j = b.join(h, "--pair", secret=code_of(h))
    talk(h, j)
    wait_until(lambda: h.has("peer")[-1]["name"] == "bob", "a peer's name")
    e = h.has("peer")[-1]
    check_equal((e["claimed"], e["known"]), ("bob", False), "peer")
    check_equal(h.has("connected")[0]["claimed"], "bob", "connected")
    check_equal(j.has("peer")[-1]["claimed"], "", "no claim")
    wait_until(lambda: h.has("note"), "a note as an event")
    h.do("name", name="robert")
    wait_until(lambda: h.has("peer")[-1]["name"] == "robert", "the new name")
    check_equal(list(a.peers()), ["robert"], "a's record")
    h.do("name", name="a/b")
    wait_until(lambda: "cannot be a name" in h.has("note")[-1]["text"], "no")
    leave(j, h)


def recognised():
    """Without any code, in both directions, and not asked again."""
    a, b = friends()
    for x, y, name_x, name_y in ((a, b, "alice", "bob"),
                                 (b, a, "bob", "alice")):
        h = x.host("--id")
        check("code" not in h.has("listening")[0], "a code")
        j = y.join(h, "--id")
        talk(h, j)
        check_equal(h.has("peer")[0]["name"], name_y, "the joiner")
        check_equal(j.has("peer")[0]["name"], name_x, "the host")
        for s in (h, j):
            e = s.has("peer")[0]
            check_equal((e["known"], e["verified"]), (True, False), "peer")
            check_equal(s.has("connected")[0]["mode"], "id", "mode")
            check_equal(s.has("intro")[0]["fingerprint"],
                        (x if s is h else y).fingerprint(), "own key")
        leave(j, h)
        check_equal((h.stderr(), j.stderr()), ("", ""), "stderr")
        check_equal(y.peers()[name_x][3], h.addr, "address")


def many_people():
    """As many as can be remembered: all are known before anybody comes."""
    a, b = friends()
    for x in (a, b):
        others = "".join(
            f"{os.urandom(32).hex()} unverified 2026-01-01 - p{i}\n"
            for i in range(PEERS_MAX - 1))
        x.write("peers", x.read("peers") + others)
    for x, y in ((a, b), (b, a)):
        h = x.host("--id")
        j = y.join(h, "--id")
        talk(h, j)
        leave(j, h)


def by_passphrase():
    """--pair also takes a passphrase."""
    a, b = Person(), Person()
    h = a.host("--pair", secret="two words", flag="--passphrase-fd")
    j = b.join(h, "--pair", secret="two words", flag="--passphrase-fd")
    talk(h, j)
    leave(h, j)
    check_equal((len(a.peers()), len(b.peers())), (1, 1), "records")


def wrong_code():
    """Nobody is remembered, and the host goes on waiting."""
    a, b = Person(), Person()
    h = a.host("--pair")
    j = b.join(h, "--pair", secret="babab-babab")
    ended_with_error(j, "secret")
    h.wait("attempt", failed=1)
    check(not os.path.exists(a.path("peers")), "a remembers somebody")
    j = b.join(h, "--pair", secret=code_of(h))
    talk(h, j)
    leave(j, h)


def mistyped_code():
    """At a terminal the code is asked for again, with the same identity."""
    a, b = Person(), Person()
    h = a.host("--pair")
    t = Terminal([SECCHAT, "join", "--accept-intro", "1", "--pair", h.addr],
                 env=b.env)
    t.expect("Code from")
    t.type("babab-babab\n")
    t.expect("Try again")
    t.expect("Code from.*Code from.*Code from|(?s:Code from.*Code from)")
    t.type(code_of(h) + "\n")
    t.expect("both sides know the code")
    h.wait("connected")
    t.type("/quit\r")
    check_equal((t.wait_exit(), h.wait_exit()), (0, 0), "exit codes")
    check_equal(len(b.peers()), 1, "b's records")


def claimed_names():
    """The name that somebody claims becomes theirs here, if it can and is
    free; a second one of that name behind a code is a full stop."""
    a, b, c = Person(), Person(), Person()
    for p in (b, c):
        p.ok("id", "new")
        p.ok("id", "rename", "Bob Smith")
    meet(a, b)
    check_equal(list(a.peers()), ["Bob Smith"], "a's people")
    check_equal(a.ok("peers", "show", "Bob Smith").split("\n")[0].split()[1:],
                ['"Bob', 'Smith"'], "show")
    h = a.host("--pair")
    j = c.join(h, "--pair", secret=code_of(h))
    ended_with_error(h, "'Bob Smith'", b.fingerprint(), c.fingerprint())
    check_equal(j.wait_exit(), 0, "c is told that they left")
    b.ok("id", "rename", "")
    check_equal(b.ok("id").splitlines()[2], "name  (none)", "no name")


def names_that_deceive():
    """What looks like the program's own words is nobody's name: not from the
    other side, whatever wrote their file, and not from the user."""
    for name in ("you", "you, delivered", "you  \u2713\u2713",
                 "alice verified", "\u2500\u2500 verified \u2502", "a: b",
                 "\u0443\u043eu", "ver1fied", "a  b", "SHA256 " + "x" * 43):
        done = Person().run("id", "rename", name)
        check_equal(done.returncode, 2, name)
        check("cannot be a name: " in done.stderr and
              "A name has up to 64 bytes" in done.stderr, done.stderr)
    a, b = Person(), Person()
    b.ok("id", "new")
    b.ok("id", "rename", "BOB")
    meet(a, Person(), ["--name", "bob"])
    h = a.host("--pair")
    j = b.join(h, "--pair", secret=code_of(h))
    talk(h, j)
    wait_until(lambda: h.has("peer")[-1]["name"], "a name")
    made = h.has("peer")[-1]["name"]
    check_equal(list(a.peers()), ["bob", made], "a's people")
    check_equal(made, "peer-" + a.peers()[made][0][:4], "a name of the key")
    for name in ("you", "alice known", "B0B", "a/b"):
        n = len(h.has("note"))
        h.do("name", name=name)
        wait_until(lambda: len(h.has("note")) > n, "a note")
        text = h.has("note")[-1]["text"]
        check("somebody else is called bob" in text if name == "B0B" else
              "cannot be a name: " in text, text)
    leave(j, h)
    done = a.run("host", "--accept-intro", "1", "--id", "--name", "Bob",
                 "127.0.0.1:0")
    check_equal(done.returncode, 3, "like somebody")
    check('"Bob" looks like "bob"' in done.stderr, done.stderr)


def names_of_older_lists():
    """Names that were possible once: the list opens, shows them so that they
    deceive nobody, and keeps them until another one is chosen."""
    a, b = friends()
    was = "\u2500\u2500 verified \u2713\u2713 \u2502"
    with open(a.path("peers"), encoding="utf-8") as f:
        text = f.read()
    with open(a.path("peers"), "w", encoding="utf-8") as f:
        f.write(text.replace(" bob\n", f" {was}\n"))
    made = "peer-" + text.split("\n")[1][:4]
    row = a.ok("peers")
    check(row.startswith("unverified  ") and
          row.endswith(f'  {made}, once "?? verified ?? ?"\n'), row)
    check_equal(a.ok("peers", "-q"), made + "\n", "names alone")
    check('once called    "?? verified ?? ?"\n' in
          a.ok("peers", "show", made), "show")
    h = a.host("--id")
    j = b.join(h, "--id")
    talk(h, j)
    check_equal(h.has("peer")[0]["name"], made, "in a chat")
    check(f" {was}\n" in a.read("peers"), a.read("peers"))
    h.do("name", name="bob")
    wait_until(lambda: h.has("peer")[-1]["name"] == "bob", "the new name")
    check(" bob\n" in a.read("peers"), a.read("peers"))
    leave(j, h)
    check(a.ok("peers").endswith("  bob\n"), "bob again")


# ---- being refused --------------------------------------------------------

def unknown():
    a, b = friends()
    c = Person()
    h = a.host("--id")
    c.ok("id", "new")
    ended_with_error(c.join(h, "--id"), "--pair", a.fingerprint())
    check(not os.path.exists(c.path("peers")), "c remembers somebody")
    ended_with_error(c.join(h, "--id", "--accept-new"), "--pair")
    check(not os.path.exists(c.path("peers")), "c remembers somebody")
    wait_until(lambda: c.fingerprint() in h.stderr(), "the host's note")
    check("--pair" in h.stderr(), h.stderr())
    check_equal(list(a.peers()), ["bob"], "a's people")
    j = b.join(h, "--id")
    talk(h, j)
    leave(j, h)


def nobody_known():
    a, b = Person(), Person()
    h = a.host("--id")
    wait_until(lambda: "nobody is remembered" in h.stderr(), "a warning")
    ended_with_error(b.join(h, "--id"), "--pair")
    for args in (["join", "127.0.0.1:1"], ["host", "127.0.0.1:0"]):
        done = b.run(args[0], "--accept-intro", "1", "--id", "--name", "zoe",
                     args[1])
        check_equal(done.returncode, 5, "somebody who is not remembered")
        check("zoe" in done.stderr and "--pair" in done.stderr, done.stderr)


def accept_new():
    """Taken as it comes, shown as unverified, and from then on expected."""
    a, b = Person(), Person()
    h = a.host("--id", "--accept-new")
    j = b.join(h, "--id", "--accept-new", "--name", "alice")
    talk(h, j)
    for s in (h, j):
        e = s.has("peer")[0]
        check_equal((e["known"], e["verified"]), (False, False), "peer")
        check_equal(s.has("connected")[0]["verified"], False, "connected")
    leave(j, h)
    check_equal(b.peers()["alice"][1], "unverified", "record")
    h = a.host("--id")
    j = b.join(h, "--id", "--name", "alice")
    talk(h, j)
    check_equal(j.has("peer")[0]["known"], True, "known")
    leave(j, h)


def new_identity(p):
    """As `secchat id new` would, without a terminal."""
    os.rename(p.path("identity"), p.path("kept"))
    p.ok("id", "new")


def changed():
    """Full stop: by name, by address, and behind a code; never a text."""
    a, b = friends()
    h = b.host("--id")
    j = a.join(h, "--id", "--name", "bob")
    talk(h, j)
    leave(j, h)
    addr, old = h.addr, b.fingerprint()
    shutil.copy(a.path("peers"), a.path("before"))
    new_identity(b)
    new = b.fingerprint()
    check(old != new, "the same key")
    facts = (old, new, "secchat peers forget bob")
    for args in (["--id"], ["--id", "--name", "bob"],
                 ["--id", "--accept-new"]):
        h = b.host("--id", "--accept-new", addr=addr)
        h.send("a text for nobody")
        j = a.join(h, *args)
        ended_with_error(j, *facts)
        h.do("quit")
        h.wait_exit()
    h = b.host("--pair")
    j = a.join(h, "--pair", "--name", "bob", secret=code_of(h))
    ended_with_error(j, *facts)
    h.do("quit")
    h.wait_exit()
    h = a.host("--pair", "--name", "bob")
    j = b.join(h, "--pair", secret=code_of(h))
    ended_with_error(h, *facts)
    check(j.wait_exit() != 0, "the joiner")
    check_equal(a.read("peers"), a.read("before"), "a's people")
    check("who was bob\n" in a.ok("peers", "forget", "bob"), "forget")
    meet(a, b, ["--name", "bob"], ["--name", "again"])
    check_equal(a.ok("peers").count(new), 1, "the new key")


def another_at_the_address():
    """Whoever answers where bob used to be is not bob; --name says who."""
    a, b = friends()
    c = Person()
    meet(a, c, ["--name", "carol"])
    h = b.host("--id")
    j = a.join(h, "--id")
    talk(h, j)
    leave(j, h)
    meet(c, a)
    h2 = c.host("--id", addr=h.addr)
    j = a.join(h2, "--id")
    ended_with_error(j, "bob", "--name")
    j = a.join(h2, "--id", "--name", "carol")
    talk(h2, j)
    leave(j, h2)
    check_equal(a.peers()["bob"][3], "-", "bob is not there any more")
    check_equal(a.peers()["carol"][3], h.addr, "carol is")


def expected_only():
    """A host that waits for one person lets in no other, known or not."""
    a, b = friends()
    c = Person()
    meet(a, c, ["--name", "carol"], ["--name", "alice"])
    h = a.host("--id", "--name", "bob")
    j = c.join(h, "--id")
    check_equal(j.wait_exit(), 5, "carol")
    wait_until(lambda: "another key than that of bob\n" in h.stderr(), "a note")
    j = b.join(h, "--id")
    talk(h, j)
    leave(j, h)


def myself():
    """One's own key from over there is refused."""
    a = Person()
    h = a.host("--id", "--accept-new")
    ended_with_error(a.join(h, "--id", "--accept-new"), "your own key")
    h.do("quit")
    check_equal(h.wait_exit(), 0, "host")


def flood_of_strangers():
    """Many who are not known make one note in ten seconds, and the host
    stays."""
    a, b = friends()
    h = a.host("--id")
    started = time.monotonic()
    for _ in range(8):
        c = Person()
        c.write("peers", b.read("peers"))
        check_equal(c.join(h, "--id").wait_exit(), 5, "a stranger")
    wait_until(lambda: "turned away" in h.stderr(), "a note")
    check(h.stderr().count("turned away") <=
          1 + (time.monotonic() - started) // 10, h.stderr())
    j = b.join(h, "--id")
    talk(h, j)
    leave(j, h)


def one_chat(h, p, meanwhile=lambda: None):
    """p joins the host that waits again afterwards."""
    j = p.join(h, "--id")
    talk(h, j)
    meanwhile()
    j.do("quit")
    check_equal(j.wait_exit(), 0, "exit code")
    h.wait("end")
    h.wait("listening")


def keep():
    """One chat after the other.  Whom another program has met meanwhile, the
    next chat knows."""
    a, b = friends()
    c = Person()
    h = a.host("--id", "--keep")
    one_chat(h, b)
    ended_with_error(c.join(h, "--id", "--accept-new"), "--pair")
    one_chat(h, b, lambda: meet(a, c, ["--name", "carol"]))
    one_chat(h, c)
    h.do("quit")
    check_equal(h.wait_exit(), 0, "host")


# ---- comparing ------------------------------------------------------------

def verify():
    """Six digits each; then it is known for good."""
    a, b = friends()
    h = a.host("--id")
    j = b.join(h, "--id")
    talk(h, j)
    for s in (h, j):
        s.do("verify")
    h_read, j_read = (s.wait("verify", state="ask")["read"] for s in (h, j))
    h.do("verify", digits=h_read)
    h.wait("verify", state="own", left=3)
    h.do("verify", digits=j_read)
    h.wait("verify", state="ok")
    wait_until(lambda: "remembered as verified: bob" in h.stderr(), "note")
    check_equal(a.peers()["bob"][1], "verified", "a's record")
    check_equal(b.peers()["alice"][1], "unverified", "b's record")
    j.do("verify", digits=h_read)
    j.wait("verify", state="ok")
    wait_until(lambda: b.peers()["alice"][1] == "verified", "b's record")
    leave(j, h)
    h = b.host("--id")
    j = a.join(h, "--id")
    for s in (h, j):
        check_equal(s.wait("connected")["verified"], True, "connected")
        check_equal(s.has("peer")[0]["verified"], True, "peer")
    leave(j, h)
    check("verified" in a.ok("peers", "show", "bob"), "show")


# ---- new keys -------------------------------------------------------------

def rekey_every_five():
    """1,000 lines each way while both change keys all the time."""
    a, b = friends()
    h = a.host("--id", "--rekey-every", "5")
    j = b.join(h, "--id", "--rekey-every", "5")
    for s in (h, j):
        s.wait("connected")
    for i in range(LINES):
        h.send(f"host {i}")
        j.send(f"joiner {i}")
    for s in (h, j):
        s.wait_count("message", LINES, 90)
        s.wait_count("delivered", LINES, 90)
    for s, other in ((h, "joiner"), (j, "host")):
        check_equal([e["text"] for e in s.has("message")],
                    [f"{other} {i}" for i in range(LINES)], s.role)
        check_equal([e["epoch"] for e in s.has("rekey")],
                    list(range(1, s.count["rekey"] + 1)), "epochs")
        check(s.count["rekey"] > 4, s.role, "has only", s.count["rekey"])
    print(f"    {h.count['rekey']} epochs for {2 * LINES} texts at once")
    wait_until(lambda: same_epoch(h, j), "the same epoch")
    before = h.count["rekey"]
    for i in range(50):
        j.send("one at a time")
        j.wait_count("delivered", LINES + i + 1)
    wait_until(lambda: same_epoch(h, j), "the same epoch")
    check(before + 8 <= h.count["rekey"] <= before + 11, "epochs for 50 "
          "texts, one at a time:", h.count["rekey"] - before)
    leave(j, h)


def same_epoch(h, j):
    for s in (h, j):
        s.do("status")
    return h.wait("status")["epoch"] == j.wait("status")["epoch"]


def rekey_by_hand_and_time():
    a, b = friends()
    h = a.host("--id", "--rekey-every", "1000000,1s")
    j = b.join(h, "--id", "--rekey-every", "1000000,1s")
    talk(h, j)
    j.do("rekey")
    check_equal(j.wait("rekey")["why"], "you", "why")
    check_equal(h.wait("rekey")["why"], "peer", "why")

    def traffic():
        j.send("x")
        return any(e["why"] == "time" for e in j.has("rekey") +
                   h.has("rekey"))
    wait_until(traffic, "new keys after a second", 10)
    wait_until(lambda: same_epoch(h, j), "the same epoch")
    leave(j, h)


# ---- files ----------------------------------------------------------------

def permissions():
    """What others can read or write is refused, with what to type."""
    a, _ = friends()
    chat = ["host", "--accept-intro", "1", "--id", "127.0.0.1:0"]
    for name in ("identity", "peers"):
        os.chmod(a.path(name), 0o644)
        for args in [chat] + ([["id"]] if name == "identity" else
                              [["peers"], ["peers", "forget", "bob"]]):
            done = a.run(*args)
            check_equal(done.returncode, 3, f"{name} {args}")
            check("chmod 600 " + a.path(name) in done.stderr, done.stderr)
        os.chmod(a.path(name), 0o600)
    os.chmod(a.folder, 0o770)
    for args in (chat, ["id"], ["peers"], ["id", "new"]):
        done = a.run(*args)
        check_equal(done.returncode, 3, f"folder {args}")
        check("chmod 700" in done.stderr, done.stderr)
    os.chmod(a.folder, 0o700)
    check_equal(list(a.peers()), ["bob"], "a's people")


def broken_files():
    """The line is named, nothing is guessed and nothing written over."""
    a, _ = friends()
    good = a.read("peers")
    chat = ["join", "--accept-intro", "1", "--id", "127.0.0.1:1"]
    for bad, where in ((good + "x\n", "line 3"), (good[:-1], "line 2"),
                       (good + good.split("\n")[1] + "\n", "line 3"),
                       ("", "line 1"), ("secchat peers 2\n", "line 1")):
        a.write("peers", bad)
        for args in (chat, ["peers"], ["peers", "forget", "bob"]):
            done = a.run(*args)
            check_equal(done.returncode, 3, f"{args}: {done.stderr}")
            check(where in done.stderr, where, done.stderr)
        check_equal(a.read("peers"), bad, "the file")
    a.write("peers", good)
    a.write("identity", "too short\n")
    for args in (chat, ["id"]):
        done = a.run(*args)
        check_equal(done.returncode, 3, args)
        check("44" in done.stderr, done.stderr)
    a.write("identity", "!" * 44)
    done = a.run(*chat)
    check_equal(done.returncode, 3, "44 other characters")
    check("44" in done.stderr, done.stderr)
    check_equal(a.read("identity"), "!" * 44, "the file")
    os.unlink(a.path("identity"))
    os.symlink("/dev/null", a.path("identity"))
    check_equal(a.run(*chat).returncode, 3, "a link")


def no_place():
    """No home, and a home that cannot be written to."""
    a = Person()
    chat = ["host", "--accept-intro", "1", "--id", "127.0.0.1:0"]
    env = {k: v for k, v in os.environ.items()
           if k not in ("HOME", "XDG_DATA_HOME")}
    for args in (chat, ["id", "new"], ["peers"]):
        done = subprocess.run([SECCHAT, *args], env=env, capture_output=True,
                              text=True, check=False, timeout=30,
                              stdin=subprocess.DEVNULL)
        check_equal(done.returncode, 3, args)
        check("HOME" in done.stderr, done.stderr)
    done = a.run(*chat, env={"XDG_DATA_HOME": "/proc/self"})
    check_equal(done.returncode, 3, "a folder that cannot be made")
    check("/proc/self/secchat" in done.stderr, done.stderr)
    if os.geteuid() == 0:
        skip_part("a folder without permission to write does not stop root")
        return
    os.mkdir(a.folder, 0o500)
    for args in (chat, ["id", "new"]):
        done = a.run(*args)
        check_equal(done.returncode, 3, args)
        check("ermission" in done.stderr, done.stderr)
    os.chmod(a.folder, 0o700)


def read_only_records():
    """A meeting that cannot be written down goes on, and says so."""
    a, b = Person(), Person()
    a.ok("id", "new")
    if os.geteuid() == 0:
        os.mkdir(a.path("peers.new"))   # in the way of any writer
    else:
        os.chmod(a.folder, 0o500)
    h = a.host("--pair")
    j = b.join(h, "--pair", secret=code_of(h))
    talk(h, j)
    wait_until(lambda: "cannot be remembered" in h.stderr(), "a warning")
    leave(j, h)
    os.chmod(a.folder, 0o700)


def full():
    """No more than 256, all of them at work, and nobody thrown out."""
    a, b = friends()
    bob = a.read("peers").split("\n")[1]
    others = [f"{i:064x} unverified 2026-01-01 - somebody {i}"
              for i in range(1, 256)]
    a.write("peers", "\n".join(["secchat peers 1", *others, bob, ""]))
    h = a.host("--id")
    j = b.join(h, "--id")
    talk(h, j)
    leave(j, h)
    c = Person()
    h = a.host("--pair")
    j = c.join(h, "--pair", secret=code_of(h))
    talk(h, j)
    wait_until(lambda: "256 people" in h.stderr(), "a warning")
    leave(j, h)
    check_equal(len(a.peers()), 256, "people")
    check_equal(len(a.ok("peers").splitlines()), 256, "lines")


def killed():
    """kill -9 at any moment: whole files, and what was there stays."""
    a, b = friends()
    before = a.read("identity")
    for i in range(12):
        c = Person()
        h = a.host("--pair")
        j = c.join(h, "--pair", secret=code_of(h))
        if i % 3:
            pump(0.004 * i)
        for s in (h, j):
            s.proc.kill()
        for s in (h, j):
            wait_until(s.proc.gone, "its death")
            s.end()
        for p in (a, c):
            if os.path.exists(p.path("peers")):
                p.ok("peers")
        check_equal(a.read("identity"), before, "the identity")
        check("bob" in a.peers(), "bob is lost")
        a.write("peers", "\n".join(a.read("peers").split("\n")[:2]) + "\n")


def killed_while_made():
    """The first identity: none, or a whole one."""
    made = 0
    for i in range(20):
        a = Person()
        child = subprocess.Popen([SECCHAT, "id", "new"],
                                 env={**os.environ, **a.env},
                                 stdin=subprocess.DEVNULL,
                                 stdout=subprocess.DEVNULL,
                                 start_new_session=True)
        pump(0.0008 * i)
        os.killpg(child.pid, 9)
        child.wait()
        done = a.run("id")
        check(done.returncode in (0, 3), done.stderr)
        if done.returncode == 3:
            check("no identity yet" in done.stderr, done.stderr)
            a.ok("id", "new")
        made += done.returncode == 0
        a.fingerprint()
    print(f"    {made} of 20 were made before the end")


def two_programs():
    """Two at once with the same folder: both meetings are remembered."""
    a, b, c = Person(), Person(), Person()
    hosts = [a.host("--pair", "--name", n) for n in ("bob", "carol")]
    joiners = [p.join(h, "--pair", secret=code_of(h))
               for p, h in zip((b, c), hosts)]
    for h, j in zip(hosts, joiners):
        talk(h, j)
        leave(j, h)
    check_equal(sorted(a.peers()), ["bob", "carol"], "people")
    made = sum("made this computer" in h.stderr() for h in hosts)
    check_equal(made, 1, "identities made")


# ---- the subcommands ------------------------------------------------------

def commands():
    a = Person()
    rows = (
        (["id"], 3, "no identity yet"),
        (["id", "show"], 3, "secchat id new"),
        (["peers"], 0, ""),
        (["peers", "show", "bob"], 3, "bob"),
        (["peers", "show"], 2, "NAME"),
        (["peers", "forget"], 2, "NAME"),
        (["peers", "lsit"], 2, "peers list"),
        (["peers", "list", "x"], 2, "x"),
        (["id", "nwe"], 2, "id new"),
        (["id", "new", "x"], 2, "x"),
        (["id", "--jsn"], 2, "--jsn"),
        (["id", "rename"], 2, "rename alice"),
        (["id", "rename", "a/b"], 2, "name"),
        (["id", "rename", "a\x1b[2Jb"], 2, "name"),
        (["id", "rename", "a" * 65], 2, "name"),
        (["id", "-h"], 0, "Examples"),
        (["help", "peers"], 0, "forget"),
    )
    for args, code, words in rows:
        done = a.run(*args)
        check_equal(done.returncode, code, f"{args} {done.stderr}")
        check(words in done.stdout + done.stderr, args, words, done)
        check("\x1b" not in done.stderr, "an escape of the user's")
    check(not os.path.exists(a.folder), "asking made a folder")
    out = a.ok("id", "new")
    check(re.fullmatch(PRINT + "\n", out), out)
    check_equal(a.fingerprint(), out.strip(), "id")
    for args in (["id", "new"], ["id", "new", "--no-input"]):
        done = a.run(*args)
        check_equal(done.returncode, 3, "a second identity")
        check("has an identity" in done.stderr, done.stderr)
    check_equal(a.fingerprint(), out.strip(), "id afterwards")


def another_identity():
    """At a terminal, with yes; the old one is kept, every time."""
    a = Person()
    prints = [a.ok("id", "new").strip()]
    old = [a.read("identity")]
    for answer, made in (("no\n", False), ("\n", False), ("yes\n", True),
                         ("yes\n", True)):
        t = Terminal([SECCHAT, "id", "new"], env=a.env)
        t.expect("Type yes")
        t.type(answer)
        check_equal(t.wait_exit(), 0 if made else 3, repr(answer))
        now = a.fingerprint()
        check_equal(now not in prints, made, "another key")
        if made:
            prints.append(now)
            old.append(a.read("identity"))
    check_equal(a.read("identity.old"), old[0], "the first")
    check_equal(a.read("identity.old.2"), old[1], "the second")
    check_equal(sorted(os.listdir(a.folder)),
                ["identity", "identity.old", "identity.old.2"], "files")


def listed():
    a, b = friends()
    out = a.ok("peers", "list")
    check(re.fullmatch(rf"unverified  \d{{4}}-\d\d-\d\d  {PRINT}  -  bob\n",
                       out), out)
    check(b.fingerprint() in out, "b's key")
    shown = a.ok("peers", "show", "bob")
    number = re.search(r"safety number  ((\d{5} ?){12})\n", shown)
    there = b.ok("peers", "show", "alice")
    check(number and number.group(1) in there, shown, there)
    done = a.run("peers", "forget", "bbo")
    check_equal(done.returncode, 3, "forget bbo")
    check('"bob"' in done.stderr, done.stderr)
    check(b.fingerprint() in a.ok("peers", "forget", "bob"), "forget")
    check_equal(a.peers(), {}, "people")
    check_equal(a.run("peers", "forget", "bob").returncode, 3, "again")


main(first_contact, names_as_events, recognised, many_people, by_passphrase,
     wrong_code, mistyped_code,
     claimed_names, names_that_deceive, names_of_older_lists, unknown,
     nobody_known, accept_new, changed,
     another_at_the_address, expected_only, myself, flood_of_strangers, keep,
     verify, rekey_every_five, rekey_by_hand_and_time, permissions,
     broken_files, no_place, read_only_records, full, killed,
     killed_while_made, two_programs, commands, another_identity, listed)
