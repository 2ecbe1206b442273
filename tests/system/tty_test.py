# not a test
"""secchat-tty alone: the real program on a pseudo terminal, with the test as
its supervisor and its crypto worker at the other ends of the two sockets.

What the terminal shows is followed by a small screen of the test's own,
which knows the few sequences that the program may use and refuses all others.
"""
import fcntl
import os
import pty
import re
import select
import socket
import struct
import subprocess
import termios
import time
import unicodedata

from secchat_test import (BIN, DEADLINE, Failed, Proc, check, check_equal,
                          wait_until)
from worker_test import READY, Link

START, LISTENING, NOTE, END, QUIT = 40, 41, 42, 43, 44
RETRY, REDIAL, NAME, NAMED = 45, 46, 47, 48
SEND, SHOWN, STATUS_Q, RESTARTED_OK, WIRE_Q = 50, 51, 52, 55, 56
CODE, CONNECTED, TEXT, DELIVERED, STATUS, ATTEMPT, LINK = range(60, 67)
SUSPEND, PAUSE, RESUME = 82, 83, 84
FILE_SEND, FILE_ACCEPT, FILE_STOP, FILE = range(100, 104)
OFFERED, ACCEPTED, MOVING, PAUSED, DONE, STOPPED = range(1, 7)
(DECLINED, CANCELLED, READ, CHANGED, WRITE, FULL, MANY) = range(1, 8)
ENDED, NO_PATH, NO_FILE = 32, 33, 34
OURS, THEIRS = 1, 0
REKEYED, VERIFY, PEER, RESTARTED, WIRE = 67, 68, 69, 80, 81
LOST, RESUMED, LEFT = 2, 4, 5
BY_EOF, BY_TIMEOUT = 1, 3
BY_BYTES = 3
NO_FILES = 131072
NO_COLOR, ASCII, PLAIN, CODE_COMES, PASSPHRASE = 8, 16, 32, 128, 256
EASTERN, BLUE_ORANGE = 1024, 2048
PASS, KEY, ID, JOINER, HOST = 1, 2, 3, 0, 1
USER, EOF, INTERRUPT = 1, 2, 3
TEXT_MAX, WINDOW, WINDOW_BYTES = 65499, 256, 1 << 20
EXIT_UNDELIVERED = 6
CALM = 0.2              # longer than it waits for the last size
QUIET = 0.15            # how long "nothing comes" is listened for
UTF8 = {"LANG": "C.UTF-8", "TZ": "UTC0", "TERM": "xterm"}

# 3 and 4 must not be ours when the links are placed there.
while (spare := os.open("/dev/null", os.O_RDONLY)) < 10:
    pass
os.close(spare)


def str8(s):
    return bytes([len(s.encode())]) + s.encode()


class Screen:
    """A terminal that scrolls and knows what secchat-tty is allowed to say:
    rows[:] is everything ever shown, the last `height` of them the screen."""
    SEQUENCE = re.compile(
        r"\x1b\[(?:(\d*)([AC])|J|H|[\d;]*m|\?2004[hl]|\?1004[hl]|"
        r"\?7[hl])")

    def __init__(self, width, height):
        self.width, self.height = width, height
        self.rows, self.row, self.col = [""], 0, 0
        self.paste = self.focus = False
        self.bells = 0
        self.wrap = True        # what runs over the margin goes on below
        self.wider = False      # more characters are wide than it knows
        self.rest = b""

    def feed(self, data):
        text, self.rest = self.decode(self.rest + data)
        i = 0
        while i < len(text):
            if text[i] == "\x1b":
                m = self.SEQUENCE.match(text, i)
                if not m and len(text) - i < 12:
                    self.rest = text[i:].encode() + self.rest
                    return
                check(m, "a sequence that it may not use",
                      repr(text[i:i + 20]))
                self.sequence(m)
                i = m.end()
            else:
                self.put(text[i])
                i += 1

    @staticmethod
    def decode(data):
        for cut in range(4):
            try:
                return (data[:len(data) - cut].decode(),
                        data[len(data) - cut:])
            except UnicodeDecodeError:
                continue
        raise Failed(f"not UTF-8: {data[-40:]!r}")

    def top(self):
        return max(0, len(self.rows) - self.height)

    def sequence(self, m):
        n = int(m[1] or 1)
        if m[2] == "A":
            self.row = max(self.top(), self.row - n)
        elif m[2] == "C":
            self.col = min(self.width - 1, self.col + n)
        elif m[0] == "\x1b[J":
            self.rows[self.row] = self.rows[self.row][:self.col]
            del self.rows[self.row + 1:]
        elif m[0] == "\x1b[H":
            self.row, self.col = self.top(), 0
        elif m[0].startswith("\x1b[?7"):
            self.wrap = m[0].endswith("h")
        elif m[0].startswith("\x1b[?1004"):
            self.focus = m[0].endswith("h")
        elif m[0].startswith("\x1b[?"):
            self.paste = m[0].endswith("h")

    def put(self, c):
        if c == "\r":
            self.col = 0
        elif c == "\a":
            self.bells += 1
        elif c == "\n":
            self.row += 1
            if self.row == len(self.rows):
                self.rows.append("")
        else:
            wide = 2 if unicodedata.east_asian_width(c) in \
                ("WFA" if self.wider else "WF") else 1
            if 0x4dc0 <= ord(c) <= 0x4dff:
                wide = 2        # as terminals have it
            if unicodedata.combining(c):
                wide = 0
            category = unicodedata.category(c)
            check(category not in ("Cc", "Cf", "Cs", "Co", "Zl", "Zp"),
                  "a character that must not be shown:", repr(c))
            check(not self.wrap, "autowrap is on:", repr(c))
            self.col += wide
            check(self.col <= self.width or self.wider,
                  "a row ran over the margin:",
                  repr(self.rows[self.row] + c))
            self.col = min(self.col, self.width)
            row = self.rows[self.row].ljust(self.col - wide)
            self.rows[self.row] = row[:self.col - wide] + c + \
                row[self.col:] if wide else row + c

    def text(self):
        return "\n".join(r.rstrip() for r in self.rows)


class Tty:
    living = []

    def __init__(self, flags=NO_COLOR, role=JOINER, mode=KEY, env=None,
                 host="h", cols=80, rows=24, start=True, connect=True):
        self.sup, sup = self.link()
        self.cry, cry = self.link()
        self.master, self.slave = pty.openpty()
        self.screen = Screen(cols, rows)
        self.raw = b""
        self.size(cols, rows, quiet=True)
        self.saved = termios.tcgetattr(self.slave)
        ends = [self.slave, self.slave, sup.fileno(), cry.fileno()]

        def place():
            high = [os.dup(fd) for fd in ends]
            for fd, want in zip(high, (0, 1, 3, 4)):
                os.dup2(fd, want)
            fcntl.ioctl(0, termios.TIOCSCTTY, 0)

        self.popen = subprocess.Popen(
            [os.path.join(BIN, "secchat-tty")], stderr=subprocess.PIPE,
            env=env or UTF8, start_new_session=True, preexec_fn=place,
            pass_fds=(3, 4))
        self.proc = Proc(self.popen.pid)
        sup.close()
        cry.close()
        os.set_blocking(self.master, False)
        Tty.living.append(self)
        self.mseq = 0
        self.sup.expect(READY)
        if start:
            self.start(flags, role, mode, host)
        if connect:
            self.connect(mode)

    @staticmethod
    def link():
        ours, theirs = socket.socketpair(socket.AF_UNIX,
                                         socket.SOCK_SEQPACKET)
        theirs.setblocking(False)
        return Link(ours), theirs

    def start(self, flags, role, mode, host):
        saved = self.saved_bytes()
        self.sup.send(START, struct.pack(">IBBIB", flags, role, mode, 1, 1) +
                      str8("") + struct.pack(">H", len(saved)) + saved +
                      str8(host) + struct.pack(">I", 1))

    def saved_bytes(self):
        """struct termios as the C library has it."""
        i, o, c, l, _, _, cc = self.saved
        chars = b"".join(x if isinstance(x, bytes) else bytes([x])
                         for x in cc)
        return struct.pack("IIIIB32s3xII", i, o, c, l, 0, chars,
                           self.saved[4], self.saved[5])

    def connect(self, mode=KEY, nick="", verified=0):
        self.cry.send(CONNECTED, struct.pack(">BBBI", mode, 1, verified, 0) +
                      str8("192.0.2.10:5000") + str8(nick))
        self.expect(">$")
        self.status()       # for the status row

    def status(self, link=1, epoch=0, undelivered=0, rtt=12):
        """Its question about the link, and the answer."""
        self.cry.expect(STATUS_Q)
        self.cry.send(STATUS, struct.pack(">BBIII", link, KEY, epoch,
                                          undelivered, rtt))

    # -- what it is told --

    def text(self, text):
        self.mseq += 1
        if isinstance(text, str):
            text = text.encode()
        self.cry.send(TEXT, struct.pack(">Q", self.mseq) + text)

    def delivered(self, mseq):
        self.cry.send(DELIVERED, struct.pack(">Q", mseq))

    def file(self, fid, ours, state, size=3565158, done=0, rate=0, left=None,
             name="holiday.jpg", path="", why=0, words="", ask=0):
        left = 0xffffffff if left is None else left
        self.sup.send(FILE, struct.pack(">IIBBBQQQI", fid, ask, ours, state,
                                        why, size, done, rate, left) +
                      str8(name) + str8(words) + path.encode())

    def link_event(self, event, why=0, ms=0):
        self.cry.send(LINK, struct.pack(">BBI", event, why, ms))

    def retry(self, number, ms, why=""):
        self.sup.send(RETRY, struct.pack(">II", number, ms) + str8(why))

    def note(self, text, kind=1):
        self.sup.send(NOTE, bytes([kind]) + text.encode())

    def end_chat(self, what="the chat has ended", after="Do this next."):
        what, after = what.encode(), after.encode()
        self.sup.send(END, struct.pack(">BIH", 0, 0, len(what)) + what +
                      struct.pack(">H", len(after)) + after)

    # -- the terminal --

    def type(self, data):
        """All of it at once; the terminal's own queue may be full."""
        data = data if isinstance(data, bytes) else data.encode()
        while data:
            check(select.select([], [self.master], [], DEADLINE)[1],
                  "the keyboard is not read")
            n = os.write(self.master, data[:1024])
            data = data[n:]
            self.read(0)

    def enter(self, line):
        """A line, and Enter when it is seen, so that two of them are no
        paste."""
        self.type(line)
        self.expect(r"> " + re.escape(line) + r"\s*$")
        self.type("\r")

    def read(self, seconds):
        if not select.select([self.master], [], [], max(0, seconds))[0]:
            return False
        try:
            data = os.read(self.master, 65536)
        except OSError:
            return False
        self.raw += data
        self.screen.feed(data)
        return True

    def expect(self, pattern, seconds=DEADLINE):
        deadline = time.monotonic() + seconds
        while not (m := re.search(pattern, self.screen.text())):
            left = deadline - time.monotonic()
            check(left > 0, "no", pattern, "on the screen:\n" +
                  self.screen.text()[-2000:], "\nstderr:", self.said())
            self.read(left)
        return m

    def settle(self):
        """Until nothing more is written, by a program that waits for its
        next event: on a busy machine silence alone may be its turn to come."""
        deadline = time.monotonic() + DEADLINE
        while self.read(QUIET) or not self.waits():
            check(time.monotonic() < deadline, "it does not come to rest")
        return self.screen.text()

    def waits(self):
        """Asleep in its poll, stopped by the test, or gone."""
        try:
            return self.proc.status()["State"][0] in "STZX"
        except OSError:
            return True

    def size(self, cols, rows, quiet=False):
        self.screen.width, self.screen.height = cols, rows
        fcntl.ioctl(self.master, termios.TIOCSWINSZ,
                    struct.pack("HHHH", rows, cols, 0, 0))
        if not quiet:
            self.read(CALM)
            self.settle()

    def sent(self):
        return self.cry.expect(SEND).decode()

    def nothing_sent(self):
        check(self.cry.is_quiet(QUIET), "something was sent")

    def said(self):
        os.set_blocking(self.popen.stderr.fileno(), False)
        return self.popen.stderr.read()

    def wait_exit(self):
        deadline = time.monotonic() + DEADLINE
        while not self.proc.gone():
            check(time.monotonic() < deadline, "it does not end")
            self.read(0.02)
        while self.read(0):
            pass
        return self.popen.wait()

    def restored(self):
        check_equal(termios.tcgetattr(self.slave), self.saved, "settings")
        check(not self.screen.paste, "paste brackets are still on")
        check(not self.screen.focus, "focus is still reported")
        check(self.screen.wrap, "autowrap is still off")

    def has_read(self):
        """Whether it has read what was typed, and waits for more.  What is
        left the kernel would echo once the settings are back."""
        left = fcntl.ioctl(self.slave, termios.FIONREAD, bytes(4))
        return left == bytes(4) and self.waits()

    def leave(self):
        """The end, whose exit status says whether texts are lost."""
        wait_until(self.has_read, "what was typed to be read")
        self.end_chat()
        code = self.wait_exit()
        lost = re.search(r"(──|--|\*) never delivered", self.screen.text())
        check_equal(code, EXIT_UNDELIVERED if lost else 0,
                    f"exit; stderr {self.said()!r}")
        self.restored()

    def end(self):
        self.proc.kill()
        self.popen.wait()
        self.popen.stderr.close()
        for fd in (self.master, self.slave):
            os.close(fd)
        self.sup.close()
        self.cry.close()


def case(f):
    def run():
        try:
            f()
        finally:
            while Tty.living:
                Tty.living.pop().end()
    run.__name__ = f.__name__
    return run


def last_row(t):
    return t.screen.rows[-1].rstrip()
