"""secchat-script alone: the real program, with the test as its supervisor
and its crypto worker at the other ends of the two sockets.

What is shown: the events and their order, the commands and their errors, the
window and the read-ahead, confirmation only after a text has left, and every
way to leave.
"""
# seconds: 120
import errno
import fcntl
import glob
import json
import os
import re
import select
import signal
import socket
import struct
import subprocess
import sys
import termios
import time

from json_test import check_event, commands as page_commands, \
    events as page_events
from secchat_test import (BIN, DEADLINE, ROOT, SAN, SLOWER, check,
                          check_equal, main, pipe_holds)

READY, START, LISTENING, NOTE, END, QUIT = 1, 40, 41, 42, 43, 44
RETRY, REDIAL, NAME, NAMED, INPUT = range(45, 50)
STREAM = 86
ASK_PRICES, PRICES = 92, 93
FILE_SEND, FILE_ACCEPT, FILE_STOP, FILE = range(100, 104)
SEND, SHOWN, STATUS_Q, REKEY_Q, VERIFY_Q, RESTARTED_A = range(50, 56)
CODE, CONNECTED, TEXT, DELIVERED, STATUS, ATTEMPT, LINK = range(60, 67)
REKEYED, VERIFY, PEER, RESTARTED, REMARK = 67, 68, 69, 80, 85
UP, LOST, RETRYING, RESUMED, LEFT = range(1, 6)
JSON, ASCII, CODE_COMES, NO_FILES, INSIDE = 1, 16, 128, 131072, 262144
OFFERED, ACCEPTED, MOVING, PAUSED, DONE, STOPPED = range(1, 7)
WHYS = {1: "declined", 2: "cancelled", 3: "read", 4: "changed", 5: "write",
        6: "full", 7: "many", 32: "ended", 33: "path"}
NO_FILE = 34
PASS, KEY, HOST, JOINER = 1, 2, 1, 0
NOBODY, USER, EOF, GONE = 0, 1, 2, 5
TEXT_MAX, WINDOW, WINDOW_BYTES = 65499, 256, 1 << 20
PROGRAM = os.path.join(BIN, "secchat-script")

# Popen must find 3 and 4 taken, or its own pipes could lie there.
while (spare := os.open("/dev/null", os.O_RDONLY)) < 10:
    pass
os.close(spare)


def str8(s):
    return bytes([len(s.encode())]) + s.encode()


def utf8(c):
    """A code point's bytes; a surrogate has none."""
    return b"" if 0xd800 <= c <= 0xdfff else chr(c).encode()


class Script:
    """The program, its two sockets and its three pipes.  With pull=False
    stdout is left alone until the test says otherwise."""
    living, seen = [], set()

    def __init__(self, flags=JSON, role=JOINER, mode=KEY, connect=True,
                 stdout=None, pull=True, stdin=None, fingerprint="",
                 chat=1):
        self.sup, sup = socket.socketpair(socket.AF_UNIX,
                                          socket.SOCK_SEQPACKET)
        self.cry, cry = socket.socketpair(socket.AF_UNIX,
                                          socket.SOCK_SEQPACKET)
        ours = [sup, cry]
        for s in (self.sup, self.cry, sup, cry):
            s.setblocking(False)

        def place():
            high = [os.dup(s.fileno()) for s in ours]
            os.dup2(high[0], 3)
            os.dup2(high[1], 4)

        self.popen = subprocess.Popen(
            [PROGRAM], stdin=stdin or subprocess.PIPE,
            stdout=stdout or subprocess.PIPE, stderr=subprocess.PIPE,
            preexec_fn=place, pass_fds=(3, 4))
        sup.close()
        cry.close()
        Script.living.append(self)
        self.pull = pull
        self.raw = self.err = b""
        self.events, self.lines = [], []
        self.from_super = []
        self.left_stdin = []    # UI_INPUT
        self.streams = []       # UI_STREAM
        self.texts, self.questions, self.mseq_shown = [], 0, 0
        self.asked = []
        self.out = b""
        self.queue = {self.sup: [], self.cry: []}
        self.open = {f for f in (self.popen.stdout, self.popen.stderr,
                                 self.sup, self.cry) if f}
        for f in (self.popen.stdin, self.popen.stdout, self.popen.stderr):
            if f:
                os.set_blocking(f.fileno(), False)
        self.json = bool(flags & JSON)
        self.until(lambda: self.from_super, "READY")
        check_equal(self.from_super.pop(0)[0], READY, "the first message")
        self.tell(START, struct.pack(">IBBIB", flags, role, mode, 1, 1) +
                  str8(fingerprint) + struct.pack(">H", 0) + str8("h") +
                  struct.pack(">I", chat))
        if connect:
            self.connect(mode)

    def connect(self, mode=KEY, claimed=""):
        self.crypto(CONNECTED, struct.pack(">BBBI", mode, 1, 0, 0) +
                    str8("192.0.2.10:5000") + str8(claimed))

    # -- what the test sends --

    def tell(self, kind, body=b""):
        self.queue[self.sup].append(
            struct.pack(">IHH", 8 + len(body), kind, 0) + body)

    def crypto(self, kind, body=b""):
        self.queue[self.cry].append(
            struct.pack(">IHH", 8 + len(body), kind, 0) + body)

    def link(self, event, why=0, ms=0):
        self.crypto(LINK, struct.pack(">BBI", event, why, ms))

    def retry(self, n, in_ms, why=""):
        self.tell(RETRY, struct.pack(">II", n, in_ms) + str8(why))

    def file(self, fid, ours, state, size=1000, done=0, rate=0, left=None,
             name="a.txt", path="", why=0, words="", ask=0):
        left = 0xffffffff if left is None else left
        path = path if isinstance(path, bytes) else path.encode()
        self.tell(FILE, struct.pack(">IIBBBQQQI", fid, ask, ours, state, why,
                                    size, done, rate, left) +
                  str8(name) + str8(words) + path)

    def asked_super(self, kind):
        """The body of the next message to the supervisor."""
        self.until(lambda: self.from_super, kind)
        got, body = self.from_super.pop(0)
        check_equal(got, kind, "from UI")
        return body

    def text(self, mseq, text):
        text = text.encode() if isinstance(text, str) else text
        self.crypto(TEXT, struct.pack(">Q", mseq) + text)

    def end(self, code=0, undelivered=0, what="", next_step=""):
        what, next_step = what.encode(), next_step.encode()
        self.tell(END, struct.pack(">BIH", code, undelivered, len(what)) +
                  what + struct.pack(">H", len(next_step)) + next_step)

    def write(self, data):
        self.out += data if isinstance(data, bytes) else data.encode()

    def write_at_once(self, data):
        """What a pipe holds, read in one piece; it has been."""
        os.kill(self.popen.pid, signal.SIGSTOP)
        self.write(data)
        self.until(lambda: not self.out, "stdin to be taken")
        os.kill(self.popen.pid, signal.SIGCONT)
        self.taken()

    def taken(self):
        """All that was written to it has been read."""
        self.until(lambda: not self.out and not self.queue[self.cry] and
                   not pipe_holds(self.popen.stdin), "stdin to be read")

    def do(self, what, **fields):
        self.write(json.dumps({"do": what, **fields}) + "\n")

    def send(self, text, ref=None):
        self.do("send", text=text, **({"ref": ref} if ref else {}))

    def close_stdin(self):
        self.until(lambda: not self.out, "stdin to be taken")
        self.popen.stdin.close()
        self.popen.stdin = None

    # -- moving bytes --

    def pump(self, seconds):
        r = [f for f in self.open if f is not self.popen.stdout or self.pull]
        w = [s for s, q in self.queue.items() if q and s in self.open]
        if self.out and self.popen.stdin:
            w.append(self.popen.stdin)
        r, w, _ = select.select(r, w, [], max(0, seconds))
        for f in w:
            self.give(f)
        for f in r:
            self.take(f)

    def give(self, f):
        try:
            if f in self.queue:
                while self.queue[f]:
                    f.send(self.queue[f][0])
                    self.queue[f].pop(0)
            else:
                n = os.write(f.fileno(), self.out[:65536])
                self.out = self.out[n:]
        except BlockingIOError:
            pass
        except OSError as e:
            check(e.errno in (errno.EPIPE, errno.ECONNRESET), e)
            self.out = b""
            if f in self.queue:
                self.queue[f].clear()

    def take(self, f):
        try:
            if f in self.queue:
                data = f.recv(1 << 18)
            else:
                data = os.read(f.fileno(), 1 << 16)
        except ConnectionResetError:
            data = b""
        if not data:
            self.open.discard(f)
        elif f in self.queue:
            size, kind, zero = struct.unpack(">IHH", data[:8])
            check_equal((size, zero), (len(data), 0), "an IPC header")
            if f is self.sup and kind == INPUT:
                self.left_stdin.append(data[8:])
            elif f is self.sup and kind == STREAM:
                self.streams.append(struct.unpack(">BI", data[8:]))
            elif f is self.sup:
                self.from_super.append((kind, data[8:]))
            else:
                self.take_crypto(kind, data[8:])
        elif f is self.popen.stderr:
            self.err += data
        else:
            *lines, self.raw = (self.raw + data).split(b"\n")
            for line in lines:
                self.take_line(line)

    def take_crypto(self, kind, body):
        if kind == SEND:
            self.texts.append(body)
        elif kind == STATUS_Q:
            self.questions += 1
        elif kind in (REKEY_Q, VERIFY_Q, RESTARTED_A):
            self.asked.append((kind, body))
            if kind == RESTARTED_A:
                self.mseq_shown = 0
        else:
            check_equal(kind, SHOWN, "from UI to crypto")
            mseq = struct.unpack(">Q", body)[0]
            check(mseq > self.mseq_shown, "UI_SHOWN does not rise")
            self.mseq_shown = mseq

    def take_line(self, line):
        self.lines.append(line)
        if not self.json:
            return
        check(re.fullmatch(rb"[ -~]*", line), "not printable ASCII:", line)
        event = json.loads(line)
        check_event(event)
        Script.seen.update(f"{event['ev']}.{m}" for m in event)
        check_equal(event["seq"], len(self.events) + 1, "seq")
        check(re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z",
                           event["t"]), event)
        self.events.append(event)

    def until(self, predicate, what, seconds=DEADLINE):
        deadline = time.monotonic() + seconds
        while not predicate():
            left = deadline - time.monotonic()
            check(left > 0 and self.open, "waited in vain for", what,
                  "stderr:", self.err, "last:", self.lines[-3:])
            self.pump(min(left, 0.2))

    def pause(self, seconds):
        """Move bytes for a while: to see that nothing happens."""
        end = time.monotonic() + seconds
        self.until(lambda: time.monotonic() > end, "a while")

    def read_some(self):
        """What stdout's pipe holds, b"" when it is empty."""
        try:
            return os.read(self.popen.stdout.fileno(), 65536)
        except BlockingIOError:
            return b""

    def event(self, ev, n=1):
        """The n-th event of a kind."""
        self.until(lambda: len(self.all(ev)) >= n, ev)
        return self.all(ev)[n - 1]

    def all(self, ev):
        return [e for e in self.events if e["ev"] == ev]

    def sent(self):
        return self.texts

    def shown(self):
        return self.mseq_shown

    def delivered(self, mseq):
        self.crypto(DELIVERED, struct.pack(">Q", mseq))

    def quit(self):
        """The body of UI_QUIT, which comes once."""
        self.until(lambda: self.from_super, "UI_QUIT")
        check_equal([k for k, _ in self.from_super], [QUIT], "from UI")
        return struct.unpack(">BI", self.from_super[0][1])

    def settle(self):
        """What was written has been used: a question comes for it."""
        n = self.questions
        self.do("status")
        self.until(lambda: self.questions > n, "UI_STATUS")
        self.answer_status()

    def answer_status(self):
        self.crypto(STATUS, struct.pack(">BBIII", 1, KEY, 0, 0, 12))

    def wait(self, want=0):
        self.until(lambda: not self.open & {self.sup, self.popen.stderr,
                                            self.popen.stdout}, "its end")
        check_equal(self.popen.wait(DEADLINE), want, "exit status")

    def finish(self, want=0):
        """Leave in order, and see that nothing was said on stderr.  The exit
        status is 6 when texts were not delivered."""
        self.until(lambda: not self.queue[self.cry], "crypto's last words")
        self.end()
        self.wait(want)
        check_equal(self.err, b"", "stderr")
        check_equal(self.left_stdin, [b"\0"], "UI_INPUT")
        self.kill()

    def kill(self):
        self.popen.kill()
        self.popen.wait()
        for f in (self.sup, self.cry, self.popen.stdin, self.popen.stdout,
                  self.popen.stderr):
            if f:
                f.close()
        Script.living.remove(self)


def case(function):
    """Whatever happens, no process stays."""
    def run():
        try:
            function()
        finally:
            for s in list(Script.living):
                s.kill()
    run.__name__ = function.__name__
    return run


# ---- events --------------------------------------------------------------

@case
def events():
    s = Script(mode=PASS, role=HOST, flags=JSON | CODE_COMES, connect=False,
               fingerprint="SHA256:x")
    check_equal({k: s.event("intro")[k] for k in ("n", "accepted")},
                {"n": 1, "accepted": True}, "intro")
    check_equal(s.event("intro")["fingerprint"], "SHA256:x", "intro")
    s.tell(LISTENING, str8("0.0.0.0:5000") + struct.pack(">H", 5000) +
           str8("192.0.2.7"))
    s.tell(NOTE, b"\1in \x1b[1m between")
    check_equal(s.event("note")["text"], "in \x1b[1m between", "note")
    check_equal(s.all("listening"), [], "without its code")
    s.crypto(CODE, b"lusab-babad")
    e = s.event("listening")
    check_equal((e["addr"], e["code"], e["port"], e["hint"]),
                ("0.0.0.0:5000", "lusab-babad", 5000, "192.0.2.7"), "where")
    s.crypto(ATTEMPT, struct.pack(">I", 3))
    check_equal(s.event("attempt")["failed"], 3, "attempt")
    s.connect(PASS)
    e = s.event("connected")
    check_equal(list(e)[4:], ["chat", "addr", "mode", "suite", "verified",
                           "epoch"], "members of connected")
    check_equal((e["addr"], e["mode"], e["suite"], e["verified"], e["epoch"]),
                ("192.0.2.10:5000", "pass", 1, False, 0), "connected")
    s.send("hi", "a1")
    s.send("ho")
    s.until(lambda: len(s.sent()) == 2, "two texts")
    s.delivered(2)
    check_equal([(s.event("delivered", n)["ref"], s.event("delivered",
                n)["id"]) for n in (1, 2)], [("a1", 1), (None, 2)], "refs")
    s.settle()
    e = s.event("status")
    check_equal(list(e.values())[4:], ["up", 0, 0, 12, "key"], "status")
    s.link(LEFT)
    check_equal(list(s.event("link").values())[4:], ["left"], "link")
    s.end(6, 3, "the chat ended", "Try again.")
    e = s.event("error")
    check_equal((e["code"], e["msg"], e["next"]),
                (6, "the chat ended", "Try again."), "error")
    e = s.event("end")
    check_equal((e["code"], e["undelivered"]), (6, 3), "end")
    s.wait(6)


@case
def code_before_listening():
    s = Script(mode=PASS, role=HOST, flags=JSON | CODE_COMES, connect=False)
    s.crypto(CODE, b"lusab-babad")
    s.event("intro")
    s.tell(LISTENING, str8("a") + struct.pack(">H", 1) + str8(""))
    check_equal(s.event("listening")["code"], "lusab-babad", "code")
    s.crypto(CODE, b"babab-lusab")      # after too many wrong tries
    check_equal(s.event("code")["code"], "babab-lusab", "the new code")
    check_equal(len(s.all("listening")), 1, "listening")
    s.finish()
    s = Script(mode=KEY, role=HOST, connect=False)
    s.tell(LISTENING, str8("a") + struct.pack(">H", 1) + str8(""))
    check("code" not in s.event("listening"), "a code without a code")
    s.finish()


@case
def texts_are_safe():
    """Every code point there is comes through, and only ASCII comes out."""
    s = Script()
    rest = b"".join(utf8(c) for c in range(0x110000))
    texts = []
    while rest:
        cut = min(len(rest), TEXT_MAX)
        while cut < len(rest) and rest[cut] & 0xc0 == 0x80:
            cut -= 1
        texts.append(rest[:cut])
        rest = rest[cut:]
    for i, t in enumerate(texts):
        s.text(i + 1, t)
    s.until(lambda: len(s.all("message")) == len(texts), "all code points")
    for e, t in zip(s.all("message"), texts):
        check(e["text"].encode() == t, "text", e["id"], "differs")
        check_equal((e["from"], e["bytes"]), ("peer", len(t)), "message")
    for i, (t, flags) in enumerate([
            ("", []), ("plain \U0001f600 é", []), ("ok\x1b[2J", ["c0"]),
            ("\x7f", ["c0"]), ("\x9b", ["c1"]), ("a\u202eb", ["bidi"]),
            ("a\u200bb", ["invisible"]), ("\0\x85\u2066", ["c0", "c1",
                                                          "bidi"])]):
        s.text(len(texts) + i + 1, t)
        e = s.event("message", len(texts) + i + 1)
        check_equal((e["text"], e["flags"]), (t, flags), "flags")
    s.until(lambda: s.shown() == len(texts) + 8, "UI_SHOWN")
    s.finish()


# ---- commands ------------------------------------------------------------

BAD_COMMANDS = [
    # line, words of msg and next, whether the ref comes back
    (b'{"do":"sned","text":"x"}', 'unknown command "sned".*"send"', None),
    (b'{"do":"frobnicate"}', "There is: send, status", None),
    (b'{"do":1}', '"do" that is a string', None),
    (b'{}', '"do" that is a string', None),
    (b'[1]', "a command is a JSON object", None),
    (b'"hi"', "bad JSON at column", None),
    (b'hi', "bad JSON at column", None),
    (b'{"do":"send"', "bad JSON at column", None),
    (b'{"do":"quit"} x', "bad JSON at column", None),
    (b'{"do":"quit","do":"quit"}', "duplicate", None),
    (b'{"do":"send","text":"a\\u0000b"}', "bad JSON", None),
    (b'{"do":"send","text":"\\ud800"}', "bad JSON", None),
    (b'{"do":"send","text":"\xff"}', "bad JSON", None),
    (b'{"do":"send","text":"\0"}', "bad JSON", None),
    (b'{"do":"send","ref":"r"}', 'needs a "text"', "r"),
    (b'{"do":"send","ref":"r","text":5}', 'needs a "text"', "r"),
    (b'{"do":"send","ref":"r","txt":"x"}', 'no member "txt".*"text"', "r"),
    (b'{"do":"send","ref":7,"text":"x"}', '"ref" is not a string', None),
    (b'{"do":"send","ref":"%s","text":"x"}' % (b"r" * 65),
     '"ref" is not a string of at most 64', None),
    (b'{"do":"quit","why":"x"}', 'no member "why"', None),
    (b'{"do":"send","ref":"r","text":"%s"}' % (b"x" * 65500),
     "65500 bytes.*65499.*pieces", "r"),
    (b'{"do":"send","text":"%s"}' % (b"x" * 600000), "line is too long",
     None),
    (b"[" * 5000, "bad JSON", None),
    (b"x" * 523992, "bad JSON", None),
    (b"x" * 523993, "line is too long", None),
    (b'{"do":"\x1b[2J\xc2\x9b"}', "unknown command|bad JSON", None),
]


@case
def bad_commands():
    s = Script()
    for i, (line, want, ref) in enumerate(BAD_COMMANDS):
        s.write(line + b"\n \r\n")      # a blank line is no command
        s.send(str(i))
        e = s.event("error", i + 1)
        check(re.search(want, e["msg"] + " " + e["next"]), line[:80], e)
        check_equal((e["code"], e["line"], e.get("ref")),
                    (2, 3 * i + 1, ref), line[:80])
    s.until(lambda: len(s.sent()) == len(BAD_COMMANDS), "the texts between")
    check_equal(s.sent(), [str(i).encode() for i in range(len(BAD_COMMANDS))],
                "texts between bad lines")
    s.finish(6)


@case
def long_and_last():
    """The longest text, the longest line, and a last line without newline."""
    s = Script()
    s.send("x" * TEXT_MAX, "r" * 64)
    pad = b" " * (523992 - len(b'{"do":"send","text":"y"}'))
    s.write(b'{"do":"send","text":"y"}' + pad + b"\n")
    s.write(b'{"do":"send","text":""}')
    s.close_stdin()
    s.until(lambda: len(s.sent()) == 3, "three texts")
    check_equal(s.sent(), [b"x" * TEXT_MAX, b"y", b""], "texts")
    s.delivered(3)
    check_equal(s.event("delivered")["ref"], "r" * 64, "ref")
    check_equal(s.quit(), (EOF, 0), "UI_QUIT")
    s.finish()


# ---- flow ----------------------------------------------------------------

@case
def window():
    """At most 256 texts or 1 MiB are out; names survive; before CONNECTED
    nothing is sent."""
    s = Script(connect=False)
    for i in range(300):
        s.send(f"t{i}", f"r{i}")
    s.settle()
    check_equal(s.sent(), [], "texts before CONNECTED")
    check_equal(s.event("status")["undelivered"], 300, "undelivered")
    s.connect()
    s.until(lambda: len(s.sent()) == WINDOW, "the window")
    s.settle()
    check_equal(len(s.sent()), WINDOW, "texts out")
    s.delivered(10)
    s.until(lambda: len(s.sent()) == WINDOW + 10, "ten more")
    s.settle()
    check_equal(len(s.sent()), WINDOW + 10, "texts out")
    s.delivered(WINDOW + 10)
    s.until(lambda: len(s.sent()) == 300, "all")
    s.delivered(300)
    s.event("delivered", 300)
    check_equal([(e["ref"], e["id"]) for e in s.all("delivered")],
                [(f"r{i}", i + 1) for i in range(300)], "delivered")
    s.finish()


@case
def window_bytes():
    s = Script()
    for i in range(40):
        s.send("%05d" % i + "x" * (TEXT_MAX - 5))
    s.until(lambda: len(s.sent()) == 16, "1 MiB")
    s.settle()
    check_equal(len(s.sent()), 16, "texts out")
    done = 0
    while done < 40:
        done = len(s.sent())
        s.delivered(done)
        s.until(lambda: len(s.sent()) == min(40, done + 16), "the next")
        s.settle()
    check_equal([t[:5] for t in s.sent()], [b"%05d" % i for i in range(40)],
                "order")
    check(all(len(t) == TEXT_MAX for t in s.sent()), "lengths")
    s.finish()


def pages(pid):
    with open(f"/proc/{pid}/statm", encoding="ascii") as f:
        return int(f.read().split()[1])


@case
def read_ahead():
    """Sends wait in a bounded queue, then stdin is left alone; quit among
    what was read is obeyed at once and says how many were not given."""
    s = Script()
    line = json.dumps({"do": "send", "text": "z" * 1000}) + "\n"
    s.write(line * 12000)
    s.until(lambda: len(s.sent()) == WINDOW, "the window")
    taken = -1
    while taken != len(s.out):          # until it takes no more
        taken = len(s.out)
        s.pause(0.3)
    got = (len(line) * 12000 - taken) // len(line)
    check(2500 < got < 5000, "read ahead:", got)
    pid = s.popen.pid
    check(SAN or pages(pid) * 4096 < 12 << 20, "resident", pages(pid))
    mseq = 0
    while mseq < 12000:
        mseq = len(s.sent())
        s.delivered(mseq)
        s.until(lambda: len(s.sent()) > mseq or mseq == 12000, "more")
    s.event("delivered", 12000)
    for i in range(500):
        s.send(str(i))
    s.do("quit")
    check_equal(s.quit(), (USER, 500 - WINDOW), "UI_QUIT")
    s.finish(6)


@case
def quit_before_connected():
    s = Script(connect=False)
    s.send("a")
    s.do("status")
    s.do("quit")
    s.send("b")
    check_equal(s.quit(), (USER, 1), "UI_QUIT")
    check_equal(s.sent(), [], "texts")
    s.end(6, 1)
    s.wait(6)


@case
def status_flood():
    """Each status gets its answer, one question at a time."""
    s = Script()
    s.write(b'{"do":"status"}\n' * 20000)
    s.until(lambda: s.questions, "UI_STATUS")
    s.pause(0.2)
    check_equal(s.questions, 1, "questions without an answer")
    for i in range(200):
        s.until(lambda: s.questions == i + 1, "UI_STATUS")
        s.answer_status()
    s.event("status", 200)
    s.do("quit")
    check_equal(s.quit(), (USER, 0), "UI_QUIT")
    s.finish()


@case
def stalled_stdout():
    """Nobody reads stdout: texts stay with crypto, nothing is confirmed, and
    commands are still obeyed."""
    s = Script(pull=False)
    body = "\x01" * 10000
    n = 0

    def flood():
        nonlocal n
        while n < WINDOW and len(s.queue[s.cry]) < 4:
            n += 1
            s.text(n, body)
        return False

    end = time.monotonic() + 1.0
    s.until(lambda: flood() or time.monotonic() > end, "a stall")
    check(len(s.queue[s.cry]) > 0, "crypto's link was read without end")
    held = n
    check(s.shown() <= 1, "confirmed without a reader:", s.shown())
    check(SAN or pages(s.popen.pid) * 4096 < 8 << 20, "resident")
    s.send("still here")
    s.until(lambda: len(s.sent()) == 1, "a text the other way")
    s.pull = True
    s.until(lambda: flood() or len(s.all("message")) == WINDOW, "all texts")
    check(held < WINDOW, "the ring held everything")
    s.until(lambda: s.shown() == WINDOW, "UI_SHOWN")
    check_equal([e["id"] for e in s.all("message")],
                list(range(1, WINDOW + 1)), "order")
    s.delivered(1)
    s.finish()


@case
def stalled_end():
    """A stalled stdout holds the end up for two seconds and no more."""
    s = Script(pull=False)
    for i in range(60):
        s.text(i + 1, "\x01" * 10000)
    s.do("quit")
    check_equal(s.quit(), (USER, 0), "UI_QUIT")
    started = time.monotonic()
    s.end()
    s.until(lambda: s.popen.poll() is not None, "its end")
    check_equal(s.popen.returncode, 0, "exit status")
    took = time.monotonic() - started
    check(1.5 < took < 5, "took", took)


@case
def confirmed_when_written():
    """UI_SHOWN counts the texts that have left whole, and no other."""
    s = Script(pull=False)
    for i in range(100):
        s.text(i + 1, "x" * 3000)
    shown = -1
    while shown != s.shown():
        shown = s.shown()
        s.pause(0.3)
    os.kill(s.popen.pid, signal.SIGSTOP)
    for data in iter(s.read_some, b""):
        s.raw += data
    got = s.raw.count(b'"ev":"message"') - (not s.raw.endswith(b"\n") and
          b'"ev":"message"' in s.raw.rsplit(b"\n", 1)[1])
    check_equal(shown, got, "confirmed and left")
    check(0 < shown < 100, "confirmed", shown)
    os.kill(s.popen.pid, signal.SIGCONT)
    s.pull = True
    s.until(lambda: s.shown() == 100, "the rest")
    check_equal(len(s.all("message")), 100, "texts")
    s.finish()


@case
def last_texts():
    """What crypto sent before UI_END comes out before the end."""
    s = Script()
    s.settle()
    os.kill(s.popen.pid, signal.SIGSTOP)
    for i in range(100):
        s.text(i + 1, "late")
    s.end()
    s.pause(0.1)
    sent = 100 - len(s.queue[s.cry])
    os.kill(s.popen.pid, signal.SIGCONT)
    s.event("end")
    check(len(s.all("message")) >= sent > 0, "texts", sent)
    check_equal(s.events[-1]["ev"], "end", "the last event")
    s.wait()


# ---- a connection that is lost -------------------------------------------

def values(event):
    return list(event.values())[4:]


@case
def lost_and_resumed():
    """The loss, each further try and the return are told; sends wait."""
    s = Script()
    s.send("before", "r1")
    s.until(lambda: len(s.sent()) == 1, "a text")
    s.link(LOST, 3, 1800000)
    s.event("link")
    s.retry(1, 0)
    s.retry(2, 1500, "connection refused")
    for n, want in enumerate([["lost", "silence", 1800000], ["retry", 1, 0],
                              ["retry", "connection refused", 2, 1500]]):
        check_equal(values(s.event("link", n + 1)), want, "link")
    s.do("status")
    s.until(lambda: s.questions, "UI_STATUS")
    s.crypto(STATUS, struct.pack(">BBIII", LOST, KEY, 0, 0, 0xffffffff))
    check_equal(values(s.event("status"))[0], "retry", "link of status")
    for i in range(300):
        s.send(str(i), f"w{i}")
    s.do("rekey")
    s.do("verify")
    check_equal([s.event("error", n)["msg"] for n in (1, 2)],
                ["the connection is lost"] * 2, "error")
    check("resumed" in s.event("error")["next"], s.events)
    s.until(lambda: len(s.sent()) == WINDOW, "what waits, with crypto")
    s.link(RESUMED, 0, 52000)
    check_equal(values(s.event("link", 4)), ["resumed", 52000], "link")
    s.delivered(WINDOW)
    s.until(lambda: len(s.sent()) == 301, "all")
    s.delivered(301)
    s.event("delivered", 301)
    check_equal([e["ref"] for e in s.all("delivered")],
                ["r1"] + [f"w{i}" for i in range(300)], "order")
    s.do("rekey")
    s.until(lambda: s.asked, "UI_REKEY")
    s.settle()
    check_equal(s.event("status", 2)["link"], "up", "link of status")
    check_equal((s.asked, len(s.all("error"))), ([(REKEY_Q, b"")], 2), "asked")
    s.finish()


@case
def retry_before_loss():
    """The two are told on two sockets: the loss always comes first."""
    s = Script()
    s.event("connected")
    s.retry(1, 0)
    s.settle()
    check_equal(s.all("link"), [], "a try without a loss")
    s.link(LOST, 1)
    s.event("link", 2)
    check_equal([values(e) for e in s.all("link")],
                [["lost", "closed"], ["retry", 1, 0]], "link")
    s.link(RESUMED)
    s.event("link", 3)
    s.finish()
    s = Script(connect=False)           # join --wait
    s.retry(3, 4000, "timed out")
    check_equal(values(s.event("link")), ["retry", "timed out", 3, 4000],
                "link")
    s.connect()
    s.event("connected")
    s.finish()


@case
def retry_command():
    """Asked of the supervisor, once for many, and only when it means
    something."""
    s = Script()
    s.do("retry")
    check("nothing to try" in s.event("error")["msg"], s.events)
    s.link(LOST)
    s.event("link")
    os.kill(s.popen.pid, signal.SIGSTOP)
    s.write(b'{"do":"retry"}\n' * 5000)
    s.pause(0.1)
    os.kill(s.popen.pid, signal.SIGCONT)
    s.until(lambda: not s.out, "stdin to be taken")
    s.do("quit")
    s.until(lambda: (QUIT, b"\1\0\0\0\0") in s.from_super, "UI_QUIT")
    kinds = [k for k, _ in s.from_super]
    check(1 < len(kinds) <= 5001 and set(kinds[:-1]) == {REDIAL}, kinds[:9])
    s.finish()
    s = Script(role=HOST)
    s.link(LOST)
    s.event("link")
    s.do("retry")
    check("a host is called" in s.event("error")["msg"], s.events)
    s.finish()


@case
def restarted():
    """The other program was started anew: what was not confirmed is named,
    what had not been given, too, and goes to nobody; numbers begin at 1, and
    it is another chat."""
    s = Script()
    for i in range(WINDOW + 4):
        s.send(str(i), f"r{i}" if i % 2 else None)
    s.until(lambda: len(s.sent()) == WINDOW, "the window")
    s.delivered(6)
    s.until(lambda: len(s.sent()) == WINDOW + 4, "four more")
    for i in range(300):
        s.send(f"later {i}", f"l{i}" if i % 3 else None)
    s.until(lambda: len(s.sent()) == WINDOW + 6, "two more")
    s.settle()
    got = len(s.sent())
    check_equal(got, WINDOW + 6, "texts out")
    s.text(1, "old")
    s.event("message")
    s.until(lambda: s.shown() == 1, "UI_SHOWN")
    s.link(LOST, 2)
    s.crypto(RESTARTED, struct.pack(">I", WINDOW - 1))
    e = s.event("link", 2)
    lost = WINDOW + 298
    check_equal(values(e), ["restarted", lost], "link")
    later = [(f"l{i}", None) for i in range(2, 300) if i % 3]
    s.event("undelivered", WINDOW + len(later))
    check_equal([(e["ref"], e["id"]) for e in s.all("undelivered")],
                [(f"r{i}" if i % 2 and i < WINDOW + 4 else f"l{i - WINDOW - 4}"
                  if i == WINDOW + 5 else None, i + 1)
                 for i in range(6, WINDOW + 6)] + later, "undelivered")
    s.until(lambda: s.asked, "UI_RESTARTED")
    check_equal(s.asked, [(RESTARTED_A, b"")], "the answer")
    s.do("send", chat=1, text="late", ref="late")
    check_equal(s.event("error")["ref"], "late", "for who was there")
    s.do("send", chat=2, text="early")
    s.settle()
    check_equal(len(s.sent()), got, "texts between the sessions")
    s.connect()
    check_equal(s.event("connected", 2)["chat"], 2, "chat")
    s.text(1, "new")
    s.until(lambda: s.shown() == 1, "UI_SHOWN of the new session")
    check_equal(s.event("message", 2)["id"], 1, "id")
    s.send("any")
    s.until(lambda: len(s.sent()) == got + 2, "the new texts")
    check_equal(s.sent()[got:], [b"early", b"any"], "the new texts")
    s.delivered(2)
    check_equal(s.event("delivered", 8)["id"], 2, "id")
    s.close_stdin()
    # The others were with crypto, which counts them.
    check_equal(s.quit(), (EOF, 298), "UI_QUIT")
    s.end(6, lost, "lost")
    check_equal(s.event("end")["undelivered"], lost, "end")
    s.wait(6)


@case
def restarted_plain():
    """Plain lines that wait are not sent to the next one; how many is said."""
    s = Script(flags=0)
    s.write("x\n" * (WINDOW + 5))
    s.until(lambda: len(s.sent()) == WINDOW, "the window")
    s.taken()
    s.crypto(RESTARTED, struct.pack(">I", WINDOW))
    s.connect()
    s.until(lambda: b"not delivered: %d\n" % (WINDOW + 5) in s.err, "a word")
    s.write("for the next\n")
    s.until(lambda: len(s.sent()) > WINDOW, "a text")
    check_equal(s.sent()[WINDOW:], [b"for the next"], "sent")
    s.delivered(1)
    s.taken()                       # it is on its way before the end is
    s.end(6, WINDOW, "lost")
    check_equal(s.quit(), (NOBODY, 5), "UI_QUIT")
    s.wait(6)


@case
def restarted_stalled():
    """What is given back waits for room on stdout; until all of it is, nothing
    is sent, and at the end it is counted once."""
    more = 9000                 # their events are more than stdout's MiB
    for ends in (True, False):
        s = Script(pull=False)
        for i in range(WINDOW):
            s.send("x", f"r{i}")
        s.until(lambda s=s: len(s.sent()) == WINDOW, "the window")
        for i in range(more):
            s.write('{"do":"send","text":"x","ref":"%064d"}\n' % i)
        s.taken()
        s.crypto(RESTARTED, struct.pack(">I", WINDOW))
        s.connect()
        s.send("new", "new")
        s.taken()
        check_equal(len(s.sent()), WINDOW, "sent before it is told")
        if ends:
            s.end(6, WINDOW, "lost")
            s.pull = True
            names = more + 1
            check_equal(s.event("end")["undelivered"], WINDOW + names, "end")
        else:
            s.pull = True
            s.until(lambda s=s: len(s.sent()) == WINDOW + 1, "the new one")
            check_equal(s.sent()[-1], b"new", "sent")
            names = more
            s.delivered(1)
        s.until(lambda s=s, n=names: len(s.all("undelivered")) == WINDOW + n,
                "all of them")
        s.kill()


@case
def restarted_unread():
    """A text of the old session that stdout has not taken is not confirmed
    in the new one."""
    s = Script(pull=False)
    for i in range(100):
        s.text(i + 1, "x" * 3000)
    shown = -1
    while shown != s.shown():
        shown = s.shown()
        s.pause(0.2)
    check(0 < shown < 100, "confirmed", shown)
    s.crypto(RESTARTED, b"\0" * 4)
    s.connect()
    s.text(1, "new")
    s.until(lambda: s.asked, "UI_RESTARTED")
    s.pause(0.2)
    check_equal(s.shown(), 0, "confirmed in the new session")
    s.pull = True
    s.until(lambda: s.shown() == 1, "UI_SHOWN")
    check_equal([e["id"] for e in s.all("message")],
                list(range(1, 101)) + [1], "ids")
    s.finish()


# ---- who it is -----------------------------------------------------------

PRINT, SAFETY = "SHA256:" + "p" * 43, "0123456789" * 6


def peer_body(known, name, claimed):
    return (bytes([known, 0]) + (PRINT + SAFETY).encode() + str8(name) +
            str8(claimed))


@case
def who_it_is():
    """Somebody known has a name; somebody new claims one, and gets one."""
    s = Script(connect=False)
    s.crypto(PEER, peer_body(1, "bob", "robert"))
    want = ["bob", "robert", PRINT, SAFETY, True, False]
    check_equal(values(s.event("peer")), want, "peer")
    s.connect(claimed="robert")
    check_equal(s.event("connected")["claimed"], "robert", "connected")
    s.do("name", name="bobby")
    s.until(lambda: s.from_super, "UI_NAME")
    check_equal(s.from_super.pop(0), (NAME, b"bobby"), "asked")
    s.tell(NAMED, b"\0bobby")
    check_equal(values(s.event("peer", 2)), ["bobby"] + want[1:], "renamed")
    s.finish()
    for first in (0, 1):
        s = Script(connect=False)
        steps = [lambda: s.crypto(PEER, peer_body(0, "", "b\u202eob")),
                 lambda: s.tell(NAMED, b"\1b-ob")]
        steps[first]()
        s.settle()
        steps[1 - first]()
        e = s.event("peer", 2 - first)
        check_equal(values(e), ["b-ob", "", PRINT, SAFETY, False,
                                False], "peer")
        check(first or s.event("peer")["name"] == "", "a name too early")
        s.finish()


# ---- leaving -------------------------------------------------------------

def close_stdout(s):
    s.open.discard(s.popen.stdout)
    s.popen.stdout.close()
    s.popen.stdout = None


@case
def behind_the_end():
    """What comes on standard input together with the end of the chat stays
    there: with --keep the next front end reads it."""
    ours, theirs = os.pipe()
    with open(ours, "rb", buffering=0) as stdin:
        s = Script(stdin=stdin)
        s.event("connected")
        os.kill(s.popen.pid, signal.SIGSTOP)
        s.end()
        os.write(theirs, b'{"do":"quit"}\n')
        s.until(lambda: not s.queue[s.sup], "the end to be on its way")
        os.kill(s.popen.pid, signal.SIGCONT)
        s.event("end")
        s.wait()
        check(select.select([stdin], [], [], 0)[0], "the line is gone")
        check_equal(stdin.read(100), b'{"do":"quit"}\n', "left")
    os.close(theirs)


@case
def inside_a_line():
    """A line whose end has not come when the chat ends is told, given up and
    not the next chat's: that passes over the rest of it."""
    begun = {JSON: (b'{"do":"send","text":"to the fir', b'st"}\n'),
             0: (b"to the fir", b"st\n")}
    whole = {JSON: b'{"do":"send","text":"t"}\n', 0: b"t\n"}
    for flags, (half, rest) in begun.items():
        s = Script(flags=flags)
        s.write_at_once(whole[flags] + half)
        s.until(s.sent, "the first line")
        s.end()
        s.until(lambda: s.left_stdin, "UI_INPUT")
        check_equal(s.left_stdin, [b"\1"], "where stdin was left")
        s.wait(6)                       # the whole line was not delivered
        check_equal(s.quit(), (NOBODY, 1 if flags else 2), "UI_QUIT")
        if flags:
            e = s.event("error")
            check_equal((e["code"], e["line"]), (2, 2), "error")
            check("before the end of the line" in e["msg"], e)
            check_equal(s.event("end")["undelivered"], 1, "end")
        else:
            check(b"input line 2 was not sent" in s.err, s.err)
        s.kill()
        s = Script(flags=flags | INSIDE)
        s.write(rest + whole[flags] + b"\xff\n")
        s.until(s.sent, "a text")
        if flags:
            check_equal(s.event("error")["line"], 2, "counted from here")
        s.settle() if flags else s.until(lambda: s.err, "a word")
        check_equal(s.sent(), [b"t"], "texts")
        s.delivered(1)                  # written before the end is
        s.until(lambda: not s.queue[s.cry], "DELIVERED to be written")
        s.end()
        s.wait(0 if flags else 6)
        check(flags or b"input line 2 was not sent" in s.err, s.err)
        check_equal(s.left_stdin, [b"\0"], "where stdin was left")
        s.kill()


@case
def inside_a_long_line():
    """What is passed over already is not told twice; a chat without the end
    of the line hands it on."""
    s = Script(flags=0)
    s.write(b"x" * 70000)
    s.until(lambda: b"input line 1 was not sent" in s.err, "a word")
    s.end()
    s.wait(6)
    check_equal((s.left_stdin, s.err.count(b"input line")), ([b"\1"], 1),
                "said")
    s.kill()
    for flags in (JSON, 0):
        s = Script(flags=flags | INSIDE)
        s.write_at_once(b"still the same line")
        s.end()
        s.wait()
        check_equal((s.left_stdin, s.err, s.all("error")), ([b"\1"], b"", []),
                    "said")
        s.kill()


@case
def lines_without_a_turn():
    """While stdout is full commands wait.  At the end sends among them count
    as not delivered, what is wrong is told, and a quit is one."""
    bad, n = b"x\n" * 6000, 50
    sends = b"".join(b'{"do":"send","text":"t","ref":"r%d"}\n' % i
                     for i in range(n))
    for last in (b'{"do":"quit"}\n', b'{"do":"qu'):
        s = Script(pull=False)
        s.write_at_once(bad + sends + last)
        check_equal(s.sent(), [], "sends that had a turn")
        s.end()
        s.until(lambda: not s.queue[s.sup], "the end to be on its way")
        s.pull = True
        s.event("end")
        quits = last.endswith(b"\n")
        check_equal(len(s.all("error")), 6000 + 2 - quits, "errors")
        check_equal([(e["ref"], e["id"]) for e in s.all("undelivered")],
                    [(f"r{i}", None) for i in range(n)], "named")
        check_equal(s.event("end")["undelivered"], n, "end")
        s.wait(6)
        check_equal(s.from_super, [(QUIT, struct.pack(">BI", *body))
                                   for body in [(USER, 0)] * quits +
                                   [(NOBODY, n)]], "from UI")
        check_equal(s.left_stdin, [bytes([not quits])], "UI_INPUT")
        s.kill()
    s = Script(pull=False)              # nobody ever reads the events
    s.write_at_once(bad + sends + b'{"do":"qu')
    s.end()
    check_equal((s.quit(), s.left_stdin), ((NOBODY, n), [b"\1"]), "from UI")


@case
def stdout_closed():
    """Events: noticed at once.  Rows: when there is one to write."""
    for with_text in (False, True):
        s = Script()
        s.event("connected")
        close_stdout(s)
        if with_text:
            s.text(1, "nobody reads this")
        check_equal(s.quit(), (GONE, 0), "UI_QUIT")
        check_equal(s.shown(), 0, "confirmed")
        s.end()
        s.wait(6)
        check(b"cannot be written: Broken pipe" in s.err, s.err)
    s = Script(flags=0)
    close_stdout(s)
    s.write("a line\n")
    s.until(lambda: s.sent(), "a text")
    s.pause(0.2)
    check_equal(s.from_super, [], "left although there was nothing to write")
    with open(f"/proc/{s.popen.pid}/stat", encoding="ascii") as f:
        ticks = sum(map(int, f.read().rsplit(")", 1)[1].split()[11:13]))
    check(ticks < 10, "spins: ticks", ticks)
    s.text(1, "nobody reads this")
    check_equal(s.quit(), (GONE, 0), "UI_QUIT")
    check_equal(s.shown(), 0, "confirmed")
    s.end(6, 1)
    s.wait(6)


@case
def other_side_leaves():
    """What crypto never had is told to the supervisor, and in the end."""
    s = Script()
    for i in range(300):
        s.send(str(i))
    s.until(lambda: len(s.sent()) == WINDOW, "the window")
    s.settle()
    s.end(6, WINDOW - 1, "lost")        # crypto had not read the last one
    e = s.event("end")
    check_equal((e["code"], e["undelivered"]), (6, 300), "end")
    check_equal(s.event("error")["msg"], "lost; 300 in all", "error")
    check_equal([(e["ref"], e["id"]) for e in s.all("undelivered")],
                [(None, i + 1) for i in range(WINDOW)], "named")
    check_equal(s.quit(), (NOBODY, 300 - WINDOW + 1), "UI_QUIT")
    s.wait(6)
    s = Script()
    for i in range(300):                # each that has a name is named
        s.send(str(i), f"r{i}")
    s.until(lambda: len(s.sent()) == WINDOW, "the window")
    s.delivered(1)
    s.until(lambda: len(s.sent()) == WINDOW + 1, "one more")
    s.end()
    e = s.event("end")
    check_equal((e["code"], e["undelivered"]), (6, 299), "end")
    check_equal([(e["ref"], e["id"]) for e in s.all("undelivered")],
                [(f"r{i}", i + 1 if i <= WINDOW else None)
                 for i in range(1, 300)], "named")
    s.wait(6)
    s = Script()
    s.send("crossed")
    s.until(s.sent, "the text")
    s.end()
    e = s.event("end")
    check_equal((e["code"], e["undelivered"]), (6, 1), "end")
    check("undelivered" in s.event("error")["msg"], s.events)
    check_equal(s.quit(), (NOBODY, 1), "UI_QUIT")
    s.wait(6)
    s = Script()                        # the last DELIVERED counts
    s.send("in time")
    s.until(s.sent, "the text")
    s.delivered(1)                      # written before the end is
    s.until(lambda: not s.queue[s.cry], "DELIVERED to be written")
    s.end()
    e = s.event("end")
    check_equal((e["code"], e["undelivered"]), (0, 0), "end")
    check_equal(s.from_super, [], "from UI")
    s.wait()


@case
def full_disk():
    for path, mode, err, why in (
            ("/dev/full", "wb", errno.ENOSPC, b"No space left"),
            ("/dev/null", "rb", errno.EBADF, b"Bad file descriptor")):
        with open(path, mode) as out:
            s = Script(stdout=out)
            check_equal(s.quit(), (GONE, 0), "UI_QUIT")
            s.until(lambda: b"standard output cannot be written: " + why
                    in s.err, "a sentence")
            s.end()
            s.wait(6)
            check_equal(s.streams, [(1, err)], "UI_STREAM")


@case
def supervisor_gone():
    s = Script(mode=KEY)
    s.send("x")
    s.until(lambda: s.sent(), "a text")
    s.sup.close()
    s.open.discard(s.sup)
    del s.queue[s.sup]
    e = s.event("end")
    check_equal((e["code"], e["undelivered"]), (1, 1), "end")
    s.wait(want=1)


@case
def end_of_input():
    """Waits for delivery, then leaves; ten seconds without any are enough,
    but those of a connection that is lost do not count."""
    s = Script()
    s.write("\n")
    s.close_stdin()
    check_equal(s.quit(), (EOF, 0), "nothing to wait for")
    s.finish()
    lost = Script(flags=0)
    lost.write("one\n")
    lost.close_stdin()
    lost.until(lambda: lost.sent(), "a text")
    lost.link(LOST, 3, 1800000)
    lost.pause(0.2)
    s = Script(connect=False)
    for i in range(300):
        s.send(str(i))
    s.close_stdin()
    s.pause(0.3)
    check_equal(s.from_super, [], "left before the other side came")
    s.connect()
    s.until(lambda: len(s.sent()) == WINDOW, "the window")
    s.delivered(5)
    s.until(lambda: len(s.sent()) == WINDOW + 5, "five more")
    started = time.monotonic()
    check_equal(s.quit(), (EOF, 300 - WINDOW - 5), "UI_QUIT")
    took = time.monotonic() - started
    check(9 < took < 50, "waited", took)
    s.end(6, 295, "undelivered")
    s.wait(6)
    lost.pause(0.5)
    check_equal(lost.from_super, [], "gave up while the connection was lost")
    lost.link(RESUMED, 0, 11000)
    lost.delivered(1)
    check_equal(lost.quit(), (EOF, 0), "UI_QUIT")
    lost.finish()


@case
def receive_only():
    """An input without any line: the other side says when it is over."""
    for flags in (JSON, 0):
        s = Script(flags=flags, connect=False)
        s.close_stdin()
        s.pause(0.2)
        s.connect()
        s.text(1, "listen")
        s.until(lambda: s.shown() == 1, "UI_SHOWN")
        s.pause(0.2)
        check_equal(s.from_super, [], "left by itself")
        s.end()
        s.wait()
        check(any(b"listen" in line for line in s.lines), s.lines)


@case
def broken_siblings():
    """A message that its sender knows to be wrong ends the program."""
    for send, word in [
            (lambda s: s.text(2, "x"), b"text 2 after text 0"),
            (lambda s: s.delivered(1), b"delivered, of 0 sent"),
            (lambda s: s.connect(), b"CONNECTED in state"),
            (lambda s: s.link(119), b"link event 119"),
            (lambda s: s.tell(PRICES, price_table(1, 9, [quote(1, 0, None)] *
                                                  4, [0] * 4)),
             b"UI_PRICES"),
            (lambda s: s.link(LOST, why=119), b"for reason 119"),
            (lambda s: s.crypto(RESTARTED, b"\0\0\0\1"),
             b"1 texts unconfirmed, of 0"),
            (lambda s: [s.crypto(RESTARTED, b"\0" * 4), s.text(1, "x")],
             b"TEXT in state"),
            (lambda s: s.crypto(SEND, b"x"), b"wrong sender"),
            (lambda s: s.tell(NOTE, b"\0x"), b"note of unknown kind"),
            (lambda s: s.tell(START, b"\0" * 19), b"UI_START in state"),
            (lambda s: s.tell(999), b"unknown type"),
            (lambda s: s.tell(END, b"\0" * 10), b"malformed UI_END")]:
        s = Script()
        send(s)
        s.wait(want=1)
        check(word in s.err, word, s.err)
        s.kill()


# ---- plain pipes ---------------------------------------------------------

@case
def plain():
    s = Script(flags=0)
    s.write(b"one\n\n  two \xe2\x82\xac\n{}\nlast")
    s.close_stdin()
    s.until(lambda: len(s.sent()) == 5, "five texts")
    check_equal(s.sent(), [b"one", b"", "  two \u20ac".encode(), b"{}",
                           b"last"], "texts")
    s.tell(NOTE, b"\1hidden")
    s.link(LOST)
    s.text(1, "hi \x1b[2J\u202e")
    s.text(2, "")
    s.text(3, "a\nb")
    s.text(4, "\t" * TEXT_MAX)
    s.text(5, "\n" * TEXT_MAX)
    s.until(lambda: s.shown() == 5, "UI_SHOWN")
    s.delivered(5)
    check_equal(s.quit(), (EOF, 0), "UI_QUIT")
    s.finish()
    check_equal(s.lines[:4], [b"hi ^[[2J<U+202E>", b"", b"a", b"b"], "rows")
    check_equal(len(s.lines[4]), 8 * TEXT_MAX, "tabs")
    check_equal(s.lines[5:], [b""] * TEXT_MAX, "row ends")
    s = Script(flags=ASCII)
    s.text(1, "\u00e9")
    s.until(lambda: s.lines, "a row")
    check_equal(s.lines, [b"<U+00E9>"], "with --ascii")
    s.finish()


@case
def plain_on_terminal():
    """Rows on a terminal say whose they are, also those that its width
    makes."""
    master, slave = os.openpty()
    fcntl.ioctl(master, termios.TIOCSWINSZ,
                struct.pack("HHHH", 24, 40, 0, 0))
    with open(slave, "wb") as out:
        s = Script(flags=0, stdout=out)
        s.text(1, "w" * 90 + "\n14:05 you  ✓✓ │ yes")
        s.until(lambda: s.shown() == 1, "UI_SHOWN")
        check_equal(os.read(master, 4096).decode().split("\r\n"),
                    ["peer | " + "w" * 32] * 2 +
                    ["peer | " + "w" * 26, "peer | 14:05 you  ✓✓ │ yes", ""],
                    "rows")
        got = [b""]
        s.text(2, "\t" * TEXT_MAX)

        def read():
            if select.select([master], [], [], 0)[0]:
                got[0] += os.read(master, 65536)
            return s.shown() == 2
        s.until(read, "the largest", 60)
        check(b"\r\n" not in got[0][:-2].replace(b"\r\npeer | ", b""),
              "a row without the prefix")
        s.finish()
    os.close(master)


@case
def plain_refusals():
    """A bad line is left out whole, named, and counted as undelivered."""
    s = Script(flags=0)
    s.write(b"ok\n" + b"x" * TEXT_MAX + b"\n" + b"y" * 70000 + b"\n" +
            b"bad \xff\n" + b"nul \0\n" + b"z" * 700000 + b"\nlast\n")
    s.close_stdin()
    s.until(lambda: len(s.sent()) == 3, "the good lines")
    check_equal(s.sent(), [b"ok", b"x" * TEXT_MAX, b"last"], "texts")
    s.delivered(3)
    check_equal(s.quit(), (EOF, 4), "UI_QUIT")
    s.end(6, 4)
    s.wait(6)
    for line, why in ((3, "65499 bytes"), (4, "UTF-8"), (5, "NUL"),
                      (6, "65499 bytes")):
        check(re.search(f"input line {line} was not sent: .*{why}".encode(),
                        s.err), line, s.err)
    s = Script(flags=0)
    s.write(b"\xff\n" * 100000)
    s.close_stdin()
    check_equal(s.quit(), (EOF, 100000), "UI_QUIT")
    s.end(6, 100000)
    s.wait(6)
    check_equal(s.err.count(b"\n"), 11, "ten lines and a sum")


@case
def plain_stalled():
    """Rows nobody takes do not hold up what is sent."""
    s = Script(flags=0, pull=False)
    for i in range(200):
        s.text(i + 1, "x" * 20000)
    s.write(b"hello\n")
    s.until(lambda: s.sent(), "a text")
    s.pull = True
    s.until(lambda: len(s.lines) == 200, "all rows")
    s.until(lambda: s.shown() == 200, "UI_SHOWN")
    s.delivered(1)
    s.finish()


# ---- the tables of secchat-json(7) ---------------------------------------

@case
def new_keys_and_digits():
    s = Script()
    for i, why in enumerate(("count", "time", "bytes", "you", "peer")):
        s.crypto(REKEYED, struct.pack(">IB", i + 2, i + 1))
        check_equal(values(s.event("rekey", i + 1)), [i + 2, why], "rekey")
    s.do("verify")
    s.until(lambda: s.asked, "UI_VERIFY")
    s.do("verify", digits="123456")
    s.until(lambda: len(s.asked) == 2, "UI_VERIFY")
    check_equal(s.asked, [(VERIFY_Q, b""), (VERIFY_Q, b"123456")], "asked")
    for i, state in enumerate(("ask", "ok", "wrong", "own")):
        s.crypto(VERIFY, bytes([i + 1, 3]) + b"792477")
        check_equal(values(s.event("verify", i + 1)), ["792477", state, 3],
                    "verify")
    s.finish()


def error_number(name):
    """A constant's number, from the header's list."""
    with open(os.path.join(ROOT, "include/secchat/err.h"),
              encoding="utf-8") as f:
        body = re.search(r"enum err \{(.*?)\};", f.read(), re.S)[1]
    body = re.sub(r"/\*.*?\*/", "", body, flags=re.S)
    return re.findall(r"ERR_\w+", body).index(name)


@case
def less_than_all():
    """A format without receipts, verification, resume or forward secrecy:
    what is sent is not called delivered, and remarks are told."""
    s = Script(flags=JSON | 0b11101 << 12, mode=9, connect=False)
    s.connect(mode=9)
    have = s.event("connected")
    check_equal((have["mode"], have["lacks"], "suite" in have),
                ("legacy-gcm", ["receipts", "verify", "resume",
                                "forward-secrecy"], False), "connected")
    s.do("send", text="x", ref="r")
    s.until(s.sent, "UI_SEND")
    s.delivered(1)
    check_equal(s.event("sent")["ref"], "r", "ref")
    check_equal(s.all("delivered"), [], "claims of delivery")
    s.crypto(REMARK, struct.pack(
        ">HI", error_number("ERR_LEGACY_UNREADABLE"), 7))
    check_equal((s.event("remark")["what"], s.event("remark")["count"]),
                ("ERR_LEGACY_UNREADABLE", 7), "remark")
    s.finish()


def quote(price, exp, change, t=0):
    has = (1 if price else 0) | (0 if change is None else 2)
    return struct.pack(">BQbiQ", has, price, exp, change or 0, t)


def price_table(flags, provider, coins, ages, future=0):
    """UI_PRICES, as src/quote/record.c has it."""
    head = struct.pack(">BBBBBHBBHIIIB", 0, flags, provider, 2, 1, 451, 3, 2,
                       500, 8, 41, 60, 0)
    return head + b"".join(
        q + struct.pack(">IB", age, future) for q, age in zip(coins, ages)
    ) + b"\0" + bytes(4 * 24)


@case
def prices():
    """One at a time is asked for; what comes is numbers, and all of them."""
    s = Script()
    for i, (what, want) in enumerate(((None, 1), ("refresh", 2),
                                      ("auto on", 3), ("auto off", 4))):
        line = {"do": "prices"} if what is None else {"do": "prices",
                                                      "what": what}
        s.write(json.dumps(line) + "\n")
        s.until(lambda n=i + 1: len(s.from_super) >= n, "UI_ASK_PRICES")
        check_equal(s.from_super[-1], (ASK_PRICES, bytes([want])), what)
    never = 0xffffffff
    coins = [quote(971204, -1, 124), quote(339107, -2, -62), quote(0, 0, None),
             quote(41287, -5, None)]
    s.tell(PRICES, price_table(1, 0, coins, [never] * 4))
    e = s.event("prices")
    check_equal(e["usd"], {"BTC": "97120.4", "ETH": "3391.07", "SOL": None,
                           "DOGE": "0.41287"}, "usd")
    check_equal(e["chg24"], {"BTC": "1.24", "ETH": "-0.62", "SOL": None,
                             "DOGE": None}, "chg24")
    check_equal((e["source"], e["age_s"], e["stale"]),
                ("coingecko", 8, False), "head")
    s.tell(PRICES, price_table(0xff, 2, coins, [700] * 4, 1))
    e = s.event("prices", 2)
    check_equal(e["failed"], {"source": "bitfinex", "why": "http",
                              "http": 451, "also": {
                                  "source": "kraken", "why": "http",
                                  "http": 500}}, "failed")
    check_equal(e["chg_utc_day"]["BTC"], "1.24", "kraken")
    s.finish()


# ---- files ---------------------------------------------------------------

def states(s, fid, without=("progress",)):
    return [e["state"] for e in s.all("file")
            if e["n"] == fid and e["state"] not in without]


@case
def files_in_hex():
    """A path that no string of JSON can say."""
    s = Script()
    s.do("sendfile", path_hex="2f636166E9", ref="f0")
    body = s.asked_super(FILE_SEND)
    check_equal(body[4:], b"/caf\xe9", "path_hex")
    s.file(0, 1, STOPPED, why=33, ask=struct.unpack(">I", body[:4])[0],
           path=b"/caf\xe9", words="no such file")
    e = s.event("file")
    check_equal((e["state"], e["ref"], e["path"]),
                ("failed", "f0", "/caf\ufffd"), "no UTF-8")
    for n, both in enumerate(({"path": "/a", "path_hex": "2f61"},
                              {"path_hex": "2f6"}), 1):
        s.do("sendfile", **both)
        check("path_hex" in s.event("error", n)["msg"], both)


@case
def files_out():
    """A file that is sent, from its command to its end, with its ref on each
    event; one that cannot be opened; one without a ref."""
    s = Script()
    s.do("sendfile", path="~/größe 1.pdf", ref="f1")
    body = s.asked_super(FILE_SEND)
    check_equal(body[4:].decode(), "~/größe 1.pdf", "path")
    ask = struct.unpack(">I", body[:4])[0]
    check(ask != 0, "what it is called")
    big = 2 ** 63 - 1
    s.file(1, 1, OFFERED, ask=ask, size=big, path="/home/me/größe 1.pdf",
           name="größe 1.pdf")
    e = s.event("file")
    check_equal(list(e.values())[4:],
                [1, "out", "offered", "größe 1.pdf", big, 0,
                 "/home/me/größe 1.pdf", "f1"], "offered")
    s.file(1, 1, ACCEPTED, size=big)
    check_equal(s.event("file", 2)["state"], "accepted", "accepted")
    s.file(1, 1, MOVING, size=big, done=2 ** 62, rate=7, left=5)
    e = s.event("file", 3)
    check_equal((e["state"], e["done"], e["rate"], e["left_s"], e["ref"]),
                ("progress", 2 ** 62, 7, 5, "f1"), "progress")
    s.file(1, 1, PAUSED, size=big, done=2 ** 62)
    check_equal(s.event("file", 4)["state"], "paused", "paused")
    s.file(1, 1, DONE, size=big, done=big)
    e = s.event("file", 5)
    check_equal((e["state"], e["done"], e["path"], e["ref"]),
                ("done", big, "/home/me/größe 1.pdf", "f1"), "done")

    s.do("sendfile", path="/nowhere")
    ask = struct.unpack(">I", s.asked_super(FILE_SEND)[:4])[0]
    s.file(0, 1, STOPPED, ask=ask, size=0, name="", why=33,
           words="no such file")
    e = s.event("file", 6)
    check_equal(list(e.values())[4:],
                [None, "out", "failed", "", 0, 0, "/nowhere", "path",
                 "no such file", None], "refused")
    s.do("sendfile", path="x", ref="f3")
    ask = struct.unpack(">I", s.asked_super(FILE_SEND)[:4])[0]
    s.file(0, 1, STOPPED, ask=ask, size=0, name="", why=NO_FILE)
    e = s.event("file", 7)
    check_equal((e["why"], e["msg"], e["ref"]),
                ("none", "there is nobody to send it to", "f3"), "nobody")
    s.finish()


@case
def files_in():
    """An offer: nothing happens until the command that names it."""
    s = Script()
    s.file(2, 0, OFFERED, path=b"/d/\xff.txt", name="x.txt")
    e = s.event("file")
    check_equal(list(e.values())[4:],
                [2, "in", "offered", "x.txt", 1000, 0, "/d/\ufffd.txt"],
                "offered")
    s.pause(0.05)
    check_equal(s.from_super, [], "answered by itself")
    s.do("accept", n=2, **{"as": "b c"})
    check_equal(s.asked_super(FILE_ACCEPT), struct.pack(">I", 2) + b"b c",
                "accept")
    s.file(2, 0, STOPPED, why=NO_FILE, words="a name, not a path")
    check_equal(s.event("error")["msg"], "a name, not a path", "error")
    s.do("accept", n=2)
    check_equal(s.asked_super(FILE_ACCEPT), struct.pack(">I", 2), "accept")
    s.file(2, 0, DONE, done=1000, path="/d/x-2.txt")
    e = s.event("file", 2)
    check_equal(list(e.values())[4:],
                [2, "in", "done", "a.txt", 1000, 1000, "/d/x-2.txt"], "done")
    s.file(4, 0, OFFERED)
    s.do("decline", n=4)
    check_equal(s.asked_super(FILE_STOP), struct.pack(">IB", 4, 1), "decline")
    s.file(4, 0, STOPPED, why=1)
    e = s.event("file", 4)
    check_equal((e["state"], e["why"], "ref" in e), ("declined", "you",
                                                     False), "declined")
    s.file(6, 0, MOVING, done=5)
    s.event("file", 7)
    check_equal(states(s, 6, ()), ["offered", "accepted", "progress"],
                "merged")
    s.do("cancel", n=6)
    check_equal(s.asked_super(FILE_STOP), struct.pack(">IB", 6, 2), "cancel")
    s.file(6, 0, STOPPED, why=2, done=5)
    e = s.event("file", 8)
    check_equal((e["state"], e["why"], e["done"]), ("cancelled", "you", 5),
                "cancelled")
    # Nobody was told of it: nobody needs to hear of its end.
    s.file(8, 0, STOPPED, why=2)
    s.file(10, 0, OFFERED)
    s.event("file", 9)
    s.file(10, 0, STOPPED, why=2)
    check_equal(s.event("file", 10)["state"], "cancelled", "told of both")
    s.settle()
    check_equal(states(s, 8), [], "of nothing")
    s.finish()


@case
def files_end():
    """Who ended it, or what: a word for programs and one for people."""
    s = Script()
    n = 0
    for why, word in WHYS.items():
        for ours in (1, 0):
            ask = 0
            fid = 2 * why + 1 - ours
            if ours:
                s.do("sendfile", path="x")
                ask = struct.unpack(">I", s.asked_super(FILE_SEND)[:4])[0]
            s.file(fid, ours, MOVING, ask=ask, done=7)
            s.event("file", n + 3)
            s.file(fid, ours, STOPPED, why=why, done=7)
            n += 4
            e = s.event("file", n)
            want = ("declined", "peer" if ours else "you") if why == 1 else \
                ("cancelled", "peer") if why == 2 else ("failed", word)
            check_equal((e["n"], e["state"], e["why"]), (fid, *want), "end")
            check_equal(bool(e.get("msg")), why > 2, "words")
    s.finish()


@case
def files_not_now():
    """Commands about files that are not there, or when there is no chat: an
    error with the line, and nobody is asked."""
    s = Script(connect=False)
    n = 0

    def refused(want, **command):
        nonlocal n
        n += 1
        s.do(**command)
        e = s.event("error", n)
        check(re.search(want, e["msg"] + " " + e["next"]), command, e)
        check_equal((e["code"], e["line"], e.get("ref")),
                    (2, n, command.get("ref")), command)

    refused("no chat yet", what="sendfile", path="x", ref="r")
    refused("no chat yet", what="accept", n=2)
    s.connect()
    s.event("connected")
    refused("no such file is offered", what="accept", n=2)
    refused("no such file is offered", what="decline", n=2)
    refused("no such file is under way", what="cancel", n=2)
    s.file(2, 0, ACCEPTED)
    s.event("file", 2)
    refused("no such file is offered", what="accept", n=2)
    refused("no such file is offered", what="decline", n=2)
    for i in range(16):
        s.do("sendfile", path=f"x{i}")
        s.asked_super(FILE_SEND)
    s.do("sendfile", path="x", ref="late")
    e = s.event("error", n + 1)
    check_equal((e["msg"], e["ref"]), (
        "too many files of yours are under way", "late"), "too many")
    check_equal(s.from_super, [], "the supervisor was asked")
    s.end()
    s.wait()
    check_equal([e["state"] for e in s.all("file")[2:]], ["failed"] * 17,
                "ends")
    check_equal({e["why"] for e in s.all("file")[2:]}, {"ended"}, "ends")
    s = Script(flags=JSON | NO_FILES)
    check_equal(s.event("connected")["lacks"], ["files"], "lacks")
    s.do("sendfile", path="x")
    check_equal(s.event("error")["msg"], "this chat has no files", "legacy")
    s.finish()


@case
def files_stalled():
    """While nobody reads, progress gives way to what is newer, every end is
    told, and what is kept is bounded."""
    s = Script(pull=False)
    for i in range(200):        # the ring is full, and the pipe
        s.text(i + 1, "x" * 30000)
    s.pause(0.3)
    s.queue[s.cry].clear()
    for round in range(20):
        fids = range(2 + 32 * round, 34 + 32 * round, 2)
        for fid in fids:
            s.file(fid, 0, OFFERED, path="/d/" + "y" * 4000)
        s.until(lambda: not s.queue[s.sup], "the supervisor to be heard")
        s.pause(0.02)
        for fid in fids:
            for done in range(0, 1000, 100):
                s.file(fid, 0, MOVING, done=done)
            s.file(fid, 0, STOPPED if round < 19 else DONE, done=1000,
                   why=6 if round < 19 else 0, path="/d/" + "y" * 4000)
    s.until(lambda: not s.queue[s.sup], "the supervisor to be heard")
    s.do("status")
    s.until(lambda: s.questions, "a command to be obeyed")
    check(pages(s.popen.pid) < 4000, "memory", pages(s.popen.pid))
    s.pull = True
    last = range(2 + 32 * 19, 34 + 32 * 19, 2)
    s.until(lambda: all(states(s, fid)[-1:] == ["done"] for fid in last),
            "the end of each")
    told = {e["n"] for e in s.all("file") if e["state"] == "offered"}
    for fid in told:
        check(states(s, fid)[-1] in ("failed", "done"), "no end of", fid)
    s.kill()


@case
def files_at_end_of_input():
    """The end of input waits for what was accepted, as long as it moves, and
    for the answer to an offer of ours; not for an offer of theirs."""
    s = Script()
    s.do("sendfile", path="x")
    s.file(2, 0, OFFERED)
    ask = struct.unpack(">I", s.asked_super(FILE_SEND)[:4])[0]
    s.close_stdin()
    s.file(1, 1, OFFERED, ask=ask)
    s.event("file", 2)
    s.pause(0.3)
    check_equal(s.from_super, [], "it left before the answer")
    s.file(1, 1, MOVING, done=7)
    s.event("file", 4)
    s.pause(0.3)
    check_equal(s.from_super, [], "it left while a file moved")
    s.file(1, 1, DONE, done=1000)
    check_equal(s.quit(), (EOF, 0), "quit")
    s.finish()
    s = Script()
    s.do("status")
    s.file(2, 0, OFFERED)
    s.event("file")
    s.close_stdin()
    check_equal(s.quit(), (EOF, 0), "quit")
    s.answer_status()
    s.finish()


@case
def files_plain():
    """Plain lines cannot take a file: it is declined, and said so."""
    s = Script(flags=0)
    for fid in range(2, 26, 2):
        s.file(fid, 0, OFFERED, name="a\x1b[2J\u202e.txt")
        check_equal(s.asked_super(FILE_STOP), struct.pack(">IB", fid, 1),
                    "declined")
        s.file(fid, 0, STOPPED, why=1)
    s.until(lambda: s.err.count(b"\n") == 10, "its words")
    check(b'a file of 1000 bytes, "a^[[2J<U+202E>.txt"; it was declined'
          in s.err, s.err)
    s.err = b""
    s.finish()


@case
def files_nonsense():
    """A supervisor that makes no sense ends it."""
    for body in (b"", b"\0" * 41,
                 struct.pack(">IIBBBQQQI", 1, 0, 1, 1, 0, 1, 0, 0, 0) +
                 b"\0\0",                           # never asked for
                 struct.pack(">IIBBBQQQI", 2, 0, 2, 1, 0, 1, 0, 0, 0) +
                 b"\0\0",                           # of nobody
                 struct.pack(">IIBBBQQQI", 2, 0, 0, 7, 0, 1, 0, 0, 0) +
                 b"\0\0",                           # no state
                 struct.pack(">IIBBBQQQI", 2, 0, 0, 3, 0, 1, 2, 0, 0) +
                 b"\0\0",                           # more than all
                 struct.pack(">IIBBBQQQI", 2, 0, 0, 1, 0, 2 ** 63, 0, 0, 0) +
                 b"\0\0",
                 struct.pack(">IIBBBQQQI", 2, 0, 0, 1, 0, 1, 0, 0, 0) +
                 b"\0\0a\0b"):
        s = Script()
        s.event("connected")
        s.tell(FILE, body)
        s.wait(1)
        check(s.err, "not a word")
        s.kill()


@case
def wrong_members():
    """Each member of each command with each wrong type, and each command
    with a member too many: an error, and nothing else happens."""
    s = Script()
    n = 0
    for name, rows in page_commands().items():
        for member in rows if name else ():
            for value in (None, True, 1, 1.5, [], {}, "x" * 70000):
                line = {"do": name, "text": "", member: value} if \
                    name == "send" else {"do": name, member: value}
                s.write(json.dumps(line) + "\n")
                n += 1
                check(s.event("error", n)["msg"], line)
        s.write(json.dumps({"do": name or "send", "nothing": 1}) + "\n")
        n += 1
        check("no member" in s.event("error", n)["msg"], s.events[-1])
    s.settle()
    check_equal((s.sent(), s.asked, s.from_super), ([], [], []), "obeyed")
    s.finish()


@case
def another_chat():
    """A command for another chat than this one does nothing, in whichever
    way that is said; one for this chat is obeyed."""
    s = Script(chat=3)
    check_equal((s.event("intro")["chat"], s.event("connected")["chat"]),
                (3, 3), "chat")
    n = 0
    good = {"send": {"text": "x", "ref": "r"}, "name": {"name": "bob"},
            "sendfile": {"path": "/x", "ref": "r"}, "accept": {"n": 1},
            "decline": {"n": 1}, "cancel": {"n": 1}}
    for name in filter(None, page_commands()):
        for chat in (2, 4, 1, 2 ** 32 - 1, None, True, 0, -1, 3.0, 2 ** 32,
                     "3", [3], {}):
            s.do(name, chat=chat, **good.get(name, {}))
            n += 1
            e = s.event("error", n)
            check_equal((e["code"], e["line"], e.get("ref")),
                        (2, n, good.get(name, {}).get("ref")), "error")
            if isinstance(chat, int) and 0 < chat < 2 ** 32 and \
                    chat is not True:
                check_equal(e["msg"], f"the command is for chat {chat}, and "
                            "this is 3", "error")
            else:
                check("not the number of a chat" in e["msg"], e)
    s.settle()
    check_equal((s.sent(), s.asked, s.from_super), ([], [], []), "obeyed")
    s.do("send", chat=3, text="for this one")
    s.until(s.sent, "the text")
    check_equal(s.sent(), [b"for this one"], "sent")
    s.delivered(1)
    s.finish()


def commands_as_the_page_says():
    """The table in the source has the same commands and members."""
    with open(os.path.join(ROOT, "src/script/command.c"),
              encoding="utf-8") as f:
        source = f.read()
    rows = re.findall(r'^\{ "(\w+)", +COMMAND_\w+, +\{ ([^}]*) \}', source,
                      re.M)
    check_equal({name: sorted(re.findall(r'"(\w+)"', members))
                 for name, members in rows},
                {name: sorted(["do", *members])
                 for name, members in page_commands().items() if name},
                "commands")
    check_equal(list(page_commands()[""]), ["do", "chat"], "of all")


def as_the_page_says():
    """Every event and member that the page has was seen here, each checked
    against its row; and the source writes no event that it has not."""
    commands_as_the_page_says()
    if len(sys.argv) > 1:
        return
    page = {f"{ev}.{m}" for ev, rows in page_events().items() for m in rows
            if ev}
    check_equal(sorted(page - Script.seen), [], "never seen")
    written = set()
    for path in glob.glob(os.path.join(ROOT, "src/script/*.c")):
        with open(path, encoding="utf-8") as f:
            written.update(re.findall(r'(?:event_begin\(&s->ev|show_fate\(\s*s)'
                                      r', "(\w+)"', f.read()))
    check_equal(sorted(written), sorted(ev for ev in page_events() if ev),
                "events in the source")


# ---- speed ---------------------------------------------------------------

def both_ways(n, flags):
    """n lines each way; seconds."""
    s = Script(flags=flags)
    started = time.monotonic()
    text = "x" * 60
    if flags & JSON:
        s.write("".join(json.dumps({"do": "send", "ref": f"r{i}",
                                    "text": text}) + "\n"
                        for i in range(n)))
    else:
        s.write((text + "\n") * n)
    told = confirmed = 0
    while True:
        while told < n and told - s.shown() < WINDOW:
            told += 1
            s.text(told, text)
        sent = len(s.sent())
        if sent > confirmed:
            confirmed = sent
            s.delivered(confirmed)
        got = len(s.lines)
        if told == n and confirmed == n and s.shown() == n and \
                got >= (2 * n if flags & JSON else n):
            break
        s.pump(1.0)
        check(time.monotonic() - started < 60 * SLOWER,
              "slow:", told, confirmed, got)
    took = time.monotonic() - started
    s.finish()
    return took


@case
def speed():
    for name, flags in (("json", JSON), ("plain", 0)):
        took = both_ways(10000, flags)
        print(f"{name}: 10,000 lines each way in {took:.2f} s")
        check(took < 15 * SLOWER, name, "took", took)


main(events, code_before_listening, texts_are_safe, bad_commands,
     long_and_last, window, window_bytes, read_ahead, quit_before_connected,
     status_flood, stalled_stdout, stalled_end, confirmed_when_written,
     last_texts, behind_the_end, inside_a_line, inside_a_long_line,
     lines_without_a_turn, stdout_closed, other_side_leaves, full_disk,
     supervisor_gone, end_of_input, receive_only, broken_siblings, plain,
     plain_on_terminal, plain_refusals, plain_stalled, lost_and_resumed,
     retry_before_loss, retry_command, restarted, restarted_plain,
     restarted_stalled, restarted_unread,
     who_it_is, new_keys_and_digits, less_than_all, prices, wrong_members,
     another_chat, files_out, files_in_hex, files_in, files_end,
     files_not_now, files_stalled, files_at_end_of_input, files_plain,
     files_nonsense, as_the_page_says, speed)
