"""Load: a peer that floods, a reader that stands still at every hop, and
thousands of strangers.  No process grows beyond what its fixed buffers hold,
the other direction goes on meanwhile, nothing is lost, and the right person
gets in.  SECCHAT_LONG=1 has the full numbers.

# seconds: 120
"""
import collections
import os
import re
import signal
import socket
import struct
import time

from interop_pair import Shared
from secchat_test import (DEADLINE, ROOT, SAN, SECCHAT, Terminal, check,
                          check_equal, connect, host, join, main, make_key,
                          others, pair, port_of, pump, read_to_end,
                          wait_until)

import secchat1 as sc
from peer import SUITE, Peer

LONG = bool(os.environ.get("SECCHAT_LONG"))
TEXTS = 20000 if LONG else 2000
LARGE = 2000 if LONG else 100           # of TEXT_MAX bytes
STRANGERS = 10000 if LONG else 400
WRONG = 900 if LONG else 40             # of them; 1,000 change the code
ANSWERS = 100           # texts against the current
WATCHDOG = 300 if LONG else 60
CALM = 0.5              # nothing has moved for so long: it stands still


# ---- what limits.h allows ------------------------------------------------

def numbers(*headers):
    """The named numbers of headers: `NAME = expression,` and #define."""
    known = {}
    for name in headers:
        with open(os.path.join(ROOT, name), encoding="utf-8") as f:
            text = re.sub(r"/\*.*?\*/", "", f.read(), flags=re.S)
        text = re.sub(r"#ifdef.*?#endif", "", text, flags=re.S)
        for key, value in re.findall(
                r"(?:^\s*|#define |^enum \{ )([A-Z]\w+)(?: *= | )"
                r"([\w\s()*+<-]+?)(?:,|$| \};)", text, re.M):
            try:
                known[key] = eval(value, {"__builtins__": {}}, known)
            except (NameError, SyntaxError):
                pass            # not a number
    return known


N = numbers("include/secchat/limits.h", "src/net/outq.h",
            "src/net/slots.h", "src/tty/backlog.h", "src/tty/history.h",
            "src/tty/shelf.h", "src/tty/edit.h")
TEXT_MAX, WINDOW_MSGS, WINDOW_BYTES = (
    N["TEXT_MAX"], N["WINDOW_MSGS"], N["WINDOW_BYTES"])

# How far resident memory may go up: what a program's queues hold together,
# and SLACK for pages of code and stack that are touched for the first time.
# A record on its way is in everybody's bound.
SLACK = 512 << 10
BOUND = {
    # It keeps nothing of what passes.
    "secchat": 0,
    # Large buffers, one of a connection that is about to be resumed.
    "net": N["BIG_BUFS"] * (N["BIG_IN"] + N["BIG_OUT"]),
    # The outbox, what the front end has not taken, what net has not.
    "crypto": 2 * WINDOW_BYTES
              + 2 * N["CREDIT_WINDOW"] * N["IPC_RECORD_MAX"],
    # Texts from stdin, events for stdout, a line of commands.
    "script": N["READ_AHEAD"] + N["EVENT_RING"] + N["COMMAND_MAX"],
    # Own texts not confirmed, texts that can be shown again, both shelves,
    # the lines of the editor.
    "tty": N["BACKLOG_BYTES"] + N["HISTORY_BYTES"] + 2 * N["SHELF_BYTES"]
           + 3 * N["EDIT_MAX"],
}


def bound_kb(name):
    return (BOUND[name] + N["IPC_RECORD_MAX"] + SLACK) >> 10


class Memory:
    """VmRSS and VmHWM of everyone, before and after."""

    def __init__(self, what, **suites):
        self.what, self.suites = what, suites
        self.before = self.look()
        self.most = {who: rss for who, (rss, _) in self.before.items()}

    def look(self):
        out = {}
        for role, s in self.suites.items():
            for name, p in {"secchat": s.proc, **s.workers()}.items():
                try:
                    status = p.status()
                except OSError:     # gone meanwhile
                    continue
                if "VmRSS" in status:
                    out[role, name] = tuple(
                        int(status[k].split()[0]) for k in ("VmRSS", "VmHWM"))
        return out

    def sample(self):
        """Once more in between: VmHWM alone says nothing of a process that
        needed more before."""
        for who, (rss, _) in self.look().items():
            self.most[who] = max(self.most.get(who, 0), rss)

    def report(self):
        self.sample()
        after, bad = self.look(), []
        check_equal(set(after), set(self.before), "who is there")
        print(f"  {self.what}, KiB:\n  {'process':16}{'RSS':>7} ->{'':>7}"
              f"{'HWM':>7} ->{'':>7}{'growth':>7}{'limit':>7}")
        for who, (rss0, hwm0) in self.before.items():
            rss, hwm = after[who]
            most = max(self.most[who], hwm if hwm > hwm0 else 0)
            limit = bound_kb(who[1])
            print(f"  {' '.join(who):16}{rss0:7} ->{rss:7}{hwm0:7} ->{hwm:7}"
                  f"{most - rss0:7}{limit:7}")
            if most - rss0 > limit:
                bad.append(who)
        # A sanitizer keeps what was freed.
        check(SAN or not bad, "grew beyond what the limits allow:", bad)


# ---- a peer that does as it likes ----------------------------------------

class Wild(Peer):
    """The second implementation behind its handshake, moved by pump.

    flow: frames to send, a generator that yields after each; it is asked
    whenever there is room.  reads: False leaves the socket alone.
    """
    ROOM = 1 << 18

    def begin(self):
        self.start()
        self.sock.setblocking(False)
        self.out, self.raw = bytearray(), bytearray()
        self.flow, self.reads, self.lost = iter(()), True, False
        self.under_way = collections.deque()    # (mseq, bytes)
        self.heard = 0                          # texts from secchat
        others.append(self)
        return self

    def end(self):
        if self in others:
            others.remove(self)
        self.sock.close()

    # -- for pump --

    def wants(self, now):
        self.fill()
        return ([self.sock] if self.reads else [],
                [self.sock] if self.out else [], now + 60)

    def serve(self, ready, _now):
        try:
            self.give()
            if self.sock in ready:
                self.take()
        except OSError:
            self.lost = True
        if self.lost or (self.ended and not self.out):
            self.end()

    def fill(self):
        while len(self.out) < self.ROOM and next(self.flow, None):
            pass

    def give(self):
        while self.out:
            try:
                n = self.sock.send(self.out[:1 << 16])
            except BlockingIOError:
                return
            del self.out[:n]

    def take(self):
        data = self.sock.recv(1 << 18)
        self.lost = not data
        self.raw += data
        while len(self.raw) >= 2 and len(self.raw) >= 2 + struct.unpack(
                ">H", self.raw[:2])[0]:
            self.on_frame(self.recv())
        self.heard += len(self.texts)
        self.texts.clear()

    # -- for Peer, once begun --

    def send_raw(self, data):
        if hasattr(self, "out"):
            self.out += data
        else:
            super().send_raw(data)

    def recv_exactly(self, n):
        if not hasattr(self, "raw"):
            return super().recv_exactly(n)
        data = bytes(self.raw[:n])
        del self.raw[:n]
        return data

    # -- what it may send --

    def fits(self, size):
        """The window of texts that are not confirmed."""
        while self.under_way and self.under_way[0][0] <= self.acked:
            self.under_way.popleft()
        return len(self.under_way) < WINDOW_MSGS and size + sum(
            n for _, n in self.under_way) <= WINDOW_BYTES

    def text(self, data):
        self.send_msg(data)
        self.under_way.append((self.sent, len(data)))

    def texts_while(self, make, more):
        """Texts make(n) as fast as the window lets them, while more()."""
        while more():
            data = make(self.sent + 1)
            while not self.fits(len(data)):
                yield False
            self.text(data)
            yield True


def wild_pair():
    """A host of ours and a wild joiner that knows its key."""
    k = Shared("key")
    h = k.host()
    sock = socket.socket()
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 16)
    sock.settimeout(DEADLINE)
    sock.connect(port_of(h.addr))
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    p = Wild(sock, sc.JOINER, k.key).begin()
    h.wait("connected")
    h.settled()
    return h, p


def numbered(size):
    return lambda n: (b"%d " % n).ljust(size, b"x")


def check_texts(s, count, size):
    """All of them, in order, each once; an ack may be here before the event
    on another pipe is."""
    s.wait_count("message", count, WATCHDOG)
    got = [e["text"] for e in s.has("message")]
    check_equal(len(got), count, "texts")
    make = numbered(size)
    for i, text in enumerate(got, 1):
        check(text.encode() == make(i), "text", i, "is", text[:20])


def leave(h, p):
    h.do("quit")
    check_equal(h.wait_exit(), 0, "the host's exit status")
    check(p.ended, "no CLOSE came")
    p.end()


def stands_still(progress, memory):
    """Wait until progress() has stayed the same for a while."""
    seen, since = None, time.monotonic()
    deadline = since + WATCHDOG
    while time.monotonic() - since < CALM:
        pump(0.05)
        memory.sample()
        if (now := progress()) != seen:
            seen, since = now, time.monotonic()
        check(since < deadline, "it never stands still")


# ---- floods --------------------------------------------------------------

def flood(what, count, size):
    """Texts without a pause, for as long as texts the other way take."""
    h, p = wild_pair()
    memory = Memory(f"{count} texts of {size} bytes at once", host=h)
    p.flow = p.texts_while(numbered(size), lambda: p.sent < count or
                           p.acked < count or p.heard < ANSWERS)
    wait_until(lambda: h.count["message"], "the flood to begin", WATCHDOG)
    for i in range(ANSWERS):
        h.send(f"against the current {i}", f"r{i}")
    h.wait_count("delivered", ANSWERS, WATCHDOG)
    memory.sample()
    wait_until(lambda: p.sent >= count and p.acked == p.sent and not p.out,
               "the end of the flood", WATCHDOG)
    check_texts(h, p.sent, size)
    memory.report()
    leave(h, p)


def flood_of_texts():
    flood("texts", TEXTS, 30)


def flood_of_large_texts():
    flood("large texts", LARGE, TEXT_MAX)


def flood_of_frames():
    """PING and ACK at line rate, and none of the answers is read: one PONG
    is owed, not a thousand."""
    h, p = wild_pair()
    memory = Memory(f"{10 * TEXTS} PINGs, no PONG read", host=h)

    def frames():
        for i in range(5 * TEXTS):
            p.send(sc.PING, struct.pack(">Q", i))
            p.send(sc.PING if i % 2 else sc.ACK,
                   struct.pack(">Q", i) if i % 2 else b"")
            yield True
        p.text(b"behind the flood")

    p.reads, p.flow = False, frames()
    check_equal(h.wait("message", WATCHDOG)["text"], "behind the flood",
                "text")
    h.send("still here", "r")
    p.reads = True
    h.wait("delivered", WATCHDOG, ref="r")
    memory.report()
    leave(h, p)


def beyond_the_window():
    """Texts that do not wait for confirmation, and a front end that is not
    read: a violation, not a heap of texts."""
    h, p = wild_pair()
    memory = Memory("texts beyond the window", host=h)

    def texts():
        while True:
            p.text(b"y" * 1000)
            yield True

    everyone = h.everyone()
    h.paused = True
    p.flow = texts()
    wait_until(lambda: p.lost or p.ended or memory.sample(),
               "the end of it", WATCHDOG)
    p.end()
    h.paused = False
    check_equal(h.wait_exit(), 5, "the host's exit status")
    print("  growth until the violation, KiB: " + ", ".join(
        f"{who[1]} {most - memory.before[who][0]}"
        for who, most in memory.most.items()))
    for who, most in memory.most.items():
        check(most - memory.before[who][0] <= bound_kb(who[1]), who, "grew")
    for q in everyone:
        check(q.gone(DEADLINE), q, "is still running")


# ---- readers that stand still --------------------------------------------

def stdout_not_read():
    """The front end's stdout: its peer waits, what it sends still goes."""
    h, p = wild_pair()
    memory = Memory("stdout not read", host=h)
    h.paused = True
    size = 4000
    count = max(TEXTS // 2, 1000)
    p.flow = p.texts_while(numbered(size), lambda: p.sent < count)
    stands_still(lambda: (p.sent, p.acked), memory)
    check(p.sent < count, "all of it was taken: nothing stands still")
    for i in range(ANSWERS):
        h.send(f"against the current {i}")
    wait_until(lambda: p.heard == ANSWERS, "what the stalled side sends")
    memory.sample()
    h.paused = False
    wait_until(lambda: p.acked == count, "the rest", WATCHDOG)
    check_texts(h, count, size)
    memory.report()
    leave(h, p)


def terminal_not_read():
    """tty's terminal: its peer waits, what is typed still goes."""
    key = make_key()
    t = Terminal([SECCHAT, "host", "--accept-intro", "1", "--key", key,
                  "127.0.0.1:0"])
    j = join("127.0.0.1:" + t.expect(r"port (\d+)").group(1), "--key", key)
    t.expect("you .*>")
    j.wait("connected")
    j.settled()
    memory = Memory("terminal not read", host=t, join=j)
    for i in range(TEXTS):
        j.send(f"line {i} ".ljust(400, "x"), f"r{i}")
    stands_still(lambda: (j.count["delivered"], len(j.out)), memory)
    check(j.count["delivered"] < TEXTS, "all of it was taken")
    t.type("typed unseen\r")
    j.wait("message", text="typed unseen")
    memory.sample()

    def rest():
        t.read(0)
        t.text = t.text[-(1 << 16):]
        return j.count["delivered"] == TEXTS
    wait_until(rest, "the rest", WATCHDOG)
    t.expect(rf"line {TEXTS - 1} x")
    memory.report()
    j.do("quit")
    check_equal((j.wait_exit(), t.wait_exit()), (0, 0), "exit codes")


def socket_not_read():
    """The connection: its sender waits, what it hears is still shown."""
    h, p = wild_pair()
    memory = Memory("connection not read", host=h)
    p.reads = False
    size, count = 16400, 1000 if LONG else 500
    for i in range(count):
        h.send(f"{i} ".ljust(size, "z"), f"r{i}")
    stands_still(lambda: len(h.out), memory)
    check(h.out, "all of it was taken: nothing stands still")
    p.flow = p.texts_while(numbered(1000), lambda: p.sent < ANSWERS)
    h.wait_count("message", ANSWERS, WATCHDOG)
    memory.sample()
    p.reads = True
    h.wait_count("delivered", count, WATCHDOG)
    check_equal(p.heard, count, "texts heard")
    memory.report()
    leave(h, p)


def front_end_stopped():
    """A front end that is stopped for a while: its peer waits."""
    h, j = pair(["--key", make_key()])
    memory = Memory("front end stopped", host=h, join=j)
    count = 900 if LONG else 500        # less than the read-ahead
    script = h.workers()["script"]
    script.kill(signal.SIGSTOP)
    for i in range(count):
        j.send(f"{i} ".ljust(4000, "s"), f"r{i}")
    stands_still(lambda: (j.count["delivered"], len(j.out)), memory)
    check_equal(j.count["delivered"], 0, "delivered to nobody")
    j.do("status")
    check(j.wait("status")["undelivered"] >= WINDOW_MSGS, "the window")
    script.kill(signal.SIGCONT)
    j.wait_count("delivered", count, WATCHDOG)
    check_equal([e["text"].split()[0] for e in h.has("message")],
                [str(i) for i in range(count)], "texts")
    memory.report()
    j.do("quit")
    check_equal((j.wait_exit(), h.wait_exit()), (0, 0), "exit codes")


# ---- strangers -----------------------------------------------------------

HALF = sc.hello(sc.PASS, SUITE, bytes(32))
SHAPES = (b"", HALF[:20], os.urandom(60), HALF, HALF[:43], b"\0",
          HALF + b"\7", b"GET / HTTP/1.1\r\n\r\n")
CROWD = 12              # who stay while others come: three with a HELLO


class Strangers:
    """Each from an address of its own, from 127.0.0.2 on."""

    def __init__(self, h):
        self.h, self.count, self.knocks, self.wrong = h, 0, 0, 0
        self.crowd = collections.deque()

    def connect(self):
        self.count += 1
        source = socket.inet_ntoa(struct.pack(">I", 0x7f000001 + self.count))
        return socket.create_connection(port_of(self.h.addr), DEADLINE,
                                        (source, 0))

    def knock(self):
        """One that says something wrong or nothing, and stays a while."""
        s = self.connect()
        s.setblocking(False)
        try:
            s.send(SHAPES[self.knocks % len(SHAPES)])
        except OSError:
            pass
        self.knocks += 1
        self.crowd.append(s)
        if len(self.crowd) > CROWD:
            self.crowd.popleft().close()

    def guess(self):
        """One with a wrong code.  All places may be taken for a moment, by
        those who have said a HELLO: then the next one tries."""
        for _ in range(100):
            with self.connect() as s:
                p = Peer(s, sc.JOINER, bytes(32), sc.PASS)
                try:
                    p.send_hello_joiner()
                    p.recv_hello_host()
                except (sc.Lost, OSError):
                    pump(0.05)
                    continue
                p.start_noise()
                p.send_f3()
                check_equal(read_to_end(s), b"", "an answer to a wrong code")
            self.wrong += 1
            return
        check(False, "no place for a guess")

    def come(self, count, wrong):
        """So many, and among them so many with wrong codes."""
        for i in range(count):
            if (i + 1) * wrong // count > i * wrong // count:
                self.guess()
            else:
                self.knock()
            if i % 50 == 0:
                pump(0)

    def end(self):
        while self.crowd:
            self.crowd.pop().close()


def strangers():
    """Half of them while the host waits, half of them during the chat."""
    h = host()
    code = h.has("listening")[0]["code"]
    crowd = Strangers(h)
    crowd.come(50, 2)   # what a worker needs once, it has now
    memory = Memory(f"{STRANGERS} strangers, {WRONG} wrong codes", host=h)
    crowd.come(STRANGERS // 2, WRONG - 2)
    check_equal(crowd.wrong, WRONG, "wrong codes")
    h.wait("attempt", failed=WRONG)
    check_equal(h.has("code"), [], "another code")
    memory.sample()

    j = join(h, secret=code)    # the crowd is still there
    j.wait("connected")
    h.wait("connected")
    for i in range(10):
        crowd.come(STRANGERS // 20, 0)
        for k in range(ANSWERS // 10):
            h.send(f"{i} {k}")
            j.send(f"{i} {k}")
    for s in (h, j):
        s.wait_count("message", ANSWERS)
        s.wait_count("delivered", ANSWERS)
    memory.report()
    crowd.end()
    j.do("quit")
    check_equal((j.wait_exit(), h.wait_exit()), (0, 0), "exit codes")


main(flood_of_texts, flood_of_large_texts, flood_of_frames,
     beyond_the_window, stdout_not_read, terminal_not_read, socket_not_read,
     front_end_stopped, strangers)
