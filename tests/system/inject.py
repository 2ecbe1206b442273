"""A system that fails: interrupted calls, short writes, no memory, no
descriptors.

# seconds: 60

The programs are those of `make inject`: the same objects, in their sandboxes,
with a few functions before the C library's that fail as a file says
(tests/inject/inject.c).  Each seed is a chat in which one side has one such
fault, drawn from the tables below; several chats run at once.

What passes (EINTR, EAGAIN, ENOBUFS, a short write) must not be noticed at all:
every text arrives, both sides end with 0.  Of anything else the chat may end,
but in order: a sentence and an exit code for it, nobody left behind, nothing
twice or out of order, nothing marked as delivered that was not shown, and
never without an end.

SECCHAT_LONG=1 takes 3,000 seeds; SEED=N takes that one and shows it.
"""
import errno
import os
import random
import time

from secchat_test import (ROOT, SECCHAT, SLOWER, Suite, check, clean_up, main,
                          pump, scratch, skip, write_key)

LONG = bool(os.environ.get("SECCHAT_LONG"))
SEED = os.environ.get("SEED")
INJECT = os.environ.get("SECCHAT_INJECT",
                        os.path.join(ROOT, "build/release/inject"))
PROGRAM = os.path.join(INJECT, "secchat")
TEXTS = 12              # each way
AT_ONCE = 8
SEEDS = 3000 if LONG else 100
STUCK = 60.0 * SLOWER   # seconds; the longest timer of a chat is 15
PATIENCE = 30.0 * SLOWER    # then both are asked to leave
SHORT = 0               # inject.c: half of it is written

INTERRUPTED = (errno.EINTR,)
LATER = (errno.EINTR, errno.EAGAIN)
FULL = (errno.ENOMEM, errno.EMFILE, errno.ENFILE)
NETWORK = (errno.ENOMEM, errno.ENOBUFS)
# Not EPIPE of a link between processes: that the other one has gone its end
# of file says.  Of the connection it is noticed when nothing comes back, which
# takes 15 seconds.
GONE = (errno.EPIPE, errno.ECONNRESET) if LONG else ()

# call: what passes and must not be noticed; what may end the chat
CALLS = {
    "poll":       (INTERRUPTED, (errno.ENOMEM,)),
    "ppoll":      (INTERRUPTED, (errno.ENOMEM,)),
    "read":       (LATER, (errno.EIO, errno.ENOMEM)),
    "write":      (INTERRUPTED + (SHORT,), (errno.EPIPE, errno.ENOSPC)),
    "writev":     (LATER + (errno.ENOBUFS,), (errno.ENOMEM, errno.EMSGSIZE)),
    "send":       (LATER + (errno.ENOBUFS, errno.ENOMEM, SHORT), GONE),
    "sendmsg":    (INTERRUPTED, NETWORK + FULL),
    "recvmsg":    (LATER, (errno.ENOMEM,)),
    "accept4":    (LATER + FULL + (errno.ECONNABORTED, errno.ENOBUFS), ()),
    "socketpair": ((), FULL),
    "pipe2":      ((), FULL),
    "fork":       ((), (errno.EAGAIN, errno.ENOMEM)),
    "execve":     ((), (errno.ENOMEM, errno.EACCES)),
    "waitpid":    (INTERRUPTED, ()),
    "dup2":       ((), (errno.EMFILE,)),
    "fcntl":      ((), (errno.EMFILE,)),
    "open":       ((), FULL + (errno.EACCES,)),
    "openat":     ((), FULL + (errno.EACCES,)),
    "mmap":       ((), (errno.ENOMEM,)),
    "malloc":     ((), (errno.ENOMEM,)),
    "realloc":    ((), (errno.ENOMEM,)),
    "socket":     ((), FULL + (errno.ENOBUFS,)),
    "connect":    ((), NETWORK + (errno.EADDRNOTAVAIL,)),
    "bind":       ((), (errno.EADDRINUSE, errno.EACCES, errno.ENOMEM)),
    "listen":     ((), (errno.EADDRINUSE, errno.ENOBUFS)),
    "setsockopt": ((), (errno.ENOMEM, errno.ENOBUFS)),
    "getsockname": ((), (errno.ENOBUFS,)),
}

# Who makes which of them; the number of each before the chat is over is some
# tens, of dial's and of all in the second row two or three.
OFTEN = ("poll", "read", "write", "writev")
MAKES = {
    "secchat": OFTEN + ("sendmsg", "recvmsg", "socketpair", "pipe2", "fork",
                        "execve", "waitpid", "dup2", "fcntl", "open",
                        "openat"),
    "secchat-crypto": OFTEN + ("mmap", "open"),
    "secchat-net": OFTEN + ("send", "recvmsg", "accept4", "open"),
    "secchat-dial": OFTEN + ("sendmsg", "socket", "connect", "bind", "listen",
                             "setsockopt", "getsockname", "open"),
    "secchat-script": OFTEN + ("malloc", "realloc", "open"),
}

# 1 internal, 3 a file, 4 network, 6 undelivered, 8 no sandbox
GOOD_ENDS = (1, 3, 4, 6, 8)

# What was once wrong, as negative seeds: which side, program, call, whether it
# must not be noticed, error, the first, and each how many-th after it.
MENDED = (
    ("host", "secchat", "fork", False, errno.EAGAIN, 3, 0),
    ("host", "secchat", "open", False, errno.EMFILE, 1, 0),
    ("join", "secchat-dial", "writev", True, errno.ENOBUFS, 1, 2),
    ("host", "secchat-script", "poll", False, errno.ENOMEM, 1, 1),
    ("join", "secchat-crypto", "read", True, errno.EINTR, 1, 2),
    ("host", "secchat-script", "read", False, errno.EIO, 12, 0),
    ("join", "secchat-net", "send", True, errno.ENOMEM, 2, 2),
)

# Clocks that jump, by so many seconds: of the one that says the date nobody
# notices; of the other whoever waits has waited long enough.
YEARS = 10 * 365 * 86400
CLOCKS = (
    ("host", "secchat", "realtime", True, YEARS, 1, 2),
    ("join", "secchat", "realtime", True, -YEARS, 2, 3),
    ("join", "secchat-script", "realtime", True, -YEARS, 3, 1),
    ("host", "secchat-script", "realtime", True, YEARS, 3, 7),
    ("host", "secchat", "monotonic", False, 3600, 20, 0),
    ("join", "secchat-net", "monotonic", False, 3600, 5, 0),
    ("host", "secchat-crypto", "monotonic", False, 86400, 9, 0),
    ("join", "secchat-crypto", "monotonic", False, 20, 9, 7),
    ("join", "secchat-script", "monotonic", False, 86400, 9, 1),
)
CHOSEN = MENDED + CLOCKS


class Fault:
    """What one seed stands for."""

    def __init__(self, seed):
        self.seed = seed
        if seed < 0:
            (self.role, self.program, self.call, self.passes, self.error,
             self.first, self.every) = CHOSEN[-seed - 1]
        else:
            self.draw(random.Random(seed))

    def draw(self, r):
        self.role = r.choice(("host", "join"))
        while True:
            self.program = r.choice(list(MAKES))
            self.call = r.choice(MAKES[self.program])
            self.passes = r.random() < 0.5
            errors = CALLS[self.call][0 if self.passes else 1]
            if errors:
                break
        self.error = r.choice(errors)
        self.first = r.choice((1, 1, 2, 3, r.randint(4, 12),
                               r.randint(10, 60)))
        self.every = r.choice((2, 3, 7) if self.passes else (0, 0, 1))

    def __str__(self):
        return (f"{self.program} {self.call} {self.error} {self.first} "
                f"{self.every}")

    def __repr__(self):
        what = (f"{self.error} s" if self.call in ("realtime", "monotonic")
                else errno.errorcode.get(self.error, "SHORT"))
        return f"seed {self.seed}: {self.role}: {self} ({what})"


class Chat:
    """Both sides, and how far they are."""

    def __init__(self, seed):
        self.fault = Fault(seed)
        self.folder = scratch()
        with open(os.path.join(self.folder, "faults"), "w",
                  encoding="ascii") as f:
            f.write(f"{self.fault}\n")
        self.key = write_key(os.urandom(32))
        self.sides, self.everyone = [], {}
        self.started = time.monotonic()
        self.sent = self.asked = self.left = False
        self.start("host", "127.0.0.1:0")

    def start(self, role, addr):
        hit = role == self.fault.role
        self.sides.append(Suite(
            role, "--key", self.key, addr, cwd=self.folder if hit else None,
            program=PROGRAM if hit else SECCHAT))

    def turn(self):
        """Do what is next; True when both have ended."""
        host = self.sides[0]
        for s in self.sides:
            if not over(s):
                s.workers()
        if len(self.sides) == 1:
            if host.has("listening"):
                self.start("join", host.has("listening")[0]["addr"])
            return over(host)
        ended = [over(s) for s in self.sides]
        if all(ended):
            return True
        self.send()
        done = all(s.count["message"] == TEXTS == s.count["delivered"]
                   for s in self.sides)
        passed = time.monotonic() - self.started
        waits = passed > PATIENCE and not self.fault.passes
        # Who ended may have told nobody, and a connection that is lost each
        # time is resumed for ten minutes.
        if (any(ended) or waits) and not self.left:
            self.asked = self.left = True
            for s in self.sides:
                s.do("quit")
        elif done and not self.asked:
            self.asked = True
            host.do("quit")
        check(passed < STUCK, "it does not end")
        return False

    def send(self):
        if self.sent or not all(s.count["connected"] for s in self.sides):
            return
        self.sent = True
        for s in self.sides:
            for i in range(TEXTS):
                s.send(f"{s.role} {i + 1}", f"r{i}")

    def judge(self):
        codes = {s.role: s.wait_exit() for s in self.sides}
        hit = next((s for s in self.sides if s.role == self.fault.role), None)
        for s in self.sides:
            for p in [s.proc, *s.seen.values()]:
                check(p.gone(3), p, "is left behind")
            texts = [e["text"] for e in s.has("message")]
            other = "join" if s.role == "host" else "host"
            check(texts == [f"{other} {i + 1}" for i in range(len(texts))],
                  "texts", texts)
        if len(self.sides) == 2:
            for a, b in (self.sides, self.sides[::-1]):
                check(a.count["delivered"] <= b.count["message"],
                      "marked as delivered and never shown")
        if self.fault.passes:
            check(set(codes.values()) == {0} and len(codes) == 2,
                  "ended with", codes)
        whole = all(s.count["message"] == TEXTS for s in self.sides)
        if hit is None:
            check(self.fault.role == "join" and codes["host"] in GOOD_ENDS,
                  codes)
            return
        code = codes[hit.role]
        check(code in GOOD_ENDS or (code == 0 and (whole or self.asked)),
              codes)
        if code != 0:
            said = hit.stderr() + str(hit.has("error"))
            check("secchat" in said or said.count("msg"), "said", said)
        for role, code in codes.items():
            good = (0, *GOOD_ENDS)
            # A host that dies when the joiner has shown its knowledge of the
            # secret looks as one that knows another: it closes and says
            # nothing.
            if (role == "join" and hit.role == "host" and codes["host"] != 0
                    and not self.sides[1].count["connected"]):
                good += (5,)
            check(code in good, role, "ended with", code)


def over(s):
    return not s.stdout_open and not s.stderr_open and s.proc.gone()


def faults():
    seeds = [int(SEED)] if SEED else [
        *range(-len(CHOSEN), 0), *range(1, SEEDS + 1)]
    waiting, running, failed = list(seeds)[::-1], [], []
    ends = {}
    while waiting or running:
        while waiting and len(running) < AT_ONCE:
            running.append(Chat(waiting.pop()))
        pump(0.01)
        for chat in running[:]:
            try:
                if not chat.turn():
                    continue
                chat.judge()
                key = "passed" if chat.fault.passes else "ended with " + str(
                    [s.popen.returncode for s in chat.sides
                     if s.role == chat.fault.role])
                ends[key] = ends.get(key, 0) + 1
            except Exception as e:      # whatever it is, its seed is wanted
                failed.append(repr(chat.fault))
                print(f"{chat.fault!r}: {e}", *(
                    s.account() for s in chat.sides), sep="\n", flush=True)
            running.remove(chat)
            if SEED:
                for s in chat.sides:
                    print(s.account())
            for s in chat.sides:
                s.end()
    print("  " + ", ".join(f"{n} {what}" for what, n in sorted(ends.items())))
    clean_up()
    check(not failed, f"{len(failed)} failed")


if not os.path.exists(PROGRAM):
    skip(f"{PROGRAM} is not built")
main(faults)
