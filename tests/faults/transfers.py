#!/usr/bin/python3
"""Files between real pairs of confined suites over a network that does harm
(proxy.py): each arrives bit for bit, or both sides say how it ended; texts go
on beside them; and nothing else is ever left in a folder.

As with pairs.py, which this rests on, every line begins with the seed of its
chat, and `transfers.py --mode M --seed N` runs that chat again.
# seconds: 300
"""
import os
import sys
import time

from pairs import Chat, People, arguments, run
from proxy import Proxy
import secchat_test as st
from secchat_test import check, check_equal, scratch

OVER = ("done", "declined", "cancelled", "failed")
AT_ONCE = 4             # of each side
ENDS = {"quit": 6, "outage": 1, "leave": 1}


class Person(People):
    """With a folder for each of the two."""

    def __init__(self, mode, rekey):
        super().__init__(mode, rekey)
        self.folders = {r: scratch() for r in ("host", "join")}

    def side(self, role):
        return ["--download-dir", self.folders[role]]

    def host(self):
        return st.host(*self.args, *self.more, *self.side("host"),
                       env=self.envs[0])

    def join(self, h, addr):
        code = h.has("listening")[0].get("code")
        return st.join(addr, *self.args, *self.more, *self.side("join"),
                       env=self.envs[1], secret=code)

    def meet(self):
        self.folders = {r: scratch() for r in ("host", "join")}
        super().meet()


class File:
    """One transfer: what becomes of it was decided before."""

    def __init__(self, rng, role, number):
        self.role, self.number = role, number
        self.size = rng.randrange(rng.choices(
            (1, 2, 5000, 200000, 3 << 20), (1, 1, 4, 6, 4))[0])
        self.seed = rng.randbytes(64)
        self.answer = rng.choices(("accept", "decline"), (12, 1))[0]
        # Who stops it, and when of what has moved.
        self.stopper = rng.choices((None, "host", "join", "disk"),
                                   (16, 1, 1, 1))[0]
        self.when = rng.random() * self.size
        self.path = os.path.join(scratch(), f"{role}-{number}.bin")
        with open(self.path, "wb") as f:
            f.write(self.bytes())
        self.fid = None
        self.answered = self.stopped = False

    def bytes(self):
        data = self.seed * (self.size // len(self.seed) + 1)
        return data[:self.size]


class Transfers(Chat):
    def __init__(self, mode, seed, texts, faults, end=None, kinds=None):
        super().__init__(mode, seed, texts, faults, None, kinds)
        self.end = end or self.rng.choices(list(ENDS), ENDS.values())[0]
        self.files = []
        self.states = {"host": {}, "join": {}}      # fid: the last event
        self.seen = {"host": 0, "join": 0}

    # -- what they do --

    def look(self):
        """The file events since the last time."""
        for s in self.sides():
            events = s.has("file")
            for e in events[self.seen[s.role]:]:
                if e["n"] is None:
                    continue    # the chat ended before it had a number
                known = self.states[s.role].get(e["n"])
                check(not known or known["state"] not in OVER,
                      s.role, "says more of a file that is over:", e)
                self.states[s.role][e["n"]] = e
            self.seen[s.role] = len(events)

    def other(self, role):
        return self.h if role == "join" else self.j

    def side(self, role):
        return self.h if role == "host" else self.j

    def find(self, f):
        """Its number, once its sender has one."""
        if f.fid is None:
            for e in self.side(f.role).has("file"):
                if e.get("ref") == str(f.number) and e["n"]:
                    f.fid = e["n"]
                    break
        return f.fid

    def over(self, f):
        """On both sides, as far as the other has ever heard of it."""
        mine = self.states[f.role].get(f.fid)
        theirs = self.states[self.other(f.role).role].get(f.fid)
        return mine and mine["state"] in OVER and (
            not theirs or theirs["state"] in OVER)

    def offer(self, role):
        f = File(self.rng, role, len(self.files) + 1)
        self.files.append(f)
        self.side(role).do("sendfile", path=f.path, ref=str(f.number))

    def attend(self, f):
        """Answer it, or stop it when it has come as far as that."""
        if self.find(f) is None:
            return
        taker = self.other(f.role)
        theirs = self.states[taker.role].get(f.fid)
        if theirs and theirs["state"] == "offered" and not f.answered:
            f.answered = True
            taker.do(f.answer, n=f.fid)
        if f.stopped or f.stopper is None or not theirs or \
                theirs["state"] not in ("accepted", "progress") or \
                theirs["done"] < f.when:
            return
        f.stopped = True
        if f.stopper == "disk":
            with open(f.path, "ab") as out:
                out.write(b"more")
        else:
            self.side(f.stopper).do("cancel", n=f.fid)

    # -- its parts --

    def run(self):
        people = Person(self.mode, self.rekey)
        self.folders = people.folders
        self.h = people.host()
        self.proxy = Proxy(self.h.addr, self.seed, self.kinds, self.faults,
                           self.rng.random())
        yield from self.begin(people)
        self.everyone = [*self.h.everyone(), *self.j.everyone()]
        self.proxy.arm()
        yield from self.transfer()
        yield from {"quit": self.quit, "outage": self.outage,
                    "leave": self.leave}[self.end]()
        yield from self.gone()
        self.check_folders()
        self.reconnections = self.proxy.accepted - 1
        how = [self.states[f.role][f.fid]["state"] for f in self.files
               if f.fid]
        self.say("ok,", len(self.files), "files,", how.count("done"),
                 "arrived,", self.proxy.total(), "faults,",
                 self.reconnections, "connections anew, ended by",
                 self.end + ",", f"{time.monotonic() - self.started:.1f} s")

    def transfer(self):
        """Files by turns, a few at once, until there have been enough."""
        while True:
            self.look()
            self.alive()
            for f in self.files:
                self.attend(f)
            open_files = [f for f in self.files if not self.over(f)]
            if len(self.files) >= self.texts:
                if self.end != "quit" or not open_files:
                    return
            else:
                for role in ("host", "join"):
                    mine = [f for f in open_files if f.role == role]
                    if len(mine) < AT_ONCE and self.rng.random() < 0.3:
                        self.offer(role)
            if self.rng.random() < 0.1:
                self.send(self.rng.choice(self.sides()))
            yield

    def quit(self):
        self.proxy.disarm()
        yield from self.until(self.settled, 60, "the last receipts")
        self.rng.choice(self.sides()).do("quit")
        yield from self.exited()
        self.look()
        self.check_texts()
        self.check_ends()

    def leave(self):
        """While files move."""
        self.rng.choice(self.sides()).do("quit")
        yield from self.exited()
        self.look()
        self.check_texts()

    def outage(self):
        self.proxy.cut_for_good()
        yield from self.until(lambda: not self.up(), 60, "lost")
        for s in self.sides():
            s.do("quit")
        yield from self.exited()
        self.look()
        self.check_texts()

    # -- what must be so --

    def check_ends(self):
        """Both know the same, but for a word that crossed the end."""
        for f in self.files:
            mine = self.states[f.role][f.fid]
            theirs = self.states[self.other(f.role).role].get(f.fid)
            if mine["state"] == "done":
                check_equal(theirs["state"], "done", f"file {f.fid}")
            if f.stopper is None and f.answer == "accept":
                check_equal(mine["state"], "done", (f.fid, mine))
        for s in self.sides():
            failed = any(e["state"] in ("failed", "cancelled")
                         for e in self.states[s.role].values())
            last = s.events[-1]
            check(last["ev"] == "end" and last["code"] == s.popen.wait(),
                  s.role, last)
            check(last["code"] in ((0, 11) if failed else (0,)), s.role, last)

    def check_folders(self):
        """Only what arrived, and all of it; bit for bit."""
        for role, folder in self.folders.items():
            kept = {e["path"]: n for n, e in self.states[role].items()
                    if e["state"] == "done" and e["dir"] == "in"}
            names = {os.path.join(folder, x) for x in os.listdir(folder)}
            check_equal(sorted(names), sorted(kept), f"{role}'s folder")
            for path, n in kept.items():
                f = next(x for x in self.files if x.fid == n)
                with open(path, "rb") as got:
                    check(got.read() == f.bytes(), path, "differs")

    def give_up(self):
        for f in self.files:
            if not self.over(f):
                self.say(f"file {f.fid} of {f.role}, {f.size} bytes, to be "
                         f"{f.answer}ed, stopped by {f.stopper}:",
                         *(self.states[r].get(f.fid) for r in self.states))
        super().give_up()

    def how(self):
        kind = f" --kind {next(iter(self.kinds))}" if self.kinds else ""
        return (f"tests/faults/transfers.py --mode {self.mode} --seed "
                f"{self.seed} --end {self.end} --files {self.texts} --faults "
                f"{self.faults}{kind}")


def summary(chats, started):
    states = [c.states[f.role][f.fid]["state"] for c in chats
              for f in c.files if f.fid]
    print(f"seed {chats[0].seed} and on: {len(chats)} chats, "
          f"{sum(len(c.files) for c in chats)} files (" +
          ", ".join(f"{states.count(x)} {x}" for x in OVER) + "), "
          f"{sum(c.proxy.total() for c in chats if c.proxy)} faults, "
          f"{sum(c.reconnections for c in chats)} connections anew, "
          f"{sum(c.failed for c in chats)} chats failed, "
          f"{time.monotonic() - started:.0f} s")


def main():
    a = arguments(__doc__, ENDS, "files", 4)
    return run(a, Transfers, (32, 4), (40, 10), (60, 12), summary)


if __name__ == "__main__":
    sys.exit(main())
