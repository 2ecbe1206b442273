#!/usr/bin/python3
"""Real pairs of confined suites over a network that does harm (proxy.py):
what one side sends arrives on the other, all of it, once and in order, or is
counted as undelivered; nothing else is ever shown.

The programs are those of `make TEST_LIMITS=1`, which wait less.  Every line
begins with the seed of its chat; `pairs.py --mode M --seed N` runs that chat
again, with the same texts and the same faults in the same places.
# seconds: 300
"""
import argparse
import collections
import os
import random
import sys
import tempfile
import time
import traceback

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(
    os.path.abspath(__file__))))
sys.path.insert(0, os.path.join(ROOT, "tests/system"))
if "SECCHAT_BIN" not in os.environ:     # by hand, without tests/run
    os.environ["SECCHAT_BIN"] = ROOT + "/build/testlimits/bin"
    os.environ["XDG_STATE_HOME"] = tempfile.mkdtemp(prefix="secchat-state.")

# pylint: disable=wrong-import-position
from proxy import KINDS, Proxy
import secchat_test as st
from secchat_test import (check, check_equal, host, join, make_key, pump,
                          scratch)

LONG = bool(os.environ.get("SECCHAT_LONG"))
MODES = ("key", "pass", "id", "pair")
SESSION = 240.0 * st.SLOWER     # seconds for one chat
QUIET = 0.03            # nothing on its way for so long: say more
ENDS = {"quit": 5, "harm": 3, "outage": 3, "expire": 1}
REKEYS = (None, None, "7", "3", "1")    # --rekey-every; None: 20
TRIES = 30              # joiners, until one gets through the first handshake


# ---- who talks ------------------------------------------------------------

class People:
    """The two sides of one chat, and what they start with."""

    def __init__(self, mode, rekey):
        self.mode = mode
        self.more = ["--rekey-every", rekey] if rekey else []
        self.args, self.envs = [], [{}, {}]
        if mode == "key":
            self.args = ["--key", make_key()]
        elif mode in ("id", "pair"):
            self.envs = [{"XDG_DATA_HOME": scratch()} for _ in range(2)]
            self.args = ["--pair"]
        if mode == "id":
            self.meet()
            self.args = ["--id"]

    def host(self):
        return host(*self.args, *self.more, env=self.envs[0])

    def join(self, h, addr):
        code = h.has("listening")[0].get("code")
        return join(addr, *self.args, *self.more, env=self.envs[1],
                    secret=code)

    def meet(self):
        h = self.host()
        j = self.join(h, h.addr)
        for s in (h, j):
            s.wait("connected")
        j.do("quit")
        check_equal((j.wait_exit(), h.wait_exit()), (0, 0), "meeting")
        for s in (h, j):
            s.end()


def text_of(seed, side, n):
    """The n-th text of a side, of any of the five sizes."""
    rng = random.Random(f"text {seed} {side} {n}")
    size = rng.randrange(rng.choices((180, 900, 3000, 14000, 60000),
                                     (80, 10, 6, 3, 1))[0])
    letters = "".join(rng.choices("abcdefgh \u00e4\u2713", k=50))
    return f"{seed} {side} {n} " + (letters * (size // 50 + 1))[:size // 2]


# ---- one chat -------------------------------------------------------------

class Chat:
    """A generator's worth of a chat: run() yields whenever it waits."""

    def __init__(self, mode, seed, texts, faults, end=None, kinds=None):
        self.mode, self.seed = mode, seed
        self.texts, self.faults, self.kinds = texts, faults, kinds
        self.rng = random.Random(f"chat {seed}")
        self.rekey = self.rng.choice(REKEYS)
        drawn = self.rng.choices(list(ENDS), ENDS.values())[0]
        self.end = end or drawn
        self.shaky = self.rng.random() < 0.25   # from the first byte on
        self.failed_joiners = 0
        self.sent = {"host": [], "join": []}
        self.proxy = self.h = self.j = None
        self.started = time.monotonic()
        self.reconnections = 0

    def say(self, *words):
        print(f"seed {self.seed} {self.mode}:", *words, flush=True)

    def sides(self):
        return (self.h, self.j)

    def send(self, s):
        mine = self.sent[s.role]
        mine.append(text_of(self.seed, s.role, len(mine) + 1))
        s.send(mine[-1], ref=str(len(mine)))

    def settled(self):
        """Everything sent is confirmed."""
        return all(s.count["delivered"] == len(self.sent[s.role])
                   for s in self.sides())

    def alive(self):
        for s in self.sides():
            check(s.stdout_open, s.role, "has ended:", s.stderr())
        check(time.monotonic() - self.started < SESSION, "takes too long")

    def until(self, predicate, seconds=st.DEADLINE, what="an event"):
        deadline = time.monotonic() + seconds
        while not predicate():
            check(time.monotonic() < deadline, "waited in vain for", what)
            yield

    # -- its parts --

    def begin(self, people):
        """Until both are connected.  A joiner whose first handshake is
        broken ends with a word about it, and the host goes on waiting."""
        for _ in range(TRIES):
            j = self.j = people.join(self.h, self.proxy.addr)
            yield from self.until(
                lambda: not j.stdout_open or
                (j.count["connected"] and self.h.count["connected"]),
                what="connected, or an end")
            check(self.h.stdout_open, "the host has ended:", self.h.stderr())
            if j.stdout_open:
                return
            check(self.shaky, "the joiner has ended:", j.stderr())
            code = j.wait_exit()
            check(code in (4, 5) and "secchat: " in j.stderr(),
                  "the joiner ends with", code, j.stderr())
            self.failed_joiners += 1
            j.end()
            if self.proxy.total() >= self.faults // 2:
                self.proxy.disarm()
        check(False, "no joiner came through")

    def run(self):
        people = People(self.mode, self.rekey)
        self.h = people.host()
        self.proxy = Proxy(self.h.addr, self.seed, self.kinds, self.faults,
                           self.rng.random())
        if self.shaky:
            self.proxy.arm()
        yield from self.begin(people)
        self.everyone = [*self.h.everyone(), *self.j.everyone()]
        if not self.proxy.armed:
            self.proxy.arm()
        yield from self.talk()
        yield from {"quit": self.quit, "harm": self.harm,
                    "outage": self.outage, "expire": self.outage}[self.end]()
        yield from self.gone()
        self.reconnections = self.proxy.accepted - 1
        self.say("ok,", sum(map(len, self.sent.values())), "texts,",
                 self.proxy.total(), "faults,", self.reconnections,
                 "connections anew,", self.failed_joiners,
                 "joiners that never got in, ended by", self.end + ",",
                 f"{time.monotonic() - self.started:.1f} s")

    def talk(self):
        """Texts in step with the faults, so that both last as long; where a
        fault waits for bytes, a few more."""
        quiet_since = time.monotonic()
        while True:
            struck = self.proxy.total()
            due = self.texts * (struck + 1) // self.faults
            for s in self.sides():
                mine = len(self.sent[s.role])
                for _ in range(min(6, due - mine)):
                    self.send(s)
            if struck >= self.faults and self.settled():
                return
            now = time.monotonic()
            if not self.settled():
                quiet_since = now
            elif now - quiet_since > QUIET:
                quiet_since = now
                s = self.rng.choice(self.sides())
                self.send(s)
                if self.rng.random() < 0.05:
                    s.do("rekey")
            self.alive()
            yield

    def check_texts(self):
        for s, other in (self.sides(), self.sides()[::-1]):
            got = [e["text"] for e in other.has("message")]
            want = self.sent[s.role]
            for n, (a, b) in enumerate(zip(got, want)):
                check(a == b, f"text {n + 1} of {s.role}: got", a[:80],
                      "want", b[:80])
            check(len(got) <= len(want), "more texts than were sent")
            refs = [e["ref"] for e in s.has("delivered")]
            check_equal(refs, [str(n + 1) for n in range(len(refs))],
                        s.role + " receipts")
            check(len(refs) <= len(got), s.role, "has", len(refs),
                  "receipts for", len(got), "texts")

    def exited(self):
        def both():
            return not any(s.stdout_open or s.stderr_open or not
                           s.proc.gone() for s in self.sides())
        yield from self.until(both, 60, "the end of both")

    def quit(self):
        """In order: everything was delivered, both say so.  A last text each
        shows that the last fault is over, and has been noticed."""
        self.proxy.disarm()
        for s in self.sides():
            self.send(s)
        yield from self.until(self.settled, what="the last receipts")
        s = self.rng.choice(self.sides())
        s.do("quit")
        yield from self.exited()
        self.check_texts()
        for s in self.sides():
            check_equal(s.count["message"], len(
                self.sent["join" if s is self.h else "host"]), "texts")
            last = s.events[-1]
            check_equal((last["ev"], last["code"], last["undelivered"],
                         s.popen.wait()), ("end", 0, 0, 0), s.role)

    def up(self):
        """Both know of a connection, which is the last word they had."""
        for s in self.sides():
            words = [e["state"] for e in s.has("link")
                     if e["state"] in ("lost", "resumed")]
            if words and words[-1] == "lost":
                return False
        return True

    def a_few_more(self):
        for s in self.sides():
            for _ in range(self.rng.randrange(0, 12)):
                self.send(s)
        for _ in range(self.rng.randrange(0, 6)):
            yield

    def harm(self):
        """One leaves, perhaps both, while the network goes on as it did."""
        self.proxy.limit += 12
        if self.proxy.wires and not self.proxy.wires[-1].fault:
            self.proxy.wires[-1].next_fault()
        yield from self.a_few_more()
        for s in self.rng.sample(self.sides(), self.rng.choice((1, 1, 2))):
            s.do("quit")
        yield from self.ended()

    def outage(self):
        """The network goes away for good in the middle of texts; then both
        leave, or wait until their time is over."""
        yield from self.a_few_more()
        self.proxy.cut_for_good()
        if self.end == "outage":
            yield from self.until(lambda: not self.up(), what="lost")
            for s in self.sides():
                s.do("quit")
        yield from self.ended()

    def ended(self):
        """What each could not deliver it has counted."""
        yield from self.exited()
        self.check_texts()
        for s in self.sides():
            last = s.events[-1]
            missing = len(self.sent[s.role]) - s.count["delivered"]
            check_equal((last["ev"], last["undelivered"]), ("end", missing),
                        s.role)
            code = s.popen.wait()
            check_equal(last["code"], code, s.role + " exit code")
            check(code == 6 if missing else code in (0, 4), s.role,
                  "ends with", code, "and", missing, "undelivered")

    def gone(self):
        yield from self.until(lambda: all(p.gone() for p in self.everyone),
                              10, "the end of every process")
        self.proxy.end()
        for s in self.sides():
            s.end()

    def how(self):
        """The command that does it again."""
        kind = f" --kind {next(iter(self.kinds))}" if self.kinds else ""
        return (f"tests/faults/pairs.py --mode {self.mode} --seed {self.seed}"
                f" --end {self.end} --texts {self.texts} --faults "
                f"{self.faults}{kind}")

    def give_up(self):
        """What is known, when it failed."""
        if self.proxy:
            for line in self.proxy.history[-12:]:
                self.say("fault", line)
            if self.proxy in st.others:
                self.proxy.end()
        for s in self.sides():
            if s:
                for line in s.account().splitlines():
                    self.say(line)
                s.end()


# ---- all of them ----------------------------------------------------------

def step(chat, script):
    """True while it goes on; its failure is told and remembered."""
    try:
        next(script)
        return True
    except StopIteration:
        return False
    except Exception:   # one failed chat does not hide the others
        chat.failed = True
        for line in traceback.format_exc().splitlines():
            chat.say(line)
        chat.say("FAILED")
        chat.give_up()
        return False


def run_all(chats, beside):
    waiting, running = collections.deque(chats), []
    while waiting or running:
        while waiting and len(running) < beside:
            chat = waiting.popleft()
            chat.failed = False
            chat.started = time.monotonic()
            running.append((chat, chat.run()))
        pump(0.02)
        running = [(c, s) for c, s in running if step(c, s)]


def summary(chats, started):
    counts = collections.Counter()
    for c in chats:
        if c.proxy:
            counts.update(c.proxy.counts)
    texts = sum(len(t) for c in chats for t in c.sent.values())
    modes = collections.Counter(c.mode for c in chats)
    print(f"seed {chats[0].seed} and on: {len(chats)} chats (" +
          ", ".join(f"{n} {m}" for m, n in sorted(modes.items())) +
          f"), {texts} texts, {sum(counts.values())} faults, "
          f"{sum(c.reconnections for c in chats)} connections anew, "
          f"{sum(c.failed_joiners for c in chats)} joiners that never got "
          f"in, {sum(c.failed for c in chats)} chats failed, "
          f"{time.monotonic() - started:.0f} s")
    print(f"seed {chats[0].seed} and on: " + ", ".join(
        f"{counts[k]} {k}" for k in KINDS))


def plan(a, kind):
    """Chats in the modes by turns, each with the next seed."""
    modes = [a.mode] if a.mode else MODES
    for n in range(a.chats):
        yield kind(modes[n % len(modes)], a.seed + n, a.texts, a.faults,
                   a.end, {a.kind: 1} if a.kind else None)


def arguments(doc, ends, counted, beside):
    """What both scripts are told; counted is "texts" or "files"."""
    p = argparse.ArgumentParser(description=doc)
    p.add_argument("--seed", type=int)
    p.add_argument("--mode", choices=MODES)
    p.add_argument("--end", choices=set(ends))
    p.add_argument("--kind", choices=KINDS)
    p.add_argument("--chats", type=int)
    p.add_argument("--" + counted, type=int, dest="texts")
    p.add_argument("--faults", type=int)
    p.add_argument("--beside", type=int, default=beside)
    return p.parse_args()


def run(a, kind, chats, texts, faults, tell):
    """The chats that are asked for; chats, texts and faults are what there
    are without a word, in the long form and in the short one."""
    one = a.seed is not None and a.chats is None
    a.seed = 1 if a.seed is None else a.seed
    a.chats = a.chats or (1 if one else chats[not LONG])
    a.texts = a.texts or texts[not LONG]
    a.faults = a.faults or faults[not LONG]
    started = time.monotonic()
    every = list(plan(a, kind))
    run_all(every, a.beside)
    tell(every, started)
    failed = [c for c in every if c.failed]
    for c in failed:
        c.say("FAILED; again:", c.how())
    st.clean_up()
    return 1 if failed else 0


def main():
    a = arguments(__doc__, ENDS, "texts", 16)
    return run(a, Chat, (100, 16), (250, 60), (120, 40), summary)


if __name__ == "__main__":
    sys.exit(main())
